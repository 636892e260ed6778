/*
 * delete_order.c
 *		In which order the rows of stages are deleted: those that lead to others before
 *		them; and of which stages rows may lead to each other. To-one rows go last, once
 *		nothing leads to them any more.
 */
#include "store/internal.h"

#include "catalog/pg_class.h"
#include "miscadmin.h"

/* The stages of one turn, and what their tables' keys lead to. */
typedef struct DeleteOrder
{
	List	   *stages;			/* in the order in which they stand in the shape */
	List	   *tables;			/* of StoreTable: of all that anything is deleted from */
	Bitmapset **referencing;	/* a table each: those whose keys lead to it, but for its own, */
	Bitmapset **unknown;		/* and those of which nobody knows */
	int		   *rounds;			/* a table each: the first of those with which keys lead round */
	int		   *nstages;		/* a table each: how many are left */
} DeleteOrder;

static bool
has_doomed(const Stage *stage)
{
	ListCell   *lc;

	for (int i = 0; i < stage->nrows; i++)
	{
		if (stage->rows[i]->is_doomed)
			return true;
	}
	foreach(lc, stage->others)
	{
		if (((DocRow *) lfirst(lc))->is_doomed)
			return true;
	}
	return false;
}

/* Whether the rows of a stage are deleted once all others are written. */
bool
goes_last(const Stage *stage)
{
	return stage->relation != NULL && stage->relation->kind == TO_ONE;
}

/* Those below before those above, but for to-one rows, to which these lead. */
static List *
add_stages(Stage *stage, bool last, List *stages)
{
	ListCell   *lc;

	check_stack_depth();
	foreach(lc, stage->children)
	{
		if (!goes_last(lfirst(lc)))
			stages = add_stages(lfirst(lc), last, stages);
	}
	if (goes_last(stage) == last && has_doomed(stage))
		stages = lappend(stages, stage);
	foreach(lc, stage->children)
	{
		if (goes_last(lfirst(lc)))
			stages = add_stages(lfirst(lc), last, stages);
	}
	return stages;
}

static int
table_number(const DeleteOrder *order, const StoreTable *table)
{
	ListCell   *lc;

	foreach(lc, order->tables)
	{
		if (lfirst(lc) == table)
			return foreach_current_index(lc);
	}
	return -1;
}

static void
add_key(DeleteOrder *order, int from, int to)
{
	if (from >= 0 && to >= 0 && from != to)
		order->referencing[to] = bms_add_member(order->referencing[to], from);
}

/* The keys of a table to others; whether it has one to itself. */
static bool
add_table_keys(DeleteOrder *order, int number)
{
	const StoreTable *table = list_nth(order->tables, number);
	bool		leads_to_itself = false;
	ListCell   *lc;
	ListCell   *other;

	foreach(lc, outgoing_keys(table->relid))
	{
		const ForeignKey *key = lfirst(lc);

		if (key->deferred)
			continue;
		leads_to_itself |= key->referenced == table->relid;
		foreach(other, order->tables)
		{
			if (((StoreTable *) lfirst(other))->relid == key->referenced)
				add_key(order, number, foreach_current_index(other));
		}
	}
	return leads_to_itself;
}

/* That by which the shape goes: of views the catalog has none, and what else these lead to nobody knows. */
static void
add_relation_key(DeleteOrder *order, const Stage *stage)
{
	const StoreRelation *relation = stage->relation;
	bool		has_view;
	int			above;
	int			below;

	if (relation == NULL || relation->kind == MANY_TO_MANY || relation->branch->relationship->key->deferred)
		return;
	above = table_number(order, stage->parent->level->table);
	below = table_number(order, stage->level->table);
	if (above < 0 || above == below)
		return;
	if (relation->kind == TO_ONE)
		add_key(order, above, below);
	else
		add_key(order, below, above);
	has_view = stage->parent->level->table->relkind == RELKIND_VIEW || stage->level->table->relkind == RELKIND_VIEW;
	if (has_view)
	{
		order->unknown[above] = bms_add_member(order->unknown[above], below);
		order->unknown[below] = bms_add_member(order->unknown[below], above);
	}
}

/* Adds to the tables whose keys lead to each those that do so over others. */
static void
add_ways(Bitmapset **before, int ntables)
{
	for (int over = 0; over < ntables; over++)
	{
		CHECK_FOR_INTERRUPTS();
		for (int i = 0; i < ntables; i++)
		{
			if (bms_is_member(over, before[i]))
				before[i] = bms_add_members(before[i], before[over]);
		}
	}
}

/* To-one rows go last, be it that they lead to others: these may have to go with them, as if they led back. */
static void
add_turns(DeleteOrder *order, Bitmapset **before, const List *stages)
{
	ListCell   *lc;
	ListCell   *other;

	foreach(lc, stages)
	{
		int			last = table_number(order, ((Stage *) lfirst(lc))->level->table);

		foreach(other, goes_last(lfirst(lc)) ? stages : NIL)
		{
			int			number = table_number(order, ((Stage *) lfirst(other))->level->table);

			if (!goes_last(lfirst(other)) && number != last && bms_is_member(last, before[number]))
				before[last] = bms_add_member(before[last], number);
		}
	}
}

