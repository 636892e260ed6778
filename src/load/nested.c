/*
 * nested.c
 *		Rows within values - in a column, an array, a record - whose table has
 *		a default shape with related rows. They are found before anything is
 *		written, so that what is related to all of them is loaded at once.
 *
 * A row is found again, when it is written, by where its datum lies in memory.
 * What has to be detoasted on the way there is kept, and found in the same way:
 * detoasted anew it would lie elsewhere. A row that is not found was made while
 * writing, by a function; Sink.load_row is for those.
 */
#include "jsonify.h"

#include "common/hashfn.h"
#include "miscadmin.h"
#include "utils/array.h"

typedef struct NestedEntry
{
	const void *value;			/* the datum, as it was met */
	Row		   *row;			/* what was made of a row, */
	const Level *level;			/* as one of this; or */
	Datum		copy;			/* what it is detoasted, */
	const ValueType *type;		/* and of an anonymous record what it is */
	char		status;
} NestedEntry;

#define SH_PREFIX nested
#define SH_ELEMENT_TYPE NestedEntry
#define SH_KEY_TYPE const void *
#define SH_KEY value
#define SH_HASH_KEY(table, key) murmurhash32((uint32) ((uintptr_t) (key) >> 3))
#define SH_EQUAL(table, a, b) ((a) == (b))
#define SH_SCOPE static inline
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"

/* The rows of one level that were found and not yet given what is related. */
typedef struct NestedGroup
{
	const Level *level;
	const char *params;
	Row		  **rows;
	int			nrows;
	int			capacity;
} NestedGroup;

struct Nested
{
	MemoryContext context;
	TypeResolver resolve_type;
	FunctionResolver resolve_function;
	void	   *resolver_arg;
	const char *params;			/* for the rows that follow */
	nested_hash *hash;			/* made for the first */
	List	   *groups;			/* of NestedGroup */
};

/* Without any rows, allocated in context, as all that it will hold. */
Nested *
nested_begin(MemoryContext context, TypeResolver resolve_type,
			 FunctionResolver resolve_function, void *resolver_arg)
{
	Nested	   *nested = MemoryContextAllocZero(context, sizeof(Nested));

	nested->context = context;
	nested->resolve_type = resolve_type;
	nested->resolve_function = resolve_function;
	nested->resolver_arg = resolver_arg;
	return nested;
}

/* The params of the rows that follow: the bytes of a jsonb, or NULL. */
void
nested_set_params(Nested *nested, const char *params)
{
	nested->params = params;
}

/* The entry of a datum, and whether it was there. */
static NestedEntry *
add_nested(Nested *nested, Datum value, bool *found)
{
	NestedEntry *entry;

	if (nested->hash == NULL)
		nested->hash = nested_create(nested->context, 64, NULL);
	entry = nested_insert(nested->hash, DatumGetPointer(value), found);
	if (!*found)
	{
		entry->row = NULL;
		entry->level = NULL;
		entry->copy = (Datum) 0;
		entry->type = NULL;
	}
	return entry;
}

/* Notes what a datum is detoasted, if that is not itself. Returns that. */
static Datum
keep_copy(Nested *nested, Datum value, void *detoasted)
{
	bool		found;

	if (detoasted != DatumGetPointer(value))
		add_nested(nested, value, &found)->copy = PointerGetDatum(detoasted);
	return PointerGetDatum(detoasted);
}

static void
add_to_group(Nested *nested, const Level *level, Row *row)
{
	NestedGroup *group = NULL;
	ListCell   *lc;

	foreach(lc, nested->groups)
	{
		NestedGroup *known = lfirst(lc);

		if (known->level == level && known->params == nested->params)
			group = known;
	}
	if (group == NULL)
	{
		group = palloc0(sizeof(NestedGroup));
		group->level = level;
		group->params = nested->params;
		group->capacity = 8;
		group->rows = palloc(sizeof(Row *) * group->capacity);
		nested->groups = lappend(nested->groups, group);
	}
	if (group->nrows == group->capacity)
	{
		group->capacity *= 2;
		group->rows = repalloc_huge(group->rows, sizeof(Row *) * (Size) group->capacity);
	}
	group->rows[group->nrows++] = row;
}

static void
collect_array(Nested *nested, const ValueType *type, Datum value)
{
	ArrayType  *array = DatumGetArrayTypeP(value);
	const ValueType *element = type->element != NULL ? type->element :
		nested->resolve_type(nested->resolver_arg, ARR_ELEMTYPE(array), -1);
	ArrayIterator iterator;
	Datum		item;
	bool		isnull;

	if (!element->leads_on)
		return;
	keep_copy(nested, value, array);
	iterator = array_create_iterator(array, 0, NULL);
	while (array_iterate(iterator, &item, &isnull))
	{
		CHECK_FOR_INTERRUPTS();
		if (!isnull)
			nested_collect(nested, element, item);
	}
	array_free_iterator(iterator);
}

