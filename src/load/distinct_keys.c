/*
 * distinct_keys.c
 *		What the planner is told of the keys that a query is given: that no two of them
 *		are the same. Of what unnest() returns it knows nothing, and so takes it for so
 *		full of repeated values that it rather has a whole table hashed.
 */
#include "load/internal.h"

#include "nodes/parsenodes.h"
#include "utils/selfuncs.h"

static get_relation_stats_hook_type next_hook = NULL;

/* Whether a query runs whose keys are distinct; others may run within it. */
static bool in_query = false;

/*
 * Whether a column of a query is the one of its keys, as plan/sql.c names it. If a
 * query of somebody else's looks like it, an estimate is all that differs.
 */
static bool
is_key(const RangeTblEntry *rte, AttrNumber attnum)
{
	return rte->rtekind == RTE_FUNCTION && rte->funcordinality && attnum == 1 &&
		list_length(rte->functions) == 1 && strcmp(rte->eref->aliasname, "k") == 0 &&
		list_length(rte->eref->colnames) == 2 && strcmp(strVal(lsecond(rte->eref->colnames)), "ord") == 0;
}

static bool
tell_distinct_keys(PlannerInfo *root, RangeTblEntry *rte, AttrNumber attnum,
				   VariableStatData *variable)
{
	if (in_query && is_key(rte, attnum))
	{
		variable->isunique = true;
		return true;
	}
	return next_hook != NULL && next_hook(root, rte, attnum, variable);
}

/* Has the planner ask; once, when the library is loaded. */
void
load_init(void)
{
	next_hook = get_relation_stats_hook;
	get_relation_stats_hook = tell_distinct_keys;
}

/*
 * Calls a function that has a query planned and run, whose keys are distinct. Of those of
 * several columns nothing is told: each by itself may have a value many times.
 */
void
call_with_distinct_keys(void (*function) (void *arg), void *arg)
{
	bool		was_in_query = in_query;

	PG_TRY();
	{
		in_query = true;
		function(arg);
	}
	PG_FINALLY();
	{
		in_query = was_in_query;
	}
	PG_END_TRY();
}
