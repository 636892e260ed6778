/*
 * tree_path.c
 *		The way through a tree to a row of a document: what stands on it reading does not
 *		enter once more.
 */
#include "store/internal.h"

#include "miscadmin.h"

/*
 * Whether a row that a recursion leads to from a parent is that parent, or stands around
 * it in the same tree. Reading does not enter it again, so who leaves it out says nothing.
 */
bool
is_on_own_path(const StoreRelation *relation, const DocRow *parent, const Row *row)
{
	const Level *child = relation->branch->child;

	while (parent != NULL && relation != NULL && relation->recursion != NULL)
	{
		bool		is_same = parent->row != NULL;

		for (int i = 0; i < child->nidentity && is_same; i++)
		{
			const LevelColumn *column = &child->columns[child->identity_columns[i]];
			int			own = child->identity_columns[i];
			int			above = relation->branch->parent_identity[i];

			is_same = !row->nulls[own] && !parent->row->nulls[above] &&
				same_value(column->typid, column->collation, row->values[own], parent->row->values[above]);
		}
		if (is_same)
			return true;
		relation = parent->stage->relation;
		parent = parent->parent;
	}
	return false;
}

/* Whether a tree that is shown of a row is that in which it stands itself. */
bool
stands_in_tree(const DocRow *row, const Branch *branch)
{
	const StoreRelation *relation = row->stage->relation;

	return branch != NULL && branch->recursion != NULL && relation != NULL &&
		relation->recursion != NULL && relation->branch->child == branch->child;
}

/*
 * Marks those rows of a tree that stand around a row as reading does, which does not enter
 * them again below it. Returns a list of Row, palloc'd: the marks are to be taken away.
 */
List *
mark_path(const DocRow *row, const Branch *branch)
{
	const StoreRelation *relation = row->stage->relation;
	KeyMap	   *met = make_pointer_map(CurrentMemoryContext, 1);
	List	   *sets = list_make1(&row->row->related[branch->number]);
	List	   *marked = NIL;

	for (int next = 0; next < list_length(sets); next++)
	{
		const RowSet *set = list_nth(sets, next);

		for (int i = 0; i < set->nrows; i++)
		{
			Row		   *below = set->rows[i];

			CHECK_FOR_INTERRUPTS();
			if (!is_first(met, below))
				continue;
			if (!below->writing.on_path && is_on_own_path(relation, row->parent, below))
			{
				below->writing.on_path = true;
				marked = lappend(marked, below);
			}
			for (int n = 0; n < branch->child->nbranches; n++)
			{
				if (branch->child->branches[n]->recursion != NULL)
					sets = lappend(sets, &below->related[branch->child->branches[n]->number]);
			}
		}
	}
	return marked;
}
