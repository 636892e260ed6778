/*
 * document.c
 *		The SQL functions jsonify() and jsonify_text(): a document of one value.
 */
#include "run/run.h"

/* Writes what a batch holds, which is one value, and ends it. */
static Datum
write_batch(CallSite *site, Batch *batch, bool scalar)
{
	Sink		sink;
	MemoryContext old;
	Datum		result;

	batch_load(batch);
	if (site->size_hint == 0)
		site->size_hint = batch_size_estimate(batch);
	old = site_begin_document(site, &sink, scalar);
	sink.nested = batch_nested(batch);
	batch_write_next(&sink, batch);
	result = site_finish_document(site, &sink, scalar, old);
	batch_end(batch);
	return result;
}

static Datum
jsonify_without_shape(CallSite *site, Datum value)
{
	DocumentKey key = site_key(site, site->typid, -1, NULL, 0);
	DocumentPlan *plan = site_plan(site, &key);
	const ValueType *type = plan->type;
	bool		scalar = !type_is_container(type);
	Sink		sink;
	MemoryContext old;

	check_plan_params(plan, site->params);
	if (type->kind == KIND_ANONYMOUS)
	{
		/* what it holds is known by its typmod */
		HeapTupleHeader tuple = DatumGetHeapTupleHeader(value);

		type = site_resolve_type(site, HeapTupleHeaderGetTypeId(tuple),
								 HeapTupleHeaderGetTypMod(tuple));
		value = PointerGetDatum(tuple);
	}
	if (type->leads_on)
	{
		Batch	   *batch = batch_begin(site);

		batch_add_value(batch, value);
		return write_batch(site, batch, scalar);
	}

	old = site_begin_document(site, &sink, scalar);
	type->write(&sink, type, value);
	return site_finish_document(site, &sink, scalar, old);
}

static Datum
jsonify_with_shape(CallSite *site, Datum value, const char *shape, int shape_length)
{
	Sink		sink;
	MemoryContext old;
	Batch	   *batch;

	if (site->is_record)
	{
		HeapTupleHeader tuple = DatumGetHeapTupleHeader(value);
		DocumentKey key = site_record_key(site, site->base, tuple, shape, shape_length);
		const DocumentPlan *plan = site_plan(site, &key);
		const Level *root = plan->root;

		check_plan_params(plan, site->params);
		value = PointerGetDatum(tuple);
		if (root->nbranches == 0 && root->ncolumns == root->tupdesc->natts &&
			!root->object.leads_on)
		{
			old = site_begin_document(site, &sink, false);
			write_record(&sink, &root->object, root->tupdesc, tuple);
			return site_finish_document(site, &sink, false, old);
		}
	}
	batch = batch_begin(site);
	batch_add_shaped(batch, value, shape, shape_length);
	return write_batch(site, batch, false);
}

static Datum
make_document(FunctionCallInfo fcinfo, const SinkOps *ops)
{
	CallSite   *site;
	text	   *shape;

	if (PG_ARGISNULL(0))
	{
		if (!PG_ARGISNULL(2))
			check_params(PG_GETARG_DATUM(2));
		PG_RETURN_NULL();
	}
	site = fcinfo->flinfo->fn_extra;
	if (site == NULL)
		site = get_call_site(fcinfo->flinfo, argument_type(fcinfo->flinfo, 0), ops);
	site_take_options(site, fcinfo, 2);
	site_trim(site, false);
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
