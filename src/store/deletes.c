/*
 * deletes.c
 *		Deletes what is to be deleted, a statement a stage. Rows that lead to each other go
 *		by one statement: PostgreSQL looks at keys once that has deleted all of them, so
 *		no key has to be set to NULL before.
 */
#include "store/internal.h"

#include "miscadmin.h"

/* The stages of tables whose keys lead round, while they are deleted from. */
typedef struct RoundDelete
{
	Store	   *store;
	List	   *runs;			/* of StatementRun: a stage each */
} RoundDelete;

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

static void
add_run(RoundDelete *round, const Stage *stage, const RowList *list)
{
	StatementRun *run;

	if (list->nrows == 0)
		return;
	run = palloc(sizeof(StatementRun));
	*run = delete_run(round->store, stage);
	run->rows = list->rows;
	run->nrows = list->nrows;
	round->runs = lappend(round->runs, run);
}

/* To-one rows go with those that lead to them, where these are deleted: nobody else is to lead to them afterwards. */
static void
add_owned(RoundDelete *round, const Stage *stage)
{
	RowList		rows = doomed_rows(round->store, stage);
	RowList		owned = {NULL};

	for (int i = 0; i < rows.nrows; i++)
	{
		if (real_row(rows.rows[i]->parent)->is_doomed)
			add_row(round->store, &owned, rows.rows[i]);
	}
	add_run(round, stage, &owned);
}

static void
delete_in_turn(void *arg)
{
	ListCell   *lc;

	foreach(lc, ((RoundDelete *) arg)->runs)
		run_at_once(lfirst(lc));
}

static void
delete_together(void *arg)
{
	run_all_at_once(((RoundDelete *) arg)->runs);
}

static void
note_deleted(const RoundDelete *round)
{
	ListCell   *lc;

	foreach(lc, round->runs)
	{
		const StatementRun *run = lfirst(lc);

		for (int i = 0; i < run->nrows; i++)
			run->rows[i]->is_done = true;
	}
}

static int
compare_documents(const void *left, const void *right)
{
	const DocRow *a = *(DocRow *const *) left;
	const DocRow *b = *(DocRow *const *) right;

	return (a->number > b->number) - (a->number < b->number);
}

/* The rows of the next document, of those that are left of all runs, which are in the order of these; next: where they begin. */
static RoundDelete
next_rows(const RoundDelete *round, int *next)
{
	RoundDelete document = {.store = round->store};
	int			number = INT_MAX;
	ListCell   *lc;

	foreach(lc, round->runs)
	{
		const StatementRun *run = lfirst(lc);
		int			first = next[foreach_current_index(lc)];

		if (first < run->nrows)
			number = Min(number, run->rows[first]->number);
	}
	foreach(lc, round->runs)
	{
		StatementRun *run = palloc(sizeof(StatementRun));
		int		   *first = &next[foreach_current_index(lc)];

		*run = *(StatementRun *) lfirst(lc);
		run->rows += *first;
		run->nrows = 0;
		while (*first < ((StatementRun *) lfirst(lc))->nrows && run->rows[run->nrows]->number == number)
		{
			run->nrows++;
			(*first)++;
		}
		if (run->nrows > 0)
			document.runs = lappend(document.runs, run);
	}
	return document;
}

/* In a careful call, of rows that are not deleted together: which documents have those that are in the way. */
static void
delete_documents(RoundDelete *round)
{
	int		   *next = palloc0(sizeof(int) * list_length(round->runs));
	RoundDelete document;
	ListCell   *lc;

	foreach(lc, round->runs)
		qsort(((StatementRun *) lfirst(lc))->rows, ((StatementRun *) lfirst(lc))->nrows, sizeof(DocRow *),
			  compare_documents);
	while ((document = next_rows(round, next)).runs != NIL)
	{
		CHECK_FOR_INTERRUPTS();
		if (try_together(round->store, delete_together, &document) == NULL)
			continue;
		foreach(lc, document.runs)
		{
			StatementRun *run = lfirst(lc);
			RowList		list = {run->rows, run->nrows, run->nrows};

			run_list(run, &list);
		}
	}
}

/*
 * Deletes from the stages of one round: from one after the other, as always; where that fails,
 * for rows lead to each other, by one statement; and where that does as well, once all that
 * stays is written, for a row of it may have let go then.
 */
static void
delete_round(Store *store, const List *stages, const List *last, bool is_last)
{
	RoundDelete round = {.store = store};
	ErrorData  *error;
	ListCell   *lc;

	foreach(lc, stages)
	{
		RowList		list = doomed_rows(store, lfirst(lc));

		add_run(&round, lfirst(lc), &list);
	}
	if (round.runs == NIL)
		return;
	error = try_together(store, delete_in_turn, &round);
	if (error == NULL)
		return;
	if (is_document_error(error))
	{
		foreach(lc, last)
			add_owned(&round, lfirst(lc));
		if (try_together(store, delete_together, &round) == NULL)
		{
			note_deleted(&round);
			return;
		}
	}
	if (is_document_error(error) && last != NIL && !is_last)
	{
		foreach(lc, stages)
			((Stage *) lfirst(lc))->goes_later = true;
	}
	else if (store->careful)
		delete_documents(&round);
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
					 to_one ? NIL : stages_of_round(store, stage->round, true), to_one);
	}
}
