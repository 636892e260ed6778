/*
 * shared.c
 *		Rows that stand in several relations of a shape: what is said of them in one
 *		place must be what is said in the others, and none may undo it.
 */
#include "store/internal.h"

#include "miscadmin.h"

/* Whether rows of a stage may be written: of what is linked, be it the key to the parent. */
static bool
writes_rows(const Stage *stage)
{
	return !stage->level->is_linked || stage->relation->kind == TO_MANY ||
		stage->relation->kind == ONE_TO_ONE;
}

/* Whether one parent may leave to be deleted what another one of the same stage has. */
static bool
may_tear(const Stage *stage)
{
	return stage->doomed != NULL && stage->nrows > 0 && stage->relation != NULL &&
		(stage->relation->kind == TO_ONE || stage->relation->kind == MANY_TO_MANY);
}

/* Whether several stages write rows of one table, or one may twice; seen: the tables of those before. */
static bool
shares_table(const Stage *stage, List **seen)
{
	ListCell   *lc;

	check_stack_depth();
	if (writes_rows(stage) && (stage->nrows > 0 || stage->others != NIL))
	{
		if (list_member_ptr(*seen, stage->level->table) || may_tear(stage))
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
SharedRows *
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

/* What stands for a row in all places that have it; tables: of SharedRows, for this alone. */
Datum
shared_row(Store *store, List **tables, const DocRow *row)
{
	const DocRow *real = real_row(row);
	int			columns[INDEX_MAX_KEYS];
	SharedRows *shared = real->row == NULL ? NULL : find_shared(store, tables, real->stage->level, columns);
	Datum	   *key = shared == NULL ? NULL : row_columns(found_row(real), columns, list_length(shared->attnums));

	if (key != NULL)
	{
		bool		found;
		void	  **slot = add_to_map(shared->rows, key, &found);

		if (!found)
			*slot = unconstify(DocRow *, real);
		real = *slot;
	}
	return pointer_key(real);
}

/* Whether an item says a column of a row, and does not only show it: "@once" does that when the row is inserted. */
static bool
says_own_column(const DocRow *row, const StoreItem *item)
{
	return item->kind == ITEM_COLUMN && !(item->once && row->row != NULL);
}

/* Whether an item of a row says what it has in a column. */
static bool
item_says(const DocRow *row, int number, AttrNumber attnum)
{
	const StoreItem *item = &row->stage->level->items[number];
	const DocRow *target;

	if (row->given[number] == NULL)
		return false;
	if (item->kind == ITEM_COLUMN)
		return says_own_column(row, item) && item->attnum == attnum;
	if (item->kind != ITEM_RELATION || item->relation->kind != TO_ONE ||
		key_index(item->relation->branch->relationship->key, attnum) < 0)
		return false;
	target = row->targets[number];
	return target != NULL ? !target->is_lost : bms_is_member(number, row->extra->cleared);
}

/* What a row is said to have in a column, by an item or by where it stands; false: nothing. */
bool
says_column(const DocRow *row, AttrNumber attnum, Datum *value, bool *isnull)
{
	const Stage *stage = row->stage;
	bool		is_said = bms_is_member(attnum, row->changed);

	if (row->is_said && !row->asks_delete && has_parent_key(stage))
		is_said |= key_index(stage->relation->branch->relationship->key, attnum) >= 0;
	for (int i = 0; i < stage->level->nitems && !is_said; i++)
		is_said = item_says(row, i, attnum);
	return is_said && row_value(row, attnum, value, isnull);
}

/* The columns that a place of a row may say something of. */
static Bitmapset *
said_columns(const DocRow *row)
{
	const StoreLevel *level = row->stage->level;
	Bitmapset  *columns = bms_add_members(bms_copy(row->changed), row->stage->parent_key);

	for (int i = 0; i < level->nitems; i++)
	{
		const StoreItem *item = &level->items[i];

		if (row->given[i] == NULL)
			continue;
		if (says_own_column(row, item))
			columns = bms_add_member(columns, item->attnum);
		else if (item->kind == ITEM_RELATION && item->relation->kind == TO_ONE)
		{
			const ForeignKey *key = item->relation->branch->relationship->key;

			for (int n = 0; n < key->nkeys; n++)
				columns = bms_add_member(columns, key->referencing_attnums[n]);
		}
	}
	return columns;
}

/* What a place of a row says of a column: a key to be made, or a value. */
typedef struct SaidValue
{
	MadeKey		made;			/* row: NULL of a value */
	Datum		value;
	bool		isnull;
} SaidValue;

static bool
read_said(const Store *store, const DocRow *row, AttrNumber attnum, SaidValue *said)
{
	if (!store->keys_are_made && says_made(row, attnum, &said->made))
		return true;
	said->made.row = NULL;
	return says_column(row, attnum, &said->value, &said->isnull);
}

/* Whether a place of a row says the same of a column as another one. */
static bool
say_same(const Store *store, const DocRow *place, AttrNumber attnum, const SaidValue *said)
{
	Form_pg_attribute attribute = TupleDescAttr(place->stage->level->table->tupdesc, attnum - 1);
	SaidValue	other;

	if (!read_said(store, place, attnum, &other))
		return true;
	if (said->made.row != NULL || other.made.row != NULL)
		return is_same_made(&said->made, &other.made);
	return said->isnull == other.isnull &&
		(said->isnull || is_said_alike(attribute, said->value, other.value));
}

/* Notes that a place of a row says otherwise of a column than another one. */
void
column_differs(Store *store, const DocRow *place, AttrNumber attnum)
{
	add_error(store, place, column_steps(place->stage->level, attnum), ERROR_DUPLICATE,
			  "the same row is said otherwise elsewhere");
}

/*
 * Notes where a row says otherwise of a column than those places of it that came before. The
 * first of them knows who has said what. Returns whether they agree.
 */
static bool
agree(Store *store, DocRow *first, DocRow *row)
{
	const StoreLevel *level = row->stage->level;
	Bitmapset  *said = said_columns(row);
	bool		agrees = true;
	int			attnum = -1;

	if (first->extra->sayers == NULL)
	{
		Bitmapset  *columns = said_columns(first);

		extra_of(first)->sayers = palloc0(sizeof(DocRow *) * level->table->tupdesc->natts);
		while ((attnum = bms_next_member(columns, attnum)) >= 0)
			first->extra->sayers[attnum - 1] = first;
		attnum = -1;
	}
	while ((attnum = bms_next_member(said, attnum)) >= 0)
	{
		const DocRow **sayer = &first->extra->sayers[attnum - 1];
		SaidValue	value;

		if (!read_said(store, row, attnum, &value))
			continue;
		if (*sayer == NULL)
			*sayer = row;
		if (*sayer == row || (say_same(store, *sayer, attnum, &value) && say_same(store, first, attnum, &value)))
			continue;
		agrees = false;
		column_differs(store, row, attnum);
	}
	bms_free(said);
	return agrees;
}

/* Lets a row be another one than was found. */
static void
part_from_found(DocRow *row)
{
	int			ncolumns = row->stage->level->level->ncolumns;

	if (row->extra->found != NULL)
		return;
	extra_of(row)->found = row->row;
	row->row = palloc(sizeof(Row));
	*row->row = *row->extra->found;
	row->row->values = palloc(sizeof(Datum) * Max(ncolumns, 1));
	row->row->nulls = palloc(sizeof(bool) * Max(ncolumns, 1));
	memcpy(row->row->values, row->extra->found->values, sizeof(Datum) * ncolumns);
	memcpy(row->row->nulls, row->extra->found->nulls, sizeof(bool) * ncolumns);
}

/* A row that was written in another place is there with what it was given in that. */
void
note_written(DocRow *row, const DocRow *written, const Bitmapset *columns)
{
	int			attnum = -1;

	while ((attnum = bms_next_member(columns, attnum)) >= 0)
	{
		int			column = find_level_column(row->stage->level->level, attnum);

		if (column < 0)
			continue;
		part_from_found(row);
		row->row->values[column] = written->values[attnum - 1];
		row->row->nulls[column] = written->nulls[attnum - 1];
	}
}

/* Lets a row be written with what another place says of columns; what fails is told where it is said. */
void
give_columns(Store *store, DocRow *there, DocRow *row, const Bitmapset *columns)
{
	int			attnum = -1;

	if (there->extra->changed_by == NULL)
		extra_of(there)->changed_by = palloc0(sizeof(DocRow *) * row->stage->level->table->tupdesc->natts);
	while ((attnum = bms_next_member(columns, attnum)) >= 0)
	{
		if (!bms_is_member(attnum, there->changed))
			there->extra->changed_by[attnum - 1] = row;
		(void) set_value(store, there, attnum, row->values[attnum - 1], row->nulls[attnum - 1]);
	}
}

/* Writes what is said of a row in the place where that is written. */
static void
write_there(Store *store, DocRow *there, DocRow *row)
{
	give_columns(store, there, row, row->changed);
	row->is_done = true;
	extra_of(row)->writer = there;
}

/*
 * Two rows that are one: it is written once, in the first place; but if the second makes it
 * lead to what is not there then, it is written in both, and neither undoes the other.
 */
static void
share(Store *store, DocRow *first, DocRow *row)
{
	if (!agree(store, first, row) || row->failed)
		return;
	/* be it that only the first says it, "where" is to hold here as well */
	if (row->stage->level->rule->check != NULL && row->extra->first_place != first)
		extra_of(row)->first_place = first;
	if (row->changed == NULL)
		return;
	first->is_elsewhere = true;
	/* as before keys were made, for these come in addition */
	if (row->is_done && row->extra->writer == first)
		write_there(store, first, row);
	else if (bms_is_subset(row->changed, first->changed))
	{
		note_written(row, row, row->changed);
		row->changed = NULL;
		extra_of(row)->writer = first;
	}
	else if (waits_for_others(row, first))
	{
		note_written(row, first, first->changed);
		extra_of(row)->written_first = first;
	}
	else
		write_there(store, first, row);
}

/* Whether another place leads a row to another one by the key to the parent that it is taken from. */
static bool
goes_elsewhere(const DocRow *first, const DocRow *row)
{
	const ForeignKey *key = row->stage->relation->branch->relationship->key;
	const DocRow *target = led_to(first, key);

	if (target != NULL)
		return !target->is_lost && (real_row(target)->row == NULL || !leads_to(row, key, target, true));
	for (int i = 0; i < key->nkeys; i++)
	{
		AttrNumber	attnum = key->referencing_attnums[i];

		if (!bms_is_member(attnum, first->changed) || first->nulls[attnum - 1])
			return false;
	}
	return true;
}

/*
 * A row that nobody says, but that is taken from its parent: where it is written
 * anyway, that is done there; but what may have its place before that comes first.
 */
static void
share_other(Store *store, DocRow *first, DocRow *row)
{
	if (row->is_unlinked && goes_elsewhere(first, row))
	{
		row->changed = NULL;
		row->is_unlinked = false;
	}
	else if (agree(store, first, row) && row->stage->relation->kind == TO_MANY)
		write_there(store, first, row);
}

/* A row that is deleted in another place; of one that is owned and not there it is told that it moved. */
static void
settle_deleted(Store *store, DocRow *row)
{
	const StoreRelation *relation = row->stage->relation;
	bool		has_moved = relation != NULL && relation->write == WRITE_OWN && !row->is_there;

	if (row->is_said && !row->asks_delete && !has_moved && store->call->mode != SAVE_DELETE)
		add_error(store, row, NIL, ERROR_DUPLICATE, "the same row is deleted elsewhere");
	row->is_done = true;
}

/* The place of a row among those that are shared; NULL if it cannot be told, or is no matter. */
static void **
find_slot(Store *store, SharedRows *shared, const int *columns, DocRow *row)
{
	Datum	   *key;
	bool		found;

	CHECK_FOR_INTERRUPTS();
	if (row->row == NULL || row->same != NULL || row->failed || row->is_doomed ||
		(row->asks_delete && row->changed == NULL))
		return NULL;
	if (find_doomed(store, row) != NULL)
	{
		settle_deleted(store, row);
		return NULL;
	}
	key = row_columns(found_row(row), columns, list_length(shared->attnums));
	return key == NULL ? NULL : add_to_map(shared->rows, key, &found);
}

/* The first place of a row: it is written there, whoever changes it. */
static void
keep_found(DocRow *row)
{
	DocExtra   *extra;

	if (row->extra == &no_extra)
		return;
	extra = extra_of(row);
	if (extra->found != NULL)
		row->row = extra->found;
	extra->found = NULL;
	extra->elsewhere = NULL;
	extra->writer = NULL;
}

static void
share_rows_of(Store *store, Stage *stage, List **list, bool is_said)
{
	int			columns[INDEX_MAX_KEYS];
	SharedRows *shared = find_shared(store, list, stage->level, columns);
	ListCell   *lc;

	if (shared == NULL)
		return;
	for (int i = 0; i < stage->nrows && is_said; i++)
	{
		DocRow	   *row = stage->rows[i];
		void	  **slot = find_slot(store, shared, columns, row);

		if (slot != NULL && *slot == NULL)
		{
			keep_found(row);
			*slot = row;
		}
		else if (slot != NULL)
			share(store, *slot, row);
	}
	foreach(lc, stage->others)
	{
		DocRow	   *row = lfirst(lc);
		void	  **slot = is_said || row->changed == NULL ? NULL : find_slot(store, shared, columns, row);

		if (slot != NULL && *slot == NULL)
			*slot = row;
		else if (slot != NULL && *slot != row)
			share_other(store, *slot, row);
	}
}

/* is_said: rows that documents say, in the order in which they are written; else the others. */
static void
share_stage(Store *store, Stage *stage, List **list, bool is_said)
{
	ListCell   *lc;

	check_stack_depth();
	foreach(lc, stage->children)
	{
		if (((Stage *) lfirst(lc))->relation->kind == TO_ONE)
			share_stage(store, lfirst(lc), list, is_said);
	}
	if (writes_rows(stage))
		share_rows_of(store, stage, list, is_said);
	foreach(lc, stage->children)
	{
		if (((Stage *) lfirst(lc))->relation->kind != TO_ONE)
			share_stage(store, lfirst(lc), list, is_said);
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
		share_stage(store, store->root, &list, true);
		share_stage(store, store->root, &list, false);
	}
	MemoryContextSwitchTo(old);
}

/*
 * Notes links from a stage on that lead to rows which other places delete: a key that lets go
 * of these, or takes the row that leads there along, would lose the link in silence.
 */
void
check_links(Store *store, const Stage *stage)
{
	ListCell   *lc;

	check_stack_depth();
	for (int i = 0; i < stage->nrows && stage->level->is_linked && !writes_rows(stage) && store->doomed != NIL; i++)
	{
		DocRow	   *row = stage->rows[i];

		CHECK_FOR_INTERRUPTS();
		if (row->row != NULL && row->same == NULL && !row->is_lost && !row->asks_delete &&
			!row->parent->is_lost && !row->parent->asks_delete && find_doomed(store, row) != NULL &&
			(real_row(row->parent)->row == NULL || find_doomed(store, real_row(row->parent)) == NULL))
			add_error(store, row, NIL, ERROR_DUPLICATE, "the same row is deleted elsewhere");
	}
	foreach(lc, stage->children)
		check_links(store, lfirst(lc));
}
