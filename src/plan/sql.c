/*
 * sql.c
 *		The text of the queries that read a level's rows.
 *
 * Of related rows there is one query for all parents of a level at a time. The
 * parents' distinct keys come as parameters, an array a key column, and every
 * row comes back with the ordinal of the key that it belongs to, so that rows
 * are matched to parents by PostgreSQL's own operators only. A single key, that
 * of one document, comes as it is: nothing is joined then. Where a function
 * computes the rows, the key is the parent's whole row. All names are qualified:
 * search_path plays no part.
 *
 * A query that Citus is to plan for tables that it distributes has no LATERAL over the
 * keys, and no row of a table as such: in a shard that has another type.
 */
#include "plan/internal.h"

#include "catalog/pg_class.h"
#include "catalog/pg_collation.h"
#include "catalog/pg_type.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

/* The i'th parameter: by its number, or where it is to be shown, written out. */
static const char *
parameter(const SqlStyle *style, int i)
{
	return style->keys != NULL ? style->keys[i] : psprintf("$%d", i + 1);
}

/* Tables of a query that reads ranges of rows apart: with each comes all that it joins. */
#define MAX_RANGE_TABLES 64

/* A query, while its text is put together. */
typedef struct QueryText
{
	StringInfoData buf;
	const SqlStyle *style;
	const Level *level;
	const RowFilter *filter;
	const Branch *branch;		/* NULL: of a root */
	List	   *values;
	int			nkeys;
	BoundOrder	order;
	List	   *ranges;			/* of KeyRange: of the rows behind the one that it names */
	bool		apart;			/* each of these is found by itself */
	const KeyRange *range;		/* the one that is written of these; NULL: all at once */
} QueryText;

static void
begin_text(QueryText *text, const SqlStyle *style, const Level *level, const RowFilter *filter,
		   const Branch *branch)
{
	ListCell   *lc;

	initStringInfo(&text->buf);
	text->style = style;
	text->level = level;
	text->filter = filter;
	text->branch = branch;
	text->values = query_values(level, filter);
	text->nkeys = branch != NULL ? branch->nkeys : 0;
	memset(&text->order, 0, sizeof(BoundOrder));
	text->order.order = filter->order;
	if (style->order != NULL)
		text->order = *style->order;
	text->ranges = key_ranges(level, &text->order);
	text->apart = list_length(text->ranges) > 1 &&
		list_length(text->ranges) * (level->naliases + 1) <= MAX_RANGE_TABLES;
	text->range = NULL;
	foreach(lc, text->values)
		((QueryValue *) lfirst(lc))->number = foreach_current_index(lc);
}

static const char *
value_parameter(const QueryText *text, const QueryValue *value)
{
	if (value->number >= list_length(text->values) ||
		list_nth(text->values, value->number) != value)
		elog(ERROR, "a query lacks one of its values");
	return parameter(text->style, text->nkeys + value->number);
}

/* A guard: as it is, where the query is shown; else false, and where that stands. */
static void
append_guard(QueryText *text, const SqlGuard *guard)
{
	const SqlStyle *style = text->style;
	GuardPlace *place;

	if (style->keys != NULL)
	{
		appendStringInfoString(&text->buf, guard_holds(guard, style->params) ? "true" : "false");
		return;
	}
	place = palloc(sizeof(GuardPlace));
	place->offset = text->buf.len;
	place->guard = guard;
	*style->guards = lappend(*style->guards, place);
	appendStringInfoString(&text->buf, SQL_FALSE);
}

/*
 * The value that the query's rows have where it says in which shard they lie, as SQL and of a
 * type that this is as good as: what the condition has it be, or the key of all parents. NULL
 * if there is none.
 */
static const char *
place_of_rows(const QueryText *text, Oid typid, Oid *value_typid)
{
	const QueryValue *place = text->filter->place;
	const SqlStyle *style = text->style;
	const BranchQueries *queries;

	typid = getBaseType(typid);
	/* the type of a literal, and what a name of one is compared as */
	if (place != NULL && (place->typid == typid || (place->typid == INT4OID && typid == INT8OID) ||
						  (place->typid == TEXTOID && typid == VARCHAROID)))
	{
		*value_typid = place->typid;
		return value_parameter(text, place);
	}
	if (text->branch == NULL || (!style->single && !style->placed))
		return NULL;
	queries = &text->branch->queries;
	if (!queries->places_rows || queries->key_typids[queries->placing] != typid)
		return NULL;
	*value_typid = typid;
	return parameter(style, queries->placing);
}

