/*
 * plan.h
 *		What a document is made by: the levels of a shape, the queries that read their
 *		rows, and how each value is written.
 */
#ifndef JSONIFY_PLAN_PLAN_H
#define JSONIFY_PLAN_PLAN_H

#include "schema/schema.h"

#include "access/tupdesc.h"
#include "executor/spi.h"
#include "lib/ilist.h"
#include "lib/stringinfo.h"
#include "nodes/params.h"

typedef struct Sink Sink;
typedef struct ValueType ValueType;
typedef struct RecordType RecordType;
typedef struct Branch Branch;
typedef struct Level Level;
typedef struct Row Row;
typedef struct RowSet RowSet;
typedef struct SinkOps SinkOps;
typedef struct RowPage RowPage;
typedef struct RowFilter RowFilter;

typedef void (*ValueWriter) (Sink *sink, const ValueType *type, Datum value);

/* What a value is, as far as others are found in it. */
typedef enum ValueKind
{
	KIND_SCALAR,				/* none are */
	KIND_ARRAY,
	KIND_RECORD,				/* of a row type */
	KIND_ANONYMOUS,				/* a record whose type shows when it is met */
	KIND_EXTRACTED,				/* what a path finds in the value */
	KIND_FUNCTION				/* what a function makes of the value */
} ValueKind;

/* How values of one SQL type are written: chosen once, used for every value. */
struct ValueType
{
	ValueKind	kind;
	ValueWriter write;
	Oid			typid;
	int16		typlen;
	bool		typbyval;
	char		typalign;
	Oid			function;		/* KIND_FUNCTION */
	FmgrInfo	output;			/* of a type that is written by that */
	ValueType  *element;		/* of an array, a multirange, a function's result */
	RecordType *record;			/* KIND_RECORD */
	struct ObjectForm *forms;	/* of a range, or of GeoJSON */
	ValueType  *fallback;		/* the built-in rule, where a format has no answer */
	bool		leads_on;		/* may hold rows to which others are related */
	List	   *path;			/* KIND_EXTRACTED: of Extraction */
};

/* One field of a composite value, or what keys find in json. */
typedef struct Extraction
{
	Oid			typid;			/* of the value: composite, json or jsonb */
	TupleDesc	tupdesc;		/* of a composite one, */
	AttrNumber	attnum;			/* and the field of it */
	List	   *keys;			/* within json: of char * */
} Extraction;

/* A value that a shape gives a key. */
typedef struct Constant
{
	const struct QueryValue *param; /* NULL of a literal, */
	Datum		jsonb;			/* and this is it, */
	bool		isnull;			/* unless it is NULL */
} Constant;

typedef struct Field Field;
typedef struct PresentField PresentField;

/* What a shape says of writing a column; none is made for what else a field shows. */
typedef struct ColumnRule
{
	bool		readonly;
	bool		once;
	bool		nocheck;		/* no part of an etag */
	const char *format;			/* of the item, or NULL */
	ShapePlace	place;
} ColumnRule;

/*
 * What a shape says of writing the rows of a level, of a root or at the end of a
 * branch, and what recognizes them.
 */
typedef struct RowRule
{
	ShapeWrite	write;			/* WRITE_OWN or WRITE_LINK */
	ShapeMissing missing;
	int			nkeys;			/* 0: nothing does */
	AttrNumber	keys[INDEX_MAX_KEYS];
	int			key_columns[INDEX_MAX_KEYS];	/* the same, of the level */
	bool		is_unique;		/* a unique index says so, or there can be none */
	bool		is_given;		/* the shape says "by" */
	bool		is_ambiguous;	/* no "by", and several unique constraints are named in full */
	struct Branch *leads_here;	/* NULL of a root */
	struct Branch *whole;		/* the same without "limit" or the like, if it has any */
	int			nidentity;		/* what tells them apart, once they are known; 0: nothing */
	AttrNumber	identity[INDEX_MAX_KEYS];	/* the primary key, else the same or others */
	int			identity_columns[INDEX_MAX_KEYS];
	bool		has_lookups;	/* which are only for writing: */
	struct RowLookup *lookup;	/* by what recognizes them */
	struct RowLookup *check;	/* by what tells them apart, where there is a "where" */
	ShapePlace	place;
} RowRule;

