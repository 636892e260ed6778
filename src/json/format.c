/*
 * format.c
 *		Which formats a type has, by name; and the rules that give types
 *		another format than their default.
 */
#include "json/internal.h"

#include "catalog/pg_type.h"
#include "utils/lsyscache.h"

/* The default of each type comes first, and has no writer of its own. */
static const Format formats[] = {
	{INT2OID, "number", NULL, PARTS_NONE},
	{INT2OID, "string", write_integer_string, PARTS_NONE},
	{INT2OID, "safe", write_integer_safe, PARTS_NONE},
	{INT4OID, "number", NULL, PARTS_NONE},
	{INT4OID, "string", write_integer_string, PARTS_NONE},
	{INT4OID, "safe", write_integer_safe, PARTS_NONE},
	{INT8OID, "number", NULL, PARTS_NONE},
	{INT8OID, "string", write_integer_string, PARTS_NONE},
	{INT8OID, "safe", write_integer_safe, PARTS_NONE},
	{NUMERICOID, "number", NULL, PARTS_NONE},
	{NUMERICOID, "string", write_numeric_string, PARTS_NONE},
	{FLOAT4OID, "nan_string", NULL, PARTS_NONE},
	{FLOAT4OID, "nan_null", write_float_null, PARTS_NONE},
	{FLOAT4OID, "nan_error", write_float_error, PARTS_NONE},
	{FLOAT8OID, "nan_string", NULL, PARTS_NONE},
	{FLOAT8OID, "nan_null", write_float_null, PARTS_NONE},
	{FLOAT8OID, "nan_error", write_float_error, PARTS_NONE},
	{TIMESTAMPTZOID, "session", NULL, PARTS_NONE},
	{TIMESTAMPTZOID, "utc", write_timestamp_utc, PARTS_NONE},
	{TIMESTAMPTZOID, "epoch", write_timestamp_epoch, PARTS_NONE},
	{TIMESTAMPTZOID, "epoch_ms", write_timestamp_epoch_ms, PARTS_NONE},
	{TIMESTAMPOID, "naive", NULL, PARTS_NONE},
	{TIMESTAMPOID, "utc", write_timestamp_utc, PARTS_NONE},
	{TIMESTAMPOID, "epoch", write_timestamp_epoch, PARTS_NONE},
	{TIMESTAMPOID, "epoch_ms", write_timestamp_epoch_ms, PARTS_NONE},
	{INTERVALOID, "session", NULL, PARTS_NONE},
	{INTERVALOID, "iso", write_interval_iso, PARTS_NONE},
	{INTERVALOID, "seconds", write_interval_seconds, PARTS_NONE},
	{BYTEAOID, "hex", NULL, PARTS_NONE},
	{BYTEAOID, "base64", write_bytea_base64, PARTS_NONE},
	{BYTEAOID, "base64url", write_bytea_base64url, PARTS_NONE},
	{CASHOID, "text", NULL, PARTS_NONE},
	{CASHOID, "number", write_money_number, PARTS_NONE},
	{BPCHAROID, "padded", NULL, PARTS_NONE},
	{BPCHAROID, "trimmed", write_character_trimmed, PARTS_NONE},
	{ANYRANGEOID, "text", NULL, PARTS_NONE},
	{ANYRANGEOID, "object", write_range_object, PARTS_RANGE},
	{ANYMULTIRANGEOID, "text", NULL, PARTS_NONE},
	{ANYMULTIRANGEOID, "object", write_multirange_objects, PARTS_MULTIRANGE},
	{POINTOID, "text", NULL, PARTS_NONE},
	{POINTOID, "array", write_geometry_array, PARTS_NONE},
	{POINTOID, "geojson", write_geometry_geojson, PARTS_GEOJSON},
	{LSEGOID, "text", NULL, PARTS_NONE},
	{LSEGOID, "array", write_geometry_array, PARTS_NONE},
	{LSEGOID, "geojson", write_geometry_geojson, PARTS_GEOJSON},
	{PATHOID, "text", NULL, PARTS_NONE},
	{PATHOID, "array", write_geometry_array, PARTS_NONE},
	{PATHOID, "geojson", write_geometry_geojson, PARTS_GEOJSON},
	{POLYGONOID, "text", NULL, PARTS_NONE},
	{POLYGONOID, "array", write_geometry_array, PARTS_NONE},
	{POLYGONOID, "geojson", write_geometry_geojson, PARTS_GEOJSON},
	{BOXOID, "text", NULL, PARTS_NONE},
	{BOXOID, "array", write_geometry_array, PARTS_NONE},
	{LINEOID, "text", NULL, PARTS_NONE},
	{LINEOID, "array", write_geometry_array, PARTS_NONE},
	{CIRCLEOID, "text", NULL, PARTS_NONE},
	{CIRCLEOID, "array", write_geometry_array, PARTS_NONE},
};

