/*
 * apply.c
 *		Writes what was found to differ: a statement each for the rows of a stage that
 *		are deleted, updated and inserted, in the order that keys demand. In a careful
 *		call every row is written by itself, so that each that fails is told.
 */
#include "store/internal.h"

#include "access/xact.h"
#include "catalog/pg_constraint.h"
#include "miscadmin.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

/* Rows that one statement is for. */
typedef struct RowList
{
	DocRow	  **rows;
	int			nrows;
	int			capacity;
} RowList;

static void
add_row(Store *store, RowList *list, DocRow *row)
{
	if (list->nrows == list->capacity)
	{
		list->capacity = list->capacity * 2 + 16;
		list->rows = list->rows == NULL ?
			MemoryContextAlloc(store->context, sizeof(DocRow *) * list->capacity) :
			repalloc_huge(list->rows, sizeof(DocRow *) * (Size) list->capacity);
	}
	list->rows[list->nrows++] = row;
}

/* ---- running statements */

typedef struct StatementRun
{
	Store	   *store;
	StoreTable *table;
	StatementKind kind;
	Bitmapset  *keys;
	Bitmapset  *columns;
	bool		for_root;
	Bitmapset  *(*own_columns) (const DocRow *row); /* of one row alone, or NULL */
	RowFiller	fill;
	RowTaker	take;
	DocRow	  **rows;
	int			nrows;
	uint64		processed;
} StatementRun;

static void
run_rows(void *arg)
{
	StatementRun *run = arg;
	StoreStatement *statement = find_statement(run->table, run->kind, run->keys, run->columns,
											   run->for_root);

	/* what it runs may ask for others */
	statement->users++;
	PG_TRY();
	{
		run->processed = run_statement(run->store, run->table, statement, run->rows, run->nrows,
									   run->fill, run->take);
	}
	PG_FINALLY();
	{
		statement->users--;
	}
	PG_END_TRY();
}

/* What turned a row down says nothing: a trigger, a rule, a policy that hides it. */
static const char *const refused_message = "the row was turned down";

/* Runs a statement for rows at once, as a call that is not careful does. */
static void
run_at_once(void *arg)
{
	StatementRun *run = arg;

	run_rows(run);
	/* which one it was only a careful call tells */
	if (run->processed < (uint64) run->nrows && run->kind != STATEMENT_LOCK)
		ereport(ERROR,
				errcode(ERRCODE_WITH_CHECK_OPTION_VIOLATION),
				errmsg_internal("%s", refused_message));
}

static bool
run_together(StatementRun *run, const RowList *list)
{
	run->rows = list->rows;
	run->nrows = list->nrows;
	return works_together(run->store, run_at_once, run);
}

/*
 * Rows that clashed, each by itself, may do so only with each other: the values of a
 * constraint that is deferrable are swapped.
 */
static void
retry_clashes(StatementRun *run, const RowList *list, Bitmapset *columns)
{
	RowList		clashes = {NULL};

	for (int i = 0; i < list->nrows; i++)
	{
		if (list->rows[i]->in_clash)
			add_row(run->store, &clashes, list->rows[i]);
	}
	run->columns = columns;
	if (clashes.nrows < 2 || !run_together(run, &clashes))
		return;
	forget_clashes(run->store);
	for (int i = 0; i < clashes.nrows; i++)
	{
		clashes.rows[i]->in_clash = clashes.rows[i]->failed = false;
		run->store->nerrors--;
	}
}

/*
 * A row with a key that another one has, in a transaction with one snapshot: if that does
 * not show the other row, no document is wrong, and it is worth to begin anew. Raises
 * what PostgreSQL does then: ON CONFLICT asks whether it sees what it does not insert.
 */
static void
check_snapshot(const StatementRun *failed, const DocRow *row)
{
	StatementRun run = *failed;
	ErrorData  *error;

	run.kind = STATEMENT_TRY_INSERT;
	run.take = NULL;
	error = catch_error(failed->store, row, run_rows, &run);
	if (error != NULL && error->sqlerrcode == ERRCODE_T_R_SERIALIZATION_FAILURE)
		ReThrowError(error);
}

