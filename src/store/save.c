/*
 * save.c
 *		A call: documents are matched, what changes is locked and looked at again, and
 *		written; all of it in a subtransaction. Where that fails over what a document
 *		says, it is done again, a row at a time, to find all that is wrong; and undone.
 */
#include "store/internal.h"

#include "access/xact.h"
#include "executor/executor.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "utils/memutils.h"
#include "utils/resowner.h"
#include "utils/snapmgr.h"

/* How often to look again where others change the same rows all the time. */
#define MAX_PASSES 10

/* How often to start anew where others insert the same keys, or delete what is as it was. */
#define MAX_TRIES 3

/* What is to be seen now: by how many transactions had ended, and how many commands of this one. */
typedef struct Moment
{
	uint64		ended;
	CommandId	command;
} Moment;

static Snapshot
take_snapshot(Moment *moment)
{
	Snapshot	snapshot;

	CommandCounterIncrement();
	snapshot = GetTransactionSnapshot();
	moment->ended = snapshot->snapXactCompletionCount;
	moment->command = snapshot->curcid;
	return snapshot;
}

/* Reads see what the call has done, and what others have committed until now. */
static Moment
begin_reading(void)
{
	Moment		moment;

	PushActiveSnapshot(take_snapshot(&moment));
	return moment;
}

static void
end_reading(void)
{
	PopActiveSnapshot();
}

/* What keys are to be, and that nobody says otherwise. */
static void
connect_all(Store *store)
{
	if (!store->keys_are_made)
		share_keys(store);
	connect_rows(store, store->root);
	share_rows(store);
	if (!store->keys_are_made && store->call->mode != SAVE_DELETE)
	{
		check_links(store, store->root);
		check_lists(store);
	}
}

/* A store for one look at all documents, in a memory context of its own. */
static void
begin_pass(Store *store, MemoryContext context)
{
	store->nlocks = 0;
	store->context = AllocSetContextCreate(context, "jsonify save", ALLOCSET_DEFAULT_SIZES);
	store->work = AllocSetContextCreate(store->context, "jsonify compare", ALLOCSET_SMALL_SIZES);
	begin_row_store(&store->rows, store->context);
	store->load.memory = store->context;
	store->load.nested = NULL;
	store->load.params = store->call->params;
	store->root = NULL;
	store->errors = NIL;
	store->nerrors = 0;
	store->unresolved = NIL;
	store->pending = NIL;
	store->late = NIL;
	store->old_keys = NIL;
	store->doomed = NIL;
	store->met_doomed = NIL;
	store->econtext = NULL;
	store->default_states = NIL;
}

static void
end_pass(Store *store)
{
	if (store->econtext != NULL)
		FreeExprContext(store->econtext, true);
	store->econtext = NULL;
}

/* Notes the rows of the documents, each by its number; those of an earlier pass stay. */
static void
note_roots(Store *store, MemoryContext context)
{
	Stage	   *root = store->root;

	for (int i = 0; i < root->nrows; i++)
	{
		DocRow	   *row = root->rows[i];

		if (row->number >= store->nroots)
		{
			int			n = Max(row->number + 1, store->nroots * 2);

			store->roots = store->roots == NULL ?
				MemoryContextAllocHuge(context, sizeof(DocRow *) * (Size) n) :
				repalloc_huge(store->roots, sizeof(DocRow *) * (Size) n);
			memset(store->roots + store->nroots, 0, sizeof(DocRow *) * (n - store->nroots));
			store->nroots = n;
		}
		store->roots[row->number] = row;
		store->ndocuments = Max(store->ndocuments, row->number + 1);
	}
}

/* Documents in which nothing is to be done are done with. */
static void
skip_unchanged(Store *store, Bitmapset *documents, MemoryContext context)
{
	MemoryContext old = MemoryContextSwitchTo(context);

	for (int i = 0; i < store->root->nrows; i++)
	{
		int			number = store->root->rows[i]->number;

		if (!bms_is_member(number, documents))
			store->skip = bms_add_member(store->skip, number);
	}
	MemoryContextSwitchTo(old);
}

/*
 * Whether another look would find what the last one did: no transaction has ended since
 * then, as PostgreSQL tells where it takes a snapshot for the last one again, and this one
 * has run no more commands than those that lock, each of which counts as one: a policy may
 * call what writes.
 */
static bool
is_as_seen(const Store *store, const Moment *seen)
{
	Moment		now;

	(void) take_snapshot(&now);
	return seen->ended != 0 && now.ended == seen->ended && now.command - seen->command <= store->nlocks;
}