/* The names that these types go by; a setting is read without the catalog. */
static const struct
{
	const char *name;
	Oid			typid;
}			type_names[] =
{
	{"smallint", INT2OID}, {"int2", INT2OID},
	{"integer", INT4OID}, {"int", INT4OID}, {"int4", INT4OID},
	{"bigint", INT8OID}, {"int8", INT8OID},
	{"numeric", NUMERICOID}, {"decimal", NUMERICOID},
	{"real", FLOAT4OID}, {"float4", FLOAT4OID},
	{"double precision", FLOAT8OID}, {"float8", FLOAT8OID}, {"float", FLOAT8OID},
	{"timestamptz", TIMESTAMPTZOID}, {"timestamp with time zone", TIMESTAMPTZOID},
	{"timestamp", TIMESTAMPOID}, {"timestamp without time zone", TIMESTAMPOID},
	{"interval", INTERVALOID},
	{"bytea", BYTEAOID},
	{"money", CASHOID},
	{"character", BPCHAROID}, {"char", BPCHAROID}, {"bpchar", BPCHAROID},
	{"range", ANYRANGEOID}, {"multirange", ANYMULTIRANGEOID},
	{"int4range", INT4RANGEOID}, {"int4multirange", INT4MULTIRANGEOID},
	{"int8range", INT8RANGEOID}, {"int8multirange", INT8MULTIRANGEOID},
	{"numrange", NUMRANGEOID}, {"nummultirange", NUMMULTIRANGEOID},
	{"tsrange", TSRANGEOID}, {"tsmultirange", TSMULTIRANGEOID},
	{"tstzrange", TSTZRANGEOID}, {"tstzmultirange", TSTZMULTIRANGEOID},
	{"daterange", DATERANGEOID}, {"datemultirange", DATEMULTIRANGEOID},
	{"point", POINTOID}, {"lseg", LSEGOID}, {"path", PATHOID}, {"polygon", POLYGONOID},
	{"box", BOXOID}, {"line", LINEOID}, {"circle", CIRCLEOID},
};

/* What a browser, and what reads JSON in it, can take. */
static const char web_formats[] =
"timestamptz=utc, bytea=base64, smallint=safe, integer=safe, bigint=safe, numeric=string, "
"interval=iso, range=object, multirange=object, character=trimmed, real=nan_null, "
"double precision=nan_null";

/*
 * The type that the formats of a type are listed under: of a range or
 * multirange ANYRANGE or ANYMULTIRANGE. Built-in ones are known without the
 * catalog, others are looked up.
 */
static Oid
format_class(Oid typid)
{
	switch (typid)
	{
		case INT4RANGEOID:
		case INT8RANGEOID:
		case NUMRANGEOID:
		case TSRANGEOID:
		case TSTZRANGEOID:
		case DATERANGEOID:
			return ANYRANGEOID;
		case INT4MULTIRANGEOID:
		case INT8MULTIRANGEOID:
		case NUMMULTIRANGEOID:
		case TSMULTIRANGEOID:
		case TSTZMULTIRANGEOID:
		case DATEMULTIRANGEOID:
			return ANYMULTIRANGEOID;
		default:
			break;
	}
	if (typid >= FirstNormalObjectId && get_typtype(typid) == TYPTYPE_RANGE)
		return ANYRANGEOID;
	if (typid >= FirstNormalObjectId && get_typtype(typid) == TYPTYPE_MULTIRANGE)
		return ANYMULTIRANGEOID;
	return typid;
}

/* The format of that name of a type, no domain; NULL if it has none. */
const Format *
find_format(Oid typid, const char *name)
{
	typid = format_class(typid);
	for (int i = 0; i < lengthof(formats); i++)
	{
		if (formats[i].typid == typid && strcmp(formats[i].name, name) == 0)
			return &formats[i];
	}
	return NULL;
}

