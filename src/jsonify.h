/*
 * jsonify.h
 *		How a document is made, a section a file, in the order of the data:
 *		shape text -> parse -> resolve against the catalog -> plan
 *		-> load rows a level at a time -> write.
 */
#ifndef JSONIFY_H
#define JSONIFY_H

#include "compat.h"

#include "access/tupdesc.h"
#include "executor/spi.h"
#include "lib/ilist.h"
#include "lib/stringinfo.h"
#include "nodes/params.h"
#include "nodes/pg_list.h"
#include "tcop/dest.h"

/* -------------------------------------------- scan.c, parse.c, parse_args.c */

typedef struct ShapeSet ShapeSet;
typedef struct ShapeArgs ShapeArgs;
typedef struct ShapeCondition ShapeCondition;

/* A shape as it was written, and what errors call it. */
typedef struct ShapeText
{
	const char *text;			/* terminated */
	const char *description;
} ShapeText;

/* A name as it was written, and the byte of the shape at which it stands. */
typedef struct ShapeName
{
	char	   *name;
	int			location;
} ShapeName;

/* Where in a shape something is asked for. */
typedef struct ShapePlace
{
	const ShapeText *shape;
	int			location;
} ShapePlace;

/* A step of a dotted path. */
typedef struct ShapeStep
{
	ShapeName	name;
	bool		is_index;		/* a number, of an array in json */
	ShapeArgs  *args;			/* of a relationship, or NULL */
} ShapeStep;

typedef enum ShapeValueKind
{
	VALUE_NUMBER,
	VALUE_STRING,
	VALUE_BOOLEAN,
	VALUE_NULL,
	VALUE_PARAM
} ShapeValueKind;

typedef struct ShapeValue
{
	ShapeValueKind kind;
	char	   *text;			/* of a param its name */
	int			location;
} ShapeValue;

/* Either a path or a value. */
typedef struct ShapeOperand
{
	List	   *path;			/* of ShapeStep */
	ShapeValue *value;
	int			location;
} ShapeOperand;

typedef enum ShapeConditionKind
{
	CONDITION_AND,				/* of conditions, as is "or" */
	CONDITION_OR,
	CONDITION_OPERATOR,			/* of two operands */
	CONDITION_DISTINCT,			/* the same */
	CONDITION_IN,				/* of one and a list */
	CONDITION_IS,				/* of one */
	CONDITION_OPERAND,			/* a boolean one */
	CONDITION_EXISTS			/* a path of relationships */
} ShapeConditionKind;

struct ShapeCondition
{
	ShapeConditionKind kind;
	bool		negated;
	int			location;		/* of its operator */
	List	   *operands;		/* of ShapeOperand, or of ShapeCondition */
	const char *operator;
	const char *test;			/* of CONDITION_IS, in SQL */
	bool		in_param;		/* the list is one param */
};

typedef struct ShapeOrder
{
	List	   *path;			/* of ShapeStep */
	bool		descending;
	bool		nulls_first;
	int			location;
} ShapeOrder;

struct ShapeArgs
{
	int			location;
	List	   *via;			/* of ShapeName: the dotted parts, or NIL */
	ShapeCondition *where;		/* and so on: NULL or NIL where not given */
	List	   *order;			/* of ShapeOrder */
	ShapeValue *limit;
	ShapeValue *offset;
	ShapeValue *page;
	ShapeValue *recurse;
	ShapeName	key;
};

typedef enum ShapeItemKind
{
	SHAPE_ALL,					/* * */
	SHAPE_EXCEPT,				/* -name */
	SHAPE_SPREAD,				/* ...name */
	SHAPE_VALUE					/* [key:] path [@format] [{ ... }] */
} ShapeItemKind;

typedef enum ShapeAggregate
{
	AGGREGATE_NONE,
	AGGREGATE_COUNT,
	AGGREGATE_SUM,
	AGGREGATE_AVG,
	AGGREGATE_MIN,
	AGGREGATE_MAX
} ShapeAggregate;

typedef struct ShapeItem
{
	ShapeItemKind kind;
	const ShapeText *shape;		/* that it stands in */
	int			location;
	ShapeName	name;			/* of SHAPE_VALUE the last of its path */
	ShapeName	format;			/* behind its "@", or a NULL name */
	char	   *key;			/* of SHAPE_VALUE: its alias, else its name */
	bool		is_aliased;
	ShapeAggregate aggregate;	/* over its path */
	List	   *path;			/* of ShapeStep */
	ShapeSet   *set;			/* what stands in its braces, or NULL */
} ShapeItem;

struct ShapeSet
{
	const ShapeText *shape;		/* that it stands in */
	int			location;
	List	   *items;			/* of ShapeItem */
};

/* A whole shape: a set, or the name of one that was defined, or only args. */
typedef struct Shape
{
	const ShapeText *text;
	ShapeArgs  *args;			/* or NULL */
	ShapeName	name;
	ShapeSet   *set;
} Shape;

extern Shape *parse_shape(const ShapeText *text, int max_depth);
extern int	shape_position(const ShapeText *shape, int location);
extern const char *quote_shape_name(const char *name);
extern int64 check_count(const char *text, const char *name, const ShapeText *shape,
						 int location);

/* --------------------------------------------------------- relationship.c */

typedef enum RelationshipKind
{
	TO_ONE,
	TO_MANY,
	ONE_TO_ONE,
	MANY_TO_MANY
} RelationshipKind;

/* A foreign key, copied from the catalog. */
typedef struct ForeignKey
{
	Oid			constraint;
	char	   *name;
	Oid			referencing;	/* table */
	Oid			referenced;		/* table */
	int			nkeys;
	AttrNumber	referencing_attnums[INDEX_MAX_KEYS];
	AttrNumber	referenced_attnums[INDEX_MAX_KEYS];
	Oid			operators[INDEX_MAX_KEYS];	/* referenced = referencing */
} ForeignKey;

