/*
 * circles.c
 *		Circles of keys: a row that leads to one which is not inserted as yet gets its key
 *		by an UPDATE afterwards, and one that leads to a row which is deleted lets go of it
 *		before.
 */
#include "store/internal.h"

#include "miscadmin.h"

/* The rows that get another key, by what a foreign key to them has as yet. */
typedef struct OldKeys
{
	const ForeignKey *key;
	KeyMap	   *rows;			/* DocRow */
} OldKeys;

bool
is_inserted(const DocRow *row)
{
	return row->row == NULL && row->same == NULL && !row->failed && !row->asks_delete;
}

bool
is_updated(const DocRow *row)
{
	return row->row != NULL && row->same == NULL && !row->failed && !row->is_doomed &&
		row->changed != NULL && !row->is_done;
}

/* What is left to be updated of a row: its circles are closed later, and may have been opened. */
Bitmapset *
updated_columns(const DocRow *row)
{
	Bitmapset  *columns = bms_difference(row->changed, row->extra->pending);
	int			attnum = -1;

	while ((attnum = bms_next_member(row->extra->opened, attnum)) >= 0)
	{
		if (row->nulls[attnum - 1])
			columns = bms_del_member(columns, attnum);
	}
	return columns;
}

static bool
has_new_rows(const Stage *stage, const Stage *except)
{
	ListCell   *lc;

	check_stack_depth();
	if (stage != except && stage->level->table == except->level->table && !stage->level->is_linked)
	{
		for (int i = 0; i < stage->nrows; i++)
		{
			if (is_inserted(stage->rows[i]))
				return true;
		}
	}
	foreach(lc, stage->children)
	{
		if (has_new_rows(lfirst(lc), except))
			return true;
	}
	return false;
}

/* Whether another stage has new rows of the table of one: before anything is written. */
bool
inserts_elsewhere(const Store *store, Stage *stage)
{
	if (!stage->knows_others)
		stage->others_insert = has_new_rows(store->root, stage);
	stage->knows_others = true;
	return stage->others_insert;
}

/*
 * Whether what a key of a row leads to is not there as yet, or does not have its new key. Rows
 * of one stage get theirs by one statement, but for those that are written one by one.
 */
static bool
is_awaited(const Store *store, const DocRow *row, const ForeignKey *key, const DocRow *target)
{
	target = real_row(target);
	if (target->row != NULL)
	{
		if (!changes_key(target, key))
			return false;
		target = last_writer(target);
		if (row->row != NULL && target->stage == row->stage && (target == row || !store->careful))
			return false;
	}
	return !target->is_done && !target->failed && !key->deferred;
}

static void
note_pending_key(const Store *store, DocRow *row, const ForeignKey *key, const DocRow *target)
{
	/* where it cannot be NULL the row has waited, or its constraint is all that there is to say */
	if (is_awaited(store, row, key, target))
		extra_of(row)->pending = bms_add_members(row->extra->pending,
												 nullable_columns(row->stage->level->table, key));
}

static void
note_pending_targets(const Store *store, DocRow *row, const DocRow *place)
{
	ListCell   *lc;

	foreach(lc, place->stage->level->relations)
	{
		const StoreRelation *relation = lfirst(lc);
		const DocRow *target = relation->kind == TO_ONE ? place->targets[relation->item] : NULL;

		if (target != NULL)
			note_pending_key(store, row, relation->branch->relationship->key, target);
	}
}

/*
 * A circle of keys: the row that a to-one relation leads to is not there as yet, or the one
 * that another place of this row stands in.
 */
void
note_pending(Store *store, DocRow *row)
{
	ListCell   *lc;

	note_pending_targets(store, row, row);
	foreach(lc, row->extra->places)
	{
		const DocRow *place = lfirst(lc);

		note_pending_targets(store, row, place);
		if (place->stage->parent_key != NULL)
			note_pending_key(store, row, place->stage->relation->branch->relationship->key, place->parent);
	}
	if (row->extra->pending != NULL)
		store->pending = lappend(store->pending, row);
}

