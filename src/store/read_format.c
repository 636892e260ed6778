/*
 * read_format.c
 *		Reads scalars, in their default format and in others: the way back from what
 *		json/value.c and json/format_value.c write.
 */
#include "store/reader.h"

#include "catalog/pg_type.h"
#include "utils/builtins.h"
#include "utils/bytea.h"
#include "utils/cash.h"
#include "utils/date.h"
#include "utils/datetime.h"
#include "utils/fmgrprotos.h"
#include "utils/numeric.h"
#include "utils/timestamp.h"

#define UNIX_EPOCH_OFFSET \
	((int64) (POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE) * SECS_PER_DAY)

/*
 * ReadFunctions: each reads JSON of a type's kind, or says that it is of another.
 * They raise what the type's input does, else errors of class 22.
 */

/* Whatever has a text form: as the type's input reads it. */
ReadProblem
read_string(const ValueReader *reader, Reading *reading)
{
	if (reading->json->type != jbvString)
		return wrong_type(reader, reading, "a string");
	reading->value = read_input(reader, json_string(reading->json), reading->failure);
	return READ_DONE;
}

static int
two_digits(const char *text)
{
	return (text[0] - '0') * 10 + text[1] - '0';
}

/* Whether a string is a date as JSON has it, 2026-01-31, which the type's input reads alike whatever the DateStyle. */
static bool
read_iso_date(const JsonbValue *json, DateADT *date)
{
	const char *text = json->val.string.val;
	int			year;
	int			month;
	int			day;

	if (json->val.string.len != 10)
		return false;
	for (int i = 0; i < 10; i++)
	{
		if (i == 4 || i == 7 ? text[i] != '-' : text[i] < '0' || text[i] > '9')
			return false;
	}
	year = two_digits(text) * 100 + two_digits(text + 2);
	month = two_digits(text + 5);
	day = two_digits(text + 8);
	/* what is wrong is left to the input */
	if (year < 1 || month < 1 || month > MONTHS_PER_YEAR || day < 1 || day > day_tab[isleap(year)][month - 1])
		return false;
	*date = date2j(year, month, day) - POSTGRES_EPOCH_JDATE;
	return true;
}

static ReadProblem
read_date(const ValueReader *reader, Reading *reading)
{
	DateADT		date;

	if (reading->json->type != jbvString || !read_iso_date(reading->json, &date))
		return read_string(reader, reading);
	reading->value = DateADTGetDatum(date);
	return READ_DONE;
}

/* Its input takes any string as it is. */
static ReadProblem
read_text(const ValueReader *reader, Reading *reading)
{
	const JsonbValue *json = reading->json;

	if (json->type != jbvString)
		return wrong_type(reader, reading, "a string");
	reading->value = PointerGetDatum(cstring_to_text_with_len(json->val.string.val, json->val.string.len));
	return READ_DONE;
}

static ReadProblem
read_bool(const ValueReader *reader, Reading *reading)
{
	if (reading->json->type != jbvBool)
		return wrong_type(reader, reading, "true or false");
	reading->value = BoolGetDatum(reading->json->val.boolean);
	return READ_DONE;
}

static Datum
number_of(const Reading *reading)
{
	return NumericGetDatum(reading->json->val.numeric);
}

static ReadProblem
read_integer(const ValueReader *reader, Reading *reading)
{
	PGFunction	convert = reader->typid == INT2OID ? numeric_int2 :
		reader->typid == INT4OID ? numeric_int4 : numeric_int8;

	if (reading->json->type == jbvString)
		return read_string(reader, reading);
	if (reading->json->type != jbvNumeric)
		return wrong_type(reader, reading, "a whole number or a string");
	/* they would round it */
	if (DatumGetInt32(DirectFunctionCall1(numeric_min_scale, number_of(reading))) != 0)
		ereport(ERROR,
				errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				errmsg("%s is read from whole numbers, not from one with a fraction",
					   format_type_be(reader->typid)));
	reading->value = DirectFunctionCall1(convert, number_of(reading));
	return READ_DONE;
}

static ReadProblem
read_number(const ValueReader *reader, Reading *reading)
{
	PGFunction	convert = reader->typid == FLOAT4OID ? numeric_float4 :
		reader->typid == FLOAT8OID ? numeric_float8 : numeric_uplus;

	if (reading->json->type == jbvString)
		return read_string(reader, reading);
	if (reading->json->type != jbvNumeric)
		return wrong_type(reader, reading, "a number or a string");
	reading->value = fit_value(reader, DirectFunctionCall1(convert, number_of(reading)));
	return READ_DONE;
}

static ReadProblem
read_money_number(const ValueReader *reader, Reading *reading)
{
	if (reading->json->type != jbvNumeric)
		return wrong_type(reader, reading, "a number");
	reading->value = DirectFunctionCall1(numeric_cash, number_of(reading));
	return READ_DONE;
}

