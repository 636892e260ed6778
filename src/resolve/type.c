/*
 * type.c
 *		Chooses, once, how the values of a type are written.
 *
 * First match wins: a format from the options, then one from the settings; of
 * a table's row the table's default shape; a cast that a user made, to jsonb,
 * else to json; for a domain the rules of its base type; the built-in rule,
 * which is the one of to_jsonb (json_categorize_type in utils/adt/json.c).
 */
#include "resolve/internal.h"

#include "catalog/pg_type.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/typcache.h"

static void
use_function(TypeContext *context, ValueType *type, Oid function, ValueType *result)
{
	context->uses_functions = true;
	type->kind = KIND_FUNCTION;
	type->write = write_function;
	type->function = function;
	type->element = result;
}

/*
 * The way to write what a function from the options returns: by the rules of
 * its type, but for formats, or it might call the function again, for ever.
 */
static ValueType *
make_result_type(TypeContext *context, Oid typid)
{
	const Options *outer = context->options;
	List	   *made = context->made;
	Options		options = *outer;
	ValueType  *type;

	options.nrules = options.nsetting_rules = 0;
	context->options = &options;
	context->made = NIL;
	type = make_value_type(context, typid);
	context->options = outer;
	context->made = made;
	return type;
}

/* Of the rows of a shard the row type of its table; InvalidOid of other types. */
static Oid
type_of_shard(Oid typid)
{
	Oid			relid = table_of_type(typid);
	Oid			table = OidIsValid(relid) ? logical_table(relid) : InvalidOid;

	return table == relid ? InvalidOid : get_rel_type_id(table);
}

/* What makes JSON of a table's rows may hide something of them. */
pg_noreturn static void
not_of_shards(Oid table_type, Oid function)
{
	ereport(ERROR,
			errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
			errmsg("function %s makes JSON of the rows of table \"%s\", but not of its shards",
				   get_func_name(function), format_type_be(table_type)),
			errhint("Store what it does as the table's default shape, or call jsonify_find('%s', ...) on the coordinator.",
					format_type_be(table_type)));
}

/* A cast of the table's rows, which there must not be where those of a shard are written. */
static void
refuse_cast_of_table(Oid typid)
{
	Oid			table_type = type_of_shard(typid);
	Oid			function = InvalidOid;

	if (OidIsValid(table_type))
		function = user_cast(table_type, JSONBOID);
	if (OidIsValid(table_type) && !OidIsValid(function))
		function = user_cast(table_type, JSONOID);
	if (OidIsValid(function))
		not_of_shards(table_type, function);
}

static bool
use_cast(TypeContext *context, ValueType *type)
{
	Oid			target = JSONBOID;
	Oid			function = user_cast(type->typid, target);

	if (!OidIsValid(function))
	{
		target = JSONOID;
		function = user_cast(type->typid, target);
	}
	if (!OidIsValid(function))
	{
		refuse_cast_of_table(type->typid);
		return false;
	}
	use_function(context, type, function, make_built_in_type(context, target));
	return true;
}

/* The writer of a built-in type that is written specially, or NULL. */
static ValueWriter
special_writer(Oid typid)
{
	switch (typid)
	{
		case BOOLOID:
			return write_bool;
		case INT2OID:
			return write_int2;
		case INT4OID:
			return write_int4;
		case INT8OID:
			return write_int8;
		case FLOAT4OID:
			return write_float4;
		case FLOAT8OID:
			return write_float8;
		case NUMERICOID:
			return write_numeric;
		case DATEOID:
		case TIMESTAMPOID:
		case TIMESTAMPTZOID:
			return write_datetime;
		case JSONOID:
			return write_json;
		case JSONBOID:
			return write_jsonb;
		default:
			return NULL;
	}
}

static void
use_output_function(ValueType *type)
{
	Oid			function;
	bool		is_varlena;

	getTypeOutputInfo(type->typid, &function, &is_varlena);
	if (function == F_TEXTOUT || function == F_VARCHAROUT || function == F_BPCHAROUT)
		type->write = write_text;
	else
	{
		fmgr_info_cxt(function, &type->output, CurrentMemoryContext);
		type->write = write_output;
	}
}

/* Columns of different names must not become one key. */
static void
check_camel_keys(TupleDesc tupdesc, const Field *fields, int nfields)
{
	for (int i = 1; i < nfields; i++)
	{
		for (int j = 0; j < i; j++)
		{
			const char *left = NameStr(TupleDescAttr(tupdesc, fields[j].column)->attname);
			const char *right = NameStr(TupleDescAttr(tupdesc, fields[i].column)->attname);

			if (strcmp(fields[i].key, fields[j].key) == 0 && strcmp(left, right) != 0)
				camel_conflict(left, right, fields[i].key);
		}
	}
}

