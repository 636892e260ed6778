/*
 * changes.c
 *		What a call does, as a list: for jsonify_plan(), and for those who ask
 *		jsonify_save() for its changes.
 */
#include "store/internal.h"

#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

static void
push_key(JsonbBuilder *state, const char *name)
{
	JsonbValue	key;

	key.type = jbvString;
	key.val.string.val = unconstify(char *, name);
	key.val.string.len = strlen(name);
	push_jsonb_value(state, WJB_KEY, &key);
}

/* A jsonb as the value of a member or an element. */
static void
push_jsonb(JsonbBuilder *state, JsonbIteratorToken token, Jsonb *jsonb)
{
	JsonbValue	value;

	if (JB_ROOT_IS_SCALAR(jsonb))
		(void) JsonbExtractScalar(&jsonb->root, &value);
	else
	{
		value.type = jbvBinary;
		value.val.binary.data = &jsonb->root;
		value.val.binary.len = VARSIZE(jsonb) - VARHDRSZ;
	}
	push_jsonb_value(state, token, &value);
}

static void
push_null(JsonbBuilder *state)
{
	JsonbValue	value;

	value.type = jbvNull;
	push_jsonb_value(state, WJB_VALUE, &value);
}

/* A column of a row as the shape writes it, of a row that is there. */
static bool
push_present(JsonbBuilder *state, Store *store, const DocRow *row, const StoreItem *item)
{
	if (row->row == NULL || item->field->rule == NULL)
		return false;
	push_key(state, item->field->key);
	push_jsonb(state, WJB_VALUE,
			   DatumGetJsonbP(field_to_jsonb(store->call->sink, item->field, row->row)));
	return true;
}

static bool
is_key_column(const StoreLevel *level, AttrNumber attnum)
{
	for (int i = 0; i < level->rule->nidentity; i++)
	{
		if (level->rule->identity[i] == attnum)
			return true;
	}
	return false;
}

/* The items that tell a row apart, of one that is there; NULL if the shape has none. */
static Jsonb *
row_key(Store *store, const DocRow *row)
{
	const StoreLevel *level = row->stage->level;
	JsonbBuilder state = {0};
	bool		any = false;

	push_jsonb_value(&state, WJB_BEGIN_OBJECT, NULL);
	for (int i = 0; i < level->nitems; i++)
	{
		if (level->items[i].attnum > 0 && is_key_column(level, level->items[i].attnum))
		{
			if (push_present(&state, store, row, &level->items[i]))
				any = true;
			else if (row->row == NULL && row->given[i] != NULL && row->given[i]->type != jbvNull)
			{
				any = true;
				push_key(&state, level->items[i].field->key);
				push_jsonb_value(&state, WJB_VALUE, row->given[i]);
			}
		}
	}
	return any ? JsonbValueToJsonb(push_jsonb_value(&state, WJB_END_OBJECT, NULL)) :
		(push_jsonb_value(&state, WJB_END_OBJECT, NULL), NULL);
}

/* Whether the item is of a column that changes. */
static bool
is_changed_item(const DocRow *row, int i)
{
	const StoreItem *item = &row->stage->level->items[i];

	return item->attnum > 0 && bms_is_member(item->attnum, row->changed);
}

static Jsonb *
old_values(Store *store, const DocRow *row, bool all)
{
	const StoreLevel *level = row->stage->level;
	JsonbBuilder state = {0};

	push_jsonb_value(&state, WJB_BEGIN_OBJECT, NULL);
	for (int i = 0; i < level->nitems; i++)
	{
		if (all || is_changed_item(row, i))
			(void) push_present(&state, store, row, &level->items[i]);
	}
	return JsonbValueToJsonb(push_jsonb_value(&state, WJB_END_OBJECT, NULL));
}

/* As the document says them. */
static Jsonb *
new_values(Store *store, const DocRow *row, bool all)
{
	const StoreLevel *level = row->stage->level;
	JsonbBuilder state = {0};

	push_jsonb_value(&state, WJB_BEGIN_OBJECT, NULL);
	for (int i = 0; i < level->nitems; i++)
	{
		if (!(all ? level->items[i].kind == ITEM_COLUMN : is_changed_item(row, i)))
			continue;
		if (row->given[i] != NULL)
		{
			push_key(&state, level->items[i].field->key);
			push_jsonb_value(&state, WJB_VALUE, row->given[i]);
		}
		else if (!all)
		{
			push_key(&state, level->items[i].field->key);
			push_null(&state);
		}
	}
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

static void
add_row_change(ChangeList *list, const DocRow *row)
{
	Store	   *store = list->store;
	StoreChange *change;

	if (row->failed || row->same != NULL)
		return;
	if (row->is_doomed)
	{
		change = add_change(list, "delete", row);
		change->old_values = old_values(store, row, true);
	}
	else if (row->row != NULL && row->is_unlinked)
		(void) add_change(list, "unlink", row);
	else if (row->row != NULL && row->changed != NULL)
	{
		bool		is_link = !row->is_there && row->stage->relation != NULL;

		change = add_change(list, is_link && row->stage->level->is_linked ? "link" : "update", row);
		change->old_values = old_values(store, row, false);
		change->new_values = new_values(store, row, false);
	}
	else if (row->row == NULL && row->is_said && !row->asks_delete && !row->stage->level->is_linked)
	{
		change = add_change(list, "insert", row);
		change->new_values = new_values(store, row, true);
	}
}

static void
add_pair_changes(ChangeList *list, const List *pairs, const char *action)
{
	ListCell   *lc;

	foreach(lc, pairs)
	{
		const Pair *pair = lfirst(lc);
		StoreChange *change;

		/* a row that is deleted or unlinked is listed as such */
		if (pair->far->is_doomed || pair->far->failed || pair->near->failed)
			continue;
		change = add_change(list, action, pair->far);
		change->relid = pair->far->stage->relation->junction->relid;
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
	foreach(lc, store->errors)
	{
		const DocError *error = lfirst(lc);
		StoreChange *change = palloc0(sizeof(StoreChange));

		change->action = "error";
		change->relid = error->row == NULL ? store->plan->root->table->relid :
			error->row->stage->level->table->relid;
		change->loc = location_of(error->row, error->steps);
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
		JsonbValue	text;

		push_jsonb_value(&state, WJB_BEGIN_OBJECT, NULL);
		push_key(&state, "action");
		text.type = jbvString;
		text.val.string.val = unconstify(char *, change->action);
		text.val.string.len = strlen(change->action);
		push_jsonb_value(&state, WJB_VALUE, &text);
		push_key(&state, "relation");
		text.val.string.val = DatumGetCString(DirectFunctionCall1(regclassout,
																  ObjectIdGetDatum(change->relid)));
		text.val.string.len = strlen(text.val.string.val);
		push_jsonb_value(&state, WJB_VALUE, &text);
		for (int i = 0; i < lengthof(names); i++)
		{
			if (values[i] == NULL)
				continue;
			push_key(&state, names[i]);
			push_jsonb(&state, WJB_VALUE, values[i]);
		}
		push_jsonb_value(&state, WJB_END_OBJECT, NULL);
	}
	return JsonbValueToJsonb(push_jsonb_value(&state, WJB_END_ARRAY, NULL));
}