typedef struct Relationship
{
	RelationshipKind kind;
	Oid			target;
	char	   *target_name;	/* the target table's name */
	char	   *name;			/* its own name, or NULL (a composite to-one) */
	ForeignKey *key;			/* TO_ONE: from this table; otherwise to it */
	ForeignKey *far_key;		/* MANY_TO_MANY: from the junction to target */
	Oid			function;		/* that computes it, in place of a key */
	bool		repeats;		/* MANY_TO_MANY: the junction may have a pair twice */
	bool		readable;		/* the role may read what it goes by */
} Relationship;

/* The relationships of one table. */
typedef struct RelationshipGraph
{
	Oid			relid;
	List	   *relationships;	/* of Relationship */
	List	   *visited;		/* OIDs of all tables that it was read from */
} RelationshipGraph;

extern RelationshipGraph *read_relationships(Oid relid);
extern List *primary_key_attnums(Oid relid);
extern bool has_index_on(Oid relid, const AttrNumber *attnums, int nattnums);

/* ------------------------------------------------------------- computed.c */

/* A function that stands where a column or relationship of a table does. */
typedef struct Computed
{
	Oid			function;
	char	   *name;
	Oid			result;			/* its type */
	Oid			target;			/* of a relationship its table; else InvalidOid */
	bool		to_many;
} Computed;

extern Oid	table_of_type(Oid typid);
extern Computed *find_computed(Oid relid, const char *name);
extern uint32 computed_hash(Oid relid, const char *name);
extern List *list_computed(Oid relid, Oid role);

/* --------------------------------------------------------------- naming.c */

extern Relationship *find_relationship(RelationshipGraph *graph, const ShapeText *shape,
									   const ShapeStep *step);
extern char *spell_relationship(RelationshipGraph *graph, Relationship *relationship,
								bool *by_name);
extern List *relationship_spellings(RelationshipGraph *graph);
extern List *relationship_names(RelationshipGraph *graph);
extern char *nearest_names(const char *name, List *names);

/* ------------------------------------------------- type.c, value.c, write.c */

typedef struct Sink Sink;
typedef struct ValueType ValueType;
typedef struct RecordType RecordType;
typedef struct Branch Branch;
typedef struct Level Level;
typedef struct Row Row;
typedef struct RowSet RowSet;

typedef void (*ValueWriter) (Sink *sink, const ValueType *type, Datum value);

/* How values of one SQL type are written: chosen once, used for every value. */
struct ValueType
{
	ValueWriter write;
	Oid			typid;
	int16		typlen;
	bool		typbyval;
	char		typalign;
	Oid			function;		/* write_function */
	FmgrInfo	output;			/* write_output */
	ValueType  *element;		/* of an array, a multirange, or a function's result */
	RecordType *record;			/* write_composite */
	struct ObjectForm *forms;	/* of a range, or of GeoJSON */
	ValueType  *fallback;		/* the built-in rule, where a format has no answer */
	bool		leads_on;		/* may hold rows to which others are related */
	List	   *path;			/* write_extracted: of PathStep */
};

/* A step of a path into a value. */
typedef struct PathStep
{
	Oid			typid;			/* of the value: composite, json or jsonb */
	TupleDesc	tupdesc;		/* of a composite one, */
	AttrNumber	attnum;			/* and the field of it */
	List	   *keys;			/* within json: of char * */
} PathStep;

/* How a field shows the rows of its branch. */
typedef enum FieldForm
{
	FIELD_ROWS,					/* an array or object of them */
	FIELD_PATH,					/* what a path finds in them */
	FIELD_MAP,					/* an object, by a key of each */
	FIELD_PAGE					/* items, has_more and total */
} FieldForm;

typedef struct Field
{
	const char *key;
	int			key_length;		/* bytes */
	char	   *prefix;			/* of the text sink: ,"key": */
	int			prefix_length;
	int			position;		/* among its object's fields, as given */
	int			column;			/* index in the row's values, or -1 */
	ValueType  *type;			/* of a column */
	Branch	   *branch;			/* of related rows, or NULL */
	FieldForm	form;
	struct Field *step;			/* FIELD_PATH: in those rows; NULL: they themselves */
	bool		many;			/* FIELD_PATH: an array */
	bool		or_zero;		/* FIELD_PATH: where there is no row: a count */
	struct RowPage *page;			/* FIELD_PAGE */
} Field;

/* What does not change from one object of a kind to the next. */
typedef struct ObjectForm
{
	bool		omit_nulls;		/* leave fields out whose value is NULL */
	bool		leads_on;		/* a field's type does */
	bool		recurses;		/* a field's branch does */
	const ValueType *row_type;	/* no object at all: the whole row, by its cast */
	int			row_column;		/* which the row's values have here */
	int			nfields;
	Field	   *fields;			/* in the order in which the sink writes them */
	char	   *prefix;			/* of the jsonb sink: header, entries and keys */
	int			prefix_length;
} ObjectForm;

/* What stands around a page of rows. */
typedef struct RowPage
{
	ObjectForm	object;
	struct Branch *total;		/* of the count of all rows */
} RowPage;

struct RecordType
{
	TupleDesc	tupdesc;
	ObjectForm	object;
	const Level *level;			/* its columns do not tell all: see nested.c */
};

/* An object or array that is being written. */
typedef struct SinkFrame
{
	int			start;			/* where it starts in the buffer, padded */
	int			index;			/* the next child's number */
	int			base;			/* jsonb: where its children's data start */
	int			entry;			/* jsonb: the next child's JEntry */
	int			end;			/* jsonb: where the last finished child ends */
	bool		open;			/* jsonb: a child was begun and not finished */
	const ObjectForm *object;	/* text: of an object */
	const int  *present;		/* text: which of its fields, or NULL for all */
} SinkFrame;

