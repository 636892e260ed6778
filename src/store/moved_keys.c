/*
 * moved_keys.c
 *		Keys that change while other rows lead to them, by keys that do not follow and cannot
 *		be NULL until then, and pairs of a junction: all of them are updated by one statement.
 */
#include "store/internal.h"

#include "miscadmin.h"

/* The rows of one stage that are updated together with others. */
typedef struct MovedRows
{
	Stage	   *stage;
	RowList		rows;
} MovedRows;

/* The pairs of one junction that lead elsewhere afterwards, in whichever relation they are said. */
typedef struct MovedPairs
{
	StoreTable *junction;
	Bitmapset  *keys;			/* of it: to both sides, */
	Bitmapset  *columns;		/* and those that change */
	KeyMap	   *seen;			/* the keys as they are: DocRow */
	RowList		rows;			/* of far rows, each below its near one */
} MovedPairs;

typedef struct Moves
{
	Store	   *store;
	List	   *rows;			/* of MovedRows */
	List	   *pairs;			/* of MovedPairs */
	List	   *second;			/* of DocRow: places of rows that are moved in the first one */
} Moves;

static void
add_moved(Moves *moves, DocRow *row)
{
	MovedRows  *moved = NULL;
	ListCell   *lc;

	if (row->moves || !is_updated(row))
		return;
	row->moves = true;
	foreach(lc, moves->rows)
	{
		if (((MovedRows *) lfirst(lc))->stage == row->stage)
			moved = lfirst(lc);
	}
	if (moved == NULL)
	{
		moved = palloc0(sizeof(MovedRows));
		moved->stage = row->stage;
		moves->rows = lappend(moves->rows, moved);
	}
	add_row(moves->store, &moved->rows, row);
}

/* ---- columns */

static Bitmapset *
del_columns(Bitmapset *columns, const ForeignKey *key)
{
	for (int i = 0; i < key->nkeys; i++)
		columns = bms_del_member(columns, key->referencing_attnums[i]);
	return columns;
}

/* Without those of keys that rows of a stage have there. */
static Bitmapset *
del_keys(Bitmapset *columns, const Stage *stage)
{
	ListCell   *lc;

	columns = bms_del_members(columns, stage->level->table->referenced);
	columns = bms_del_members(columns, stage->parent_key);
	foreach(lc, stage->level->relations)
	{
		const StoreRelation *relation = lfirst(lc);

		if (relation->kind == TO_ONE)
			columns = del_columns(columns, relation->branch->relationship->key);
	}
	return columns;
}

/* The columns of a row that are of no key, in the place that says them. */
static Bitmapset *
other_columns(const DocRow *row)
{
	Bitmapset  *columns = del_keys(updated_columns(row), row->stage);
	int			attnum = -1;

	while (row->extra->changed_by != NULL && (attnum = bms_next_member(columns, attnum)) >= 0)
	{
		const DocRow *place = row->extra->changed_by[attnum - 1];

		if (place != NULL && bms_is_empty(del_keys(bms_make_singleton(attnum), place->stage)))
			columns = bms_del_member(columns, attnum);
	}
	return columns;
}

/* ---- rows that lead to others */

/* Lets a row that is written in two places have a key, and what is of none, in the first one, as one row of a statement; or NULL. */
static DocRow *
move_first(Moves *moves, DocRow *row, const ForeignKey *key)
{
	DocRow	   *first = row->extra->written_first;
	Bitmapset  *columns;

	if (!first->moves && (first->failed || first->is_done))
		return NULL;
	columns = other_columns(row);
	for (int i = 0; i < key->nkeys; i++)
	{
		if (bms_is_member(key->referencing_attnums[i], row->changed))
			columns = bms_add_member(columns, key->referencing_attnums[i]);
	}
	give_columns(moves->store, first, row, columns);
	if (bms_is_subset(row->changed, columns))
	{
		row->is_done = true;
		extra_of(row)->writer = first;
	}
	else
		note_written(row, row, columns);
	moves->second = lappend(moves->second, row);
	return first;
}

