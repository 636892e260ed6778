/*
 * objects.c
 *		The walk over a document, shared by all sinks: objects of records and
 *		loaded rows, values by their writers. What is related to a row is
 *		written by the form of its field, which is one of related.c; what the
 *		row is as a whole by that of etag.c.
 */
#include "json/internal.h"

#include "miscadmin.h"
#include "utils/memutils.h"

/* Wider records are deformed in palloc'd arrays. */
#define STACK_ATTRIBUTES 64

/*
 * Fills *object from fields in the order of the shape or of the columns, to be
 * written in a style; takes the array of fields over. What it makes is palloc'd
 * in the current memory context.
 */
void
make_object_form(const ObjectStyle *style, Field *fields, int nfields, ObjectForm *object)
{
	for (int i = 0; i < nfields; i++)
	{
		fields[i].position = i;
		object->leads_on |= fields[i].type != NULL && fields[i].type->leads_on;
		object->recurses |= fields[i].branch != NULL &&
			(fields[i].branch->recursion != NULL ||
			 (fields[i].is_flat && fields[i].branch->child->object.recurses));
	}
	object->fields = fields;
	object->nfields = nfields;
	object->omit_nulls = style->omit_nulls;
	style->ops->prepare_object(object, &style->layout);
}

/*
 * An anonymous record tells its type only when it is met. Replaces it by what
 * it is, detoasted in the current memory context, and returns how to write it.
 */
static const ValueType *
resolve_record(Sink *sink, Datum *value)
{
	const ValueType *type = nested_type(sink->nested, *value);
	HeapTupleHeader tuple = DatumGetHeapTupleHeader(nested_copy(sink->nested, *value));

	*value = HeapTupleHeaderGetDatum(tuple);
	if (type != NULL)
		return type;
	return sink->resolve_type(sink->resolver_arg, HeapTupleHeaderGetTypeId(tuple),
							  HeapTupleHeaderGetTypMod(tuple));
}

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
	if (type->kind == KIND_ANONYMOUS)
		present->type = type = resolve_record(sink, &present->value);
	if (type->kind == KIND_EXTRACTED)
	{
		found = extract_value(sink->nested, type, present->value, &present->value);
		present->type = type->element;
		if (found)
			found = find_present_value(sink, present);
	}
	else if (type->kind == KIND_FUNCTION)
	{
		found = call_function(sink, type, present->value, &present->value);
		present->type = type->element;
	}
	MemoryContextSwitchTo(old);
	return found;
}

/* The same of a field; with keep_nulls one that is NULL is there as well. */
bool
find_present(Sink *sink, const Field *field, const Datum *values, const bool *nulls,
			 const RowSet *related, bool keep_nulls, PresentField *present)
{
	present->type = NULL;
	if (field->form != NULL)
		return field->form->is_present(sink, field, related, keep_nulls, present);
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
	if (field->form != NULL)
		field->form->write(sink, field, values, nulls, related);
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

/* How many levels of a recursion are around what is next, within a frame or NULL. */
int
recursion_depth(const RecursionFrame *frame, const Recursion *recursion)
{
	while (frame != NULL && frame->recursion != recursion)
		frame = frame->outer;
	return frame != NULL ? frame->depth : 0;
}

/*
 * Whether a field of related rows is there at all: not beyond the last level of
 * its recursion, if it has one.
 */
bool
related_is_entered(const Sink *sink, const Field *field, const RowSet *related)
{
	const Recursion *recursion = field->branch->recursion;

	if (field->is_flat && field->next->branch != NULL)
	{
		const RowSet *set = &related[field->branch->number];

		return set->nrows == 0 || related_is_entered(sink, field->next, set->rows[0]->related);
	}
	return recursion == NULL ||
		recursion_depth(sink->recursion, recursion) < related[field->branch->number].levels;
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
	if (row->writing.as.object.document == sink->document)
	{
		sink->ops->repeat(sink, row->writing.as.object.start, row->writing.as.object.length);
		return;
	}
	if (object->row_type != NULL)
		object->row_type->write(sink, object->row_type, row->values[object->row_column]);
	else if (object->recurses)
	{
		/* what it holds depends on where it stands */
		row->writing.on_path = true;
		(void) write_object(sink, object, row->values, row->nulls, row->related);
		row->writing.on_path = false;
	}
	else
	{
		row->writing.as.object.start = write_object(sink, object, row->values, row->nulls, row->related);
		row->writing.as.object.length = sink->buf.len - row->writing.as.object.start;
		row->writing.as.object.document = sink->document;
	}

	/* nothing of the rows around this one lies in the scratch context */
	if (!sink->scratch->isReset)
		MemoryContextReset(sink->scratch);
}

/* A number that no other document of the session has, as Sink.document wants it. */
uint64
next_document(void)
{
	static uint64 documents = 0;

	return ++documents;
}

/*
 * What a field of a loaded row is written as, by itself: a jsonb, palloc'd in the
 * current memory context. The sink is one that writes jsonb, and no document has been
 * begun in it.
 */
Datum
field_to_jsonb(Sink *sink, const Field *field, Row *row)
{
	MemoryContext old = CurrentMemoryContext;

	sink->document = next_document();
	sink->ops->begin(sink, true, 64);
	MemoryContextSwitchTo(sink->scratch);
	write_field(sink, field, row->values, row->nulls, row->related);
	MemoryContextSwitchTo(old);
	return sink->ops->finish(sink, true);
}

/*
 * Writes a row that a value holds, in the default shape of its table: one that
 * was loaded before, else what is related to it is loaded now.
 */
static void
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

/* Writes a record whose type shows when it is met: as what it is. */
void
write_anonymous(Sink *sink, const ValueType *type, Datum value)
{
	check_stack_depth();
	type = resolve_record(sink, &value);
	type->write(sink, type, value);
}

/* Writes a value of a row type: one that leads on as a row of its table. */
void
write_composite(Sink *sink, const ValueType *type, Datum value)
{
	HeapTupleHeader tuple;

	check_stack_depth();
	if (type->record->level != NULL)
	{
		write_nested_row(sink, type->record->level, value);
		return;
	}
	if (type->leads_on)
		value = nested_copy(sink->nested, value);
	tuple = DatumGetHeapTupleHeader(value);
	write_record(sink, &type->record->object, type->record->tupdesc, tuple);
	free_if_copied(tuple, value);
}
