/*
 * changes.c
 *		What a call does, as a list: for jsonify_plan(), and for those who ask
 *		jsonify_save() for its changes.
 */
#include "store/internal.h"

#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

/* A jsonb as the value of a member or an element. */
static void
push_jsonb(JsonbBuilder *state, JsonbIteratorToken token, Jsonb *jsonb)
{
	JsonbValue	value;

	open_jsonb(jsonb, &value);
	push_jsonb_value(state, token, &value);
}

/* A column of a row as the shape writes it, of a row that is there. */
static bool
push_present(JsonbBuilder *state, Store *store, const DocRow *row, const StoreItem *item)
{
	/* the key of an object of rows is nothing that they show */
	if (row->row == NULL || item->field->rule == NULL || item->field->type == NULL)
		return false;
	push_string(state, WJB_KEY, item->field->key);
	push_jsonb(state, WJB_VALUE,
			   DatumGetJsonbP(field_to_jsonb(store->call->sink, item->field, found_row(row))));
	return true;
}

static bool
is_key_column(const StoreLevel *level, AttrNumber attnum)
{
	const RowRule *rule = level->rule;
	int			ncolumns = rule->nkeys > 0 ? rule->nkeys : rule->nidentity;

	for (int i = 0; i < ncolumns; i++)
	{
		if ((rule->nkeys > 0 ? rule->keys : rule->identity)[i] == attnum)
			return true;
	}
	return false;
}

/*
 * The items that tell a row apart, of one that is there; NULL if the shape has none. One that
 * has been given another key in the place where it is written first has here that of before.
 */
static Jsonb *
row_key(Store *store, const DocRow *row)
{
	const StoreLevel *level = row->stage->level;
	JsonbBuilder state = {0};
	bool		any = false;

	push_jsonb_value(&state, WJB_BEGIN_OBJECT, NULL);
	for (int i = 0; i < level->nitems; i++)
	{
		bool		is_given = (row->row == NULL || row->extra->written_first != NULL) &&
			row->given[i] != NULL && row->given[i]->type != jbvNull;

		if (level->items[i].attnum <= 0 || !is_key_column(level, level->items[i].attnum))
			continue;
		if (!is_given && push_present(&state, store, row, &level->items[i]))
			any = true;
		else if (is_given)
		{
			any = true;
			push_string(&state, WJB_KEY, level->items[i].field->key);
			push_jsonb_value(&state, WJB_VALUE, row->given[i]);
		}
	}
	return any ? JsonbValueToJsonb(push_jsonb_value(&state, WJB_END_OBJECT, NULL)) :
		(push_jsonb_value(&state, WJB_END_OBJECT, NULL), NULL);
}

/* Whether a document says something else of an item than what is there. */
static bool
is_changed_item(Store *store, const DocRow *row, int i)
{
	const StoreItem *item = &row->stage->level->items[i];
	JsonbValue	present;

	if (item->kind != ITEM_COLUMN || row->given[i] == NULL || !bms_is_member(item->attnum, row->changed))
		return false;
	if (item->field->type == NULL)
		return true;
	open_jsonb(DatumGetJsonbP(field_to_jsonb(store->call->sink, item->field, row->row)), &present);
	return !json_says(item->reader, row->given[i], &present);
}

static bool
has_changed_items(Store *store, const DocRow *row)
{
	for (int i = 0; i < row->stage->level->nitems; i++)
	{
		if (is_changed_item(store, row, i))
			return true;
	}
	return false;
}

static Jsonb *
old_values(Store *store, const DocRow *row, bool all)
{
	const StoreLevel *level = row->stage->level;
	JsonbBuilder state = {0};

	push_jsonb_value(&state, WJB_BEGIN_OBJECT, NULL);
	for (int i = 0; i < level->nitems; i++)
	{
		if (all || is_changed_item(store, row, i))
			(void) push_present(&state, store, row, &level->items[i]);
	}
	return JsonbValueToJsonb(push_jsonb_value(&state, WJB_END_OBJECT, NULL));
}

/* What another place of a new row says of columns that its own does not. */
static void
push_said_there(JsonbBuilder *state, const DocRow *row, const DocRow *place)
{
	const StoreLevel *level = place->stage->level;

	for (int i = 0; i < level->nitems && !level->is_linked; i++)
	{
		AttrNumber	attnum = level->items[i].attnum;

		if (place->given[i] == NULL || level->items[i].kind != ITEM_COLUMN ||
			row->extra->changed_by == NULL || row->extra->changed_by[attnum - 1] != place)
			continue;
		push_string(state, WJB_KEY, level->items[i].field->key);
		push_jsonb_value(state, WJB_VALUE, place->given[i]);
	}
}

