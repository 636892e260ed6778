/*
 * shared.c
 *		Rows that stand in several relations of a shape: what is said of them in one
 *		place must be what is said in the others, and none may undo it.
 */
#include "store/internal.h"

#include "miscadmin.h"
#include "utils/datum.h"

/* The rows of a table that documents say, in the order in which they are written. */
typedef struct SharedRows
{
	const StoreTable *table;
	List	   *attnums;		/* that tell them apart */
	KeyMap	   *rows;			/* DocRow */
} SharedRows;

/* Whether several stages write rows of one table; seen: the tables of those before. */
static bool
shares_table(const Stage *stage, List **seen)
{
	ListCell   *lc;

	check_stack_depth();
	if (!stage->level->is_linked && stage->nrows > 0)
	{
		if (list_member_ptr(*seen, stage->level->table))
			return true;
		*seen = lappend(*seen, stage->level->table);
	}
	foreach(lc, stage->children)
	{
		if (shares_table(lfirst(lc), seen))
			return true;
	}
	return false;
}

/* Those of the same table, and the columns of this level that tell its rows apart; or NULL. */
static SharedRows *
find_shared(Store *store, List **list, const StoreLevel *level, int *columns)
{
	SharedRows *shared = NULL;
	ListCell   *lc;

	foreach(lc, *list)
	{
		if (((SharedRows *) lfirst(lc))->table == level->table)
			shared = lfirst(lc);
	}
	if (shared == NULL)
	{
		shared = palloc0(sizeof(SharedRows));
		shared->table = level->table;
		shared->attnums = primary_key_attnums(level->table->relid);
		for (int i = 0; shared->attnums == NIL && i < level->rule->nidentity; i++)
			shared->attnums = lappend_int(shared->attnums, level->rule->identity[i]);
		*list = lappend(*list, shared);
	}
	foreach(lc, shared->attnums)
	{
		int			n = foreach_current_index(lc);

		columns[n] = find_level_column(level->level, lfirst_int(lc));
		if (columns[n] < 0)
			return NULL;
	}
	if (shared->attnums != NIL && shared->rows == NULL)
		shared->rows = make_level_map(store->context, level->level, columns, list_length(shared->attnums));
	return shared->rows == NULL ? NULL : shared;
}

/* What a row is said to have in a column, by an item or by where it stands; false: nothing. */
static bool
says_column(const DocRow *row, AttrNumber attnum, Datum *value, bool *isnull)
{
	const StoreLevel *level = row->stage->level;

	for (int i = 0; i < level->nitems; i++)
	{
		if ((row->given[i] != NULL && level->items[i].kind == ITEM_COLUMN && level->items[i].attnum == attnum) ||
			bms_is_member(attnum, row->changed))
			return row_value(row, attnum, value, isnull);
	}
	return false;
}

/* Two rows that are one: what the one that is written later says must not undo the other. */
static void
agree(Store *store, const DocRow *first, DocRow *row)
{
	const StoreLevel *level = row->stage->level;
	int			attnum = -1;

	for (attnum = 1; attnum <= level->table->tupdesc->natts; attnum++)
	{
		Form_pg_attribute attribute = TupleDescAttr(level->table->tupdesc, attnum - 1);
		Datum		value;
		Datum		other;
		bool		isnull;
		bool		other_isnull;
		int			item;

		if ((!bms_is_member(attnum, first->changed) && !bms_is_member(attnum, row->changed)) ||
			!says_column(first, attnum, &other, &other_isnull) || !says_column(row, attnum, &value, &isnull) ||
			(isnull == other_isnull &&
			 (isnull || datum_image_eq(value, other, attribute->attbyval, attribute->attlen))))
			continue;
		item = find_column_item(level, attnum);
		add_error(store, row, item < 0 ? NIL : item_steps(level, item), ERROR_DUPLICATE,
				  "the same row is said otherwise elsewhere");
	}
	if (row->changed == NULL || row->failed)
		return;
	if (bms_is_subset(row->changed, first->changed))
	{
		/* it is written once */
		attnum = -1;
		while ((attnum = bms_next_member(row->changed, attnum)) >= 0)
		{
			int			column = find_level_column(level->level, attnum);

			if (column < 0)
				continue;
			row->row->values[column] = row->values[attnum - 1];
			row->row->nulls[column] = row->nulls[attnum - 1];
		}
		row->changed = NULL;
		return;
	}
	attnum = -1;
	while ((attnum = bms_next_member(first->changed, attnum)) >= 0)
	{
		if (!bms_is_member(attnum, row->changed))
			(void) set_value(store, row, attnum, first->values[attnum - 1], first->nulls[attnum - 1]);
	}
}

static void
share_rows_of(Store *store, Stage *stage, List **list)
{
	int			columns[INDEX_MAX_KEYS];
	SharedRows *shared = find_shared(store, list, stage->level, columns);

	for (int i = 0; i < stage->nrows && shared != NULL; i++)
	{
		DocRow	   *row = stage->rows[i];
		Datum	   *key;
		bool		found = false;
		void	  **slot;

		CHECK_FOR_INTERRUPTS();
		if (row->row == NULL || row->same != NULL || row->is_lost || row->is_doomed || row->asks_delete)
			continue;
		key = row_columns(row->row, columns, list_length(shared->attnums));
		if (key == NULL)
			continue;
		slot = add_to_map(shared->rows, key, &found);
		if (!found)
			*slot = row;
		else
			agree(store, *slot, row);
	}
}

static void
share_stage(Store *store, Stage *stage, List **list)
{
	ListCell   *lc;

	check_stack_depth();
	foreach(lc, stage->children)
	{
		if (((Stage *) lfirst(lc))->relation->kind == TO_ONE)
			share_stage(store, lfirst(lc), list);
	}
	if (!stage->level->is_linked)
		share_rows_of(store, stage, list);
	foreach(lc, stage->children)
	{
		if (((Stage *) lfirst(lc))->relation->kind != TO_ONE)
			share_stage(store, lfirst(lc), list);
	}
}

/*
 * Looks for rows that several relations have, once their keys are connected: where one
 * says otherwise than another one that is an error; the others are written once.
 */
void
share_rows(Store *store)
{
	MemoryContext old = MemoryContextSwitchTo(store->context);
	List	   *list = NIL;

	if (shares_table(store->root, &list))
	{
		list = NIL;
		share_stage(store, store->root, &list);
	}
	MemoryContextSwitchTo(old);
}