/* Whether a row can be written only once what a key of it leads to is: that cannot be NULL until then. */
static bool
must_wait(const Store *store, const DocRow *row, const ForeignKey *key, const DocRow *target)
{
	const StoreTable *table = row->stage->level->table;
	bool		is_set = row->row == NULL;

	for (int i = 0; i < key->nkeys; i++)
	{
		AttrNumber	attnum = key->referencing_attnums[i];

		if (!TupleDescAttr(table->tupdesc, attnum - 1)->attnotnull)
			return false;
		is_set |= bms_is_member(attnum, row->changed);
	}
	return is_set && real_row(target)->stage != row->stage && is_awaited(store, row, key, target);
}

/* Adds the rows for which it has to wait by the keys that it has in one of its places. */
static List *
add_awaited(const Store *store, List *awaited, const DocRow *row, const DocRow *place)
{
	ListCell   *lc;

	if (has_parent_key(place->stage) &&
		must_wait(store, row, place->stage->relation->branch->relationship->key, place->parent))
		awaited = lappend(awaited, real_row(place->parent));
	foreach(lc, place->stage->level->has_to_one ? place->stage->level->relations : NIL)
	{
		const StoreRelation *relation = lfirst(lc);
		DocRow	   *target = relation->kind == TO_ONE ? place->targets[relation->item] : NULL;

		if (target != NULL && must_wait(store, row, relation->branch->relationship->key, target))
			awaited = lappend(awaited, real_row(target));
	}
	return awaited;
}

/* The rows that are to be written before one: keys of it lead there that cannot be NULL until then. A list of DocRow. */
List *
awaited_rows(const Store *store, const DocRow *row)
{
	List	   *awaited = add_awaited(store, NIL, row, row);
	ListCell   *lc;

	foreach(lc, row->extra->places)
		awaited = add_awaited(store, awaited, row, lfirst(lc));
	return awaited;
}

/*
 * Whether a row of a stage has to wait for one of another stage, which is written later, for a
 * key that leads there cannot be NULL; keys that lead back can, and are set afterwards.
 */
bool
waits_for_stages(const Store *store, const Stage *stage)
{
	for (int i = 0; i < stage->nrows; i++)
	{
		const DocRow *row = stage->rows[i];

		CHECK_FOR_INTERRUPTS();
		if (stage->level->is_linked ? !is_updated(row) : !is_updated(row) && !is_inserted(row))
			continue;
		if (awaited_rows(store, row) != NIL)
			return true;
	}
	return false;
}

static Bitmapset *
pending_columns(const RowList *list)
{
	Bitmapset  *columns = NULL;

	for (int i = 0; i < list->nrows; i++)
		columns = bms_add_members(columns, list->rows[i]->extra->pending);
	return columns;
}

/* A column of a row as it becomes, of a new one too; NULL while nobody knows it. */
static Datum
known_value(const DocRow *row, AttrNumber attnum, bool *isnull)
{
	Datum		value = 0;

	if (!row_value(row, attnum, &value, isnull))
		*isnull = true;
	return value;
}

/* The identity of a row that was inserted, and the keys that it could not have then. */
static void
fill_pending(Store *store, const StoreTable *table, const StoreStatement *statement, DocRow *row,
			 Datum *values, bool *nulls)
{
	fill_columns(statement, row, known_value, known_value, values, nulls);
}

/* Closes circles: a statement a stage. */
void
close_circles(Store *store)
{
	while (store->pending != NIL)
	{
		List	   *pending = store->pending;
		Stage	   *stage = ((DocRow *) linitial(pending))->stage;
		RowList		list = {NULL};
		StatementRun run = update_run(store, stage, fill_pending);
		ListCell   *lc;

		store->pending = NIL;
		foreach(lc, pending)
		{
			DocRow	   *row = lfirst(lc);

			CHECK_FOR_INTERRUPTS();
			if (row->stage != stage)
				store->pending = lappend(store->pending, row);
			if (row->stage != stage || row->failed)
				continue;
			follow_told_keys(store, row);
			add_row(store, &list, row);
		}
		run.columns = pending_columns(&list);
		run_list(&run, &list);
	}
}

