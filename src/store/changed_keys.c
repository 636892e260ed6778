/*
 * changed_keys.c
 *		Keys that one place of a row changes and others lead to, or know it by: they change in
 *		all places, links among them, before any keys are connected.
 */
#include "store/internal.h"

#include "miscadmin.h"

/* Where a row that is there is written in the end. */
const DocRow *
last_writer(const DocRow *row)
{
	row = real_row(row);
	while (row->extra->writer != NULL)
	{
		CHECK_FOR_INTERRUPTS();
		row = row->extra->writer;
	}
	return row;
}

/* Whether rows of a stage are only linked, so that none of them is written there. */
bool
only_links(const Stage *stage)
{
	return stage->level->is_linked && stage->relation->kind == TO_ONE;
}

/* Notes the tables whose rows are written, and those that links lead to. Whether any is among the first twice. */
static bool
note_tables(const Stage *stage, List **written, List **linked)
{
	ListCell   *lc;

	check_stack_depth();
	if (stage->nrows > 0)
	{
		if (stage->level->is_linked)
			*linked = list_append_unique_ptr(*linked, stage->level->table);
		if (!only_links(stage))
		{
			if (list_member_ptr(*written, stage->level->table))
				return true;
			*written = lappend(*written, stage->level->table);
		}
	}
	foreach(lc, stage->children)
	{
		if (note_tables(lfirst(lc), written, linked))
			return true;
	}
	return false;
}

/* Whether rows of a table may stand in several places, in one of which they are written. */
static bool
may_stand_twice(const Stage *root)
{
	List	   *written = NIL;
	List	   *linked = NIL;
	ListCell   *lc;

	if (note_tables(root, &written, &linked))
		return true;
	foreach(lc, linked)
	{
		if (list_member_ptr(written, lfirst(lc)))
			return true;
	}
	return false;
}

/* Whether a row is said to have another key than it has, which others lead to or know it by. */
static bool
changes_any_key(const DocRow *row)
{
	const StoreTable *table = row->stage->level->table;

	return row->row != NULL && row->same == NULL && !row->is_torn && !row->asks_delete &&
		(bms_overlap(row->changed, table->referenced) || bms_overlap(row->changed, table->linked_by));
}

/* Notes the rows of a stage whose keys change, in the place that says so, be it by leaving them out. */
static void
note_changed_keys(Store *store, Stage *stage, List **list)
{
	int			columns[INDEX_MAX_KEYS];
	SharedRows *shared = NULL;
	int			nothers = list_length(stage->others);
	ListCell   *lc;

	check_stack_depth();
	foreach(lc, stage->children)
		note_changed_keys(store, lfirst(lc), list);

	for (int i = stage->level->is_linked ? stage->nrows : 0; i < stage->nrows + nothers; i++)
	{
		DocRow	   *row = i < stage->nrows ? stage->rows[i] : list_nth(stage->others, i - stage->nrows);
		Datum	   *key;
		bool		found;
		void	  **slot;

		CHECK_FOR_INTERRUPTS();
		if (!changes_any_key(row) || row->is_doomed)
			continue;
		if (shared == NULL)
			shared = find_shared(store, list, stage->level, columns);
		if (shared == NULL)
			return;
		key = row_columns(row->row, columns, list_length(shared->attnums));
		slot = key == NULL ? NULL : add_to_map(shared->rows, key, &found);
		if (slot != NULL && !found)
			*slot = row;
	}
}

/* Lets a row have the keys that another place changes, but for those of which it says something itself. */
static void
take_keys(DocRow *row, DocRow *other)
{
	int			attnum = -1;

	while ((attnum = bms_next_member(row->stage->level->table->referenced, attnum)) >= 0)
	{
		Datum		value;
		bool		isnull;

		if (bms_is_member(attnum, other->changed) && !says_column(row, attnum, &value, &isnull))
			extra_of(row)->elsewhere = bms_add_member(row->extra->elsewhere, attnum);
	}
	note_written(row, other, row->extra->elsewhere);
	if (row->extra->elsewhere != NULL)
		extra_of(row)->writer = other;
}

/*
 * A link that knows its row by a key which changes: it means the row that gets that key, for
 * so it will read; and if none does, it says otherwise of the row that it was found by.
 */
static void
take_link_keys(Store *store, DocRow *link, DocRow *other)
{
	const StoreLevel *level = link->stage->level;

	for (int i = 0; i < level->rule->nkeys; i++)
	{
		AttrNumber	attnum = level->rule->keys[i];
		const LevelColumn *column = &level->level->columns[level->rule->key_columns[i]];
		DocRow	   *heir;

		if (!bms_is_member(attnum, other->changed) ||
			(!other->nulls[attnum - 1] &&
			 same_value(column->typid, column->collation, link->key[i], other->values[attnum - 1])))
			continue;
		heir = find_said(store, store->root, link);
		if (heir == NULL)
			column_differs(store, link, attnum);
		else
		{
			link->row = NULL;
			add_place(heir, link);
		}
		return;
	}
	take_keys(link, other);
}

/* Lets the rows of a stage have the keys that other places change. */
static void
take_changed_keys(Store *store, Stage *stage, List *list)
{
	int			columns[INDEX_MAX_KEYS];
	SharedRows *shared = NULL;
	ListCell   *lc;

	check_stack_depth();
	foreach(lc, stage->children)
		take_changed_keys(store, lfirst(lc), list);
	foreach(lc, list)
	{
		if (((SharedRows *) lfirst(lc))->table == stage->level->table)
			shared = find_shared(store, &list, stage->level, columns);
	}
	for (int i = 0; i < stage->nrows && shared != NULL; i++)
	{
		DocRow	   *row = stage->rows[i];
		Datum	   *key = row->row == NULL || row->same != NULL || row->is_lost ? NULL :
			row_columns(row->row, columns, list_length(shared->attnums));
		DocRow	   *other = key == NULL ? NULL : find_in_map(shared->rows, key);

		CHECK_FOR_INTERRUPTS();
		if (other == NULL || other == row)
			continue;
		if (stage->level->is_linked)
			take_link_keys(store, row, other);
		else
			take_keys(row, other);
	}
}

/*
 * Where a key of a row changes that other rows lead to, it does so in all places that have
 * the row, before any keys are connected.
 */
void
share_keys(Store *store)
{
	MemoryContext old = MemoryContextSwitchTo(store->context);
	List	   *list = NIL;

	if (may_stand_twice(store->root))
	{
		note_changed_keys(store, store->root, &list);
		if (list != NIL)
			take_changed_keys(store, store->root, list);
	}
	MemoryContextSwitchTo(old);
}
