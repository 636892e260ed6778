/*
 * subselect.c
 *		What conditions and orders ask of related rows: whether there are any, and
 *		aggregates over them. What filters those is a condition again, which
 *		condition.c makes for the context.
 */
#include "resolve/internal.h"

#include "access/relation.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/lsyscache.h"

/* An error in a piece of SQL that was made of a shape is one in the shape. */
static void
blame_shape(void *arg)
{
	ShapePlace *place = arg;

	errposition(0);
	(void) shape_position(place->shape, place->location);
	/* that of PostgreSQL asks for a cast, of which shapes have none */
	if (geterrcode() == ERRCODE_UNDEFINED_FUNCTION)
		errhint("Values of that type have no such aggregate; a computed field may give what has.");
}

/* The type of an aggregate over values of a type, as PostgreSQL finds it. */
static Oid
aggregate_type(const char *name, Oid typid, ShapePlace place)
{
	ErrorContextCallback callback = {
		.previous = error_context_stack,
		.callback = blame_shape,
		.arg = &place
	};
	Oid			result;

	error_context_stack = &callback;
	result = jsonify_expression_type(psprintf("SELECT pg_catalog.%s(NULL::%s)", name,
											  sql_type_name(typid)));
	error_context_stack = callback.previous;
	return result;
}

/* What is aggregated, while a path is followed that leads to it. */
typedef struct Aggregated
{
	const ShapeText *shape;
	const List *path;			/* of ShapeStep */
	List	  **condition;		/* takes what the steps are filtered by */
	SqlExpression argument;		/* NIL: the rows themselves */
} Aggregated;

/* Adds what a step is filtered by, if it is, to the condition on the rows there. */
static void
add_step_condition(const SqlTable *table, const ShapeText *shape, const ShapeStep *step,
				   List **condition)
{
	if (step->args == NULL || step->args->where == NULL)
		return;
	if (*condition != NIL)
		emit(condition, " AND ");
	*condition = list_concat(*condition,
							 table->scope->context->resolve_condition(table, shape, step->args->where));
}

/*
 * Goes on from a row of an aggregate's tables: further relationships are
 * joined, and what they are filtered by is added.
 */
static void
follow_steps(Aggregated *aggregated, const SqlTable *table, int number)
{
	const ShapeText *shape = aggregated->shape;
	const ShapeStep *step = list_nth(aggregated->path, number);
	Scope	   *scope = table->scope;
	ShapePlace	place = {shape, step->name.location};
	bool		is_last = number == list_length(aggregated->path) - 1;
	Scope		inner_scope = {.context = scope->context};
	SqlTable	inner = *table;
	StepTarget	target;
	Relation	relation;

	check_stack_depth();
	if (!find_path_step(scope, shape, step, is_last, &target))
		unknown_name(scope, shape, step, step->args != NULL);
	if (target.relationship == NULL)
	{
		List	   *rest = list_copy_tail(aggregated->path, number);

		aggregated->argument = resolve_expression(table, shape, rest);
		return;
	}

	check_filter_args(shape, step->args, "an aggregate");
	require_relationship(target.relationship, scope->relid, scope->at_hand, scope->context->role,
						 place);
	inner_scope.at_hand = OidIsValid(target.relationship->function);
	relation = open_table(&inner_scope, target.relationship->target);
	inner.scope = &inner_scope;
	inner.alias = new_alias(table, place);
	inner.placing = related_column(target.relationship, table->placing);
	inner.place = NULL;
	join_related(table, target.relationship, "JOIN", inner.alias);
	add_step_condition(&inner, shape, step, aggregated->condition);
	if (!is_last)
		follow_steps(aggregated, &inner, number + 1);
	relation_close(relation, NoLock);
}

/*
 * An aggregate over values of an expression, or with NIL over rows. Raises what
 * PostgreSQL says of an aggregate that a type does not have.
 */