/* A way from the values of columns to the rows that have them. */
typedef struct RowLookup
{
	struct Level *level;		/* whose rows are those values, */
	struct Branch *branch;		/* and lead to the rows of another one */
	int			ncolumns;
	AttrNumber	attnums[INDEX_MAX_KEYS];
} RowLookup;

/* A column that a condition lets have one value only: new rows have that. */
typedef struct FixedColumn
{
	AttrNumber	attnum;
	struct QueryValue *value;
} FixedColumn;

/* How a field shows what is no value of its row: json/ has them, one a form. */
typedef struct FieldForm
{
	/* of a row whose columns and related rows are given */
	void		(*write) (Sink *sink, const Field *field, const Datum *values,
						  const bool *nulls, const RowSet *related);

	/*
	 * Whether the field is there at all; with keep_nulls one that is NULL is.
	 * Where something else than the field is to be written, it is set in
	 * *present, whose type is NULL before.
	 */
	bool		(*is_present) (Sink *sink, const Field *field, const RowSet *related,
							   bool keep_nulls, PresentField *present);
} FieldForm;

/* The key of each row, of a field that shows its rows as an object. */
typedef struct RowMap
{
	int			column;			/* of the branch's child */
	Oid			typid;
} RowMap;

/* When the values of a field that shows different ones are the same. */
typedef struct Distinct
{
	Oid			typid;			/* no domain; its own equality tells */
	Oid			collation;
} Distinct;

struct Field
{
	const char *key;
	int			key_length;		/* bytes */
	char	   *prefix;			/* of the text sink: ,"key": */
	int			prefix_length;
	int			position;		/* among its object's fields, as given */
	int			column;			/* index in the row's values, or -1 */
	ValueType  *type;			/* of a column */
	Branch	   *branch;			/* of related rows, or NULL */
	const FieldForm *form;		/* of those, an etag or a constant; else NULL */
	const ColumnRule *rule;		/* of a column that is shown as such, else NULL */
	Field	   *next;			/* of a path: in those rows; NULL: they themselves */
	bool		many;			/* the path finds an array */
	bool		is_flat;		/* next is a field of the related row, shown in this one */
	bool		or_zero;		/* a count, which is 0 where there is no row */
	RowMap	   *map;			/* of an object by keys */
	RowPage    *page;			/* of a page */
	const Distinct *distinct;	/* of a path: only different values */
	const Level *etag;			/* the level whose state it shows; else NULL */
	Constant   *constant;		/* or NULL */
};

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

/* How the values of a type count in an etag. */
typedef enum DigestKind
{
	DIGEST_FIXED,				/* by the bits of a number */
	DIGEST_FLOAT,				/* the same, but that all NaN are one */
	DIGEST_BYTES,				/* by the bytes of a text or bytea */
	DIGEST_SENT,				/* by what the type's send function makes of it, */
	DIGEST_PRINTED,				/* or its output function, */
	DIGEST_PRINTED_EXACTLY,		/* which settings would change */
	DIGEST_ARRAY,				/* by what they hold */
	DIGEST_RECORD,
	DIGEST_RANGE,
	DIGEST_MULTIRANGE
} DigestKind;

typedef struct DigestType
{
	DigestKind	kind;
	Oid			typid;			/* never a domain */
	int16		typlen;
	bool		typbyval;
	char		typalign;
	FmgrInfo	function;		/* that sends or prints */
	struct DigestType *element;	/* of an array or range; a multirange's range */
	TupleDesc	tupdesc;		/* of a record, */
	struct DigestType **columns;	/* and a type an attribute; NULL of a dropped one */
} DigestType;

