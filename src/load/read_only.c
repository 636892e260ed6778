/*
 * read_only.c
 *		The functions that a shape names must not write.
 */
#include "load/internal.h"

#include "access/xact.h"

/*
 * Calls a function, and has whatever writes in it fail, as in a read-only
 * transaction. Raises what the function does. The state goes back in any case:
 * a transaction that has failed may go on with its characteristics, AND CHAIN.
 * What the function sets of it ends with the function, as with a clause SET
 * transaction_read_only what SET LOCAL sets does: nobody reads a row to have the
 * transaction changed. To read-write it cannot set it: queries came before.
 */
void
call_read_only(void (*function) (void *arg), void *arg)
{
	bool		was_read_only = XactReadOnly;

	PG_TRY();
	{
		XactReadOnly = true;
		function(arg);
	}
	PG_FINALLY();
	{
		XactReadOnly = was_read_only;
	}
	PG_END_TRY();
}
