/*
 * present.c
 *		Rows that are there: read by the loader, as reading a document reads them.
 */
#include "store/internal.h"

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
