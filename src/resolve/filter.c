/*
 * filter.c
 *		Which rows of a level are read, and in which order: what "where",
 *		"order", "limit" and "offset" say.
 */
#include "resolve/internal.h"

#include "access/relation.h"
#include "access/sysattr.h"
#include "catalog/pg_type.h"
#include "common/hashfn.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/typcache.h"

static QueryValue *
add_count(ShapeContext *context, List **values, const ShapeText *shape, const ShapeValue *value,
		  const char *name)
{
	QueryValue *count;

	if (value == NULL)
		return NULL;
	count = add_value(context, values, shape, value, QUERY_COUNT, INT8OID);
	count->count_of = name;
	return count;
}

/* The number of levels of a recursion. */
void
resolve_recursion_limit(ShapeContext *context, Recursion *recursion, const ShapeText *shape,
						const ShapeValue *value)
{
	List	   *unused = NIL;

	recursion->limit = add_count(context, &unused, shape, value, "recurse");
}

static LevelOrder *
add_order(RowFilter *filter, int column, bool descending, bool nulls_first)
{
	LevelOrder *order = palloc0(sizeof(LevelOrder));

	order->column = column;
	order->descending = descending;
	order->nulls_first = nulls_first;
	filter->order = lappend(filter->order, order);
	return order;
}

/* The names of a path; palloc'd. */
static char *
path_text(const List *path)
{
	StringInfoData buf;
	ListCell   *lc;

	initStringInfo(&buf);
	foreach(lc, path)
	{
		const ShapeStep *step = lfirst(lc);
		ListCell   *via;

		appendStringInfo(&buf, "%s%s", foreach_current_index(lc) > 0 ? "." : "",
						 quote_shape_name(step->name.name));
		foreach(via, step->args != NULL ? step->args->via : NIL)
			appendStringInfo(&buf, "(%s)", quote_shape_name(((ShapeName *) lfirst(via))->name));
	}
	return buf.data;
}

/* What of an expression its cursors must know that is not in the path: what it is filtered by. */
static uint64
digest_parts(const List *parts)
{
	StringInfoData buf;
	ListCell   *lc;

	initStringInfo(&buf);
	foreach(lc, parts)
	{
		const SqlPart *part = lfirst(lc);

		if (part->placed != NULL)
			continue;
		if (part->value == NULL)
			appendStringInfoString(&buf, part->text);
		else if (part->value->text != NULL)
			appendStringInfo(&buf, "%d %s", part->value->literal, part->value->text);
		appendStringInfoChar(&buf, '\n');
	}
	return hash_bytes_extended((const unsigned char *) buf.data, buf.len, 0);
}

/*
 * The same of groups, which have no cursors: what they are by, or an aggregate over their
 * rows. Raises ERRCODE_GROUPING_ERROR for anything else.
 */
static int
group_order_column(LevelBuilder *builder, const ShapeText *shape, const ShapeOrder *item, Oid *typid)
{
	const GroupColumn *grouped;
	ShapePlace	place = {shape, item->location};
	SqlExpression aggregate;

	if (item->aggregate == AGGREGATE_NONE)
	{
		grouped = find_group_column(&builder->scope, item->path);
		if (grouped == NULL)
			not_in_group(&builder->scope, ((ShapeStep *) llast(item->path))->name.name, place);
		*typid = builder->level->columns[grouped->column].typid;
		return grouped->column;
	}
	aggregate = resolve_group_aggregate(builder, shape, item->aggregate, item->path, item->location);
	*typid = aggregate.typid;
	if (!OidIsValid(lookup_type_cache(*typid, TYPECACHE_LT_OPR)->lt_opr))
		return -1;
	return level_expression(builder, aggregate, place);
}

/*
 * What rows are ordered by, as a column of their level, and in *name what a cursor means by
 * it; -1 if values of its type have no order. Raises what resolve_expression() and
 * resolve_aggregate() do.
 */
