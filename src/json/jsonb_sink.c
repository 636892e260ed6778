/*
 * jsonb_sink.c
 *		Writes straight into the on-disk format of jsonb (utils/jsonb.h).
 *
 * A container is a header word, a JEntry a child (of an object, first all
 * keys, then all values), and the children's data. Containers and numerics
 * start at a multiple of four bytes, and the padding counts in their length.
 * Every JB_OFFSET_STRIDE'th JEntry holds where its child ends instead of how
 * long it is.
 */
#include "json/internal.h"

#include <math.h>

#include "utils/builtins.h"
#include "utils/float.h"
#include "utils/fmgrprotos.h"
#include "utils/jsonb.h"

/* A scalar at the root is the one element of an array that is marked so. */
#define SCALAR_WRAPPER_SIZE		((int) (sizeof(uint32) + sizeof(JEntry)))

/* as in jsonb_util.c, where they are private */
#define MAX_ELEMENTS			Min(MaxAllocSize / sizeof(JsonbValue), JB_CMASK)
#define MAX_PAIRS				Min(MaxAllocSize / sizeof(JsonbPair), JB_CMASK)

/* Every integer up to here has a float8 (float4) of its own. */
#define MAX_EXACT_FLOAT8		9007199254740992.0
#define MAX_EXACT_FLOAT4		16777216.0f

pg_noreturn static void
document_too_large(void)
{
	ereport(ERROR,
			errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
			errmsg("document is too large for jsonb"),
			errdetail("A jsonb value cannot exceed 1 GB."),
			errhint("Make a document a row, as jsonify_find does, or ask for fewer columns or related rows."));
}

pg_noreturn static void
child_too_large(void)
{
	ereport(ERROR,
			errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
			errmsg("an array, object or string is too large for jsonb"),
			errdetail("In jsonb each of them is limited to %u bytes.", JENTRY_OFFLENMASK),
			errhint("The functions that write JSON text, such as jsonify_text, know no such limit. Or make a document a row, as jsonify_find does, or ask for fewer columns or related rows."));
}

static inline void
reserve(Sink *sink, int size)
{
	StringInfo	buf = &sink->buf;

	if (unlikely(size >= buf->maxlen - buf->len))
	{
		if ((Size) buf->len + (Size) size >= MaxAllocSize)
			document_too_large();
		enlargeStringInfo(buf, size);
	}
}

static inline void
put_uint32(Sink *sink, int offset, uint32 value)
{
	memcpy(sink->buf.data + offset, &value, sizeof(value));
}

/* Pads to a multiple of four, and makes room for size bytes after that. */
static inline void
reserve_aligned(Sink *sink, int size)
{
	/* there is room for one byte more, so for a whole word of zeros here */
	reserve(sink, size + 3);
	put_uint32(sink, sink->buf.len, 0);
	sink->buf.len = INTALIGN(sink->buf.len);
}

static int
compare_keys(const Field *left, const Field *right)
{
	if (left->key_length != right->key_length)
		return left->key_length < right->key_length ? -1 : 1;
	return memcmp(left->key, right->key, left->key_length);
}

static int
compare_fields(const void *a, const void *b)
{
	const Field *left = a;
	const Field *right = b;
	int			result = compare_keys(left, right);

	return result != 0 ? result : left->position - right->position;
}

/* jsonb's order: shorter keys first, then bytewise; of equal keys the last. */
static void
sort_fields(ObjectForm *object)
{
	Field	   *fields = object->fields;
	int			n = 0;

	qsort(fields, object->nfields, sizeof(Field), compare_fields);
	for (int i = 0; i < object->nfields; i++)
	{
		if (n > 0 && compare_keys(&fields[n - 1], &fields[i]) == 0)
			n--;
		fields[n++] = fields[i];
	}
	object->nfields = n;
}

/* The JEntry of an object's index'th key, which ends at end. */
static inline void
put_key_entry(char *entry, int index, int length, int end)
{
	JEntry		meta = JENTRY_ISSTRING;

	meta |= index % JB_OFFSET_STRIDE == 0 ? JENTRY_HAS_OFF | end : length;
	memcpy(entry, &meta, sizeof(meta));
}