/* How JSON text is laid out, by the options of the text functions. */
typedef struct TextLayout
{
	bool		ensure_ascii;	/* \uXXXX for everything beyond ASCII */
	int			indent;			/* spaces a level; 0: no white space at all */
} TextLayout;

typedef struct Options Options;

/*
 * What a document is written to. The walk calls next() before every child,
 * and exactly one put_* or begin_* ... end() for it.
 */
typedef struct SinkOps
{
	bool		is_text;		/* takes the options of a TextLayout */

	/*
	 * Start a document in a buffer palloc'd in the current memory context,
	 * about size_hint bytes long; and end it, with the same scalar: what was
	 * put into it is its root, which is no scalar unless scalar says so.
	 * finish() returns the document, which is the buffer itself.
	 */
	void		(*begin) (Sink *sink, bool scalar, int size_hint);
	Datum		(*finish) (Sink *sink, bool scalar);
	/* order the fields, drop duplicates, make what does not vary */
	void		(*prepare_object) (ObjectForm *object, const Options *options);
	void		(*begin_object) (Sink *sink, SinkFrame *frame, const ObjectForm *object);
	/* the same with some of its fields only, by their numbers */
	void		(*begin_partial) (Sink *sink, SinkFrame *frame, const ObjectForm *object,
								  const int *present, int npresent);
	void		(*begin_array) (Sink *sink, SinkFrame *frame, int nelems);
	void		(*next) (Sink *sink, SinkFrame *frame);
	void		(*end) (Sink *sink, SinkFrame *frame);
	void		(*put_null) (Sink *sink);
	void		(*put_bool) (Sink *sink, bool value);
	void		(*put_int64) (Sink *sink, int64 value);
	/* the numbers are finite; the numeric may have a short varlena header */
	void		(*put_float4) (Sink *sink, float4 value);
	void		(*put_float8) (Sink *sink, float8 value);
	void		(*put_numeric) (Sink *sink, const struct varlena *number);
	void		(*put_number_text) (Sink *sink, char *text);
	void		(*put_string) (Sink *sink, const char *data, int length);
	void		(*put_jsonb) (Sink *sink, const char *payload, int length);
	void		(*put_json) (Sink *sink, const char *data, int length);
	/* write again what lies at [start, start + length) of the buffer */
	void		(*repeat) (Sink *sink, int start, int length);
} SinkOps;

typedef const ValueType *(*TypeResolver) (void *arg, Oid typid, int32 typmod);
typedef FmgrInfo *(*FunctionResolver) (void *arg, Oid function);
typedef Row *(*RowLoader) (void *arg, const Level *level, Datum value);

struct Sink
{
	const SinkOps *ops;
	StringInfoData buf;
	uint64		document;		/* its number in this session, from 1 on */
	uint32		entry_type;		/* jsonb: JEntry type bits of the last value */
	TextLayout	layout;			/* text */
	int			depth;			/* text: arrays and objects around what comes next */
	MemoryContext scratch;		/* the current one while writing */
	MemoryContext keep;			/* of what outlives that; freed piece by piece */
	TypeResolver resolve_type;	/* of anonymous records: known only when met */
	FunctionResolver resolve_function;	/* of casts */
	RowLoader	load_row;		/* of rows in values that were not foreseen */
	void	   *resolver_arg;
	const struct Nested *nested;	/* of those that were; or NULL */
	const struct RecursionFrame *recursion; /* the innermost, or NULL */
};

static inline void
put_cstring(Sink *sink, const char *string)
{
	sink->ops->put_string(sink, string, strlen(string));
}

/* A format that a type has beside its default. */
typedef struct Format
{
	Oid			typid;			/* ANYRANGE, ANYMULTIRANGE: all such types */
	const char *name;
	ValueWriter write;			/* NULL: the built-in rule */
} Format;

/* How values of a type are to be written, by an option or a setting. */
typedef struct FormatRule
{
	Oid			typid;
	const Format *format;		/* or NULL, and */
	Oid			function;		/* a function of the type */
} FormatRule;

/* What the setting jsonify.formats can hold at most: one a type that it knows. */
#define MAX_SETTING_RULES 64

/* The options of a call, over the settings. */
struct Options
{
	bool		omit_nulls;
	bool		camel_keys;
	FormatRule *rules;			/* of the option "formats" */
	int			nrules;
	const FormatRule *setting_rules;
	int			nsetting_rules;
	bool		names_objects;	/* types or functions that the catalog has */
	TextLayout	layout;			/* of text sinks */
};

/* type.c */
typedef struct TypeContext
{
	struct ShapeContext *shapes;	/* for default shapes */
	const SinkOps *ops;
	const Options *options;
	List	   *relids;			/* tables and composite types depended on */
	List	   *made;			/* of KnownType: one a type */
	bool		uses_functions; /* casts, or functions from the options */
} TypeContext;

extern ValueType *make_value_type(TypeContext *context, Oid typid);
extern ValueType *make_built_in_type(TypeContext *context, Oid typid);
extern ValueType *make_ruled_type(TypeContext *context, Oid typid);
extern ValueType *make_cast_type(TypeContext *context, Oid typid);
extern ValueType *make_formatted_type(TypeContext *context, Oid typid, const char *name);
extern RecordType *make_record_type(TypeContext *context, TupleDesc tupdesc);
extern void make_object_form(TypeContext *context, Field *fields, int nfields,
							 ObjectForm *object);

