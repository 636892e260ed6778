/*
 * write.c
 *		The walk over a document, shared by all sinks: objects of records and
 *		loaded rows, values by their writers. What is related to a row is
 *		written by write_related.c.
 */
#include "jsonify.h"

#include "miscadmin.h"
#include "utils/memutils.h"

/* Wider records are deformed in palloc'd arrays. */
#define STACK_ATTRIBUTES 64

/*
 * Whether a value is something other than SQL NULL, when it is written, and
 * what: that is kept in sink->keep.
 */
bool
find_present_value(Sink *sink, PresentField *present)
{
	const ValueType *type = present->type;
	MemoryContext old;
	bool		found = true;

	/* only a function can tell; related rows reset the scratch context */
	old = MemoryContextSwitchTo(sink->keep);
	if (type->write == write_composite && type->record == NULL)
		present->type = type = resolve_record(sink, &present->value);
	if (type->write == write_extracted)
	{
		found = extract_value(sink->nested, type, present->value, &present->value);
		present->type = type->element;
		if (found)
			found = find_present_value(sink, present);
	}
	else if (type->write == write_function)
	{
		found = call_function(sink, type, present->value, &present->value);
		present->type = type->element;
	}
	MemoryContextSwitchTo(old);
	return found;
}

/* The same of a field; with keep_nulls only what a recursion has come to its end with is not. */
static bool
find_present(Sink *sink, const Field *field, const Datum *values, const bool *nulls,
			 const RowSet *related, bool keep_nulls, PresentField *present)
{
	present->type = NULL;
	if (field->branch != NULL)
	{
		const Row  *row;

		if (!related_is_entered(sink, field, related))
			return false;
		if (keep_nulls || related_is_many(field))
			return true;
		if (field->form == FIELD_PATH)
			return field->or_zero || path_has_value(sink, field, related);
		row = related_row(sink, field, related);
		if (row == NULL)
			return false;
		if (field->branch->child->object.row_type == NULL)
			return true;
		present->type = field->branch->child->object.row_type;
		present->value = row->values[field->branch->child->object.row_column];
		return find_present_value(sink, present);
	}
	if (keep_nulls)
		return true;
	if (nulls[field->column])
		return false;
	present->type = field->type;
	present->value = values[field->column];
	return find_present_value(sink, present);
}

/* Writes a field of a row, whatever it is. */
void
write_field(Sink *sink, const Field *field, const Datum *values, const bool *nulls,
			const RowSet *related)
{
	if (field->branch != NULL)
		write_related(sink, field, related);
	else if (nulls[field->column])
		sink->ops->put_null(sink);
	else
		field->type->write(sink, field->type, values[field->column]);
}

/* Writes an object without those of its fields that are not there. */
static int
write_partial_object(Sink *sink, const ObjectForm *object, const Datum *values,
					 const bool *nulls, const RowSet *related)
{
	const SinkOps *ops = sink->ops;
	MemoryContext fields_context = AllocSetContextCreate(sink->keep, "jsonify fields",
														 ALLOCSET_SMALL_SIZES);
	MemoryContext keep = sink->keep;
	PresentField *fields = MemoryContextAlloc(fields_context,
											  sizeof(PresentField) * Max(object->nfields, 1));
	int		   *present = MemoryContextAlloc(fields_context,
											 sizeof(int) * Max(object->nfields, 1));
	int			npresent = 0;
	SinkFrame	frame;

	sink->keep = fields_context;
	for (int i = 0; i < object->nfields; i++)
	{
		if (find_present(sink, &object->fields[i], values, nulls, related, !object->omit_nulls,
						 &fields[npresent]))
			present[npresent++] = i;
	}

	ops->begin_partial(sink, &frame, object, present, npresent);
	for (int i = 0; i < npresent; i++)
	{
		const Field *field = &object->fields[present[i]];

		ops->next(sink, &frame);
		if (fields[i].type == NULL)
			write_field(sink, field, values, nulls, related);
		else
			fields[i].type->write(sink, fields[i].type, fields[i].value);
	}
	ops->end(sink, &frame);
	sink->keep = keep;
	MemoryContextDelete(fields_context);
	return frame.start;
}