static void
run_carefully(StatementRun *run, RowList *list)
{
	RowList		rest = {NULL};
	Bitmapset  *columns = run->columns;

	for (int i = 0; i < list->nrows; i++)
	{
		DocRow	   *row = list->rows[i];

		row->in_clash = false;
		if (row->failed || (row->parent != NULL && real_row(row->parent)->failed))
			row->failed = true;
		else
			add_row(run->store, &rest, row);
	}
	if (rest.nrows > 1 && run_together(run, &rest))
		return;
	for (int i = 0; i < rest.nrows; i++)
	{
		DocRow	   *row = rest.rows[i];
		ErrorData  *error;

		CHECK_FOR_INTERRUPTS();
		run->rows = &row;
		run->nrows = 1;
		/* what other rows want may be more than the role may do */
		if (run->own_columns != NULL)
			run->columns = run->own_columns(row);
		error = catch_error(run->store, row, run_rows, run);
		if (error != NULL)
		{
			if (error->sqlerrcode == ERRCODE_UNIQUE_VIOLATION && run->kind == STATEMENT_INSERT &&
				IsolationUsesXactSnapshot())
				check_snapshot(run, row);
			note_caught_error(run->store, row, NIL, error);
		}
		else if (run->processed < 1 && run->kind != STATEMENT_LOCK)
			add_error(run->store, row, NIL, ERROR_REFUSED, refused_message);
	}
	retry_clashes(run, &rest, columns);
}

/* Runs a statement for a list of rows, if there are any. */
static void
run_list(StatementRun *run, RowList *list)
{
	if (list->nrows == 0)
		return;
	if (run->store->careful)
	{
		run_carefully(run, list);
		return;
	}
	run->rows = list->rows;
	run->nrows = list->nrows;
	run_at_once(run);
}

/* ---- what statements take of rows */

/* The columns that tell the rows of a level apart, as statements find them. */
Bitmapset *
identity_columns(const StoreLevel *level)
{
	Bitmapset  *columns = NULL;

	for (int i = 0; i < level->rule->nidentity; i++)
		columns = bms_add_member(columns, level->rule->identity[i]);
	return columns;
}

/* The keys of a row that is there; then its columns, changed or not. */
void
fill_present(Store *store, const StoreTable *table, const StoreStatement *statement, DocRow *row,
			 Datum *values, bool *nulls)
{
	int			attnum = -1;
	int			n = 0;

	while ((attnum = bms_next_member(statement->keys, attnum)) >= 0)
	{
		values[n] = statement->kind == STATEMENT_UPDATE ? followed_value(row, attnum, &nulls[n]) :
			present_value(row, attnum, &nulls[n]);
		n++;
	}
	attnum = -1;
	while ((attnum = bms_next_member(statement->columns, attnum)) >= 0)
	{
		if (bms_is_member(attnum, row->changed) && !bms_is_member(attnum, row->pending))
		{
			values[n] = row->values[attnum - 1];
			nulls[n] = row->nulls[attnum - 1];
		}
		else
			values[n] = present_value(row, attnum, &nulls[n]);
		if (bms_is_member(attnum, row->opened) && bms_is_member(attnum, row->pending))
			nulls[n] = true;
		n++;
	}
}

/* The columns of a new row; where others of the list have one more, its default. */
static void
fill_new(Store *store, const StoreTable *table, const StoreStatement *statement, DocRow *row,
		 Datum *values, bool *nulls)
{
	int			attnum = -1;
	int			n = 0;

	while ((attnum = bms_next_member(statement->columns, attnum)) >= 0)
	{
		if (bms_is_member(attnum, row->pending))
			nulls[n] = true;
		else if (bms_is_member(attnum, row->changed))
		{
			values[n] = row->values[attnum - 1];
			nulls[n] = row->nulls[attnum - 1];
		}
		else
			values[n] = default_value(store, table, attnum, &nulls[n]);
		n++;
	}
}

/* ---- one stage */

/* Columns that any row of a list changes. */
static Bitmapset *
changed_columns(const RowList *list)
{
	Bitmapset  *columns = NULL;

	for (int i = 0; i < list->nrows; i++)
		columns = bms_add_members(columns, list->rows[i]->changed);
	return columns;
}

/* Whether a foreign key is checked at the end of the transaction. */
static bool
is_deferred(Oid constraint)
{
	HeapTuple	tuple = SearchSysCache1(CONSTROID, ObjectIdGetDatum(constraint));
	bool		deferred = false;

	if (HeapTupleIsValid(tuple))
	{
		deferred = ((Form_pg_constraint) GETSTRUCT(tuple))->condeferred;
		ReleaseSysCache(tuple);
	}
	return deferred;
}