/* value.c */
extern void write_bool(Sink *sink, const ValueType *type, Datum value);
extern void write_int2(Sink *sink, const ValueType *type, Datum value);
extern void write_int4(Sink *sink, const ValueType *type, Datum value);
extern void write_int8(Sink *sink, const ValueType *type, Datum value);
extern void write_float4(Sink *sink, const ValueType *type, Datum value);
extern void write_float8(Sink *sink, const ValueType *type, Datum value);
extern void write_numeric(Sink *sink, const ValueType *type, Datum value);
extern void write_text(Sink *sink, const ValueType *type, Datum value);
extern void write_datetime(Sink *sink, const ValueType *type, Datum value);
extern void write_json(Sink *sink, const ValueType *type, Datum value);
extern void write_jsonb(Sink *sink, const ValueType *type, Datum value);
extern void write_output(Sink *sink, const ValueType *type, Datum value);
extern void write_function(Sink *sink, const ValueType *type, Datum value);
extern const ValueType *resolve_record(Sink *sink, Datum *value);
extern bool call_function(Sink *sink, const ValueType *type, Datum value, Datum *result);
extern void write_extracted(Sink *sink, const ValueType *type, Datum value);
extern bool get_field(const PathStep *step, Datum value, Datum *field);
extern bool extract_value(const struct Nested *nested, const ValueType *type, Datum value,
						  Datum *result);
extern void write_array(Sink *sink, const ValueType *type, Datum value);
extern void write_composite(Sink *sink, const ValueType *type, Datum value);

typedef void (*ElementWriter) (Sink *sink, void *arg);
extern void write_dimensions(Sink *sink, int ndim, const int *dims,
							 ElementWriter write_element, void *arg);

/* format.c */
extern const Format *find_format(Oid typid, const char *name);
extern char *format_names(Oid typid);
extern Oid	find_format_type(const char *name);
extern const FormatRule *find_format_rule(const FormatRule *rules, int nrules, Oid typid);
extern bool read_format_rules(const char *value, FormatRule *rules, int *nrules,
							  char **detail, char **hint);

/* format_value.c */
extern void write_integer_string(Sink *sink, const ValueType *type, Datum value);
extern void write_integer_safe(Sink *sink, const ValueType *type, Datum value);
extern void write_numeric_string(Sink *sink, const ValueType *type, Datum value);
extern void write_float_null(Sink *sink, const ValueType *type, Datum value);
extern void write_float_error(Sink *sink, const ValueType *type, Datum value);
extern void write_timestamp_utc(Sink *sink, const ValueType *type, Datum value);
extern void write_timestamp_epoch(Sink *sink, const ValueType *type, Datum value);
extern void write_timestamp_epoch_ms(Sink *sink, const ValueType *type, Datum value);
extern void write_interval_iso(Sink *sink, const ValueType *type, Datum value);
extern void write_interval_seconds(Sink *sink, const ValueType *type, Datum value);
extern void write_bytea_base64(Sink *sink, const ValueType *type, Datum value);
extern void write_bytea_base64url(Sink *sink, const ValueType *type, Datum value);
extern void write_money_number(Sink *sink, const ValueType *type, Datum value);
extern void write_character_trimmed(Sink *sink, const ValueType *type, Datum value);
extern void prepare_range(TypeContext *context, ValueType *type, ValueType *bound);
extern void write_range_object(Sink *sink, const ValueType *type, Datum value);
extern void write_multirange_objects(Sink *sink, const ValueType *type, Datum value);

/* format_geometry.c */
extern void write_geometry_array(Sink *sink, const ValueType *type, Datum value);
extern void prepare_geojson(TypeContext *context, ValueType *type);
extern void write_geometry_geojson(Sink *sink, const ValueType *type, Datum value);

/* write_related.c */
extern bool related_is_many(const Field *field);
extern bool related_is_entered(const Sink *sink, const Field *field, const RowSet *related);
extern const Row *related_row(const Sink *sink, const Field *field, const RowSet *related);
extern bool path_has_value(Sink *sink, const Field *field, const RowSet *related);
extern void write_related(Sink *sink, const Field *field, const RowSet *related);

/* A field that is there, and what to write for it. */
typedef struct PresentField
{
	const ValueType *type;		/* NULL: related rows */
	Datum		value;
} PresentField;

/* write.c */
extern bool find_present_value(Sink *sink, PresentField *present);
extern void write_field(Sink *sink, const Field *field, const Datum *values, const bool *nulls,
						const RowSet *related);
extern int	write_object(Sink *sink, const ObjectForm *object, const Datum *values,
						 const bool *nulls, const RowSet *related);
extern void write_row(Sink *sink, const ObjectForm *object, Row *row);
extern void write_nested_row(Sink *sink, const Level *level, Datum value);
extern void deform_record(HeapTupleHeader header, TupleDesc tupdesc, Datum *values,
						  bool *nulls);
extern void write_record(Sink *sink, const ObjectForm *object, TupleDesc tupdesc,
						 HeapTupleHeader header);

/* jsonb_sink.c */
extern const SinkOps jsonb_sink_ops;

/* text_sink.c */
extern const SinkOps text_sink_ops;

/* --------------------------------------------------------------- shapes.c */

/* The name of the one that is used where none is given. */
#define DEFAULT_SHAPE "default"

/* A shape that was stored under a name. */
typedef struct NamedShape
{
	char	   *name;
	ShapeText	text;
} NamedShape;

extern List *list_named_shapes(Oid relid);
pg_noreturn extern void not_storable(const ShapeText *text);
extern NamedShape *find_named_shape(Oid relid, const char *name);
extern Oid	named_shapes_table(void);
extern void forget_named_shapes_table(Oid relid);

/* ----------------------- privilege.c, items.c, resolve.c, sql.c, plan.c */