/*
 * Of a subquery that is correlated with rows of one tenant, where the others of a join are
 * known by that, Citus finds out no more that its rows are of the same:
 *
 *		AND c1.tenant_id OPERATOR(pg_catalog.=) $1
 */
static void
append_placed(QueryText *text, const PlacedColumn *placed)
{
	JoinColumn	column = {placed->expression, placed->typid, placed->collation};
	JoinColumn	value = {NULL, InvalidOid, placed->collation};
	List	   *typids = NIL;

	value.expression = unconstify(char *, place_of_rows(text, placed->typid, &value.typid));
	if (value.expression != NULL)
		append_equality(&text->buf, " AND ", column, placed->operator, value, InvalidOid, &typids);
}

static void
append_parts(QueryText *text, const List *parts)
{
	ListCell   *lc;

	foreach(lc, parts)
	{
		const SqlPart *part = lfirst(lc);

		if (part->guard != NULL)
		{
			append_guard(text, part->guard);
			continue;
		}
		if (part->placed != NULL)
		{
			append_placed(text, part->placed);
			continue;
		}
		appendStringInfoString(&text->buf, part->value != NULL ?
							   value_parameter(text, part->value) : part->text);
	}
}

/*
 * What the rows of the level carry in one column. Where they are not ordered by what is
 * there for that only, nobody computes it or joins a table for it.
 */
static void
append_column(void *query, int number)
{
	QueryText  *text = query;
	const LevelColumn *column = &text->level->columns[number];
	bool		is_idle = column->only_ordered && !orders_by(text->order.order, number);

	appendStringInfoString(&text->buf, is_idle ? "CASE WHEN false THEN " : "");
	/* with the cast it is the row, and not all of its columns */
	if (column->expression != NIL)
		append_parts(text, column->expression);
	else if (OidIsValid(column->function))
	{
		appendStringInfo(&text->buf, "%s(", sql_function_name(column->function));
		append_row(&text->buf, text->level->relid, "c");
		appendStringInfoChar(&text->buf, ')');
	}
	else if (column->attnum == InvalidAttrNumber && is_distributed(text->level->relid))
		append_row(&text->buf, text->level->relid, "c");
	else if (column->attnum == InvalidAttrNumber)
		appendStringInfo(&text->buf, "c.*::%s", sql_type_name(column->typid));
	else
		appendStringInfo(&text->buf, "c.%s", quote_identifier(column->name));
	appendStringInfoString(&text->buf, is_idle ? " END" : "");
}

/* All of them, each behind a comma but for the first. */
static void
append_columns(QueryText *text, const char *separator, bool named)
{
	for (int i = 0; i < text->level->ncolumns; i++)
	{
		appendStringInfoString(&text->buf, i == 0 ? separator : ", ");
		append_column(text, i);
		if (named)
			appendStringInfo(&text->buf, " AS q%d", i + 1);
	}
}

/* Those of a subquery that has named them. */
static void
append_named_columns(QueryText *text, const char *separator)
{
	for (int i = 0; i < text->level->ncolumns; i++)
		appendStringInfo(&text->buf, "%sq.q%d", i == 0 ? separator : ", ", i + 1);
}

/* That a row is in a range behind the one that the order names, or in any of them. */
static void
append_ranges(QueryText *text)
{
	const char **values = palloc(sizeof(char *) * (list_length(text->order.order) + 1));
	KeyRangeText range_text = {
		.buf = &text->buf,
		.level = text->level,
		.values = values,
		.query = text,
		.append_column = append_column
	};
	ListCell   *lc;

	for (int i = 0; i < list_length(text->order.order); i++)
		values[i] = parameter(text->style, text->nkeys + list_length(text->values) + i);
	appendStringInfoChar(&text->buf, '(');
	if (text->ranges == NIL)
		appendStringInfoString(&text->buf, "false");
	foreach(lc, text->ranges)
	{
		if (text->range != NULL && text->range != lfirst(lc))
			continue;
		if (text->range == NULL && foreach_current_index(lc) > 0)
			appendStringInfoString(&text->buf, ") OR (");
		append_key_range(&range_text, &text->order, lfirst(lc));
	}
	appendStringInfoChar(&text->buf, ')');
}

