/*
 * levels.c
 *		Loads what is related to rows, a level at a time, down to the last.
 */
#include "load/internal.h"

#include "miscadmin.h"

/* What the rows of a page do not tell: which page it is. */
static void
note_page(const Branch *branch, Row **parents, int nparents, const LoadContext *load)
{
	bool		isnull;
	Datum		offset = bind_value(branch->filter.offset, load->params, &isnull);

	for (int i = 0; i < nparents; i++)
		parents[i]->related[branch->number].offset = isnull ? 0 : DatumGetInt64(offset);
}

/* What is related to rows, but for the recursions, which come to them by themselves. */
static void
load_plain_related(const Level *level, Row **rows, int nrows, LoadContext *load)
{
	for (int i = 0; i < level->nbranches; i++)
	{
		if (level->branches[i]->recursion == NULL)
			load_branch(level, level->branches[i], rows, nrows, load);
	}
}

static void
load_tree(const Level *level, Branch *branch, Row **parents, int nparents, LoadContext *load)
{
	Tree	   *tree = begin_tree(level, branch, parents, nparents, load);
	int			nrows;

	for (Row **rows = next_rows(tree, &nrows); nrows > 0; rows = next_rows(tree, &nrows))
		load_plain_related(branch->child, rows, nrows, load);
	end_tree(tree);
}

/*
 * Gives each parent its set of the rows of one branch, and those rows theirs; as
 * load_related() otherwise.
 */
void
load_branch(const Level *level, Branch *branch, Row **parents, int nparents,
			LoadContext *load)
{
	MemoryContext work = AllocSetContextCreate(CurrentMemoryContext, "jsonify branch",
											   ALLOCSET_DEFAULT_SIZES);
	MemoryContext old = MemoryContextSwitchTo(work);

	if (branch->recursion != NULL)
		load_tree(level, branch, parents, nparents, load);
	else
	{
		int			nchildren;
		Row		  **children = load_sets(branch, level, parents, nparents, load, &nchildren);

		if (branch->filter.offset != NULL)
			note_page(branch, parents, nparents, load);
		if (branch->child->nbranches > 0 && nchildren > 0)
			load_related(branch->child, children, nchildren, load);
	}
	MemoryContextSwitchTo(old);
	MemoryContextDelete(work);
}

/*
 * Loads what is related to rows of a level, for all of them at once, down to
 * the last level; SPI must be connected. Everything loaded, and the sets that
 * the rows get, is allocated in load->memory. Queries raise what they raise:
 * lack of privileges above all.
 */
void
load_related(const Level *level, Row **rows, int nrows, LoadContext *load)
{
	check_stack_depth();
	for (int i = 0; i < level->nbranches; i++)
		load_branch(level, level->branches[i], rows, nrows, load);
}

/*
 * Loads what is related to all rows found, and to those that are found in
 * doing so; SPI must be connected.
 */
void
nested_load(Nested *nested, LoadContext *load)
{
	NestedGroup *group;

	while ((group = nested_next_group(nested)) != NULL)
	{
		LoadContext of_group = *load;

		of_group.params = group->params;
		load_related(group->level, group->rows, group->nrows, &of_group);
	}
}
