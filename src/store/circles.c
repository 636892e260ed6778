/*
 * circles.c
 *		Circles of keys: a row that leads to one which is not inserted as yet gets its key
 *		by an UPDATE afterwards, and one that leads to a row which is deleted lets go of it
 *		before.
 */
#include "store/internal.h"

#include "miscadmin.h"
#include "utils/lsyscache.h"

/* What a key of a row leads to may not be there as yet. */
static void
note_pending_key(DocRow *row, const ForeignKey *key, const DocRow *target)
{
	target = real_row(target);
	if (target->row != NULL || target->is_done || target->failed || key->deferred)
		return;
	/* where it cannot be NULL, its constraint is all that there is to say */
	extra_of(row)->pending = bms_add_members(row->extra->pending, nullable_columns(row->stage->level->table, key));
}

static void
note_pending_targets(DocRow *row, const DocRow *place)
{
	ListCell   *lc;

	foreach(lc, place->stage->level->relations)
	{
		const StoreRelation *relation = lfirst(lc);
		const DocRow *target = relation->kind == TO_ONE ? place->targets[relation->item] : NULL;

		if (target != NULL)
			note_pending_key(row, relation->branch->relationship->key, target);
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

	note_pending_targets(row, row);
	foreach(lc, row->extra->places)
	{
		const DocRow *place = lfirst(lc);

		note_pending_targets(row, place);
		if (place->stage->parent_key != NULL)
			note_pending_key(row, place->stage->relation->branch->relationship->key, place->parent);
	}
	if (row->extra->pending != NULL)
		store->pending = lappend(store->pending, row);
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
		Stage	   *stage = ((DocRow *) linitial(store->pending))->stage;
		RowList		list = {NULL};
		StatementRun run = update_run(store, stage, fill_pending);
		ListCell   *lc;

		foreach(lc, store->pending)
		{
			DocRow	   *row = lfirst(lc);

			if (row->stage != stage)
				continue;
			store->pending = foreach_delete_current(store->pending, lc);
			if (row->failed)
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
								  get_atttype(key->referencing, attnum),
								  referenced->atttypid, referenced->atttypmod);
	}
	target = find_in_map(stage->doomed, values);
	return target != NULL && target->is_doomed;
}

/* Whether a key of a row leads to one that is deleted before the row lets go of it, or is. */
static bool
leads_to_doomed(const Store *store, const DocRow *row, const ForeignKey *key)
{
	ListCell   *lc;

	foreach(lc, store->deletes)
	{
		if (is_deleted_before(lfirst(lc), row) && stage_deletes(lfirst(lc), row, key))
			return true;
	}
	return false;
}

/* The keys by which a row leads to one that is deleted before the row lets go of it. */
static void
note_opened(Store *store, DocRow *row, RowList *list)
{
	const Stage *stage = row->stage;
	ListCell   *lc;

	if (row->row == NULL || row->same != NULL || row->failed)
		return;
	foreach(lc, stage->level->relations)
	{
		const StoreRelation *relation = lfirst(lc);
		const ForeignKey *key = relation->branch->relationship->key;
		Bitmapset  *columns;
		bool		is_let_go;

		if (relation->kind != TO_ONE)
			continue;
		columns = nullable_columns(stage->level->table, key);
		is_let_go = row->is_doomed || bms_overlap(columns, row->changed);
		if (!is_let_go || key->deferred)
			continue;
		for (int i = 0; i < key->nkeys; i++)
		{
			bool		isnull;

			(void) present_value(row, key->referencing_attnums[i], &isnull);
			is_let_go &= !isnull;
		}
		if (is_let_go && leads_to_doomed(store, row, key))
			extra_of(row)->opened = bms_add_members(row->extra->opened, columns);
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
