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

static const char *
json_type_name(const Jsonb *jsonb, const JsonbValue *value)
{
	if (!JB_ROOT_IS_SCALAR(jsonb))
		return JB_ROOT_IS_OBJECT(jsonb) ? "object" : "array";
	switch (value->type)
	{
		case jbvNull:
			return "null";
		case jbvString:
			return "string";
		case jbvNumeric:
			return "number";
		case jbvBool:
			return "boolean";
		default:
			elog(ERROR, "unexpected jsonb value type %d", (int) value->type);
	}
}

pg_noreturn static void
cannot_read(const Jsonb *jsonb, const JsonbValue *value, const char *type_name)
{
	ereport(ERROR,
			errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			errmsg("cannot read a JSON %s as %s", json_type_name(jsonb, value), type_name));
}

/*
 * The scalar that a caster is given, which points into its argument. Returns
 * false of JSON null; raises ERRCODE_INVALID_PARAMETER_VALUE of an object or
 * array.
 */
static bool
get_scalar(const Jsonb *jsonb, const char *type_name, JsonbValue *value)
{
	if (!JB_ROOT_IS_SCALAR(jsonb))
		cannot_read(jsonb, NULL, type_name);
	(void) JsonbExtractScalar(&unconstify(Jsonb *, jsonb)->root, value);
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

/*
 * as_string(jsonb) returns text
 *
 * A string as it is, of a number or boolean its text.
 */
PG_FUNCTION_INFO_V1(jsonify_as_string);
PGDLLEXPORT Datum
jsonify_as_string(PG_FUNCTION_ARGS)
{
	Jsonb	   *jsonb = PG_GETARG_JSONB_P(0);
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
			cannot_read(jsonb, &value, "text");
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

static Datum
cast_scalar(FunctionCallInfo fcinfo, const Caster *caster)
{
	Jsonb	   *jsonb = PG_GETARG_JSONB_P(0);
	JsonbValue	value;

	if (!get_scalar(jsonb, caster->type_name, &value))
		PG_RETURN_NULL();
	/* those that take less do not mind the type and typmod */
	if (value.type == jbvString)
		return DirectFunctionCall3(caster->input, string_of(&value),
								   ObjectIdGetDatum(InvalidOid), Int32GetDatum(-1));
	if (value.type != caster->kind)
		cannot_read(jsonb, &value, caster->type_name);
	if (value.type == jbvBool)
		return BoolGetDatum(value.val.boolean);
	return DirectFunctionCall1(caster->convert, caster->whole ?
							   whole_number(&value, caster->type_name) :
							   NumericGetDatum(value.val.numeric));
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
	static const Caster caster = {"integer", jbvNumeric, true, int4in, numeric_int4};

	return cast_scalar(fcinfo, &caster);
}

/* as_bigint(jsonb) returns bigint: the same */
PG_FUNCTION_INFO_V1(jsonify_as_bigint);
PGDLLEXPORT Datum
jsonify_as_bigint(PG_FUNCTION_ARGS)
{
	static const Caster caster = {"bigint", jbvNumeric, true, int8in, numeric_int8};

	return cast_scalar(fcinfo, &caster);
}

/* as_float(jsonb) returns double precision: of a number, or of a string */
PG_FUNCTION_INFO_V1(jsonify_as_float);
PGDLLEXPORT Datum
jsonify_as_float(PG_FUNCTION_ARGS)
{
	static const Caster caster = {"double precision", jbvNumeric, false, float8in, numeric_float8};

	return cast_scalar(fcinfo, &caster);
}

/* as_boolean(jsonb) returns boolean: of a boolean, or of a string */
PG_FUNCTION_INFO_V1(jsonify_as_boolean);
PGDLLEXPORT Datum
jsonify_as_boolean(PG_FUNCTION_ARGS)
{
	static const Caster caster = {"boolean", jbvBool, false, boolin, NULL};

	return cast_scalar(fcinfo, &caster);
}

/* as_numeric(jsonb) returns numeric: of a number, or of a string */
PG_FUNCTION_INFO_V1(jsonify_as_numeric);
PGDLLEXPORT Datum
jsonify_as_numeric(PG_FUNCTION_ARGS)
{
	static const Caster caster = {"numeric", jbvNumeric, false, numeric_in, numeric_uplus};

	return cast_scalar(fcinfo, &caster);
}