static Datum
opened_value(const DocRow *row, AttrNumber attnum, bool *isnull)
{
	Datum		value = present_value(row, attnum, isnull);

	*isnull |= bms_is_member(attnum, row->extra->opened);
	return value;
}

/* The identity of a row, and its keys: NULL where they are opened. */
static void
fill_opened(Store *store, const StoreTable *table, const StoreStatement *statement, DocRow *row,
			Datum *values, bool *nulls)
{
	fill_columns(statement, row, present_value, opened_value, values, nulls);
}

/*
 * Whether a key of a row leads to one that a stage deletes; true where the stage cannot
 * tell, for it knows its rows by other columns.
 */
static bool
stage_deletes(const Stage *stage, const DocRow *row, const ForeignKey *key)
{
	const RowRule *rule = stage->level->rule;
	Datum		values[INDEX_MAX_KEYS];
	const DocRow *target;

	if (stage->doomed == NULL || stage->level->table->relid != key->referenced)
		return false;
	if (rule->nidentity != key->nkeys)
		return true;
	for (int i = 0; i < rule->nidentity; i++)
	{
		Form_pg_attribute referenced = TupleDescAttr(stage->level->table->tupdesc, rule->identity[i] - 1);
		AttrNumber	attnum;
		bool		isnull;
		int			n = 0;

		while (n < key->nkeys && key->referenced_attnums[n] != rule->identity[i])
			n++;
		if (n == key->nkeys)
			return true;
		attnum = key->referencing_attnums[n];
		values[i] = convert_value(present_value(row, attnum, &isnull),
								  key->types[n].typid,
								  referenced->atttypid, referenced->atttypmod);
	}
	target = find_in_map(stage->doomed, values);
	return target != NULL && target->is_doomed;
}

/* Whether a key of a row leads to one that is deleted before the row lets go of it. */
static bool
leads_to_doomed(const Store *store, const DocRow *row, const ForeignKey *key)
{
	ListCell   *lc;

	foreach(lc, store->deletes)
	{
		if (!goes_last(lfirst(lc)) && stage_deletes(lfirst(lc), row, key))
			return true;
	}
	return false;
}

/* Notes the rows of a stage and below whose keys change, by what a foreign key to them has as yet. */
static void
note_old_keys(Store *store, const Stage *stage, const ForeignKey *key, KeyMap *old)
{
	ListCell   *lc;

	check_stack_depth();
	for (int i = 0; i < stage->nrows && stage->level->table->relid == key->referenced && !stage->level->is_linked; i++)
	{
		const DocRow *row = stage->rows[i];
		Datum	   *values;
		bool		isnull = false;
		bool		found;

		CHECK_FOR_INTERRUPTS();
		if (row->row == NULL || row->same != NULL || !changes_key(row, key))
			continue;
		values = palloc(sizeof(Datum) * key->nkeys);
		for (int n = 0; n < key->nkeys && !isnull; n++)
		{
			values[n] = found_value(row, key->referenced_attnums[n], &isnull);
			if (!isnull)
				values[n] = referencing_value(key, n, values[n]);
		}
		if (!isnull)
			*add_to_map(old, values, &found) = stage->rows[i];
	}
	foreach(lc, stage->children)
		note_old_keys(store, lfirst(lc), key, old);
}

/* Those of a foreign key, once they are asked for. */
static KeyMap *
find_old_keys(Store *store, const ForeignKey *key)
{
	OldKeys    *old;
	ListCell   *lc;

	foreach(lc, store->old_keys)
	{
		old = lfirst(lc);
		if (old->key == key)
			return old->rows;
	}
	old = palloc(sizeof(OldKeys));
	old->key = key;
	old->rows = make_foreign_key_map(store->context, key);
	store->old_keys = lappend(store->old_keys, old);
	note_old_keys(store, store->root, key, old->rows);
	return old->rows;
}