static void
jsonb_prepare_object(ObjectForm *object, const TextLayout *layout)
{
	uint32		header;
	Size		size;
	Size		end = 0;
	char	   *entry;
	char	   *data;
	int			n;

	sort_fields(object);
	n = object->nfields;
	if (n > (int) MAX_PAIRS)
		child_too_large();
	size = sizeof(uint32) + sizeof(JEntry) * 2 * (Size) n;
	for (int i = 0; i < n; i++)
		size += object->fields[i].key_length;
	if (size > JENTRY_OFFLENMASK)
		child_too_large();

	object->prefix = palloc0(size);
	object->prefix_length = size;
	header = JB_FOBJECT | n;
	memcpy(object->prefix, &header, sizeof(header));
	entry = object->prefix + sizeof(uint32);
	data = entry + sizeof(JEntry) * 2 * (Size) n;
	for (int i = 0; i < n; i++)
	{
		Field	   *field = &object->fields[i];

		memcpy(data + end, field->key, field->key_length);
		end += field->key_length;
		put_key_entry(entry + sizeof(JEntry) * i, i, field->key_length, end);
	}
}

static void
jsonb_begin_object(Sink *sink, SinkFrame *frame, const ObjectForm *object)
{
	int			n = object->nfields;

	reserve_aligned(sink, object->prefix_length);
	frame->start = sink->buf.len;
	memcpy(sink->buf.data + frame->start, object->prefix, object->prefix_length);
	frame->base = frame->start + sizeof(uint32) + sizeof(JEntry) * 2 * n;
	frame->entry = frame->base - sizeof(JEntry) * n;
	frame->index = frame->left = n;
	frame->open = false;
	sink->buf.len += object->prefix_length;
	frame->end = sink->buf.len;
}

static void
jsonb_begin_partial(Sink *sink, SinkFrame *frame, const ObjectForm *object,
					const int *present, int npresent)
{
	int			keys_length = 0;
	char	   *entry;
	int			end = 0;

	for (int i = 0; i < npresent; i++)
		keys_length += object->fields[present[i]].key_length;
	reserve_aligned(sink, sizeof(uint32) + sizeof(JEntry) * 2 * npresent + keys_length);
	frame->start = sink->buf.len;
	put_uint32(sink, frame->start, JB_FOBJECT | npresent);
	frame->base = frame->start + sizeof(uint32) + sizeof(JEntry) * 2 * npresent;
	frame->entry = frame->base - sizeof(JEntry) * npresent;
	frame->index = frame->left = npresent;
	frame->open = false;

	entry = sink->buf.data + frame->start + sizeof(uint32);
	for (int i = 0; i < npresent; i++)
	{
		const Field *field = &object->fields[present[i]];

		memcpy(sink->buf.data + frame->base + end, field->key, field->key_length);
		end += field->key_length;
		put_key_entry(entry + sizeof(JEntry) * i, i, field->key_length, end);
	}
	sink->buf.len = frame->end = frame->base + keys_length;
}

static void
jsonb_begin_array(Sink *sink, SinkFrame *frame, int nelems)
{
	if (nelems < 0)
		elog(ERROR, "a jsonb array of %d elements", nelems);
	if (nelems > (int) MAX_ELEMENTS)
		ereport(ERROR,
				errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				errmsg("number of jsonb array elements exceeds the maximum allowed (%d)",
					   (int) MAX_ELEMENTS),
				errhint("Make a document a row, as jsonify_find does, or write JSON text, as jsonify_text_agg does."));
	reserve_aligned(sink, sizeof(uint32) + sizeof(JEntry) * nelems);
	frame->start = sink->buf.len;
	put_uint32(sink, frame->start, JB_FARRAY | nelems);
	frame->entry = frame->start + sizeof(uint32);
	frame->base = frame->entry + sizeof(JEntry) * nelems;
	frame->index = 0;
	frame->left = nelems;
	frame->open = false;
	frame->end = sink->buf.len = frame->base;
}

/* Fills the JEntry of the child that was written last. */
static inline void
finish_child(Sink *sink, SinkFrame *frame)
{
	int			end = sink->buf.len;
	uint32		entry = sink->entry_type;

	if (unlikely(end - frame->base > (int) JENTRY_OFFLENMASK))
		child_too_large();
	if (frame->index % JB_OFFSET_STRIDE == 0)
		entry |= JENTRY_HAS_OFF | (end - frame->base);
	else
		entry |= end - frame->end;
	put_uint32(sink, frame->entry, entry);
	frame->entry += sizeof(JEntry);
	frame->index++;
	frame->end = end;
}

