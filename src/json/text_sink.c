/*
 * text_sink.c
 *		Writes JSON text, as to_json() has it (utils/adt/json.c): keys in their
 *		order, json as it was written, no white space but what "indent" asks for.
 */
#include "json/internal.h"

#include "common/shortest_dec.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/float.h"
#include "utils/fmgrprotos.h"
#include "utils/jsonb.h"

#define SURROGATE_HIGH	0xD800
#define SURROGATE_LOW	0xDC00

pg_noreturn static void
document_too_large(void)
{
	ereport(ERROR,
			errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
			errmsg("document is too large"),
			errdetail("A json value cannot exceed 1 GB."),
			errhint("Make a document a row, as jsonify_find_text does, or ask for fewer columns or related rows."));
}

static inline void
reserve(Sink *sink, Size size)
{
	StringInfo	buf = &sink->buf;

	if (unlikely(size >= (Size) (buf->maxlen - buf->len)))
	{
		if ((Size) buf->len + size >= MaxAllocSize)
			document_too_large();
		enlargeStringInfo(buf, (int) size);
	}
}

static inline void
append(Sink *sink, const char *data, int length)
{
	reserve(sink, length);
	memcpy(sink->buf.data + sink->buf.len, data, length);
	sink->buf.len += length;
}

static inline void
append_char(Sink *sink, char byte)
{
	reserve(sink, 1);
	sink->buf.data[sink->buf.len++] = byte;
}

static void
new_line(Sink *sink)
{
	Size		spaces = (Size) sink->depth * sink->layout.indent;

	reserve(sink, spaces + 1);
	sink->buf.data[sink->buf.len++] = '\n';
	memset(sink->buf.data + sink->buf.len, ' ', spaces);
	sink->buf.len += spaces;
}

/* ---- strings */

static void
append_code_unit(Sink *sink, int unit)
{
	static const char digits[] = "0123456789abcdef";
	char		escape[] = {
		'\\', 'u', digits[unit >> 12], digits[unit >> 8 & 15], digits[unit >> 4 & 15],
		digits[unit & 15]
	};

	append(sink, escape, sizeof(escape));
}

/*
 * Escapes the characters beyond ASCII that data starts with. Returns where they
 * end: in no server encoding has such a character a byte of ASCII.
 */
static const char *
append_unicode(Sink *sink, const char *data, const char *end)
{
	const char *stop = data;
	char	   *converted;
	const unsigned char *next;
	int			left;

	while (stop < end && IS_HIGHBIT_SET(*stop))
		stop++;
	converted = pg_server_to_any(data, stop - data, PG_UTF8);
	next = (const unsigned char *) converted;
	left = converted == data ? stop - data : strlen(converted);
	while (left > 0)
	{
		int			length = pg_utf_mblen(next);
		pg_wchar	character;

		/* a "char" may be half a character */
		if (length > left || !pg_utf8_islegal(next, length))
			report_invalid_encoding(PG_UTF8, (const char *) next, left);
		character = utf8_to_unicode(next);
		if (character > 0xFFFF)
		{
			character -= 0x10000;
			append_code_unit(sink, SURROGATE_HIGH | character >> 10);
			append_code_unit(sink, SURROGATE_LOW | (character & 0x3FF));
		}
		else
			append_code_unit(sink, character);
		next += length;
		left -= length;
	}
	if (converted != data)
		pfree(converted);
	return stop;
}

/* A byte of ASCII that cannot stand in a string as it is. */
static void
append_escape(Sink *sink, char byte)
{
	char		escape[] = {'\\', byte};

	switch (byte)
	{
		case '\b':
			escape[1] = 'b';
			break;
		case '\f':
			escape[1] = 'f';
			break;
		case '\n':
			escape[1] = 'n';
			break;
		case '\r':
			escape[1] = 'r';
			break;
		case '\t':
			escape[1] = 't';
			break;
		case '"':
		case '\\':
			break;
		default:
			append_code_unit(sink, byte);
			return;
	}
	append(sink, escape, sizeof(escape));
}

static inline bool
is_plain(unsigned char byte, bool ensure_ascii)
{
	return byte >= ' ' && byte != '"' && byte != '\\' &&
		!(ensure_ascii && IS_HIGHBIT_SET(byte));
}

/*
 * The same of eight bytes at once. Taking a number from each byte borrows from
 * its highest bit where the byte is smaller; and a byte is what it is compared
 * with if their difference in bits is smaller than one.
 */
static inline bool
all_plain(uint64 bytes, bool ensure_ascii)
{
	const uint64 ones = UINT64CONST(0x0101010101010101);
	const uint64 high_bits = ones * HIGHBIT;
	uint64		special = ((bytes - ones * ' ') |
						   ((bytes ^ ones * '"') - ones) |
						   ((bytes ^ ones * '\\') - ones)) & ~bytes;

	return ((ensure_ascii ? special | bytes : special) & high_bits) == 0;
}

