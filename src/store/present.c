/*
 * present.c
 *		Rows that are there: read by the loader, as reading a document reads them, and found
 *		by their keys.
 */
#include "store/internal.h"

#include "catalog/pg_class.h"
#include "miscadmin.h"

/*
 * Raises ERRCODE_CARDINALITY_VIOLATION: what is trusted to tell the rows of a table or
 * view apart does not.
 */
void
not_told_apart(Oid relid)
{
	ereport(ERROR,
			errcode(ERRCODE_CARDINALITY_VIOLATION),
			errmsg("several rows of %s have the key of one document", describe_relation(relid)),
			errdetail("A unique index does not hold for the rows of tables that inherit, nor a deferrable one before it is checked; and of a view \"by\" is taken on trust."),
			errhint("Name what tells them apart, or write to the table that has the row."));
}

/*
 * The rows that rows of documents name by their keys, where by_key, else that they are; or
 * NULL for those that are not there. By one query. Palloc'd in the store's context. In an
 * attempt SPI is connected. Raises what not_told_apart() does.
 */
Row **
look_up_rows(Store *store, const RowLookup *lookup, bool by_key, DocRow **rows, int nrows)
{
	MemoryContext old = MemoryContextSwitchTo(store->context);
	Row		  **keys = MemoryContextAllocHuge(store->context, sizeof(Row *) * Max((Size) nrows, 1));
	Row		  **found = MemoryContextAllocHuge(store->context, sizeof(Row *) * Max((Size) nrows, 1));
	int			nfound;
	ErrorContextCallback callback = {.previous = error_context_stack,.callback = blame_row};

	for (int i = 0; i < nrows; i++)
	{
		CHECK_FOR_INTERRUPTS();
		keys[i] = make_empty_row(store->context, lookup->level);
		for (int n = 0; n < lookup->ncolumns; n++)
		{
			bool		isnull = false;

			if (by_key)
				keys[i]->values[n] = rows[i]->key[n];
			else if (!written_value(rows[i], lookup->attnums[n], &keys[i]->values[n], &isnull))
				isnull = true;
			keys[i]->nulls[n] = isnull;
		}
	}
	if (nrows > 0)
		(void) load_sets(lookup->branch, lookup->level, keys, nrows, &store->load, &nfound);
	for (int i = 0; i < nrows; i++)
	{
		const RowSet *set = &keys[i]->related[lookup->branch->number];

		if (set->nrows > 1)
		{
			error_context_stack = &callback;
			callback.arg = rows[i];
			not_told_apart(lookup->branch->child->relid);
		}
		found[i] = set->nrows > 0 ? set->rows[0] : NULL;
	}
	MemoryContextSwitchTo(old);
	return found;
}

/*
 * Loads the rows that a relation leads to from all rows of the stage above that are
 * there and of which something is said of it. Returns how many.
 */
int
load_present(Store *store, Stage *stage, StoreRelation *relation)
{
	Stage	   *above = stage->parent;
	MemoryContext old = MemoryContextSwitchTo(store->context);
	int			nrows;
	int			nfound = 0;
	Row		  **rows = rows_with(store, above, relation->item, &nrows);

	if (nrows > 0)
		(void) load_sets(relation->branch, above->level->level, rows, nrows, &store->load, &nfound);
	MemoryContextSwitchTo(old);
	return nfound;
}

/* ---- found by their keys */

/*
 * Notes a row that is there, which no other of its stage is, and its parent or NULL; it is
 * found by its key from the next map_present() on. In the store's context.
 */
PresentRow *
add_present(Store *store, Stage *stage, Row *row, DocRow *parent)
{
	MemoryContext old = MemoryContextSwitchTo(store->context);
	PresentRow *present = (PresentRow *) allocate_row(&store->rows, sizeof(PresentRow));

	memset(present, 0, sizeof(PresentRow));
	present->row = row;
	present->parent = parent;
	stage->all_present = lappend(stage->all_present, present);
	MemoryContextSwitchTo(old);
	return present;
}

/* Lets a row be found by its key, where that is not its identity. */
static void
map_recognized(Store *store, Stage *stage, PresentRow *present)
{
	const RowRule *rule = stage->level->rule;
	Datum	   *key = row_columns(present->row, rule->key_columns, rule->nkeys);
	bool		found;
	void	  **slot;

	if (key == NULL || stage->by_key == stage->by_identity)
		return;
	if (stage->by_key == NULL)
		stage->by_key = make_level_map(store->context, stage->level->level,
										   rule->key_columns, rule->nkeys);
	slot = add_to_map(stage->by_key, key, &found);
	if (!found)
		*slot = present;
}

