/*
 * schema.c
 *		A JSON Schema, put together piece by piece, and its JSON. Everything is
 *		palloc'd in the current memory context, and points to what it was given.
 */
#include "describe/describe.h"

#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/json.h"

typedef struct SchemaKeyword
{
	const char *name;
	const char *json;
} SchemaKeyword;

/* A schema under "$defs". */
typedef struct SchemaDefinition
{
	const void *source;			/* what it describes, or NULL, */
	int			detail;			/* and what tells it from others of that */
	const char *base;			/* the name that was asked for */
	const char *name;			/* the one that it has: no other definition's */
	const JsonSchema *schema;	/* NULL while it is made */
	const char *text;			/* of one without a source: its JSON */
} SchemaDefinition;

/* Any JSON: {}. */
JsonSchema *
any_schema(void)
{
	return palloc0(sizeof(JsonSchema));
}

/* JSON of one type. */
JsonSchema *
typed_schema(const char *type)
{
	JsonSchema *schema = any_schema();

	schema->types = list_make1(unconstify(char *, type));
	return schema;
}

/* One value, given as JSON. */
JsonSchema *
constant_schema(const char *json)
{
	JsonSchema *schema = any_schema();

	schema->constant = json;
	return schema;
}

/* A string that a regular expression matches. */
JsonSchema *
pattern_schema(const char *pattern)
{
	JsonSchema *schema = typed_schema("string");

	add_text(schema, "pattern", pattern);
	return schema;
}

/* One of several strings. */
JsonSchema *
words_schema(const char *const *words, int nwords)
{
	JsonSchema *schema = typed_schema("string");

	for (int i = 0; i < nwords; i++)
		schema->enums = lappend(schema->enums, unconstify(char *, words[i]));
	return schema;
}

/* What one of two schemas takes. */
JsonSchema *
either_schema(JsonSchema *first, JsonSchema *second)
{
	JsonSchema *schema = any_schema();

	schema->any_of = list_make2(first, second);
	return schema;
}

JsonSchema *
array_schema(JsonSchema *items)
{
	JsonSchema *schema = typed_schema("array");

	if (!says_nothing(items))
		schema->items = items;
	return schema;
}

/* An object without any key yet. */
JsonSchema *
object_schema(const Description *description)
{
	JsonSchema *schema = typed_schema("object");

	schema->is_open = description->open;
	return schema;
}

/* Whether it takes any JSON, but for a description of it. */
bool
says_nothing(const JsonSchema *schema)
{
	return schema->ref == NULL && schema->types == NIL && schema->any_of == NIL &&
		schema->constant == NULL;
}

/* A keyword whose value is given as JSON. */
void
add_keyword(JsonSchema *schema, const char *name, const char *json)
{
	SchemaKeyword *keyword = palloc(sizeof(SchemaKeyword));

	keyword->name = name;
	keyword->json = json;
	schema->keywords = lappend(schema->keywords, keyword);
}

void
add_count(JsonSchema *schema, const char *name, int64 count)
{
	add_keyword(schema, name, psprintf(INT64_FORMAT, count));
}

static char *
json_string_of(const char *text)
{
	StringInfoData buf;

	initStringInfo(&buf);
	escape_json(&buf, text);
	return buf.data;
}

/* A keyword whose value is a string. */
void
add_text(JsonSchema *schema, const char *name, const char *text)
{
	add_keyword(schema, name, json_string_of(text));
}

void
add_property(JsonSchema *object, const char *key, JsonSchema *schema, bool required)
{
	SchemaProperty *property = palloc(sizeof(SchemaProperty));

	property->key = key;
	property->schema = schema;
	property->required = required;
	object->properties = lappend(object->properties, property);
}

/* The same schema, or one around it, that takes null as well. */
JsonSchema *
allow_null(JsonSchema *schema)
{
	JsonSchema *wide;
	ListCell   *lc;

	if (says_nothing(schema))
		return schema;
	if (schema->constant != NULL && strcmp(schema->constant, "null") == 0)
		return schema;
	if (schema->types != NIL)
	{
		foreach(lc, schema->types)
		{
			if (strcmp(lfirst(lc), "null") == 0)
				return schema;
		}
		schema->types = lappend(schema->types, "null");
		return schema;
	}
	if (schema->any_of != NIL)
	{
		foreach(lc, schema->any_of)
		{
			const JsonSchema *branch = lfirst(lc);

			if (branch->types != NIL && strcmp(llast(branch->types), "null") == 0)
				return schema;
		}
		schema->any_of = lappend(schema->any_of, typed_schema("null"));
		return schema;
	}
	wide = either_schema(schema, typed_schema("null"));
	wide->description = schema->description;
	schema->description = NULL;
	return wide;
}

