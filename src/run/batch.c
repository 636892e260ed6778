/*
 * batch.c
 *		The records of one call: collected, their related rows loaded for all
 *		of them at once, then written one after the other.
 */
#include "jsonify.h"

#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"

/* The records of one plan: a call may see several types, shapes and params. */
typedef struct BatchGroup
{
	DocumentPlan *plan;
	const char *params;
	Row		  **rows;
	int			nrows;
	int			capacity;
} BatchGroup;

typedef enum BatchItemKind
{
	ITEM_NULL,
	ITEM_VALUE,					/* without a shape */
	ITEM_RECORD,
	ITEM_ARRAY					/* its elements are the items that follow */
} BatchItemKind;

typedef struct BatchItem
{
	BatchItemKind kind;
	const BatchGroup *group;	/* ITEM_VALUE, ITEM_RECORD */
	Datum		value;			/* ITEM_VALUE, ITEM_ARRAY */
	Row		   *row;			/* ITEM_RECORD */
} BatchItem;

struct Batch
{
	CallSite   *site;
	MemoryContext context;		/* of the batch itself and all that is loaded */
	MemoryContextCallback on_reset;
	List	   *groups;			/* of BatchGroup, the last used first */
	Nested	   *nested;			/* rows that values hold */
	BatchItem  *items;
	int			nitems;
	int			capacity;
	int			next;			/* the item to be written next */
};

static void
release_batch(void *arg)
{
	Batch	   *batch = arg;
	ListCell   *lc;

	foreach(lc, batch->groups)
		unpin_plan(((BatchGroup *) lfirst(lc))->plan);
}

/* An empty batch of a call, in a child of the current memory context. */
Batch *
batch_begin(CallSite *site)
{
	MemoryContext context = jsonify_generation_context(CurrentMemoryContext, "jsonify batch");
	Batch	   *batch = MemoryContextAllocZero(context, sizeof(Batch));

	site_trim_types(site, false);

	batch->site = site;
	batch->context = context;
	batch->capacity = 1;
	batch->items = MemoryContextAlloc(context, sizeof(BatchItem));
	batch->nested = nested_begin(context, site_resolve_type, site_resolve_function, site);
	/* an error must let go of the plans as well */
	batch->on_reset.func = release_batch;
	batch->on_reset.arg = batch;
	MemoryContextRegisterResetCallback(context, &batch->on_reset);
	return batch;
}

/* The memory context that goes with the batch. */
MemoryContext
batch_context(const Batch *batch)
{
	return batch->context;
}

static BatchItem *
add_item(Batch *batch, BatchItemKind kind)
{
	if (batch->nitems == batch->capacity)
	{
		batch->capacity *= 2;
		batch->items = repalloc_huge(batch->items, sizeof(BatchItem) * (Size) batch->capacity);
	}
	batch->items[batch->nitems].kind = kind;
	return &batch->items[batch->nitems++];
}

/* A group of a plan, with the site's params; the batch keeps the plan pinned. */
static BatchGroup *
add_group(Batch *batch, DocumentPlan *plan)
{
	BatchGroup *group;
	MemoryContext old;

	check_params_given(plan->params, batch->site->params);
	old = MemoryContextSwitchTo(batch->context);
	group = palloc0(sizeof(BatchGroup));
	group->plan = plan;
	group->params = batch->site->params;
	group->capacity = 1;
	group->rows = palloc(sizeof(Row *));
	batch->groups = lcons(group, batch->groups);
	MemoryContextSwitchTo(old);
	pin_plan(plan);
	return group;
}

/* The group of the plan for a key. */
static BatchGroup *
find_group(Batch *batch, const DocumentKey *key)
{
	ListCell   *lc;

	nested_set_params(batch->nested, batch->site->params);
	/* not by site_plan(): of a plan that is not cached there would be many */
	foreach(lc, batch->groups)
	{
		BatchGroup *group = lfirst(lc);

		if (plan_is_current(group->plan, key) && group->params == batch->site->params)
			return group;
	}
	return add_group(batch, site_plan(batch->site, key));
}

/* Adds an item that is written as null. */
void
batch_add_null(Batch *batch)
{
	add_item(batch, ITEM_NULL);
}

static void
add_row(Batch *batch, BatchGroup *group, Row *row)
{
	BatchItem  *item = add_item(batch, ITEM_RECORD);

	item->group = group;
	item->row = row;
	if (group->nrows == group->capacity)
	{
		group->capacity *= 2;
		group->rows = repalloc_huge(group->rows, sizeof(Row *) * (Size) group->capacity);
	}
	group->rows[group->nrows++] = row;
	nested_collect_row(batch->nested, &group->plan->root->object, row->values, row->nulls);
}

static void
add_record(Batch *batch, BatchGroup *group, HeapTupleHeader header)
{
	add_row(batch, group, make_value_row(batch->context, group->plan->root, header,
										 site_resolve_function, batch->site));
}

/*
 * Adds a value of the call site's type without a shape. It must stay where it
 * is; if it has to be detoasted, that is done in the current memory context,
 * which must live as long as the batch.
 */
void
batch_add_value(Batch *batch, Datum value)
{
	DocumentKey key = site_key(batch->site, batch->site->typid, -1, NULL, 0);
	BatchGroup *group = find_group(batch, &key);
	BatchItem  *item;

	if (group->plan->root != NULL)
	{
		add_record(batch, group, DatumGetHeapTupleHeader(value));
		return;
	}
	if (group->plan->type->leads_on)
		nested_collect(batch->nested, group->plan->type, value);
	item = add_item(batch, ITEM_VALUE);
	item->group = group;
	item->value = value;
}

