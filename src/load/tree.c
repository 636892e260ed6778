/*
 * recurse.c
 *		Loads trees, or whatever a table that references itself holds: a level
 *		of the data at a time, each row once, however many ways lead to it.
 *
 * So a cycle ends by itself. How deep a document goes along the graph that comes
 * of it, and that it does not enter a row twice on one path, is seen to when it
 * is written.
 */
#include "jsonify.h"

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

/*
 * Reads the rows that a recursion leads to from some rows. Returns those of them
 * that were not known, and adds them.
 */
static Row **
read_step(KnownRows *known, const Level *level, Branch *branch, Row **parents, int nparents,
		  LoadContext *load, int *nnew)
{
	int			nchildren;
	Row		  **children = load_sets(branch, level, parents, nparents, load, &nchildren);
	int			limit = bind_limit(branch->recursion->limit, load->params, INT_MAX);
	Row		  **fresh = MemoryContextAllocHuge(CurrentMemoryContext,
											   sizeof(Row *) * Max((Size) nchildren, 1));

	*nnew = 0;
	for (int i = 0; i < nchildren; i++)
	{
		CHECK_FOR_INTERRUPTS();
		if (find_row(known, children[i], branch->child->identity_columns, true) == children[i])
			fresh[(*nnew)++] = children[i];
	}
	if (*nnew < nchildren)
		use_known_rows(known, branch, parents, nparents);
	for (int i = 0; i < nparents; i++)
		parents[i]->related[branch->number].limit = limit;
	return fresh;
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

/* From new rows on: what is related to them, and the rows one level further. */
static Row **
expand(KnownRows *known, const Level *level, Row **rows, int nrows, LoadContext *load,
	   int *nnew)
{
	Row		  **all = NULL;

	*nnew = 0;
	load_plain_related(level, rows, nrows, load);
	for (int i = 0; i < level->nbranches; i++)
	{
		Branch	   *branch = level->branches[i];
		Row		  **fresh;
		int			nfresh;

		if (branch->recursion == NULL)
			continue;
		fresh = read_step(known, level, branch, rows, nrows, load, &nfresh);
		if (nfresh == 0)
			continue;
		all = all == NULL ? MemoryContextAllocHuge(CurrentMemoryContext, sizeof(Row *) * (Size) nfresh) :
			repalloc_huge(all, sizeof(Row *) * ((Size) *nnew + nfresh));
		memcpy(all + *nnew, fresh, sizeof(Row *) * nfresh);
		*nnew += nfresh;
	}
	return all;
}

/*
 * Loads what a branch with a recursion leads to from rows of a level: gives
 * them their sets, and the rows in those theirs, down to the last. Otherwise as
 * load_related(); work space is palloc'd in the current memory context.
 */
void
load_recursion(const Level *level, Branch *branch, Row **parents, int nparents,
			   LoadContext *load)
{
	const Level *child = branch->child;
	int64		levels = most_levels(child, load);
	KnownRows	known;
	Row		  **rows;
	int			nrows;

	init_known_rows(&known, child);
	if (levels > 0)
		rows = read_step(&known, level, branch, parents, nparents, load, &nrows);
	else
		nrows = 0;
	for (int64 depth = 1; nrows > 0; depth++)
	{
		CHECK_FOR_INTERRUPTS();
		if (depth >= levels)
		{
			load_plain_related(child, rows, nrows, load);
			break;
		}
		rows = expand(&known, child, rows, nrows, load, &nrows);
	}

	/* the root, if the recursion has come back to it */
	for (int i = 0; i < nparents; i++)
		parents[i]->related[branch->number].twin = find_row(&known, parents[i],
															branch->parent_identity, false);
}
