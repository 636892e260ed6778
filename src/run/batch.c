/*
 * batch.c
 *		The records of one call: collected, their related rows loaded for all
 *		of them at once, then written one after the other.
 */
#include "run/internal.h"

#include "common/hashfn.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"

/* The records of one plan: a call may see several types, shapes and params. */
typedef struct BatchGroup
{
	DocumentPlan *plan;
	const char *params;
	int			params_length;
	Row		  **rows;
	int			nrows;
	int			capacity;
} BatchGroup;

typedef enum BatchElementKind
{
	ELEMENT_NULL,
	ELEMENT_VALUE,				/* without a shape */
	ELEMENT_RECORD,
	ELEMENT_ARRAY				/* its own are those that follow */
} BatchElementKind;

typedef struct BatchElement
{
	BatchElementKind kind;
	const BatchGroup *group;	/* ELEMENT_VALUE, ELEMENT_RECORD */
	Datum		value;			/* ELEMENT_VALUE, ELEMENT_ARRAY */
	Row		   *row;			/* ELEMENT_RECORD */
} BatchElement;

/* Groups that were asked for in words with the same hash value. */
typedef struct GroupSlot
{
	uint32		hash;
	List	   *groups;			/* of BatchGroup */
	char		status;
} GroupSlot;

#define SH_PREFIX groups
#define SH_ELEMENT_TYPE GroupSlot
#define SH_KEY_TYPE uint32
#define SH_KEY hash
#define SH_HASH_KEY(table, key) (key)
#define SH_EQUAL(table, a, b) ((a) == (b))
#define SH_SCOPE static inline
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"

struct Batch
{
	CallSite   *site;
	MemoryContext context;		/* of the batch itself and all that is loaded */
	MemoryContextCallback on_reset;
	List	   *groups;			/* of BatchGroup */
	groups_hash *by_words;		/* the same, as they were asked for */
	BatchGroup *group;			/* of the last value, found by */
	DocumentKey key;			/* this key, */
	const char *params;			/* and these */
	const BatchGroup *written;	/* the one whose options the site has, or NULL */
	Nested	   *nested;			/* rows that values hold */
	BatchElement *elements;
	int			nelements;
	int			capacity;
	int			next;			/* the element to be written next */
};

static void
release_batch(void *arg)
{
	Batch	   *batch = arg;
	ListCell   *lc;

	foreach(lc, batch->groups)
		unpin_plan(&((BatchGroup *) lfirst(lc))->plan->kept);
}