/* Records of a row type: an object of its columns, but for dropped ones. */
static RecordType *
make_record_type(TypeContext *context, TupleDesc tupdesc)
{
	RecordType *record = palloc0(sizeof(RecordType));
	Field	   *fields = palloc0(sizeof(Field) * Max(tupdesc->natts, 1));
	int			nfields = 0;

	/* with the values of columns that were added after a tuple was made */
	record->tupdesc = CreateTupleDescCopyConstr(tupdesc);
	for (int i = 0; i < tupdesc->natts; i++)
	{
		Form_pg_attribute attribute = TupleDescAttr(record->tupdesc, i);
		Field	   *field = &fields[nfields];

		if (attribute->attisdropped)
			continue;
		field->key = make_key(context->options, NameStr(attribute->attname));
		field->key_length = strlen(field->key);
		field->column = i;
		field->type = make_value_type(context, attribute->atttypid);
		nfields++;
	}
	if (context->options->camel_keys)
		check_camel_keys(record->tupdesc, fields, nfields);
	make_object_form(&context->style, fields, nfields, &record->object);
	return record;
}

/* Records of what is described so, as such, or with a level as rows of that. */
static void
use_record(ValueType *type, RecordType *record)
{
	type->kind = KIND_RECORD;
	type->write = write_composite;
	type->record = record;
	type->leads_on = record->level != NULL || record->object.leads_on;
}

static void
use_composite(TypeContext *context, ValueType *type)
{
	TupleDesc	tupdesc;

	if (type->typid == RECORDOID)
	{
		type->kind = KIND_ANONYMOUS;
		type->write = write_anonymous;
		/* what it holds shows only when it is met */
		type->leads_on = true;
		context->meets_any = true;
		return;
	}
	context->relids = list_append_unique_oid(context->relids, get_typ_typrelid(type->typid));
	tupdesc = lookup_rowtype_tupdesc(type->typid, -1);
	use_record(type, make_record_type(context, tupdesc));
	ReleaseTupleDesc(tupdesc);
}

/* The rows of a table that has a default shape are written in that. */
static bool
use_default_shape(TypeContext *context, ValueType *type)
{
	Oid			relid = table_of_type(type->typid);
	RecordType *record;
	TupleDesc	tupdesc;
	Level	   *level;

	if (!OidIsValid(relid))
		return false;
	tupdesc = lookup_rowtype_tupdesc(type->typid, -1);
	level = context->resolve_default(context->resolver_arg, relid, tupdesc);
	ReleaseTupleDesc(tupdesc);
	context->relids = list_append_unique_oid(context->relids, relid);
	if (level == NULL)
		return false;

	record = palloc0(sizeof(RecordType));
	record->tupdesc = level->tupdesc;
	record->object = level->object;
	if (level->nbranches > 0 || level->ncolumns > level->tupdesc->natts)
		record->level = level;
	use_record(type, record);
	return true;
}

/* A type that was asked for, and the way to write it. */
typedef struct KnownType
{
	Oid			typid;			/* a domain as such */
	ValueType  *type;
} KnownType;

static ValueType *choose_writer(TypeContext *context, Oid typid);

/*
 * Makes the way to write values of a type, once a context. The result is
 * palloc'd in the current memory context, which must live as long as it is
 * used. Composite types are added to context->relids: it is stale when one
 * of them changes, or a cast does.
 */
ValueType *
make_value_type(TypeContext *context, Oid typid)
{
	KnownType  *known;
	ListCell   *lc;

	check_stack_depth();
	CHECK_FOR_INTERRUPTS();
	/* a type of types of types ... would otherwise be made over and over */
	foreach(lc, context->made)
	{
		known = lfirst(lc);
		if (known->typid == typid)
			return known->type;
	}
	known = palloc(sizeof(KnownType));
	known->typid = typid;
	known->type = choose_writer(context, typid);
	context->made = lappend(context->made, known);
	return known->type;
}

static ValueType *
allocate_type(Oid typid)
{
	ValueType  *type = palloc0(sizeof(ValueType));

	get_typlenbyvalalign(typid, &type->typlen, &type->typbyval, &type->typalign);
	type->typid = typid;
	return type;
}

/* An element type that is NULL shows when an array is met, as in anyarray. */
static void
use_array(ValueType *type, ValueType *element)
{
	type->kind = KIND_ARRAY;
	type->write = write_array;
	type->element = element;
	type->leads_on = element == NULL || element->leads_on;
}

