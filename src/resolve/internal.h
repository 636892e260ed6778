/*
 * internal.h
 *		What resolve/'s files share.
 */
#ifndef JSONIFY_RESOLVE_INTERNAL_H
#define JSONIFY_RESOLVE_INTERNAL_H

#include "resolve/resolve.h"

#include "utils/relcache.h"

typedef struct ShapeContext ShapeContext;

/* The level of a table's default shape, of whose rows tupdesc tells; NULL if it has none. */
typedef Level *(*DefaultResolver) (void *arg, Oid relid, TupleDesc tupdesc);

typedef struct SqlTable SqlTable;

/* As resolve_condition(), for those whom condition.c calls. */
typedef List *(*ConditionResolver) (const SqlTable *table, const ShapeText *shape,
									const ShapeCondition *condition);

/* What the ways to write types are made for. */
typedef struct TypeContext
{
	ObjectStyle style;
	const Options *options;
	DefaultResolver resolve_default;
	void	   *resolver_arg;
	List	   *relids;			/* tables and composite types depended on */
	List	   *made;			/* of KnownType: one a type */
	bool		uses_functions; /* casts, or functions from the options */
	bool		meets_any;		/* types that show only in values */
} TypeContext;

/* The named shapes that are being written out, the innermost first. */
typedef struct ActiveShape
{
	Oid			relid;
	const char *name;
	struct ActiveShape *outer;
} ActiveShape;

/* A document, while it is resolved. */
struct ShapeContext
{
	TypeContext types;
	ConditionResolver resolve_condition;
	Oid			role;
	MemoryContext plan_context; /* of the plan */
	MemoryContext work;			/* of what is needed only while resolving */
	ActiveShape *active;
	List	   *locks;			/* tables that its queries read, */
	List	   *reads;			/* and of these what a condition does */
	List	   *levels;			/* of Level: those that no branch leads to */
	List	   *function_hashes;	/* of names that functions may have, as int */
	List	   *typids;			/* of types that queries name */
	List	   *params;			/* of QueryValue: that a call must give */
	List	   *digest_types;	/* of DigestType: one a type */
	int			nbranches;		/* in all levels */
	int			nguards;		/* of conditions */
	int			cost;			/* as spend() counts it, */
	int			ncomparisons;	/* spend_comparison(), */
	int			nvalues;		/* and spend_value() */
	int			depth;			/* of sets around the current one */
	bool		for_writing;	/* levels carry what is needed for that as well */
	bool		for_answer;		/* the root's rows are to be found by their keys */
	bool		only_inserts;	/* nothing is read, so the role need not be able to */
};

/* What rows are grouped by. */
typedef struct GroupColumn
{
	const ShapeText *shape;
	List	   *path;			/* of ShapeStep */
	int			column;			/* of the level */
} GroupColumn;

/* The rows that names are looked up for: of a table, or of a value. */
typedef struct Scope
{
	ShapeContext *context;
	Oid			relid;			/* InvalidOid of a record without a table */
	TupleDesc	tupdesc;
	bool		is_value;		/* one that was passed: shown whole */
	bool		at_hand;		/* its columns need no privilege */
	const char *description;	/* of what the rows are, for errors */
	List	   *group;			/* of GroupColumn, if they are groups of the table's */
	RelationshipGraph *graph;	/* read when first asked for */
} Scope;

/* What a "...rel { ... }" leads to. */
typedef struct FlatBranch
{
	const ShapeItem *item;
	Branch	   *branch;
} FlatBranch;

/* What a name stands for on a level: one of them. */
typedef struct StepTarget
{
	AttrNumber	attnum;			/* of a column; else 0 */
	Computed   *computed;		/* field; else NULL */
	Relationship *relationship; /* of related rows; else NULL */
} StepTarget;

/* Of the keys of one name the one from further down this list counts. */
typedef enum KeyRank
{
	FROM_STAR,
	FROM_SPREAD,
	FROM_ITEM
} KeyRank;

/* One key of a level's object: of an item, or of a column that "*" stands for. */
typedef struct ObjectKey
{
	const char *name;
	KeyRank		rank;
	const ShapeItem *item;		/* NULL of a column that "*" stands for */
	ActiveShape *active;		/* the named shapes that it comes from */
	int			position;
	StepTarget	target;			/* of the first name */
} ObjectKey;

/* One level, while it is made. */
typedef struct LevelBuilder
{
	Scope		scope;
	Level	   *level;
	List	   *shared;			/* of Branch: any field of their kind may use them */
	List	   *flat;			/* of FlatBranch */
	const ObjectKey *keys;		/* of its objects */
	int			nkeys;
	const ShapeSet *set;		/* that it is made of, for "recurse"; */
	bool		is_written;		/* its rows are part of the document: see RowRule */
	ActiveShape *active;		/* the named shapes that this is part of; */
	Level	   *recursive;		/* and the level that repeats it, or NULL */
	List	   *recursions;		/* of Recursion: of both */
	List	   *early;			/* of the latter's EarlyRecursion: what recognizes their rows is not known yet */
} LevelBuilder;