/* The inside of a string: as escape_json() has it. */
static void
append_escaped(Sink *sink, const char *data, int length)
{
	const bool	ensure_ascii = sink->layout.ensure_ascii;
	const char *end = data + length;

	for (;;)
	{
		char	   *out;
		uint64		bytes;

		reserve(sink, end - data);
		out = sink->buf.data + sink->buf.len;
		while (end - data >= (int) sizeof(bytes))
		{
			memcpy(&bytes, data, sizeof(bytes));
			if (!all_plain(bytes, ensure_ascii))
				break;
			memcpy(out, &bytes, sizeof(bytes));
			data += sizeof(bytes);
			out += sizeof(bytes);
		}
		while (data < end && is_plain(*data, ensure_ascii))
			*out++ = *data++;
		sink->buf.len = out - sink->buf.data;
		if (data == end)
			return;
		if (IS_HIGHBIT_SET(*data))
			data = append_unicode(sink, data, end);
		else
			append_escape(sink, *data++);
	}
}

static void
text_put_string(Sink *sink, const char *data, int length)
{
	reserve(sink, (Size) length + 2);
	sink->buf.data[sink->buf.len++] = '"';
	append_escaped(sink, data, length);
	append_char(sink, '"');
}

/* ---- objects and arrays */

static void
text_prepare_object(ObjectForm *object, const TextLayout *layout)
{
	Sink		prefix = {.layout = *layout};

	/* where leaving nulls out could bring another of the same name forth */
	if (object->omit_nulls)
		object->nfields = drop_repeated_keys(object->fields, object->nfields);
	for (int i = 0; i < object->nfields; i++)
	{
		Field	   *field = &object->fields[i];

		initStringInfo(&prefix.buf);
		append_char(&prefix, ',');
		text_put_string(&prefix, field->key, field->key_length);
		append_char(&prefix, ':');
		field->prefix = palloc(prefix.buf.len);
		memcpy(field->prefix, prefix.buf.data, prefix.buf.len);
		field->prefix_length = prefix.buf.len;
		pfree(prefix.buf.data);
	}
}

/* The bracket comes with the first child, or at the end. */
static inline void
begin(Sink *sink, SinkFrame *frame, const ObjectForm *object, const int *present,
	  int nchildren)
{
	frame->start = sink->buf.len;
	frame->index = 0;
	frame->left = nchildren;
	frame->object = object;
	frame->present = present;
	sink->depth++;
}

static void
text_begin_object(Sink *sink, SinkFrame *frame, const ObjectForm *object)
{
	begin(sink, frame, object, NULL, object->nfields);
}

static void
text_begin_partial(Sink *sink, SinkFrame *frame, const ObjectForm *object,
				   const int *present, int npresent)
{
	begin(sink, frame, object, present, npresent);
}

static void
text_begin_array(Sink *sink, SinkFrame *frame, int nelems)
{
	begin(sink, frame, NULL, NULL, nelems);
}

static void
text_next(Sink *sink, SinkFrame *frame)
{
	const ObjectForm *object = frame->object;
	int			index = frame->index++;
	const Field *field = NULL;

	if (unlikely(frame->left-- <= 0))
		elog(ERROR, "a JSON text has more children than were announced");
	if (object != NULL)
		field = &object->fields[frame->present != NULL ? frame->present[index] : index];
	if (field != NULL && sink->layout.indent == 0)
		append(sink, field->prefix, field->prefix_length);
	else
	{
		append_char(sink, ',');
		if (sink->layout.indent > 0)
			new_line(sink);
		if (field != NULL)
		{
			append(sink, field->prefix + 1, field->prefix_length - 1);
			append_char(sink, ' ');
		}
	}
	/* in place of the comma */
	if (index == 0)
		sink->buf.data[frame->start] = object != NULL ? '{' : '[';
}

static void
text_end(Sink *sink, SinkFrame *frame)
{
	bool		is_object = frame->object != NULL;

	if (unlikely(frame->left != 0))
		elog(ERROR, "a JSON text has fewer children than were announced");
	sink->depth--;
	if (frame->index == 0)
		append_char(sink, is_object ? '{' : '[');
	else if (sink->layout.indent > 0)
		new_line(sink);
	append_char(sink, is_object ? '}' : ']');
}

/*
 * An object that was written at another depth is moved to the left or right. A
 * line feed is never part of a string; the last line has the bracket alone.
 */
