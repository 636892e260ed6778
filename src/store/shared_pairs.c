/*
 * shared_pairs.c
 *		Pairs of rows that several many-to-many relations over one junction have, or the
 *		junction's own rows say.
 */
#include "store/internal.h"

#include "miscadmin.h"

/* The pairs of one junction, in whichever direction relations go over it. */
typedef struct SharedPairs
{
	const StoreTable *junction;
	Oid			keys[2];		/* constraints, the lower first */
	int			nstages;
	KeyMap	   *said;			/* rows of both sides: that is there and is to stay */
	KeyMap	   *links;
	KeyMap	   *unlinks;
	Bitmapset  *columns;		/* of the junction: both keys */
	KeyMap	   *rows;			/* those: DocRow, of the junction's rows that stand by themselves; or NULL */
} SharedPairs;

typedef struct PairSharing
{
	Store	   *store;
	List	   *tables;			/* of SharedRows */
	List	   *junctions;		/* of SharedPairs */
} PairSharing;

static bool
goes_backwards(const Relationship *relationship)
{
	return relationship->key->constraint > relationship->far_key->constraint;
}

static SharedPairs *
find_junction(PairSharing *sharing, const StoreRelation *relation)
{
	const Relationship *relationship = relation->branch->relationship;
	bool		backwards = goes_backwards(relationship);
	Oid			keys[2];
	SharedPairs *pairs;
	ListCell   *lc;

	keys[backwards] = relationship->key->constraint;
	keys[!backwards] = relationship->far_key->constraint;
	foreach(lc, sharing->junctions)
	{
		pairs = lfirst(lc);
		if (pairs->junction == relation->junction && memcmp(pairs->keys, keys, sizeof(keys)) == 0)
			return pairs;
	}
	pairs = palloc0(sizeof(SharedPairs));
	pairs->junction = relation->junction;
	memcpy(pairs->keys, keys, sizeof(keys));
	pairs->said = make_pointer_map(sharing->store->context, 2);
	pairs->links = make_pointer_map(sharing->store->context, 2);
	pairs->unlinks = make_pointer_map(sharing->store->context, 2);
	pairs->columns = junction_columns(relation);
	sharing->junctions = lappend(sharing->junctions, pairs);
	return pairs;
}

static void
find_junctions(PairSharing *sharing, const Stage *stage)
{
	ListCell   *lc;

	check_stack_depth();
	if (stage->relation != NULL && stage->relation->kind == MANY_TO_MANY &&
		(stage->all_pairs != NIL || stage->links != NIL || stage->unlinks != NIL))
		find_junction(sharing, stage->relation)->nstages++;
	foreach(lc, stage->children)
		find_junctions(sharing, lfirst(lc));
}

/* The columns of a junction's keys in a row of its own, palloc'd; NULL if they are not all there. */
static Datum *
junction_row_key(const SharedPairs *pairs, const DocRow *row)
{
	Datum	   *key = palloc(sizeof(Datum) * bms_num_members(pairs->columns));
	int			attnum = -1;

	for (int i = 0; (attnum = bms_next_member(pairs->columns, attnum)) >= 0; i++)
	{
		int			column = find_level_column(row->stage->level->level, attnum);

		if (column < 0 || row->row->nulls[column])
			return NULL;
		key[i] = row->row->values[column];
	}
	return key;
}

static void
note_junction_row(Store *store, SharedPairs *pairs, DocRow *row)
{
	Datum	   *key;
	bool		found;
	void	  **slot;

	CHECK_FOR_INTERRUPTS();
	if (row->row == NULL || row->same != NULL || row->is_lost || (key = junction_row_key(pairs, row)) == NULL)
		return;
	if (pairs->rows == NULL)
		pairs->rows = make_attnum_map(store->context, pairs->junction->tupdesc, pairs->columns);
	slot = add_to_map(pairs->rows, key, &found);
	if (!found)
		*slot = row;
}

/* Rows of junctions that stand in documents themselves. */
static void
note_junction_rows(PairSharing *sharing, const Stage *stage)
{
	ListCell   *lc;
	ListCell   *other;

	check_stack_depth();
	foreach(lc, sharing->junctions)
	{
		SharedPairs *pairs = lfirst(lc);

		if (pairs->junction != stage->level->table || stage->level->is_linked)
			continue;
		for (int i = 0; i < stage->nrows; i++)
			note_junction_row(sharing->store, pairs, stage->rows[i]);
		foreach(other, stage->others)
		{
			if (((DocRow *) lfirst(other))->is_doomed)
				note_junction_row(sharing->store, pairs, lfirst(other));
		}
	}
	foreach(lc, stage->children)
		note_junction_rows(sharing, lfirst(lc));
}

