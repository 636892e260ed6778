/*
 * discard.c
 *		While a function of jsonify runs, and whatever that calls, the server throws
 *		away what it knows of the catalog wherever it could have to: this turns on
 *		debug_discard_caches there, and only there. script/discard_caches preloads it.
 */
#include "postgres.h"

#include <limits.h>

#include "access/transam.h"
#include "access/xact.h"
#include "catalog/pg_proc.h"
#include "fmgr.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/inval.h"
#include "utils/syscache.h"

PG_MODULE_MAGIC;

extern void _PG_init(void);

/* discard.limit: so often in a statement of the client; 0 is without end. */
static int	limit = 0;

static int	running = 0;		/* calls of functions of jsonify */
static int	outside = 0;		/* the setting before the first of them */
static int	discards = 0;		/* in this statement */
static TimestampTz statement = 0;

/* Whether the server is to tell of calls of this function: if it is in jsonify's library. */
static bool
is_of_jsonify(Oid function)
{
	HeapTuple	tuple;
	Datum		library;
	bool		isnull;
	bool		found;

	if (function < FirstNormalObjectId)
		return false;
	tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(function));
	if (!HeapTupleIsValid(tuple))
		return false;
	library = SysCacheGetAttr(PROCOID, tuple, Anum_pg_proc_probin, &isnull);
	found = !isnull && strcmp(TextDatumGetCString(library), "$libdir/jsonify") == 0;
	ReleaseSysCache(tuple);
	return found;
}

/* A call begins, ends, or ends by an error. */
static void
follow_call(FmgrHookEventType event, FmgrInfo *flinfo, Datum *arg)
{
	if (event != FHET_START)
	{
		if (--running == 0)
			debug_discard_caches = outside;
		return;
	}
	if (running++ == 0)
	{
		outside = debug_discard_caches;
		if (statement != GetCurrentStatementStartTimestamp())
			discards = 0;
		statement = GetCurrentStatementStartTimestamp();
	}
	if (limit == 0 || discards < limit)
		debug_discard_caches = Max(outside, 1);
}

/* Called when everything is discarded, among others. */
static void
count_discard(Datum arg, Oid relid)
{
	if (running > 0 && !OidIsValid(relid) && ++discards == limit)
		debug_discard_caches = outside;
}

void
_PG_init(void)
{
	DefineCustomIntVariable("discard.limit", "How often in a statement.", NULL, &limit, 0, 0, INT_MAX,
							PGC_SUSET, 0, NULL, NULL, NULL);
	needs_fmgr_hook = is_of_jsonify;
	fmgr_hook = follow_call;
	CacheRegisterRelcacheCallback(count_discard, (Datum) 0);
}
