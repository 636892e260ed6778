/*
 * junction_rows.c
 *		New rows of a junction that stand in documents by themselves, beside lists of links
 *		that go over it: such a row is the pair that a link makes, which is made once; and
 *		what one list of a row adds another one of it must say as well.
 */
#include "store/internal.h"

#include "miscadmin.h"

/* The new pairs of one junction; of the two sides the first is that of the lower constraint. */
typedef struct NewPairs
{
	const StoreTable *junction;
	const ForeignKey *keys[2];
	KeyMap	   *sides[2];		/* columns of a key: what stands for the row that it leads to */
	KeyMap	   *rows;			/* both sides: DocRow, the junction's own */
} NewPairs;

static bool
is_over_junction(const Stage *stage)
{
	return stage->relation != NULL && stage->relation->kind == MANY_TO_MANY;
}

static int
near_side(const Relationship *relationship)
{
	return relationship->key->constraint > relationship->far_key->constraint;
}

static NewPairs *
find_new_pairs(Store *store, List **list, const StoreRelation *relation)
{
	const Relationship *relationship = relation->branch->relationship;
	int			near = near_side(relationship);
	NewPairs   *pairs;
	ListCell   *lc;

	foreach(lc, *list)
	{
		pairs = lfirst(lc);
		if (pairs->keys[near]->constraint == relationship->key->constraint &&
			pairs->keys[!near]->constraint == relationship->far_key->constraint)
			return pairs;
	}
	pairs = palloc0(sizeof(NewPairs));
	pairs->junction = relation->junction;
	pairs->keys[near] = relationship->key;
	pairs->keys[!near] = relationship->far_key;
	for (int i = 0; i < 2; i++)
		pairs->sides[i] = make_foreign_key_map(store->context, pairs->keys[i]);
	pairs->rows = make_pointer_map(store->context, 2);
	*list = lappend(*list, pairs);
	return pairs;
}

static void
find_all_pairs(Store *store, const Stage *stage, List **list)
{
	ListCell   *lc;

	check_stack_depth();
	if (is_over_junction(stage))
		(void) find_new_pairs(store, list, stage->relation);
	foreach(lc, stage->children)
		find_all_pairs(store, lfirst(lc), list);
}

/* What stands for a row that is there, by the values that a key to it has; key is palloc'd. */
static Datum
side_of_values(NewPairs *pairs, int side, Datum *key)
{
	bool		found;
	void	  **slot = add_to_map(pairs->sides[side], key, &found);

	if (!found)
		*slot = key;
	return pointer_key(*slot);
}

/* The same for a row that a document has; 0 if that cannot be told. */
static Datum
side_of_row(NewPairs *pairs, int side, const DocRow *row)
{
	const ForeignKey *key = pairs->keys[side];
	Datum	   *values;

	row = real_row(row);
	if (row->row == NULL)
		return pointer_key(row);
	values = palloc(sizeof(Datum) * key->nkeys);
	for (int i = 0; i < key->nkeys; i++)
	{
		bool		isnull;

		if (!junction_value(pairs->junction, key, row, key->referencing_attnums[i], true, &values[i], &isnull) || isnull)
			return 0;
	}
	return side_of_values(pairs, side, values);
}

/*
 * The row that one leads to by a key, in the place where it stands, if the documents have that
 * as well; or NULL. Of one that is there it is what it says itself, if that is another one.
 */
const DocRow *
led_to(const DocRow *row, const ForeignKey *key)
{
	const StoreRelation *above = row->stage->relation;
	const DocRow *parent = NULL;
	ListCell   *lc;

	if (above != NULL && above->kind != MANY_TO_MANY && above->kind != TO_ONE &&
		above->branch->relationship->key->constraint == key->constraint)
		parent = row->parent;
	if (parent != NULL && (row->row == NULL || !row->is_there))
		return parent;
	foreach(lc, row->stage->level->relations)
	{
		const StoreRelation *relation = lfirst(lc);

		/* one of several by the same key may say nothing */
		if (relation->kind == TO_ONE && relation->branch->relationship->key->constraint == key->constraint &&
			row->targets[relation->item] != NULL &&
			(parent == NULL || (!row->targets[relation->item]->is_lost && !row->targets[relation->item]->asks_delete)))
			return row->targets[relation->item];
	}
	return parent;
}

static Datum
side_of_junction_row(NewPairs *pairs, int side, const DocRow *row)
{
	const ForeignKey *key = pairs->keys[side];
	const DocRow *target = led_to(row, key);
	Datum	   *values;

	if (target != NULL)
		return target->is_lost ? 0 : side_of_row(pairs, side, target);
	values = palloc(sizeof(Datum) * key->nkeys);
	for (int i = 0; i < key->nkeys; i++)
	{
		bool		isnull;

		if (!row_value(row, key->referencing_attnums[i], &values[i], &isnull) || isnull)
			return 0;
	}
	return side_of_values(pairs, side, values);
}

/* Notes the new rows of junctions that documents say. */
static void
note_new_rows(const Stage *stage, const List *list)
{
	ListCell   *lc;

	check_stack_depth();
	foreach(lc, list)
	{
		NewPairs   *pairs = lfirst(lc);

		for (int i = 0; i < stage->nrows && stage->level->table == pairs->junction && !stage->level->is_linked; i++)
		{
			DocRow	   *row = stage->rows[i];
			Datum	   *key;
			bool		found;

			CHECK_FOR_INTERRUPTS();
			if (row->row != NULL || row->same != NULL || row->is_lost || row->asks_delete)
				continue;
			key = two_pointers(side_of_junction_row(pairs, 0, row), side_of_junction_row(pairs, 1, row));
			if (key[0] == 0 || key[1] == 0)
				continue;
			*add_to_map(pairs->rows, key, &found) = row;
		}
	}
	foreach(lc, stage->children)
		note_new_rows(lfirst(lc), list);
}

/* Links that rows of their own make are not made once more. */
static void
drop_links(Store *store, Stage *stage, List **list)
{
	ListCell   *lc;

	check_stack_depth();
	if (is_over_junction(stage))
	{
		NewPairs   *pairs = find_new_pairs(store, list, stage->relation);
		int			near = near_side(stage->relation->branch->relationship);
		List	   *links = stage->links;

		stage->links = NIL;
		foreach(lc, links)
		{
			Pair	   *pair = lfirst(lc);
			Datum	   *key = two_pointers(side_of_row(pairs, 0, near == 0 ? pair->near : pair->far),
										   side_of_row(pairs, 1, near == 1 ? pair->near : pair->far));

			CHECK_FOR_INTERRUPTS();
			if (find_in_map(pairs->rows, key) == NULL)
				stage->links = lappend(stage->links, pair);
		}
	}
	foreach(lc, stage->children)
		drop_links(store, lfirst(lc), list);
}

/*
 * Looks for new rows of junctions among those of documents, once the links are settled: a
 * link that such a row makes is no pair of its own.
 */
void
share_junction_rows(Store *store)
{
	MemoryContext old = MemoryContextSwitchTo(store->context);
	List	   *list = NIL;

	find_all_pairs(store, store->root, &list);
	if (list != NIL)
	{
		note_new_rows(store->root, list);
		drop_links(store, store->root, &list);
	}
	MemoryContextSwitchTo(old);
}
