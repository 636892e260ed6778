/*
 * save.c
 *		The SQL functions jsonify_save(), jsonify_delete() and jsonify_plan(): documents
 *		back into rows.
 */
#include "run/run.h"

#include "catalog/pg_type.h"
#include "funcapi.h"
#include "utils/builtins.h"
#include "utils/jsonb.h"
#include "utils/tuplestore.h"

/* The call of a function whose arguments are relation, document, shape, params, options. */
typedef struct SaveCall
{
	StoreCall	store;
	CallSite   *site;
	Sink		sink;
	MemoryContext result_context;
	Datum		result;
	bool		isnull;
} SaveCall;

/* The plan for a call's arguments; false where the relation or the document is NULL. */
static bool
begin_call(SaveCall *call, FunctionCallInfo fcinfo, SaveMode only)
{
	DocumentKey key;

	memset(call, 0, sizeof(SaveCall));
	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		return false;
	call->site = get_call_site(fcinfo->flinfo, JSONBOID, &jsonb_sink_ops);
	site_take_options(call->site, fcinfo, 3);
	key = site_table_key(call->site, PG_GETARG_OID(0), PG_ARGISNULL(2) ? NULL : PG_GETARG_TEXT_PP(2));
	key.kind = &store_documents;
	call->store.plan = (StorePlan *) site_plan(call->site, &key);
	call->store.documents = PG_GETARG_JSONB_P(1);
	call->store.params = call->site->params;
	call->store.sink = &call->sink;
	call->store.mode = only == SAVE_DELETE ? only : call->store.plan->writing.options.save.mode;
	site_prepare_sink(call->site, &call->sink);
	return true;
}

/* What the rows of a call are written as: one document, or an array of them. */
static void
show_documents(SaveCall *call)
{
	StoreCall  *store = &call->store;
	CallSite   *site = call->site;
	DocumentPlan *plan = &store->plan->writing.document;
	Batch	   *batch = batch_begin(site);
	MemoryContext outer;
	Sink		sink;

	batch_add_rows(batch, plan, store->answers, store->nanswers);
	batch_load(batch);
	outer = site_begin_document(site, &sink, !store->is_array);
	sink.nested = batch_nested(batch);
	if (store->is_array)
		write_dimensions(&sink, 1, &store->nanswers, batch_write_next, batch);
	else
		batch_write_next(&sink, batch);
	call->result = site_finish_document(site, &sink, !store->is_array, outer);
	batch_end(batch);
}

/* Makes the answer of a call, in the memory context in which it was begun. */
static void
show_answer(StoreCall *store, void *arg)
{
	SaveCall   *call = arg;
	MemoryContext old = MemoryContextSwitchTo(call->result_context);

	switch (store->plan->writing.options.save.returns)
	{
		case RETURN_DOCUMENT:
			show_documents(call);
			call->isnull = false;
			break;
		case RETURN_CHANGES:
			call->result = JsonbPGetDatum(changes_to_jsonb(store->changes));
			call->isnull = false;
			break;
		case RETURN_NONE:
			call->isnull = true;
	}
	MemoryContextSwitchTo(old);
}

static Datum
write_call(FunctionCallInfo fcinfo, SaveMode only)
{
	SaveCall	call;

	if (!begin_call(&call, fcinfo, only))
		PG_RETURN_NULL();
	if (only != SAVE_DELETE && call.store.mode == SAVE_DELETE)
		ereport(ERROR,
				errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				errmsg("mode \"delete\" is for jsonify_plan only"),
				errhint("Call jsonify_delete()."));
	if (only == SAVE_DELETE && call.store.plan->writing.options.save.mode == SAVE_INSERT)
		ereport(ERROR,
				errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				errmsg("mode \"insert\" is not for jsonify_delete"),
				errhint("It deletes the rows of the documents, which must all be there."));
	call.result_context = CurrentMemoryContext;
	write_documents(&call.store, show_answer, &call);
	if (call.isnull)
		PG_RETURN_NULL();
	return call.result;
}

/*
 * jsonify_save(relation regclass, document jsonb, shape text, params jsonb, options jsonb)
 * returns jsonb
 *
 * Writes a document, or an array of documents, to a table or view: what is new is
 * inserted, what differs is updated, what is gone is deleted, as far as the shape says
 * so. Returns what was saved, as jsonify would read it now; by the option "return" the
 * changes, or NULL. NULL of a NULL relation or document. Raises what the shape raises
 * (see get_plan()), and what write_documents() does.
 */
PG_FUNCTION_INFO_V1(jsonify_save);
PGDLLEXPORT Datum
jsonify_save(PG_FUNCTION_ARGS)
{
	return write_call(fcinfo, SAVE_ANY);
}

/*
 * jsonify_delete(relation regclass, document jsonb, shape text, params jsonb, options jsonb)
 * returns jsonb
 *
 * Deletes the rows of documents, which need their keys only, and those that they own.
 * Returns what was deleted; otherwise as jsonify_save().
 */
PG_FUNCTION_INFO_V1(jsonify_delete);
PGDLLEXPORT Datum
jsonify_delete(PG_FUNCTION_ARGS)
{
	return write_call(fcinfo, SAVE_DELETE);
}

static Datum
jsonb_or_null(Jsonb *jsonb, bool *isnull)
{
	*isnull = jsonb == NULL;
	return jsonb == NULL ? (Datum) 0 : JsonbPGetDatum(jsonb);
}

/*
 * jsonify_plan(relation regclass, document jsonb, shape text, params jsonb, options jsonb)
 * returns table (action text, relation regclass, loc jsonb, key jsonb, old jsonb,
 * new jsonb, error jsonb)
 *
 * What jsonify_save() would do, and all that is wrong with the documents, without doing
 * it. Nothing is written, and no default or trigger called.
 */
PG_FUNCTION_INFO_V1(jsonify_plan);
PGDLLEXPORT Datum
jsonify_plan(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	SaveCall	call;
	ListCell   *lc;

	jsonify_materialize(fcinfo);
	if (!begin_call(&call, fcinfo, SAVE_ANY))
		PG_RETURN_NULL();
	plan_documents(&call.store);
	foreach(lc, call.store.changes)
	{
		const StoreChange *change = lfirst(lc);
		Datum		values[7];
		bool		nulls[7] = {false};

		values[0] = CStringGetTextDatum(change->action);
		values[1] = ObjectIdGetDatum(change->relid);
		values[2] = jsonb_or_null(change->loc, &nulls[2]);
		values[3] = jsonb_or_null(change->key, &nulls[3]);
		values[4] = jsonb_or_null(change->old_values, &nulls[4]);
		values[5] = jsonb_or_null(change->new_values, &nulls[5]);
		values[6] = jsonb_or_null(change->error, &nulls[6]);
		tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
	}
	PG_RETURN_NULL();
}
