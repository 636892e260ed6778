/*
 * together.c
 *		Statements over several tables that are run as one, for rows that lead to each other:
 *		PostgreSQL looks at keys once all of them are done.
 */
#include "store/internal.h"

#include "miscadmin.h"

/* Adds what one of the statements does with rows to a list of those that go together. */
List *
add_run(List *runs, StatementRun run, const RowList *list)
{
	StatementRun *added;

	if (list->nrows == 0)
		return runs;
	added = palloc(sizeof(StatementRun));
	*added = run;
	added->rows = list->rows;
	added->nrows = list->nrows;
	return lappend(runs, added);
}

/* Runs the statements of a list of StatementRuns, one after the other. */
void
run_in_turn(void *arg)
{
	ListCell   *lc;

	foreach(lc, (List *) arg)
		run_at_once(lfirst(lc));
}

/* Runs them as one. */
void
run_together(void *arg)
{
	run_all_at_once(arg);
}

static int
compare_documents(const void *left, const void *right)
{
	const DocRow *a = *(DocRow *const *) left;
	const DocRow *b = *(DocRow *const *) right;

	return (a->number > b->number) - (a->number < b->number);
}

/* What there is to do for the next document, of all runs, whose rows are in the order of these; next: where theirs begin. */
static List *
next_runs(const List *runs, int *next)
{
	List	   *found = NIL;
	int			number = INT_MAX;
	ListCell   *lc;

	foreach(lc, runs)
	{
		const StatementRun *run = lfirst(lc);
		int			first = next[foreach_current_index(lc)];

		if (first < run->nrows)
			number = Min(number, run->rows[first]->number);
	}
	foreach(lc, runs)
	{
		const StatementRun *run = lfirst(lc);
		int		   *first = &next[foreach_current_index(lc)];
		RowList		rows = {.rows = run->rows + *first};

		for (; *first < run->nrows && run->rows[*first]->number == number; (*first)++)
			rows.nrows++;
		found = add_run(found, *run, &rows);
	}
	return found;
}

/*
 * In a careful call, where all rows cannot be written together: those of one document after
 * the other. failed is told of those that cannot.
 */
void
run_each_document(Store *store, List *runs, void (*failed) (Store *store, List *runs))
{
	int		   *next = palloc0(sizeof(int) * Max(list_length(runs), 1));
	List	   *document;
	ListCell   *lc;

	foreach(lc, runs)
	{
		StatementRun *run = lfirst(lc);

		qsort(run->rows, run->nrows, sizeof(DocRow *), compare_documents);
	}
	while ((document = next_runs(runs, next)) != NIL)
	{
		CHECK_FOR_INTERRUPTS();
		if (try_together(store, run_together, document) != NULL)
			failed(store, document);
	}
}
