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

/* Where documents go to. */
typedef struct FindResult
{
	Tuplestorestate *store;
	TupleDesc	tupdesc;
	CallSite   *site;
	MemoryContext context;		/* of one batch */
} FindResult;

/* Makes the documents of one batch of rows. Returns how many there were. */
static int
find_batch(FindResult *result, DocumentPlan *plan, RootRows *root, int batch_size)
{
	MemoryContext old = MemoryContextSwitchTo(result->context);
	CallSite   *site = result->site;
	Batch	   *batch = batch_begin(site);
	bool		scalar = plan->root->object.row_type != NULL;
	Row		  **rows;
	int			nrows;

	rows = next_root_rows(root, batch_context(batch), batch_size, &nrows);
	batch_add_rows(batch, plan, rows, nrows);
	batch_load(batch);
	MemoryContextSwitchTo(result->context);
	for (int i = 0; i < nrows; i++)
	{
		Sink		sink;
		MemoryContext outer = site_begin_document(site, &sink, scalar);
		Datum		document;
		bool		isnull = false;

		sink.nested = batch_nested(batch);
		batch_write_next(&sink, batch);
		document = site_finish_document(site, &sink, scalar, outer);
		tuplestore_putvalues(result->store, result->tupdesc, &document, &isnull);
		pfree(DatumGetPointer(document));
	}
	batch_end(batch);
	MemoryContextSwitchTo(old);
	MemoryContextReset(result->context);
	return nrows;
}

static void
find_documents(FindResult *result, DocumentPlan *plan)
{
	/* what is called on the way may set it */
	int			batch_size = jsonify_batch_size;
	RootRows   *root;

	check_plan_params(plan, result->site->params);
	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	root = begin_root_rows(plan->root, result->site->params);
	while (find_batch(result, plan, root, batch_size) == batch_size)
		;
	end_root_rows(root);
	if (SPI_finish() != SPI_OK_FINISH)
		elog(ERROR, "SPI_finish failed");
}

static Datum
find_relation(FunctionCallInfo fcinfo, const SinkOps *ops)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	FindResult	result;
	DocumentKey key;

	jsonify_materialize(fcinfo);
	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();

	result.store = rsinfo->setResult;
	result.tupdesc = rsinfo->setDesc;
	result.site = get_call_site(fcinfo->flinfo, JSONBOID, ops);
	result.context = AllocSetContextCreate(CurrentMemoryContext, "jsonify find",
										   ALLOCSET_DEFAULT_SIZES);
	site_take_options(result.site, fcinfo, 2);
	key = site_table_key(result.site, PG_GETARG_OID(0),
						 PG_ARGISNULL(1) ? NULL : PG_GETARG_TEXT_PP(1));
	find_documents(&result, site_plan(result.site, &key));
	MemoryContextDelete(result.context);
	PG_RETURN_NULL();
}

/*
 * jsonify_find(relation regclass, shape text, params jsonb, options jsonb)
 * returns setof jsonb
 *
 * A document for each row of a table or view, which the shape's args select
 * and order. Memory is bounded by a batch: rows are read jsonify.batch_size at
 * a time, and documents are spilled to disk beyond work_mem. Nothing of a NULL
 * relation. Raises what the shape raises (see get_plan()), and
 * ERRCODE_WRONG_OBJECT_TYPE for an index, sequence or composite type.
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
