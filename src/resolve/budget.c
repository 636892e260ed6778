/*
 * budget.c
 *		What a shape may cost, whoever wrote it: one budget for all that takes a
 *		query, a join, or a shape to be read.
 */
#include "resolve/internal.h"

/* What comes of named shapes and recursions multiplies. */
#define MAX_COST 1000

/*
 * Counts a relation that a shape leads to, a table that a query joins or asks for
 * by exists(), or a named shape that is read; place is where the shape says so.
 * Raises ERRCODE_STATEMENT_TOO_COMPLEX beyond the limit.
 */
void
spend(ShapeContext *context, ShapePlace place)
{
	if (++context->cost > MAX_COST)
		ereport(ERROR,
				errcode(ERRCODE_STATEMENT_TOO_COMPLEX),
				errmsg("shape leads to more than %d relations", MAX_COST),
				errdetail("Those in conditions and orders count as well, and so do named shapes."),
				shape_position(place.shape, place.location));
}
