/*
 * run_rows.c
 *		Runs a statement for rows: all of them together; or in a careful call, where that
 *		fails, each by itself, so that each that is wrong is told.
 */
#include "store/internal.h"

#include "access/xact.h"
#include "miscadmin.h"
#include "utils/lsyscache.h"

/* Adds a row to a list, whose memory is the store's. */
void
add_row(Store *store, RowList *list, DocRow *row)
{
	if (list->nrows == list->capacity)
	{
		list->capacity = list->capacity * 2 + 16;
		list->rows = list->rows == NULL ?
			MemoryContextAlloc(store->context, sizeof(DocRow *) * list->capacity) :
			repalloc_huge(list->rows, sizeof(DocRow *) * (Size) list->capacity);
	}
	list->rows[list->nrows++] = row;
}

static StoreStatement *
statement_of(const StatementRun *run)
{
	return find_statement(run->table, run->kind, run->keys, run->columns, run->for_root);
}

/* Raises what a statement that has found more rows than were passed is wrong with. */
static void
check_found(const StatementRun *run)
{
	if ((run->kind == STATEMENT_UPDATE || run->kind == STATEMENT_DELETE) &&
		run->processed > (uint64) run->nrows && !run->may_find_more && !run->table->has_rules)
		not_told_apart(run->table->relid);
}

static void
run_rows(void *arg)
{
	StatementRun *run = arg;
	StoreStatement *statement = statement_of(run);

	/* what it runs may ask for others */
	statement->users++;
	PG_TRY();
	{
		run->processed = run_statement(run->store, run->table, statement, run->rows, run->nrows,
									   run->fill, run->take);
	}
	PG_FINALLY();
	{
		statement->users--;
	}
	PG_END_TRY();
	check_found(run);
}

/* What turned a row down says nothing: a trigger, a rule, a policy that hides it. */
static const char *const refused_message = "the row was turned down";

/* Which one it was only a careful call tells. */
static void
check_refused(const StatementRun *run)
{
	if (run->processed < (uint64) run->nrows && run->kind != STATEMENT_LOCK)
		ereport(ERROR,
				errcode(ERRCODE_WITH_CHECK_OPTION_VIOLATION),
				errmsg_internal("%s", refused_message));
}

/* Runs a statement for rows at once, as a call that is not careful does. */
void
run_at_once(void *arg)
{
	StatementRun *run = arg;

	run_rows(run);
	check_refused(run);
}

static void
run_as_one(List *runs, List **statements)
{
	ListCell   *lc;

	/* one that has users stays while others are asked for */
	foreach(lc, runs)
	{
		*statements = lappend(*statements, statement_of(lfirst(lc)));
		((StoreStatement *) llast(*statements))->users++;
	}
	run_statements(((StatementRun *) linitial(runs))->store, runs, *statements);
}

/* Runs the statements of several StatementRuns as one: keys are checked once all of them are done. */
void
run_all_at_once(List *runs)
{
	List	   *statements = NIL;
	ListCell   *lc;

	PG_TRY();
	{
		run_as_one(runs, &statements);
	}
	PG_FINALLY();
	{
		foreach(lc, statements)
			((StoreStatement *) lfirst(lc))->users--;
	}
	PG_END_TRY();
	foreach(lc, runs)
	{
		check_found(lfirst(lc));
		check_refused(lfirst(lc));
	}
}

/* Runs it for the rows of a list at once, in a careful call. Returns what that raised, or NULL. */
static ErrorData *
run_list_together(StatementRun *run, const RowList *list)
{
	run->rows = list->rows;
	run->nrows = list->nrows;
	return try_together(run->store, run_at_once, run);
}

/*
 * A row with a key that another one has, in a transaction with one snapshot: if that does
 * not show the other row, no document is wrong, and it is worth to begin anew. Raises
 * what PostgreSQL does then: ON CONFLICT asks whether it sees what it does not insert.
 */
static void
check_snapshot(const StatementRun *failed, DocRow *row)
{
	StatementRun run = *failed;
	ErrorData  *error;

	run.rows = &row;
	run.kind = STATEMENT_TRY_INSERT;
	run.take = NULL;
	error = catch_error(failed->store, row, run_rows, &run);
	if (error != NULL && error->sqlerrcode == ERRCODE_T_R_SERIALIZATION_FAILURE)
		ReThrowError(error);
}

