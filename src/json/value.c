/*
 * value.c
 *		Writes a value of one SQL type; type.c chooses which writer is whose.
 *
 * What to_jsonb() would make of the value is what is written. Writers are
 * called with a scratch memory context that is reset after every row.
 */
#include "json/internal.h"

#include <math.h>

#include "catalog/pg_collation.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/datetime.h"
#include "utils/json.h"

/* numeric's special values, in the first word behind the varlena header */
#define NUMERIC_SPECIAL_MASK	0xF000
#define NUMERIC_NAN				0xC000
#define NUMERIC_PINF			0xD000
#define NUMERIC_NINF			0xF000

/*
 * ValueWriters: each puts one value of its type, which is not NULL, and raises what
 * its sink does. What they palloc goes with the scratch context.
 */

void
write_bool(Sink *sink, const ValueType *type, Datum value)
{
	sink->ops->put_bool(sink, DatumGetBool(value));
}

void
write_int2(Sink *sink, const ValueType *type, Datum value)
{
	sink->ops->put_int64(sink, DatumGetInt16(value));
}

void
write_int4(Sink *sink, const ValueType *type, Datum value)
{
	sink->ops->put_int64(sink, DatumGetInt32(value));
}

void
write_int8(Sink *sink, const ValueType *type, Datum value)
{
	sink->ops->put_int64(sink, DatumGetInt64(value));
}

/* What JSON has no number for is a string. */
static void
put_not_finite(Sink *sink, float8 number)
{
	put_cstring(sink, isnan(number) ? "NaN" : number > 0 ? "Infinity" : "-Infinity");
}

void
write_float4(Sink *sink, const ValueType *type, Datum value)
{
	float4		number = DatumGetFloat4(value);

	if (isfinite(number))
		sink->ops->put_float4(sink, number);
	else
		put_not_finite(sink, number);
}

void
write_float8(Sink *sink, const ValueType *type, Datum value)
{
	float8		number = DatumGetFloat8(value);

	if (isfinite(number))
		sink->ops->put_float8(sink, number);
	else
		put_not_finite(sink, number);
}

void
write_numeric(Sink *sink, const ValueType *type, Datum value)
{
	struct varlena *number = pg_detoast_datum_packed((struct varlena *) DatumGetPointer(value));
	uint16		header;

	memcpy(&header, VARDATA_ANY(number), sizeof(header));
	switch (header & NUMERIC_SPECIAL_MASK)
	{
		case NUMERIC_NAN:
			put_cstring(sink, "NaN");
			break;
		case NUMERIC_PINF:
			put_cstring(sink, "Infinity");
			break;
		case NUMERIC_NINF:
			put_cstring(sink, "-Infinity");
			break;
		default:
			sink->ops->put_numeric(sink, number);
	}
	free_if_copied(number, value);
}

/* Any type whose output is its bytes: text, varchar, char(n). */
void
write_text(Sink *sink, const ValueType *type, Datum value)
{
	struct varlena *string = pg_detoast_datum_packed((struct varlena *) DatumGetPointer(value));

	sink->ops->put_string(sink, VARDATA_ANY(string), VARSIZE_ANY_EXHDR(string));
	free_if_copied(string, value);
}

void
write_datetime(Sink *sink, const ValueType *type, Datum value)
{
	char		text[MAXDATELEN + 1];

	JsonEncodeDateTime(text, value, type->typid, NULL);
	put_cstring(sink, text);
}

void
write_json(Sink *sink, const ValueType *type, Datum value)
{
	struct varlena *json = pg_detoast_datum_packed((struct varlena *) DatumGetPointer(value));

	sink->ops->put_json(sink, VARDATA_ANY(json), VARSIZE_ANY_EXHDR(json));
	free_if_copied(json, value);
}

void
write_jsonb(Sink *sink, const ValueType *type, Datum value)
{
	struct varlena *jsonb = pg_detoast_datum_packed((struct varlena *) DatumGetPointer(value));

	sink->ops->put_jsonb(sink, VARDATA_ANY(jsonb), VARSIZE_ANY_EXHDR(jsonb));
	free_if_copied(jsonb, value);
}

void
write_output(Sink *sink, const ValueType *type, Datum value)
{
	char	   *text = OutputFunctionCall(unconstify(FmgrInfo *, &type->output), value);

	put_cstring(sink, text);
	pfree(text);
}

/*
 * Calls the function that makes something else of a value: a cast, or one
 * from the options. Returns whether it gave something.
 */
bool
call_function(Sink *sink, const ValueType *type, Datum value, Datum *result)
{
	FmgrInfo   *function = sink->resolve_function(sink->resolver_arg, type->function);
	LOCAL_FCINFO(fcinfo, 3);

	/* a cast function may also take the typmod and whether it is explicit */
	InitFunctionCallInfoData(*fcinfo, function, function->fn_nargs,
							 DEFAULT_COLLATION_OID, NULL, NULL);
	fcinfo->args[0].value = value;
	fcinfo->args[0].isnull = false;
	fcinfo->args[1].value = Int32GetDatum(-1);
	fcinfo->args[1].isnull = false;
	fcinfo->args[2].value = BoolGetDatum(false);
	fcinfo->args[2].isnull = false;
	*result = FunctionCallInvoke(fcinfo);
	return !fcinfo->isnull;
}