/* The rule of to_jsonb() for a type that is no domain. */
static void
use_built_in(TypeContext *context, ValueType *type)
{
	Oid			typid = type->typid;
	Oid			element;

	type->kind = KIND_SCALAR;
	type->write = special_writer(typid);
	if (type->write != NULL)
		return;

	element = typid == RECORDARRAYOID ? RECORDOID : get_element_type(typid);
	if (OidIsValid(element) || typid == ANYARRAYOID)
	{
		use_array(type, OidIsValid(element) ? make_value_type(context, element) : NULL);
		context->meets_any |= !OidIsValid(element);
	}
	else if (type_is_rowtype(typid))
		use_composite(context, type);
	else
		use_output_function(type);
}

/*
 * The same without any cast or format for the type itself: what a format
 * falls back on, and how the result of a function is written.
 */
ValueType *
make_built_in_type(TypeContext *context, Oid typid)
{
	ValueType  *type = allocate_type(typid);

	type->typid = getBaseType(typid);
	use_built_in(context, type);
	return type;
}

static void
use_format(TypeContext *context, ValueType *type, const Format *format)
{
	type->typid = getBaseType(type->typid);
	if (format->write == NULL)
	{
		use_built_in(context, type);
		return;
	}
	type->write = format->write;
	type->fallback = make_built_in_type(context, type->typid);
	switch (format->parts)
	{
		case PARTS_NONE:
			break;
		case PARTS_RANGE:
			prepare_range(&context->style, type,
						  make_value_type(context, get_range_subtype(type->typid)),
						  make_built_in_type(context, BOOLOID));
			break;
		case PARTS_MULTIRANGE:
			type->element = allocate_type(get_multirange_range(type->typid));
			use_format(context, type->element, find_format(type->element->typid, "object"));
			break;
		case PARTS_GEOJSON:
			prepare_geojson(&context->style, type);
			break;
	}
}

/* By an option, else by the setting; NULL if neither has one. */
static const FormatRule *
find_rule(const Options *options, Oid typid)
{
	const FormatRule *rule = find_format_rule(options->rules, options->nrules, typid);

	return rule != NULL ? rule :
		find_format_rule(options->setting_rules, options->nsetting_rules, typid);
}

static bool
use_rule(TypeContext *context, ValueType *type)
{
	const FormatRule *rule = find_rule(context->options, type->typid);

	if (rule == NULL)
	{
		Oid			table_type = type_of_shard(type->typid);
		const FormatRule *of_table = OidIsValid(table_type) ?
			find_rule(context->options, table_type) : NULL;

		if (of_table != NULL)
			not_of_shards(table_type, of_table->function);
		return false;
	}
	if (rule->format != NULL)
		use_format(context, type, rule->format);
	else
		use_function(context, type, rule->function,
					 make_result_type(context, get_func_rettype(rule->function)));
	return true;
}

static ValueType *
choose_writer(TypeContext *context, Oid typid)
{
	ValueType  *type = allocate_type(typid);
	Oid			base;

	/* a domain on the way down may have a format or a cast of its own */
	while (!use_rule(context, type) && !use_default_shape(context, type) &&
		   !use_cast(context, type))
	{
		base = base_of_domain(type->typid, NULL);
		if (!OidIsValid(base))
		{
			use_built_in(context, type);
			break;
		}
		type->typid = base;
	}
	return type;
}

/*
 * The way to write a type by an option or a setting for it; NULL if there is
 * none. Otherwise as make_value_type().
 */
ValueType *
make_ruled_type(TypeContext *context, Oid typid)
{
	ValueType  *type = allocate_type(typid);

	return use_rule(context, type) ? type : NULL;
}

/* The same by a cast. */
ValueType *
make_cast_type(TypeContext *context, Oid typid)
{
	ValueType  *type = allocate_type(typid);

	return use_cast(context, type) ? type : NULL;
}

/*
 * The way to write a type, or the elements of an array type, in a format of
 * that name; NULL if it has none. Otherwise as make_value_type().
 */
ValueType *
make_formatted_type(TypeContext *context, Oid typid, const char *name)
{
	ValueType  *type = allocate_type(typid);
	Oid			element;
	const Format *format;

	type->typid = getBaseType(typid);
	format = find_format(type->typid, name);
	if (format != NULL)
	{
		use_format(context, type, format);
		return type;
	}
	element = get_element_type(type->typid);
	if (!OidIsValid(element))
		return NULL;
	type->element = make_formatted_type(context, element, name);
	if (type->element == NULL)
		return NULL;
	use_array(type, type->element);
	return type;
}

/*
 * The way to write anonymous records that are described by tupdesc; it is copied.
 * Otherwise as make_value_type().
 */
ValueType *
make_described_record(TypeContext *context, TupleDesc tupdesc)
{
	ValueType  *type = allocate_type(RECORDOID);

	use_record(type, make_record_type(context, tupdesc));
	return type;
}