/* What else is asked of rows, behind what leads to them or with NULL behind nothing. */
static void
append_condition(QueryText *text, const char *separator)
{
	if (text->filter->condition != NIL)
	{
		appendStringInfoString(&text->buf, separator != NULL ? separator : " WHERE ");
		append_parts(text, text->filter->condition);
		separator = " AND ";
	}
	if (!text->order.is_behind)
		return;
	appendStringInfoString(&text->buf, separator != NULL ? separator : " WHERE ");
	if (list_length(text->ranges) > 1 && text->range == NULL)
	{
		appendStringInfoChar(&text->buf, '(');
		append_ranges(text);
		appendStringInfoChar(&text->buf, ')');
	}
	else
		append_ranges(text);
}

/*
 * The order behind a separator, by the numbers of the columns, so that functions are not
 * called again, and no name means another; first is that of the first column. Within a
 * window, where numbers are not taken, by name.
 */
static void
append_order_by(QueryText *text, const char *separator, int first, bool by_name)
{
	ListCell   *lc;

	foreach(lc, text->order.order)
	{
		const LevelOrder *order = lfirst(lc);

		appendStringInfo(&text->buf, "%s%s%d%s%s",
						 foreach_current_index(lc) == 0 ? separator : ", ",
						 by_name ? "q" : "", order->column + first,
						 order->descending ? " DESC" : "",
						 order->nulls_first == order->descending ? "" :
						 order->nulls_first ? " NULLS FIRST" : " NULLS LAST");
	}
}

static void
append_order(QueryText *text, int first, bool by_name)
{
	append_order_by(text, " ORDER BY ", first, by_name);
}

/* By the keys of the parents, if there is one, and what the level's rows are groups by; numbers as above. */
static void
append_group(QueryText *text, const char *key, int first)
{
	const Level *level = text->level;
	const char *separator = " GROUP BY ";

	if (key != NULL && (level->is_aggregate || level->ngrouped > 0))
	{
		appendStringInfo(&text->buf, "%s%s", separator, key);
		separator = ", ";
	}
	for (int i = 0; i < level->ngrouped; i++)
	{
		appendStringInfo(&text->buf, "%s%d", separator, i + first);
		separator = ", ";
	}
}

static void
append_limit(QueryText *text)
{
	if (text->filter->limit != NULL)
		appendStringInfo(&text->buf, " LIMIT %s", value_parameter(text, text->filter->limit));
	if (text->filter->offset != NULL)
		appendStringInfo(&text->buf, " OFFSET %s", value_parameter(text, text->filter->offset));
}

/* Whether a column of a key is one value for all of them. */
static bool
is_shared(const Branch *branch, int i, const SqlStyle *style)
{
	return style->single || (style->placed && i == branch->queries.placing);
}

/* The keys of the parents, as rows k(k1, ..., ord); of whole rows their columns. */
static void
append_keys(QueryText *text, const Branch *branch, int ncolumns)
{
	StringInfo	buf = &text->buf;
	const char *separator = "";

	appendStringInfoString(buf, "ROWS FROM (");
	for (int i = 0; i < branch->nkeys; i++)
	{
		if (is_shared(branch, i, text->style))
			continue;
		appendStringInfo(buf, "%spg_catalog.unnest(%s)", separator, parameter(text->style, i));
		separator = ", ";
	}
	appendStringInfoString(buf, ") WITH ORDINALITY AS k(");
	for (int i = 0; i < ncolumns; i++)
	{
		if (!is_shared(branch, i, text->style))
			appendStringInfo(buf, "k%d, ", i + 1);
	}
	appendStringInfoString(buf, "ord)");
}

static void
append_branch_keys(QueryText *text, const Branch *branch)
{
	append_keys(text, branch, OidIsValid(branch->relationship->function) ?
				count_columns(branch->queries.key_typids[0]) : branch->nkeys);
}

/* The i'th column of a key as the query sees it: of a base type. */
static JoinColumn
key_column(const Branch *branch, int i, const SqlStyle *style)
{
	JoinColumn	column;

	column.expression = is_shared(branch, i, style) ? pstrdup(parameter(style, i)) :
		psprintf("k.k%d", i + 1);
	column.typid = branch->queries.key_typids[i];
	column.collation = InvalidOid;
	if (branch->queries.key_as_text[i])
		column.expression = psprintf("%s::%s", column.expression, sql_type_name(column.typid));
	return column;
}