typedef enum QueryValueKind
{
	QUERY_SCALAR,				/* of type typid */
	QUERY_ARRAY,				/* a param that is an array; typid is that type */
	QUERY_JSON,					/* a literal as JSON: jsonb */
	QUERY_JSON_PATH,			/* the names of a path: text[] */
	QUERY_COUNT					/* the number that an argument takes: int8 */
} QueryValueKind;

/* What a query takes beside its parents' keys: a value that a shape gives. */
typedef struct QueryValue
{
	QueryValueKind kind;
	ShapeValueKind literal;
	const char *text;			/* as its type reads it; of a param its name */
	Oid			typid;			/* that the query takes it as */
	List	   *path;			/* of QUERY_JSON_PATH: of char * */
	const char *count_of;		/* of QUERY_COUNT: the argument */
	ShapePlace	place;
} QueryValue;

/* A piece of a query: text, or a value. */
typedef struct SqlPart
{
	const char *text;
	const QueryValue *value;
} SqlPart;

/* A query: its text, what it takes, and its plan once it was run. */
typedef struct RowQuery
{
	char	   *sql;
	int			nkeys;			/* $1 and so on: keys of the parents, */
	Oid		   *key_types;
	List	   *values;			/* then of QueryValue */
	int			cursor_options;
	SPIPlanPtr	plan;
} RowQuery;

/* What a level's rows carry: a column, the row itself, or what is computed. */
typedef struct LevelColumn
{
	AttrNumber	attnum;			/* InvalidAttrNumber: the row, or */
	Oid			function;		/* this of the row, or */
	List	   *expression;		/* of SqlPart: this */
	Oid			typid;
	Oid			collation;
	int16		typlen;
	bool		typbyval;
	char	   *name;
} LevelColumn;

typedef struct LevelOrder
{
	int			column;			/* of the level */
	bool		descending;
	bool		nulls_first;
} LevelOrder;

/* Which rows of a level are read: of all of a table, or for each parent. */
typedef struct RowFilter
{
	List	   *joins;			/* of SqlPart: tables that the condition names */
	List	   *condition;		/* of SqlPart, or NIL */
	List	   *order;			/* of LevelOrder */
	QueryValue *limit;			/* or NULL */
	QueryValue *offset;
	List	   *values;			/* of QueryValue: all of those above */
} RowFilter;

/* What the branches of one "recurse" have in common. */
typedef struct Recursion
{
	const char *key;
	QueryValue *limit;			/* levels */
} Recursion;

/* One relationship item of a level: the way to the rows of its child level. */
struct Branch
{
	int			number;			/* index in a row's related sets */
	const char *key;			/* of its field */
	Relationship *relationship;
	Level	   *child;
	int			nkeys;
	int			key_columns[INDEX_MAX_KEYS];	/* columns of the parent */
	int			identity_columns[INDEX_MAX_KEYS];	/* MANY_TO_MANY: of the child */
	int			nidentity;
	RowFilter	filter;
	bool		has_index;		/* that finds a parent's rows */
	bool		is_shared;		/* any field of its kind may use it */
	int			map_column;		/* of the child: keys its rows, if map_type is set */
	Oid			map_type;
	ShapePlace	place;			/* where a shape names it */
	Recursion  *recursion;		/* or NULL */
	int			parent_identity[INDEX_MAX_KEYS];	/* columns, as the child's are */
	/* made by plan.c */
	Oid			key_typids[INDEX_MAX_KEYS];	/* of the keys, of domains their base */
	Oid			key_types[INDEX_MAX_KEYS];	/* parameters for a single key */
	Oid			array_types[INDEX_MAX_KEYS];	/* and for several: arrays of those */
	bool		key_as_text[INDEX_MAX_KEYS];	/* pass by the output function */
	int			custom_from;	/* keys, from which on the planner is to see them */
	RowQuery	single;
	RowQuery	generic;
	RowQuery	custom;			/* the same, planned for its very parameters */
};

/* The rows that one { ... } of a shape speaks of. */
struct Level
{
	Oid			relid;			/* InvalidOid of a record without a table */
	TupleDesc	tupdesc;		/* of a value, else NULL */
	int			ncolumns;		/* of a value those of tupdesc come first */
	LevelColumn *columns;
	int			naliases;		/* of tables that its queries join */
	List	   *joins;			/* of SqlPart: tables that the columns name */
	List	   *values;			/* of QueryValue: that they take */
	bool		is_aggregate;	/* its one column is, over a parent's rows */
	bool		is_planned;		/* plan.c: has been here */
	int			nbranches;
	Branch	  **branches;
	ObjectForm	object;
	List	   *paths;			/* in place of that, if paths go on from here: of Field */
	bool		runs_functions;	/* that a shape names: they must not write */
	bool		recurses;		/* a branch leads back to it */
	int			nidentity;		/* columns that tell its rows apart, if so */
	int			identity_columns[INDEX_MAX_KEYS];
	RowFilter	filter;			/* of a root that is read from its table */
	RowQuery	query;			/* the same */
};

/* The named shapes that are being written out, the innermost first. */
typedef struct ActiveShape
{
	Oid			relid;
	const char *name;
	struct ActiveShape *outer;
} ActiveShape;

typedef struct ShapeContext
{
	TypeContext types;
	Oid			role;
	MemoryContext keep;			/* of the plan */
	MemoryContext work;			/* of what is needed only while resolving */
	ActiveShape *active;
	List	   *locks;			/* tables that its queries read */
	List	   *levels;			/* of Level: those that no branch leads to */
	List	   *function_hashes;	/* of names that functions may have, as int */
	List	   *typids;			/* of types that queries name */
	List	   *params;			/* of QueryValue: that a call must give */
	int			nbranches;		/* in all levels */
	int			depth;			/* of sets around the current one */
} ShapeContext;

