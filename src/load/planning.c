/*
 * planning.c
 *		What PostgreSQL's planner is told, while it plans a query of a shape.
 *
 *		That no two of its keys are the same: of what unnest() returns it knows nothing,
 *		and so takes it for so full of repeated values that it rather has a whole table
 *		hashed.
 *
 *		And that the plan is not to be compiled: that cannot be cancelled, is done anew
 *		whenever a plan is run, and takes seconds for a condition with dozens of
 *		subqueries or an order by a thousand values, which a shape may have.
 */
#include "load/internal.h"

#include "jit/jit.h"
#include "nodes/parsenodes.h"
#include "utils/selfuncs.h"

/* Whether a query of a shape is planned now; and what "jit" is for all others, if so. */
static bool is_planning = false;
static bool jit_of_others;

static get_relation_stats_hook_type next_hook = NULL;

/*
 * Whether a column of a query is the one of its keys, as plan/sql.c names it; of keys of
 * several columns nothing is told, for each by itself may have a value many times. If a
 * function that is called to plan the query plans one that looks like it, an estimate is
 * all that differs.
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
	if (is_planning && is_key(rte, attnum))
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

/* Of a query that is planned and run by call_planning(): it runs now, and what it calls plans as it likes. */
void
end_planning(void)
{
	if (is_planning)
		jit_enabled = jit_of_others;
	is_planning = false;
}

static void
begin_planning(void)
{
	if (!is_planning)
		jit_of_others = jit_enabled;
	is_planning = true;
	jit_enabled = false;
}

/* What is called to plan one query may have others planned. */
static void
leave_planning(bool was_planning)
{
	end_planning();
	if (was_planning)
		begin_planning();
}

/*
 * Calls a function that has a query of a shape planned, and may run it then: with a
 * receiver that calls end_planning() when that begins. Raises what the function does.
 */
void
call_planning(void (*function) (void *arg), void *arg)
{
	bool		was_planning = is_planning;

	begin_planning();
	PG_TRY();
	{
		function(arg);
	}
	PG_CATCH();
	{
		leave_planning(was_planning);
		PG_RE_THROW();
	}
	PG_END_TRY();
	leave_planning(was_planning);
}