/* A circle of keys: the row that a to-one relation leads to is not there as yet. */
static void
note_pending(Store *store, DocRow *row)
{
	ListCell   *lc;

	foreach(lc, row->stage->level->relations)
	{
		const StoreRelation *relation = lfirst(lc);
		const ForeignKey *key = relation->branch->relationship->key;
		const DocRow *target = relation->kind == TO_ONE ? row->targets[relation->item] : NULL;

		if (target == NULL)
			continue;
		target = real_row(target);
		if (target->row != NULL || target->is_done || target->failed || is_deferred(key->constraint))
			continue;
		/* where it cannot be NULL, its constraint is all that there is to say */
		row->pending = bms_add_members(row->pending,
									   nullable_columns(row->stage->level->table, key));
	}
	if (row->pending != NULL)
		store->pending = lappend(store->pending, row);
}

/* What is left to be updated of a row: its circles are closed later, and may have been opened. */
static Bitmapset *
updated_columns(const DocRow *row)
{
	Bitmapset  *columns = bms_difference(row->changed, row->pending);
	int			attnum = -1;

	while ((attnum = bms_next_member(row->opened, attnum)) >= 0)
	{
		if (row->nulls[attnum - 1])
			columns = bms_del_member(columns, attnum);
	}
	return columns;
}

static void
update_rows(Store *store, Stage *stage, RowList *list)
{
	StatementRun run = {
		.store = store,
		.table = stage->level->table,
		.kind = STATEMENT_UPDATE,
		.keys = identity_columns(stage->level),
		.for_root = stage->level->is_root,
		.own_columns = updated_columns,
		.fill = fill_present
	};

	for (int i = 0; i < list->nrows; i++)
		run.columns = bms_add_members(run.columns, updated_columns(list->rows[i]));
	run_list(&run, list);
}

static bool
is_inserted(const DocRow *row)
{
	return row->row == NULL && row->same == NULL && !row->failed && !row->asks_delete;
}

static bool
is_updated(const DocRow *row)
{
	return row->row != NULL && row->same == NULL && !row->failed && !row->is_doomed &&
		row->changed != NULL && !row->is_done;
}

/* Whether another stage has new rows of a table. */
static bool
inserts_elsewhere(const Stage *stage, const Stage *except)
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
		if (inserts_elsewhere(lfirst(lc), except))
			return true;
	}
	return false;
}

/* Whether a row is to lead to one that is not there as yet, or follows one that changes. */
static bool
waits_for_others(const DocRow *row)
{
	const Stage *stage = row->stage;
	const DocRow *parent = stage->relation == NULL ? NULL : real_row(row->parent);
	ListCell   *lc;

	if (parent != NULL && (parent->row == NULL || is_updated(parent)))
		return true;
	foreach(lc, stage->level->relations)
	{
		const StoreRelation *relation = lfirst(lc);
		const DocRow *target = relation->kind == TO_ONE ? row->targets[relation->item] : NULL;

		if (target != NULL && real_row(target)->row == NULL)
			return true;
	}
	return false;
}

/* Rows of a table that others are inserted into elsewhere: they may give up what those are to have. */
static void
update_early(Store *store, Stage *stage)
{
	RowList		list = {NULL};
	ListCell   *lc;

	check_stack_depth();
	for (int i = 0; i < stage->nrows; i++)
	{
		if (is_updated(stage->rows[i]) && !waits_for_others(stage->rows[i]))
			add_row(store, &list, stage->rows[i]);
	}
	if (list.nrows > 0 && inserts_elsewhere(store->root, stage))
	{
		update_rows(store, stage, &list);
		for (int i = 0; i < list.nrows; i++)
			list.rows[i]->is_done = true;
	}
	foreach(lc, stage->children)
		update_early(store, lfirst(lc));
}

static void
update_stage(Store *store, Stage *stage)
{
	RowList		list = {NULL};
	ListCell   *lc;

	foreach(lc, stage->others)
	{
		if (is_updated(lfirst(lc)))
			add_row(store, &list, lfirst(lc));
	}
	for (int i = 0; i < stage->nrows; i++)
	{
		DocRow	   *row = stage->rows[i];

		if (!is_updated(row))
			continue;
		note_pending(store, row);
		if (!bms_is_empty(updated_columns(row)))
			add_row(store, &list, row);
	}
	update_rows(store, stage, &list);
}

static Bitmapset *
own_columns(const DocRow *row)
{
	return bms_copy(row->changed);
}