/* ---- definitions */

static JsonSchema *
reference_to(const SchemaDefinition *definition)
{
	JsonSchema *schema = any_schema();

	schema->ref = definition->name;
	return schema;
}

/* A reference to what a source is defined by, be it not finished; NULL if it is not begun. */
JsonSchema *
find_definition(const Description *description, const void *source, int detail)
{
	ListCell   *lc;

	foreach(lc, description->definitions)
	{
		const SchemaDefinition *definition = lfirst(lc);

		if (definition->source == source && definition->detail == detail)
			return reference_to(definition);
	}
	return NULL;
}

static bool
is_taken(const Description *description, const char *name)
{
	ListCell   *lc;

	foreach(lc, description->definitions)
	{
		if (strcmp(((SchemaDefinition *) lfirst(lc))->name, name) == 0)
			return true;
	}
	return false;
}

/* A definition's name, of what stands for itself in a URI, and is nobody else's. */
static char *
new_name(const Description *description, const char *base)
{
	char	   *name = pstrdup(base);
	char	   *result;

	for (char *p = name; *p != '\0'; p++)
	{
		if (!(*p >= 'a' && *p <= 'z') && !(*p >= 'A' && *p <= 'Z') &&
			!(*p >= '0' && *p <= '9') && *p != '_' && *p != '.' && *p != '-')
			*p = '_';
	}
	result = name;
	for (int i = 2; is_taken(description, result); i++)
		result = psprintf("%s_%d", name, i);
	return result;
}

static SchemaDefinition *
add_definition(Description *description, const void *source, int detail, const char *name)
{
	SchemaDefinition *definition = palloc0(sizeof(SchemaDefinition));

	definition->source = source;
	definition->detail = detail;
	definition->base = name;
	definition->name = new_name(description, name);
	description->definitions = lappend(description->definitions, definition);
	return definition;
}

/*
 * Begins the definition of a source, which may lead back to it, under a name or one
 * like it. Returns a reference to it; end_definition() has to follow.
 */
JsonSchema *
begin_definition(Description *description, const void *source, int detail, const char *name)
{
	return reference_to(add_definition(description, source, detail, name));
}

void
end_definition(Description *description, const void *source, int detail,
			   const JsonSchema *schema)
{
	ListCell   *lc;

	foreach(lc, description->definitions)
	{
		SchemaDefinition *definition = lfirst(lc);

		if (definition->source == source && definition->detail == detail)
			definition->schema = schema;
	}
}

/* ---- JSON */

static void write_schema(StringInfo buf, const JsonSchema *schema);

static void
begin_keyword(StringInfo buf, const char *name)
{
	if (buf->data[buf->len - 1] != '{')
		appendStringInfoString(buf, ", ");
	escape_json(buf, name);
	appendStringInfoString(buf, ": ");
}

static void
separate(StringInfo buf, const ListCell *cell, const List *list)
{
	if (cell != list_head(list))
		appendStringInfoString(buf, ", ");
}

static void
write_strings(StringInfo buf, const List *strings, bool with_null)
{
	ListCell   *lc;

	appendStringInfoChar(buf, '[');
	foreach(lc, strings)
	{
		separate(buf, lc, strings);
		escape_json(buf, lfirst(lc));
	}
	appendStringInfoString(buf, with_null ? ", null]" : "]");
}

static void
write_types(StringInfo buf, const JsonSchema *schema)
{
	bool		with_null = strcmp(llast(schema->types), "null") == 0;

	begin_keyword(buf, "type");
	if (list_length(schema->types) == 1)
		escape_json(buf, linitial(schema->types));
	else
		write_strings(buf, schema->types, false);
	if (schema->enums != NIL)
	{
		begin_keyword(buf, "enum");
		write_strings(buf, schema->enums, with_null);
	}
}

static void
write_properties(StringInfo buf, const JsonSchema *schema)
{
	List	   *required = NIL;
	ListCell   *lc;

	if (schema->properties == NIL && schema->members != NULL)
		return;
	begin_keyword(buf, "properties");
	appendStringInfoChar(buf, '{');
	foreach(lc, schema->properties)
	{
		const SchemaProperty *property = lfirst(lc);

		CHECK_FOR_INTERRUPTS();
		begin_keyword(buf, property->key);
		write_schema(buf, property->schema);
		if (property->required)
			required = lappend(required, unconstify(char *, property->key));
	}
	appendStringInfoChar(buf, '}');
	if (required != NIL)
	{
		begin_keyword(buf, "required");
		write_strings(buf, required, false);
	}
}