/* The name of the format that a type is written in; NULL where that is its default. */
const char *
format_name(const ValueType *type)
{
	Oid			typid = format_class(type->typid);

	for (int i = 0; i < lengthof(formats); i++)
	{
		if (formats[i].typid == typid && formats[i].write == type->write)
			return formats[i].name;
	}
	return NULL;
}

/* The names of a type's formats, joined for a hint; NULL if it has none. */
char *
format_names(Oid typid)
{
	StringInfoData buf;

	initStringInfo(&buf);
	typid = format_class(typid);
	for (int i = 0; i < lengthof(formats); i++)
	{
		if (formats[i].typid == typid)
			appendStringInfo(&buf, "%s\"%s\"", buf.len > 0 ? ", " : "", formats[i].name);
	}
	return buf.len > 0 ? buf.data : NULL;
}

/* The built-in type of that name that has formats, or InvalidOid. */
Oid
find_format_type(const char *name)
{
	for (int i = 0; i < lengthof(type_names); i++)
	{
		if (pg_strcasecmp(type_names[i].name, name) == 0)
			return type_names[i].typid;
	}
	return InvalidOid;
}

/*
 * The rule for a type: its own before that of all ranges. NULL if there is
 * none.
 */
const FormatRule *
find_format_rule(const FormatRule *rules, int nrules, Oid typid)
{
	Oid			class = nrules > 0 ? format_class(typid) : typid;
	const FormatRule *of_class = NULL;

	for (int i = 0; i < nrules; i++)
	{
		if (rules[i].typid == typid)
			return &rules[i];
		if (rules[i].typid == class)
			of_class = &rules[i];
	}
	return of_class;
}

/* Sets the rule for a type, in place of an earlier one. Returns their number. */
static int
set_format_rule(FormatRule *rules, int nrules, Oid typid, const Format *format)
{
	int			i = 0;

	while (i < nrules && rules[i].typid != typid)
		i++;
	rules[i].typid = typid;
	rules[i].format = format;
	rules[i].function = InvalidOid;
	return Max(nrules, i + 1);
}

/* Cuts the white space off both ends, in place. */
static char *
trim(char *string)
{
	char	   *end;

	while (isspace((unsigned char) *string))
		string++;
	end = string + strlen(string);
	while (end > string && isspace((unsigned char) end[-1]))
		*--end = '\0';
	return string;
}

/*
 * Reads "type=format, ..." or "web", the value of jsonify.formats, without the
 * catalog. Fills rules, which has room for MAX_SETTING_RULES, from *nrules on.
 * Returns false if it is wrong, with a palloc'd detail and hint (or NULL).
 */
bool
read_format_rules(const char *value, FormatRule *rules, int *nrules, char **detail,
				  char **hint)
{
	char	   *rest = pstrdup(value);

	*hint = NULL;
	if (*trim(rest) == '\0')
		return true;
	while (rest != NULL)
	{
		char	   *entry = rest;
		char	   *comma = strchr(rest, ',');
		char	   *equals;
		char	   *name;
		Oid			typid;
		const Format *format;

		if (comma != NULL)
			*comma = '\0';
		rest = comma != NULL ? comma + 1 : NULL;
		entry = trim(entry);

		if (pg_strcasecmp(entry, "web") == 0)
		{
			if (!read_format_rules(web_formats, rules, nrules, detail, hint))
				return false;
			continue;
		}
		equals = strchr(entry, '=');
		if (equals == NULL)
		{
			*detail = psprintf("\"%s\" is not of the form \"type=format\".", entry);
			*hint = pstrdup("Write, for example, \"timestamptz=utc, bytea=base64\" or \"web\".");
			return false;
		}
		*equals = '\0';
		name = trim(equals + 1);
		entry = trim(entry);
		typid = find_format_type(entry);
		if (!OidIsValid(typid))
		{
			*detail = psprintf("There is no built-in type \"%s\" with formats.", entry);
			*hint = pstrdup("Other types can have a function, in the option \"formats\", or a cast to jsonb.");
			return false;
		}
		format = find_format(typid, name);
		if (format == NULL)
		{
			*detail = psprintf("Type \"%s\" has no format \"%s\".", entry, name);
			*hint = psprintf("Its formats are %s.", format_names(typid));
			return false;
		}
		*nrules = set_format_rule(rules, *nrules, typid, format);
	}
	return true;
}
