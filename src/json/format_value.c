/*
 * format_value.c
 *		Writes values in a format other than the default of their type.
 */
#include "json/internal.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/datetime.h"
#include "utils/fmgrprotos.h"
#include "utils/multirangetypes.h"
#include "utils/rangetypes.h"
#include "utils/timestamp.h"
#include "utils/typcache.h"

/* The largest integer that a float8, and so JavaScript, tells from the next. */
#define MAX_SAFE_INTEGER INT64CONST(9007199254740991)

#define UNIX_EPOCH_OFFSET \
	((int64) (POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE) * SECS_PER_DAY)

static int64
integer_value(const ValueType *type, Datum value)
{
	switch (type->typid)
	{
		case INT2OID:
			return DatumGetInt16(value);
		case INT4OID:
			return DatumGetInt32(value);
		default:
			return DatumGetInt64(value);
	}
}

/* smallint, integer and bigint as "string" */
void
write_integer_string(Sink *sink, const ValueType *type, Datum value)
{
	char		digits[MAXINT8LEN + 1];

	sink->ops->put_string(sink, digits, pg_lltoa(integer_value(type, value), digits));
}

/* the same as "safe": a string where a float8 would not do */
void
write_integer_safe(Sink *sink, const ValueType *type, Datum value)
{
	int64		number = integer_value(type, value);

	if (number > MAX_SAFE_INTEGER || number < -MAX_SAFE_INTEGER)
		write_integer_string(sink, type, value);
	else
		sink->ops->put_int64(sink, number);
}

/* numeric as "string" */
void
write_numeric_string(Sink *sink, const ValueType *type, Datum value)
{
	char	   *digits = DatumGetCString(DirectFunctionCall1(numeric_out, value));

	put_cstring(sink, digits);
	pfree(digits);
}

static bool
float_is_finite(const ValueType *type, Datum value)
{
	return type->typid == FLOAT4OID ? isfinite(DatumGetFloat4(value)) :
		isfinite(DatumGetFloat8(value));
}

static void
write_finite_float(Sink *sink, const ValueType *type, Datum value)
{
	if (type->typid == FLOAT4OID)
		write_float4(sink, type, value);
	else
		write_float8(sink, type, value);
}

/* real and double precision as "nan_null" */
void
write_float_null(Sink *sink, const ValueType *type, Datum value)
{
	if (float_is_finite(type, value))
		write_finite_float(sink, type, value);
	else
		sink->ops->put_null(sink);
}

/* the same as "nan_error" */
void
write_float_error(Sink *sink, const ValueType *type, Datum value)
{
	if (!float_is_finite(type, value))
		ereport(ERROR,
				errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				errmsg("NaN and infinity have no number in JSON"),
				errhint("The formats \"nan_null\" and \"nan_string\" write null or a string instead."));
	write_finite_float(sink, type, value);
}

/* timestamp and timestamptz are both microseconds since 2000-01-01, UTC. */
static bool
write_if_infinite(Sink *sink, const ValueType *type, Datum value)
{
	if (!TIMESTAMP_NOT_FINITE(DatumGetTimestamp(value)))
		return false;
	write_datetime(sink, type, value);
	return true;
}

/*
 * timestamptz and timestamp as "utc": RFC 3339 with "Z". What that cannot say,
 * a year of five digits or before Christ, is said as PostgreSQL says it.
 */
void
write_timestamp_utc(Sink *sink, const ValueType *type, Datum value)
{
	struct pg_tm tm;
	fsec_t		fsec;
	char		text[MAXDATELEN + 2];
	char	   *end;

	if (write_if_infinite(sink, type, value))
		return;
	if (timestamp2tm(DatumGetTimestamp(value), NULL, &tm, &fsec, NULL, NULL) != 0)
		ereport(ERROR,
				errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
				errmsg("timestamp out of range"));
	EncodeDateTime(&tm, fsec, false, 0, NULL, USE_XSD_DATES, text);
	end = text + strlen(text);
	if (tm.tm_year <= 0)
	{
		/* the zone goes before the " BC" */
		memmove(end - 2, end - 3, 4);
		end -= 3;
		*end = 'Z';
	}
	else
		memcpy(end, "Z", 2);
	put_cstring(sink, text);
}

