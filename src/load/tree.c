/*
 * tree.c
 *		Reads trees, or whatever a table that references itself holds: a level
 *		of the data at a time, each row once, however many ways lead to it.
 *
 * So a cycle ends by itself. How deep a document goes along the graph that comes
 * of it, and that it does not enter a row twice on one path, is seen to when it
 * is written.
 */
#include "load/internal.h"

#include "miscadmin.h"

/* The rows that a recursion has come across, by what tells them apart. */
typedef struct KnownRows
{
	KeySet		keys;
	Row		  **rows;			/* a row a key */
	int			capacity;
} KnownRows;

/*
 * The row that is known by the same columns; else, if it is to be added, itself,
 * which then is. NULL if neither. One with a NULL there is like no other.
 */
static Row *
find_row(KnownRows *known, Row *row, const int *columns, bool add)
{
	Datum	   *key = next_key(&known->keys);
	bool		found;
	int			index;

	for (int i = 0; i < known->keys.width; i++)
	{
		if (row->nulls[columns[i]])
			return add ? row : NULL;
		key[i] = row->values[columns[i]];
	}
	index = add_key(&known->keys, &found);
	if (found)
		return known->rows[index];
	if (known->capacity < known->keys.capacity)
	{
		known->capacity = known->keys.capacity;
		known->rows = repalloc_huge(known->rows, sizeof(Row *) * (Size) known->capacity);
	}
	/* what was only asked for stays among the keys, as nobody's */
	known->rows[index] = add ? row : NULL;
	return known->rows[index];
}

static void
init_known_rows(KnownRows *known, const Level *level)
{
	known->capacity = 64;
	init_key_set(&known->keys, level, level->identity_columns, level->nidentity, known->capacity);
	known->rows = MemoryContextAllocHuge(CurrentMemoryContext, sizeof(Row *) * known->capacity);
}

/* Puts the rows known before in the place of those that are the same. */
static void
use_known_rows(KnownRows *known, const Branch *branch, Row **parents, int nparents)
{
	const int  *columns = branch->child->identity_columns;

	for (int i = 0; i < nparents; i++)
	{
		RowSet	   *set = &parents[i]->related[branch->number];

		for (int n = 0; n < set->nrows; n++)
			set->rows[n] = find_row(known, set->rows[n], columns, true);
	}
}

struct Tree
{
	const Level *parent;		/* the level of the rows that it starts from */
	Branch	   *branch;			/* from there */
	Row		  **parents;
	int			nparents;
	LoadContext *load;
	KnownRows	known;
	int64		levels;			/* the most that there can be */
	int64		depth;			/* of them read */
	Row		  **rows;			/* of the last one those that were new */
	int			nrows;
};

/* Rows that are new, one behind the other. */
typedef struct NewRows
{
	Row		  **rows;
	int			nrows;
} NewRows;

/*
 * Reads the rows that a recursion leads to from some rows of a level. Adds those
 * that were not known to *fresh.
 */
static void
read_recursion(Tree *tree, const Level *level, Branch *branch, Row **parents, int nparents,
			   NewRows *fresh)
{
	LoadContext *load = tree->load;
	int			nchildren;
	Row		  **children = load_sets(branch, level, parents, nparents, load, &nchildren);
	int			levels = bind_limit(branch->recursion->limit, load->params, INT_MAX);
	const int  *columns = branch->child->identity_columns;
	int			before = fresh->nrows;
	Size		size = sizeof(Row *) * Max((Size) before + nchildren, 1);

	fresh->rows = fresh->rows == NULL ? MemoryContextAllocHuge(CurrentMemoryContext, size) :
		repalloc_huge(fresh->rows, size);
	for (int i = 0; i < nchildren; i++)
	{
		CHECK_FOR_INTERRUPTS();
		if (find_row(&tree->known, children[i], columns, true) == children[i])
			fresh->rows[fresh->nrows++] = children[i];
	}
	if (fresh->nrows - before < nchildren)
		use_known_rows(&tree->known, branch, parents, nparents);
	for (int i = 0; i < nparents; i++)
		parents[i]->related[branch->number].levels = levels;
}

/* The most levels that all recursions of a level can go down together. */
static int64
most_levels(const Level *level, const LoadContext *load)
{
	int64		levels = 0;

	for (int i = 0; i < level->nbranches; i++)
	{
		const Branch *branch = level->branches[i];

		if (branch->recursion != NULL)
			levels += bind_limit(branch->recursion->limit, load->params, INT_MAX);
	}
	return levels;
}

/*
 * Begins to read the tree that a branch with a recursion leads to from rows of a
 * level, in the current memory context, to which its work space goes too.
 */
Tree *
begin_tree(const Level *level, Branch *branch, Row **parents, int nparents, LoadContext *load)
{
	Tree	   *tree = palloc0(sizeof(Tree));

	tree->parent = level;
	tree->branch = branch;
	tree->parents = parents;
	tree->nparents = nparents;
	tree->load = load;
	tree->levels = most_levels(branch->child, load);
	init_known_rows(&tree->known, branch->child);
	return tree;
}

/*
 * Reads the next level of a tree, and gives the rows above it their sets. Returns
 * its rows, those of them that were not met before: rows of the branch's child,
 * whose other branches are still to be loaded. None, *nrows = 0, at the end. The
 * list is palloc'd in the current memory context, and read by the next call. SPI
 * must be connected; raises what queries do.
 */
Row **
next_rows(Tree *tree, int *nrows)
{
	const Level *child = tree->branch->child;
	NewRows		fresh = {NULL, 0};

	CHECK_FOR_INTERRUPTS();
	if (tree->depth < tree->levels)
	{
		if (tree->depth++ == 0)
			read_recursion(tree, tree->parent, tree->branch, tree->parents, tree->nparents, &fresh);
		else
		{
			for (int i = 0; i < child->nbranches; i++)
			{
				if (child->branches[i]->recursion != NULL)
					read_recursion(tree, child, child->branches[i], tree->rows, tree->nrows, &fresh);
			}
		}
	}
	tree->rows = fresh.rows;
	tree->nrows = *nrows = fresh.nrows;
	return fresh.rows;
}

/* Ends it: notes where it has come back to the rows that it started from. */
void
end_tree(Tree *tree)
{
	const Branch *branch = tree->branch;

	for (int i = 0; i < tree->nparents; i++)
		tree->parents[i]->related[branch->number].twin =
			find_row(&tree->known, tree->parents[i], branch->parent_identity, false);
}
