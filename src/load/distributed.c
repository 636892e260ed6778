/*
 * distributed.c
 *		Queries that Citus plans: what is said where it cannot.
 */
#include "load/internal.h"

/* What Citus says of a query within one of its tasks, as an internal error. */
#define NESTED_QUERY "cannot execute a distributed query from a query on a shard"

/*
 * Calls a function that has a query planned and run. Where Citus has no plan for it, the
 * error gets a hint, unless it has one. Where Citus refuses it within a task, and hints at a
 * setting with which results may be wrong, it gets another, and is ERRCODE_FEATURE_NOT_SUPPORTED.
 */
void
call_distributed(void (*function) (void *arg), void *arg)
{
	MemoryContext work = CurrentMemoryContext;

	PG_TRY();
	{
		function(arg);
	}
	PG_CATCH();
	{
		ErrorData  *error;

		if (geterrcode() != ERRCODE_FEATURE_NOT_SUPPORTED && geterrcode() != ERRCODE_INTERNAL_ERROR)
			PG_RE_THROW();
		MemoryContextSwitchTo(work);
		error = CopyErrorData();
		FlushErrorState();
		if (error->message != NULL && strcmp(error->message, NESTED_QUERY) == 0)
		{
			error->sqlerrcode = ERRCODE_FEATURE_NOT_SUPPORTED;
			error->hint = pstrdup("Where the rows lie on this node itself, call jsonify_find(), or SET citus.enable_local_execution = off before the transaction. A function that reads distributed tables is not to be joined with them; see docs/clusters.md.");
		}
		else if (error->hint == NULL && error->sqlerrcode == ERRCODE_FEATURE_NOT_SUPPORTED)
			error->hint = pstrdup("jsonify_explain() shows the query. Where a function in SQL reads distributed tables, one in PL/pgSQL may do; see docs/clusters.md for what else does.");
		ReThrowError(error);
	}
	PG_END_TRY();
}
