/*
 * values.c
 *		What the values of a type look like in JSON, as json/ writes them.
 */
#include "describe/describe.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "catalog/indexing.h"
#include "catalog/pg_enum.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/bytea.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/numeric.h"
#include "utils/rel.h"

/*
 * What no number of JSON's, or no date of RFC 3339, is. Years of five digits and those
 * before Christ are as PostgreSQL has them, zones that have seconds too.
 */
static const char *const not_finite[] = {"NaN", "Infinity", "-Infinity"};
static const char *const infinite[] = {"infinity", "-infinity"};

#define INFINITE_PATTERN "-?infinity"
#define DATE_PATTERN "[0-9]{4,}-[0-9]{2}-[0-9]{2}"
#define TIME_PATTERN "T[0-9]{2}:[0-9]{2}:[0-9]{2}(\\.[0-9]+)?"
#define ZONE_PATTERN "(Z|[+-][0-9]{2}(:[0-9]{2}){0,2})"

/* A number, or the name of one that JSON does not have. */
JsonSchema *
number_or_name_schema(const char *type)
{
	return either_schema(typed_schema(type), words_schema(not_finite, lengthof(not_finite)));
}

/* Or an infinite time. */
static JsonSchema *
number_or_infinite_schema(const char *type)
{
	return either_schema(typed_schema(type), words_schema(infinite, lengthof(infinite)));
}

/* The labels of an enum, in their order. */
JsonSchema *
enum_schema(Oid typid)
{
	JsonSchema *schema = typed_schema("string");
	Relation	relation = table_open(EnumRelationId, AccessShareLock);
	Relation	index = index_open(EnumTypIdSortOrderIndexId, AccessShareLock);
	ScanKeyData key;
	SysScanDesc scan;
	HeapTuple	tuple;

	ScanKeyInit(&key, Anum_pg_enum_enumtypid, BTEqualStrategyNumber, F_OIDEQ,
				ObjectIdGetDatum(typid));
	scan = systable_beginscan_ordered(relation, index, NULL, 1, &key);
	while (HeapTupleIsValid(tuple = systable_getnext_ordered(scan, ForwardScanDirection)))
		schema->enums = lappend(schema->enums,
								pstrdup(NameStr(((Form_pg_enum) GETSTRUCT(tuple))->enumlabel)));
	systable_endscan_ordered(scan);
	index_close(index, AccessShareLock);
	table_close(relation, AccessShareLock);
	return schema;
}

/* A string of a type that may have a limit. */
JsonSchema *
text_schema(Oid typid, int32 typmod)
{
	JsonSchema *schema = typed_schema("string");

	if ((typid == VARCHAROID || typid == BPCHAROID) && typmod >= (int32) VARHDRSZ)
		add_count(schema, "maxLength", typmod - VARHDRSZ);
	return schema;
}

/* An array of just so many. */
static JsonSchema *
tuple_schema(JsonSchema *items, int count)
{
	JsonSchema *schema = array_schema(items);

	add_count(schema, "minItems", count);
	add_count(schema, "maxItems", count);
	return schema;
}

/* The coordinates of a geometry, as those of RFC 7946. */
static JsonSchema *
geojson_schema(const char *type, JsonSchema *coordinates)
{
	Description none = {NULL};
	JsonSchema *schema = object_schema(&none);
	JsonSchema *name = words_schema(&type, 1);

	add_property(schema, "type", name, true);
	add_property(schema, "coordinates", coordinates, true);
	return schema;
}

static JsonSchema *
position_schema(void)
{
	return tuple_schema(typed_schema("number"), 2);
}

static JsonSchema *
line_string_schema(void)
{
	JsonSchema *positions = array_schema(position_schema());

	add_count(positions, "minItems", 2);
	return geojson_schema("LineString", positions);
}

static JsonSchema *
polygon_schema(void)
{
	JsonSchema *ring = array_schema(position_schema());

	add_count(ring, "minItems", 4);
	return geojson_schema("Polygon", tuple_schema(ring, 1));
}

/* A geometric type as "array" or "geojson". */
JsonSchema *
geometry_schema(Oid typid, const char *format)
{
	JsonSchema *point = tuple_schema(number_or_name_schema("number"), 2);

	if (strcmp(format, "geojson") == 0)
		switch (typid)
		{
			case POINTOID:
				return geojson_schema("Point", position_schema());
			case LSEGOID:
				return line_string_schema();
			case POLYGONOID:
				return polygon_schema();
			default:
				return either_schema(line_string_schema(), polygon_schema());
		}
	switch (typid)
	{
		case POINTOID:
			return point;
		case LINEOID:
			return tuple_schema(number_or_name_schema("number"), 3);
		case CIRCLEOID:
			return tuple_schema(either_schema(point, number_or_name_schema("number")), 2);
		case LSEGOID:
		case BOXOID:
			return tuple_schema(point, 2);
		default:
			return array_schema(point);
	}
}

/* A date or time as "format" says, or what that does not know. */
static JsonSchema *
formatted_time(const char *format, const char *otherwise)
{
	JsonSchema *schema = typed_schema("string");

	add_text(schema, "format", format);
	return either_schema(schema, pattern_schema(otherwise));
}

