/*
 * internal.h
 *		What plan/'s files share.
 */
#ifndef JSONIFY_PLAN_INTERNAL_H
#define JSONIFY_PLAN_INTERNAL_H

#include "plan/plan.h"

/* bind.c */
extern List *query_values(const Level *level, const RowFilter *filter);
extern char *bind_text(const QueryValue *value, const char *params);
extern Datum read_value_text(const QueryValue *value, Oid typid, char *text);

/* order.c */
extern List *bind_order_param(const OrderParam *order, const List *ties, const char *params);
extern bool orders_by(const List *order, int column);

/* keyset.c */

typedef enum KeyRangeKind
{
	RANGE_BEHIND,				/* those columns are behind their values, */
	RANGE_NULL,					/* or the first of them is NULL, */
	RANGE_NOT_NULL				/* or not */
} KeyRangeKind;

/* Rows behind a row that an index has one behind the other. */
typedef struct KeyRange
{
	KeyRangeKind kind;
	int			nequal;			/* the first columns of the order are as in the row, */
	int			end;			/* and those up to here are what kind says */
} KeyRange;

/* Where the condition of one is written to. */
typedef struct KeyRangeText
{
	StringInfo	buf;
	const Level *level;
	const char **values;		/* of the row, as SQL */
	void	   *query;
	void		(*append_column) (void *query, int column);
} KeyRangeText;

extern List *key_ranges(const Level *level, const BoundOrder *bound);
extern void append_key_range(const KeyRangeText *text, const BoundOrder *bound,
							 const KeyRange *range);

/* sql_names.c */
extern int	count_columns(Oid typid);

/* sql_links.c */

/* One side of a join condition. */
typedef struct JoinColumn
{
	char	   *expression;
	Oid			typid;
	Oid			collation;
} JoinColumn;

extern void append_function_rows(StringInfo buf, const Relationship *relationship,
								 const char *argument, const char *alias);
extern void append_keyed_table(StringInfo buf, Oid relid, const char *alias, bool with_heirs);
extern JoinColumn table_column(const char *alias, Oid relid, AttrNumber attnum);
extern Oid	column_collation(Oid relid, AttrNumber attnum);
extern void append_equality(StringInfo buf, const char *separator, JoinColumn referenced,
							Oid operator, JoinColumn referencing, Oid collation, List **typids);
extern void append_far_link(StringInfo buf, const char *separator, const ForeignKey *far_key,
							const char *alias, const char *junction, List **typids);
extern void append_is_row(StringInfo buf, const Relationship *relationship, const char *alias);

#endif							/* JSONIFY_PLAN_INTERNAL_H */