/* Whether there is anything that several places may say of one junction. */
static bool
shares_junction(PairSharing *sharing)
{
	ListCell   *lc;

	find_junctions(sharing, sharing->store->root);
	if (sharing->junctions == NIL)
		return false;
	note_junction_rows(sharing, sharing->store->root);
	foreach(lc, sharing->junctions)
	{
		const SharedPairs *pairs = lfirst(lc);

		if (pairs->nstages > 1 || pairs->rows != NULL)
			return true;
	}
	return false;
}

/* The junction's own row of a pair that is there, where a document has that; or NULL. */
static DocRow *
find_junction_row(const SharedPairs *pairs, const Stage *stage, const DocRow *near, const DocRow *far)
{
	Datum		key[INDEX_MAX_KEYS * 2];

	if (pairs->rows == NULL || !junction_key(stage->relation, pairs->columns, near, far, true, key))
		return NULL;
	return find_in_map(pairs->rows, key);
}

/* Whether a row of a junction goes. */
static bool
is_taken_away(const DocRow *row)
{
	return row != NULL && (row->is_doomed || row->asks_delete);
}

/* What a pair is known by among those of its junction, palloc'd. */
static Datum *
pair_key(PairSharing *sharing, const Stage *stage, const DocRow *near, const DocRow *far)
{
	bool		backwards = goes_backwards(stage->relation->branch->relationship);
	Datum	   *key = palloc(sizeof(Datum) * 2);

	CHECK_FOR_INTERRUPTS();
	key[backwards] = shared_row(sharing->store, &sharing->tables, near);
	key[!backwards] = shared_row(sharing->store, &sharing->tables, far);
	return key;
}

static void
note_said_pairs(PairSharing *sharing, const Stage *stage)
{
	ListCell   *lc;

	check_stack_depth();
	foreach(lc, stage->all_pairs)
	{
		const PresentPair *pair = lfirst(lc);
		SharedPairs *pairs = find_junction(sharing, stage->relation);
		bool		found;

		if (pair->claimed == NULL || pair->claimed->asks_delete)
			continue;
		*add_to_map(pairs->said, pair_key(sharing, stage, pair->parent, pair->claimed), &found) = (void *) pair;
		if (is_taken_away(find_junction_row(pairs, stage, pair->parent, pair->claimed)))
			add_error(sharing->store, pair->claimed, NIL, ERROR_DUPLICATE, "the same row is deleted elsewhere");
	}
	foreach(lc, stage->children)
		note_said_pairs(sharing, lfirst(lc));
}

/* A pair that one place takes away, and another one says. */
static void
torn_pair(Store *store, const Stage *stage, const Pair *pair)
{
	List	   *steps = pair->far->asks_delete ? NIL :
		item_steps(stage->parent->level, stage->relation->item);

	add_error(store, pair->far->asks_delete ? pair->far : pair->near, steps, ERROR_DUPLICATE,
			  "the same row is said otherwise elsewhere");
}

static void
share_pairs_of(PairSharing *sharing, Stage *stage)
{
	ListCell   *lc;

	check_stack_depth();
	if (stage->relation != NULL && stage->relation->kind == MANY_TO_MANY)
	{
		SharedPairs *pairs = find_junction(sharing, stage->relation);
		List	   *links = stage->links;
		List	   *unlinks = stage->unlinks;
		bool		found;

		stage->links = NIL;
		foreach(lc, links)
		{
			Pair	   *pair = lfirst(lc);

			CHECK_FOR_INTERRUPTS();
			(void) add_to_map(pairs->links, pair_key(sharing, stage, pair->near, pair->far), &found);
			if (!found)
				stage->links = lappend(stage->links, pair);
		}
		stage->unlinks = NIL;
		foreach(lc, unlinks)
		{
			Pair	   *pair = lfirst(lc);
			Datum	   *key = pair_key(sharing, stage, pair->near, pair->far);
			const DocRow *row = find_junction_row(pairs, stage, pair->near, pair->far);

			CHECK_FOR_INTERRUPTS();
			if (!real_row(pair->near)->is_doomed && !real_row(pair->far)->is_doomed &&
				(find_in_map(pairs->said, key) != NULL || (row != NULL && !is_taken_away(row))))
				torn_pair(sharing->store, stage, pair);
			(void) add_to_map(pairs->unlinks, key, &found);
			if (!found && !is_taken_away(row))
				stage->unlinks = lappend(stage->unlinks, pair);
		}
	}
	foreach(lc, stage->children)
		share_pairs_of(sharing, lfirst(lc));
}

/*
 * Looks for pairs of rows that several relations over one junction have, or its own rows say,
 * once what becomes of those is settled: each is made or taken away once, and none that
 * another place says.
 */
void
share_pairs(Store *store)
{
	MemoryContext old = MemoryContextSwitchTo(store->context);
	PairSharing sharing = {.store = store};

	if (shares_junction(&sharing))
	{
		note_said_pairs(&sharing, store->root);
		share_pairs_of(&sharing, store->root);
	}
	MemoryContextSwitchTo(old);
}
