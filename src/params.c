/*
 * params.c
 *		The values that a shape gives its queries: literals, and params, which
 *		are looked up in the jsonb of the call. They are bound, never part of
 *		the SQL.
 */
#include "jsonify.h"

#include "catalog/pg_type.h"
#include "utils/builtins.h"
#include "utils/jsonb.h"

/* Raises ERRCODE_INVALID_PARAMETER_VALUE unless a jsonb value is an object. */
void
check_params(Datum params)
{
	if (!JB_ROOT_IS_OBJECT(DatumGetJsonbP(params)))
		ereport(ERROR,
				errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				errmsg("params must be a JSON object"),
				errhint("Write, for example, '{\"id\": 1}'."));
}

/*
 * The value of a param, palloc'd; params are the bytes of a jsonb object, or
 * NULL. Raises ERRCODE_UNDEFINED_PARAMETER if it was not given.
 */
static JsonbValue *
find_param(const QueryValue *value, const char *params)
{
	JsonbValue *found = params == NULL ? NULL :
		getKeyJsonValueFromContainer((JsonbContainer *) unconstify(char *, params),
									 value->text, strlen(value->text), NULL);

	if (found == NULL)
		ereport(ERROR,
				errcode(ERRCODE_UNDEFINED_PARAMETER),
				errmsg("no value was given for $%s", value->text),
				errhint("Pass it in the argument \"params\", as in '{\"%s\": ...}'.", value->text),
				shape_position(value->place.shape, value->place.location));
	return found;
}

/* Raises that for each of a list of QueryValue that is a param. */
void
check_params_given(const List *values, const char *params)
{
	ListCell   *lc;

	foreach(lc, values)
	{
		const QueryValue *value = lfirst(lc);

		if (value->is_param)
			pfree(find_param(value, params));
	}
}

/* A number of rows: NULL for no limit. */
static Datum
bind_count(const QueryValue *value, const char *params, bool *isnull)
{
	const char *text = value->text;

	*isnull = false;
	if (value->is_param)
	{
		JsonbValue *param = find_param(value, params);

		*isnull = param->type == jbvNull;
		if (*isnull)
			return (Datum) 0;
		if (param->type != jbvNumeric)
			ereport(ERROR,
					errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					errmsg("$%s must be a number, for it is that of \"%s\"", value->text,
						   value->count_of),
					shape_position(value->place.shape, value->place.location));
		text = DatumGetCString(DirectFunctionCall1(numeric_out,
												   NumericGetDatum(param->val.numeric)));
	}
	return Int64GetDatum(check_count(text, value->count_of, value->place.shape,
									 value->place.location));
}

/*
 * A value as its query takes it, of type value->typid, palloc'd in the current
 * memory context; params as find_param() takes them. Raises
 * ERRCODE_UNDEFINED_PARAMETER, ERRCODE_INVALID_PARAMETER_VALUE, and what the
 * type's input raises.
 */
Datum
bind_value(const QueryValue *value, const char *params, bool *isnull)
{
	Assert(value->count_of != NULL);
	return bind_count(value, params, isnull);
}
