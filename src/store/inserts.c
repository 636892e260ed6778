/*
 * inserts.c
 *		Inserts the new rows of a stage, by one statement; and before rows whose keys change
 *		together those that they lead to from then on.
 */
#include "store/internal.h"

#include "miscadmin.h"

/* Columns that any row of a list changes. */
static Bitmapset *
changed_columns(const RowList *list)
{
	Bitmapset  *columns = NULL;

	for (int i = 0; i < list->nrows; i++)
		columns = bms_add_members(columns, list->rows[i]->changed);
	return columns;
}

static Bitmapset *
own_columns(const DocRow *row)
{
	return bms_copy(row->changed);
}

/* Inserts the new rows of a stage, in the order of their keys; early: but for those that have to wait for others. */
void
insert_stage(Store *store, Stage *stage, bool early)
{
	RowList		list = {NULL};
	StatementRun run = {
		.store = store,
		.table = stage->level->table,
		.kind = STATEMENT_INSERT,
		.own_columns = own_columns,
		.fill = fill_new,
		.take = take_told
	};
	bool		needs_keys = false;

	for (int i = 0; i < stage->nrows; i++)
	{
		DocRow	   *row = stage->rows[i];

		if (!is_inserted(row) || row->is_done || (early && awaited_rows(store, row) != NIL))
			continue;
		note_pending(store, row);
		needs_keys |= row->needs_key;
		add_row(store, &list, row);
	}
	if (needs_keys)
		run.keys = told_columns(stage);
	run.columns = changed_columns(&list);
	sort_by_key(list.rows, list.nrows);
	run_list(&run, &list);
	for (int i = 0; i < list.nrows; i++)
		list.rows[i]->is_done = true;
}

/* The keys to rows that have told theirs when they were inserted. */
void
follow_stage(Store *store, Stage *stage)
{
	for (int i = 0; i < stage->nrows && store->keys_are_told; i++)
	{
		DocRow	   *row = stage->rows[i];

		CHECK_FOR_INTERRUPTS();
		if (row->same == NULL && !row->failed && !row->asks_delete)
			follow_told_keys(store, row);
	}
}

/*
 * Inserts the new rows of a stage before any others are updated, and before them those that they
 * have to wait for; done: stages of which that is known.
 */
void
insert_before(Store *store, Stage *stage, List **done)
{
	check_stack_depth();
	if (stage->level->is_linked || list_member_ptr(*done, stage))
		return;
	*done = lappend(*done, stage);
	for (int i = 0; i < stage->nrows; i++)
	{
		List	   *awaited = is_inserted(stage->rows[i]) ? awaited_rows(store, stage->rows[i]) : NIL;
		ListCell   *lc;

		CHECK_FOR_INTERRUPTS();
		foreach(lc, awaited)
		{
			if (is_inserted(lfirst(lc)))
				insert_before(store, ((DocRow *) lfirst(lc))->stage, done);
		}
	}
	follow_stage(store, stage);
	insert_stage(store, stage, true);
}