void
write_function(Sink *sink, const ValueType *type, Datum value)
{
	Datum		result;

	if (call_function(sink, type, value, &result))
		type->element->write(sink, type->element, result);
	else
		sink->ops->put_null(sink);
}

/* What the keys of a path find in json, as #> does. */
static bool
extract_json(const Extraction *extraction, Datum *value)
{
	bool		is_jsonb = extraction->typid == JSONBOID;
	LOCAL_FCINFO(fcinfo, 2);

	InitFunctionCallInfoData(*fcinfo, NULL, 2, InvalidOid, NULL, NULL);
	fcinfo->args[0].value = *value;
	fcinfo->args[0].isnull = false;
	fcinfo->args[1].value = make_text_array(extraction->keys);
	fcinfo->args[1].isnull = false;
	*value = is_jsonb ? jsonb_extract_path(fcinfo) : json_extract_path(fcinfo);
	return !fcinfo->isnull;
}

/*
 * Finds what a path leads to in a composite or json value; false of NULL. The
 * result may be palloc'd in the current memory context.
 */
bool
extract_value(const Nested *nested, const ValueType *type, Datum value, Datum *result)
{
	ListCell   *lc;

	foreach(lc, type->path)
	{
		const Extraction *extraction = lfirst(lc);

		if (extraction->keys != NIL)
		{
			if (!extract_json(extraction, &value))
				return false;
			continue;
		}
		if (!get_field(extraction, nested_copy(nested, value), &value))
			return false;
	}
	*result = value;
	return true;
}

void
write_extracted(Sink *sink, const ValueType *type, Datum value)
{
	Datum		result;

	if (extract_value(sink->nested, type, value, &result))
		type->element->write(sink, type->element, result);
	else
		sink->ops->put_null(sink);
}

typedef struct ArrayReader
{
	const ValueType *element;
	const char *data;			/* of the next element */
	const uint8 *nulls;			/* its bitmap byte, or NULL */
	int			mask;			/* and the bit in it */
} ArrayReader;

static void
write_next_element(Sink *sink, void *arg)
{
	ArrayReader *reader = arg;
	const ValueType *element = reader->element;

	if (reader->nulls != NULL)
	{
		bool		isnull = (*reader->nulls & reader->mask) == 0;

		reader->mask <<= 1;
		if (reader->mask == 0x100)
		{
			reader->nulls++;
			reader->mask = 1;
		}
		if (isnull)
		{
			sink->ops->put_null(sink);
			return;
		}
	}

	element->write(sink, element, fetch_att(reader->data, element->typbyval, element->typlen));
	reader->data = att_addlength_pointer(reader->data, element->typlen, reader->data);
	reader->data = (const char *) att_align_nominal(reader->data, element->typalign);
}

static void
write_dimension(Sink *sink, int ndim, const int *dims, ElementWriter write_element, void *arg)
{
	SinkFrame	frame;

	sink->ops->begin_array(sink, &frame, dims[0]);
	for (int i = 0; i < dims[0]; i++)
	{
		sink->ops->next(sink, &frame);
		if (ndim > 1)
			write_dimension(sink, ndim - 1, dims + 1, write_element, arg);
		else
		{
			CHECK_FOR_INTERRUPTS();
			write_element(sink, arg);
		}
	}
	sink->ops->end(sink, &frame);
}

/*
 * Writes an array's dimensions as nested JSON arrays. write_element writes
 * the next element, in storage order, each time that it is called. Without any
 * elements it is an empty array, whatever the dimensions; lower bounds play no
 * part.
 */
void
write_dimensions(Sink *sink, int ndim, const int *dims, ElementWriter write_element,
				 void *arg)
{
	static const int none = 0;

	for (int i = 0; i < ndim; i++)
	{
		if (dims[i] == 0)
			ndim = 0;
	}
	write_dimension(sink, ndim, ndim > 0 ? dims : &none, write_element, arg);
}

void
write_array(Sink *sink, const ValueType *type, Datum value)
{
	ArrayType  *array;
	ArrayReader reader;

	check_stack_depth();
	if (type->leads_on)
		value = nested_copy(sink->nested, value);
	array = DatumGetArrayTypeP(value);
	/* the element type of anyarray, as in pg_stats, is known only now */
	reader.element = type->element != NULL ? type->element :
		sink->resolve_type(sink->resolver_arg, ARR_ELEMTYPE(array), -1);
	reader.data = ARR_DATA_PTR(array);
	reader.nulls = ARR_NULLBITMAP(array);
	reader.mask = 1;
	write_dimensions(sink, ARR_NDIM(array), ARR_DIMS(array), write_next_element, &reader);
	free_if_copied(array, value);
}
