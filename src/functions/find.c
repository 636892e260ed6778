/*
 * find.c
 *		The SQL functions jsonify_find() and jsonify_find_text(): documents
 *		straight from a table or view, a batch of its rows at a time.
 */
#include "run/run.h"

#include "catalog/pg_type.h"
#include "funcapi.h"
#include "utils/jsonb.h"
#include "utils/memutils.h"
#include "utils/tuplestore.h"

/* How many documents are made at first where it may be that no more are asked for. */
#define FIRST_BATCH_SIZE 8

/* A set of documents, while it is given. */
typedef struct Find
{
	MemoryContext context;		/* of all of it */
	CallSite   *site;
	DocumentPlan *plan;
	RootRows   *root;
	Batch	   *batch;			/* of the rows last read; NULL before the first */
	int			size;			/* how many it may have, */
	int			nrows;			/* has, */
	int			next;			/* and which is to be written next */
	int			most;			/* beyond that no batch grows */
} Find;

/* What a call in a query keeps. */
typedef struct FindCall
{
	FmgrInfo	flinfo;			/* has the call site */
	Find	   *find;			/* that is given a value per call; or NULL */
	ExprContext *econtext;		/* whose end is that of find, too */
} FindCall;

static FindCall *
get_find_call(FunctionCallInfo fcinfo)
{
	FmgrInfo   *flinfo = fcinfo->flinfo;
	FindCall   *call = flinfo->fn_extra;

	if (call == NULL)
	{
		call = MemoryContextAllocZero(flinfo->fn_mcxt, sizeof(FindCall));
		call->flinfo.fn_oid = flinfo->fn_oid;
		call->flinfo.fn_mcxt = flinfo->fn_mcxt;
		flinfo->fn_extra = call;
	}
	return call;
}

/*
 * Begins a set of documents as the arguments of a call say, which stay where they
 * are; first_soon: it may be that few are asked for.
 */
static Find *
begin_find(FindCall *call, FunctionCallInfo fcinfo, const SinkOps *ops, bool first_soon)
{
	CallSite   *site = get_call_site(&call->flinfo, JSONBOID, ops);
	MemoryContext context = AllocSetContextCreate(call->flinfo.fn_mcxt, "jsonify find",
												  ALLOCSET_DEFAULT_SIZES);
	MemoryContext old = MemoryContextSwitchTo(context);
	Find	   *find = palloc0(sizeof(Find));
	DocumentKey key;

	site_take_options(site, fcinfo, 2);
	key = site_table_key(site, PG_GETARG_OID(0), PG_ARGISNULL(1) ? NULL : PG_GETARG_TEXT_PP(1));
	find->context = context;
	find->site = site;
	find->plan = site_plan(site, &key);
	/* of a page all rows are wanted */
	first_soon = first_soon && find->plan->root->page == NULL;
	/* what is called on the way may set it */
	find->most = jsonify_batch_size;
	find->size = first_soon ? Min(FIRST_BATCH_SIZE, find->most) : find->most;
	check_plan_params(find->plan, site->params);
	find->root = begin_root_rows(find->plan->root, site->params, first_soon);
	MemoryContextSwitchTo(old);
	return find;
}

/* Reads the next rows, and all that is related to them; false at the end. */
static bool
read_batch(Find *find)
{
	MemoryContext old = MemoryContextSwitchTo(find->context);
	Row		  **rows;

	if (find->batch != NULL)
	{
		/* the query is not to be asked again then */
		bool		at_end = find->nrows < find->size;

		batch_end(find->batch);
		find->batch = NULL;
		find->nrows = find->next = 0;
		find->size = (int) Min((int64) find->size * 2, find->most);
		if (at_end)
			find->size = 0;
	}
	if (find->size > 0)
	{
		find->batch = batch_begin(find->site);
		MemoryContextSwitchTo(batch_context(find->batch));
		rows = next_root_rows(find->root, CurrentMemoryContext, find->size, &find->nrows);
		batch_add_rows(find->batch, find->plan, rows, find->nrows);
		batch_load(find->batch);
	}
	MemoryContextSwitchTo(old);
	return find->nrows > 0;
}

static void
write_page_items(Sink *sink, void *arg)
{
	const Find *find = arg;

	write_dimensions(sink, 1, &find->nrows, batch_write_next, find->batch);
}

/* Reads the rows of a page, all that is related to them, and what there is to say of them. */
static void
read_page(Find *find, PageView *view)
{
	const Level *root = find->plan->root;
	const RowFilter *filter = &root->filter;
	const char *params = find->site->params;
	Row		  **rows = next_root_rows(find->root, CurrentMemoryContext, INT_MAX, &find->nrows);
	bool		isnull;
	int64		offset;

	if (filter->after != NULL)
	{
		int64		size = page_size(filter, params);
		bool		has_more = find->nrows > size;

		if (has_more)
			find->nrows = (int) size;
		view_page(view, root, filter, params, rows, find->nrows, has_more);
	}
	else
	{
		offset = filter->offset == NULL ? 0 :
			DatumGetInt64(bind_value(filter->offset, params, &isnull));
		memset(view, 0, sizeof(PageView));
		view->total = count_root_rows(root->page->root_total, params);
		view->has_more = offset + find->nrows < view->total;
	}
	batch_add_rows(find->batch, find->plan, rows, find->nrows);
	batch_load(find->batch);
}

