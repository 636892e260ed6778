/*
 * describe.h
 *		JSON Schemas (draft 2020-12) of documents.
 */
#ifndef JSONIFY_DESCRIBE_DESCRIBE_H
#define JSONIFY_DESCRIBE_DESCRIBE_H

#include "resolve/resolve.h"

#include "utils/jsonb.h"

/* What is said of a JSON value. Nothing at all is {}: any JSON. */
typedef struct JsonSchema
{
	List	   *types;			/* of char *: names of JSON's types */
	List	   *enums;			/* of char *: strings that alone it may be */
	List	   *any_of;			/* of JsonSchema, in place of the types */
	const char *constant;		/* the JSON that alone it may be, the same; or NULL */
	List	   *keywords;		/* of SchemaKeyword */
	List	   *properties;		/* of SchemaProperty, of an object */
	struct JsonSchema *items;	/* of an array's elements, */
	struct JsonSchema *members; /* of an object's members of any name; or NULL */
	bool		is_open;		/* an object may have other keys */
	const char *ref;			/* the name of a definition, in place of all of that */
	const char *description;	/* or NULL */
} JsonSchema;

typedef struct SchemaProperty
{
	const char *key;
	JsonSchema *schema;
	bool		required;
} SchemaProperty;

typedef struct Description Description;

/* What is described, and what was told of it so far. */
struct Description
{
	const char *params;			/* the bytes of a jsonb, or NULL */
	bool		partial;		/* of an object any part will do, of a value null */
	bool		open;			/* an object may have other keys */
	JsonSchema *(*describe_nested) (Description *description, const Level *level);	/* rows in values */
	List	   *definitions;	/* of SchemaDefinition */
};

/* schema.c */
extern JsonSchema *any_schema(void);
extern JsonSchema *typed_schema(const char *type);
extern JsonSchema *constant_schema(const char *json);
extern JsonSchema *pattern_schema(const char *pattern);
extern JsonSchema *words_schema(const char *const *words, int nwords);
extern JsonSchema *either_schema(JsonSchema *first, JsonSchema *second);
extern JsonSchema *array_schema(JsonSchema *items);
extern JsonSchema *object_schema(const Description *description);
extern bool says_nothing(const JsonSchema *schema);
extern void add_keyword(JsonSchema *schema, const char *name, const char *json);
extern void add_count(JsonSchema *schema, const char *name, int64 count);
extern void add_text(JsonSchema *schema, const char *name, const char *text);
extern void add_property(JsonSchema *object, const char *key, JsonSchema *schema, bool required);
extern JsonSchema *allow_null(JsonSchema *schema);
extern JsonSchema *find_definition(const Description *description, const void *source,
								   int detail);
extern JsonSchema *begin_definition(Description *description, const void *source, int detail,
									const char *name);
extern void end_definition(Description *description, const void *source, int detail,
						   const JsonSchema *schema);
extern JsonSchema *share_definition(Description *description, const char *name,
									JsonSchema *schema);
extern Jsonb *finish_schema(const Description *description, const JsonSchema *root,
							const char *title);

/* catalog.c */
extern bool column_has_value(Oid relid, AttrNumber attnum);
extern bool key_leads_to_row(const Branch *branch);
extern const char *column_comment(Oid relid, AttrNumber attnum);
extern const char *relation_comment(Oid relid);

/* values.c */
extern JsonSchema *number_or_name_schema(const char *type);
extern JsonSchema *enum_schema(Oid typid);
extern JsonSchema *text_schema(Oid typid, int32 typmod);
extern JsonSchema *etag_schema(void);
extern JsonSchema *geometry_schema(Oid typid, const char *format);
extern JsonSchema *begin_array_definition(Description *description, const void *source,
										  Oid typid, int32 typmod);
extern JsonSchema *array_of_any_depth(JsonSchema *element, JsonSchema *itself);
extern JsonSchema *describe_value(Description *description, const ValueType *type, Oid typid,
								  int32 typmod);

/* levels.c */
extern void begin_description(Description *description, const char *params);
extern void describe_field(Description *description, JsonSchema *object, const Level *level,
						   const Field *field, bool is_stored);
extern Jsonb *describe_documents(const Level *root, const char *params);

#endif							/* JSONIFY_DESCRIBE_DESCRIBE_H */