/* A column that counts in an etag. */
typedef struct StateColumn
{
	int			column;			/* of the level */
	const DigestType *type;
} StateColumn;

/*
 * Related rows that count in an etag: with their own state, where that is NULL by
 * columns that tell them apart, of their level or of the parent's.
 */
typedef struct StateBranch
{
	const Branch *branch;
	const struct LevelState *state;
	bool		of_parent;
	int			ncolumns;
	StateColumn *columns;
} StateBranch;

/* What the state of a level's rows is, in an order that a shape's does not change. */
typedef struct LevelState
{
	const char *description;	/* of all that follows */
	char		shape[9];		/* its digest: an etag begins with it */
	int			ncolumns;
	StateColumn *columns;
	int			nbranches;
	StateBranch *branches;
} LevelState;

/* What stands around a page of rows. */
struct RowPage
{
	ObjectForm	object;
	bool		by_cursor;		/* no rows are counted, so neither is there: */
	Branch	   *total;			/* of the count of all rows; */
	Level	   *root_total;		/* or of a root's, in its place */
};

struct RecordType
{
	TupleDesc	tupdesc;
	ObjectForm	object;
	const Level *level;			/* its columns do not tell all: see load/nested.c */
};

typedef enum QueryValueKind
{
	QUERY_SCALAR,				/* of type typid */
	QUERY_ARRAY,				/* a param that is an array; typid is that type */
	QUERY_LIST,					/* several values as an array; the same */
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
	bool		is_optional;	/* a param: NULL where it is not given */
	const char *count_of;		/* of QUERY_COUNT: the argument, */
	bool		one_more;		/* and one is added */
	struct QueryValue *elements;	/* of QUERY_LIST */
	int			nelements;
	int			number;			/* among its query's, while that is written */
	ShapePlace	place;
} QueryValue;

/* What is true where one of some params is not given, or none of them: else false. */
typedef struct SqlGuard
{
	List	   *params;			/* of char * */
	bool		none_given;
} SqlGuard;

/*
 * A column of related rows, in a subquery, that is as the one by which the query's own lie
 * in shards. Where these have one value there, Citus is to see it for the others, too.
 */
typedef struct PlacedColumn
{
	char	   *expression;
	Oid			typid;
	Oid			collation;
	Oid			operator;
} PlacedColumn;

/* A piece of a query: text, a value, a guard, or a comparison with what places its rows. */
typedef struct SqlPart
{
	const char *text;
	const QueryValue *value;
	const SqlGuard *guard;		/* beside its text, which is that of a false one */
	const PlacedColumn *placed; /* behind "AND"; nothing where no one value places them */
} SqlPart;

/* Tables that a query joins. */
typedef struct SqlJoins
{
	List	   *parts;			/* of SqlPart */
	List	   *tables;			/* of JoinedTable, which resolve/ knows */
} SqlJoins;

/* Where in a query's text a guard stands, as SQL_FALSE; it may be SQL_TRUE as well. */
typedef struct GuardPlace
{
	int			offset;
	const SqlGuard *guard;
} GuardPlace;

#define SQL_FALSE "false"
#define SQL_TRUE  "true "

typedef struct LevelOrder
{
	int			column;			/* of the level */
	bool		descending;
	bool		nulls_first;
	bool		may_be_null;
	bool		is_aggregate;	/* over other rows */
	const char *name;			/* what a cursor means by it; only where there is one */
} LevelOrder;

/* What a param may name that an order is taken from: the directions are the param's. */
typedef struct OrderChoice
{
	const char *name;
	LevelOrder	order;
} OrderChoice;

/* "order: $param" */
typedef struct OrderParam
{
	const QueryValue *param;
	List	   *choices;		/* of OrderChoice */
} OrderParam;

/* "after": the rows behind the one that a cursor names. */
typedef struct RowCursor
{
	const QueryValue *param;
	const char *relation;		/* whose rows they are */
	List	   *keys;			/* of lists of attribute numbers: each tells the rows apart */
} RowCursor;

