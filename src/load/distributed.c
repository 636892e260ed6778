/*
 * distributed.c
 *		Queries that Citus plans: what is said where it cannot.
 */
#include "load/internal.h"

/* What Citus says of a query within one of its tasks, as an internal error. */
#define NESTED_QUERY "cannot execute a distributed query from a query on a shard"

/* In the context of an error that it has from a node. */
#define FROM_NODE "while executing command on"

/* What PostgreSQL says of a function whose row Citus has read here, of a shard's row type. */
#define OTHER_ROW_TYPE "rows returned by function are not all of the same row type"

/* A hint at what can be done about an error of a query for Citus; NULL for none. */
static const char *
hint_at(const ErrorData *error)
{
	bool		from_node = error->context != NULL && strstr(error->context, FROM_NODE) != NULL;

	switch (error->sqlerrcode)
	{
		case ERRCODE_FEATURE_NOT_SUPPORTED:
			if (error->message != NULL && strcmp(error->message, NESTED_QUERY) == 0)
				return "Where the rows lie on this node itself, call jsonify_find(), or SET citus.enable_local_execution = off before the transaction. A function that reads distributed tables is not to be joined with them; see docs/clusters.md.";
			return error->hint != NULL ? NULL :
				"jsonify_explain() shows the query. Where a function in SQL reads distributed tables, one in PL/pgSQL may do; see docs/clusters.md for what else does.";
		case ERRCODE_UNDEFINED_FUNCTION:
		case ERRCODE_UNDEFINED_OBJECT:
			return from_node ?
				"The node does not have it: Citus leaves functions on the coordinator that need what it has not distributed; see docs/clusters.md." : NULL;
		case ERRCODE_DATATYPE_MISMATCH:
			return error->message != NULL && strcmp(error->message, OTHER_ROW_TYPE) == 0 ?
				"Where Citus reads a shard in the session itself, its rows are of the shard's type: SET citus.enable_local_execution = off, or have the function RETURN QUERY." : NULL;
		default:
			return NULL;
	}
}

/*
 * Calls a function that has a query planned and run. Where Citus has no plan for it, or a node
 * does not have what is in it, the error gets a hint. Where Citus refuses it within a task, and
 * hints at a setting with which results may be wrong, it gets another, and is
 * ERRCODE_FEATURE_NOT_SUPPORTED.
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
		int			code = geterrcode();
		ErrorData  *error;
		const char *hint;

		if (code != ERRCODE_FEATURE_NOT_SUPPORTED && code != ERRCODE_INTERNAL_ERROR &&
			code != ERRCODE_UNDEFINED_FUNCTION && code != ERRCODE_UNDEFINED_OBJECT &&
			code != ERRCODE_DATATYPE_MISMATCH)
			PG_RE_THROW();
		MemoryContextSwitchTo(work);
		error = CopyErrorData();
		FlushErrorState();
		if (error->message != NULL && strcmp(error->message, NESTED_QUERY) == 0)
			error->sqlerrcode = ERRCODE_FEATURE_NOT_SUPPORTED;
		hint = hint_at(error);
		if (hint != NULL)
			error->hint = pstrdup(hint);
		ReThrowError(error);
	}
	PG_END_TRY();
}