/* A key by which a row leads to one that gets another key: both are written together, unless it is NULL until then. */
static void
add_follower(Moves *moves, DocRow *row, const ForeignKey *key)
{
	const DocRow *target = led_to_old_key(moves->store, row, key);

	if (target == NULL || nullable_columns(row->stage->level->table, key) != NULL)
		return;
	if (row->extra->written_first != NULL)
		row = move_first(moves, row, key);
	if (row == NULL)
		return;
	add_moved(moves, row);
	add_moved(moves, unconstify(DocRow *, last_writer(target)));
}

static void
add_followers(Moves *moves, const Stage *stage)
{
	ListCell   *lc;

	for (int i = 0; i < stage->nrows; i++)
	{
		DocRow	   *row = stage->rows[i];

		CHECK_FOR_INTERRUPTS();
		if (!is_updated(row))
			continue;
		if (has_parent_key(stage))
			add_follower(moves, row, stage->relation->branch->relationship->key);
		foreach(lc, stage->level->has_to_one ? stage->level->relations : NIL)
		{
			const StoreRelation *relation = lfirst(lc);

			if (relation->kind == TO_ONE)
				add_follower(moves, row, relation->branch->relationship->key);
		}
	}
}

/* ---- pairs */

static MovedPairs *
find_moved_pairs(Moves *moves, const StoreRelation *relation)
{
	Bitmapset  *keys = junction_columns(relation);
	MovedPairs *moved;
	ListCell   *lc;

	foreach(lc, moves->pairs)
	{
		moved = lfirst(lc);
		if (moved->junction == relation->junction && bms_equal(moved->keys, keys))
			return moved;
	}
	moved = palloc0(sizeof(MovedPairs));
	moved->junction = relation->junction;
	moved->keys = keys;
	moved->seen = make_attnum_map(moves->store->context, relation->junction->tupdesc, keys);
	moves->pairs = lappend(moves->pairs, moved);
	return moved;
}

/* Whether a junction's rows that lead to one have to be changed, for its key does. */
static bool
is_moved(const DocRow *row, const ForeignKey *key)
{
	return !key->cascades && !key->deferred && changes_key(row, key);
}

/* Whether a pair that is there, and stays as a document says, leads to a row whose key changes. */
bool
is_moved_pair(const Stage *stage, const PresentPair *pair)
{
	const Relationship *relationship = stage->relation->branch->relationship;

	return pair->claimed != NULL && !pair->claimed->asks_delete && !real_row(pair->claimed)->is_doomed &&
		pair->claimed->parent == pair->parent &&
		(is_moved(pair->parent, relationship->key) || is_moved(pair->claimed, relationship->far_key));
}

static void
add_columns(MovedPairs *moved, const ForeignKey *key)
{
	for (int i = 0; i < key->nkeys; i++)
		moved->columns = bms_add_member(moved->columns, key->referencing_attnums[i]);
}

/* Adds a pair that stays; each once, whichever relations say it. */
static void
add_moved_pair(Moves *moves, const StoreRelation *relation, DocRow *near, DocRow *far)
{
	const Relationship *relationship = relation->branch->relationship;
	bool		near_moves = is_moved(near, relationship->key);
	bool		far_moves = is_moved(far, relationship->far_key);
	MovedPairs *moved;
	Datum	   *keys;
	void	  **slot;
	bool		found;

	moved = find_moved_pairs(moves, relation);
	keys = palloc(sizeof(Datum) * bms_num_members(moved->keys));
	if (!junction_key(relation, moved->keys, near, far, true, keys))
		return;
	slot = add_to_map(moved->seen, keys, &found);
	if (found)
		return;
	*slot = far;
	if (near_moves)
	{
		add_columns(moved, relationship->key);
		add_moved(moves, unconstify(DocRow *, last_writer(near)));
	}
	if (far_moves)
	{
		add_columns(moved, relationship->far_key);
		add_moved(moves, unconstify(DocRow *, last_writer(far)));
	}
	add_row(moves->store, &moved->rows, far);
}

static void
find_moves(Moves *moves, const Stage *stage)
{
	ListCell   *lc;

	check_stack_depth();
	add_followers(moves, stage);
	foreach(lc, stage->all_pairs)
	{
		const PresentPair *pair = lfirst(lc);

		CHECK_FOR_INTERRUPTS();
		if (is_moved_pair(stage, pair))
			add_moved_pair(moves, stage->relation, pair->parent, pair->claimed);
	}
	foreach(lc, stage->children)
		find_moves(moves, lfirst(lc));
}