/* Adds the rows that a plan's own query gave. */
void
batch_add_rows(Batch *batch, DocumentPlan *plan, RowReceiver *receiver)
{
	BatchGroup *group = add_group(batch, plan);
	int			nrows;
	Row		  **rows = receiver_rows(receiver, &nrows);

	nested_set_params(batch->nested, group->params);
	for (int i = 0; i < nrows; i++)
		add_row(batch, group, rows[i]);
}

/* The rows that the values added hold: a sink finds them by that. */
const Nested *
batch_nested(const Batch *batch)
{
	return batch->nested;
}

/* Raises ERRCODE_DATATYPE_MISMATCH unless a call's values can have a shape. */
static void
check_shape_applies(const CallSite *site)
{
	if (!site->is_record && !OidIsValid(site->element))
		ereport(ERROR,
				errcode(ERRCODE_DATATYPE_MISMATCH),
				errmsg("a value of type %s has no shape", format_type_be(site->typid)),
				errdetail("A shape tells the columns of a record, or of each record of an array."),
				errhint("Leave the shape out, or pass the row of a table, as in jsonify(t, ...) FROM table t."));
}

/*
 * Adds a record, or an array of records, of the call site's type, in a shape;
 * of any other type raises ERRCODE_DATATYPE_MISMATCH. The value must stay
 * where it is; if it has to be detoasted, that is done in the current memory
 * context, which must live as long as the batch.
 */
void
batch_add_shaped(Batch *batch, Datum value, const char *shape, int shape_length)
{
	CallSite   *site = batch->site;
	ArrayType  *array;
	int16		typlen;
	bool		typbyval;
	char		typalign;
	Datum	   *elements;
	bool	   *nulls;
	int			nelements;

	check_shape_applies(site);
	if (site->is_record)
	{
		HeapTupleHeader tuple = DatumGetHeapTupleHeader(value);
		DocumentKey key = site_record_key(site, site->base, tuple, shape, shape_length);

		add_record(batch, find_group(batch, &key), tuple);
		return;
	}

	array = DatumGetArrayTypeP(value);
	add_item(batch, ITEM_ARRAY)->value = PointerGetDatum(array);
	get_typlenbyvalalign(ARR_ELEMTYPE(array), &typlen, &typbyval, &typalign);
	deconstruct_array(array, ARR_ELEMTYPE(array), typlen, typbyval, typalign,
					  &elements, &nulls, &nelements);
	for (int i = 0; i < nelements; i++)
	{
		HeapTupleHeader tuple;
		DocumentKey key;

		if (nulls[i])
		{
			batch_add_null(batch);
			continue;
		}
		tuple = DatumGetHeapTupleHeader(elements[i]);
		key = site_record_key(site, site->element, tuple, shape, shape_length);
		add_record(batch, find_group(batch, &key), tuple);
	}
}

/* Whether queries are to be run for the rows of a group. */
static bool
has_related(const BatchGroup *group)
{
	return group->plan->root != NULL && group->plan->root->nbranches > 0;
}

/* Loads what is related to all records added. */
void
batch_load(Batch *batch)
{
	LoadContext load = {.memory = batch->context,.nested = batch->nested};
	bool		needed = nested_is_pending(batch->nested);
	ListCell   *lc;

	foreach(lc, batch->groups)
		needed |= has_related(lfirst(lc));
	if (!needed)
		return;

	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	foreach(lc, batch->groups)
	{
		BatchGroup *group = lfirst(lc);

		load.params = group->params;
		nested_set_params(batch->nested, group->params);
		if (has_related(group))
			load_related(group->plan->root, group->rows, group->nrows, &load);
	}
	nested_load(batch->nested, &load);
	if (SPI_finish() != SPI_OK_FINISH)
		elog(ERROR, "SPI_finish failed");
}

/*
 * About how long what is written of it will be, in bytes: rows take more
 * space in memory than in a document.
 */
int
batch_size_estimate(const Batch *batch)
{
	return Min(MemoryContextMemAllocated(batch->context, true) / 2, MaxAllocSize / 4);
}

/* What is met in a value is written with the options and params of the value itself. */
static void
use_options(Batch *batch, const BatchGroup *group)
{
	int			length;
	const char *options = plan_options(group->plan, &length);

	site_set_options(batch->site, options, length);
	site_set_params(batch->site, group->params);
	site_trim_types(batch->site, true);
}

/* An ElementWriter: writes the next item, in the order they were added in. */
void
batch_write_next(Sink *sink, void *arg)
{
	Batch	   *batch = arg;
	BatchItem  *item = &batch->items[batch->next++];
	ArrayType  *array;

	switch (item->kind)
	{
		case ITEM_NULL:
			sink->ops->put_null(sink);
			break;
		case ITEM_VALUE:
			use_options(batch, item->group);
			item->group->plan->type->write(sink, item->group->plan->type, item->value);
			MemoryContextReset(sink->scratch);
			break;
		case ITEM_RECORD:
			use_options(batch, item->group);
			write_row(sink, &item->group->plan->root->object, item->row);
			break;
		case ITEM_ARRAY:
			array = (ArrayType *) DatumGetPointer(item->value);
			write_dimensions(sink, ARR_NDIM(array), ARR_DIMS(array), batch_write_next, batch);
			break;
	}
}

/* Frees the batch and all that was loaded for it. */
void
batch_end(Batch *batch)
{
	MemoryContextDelete(batch->context);
}