/* A row beside which a page ends: what it has in its level's columns. */
typedef struct CursorRow
{
	const Datum *values;
	const bool *nulls;
} CursorRow;

/* The order of a filter, and behind which row it begins, for the params of a call. */
typedef struct BoundOrder
{
	const List *order;			/* of LevelOrder */
	bool		is_behind;		/* a row that has these values in it, of base types */
	Datum	   *values;
	bool	   *nulls;
} BoundOrder;

/* What a query takes in a call. */
typedef struct BoundQuery
{
	const char *params;			/* of the call */
	BoundOrder	order;
	ParamListInfo list;
} BoundQuery;

/* What SPI has made of a query. */
typedef struct PreparedQuery
{
	char	   *state;			/* what of its text depends on params, as bound_state() has it */
	SPIPlanPtr	plans[2][2];	/* for long lists or not, to begin soon or not */
} PreparedQuery;

/* A query: its text, what it takes, and once it was run what SPI made of it. */
typedef struct RowQuery
{
	char	   *sql;
	List	   *guards;			/* of GuardPlace */
	int			nkeys;			/* $1 and so on: keys of the parents, */
	Oid		   *key_types;
	List	   *values;			/* then of QueryValue */
	int			cursor_options;
	const Level *level;			/* whose rows it reads; */
	const RowFilter *filter;	/* what of these depends on params may be in its text, and then */
	const Branch *branch;		/* that is made for them anew: of a branch or with NULL of a root, */
	bool		is_single;		/* for such keys */
	bool		is_most;
	bool		is_placed;
	List	   *prepared;		/* of PreparedQuery, the last used first */
	int			running;		/* how often it is, now */
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
	bool		only_ordered;	/* NULL in queries that are not ordered by it */
	char	   *name;
} LevelColumn;

/* Which rows of a level are read: of all of a table, or for each parent. */
struct RowFilter
{
	SqlJoins	joins;			/* tables that the condition names */
	List	   *condition;		/* of SqlPart, or NIL */
	List	   *order;			/* of LevelOrder */
	QueryValue *limit;			/* or NULL */
	QueryValue *offset;
	OrderParam *order_param;	/* or NULL: what comes before order, which settles ties then */
	RowCursor  *after;			/* or NULL; limit is for one row more then */
	List	   *values;			/* of QueryValue: all of those above, but for a cursor's */
	const QueryValue *place;	/* what the condition has the column be that places rows, or NULL */
	List	   *fixed;			/* of FixedColumn; only for writing */
	List	   *reads;			/* the same: tables that the condition reads beside the rows themselves */
};

/* What the branches of one "recurse" have in common. */
typedef struct Recursion
{
	const char *key;
	QueryValue *limit;			/* levels */
} Recursion;

/* How a branch's keys are passed, and its queries: made by query.c. */
typedef struct BranchQueries
{
	Oid			key_typids[INDEX_MAX_KEYS];	/* of the keys, of domains their base */
	Oid			key_types[INDEX_MAX_KEYS];	/* parameters for a single key */
	Oid			array_types[INDEX_MAX_KEYS];	/* and for several: arrays of those */
	bool		key_as_text[INDEX_MAX_KEYS];	/* pass by the output function */
	bool		distributed;	/* for Citus: each is planned for its very parameters */
	int			custom_from;	/* keys, from which on the planner is to see them */
	int			placing;		/* column of the key that says where rows lie, or -1; */
	bool		places_rows;	/* those of the child, and not only of a junction */
	Oid			placed_types[INDEX_MAX_KEYS];	/* that one once, of the others arrays */
	RowQuery	single;
	RowQuery	generic;
	RowQuery	custom;			/* the same, planned for its very parameters */
	RowQuery	placed;			/* for keys of more columns that share the value of that */
} BranchQueries;

/* The way from a level's rows to those of its child level, which are related. */
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
	ShapePlace	place;			/* where a shape names it */
	Recursion  *recursion;		/* or NULL */
	int			parent_identity[INDEX_MAX_KEYS];	/* columns, as the child's are */
	RowRule    *rule;			/* of a relation that is written, else NULL */
	BranchQueries queries;
};