static void
text_repeat(Sink *sink, int start, int length)
{
	const char *end = sink->buf.data + start + length;
	const char *space = end - 1;
	int			shift;

	while (space[-1] == ' ')
		space--;
	shift = sink->depth * sink->layout.indent - (int) (end - 1 - space);
	if (sink->layout.indent == 0 || space[-1] != '\n' || shift == 0)
	{
		reserve(sink, length);
		memcpy(sink->buf.data + sink->buf.len, sink->buf.data + start, length);
		sink->buf.len += length;
		return;
	}

	for (int i = start; i < start + length;)
	{
		/* the buffer moves as it grows */
		const char *line = sink->buf.data + i;
		const char *feed = memchr(line, '\n', start + length - i);
		int			line_length = feed != NULL ? feed + 1 - line : start + length - i;

		reserve(sink, (Size) line_length + Max(shift, 0));
		memcpy(sink->buf.data + sink->buf.len, sink->buf.data + i, line_length);
		sink->buf.len += line_length;
		i += line_length;
		if (feed == NULL)
			break;
		if (shift > 0)
		{
			memset(sink->buf.data + sink->buf.len, ' ', shift);
			sink->buf.len += shift;
		}
		else
			i -= shift;
	}
}

/* ---- scalars */

static void
text_put_null(Sink *sink)
{
	append(sink, "null", 4);
}

static void
text_put_bool(Sink *sink, bool value)
{
	if (value)
		append(sink, "true", 4);
	else
		append(sink, "false", 5);
}

static void
text_put_int64(Sink *sink, int64 value)
{
	reserve(sink, MAXINT8LEN + 1);
	sink->buf.len += pg_lltoa(value, sink->buf.data + sink->buf.len);
}

static void
text_put_number_text(Sink *sink, char *text)
{
	append(sink, text, strlen(text));
}

/* Takes the text over. */
static void
put_number(Sink *sink, char *text)
{
	append(sink, text, strlen(text));
	pfree(text);
}

static void
text_put_float4(Sink *sink, float4 value)
{
	if (extra_float_digits > 0)
	{
		reserve(sink, FLOAT_SHORTEST_DECIMAL_LEN);
		sink->buf.len += float_to_shortest_decimal_buf(value, sink->buf.data + sink->buf.len);
	}
	else
		put_number(sink, DatumGetCString(DirectFunctionCall1(float4out, Float4GetDatum(value))));
}

static void
text_put_float8(Sink *sink, float8 value)
{
	if (extra_float_digits > 0)
	{
		reserve(sink, DOUBLE_SHORTEST_DECIMAL_LEN);
		sink->buf.len += double_to_shortest_decimal_buf(value, sink->buf.data + sink->buf.len);
	}
	else
		put_number(sink, float8out_internal(value));
}

static void
text_put_numeric(Sink *sink, const struct varlena *number)
{
	put_number(sink, DatumGetCString(DirectFunctionCall1(numeric_out, PointerGetDatum(number))));
}

/* ---- jsonb and json */

static void
append_jsonb_scalar(Sink *sink, const JsonbValue *value)
{
	switch (value->type)
	{
		case jbvNull:
			text_put_null(sink);
			break;
		case jbvBool:
			text_put_bool(sink, value->val.boolean);
			break;
		case jbvNumeric:
			text_put_numeric(sink, (struct varlena *) value->val.numeric);
			break;
		case jbvString:
			text_put_string(sink, value->val.string.val, value->val.string.len);
			break;
		default:
			elog(ERROR, "unexpected jsonb value type %d", (int) value->type);
	}
}

/* What stands before an element or a key. */
static void
separate(Sink *sink, bool first)
{
	if (!first)
		append_char(sink, ',');
	if (sink->layout.indent > 0)
		new_line(sink);
	else if (!first)
		append_char(sink, ' ');
}

static void
append_jsonb(Sink *sink, JsonbContainer *root)
{
	JsonbIterator *iterator = JsonbIteratorInit(root);
	const int	depth = sink->depth;
	bool		first = true;	/* nothing stands before, in its container */
	bool		is_value = true;	/* of a key, or the root */
	bool		scalar_root = false;
	JsonbIteratorToken token;
	JsonbValue	value;

	while ((token = JsonbIteratorNext(&iterator, &value, false)) != WJB_DONE)
	{
		CHECK_FOR_INTERRUPTS();
		if (token == WJB_BEGIN_ARRAY && value.val.array.rawScalar)
			scalar_root = true;
		if (scalar_root && token != WJB_ELEM)
			continue;

		if (token != WJB_END_ARRAY && token != WJB_END_OBJECT && !is_value)
			separate(sink, first);
		is_value = false;
		switch (token)
		{
			case WJB_BEGIN_ARRAY:
			case WJB_BEGIN_OBJECT:
				append_char(sink, token == WJB_BEGIN_OBJECT ? '{' : '[');
				sink->depth++;
				first = true;
				break;
			case WJB_END_ARRAY:
			case WJB_END_OBJECT:
				sink->depth--;
				if (sink->layout.indent > 0 && !first)
					new_line(sink);
				append_char(sink, token == WJB_END_OBJECT ? '}' : ']');
				first = false;
				break;
			case WJB_KEY:
				append_jsonb_scalar(sink, &value);
				append(sink, ": ", 2);
				is_value = true;
				first = false;
				break;
			default:
				append_jsonb_scalar(sink, &value);
				first = false;
		}
	}
	Assert(sink->depth == depth);
	sink->depth = depth;
}

