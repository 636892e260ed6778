/*
 * distributed.c
 *		Queries that Citus plans: what is said where it cannot.
 */
#include "load/internal.h"

/*
 * Calls a function that has a query planned and run. Where Citus has no plan for it, the
 * error gets a hint, unless it has one.
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

		if (geterrcode() != ERRCODE_FEATURE_NOT_SUPPORTED)
			PG_RE_THROW();
		MemoryContextSwitchTo(work);
		error = CopyErrorData();
		FlushErrorState();
		if (error->hint == NULL)
			error->hint = pstrdup("jsonify_explain() shows the query. Where a function in SQL reads distributed tables, one in PL/pgSQL may do; see docs/clusters.md for what else does.");
		ReThrowError(error);
	}
	PG_END_TRY();
}