/* The rows that one { ... } of a shape speaks of. */
struct Level
{
	Oid			relid;			/* InvalidOid of a record without a table */
	TupleDesc	tupdesc;		/* of a value, else NULL */
	int			ncolumns;		/* of a value those of tupdesc come first */
	LevelColumn *columns;
	int			naliases;		/* of tables that its queries join */
	SqlJoins	joins;			/* tables that the columns name */
	List	   *values;			/* of QueryValue: that they take */
	bool		is_aggregate;	/* its one column is, over a parent's rows */
	int			ngrouped;		/* its rows are groups, by so many of its first columns */
	bool		has_queries;	/* query.c has been here */
	int			nbranches;
	Branch	  **branches;
	ObjectForm	object;
	List	   *paths;			/* in place of that, if paths go on from here: of Field */
	bool		runs_functions;	/* that a shape names: they must not write */
	TupleDesc	row_tupdesc;	/* of a shard's values the rows that they take, else NULL; */
	struct TupleConversionMap *row_map; /* how one is made, unless it is the same */
	bool		recurses;		/* a branch leads back to it */
	int			nidentity;		/* columns that tell its rows apart, if so */
	int			identity_columns[INDEX_MAX_KEYS];
	RowFilter	filter;			/* of a root that is read from its table */
	RowQuery	query;			/* the same */
	RowPage    *page;			/* of one whose rows are one document; else NULL */
	RowRule    *rule;			/* of a root that is written */
	const char *delete_key;		/* of "@delete", or NULL; only for writing */
	const char *shape;			/* the named shape that it is all of, or NULL */
	LevelState *state;			/* what an etag is over, where one is; see json/etag.c */
};

typedef struct PlanKind PlanKind;

/* What a plan is asked for by. The settings and the role count as well. */
typedef struct DocumentKey
{
	const PlanKind *kind;
	const SinkOps *ops;			/* of the sink that it is written to */
	Oid			typid;			/* of the values; of a table's rows their type */
	int32		typmod;			/* of RECORD that of its blessed type, else -1 */
	const char *shape;			/* terminated in a plan; NULL for none */
	int			shape_length;
	const char *options;		/* the bytes of a jsonb, aligned; NULL for none */
	int			options_length;
} DocumentKey;

/*
 * What the cache of run/ knows of a plan, of whatever kind: the start of its
 * struct. Up to cached it is the cache's; the rest is for the kind to say.
 */
typedef struct KeptPlan
{
	struct PlanIdentity *identity;	/* what it is found by */
	MemoryContext context;		/* of the plan and all that it points to */
	dlist_node	node;			/* of all plans */
	int			refcount;
	bool		valid;			/* cleared by the invalidation callbacks */
	bool		cached;			/* found by its key */
	Size		size;			/* bytes; the kind tells those beyond its context */
	bool		cacheable;		/* nothing in it depends on search_path */
	bool		uses_functions; /* to be made anew when a function changes */
	List	   *relids;			/* tables and row types that it depends on */
	List	   *typid_hashes;	/* of types that its queries name, as int */
	List	   *function_hashes;	/* of names that functions may have, as int */
	List	   *locks;			/* the tables that its queries read */
} KeptPlan;

/* A kind of plan. */
struct PlanKind
{
	/*
	 * Makes one for a key, whose texts stay, and a role, in the current memory
	 * context; work is one for what is needed only meanwhile. May raise what the
	 * kind raises, and leaves nothing but memory of the two behind then.
	 */
	KeptPlan   *(*make) (const DocumentKey *key, Oid role, MemoryContext work);
	/* Lets go of what is no memory of its context. */
	void		(*free) (KeptPlan *plan);
};