/* As jsonb_out() has it; indented, as the rest of the document is. */
static void
text_put_jsonb(Sink *sink, const char *payload, int length)
{
	char	   *aligned = unconstify(char *, payload);

	if (payload != (const char *) INTALIGN(payload))
	{
		aligned = palloc(length);
		memcpy(aligned, payload, length);
	}
	append_jsonb(sink, (JsonbContainer *) aligned);
	if (aligned != payload)
		pfree(aligned);
}

/* A piece of JSON as it is: beyond ASCII there are only characters in strings. */
static void
append_json(Sink *sink, const char *data, int length)
{
	const char *end = data + length;

	if (!sink->layout.ensure_ascii)
	{
		append(sink, data, length);
		return;
	}
	while (data < end)
	{
		const char *stop = data;

		while (stop < end && !IS_HIGHBIT_SET(*stop))
			stop++;
		append(sink, data, stop - data);
		data = stop < end ? append_unicode(sink, stop, end) : stop;
	}
}

static inline bool
is_json_space(char byte)
{
	return byte == ' ' || byte == '\t' || byte == '\n' || byte == '\r';
}

static const char *
skip_json_space(const char *data, const char *end)
{
	while (data < end && is_json_space(*data))
		data++;
	return data;
}

/* Where the string, number or word at data ends. */
static const char *
skip_json_scalar(const char *data, const char *end)
{
	if (*data != '"')
	{
		do
			data++;
		while (data < end && !is_json_space(*data) && strchr("{}[],:\"", *data) == NULL);
		return data;
	}
	for (data++; data < end && *data != '"'; data++)
	{
		if (*data == '\\')
			data++;
	}
	return Min(data + 1, end);
}

/* json with other white space than it was written with, and nothing else changed */
static void
append_json_indented(Sink *sink, const char *data, const char *end)
{
	const int	depth = sink->depth;

	while ((data = skip_json_space(data, end)) < end)
	{
		const char *next;
		char		byte = *data;

		switch (byte)
		{
			case '{':
			case '[':
				append_char(sink, byte);
				data = skip_json_space(data + 1, end);
				if (data < end && (*data == '}' || *data == ']'))
				{
					append_char(sink, *data++);
					break;
				}
				sink->depth++;
				new_line(sink);
				break;
			case '}':
			case ']':
				sink->depth = Max(sink->depth - 1, depth);
				new_line(sink);
				append_char(sink, byte);
				data++;
				break;
			case ',':
				CHECK_FOR_INTERRUPTS();
				append_char(sink, byte);
				new_line(sink);
				data++;
				break;
			case ':':
				append(sink, ": ", 2);
				data++;
				break;
			default:
				next = skip_json_scalar(data, end);
				append_json(sink, data, next - data);
				data = next;
		}
	}
	sink->depth = depth;
}

static void
text_put_json(Sink *sink, const char *data, int length)
{
	if (sink->layout.indent > 0)
		append_json_indented(sink, data, data + length);
	else
		append_json(sink, data, length);
}

/* ---- the document */

static void
text_begin(Sink *sink, bool scalar, int size_hint)
{
	StringInfo	buf = &sink->buf;

	buf->maxlen = Max(size_hint, 64);
	buf->data = palloc(buf->maxlen);
	buf->len = VARHDRSZ;
	buf->cursor = 0;
	sink->depth = 0;
}

static Datum
text_finish(Sink *sink, bool scalar)
{
	SET_VARSIZE(sink->buf.data, sink->buf.len);
	return PointerGetDatum(sink->buf.data);
}

const SinkOps text_sink_ops = {
	.is_text = true,
	.begin = text_begin,
	.finish = text_finish,
	.prepare_object = text_prepare_object,
	.begin_object = text_begin_object,
	.begin_partial = text_begin_partial,
	.begin_array = text_begin_array,
	.next = text_next,
	.end = text_end,
	.put_null = text_put_null,
	.put_bool = text_put_bool,
	.put_int64 = text_put_int64,
	.put_float4 = text_put_float4,
	.put_float8 = text_put_float8,
	.put_numeric = text_put_numeric,
	.put_number_text = text_put_number_text,
	.put_string = text_put_string,
	.put_jsonb = text_put_jsonb,
	.put_json = text_put_json,
	.repeat = text_repeat,
};