/* The one document that a page is, in the current memory context; false if it was given. */
static bool
find_page(Find *find, Datum *document)
{
	const Level *root = find->plan->root;
	MemoryContext outer;
	PageView	view;
	Sink		sink;

	if (find->size == 0)
		return false;
	find->size = 0;
	find->batch = batch_begin(find->site);
	outer = MemoryContextSwitchTo(batch_context(find->batch));
	read_page(find, &view);
	MemoryContextSwitchTo(outer);

	find->site->size_hint = batch_size_estimate(find->batch);
	outer = site_begin_document(find->site, &sink, false);
	sink.nested = batch_nested(find->batch);
	write_page_object(&sink, root->page, &view, write_page_items, find);
	*document = site_finish_document(find->site, &sink, false, outer);
	batch_end(find->batch);
	find->batch = NULL;
	return true;
}

/* The next document, in the current memory context; false at the end. */
static bool
next_find(Find *find, Datum *document)
{
	bool		scalar = find->plan->root->object.row_type != NULL;
	MemoryContext outer;
	Sink		sink;

	if (find->plan->root->page != NULL)
		return find_page(find, document);
	if (find->next == find->nrows && !read_batch(find))
		return false;
	outer = site_begin_document(find->site, &sink, scalar);
	sink.nested = batch_nested(find->batch);
	batch_write_next(&sink, find->batch);
	find->next++;
	*document = site_finish_document(find->site, &sink, scalar, outer);
	return true;
}

static void
end_find(Find *find)
{
	end_root_rows(find->root);
	MemoryContextDelete(find->context);
}

/* Gives all documents at once. */
static void
find_all(FunctionCallInfo fcinfo, const SinkOps *ops)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	Find	   *find;
	Datum		document;
	bool		isnull = false;

	jsonify_materialize(fcinfo);
	if (PG_ARGISNULL(0))
		return;
	find = begin_find(get_find_call(fcinfo), fcinfo, ops, false);
	while (next_find(find, &document))
	{
		tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, &document, &isnull);
		pfree(DatumGetPointer(document));
	}
	end_find(find);
}

/* An ExprContextCallbackFunction: no more of the set are asked for. */
static void
stop_find(Datum arg)
{
	FindCall   *call = (FindCall *) DatumGetPointer(arg);
	Find	   *find = call->find;

	call->find = NULL;
	if (find != NULL)
		end_find(find);
}

/* Gives the next document, in the current memory context, or tells that there are no more. */
static Datum
find_next(FunctionCallInfo fcinfo, const SinkOps *ops)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	FindCall   *call = get_find_call(fcinfo);
	Datum		document;

	if (call->find == NULL && !PG_ARGISNULL(0))
	{
		call->find = begin_find(call, fcinfo, ops, true);
		call->econtext = rsinfo->econtext;
		RegisterExprContextCallback(call->econtext, stop_find, PointerGetDatum(call));
	}
	if (call->find != NULL && next_find(call->find, &document))
	{
		rsinfo->isDone = ExprMultipleResult;
		PG_RETURN_DATUM(document);
	}
	if (call->find != NULL)
	{
		UnregisterExprContextCallback(call->econtext, stop_find, PointerGetDatum(call));
		stop_find(PointerGetDatum(call));
	}
	rsinfo->isDone = ExprEndResult;
	PG_RETURN_NULL();
}

/*
 * In FROM all documents are wanted, in the select list of a query maybe only some:
 * that of a cursor, or with LIMIT.
 */
static Datum
find_relation(FunctionCallInfo fcinfo, const SinkOps *ops)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;

	if (rsinfo != NULL && IsA(rsinfo, ReturnSetInfo) &&
		(rsinfo->allowedModes & SFRM_ValuePerCall) &&
		!(rsinfo->allowedModes & SFRM_Materialize_Preferred))
		return find_next(fcinfo, ops);
	find_all(fcinfo, ops);
	PG_RETURN_NULL();
}

/*
 * jsonify_find(relation regclass, shape text, params jsonb, options jsonb)
 * returns setof jsonb
 *
 * A document for each row of a table or view, which the shape's args select
 * and order. Memory is bounded by a batch: rows are read jsonify.batch_size at
 * a time, in a select list fewer at first and only as they are asked for; in FROM
 * documents are spilled to disk beyond work_mem. With "page" one document of all these
 * rows. Nothing of a NULL relation. Raises
 * what the shape raises (see get_plan()), and ERRCODE_WRONG_OBJECT_TYPE for an index,
 * sequence or composite type.
 */
PG_FUNCTION_INFO_V1(jsonify_find);
PGDLLEXPORT Datum
jsonify_find(PG_FUNCTION_ARGS)
{
	return find_relation(fcinfo, &jsonb_sink_ops);
}

/*
 * jsonify_find_text(relation regclass, shape text, params jsonb, options jsonb)
 * returns setof json
 *
 * The same as JSON text.
 */
PG_FUNCTION_INFO_V1(jsonify_find_text);
PGDLLEXPORT Datum
jsonify_find_text(PG_FUNCTION_ARGS)
{
	return find_relation(fcinfo, &text_sink_ops);
}
