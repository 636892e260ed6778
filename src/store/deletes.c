/*
 * deletes.c
 *		In which order the rows of stages are deleted: those that lead to others before
 *		them. To-one rows go last, once nothing leads to them any more.
 */
#include "store/internal.h"

#include "miscadmin.h"

/* ---- the order */

/* The stages of one turn, and what their tables' keys lead to. */
typedef struct DeleteOrder
{
	List	   *stages;			/* in the order in which they stand in the shape */
	List	   *tables;			/* of StoreTable: theirs */
	List	   *referencing;	/* of Bitmapset, a table each: those whose keys lead to it */
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

static bool
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

/* Which tables have keys to a table; a row's key to another one of its own is no matter here. */
static Bitmapset *
referencing_tables(const DeleteOrder *order, List *const *keys, int number)
{
	Bitmapset  *referencing = NULL;
	Oid			relid = ((StoreTable *) list_nth(order->tables, number))->relid;

	for (int i = 0; i < list_length(order->tables); i++)
	{
		ListCell   *lc;

		foreach(lc, keys[i])
		{
			const ForeignKey *key = lfirst(lc);

			if (i != number && key->referenced == relid && !key->deferred)
				referencing = bms_add_member(referencing, i);
		}
	}
	return referencing;
}

static void
read_order(DeleteOrder *order)
{
	List	  **keys;
	ListCell   *lc;

	foreach(lc, order->stages)
		order->tables = list_append_unique_ptr(order->tables, ((Stage *) lfirst(lc))->level->table);
	order->nstages = palloc0(sizeof(int) * Max(list_length(order->tables), 1));
	foreach(lc, order->stages)
		order->nstages[table_number(order, ((Stage *) lfirst(lc))->level->table)]++;
	keys = palloc(sizeof(List *) * Max(list_length(order->tables), 1));
	foreach(lc, order->tables)
		keys[foreach_current_index(lc)] = outgoing_keys(((StoreTable *) lfirst(lc))->relid);
	for (int i = 0; i < list_length(order->tables); i++)
		order->referencing = lappend(order->referencing, referencing_tables(order, keys, i));
}

/* Whether rows that are still to be deleted may lead to those of a stage. */
static bool
is_free(const DeleteOrder *order, const Stage *stage)
{
	Bitmapset  *referencing = list_nth(order->referencing, table_number(order, stage->level->table));
	int			number = -1;

	while ((number = bms_next_member(referencing, number)) >= 0)
	{
		if (order->nstages[number] > 0)
			return false;
	}
	return true;
}

/* The first that nothing leads to; where keys lead round, the first. */
static Stage *
next_stage(DeleteOrder *order)
{
	Stage	   *next = linitial(order->stages);
	ListCell   *lc;

	CHECK_FOR_INTERRUPTS();
	foreach(lc, order->stages)
	{
		if (is_free(order, lfirst(lc)))
		{
			next = lfirst(lc);
			break;
		}
	}
	order->stages = list_delete_ptr(order->stages, next);
	order->nstages[table_number(order, next->level->table)]--;
	return next;
}

/* Stages in the order that keys demand. */
static List *
in_order(List *stages)
{
	DeleteOrder order = {.stages = stages};
	List	   *ordered = NIL;

	if (list_length(stages) < 2)
		return stages;
	read_order(&order);
	while (order.stages != NIL)
		ordered = lappend(ordered, next_stage(&order));
	return ordered;
}

/* Finds the order in which stages are to be deleted from, in the store's context. */
void
order_deletes(Store *store)
{
	ListCell   *lc;

	store->deletes = list_concat(in_order(add_stages(store->root, false, NIL)),
								 in_order(add_stages(store->root, true, NIL)));
	foreach(lc, store->deletes)
		((Stage *) lfirst(lc))->delete_turn = foreach_current_index(lc) + 1;
}

/* Whether a stage's rows are deleted before a row is, or lets go of what it leads to. */
bool
is_deleted_before(const Stage *stage, const DocRow *row)
{
	return row->is_doomed ? stage->delete_turn < row->stage->delete_turn : !goes_last(stage);
}

/* ---- what goes */

static void
add_doomed(Store *store, RowList *list, DocRow *row)
{
	if (row->is_doomed && !row->failed)
		add_row(store, list, row);
}

static void
delete_rows(Store *store, Stage *stage)
{
	StatementRun run = {
		.store = store,
		.table = stage->level->table,
		.kind = STATEMENT_DELETE,
		.keys = identity_columns(stage->level),
		.for_root = stage->level->is_root,
		.fill = fill_present
	};
	RowList		list = {NULL};
	ListCell   *lc;

	for (int i = 0; i < stage->nrows; i++)
		add_doomed(store, &list, stage->rows[i]);
	foreach(lc, stage->others)
		add_doomed(store, &list, lfirst(lc));
	run_list(&run, &list);
}

/* Deletes what is to be deleted, a statement a stage: to-one rows, or all the others. */
void
run_deletes(Store *store, bool to_one)
{
	ListCell   *lc;

	foreach(lc, store->deletes)
	{
		if (goes_last(lfirst(lc)) == to_one)
			delete_rows(store, lfirst(lc));
	}
}