/* Whether no recursion has come to its last level with an object. */
static bool
all_are_entered(const Sink *sink, const ObjectForm *object, const RowSet *related)
{
	for (int i = 0; i < object->nfields; i++)
	{
		if (object->fields[i].branch != NULL &&
			!related_is_entered(sink, &object->fields[i], related))
			return false;
	}
	return true;
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
	if (object->omit_nulls || (object->recurses && !all_are_entered(sink, object, related)))
		return write_partial_object(sink, object, values, nulls, related);

	ops->begin_object(sink, &frame, object);
	for (int i = 0; i < object->nfields; i++)
	{
		ops->next(sink, &frame);
		write_field(sink, &object->fields[i], values, nulls, related);
	}
	ops->end(sink, &frame);
	return frame.start;
}

/*
 * Writes a loaded row. One that several parents share is written out once a
 * document; after that its bytes are repeated.
 */
void
write_row(Sink *sink, const ObjectForm *object, Row *row)
{
	CHECK_FOR_INTERRUPTS();
	if (row->document == sink->document)
	{
		sink->ops->repeat(sink, row->start, row->length);
		return;
	}
	if (object->row_type != NULL)
		object->row_type->write(sink, object->row_type, row->values[object->row_column]);
	else if (object->recurses)
	{
		/* what it holds depends on where it stands */
		row->on_path = true;
		(void) write_object(sink, object, row->values, row->nulls, row->related);
		row->on_path = false;
	}
	else
	{
		row->start = write_object(sink, object, row->values, row->nulls, row->related);
		row->length = sink->buf.len - row->start;
		row->document = sink->document;
	}

	/* nothing of the rows around this one lies in the scratch context */
	if (!sink->scratch->isReset)
		MemoryContextReset(sink->scratch);
}

/*
 * Writes a row that a value holds, in the default shape of its table: one that
 * was loaded before, else what is related to it is loaded now.
 */
void
write_nested_row(Sink *sink, const Level *level, Datum value)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "jsonify nested row",
												  ALLOCSET_SMALL_SIZES);
	MemoryContext scratch = sink->scratch;
	MemoryContext old = MemoryContextSwitchTo(context);
	Row		   *row = nested_row(sink->nested, level, value);

	CHECK_FOR_INTERRUPTS();
	if (row == NULL)
		row = sink->load_row(sink->resolver_arg, level, value);

	/* rows further down reset the scratch context, where this value may lie */
	sink->scratch = AllocSetContextCreate(context, "jsonify scratch", ALLOCSET_SMALL_SIZES);
	MemoryContextSwitchTo(sink->scratch);
	(void) write_object(sink, &level->object, row->values, row->nulls, row->related);
	MemoryContextSwitchTo(old);
	sink->scratch = scratch;
	MemoryContextDelete(context);
}

/* Takes a composite value apart; the values point into it. */
void
deform_record(HeapTupleHeader header, TupleDesc tupdesc, Datum *values, bool *nulls)
{
	HeapTupleData tuple;

	tuple.t_len = HeapTupleHeaderGetDatumLength(header);
	ItemPointerSetInvalid(&tuple.t_self);
	tuple.t_tableOid = InvalidOid;
	tuple.t_data = header;
	heap_deform_tuple(&tuple, tupdesc, values, nulls);
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

	if (tupdesc->natts > STACK_ATTRIBUTES)
	{
		values = palloc(sizeof(Datum) * tupdesc->natts);
		nulls = palloc(sizeof(bool) * tupdesc->natts);
	}
	deform_record(header, tupdesc, values, nulls);

	write_object(sink, object, values, nulls, NULL);

	if (values != stack_values)
	{
		pfree(values);
		pfree(nulls);
	}
}
