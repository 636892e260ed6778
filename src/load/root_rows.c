/*
 * root_rows.c
 *		The rows of a root that is read from its table, some at a time.
 */
#include "load/internal.h"

#include "tcop/pquery.h"
#include "utils/portal.h"

struct RootRows
{
	const Level *level;
	Portal		portal;
};

/*
 * Opens the query of a root, in the snapshot of the calling query; SPI must be
 * connected. params are the bytes of a jsonb object, aligned, or NULL. The result
 * is palloc'd in the current memory context. Raises what bind_value() does, and
 * what the query does.
 */
RootRows *
begin_root_rows(Level *level, const char *params)
{
	RootRows   *root = palloc(sizeof(RootRows));
	RowQuery   *query = &level->query;
	ParamListInfo parameters = make_parameters(query, params);

	root->level = level;
	root->portal = SPI_cursor_open_with_paramlist(NULL, prepare_query(query, parameters),
												  parameters, true);
	return root;
}

typedef struct Fetch
{
	Portal		portal;
	int			most;
	DestReceiver *dest;
} Fetch;

static void
run_fetch(void *arg)
{
	Fetch	   *fetch = arg;

	PortalRunFetch(fetch->portal, FETCH_FORWARD, fetch->most, fetch->dest);
}

/*
 * The next rows, most at most, and how many there are: fewer at the end. They are
 * allocated in memory, the list of them in the current memory context. SPI must be
 * connected still; raises what the query does.
 */
Row **
next_root_rows(RootRows *root, MemoryContext memory, int most, int *nrows)
{
	MemoryContext old = CurrentMemoryContext;
	RowReceiver *receiver = make_receiver(root->level, NULL, memory);
	Fetch		fetch = {root->portal, most, &receiver->pub};

	if (root->level->runs_functions)
		call_read_only(run_fetch, &fetch);
	else
		run_fetch(&fetch);
	MemoryContextSwitchTo(old);
	return receiver_rows(receiver, nrows);
}

/* Closes the query. */
void
end_root_rows(RootRows *root)
{
	SPI_cursor_close(root->portal);
}
