/*
 * find.c
 *		The SQL functions jsonify_find() and jsonify_find_text(): documents
 *		straight from a table or view, a batch of its rows at a time.
 */
#include "jsonify.h"

#include "access/xact.h"
#include "catalog/pg_type.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "tcop/pquery.h"
#include "utils/jsonb.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/portal.h"
#include "utils/tuplestore.h"

/* Where documents go to. */
typedef struct FindResult
{
	Tuplestorestate *store;
	TupleDesc	tupdesc;
	CallSite   *site;
	MemoryContext context;		/* of one batch */
} FindResult;

/* Raises ERRCODE_WRONG_OBJECT_TYPE, or ERRCODE_UNDEFINED_TABLE. */
void
not_a_table(Oid relid)
{
	char	   *name = get_rel_name(relid);

	if (name == NULL)
		ereport(ERROR,
				errcode(ERRCODE_UNDEFINED_TABLE),
				errmsg("relation with OID %u does not exist", relid));
	ereport(ERROR,
			errcode(ERRCODE_WRONG_OBJECT_TYPE),
			errmsg("\"%s\" is not a table or view", name),
			errdetail("Only the rows of tables and views have shapes."));
}

/*
 * What is asked for of a table or view by a shape, or NULL for none. Raises
 * what not_a_table() does.
 */
DocumentKey
table_key(const CallSite *site, Oid relid, const text *shape)
{
	Oid			typid = get_rel_type_id(relid);
	DocumentKey key;

	if (!OidIsValid(table_of_type(typid)))
		not_a_table(relid);
	key = site_key(site, typid, -1, shape != NULL ? VARDATA_ANY(shape) : NULL,
				   shape != NULL ? VARSIZE_ANY_EXHDR(shape) : 0);
	key.kind = DOCUMENT_TABLE;
	return key;
}

/* Reads the next rows of the root; what computes fields must not write. */
static void
fetch_rows(Portal portal, RowReceiver *receiver, int nrows)
{
	bool		was_read_only = XactReadOnly;

	PG_TRY();
	{
		XactReadOnly |= receiver->level->runs_functions;
		PortalRunFetch(portal, FETCH_FORWARD, nrows, &receiver->pub);
	}
	PG_FINALLY();
	{
		XactReadOnly = was_read_only;
	}
	PG_END_TRY();
}

/* Makes the documents of one batch of rows. Returns how many there were. */
static int
find_batch(FindResult *result, DocumentPlan *plan, Portal portal, int batch_size)
{
	MemoryContext old = MemoryContextSwitchTo(result->context);
	CallSite   *site = result->site;
	Batch	   *batch = batch_begin(site);
	RowReceiver *receiver = make_receiver(plan->root, NULL, batch_context(batch));
	bool		scalar = plan->root->object.row_type != NULL;
	int			nrows;

	fetch_rows(portal, receiver, batch_size);
	MemoryContextSwitchTo(result->context);
	nrows = receiver->nrows;
	batch_add_rows(batch, plan, receiver);
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
	LoadContext load = {.params = result->site->params};
	RowQuery   *query = &plan->root->query;
	/* what is called on the way may set it */
	int			batch_size = jsonify_batch_size;
	Portal		portal;

	check_params_given(plan->params, result->site->params);
	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	portal = SPI_cursor_open_with_paramlist(NULL, query_plan(query),
											make_parameters(query, &load), true);
	while (find_batch(result, plan, portal, batch_size) == batch_size)
		;
	SPI_cursor_close(portal);
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
	key = table_key(result.site, PG_GETARG_OID(0),
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