/*
 * The call of the function that computes a parent's rows: of a single one, and
 * of several,
 *
 *		app.friends($1::app.users) AS c
 *		app.friends(ROW(k.k1, k.k2)::app.users) AS c
 */
static void
append_call(QueryText *text, const Branch *branch)
{
	Oid			typid = branch->queries.key_typids[0];
	int			ncolumns = count_columns(typid);
	StringInfoData argument;

	initStringInfo(&argument);
	if (text->style->single)
		appendStringInfoString(&argument, parameter(text->style, 0));
	else
	{
		/* put together from its columns, the function sees through it if inlined */
		appendStringInfoString(&argument, "ROW(");
		for (int i = 0; i < ncolumns; i++)
			appendStringInfo(&argument, "%sk.k%d", i > 0 ? ", " : "", i + 1);
		appendStringInfoChar(&argument, ')');
	}
	appendStringInfo(&argument, "::%s", sql_type_name(typid));
	append_function_rows(&text->buf, branch->relationship, argument.data, "c");
	pfree(argument.data);
}

/*
 * By a list Citus knows which shards it has to ask, which by a join it does not:
 *
 *		AND c.author_id OPERATOR(pg_catalog.=) ANY ($1)
 */
static void
append_places(QueryText *text, const Branch *branch, JoinColumn parent_key, Oid operator,
			  JoinColumn column, Oid collation, int i)
{
	const SqlStyle *style = text->style;
	Oid			left;
	Oid			right;

	if (!branch->queries.distributed || i != branch->queries.placing || style->single ||
		style->placed || style->most_keys)
		return;
	op_input_types(operator, &left, &right);
	if (left != right || left != column.typid || left != parent_key.typid ||
		branch->queries.key_as_text[i] || (OidIsValid(collation) && collation != column.collation))
		return;
	appendStringInfoString(&text->buf, " AND ");
	generate_operator_clause(&text->buf, column.expression, column.typid, operator,
							 psprintf("ANY (%s)", parameter(style, i)), column.typid);
}

/*
 * What holds between a parent's key and a row of the child level: to-one, to-many,
 * and over a junction,
 *
 *		c.id OPERATOR(pg_catalog.=) k.k1
 *		k.k1 OPERATOR(pg_catalog.=) c.author_id
 *		k.k1 OPERATOR(pg_catalog.=) j.post_id AND c.id OPERATOR(pg_catalog.=) j.tag_id
 */
static void
append_key_link(QueryText *text, const Branch *branch, List **typids)
{
	const Relationship *relationship = branch->relationship;
	const ForeignKey *key = relationship->key;
	const char *near = relationship->kind == MANY_TO_MANY ? "j" : "c";

	if (key == NULL)
		append_is_row(&text->buf, relationship, "c");
	for (int i = 0; key != NULL && i < key->nkeys; i++)
	{
		JoinColumn	parent_key = key_column(branch, i, text->style);
		const char *separator = i > 0 ? " AND " : "";
		JoinColumn	column;
		Oid			collation;

		if (relationship->kind == TO_ONE)
		{
			column = table_column("c", key->referenced, key->referenced_attnums[i]);
			collation = InvalidOid;
			append_equality(&text->buf, separator, column, key->operators[i], parent_key,
							collation, typids);
		}
		else
		{
			column = table_column(near, key->referencing, key->referencing_attnums[i]);
			collation = column_collation(key->referenced, key->referenced_attnums[i]);
			append_equality(&text->buf, separator, parent_key, key->operators[i], column,
							collation, typids);
		}
		append_places(text, branch, parent_key, key->operators[i], column, collation, i);
	}
	append_far_link(&text->buf, " AND ", relationship->far_key, "c", "j", typids);
}