/* json and jsonb: anything, whole. */
ReadProblem
read_json(const ValueReader *reader, Reading *reading)
{
	Jsonb	   *jsonb = JsonbValueToJsonb(reading->json);

	if (reader->typid == JSONBOID)
		reading->value = JsonbPGetDatum(jsonb);
	else
		reading->value = CStringGetTextDatum(JsonbToCString(NULL, &jsonb->root,
															VARSIZE(jsonb)));
	return READ_DONE;
}

/* What the text of a date and time says of its zone. */
typedef enum ZoneInText
{
	ZONE_NONE,
	ZONE_GIVEN,
	ZONE_MEANINGLESS			/* infinite, or no such text: the type's input tells */
} ZoneInText;

static ZoneInText
zone_in_text(const char *text)
{
	ZoneInText	zone = ZONE_MEANINGLESS;

	/* once with zones, to see whether it is good at all; then without any */
	for (int pass = 0; pass < 2; pass++)
	{
		char		work[MAXDATELEN + MAXDATEFIELDS];
		char	   *fields[MAXDATEFIELDS];
		int			types[MAXDATEFIELDS];
		int			nfields;
		int			kind;
		struct pg_tm tm;
		fsec_t		fsec;
		int			tz;

		if (ParseDateTime(text, work, sizeof(work), fields, types, MAXDATEFIELDS,
						  &nfields) != 0)
			return ZONE_MEANINGLESS;
		if (jsonify_decode_datetime(fields, types, nfields, &kind, &tm, &fsec,
									pass == 0 ? &tz : NULL) != 0)
			return zone;
		if (kind == DTK_LATE || kind == DTK_EARLY)
			return ZONE_MEANINGLESS;
		zone = ZONE_GIVEN;
	}
	return ZONE_NONE;
}

/* timestamp as "naive": its input would drop a zone in silence. */
static ReadProblem
read_timestamp_naive(const ValueReader *reader, Reading *reading)
{
	if (reading->json->type == jbvString &&
		zone_in_text(json_string(reading->json)) == ZONE_GIVEN)
		ereport(ERROR,
				errcode(ERRCODE_INVALID_DATETIME_FORMAT),
				errmsg("a timestamp without time zone is given with a time zone"),
				errhint("The format \"utc\" reads it as UTC."));
	return read_string(reader, reading);
}

/* timestamptz and timestamp as "utc": a text must say its zone, whatever that is. */
static ReadProblem
read_timestamp_utc(const ValueReader *reader, Reading *reading)
{
	char	   *text;

	if (reading->json->type != jbvString)
		return wrong_type(reader, reading, "a string");
	text = json_string(reading->json);
	if (zone_in_text(text) == ZONE_NONE)
		ereport(ERROR,
				errcode(ERRCODE_INVALID_DATETIME_FORMAT),
				errmsg("a time in format utc is given without a time zone"),
				errhint("Write it with \"Z\" or an offset behind it."));
	/* both types are microseconds since 2000-01-01, UTC */
	reading->value = DirectFunctionCall3(timestamptz_in, CStringGetDatum(text),
										 ObjectIdGetDatum(InvalidOid),
										 Int32GetDatum(reader->typmod));
	return READ_DONE;
}

/* A number of units as microseconds, the nearest; false if there are too many. */
static bool
microseconds(Datum number, int64 unit, int64 offset, int64 *result)
{
	Datum		product = DirectFunctionCall2(numeric_mul, number,
											  NumericGetDatum(int64_to_numeric(unit)));

	product = DirectFunctionCall2(numeric_round, product, Int32GetDatum(0));
	product = DirectFunctionCall2(numeric_sub, product,
								  NumericGetDatum(int64_to_numeric(offset)));
	if (DatumGetInt32(DirectFunctionCall2(numeric_cmp, product,
										  NumericGetDatum(int64_to_numeric(PG_INT64_MAX)))) > 0 ||
		DatumGetInt32(DirectFunctionCall2(numeric_cmp, product,
										  NumericGetDatum(int64_to_numeric(PG_INT64_MIN)))) < 0)
		return false;
	*result = DatumGetInt64(DirectFunctionCall1(numeric_int8, product));
	return true;
}

/* What is infinite is written as text in every format. */
static bool
read_infinite(const ValueReader *reader, Reading *reading)
{
	char	   *text;

	if (reading->json->type != jbvString)
		return false;
	text = json_string(reading->json);
	if (strcmp(text, "infinity") != 0 && strcmp(text, "-infinity") != 0)
		return false;
	reading->value = read_input(reader, text, reading->failure);
	return true;
}

static ReadProblem
read_epoch_units(const ValueReader *reader, Reading *reading, int64 unit)
{
	Timestamp	timestamp;

	if (read_infinite(reader, reading))
		return READ_DONE;
	if (reading->json->type != jbvNumeric)
		return wrong_type(reader, reading, "a number");
	if (!microseconds(number_of(reading), unit, UNIX_EPOCH_OFFSET * USECS_PER_SEC, &timestamp) ||
		!IS_VALID_TIMESTAMP(timestamp))
		ereport(ERROR,
				errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
				errmsg("timestamp out of range"));
	reading->value = fit_value(reader, TimestampGetDatum(timestamp));
	return READ_DONE;
}