/* As the document says them. */
static Jsonb *
new_values(Store *store, const DocRow *row, bool all)
{
	const StoreLevel *level = row->stage->level;
	JsonbBuilder state = {0};
	ListCell   *lc;

	push_jsonb_value(&state, WJB_BEGIN_OBJECT, NULL);
	for (int i = 0; i < level->nitems; i++)
	{
		if (row->given[i] == NULL ||
			!(all ? level->items[i].kind == ITEM_COLUMN : is_changed_item(store, row, i)))
			continue;
		push_string(&state, WJB_KEY, level->items[i].field->key);
		push_jsonb_value(&state, WJB_VALUE, row->given[i]);
	}
	foreach(lc, all ? row->extra->places : NIL)
		push_said_there(&state, row, lfirst(lc));
	return JsonbValueToJsonb(push_jsonb_value(&state, WJB_END_OBJECT, NULL));
}

/* ---- the list */

typedef struct ChangeList
{
	Store	   *store;
	List	   *changes;
} ChangeList;

static StoreChange *
add_change(ChangeList *list, const char *action, const DocRow *row)
{
	StoreChange *change = palloc0(sizeof(StoreChange));

	change->action = action;
	change->relid = row->stage->level->table->relid;
	change->loc = location_of(row, NIL);
	change->key = row_key(list->store, row);
	list->changes = lappend(list->changes, change);
	return change;
}

/*
 * That a row leads to another one, or to none, from now on: its table is written, and the
 * other row is told.
 */
static void
add_link(ChangeList *list, const char *action, const DocRow *row, const DocRow *target)
{
	add_change(list, action, target)->relid = row->stage->level->table->relid;
}

static Stage *
child_stage(const Stage *stage, const StoreRelation *relation)
{
	ListCell   *lc;

	foreach(lc, stage->children)
	{
		if (((Stage *) lfirst(lc))->relation == relation)
			return lfirst(lc);
	}
	return NULL;
}

/* That a to-one relation of a row that is there leads nowhere any more. */
static void
add_cleared(ChangeList *list, DocRow *row, const StoreRelation *relation)
{
	const RowSet *set = &row->row->related[relation->branch->number];
	DocRow		was = {
		.stage = child_stage(row->stage, relation),
		.parent = row,
		.index = -1,
		.extra = &no_extra
	};

	if (set->nrows == 0 || was.stage == NULL)
		return;
	was.row = set->rows[0];
	add_link(list, "unlink", row, &was);
}

static void
add_to_one_changes(ChangeList *list, DocRow *row)
{
	ListCell   *lc;

	foreach(lc, row->stage->level->relations)
	{
		const StoreRelation *relation = lfirst(lc);
		const ForeignKey *key = relation->branch->relationship->key;
		const DocRow *target = relation->kind == TO_ONE ? row->targets[relation->item] : NULL;

		if (relation->kind != TO_ONE)
			continue;
		if (bms_is_member(relation->item, row->extra->cleared) && row->row != NULL)
			add_cleared(list, row, relation);
		if (target == NULL || target->failed)
			continue;
		if (target->asks_delete)
		{
			if (row->row != NULL && target->row != NULL && has_led_to(row, key, real_row(target)))
				add_link(list, "unlink", row, target);
		}
		else if (row->row == NULL ? relation->write == WRITE_LINK :
				 !has_led_to(row, key, real_row(target)) && !is_taken_along(row, key, target))
			add_link(list, "link", row, target);
	}
}

