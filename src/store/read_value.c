/*
 * read_value.c
 *		Chooses, once, how the values of a type are read, as resolve/type.c chooses
 *		how they are written.
 *
 * First match wins: a format from the item, the options, the settings; a cast from
 * jsonb, else from json, that a user made; for a domain the rules of its base type,
 * and its constraints; the built-in rule. What a function makes JSON of has no way
 * back but a cast.
 */
#include "store/reader.h"

#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "parser/parse_coerce.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/lsyscache.h"
#include "utils/typcache.h"

static ValueReader *make_reader(ReaderContext *context, Oid typid, int32 typmod);

/* What a function writes as JSON, and nothing reads. */
static ReadProblem
read_nothing(const ValueReader *reader, Reading *reading)
{
	return read_problem(reading, READ_NO_WAY_BACK,
						psprintf("there is no way back from JSON to %s",
								 format_type_be(reader->typid)),
						reader->no_way_hint);
}

/* By one function: a cast, or none that reads anything. */
static void
use_whole(ValueReader *reader, ReadFunction read)
{
	reader->kind = READER_WHOLE;
	reader->read = read;
	reader->nesting = -1;
}

/* The function that makes values fit the typmod, which JSON knows nothing of. */
static void
find_fit(ValueReader *reader)
{
	if (reader->typmod >= 0 &&
		find_typmod_coercion_function(reader->typid, &reader->fit.oid) != COERCION_PATH_FUNC)
		reader->fit.oid = InvalidOid;
}

/* A cast that a user made, if there is one; with only one to JSON there is no way back. */
static bool
use_cast(ReaderContext *context, ValueReader *reader)
{
	Oid			typid = reader->typid;
	Oid			relid;

	reader->cast.oid = user_cast(JSONBOID, typid);
	if (!OidIsValid(reader->cast.oid))
	{
		reader->cast.oid = user_cast(JSONOID, typid);
		reader->cast_from_text = true;
	}
	if (OidIsValid(reader->cast.oid))
	{
		context->uses_functions = true;
		use_whole(reader, read_by_cast);
		find_fit(reader);
		return true;
	}
	if (!OidIsValid(user_cast(typid, JSONBOID)) && !OidIsValid(user_cast(typid, JSONOID)))
		return false;
	/* rows are written by their default shape rather than by a cast */
	relid = table_of_type(typid);
	if (OidIsValid(relid) && find_named_shape(relid, DEFAULT_SHAPE) != NULL)
		return false;
	use_whole(reader, read_nothing);
	reader->no_way_hint = psprintf("Create one: CREATE CAST (jsonb AS %s) WITH FUNCTION ...",
								   format_type_be(typid));
	return true;
}

/* Columns of different names must not be one key. */
static void
check_keys(const ValueReader *reader)
{
	for (int i = 1; i < reader->tupdesc->natts; i++)
	{
		for (int j = 0; reader->keys[i] != NULL && j < i; j++)
		{
			if (reader->keys[j] != NULL && strcmp(reader->keys[i], reader->keys[j]) == 0)
				camel_conflict(NameStr(TupleDescAttr(reader->tupdesc, j)->attname),
							   NameStr(TupleDescAttr(reader->tupdesc, i)->attname),
							   reader->keys[i]);
		}
	}
}

static void
use_record(ReaderContext *context, ValueReader *reader)
{
	TupleDesc	tupdesc;

	reader->kind = READER_RECORD;
	reader->read = read_record;
	reader->uses_present = true;
	context->relids = list_append_unique_oid(context->relids, get_typ_typrelid(reader->typid));
	tupdesc = lookup_rowtype_tupdesc(reader->typid, -1);
	/* with the values of columns that were added after a tuple was made */
	reader->tupdesc = CreateTupleDescCopyConstr(tupdesc);
	ReleaseTupleDesc(tupdesc);
	reader->keys = palloc0(sizeof(char *) * Max(reader->tupdesc->natts, 1));
	reader->fields = palloc0(sizeof(ValueReader *) * Max(reader->tupdesc->natts, 1));
	for (int i = 0; i < reader->tupdesc->natts; i++)
	{
		Form_pg_attribute attribute = TupleDescAttr(reader->tupdesc, i);

		if (attribute->attisdropped)
			continue;
		reader->keys[i] = make_key(context->options, NameStr(attribute->attname));
		reader->fields[i] = make_reader(context, attribute->atttypid, attribute->atttypmod);
	}
	if (context->options->camel_keys)
		check_keys(reader);
}