/* For each table the first of those that it leads to, over whatever others, and that lead to it: itself, if there is none. */
static void
find_rounds(DeleteOrder *order, const List *stages, int ntables)
{
	Bitmapset **before = palloc0(sizeof(Bitmapset *) * ntables);

	for (int i = 0; i < ntables; i++)
		before[i] = bms_union(order->referencing[i], order->unknown[i]);
	add_ways(before, ntables);
	add_turns(order, before, stages);
	add_ways(before, ntables);
	for (int i = 0; i < ntables; i++)
	{
		int			first = 0;

		while (first < i && !(bms_is_member(first, before[i]) && bms_is_member(i, before[first])))
			first++;
		order->rounds[i] = first;
	}
}

/* Notes which stages are of tables whose keys lead round, so that rows of several of them may lead to each other. */
static void
note_rounds(DeleteOrder *order, const List *stages, const Bitmapset *leads_to_itself)
{
	ListCell   *lc;
	ListCell   *other;

	foreach(lc, stages)
	{
		Stage	   *stage = lfirst(lc);
		int			number = table_number(order, stage->level->table);

		stage->round = 0;
		foreach(other, stages)
		{
			int			another = table_number(order, ((Stage *) lfirst(other))->level->table);

			if (lfirst(other) != stage && order->rounds[another] == order->rounds[number] &&
				(another != number || bms_is_member(number, leads_to_itself)))
				stage->round = order->rounds[number] + 1;
		}
	}
}

static void
read_order(DeleteOrder *order, const List *stages)
{
	Bitmapset  *leads_to_itself = NULL;
	int			ntables;
	ListCell   *lc;

	foreach(lc, stages)
		order->tables = list_append_unique_ptr(order->tables, ((Stage *) lfirst(lc))->level->table);
	ntables = list_length(order->tables);
	order->referencing = palloc0(sizeof(Bitmapset *) * ntables);
	order->unknown = palloc0(sizeof(Bitmapset *) * ntables);
	order->rounds = palloc0(sizeof(int) * ntables);
	order->nstages = palloc0(sizeof(int) * ntables);
	for (int i = 0; i < ntables; i++)
	{
		if (add_table_keys(order, i))
			leads_to_itself = bms_add_member(leads_to_itself, i);
	}
	foreach(lc, stages)
		add_relation_key(order, lfirst(lc));
	find_rounds(order, stages, ntables);
	note_rounds(order, stages, leads_to_itself);
}

/* Whether rows that are still to be deleted may lead to those of a table; but for those of its round. */
static bool
is_free(const DeleteOrder *order, int table, bool within_round)
{
	int			number = -1;

	while ((number = bms_next_member(order->referencing[table], number)) >= 0)
	{
		if (order->nstages[number] > 0 && (order->rounds[number] == order->rounds[table]) == within_round)
			return false;
	}
	return true;
}

/* Whether nothing but itself leads to a round. */
static bool
is_free_round(const DeleteOrder *order, int round)
{
	for (int i = 0; i < list_length(order->tables); i++)
	{
		if (order->rounds[i] == round && order->nstages[i] > 0 && !is_free(order, i, false))
			return false;
	}
	return true;
}

/* The first stage of a round to which nothing of it leads; where keys lead round, the first; NULL: there are none. */
static Stage *
next_stage(DeleteOrder *order, int round)
{
	Stage	   *next = NULL;
	ListCell   *lc;

	CHECK_FOR_INTERRUPTS();
	foreach(lc, order->stages)
	{
		int			number = table_number(order, ((Stage *) lfirst(lc))->level->table);

		if (order->rounds[number] != round)
			continue;
		if (next == NULL)
			next = lfirst(lc);
		if (is_free(order, number, true))
		{
			next = lfirst(lc);
			break;
		}
	}
	if (next == NULL)
		return NULL;
	order->stages = list_delete_ptr(order->stages, next);
	order->nstages[table_number(order, next->level->table)]--;
	return next;
}

/* That of the next stages: the first that nothing else leads to. */
static int
next_round(const DeleteOrder *order)
{
	ListCell   *lc;

	foreach(lc, order->stages)
	{
		int			round = order->rounds[table_number(order, ((Stage *) lfirst(lc))->level->table)];

		if (is_free_round(order, round))
			return round;
	}
	elog(ERROR, "no order of deleting was found");
}

/* Stages in the order that keys demand, those of each round together. */
static List *
in_order(DeleteOrder *order, List *stages)
{
	List	   *ordered = NIL;
	ListCell   *lc;

	order->stages = stages;
	foreach(lc, stages)
		order->nstages[table_number(order, ((Stage *) lfirst(lc))->level->table)]++;
	while (order->stages != NIL)
	{
		int			round = next_round(order);
		Stage	   *stage;

		while ((stage = next_stage(order, round)) != NULL)
			ordered = lappend(ordered, stage);
	}
	return ordered;
}

/* Finds the order in which stages are to be deleted from, in the store's context. */
void
order_deletes(Store *store)
{
	DeleteOrder order = {NULL};
	List	   *stages = add_stages(store->root, false, NIL);
	List	   *last = add_stages(store->root, true, NIL);

	store->deletes = list_concat_copy(stages, last);
	if (list_length(store->deletes) < 2)
		return;
	read_order(&order, store->deletes);
	stages = in_order(&order, stages);
	store->deletes = list_concat(stages, in_order(&order, last));
}
