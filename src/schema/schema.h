/*
 * schema.h
 *		What the catalog says of tables: their relationships, what is computed of
 *		their rows, what a role may read of them, their named shapes.
 */
#ifndef JSONIFY_SCHEMA_SCHEMA_H
#define JSONIFY_SCHEMA_SCHEMA_H

#include "shape/shape.h"

#include "nodes/parsenodes.h"
#include "utils/relcache.h"

typedef enum RelationshipKind
{
	TO_ONE,
	TO_MANY,
	ONE_TO_ONE,
	MANY_TO_MANY
} RelationshipKind;

/* A foreign key, copied from the catalog. */
/* What a column of a foreign key is, and that which it leads to. */
typedef struct KeyColumnType
{
	Oid			typid;
	int32		typmod;
	Oid			collation;
	Oid			referenced;
	bool		takes_all;		/* values of that, as they are */
} KeyColumnType;

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
	bool		deferred;		/* checked at the end of the transaction */
	bool		cascades;		/* rows follow by themselves when what they lead to is updated */
	KeyColumnType *types;		/* a column each, as when it was planned for; NULL but in plans */
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
	bool		is_self;		/* the key is one of a table to itself */
	bool		with_heirs;		/* rows of tables that inherit from target come too */
	bool		repeats;		/* MANY_TO_MANY: the junction may have a pair twice */
	bool		to_view;		/* target stands for the table that the key is of, */
	bool		junction_view;	/* the junction does; */
	bool		over_view;		/* one of the two */
	bool		readable;		/* the role may read what it goes by */
} Relationship;

/* The relationships of one table. */
typedef struct RelationshipGraph
{
	Oid			relid;
	List	   *relationships;	/* of Relationship */
	List	   *visited;		/* OIDs of all tables and views that it was read from */
	Oid			role;			/* for whom; */
	bool		at_hand;		/* as for may_follow() */
	bool		reads_all;		/* no privilege is needed */
	List	   *far_views;		/* OIDs of views that were looked at, as targets */
	List	   *junction_views; /* and as junctions */
	bool		has_all_views;
} RelationshipGraph;

/* A column of a table, as which a view has one of its own. */
typedef struct ViewColumn
{
	Oid			relid;			/* InvalidOid: it is none, plainly */
	AttrNumber	attnum;
	int			source;			/* number of the table in FROM, which may be there twice */
} ViewColumn;

typedef struct ViewColumns
{
	ViewColumn *columns;
	int			ncolumns;
	int			nsources;
	bool		unique;			/* a row for each of one table's at most, by its keys */
	List	   *visited;		/* OIDs of the view, and what it was read from */
} ViewColumns;

/* A function that stands where a column or relationship of a table does. */
typedef struct Computed
{
	Oid			function;
	char	   *name;
	Oid			result;			/* its type */
	Oid			target;			/* of a relationship its table; else InvalidOid */
	bool		to_many;
} Computed;

/* The name of the one that is used where none is given. */
#define DEFAULT_SHAPE "default"

/* A trigger that holds a shape. */
typedef struct ShapeTrigger
{
	Oid			relid;
	char	   *trigger;		/* its own name */
	char	   *name;			/* the shape's; NULL if the arguments say none */
	char	   *shape;			/* likewise */
} ShapeTrigger;

/* A shape that was stored under a name. */
typedef struct NamedShape
{
	char	   *name;
	char	   *trigger;		/* the name of the one that holds it */
	ShapeText	text;
} NamedShape;

/* relation.c */
extern Oid	table_of_type(Oid typid);
extern char *describe_relation(Oid relid);
extern AttrNumber find_attribute(TupleDesc tupdesc, const char *name);
extern bool has_foreign_keys(Oid relid);
extern bool type_has_fields(Oid typid);
pg_noreturn extern void not_a_table(Oid relid);

/* type.c */
extern Oid	user_cast(Oid source, Oid target);
extern Oid	base_of_domain(Oid typid, int32 *typmod);
extern bool domain_is_not_null(Oid typid);

