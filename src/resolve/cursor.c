/*
 * cursor.c
 *		"after": by which order cursors go, and what tells the rows apart in it.
 */
#include "resolve/internal.h"

#include "catalog/pg_class.h"
#include "catalog/pg_inherits.h"
#include "catalog/pg_type.h"
#include "storage/lockdefs.h"
#include "utils/lsyscache.h"

/* Whether rows come that no key of a table tells apart: of others, which inherit from it. */
static bool
has_heirs(Oid relid)
{
	return has_subclass(relid) && get_rel_relkind(relid) != RELKIND_PARTITIONED_TABLE &&
		find_inheritance_children(relid, NoLock) != NIL;
}

/*
 * What tells the rows of a table or view apart, of columns without NULLs: lists of
 * attribute numbers.
 */
static List *
telling_keys(Oid relid, bool with_heirs)
{
	return with_heirs && has_heirs(relid) ? NIL : list_ordered_keys(relid);
}

static bool
is_in_key(const RowCursor *cursor, AttrNumber attnum)
{
	ListCell   *lc;

	foreach(lc, cursor->keys)
	{
		if (list_member_int(lfirst(lc), attnum))
			return true;
	}
	return false;
}

/* What a cursor has to know of a column that it goes by: whether it may be NULL, and its meaning. */
static void
complete_order(const LevelBuilder *builder, const RowCursor *cursor, LevelOrder *order)
{
	const LevelColumn *column = &builder->level->columns[order->column];
	const Scope *scope = &builder->scope;
	Form_pg_attribute attribute = column->attnum <= 0 ? NULL :
		TupleDescAttr(scope->tupdesc, column->attnum - 1);

	/* rows that a function makes up are not bound by a table's constraints */
	order->may_be_null = scope->at_hand || attribute == NULL ||
		!(is_in_key(cursor, column->attnum) ||
		  (attribute->attnotnull && get_rel_relkind(scope->relid) != RELKIND_FOREIGN_TABLE &&
		   jsonify_not_null_is_valid(scope->relid, column->attnum)));
	order->name = psprintf("%s %s %s", order->name != NULL ? order->name : column->name,
						   sql_type_name(column->typid),
						   OidIsValid(column->collation) ? get_collation_name(column->collation) : "-");
}

/*
 * "after", if it is among args, or NULL for none, of a filter whose order is complete:
 * cut to what tells rows apart, it is what cursors go by. with_heirs: rows of tables that
 * inherit from the level's come too. At a root that is written it says nothing. Raises
 * what unique_order() does.
 */
void
resolve_cursor(LevelBuilder *builder, RowFilter *filter, const ShapeText *shape,
			   const ShapeArgs *args, bool with_heirs)
{
	ShapeContext *context = builder->scope.context;
	RowCursor  *cursor;
	List	   *unused = NIL;
	ListCell   *lc;

	if (args == NULL || args->after == NULL)
		return;
	cursor = palloc0(sizeof(RowCursor));
	cursor->param = add_value(context, &unused, shape, args->after, QUERY_SCALAR, TEXTOID);
	if (filter == &builder->level->filter && (context->for_writing || context->for_answer))
		return;
	cursor->relation = sql_table_name(builder->scope.relid);
	cursor->keys = telling_keys(builder->scope.relid, with_heirs);
	foreach(lc, filter->order)
		complete_order(builder, cursor, lfirst(lc));
	foreach(lc, filter->order_param != NULL ? filter->order_param->choices : NIL)
		complete_order(builder, cursor, &((OrderChoice *) lfirst(lc))->order);
	/* else that is done when the order is known */
	if (filter->order_param == NULL)
		filter->order = unique_order(builder->level, cursor, filter->order);
	filter->after = cursor;
	context->nguards++;
}
