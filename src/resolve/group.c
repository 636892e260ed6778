/*
 * group.c
 *		"group": the rows of a level are groups of a table's rows. Its first columns are
 *		those of "group"; the others are aggregates.
 */
#include "resolve/internal.h"

#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/typcache.h"

/* The table whose rows are grouped, as a level's columns name it. */
static SqlTable
grouped_table(LevelBuilder *builder)
{
	SqlTable	table = {
		.scope = &builder->scope,
		.alias = "c",
		.placing = placing_of(builder->level),
		.level = builder->level,
		.joins = &builder->level->joins,
		.values = &builder->level->values
	};

	return table;
}

/* Whether two lists of names, each a ShapeName, are the same. */
static bool
is_same_via(const List *left, const List *right)
{
	if (list_length(left) != list_length(right))
		return false;
	for (int i = 0; i < list_length(left); i++)
	{
		if (strcmp(((ShapeName *) list_nth(left, i))->name, ((ShapeName *) list_nth(right, i))->name) != 0)
			return false;
	}
	return true;
}

/* Whether two paths to a value, whose steps have no args but "via", are written the same. */
static bool
is_same_path(const List *left, const List *right)
{
	if (list_length(left) != list_length(right))
		return false;
	for (int i = 0; i < list_length(left); i++)
	{
		const ShapeStep *a = list_nth(left, i);
		const ShapeStep *b = list_nth(right, i);

		if (strcmp(a->name.name, b->name.name) != 0 || (a->args != NULL && a->args->where != NULL) ||
			!args_only_filter(a->args) ||
			!is_same_via(a->args != NULL ? a->args->via : NIL, b->args != NULL ? b->args->via : NIL))
			return false;
	}
	return true;
}

/* What the rows of a scope are grouped by that a path means; NULL if it is nothing. */
const GroupColumn *
find_group_column(const Scope *scope, const List *path)
{
	ListCell   *lc;

	foreach(lc, scope->group)
	{
		const GroupColumn *column = lfirst(lc);

		CHECK_FOR_INTERRUPTS();
		if (is_same_path(path, column->path))
			return column;
	}
	return NULL;
}

/* Raises ERRCODE_GROUPING_ERROR. */
void
not_in_group(const Scope *scope, const char *name, ShapePlace place)
{
	StringInfoData buf;
	ListCell   *lc;

	initStringInfo(&buf);
	foreach(lc, scope->group)
	{
		const GroupColumn *column = lfirst(lc);
		ListCell   *step;

		appendStringInfoString(&buf, foreach_current_index(lc) > 0 ? ", " : "");
		foreach(step, column->path)
			appendStringInfo(&buf, "%s%s", foreach_current_index(step) > 0 ? "." : "",
							 quote_shape_name(((ShapeStep *) lfirst(step))->name.name));
	}
	ereport(ERROR,
			errcode(ERRCODE_GROUPING_ERROR),
			errmsg("\"%s\" has no one value in a group", name),
			errhint("A group has what it is by, %s, and aggregates of its rows, as count() and sum(column).",
					buf.data),
			shape_position(place.shape, place.location));
}

/* Raises ERRCODE_GROUPING_ERROR for a count() of no group. */
void
not_a_group(const ShapeText *shape, int location)
{
	ereport(ERROR,
			errcode(ERRCODE_GROUPING_ERROR),
			errmsg("count() counts the rows of a group, and here is none"),
			errhint("Write count(relationship); or make groups of the rows, as in (group: column) { column, count() }."),
			shape_position(shape, location));
}

/* Raises ERRCODE_SYNTAX_ERROR for args that do not go with "group", wherever it stands. */
void
check_group(const ShapeText *shape, const ShapeArgs *args)
{
	if (args->group != NIL && args->after != NULL)
		ereport(ERROR,
				errcode(ERRCODE_SYNTAX_ERROR),
				errmsg("\"after\" does not go with \"group\""),
				errhint("Groups have pages by number: write page and offset."),
				shape_position(shape, args->location));
}

/* The value of a row that it is grouped by. Raises ERRCODE_UNDEFINED_FUNCTION if it cannot be. */
static SqlExpression
resolve_grouped(const SqlTable *table, const ShapeText *shape, const List *path)
{
	const ShapeStep *step = llast(path);
	SqlExpression expression = resolve_expression(table, shape, path);

	if (!OidIsValid(lookup_type_cache(expression.typid, TYPECACHE_LT_OPR)->lt_opr))
		ereport(ERROR,
				errcode(ERRCODE_UNDEFINED_FUNCTION),
				errmsg("values of type %s cannot be grouped", format_type_be(expression.typid)),
				errdetail("They have no order."),
				expression.typid == JSONOID ? errhint("Those of jsonb have.") : 0,
				shape_position(shape, step->name.location));
	return expression;
}

/*
 * Makes the rows of a builder's level, which has no columns yet, groups by what the args
 * say. Raises what resolve_expression() does, ERRCODE_UNDEFINED_FUNCTION for what has no
 * order, and ERRCODE_DUPLICATE_COLUMN.
 */
