/*
 * root_rows.c
 *		The rows of a root that is read from its table, some at a time.
 *
 * The query is run as part of the one that calls, as that of a function in SQL is:
 * with its snapshot and its resource owner, which may live longer than the
 * subtransaction that first asks, and without a portal or SPI, which could not.
 */
#include "load/internal.h"

#include "executor/executor.h"
#include "utils/plancache.h"
#include "utils/resowner.h"
#include "utils/snapmgr.h"

struct RootRows
{
	const Level *level;
	QueryDesc  *query;
	CachedPlan *plan;
	ResourceOwner owner;		/* of the plan */
};

/* What a root's query is planned for, and its plan, which belongs to the current resource owner. */
typedef struct RootPlanning
{
	RowQuery   *query;
	bool		first_soon;
	const BoundQuery *bound;
	CachedPlan *plan;
	const char *sql;
} RootPlanning;

static void
plan_root_query(void *arg)
{
	RootPlanning *planning = arg;
	RowQuery   *query = planning->query;
	MemoryContext old = CurrentMemoryContext;
	CachedPlanSource *source;

	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	source = linitial(SPI_plan_get_plan_sources(prepare_query(query, planning->bound,
															  planning->first_soon)));
	if (SPI_finish() != SPI_OK_FINISH)
		elog(ERROR, "SPI_finish failed");
	MemoryContextSwitchTo(old);
	/* what is called while it is planned may run it with other params */
	query->running++;
	PG_TRY();
	{
		planning->plan = GetCachedPlan(source, planning->bound->list, CurrentResourceOwner, NULL);
	}
	PG_FINALLY();
	{
		query->running--;
	}
	PG_END_TRY();
	planning->sql = pstrdup(source->query_string);
}

static void
plan_root(void *arg)
{
	call_planning(plan_root_query, arg);
}

/*
 * Opens the query of a root, in the snapshot of the calling query. first_soon: it
 * may be that few of its rows are asked for. params are the bytes of a jsonb object,
 * aligned, or NULL. The result is palloc'd in the current memory context, which must
 * live until end_root_rows(), as must the level's plan and the resource owner. Raises
 * what bind_value() does, and what the query does.
 */
RootRows *
begin_root_rows(Level *level, const char *params, bool first_soon)
{
	RootRows   *root = palloc(sizeof(RootRows));
	BoundQuery	bound;
	RootPlanning planning = {
		.query = &level->query,
		.first_soon = first_soon,
		.bound = &bound
	};

	bind_query(&level->query, params, &bound);
	root->level = level;
	root->owner = CurrentResourceOwner;
	call_guarded(plan_root, &planning, level->query.cursor_options & CURSOR_OPT_CUSTOM_PLAN, false);
	root->plan = planning.plan;
	root->query = CreateQueryDesc(linitial_node(PlannedStmt, root->plan->stmt_list),
								  planning.sql, GetActiveSnapshot(), InvalidSnapshot,
								  None_Receiver, bound.list, NULL, 0);
	Assert(root->query->operation == CMD_SELECT);
	ExecutorStart(root->query, 0);
	return root;
}

typedef struct Fetch
{
	QueryDesc  *query;
	int			most;
} Fetch;

static void
run_fetch(void *arg)
{
	Fetch	   *fetch = arg;

	jsonify_run_executor(fetch->query, fetch->most);
}

/*
 * The next rows, most at most, and how many there are: fewer at the end, after which
 * none may be asked for. They are allocated in memory, the list of them in the
 * current memory context. Raises what the query does.
 */
Row **
next_root_rows(RootRows *root, MemoryContext memory, int most, int *nrows)
{
	MemoryContext old = CurrentMemoryContext;
	RowReceiver *receiver = make_receiver(root->level, NULL, memory);
	Fetch		fetch = {root->query, most};

	root->query->dest = &receiver->pub;
	call_guarded(run_fetch, &fetch, root->level->query.cursor_options & CURSOR_OPT_CUSTOM_PLAN,
				 root->level->runs_functions);
	root->query->dest = None_Receiver;
	MemoryContextSwitchTo(old);
	return receiver_rows(receiver, nrows);
}

/*
 * The number that a root's query finds, whose one row has it in its one column. Raises
 * what begin_root_rows() and next_root_rows() do.
 */
int64
count_root_rows(Level *level, const char *params)
{
	RootRows   *root = begin_root_rows(level, params, false);
	int			nrows;
	Row		  **rows = next_root_rows(root, CurrentMemoryContext, 1, &nrows);
	int64		count = DatumGetInt64(rows[0]->values[0]);

	end_root_rows(root);
	return count;
}

/* Closes the query. */
void
end_root_rows(RootRows *root)
{
	ExecutorFinish(root->query);
	ExecutorEnd(root->query);
	FreeQueryDesc(root->query);
	ReleaseCachedPlan(root->plan, root->owner);
	pfree(root);
}
