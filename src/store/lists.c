/*
 * lists.c
 *		Lists of the same rows, in several relations of a shape: what one of them adds the
 *		others must say as well, for each is the whole list.
 */
#include "store/internal.h"

#include "miscadmin.h"

/* What stands for a row in the stages that load it each by itself; NULL: it is not known there. */
static Datum
row_in_stage(Store *store, Stage *stage, const Stage *from, const DocRow *row)
{
	const DocRow *real = real_row(row);
	const PresentRow *present;
	Datum	   *key;

	if (row->row == NULL && real->row == NULL)
		return pointer_key(real);
	key = row->row == NULL || stage->by_identity == NULL ? NULL : row_identity(from, row->row);
	present = key == NULL ? NULL : find_identical(store, stage, key);
	return present == NULL ? (Datum) 0 : pointer_key(present->row);
}

/* Whether a relation shows all rows that its key leads to, so that a list is all of them. */
bool
is_whole_list(const StoreRelation *relation)
{
	return relation->missing != MISSING_KEEP && relation->branch->filter.condition == NULL &&
		relation->recursion == NULL;
}

static bool
is_to_many(const StoreRelation *relation)
{
	return relation->kind != TO_ONE;
}

static bool
leads_to_same(const StoreRelation *left, const StoreRelation *right)
{
	const Relationship *a = left->branch->relationship;
	const Relationship *b = right->branch->relationship;

	return left->kind == right->kind && left->child->table == right->child->table &&
		a->key->constraint == b->key->constraint && (a->far_key == NULL) == (b->far_key == NULL) &&
		(a->far_key == NULL || a->far_key->constraint == b->far_key->constraint);
}

/* Whether a row belongs to its parent from now on. */
static bool
is_added(const DocRow *row)
{
	return !row->is_lost && !row->asks_delete && !row->is_there && !real_row(row->parent)->is_lost &&
		(row->row != NULL || real_row(row)->row == NULL);
}

/* The rows that lists say, by their parents. */
static KeyMap *
said_rows(Store *store, Stage *stage)
{
	KeyMap	   *said = make_pointer_map(store->context, 2);
	bool		found;

	for (int i = 0; i < stage->nrows; i++)
	{
		const DocRow *row = stage->rows[i];

		CHECK_FOR_INTERRUPTS();
		if (!row->is_lost && !row->asks_delete)
			*add_to_map(said, two_pointers(pointer_key(real_row(row->parent)), row_in_stage(store, stage, stage, row)),
						&found) = stage->rows[i];
	}
	return said;
}

/* What one list adds, and another one of the same rows does not say. */
static void
compare_added(Store *store, const Stage *stage, Stage *other)
{
	KeyMap	   *said = NULL;

	for (int i = 0; i < stage->nrows; i++)
	{
		const DocRow *row = stage->rows[i];
		Datum		key[2];

		CHECK_FOR_INTERRUPTS();
		if (!is_added(row) || row->parent->given[other->relation->item] == NULL)
			continue;
		if (said == NULL)
			said = said_rows(store, other);
		key[0] = pointer_key(real_row(row->parent));
		key[1] = row_in_stage(store, other, stage, row);
		if (find_in_map(said, key) == NULL)
			add_error(store, row, NIL, ERROR_DUPLICATE, "another list of the same rows leaves it out");
	}
}

/*
 * Looks for lists of the same rows, from a stage on, once all documents are matched. Notes
 * where one adds what another one leaves out.
 */
void
compare_added_rows(Store *store, Stage *stage)
{
	MemoryContext old = MemoryContextSwitchTo(store->context);
	ListCell   *lc;
	ListCell   *other;

	check_stack_depth();
	foreach(lc, stage->children)
	{
		const Stage *child = lfirst(lc);

		foreach(other, stage->children)
		{
			Stage	   *sibling = lfirst(other);

			if (sibling != child && is_to_many(child->relation) && is_whole_list(sibling->relation) &&
				leads_to_same(child->relation, sibling->relation))
				compare_added(store, child, sibling);
		}
		compare_added_rows(store, lfirst(lc));
	}
	MemoryContextSwitchTo(old);
}