SqlExpression
make_aggregate(ShapeAggregate aggregate, SqlExpression argument, ShapePlace place)
{
	const char *name = aggregate_name(aggregate);
	SqlExpression result = {NIL};

	if (argument.parts == NIL)
	{
		emit(&result.parts, COUNT_ROWS);
		result.typid = INT8OID;
		return result;
	}
	emit(&result.parts, psprintf("pg_catalog.%s(", name));
	result.parts = list_concat(result.parts, argument.parts);
	emit(&result.parts, ")");
	result.typid = aggregate_type(name, argument.typid, place);
	/* as SQL has it: that of what is aggregated, where the result has any */
	if (OidIsValid(get_typcollation(result.typid)))
		result.collation = OidIsValid(argument.collation) ? argument.collation :
			get_typcollation(result.typid);
	return result;
}

/*
 * An aggregate over the rows of table, or over what path, of which its first step is
 * the way to them, leads to from there. What that is filtered by is added to *condition,
 * which has what the first step is filtered by already; location is the aggregate's.
 * Raises what resolve_expression() and resolve_condition() do, and what PostgreSQL says
 * of an aggregate that a type does not have.
 */
SqlExpression
resolve_aggregate_call(const SqlTable *table, const ShapeText *shape, ShapeAggregate aggregate,
					   const List *path, List **condition, int location)
{
	Aggregated	aggregated = {.shape = shape,.path = path,.condition = condition};
	const ShapeStep *step = linitial(path);
	const char *name = aggregate_name(aggregate);
	ShapePlace	place = {shape, location};

	if (list_length(path) > 1)
		follow_steps(&aggregated, table, 1);
	if (aggregated.argument.parts == NIL && aggregate != AGGREGATE_COUNT)
		ereport(ERROR,
				errcode(ERRCODE_SYNTAX_ERROR),
				errmsg("\"%s\" needs a column", name),
				errhint("Write %s(%s.column).", name, quote_shape_name(step->name.name)),
				shape_position(shape, location));
	return make_aggregate(aggregate, aggregated.argument, place);
}

/* The rows that the first step of a path leads to from each row of a table. */
typedef struct Subselect
{
	Scope		scope;
	SqlTable	rows;
	SqlJoins	joins;
	const Relationship *relationship;
	Relation	relation;		/* the table, open */
} Subselect;

/* Fills *subselect, whose table the caller closes; where: what the path stands in, for errors. */
static void
begin_subselect(Subselect *subselect, const SqlTable *table, const ShapeText *shape,
				const ShapeStep *step, const char *where)
{
	Scope	   *parent = table->scope;
	ShapePlace	place = {shape, step->name.location};
	Relationship *relationship;
	StepTarget	target;

	check_stack_depth();
	if (!find_step(parent, shape, step, true, &target))
		unknown_name(parent, shape, step, true);
	relationship = target.relationship;
	check_filter_args(shape, step->args, where);
	require_relationship(relationship, parent->relid, parent->at_hand, parent->context->role, place);
	memset(subselect, 0, sizeof(Subselect));
	subselect->relationship = relationship;
	subselect->scope.context = parent->context;
	subselect->scope.at_hand = OidIsValid(relationship->function);
	table->level->runs_functions |= subselect->scope.at_hand;
	subselect->relation = open_table(&subselect->scope, relationship->target);
	subselect->rows = *table;
	subselect->rows.scope = &subselect->scope;
	subselect->rows.alias = new_alias(table, place);
	subselect->rows.placing = related_column(relationship, table->placing);
	subselect->rows.place = NULL;
	subselect->rows.joins = &subselect->joins;
}

/* That rows, or those of the junction, lie where the rest of the query's do, if that is one place. */
static void
emit_placed(const SqlTable *table, const Relationship *relationship, bool in_junction,
			const char *alias, List **parts)
{
	SqlPart    *part;
	const PlacedColumn *placed = table->placing == 0 ? NULL :
		placed_column(relationship, table->placing, in_junction, alias,
					  &table->scope->context->typids);

	if (placed == NULL)
		return;
	part = palloc0(sizeof(SqlPart));
	part->placed = placed;
	*parts = lappend(*parts, part);
}

/*
 * FROM and WHERE of a subselect, the latter with a condition on its rows unless that is
 * NIL. each_once: a row counts once, however many of a junction lead to it, and a computed
 * relationship to one row must not give more.
 */