/* Whole seconds since 1970, rounded down, and the microseconds after them. */
static int64
unix_seconds(Timestamp timestamp, int *microseconds)
{
	int64		seconds = timestamp / USECS_PER_SEC;
	int			rest = timestamp % USECS_PER_SEC;

	if (rest < 0)
	{
		rest += USECS_PER_SEC;
		seconds--;
	}
	*microseconds = rest;
	return seconds + UNIX_EPOCH_OFFSET;
}

/* timestamptz and timestamp as "epoch": seconds, with the digits that it takes */
void
write_timestamp_epoch(Sink *sink, const ValueType *type, Datum value)
{
	int			fraction;
	int64		seconds;
	bool		negative;
	char		text[MAXINT8LEN + 10];
	int			length;

	if (write_if_infinite(sink, type, value))
		return;
	seconds = unix_seconds(DatumGetTimestamp(value), &fraction);
	if (fraction == 0)
	{
		sink->ops->put_int64(sink, seconds);
		return;
	}
	negative = seconds < 0;
	if (negative)
	{
		/* rounded down so far: away from zero */
		seconds = -(seconds + 1);
		fraction = USECS_PER_SEC - fraction;
	}
	length = snprintf(text, sizeof(text), "%s" INT64_FORMAT ".%06d", negative ? "-" : "",
					  seconds, fraction);
	while (text[length - 1] == '0')
		text[--length] = '\0';
	sink->ops->put_number_text(sink, text);
}

/* the same as "epoch_ms": whole milliseconds, rounded down */
void
write_timestamp_epoch_ms(Sink *sink, const ValueType *type, Datum value)
{
	int			fraction;
	int64		seconds;

	if (write_if_infinite(sink, type, value))
		return;
	seconds = unix_seconds(DatumGetTimestamp(value), &fraction);
	sink->ops->put_int64(sink, seconds * 1000 + fraction / 1000);
}

/* interval as "iso": ISO 8601, as the IntervalStyle iso_8601 has it */
void
write_interval_iso(Sink *sink, const ValueType *type, Datum value)
{
	char		text[MAXDATELEN + 1];

	if (jsonify_encode_interval_iso(DatumGetIntervalP(value), text))
		put_cstring(sink, text);
	else
		type->fallback->write(sink, type->fallback, value);
}

static void
put_numeric_datum(Sink *sink, Datum number)
{
	sink->ops->put_numeric(sink, (struct varlena *) DatumGetPointer(number));
}

/* interval as "seconds": extract(epoch from it), without zeros at the end */
void
write_interval_seconds(Sink *sink, const ValueType *type, Datum value)
{
	char		unused[MAXDATELEN + 1];
	Datum		seconds;

	if (!jsonify_encode_interval_iso(DatumGetIntervalP(value), unused))
	{
		type->fallback->write(sink, type->fallback, value);
		return;
	}
	seconds = DirectFunctionCall2(extract_interval, CStringGetTextDatum("epoch"), value);
	put_numeric_datum(sink, DirectFunctionCall1(numeric_trim_scale, seconds));
}

static void
write_base64(Sink *sink, Datum value, bool url)
{
	struct varlena *bytes = pg_detoast_datum_packed((struct varlena *) DatumGetPointer(value));
	int			length;
	char	   *encoded = encode_base64(VARDATA_ANY(bytes), VARSIZE_ANY_EXHDR(bytes), url, &length);

	sink->ops->put_string(sink, encoded, length);
	pfree(encoded);
	free_if_copied(bytes, value);
}

/* bytea as "base64" */
void
write_bytea_base64(Sink *sink, const ValueType *type, Datum value)
{
	write_base64(sink, value, false);
}

/* bytea as "base64url" */
void
write_bytea_base64url(Sink *sink, const ValueType *type, Datum value)
{
	write_base64(sink, value, true);
}

