/*
 * caster.c
 *		The SQL functions as_string(), as_integer() and so on: what an element
 *		of a document is in SQL.
 *
 * JSON null is SQL NULL. A JSON string is read as the type itself reads it, so
 * that it does not matter how a value was written; of other JSON only what
 * means the same.
 */
#include "run/run.h"

#include "utils/builtins.h"
#include "utils/float.h"
#include "utils/fmgrprotos.h"
#include "utils/jsonb.h"
#include "utils/numeric.h"

/* White space in JSON. */
#define JSON_SPACE " \t\n\r"

pg_noreturn static void
cannot_read(JsonbValue *value, const char *type_name)
{
	ereport(ERROR,
			errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			errmsg("cannot read a JSON %s as %s", JsonbTypeName(value), type_name));
}

/*
 * The scalar that a caster is given, which points into its argument. Returns
 * false of JSON null; raises ERRCODE_INVALID_PARAMETER_VALUE of an object or
 * array.
 */
static bool
get_scalar(const Jsonb *jsonb, const char *type_name, JsonbValue *value)
{
	if (!JsonbExtractScalar(&unconstify(Jsonb *, jsonb)->root, value))
		cannot_read(value, type_name);	/* that of an object or array is set, too */
	return value->type != jbvNull;
}

static Datum
string_of(const JsonbValue *value)
{
	return CStringGetDatum(pnstrdup(value->val.string.val, value->val.string.len));
}

/* Raises ERRCODE_INVALID_PARAMETER_VALUE unless a number is a whole one. */
static Datum
whole_number(const JsonbValue *number, const char *type_name)
{
	Datum		numeric = NumericGetDatum(number->val.numeric);

	if (DatumGetInt32(DirectFunctionCall1(numeric_min_scale, numeric)) != 0)
		ereport(ERROR,
				errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				errmsg("cannot read a JSON number with a fraction as %s", type_name),
				errhint("Read it with as_numeric, and round that."));
	return numeric;
}

/* The same of json, palloc'd; raises what the type jsonb does. */
static Jsonb *
json_to_jsonb(const text *json)
{
	return DatumGetJsonbP(DirectFunctionCall1(jsonb_in, CStringGetDatum(text_to_cstring(json))));
}

/* A string as it is, of a number or boolean its text; of JSON null NULL. */
static Datum
element_to_text(FunctionCallInfo fcinfo, const Jsonb *jsonb)
{
	JsonbValue	value;

	if (!get_scalar(jsonb, "text", &value))
		PG_RETURN_NULL();
	switch (value.type)
	{
		case jbvString:
			PG_RETURN_TEXT_P(cstring_to_text_with_len(value.val.string.val,
													  value.val.string.len));
		case jbvNumeric:
			PG_RETURN_TEXT_P(cstring_to_text(DatumGetCString(DirectFunctionCall1(numeric_out,
																				 NumericGetDatum(value.val.numeric)))));
		case jbvBool:
			PG_RETURN_TEXT_P(cstring_to_text(value.val.boolean ? "true" : "false"));
		default:
			cannot_read(&value, "text");
	}
}

/* What the casters to numbers and booleans do. */
typedef struct Caster
{
	const char *type_name;
	enum jbvType kind;			/* of the JSON that it takes beside strings */
	bool		whole;			/* of numbers, only such */
	PGFunction	input;			/* of a string */
	PGFunction	convert;		/* of a numeric */
} Caster;

static const Caster to_integer = {"integer", jbvNumeric, true, int4in, numeric_int4};
static const Caster to_bigint = {"bigint", jbvNumeric, true, int8in, numeric_int8};
static const Caster to_float = {"double precision", jbvNumeric, false, float8in, numeric_float8};
static const Caster to_boolean = {"boolean", jbvBool, false, boolin, NULL};
static const Caster to_numeric = {"numeric", jbvNumeric, false, numeric_in, numeric_uplus};

static Datum
cast_element(FunctionCallInfo fcinfo, const Jsonb *jsonb, const Caster *caster)
{
	JsonbValue	value;

	if (!get_scalar(jsonb, caster->type_name, &value))
		PG_RETURN_NULL();
	/* those that take less do not mind the type and typmod */
	if (value.type == jbvString)
		return DirectFunctionCall3(caster->input, string_of(&value),
								   ObjectIdGetDatum(InvalidOid), Int32GetDatum(-1));
	if (value.type != caster->kind)
		cannot_read(&value, caster->type_name);
	if (value.type == jbvBool)
		return BoolGetDatum(value.val.boolean);
	return DirectFunctionCall1(caster->convert, caster->whole ?
							   whole_number(&value, caster->type_name) :
							   NumericGetDatum(value.val.numeric));
}

/*
 * as_string(jsonb) returns text
 *
 * A string as it is, of a number or boolean its text.
 */