/*
 * Matches the documents, and locks what is to be written; as long as something was
 * locked that may have changed before that, once more. The last look is what counts.
 * Returns whether anything is to be written or checked.
 */
static bool
match_and_lock(Store *store, MemoryContext context)
{
	for (int pass = 0;; pass++)
	{
		Bitmapset  *documents;
		Moment		seen;

		begin_pass(store, context);
		seen = begin_reading();
		match_documents(store);
		end_reading();
		note_roots(store, context);
		/* a key that is to lead elsewhere is a change as well, and what new rows lack an error */
		if (store->call->mode != SAVE_DELETE || store->errors != NIL)
			connect_all(store);
		raise_errors(store);
		documents = changed_documents(store);
		if (documents == NULL)
			return false;
		if (store->call->mode != SAVE_DELETE)
			documents = add_where_lists(store, documents);
		if (lock_rows(store, documents) == 0 || IsolationUsesXactSnapshot() || is_as_seen(store, &seen))
			return true;
		if (pass == MAX_PASSES)
			ereport(ERROR,
					errcode(ERRCODE_T_R_SERIALIZATION_FAILURE),
					errmsg("could not save the document: others change it all the time"));
		skip_unchanged(store, documents, context);
		end_pass(store);
	}
}

/* Whether what tells a row apart is known. */
static bool
has_identity(const DocRow *row)
{
	const RowRule *rule = row->stage->level->rule;
	Datum		value;
	bool		isnull;

	for (int i = 0; i < rule->nidentity; i++)
	{
		if (!row_value(row, rule->identity[i], &value, &isnull) || isnull)
			return false;
	}
	return true;
}

/* The rows of the documents as they are now, in the order of those. */
static void
find_answers(Store *store, MemoryContext context)
{
	StoreCall  *call = store->call;
	const RowRule *answer = store->plan->writing.answer;
	DocRow	  **rows = MemoryContextAllocHuge(context, sizeof(DocRow *) * Max((Size) store->ndocuments, 1));

	for (int i = 0; i < store->ndocuments; i++)
	{
		/* another place may have changed what tells it apart */
		rows[i] = unconstify(DocRow *, last_writer(store->roots[i]));
		if (rows[i]->changed != NULL)
			rows[i]->has_key = false;
		if (!has_identity(rows[i]))
			ereport(ERROR,
					errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
					errmsg("the key of a new row of %s is not known",
						   describe_relation(rows[i]->stage->level->table->relid)),
					errdetail("It has no default, and what a trigger makes is not seen."),
					errhint("Give it in the document, or say {\"return\": \"none\"} in the options."));
	}
	call->answers = look_up_rows(store, answer->check, false, rows, store->ndocuments);
	call->nanswers = store->ndocuments;
	for (int i = 0; i < call->nanswers; i++)
	{
		if (call->answers[i] != NULL)
			continue;
		/* what a document does not change is not locked */
		call->is_stale |= rows[i]->row != NULL && rows[i]->changed == NULL && !IsolationUsesXactSnapshot();
		add_error(store, real_row(store->roots[i]), NIL, ERROR_REFUSED,
				  "the row is there no more, or is not to be seen");
	}
	raise_errors(store);
}

static void
show_answers(Store *store, void (*show) (StoreCall *call, void *arg), void *arg)
{
	StoreCall  *call = store->call;

	if (store->options->returns == RETURN_DOCUMENT)
		find_answers(store, store->context);
	/* what is wrong with the answer no document is to blame for */
	call->is_told = true;
	show(call, arg);
	call->is_told = false;
}

/* All of a call but the transaction around it. */
static void
run_call(Store *store, MemoryContext context, void (*show) (StoreCall *call, void *arg), void *arg)
{
	StoreCall  *call = store->call;
	bool		deletes = call->mode == SAVE_DELETE;
	bool		writes = match_and_lock(store, context);

	if (deletes)
	{
		if (store->options->returns == RETURN_CHANGES)
			call->changes = list_changes(store);
		(void) begin_reading();
		show_answers(store, show, arg);
		end_reading();
		apply_changes(store);
		raise_errors(store);
		return;
	}
	store->keys_are_made = true;
	/* those of new rows, which other rows then have */
	if (writes && make_keys(store, store->root))
		connect_all(store);
	raise_errors(store);
	if (store->options->returns == RETURN_CHANGES)
		call->changes = list_changes(store);
	if (writes)
		apply_changes(store);
	raise_errors(store);
	(void) begin_reading();
	if (writes)
		check_written(store);
	raise_errors(store);
	show_answers(store, show, arg);
	end_reading();
}

