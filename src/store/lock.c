/*
 * lock.c
 *		Locks the rows that a call writes, before the look that counts; and all that an
 *		etag speaks of, so that it stays so until the end of the transaction.
 */
#include "store/internal.h"

#include "miscadmin.h"

/* ---- what is to be locked */

static bool
is_written(const DocRow *row)
{
	return row->row != NULL && row->same == NULL && (row->changed != NULL || row->is_doomed);
}

/* Whether a row has an etag that was given. */
static bool
has_etag(const DocRow *row)
{
	const StoreLevel *level = row->stage->level;

	return level->etag >= 0 && row->given[level->etag] != NULL &&
		row->given[level->etag]->type != jbvNull;
}

/* Whether a row over a to-one relation is left out by somebody who has it. */
static bool
is_left(const Stage *stage, const DocRow *parent, const PresentRow *present)
{
	const DocRow *target = parent->targets[stage->relation->item];

	return target == NULL || real_row(target)->row != present->row;
}

/* Adds the documents that have a row over a to-one relation, if some of them leave it out. */
static Bitmapset *
note_sharers(const Stage *stage, const PresentRow *present, Bitmapset *documents)
{
	bool		any_left = is_left(stage, present->parent, present);
	ListCell   *lc;

	foreach(lc, present->also)
		any_left |= is_left(stage, lfirst(lc), present);
	if (!any_left)
		return documents;
	documents = bms_add_member(documents, present->parent->number);
	foreach(lc, present->also)
		documents = bms_add_member(documents, ((DocRow *) lfirst(lc))->number);
	return documents;
}

/*
 * Adds the numbers of the documents that rows of a stage and below are changed in, and of
 * those that say something of the same rows: they belong together.
 */
static Bitmapset *
note_changed_documents(Stage *stage, Bitmapset *documents)
{
	ListCell   *lc;

	check_stack_depth();
	for (int i = 0; i < stage->nrows; i++)
	{
		DocRow	   *row = stage->rows[i];

		if (is_written(row) || has_etag(row) ||
			(row->row == NULL && row->same == NULL && !row->asks_delete))
			documents = bms_add_member(documents, row->number);
		/* what it says another one writes, or "where" is to hold for that */
		if (row->is_elsewhere || row->extra->writer != NULL ||
			(row->extra->first_place != NULL && row->extra->first_place->changed != NULL))
			documents = bms_add_member(documents, row->number);
		if (row->same != NULL && row->same->number != row->number)
		{
			documents = bms_add_member(documents, row->number);
			documents = bms_add_member(documents, row->same->number);
		}
	}
	foreach(lc, stage->all_present)
	{
		const PresentRow *present = lfirst(lc);

		/* one that is taken from another document */
		if (present->claimed != NULL && present->parent != NULL &&
			present->claimed->number != present->parent->number)
		{
			documents = bms_add_member(documents, present->claimed->number);
			documents = bms_add_member(documents, present->parent->number);
		}
		if (present->also != NIL)
			documents = note_sharers(stage, present, documents);
	}
	/* what one leaves out is not deleted where another one keeps it */
	foreach(lc, stage->relation != NULL && stage->relation->missing == MISSING_DELETE ? stage->all_pairs : NIL)
	{
		const PresentPair *pair = lfirst(lc);

		if (pair->claimed == NULL && pair->present->claimed != NULL)
			documents = bms_add_member(documents, pair->present->claimed->number);
	}
	foreach(lc, stage->others)
		documents = bms_add_member(documents, ((DocRow *) lfirst(lc))->number);
	foreach(lc, stage->links)
		documents = bms_add_member(documents, ((Pair *) lfirst(lc))->near->number);
	foreach(lc, stage->unlinks)
		documents = bms_add_member(documents, ((Pair *) lfirst(lc))->near->number);
	foreach(lc, stage->children)
		documents = note_changed_documents(lfirst(lc), documents);
	return documents;
}

/* The documents in which something is to be done or checked. */
Bitmapset *
changed_documents(Store *store)
{
	return note_changed_documents(store->root, NULL);
}

/* ---- locks */

/* The rows of a level that the call has locked. */
typedef struct LockedRows
{
	const StoreLevel *level;
	KeyMap	   *rows;
} LockedRows;

/* Notes rows as locked. Returns how many were not before. */
static int
note_locked(Store *store, const Stage *stage, DocRow **rows, int nrows)
{
	const RowRule *rule = stage->level->rule;
	LockedRows *locked = NULL;
	int			fresh = 0;
	ListCell   *lc;

	if (rule->nidentity == 0)
		return 0;
	foreach(lc, store->locked)
	{
		if (((LockedRows *) lfirst(lc))->level == stage->level)
			locked = lfirst(lc);
	}
	if (locked == NULL)
	{
		locked = palloc(sizeof(LockedRows));
		locked->level = stage->level;
		locked->rows = make_level_map(store->context, stage->level->level, rule->identity_columns,
									  rule->nidentity);
		store->locked = lappend(store->locked, locked);
	}
	for (int i = 0; i < nrows; i++)
	{
		Datum	   *key = row_identity(stage, found_row(rows[i]));
		bool		found;

		if (key == NULL)
			continue;
		(void) add_to_map(locked->rows, key, &found);
		fresh += found ? 0 : 1;
	}
	return fresh;
}

/* Locks rows of a table that a statement finds by keys, in the order of those. */
static void
run_lock(Store *store, StoreTable *table, Bitmapset *keys, bool for_root, DocRow **rows, int nrows,
		 RowFiller fill)
{
	StoreStatement *statement = find_statement(table, STATEMENT_LOCK, keys, NULL, for_root);

	store->nlocks++;
	/* a policy of the table's may ask for others */
	statement->users++;
	PG_TRY();
	{
		(void) run_statement(store, table, statement, rows, nrows, fill, NULL);
	}
	PG_FINALLY();
	{
		statement->users--;
	}
	PG_END_TRY();
}