static void
emit_related_rows(const SqlTable *table, const Subselect *subselect, bool each_once,
				  List *condition, List **parts)
{
	ShapeContext *context = table->scope->context;
	const Relationship *relationship = subselect->relationship;
	const char *alias = subselect->rows.alias;
	char	   *junction = psprintf("j%s", alias + 1);
	bool		repeats = relationship->kind == MANY_TO_MANY && relationship->repeats && each_once;
	StringInfoData buf;

	initStringInfo(&buf);
	appendStringInfoString(&buf, " FROM ");
	if (each_once)
		append_joined_table(&buf, relationship, table->alias, alias);
	else
		append_related_table(&buf, relationship, table->alias, alias);
	emit(parts, buf.data);
	*parts = list_concat(*parts, subselect->joins.parts);
	initStringInfo(&buf);
	if (relationship->kind == MANY_TO_MANY)
	{
		note_lock(context, relationship->key->referencing);
		append_junction(&buf, relationship, repeats ? " WHERE EXISTS (SELECT FROM " : ", ", junction);
	}
	appendStringInfoString(&buf, " WHERE ");
	append_link(&buf, relationship, table->alias, alias, junction, &context->typids);
	emit(parts, buf.data);
	if (relationship->kind == MANY_TO_MANY)
		emit_placed(table, relationship, true, junction, parts);
	if (repeats)
		emit(parts, ")");
	emit_placed(table, relationship, false, alias, parts);
	if (condition != NIL)
	{
		emit(parts, " AND ");
		*parts = list_concat(*parts, condition);
	}
}

/*
 * An aggregate over what a path of relationships leads to, of each row of a table. Of
 * count(posts(where: views > 5).comments):
 *
 *		(SELECT pg_catalog.count(*)
 *		 FROM ONLY app.posts AS c1 JOIN ONLY app.comments AS c2 ON c1.id ... = c2.post_id
 *		 WHERE c.id OPERATOR(pg_catalog.=) c1.author_id
 *		   AND (c1.views OPERATOR(pg_catalog.>) $1))
 *
 * Raises ERRCODE_UNDEFINED_COLUMN, ERRCODE_AMBIGUOUS_COLUMN, ERRCODE_INSUFFICIENT_PRIVILEGE,
 * and what resolve_aggregate_call() does.
 */
SqlExpression
resolve_aggregate(const SqlTable *table, const ShapeText *shape, ShapeAggregate aggregate,
				  const List *path, int location)
{
	const ShapeStep *step = linitial(path);
	List	   *condition = NIL;
	List	   *parts = NIL;
	Subselect	subselect;
	SqlExpression call;

	begin_subselect(&subselect, table, shape, step, "an aggregate");
	add_step_condition(&subselect.rows, shape, step, &condition);
	call = resolve_aggregate_call(&subselect.rows, shape, aggregate, path, &condition, location);
	relation_close(subselect.relation, NoLock);

	emit(&parts, "(SELECT ");
	parts = list_concat(parts, call.parts);
	emit_related_rows(table, &subselect, true, condition, &parts);
	emit(&parts, ")");
	call.parts = parts;
	return call;
}

/*
 * That there are rows, at the end of a path of relationships:
 *
 *		EXISTS (SELECT FROM ONLY app.posts AS c1
 *				WHERE c.id OPERATOR(pg_catalog.=) c1.author_id
 *				  AND (c1.views OPERATOR(pg_catalog.>) $2))
 *
 * Raises what resolve_aggregate() does.
 */
void
emit_exists(const SqlTable *table, const ShapeText *shape, List **parts, const List *path,
			int number)
{
	const ShapeStep *step = list_nth(path, number);
	List	   *condition = NIL;
	Subselect	subselect;

	begin_subselect(&subselect, table, shape, step, "exists()");
	add_step_condition(&subselect.rows, shape, step, &condition);
	if (number < list_length(path) - 1)
	{
		emit(&condition, condition == NIL ? "" : " AND ");
		emit_exists(&subselect.rows, shape, &condition, path, number + 1);
	}
	relation_close(subselect.relation, NoLock);

	emit(parts, "EXISTS (SELECT");
	emit_related_rows(table, &subselect, false, condition, parts);
	emit(parts, ")");
}