/* One level, while it is made. */
typedef struct LevelBuilder
{
	ShapeContext *context;
	Level	   *level;
	TupleDesc	tupdesc;		/* of the table, or of the value */
	bool		is_value;		/* one that was passed: shown whole */
	bool		at_hand;		/* its columns need no privilege */
	const char *description;	/* of what the level's rows are, for errors */
	RelationshipGraph *graph;	/* read when first asked for */
	const ShapeSet *set;		/* that it is made of, for "recurse"; */
	ActiveShape *active;		/* the named shapes that this is part of; */
	Level	   *recursive;		/* and the level that repeats it, or NULL */
	List	   *recursions;		/* of Recursion: of both */
} LevelBuilder;

/* A table whose columns an expression in SQL can name. */
typedef struct SqlScope
{
	LevelBuilder *builder;
	const char *alias;
	Level	   *level;			/* of the query, for its aliases */
	List	  **joins;			/* where tables are joined */
	List	  **values;			/* what the query takes */
} SqlScope;

typedef struct SqlExpression
{
	List	   *parts;			/* of SqlPart */
	Oid			typid;
	Oid			collation;
	bool		in_json;		/* a path led into json */
} SqlExpression;

typedef enum EntryRank
{
	FROM_STAR,
	FROM_SPREAD,
	FROM_ITEM
} EntryRank;

/* What a name stands for on a level: one of them. */
typedef struct StepTarget
{
	AttrNumber	attnum;			/* of a column; else 0 */
	Computed   *computed;		/* field; else NULL */
	Relationship *relationship; /* of related rows; else NULL */
} StepTarget;

/* One key of the object: of an item, or of a column that "*" stands for. */
typedef struct Entry
{
	const char *key;
	EntryRank	rank;
	const ShapeItem *item;		/* NULL of a column that "*" stands for */
	ActiveShape *active;		/* the named shapes that it comes from */
	int			position;
	StepTarget	target;			/* of the first name */
} Entry;

/* privilege.c */
extern bool may_select_column(Oid relid, AttrNumber attnum, Oid role);
extern bool may_select_row(Oid relid, Oid role);
extern void require_select(Oid relid, AttrNumber attnum, Oid role, ShapePlace place);
extern void require_execute(Oid function, Oid role, ShapePlace place);
extern bool may_follow(const Relationship *relationship, bool at_hand, Oid role);
extern void require_relationship(const LevelBuilder *builder, const Relationship *relationship,
								 ShapePlace place);

/* items.c */
pg_noreturn extern void unknown_name(LevelBuilder *builder, const ShapeText *shape,
									 const ShapeStep *step, bool only_relationship);
extern bool find_step(LevelBuilder *builder, const ShapeText *shape, const ShapeStep *step,
					  bool only_relationship, StepTarget *target);
extern bool find_path_step(LevelBuilder *builder, const ShapeText *shape, const ShapeStep *step,
						   bool is_last, StepTarget *target);
extern AttrNumber find_attribute(TupleDesc tupdesc, const char *name);
extern Entry *collect_entries(LevelBuilder *builder, const ShapeSet *set, int *nentries);
extern ShapeSet *open_named_shape(ShapeContext *context, Oid relid, const char *name,
								  bool required, ShapePlace place);
extern bool may_select(const LevelBuilder *builder, AttrNumber attnum);

/* expression.c */
extern void emit(List **parts, const char *text);
extern void emit_value(List **parts, const QueryValue *value);
extern char *new_alias(Level *level);
extern Relation open_table(LevelBuilder *builder, Oid relid);
extern SqlExpression resolve_expression(const SqlScope *scope, const ShapeText *shape,
										const List *path);
extern void join_related(const SqlScope *scope, const Relationship *relationship,
						 const char *kind, const char *alias);
extern bool type_has_fields(Oid typid);
extern bool args_only_filter(const ShapeArgs *args);
extern void check_filter_args(const ShapeText *shape, const ShapeArgs *args, const char *where);

/* condition.c */
extern List *resolve_condition(const SqlScope *scope, const ShapeText *shape,
							   const ShapeCondition *condition);
extern QueryValue *add_value(ShapeContext *context, List **values, const ShapeText *shape,
							 const ShapeValue *value, QueryValueKind kind, Oid typid);

/* args.c */
extern void resolve_filter(LevelBuilder *builder, RowFilter *filter, const ShapeText *shape,
						   const ShapeArgs *args);
extern void resolve_key_order(LevelBuilder *builder, RowFilter *filter, bool by_place);
extern void resolve_recursion_limit(LevelBuilder *builder, Recursion *recursion,
									const ShapeText *shape, const ShapeValue *value);

/* level.c */
extern char *describe_relation(Oid relid);
extern ShapePlace place_of(const ShapeItem *item);
extern int	level_column(LevelBuilder *builder, AttrNumber attnum);
extern int	level_function(LevelBuilder *builder, const Computed *computed);
extern int	level_expression(LevelBuilder *builder, SqlExpression expression);

/* branch.c */
extern void resolve_related_field(LevelBuilder *builder, const ShapeItem *item, int number,
								  const Relationship *relationship, Field *field);
extern void resolve_aggregate_field(LevelBuilder *builder, const ShapeItem *item, Field *field);

/* resolve.c */
extern Level *resolve_value(ShapeContext *context, const Shape *shape, Oid typid,
							TupleDesc tupdesc);
extern Level *resolve_default(ShapeContext *context, Oid relid, TupleDesc tupdesc);
extern Level *resolve_table(ShapeContext *context, const Shape *shape, Oid relid);
extern ValueType *resolve_type(LevelBuilder *builder, const ShapeItem *item, Oid typid);
extern void resolve_set(LevelBuilder *builder, const ShapeSet *set);
extern void resolve_without_set(LevelBuilder *builder, ShapePlace place);
extern void resolve_step_field(LevelBuilder *builder, const ShapeItem *item, int number,
							   const StepTarget *target, Field *field);