/*
 * FROM and WHERE of a branch. keys: with those of the parents, unless there is
 * a single one; without, they are outside. Over a junction, over one that may
 * have a pair twice, and of rows that a function computes:
 *
 *		FROM ONLY app.tags AS c, ONLY app.posts_tags AS j,
 *			 ROWS FROM (pg_catalog.unnest($1)) WITH ORDINALITY AS k(k1, ord)
 *		WHERE k.k1 OPERATOR(pg_catalog.=) j.post_id
 *			 AND c.id OPERATOR(pg_catalog.=) j.tag_id
 *
 *		FROM ONLY app.users AS c, ROWS FROM (...) WITH ORDINALITY AS k(k1, ord)
 *		WHERE EXISTS (SELECT FROM ONLY app.likes AS j
 *					  WHERE k.k1 OPERATOR(pg_catalog.=) j.post_id
 *						AND c.id OPERATOR(pg_catalog.=) j.user_id)
 *
 *		FROM ROWS FROM (...) WITH ORDINALITY AS k(k1, k2, ord),
 *			 LATERAL app.friends(ROW(k.k1, k.k2)::app.users) AS c
 *		WHERE true
 */
static void
append_source(QueryText *text, const Branch *branch, bool keys, List **typids)
{
	const Relationship *relationship = branch->relationship;
	StringInfo	buf = &text->buf;
	bool		computed = OidIsValid(relationship->function);

	keys = keys && !text->style->single;
	appendStringInfoString(buf, " FROM ");
	/* the function takes its argument from there */
	if (keys && computed)
	{
		append_branch_keys(text, branch);
		appendStringInfoString(buf, ", LATERAL ");
	}
	if (computed)
		append_call(text, branch);
	else
		append_keyed_table(buf, text->level->relid, "c", relationship->with_heirs);
	append_parts(text, text->level->joins.parts);
	append_parts(text, text->filter->joins.parts);
	if (relationship->kind == MANY_TO_MANY && !relationship->repeats)
		append_junction(buf, relationship, ", ", "j");
	if (keys && !computed)
	{
		appendStringInfoString(buf, ", ");
		append_branch_keys(text, branch);
	}
	appendStringInfoString(buf, " WHERE ");
	/* a far row comes once, however many rows of the junction lead to it */
	if (relationship->repeats)
	{
		append_junction(buf, relationship, "EXISTS (SELECT FROM ", "j");
		appendStringInfoString(buf, " WHERE ");
	}
	append_key_link(text, branch, typids);
	if (relationship->repeats)
		appendStringInfoChar(buf, ')');
	append_condition(text, " AND ");
}

/* The same of a root. */
static void
append_root_source(QueryText *text)
{
	appendStringInfo(&text->buf, " FROM %s AS c", sql_table_name(text->level->relid));
	append_parts(text, text->level->joins.parts);
	append_parts(text, text->filter->joins.parts);
	append_condition(text, NULL);
}

/*
 * The first rows of each range behind a row, and of these the first: of a branch, for one
 * parent, or with NULL of a root. For (order: name desc, page: 3, after: $cursor) { id }:
 *
 *		((SELECT 1 AS n, c.id AS q1, c.name AS q2 FROM app.users AS c
 *		  WHERE (c.name OPERATOR(pg_catalog.=) $2 AND c.id OPERATOR(pg_catalog.>) $3)
 *		  ORDER BY 3 DESC, 2 LIMIT $1)
 *		 UNION ALL
 *		 (SELECT 2 AS n, c.id AS q1, c.name AS q2 FROM app.users AS c
 *		  WHERE (c.name OPERATOR(pg_catalog.<) $2)
 *		  ORDER BY 3 DESC, 2 LIMIT $1)) AS q
 *		ORDER BY q.n, q2 DESC, q1 LIMIT $1
 */
static void
append_range_union(QueryText *text, const Branch *branch, List **typids)
{
	ListCell   *lc;

	foreach(lc, text->ranges)
	{
		text->range = lfirst(lc);
		appendStringInfo(&text->buf, "%s(SELECT %d AS n", foreach_current_index(lc) == 0 ? "(" : " UNION ALL ",
						 foreach_current_index(lc) + 1);
		append_columns(text, ", ", true);
		if (branch == NULL)
			append_root_source(text);
		else
			append_source(text, branch, false, typids);
		append_order(text, 2, false);
		append_limit(text);
		appendStringInfoChar(&text->buf, ')');
	}
	appendStringInfoString(&text->buf, ") AS q ORDER BY q.n");
	append_order_by(text, ", ", 1, true);
	append_limit(text);
}