/* A table in a query, whose columns an expression can name. */
struct SqlTable
{
	Scope	   *scope;
	const char *alias;
	AttrNumber	placing;		/* the column by which its rows lie where the query's do, or 0 */
	const QueryValue **place;	/* takes what a condition has that be, or NULL */
	Level	   *level;			/* of the query, for its aliases */
	SqlJoins   *joins;			/* where tables are joined */
	List	  **values;			/* what the query takes */
};

typedef struct SqlExpression
{
	List	   *parts;			/* of SqlPart */
	Oid			typid;
	Oid			collation;
	bool		in_json;		/* a path led into json */
} SqlExpression;

/* budget.c */
extern void spend(ShapeContext *context, ShapePlace place);
extern void spend_value(ShapeContext *context, ShapePlace place);
extern void spend_comparison(ShapeContext *context, ShapePlace place);

/* level.c */
extern ShapePlace place_of(const ShapeItem *item);
extern int	level_column(LevelBuilder *builder, AttrNumber attnum);
extern void add_columns_of(Level *level, const Level *other);
extern int	level_function(LevelBuilder *builder, const Computed *computed);
extern int	level_expression(LevelBuilder *builder, SqlExpression expression, ShapePlace place);

/* names.c */

/* Which names would do. */
typedef enum NameKind
{
	COLUMNS_ONLY,
	FIELDS_ONLY,				/* and what is computed */
	RELATIONSHIPS_ONLY,
	ALL_NAMES
} NameKind;

extern bool may_select(const Scope *scope, AttrNumber attnum);
extern bool is_in_star(const Scope *scope, AttrNumber attnum);
extern char *suggest_names(Scope *scope, const char *name, NameKind kinds);
pg_noreturn extern void unknown_name(Scope *scope, const ShapeText *shape, const ShapeStep *step,
									 bool only_relationship);
pg_noreturn extern void no_such_value(Scope *scope, const ShapeText *shape,
									  const ShapeStep *step);
extern bool find_step(Scope *scope, const ShapeText *shape, const ShapeStep *step,
					  bool only_relationship, StepTarget *target);
extern bool find_path_step(Scope *scope, const ShapeText *shape, const ShapeStep *step,
						   bool is_last, StepTarget *target);
extern bool leads_to_many(const Relationship *relationship);

/* named_shape.c */
extern ShapeSet *open_named_shape(ShapeContext *context, Oid relid, const char *name,
								  bool required, ShapePlace place);

/* object_keys.c */
extern ObjectKey *collect_object_keys(Scope *scope, const ShapeSet *set, int *nkeys);

/* expression.c */
extern void emit(List **parts, const char *text);
extern void emit_value(List **parts, const QueryValue *value);
extern AttrNumber placing_of(const Level *level);
extern char *new_alias(const SqlTable *table, ShapePlace place);
extern void note_lock(ShapeContext *context, Oid relid);
extern Relation open_table(Scope *scope, Oid relid);
extern SqlExpression resolve_expression(const SqlTable *table, const ShapeText *shape,
										const List *path);
extern void append_joined_table(StringInfo buf, const Relationship *relationship,
								const char *parent, const char *alias);
extern void join_related(const SqlTable *table, const Relationship *relationship,
						 const char *kind, const char *alias);
extern bool args_only_filter(const ShapeArgs *args);
extern void check_filter_args(const ShapeText *shape, const ShapeArgs *args, const char *where);

/* subselect.c */
extern SqlExpression make_aggregate(ShapeAggregate aggregate, SqlExpression argument,
									ShapePlace place);
extern SqlExpression resolve_aggregate_call(const SqlTable *table, const ShapeText *shape,
											ShapeAggregate aggregate, const List *path,
											List **condition, int location);
extern SqlExpression resolve_aggregate(const SqlTable *table, const ShapeText *shape,
									   ShapeAggregate aggregate, const List *path, int location);
extern void emit_exists(const SqlTable *table, const ShapeText *shape, List **parts,
						const List *path, int number);

/* operator.c */
/* An operator, and the types that it takes here. */
typedef struct Comparison
{
	char	   *operator;		/* in SQL */
	Oid			typids[2];
	bool		cast;			/* to those, or another operator might be found */
} Comparison;

extern bool choose_operator(ShapeContext *context, const char *name, Oid left, Oid right,
							Comparison *comparison);

/* condition.c */
extern List *resolve_condition(const SqlTable *table, const ShapeText *shape,
							   const ShapeCondition *condition);

/* search.c */
extern void emit_search(const ShapeText *shape, List **parts,
						const ShapeCondition *condition, SqlExpression left,
						const QueryValue *query);

/* values.c */
extern QueryValue *add_value(ShapeContext *context, List **values, const ShapeText *shape,
							 const ShapeValue *value, QueryValueKind kind, Oid typid);