static void
insert_stage(Store *store, Stage *stage)
{
	RowList		list = {NULL};
	StatementRun run = {
		.store = store,
		.table = stage->level->table,
		.kind = STATEMENT_INSERT,
		.own_columns = own_columns,
		.fill = fill_new,
		.take = take_told
	};

	for (int i = 0; i < stage->nrows; i++)
	{
		DocRow	   *row = stage->rows[i];

		if (!is_inserted(row))
			continue;
		note_pending(store, row);
		if (row->needs_key && run.keys == NULL)
			run.keys = told_columns(stage);
		add_row(store, &list, row);
	}
	run.columns = changed_columns(&list);
	run_list(&run, &list);
	for (int i = 0; i < list.nrows; i++)
		list.rows[i]->is_done = true;
}

/* The keys to rows that have told theirs when they were inserted. */
static void
follow_stage(Store *store, Stage *stage)
{
	for (int i = 0; i < stage->nrows && store->keys_are_told; i++)
	{
		DocRow	   *row = stage->rows[i];

		CHECK_FOR_INTERRUPTS();
		if (row->same == NULL && !row->failed && !row->asks_delete)
			follow_told_keys(store, row);
	}
}

static void
write_stage(Store *store, Stage *stage)
{
	ListCell   *lc;

	check_stack_depth();
	foreach(lc, stage->children)
	{
		Stage	   *child = lfirst(lc);

		if (child->relation->kind == TO_ONE)
			write_stage(store, child);
	}
	follow_stage(store, stage);
	update_stage(store, stage);
	if (!stage->level->is_linked)
		insert_stage(store, stage);
	foreach(lc, stage->children)
	{
		Stage	   *child = lfirst(lc);

		if (child->relation->kind != TO_ONE)
			write_stage(store, child);
	}
}

/* ---- what goes */

static void
add_doomed(Store *store, RowList *list, DocRow *row)
{
	if (row->is_doomed && !row->failed)
		add_row(store, list, row);
}

/* The rows of a stage that are deleted, after those below them; to-one rows last of all. */
static void
delete_stage(Store *store, Stage *stage, bool to_one)
{
	StatementRun run = {
		.store = store,
		.table = stage->level->table,
		.kind = STATEMENT_DELETE,
		.keys = identity_columns(stage->level),
		.for_root = stage->level->is_root,
		.fill = fill_present
	};
	bool		is_to_one = stage->relation != NULL && stage->relation->kind == TO_ONE;
	RowList		list = {NULL};
	ListCell   *lc;

	check_stack_depth();
	foreach(lc, stage->children)
	{
		Stage	   *child = lfirst(lc);

		if (!(child->relation->kind == TO_ONE))
			delete_stage(store, child, to_one);
	}
	if (is_to_one == to_one || (is_to_one && to_one))
	{
		for (int i = 0; i < stage->nrows; i++)
			add_doomed(store, &list, stage->rows[i]);
		foreach(lc, stage->others)
			add_doomed(store, &list, lfirst(lc));
		run_list(&run, &list);
	}
	foreach(lc, stage->children)
	{
		Stage	   *child = lfirst(lc);

		if (child->relation->kind == TO_ONE)
			delete_stage(store, child, to_one);
	}
}

/* ---- junctions */

/* The columns of a junction that lead to both sides. */
Bitmapset *
junction_columns(const StoreRelation *relation)
{
	const ForeignKey *near = relation->branch->relationship->key;
	const ForeignKey *far = relation->branch->relationship->far_key;
	Bitmapset  *columns = NULL;

	for (int i = 0; i < near->nkeys; i++)
		columns = bms_add_member(columns, near->referencing_attnums[i]);
	for (int i = 0; i < far->nkeys; i++)
		columns = bms_add_member(columns, far->referencing_attnums[i]);
	return columns;
}

/* A column of a junction's row, by the row that it leads to. */
static bool
junction_value(const StoreTable *table, const ForeignKey *key, const DocRow *row, AttrNumber attnum,
			   Datum *value, bool *isnull)
{
	Form_pg_attribute attribute = TupleDescAttr(table->tupdesc, attnum - 1);

	for (int i = 0; i < key->nkeys; i++)
	{
		if (key->referencing_attnums[i] != attnum)
			continue;
		if (!row_value(row, key->referenced_attnums[i], value, isnull))
			*isnull = true;
		if (!*isnull)
			*value = convert_value(*value, get_atttype(key->referenced, key->referenced_attnums[i]),
								   attribute->atttypid, attribute->atttypmod);
		return true;
	}
	return false;
}