/*
 * Locks rows of a stage, as far as the role may, unless all of them are locked already.
 * Returns how many were not.
 */
static int
lock_list(Store *store, const Stage *stage, DocRow **rows, int nrows)
{
	const StoreLevel *level = stage->level;
	int			fresh;

	if (nrows == 0 || !level->table->may_lock || level->rule->nidentity == 0)
		return 0;
	fresh = note_locked(store, stage, rows, nrows);
	if (fresh > 0)
		run_lock(store, level->table, identity_columns(level), level->is_root, rows, nrows, fill_present);
	return fresh;
}

/* ---- what an etag speaks of */

/*
 * The rows that a relation leads to from those of a stage; each with that as its parent.
 * Those of a recursion may lead back to one another, so it is noted which are seen.
 */
static Stage *
related_rows(const Stage *above, StoreRelation *relation, KeyMap *seen)
{
	const Branch *branch = above->level->items[relation->item].field->branch;
	Stage	   *stage = palloc0(sizeof(Stage));

	stage->level = relation->child;
	stage->relation = relation;
	for (int i = 0; i < above->nrows; i++)
		stage->capacity += above->rows[i]->row->related[branch->number].nrows;
	stage->rows = MemoryContextAllocHuge(CurrentMemoryContext,
										 sizeof(DocRow *) * Max((Size) stage->capacity, 1));
	for (int i = 0; i < above->nrows; i++)
	{
		const RowSet *set = &above->rows[i]->row->related[branch->number];

		for (int n = 0; n < set->nrows; n++)
		{
			DocRow	   *row;

			CHECK_FOR_INTERRUPTS();
			/* who has a row of a many-to-many relation is a thing of each parent */
			if (!is_first(seen, set->rows[n]) && relation->kind != MANY_TO_MANY)
				continue;
			row = palloc0(sizeof(DocRow));
			row->stage = stage;
			row->parent = above->rows[i];
			row->row = set->rows[n];
			row->extra = &no_extra;
			stage->rows[stage->nrows++] = row;
		}
	}
	return stage;
}

/* Locks what rows own, and what says to which others they are linked. */
static int
lock_owned(Store *store, const Stage *stage, KeyMap *seen)
{
	int			fresh = 0;
	ListCell   *lc;

	check_stack_depth();
	foreach(lc, stage->level->relations)
	{
		StoreRelation *relation = lfirst(lc);
		Stage	   *child;

		/* the row itself says to which one it is linked */
		if (relation->kind == TO_ONE && relation->write == WRITE_LINK)
			continue;
		child = related_rows(stage, relation, seen);
		if (child->nrows == 0)
			continue;
		if (relation->kind == MANY_TO_MANY && relation->junction->may_lock)
			run_lock(store, relation->junction, junction_columns(relation), false, child->rows,
					 child->nrows, fill_pair);
		if (relation->kind != MANY_TO_MANY || relation->write == WRITE_OWN)
			fresh += lock_list(store, child, child->rows, child->nrows);
		if (relation->write == WRITE_OWN)
			fresh += lock_owned(store, child, seen);
	}
	return fresh;
}

/* Locks all that the etags speak of that rows of a stage have, but for those rows. */
static int
lock_checked(Store *store, const Stage *stage)
{
	Stage		checked = {
		.level = stage->level,
		.relation = stage->relation
	};

	if (stage->level->etag < 0 || stage->nrows == 0)
		return 0;
	checked.rows = MemoryContextAllocHuge(store->context, sizeof(DocRow *) * (Size) stage->nrows);
	for (int i = 0; i < stage->nrows; i++)
	{
		DocRow	   *row = stage->rows[i];

		if (row->row != NULL && row->same == NULL && has_etag(row))
			checked.rows[checked.nrows++] = row;
	}
	return checked.nrows == 0 ? 0 :
		lock_owned(store, &checked, make_pointer_map(store->context, 1));
}

/* ---- all of it */

/*
 * Locks the rows of a stage and below that are to be locked: those that are written, and
 * the roots of the documents. Returns how many were not before.
 */
static int
lock_stage(Store *store, Stage *stage, Bitmapset *documents)
{
	DocRow	  **rows = MemoryContextAllocHuge(store->context,
											  sizeof(DocRow *) * ((Size) stage->nrows + list_length(stage->others) + 1));
	int			nrows = 0;
	int			fresh = 0;
	ListCell   *lc;

	check_stack_depth();
	for (int i = 0; i < stage->nrows; i++)
	{
		DocRow	   *row = stage->rows[i];

		if (row->row != NULL && row->same == NULL &&
			(is_written(row) || has_etag(row) ||
			 (stage->relation == NULL && bms_is_member(row->number, documents))))
			rows[nrows++] = row;
	}
	foreach(lc, stage->others)
	{
		if (is_written(lfirst(lc)))
			rows[nrows++] = lfirst(lc);
	}
	if (!only_links(stage))
		fresh = lock_list(store, stage, rows, nrows);
	fresh += lock_checked(store, stage);
	foreach(lc, stage->children)
		fresh += lock_stage(store, lfirst(lc), documents);
	return fresh;
}

/*
 * Locks what is to be locked of documents, by their numbers: rows that are written, what
 * etags were given for, and the roots. SPI is connected. Returns how many rows are
 * locked that were not before: what was read of them may be so no longer.
 */
int
lock_rows(Store *store, Bitmapset *documents)
{
	MemoryContext old = MemoryContextSwitchTo(store->context);
	int			fresh = lock_stage(store, store->root, documents);

	MemoryContextSwitchTo(old);
	return fresh;
}