/* How a query is written. */
typedef struct SqlStyle
{
	bool		single;			/* for one key, not for arrays of them */
	bool		many;			/* for a good part of the keys that there are */
	const char *const *keys;	/* in place of $1 and so on, to be shown; or NULL */
} SqlStyle;

/* sql.c */
#define COUNT_ROWS "pg_catalog.count(*)"

extern char *sql_type_name(Oid typid);
extern char *sql_function_name(Oid function);
extern void append_related_table(StringInfo buf, const Relationship *relationship,
								 const char *parent, const char *alias);
extern void append_link(StringInfo buf, const Relationship *relationship, const char *parent,
						const char *alias, const char *junction, List **typids);
extern void append_junction(StringInfo buf, const Relationship *relationship,
							const char *separator, const char *alias);
extern char *branch_sql(const Branch *branch, const SqlStyle *style, List **typids);
extern char *root_sql(const Level *level, const SqlStyle *style);
extern List *query_values(const Level *level, const RowFilter *filter);

/* plan.c */
extern void plan_level(Level *level, List **typids);
extern void plan_root(Level *level);
extern RowQuery *branch_query(Branch *branch, int nkeys);
extern SPIPlanPtr query_plan(RowQuery *query);
extern void free_level_plans(Level *level);

/* --------------------------------------------------------------- params.c */

extern void check_params(Datum params);
extern void check_params_given(const List *values, const char *params);
extern int	bind_limit(const QueryValue *value, const char *params, int most);
extern Datum make_text_array(const List *strings);
extern Datum bind_value(const QueryValue *value, const char *params, bool *isnull);

/* ------------------------------------------------- keys.c, rows.c, load.c */

/* Distinct keys. */
typedef struct KeySet
{
	int			width;			/* columns of a key */
	int16		typlen[INDEX_MAX_KEYS];
	bool		typbyval[INDEX_MAX_KEYS];
	Datum	   *values;			/* width a key */
	int			nkeys;
	int			capacity;
	MemoryContext context;
	struct keyset_hash *hash;	/* made for the second key */
} KeySet;

struct RowSet
{
	Row		  **rows;
	int			nrows;
	int			limit;			/* of levels, for a recursion; of rows, for a page */
	int64		offset;			/* for a page */
	Row		   *twin;			/* the parent, as the recursion comes across it */
};

/* A loaded row. All of it lives in the context that load_related() was given. */
struct Row
{
	Datum	   *values;
	bool	   *nulls;
	RowSet	   *related;		/* a set a branch of its level */
	int			mark;			/* load.c: the last group it was put in */
	bool		on_path;		/* being written: a recursion must not enter it */
	uint64		document;		/* that it was written to last, by number */
	int			start;			/* and where, in the sink's buffer */
	int			length;
};

/*
 * Where rows are copied to. They are freed all together, so they are laid out
 * one behind the other in blocks, without a header each.
 */
typedef struct RowStore
{
	MemoryContext context;
	char	   *free;			/* in the current block */
	Size		left;			/* bytes there */
	Size		block_size;		/* of the next block */
} RowStore;

/* What a query sends its rows to. */
typedef struct RowReceiver
{
	DestReceiver pub;
	const Level *level;
	const Branch *branch;		/* NULL: the rows of a root, without ordinals */
	RowStore	store;
	Row		  **rows;			/* as they came */
	int		   *ordinals;		/* of their parents' keys, from 1 on */
	int			nrows;
	int			capacity;
	Row		  **distinct;		/* MANY_TO_MANY: each row once, by identity */
	KeySet		identities;
} RowReceiver;

/* keys.c */
extern void init_key_set(KeySet *keys, const Level *level, const int *columns, int width,
						 int capacity);
extern Datum *next_key(KeySet *keys);
extern int	add_key(KeySet *keys, bool *found);

/* rows.c */
extern Row *make_value_row(MemoryContext context, const Level *level, HeapTupleHeader header,
						   FunctionResolver resolve_function, void *resolver_arg);
extern RowReceiver *make_receiver(const Level *level, const Branch *branch,
								  MemoryContext context);
extern Row **receiver_rows(RowReceiver *receiver, int *nrows);

/* What rows are loaded for. */
typedef struct LoadContext
{
	MemoryContext memory;		/* of all that is loaded */
	struct Nested *nested;		/* takes rows that are found in values; or NULL */
	const char *params;			/* the bytes of a jsonb, aligned; or NULL */
} LoadContext;

/* load.c */
extern ParamListInfo make_parameters(const RowQuery *query, const LoadContext *load);
extern Row **load_sets(Branch *branch, const Level *parent, Row **parents, int nparents,
					   LoadContext *load, int *nchildren);
extern void load_plain_related(const Level *level, Row **rows, int nrows, LoadContext *load);
extern void load_related(const Level *level, Row **rows, int nrows, LoadContext *load);

/* recurse.c */
extern void load_recursion(const Level *level, Branch *branch, Row **parents, int nparents,
						   LoadContext *load);

/* --------------------------------------------------------------- nested.c */

typedef struct Nested Nested;

extern Nested *nested_begin(MemoryContext context, TypeResolver resolve_type,
							FunctionResolver resolve_function, void *resolver_arg);
extern void nested_set_params(Nested *nested, const char *params);
extern void nested_collect(Nested *nested, const ValueType *type, Datum value);
extern void nested_collect_row(Nested *nested, const ObjectForm *object, const Datum *values,
							   const bool *nulls);
extern void nested_collect_field(Nested *nested, const Field *field, const Datum *values,
								 const bool *nulls);
extern bool nested_is_pending(const Nested *nested);
extern void nested_load(Nested *nested, LoadContext *load);
extern Row *nested_row(const Nested *nested, const Level *level, Datum value);
extern const ValueType *nested_type(const Nested *nested, Datum value);
extern Datum nested_copy(const Nested *nested, Datum value);

