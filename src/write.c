/*
 * write.c
 *		The walk over a document, shared by all sinks: objects of records and
 *		loaded rows, related rows within them, values by their writers.
 */
#include "jsonify.h"

#include "miscadmin.h"
#include "utils/memutils.h"

/* Wider records are deformed in palloc'd arrays. */
#define STACK_ATTRIBUTES 64

/* How many rows ahead to fetch: those of one parent may lie far apart. */
#define PREFETCH_DISTANCE 4

static inline void
prefetch_row(const Row *row)
{
#if defined(__GNUC__)
	__builtin_prefetch(row);
	__builtin_prefetch((const char *) row + 64);
#endif
}

static void
write_related(Sink *sink, const Branch *branch, const RowSet *set)
{
	const ObjectForm *object = &branch->child->object;
	SinkFrame	frame;

	if (branch->relationship->kind == TO_ONE || branch->relationship->kind == ONE_TO_ONE)
	{
		if (set->nrows == 0)
			sink->ops->put_null(sink);
		else
			write_row(sink, object, set->rows[0]);
		return;
	}

	sink->ops->begin_array(sink, &frame, set->nrows);
	for (int i = 0; i < set->nrows; i++)
	{
		if (i + PREFETCH_DISTANCE < set->nrows)
			prefetch_row(set->rows[i + PREFETCH_DISTANCE]);
		sink->ops->next(sink, &frame);
		write_row(sink, object, set->rows[i]);
	}
	sink->ops->end(sink, &frame);
}

/*
 * Writes an object whose columns are found in values and nulls, and whose
 * related rows, if it has any, in related. Returns where in the sink's buffer
 * it starts.
 */
int
write_object(Sink *sink, const ObjectForm *object, const Datum *values,
			 const bool *nulls, const RowSet *related)
{
	const SinkOps *ops = sink->ops;
	SinkFrame	frame;

	check_stack_depth();
	ops->begin_object(sink, &frame, object);
	for (int i = 0; i < object->nfields; i++)
	{
		const Field *field = &object->fields[i];

		ops->next(sink, &frame);
		if (field->branch != NULL)
			write_related(sink, field->branch, &related[field->branch->number]);
		else if (nulls[field->column])
			ops->put_null(sink);
		else
			field->type->write(sink, field->type, values[field->column]);
	}
	ops->end(sink, &frame);
	return frame.start;
}

/*
 * Writes a loaded row. One that several parents share is written out once;
 * after that its bytes are repeated.
 */
void
write_row(Sink *sink, const ObjectForm *object, Row *row)
{
	CHECK_FOR_INTERRUPTS();
	if (row->start >= 0)
	{
		sink->ops->repeat(sink, row->start, row->length);
		return;
	}
	row->start = write_object(sink, object, row->values, row->nulls, row->related);
	row->length = sink->buf.len - row->start;

	/* nothing of the rows around this one lies in the scratch context */
	if (!sink->scratch->isReset)
		MemoryContextReset(sink->scratch);
}

/* Writes a composite value, described by tupdesc, as an object of its columns. */
void
write_record(Sink *sink, const ObjectForm *object, TupleDesc tupdesc,
			 HeapTupleHeader header)
{
	Datum		stack_values[STACK_ATTRIBUTES];
	bool		stack_nulls[STACK_ATTRIBUTES];
	Datum	   *values = stack_values;
	bool	   *nulls = stack_nulls;
	HeapTupleData tuple;

	if (tupdesc->natts > STACK_ATTRIBUTES)
	{
		values = palloc(sizeof(Datum) * tupdesc->natts);
		nulls = palloc(sizeof(bool) * tupdesc->natts);
	}
	tuple.t_len = HeapTupleHeaderGetDatumLength(header);
	ItemPointerSetInvalid(&tuple.t_self);
	tuple.t_tableOid = InvalidOid;
	tuple.t_data = header;
	heap_deform_tuple(&tuple, tupdesc, values, nulls);

	write_object(sink, object, values, nulls, NULL);

	if (values != stack_values)
	{
		pfree(values);
		pfree(nulls);
	}
}