/*
 * The rows of all parents, each parent's by itself: an index finds them. For
 * { posts(order: views desc, limit: 5) { title } }:
 *
 *		SELECT k.ord, q.q1, q.q2, q.q3
 *		FROM ROWS FROM (pg_catalog.unnest($1)) WITH ORDINALITY AS k(k1, ord),
 *			 LATERAL (SELECT c.title AS q1, c.views AS q2, c.id AS q3
 *					  FROM ONLY app.posts AS c
 *					  WHERE k.k1 OPERATOR(pg_catalog.=) c.author_id
 *					  ORDER BY 2 DESC, 3 LIMIT $2) AS q
 */
static void
append_lateral(QueryText *text, const Branch *branch, List **typids)
{
	appendStringInfoString(&text->buf, "SELECT k.ord");
	append_named_columns(text, ", ");
	appendStringInfoString(&text->buf, " FROM ");
	append_branch_keys(text, branch);
	appendStringInfoString(&text->buf, ", LATERAL (SELECT");
	if (text->apart)
	{
		append_named_columns(text, " ");
		appendStringInfoString(&text->buf, " FROM ");
		append_range_union(text, branch, typids);
	}
	else
	{
		append_columns(text, " ", true);
		append_source(text, branch, false, typids);
		append_group(text, NULL, 1);
		append_order(text, 1, false);
		append_limit(text);
	}
	appendStringInfoString(&text->buf, ") AS q");
}

/*
 * The same in one pass over all of them, where no index does. For
 * { notes(offset: 1, limit: 5) { body } }:
 *
 *		SELECT q.ord, q.q1, q.q2
 *		FROM (SELECT r.*, pg_catalog.row_number() OVER (PARTITION BY r.ord ORDER BY q2) AS n
 *			  FROM (SELECT k.ord AS ord, c.body AS q1, c.id AS q2
 *					FROM ONLY app.notes AS c,
 *						 ROWS FROM (pg_catalog.unnest($1)) WITH ORDINALITY AS k(k1, ord)
 *					WHERE k.k1 OPERATOR(pg_catalog.=) c.user_id) AS r) AS q
 *		WHERE q.n OPERATOR(pg_catalog.>) COALESCE($3, 0)
 *		  AND ($2 IS NULL
 *			   OR q.n OPERATOR(pg_catalog.-) COALESCE($3, 0) OPERATOR(pg_catalog.<=) $2)
 */
static void
append_window(QueryText *text, const Branch *branch, List **typids)
{
	const char *offset = text->filter->offset == NULL ? NULL :
		value_parameter(text, text->filter->offset);
	const char *limit = text->filter->limit == NULL ? NULL :
		value_parameter(text, text->filter->limit);

	appendStringInfoString(&text->buf, "SELECT q.ord");
	append_named_columns(text, ", ");
	appendStringInfoString(&text->buf, " FROM (SELECT r.*, pg_catalog.row_number() OVER (PARTITION BY r.ord");
	append_order(text, 1, true);
	appendStringInfoString(&text->buf, ") AS n FROM (SELECT k.ord AS ord");
	append_columns(text, ", ", true);
	append_source(text, branch, true, typids);
	append_group(text, "k.ord", 2);
	appendStringInfoString(&text->buf, ") AS r) AS q WHERE ");
	/* as LIMIT and OFFSET do, a NULL is none */
	if (offset != NULL)
		appendStringInfo(&text->buf, "q.n OPERATOR(pg_catalog.>) COALESCE(%s, 0)", offset);
	if (offset != NULL && limit != NULL)
		appendStringInfo(&text->buf, " AND (%s IS NULL OR q.n OPERATOR(pg_catalog.-) COALESCE(%s, 0) OPERATOR(pg_catalog.<=) %s)",
						 limit, offset, limit);
	else if (limit != NULL)
		appendStringInfo(&text->buf, "(%s IS NULL OR q.n OPERATOR(pg_catalog.<=) %s)", limit, limit);
}

/* Whether all that is asked of a table's rows is how many there are: an index tells. */
static bool
only_counts(const Branch *branch)
{
	const Level *level = branch->child;

	for (int i = 0; i < level->ncolumns; i++)
	{
		const SqlPart *part = linitial(level->columns[i].expression);

		if (part->text == NULL || strcmp(part->text, COUNT_ROWS) != 0)
			return false;
	}
	return branch->filter.condition == NIL && level->joins.parts == NIL &&
		branch->relationship->kind != MANY_TO_MANY;
}