static void
write_object(StringInfo buf, const JsonSchema *schema)
{
	write_properties(buf, schema);
	if (schema->members != NULL)
	{
		begin_keyword(buf, "additionalProperties");
		write_schema(buf, schema->members);
	}
	else if (!schema->is_open)
	{
		begin_keyword(buf, "additionalProperties");
		appendStringInfoString(buf, "false");
	}
}

static void
write_any_of(StringInfo buf, const JsonSchema *schema)
{
	ListCell   *lc;

	begin_keyword(buf, "anyOf");
	appendStringInfoChar(buf, '[');
	foreach(lc, schema->any_of)
	{
		separate(buf, lc, schema->any_of);
		write_schema(buf, lfirst(lc));
	}
	appendStringInfoChar(buf, ']');
}

/* The keywords of a schema, within braces that are there. */
static void
write_keywords(StringInfo buf, const JsonSchema *schema)
{
	ListCell   *lc;

	if (schema->description != NULL)
	{
		begin_keyword(buf, "description");
		escape_json(buf, schema->description);
	}
	if (schema->ref != NULL)
	{
		begin_keyword(buf, "$ref");
		escape_json(buf, psprintf("#/$defs/%s", schema->ref));
	}
	if (schema->types != NIL)
		write_types(buf, schema);
	if (schema->any_of != NIL)
		write_any_of(buf, schema);
	if (schema->constant != NULL)
	{
		begin_keyword(buf, "const");
		appendStringInfoString(buf, schema->constant);
	}
	foreach(lc, schema->keywords)
	{
		const SchemaKeyword *keyword = lfirst(lc);

		begin_keyword(buf, keyword->name);
		appendStringInfoString(buf, keyword->json);
	}
	if (schema->items != NULL)
	{
		begin_keyword(buf, "items");
		write_schema(buf, schema->items);
	}
	if (schema->types != NIL && strcmp(linitial(schema->types), "object") == 0)
		write_object(buf, schema);
}

static void
write_schema(StringInfo buf, const JsonSchema *schema)
{
	check_stack_depth();
	appendStringInfoChar(buf, '{');
	write_keywords(buf, schema);
	appendStringInfoChar(buf, '}');
}

static char *
schema_text(const JsonSchema *schema)
{
	StringInfoData buf;

	initStringInfo(&buf);
	write_schema(&buf, schema);
	return buf.data;
}

/*
 * A reference to a definition that says just what a schema does, under a name or one
 * like it: the one that is there, or a new one.
 */
JsonSchema *
share_definition(Description *description, const char *name, JsonSchema *schema)
{
	char	   *text = schema_text(schema);
	SchemaDefinition *definition;
	ListCell   *lc;

	foreach(lc, description->definitions)
	{
		definition = lfirst(lc);
		if (definition->source == NULL && strcmp(definition->base, name) == 0 &&
			strcmp(definition->text, text) == 0)
			return reference_to(definition);
	}
	definition = add_definition(description, NULL, 0, name);
	definition->schema = schema;
	definition->text = text;
	return reference_to(definition);
}

/* The whole: a schema of documents, with the definitions that it refers to. */
Jsonb *
finish_schema(const Description *description, const JsonSchema *root, const char *title)
{
	StringInfoData buf;
	ListCell   *lc;

	initStringInfo(&buf);
	appendStringInfoString(&buf, "{\"$schema\": \"https://json-schema.org/draft/2020-12/schema\"");
	begin_keyword(&buf, "title");
	escape_json(&buf, title);
	write_keywords(&buf, root);
	if (description->definitions != NIL)
	{
		begin_keyword(&buf, "$defs");
		appendStringInfoChar(&buf, '{');
		foreach(lc, description->definitions)
		{
			const SchemaDefinition *definition = lfirst(lc);

			begin_keyword(&buf, definition->name);
			write_schema(&buf, definition->schema);
		}
		appendStringInfoChar(&buf, '}');
	}
	appendStringInfoChar(&buf, '}');
	return DatumGetJsonbP(DirectFunctionCall1(jsonb_in, CStringGetDatum(buf.data)));
}