static void
jsonb_next(Sink *sink, SinkFrame *frame)
{
	if (frame->open)
		finish_child(sink, frame);
	/* its JEntry would lie where the children's data are */
	if (unlikely(frame->left-- <= 0))
		elog(ERROR, "a jsonb container has more children than were announced");
	frame->open = true;
}

static void
jsonb_end(Sink *sink, SinkFrame *frame)
{
	if (frame->open)
		finish_child(sink, frame);
	if (unlikely(frame->left != 0))
		elog(ERROR, "a jsonb container has fewer children than were announced");
	sink->entry_type = JENTRY_ISCONTAINER;
}

static void
jsonb_put_null(Sink *sink)
{
	sink->entry_type = JENTRY_ISNULL;
}

static void
jsonb_put_bool(Sink *sink, bool value)
{
	sink->entry_type = value ? JENTRY_ISBOOL_TRUE : JENTRY_ISBOOL_FALSE;
}

/*
 * numeric's short form (utils/adt/numeric.c, stable on disk since 9.1): the
 * varlena header; 16 bits of 0x8000, 0x2000 for a negative number, six bits
 * of display scale (0 here), seven of weight; base-10000 digits, without the
 * zeros at the end.
 */
static void
jsonb_put_int64(Sink *sink, int64 value)
{
	uint64		rest = value < 0 ? -(uint64) value : (uint64) value;
	uint16		words[1 + 5];
	int			first = 6;		/* of the digits, in words */
	int			last = 6;		/* behind them */
	int			weight;
	int			size;

	while (rest != 0)
	{
		words[--first] = rest % 10000;
		rest /= 10000;
	}
	weight = Max(6 - first - 1, 0);
	while (last > first && words[last - 1] == 0)
		last--;
	words[--first] = 0x8000 | (value < 0 ? 0x2000 : 0) | weight;
	size = (last - first) * sizeof(uint16);

	reserve_aligned(sink, VARHDRSZ + size);
	SET_VARSIZE(sink->buf.data + sink->buf.len, VARHDRSZ + size);
	memcpy(sink->buf.data + sink->buf.len + VARHDRSZ, words + first, size);
	sink->buf.len += VARHDRSZ + size;
	sink->entry_type = JENTRY_ISNUMERIC;
}

static void
jsonb_put_numeric(Sink *sink, const struct varlena *number)
{
	int			length = VARSIZE_ANY_EXHDR(number);

	reserve_aligned(sink, VARHDRSZ + length);
	SET_VARSIZE(sink->buf.data + sink->buf.len, VARHDRSZ + length);
	memcpy(sink->buf.data + sink->buf.len + VARHDRSZ, VARDATA_ANY(number), length);
	sink->buf.len += VARHDRSZ + length;
	sink->entry_type = JENTRY_ISNUMERIC;
}

static void
jsonb_put_number_text(Sink *sink, char *text)
{
	Datum		number = DirectFunctionCall3(numeric_in, CStringGetDatum(text),
											 ObjectIdGetDatum(InvalidOid),
											 Int32GetDatum(-1));

	jsonb_put_numeric(sink, (struct varlena *) DatumGetPointer(number));
}

/*
 * Floats go through their text, which is the shortest that reads back the
 * same; of a whole number in the exact range that text is the number itself.
 */
static void
jsonb_put_float4(Sink *sink, float4 value)
{
	char	   *text;

	if (extra_float_digits > 0 && fabsf(value) < MAX_EXACT_FLOAT4 && value == truncf(value))
	{
		jsonb_put_int64(sink, (int64) value);
		return;
	}
	text = DatumGetCString(DirectFunctionCall1(float4out, Float4GetDatum(value)));
	jsonb_put_number_text(sink, text);
	pfree(text);
}

static void
jsonb_put_float8(Sink *sink, float8 value)
{
	char	   *text;

	if (extra_float_digits > 0 && fabs(value) < MAX_EXACT_FLOAT8 && value == trunc(value))
	{
		jsonb_put_int64(sink, (int64) value);
		return;
	}
	text = float8out_internal(value);
	jsonb_put_number_text(sink, text);
	pfree(text);
}

static void
jsonb_put_string(Sink *sink, const char *data, int length)
{
	reserve(sink, length);
	memcpy(sink->buf.data + sink->buf.len, data, length);
	sink->buf.len += length;
	sink->entry_type = JENTRY_ISSTRING;
}