PG_FUNCTION_INFO_V1(jsonify_as_string);
PGDLLEXPORT Datum
jsonify_as_string(PG_FUNCTION_ARGS)
{
	return element_to_text(fcinfo, PG_GETARG_JSONB_P(0));
}

/* as_string(json) returns text: the same; of a number the text that it has there */
PG_FUNCTION_INFO_V1(jsonify_json_as_string);
PGDLLEXPORT Datum
jsonify_json_as_string(PG_FUNCTION_ARGS)
{
	text	   *json = PG_GETARG_TEXT_PP(0);
	const char *start = VARDATA_ANY(json);
	int			length = VARSIZE_ANY_EXHDR(json);

	while (length > 0 && strchr(JSON_SPACE, *start) != NULL)
	{
		start++;
		length--;
	}
	while (length > 0 && strchr(JSON_SPACE, start[length - 1]) != NULL)
		length--;
	if (length > 0 && (*start == '-' || (*start >= '0' && *start <= '9')))
		PG_RETURN_TEXT_P(cstring_to_text_with_len(start, length));
	return element_to_text(fcinfo, json_to_jsonb(json));
}

/*
 * as_integer(jsonb) returns integer
 *
 * Of a whole number, or of a string. Raises ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE
 * as any integer does.
 */
PG_FUNCTION_INFO_V1(jsonify_as_integer);
PGDLLEXPORT Datum
jsonify_as_integer(PG_FUNCTION_ARGS)
{
	return cast_element(fcinfo, PG_GETARG_JSONB_P(0), &to_integer);
}

/* as_bigint(jsonb) returns bigint: the same */
PG_FUNCTION_INFO_V1(jsonify_as_bigint);
PGDLLEXPORT Datum
jsonify_as_bigint(PG_FUNCTION_ARGS)
{
	return cast_element(fcinfo, PG_GETARG_JSONB_P(0), &to_bigint);
}

/* as_float(jsonb) returns double precision: of a number, or of a string */
PG_FUNCTION_INFO_V1(jsonify_as_float);
PGDLLEXPORT Datum
jsonify_as_float(PG_FUNCTION_ARGS)
{
	return cast_element(fcinfo, PG_GETARG_JSONB_P(0), &to_float);
}

/* as_boolean(jsonb) returns boolean: of a boolean, or of a string */
PG_FUNCTION_INFO_V1(jsonify_as_boolean);
PGDLLEXPORT Datum
jsonify_as_boolean(PG_FUNCTION_ARGS)
{
	return cast_element(fcinfo, PG_GETARG_JSONB_P(0), &to_boolean);
}

/* as_numeric(jsonb) returns numeric: of a number, or of a string */
PG_FUNCTION_INFO_V1(jsonify_as_numeric);
PGDLLEXPORT Datum
jsonify_as_numeric(PG_FUNCTION_ARGS)
{
	return cast_element(fcinfo, PG_GETARG_JSONB_P(0), &to_numeric);
}

/* as_integer(json) returns integer: that of jsonb */
PG_FUNCTION_INFO_V1(jsonify_json_as_integer);
PGDLLEXPORT Datum
jsonify_json_as_integer(PG_FUNCTION_ARGS)
{
	return cast_element(fcinfo, json_to_jsonb(PG_GETARG_TEXT_PP(0)), &to_integer);
}

/* as_bigint(json) returns bigint: that of jsonb */
PG_FUNCTION_INFO_V1(jsonify_json_as_bigint);
PGDLLEXPORT Datum
jsonify_json_as_bigint(PG_FUNCTION_ARGS)
{
	return cast_element(fcinfo, json_to_jsonb(PG_GETARG_TEXT_PP(0)), &to_bigint);
}

/* as_float(json) returns double precision: that of jsonb */
PG_FUNCTION_INFO_V1(jsonify_json_as_float);
PGDLLEXPORT Datum
jsonify_json_as_float(PG_FUNCTION_ARGS)
{
	return cast_element(fcinfo, json_to_jsonb(PG_GETARG_TEXT_PP(0)), &to_float);
}

/* as_boolean(json) returns boolean: that of jsonb */
PG_FUNCTION_INFO_V1(jsonify_json_as_boolean);
PGDLLEXPORT Datum
jsonify_json_as_boolean(PG_FUNCTION_ARGS)
{
	return cast_element(fcinfo, json_to_jsonb(PG_GETARG_TEXT_PP(0)), &to_boolean);
}

/* as_numeric(json) returns numeric: that of jsonb */
PG_FUNCTION_INFO_V1(jsonify_json_as_numeric);
PGDLLEXPORT Datum
jsonify_json_as_numeric(PG_FUNCTION_ARGS)
{
	return cast_element(fcinfo, json_to_jsonb(PG_GETARG_TEXT_PP(0)), &to_numeric);
}
