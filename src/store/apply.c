/*
 * apply.c
 *		Writes what was found to differ: a statement each for the rows of a stage that
 *		are deleted, updated and inserted, in the order that keys demand.
 */
#include "store/internal.h"

#include "access/xact.h"
#include "catalog/pg_constraint.h"
#include "miscadmin.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

/* ---- one stage */

static void
update_rows(Store *store, Stage *stage, RowList *list)
{
	StatementRun run = update_run(store, stage, fill_present);

	run.own_columns = updated_columns;
	for (int i = 0; i < list->nrows; i++)
		run.columns = bms_add_members(run.columns, updated_columns(list->rows[i]));
	run_list(&run, list);
}

/* Whether of the rows of a stage that lead to one parent only one can have its place: a unique key has that of the parent. */
static bool
have_places(const Stage *stage)
{
	const StoreLevel *level = stage->level;
	bool		is_unique = stage->relation != NULL && stage->relation->kind == ONE_TO_ONE;

	for (int i = 0; i < level->rule->nkeys && stage->relation != NULL; i++)
		is_unique |= bms_is_member(level->rule->keys[i], stage->parent_key);
	return is_unique;
}

/* What is taken out of the lists of a stage gives up its place before any other row takes that, wherever it is written. */
static void
give_up_places(Store *store, Stage *stage)
{
	RowList		list = {NULL};
	ListCell   *lc;

	check_stack_depth();
	foreach(lc, have_places(stage) ? stage->others : NIL)
	{
		if (is_updated(lfirst(lc)))
			add_row(store, &list, lfirst(lc));
	}
	update_rows(store, stage, &list);
	for (int i = 0; i < list.nrows; i++)
		list.rows[i]->is_done = true;
	foreach(lc, stage->children)
		give_up_places(store, lfirst(lc));
}

/* Rows of a table that others are inserted into elsewhere: they may give up what those are to have. */
static void
update_early(Store *store, Stage *stage)
{
	RowList		list = {NULL};
	ListCell   *lc;

	check_stack_depth();
	for (int i = 0; i < stage->nrows; i++)
	{
		if (is_updated(stage->rows[i]) && !waits_for_others(stage->rows[i], NULL))
			add_row(store, &list, stage->rows[i]);
	}
	if (list.nrows > 0 && inserts_elsewhere(store, stage))
	{
		update_rows(store, stage, &list);
		for (int i = 0; i < list.nrows; i++)
			list.rows[i]->is_done = true;
	}
	foreach(lc, stage->children)
		update_early(store, lfirst(lc));
}

static void
update_stage(Store *store, Stage *stage)
{
	RowList		list = {NULL};
	ListCell   *lc;

	foreach(lc, stage->others)
	{
		if (is_updated(lfirst(lc)))
			add_row(store, &list, lfirst(lc));
	}
	for (int i = 0; i < stage->nrows; i++)
	{
		DocRow	   *row = stage->rows[i];

		if (!is_updated(row))
			continue;
		note_pending(store, row);
		if (!bms_is_empty(updated_columns(row)))
			add_row(store, &list, row);
	}
	update_rows(store, stage, &list);
	for (int i = 0; i < list.nrows; i++)
		list.rows[i]->is_done = true;
}

static void
write_rows(Store *store, Stage *stage)
{
	follow_stage(store, stage);
	update_stage(store, stage);
	if (!stage->level->is_linked)
		insert_stage(store, stage, false);
}

/* Those that others had to be written before, once these are. */
static void
write_late_rows(Store *store)
{
	ListCell   *lc;

	foreach(lc, store->late)
	{
		Stage	   *stage = lfirst(lc);

		if (waits_for_stages(store, stage))
			continue;
		store->late = foreach_delete_current(store->late, lc);
		write_rows(store, stage);
		/* which may be what those before it wait for */
		write_late_rows(store);
		return;
	}
}

static void
write_stage(Store *store, Stage *stage)
{
	ListCell   *lc;

	check_stack_depth();
	foreach(lc, stage->children)
	{
		Stage	   *child = lfirst(lc);

		if (child->relation->kind == TO_ONE)
			write_stage(store, child);
	}
	if (waits_for_stages(store, stage))
		store->late = lappend(store->late, stage);
	else
	{
		write_rows(store, stage);
		write_late_rows(store);
	}
	foreach(lc, stage->children)
	{
		Stage	   *child = lfirst(lc);

		if (child->relation->kind != TO_ONE)
			write_stage(store, child);
	}
}