static int
order_column(LevelBuilder *builder, const ShapeText *shape, const ShapeOrder *item, Oid *typid,
			 char **name)
{
	Level	   *level = builder->level;
	SqlTable	table = {
		.scope = &builder->scope,
		.alias = "c",
		.placing = placing_of(level),
		.level = level,
		.joins = &level->joins,
		.values = &level->values
	};
	ShapePlace	place = {shape, item->location};
	SqlExpression expression;
	const ShapeStep *step;
	StepTarget	target = {0};

	*name = NULL;
	if (builder->scope.group != NIL)
		return group_order_column(builder, shape, item, typid);
	if (item->path == NIL)
		not_a_group(shape, item->location);
	step = linitial(item->path);
	expression = item->aggregate == AGGREGATE_NONE ?
		resolve_expression(&table, shape, item->path) :
		resolve_aggregate(&table, shape, item->aggregate, item->path, item->location);
	*typid = expression.typid;
	*name = path_text(item->path);
	if (item->aggregate != AGGREGATE_NONE)
		*name = psprintf("%s(%s) " UINT64_FORMAT, aggregate_name(item->aggregate), *name,
						 digest_parts(expression.parts));
	if (!OidIsValid(lookup_type_cache(expression.typid, TYPECACHE_LT_OPR)->lt_opr))
		return -1;
	/* a plain column is there once, be it shown or not */
	if (list_length(item->path) == 1 && step->args == NULL && item->aggregate == AGGREGATE_NONE)
		(void) find_step(&builder->scope, shape, step, false, &target);
	return target.attnum != 0 ? level_column(builder, target.attnum) :
		level_expression(builder, expression, place);
}

static void
resolve_order_item(LevelBuilder *builder, RowFilter *filter, const ShapeText *shape,
				   const ShapeOrder *item)
{
	Oid			typid;
	char	   *name;
	int			column = order_column(builder, shape, item, &typid, &name);
	LevelOrder *order;

	if (column < 0)
		ereport(ERROR,
				errcode(ERRCODE_UNDEFINED_FUNCTION),
				errmsg("values of type %s have no order", format_type_be(typid)),
				shape_position(shape, item->location));
	order = add_order(filter, column, item->descending, item->nulls_first);
	order->is_aggregate = item->aggregate != AGGREGATE_NONE;
	order->name = name;
}

/* Whether steps of an item, from that number on, lead to one value of a row of the scope. */
static bool
leads_to_value(Scope *scope, const ShapeItem *item, int number)
{
	const ShapeStep *step = list_nth(item->path, number);
	bool		is_last = number == list_length(item->path) - 1;
	Scope		inner = {.context = scope->context};
	StepTarget	target;
	Relation	relation;
	bool		result;

	check_stack_depth();
	if (!find_path_step(scope, item->shape, step, is_last, &target))
		return false;
	if (target.relationship == NULL)
		return true;
	if (is_last || leads_to_many(target.relationship) ||
		(step->args != NULL && step->args->where != NULL))
		return false;
	inner.at_hand = OidIsValid(target.relationship->function);
	relation = open_table(&inner, target.relationship->target);
	result = leads_to_value(&inner, item, number + 1);
	relation_close(relation, NoLock);
	return result;
}

/* Lets a param name a key of the objects, if that shows a value that has an order. */
static void
add_choice(LevelBuilder *builder, OrderParam *order, const ObjectKey *key)
{
	const ShapeItem *item = key->item;
	Level	   *level = builder->level;
	OrderChoice choice = {NULL};
	int			before = level->ncolumns;
	Oid			typid;
	char	   *name;

	if (item == NULL)
	{
		choice.order.column = level_column(builder, key->target.attnum);
		choice.name = level->columns[choice.order.column].name;
		typid = level->columns[choice.order.column].typid;
		if (!OidIsValid(lookup_type_cache(typid, TYPECACHE_LT_OPR)->lt_opr))
			return;
	}
	else
	{
		ShapeOrder	source = {
			.path = item->path,
			.aggregate = item->aggregate,
			.location = item->location
		};

		if (item->kind != SHAPE_VALUE || item->set != NULL ||
			item->aggregate == AGGREGATE_DISTINCT ||
			(item->aggregate == AGGREGATE_NONE && builder->scope.group == NIL &&
			 !leads_to_value(&builder->scope, item, 0)))
			return;
		choice.name = pstrdup(item->key);
		choice.order.column = order_column(builder, item->shape, &source, &typid, &name);
		if (choice.order.column < 0)
			return;
		choice.order.is_aggregate = item->aggregate != AGGREGATE_NONE;
		choice.order.name = name;
		/* what the objects have in another way; a plain column may yet be shown */
		for (int i = before; i < level->ncolumns; i++)
			level->columns[i].only_ordered = level->columns[i].expression != NIL;
	}
	order->choices = lappend(order->choices, memcpy(palloc(sizeof(OrderChoice)), &choice,
													sizeof(OrderChoice)));
}