/* money as "number": of as many decimals as lc_monetary gives it */
void
write_money_number(Sink *sink, const ValueType *type, Datum value)
{
	put_numeric_datum(sink, DirectFunctionCall1(cash_numeric, value));
}

/* character(n) as "trimmed" */
void
write_character_trimmed(Sink *sink, const ValueType *type, Datum value)
{
	struct varlena *string = pg_detoast_datum_packed((struct varlena *) DatumGetPointer(value));

	sink->ops->put_string(sink, VARDATA_ANY(string),
						  bpchartruelen(VARDATA_ANY(string), VARSIZE_ANY_EXHDR(string)));
	free_if_copied(string, value);
}

/* Also the order of the columns of the object form; see prepare_range(). */
enum
{
	BOUND_LOWER,
	BOUND_UPPER,
	BOUND_LOWER_INC,
	BOUND_UPPER_INC,
	BOUND_NONE
};

static Field
make_field(const char *key, int column, ValueType *type)
{
	Field		field = {.key = key,.key_length = strlen(key),.column = column,.type = type};

	return field;
}

/*
 * Completes the type of a range that is written as objects, in their style, with
 * the type of its bounds, whose formats are their own, and the one of booleans.
 * What it makes is palloc'd in the current memory context.
 */
void
prepare_range(const ObjectStyle *style, ValueType *type, ValueType *bound, ValueType *boolean)
{
	Field	   *fields = palloc(sizeof(Field) * 4);
	Field	   *empty = palloc(sizeof(Field));

	fields[0] = make_field("lower", BOUND_LOWER, bound);
	fields[1] = make_field("upper", BOUND_UPPER, bound);
	fields[2] = make_field("lower_inc", BOUND_LOWER_INC, boolean);
	fields[3] = make_field("upper_inc", BOUND_UPPER_INC, boolean);
	empty[0] = make_field("empty", BOUND_NONE, boolean);
	type->forms = palloc0(sizeof(ObjectForm) * 2);
	make_object_form(style, fields, 4, &type->forms[0]);
	make_object_form(style, empty, 1, &type->forms[1]);
	/* an unbounded range is told by null, which is no missing value */
	type->forms[0].omit_nulls = false;
}

/* a range as "object" */
void
write_range_object(Sink *sink, const ValueType *type, Datum value)
{
	TypeCacheEntry *typcache = lookup_type_cache(type->typid, TYPECACHE_RANGE_INFO);
	RangeBound	lower;
	RangeBound	upper;
	bool		empty;
	Datum		values[BOUND_NONE + 1];
	bool		nulls[BOUND_NONE + 1] = {false};

	range_deserialize(typcache, DatumGetRangeTypeP(value), &lower, &upper, &empty);
	values[BOUND_LOWER] = lower.val;
	nulls[BOUND_LOWER] = lower.infinite;
	values[BOUND_UPPER] = upper.val;
	nulls[BOUND_UPPER] = upper.infinite;
	values[BOUND_LOWER_INC] = BoolGetDatum(lower.inclusive);
	values[BOUND_UPPER_INC] = BoolGetDatum(upper.inclusive);
	values[BOUND_NONE] = BoolGetDatum(true);
	write_object(sink, &type->forms[empty ? 1 : 0], values, nulls, NULL);
}

/* a multirange as "object": an array of its ranges, each an object */
void
write_multirange_objects(Sink *sink, const ValueType *type, Datum value)
{
	const ValueType *range = type->element;
	TypeCacheEntry *typcache = lookup_type_cache(range->typid, TYPECACHE_RANGE_INFO);
	RangeType **ranges;
	int32		nranges;
	SinkFrame	frame;

	multirange_deserialize(typcache, DatumGetMultirangeTypeP(value), &nranges, &ranges);
	sink->ops->begin_array(sink, &frame, nranges);
	for (int i = 0; i < nranges; i++)
	{
		CHECK_FOR_INTERRUPTS();
		sink->ops->next(sink, &frame);
		write_range_object(sink, range, RangeTypePGetDatum(ranges[i]));
	}
	sink->ops->end(sink, &frame);
}
