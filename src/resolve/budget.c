/*
 * budget.c
 *		What a shape may cost, whoever wrote it: one budget for all that takes a
 *		query, a join, or a shape to be read.
 */
#include "resolve/internal.h"

/* What comes of named shapes and recursions multiplies. */
#define MAX_COST 1000

/*
 * What PostgreSQL takes to plan comparisons that are joined by AND and OR, time and memory
 * alike, grows with the square of their number, and it is at that for long without a look
 * at interrupts: 40,000 took it more memory than a server has.
 */
#define MAX_COMPARISONS 1000

/* What is kept of each, in the queries of all relations, while a call runs: 8 kB and more. */
#define MAX_VALUES 10000

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

/* Counts a comparison, or what else is true or false by itself; otherwise the same. */
void
spend_comparison(ShapeContext *context, ShapePlace place)
{
	if (++context->ncomparisons > MAX_COMPARISONS)
		ereport(ERROR,
				errcode(ERRCODE_STATEMENT_TOO_COMPLEX),
				errmsg("shape compares more than %d times", MAX_COMPARISONS),
				errdetail("The time that a query takes to be planned grows faster than their number."),
				errhint("With many values compare at once: \"in (...)\" and \"in $list\" count once."),
				shape_position(place.shape, place.location));
}

/* Counts a value that a query of the shape's computes: a path, an aggregate; otherwise the same. */
void
spend_value(ShapeContext *context, ShapePlace place)
{
	if (++context->nvalues > MAX_VALUES)
		ereport(ERROR,
				errcode(ERRCODE_STATEMENT_TOO_COMPLEX),
				errmsg("shape asks for more than %d values that are not columns", MAX_VALUES),
				errdetail("Those that \"order\" and \"group\" name count as well."),
				shape_position(place.shape, place.location));
}
