/*
 * deletes.c
 *		Deletes what is to be deleted, a statement a stage. Rows that lead to each other go
 *		by one statement: PostgreSQL looks at keys once that has deleted all of them, so
 *		no key has to be set to NULL before.
 */
#include "store/internal.h"

static void
add_doomed(Store *store, RowList *list, DocRow *row)
{
	if (row->is_doomed && !row->failed && !row->is_done)
		add_row(store, list, row);
}

static RowList
doomed_rows(Store *store, const Stage *stage)
{
	RowList		list = {NULL};
	ListCell   *lc;

	for (int i = 0; i < stage->nrows; i++)
		add_doomed(store, &list, stage->rows[i]);
	foreach(lc, stage->others)
		add_doomed(store, &list, lfirst(lc));
	return list;
}

static StatementRun
delete_run(Store *store, const Stage *stage)
{
	StatementRun run = {
		.store = store,
		.table = stage->level->table,
		.kind = STATEMENT_DELETE,
		.keys = identity_columns(stage->level),
		.for_root = stage->level->is_root,
		.fill = fill_present
	};

	return run;
}

static void
delete_rows(Store *store, const Stage *stage)
{
	StatementRun run = delete_run(store, stage);
	RowList		list = doomed_rows(store, stage);

	run_list(&run, &list);
}

/* ---- rows that may lead to each other */

/* To-one rows go with those that lead to them, where these are deleted: nobody else is to lead to them afterwards. */
static List *
add_owned(Store *store, List *runs, const Stage *stage)
{
	RowList		rows = doomed_rows(store, stage);
	RowList		owned = {NULL};

	for (int i = 0; i < rows.nrows; i++)
	{
		if (real_row(rows.rows[i]->parent)->is_doomed)
			add_row(store, &owned, rows.rows[i]);
	}
	return add_run(runs, delete_run(store, stage), &owned);
}

static void
note_deleted(const List *runs)
{
	ListCell   *lc;

	foreach(lc, runs)
	{
		const StatementRun *run = lfirst(lc);

		for (int i = 0; i < run->nrows; i++)
			run->rows[i]->is_done = true;
	}
}

/* Of rows that are not deleted together: each by itself, to find those that are in the way. */
static void
delete_each(Store *store, List *runs)
{
	ListCell   *lc;

	foreach(lc, runs)
	{
		StatementRun *run = lfirst(lc);
		RowList		list = {run->rows, run->nrows, run->nrows};

		run_list(run, &list);
	}
}

/*
 * Deletes from the stages of one round: from one after the other, as always; where that fails,
 * for rows lead to each other, by one statement; and where that does as well, once all that
 * stays is written, for a row of it may have let go then. last: those of the round for which it
 * is not time as yet.
 */
static void
delete_round(Store *store, const List *stages, const List *last)
{
	List	   *runs = NIL;
	ErrorData  *error;
	bool		may_go_together;
	ListCell   *lc;

	foreach(lc, stages)
	{
		RowList		list = doomed_rows(store, lfirst(lc));

		runs = add_run(runs, delete_run(store, lfirst(lc)), &list);
	}
	error = try_together(store, run_in_turn, runs);
	if (error == NULL)
		return;
	may_go_together = is_document_error(error);
	if (may_go_together)
	{
		foreach(lc, last)
			runs = add_owned(store, runs, lfirst(lc));
		if (try_together(store, run_together, runs) == NULL)
		{
			note_deleted(runs);
			return;
		}
	}
	if (may_go_together && last != NIL)
	{
		foreach(lc, stages)
			((Stage *) lfirst(lc))->goes_later = true;
	}
	else if (store->careful)
		run_each_document(store, runs, delete_each);
	else
		ReThrowError(error);
}

/* Those of a round that are deleted from at the end, or before. */
static List *
stages_of_round(const Store *store, int round, bool to_one)
{
	List	   *stages = NIL;
	ListCell   *lc;

	foreach(lc, store->deletes)
	{
		const Stage *stage = lfirst(lc);

		if (stage->round == round && (goes_last(stage) || stage->goes_later) == to_one)
			stages = lappend(stages, lfirst(lc));
	}
	return stages;
}

/* Deletes what is to be deleted: to-one rows, or all the others. */
void
run_deletes(Store *store, bool to_one)
{
	Bitmapset  *done = NULL;
	ListCell   *lc;

	foreach(lc, store->deletes)
	{
		const Stage *stage = lfirst(lc);

		if ((goes_last(stage) || stage->goes_later) != to_one || bms_is_member(stage->round, done))
			continue;
		if (stage->round == 0)
		{
			delete_rows(store, stage);
			continue;
		}
		done = bms_add_member(done, stage->round);
		delete_round(store, stages_of_round(store, stage->round, to_one),
					 to_one ? NIL : stages_of_round(store, stage->round, true));
	}
}
