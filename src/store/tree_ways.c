/*
 * tree_ways.c
 *		A row of a tree that several ways lead to, be it from several documents: what is
 *		shown below it depends on the way, for no way enters a row twice. So each of them
 *		says by itself what the row leads to, and all must say the same of it.
 */
#include "store/internal.h"

#include "miscadmin.h"

/*
 * Whether what two rows, which are one, say of an item depends on the ways that lead to them:
 * even where they say it alike, for what the one leaves out may stand on its way only.
 */
bool
is_told_by_way(const DocRow *first, const DocRow *row, int number)
{
	const StoreItem *item = &row->stage->level->items[number];
	const StoreRelation *above = row->stage->relation;

	return above != NULL && above->recursion != NULL && row->row != NULL && first->parent != row->parent &&
		item->field->branch != NULL && item->field->branch->recursion != NULL;
}

/* Whether what is said of an item is to be taken from this row. */
bool
says_item(const DocRow *row, int number)
{
	return row->same == NULL ? !bms_is_member(number, row->extra->lent) : bms_is_member(number, row->extra->apart);
}

/*
 * The new row that another way to the parent of this one, which has no key, says in its
 * place, where both say the same list; or NULL. Rows are asked for in the order of the stage.
 */
DocRow *
find_said_alike(Store *store, DocRow *row)
{
	Stage	   *stage = row->stage;
	int			item = stage->relation->item;
	Datum		key[2] = {pointer_key(real_row(row->parent)), Int64GetDatum(row->index)};
	ListCell   *lc;

	if (!bms_is_member(item, row->parent->extra->apart))
		return NULL;
	if (stage->keyless == NULL)
		stage->keyless = make_pointer_map(store->context, 2);
	for (; stage->rows[stage->nkeyless] != row; stage->nkeyless++)
	{
		DocRow	   *other = stage->rows[stage->nkeyless];
		bool		found;
		void	  **slot;

		CHECK_FOR_INTERRUPTS();
		if (other->row != NULL || other->same != NULL || other->is_lost || other->asks_delete || other->has_key)
			continue;
		slot = add_to_map(stage->keyless,
						  two_pointers(pointer_key(real_row(other->parent)), Int64GetDatum(other->index)), &found);
		*slot = lappend(*slot, other);
	}
	foreach(lc, (List *) find_in_map(stage->keyless, key))
	{
		DocRow	   *other = lfirst(lc);

		CHECK_FOR_INTERRUPTS();
		if (json_is_same(other->parent->given[item], row->parent->given[item]))
			return other;
	}
	return NULL;
}

static void
say_otherwise(Store *store, const DocRow *row, int number)
{
	MemoryContext old = MemoryContextSwitchTo(store->context);

	add_error(store, row, item_steps(row->stage->level, number), ERROR_DUPLICATE,
			  "the same row is said otherwise elsewhere");
	MemoryContextSwitchTo(old);
}

/* A to-one relation: the first way that says something counts. */
static void
unite_to_one(Store *store, DocRow *row, int number)
{
	DocRow	   *real = real_row(row);
	const DocRow *target = row->targets[number];
	const DocRow *other = real->targets[number];
	bool		agrees = true;

	if (target != NULL)
		agrees = !bms_is_member(number, real->extra->cleared) &&
			(target->is_lost || other->is_lost || row_pointer(target) == row_pointer(other));
	else if (bms_is_member(number, row->extra->cleared))
	{
		MemoryContext old = MemoryContextSwitchTo(store->context);

		agrees = other == NULL;
		if (agrees)
			extra_of(real)->cleared = bms_add_member(real->extra->cleared, number);
		MemoryContextSwitchTo(old);
	}
	if (!agrees)
		say_otherwise(store, row, number);
}

/* The rows that say what one leads to, and all that they name. */
typedef struct SaidLists
{
	List	   *sayers;			/* of DocRow */
	List	   *named;			/* of DocRow, each row once */
} SaidLists;

static SaidLists *
find_lists(KeyMap *map, const DocRow *row)
{
	Datum		key = pointer_key(real_row(row));

	return find_in_map(map, &key);
}

/* Each list must name what the others do, but for what stands on its own way. */
static void
compare_lists(Store *store, const Stage *stage, const SaidLists *lists, const KeyMap *said)
{
	ListCell   *lc;
	ListCell   *other;

	foreach(lc, lists->sayers)
	{
		const DocRow *sayer = lfirst(lc);

		foreach(other, lists->named)
		{
			const DocRow *row = lfirst(other);
			Datum		key[2] = {pointer_key(sayer), row_pointer(row)};

			CHECK_FOR_INTERRUPTS();
			if (find_in_map(said, key) != NULL ||
				(row->row != NULL && is_on_own_path(stage->relation, sayer, row->row)))
				continue;
			say_otherwise(store, sayer, stage->relation->item);
			break;
		}
	}
}

static void
unite_lists(Store *store, const Stage *stage, KeyMap *map)
{
	KeyMap	   *said = make_pointer_map(store->context, 2);
	KeyMap	   *named = make_pointer_map(store->context, 2);
	int			item = stage->relation->item;

	for (int i = 0; i < stage->parent->nrows; i++)
	{
		DocRow	   *row = stage->parent->rows[i];
		SaidLists  *lists = row->given[item] == NULL || !says_item(row, item) ? NULL : find_lists(map, row);

		if (lists != NULL)
			lists->sayers = lappend(lists->sayers, row);
	}
	for (int i = 0; i < stage->nrows; i++)
	{
		DocRow	   *row = stage->rows[i];
		SaidLists  *lists = row->is_lost || row->asks_delete ? NULL : find_lists(map, row->parent);
		bool		found;

		CHECK_FOR_INTERRUPTS();
		if (lists == NULL)
			continue;
		*add_to_map(said, two_pointers(pointer_key(row->parent), row_pointer(row)), &found) = row;
		*add_to_map(named, two_pointers(pointer_key(real_row(row->parent)), row_pointer(row)),
					&found) = row;
		if (!found)
			lists->named = lappend(lists->named, row);
	}
	for (int i = 0; i < stage->parent->nrows; i++)
	{
		const DocRow *row = stage->parent->rows[i];
		const SaidLists *lists = row->same == NULL ? find_lists(map, row) : NULL;

		if (lists != NULL)
			compare_lists(store, stage, lists, said);
	}
}

/*
 * Brings together what the ways to a row say of a relation, once its rows are matched.
 * Notes where they do not agree.
 */
void
unite_ways(Store *store, Stage *stage)
{
	const StoreRelation *relation = stage->relation;
	MemoryContext old;
	KeyMap	   *lists = NULL;

	if (relation->recursion == NULL)
		return;
	old = MemoryContextSwitchTo(store->context);
	for (int i = 0; i < stage->parent->nrows; i++)
	{
		DocRow	   *row = stage->parent->rows[i];
		bool		found;
		void	  **slot;

		CHECK_FOR_INTERRUPTS();
		if (!bms_is_member(relation->item, row->extra->apart))
			continue;
		if (relation->kind == TO_ONE)
			unite_to_one(store, row, relation->item);
		/* a list that is a part leaves nothing out */
		else if (relation->missing != MISSING_KEEP)
		{
			Datum	   *key = palloc(sizeof(Datum));

			if (lists == NULL)
				lists = make_pointer_map(store->context, 1);
			key[0] = pointer_key(real_row(row));
			slot = add_to_map(lists, key, &found);
			if (!found)
				*slot = palloc0(sizeof(SaidLists));
		}
	}
	if (lists != NULL)
		unite_lists(store, stage, lists);
	MemoryContextSwitchTo(old);
}