/* A junction's own row that is moved by itself, be it one of those pairs: of which there is one less, then. */
static void
drop_pair(MovedPairs *moved, const DocRow *row, KeyMap *own)
{
	Datum	   *keys = palloc(sizeof(Datum) * bms_num_members(moved->keys));
	int			attnum = -1;
	DocRow	   *pair;

	for (int i = 0; (attnum = bms_next_member(moved->keys, attnum)) >= 0; i++)
	{
		bool		isnull;

		if (find_level_column(row->stage->level->level, attnum) < 0)
			return;
		keys[i] = found_value(row, attnum, &isnull);
		if (isnull)
			return;
	}
	pair = find_in_map(moved->seen, keys);
	if (pair != NULL)
		(void) is_first(own, pair);
}

/* Pairs that rows of their own are, which are moved, are not moved once more. */
static void
drop_own_rows(Moves *moves, MovedPairs *moved)
{
	KeyMap	   *own = make_pointer_map(moves->store->context, 1);
	RowList		rest = {NULL};
	ListCell   *lc;

	foreach(lc, moves->rows)
	{
		const MovedRows *rows = lfirst(lc);

		for (int i = 0; i < rows->rows.nrows && rows->stage->level->table == moved->junction; i++)
			drop_pair(moved, rows->rows.rows[i], own);
	}
	for (int i = 0; i < moved->rows.nrows; i++)
	{
		if (is_first(own, moved->rows.rows[i]))
			add_row(moves->store, &rest, moved->rows.rows[i]);
	}
	moved->rows = rest;
}

/* ---- the statement */

/* The statements of which it consists. */
static List *
moving_runs(Moves *moves)
{
	List	   *runs = NIL;
	ListCell   *lc;

	foreach(lc, moves->rows)
	{
		const MovedRows *moved = lfirst(lc);
		StatementRun run = update_run(moves->store, moved->stage, fill_moved);

		for (int i = 0; i < moved->rows.nrows; i++)
			run.columns = bms_add_members(run.columns, updated_columns(moved->rows.rows[i]));
		runs = add_run(runs, run, &moved->rows);
	}
	foreach(lc, moves->pairs)
	{
		MovedPairs *moved = lfirst(lc);
		StatementRun run = {
			.store = moves->store,
			.table = moved->junction,
			.kind = STATEMENT_UPDATE,
			.keys = moved->keys,
			.columns = moved->columns,
			/* a pair may be in several rows of a junction */
			.may_find_more = true,
			.fill = fill_moved_pair
		};

		drop_own_rows(moves, moved);
		runs = add_run(runs, run, &moved->rows);
	}
	return runs;
}

/* The rows of runs, but for pairs, are not written after all. */
static void
unmark_moved(Store *store, const List *runs)
{
	List	   *pending = store->pending;
	ListCell   *lc;

	foreach(lc, runs)
	{
		const StatementRun *run = lfirst(lc);

		for (int i = 0; i < run->nrows && run->fill == fill_moved; i++)
		{
			DocRow	   *row = run->rows[i];

			CHECK_FOR_INTERRUPTS();
			row->is_done = false;
			if (row->extra->pending != NULL)
				extra_of(row)->pending = NULL;
		}
	}
	store->pending = NIL;
	foreach(lc, pending)
	{
		if (((DocRow *) lfirst(lc))->extra->pending != NULL)
			store->pending = lappend(store->pending, lfirst(lc));
	}
}

/* Updates what is of no key, each row by itself, to find what is wrong with it. Whether there is anything. */
static bool
update_others(const StatementRun *run)
{
	StatementRun others = *run;
	RowList		list = {NULL};
	bool		failed = false;

	others.own_columns = other_columns;
	others.columns = NULL;
	for (int i = 0; i < run->nrows; i++)
	{
		Bitmapset  *columns = other_columns(run->rows[i]);

		others.columns = bms_add_members(others.columns, columns);
		if (!bms_is_empty(columns))
			add_row(run->store, &list, run->rows[i]);
	}
	run_list(&others, &list);
	for (int i = 0; i < list.nrows; i++)
		failed |= list.rows[i]->failed;
	return failed;
}

