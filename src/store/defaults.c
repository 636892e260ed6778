/*
 * defaults.c
 *		What PostgreSQL would put into a column of a new row that says nothing of it.
 */
#include "store/internal.h"

#include "executor/executor.h"
#include "optimizer/optimizer.h"
#include "utils/datum.h"

/* The default of a column, ready to be evaluated. */
typedef struct DefaultState
{
	const StoreTable *table;
	AttrNumber	attnum;
	ExprState  *state;
} DefaultState;

static ExprState *
find_default_state(Store *store, const StoreTable *table, AttrNumber attnum, const Expr *expr)
{
	DefaultState *found;
	ListCell   *lc;

	foreach(lc, store->default_states)
	{
		found = lfirst(lc);
		if (found->table == table && found->attnum == attnum)
			return found->state;
	}
	found = palloc(sizeof(DefaultState));
	found->table = table;
	found->attnum = attnum;
	found->state = ExecInitExpr((Expr *) expression_planner((Expr *) copyObject(expr)),
								NULL);
	store->default_states = lappend(store->default_states, found);
	return found->state;
}

/*
 * What PostgreSQL would put into a column of a new row that says nothing of it, in the
 * store's context.
 */
Datum
default_value(Store *store, const StoreTable *table, AttrNumber attnum, bool *isnull)
{
	Form_pg_attribute attribute = TupleDescAttr(table->tupdesc, attnum - 1);
	MemoryContext old = MemoryContextSwitchTo(store->context);
	const Expr *expr = table->defaults[attnum - 1] != NULL ? table->defaults[attnum - 1] :
		table->defaults_below[attnum - 1];
	ExprState  *state;
	Datum		value;

	*isnull = true;
	if (expr == NULL)
	{
		MemoryContextSwitchTo(old);
		return (Datum) 0;
	}
	if (store->econtext == NULL)
		store->econtext = CreateStandaloneExprContext();
	state = find_default_state(store, table, attnum, expr);
	ResetExprContext(store->econtext);
	value = ExecEvalExprSwitchContext(state, store->econtext, isnull);
	if (!*isnull)
		value = datumCopy(value, attribute->attbyval, attribute->attlen);
	MemoryContextSwitchTo(old);
	return value;
}