/* distribution.c */
extern bool jsonify_distributed_queries;
extern char *jsonify_distribution_schema;
extern bool has_shards(Oid relid);
extern bool is_distributed(Oid relid);
extern bool reads_distributed(Oid relid, List **visited);
extern AttrNumber placing_column(Oid relid);
extern Oid	logical_table(Oid relid);
extern bool is_from_part(Oid referencing, Oid referenced);
extern char *logical_name(Oid relid);
extern char *logical_constraint(Oid relid, const char *name);
extern bool has_citus(void);
extern bool in_task(void);
extern void refuse_unknown_shard(Oid relid);
extern bool is_planned_away(Oid function, Oid target);
extern bool stays_a_call(Oid function);
extern void require_triggers(Oid relid);
extern bool is_worker(void);
extern bool is_distributed_view(Oid relid);
extern void refuse_unknown_view(Oid relid);
extern void require_named_rows(Oid relid);
extern void require_local_table(Oid relid);

/* view_columns.c */
extern bool is_view(Oid relid);
extern ViewColumns *read_view_columns(Oid relid);
extern bool find_in_view(const ViewColumns *view, int source, Oid relid, const AttrNumber *attnums,
						 int nattnums, AttrNumber *found);
extern Oid	view_source(const ViewColumns *view, int source);
extern List *views_named(const char *name);
extern List *add_views_over(List *views, Oid relid);

/* relationship.c */
extern List *outgoing_keys(Oid relid);
extern RelationshipGraph *read_relationships(Oid relid);
extern bool is_same_key(const ForeignKey *left, const ForeignKey *right);
extern List *primary_key_attnums(Oid relid);
extern List *ordering_attnums(Oid relid);
extern List *list_unique_keys(Oid relid);
extern List *list_ordered_keys(Oid relid);
extern bool has_index_on(Oid relid, const AttrNumber *attnums, int nattnums);

/* computed.c */
extern Computed *find_computed(Oid relid, const char *name);
extern uint32 computed_hash(Oid relid, const char *name);
extern List *list_computed(Oid relid, Oid role);

/* view_relationships.c */
extern void add_view_relationships(RelationshipGraph *graph, const char *name, const List *via);
extern void add_all_view_relationships(RelationshipGraph *graph);

/* naming.c */
extern Relationship *find_relationship(RelationshipGraph *graph, const ShapeText *shape,
									   const ShapeStep *step);
extern char *spell_relationship(RelationshipGraph *graph, Relationship *relationship,
								bool *by_name);
extern List *relationship_spellings(RelationshipGraph *graph);
extern List *relationship_names(RelationshipGraph *graph);
extern char *nearest_names(const char *name, List *names);

/* privilege.c */
extern bool may_use_column(Oid relid, AttrNumber attnum, Oid role, AclMode mode);
extern bool may_use_row(Oid relid, Oid role, AclMode mode);
extern void require_column(Oid relid, AttrNumber attnum, Oid role, AclMode mode,
						   ShapePlace place);
extern void require_execute(Oid function, Oid role, ShapePlace place);
extern void judge_relationships(RelationshipGraph *graph, bool at_hand, Oid role,
								bool reads_all);
extern bool may_follow(const Relationship *relationship, bool at_hand, Oid role);
extern void require_relationship(const Relationship *relationship, Oid relid, bool at_hand,
								 Oid role, ShapePlace place);

/* shape_trigger.c */
extern List *list_shape_triggers(Oid relid);
extern List *list_named_shapes(Oid relid);
extern NamedShape *find_named_shape(Oid relid, const char *name);
extern void store_named_shape(Oid relid, const char *name, const char *shape);
extern bool remove_named_shape(Oid relid, const char *name);
pg_noreturn extern void not_storable(const ShapeText *text);

/* view_rows.c */
extern void refuse_view_rows(Node *node);
extern void refuse_unnamed_rows(void);

#endif							/* JSONIFY_SCHEMA_SCHEMA_H */
