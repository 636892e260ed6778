/*
 * aggregate.c
 *		Fields that show an aggregate over related rows: a level whose one row a
 *		parent is computed by its query.
 */
#include "resolve/internal.h"

#include "access/relation.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/builtins.h"

/* An error in a piece of SQL that was made of a shape is one in the shape. */
static void
blame_shape(void *arg)
{
	ShapePlace *place = arg;

	errposition(0);
	(void) shape_position(place->shape, place->location);
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

typedef struct AggregateState
{
	const ShapeItem *item;
	RowFilter  *filter;
	SqlExpression argument;		/* NIL: the rows themselves */
} AggregateState;

/*
 * Goes on from a row of an aggregate's tables: further relationships are
 * joined, and what they are filtered by is added.
 */
static void
resolve_aggregate_steps(AggregateState *state, const SqlTable *table, int number)
{
	const ShapeItem *item = state->item;
	const ShapeStep *step = list_nth(item->path, number);
	Scope	   *scope = table->scope;
	ShapePlace	place = {item->shape, step->name.location};
	bool		is_last = number == list_length(item->path) - 1;
	Scope		inner_scope = {.context = scope->context};
	SqlTable	inner = *table;
	StepTarget	target;
	Relation	relation;

	check_stack_depth();
	if (!find_path_step(scope, item->shape, step, is_last, &target))
		unknown_name(scope, item->shape, step, step->args != NULL);
	if (target.relationship == NULL)
	{
		List	   *rest = list_copy_tail(item->path, number);

		state->argument = resolve_expression(table, item->shape, rest);
		return;
	}

	check_filter_args(item->shape, step->args, "an aggregate");
	require_relationship(target.relationship, scope->relid, scope->at_hand, scope->context->role,
						 place);
	inner_scope.at_hand = OidIsValid(target.relationship->function);
	relation = open_table(&inner_scope, target.relationship->target);
	inner.scope = &inner_scope;
	inner.alias = new_alias(table, place);
	join_related(table, target.relationship, "JOIN", inner.alias);
	if (step->args != NULL && step->args->where != NULL)
	{
		if (state->filter->condition != NIL)
			emit(&state->filter->condition, " AND ");
		state->filter->condition = list_concat(state->filter->condition,
											   resolve_condition(&inner, item->shape,
																 step->args->where));
	}
	if (!is_last)
		resolve_aggregate_steps(state, &inner, number + 1);
	relation_close(relation, NoLock);
}

/*
 * The branch of an aggregate, and a builder for its level, whose table is opened:
 * one that another aggregate has made will do, if both are over all rows that
 * the relationship leads to, and over nothing beyond.
 */
static Relation
begin_aggregate(LevelBuilder *builder, const ShapeItem *item, const Relationship *relationship,
				Field *field, LevelBuilder *child)
{
	const ShapeStep *step = linitial(item->path);
	ShapePlace	place = {item->shape, step->name.location};
	bool		is_plain = is_unfiltered(step->args) && list_length(item->path) <= 2;
	Relation	relation;

	if (is_plain && list_length(item->path) == 2)
	{
		Scope		probe = {.context = builder->scope.context};
		StepTarget	target;

		relation = open_table(&probe, relationship->target);
		is_plain = find_path_step(&probe, item->shape, lsecond(item->path), true, &target) &&
			target.relationship == NULL;
		relation_close(relation, NoLock);
	}
	field->branch = is_plain ? find_shared_branch(builder, relationship, true) : NULL;
	if (field->branch != NULL)
		return continue_child(child, builder, field->branch);

	field->branch = begin_branch(builder, relationship, field->key, place);
	relation = begin_child(child, builder, field->branch);
	child->level->is_aggregate = true;
	if (is_plain)
		share_branch(builder, field->branch);
	return relation;
}

/*
 * A field of an aggregate over related rows. The rows are not read: their
 * query aggregates them for each parent.
 */
void
resolve_aggregate_field(LevelBuilder *builder, const ShapeItem *item, Field *field)
{
	const char *name = aggregate_name(item->aggregate);
	const ShapeStep *step = linitial(item->path);
	AggregateState state = {.item = item};
	SqlExpression result = {NIL};
	StepTarget	target;
	LevelBuilder child;
	Relation	relation;
	SqlTable	table = {.scope = &child.scope,.alias = "c"};

	if (!find_step(&builder->scope, item->shape, step, true, &target))
		unknown_name(&builder->scope, item->shape, step, true);
	check_filter_args(item->shape, step->args, "an aggregate");
	field->column = -1;
	field->form = &path_form;
	field->or_zero = item->aggregate == AGGREGATE_COUNT;
	relation = begin_aggregate(builder, item, target.relationship, field, &child);
	state.filter = &field->branch->filter;
	resolve_filter(&child, state.filter, item->shape, step->args);
	table.level = child.level;
	table.joins = &child.level->joins;
	table.values = &state.filter->values;
	if (list_length(item->path) > 1)
		resolve_aggregate_steps(&state, &table, 1);
	relation_close(relation, NoLock);

	if (state.argument.parts == NIL && item->aggregate != AGGREGATE_COUNT)
		ereport(ERROR,
				errcode(ERRCODE_SYNTAX_ERROR),
				errmsg("\"%s\" needs a column", name),
				errhint("Write %s(%s.column).", name, quote_shape_name(step->name.name)),
				shape_position(item->shape, item->location));
	if (state.argument.parts == NIL)
	{
		emit(&result.parts, COUNT_ROWS);
		result.typid = INT8OID;
	}
	else
	{
		emit(&result.parts, psprintf("pg_catalog.%s(", name));
		result.parts = list_concat(result.parts, state.argument.parts);
		emit(&result.parts, ")");
		result.typid = aggregate_type(name, state.argument.typid, place_of(item));
	}
	field->next = palloc0(sizeof(Field));
	field->next->key = field->key;
	field->next->column = level_expression(&child, result);
	field->next->type = resolve_field_type(&builder->scope.context->types, item, result.typid);
}