/* ---- junctions */

static void
write_pairs(Store *store, Stage *stage, const List *pairs, StatementKind kind)
{
	StatementRun run = {
		.store = store,
		.kind = kind,
		/* a pair may be in several rows of a junction */
		.may_find_more = true,
		.fill = fill_pair
	};
	RowList		list = {NULL};
	ListCell   *lc;

	if (pairs == NIL)
		return;
	run.table = stage->relation->junction;
	if (kind == STATEMENT_INSERT)
		run.columns = junction_columns(stage->relation);
	else
		run.keys = junction_columns(stage->relation);
	foreach(lc, pairs)
	{
		const Pair *pair = lfirst(lc);

		if (!real_row(pair->near)->failed && !real_row(pair->far)->failed)
			add_row(store, &list, pair->far);
	}
	run_list(&run, &list);
}

static void
write_all_pairs(Store *store, Stage *stage, StatementKind kind)
{
	ListCell   *lc;

	check_stack_depth();
	write_pairs(store, stage, kind == STATEMENT_INSERT ? stage->links : stage->unlinks, kind);
	foreach(lc, stage->children)
		write_all_pairs(store, lfirst(lc), kind);
}

/* ---- what must hold afterwards */

/* Whether a row was written as a document says it, in whichever of its places; it is found by *there. */
static bool
was_written(DocRow *row, DocRow **there)
{
	*there = row;
	if (row->failed || row->is_doomed || row->asks_delete || row->is_lost)
		return false;
	if (row->same != NULL)
		return is_other_place(row);
	if (row->extra->first_place == NULL || row->extra->written_first != NULL)
		return row->changed != NULL || row->is_elsewhere;
	/* which has all that is written, be it a key that this place does not say */
	*there = row->extra->first_place;
	return (row->changed != NULL || (*there)->changed != NULL) && !(*there)->failed;
}

/* Rows that are written must be such as "where" has. */
static void
check_stage(Store *store, Stage *stage)
{
	const RowRule *rule = stage->level->rule;
	RowList		list = {NULL};
	RowList		written = {NULL};
	Row		  **found;
	ListCell   *lc;

	check_stack_depth();
	if (rule->check != NULL)
	{
		for (int i = 0; i < stage->nrows; i++)
		{
			DocRow	   *row = stage->rows[i];
			DocRow	   *there;

			if (was_written(row, &there))
			{
				add_row(store, &list, row);
				add_row(store, &written, there);
			}
			/* the key may have changed, too */
			if (row->changed != NULL)
				row->has_key = false;
		}
		found = look_up_rows(store, rule->check, false, written.rows, written.nrows);
		for (int i = 0; i < list.nrows; i++)
		{
			if (found[i] == NULL)
				add_error(store, list.rows[i], NIL, ERROR_REFUSED,
						  "the row is not such as \"where\" has");
		}
	}
	foreach(lc, stage->children)
		check_stage(store, lfirst(lc));
}

/*
 * Does what was found out. SPI is connected. Raises what PostgreSQL does, in a careful
 * call only what is no fault of the documents.
 */
void
apply_changes(Store *store)
{
	MemoryContext old = MemoryContextSwitchTo(store->context);
	ListCell   *lc;

	write_all_pairs(store, store->root, STATEMENT_DELETE);
	order_deletes(store);
	open_circles(store, store->root);
	run_deletes(store, false);
	give_up_places(store, store->root);
	move_keys(store);
	update_early(store, store->root);
	write_stage(store, store->root);
	/* where none of the keys of a circle can be NULL their constraints are all that there is to say */
	foreach(lc, store->late)
		write_rows(store, lfirst(lc));
	write_all_pairs(store, store->root, STATEMENT_INSERT);
	close_circles(store);
	run_deletes(store, true);
	MemoryContextSwitchTo(old);
}

/* Notes which rows are not such as "where" has, or are and should not; reads in the active snapshot. */
void
check_written(Store *store)
{
	check_stage(store, store->root);
	check_where_lists(store);
}