/* Of a far row whose parent is the near one. */
void
fill_pair(Store *store, const StoreTable *table, const StoreStatement *statement, DocRow *row,
		  Datum *values, bool *nulls)
{
	const Relationship *relationship = row->stage->relation->branch->relationship;
	Bitmapset  *columns = statement->kind == STATEMENT_INSERT ? statement->columns : statement->keys;
	int			attnum = -1;
	int			n = 0;

	while ((attnum = bms_next_member(columns, attnum)) >= 0)
	{
		if (!junction_value(table, relationship->key, row->parent, attnum, &values[n], &nulls[n]))
			(void) junction_value(table, relationship->far_key, row, attnum, &values[n], &nulls[n]);
		n++;
	}
}

static void
write_pairs(Store *store, Stage *stage, const List *pairs, StatementKind kind)
{
	StatementRun run = {
		.store = store,
		.kind = kind,
		.fill = fill_pair
	};
	RowList		list = {NULL};
	ListCell   *lc;

	if (pairs == NIL)
		return;
	run.table = stage->relation->junction;
	if (kind == STATEMENT_INSERT)
		run.columns = junction_columns(stage->relation);
	else
		run.keys = junction_columns(stage->relation);
	foreach(lc, pairs)
	{
		const Pair *pair = lfirst(lc);

		if (!real_row(pair->near)->failed && !real_row(pair->far)->failed)
			add_row(store, &list, pair->far);
	}
	run_list(&run, &list);
}

static void
write_all_pairs(Store *store, Stage *stage, StatementKind kind)
{
	ListCell   *lc;

	check_stack_depth();
	write_pairs(store, stage, kind == STATEMENT_INSERT ? stage->links : stage->unlinks, kind);
	foreach(lc, stage->children)
		write_all_pairs(store, lfirst(lc), kind);
}

/* ---- circles of keys */

static Bitmapset *
pending_columns(const RowList *list)
{
	Bitmapset  *columns = NULL;

	for (int i = 0; i < list->nrows; i++)
		columns = bms_add_members(columns, list->rows[i]->pending);
	return columns;
}

/* The identity of a row that was inserted, and the keys that it could not have then. */
static void
fill_pending(Store *store, const StoreTable *table, const StoreStatement *statement, DocRow *row,
			 Datum *values, bool *nulls)
{
	int			n = 0;

	for (int part = 0; part < 2; part++)
	{
		Bitmapset  *attnums = part == 0 ? statement->keys : statement->columns;
		int			attnum = -1;

		while ((attnum = bms_next_member(attnums, attnum)) >= 0)
		{
			if (!row_value(row, attnum, &values[n], &nulls[n]))
				nulls[n] = true;
			n++;
		}
	}
}

