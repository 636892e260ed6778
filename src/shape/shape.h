/*
 * shape.h
 *		A shape: its text, parsed.
 */
#ifndef JSONIFY_SHAPE_SHAPE_H
#define JSONIFY_SHAPE_SHAPE_H

#include "compat.h"

#include "nodes/pg_list.h"

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
	bool		is_optional;	/* $name? */
	int			location;
} ShapeValue;

/* What "in" may list: an array that a plan has of them must be palloc'd. */
#define MAX_LIST_VALUES 10000000

/* What is made of a text to search for, on the right of "@@". */
typedef enum ShapeSearch
{
	SEARCH_NONE,
	SEARCH_WEB,
	SEARCH_PLAIN,
	SEARCH_PHRASE
} ShapeSearch;

typedef enum ShapeAggregate
{
	AGGREGATE_NONE,
	AGGREGATE_COUNT,
	AGGREGATE_SUM,
	AGGREGATE_AVG,
	AGGREGATE_MIN,
	AGGREGATE_MAX,
	AGGREGATE_DISTINCT			/* of an item only: different values, as an array */
} ShapeAggregate;

/* Either a path or a value. */
typedef struct ShapeOperand
{
	List	   *path;			/* of ShapeStep */
	ShapeAggregate aggregate;	/* over what the path leads to */
	ShapeValue *value;
	ShapeSearch search;			/* of a value, */
	ShapeName	configuration;	/* by this, or a NULL name */
	int			location;
} ShapeOperand;

typedef enum ShapeConditionKind
{
	CONDITION_AND,				/* of conditions, as is "or" */
	CONDITION_OR,
	CONDITION_OPERATOR,			/* of two operands */
	CONDITION_DISTINCT,			/* the same */
	CONDITION_IN,				/* of one and a list, by any operator of a param */
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
	bool		of_all;			/* its values, not of any of them */
	bool		is_between;		/* CONDITION_AND of what "between" compares */
};

typedef struct ShapeOrder
{
	List	   *path;			/* of ShapeStep; NIL of count() */
	ShapeAggregate aggregate;	/* over what it leads to */
	bool		descending;
	bool		nulls_first;
	int			location;
} ShapeOrder;

/* What a shape says of writing: of the rows that a relation leads to, */
typedef enum ShapeWrite
{
	WRITE_UNSAID,				/* nothing: as WRITE_NONE */
	WRITE_NONE,
	WRITE_OWN,					/* they are part of the document */
	WRITE_LINK					/* only that they belong here is */
} ShapeWrite;

/* and of those that a document leaves out. */
typedef enum ShapeMissing
{
	MISSING_UNSAID,				/* nothing: as MISSING_ERROR */
	MISSING_ERROR,
	MISSING_DELETE,
	MISSING_UNLINK,
	MISSING_KEEP
} ShapeMissing;

struct ShapeArgs
{
	int			location;
	List	   *via;			/* of ShapeName: the dotted parts, or NIL */
	ShapeCondition *where;		/* and so on: NULL or NIL where not given */
	List	   *order;			/* of ShapeOrder; or */
	ShapeValue *order_param;	/* a param that says it */
	ShapeValue *limit;
	ShapeValue *offset;
	ShapeValue *page;
	ShapeValue *after;
	ShapeValue *recurse;
	ShapeName	key;
	List	   *group;			/* of paths, each a List of ShapeStep */
	ShapeWrite	write;
	ShapeMissing missing;
	List	   *by;				/* of ShapeName, or NIL */
};

typedef enum ShapeItemKind
{
	SHAPE_ALL,					/* * */
	SHAPE_EXCEPT,				/* -name */
	SHAPE_SPREAD,				/* ...name */
	SHAPE_FLAT,					/* ...rel { ... }, its path of one step */
	SHAPE_VALUE,				/* [key:] path [@format] [{ ... }] */
	SHAPE_CONSTANT,				/* key: 'text', 5, true, null or $param */
	SHAPE_ETAG,					/* [key:] @etag */
	SHAPE_DELETE				/* [key:] @delete */
} ShapeItemKind;

typedef struct ShapeItem
{
	ShapeItemKind kind;
	const ShapeText *shape;		/* that it stands in */
	int			location;
	ShapeName	name;			/* of SHAPE_VALUE the last of its path */
	ShapeName	format;			/* behind its "@", or a NULL name */
	bool		is_readonly;	/* what else stands behind an "@" */
	bool		is_once;
	bool		is_nocheck;
	int			annotated;		/* where the last of those stands */
	char	   *key;			/* from SHAPE_VALUE on: its alias, else its name */
	bool		is_aliased;
	ShapeAggregate aggregate;	/* over its path, NIL of count() */
	List	   *path;			/* of ShapeStep */
	ShapeSet   *set;			/* what stands in its braces, or NULL */
	ShapeValue *constant;		/* of SHAPE_CONSTANT */
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

/* parse.c */
extern Shape *parse_shape(const ShapeText *text, int max_depth);

/* parse_path.c */
extern List *parse_order_text(const ShapeText *text);

/* parse_path.c */
extern const char *aggregate_name(ShapeAggregate aggregate);

/* position.c */
extern int	shape_position(const ShapeText *shape, int location);
extern const char *quote_shape_name(const char *name);
extern const char *quote_shape_text(const char *text);
extern int64 check_count(const char *text, const char *name, const ShapeText *shape,
						 int location);

#endif							/* JSONIFY_SHAPE_SHAPE_H */