static void
use_array(ValueReader *reader, ValueReader *element)
{
	reader->kind = READER_ARRAY;
	reader->read = read_array;
	reader->element = element;
	/* that of an element, which is an array by a domain, is its own affair */
	reader->nesting = -1;
	reader->uses_present = element->uses_present || element->nesting < 0;
}

/* The rule for a type that is no domain, and has no format or cast. */
static void
use_built_in(ReaderContext *context, ValueReader *reader)
{
	Oid			typid = reader->typid;
	Oid			element = get_element_type(typid);

	if (OidIsValid(element))
		use_array(reader, make_reader(context, element, reader->typmod));
	else if (typid == RECORDOID || get_typtype(typid) == TYPTYPE_PSEUDO)
		use_whole(reader, read_nothing);
	else if (type_is_rowtype(typid))
		use_record(context, reader);
	else
	{
		reader->kind = READER_SCALAR;
		reader->read = scalar_read_function(typid, NULL);
		if (reader->read == read_json)
			use_whole(reader, read_json);
		find_fit(reader);
	}
}

static ValueReader *
allocate_reader(ReaderContext *context, Oid typid, int32 typmod)
{
	ValueReader *reader = palloc0(sizeof(ValueReader));

	get_typlenbyvalalign(typid, &reader->typlen, &reader->typbyval, &reader->typalign);
	reader->typid = typid;
	reader->typmod = typmod;
	reader->context = CurrentMemoryContext;
	reader->ignore_unknown = context->ignore_unknown;
	if (get_typtype(typid) == TYPTYPE_DOMAIN)
		reader->domain = typid;
	return reader;
}

/* How many arrays a geometric value is in, as an array. */
static int
geometry_nesting(Oid typid)
{
	return typid == POINTOID || typid == LINEOID ? 1 : 2;
}

/* A format that a type, no domain any more, has. */
static void
use_format(ReaderContext *context, ValueReader *reader, const char *format)
{
	Oid			typid = reader->typid;

	reader->format = format;
	if (get_typtype(typid) == TYPTYPE_RANGE && strcmp(format, "object") == 0)
	{
		reader->kind = READER_RANGE;
		reader->read = read_range;
		reader->element = make_reader(context, get_range_subtype(typid), -1);
	}
	else if (get_typtype(typid) == TYPTYPE_MULTIRANGE && strcmp(format, "object") == 0)
	{
		reader->kind = READER_MULTIRANGE;
		reader->read = read_multirange;
		reader->nesting = 1;
		reader->element = allocate_reader(context, get_multirange_range(typid), -1);
		use_format(context, reader->element, format);
	}
	else if (strcmp(format, "geojson") == 0)
		reader->read = read_geometry_geojson;
	else if (strcmp(format, "array") == 0)
	{
		reader->read = read_geometry_array;
		reader->nesting = geometry_nesting(typid);
		reader->uses_present = typid == PATHOID;
	}
	else
	{
		reader->read = scalar_read_function(typid, format);
		find_fit(reader);
	}
}

/* What a domain is over, in the end. */
static void
use_base_type(ValueReader *reader)
{
	Oid			base;

	while (OidIsValid(base = base_of_domain(reader->typid, &reader->typmod)))
		reader->typid = base;
}

/* By an option, else by the setting. */
static bool
use_rule(ReaderContext *context, ValueReader *reader)
{
	const Options *options = context->options;
	const FormatRule *rule = find_format_rule(options->rules, options->nrules, reader->typid);

	if (rule == NULL)
		rule = find_format_rule(options->setting_rules, options->nsetting_rules, reader->typid);
	if (rule == NULL)
		return false;
	if (rule->format == NULL)
	{
		use_whole(reader, read_nothing);
		reader->no_way_hint = "A function in \"formats\" only writes: have the type a cast each way instead.";
	}
	else
	{
		use_base_type(reader);
		use_format(context, reader, rule->format->name);
	}
	return true;
}

/* A type that was asked for, and how to read it. */
typedef struct KnownReader
{
	Oid			typid;			/* a domain as such */
	int32		typmod;
	ValueReader *reader;
} KnownReader;