static JsonSchema *
integer_schema(Oid typid, const char *format)
{
	JsonSchema *number = typed_schema("integer");

	if (format == NULL)
		return number;
	if (strcmp(format, "string") == 0)
		return pattern_schema("^-?[0-9]+$");
	if (typid != INT8OID)
		return number;
	/* what JavaScript can tell from the next */
	add_keyword(number, "minimum", "-9007199254740991");
	add_keyword(number, "maximum", "9007199254740991");
	return either_schema(number, pattern_schema("^-?[0-9]{16,19}$"));
}

static JsonSchema *
numeric_schema(const char *format, int32 typmod)
{
	/* one of a certain precision is not infinite, but NaN */
	int			nnames = typmod >= (int32) VARHDRSZ ? 1 : lengthof(not_finite);

	if (format == NULL)
		return either_schema(typed_schema("number"), words_schema(not_finite, nnames));
	return pattern_schema(nnames == 1 ? "^(-?[0-9]+(\\.[0-9]+)?|NaN)$" :
						  "^(-?[0-9]+(\\.[0-9]+)?|NaN|-?Infinity)$");
}

static JsonSchema *
float_schema(const char *format)
{
	if (format == NULL)
		return number_or_name_schema("number");
	if (strcmp(format, "nan_null") == 0)
		return allow_null(typed_schema("number"));
	return typed_schema("number");
}

/* timestamptz and timestamp */
static JsonSchema *
timestamp_schema(Oid typid, const char *format)
{
	if (format != NULL && strcmp(format, "epoch") == 0)
		return number_or_infinite_schema("number");
	if (format != NULL && strcmp(format, "epoch_ms") == 0)
		return number_or_infinite_schema("integer");
	if (format == NULL && typid == TIMESTAMPOID)
		return pattern_schema("^(" DATE_PATTERN TIME_PATTERN "( BC)?|" INFINITE_PATTERN ")$");
	return formatted_time("date-time",
						  "^(" DATE_PATTERN TIME_PATTERN ZONE_PATTERN "( BC)?|" INFINITE_PATTERN ")$");
}

static JsonSchema *
bytea_schema(const char *format)
{
	JsonSchema *schema;

	if (format == NULL)
		return bytea_output == BYTEA_OUTPUT_HEX ? pattern_schema("^\\\\x([0-9a-f]{2})*$") :
			typed_schema("string");
	schema = typed_schema("string");
	add_text(schema, "contentEncoding", format);
	return schema;
}

/* A type that is no domain, array or composite, in a format, or NULL for its default. */
static JsonSchema *
scalar_schema(Oid typid, const char *format, int32 typmod)
{
	JsonSchema *schema;

	switch (typid)
	{
		case BOOLOID:
			return typed_schema("boolean");
		case INT2OID:
		case INT4OID:
		case INT8OID:
			return integer_schema(typid, format);
		case FLOAT4OID:
		case FLOAT8OID:
			return float_schema(format);
		case NUMERICOID:
			return numeric_schema(format, typmod);
		case DATEOID:
			return formatted_time("date", "^(" DATE_PATTERN "( BC)?|" INFINITE_PATTERN ")$");
		case TIMESTAMPOID:
		case TIMESTAMPTZOID:
			return timestamp_schema(typid, format);
		case INTERVALOID:
			if (format == NULL)
				return typed_schema("string");
			return strcmp(format, "seconds") == 0 ? number_or_infinite_schema("number") :
				pattern_schema("^(P.+|" INFINITE_PATTERN ")$");
		case BYTEAOID:
			return bytea_schema(format);
		case CASHOID:
			return typed_schema(format == NULL ? "string" : "number");
		case JSONOID:
		case JSONBOID:
			return any_schema();
		case UUIDOID:
			schema = typed_schema("string");
			add_text(schema, "format", "uuid");
			return schema;
		default:
			break;
	}
	if (format != NULL && (strcmp(format, "array") == 0 || strcmp(format, "geojson") == 0))
		return geometry_schema(typid, format);
	return get_typtype(typid) == TYPTYPE_ENUM ? enum_schema(typid) : text_schema(typid, typmod);
}

static JsonSchema *
part_of(Description *description, const ObjectForm *form, const char *key)
{
	for (int i = 0; i < form->nfields; i++)
	{
		if (strcmp(form->fields[i].key, key) == 0)
			return describe_value(description, form->fields[i].type, form->fields[i].type->typid, -1);
	}
	return any_schema();
}

/* A range as an object. */
static JsonSchema *
range_schema(Description *description, const ValueType *type)
{
	static const char *const bounds[] = {"lower", "upper"};
	static const char *const flags[] = {"lower_inc", "upper_inc"};
	Description none = {NULL};
	JsonSchema *range = object_schema(&none);
	JsonSchema *empty = object_schema(&none);
	JsonSchema *yes = typed_schema("boolean");

	for (int i = 0; i < lengthof(bounds); i++)
		add_property(range, bounds[i], allow_null(part_of(description, &type->forms[0], bounds[i])),
					 true);
	for (int i = 0; i < lengthof(flags); i++)
		add_property(range, flags[i], typed_schema("boolean"), true);
	add_keyword(yes, "const", "true");
	add_property(empty, "empty", yes, true);
	return either_schema(range, empty);
}