/* All that is known before the first row: of a type, or of a type and a shape. */
typedef struct DocumentPlan
{
	KeptPlan	kept;
	List	   *params;			/* of QueryValue: one a name */
	bool		takes_any_params;	/* others are no error */
	List	   *levels;			/* of Level: those that no branch leads to */
	ValueType  *type;			/* without a shape */
	Level	   *root;			/* with one, if only a default one; may be both */
} DocumentPlan;

typedef const ValueType *(*TypeResolver) (void *arg, Oid typid, int32 typmod);
typedef FmgrInfo *(*FunctionResolver) (void *arg, Oid function);

/* How a query is written. */
typedef struct SqlStyle
{
	bool		single;			/* for one key, not for arrays of them */
	bool		most_keys;		/* for a good part of those that there are */
	bool		placed;			/* for several that share a value: see BranchQueries */
	const BoundOrder *order;	/* NULL: as the filter has it, from the first row on */
	const char *const *keys;	/* in place of $1 and so on, to be shown; or NULL */
	const char *params;			/* of the call, if it is shown */
	List	  **guards;			/* else where GuardPlaces go */
} SqlStyle;

/* base64.c */
extern char *encode_base64(const char *bytes, int size, bool url, int *length);
extern bytea *decode_base64(const char *string, int length, bool url);

/* sql_names.c */
extern char *sql_table_name(Oid relid);
extern char *sql_type_name(Oid typid);
extern char *sql_function_name(Oid function);
extern void append_row(StringInfo buf, Oid relid, const char *alias);

/* sql_links.c */
extern void append_related_table(StringInfo buf, const Relationship *relationship,
								 const char *parent, const char *alias);
extern void append_link(StringInfo buf, const Relationship *relationship, const char *parent,
						const char *alias, const char *junction, List **typids);
extern void append_junction(StringInfo buf, const Relationship *relationship,
							const char *separator, const char *alias);
extern AttrNumber related_column(const Relationship *relationship, AttrNumber attnum);
extern const PlacedColumn *placed_column(const Relationship *relationship, AttrNumber attnum,
										 bool in_junction, const char *alias, List **typids);

/* sql.c */
#define COUNT_ROWS "pg_catalog.count(*)"

extern char *branch_sql(const Branch *branch, const SqlStyle *style, List **typids);
extern char *root_sql(const Level *level, const SqlStyle *style);

/* query.c */
extern void make_level_queries(Level *level, bool distributed, List **typids);
extern void make_root_query(Level *level);
extern RowQuery *branch_query(Branch *branch, int nkeys, bool share_place);
extern bool is_variable(const RowQuery *query);
extern void bind_query(const RowQuery *query, const char *params, BoundQuery *bound);
extern SPIPlanPtr prepare_query(RowQuery *query, const BoundQuery *bound, bool first_soon);
extern void free_level_queries(Level *level);

/* bind.c */
extern void check_params(Datum params);
extern bool param_is_given(const char *name, const char *params);
extern bool guard_holds(const SqlGuard *guard, const char *params);
extern List *distinct_params(const List *values);
extern void check_plan_params(const DocumentPlan *plan, const char *params);
extern void refuse_unknown_params(const DocumentPlan *plan, const char *params);
extern int	bind_limit(const QueryValue *value, const char *params, int most);
extern Datum make_text_array(const List *strings);
extern Datum bind_value(const QueryValue *value, const char *params, bool *isnull);

/* cursor.c */
extern void set_settings(const char *const (*settings)[2], int nsettings);
extern int	set_exact_text(void);
extern Oid	order_type(const Level *level, const LevelOrder *order);
extern List *unique_order(const Level *level, const RowCursor *cursor, const List *order);
extern char *make_cursor(const Level *level, const RowFilter *filter, const char *params,
						 const CursorRow *last, const CursorRow *next);
extern const List *filter_order(const Level *level, const RowFilter *filter, const char *params);
extern void bind_order(const Level *level, const RowFilter *filter, const char *params,
					   BoundOrder *bound);
extern int64 page_size(const RowFilter *filter, const char *params);

#endif							/* JSONIFY_PLAN_PLAN_H */