/* An empty batch of a call, in a child of the current memory context. */
Batch *
batch_begin(CallSite *site)
{
	MemoryContext context = jsonify_generation_context(CurrentMemoryContext, "jsonify batch");
	Batch	   *batch = MemoryContextAllocZero(context, sizeof(Batch));

	site_trim(site, false);

	batch->site = site;
	batch->context = context;
	batch->capacity = 1;
	batch->elements = MemoryContextAlloc(context, sizeof(BatchElement));
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

static BatchElement *
add_element(Batch *batch, BatchElementKind kind)
{
	if (batch->nelements == batch->capacity)
	{
		batch->capacity *= 2;
		batch->elements = repalloc_huge(batch->elements,
										sizeof(BatchElement) * (Size) batch->capacity);
	}
	batch->elements[batch->nelements].kind = kind;
	return &batch->elements[batch->nelements++];
}

/* A group of a plan, with the site's params; the batch keeps the plan pinned. */
static BatchGroup *
add_group(Batch *batch, DocumentPlan *plan)
{
	BatchGroup *group;
	MemoryContext old;

	check_plan_params(plan, batch->site->params);
	old = MemoryContextSwitchTo(batch->context);
	group = palloc0(sizeof(BatchGroup));
	group->plan = plan;
	group->params = batch->site->params;
	group->params_length = batch->site->params_length;
	group->capacity = 1;
	group->rows = palloc(sizeof(Row *));
	batch->groups = lappend(batch->groups, group);
	MemoryContextSwitchTo(old);
	pin_plan(&plan->kept);
	return group;
}

/* Whether the last value was asked for in the very same words. */
static bool
is_same_group(const Batch *batch, const DocumentKey *key)
{
	const DocumentKey *last = &batch->key;

	/* where the texts lie will do: they stay while the batch is filled */
	return batch->group != NULL && last->typid == key->typid && last->typmod == key->typmod &&
		last->shape == key->shape && last->shape_length == key->shape_length &&
		last->options == key->options && last->options_length == key->options_length &&
		batch->params == batch->site->params && plan_is_fresh(&batch->group->plan->kept);
}

static uint32
hash_text(uint32 hash, const char *text, int length)
{
	return text == NULL ? hash :
		hash_combine(hash, hash_bytes((const unsigned char *) text, length));
}

/* Where the groups are that were asked for by a key and the site's params, or like it. */
static GroupSlot *
find_group_slot(Batch *batch, const DocumentKey *key)
{
	uint32		hash = hash_combine(murmurhash32(key->typid), murmurhash32(key->typmod));
	GroupSlot  *slot;
	bool		found;

	hash = hash_text(hash, key->shape, key->shape_length);
	hash = hash_text(hash, key->options, key->options_length);
	hash = hash_text(hash, batch->site->params, batch->site->params_length);
	if (batch->by_words == NULL)
		batch->by_words = groups_create(batch->context, 16, NULL);
	slot = groups_insert(batch->by_words, hash, &found);
	if (!found)
		slot->groups = NIL;
	return slot;
}

/* The group of the plan for a key, and of the site's params. */
static BatchGroup *
find_group(Batch *batch, const DocumentKey *key)
{
	CallSite   *site = batch->site;
	BatchGroup *found = NULL;
	MemoryContext old;
	ListCell   *lc;

	if (is_same_group(batch, key))
		return batch->group;
	CHECK_FOR_INTERRUPTS();
	/* not by site_plan(): of a plan that is not cached there would be many */
	foreach(lc, find_group_slot(batch, key)->groups)
	{
		BatchGroup *group = lfirst(lc);

		if (plan_is_current(&group->plan->kept, key) &&
			same_bytes(group->params, group->params_length, site->params, site->params_length))
			found = group;
	}
	if (found == NULL)
	{
		GroupSlot  *slot;

		/* which may run anybody's code */
		found = add_group(batch, site_plan(site, key));
		slot = find_group_slot(batch, key);
		old = MemoryContextSwitchTo(batch->context);
		slot->groups = lappend(slot->groups, found);
		MemoryContextSwitchTo(old);
	}
	nested_set_params(batch->nested, found->params);
	batch->group = found;
	batch->key = *key;
	batch->params = site->params;
	return found;
}

/* Adds an element that is written as null. */
void
batch_add_null(Batch *batch)
{
	add_element(batch, ELEMENT_NULL);
}

static void
add_row(Batch *batch, BatchGroup *group, Row *row)
{
	BatchElement *element = add_element(batch, ELEMENT_RECORD);

	element->group = group;
	element->row = row;
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
	BatchElement *element;

	if (group->plan->root != NULL)
	{
		add_record(batch, group, DatumGetHeapTupleHeader(value));
		return;
	}
	if (group->plan->type->leads_on)
		nested_collect(batch->nested, group->plan->type, value);
	element = add_element(batch, ELEMENT_VALUE);
	element->group = group;
	element->value = value;
}

/*
 * Adds rows that a plan's own query gave, which lie in batch_context(). Raises what
 * check_plan_params() does.
 */
void
batch_add_rows(Batch *batch, DocumentPlan *plan, Row **rows, int nrows)
{
	BatchGroup *group = add_group(batch, plan);

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
 * where it is, and so must the shape; if it has to be detoasted, that is done in the current memory
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
	add_element(batch, ELEMENT_ARRAY)->value = PointerGetDatum(array);
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

/*
 * Loads what is related to all records added, through SPI. Raises what their
 * queries do, and what the functions in them do.
 */
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
use_group(Sink *sink, Batch *batch, const BatchGroup *group)
{
	CallSite   *site = batch->site;
	int			length;
	const char *options;

	site_trim(site, true);
	sink->params = group->params;
	if (batch->written == group)
		return;
	options = plan_options(&group->plan->kept, &length);
	site_set_options(site, options, length);
	site_set_params(site, group->params, group->params_length);
	batch->written = group;
}

/* An ElementWriter: writes the next element, in the order they were added in. */
void
batch_write_next(Sink *sink, void *arg)
{
	Batch	   *batch = arg;
	BatchElement *element = &batch->elements[batch->next++];
	ArrayType  *array;

	switch (element->kind)
	{
		case ELEMENT_NULL:
			sink->ops->put_null(sink);
			break;
		case ELEMENT_VALUE:
			use_group(sink, batch, element->group);
			element->group->plan->type->write(sink, element->group->plan->type, element->value);
			MemoryContextReset(sink->scratch);
			break;
		case ELEMENT_RECORD:
			use_group(sink, batch, element->group);
			write_row(sink, &element->group->plan->root->object, element->row);
			break;
		case ELEMENT_ARRAY:
			array = (ArrayType *) DatumGetPointer(element->value);
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
