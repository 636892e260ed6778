/*
 * jsonify.c
 *		The library's start, and the SQL functions jsonify() and jsonify_text().
 */
#include "jsonify.h"

#include "utils/builtins.h"
#include "utils/jsonb.h"

JSONIFY_MODULE_MAGIC;

PGDLLEXPORT void _PG_init(void);

void
_PG_init(void)
{
	options_init();
	cache_init();
}

static Datum
jsonify_without_shape(CallSite *site, Datum value)
{
	DocumentKey key = site_key(site, site->typid, -1, NULL, 0);
	const ValueType *type = site_plan(site, &key)->type;
	bool		scalar = !type_is_container(type);
	Sink		sink;
	MemoryContext old = site_begin_document(site, &sink, scalar);

	type->write(&sink, type, value);
	return site_finish_document(site, &sink, scalar, old);
}

static Datum
jsonify_with_shape(CallSite *site, Datum value, const char *shape, int shape_length)
{
	HeapTupleHeader tuple = NULL;
	const Level *root = NULL;
	Batch	   *batch = NULL;
	Sink		sink;
	MemoryContext old;
	Datum		result;

	if (site->is_record)
	{
		DocumentKey key;

		tuple = DatumGetHeapTupleHeader(value);
		key = site_record_key(site, site->base, tuple, shape, shape_length);
		root = site_plan(site, &key)->root;
		value = PointerGetDatum(tuple);
	}
	if (root == NULL || root->nbranches > 0)
	{
		batch = batch_begin(site);
		batch_add_shaped(batch, value, shape, shape_length);
		batch_load(batch);
		if (site->size_hint == 0)
			site->size_hint = batch_size_estimate(batch);
	}

	old = site_begin_document(site, &sink, false);
	if (batch != NULL)
		batch_write_next(&sink, batch);
	else
		write_record(&sink, &root->object, root->tupdesc, tuple);
	result = site_finish_document(site, &sink, false, old);
	if (batch != NULL)
		batch_end(batch);
	return result;
}

static Datum
make_document(FunctionCallInfo fcinfo, const SinkOps *ops)
{
	CallSite   *site;
	Jsonb	   *options = PG_ARGISNULL(3) ? NULL : PG_GETARG_JSONB_P(3);
	text	   *shape;

	if (!PG_ARGISNULL(2))
		check_params(PG_GETARG_DATUM(2));
	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	site = fcinfo->flinfo->fn_extra;
	if (site == NULL)
		site = get_call_site(fcinfo->flinfo, argument_type(fcinfo->flinfo, 0), ops);
	site_set_options(site, options != NULL ? VARDATA(options) : NULL,
					 options != NULL ? VARSIZE(options) - VARHDRSZ : 0);
	if (PG_ARGISNULL(1))
		PG_RETURN_DATUM(jsonify_without_shape(site, PG_GETARG_DATUM(0)));

	shape = PG_GETARG_TEXT_PP(1);
	PG_RETURN_DATUM(jsonify_with_shape(site, PG_GETARG_DATUM(0), VARDATA_ANY(shape),
									   VARSIZE_ANY_EXHDR(shape)));
}

/*
 * jsonify(value anyelement, shape text, params jsonb, options jsonb) returns jsonb
 *
 * Without a shape the value as to_jsonb() would have it, but for the casts to
 * json or jsonb that users have made, and for what settings and options say.
 * With one, a record, or an array of records of any dimensions, in that shape.
 * NULL of a NULL value. Errors are those of the shape and the options (see
 * get_plan()), and ERRCODE_DATATYPE_MISMATCH for a shape with another value.
 */
PG_FUNCTION_INFO_V1(jsonify_value);
PGDLLEXPORT Datum
jsonify_value(PG_FUNCTION_ARGS)
{
	return make_document(fcinfo, &jsonb_sink_ops);
}

/*
 * jsonify_text(value anyelement, shape text, params jsonb, options jsonb) returns json
 *
 * The same as JSON text: without a shape as to_json() would have it.
 */
PG_FUNCTION_INFO_V1(jsonify_text_value);
PGDLLEXPORT Datum
jsonify_text_value(PG_FUNCTION_ARGS)
{
	return make_document(fcinfo, &text_sink_ops);
}