/* ---- arrays */

/*
 * Begins the definition of an array, which may have more dimensions than it was
 * declared with: so it is one of its own kind as well.
 */
JsonSchema *
begin_array_definition(Description *description, const void *source, Oid typid, int32 typmod)
{
	Oid			element = get_element_type(typid);
	Oid			relid;
	char	   *name;

	if (OidIsValid(element))
		element = getBaseType(element);
	relid = OidIsValid(element) ? get_typ_typrelid(element) : InvalidOid;
	name = OidIsValid(relid) ? get_rel_name(relid) :
		OidIsValid(element) ? format_type_be(element) : pstrdup("any");
	return begin_definition(description, source, typmod, psprintf("%s_array", name));
}

/* An array of elements, which may be null, or of arrays of its kind. */
JsonSchema *
array_of_any_depth(JsonSchema *element, JsonSchema *itself)
{
	if (says_nothing(element))
		return array_schema(element);
	return either_schema(array_schema(allow_null(element)), array_schema(itself));
}

/* An array type that is no domain. */
static JsonSchema *
describe_array(Description *description, const ValueType *type, Oid typid, int32 typmod)
{
	Oid			element = get_element_type(typid);
	JsonSchema *itself;

	/* anyarray has elements of a type that shows when it is met */
	if (type->element == NULL || !OidIsValid(element))
		return typed_schema("array");
	itself = find_definition(description, type, typmod);
	if (itself != NULL)
		return itself;
	itself = begin_array_definition(description, type, typid, typmod);
	end_definition(description, type, typmod,
				   array_of_any_depth(describe_value(description, type->element, element, typmod),
									  itself));
	return itself;
}

/* ---- composites */

/* What "@etag" shows. */
JsonSchema *
etag_schema(void)
{
	return pattern_schema(psprintf("^[0-9a-f]{%d}$", ETAG_LENGTH));
}

/* An object of the columns of a row type. Whatever NOT NULL says, nobody checks that. */
static JsonSchema *
describe_columns(Description *description, const RecordType *record)
{
	Oid			relid = get_typ_typrelid(record->tupdesc->tdtypeid);
	JsonSchema *object = object_schema(description);

	object->description = relation_comment(relid);
	for (int i = 0; i < record->object.nfields; i++)
	{
		const Field *field = &record->object.fields[i];
		Form_pg_attribute attribute;
		JsonSchema *schema;

		if (field->etag != NULL)
			add_property(object, field->key, etag_schema(), !description->partial);
		if (field->form != NULL)
			continue;
		attribute = TupleDescAttr(record->tupdesc, field->column);
		schema = describe_value(description, field->type, attribute->atttypid,
								attribute->atttypmod);
		if (schema->description == NULL)
			schema->description = column_comment(relid, field->column + 1);
		add_property(object, field->key,
					 record->object.omit_nulls && !description->partial ? schema : allow_null(schema),
					 !record->object.omit_nulls && !description->partial);
	}
	return object;
}

static JsonSchema *
describe_record(Description *description, const ValueType *type)
{
	const RecordType *record = type->record;
	Oid			relid = get_typ_typrelid(record->tupdesc->tdtypeid);
	JsonSchema *itself = find_definition(description, record, 0);

	if (itself != NULL)
		return itself;
	if (!OidIsValid(relid))
		return describe_columns(description, record);
	itself = begin_definition(description, record, 0, get_rel_name(relid));
	end_definition(description, record, 0,
				   record->level == NULL ? describe_columns(description, record) :
				   description->describe_nested(description, record->level));
	return itself;
}

/*
 * What values of a type look like that are not NULL: written by type, of a column of
 * typid and typmod, or -1. Of a cast, or whatever else a function makes of them,
 * nothing is known.
 */
JsonSchema *
describe_value(Description *description, const ValueType *type, Oid typid, int32 typmod)
{
	Oid			base = getBaseTypeAndTypmod(typid, &typmod);
	const Extraction *last;

	check_stack_depth();
	CHECK_FOR_INTERRUPTS();
	switch (type->kind)
	{
		case KIND_SCALAR:
			break;
		case KIND_ARRAY:
			return describe_array(description, type, base, typmod);
		case KIND_RECORD:
			return describe_record(description, type);
		case KIND_EXTRACTED:
			last = llast(type->path);
			if (last->tupdesc == NULL)
				return any_schema();
			return describe_value(description, type->element,
								  TupleDescAttr(last->tupdesc, last->attnum - 1)->atttypid,
								  TupleDescAttr(last->tupdesc, last->attnum - 1)->atttypmod);
		case KIND_ANONYMOUS:
		case KIND_FUNCTION:
			return any_schema();
	}
	if (type->element != NULL)
		return array_schema(range_schema(description, type->element));
	if (type->forms != NULL && type_is_range(type->typid))
		return range_schema(description, type);
	return scalar_schema(type->typid, format_name(type), typmod);
}
