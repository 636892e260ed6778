/*
 * filter.c
 *		Which rows of a level are read, and in which order: what "where",
 *		"order", "limit" and "offset" say.
 */
#include "resolve/internal.h"

#include "access/sysattr.h"
#include "catalog/pg_type.h"
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

static void
resolve_order_item(LevelBuilder *builder, RowFilter *filter, const ShapeText *shape,
				   const ShapeOrder *item)
{
	Level	   *level = builder->level;
	SqlTable	table = {
		.scope = &builder->scope,
		.alias = "c",
		.level = level,
		.joins = &level->joins,
		.values = &level->values
	};
	SqlExpression expression = item->aggregate == AGGREGATE_NONE ?
		resolve_expression(&table, shape, item->path) :
		resolve_aggregate(&table, shape, item->aggregate, item->path, item->location);
	const ShapeStep *step = linitial(item->path);
	StepTarget	target = {0};
	int			column;

	if (!OidIsValid(lookup_type_cache(expression.typid, TYPECACHE_LT_OPR)->lt_opr))
		ereport(ERROR,
				errcode(ERRCODE_UNDEFINED_FUNCTION),
				errmsg("values of type %s have no order", format_type_be(expression.typid)),
				shape_position(shape, item->location));
	/* a plain column is there once, be it shown or not */
	if (list_length(item->path) == 1 && step->args == NULL && item->aggregate == AGGREGATE_NONE)
		(void) find_step(&builder->scope, shape, step, false, &target);
	column = target.attnum != 0 ? level_column(builder, target.attnum) :
		level_expression(builder, expression);
	add_order(filter, column, item->descending, item->nulls_first)->name =
		path_text(item->path);
}

/*
 * What orders rows that nothing else does: the primary key. Without one, or
 * where the role may not read it, the rows come as they lie in the table, if
 * by_place.
 */
void
resolve_key_order(LevelBuilder *builder, RowFilter *filter, bool by_place)
{
	Oid			relid = builder->scope.relid;
	List	   *attnums = ordering_attnums(relid);
	ListCell   *lc;

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
		.level = builder->level,
		.joins = &filter->joins,
		.values = &filter->values
	};
	ListCell   *lc;

	if (args == NULL)
		return;
	if (args->where != NULL)
		filter->condition = resolve_condition(&table, shape, args->where);
	if (builder->scope.context->for_writing)
		resolve_fixed_columns(builder, filter, shape, args->where);
	foreach(lc, args->order)
		resolve_order_item(builder, filter, shape, lfirst(lc));
	filter->limit = add_count(builder->scope.context, &filter->values, shape,
							  args->page != NULL ? args->page : args->limit,
							  args->page != NULL ? "page" : "limit");
	/* whether there are more is seen by one */
	if (filter->limit != NULL)
		filter->limit->one_more = args->after != NULL;
	filter->offset = add_count(builder->scope.context, &filter->values, shape, args->offset, "offset");
}