void
begin_group(LevelBuilder *builder, const ShapeText *shape, const ShapeArgs *args)
{
	Level	   *level = builder->level;
	SqlTable	table = grouped_table(builder);
	ListCell   *lc;

	foreach(lc, args->group)
	{
		const List *path = lfirst(lc);
		const ShapeStep *step = linitial(path);
		SqlExpression expression = resolve_grouped(&table, shape, path);
		ShapePlace	place = {shape, step->name.location};
		StepTarget	target = {0};
		GroupColumn *column;
		MemoryContext old;

		CHECK_FOR_INTERRUPTS();
		if (find_group_column(&builder->scope, path) != NULL)
			ereport(ERROR,
					errcode(ERRCODE_DUPLICATE_COLUMN),
					errmsg("\"%s\" given twice in \"group\"", ((ShapeStep *) llast(path))->name.name),
					shape_position(shape, step->name.location));
		/* a plain column is one of the table's, of which the catalog tells more */
		if (list_length(path) == 1 && step->args == NULL)
			(void) find_step(&builder->scope, shape, step, false, &target);
		old = MemoryContextSwitchTo(builder->scope.context->work);
		column = palloc(sizeof(GroupColumn));
		column->shape = shape;
		column->path = unconstify(List *, path);
		builder->scope.group = lappend(builder->scope.group, column);
		MemoryContextSwitchTo(old);
		column->column = target.attnum != 0 ? level_column(builder, target.attnum) :
			level_expression(builder, expression, place);
	}
	level->ngrouped = level->ncolumns;
}

/*
 * An aggregate over the rows of a group: with NIL how many they are. Raises
 * ERRCODE_GROUPING_ERROR for what leads to other rows, and what resolve_expression() and
 * make_aggregate() do.
 */
SqlExpression
resolve_group_aggregate(LevelBuilder *builder, const ShapeText *shape, ShapeAggregate aggregate,
						const List *path, int location)
{
	SqlTable	table = grouped_table(builder);
	ShapePlace	place = {shape, location};
	SqlExpression argument = {NIL};

	if (path != NIL)
	{
		const ShapeStep *step = linitial(path);
		StepTarget	target;

		if (find_path_step(&builder->scope, shape, step, list_length(path) == 1, &target) &&
			target.relationship != NULL &&
			(leads_to_many(target.relationship) || list_length(path) == 1))
			ereport(ERROR,
					errcode(ERRCODE_GROUPING_ERROR),
					errmsg("\"%s\" in an aggregate of a group is a relationship", step->name.name),
					errhint("There aggregates are over the group's own rows: count(), or %s(column).",
							aggregate_name(aggregate)),
					shape_position(shape, step->name.location));
		argument = resolve_expression(&table, shape, path);
	}
	return make_aggregate(aggregate, argument, place);
}

/* How many groups a parent's rows are, as an aggregate over these; NULLs are a group as well. */
SqlExpression
count_groups(LevelBuilder *builder, const ShapeText *shape, const List *group)
{
	SqlTable	table = grouped_table(builder);
	SqlExpression count = {.typid = INT8OID};
	ListCell   *lc;

	emit(&count.parts, "pg_catalog.count(DISTINCT ROW(");
	foreach(lc, group)
	{
		CHECK_FOR_INTERRUPTS();
		if (foreach_current_index(lc) > 0)
			emit(&count.parts, ", ");
		count.parts = list_concat(count.parts, resolve_grouped(&table, shape, lfirst(lc)).parts);
	}
	emit(&count.parts, "))");
	return count;
}

/*
 * A field of a group: an aggregate over its rows, or what it is by. Raises
 * ERRCODE_GROUPING_ERROR for anything else.
 */
void
resolve_group_field(LevelBuilder *builder, const ShapeItem *item, Field *field)
{
	Level	   *level = builder->level;
	const GroupColumn *column;

	if (item->kind == SHAPE_ETAG)
		ereport(ERROR,
				errcode(ERRCODE_GROUPING_ERROR),
				errmsg("a group has no etag"),
				shape_position(item->shape, item->name.location));
	if (item->aggregate == AGGREGATE_DISTINCT || item->set != NULL || item->kind != SHAPE_VALUE)
		not_in_group(&builder->scope, item->name.name, place_of(item));
	if (item->aggregate != AGGREGATE_NONE)
	{
		SqlExpression aggregate = resolve_group_aggregate(builder, item->shape, item->aggregate,
														  item->path, item->name.location);

		field->column = level_expression(builder, aggregate, place_of(item));
		field->or_zero = item->aggregate == AGGREGATE_COUNT;
	}
	else
	{
		column = find_group_column(&builder->scope, item->path);
		if (column == NULL)
			not_in_group(&builder->scope, item->name.name, place_of(item));
		field->column = column->column;
	}
	field->type = resolve_field_type(&builder->scope.context->types, item,
									 level->columns[field->column].typid);
}
