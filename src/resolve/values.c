/*
 * values.c
 *		The values that a shape gives queries: literals, params, lists of both. They are
 *		bound when a query runs.
 */
#include "resolve/internal.h"

#include "miscadmin.h"
#include "utils/memutils.h"

/* Fills a value. One that is a literal is read once to see that its type can. */
static void
set_value(ShapeContext *context, QueryValue *result, const ShapeText *shape,
		  const ShapeValue *value, QueryValueKind kind, Oid typid)
{
	MemoryContext old;
	bool		isnull;

	result->kind = kind;
	result->literal = value->kind;
	result->text = value->text != NULL ? pstrdup(value->text) : NULL;
	result->typid = typid;
	result->is_optional = value->is_optional;
	result->place.shape = shape;
	result->place.location = value->location;
	if (value->kind == VALUE_PARAM)
		context->params = lappend(context->params, result);
	else if (kind != QUERY_COUNT)
	{
		old = MemoryContextSwitchTo(context->work);
		(void) bind_value(result, NULL, &isnull);
		MemoryContextSwitchTo(old);
	}
}

/*
 * A value that a query takes, added to *values; palloc'd in the current memory
 * context. Raises what bind_value() does.
 */
QueryValue *
add_value(ShapeContext *context, List **values, const ShapeText *shape,
		  const ShapeValue *value, QueryValueKind kind, Oid typid)
{
	QueryValue *result = palloc0(sizeof(QueryValue));

	set_value(context, result, shape, value, kind, typid);
	*values = lappend(*values, result);
	return result;
}

/* The same of several as one array of that type; kind is that of each. */
QueryValue *
add_list(ShapeContext *context, List **values, const ShapeText *shape, const List *sources,
		 QueryValueKind kind, Oid element, Oid array)
{
	QueryValue *result = palloc0(sizeof(QueryValue));
	ListCell   *lc;

	StaticAssertStmt(MAX_LIST_VALUES * sizeof(QueryValue) <= MaxAllocSize,
					 "an array of that many values cannot be palloc'd");
	result->kind = QUERY_LIST;
	result->typid = array;
	result->nelements = list_length(sources);
	result->elements = palloc0(sizeof(QueryValue) * result->nelements);
	result->place.shape = shape;
	result->place.location = ((ShapeOperand *) linitial(sources))->location;
	foreach(lc, sources)
	{
		CHECK_FOR_INTERRUPTS();
		set_value(context, &result->elements[foreach_current_index(lc)], shape,
				  ((ShapeOperand *) lfirst(lc))->value, kind, element);
	}
	*values = lappend(*values, result);
	return result;
}