/* Lets the rows that were added be found by their keys: when the first is looked for, for mostly none is. */
static void
map_present(Store *store, Stage *stage)
{
	MemoryContext old = MemoryContextSwitchTo(store->context);

	if (stage->by_identity != NULL)
		expect_in_map(stage->by_identity, list_length(stage->all_present) - stage->nmapped);
	while (stage->nmapped < list_length(stage->all_present))
	{
		PresentRow *present = list_nth(stage->all_present, stage->nmapped++);
		Datum	   *key = stage->by_identity == NULL ? NULL : row_identity(stage, present->row);
		bool		found;
		void	  **slot;

		CHECK_FOR_INTERRUPTS();
		slot = key == NULL ? NULL : add_to_map(stage->by_identity, key, &found);
		if (slot != NULL && !found)
			*slot = present;
		map_recognized(store, stage, present);
	}
	MemoryContextSwitchTo(old);
}

/* Notes a row that is there: once, but for one that nothing tells apart. parent: as add_present(). */
PresentRow *
note_present(Store *store, Stage *stage, Row *row, DocRow *parent)
{
	MemoryContext old = MemoryContextSwitchTo(store->context);
	Datum	   *key = stage->by_identity == NULL ? NULL : row_identity(stage, row);
	PresentRow *present = key == NULL ? NULL : find_identical(store, stage, key);

	if (present == NULL)
		present = add_present(store, stage, row, parent);
	else if (present->parent == NULL)
		present->parent = parent;
	MemoryContextSwitchTo(old);
	return present;
}

/* The row of a stage that has an identity; NULL if there is none. */
PresentRow *
find_identical(Store *store, Stage *stage, const Datum *identity)
{
	map_present(store, stage);
	return stage->by_identity == NULL ? NULL : find_in_map(stage->by_identity, identity);
}

/* The row of a stage that is recognized by a key; NULL if there is none. */
PresentRow *
find_recognized(Store *store, Stage *stage, const Datum *key)
{
	map_present(store, stage);
	return stage->by_key == NULL ? NULL : find_in_map(stage->by_key, key);
}

/* ---- found in their order */

static bool
is_table(const StoreLevel *level)
{
	return level->table->relkind == RELKIND_RELATION || level->table->relkind == RELKIND_PARTITIONED_TABLE;
}

/*
 * Whether the rows that a stage's relation leads to are each of one parent alone, and are
 * recognized by their identity: then a document that was read has them in their order, and
 * most need no map.
 */
bool
are_in_order(const Stage *stage)
{
	const Stage *above = stage->parent;
	const Relationship *relationship = stage->relation->branch->relationship;

	if (stage->relation->kind != TO_MANY || stage->by_identity == NULL || stage->by_key != stage->by_identity ||
		relationship->key == NULL || relationship->with_heirs || above->level->is_linked ||
		!is_table(stage->level) || !is_table(above->level))
		return false;
	for (int i = 0; i < above->nrows; i++)
	{
		/* rows that other ones are as well */
		if (above->rows[i]->same != NULL || above->rows[i]->failed)
			return false;
	}
	return true;
}

/* The place in the order of the stage above. */
static int
place_above(const Stage *stage, int place, const DocRow *parent)
{
	while (stage->parent->rows[place] != parent)
		place++;
	return place;
}

/*
 * The next row that is there of the parent of a row of a document, or the one behind it, if
 * that is it; else NULL. To be asked for the rows of a stage in their order, with one place,
 * zeroed at first, if are_in_order() says so.
 */
PresentRow *
next_present(const Stage *stage, PresentPlace *place, const DocRow *row)
{
	const RowRule *rule = stage->level->rule;
	int			nrows = list_length(stage->all_present);

	place->row = place_above(stage, place->row, row->parent);
	while (place->next < nrows)
	{
		const PresentRow *present = list_nth(stage->all_present, place->next);

		place->present = place_above(stage, place->present, present->parent);
		if (place->present >= place->row)
			break;
		place->next++;
	}
	for (int i = place->next; i < Min(nrows, place->next + 2); i++)
	{
		PresentRow *present = list_nth(stage->all_present, i);

		if (present->parent == row->parent &&
			are_same_keys(stage->by_identity, row->key, row_columns(present->row, rule->key_columns, rule->nkeys)))
		{
			place->next = i + 1;
			return present;
		}
	}
	return NULL;
}
