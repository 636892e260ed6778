/*
 * schema.c
 *		The SQL function jsonify_schema(): the JSON Schema of documents.
 */
#include "run/run.h"

#include "catalog/pg_type.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/jsonb.h"

/* Which way the documents go. */
#define OPTION_FOR "for"

/* Whether the options say that they come back. */
static bool
is_for_saving(Jsonb *options)
{
	static const char *const ways[] = {"read", "save"};
	JsonbValue	buffer;
	JsonbValue *value = getKeyJsonValueFromContainer(&options->root, OPTION_FOR,
													 strlen(OPTION_FOR), &buffer);

	return value != NULL && read_word(OPTION_FOR, value, ways, lengthof(ways)) == 1;
}

/*
 * jsonify_schema(relation regclass, shape text, params jsonb, options jsonb)
 * returns jsonb
 *
 * The JSON Schema of what jsonify_find() gives for the same arguments; with the option
 * "for", "save" of what jsonify_save() takes. No row is read. NULL of a NULL relation.
 * Raises what those two raise of a shape, of options and of params that the shape does not
 * name; those that are not given are no error.
 */
PG_FUNCTION_INFO_V1(jsonify_schema);
PGDLLEXPORT Datum
jsonify_schema(PG_FUNCTION_ARGS)
{
	bool		for_saving = false;
	CallSite   *site;
	DocumentKey key;
	const DocumentPlan *plan;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	site = get_call_site(fcinfo->flinfo, JSONBOID, &jsonb_sink_ops);
	site_take_options(site, fcinfo, 2);
	if (!PG_ARGISNULL(3) && JB_ROOT_IS_OBJECT(PG_GETARG_JSONB_P(3)))
	{
		/* plans are shared with the functions that know nothing of this option */
		Jsonb	   *others = DatumGetJsonbP(DirectFunctionCall2(jsonb_delete, PG_GETARG_DATUM(3),
																CStringGetTextDatum(OPTION_FOR)));

		for_saving = is_for_saving(PG_GETARG_JSONB_P(3));
		site_set_options(site, VARDATA(others), VARSIZE(others) - VARHDRSZ);
	}
	key = site_table_key(site, PG_GETARG_OID(0), PG_ARGISNULL(1) ? NULL : PG_GETARG_TEXT_PP(1));
	if (for_saving)
		key.kind = &store_documents;
	plan = site_plan(site, &key);
	refuse_unknown_params(plan, site->params);
	PG_RETURN_JSONB_P(for_saving ? describe_saving((const StorePlan *) plan, site->params) :
					  describe_documents(plan->root, site->params));
}