/* "order: $param": of the values that the objects of the level show. */
static void
resolve_order_param(LevelBuilder *builder, RowFilter *filter, const ShapeText *shape,
					const ShapeValue *param)
{
	ShapeContext *context = builder->scope.context;
	OrderParam *order = palloc0(sizeof(OrderParam));
	List	   *unused = NIL;

	order->param = add_value(context, &unused, shape, param, QUERY_SCALAR, TEXTOID);
	for (int i = 0; i < builder->nkeys; i++)
	{
		CHECK_FOR_INTERRUPTS();
		add_choice(builder, order, &builder->keys[i]);
	}
	filter->order_param = order;
	context->nguards++;
}

/*
 * What orders rows that nothing else does: groups what they are by, others the primary key.
 * Without one, or where the role may not read it, the rows come as they lie in the table,
 * if by_place.
 */
void
resolve_key_order(LevelBuilder *builder, RowFilter *filter, bool by_place)
{
	Oid			relid = builder->scope.relid;
	List	   *attnums;
	ListCell   *lc;

	if (builder->scope.group != NIL)
	{
		for (int i = 0; i < builder->level->ngrouped; i++)
			(void) add_order(filter, i, false, false);
		return;
	}
	attnums = ordering_attnums(relid);
	foreach(lc, attnums)
	{
		if (!builder->scope.at_hand && !may_select(&builder->scope, lfirst_int(lc)))
			attnums = NIL;
		if (attnums == NIL)
			break;
	}
	if (attnums == NIL && by_place && !is_view(relid) &&
		may_select(&builder->scope, SelfItemPointerAttributeNumber))
		attnums = list_make2_int(TableOidAttributeNumber, SelfItemPointerAttributeNumber);
	foreach(lc, attnums)
		(void) add_order(filter, level_column(builder, lfirst_int(lc)), false, false);
}

/* "where", and what it reads. */
static void
resolve_where(SqlTable *table, RowFilter *filter, const ShapeText *shape, const ShapeCondition *where)
{
	ShapeContext *context = table->scope->context;
	List	   *reads = context->reads;
	MemoryContext old;

	context->reads = NIL;
	filter->condition = resolve_condition(table, shape, where);
	filter->reads = context->reads;
	old = MemoryContextSwitchTo(context->plan_context);
	context->reads = list_concat_unique_oid(reads, filter->reads);
	MemoryContextSwitchTo(old);
}

/*
 * Reads the args, or NULL for none, that say which rows of a level there are;
 * ties of their order are left to resolve_key_order(). Raises what
 * resolve_expression() and resolve_condition() do.
 */
void
resolve_filter(LevelBuilder *builder, RowFilter *filter, const ShapeText *shape,
			   const ShapeArgs *args)
{
	SqlTable	table = {
		.scope = &builder->scope,
		.alias = "c",
		.place = &filter->place,
		.level = builder->level,
		.joins = &filter->joins,
		.values = &filter->values
	};
	ListCell   *lc;

	if (args == NULL)
		return;
	table.placing = placing_of(builder->level);
	if (args->where != NULL)
		resolve_where(&table, filter, shape, args->where);
	if (builder->scope.context->for_writing)
		resolve_fixed_columns(builder, filter, shape, args->where);
	foreach(lc, args->order)
		resolve_order_item(builder, filter, shape, lfirst(lc));
	if (args->order_param != NULL)
		resolve_order_param(builder, filter, shape, args->order_param);
	filter->limit = add_count(builder->scope.context, &filter->values, shape,
							  args->page != NULL ? args->page : args->limit,
							  args->page != NULL ? "page" : "limit");
	/* whether there are more is seen by one */
	if (filter->limit != NULL)
		filter->limit->one_more = args->after != NULL;
	filter->offset = add_count(builder->scope.context, &filter->values, shape, args->offset, "offset");
}