/* Runs a statement for one row, in a careful call. Returns what that raised, or NULL. */
static ErrorData *
run_row(StatementRun *run, DocRow *row)
{
	ErrorData  *error;

	CHECK_FOR_INTERRUPTS();
	run->rows = &row;
	run->nrows = 1;
	/* what other rows want may be more than the role may do */
	if (run->own_columns != NULL)
		run->columns = run->own_columns(row);
	error = catch_error(run->store, row, run_rows, run);
	if (error != NULL || run->processed > 0 || run->kind == STATEMENT_LOCK)
		return error;
	if (run->kind == STATEMENT_UPDATE)
		add_refusal(run->store, row, refused_message);
	else
		add_error(run->store, row, NIL, ERROR_REFUSED, refused_message);
	return error;
}

/* The n'th error of many that are held back, from 1 on; NULL, having freed it, if so many are not listed. */
static ErrorData *
listed_error(Store *store, ErrorData *error, int n)
{
	if (n <= store->options->max_errors)
		return error;
	FreeErrorData(error);
	return NULL;
}

/* How often to try again to delete rows that others of a list led to. */
#define MAX_DELETE_PASSES 10

static bool
is_led_to(const ErrorData *error)
{
	return error->sqlerrcode == ERRCODE_FOREIGN_KEY_VIOLATION ||
		error->sqlerrcode == ERRCODE_RESTRICT_VIOLATION;
}

/*
 * Deletes rows, each by itself: those that others of the list lead to once these are gone;
 * to and fro, so that a chain of them is done with at the second pass.
 */
static void
delete_each(StatementRun *run, RowList rest)
{
	bool		is_last = false;

	for (int pass = 1; !is_last; pass++)
	{
		RowList		left = {NULL};
		List	   *errors = NIL;
		ListCell   *lc;

		for (int i = 0; i < rest.nrows; i++)
		{
			DocRow	   *row = rest.rows[pass == 1 ? i : rest.nrows - 1 - i];
			ErrorData  *error = run_row(run, row);

			if (error != NULL && is_led_to(error))
			{
				add_row(run->store, &left, row);
				errors = lappend(errors, listed_error(run->store, error, left.nrows));
			}
			else if (error != NULL)
				note_caught_error(run->store, row, NIL, error);
		}
		is_last = left.nrows == rest.nrows || left.nrows == 0 || pass == MAX_DELETE_PASSES;
		foreach(lc, errors)
		{
			if (is_last)
				note_caught_error(run->store, left.rows[foreach_current_index(lc)], NIL, lfirst(lc));
			else if (lfirst(lc) != NULL)
				FreeErrorData(lfirst(lc));
		}
		rest = left;
	}
}

/* Whether a row could not be written, be it in another place. */
static bool
has_failed(const DocRow *row)
{
	return row->failed || (row->extra->writer != NULL && row->extra->writer->failed);
}

/* Rows that cannot be written, each by itself, and what says so. */
typedef struct FailedRows
{
	RowList		rows;
	List	   *errors;			/* of ErrorData; NULL beyond those that are listed */
	int			nclashes;		/* how many of them have what another row has */
	int			nothers;
} FailedRows;

static bool
is_clash(const ErrorData *error)
{
	return error->sqlerrcode == ERRCODE_UNIQUE_VIOLATION ||
		error->sqlerrcode == ERRCODE_EXCLUSION_VIOLATION;
}

/* Keeps an error over a row until it is known whether it stays; raises what no document is to blame for. */
static void
hold_error(Store *store, FailedRows *failed, DocRow *row, ErrorData *error)
{
	int			n;

	if (!is_document_error(error))
		ReThrowError(error);
	row->in_clash = is_clash(error);
	n = row->in_clash ? ++failed->nclashes : ++failed->nothers;
	add_row(store, &failed->rows, row);
	failed->errors = lappend(failed->errors, listed_error(store, error, n));
}

/*
 * Rows that clashed, each by itself, may do so only with each other, or with what rows
 * behind them have given up: the values of a constraint that is deferrable are swapped
 * or shifted.
 */
static bool
clash_by_themselves(StatementRun *run, const FailedRows *failed, int nrows)
{
	RowList		clashes = {NULL};

	if (failed->nclashes == 0 ||
		(failed->nclashes == 1 && (run->kind != STATEMENT_UPDATE || failed->rows.nrows == nrows)))
		return false;
	for (int i = 0; i < failed->rows.nrows; i++)
	{
		if (failed->rows.rows[i]->in_clash)
			add_row(run->store, &clashes, failed->rows.rows[i]);
	}
	return run_list_together(run, &clashes) == NULL;
}

/* Notes errors that were held back; without those of clashes if these are none. */
static void
note_held_errors(Store *store, const FailedRows *failed, bool forgive_clashes)
{
	for (int i = 0; i < failed->rows.nrows; i++)
	{
		DocRow	   *row = failed->rows.rows[i];
		ErrorData  *error = list_nth(failed->errors, i);
		bool		forgive = forgive_clashes && row->in_clash;

		row->in_clash = false;
		if (!forgive)
			note_caught_error(store, row, NIL, error);
		else if (error != NULL)
			FreeErrorData(error);
	}
}

