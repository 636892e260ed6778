/*
 * describe_reader.c
 *		What JSON the values of a type are read from, as a schema.
 */
#include "store/reader.h"

#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/bytea.h"
#include "utils/lsyscache.h"

/* A number, or a string that the type's input reads. */
static JsonSchema *
number_or_string(const char *type)
{
	JsonSchema *schema = typed_schema(type);

	schema->types = lappend(schema->types, "string");
	return schema;
}

static JsonSchema *
number_or_infinite(const char *type)
{
	static const char *const infinite[] = {"infinity", "-infinity"};

	return either_schema(typed_schema(type), words_schema(infinite, lengthof(infinite)));
}

static bool
is_format(const ValueReader *reader, const char *name)
{
	return reader->format != NULL && strcmp(reader->format, name) == 0;
}

static JsonSchema *
describe_bytea(const ValueReader *reader)
{
	JsonSchema *schema;

	if (reader->format == NULL || is_format(reader, "hex"))
		return bytea_output == BYTEA_OUTPUT_HEX ? pattern_schema("^\\\\x([0-9a-fA-F]{2})*$") :
			typed_schema("string");
	schema = typed_schema("string");
	add_text(schema, "contentEncoding", reader->format);
	return schema;
}

static JsonSchema *
describe_scalar(const ValueReader *reader)
{
	switch (reader->typid)
	{
		case BOOLOID:
			return typed_schema("boolean");
		case INT2OID:
		case INT4OID:
		case INT8OID:
			return number_or_string("integer");
		case NUMERICOID:
			return number_or_string("number");
		case FLOAT4OID:
		case FLOAT8OID:
			/* what is no number may be there as null */
			return is_format(reader, "nan_null") ? allow_null(number_or_string("number")) :
				number_or_string("number");
		case TIMESTAMPOID:
		case TIMESTAMPTZOID:
			return is_format(reader, "epoch") || is_format(reader, "epoch_ms") ?
				number_or_infinite("number") : typed_schema("string");
		case INTERVALOID:
			return is_format(reader, "seconds") ? number_or_infinite("number") :
				typed_schema("string");
		case BYTEAOID:
			return describe_bytea(reader);
		case CASHOID:
			return typed_schema(is_format(reader, "number") ? "number" : "string");
		default:
			break;
	}
	if (is_format(reader, "array") || is_format(reader, "geojson"))
		return geometry_schema(reader->typid, reader->format);
	return get_typtype(reader->typid) == TYPTYPE_ENUM ? enum_schema(reader->typid) :
		text_schema(reader->typid, reader->typmod);
}

/* A part of a value; of a domain that takes no NULL there is none. */
static JsonSchema *
describe_part(Description *description, const ValueReader *reader)
{
	JsonSchema *schema = describe_reader(description, reader);

	return OidIsValid(reader->domain) && domain_is_not_null(reader->domain) ? schema :
		allow_null(schema);
}

static JsonSchema *
describe_record(Description *description, const ValueReader *reader)
{
	JsonSchema *object;
	JsonSchema *itself = find_definition(description, reader, 0);

	if (itself != NULL)
		return itself;
	itself = begin_definition(description, reader, 0, get_rel_name(get_typ_typrelid(reader->typid)));
	object = object_schema(description);
	object->is_open = reader->ignore_unknown;
	for (int i = 0; i < reader->tupdesc->natts; i++)
	{
		if (reader->keys[i] != NULL)
			add_property(object, reader->keys[i], describe_part(description, reader->fields[i]), false);
	}
	end_definition(description, reader, 0, object);
	return itself;
}

static JsonSchema *
describe_array(Description *description, const ValueReader *reader)
{
	JsonSchema *itself = find_definition(description, reader, -1);

	if (itself != NULL)
		return itself;
	itself = begin_array_definition(description, reader, reader->typid, -1);
	end_definition(description, reader, -1,
				   array_of_any_depth(describe_reader(description, reader->element), itself));
	return itself;
}

/* What is absent is open, or included as is usual. */
static JsonSchema *
describe_range(Description *description, const ValueReader *reader)
{
	static const char *const flags[] = {"lower_inc", "upper_inc", "empty"};
	JsonSchema *object = object_schema(description);

	object->is_open = reader->ignore_unknown;
	add_property(object, "lower", describe_part(description, reader->element), false);
	add_property(object, "upper", describe_part(description, reader->element), false);
	for (int i = 0; i < lengthof(flags); i++)
		add_property(object, flags[i], typed_schema("boolean"), false);
	return object;
}

/*
 * The JSON of values that are not NULL. Of what a cast reads, and of what has no way
 * back but may stay as it is, nothing is said.
 */
JsonSchema *
describe_reader(Description *description, const ValueReader *reader)
{
	Oid			relid;

	check_stack_depth();
	CHECK_FOR_INTERRUPTS();
	switch (reader->kind)
	{
		case READER_SCALAR:
			return describe_scalar(reader);
		case READER_WHOLE:
			return any_schema();
		case READER_ARRAY:
			return describe_array(description, reader);
		case READER_RECORD:
			/* a row in its default shape is as good as long as it stays so */
			relid = table_of_type(reader->typid);
			if (OidIsValid(relid) && find_named_shape(relid, DEFAULT_SHAPE) != NULL)
				return any_schema();
			return describe_record(description, reader);
		case READER_RANGE:
			return describe_range(description, reader);
		case READER_MULTIRANGE:
			return array_schema(describe_range(description, reader->element));
	}
	return any_schema();
}