/* What jsonify_plan() does: nothing, but to say what would be done. */
static void
run_plan(Store *store, MemoryContext context)
{
	begin_pass(store, context);
	match_documents(store);
	connect_all(store);
	store->call->changes = list_changes(store);
}

/* Whether it may be that a row was inserted by somebody else after this call had looked. */
static bool
is_race(const ErrorData *error)
{
	return error->sqlerrcode == ERRCODE_UNIQUE_VIOLATION && !IsolationUsesXactSnapshot();
}

/*
 * One attempt at a call, in a subtransaction. Returns the error that it ended with, in
 * the current memory context; NULL if it worked.
 */
static ErrorData *
try_call(StoreCall *call, bool careful, void (*show) (StoreCall *call, void *arg), void *arg)
{
	MemoryContext caller = CurrentMemoryContext;
	MemoryContext context = AllocSetContextCreate(caller, "jsonify call", ALLOCSET_DEFAULT_SIZES);
	ResourceOwner owner = CurrentResourceOwner;
	Store	   *store = MemoryContextAllocZero(context, sizeof(Store));
	ErrorData  *volatile error = NULL;

	store->call = call;
	store->plan = call->plan;
	store->options = &call->plan->writing.options.save;
	store->careful = careful;
	BeginInternalSubTransaction(NULL);
	MemoryContextSwitchTo(context);
	PG_TRY();
	{
		if (SPI_connect() != SPI_OK_CONNECT)
			elog(ERROR, "SPI_connect failed");
		/* SPI has brought a context of its own */
		MemoryContextSwitchTo(context);
		run_call(store, context, show, arg);
		end_pass(store);
		if (SPI_finish() != SPI_OK_FINISH)
			elog(ERROR, "SPI_finish failed");
		if (store->options->dry_run)
			RollbackAndReleaseCurrentSubTransaction();
		else
			ReleaseCurrentSubTransaction();
	}
	PG_CATCH();
	{
		MemoryContextSwitchTo(caller);
		error = CopyErrorData();
		FlushErrorState();
		RollbackAndReleaseCurrentSubTransaction();
	}
	PG_END_TRY();
	MemoryContextSwitchTo(caller);
	CurrentResourceOwner = owner;
	MemoryContextDelete(context);
	return error;
}

/*
 * Writes the documents of a call to the tables of its plan. show is called once that is
 * done, before it is undone in a dry run: it sees what was written, and call->answers,
 * which do not outlive it; what it allocates in a memory context of its own stays.
 * Raises ERRCODEs JF422, JF409 and JF404 of what is wrong with the documents,
 * what require_local_table() does, and whatever else PostgreSQL does.
 */
void
write_documents(StoreCall *call, void (*show) (StoreCall *call, void *arg), void *arg)
{
	ErrorData  *error;
	ErrorData  *careful;
	ListCell   *lc;

	foreach(lc, has_citus() ? call->plan->tables : NIL)
		require_local_table(((StoreTable *) lfirst(lc))->relid);
	check_plan_params(&call->plan->writing.document, call->params);
	for (int i = 1;; i++)
	{
		CHECK_FOR_INTERRUPTS();
		call->is_told = call->is_stale = false;
		error = try_call(call, false, show, arg);
		if (error == NULL)
			return;
		if ((!is_race(error) && !call->is_stale) || i == MAX_TRIES)
			break;
	}
	if (call->is_told || !is_worth_replay(error))
		ReThrowError(error);
	careful = try_call(call, true, show, arg);
	/* what went well now was somebody else's doing */
	if (careful != NULL)
		ReThrowError(careful);
}

/*
 * Fills call->changes, in the current memory context, with what write_documents() would
 * do; what is wrong with the documents is among them.
 */
void
plan_documents(StoreCall *call)
{
	MemoryContext caller = CurrentMemoryContext;
	Store	   *store = palloc0(sizeof(Store));

	check_plan_params(&call->plan->writing.document, call->params);
	store->call = call;
	store->plan = call->plan;
	store->options = &call->plan->writing.options.save;
	store->careful = true;
	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	MemoryContextSwitchTo(caller);
	run_plan(store, caller);
	if (SPI_finish() != SPI_OK_FINISH)
		elog(ERROR, "SPI_finish failed");
	MemoryContextSwitchTo(caller);
}