/*
 * Whether each parent's rows are best read by themselves: if there is a limit,
 * or they are aggregated and few of all that there are.
 */
static bool
by_parent(const Branch *branch, const SqlStyle *style)
{
	if (!branch->has_index || style->single || branch->queries.distributed)
		return false;
	if (branch->filter.limit != NULL || branch->filter.offset != NULL)
		return true;
	return branch->child->is_aggregate && (!style->most_keys || only_counts(branch));
}

/*
 * The query of a branch, palloc'd: its first column is the ordinal of the key,
 * the others are those of the child level. Types whose names it may contain
 * are added to *typids. For { posts { title } } of several parents, of a single
 * one, and for count(posts) of many of those that there are:
 *
 *		SELECT k.ord, c.title, c.id
 *		FROM ONLY app.posts AS c,
 *			 ROWS FROM (pg_catalog.unnest($1)) WITH ORDINALITY AS k(k1, ord)
 *		WHERE k.k1 OPERATOR(pg_catalog.=) c.author_id
 *
 *		SELECT 1::pg_catalog.int8, c.title, c.id FROM ONLY app.posts AS c
 *		WHERE $1 OPERATOR(pg_catalog.=) c.author_id
 *
 *		SELECT k.ord, pg_catalog.count(*)
 *		FROM ONLY app.posts AS c,
 *			 ROWS FROM (pg_catalog.unnest($1)) WITH ORDINALITY AS k(k1, ord)
 *		WHERE k.k1 OPERATOR(pg_catalog.=) c.author_id
 *		GROUP BY k.ord
 *
 * Where the rows are groups they are by their columns as well, GROUP BY k.ord, 2. The
 * rows come in no order: load/ sorts each parent's by what the filter says.
 */
char *
branch_sql(const Branch *branch, const SqlStyle *style, List **typids)
{
	const Level *level = branch->child;
	const RowFilter *filter = &branch->filter;
	bool		limited = filter->limit != NULL || filter->offset != NULL;
	QueryText	text;

	begin_text(&text, style, level, filter, branch);
	if (by_parent(branch, style))
	{
		append_lateral(&text, branch, typids);
		return text.buf.data;
	}
	if (!style->single && limited)
	{
		append_window(&text, branch, typids);
		return text.buf.data;
	}

	appendStringInfoString(&text.buf, style->single ? "SELECT 1::pg_catalog.int8" : "SELECT k.ord");
	/* without an index that finds them the rows are better read once */
	if (style->single && branch->has_index && text.apart)
	{
		append_named_columns(&text, ", ");
		appendStringInfoString(&text.buf, " FROM ");
		append_range_union(&text, branch, typids);
		return text.buf.data;
	}
	append_columns(&text, ", ", false);
	append_source(&text, branch, true, typids);
	append_group(&text, style->single ? NULL : "k.ord", 2);
	if (limited)
	{
		append_order(&text, 2, false);
		append_limit(&text);
	}
	return text.buf.data;
}

/*
 * The query of a root's own rows, palloc'd: its columns are those of the level. For
 * (where: name like 'a%' and exists(posts(where: views > 2)), order: name desc,
 * limit: 3) { id }, with the three literals bound:
 *
 *		SELECT c.id, c.name FROM app.users AS c
 *		WHERE ((c.name OPERATOR(pg_catalog.~~) $1)
 *			   AND (EXISTS (SELECT FROM ONLY app.posts AS c1
 *							WHERE c.id OPERATOR(pg_catalog.=) c1.author_id
 *							  AND (c1.views OPERATOR(pg_catalog.>) $2))))
 *		ORDER BY 2 DESC, 1 LIMIT $3
 */
char *
root_sql(const Level *level, const SqlStyle *style)
{
	QueryText	text;

	begin_text(&text, style, level, &level->filter, NULL);
	appendStringInfoString(&text.buf, "SELECT");
	if (text.apart)
	{
		append_named_columns(&text, " ");
		appendStringInfoString(&text.buf, " FROM ");
		append_range_union(&text, NULL, NULL);
		return text.buf.data;
	}
	append_columns(&text, " ", false);
	append_root_source(&text);
	append_group(&text, NULL, 1);
	append_order(&text, 1, false);
	append_limit(&text);
	return text.buf.data;
}
