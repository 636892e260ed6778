/*
 * collect.c
 *		Finds the rows that values hold, in columns, arrays and records, and
 *		whatever has to be detoasted on the way to them; see nested.c.
 */
#include "load/internal.h"

#include "miscadmin.h"
#include "utils/array.h"

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
	nested_keep(nested, value, array);
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
collect_anonymous(Nested *nested, Datum value)
{
	HeapTupleHeader header = DatumGetHeapTupleHeader(value);
	const ValueType *type = nested->resolve_type(nested->resolver_arg,
												 HeapTupleHeaderGetTypeId(header),
												 HeapTupleHeaderGetTypMod(header));

	if (!type->leads_on)
		return;
	nested_note_type(nested, value, type, header);
	nested_collect(nested, type, PointerGetDatum(header));
}

static void
collect_record(Nested *nested, const ValueType *type, Datum value)
{
	HeapTupleHeader header = DatumGetHeapTupleHeader(value);
	const RecordType *record = type->record;
	TupleDesc	tupdesc;
	Datum	   *values;
	bool	   *nulls;

	if (record->level != NULL)
	{
		Row		   *row = make_value_row(nested->context, record->level, header,
										 nested->resolve_function, nested->resolver_arg);

		nested_add_row(nested, value, record->level, row);
		nested_collect_row(nested, &record->level->object, row->values, row->nulls);
		return;
	}

	nested_keep(nested, value, header);
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
		const Extraction *extraction = lfirst(lc);

		if (extraction->keys != NIL)
			return;
		value = nested_keep(nested, value, DatumGetHeapTupleHeader(value));
		if (!get_field(extraction, value, &value))
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
	switch (type->kind)
	{
		case KIND_ARRAY:
			collect_array(nested, type, value);
			break;
		case KIND_RECORD:
			collect_record(nested, type, value);
			break;
		case KIND_ANONYMOUS:
			collect_anonymous(nested, value);
			break;
		case KIND_EXTRACTED:
			collect_extracted(nested, type, value);
			break;
		case KIND_SCALAR:
		case KIND_FUNCTION:
			break;
	}
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
