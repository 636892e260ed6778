/*
 * order.c
 *		"order: $param": an order that a call chooses, of names that the shape shows.
 */
#include "plan/internal.h"

#include "miscadmin.h"

/* Beyond that a list of all names is no help. */
#define MAX_LISTED_CHOICES 20

/* What a name may have been meant as. */
static char *
suggest_choices(const OrderParam *order, const char *name)
{
	List	   *names = NIL;
	StringInfoData buf;
	char	   *nearest;
	ListCell   *lc;

	foreach(lc, order->choices)
		names = lappend(names, unconstify(char *, ((OrderChoice *) lfirst(lc))->name));
	nearest = nearest_names(name, names);
	if (nearest != NULL)
		return psprintf("Perhaps you meant %s.", nearest);
	if (names == NIL)
		return pstrdup("The shape shows nothing that has an order.");
	if (list_length(names) > MAX_LISTED_CHOICES)
		return pstrdup("It takes the keys of values that the shape shows there, as it names them.");
	initStringInfo(&buf);
	appendStringInfoString(&buf, "The shape shows");
	foreach(lc, names)
		appendStringInfo(&buf, "%s %s", foreach_current_index(lc) > 0 ? "," : "",
						 quote_shape_name(lfirst(lc)));
	appendStringInfoChar(&buf, '.');
	return buf.data;
}

static const OrderChoice *
find_choice(const OrderParam *order, const ShapeText *text, const ShapeName *name)
{
	ListCell   *lc;

	foreach(lc, order->choices)
	{
		const OrderChoice *choice = lfirst(lc);

		if (strcmp(choice->name, name->name) == 0)
			return choice;
	}
	ereport(ERROR,
			errcode(ERRCODE_UNDEFINED_COLUMN),
			errmsg("$%s orders by \"%s\", which the shape does not show as a value that has an order",
				   order->param->text, name->name),
			errhint("%s", suggest_choices(order, name->name)),
			shape_position(text, name->location));
}

/*
 * The order that a param says, in front of one that settles ties; palloc'd. params are
 * the bytes of a jsonb object, or NULL. Of a null there is only the latter. Raises
 * ERRCODE_SYNTAX_ERROR, ERRCODE_UNDEFINED_COLUMN and ERRCODE_PROGRAM_LIMIT_EXCEEDED with the
 * place in the param, and what bind_text() does.
 */
List *
bind_order_param(const OrderParam *order, const List *ties, const char *params)
{
	ShapeText  *text = palloc(sizeof(ShapeText));
	List	   *result = NIL;
	ListCell   *lc;

	text->text = bind_text(order->param, params);
	if (text->text == NULL)
		return list_copy(ties);
	text->description = psprintf("$%s", order->param->text);
	foreach(lc, parse_order_text(text))
	{
		const ShapeOrder *item = lfirst(lc);
		const ShapeStep *step = linitial(item->path);
		LevelOrder *column = palloc(sizeof(LevelOrder));

		CHECK_FOR_INTERRUPTS();
		*column = find_choice(order, text, &step->name)->order;
		column->descending = item->descending;
		column->nulls_first = item->nulls_first;
		/* what comes again says nothing */
		if (!orders_by(result, column->column))
			result = lappend(result, column);
	}
	return list_concat(result, ties);
}

/* Whether an order has a column of its level in it. */
bool
orders_by(const List *order, int column)
{
	ListCell   *lc;

	foreach(lc, order)
	{
		if (((LevelOrder *) lfirst(lc))->column == column)
			return true;
	}
	return false;
}