static ValueReader *
make_reader(ReaderContext *context, Oid typid, int32 typmod)
{
	KnownReader *known;
	ValueReader *reader;
	ListCell   *lc;
	Oid			base;

	check_stack_depth();
	CHECK_FOR_INTERRUPTS();
	/* a type of types of types ... would otherwise be made over and over */
	foreach(lc, context->made)
	{
		known = lfirst(lc);
		if (known->typid == typid && known->typmod == typmod)
			return known->reader;
	}

	reader = allocate_reader(context, typid, typmod);
	/* a domain on the way down may have a format or a cast of its own */
	while (!use_rule(context, reader) && !use_cast(context, reader))
	{
		base = base_of_domain(reader->typid, &reader->typmod);
		if (!OidIsValid(base))
		{
			use_built_in(context, reader);
			break;
		}
		reader->typid = base;
	}

	known = palloc(sizeof(KnownReader));
	known->typid = typid;
	known->typmod = typmod;
	known->reader = reader;
	context->made = lappend(context->made, known);
	return reader;
}

/* By the format of an item, which is that of the elements of an array. */
static ValueReader *
make_formatted_reader(ReaderContext *context, Oid typid, int32 typmod, const char *format)
{
	ValueReader *reader = allocate_reader(context, typid, typmod);
	Oid			element;

	check_stack_depth();
	use_base_type(reader);
	element = get_element_type(reader->typid);
	if (find_format(reader->typid, format) == NULL && OidIsValid(element))
		use_array(reader, make_formatted_reader(context, element, reader->typmod, format));
	else
		use_format(context, reader, format);
	return reader;
}

/*
 * How to read values of a type: in a format, of an array that of its elements, which
 * the type is known to have, unless that is NULL. The result is palloc'd in the
 * current memory context, which must live as long as it is used. Composite types are
 * added to context->relids: it is stale when one of them changes, or a cast does.
 * Runs nothing of the user's.
 */
ValueReader *
make_value_reader(ReaderContext *context, Oid typid, int32 typmod, const char *format)
{
	return format == NULL ? make_reader(context, typid, typmod) :
		make_formatted_reader(context, typid, typmod, format);
}

/*
 * Reads JSON, null included, as a value. present is what there is now, NULL for
 * nothing or SQL NULL: what is absent in a composite value stays as it is there.
 * With null_is_json JSON null is a value of json and jsonb, not SQL NULL. The value
 * is palloc'd in the current memory context. *failure is zero but for who watches; it is
 * filled if the value cannot be read. Raises what the type's input, a cast or a domain
 * does, else errors of class 22.
 */
ReadProblem
read_value(const ValueReader *reader, JsonbValue *json, const Datum *present,
		   bool null_is_json, Datum *value, bool *isnull, ReadFailure *failure)
{
	return read_changed_value(reader, json, present, NULL, null_is_json, value, isnull,
							  failure);
}

/*
 * The same where it is known what JSON there is now: parts of which the document
 * says just that stay as they are, even if that shows less than there is, or has no
 * way back.
 */
ReadProblem
read_changed_value(const ValueReader *reader, JsonbValue *json, const Datum *present,
				   JsonbValue *present_json, bool null_is_json, Datum *value,
				   bool *isnull, ReadFailure *failure)
{
	Reading		reading = {.json = json,.present = present,.present_json = present_json,
		.null_is_json = null_is_json,.failure = failure};
	ReadProblem problem;

	problem = read_part(reader, &reading);
	*isnull = reading.isnull;
	*value = reading.value;
	if (problem == READ_DONE && !reading.isnull && present != NULL && reading.value == *present)
		*value = datumCopy(reading.value, reader->typbyval, reader->typlen);
	return problem;
}

/* Whether several parts of a value may be wrong. */
bool
reads_parts(const ValueReader *reader)
{
	return reader->kind != READER_SCALAR && reader->kind != READER_WHOLE;
}

/*
 * A text as a value, by the type's input: what the member's name of an object that
 * is keyed by it says. Palloc'd in the current memory context; raises what the input
 * or a domain does, and tells in *failure which.
 */
Datum
read_key_text(const ValueReader *reader, const char *text, ReadFailure *failure)
{
	Datum		value;

	value = read_input(reader, pstrdup(text), failure);
	if (OidIsValid(reader->domain))
		check_domain(reader, value, false);
	return value;
}