static void
collect_record(Nested *nested, const ValueType *type, Datum value)
{
	HeapTupleHeader header = DatumGetHeapTupleHeader(value);
	const RecordType *record = type->record;
	NestedEntry *entry;
	TupleDesc	tupdesc;
	Datum	   *values;
	bool	   *nulls;
	bool		found;

	if (record == NULL)
	{
		const ValueType *known = nested->resolve_type(nested->resolver_arg,
													  HeapTupleHeaderGetTypeId(header),
													  HeapTupleHeaderGetTypMod(header));

		if (!known->leads_on)
			return;
		/* a definition may change before it is written: it is this one then */
		add_nested(nested, value, &found)->type = known;
		add_nested(nested, value, &found)->copy = PointerGetDatum(header);
		nested_collect(nested, known, PointerGetDatum(header));
		return;
	}
	if (record->level != NULL)
	{
		Row		   *row = make_value_row(nested->context, record->level, header,
										 nested->resolve_function, nested->resolver_arg);

		entry = add_nested(nested, value, &found);
		entry->row = row;
		entry->level = record->level;
		add_to_group(nested, record->level, row);
		nested_collect_row(nested, &record->level->object, row->values, row->nulls);
		return;
	}

	keep_copy(nested, value, header);
	tupdesc = record->tupdesc;
	values = palloc(sizeof(Datum) * Max(tupdesc->natts, 1));
	nulls = palloc(sizeof(bool) * Max(tupdesc->natts, 1));
	deform_record(header, tupdesc, values, nulls);
	nested_collect_row(nested, &record->object, values, nulls);
	pfree(values);
	pfree(nulls);
}

/* Where a path leads to in a composite value; what is detoasted on it is kept. */
static void
collect_extracted(Nested *nested, const ValueType *type, Datum value)
{
	ListCell   *lc;

	foreach(lc, type->path)
	{
		const PathStep *step = lfirst(lc);

		if (step->keys != NIL)
			return;
		value = keep_copy(nested, value, DatumGetHeapTupleHeader(value));
		if (!get_field(step, value, &value))
			return;
	}
	nested_collect(nested, type->element, value);
}

/*
 * Takes the rows that a value holds, of a type that leads on. The value must
 * stay where it is as long as they are asked for.
 */
void
nested_collect(Nested *nested, const ValueType *type, Datum value)
{
	MemoryContext old = MemoryContextSwitchTo(nested->context);

	check_stack_depth();
	if (type->write == write_array)
		collect_array(nested, type, value);
	else if (type->write == write_composite)
		collect_record(nested, type, value);
	else if (type->write == write_extracted)
		collect_extracted(nested, type, value);
	MemoryContextSwitchTo(old);
}

/* The same of a field of a row. */
void
nested_collect_field(Nested *nested, const Field *field, const Datum *values, const bool *nulls)
{
	if (field->type != NULL && field->type->leads_on && !nulls[field->column])
		nested_collect(nested, field->type, values[field->column]);
}

/* The same of the columns of a row that an object shows. */
void
nested_collect_row(Nested *nested, const ObjectForm *object, const Datum *values,
				   const bool *nulls)
{
	if (!object->leads_on)
		return;
	for (int i = 0; i < object->nfields; i++)
		nested_collect_field(nested, &object->fields[i], values, nulls);
}

/* Whether there are rows that nested_load() has not been called for. */
bool
nested_is_pending(const Nested *nested)
{
	return nested->groups != NIL;
}

/*
 * Loads what is related to all rows found, and to those that are found in
 * doing so; SPI must be connected.
 */
void
nested_load(Nested *nested, LoadContext *load)
{
	while (nested->groups != NIL)
	{
		NestedGroup *group = linitial(nested->groups);
		LoadContext of_group = *load;

		nested->groups = list_delete_first(nested->groups);
		of_group.params = nested->params = group->params;
		load_related(group->level, group->rows, group->nrows, &of_group);
	}
}

static const NestedEntry *
find_nested(const Nested *nested, Datum value)
{
	if (nested == NULL || nested->hash == NULL)
		return NULL;
	return nested_lookup(nested->hash, DatumGetPointer(value));
}

/* The row that was made of a datum for a level; NULL if none was. */
Row *
nested_row(const Nested *nested, const Level *level, Datum value)
{
	const NestedEntry *entry = find_nested(nested, value);

	return entry != NULL && entry->level == level ? entry->row : NULL;
}

/* What an anonymous record was found to be; NULL if it was not met. */
const ValueType *
nested_type(const Nested *nested, Datum value)
{
	const NestedEntry *entry = find_nested(nested, value);

	return entry != NULL ? entry->type : NULL;
}

/* What a datum is detoasted, if that was kept; else itself. */
Datum
nested_copy(const Nested *nested, Datum value)
{
	const NestedEntry *entry = find_nested(nested, value);

	return entry != NULL && entry->copy != (Datum) 0 ? entry->copy : value;
}