/* Closes circles: a statement a stage. */
static void
close_circles(Store *store)
{
	while (store->pending != NIL)
	{
		Stage	   *stage = ((DocRow *) linitial(store->pending))->stage;
		RowList		list = {NULL};
		StatementRun run = {
			.store = store,
			.table = stage->level->table,
			.kind = STATEMENT_UPDATE,
			.keys = identity_columns(stage->level),
			.for_root = stage->level->is_root,
			.fill = fill_pending
		};
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

/* The identity of a row, and its keys: NULL where they are opened. */
static void
fill_opened(Store *store, const StoreTable *table, const StoreStatement *statement, DocRow *row,
			Datum *values, bool *nulls)
{
	int			n = 0;

	for (int part = 0; part < 2; part++)
	{
		Bitmapset  *attnums = part == 0 ? statement->keys : statement->columns;
		int			attnum = -1;

		while ((attnum = bms_next_member(attnums, attnum)) >= 0)
		{
			values[n] = present_value(row, attnum, &nulls[n]);
			nulls[n] |= part == 1 && bms_is_member(attnum, row->opened);
			n++;
		}
	}
}

/*
 * Whether a key of a row leads to one that a stage, or one below it, deletes; true where
 * the stage cannot tell, for it knows its rows by other columns.
 */
static bool
leads_to_doomed(const Stage *stage, const DocRow *row, const ForeignKey *key)
{
	const RowRule *rule = stage->level->rule;
	ListCell   *lc;

	check_stack_depth();
	if (stage->doomed != NULL && stage->level->table->relid == key->referenced &&
		(stage->relation == NULL || stage->relation->kind != TO_ONE))
	{
		Datum		values[INDEX_MAX_KEYS];
		bool		is_known = rule->nidentity == key->nkeys;

		for (int i = 0; i < rule->nidentity && is_known; i++)
		{
			int			n = 0;

			while (n < key->nkeys && key->referenced_attnums[n] != rule->identity[i])
				n++;
			is_known = n < key->nkeys;
			if (is_known)
			{
				AttrNumber	attnum = key->referencing_attnums[n];
				Form_pg_attribute referenced = TupleDescAttr(stage->level->table->tupdesc, rule->identity[i] - 1);
				bool		isnull;

				values[i] = convert_value(present_value(row, attnum, &isnull),
										  get_atttype(key->referencing, attnum),
										  referenced->atttypid, referenced->atttypmod);
			}
		}
		if (!is_known || find_in_map(stage->doomed, values) != NULL)
			return true;
	}
	foreach(lc, stage->children)
	{
		if (leads_to_doomed(lfirst(lc), row, key))
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
		if (!is_let_go || is_deferred(key->constraint))
			continue;
		for (int i = 0; i < key->nkeys; i++)
		{
			bool		isnull;

			(void) present_value(row, key->referencing_attnums[i], &isnull);
			is_let_go &= !isnull;
		}
		/* of a row that is itself deleted, what is below it goes first */
		if (is_let_go && leads_to_doomed(row->is_doomed ? stage : store->root, row, key))
			row->opened = bms_add_members(row->opened, columns);
	}
	if (row->opened != NULL)
		add_row(store, list, row);
}

/* Opens circles, so that rows can be deleted: a statement a stage. */
static void
open_circles(Store *store, Stage *stage)
{
	RowList		list = {NULL};
	StatementRun run = {
		.store = store,
		.table = stage->level->table,
		.kind = STATEMENT_UPDATE,
		.keys = identity_columns(stage->level),
		.for_root = stage->level->is_root,
		.fill = fill_opened
	};
	ListCell   *lc;

	check_stack_depth();
	for (int i = 0; i < stage->nrows; i++)
		note_opened(store, stage->rows[i], &list);
	foreach(lc, stage->others)
		note_opened(store, lfirst(lc), &list);
	for (int i = 0; i < list.nrows; i++)
		run.columns = bms_add_members(run.columns, list.rows[i]->opened);
	run_list(&run, &list);
	foreach(lc, stage->children)
		open_circles(store, lfirst(lc));
}

/* ---- what must hold afterwards */

/* Rows that are written must be such as "where" has. */
static void
check_stage(Store *store, Stage *stage)
{
	const RowRule *rule = stage->level->rule;
	RowList		list = {NULL};
	Row		  **found;
	ListCell   *lc;

	check_stack_depth();
	if (rule->check != NULL && (stage->relation == NULL || stage->relation->write == WRITE_OWN))
	{
		for (int i = 0; i < stage->nrows; i++)
		{
			DocRow	   *row = stage->rows[i];

			if (row->same == NULL && !row->failed && !row->is_doomed && !row->asks_delete &&
				row->changed != NULL)
				add_row(store, &list, row);
			/* the key may have changed, too */
			if (row->changed != NULL)
				row->has_key = false;
		}
		found = look_up_rows(store, rule->check, false, list.rows, list.nrows);
		for (int i = 0; i < list.nrows; i++)
		{
			if (found[i] == NULL)
				add_error(store, list.rows[i], NIL, ERROR_REFUSED,
						  "the row is not such as \"where\" has");
		}
	}
	foreach(lc, stage->children)
		check_stage(store, lfirst(lc));
}

/*
 * Does what was found out. SPI is connected. Raises what PostgreSQL does, in a careful
 * call only what is no fault of the documents.
 */
void
apply_changes(Store *store)
{
	MemoryContext old = MemoryContextSwitchTo(store->context);

	write_all_pairs(store, store->root, STATEMENT_DELETE);
	open_circles(store, store->root);
	delete_stage(store, store->root, false);
	update_early(store, store->root);
	write_stage(store, store->root);
	write_all_pairs(store, store->root, STATEMENT_INSERT);
	close_circles(store);
	delete_stage(store, store->root, true);
	MemoryContextSwitchTo(old);
}

/* Notes which rows are not such as "where" has; reads in the active snapshot. */
void
check_written(Store *store)
{
	check_stage(store, store->root);
}