/* Whether a place of a row leads by a constraint to a row that could not be written. */
static bool
leads_to_failed(const DocRow *place, const char *constraint)
{
	ListCell   *lc;

	foreach(lc, place->stage->level->relations)
	{
		const StoreRelation *relation = lfirst(lc);
		const DocRow *target = relation->kind == TO_ONE ? place->targets[relation->item] : NULL;
		char	   *name = target == NULL || !last_writer(target)->failed ? NULL :
			get_constraint_name(relation->branch->relationship->key->constraint);

		if (name != NULL && constraint != NULL && strcmp(name, constraint) == 0)
			return true;
	}
	return false;
}

/* Whether an error of a row is that of another one, to which it leads, and is told there. */
static bool
is_told_elsewhere(const DocRow *row, const ErrorData *error)
{
	bool		is_told = error->sqlerrcode == ERRCODE_FOREIGN_KEY_VIOLATION &&
		leads_to_failed(row, error->constraint_name);
	ListCell   *lc;

	foreach(lc, error->sqlerrcode == ERRCODE_FOREIGN_KEY_VIOLATION ? row->extra->places : NIL)
		is_told |= leads_to_failed(lfirst(lc), error->constraint_name);
	return is_told;
}

/* Inserts or updates rows, each by itself. */
static void
write_each(StatementRun *run, const RowList *list)
{
	FailedRows	failed = {.errors = NIL};
	Bitmapset  *columns = run->columns;

	for (int i = 0; i < list->nrows; i++)
	{
		DocRow	   *row = list->rows[i];
		ErrorData  *error = run_row(run, row);

		if (error == NULL)
			continue;
		if (is_told_elsewhere(row, error))
		{
			row->failed = true;
			FreeErrorData(error);
			continue;
		}
		if (error->sqlerrcode == ERRCODE_UNIQUE_VIOLATION && run->kind == STATEMENT_INSERT &&
			IsolationUsesXactSnapshot())
			check_snapshot(run, row);
		hold_error(run->store, &failed, row, error);
	}
	run->columns = columns;
	note_held_errors(run->store, &failed, clash_by_themselves(run, &failed, list->nrows));
}

/*
 * What was raised over rows together, and over none by itself, is about the statement: what
 * a trigger makes of all its rows must not be got round by statements of one row each. But
 * rows that clash, or lead to each other, only have to be written in another order.
 */
static void
raise_together(const Store *store, const RowList *list, ErrorData *error)
{
	if (error == NULL || is_clash(error) || is_led_to(error) ||
		error->sqlerrcode == ERRCODE_WITH_CHECK_OPTION_VIOLATION)
		return;
	/* other rows are wrong, so that nothing stays in any case */
	if (store->errors != NIL && is_document_error(error))
		return;
	for (int i = 0; i < list->nrows; i++)
	{
		if (list->rows[i]->failed)
			return;
	}
	ReThrowError(error);
}

static void
run_carefully(StatementRun *run, RowList *list)
{
	RowList		rest = {NULL};
	ErrorData  *error = NULL;

	for (int i = 0; i < list->nrows; i++)
	{
		DocRow	   *row = list->rows[i];

		if (row->failed || (row->parent != NULL && has_failed(real_row(row->parent))) ||
			(row->extra->written_first != NULL && row->extra->written_first->failed))
			row->failed = true;
		else
			add_row(run->store, &rest, row);
	}
	if (rest.nrows > 1)
	{
		error = run_list_together(run, &rest);
		if (error == NULL)
			return;
	}
	if (run->kind == STATEMENT_DELETE)
		delete_each(run, rest);
	else
		write_each(run, &rest);
	raise_together(run->store, &rest, error);
}

/* An UPDATE of rows of a stage; of which columns its caller says. */
StatementRun
update_run(Store *store, const Stage *stage, RowFiller fill)
{
	StatementRun run = {
		.store = store,
		.table = stage->level->table,
		.kind = STATEMENT_UPDATE,
		.keys = identity_columns(stage->level),
		.for_root = stage->level->is_root,
		.fill = fill
	};

	return run;
}

/*
 * Runs a statement for a list of rows, if there are any; a careful call each of them by
 * itself where they cannot be written together, and notes what is wrong with it.
 */
void
run_list(StatementRun *run, RowList *list)
{
	if (list->nrows == 0)
		return;
	if (run->store->careful)
	{
		run_carefully(run, list);
		return;
	}
	run->rows = list->rows;
	run->nrows = list->nrows;
	run_at_once(run);
}