/* A jsonb value without its varlena header; it need not be aligned. */
static void
jsonb_put_jsonb(Sink *sink, const char *payload, int length)
{
	uint32		header;
	JEntry		entry;

	memcpy(&header, payload, sizeof(header));
	if ((header & JB_FSCALAR) == 0)
	{
		reserve_aligned(sink, length);
		memcpy(sink->buf.data + sink->buf.len, payload, length);
		sink->buf.len += length;
		sink->entry_type = JENTRY_ISCONTAINER;
		return;
	}

	/* take a scalar out of its wrapper, where it is the first child */
	memcpy(&entry, payload + sizeof(header), sizeof(entry));
	payload += SCALAR_WRAPPER_SIZE;
	if (JBE_ISNUMERIC(entry))
		reserve_aligned(sink, JBE_OFFLENFLD(entry));
	else
		reserve(sink, JBE_OFFLENFLD(entry));
	memcpy(sink->buf.data + sink->buf.len, payload, JBE_OFFLENFLD(entry));
	sink->buf.len += JBE_OFFLENFLD(entry);
	sink->entry_type = entry & JENTRY_TYPEMASK;
}

static void
jsonb_put_json(Sink *sink, const char *data, int length)
{
	char	   *text = pnstrdup(data, length);
	Datum		jsonb = DirectFunctionCall1(jsonb_in, CStringGetDatum(text));

	pfree(text);
	jsonb_put_jsonb(sink, VARDATA(DatumGetPointer(jsonb)),
					VARSIZE(DatumGetPointer(jsonb)) - VARHDRSZ);
}

static void
jsonb_repeat(Sink *sink, int start, int length)
{
	reserve_aligned(sink, length);
	memcpy(sink->buf.data + sink->buf.len, sink->buf.data + start, length);
	sink->buf.len += length;
	sink->entry_type = JENTRY_ISCONTAINER;
}

/* Leaves room for the wrapper of a root that may turn out a scalar. */
static void
jsonb_begin(Sink *sink, bool scalar, int size_hint)
{
	StringInfo	buf = &sink->buf;

	buf->maxlen = Max(size_hint, 32);
	buf->data = palloc(buf->maxlen);
	buf->len = VARHDRSZ + (scalar ? SCALAR_WRAPPER_SIZE : 0);
	buf->cursor = 0;
}

static Datum
jsonb_finish(Sink *sink, bool scalar)
{
	StringInfo	buf = &sink->buf;

	if (scalar && sink->entry_type == JENTRY_ISCONTAINER)
	{
		/* no wrapper after all; its size is a multiple of the alignment */
		buf->len -= SCALAR_WRAPPER_SIZE;
		memmove(buf->data + VARHDRSZ, buf->data + VARHDRSZ + SCALAR_WRAPPER_SIZE,
				buf->len - VARHDRSZ);
	}
	else if (!scalar && sink->entry_type != JENTRY_ISCONTAINER)
		elog(ERROR, "a scalar at the root of a jsonb container");
	else if (scalar)
	{
		int			length = buf->len - VARHDRSZ - SCALAR_WRAPPER_SIZE;

		if (length > (int) JENTRY_OFFLENMASK)
			child_too_large();
		put_uint32(sink, VARHDRSZ, JB_FARRAY | JB_FSCALAR | 1);
		put_uint32(sink, VARHDRSZ + sizeof(uint32),
				   sink->entry_type | JENTRY_HAS_OFF | length);
	}
	SET_VARSIZE(buf->data, buf->len);
	return PointerGetDatum(buf->data);
}

const SinkOps jsonb_sink_ops = {
	.begin = jsonb_begin,
	.finish = jsonb_finish,
	.prepare_object = jsonb_prepare_object,
	.begin_object = jsonb_begin_object,
	.begin_partial = jsonb_begin_partial,
	.begin_array = jsonb_begin_array,
	.next = jsonb_next,
	.end = jsonb_end,
	.put_null = jsonb_put_null,
	.put_bool = jsonb_put_bool,
	.put_int64 = jsonb_put_int64,
	.put_float4 = jsonb_put_float4,
	.put_float8 = jsonb_put_float8,
	.put_numeric = jsonb_put_numeric,
	.put_number_text = jsonb_put_number_text,
	.put_string = jsonb_put_string,
	.put_jsonb = jsonb_put_jsonb,
	.put_json = jsonb_put_json,
	.repeat = jsonb_repeat,
};