static void
add_row_change(ChangeList *list, DocRow *row)
{
	Store	   *store = list->store;
	const StoreRelation *relation = row->stage->relation;
	bool		by_key = relation != NULL && (relation->kind == TO_MANY || relation->kind == ONE_TO_ONE);
	StoreChange *change;

	if (row->failed || (row->same != NULL && !is_other_place(row)))
		return;
	if (row->same != NULL)
	{
		if (by_key && !real_row(row)->failed)
			(void) add_change(list, "link", row);
		return;
	}
	if (row->is_doomed)
	{
		change = add_change(list, "delete", row);
		change->old_values = old_values(store, row, true);
		return;
	}
	if (row->asks_delete || row->is_unlinked)
	{
		if (row->row != NULL && row->is_unlinked && by_key)
			(void) add_change(list, "unlink", row);
		return;
	}
	if (row->row != NULL && !row->stage->level->is_linked && has_changed_items(store, row))
	{
		change = add_change(list, "update", row);
		change->old_values = old_values(store, row, false);
		change->new_values = new_values(store, row, false);
	}
	else if (row->row == NULL && row->is_said && !row->stage->level->is_linked)
	{
		change = add_change(list, "insert", row);
		change->new_values = new_values(store, row, true);
	}
	if (row->row != NULL && row->is_said && by_key &&
		(!row->is_there || follows_parent(row)))
		(void) add_change(list, "link", row);
	if (!row->stage->level->is_linked)
		add_to_one_changes(list, row);
}

static void
add_pair_change(ChangeList *list, const char *action, const DocRow *near, const DocRow *far)
{
	if (!far->failed && !near->failed)
		add_change(list, action, far)->relid = far->stage->relation->junction->relid;
}

static void
add_pair_changes(ChangeList *list, const List *pairs, const char *action)
{
	ListCell   *lc;

	foreach(lc, pairs)
	{
		const Pair *pair = lfirst(lc);

		add_pair_change(list, action, pair->near, pair->far);
	}
}

static void
add_stage_changes(ChangeList *list, Stage *stage)
{
	ListCell   *lc;

	check_stack_depth();
	for (int i = 0; i < stage->nrows; i++)
	{
		CHECK_FOR_INTERRUPTS();
		add_row_change(list, stage->rows[i]);
	}
	foreach(lc, stage->others)
	{
		if (stage->relation->kind != MANY_TO_MANY || ((DocRow *) lfirst(lc))->is_doomed)
			add_row_change(list, lfirst(lc));
	}
	foreach(lc, stage->all_pairs)
	{
		const PresentPair *pair = lfirst(lc);

		if (is_moved_pair(stage, pair))
			add_pair_change(list, "link", pair->parent, pair->claimed);
	}
	add_pair_changes(list, stage->links, "link");
	add_pair_changes(list, stage->unlinks, "unlink");
	foreach(lc, stage->children)
		add_stage_changes(list, lfirst(lc));
}

/* What a matched call is to do, and what is wrong: a list of StoreChange, palloc'd. */
List *
list_changes(Store *store)
{
	ChangeList	list = {store, NIL};
	ListCell   *lc;

	add_stage_changes(&list, store->root);
	sort_errors(store);
	foreach(lc, store->errors)
	{
		const DocError *error = lfirst(lc);
		StoreChange *change = palloc0(sizeof(StoreChange));

		change->action = "error";
		change->relid = error->row == NULL ? store->plan->root->table->relid :
			error->row->stage->level->table->relid;
		change->loc = location_of(error->place, error->steps);
		change->error = error_to_jsonb(error);
		list.changes = lappend(list.changes, change);
	}
	return list.changes;
}

/* The same as one array, palloc'd. */
Jsonb *
changes_to_jsonb(const List *changes)
{
	JsonbBuilder state = {0};
	ListCell   *lc;

	push_jsonb_value(&state, WJB_BEGIN_ARRAY, NULL);
	foreach(lc, changes)
	{
		const StoreChange *change = lfirst(lc);
		const char *const names[] = {"loc", "key", "old", "new", "error"};
		Jsonb	   *values[] = {change->loc, change->key, change->old_values, change->new_values,
		change->error};

		push_jsonb_value(&state, WJB_BEGIN_OBJECT, NULL);
		push_string(&state, WJB_KEY, "action");
		push_string(&state, WJB_VALUE, change->action);
		push_string(&state, WJB_KEY, "relation");
		push_string(&state, WJB_VALUE,
					DatumGetCString(DirectFunctionCall1(regclassout,
														ObjectIdGetDatum(change->relid))));
		for (int i = 0; i < lengthof(names); i++)
		{
			if (values[i] == NULL)
				continue;
			push_string(&state, WJB_KEY, names[i]);
			push_jsonb(&state, WJB_VALUE, values[i]);
		}
		push_jsonb_value(&state, WJB_END_OBJECT, NULL);
	}
	return JsonbValueToJsonb(push_jsonb_value(&state, WJB_END_ARRAY, NULL));
}