extern QueryValue *add_list(ShapeContext *context, List **values, const ShapeText *shape,
							const List *sources, QueryValueKind kind, Oid element, Oid array);

/* group.c */
extern void begin_group(LevelBuilder *builder, const ShapeText *shape, const ShapeArgs *args);
extern const GroupColumn *find_group_column(const Scope *scope, const List *path);
pg_noreturn extern void not_in_group(const Scope *scope, const char *name, ShapePlace place);
extern void check_group(const ShapeText *shape, const ShapeArgs *args);
pg_noreturn extern void not_a_group(const ShapeText *shape, int location);
extern SqlExpression resolve_group_aggregate(LevelBuilder *builder, const ShapeText *shape,
											 ShapeAggregate aggregate, const List *path,
											 int location);
extern SqlExpression count_groups(LevelBuilder *builder, const ShapeText *shape,
								  const List *group);
extern void resolve_group_field(LevelBuilder *builder, const ShapeItem *item, Field *field);

/* filter.c */
extern void resolve_filter(LevelBuilder *builder, RowFilter *filter, const ShapeText *shape,
						   const ShapeArgs *args);
extern void resolve_key_order(LevelBuilder *builder, RowFilter *filter, bool by_place);
extern void resolve_recursion_limit(ShapeContext *context, Recursion *recursion,
									const ShapeText *shape, const ShapeValue *value);

/* type.c */
extern ValueType *make_value_type(TypeContext *context, Oid typid);
extern ValueType *make_built_in_type(TypeContext *context, Oid typid);
extern ValueType *make_ruled_type(TypeContext *context, Oid typid);
extern ValueType *make_cast_type(TypeContext *context, Oid typid);
extern ValueType *make_formatted_type(TypeContext *context, Oid typid, const char *name);
extern ValueType *make_described_record(TypeContext *context, TupleDesc tupdesc);

/* field_type.c */
extern ValueType *resolve_field_type(TypeContext *types, const ShapeItem *item, Oid typid);
extern ValueType *resolve_extraction(TypeContext *types, const ShapeItem *item, int number,
									 Oid typid);

/* branch.c */
extern Branch *begin_branch(LevelBuilder *builder, const Relationship *relationship,
							const char *key, ShapePlace place);
extern Relation begin_child(LevelBuilder *child, const LevelBuilder *parent, Branch *branch);
extern Relation continue_child(LevelBuilder *child, const LevelBuilder *parent,
							   const Branch *branch);
extern void share_branch(LevelBuilder *builder, Branch *branch);
extern Branch *find_shared_branch(const LevelBuilder *builder, const Relationship *relationship,
								  bool for_aggregates);
extern bool is_unfiltered(const ShapeArgs *args);
extern void finish_branch(LevelBuilder *child, Branch *branch, const ShapeText *shape,
						  const ShapeArgs *args);
pg_noreturn extern void misplaced_arg(const ShapeText *shape, const ShapeArgs *args,
									  const char *message, const char *hint);
extern void check_after(const ShapeText *shape, const ShapeArgs *args);
extern void check_branch_args(const ShapeItem *item, int number,
							  const Relationship *relationship);
extern void resolve_map(LevelBuilder *child, const ShapeItem *item, ShapeName key, Field *field);

/* cursor.c */
extern void resolve_cursor(LevelBuilder *builder, RowFilter *filter, const ShapeText *shape,
						   const ShapeArgs *args, bool with_heirs);

/* page.c */
extern void resolve_page(LevelBuilder *builder, const Branch *branch, const ShapeItem *item,
						 const ShapeArgs *args, Field *field);
extern RowPage *resolve_root_page(ShapeContext *context, Oid relid, const ShapeText *shape,
								  const ShapeArgs *args);

/* writing.c */
extern bool is_owned(const LevelBuilder *parent, const ShapeArgs *args);
extern RowRule *resolve_row_rule(LevelBuilder *builder, Branch *branch, const ShapeText *shape,
								 const ShapeArgs *args, ShapePlace place);
extern const ColumnRule *make_column_rule(const ShapeItem *item);
extern void resolve_lookup(ShapeContext *context, Level *child, RowRule *rule,
						   const RowFilter *filter, bool is_root);
extern void resolve_lookups(ShapeContext *context, Level *level);
extern void resolve_shared_columns(Level *root);
extern void resolve_fixed_columns(LevelBuilder *builder, RowFilter *filter, const ShapeText *shape,
								  const ShapeCondition *condition);

/* etag.c */
extern void resolve_etag(LevelBuilder *builder, Field *field);
extern void resolve_state(LevelBuilder *builder);

/* aggregate.c */
extern void resolve_aggregate_field(LevelBuilder *builder, const ShapeItem *item, Field *field);

/* fields.c */
extern void resolve_set(LevelBuilder *builder, const ShapeSet *set);
extern void resolve_without_set(LevelBuilder *builder, ShapePlace place);

#endif							/* JSONIFY_RESOLVE_INTERNAL_H */