/* Whether one UPDATE of one statement changes a row and another one, to which it leads. */
static bool
are_written_at_once(Store *store, const DocRow *row, const DocRow *target)
{
	row = last_writer(row);
	target = last_writer(target);
	/* what a new row is to have is given up before, and by other rows of the stage with it */
	return row == target || (row->stage == target->stage && !store->careful &&
							 !inserts_elsewhere(store, row->stage));
}

/* The row to which another one leads as yet by a key that changes, and which gets another key: elsewhere, maybe before; or NULL. */
const DocRow *
led_to_old_key(Store *store, const DocRow *row, const ForeignKey *key)
{
	Datum		values[INDEX_MAX_KEYS];
	const DocRow *target;
	bool		isnull = false;

	if (!writes_key(row, key) || key->cascades || key->deferred)
		return NULL;
	for (int i = 0; i < key->nkeys && !isnull; i++)
		values[i] = found_value(row, key->referencing_attnums[i], &isnull);
	target = isnull ? NULL : find_in_map(find_old_keys(store, key), values);
	return target == NULL || are_written_at_once(store, row, target) ? NULL : target;
}

/* The columns of such a key that can be NULL: the row lets go of the other one before. */
static Bitmapset *
columns_to_old_key(Store *store, const DocRow *row, const ForeignKey *key)
{
	if (led_to_old_key(store, row, key) == NULL)
		return NULL;
	return bms_intersect(row->changed, nullable_columns(row->stage->level->table, key));
}

static void
open_columns(DocRow *row, const Bitmapset *columns)
{
	if (columns != NULL)
		extra_of(row)->opened = bms_add_members(row->extra->opened, columns);
}

/* The keys by which a row leads to one that is deleted, or gets another key, before the row lets go of it. */
static void
note_opened(Store *store, DocRow *row, RowList *list)
{
	const Stage *stage = row->stage;
	ListCell   *lc;

	if (row->row == NULL || row->same != NULL || row->failed || row->is_doomed || row->changed == NULL)
		return;
	if (has_parent_key(stage))
		open_columns(row, columns_to_old_key(store, row, stage->relation->branch->relationship->key));
	foreach(lc, stage->level->relations)
	{
		const StoreRelation *relation = lfirst(lc);
		const ForeignKey *key = relation->branch->relationship->key;
		Bitmapset  *columns;
		bool		is_let_go;

		if (relation->kind != TO_ONE)
			continue;
		open_columns(row, columns_to_old_key(store, row, key));
		columns = nullable_columns(stage->level->table, key);
		is_let_go = bms_overlap(columns, row->changed);
		if (!is_let_go || key->deferred)
			continue;
		for (int i = 0; i < key->nkeys; i++)
		{
			bool		isnull;

			(void) present_value(row, key->referencing_attnums[i], &isnull);
			is_let_go &= !isnull;
		}
		if (is_let_go && leads_to_doomed(store, row, key))
			open_columns(row, columns);
	}
	if (row->extra->opened != NULL)
		add_row(store, list, row);
}

/* Opens circles, so that rows can be deleted: a statement a stage. */
void
open_circles(Store *store, Stage *stage)
{
	RowList		list = {NULL};
	StatementRun run = update_run(store, stage, fill_opened);
	ListCell   *lc;

	check_stack_depth();
	for (int i = 0; i < stage->nrows; i++)
		note_opened(store, stage->rows[i], &list);
	foreach(lc, stage->others)
		note_opened(store, lfirst(lc), &list);
	for (int i = 0; i < list.nrows; i++)
		run.columns = bms_add_members(run.columns, list.rows[i]->extra->opened);
	run_list(&run, &list);
	foreach(lc, stage->children)
		open_circles(store, lfirst(lc));
}
