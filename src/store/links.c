/*
 * links.c
 *		Links to rows that are not there: those that the same call makes.
 */
#include "store/internal.h"

#include "miscadmin.h"

/* The key that links of a level would lead to a row by, as its document says; palloc'd, or NULL. */
static Datum *
said_key(const DocRow *row, const StoreLevel *link)
{
	const DocRow *target;
	Datum	   *key;

	if (row->same != NULL || row->is_lost || row->asks_delete)
		return NULL;
	key = palloc(sizeof(Datum) * link->rule->nkeys);
	for (int i = 0; i < link->rule->nkeys; i++)
	{
		if (!said_column(row, link->rule->keys[i], &key[i], &target))
			return NULL;
	}
	return key;
}

/* The rows of a stage by the key that links of a level have; those that are new, or get it now. */
static KeyMap *
rows_by_link(Store *store, Stage *stage, const StoreLevel *link)
{
	SaidRows   *said;
	ListCell   *lc;

	foreach(lc, stage->said)
	{
		said = lfirst(lc);
		if (said->link == link)
			return said->rows;
	}
	said = palloc(sizeof(SaidRows));
	said->link = link;
	said->rows = make_level_map(store->context, link->level, link->rule->key_columns, link->rule->nkeys);
	stage->said = lappend(stage->said, said);
	for (int i = 0; i < stage->nrows; i++)
	{
		Datum	   *key = said_key(stage->rows[i], link);
		bool		found = true;
		void	  **slot;

		CHECK_FOR_INTERRUPTS();
		slot = key == NULL ? NULL : add_to_map(said->rows, key, &found);
		if (!found)
			*slot = stage->rows[i];
	}
	return said->rows;
}

/*
 * The row that a link to one which is not there means, from a stage on: one that the same call
 * makes, or gives that key; or NULL.
 */
DocRow *
find_said(Store *store, Stage *stage, const DocRow *link)
{
	const StoreLevel *level = link->stage->level;
	DocRow	   *found = NULL;
	ListCell   *lc;

	check_stack_depth();
	if (!stage->level->is_linked && stage->level->table == level->table && level->rule->nkeys > 0)
	{
		if (has_same_keys(stage->level, level))
			found = find_in_map(stage->fresh, link->key);
		/* a key that is a new parent's is not among those */
		if (found == NULL)
			found = find_in_map(rows_by_link(store, stage, level), link->key);
	}
	foreach(lc, stage->children)
	{
		if (found == NULL)
			found = find_said(store, lfirst(lc), link);
	}
	return found;
}

/* What a row that is made, or gets its key now, is to have in a column; false: that is not said. */
static bool
said_value(const DocRow *row, AttrNumber attnum, Datum *value, bool *isnull)
{
	const DocRow *target;
	int			column = row->row == NULL ? -1 : find_level_column(row->stage->level->level, attnum);

	if (bms_is_member(attnum, row->changed) || column >= 0)
		return row_value(row, attnum, value, isnull);
	*isnull = false;
	return said_column(row, attnum, value, &target);
}

/* Whether a row says the same of a column that a link to it shows, be that written otherwise. */
static bool
says_same(Store *store, const DocRow *row, const DocRow *link, int number)
{
	const StoreItem *shown = &link->stage->level->items[number];
	const Level *level = link->stage->level->level;
	int			column = shown->attnum > 0 ? find_level_column(level, shown->attnum) : -1;
	Row		   *said;
	JsonbValue	present;

	if (column < 0 || shown->field->rule == NULL || shown->field->type == NULL)
		return row->row != NULL;
	said = make_empty_row(store->context, level);
	/* of one that is there it may be as it is */
	if (!said_value(row, shown->attnum, &said->values[column], &said->nulls[column]))
		return row->row != NULL;
	open_jsonb(DatumGetJsonbP(field_to_jsonb(store->call->sink, shown->field, said)), &present);
	return json_says(shown->reader, link->given[number], &present);
}

/* What a link shows of a row that is made, or gets its key now, must be what the call says of that. */
static void
compare_shown(Store *store, const DocRow *row, const DocRow *link)
{
	const StoreLevel *level = link->stage->level;

	for (int i = 0; i < level->nitems && !store->options->ignore_readonly && link->value == NULL; i++)
	{
		if (link->given[i] != NULL && !is_key_item(level, i) && level->items[i].field->constant == NULL &&
			!is_no_value(link->given[i]) && !says_same(store, row, link, i))
			add_error(store, link, item_steps(level, i), ERROR_READ_ONLY,
					  "this is not written, and the row that the call makes has another value");
	}
}

/* Links to rows that the same call makes. */
void
resolve_links(Store *store)
{
	MemoryContext old = MemoryContextSwitchTo(store->context);
	ListCell   *lc;

	foreach(lc, store->unresolved)
	{
		DocRow	   *link = lfirst(lc);
		DocRow	   *found = find_said(store, store->root, link);

		CHECK_FOR_INTERRUPTS();
		if (found == NULL)
			not_found(store, link, NULL);
		else if (!link->is_lost)
		{
			compare_shown(store, found, link);
			/* a circle of keys may have to be closed afterwards */
			add_place(found, link);
			found->needs_key = link->parent->needs_key = true;
		}
	}
	MemoryContextSwitchTo(old);
}
