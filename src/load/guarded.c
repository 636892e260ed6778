/*
 * guarded.c
 *		How queries are run, whichever.
 */
#include "load/internal.h"

typedef struct GuardedCall
{
	void		(*function) (void *arg);
	void	   *arg;
	bool		read_only;
} GuardedCall;

static void
call_inner(void *arg)
{
	const GuardedCall *call = arg;

	if (call->read_only)
		call_read_only(call->function, call->arg);
	else
		call->function(call->arg);
}

/*
 * Calls a function that runs a query. distributed: Citus may plan it; read_only: it runs
 * functions that a shape names. Raises what the function, call_distributed() and
 * call_read_only() do.
 */
void
call_guarded(void (*function) (void *arg), void *arg, bool distributed, bool read_only)
{
	GuardedCall call = {function, arg, read_only};

	if (distributed)
		call_distributed(call_inner, &call);
	else
		call_inner(&call);
}