/* timestamptz and timestamp as "epoch" */
static ReadProblem
read_timestamp_epoch(const ValueReader *reader, Reading *reading)
{
	return read_epoch_units(reader, reading, USECS_PER_SEC);
}

/* the same as "epoch_ms" */
static ReadProblem
read_timestamp_epoch_ms(const ValueReader *reader, Reading *reading)
{
	return read_epoch_units(reader, reading, 1000);
}

/* interval as "seconds" */
static ReadProblem
read_interval_seconds(const ValueReader *reader, Reading *reading)
{
	Interval   *interval;

	if (read_infinite(reader, reading))
		return READ_DONE;
	if (reading->json->type != jbvNumeric)
		return wrong_type(reader, reading, "a number");
	interval = palloc0(sizeof(Interval));
	if (!microseconds(number_of(reading), USECS_PER_SEC, 0, &interval->time))
		ereport(ERROR,
				errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
				errmsg("interval out of range"));
	reading->value = fit_value(reader, IntervalPGetDatum(interval));
	return READ_DONE;
}

/* bytea as "hex": exactly that, or what bytea_output makes of it now. */
static ReadProblem
read_bytea_hex(const ValueReader *reader, Reading *reading)
{
	const JsonbValue *json = reading->json;
	bool		is_hex;

	if (json->type != jbvString)
		return wrong_type(reader, reading, "a string");
	is_hex = json->val.string.len >= 2 && json->val.string.len % 2 == 0 &&
		memcmp(json->val.string.val, "\\x", 2) == 0;
	for (int i = 2; is_hex && i < json->val.string.len; i++)
		is_hex = isxdigit((unsigned char) json->val.string.val[i]);
	if (!is_hex && bytea_output != BYTEA_OUTPUT_ESCAPE)
		ereport(ERROR,
				errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
				errmsg("bytea is read from a backslash, x, and pairs of hexadecimal digits"));
	return read_string(reader, reading);
}

static ReadProblem
read_base64(const ValueReader *reader, Reading *reading, bool url)
{
	const JsonbValue *json = reading->json;
	bytea	   *bytes;

	if (json->type != jbvString)
		return wrong_type(reader, reading, "a string");
	bytes = decode_base64(json->val.string.val, json->val.string.len, url);
	if (bytes == NULL)
		ereport(ERROR,
				errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
				errmsg("invalid %s", url ? "base64url" : "base64"));
	reading->value = PointerGetDatum(bytes);
	return READ_DONE;
}

/* bytea as "base64" */
static ReadProblem
read_bytea_base64(const ValueReader *reader, Reading *reading)
{
	return read_base64(reader, reading, false);
}

/* bytea as "base64url" */
static ReadProblem
read_bytea_base64url(const ValueReader *reader, Reading *reading)
{
	return read_base64(reader, reading, true);
}

/* Those that differ from how the type is read without any format. */
static const struct
{
	Oid			typid;
	const char *format;
	ReadFunction read;
}			formats[] =
{
	{TIMESTAMPTZOID, "utc", read_timestamp_utc},
	{TIMESTAMPTZOID, "epoch", read_timestamp_epoch},
	{TIMESTAMPTZOID, "epoch_ms", read_timestamp_epoch_ms},
	{TIMESTAMPOID, "utc", read_timestamp_utc},
	{TIMESTAMPOID, "epoch", read_timestamp_epoch},
	{TIMESTAMPOID, "epoch_ms", read_timestamp_epoch_ms},
	{INTERVALOID, "seconds", read_interval_seconds},
	{BYTEAOID, "base64", read_bytea_base64},
	{BYTEAOID, "base64url", read_bytea_base64url},
	{CASHOID, "number", read_money_number},
};

/*
 * How a scalar type, no domain, is read in a format of its own, or in its default
 * one if that is NULL.
 */
ReadFunction
scalar_read_function(Oid typid, const char *format)
{
	for (int i = 0; format != NULL && i < lengthof(formats); i++)
	{
		if (formats[i].typid == typid && strcmp(formats[i].format, format) == 0)
			return formats[i].read;
	}
	switch (typid)
	{
		case BOOLOID:
			return read_bool;
		case INT2OID:
		case INT4OID:
		case INT8OID:
			return read_integer;
		case FLOAT4OID:
		case FLOAT8OID:
		case NUMERICOID:
			return read_number;
		case DATEOID:
			return read_date;
		case TIMESTAMPOID:
			return read_timestamp_naive;
		case BYTEAOID:
			return read_bytea_hex;
		case JSONOID:
		case JSONBOID:
			return read_json;
		case TEXTOID:
			return read_text;
		default:
			return read_string;
	}
}