/* -------------------------------------------------------------- options.c */

extern int	jsonify_max_depth;
extern int	jsonify_batch_size;

extern void options_init(void);
extern int	current_settings(void);
extern void read_options(Options *options, const char *jsonb, int length,
						 const SinkOps *ops);
extern void read_text_layout(TextLayout *layout, const char *jsonb);
extern const char *make_key(const Options *options, const char *name);
pg_noreturn extern void camel_conflict(const char *left, const char *right, const char *key);

/* ---------------------------------------------------------------- cache.c */

typedef enum DocumentKind
{
	DOCUMENT_VALUE,				/* values that are passed */
	DOCUMENT_TABLE				/* the rows of a table that are read */
} DocumentKind;

/* What a document is asked for by. The settings and the role count as well. */
typedef struct DocumentKey
{
	const SinkOps *ops;			/* of the sink that it is written to */
	DocumentKind kind;
	Oid			typid;			/* of the values */
	int32		typmod;			/* of RECORD that of its blessed type, else -1 */
	const char *shape;			/* not terminated; NULL for none */
	int			shape_length;
	const char *options;		/* the bytes of a jsonb; NULL for none */
	int			options_length;
} DocumentKey;

/* All that is known before the first row: of a type, or of a type and a shape. */
typedef struct DocumentPlan
{
	struct PlanKey *key;
	MemoryContext context;
	Size		size;			/* in bytes, with the plans of its queries */
	dlist_node	node;			/* of all plans */
	int			refcount;
	bool		valid;			/* cleared by the invalidation callbacks */
	bool		cached;			/* found by its key */
	bool		cacheable;		/* nothing in it depends on search_path */
	bool		uses_functions; /* to be made anew when a function changes */
	List	   *relids;			/* tables and row types that it depends on */
	List	   *typid_hashes;	/* of types that its queries name, as int */
	List	   *function_hashes;	/* of names that functions may have, as int */
	List	   *locks;			/* the tables that its queries read */
	List	   *params;			/* of QueryValue: that must be given */
	List	   *levels;			/* of Level: those that no branch leads to */
	ValueType  *type;			/* without a shape */
	Level	   *root;			/* with one, if only a default one; may be both */
} DocumentPlan;

extern void cache_init(void);
extern void invalidate_all_plans(void);
extern uint64 function_generation(void);
extern DocumentPlan *get_plan(const DocumentKey *key);
extern bool plan_is_current(const DocumentPlan *plan, const DocumentKey *key);
extern const char *plan_options(const DocumentPlan *plan, int *length);
extern void pin_plan(DocumentPlan *plan);
extern void unpin_plan(DocumentPlan *plan);

/* ------------------------------------------------------------ call_site.c */

/* What one call in a query keeps from row to row. */
typedef struct CallSite
{
	MemoryContext context;
	MemoryContext scratch;
	MemoryContextCallback on_reset;
	const SinkOps *ops;			/* of the sink of its documents */
	Oid			typid;			/* of the values */
	Oid			base;			/* what that is, if a domain */
	bool		is_record;
	Oid			element;		/* of an array of records, no domain */
	DocumentPlan *plan;			/* the one used last */
	MemoryContext keep;
	const char *options;		/* of the document that is being made */
	int			options_length;
	const char *params;
	List	   *type_plans;		/* of types met in values */
	List	   *functions;		/* FmgrInfo of the casts used, as of */
	uint64		function_generation;
	int			size_hint;		/* bytes of the next document */
} CallSite;

extern Oid	argument_type(FmgrInfo *flinfo, int number);
extern CallSite *get_call_site(FmgrInfo *flinfo, Oid argtype, const SinkOps *ops);
extern void site_set_options(CallSite *site, const char *options, int options_length);
extern void site_set_params(CallSite *site, const char *params);
extern void site_take_options(CallSite *site, FunctionCallInfo fcinfo, int number);
extern DocumentKey site_key(const CallSite *site, Oid typid, int32 typmod,
							const char *shape, int shape_length);
extern DocumentKey site_record_key(const CallSite *site, Oid typid, HeapTupleHeader tuple,
								   const char *shape, int shape_length);
extern DocumentPlan *site_plan(CallSite *site, const DocumentKey *key);
extern void site_trim_types(CallSite *site, bool in_batch);
extern MemoryContext site_begin_document(CallSite *site, Sink *sink, bool scalar);
extern Datum site_finish_document(CallSite *site, Sink *sink, bool scalar,
								  MemoryContext old);
extern bool type_is_container(const ValueType *type);
extern const ValueType *site_resolve_type(void *site, Oid typid, int32 typmod);
extern FmgrInfo *site_resolve_function(void *site, Oid function);

/* ---------------------------------------------------------------- batch.c */

typedef struct Batch Batch;

extern Batch *batch_begin(CallSite *site);
extern MemoryContext batch_context(const Batch *batch);
extern void batch_add_null(Batch *batch);
extern void batch_add_value(Batch *batch, Datum value);
extern void batch_add_shaped(Batch *batch, Datum value, const char *shape,
							 int shape_length);
extern void batch_add_rows(Batch *batch, DocumentPlan *plan, RowReceiver *receiver);
extern const Nested *batch_nested(const Batch *batch);
extern void batch_load(Batch *batch);
extern int	batch_size_estimate(const Batch *batch);
extern void batch_write_next(Sink *sink, void *batch);
extern void batch_end(Batch *batch);

/* ----------------------------------------------------------------- find.c */

pg_noreturn extern void not_a_table(Oid relid);
extern DocumentKey table_key(const CallSite *site, Oid relid, const text *shape);

#endif							/* JSONIFY_H */