/*
 * Rows that cannot be updated together: those that are wrong by themselves are told, and the
 * others left out with them; if there are none, keys say what is wrong when each is updated.
 */
static void
give_up(Store *store, List *runs)
{
	bool		failed = false;
	ListCell   *lc;

	unmark_moved(store, runs);
	foreach(lc, runs)
	{
		const StatementRun *run = lfirst(lc);

		for (int i = 0; i < run->nrows && run->fill == fill_moved; i++)
			failed |= run->rows[i]->failed;
		if (run->fill == fill_moved)
			failed |= update_others(run);
	}
	foreach(lc, failed ? runs : NIL)
	{
		const StatementRun *run = lfirst(lc);

		for (int i = 0; i < run->nrows && run->fill == fill_moved; i++)
			run->rows[i]->failed = true;
	}
}

/* Adds the rows that are to be written before one that is moved, as a place of it says: of Pair. */
static List *
add_awaited_pairs(Moves *moves, List *pairs, DocRow *row, const DocRow *place)
{
	List	   *awaited = awaited_rows(moves->store, place);
	ListCell   *lc;

	CHECK_FOR_INTERRUPTS();
	foreach(lc, awaited)
	{
		Pair	   *pair = palloc(sizeof(Pair));

		pair->near = row;
		pair->far = lfirst(lc);
		pairs = lappend(pairs, pair);
		add_moved(moves, unconstify(DocRow *, last_writer(pair->far)));
	}
	return pairs;
}

/* The rows that are moved, each with one to which it leads from then on, and which is not there as yet. */
static List *
find_awaited(Moves *moves)
{
	List	   *pairs = NIL;
	ListCell   *lc;

	foreach(lc, moves->second)
	{
		DocRow	   *row = lfirst(lc);

		pairs = add_awaited_pairs(moves, pairs, row->extra->written_first, row);
	}
	/* to which this adds rows */
	foreach(lc, moves->rows)
	{
		MovedRows  *moved = lfirst(lc);

		for (int i = 0; i < moved->rows.nrows; i++)
			pairs = add_awaited_pairs(moves, pairs, moved->rows.rows[i], moved->rows.rows[i]);
	}
	return pairs;
}

/* Inserts the new rows to which those lead from then on that are moved: their keys cannot be NULL until then. */
static void
insert_awaited(Moves *moves)
{
	List	   *pairs = find_awaited(moves);
	List	   *done = NIL;
	ListCell   *lc;

	foreach(lc, pairs)
	{
		const DocRow *target = ((Pair *) lfirst(lc))->far;

		if (is_inserted(target))
			insert_before(moves->store, target->stage, &done);
	}
	foreach(lc, pairs)
	{
		const Pair *pair = lfirst(lc);

		/* what is wrong is told of the row that it leads to */
		pair->near->failed |= pair->far->failed;
		if (moves->store->keys_are_told)
			follow_told_keys(moves->store, pair->near);
	}
}

/*
 * Updates rows whose keys change with those that lead to them, before any others that stay:
 * of these it is known as what they were found.
 */
void
move_keys(Store *store)
{
	Moves		moves = {.store = store};
	List	   *runs;
	ListCell   *lc;

	find_moves(&moves, store->root);
	if (moves.rows == NIL)
		return;
	insert_awaited(&moves);
	foreach(lc, moves.rows)
	{
		const MovedRows *moved = lfirst(lc);

		/* of the others each has its new key by then */
		for (int i = 0; i < moved->rows.nrows; i++)
			moved->rows.rows[i]->is_done = true;
	}
	foreach(lc, moves.rows)
	{
		const MovedRows *moved = lfirst(lc);

		for (int i = 0; i < moved->rows.nrows; i++)
			note_pending(store, moved->rows.rows[i]);
	}
	runs = moving_runs(&moves);
	if (!store->careful)
		run_together(runs);
	else if (try_together(store, run_together, runs) != NULL)
		run_each_document(store, runs, give_up);
}
