/*
 * cursor.c
 *		"after": which row a page goes on behind.
 *
 * A cursor has the values of the row that the rows are ordered by, as text, and a
 * digest of that order, so that one of another order is found out. It may come from
 * anybody: its values are read by the input functions of their types, and bound. What
 * is in it, as base64url, integers with the highest byte first:
 *
 *		1 byte		version
 *		8 bytes		digest of the order
 *		for each column of the order:
 *			4 bytes		length of its text, or -1 for NULL
 *			the text
 *		4 bytes		check sum of all that
 */
#include "plan/internal.h"

#include "catalog/namespace.h"
#include "catalog/pg_type.h"
#include "common/hashfn.h"
#include "libpq/pqformat.h"
#include "mb/pg_wchar.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/typcache.h"

#define CURSOR_VERSION 1
#define CURSOR_HEADER (1 + 8)
#define CURSOR_CHECK 4

/*
 * By more columns no index is; and the rows behind one take as many conditions, each over
 * as many columns, of which an aggregate is a query each time.
 */
#define MAX_CURSOR_COLUMNS INDEX_MAX_KEYS
#define MAX_CURSOR_AGGREGATES 8

/* Sets settings, each a name and a value, within the nest level that was begun last. */
void
set_settings(const char *const (*settings)[2], int nsettings)
{
	for (int i = 0; i < nsettings; i++)
		set_config_option(settings[i][0], settings[i][1], PGC_USERSET, PGC_S_SESSION,
						  GUC_ACTION_SAVE, true, 0, false);
}

/*
 * Makes text tell values of all types exactly, until the returned nest level
 * is ended, as postgres_fdw does for what it sends.
 */
int
set_exact_text(void)
{
	static const char *const settings[][2] = {
		{"datestyle", "ISO"},
		{"intervalstyle", "postgres"},
		{"extra_float_digits", "3"},
		{"array_nulls", "on"}
	};
	int			nest_level = NewGUCNestLevel();

	set_settings(settings, lengthof(settings));
	return nest_level;
}

/* The same of text that is read in another session, with settings of its own. */
static int
set_lasting_text(const char *search_path)
{
	const char *const settings[][2] = {
		{"lc_monetary", "C"},
		{"search_path", search_path}
	};
	int			nest_level = set_exact_text();

	set_settings(settings, lengthof(settings));
	return nest_level;
}

/* Whether some columns of an order tell rows apart. */
static bool
tells_apart(const Level *level, const RowCursor *cursor, const List *order)
{
	ListCell   *lc;
	ListCell   *inner;

	foreach(lc, cursor->keys)
	{
		int			left = list_length(lfirst(lc));

		foreach(inner, order)
		{
			const LevelColumn *column = &level->columns[((LevelOrder *) lfirst(inner))->column];

			if (column->attnum != 0 && list_member_int(lfirst(lc), column->attnum))
				left--;
		}
		if (left == 0)
			return true;
	}
	return false;
}

/* Raises ERRCODE_STATEMENT_TOO_COMPLEX. */
pg_noreturn static void
too_long_order(const RowCursor *cursor, int most, const char *what)
{
	ereport(ERROR,
			errcode(ERRCODE_STATEMENT_TOO_COMPLEX),
			errmsg("an order that cursors go by has more than %d %s", most, what),
			errhint("Order by fewer, or write page and offset."),
			shape_position(cursor->param->place.shape, cursor->param->place.location));
}

/*
 * An order that cursors go by, palloc'd: each column once, and no more of them than it
 * takes to tell rows apart, so that an index that is just that is found. Raises
 * ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE if they do not, and ERRCODE_STATEMENT_TOO_COMPLEX
 * if it takes too many.
 */
List *
unique_order(const Level *level, const RowCursor *cursor, const List *order)
{
	List	   *result = NIL;
	int			naggregates = 0;
	ListCell   *lc;

	foreach(lc, order)
	{
		if (orders_by(result, ((LevelOrder *) lfirst(lc))->column))
			continue;
		if (list_length(result) == MAX_CURSOR_COLUMNS)
			too_long_order(cursor, MAX_CURSOR_COLUMNS, "values");
		if (((LevelOrder *) lfirst(lc))->is_aggregate && ++naggregates > MAX_CURSOR_AGGREGATES)
			too_long_order(cursor, MAX_CURSOR_AGGREGATES, "aggregates");
		result = lappend(result, lfirst(lc));
		if (tells_apart(level, cursor, result))
			return result;
	}
	ereport(ERROR,
			errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
			errmsg("\"after\" needs an order in which no two rows are alike"),
			errdetail("Nothing in the order is known to tell the rows of %s apart.", cursor->relation),
			errhint("Add to \"order\" the columns of a unique index that are all NOT NULL; a primary key is added by itself."),
			shape_position(cursor->param->place.shape, cursor->param->place.location));
}

/* A digest of the order: of what it is of, and of each column and direction. */
static uint64
digest_order(const RowCursor *cursor, const List *order)
{
	StringInfoData buf;
	uint64		digest;
	ListCell   *lc;

	initStringInfo(&buf);
	appendStringInfoString(&buf, cursor->relation);
	foreach(lc, order)
	{
		const LevelOrder *column = lfirst(lc);

		appendStringInfo(&buf, "\n%s %d %d", column->name, column->descending, column->nulls_first);
	}
	digest = hash_bytes_extended((const unsigned char *) buf.data, buf.len, 0);
	pfree(buf.data);
	return digest;
}

static uint32
check_sum(const char *bytes, int length)
{
	return hash_bytes((const unsigned char *) bytes, length);
}

/*
 * The order of a filter's rows for the params of a call, of LevelOrder; what is not the plan's
 * is palloc'd. Raises what bind_order_param() and unique_order() do.
 */
const List *
filter_order(const Level *level, const RowFilter *filter, const char *params)
{
	List	   *order;

	if (filter->order_param == NULL)
		return filter->order;
	order = bind_order_param(filter->order_param, filter->order, params);
	return filter->after == NULL ? order : unique_order(level, filter->after, order);
}

/* Whether two rows have the same in every column of an order. */
static bool
are_alike(const Level *level, const List *order, const CursorRow *left, const CursorRow *right)
{
	ListCell   *lc;

	foreach(lc, order)
	{
		int			column = ((LevelOrder *) lfirst(lc))->column;
		TypeCacheEntry *type = lookup_type_cache(order_type(level, lfirst(lc)), TYPECACHE_EQ_OPR_FINFO);

		if (left->nulls[column] != right->nulls[column])
			return false;
		if (!left->nulls[column] &&
			!DatumGetBool(FunctionCall2Coll(&type->eq_opr_finfo, level->columns[column].collation,
											left->values[column], right->values[column])))
			return false;
	}
	return true;
}

/*
 * The cursor of the last row of a page, of a level whose filter has "after"; next is the
 * row behind it, params are those of the call. palloc'd, terminated. Runs output functions.
 * Raises ERRCODE_CARDINALITY_VIOLATION if the cursor would be that of both.
 */
char *
make_cursor(const Level *level, const RowFilter *filter, const char *params,
			const CursorRow *last, const CursorRow *next)
{
	const List *order = filter_order(level, filter, params);
	const Datum *values = last->values;
	const bool *nulls = last->nulls;
	int			nest_level;
	StringInfoData buf;
	char	   *cursor;
	int			length;
	ListCell   *lc;

	if (are_alike(level, order, last, next))
		ereport(ERROR,
				errcode(ERRCODE_CARDINALITY_VIOLATION),
				errmsg("no cursor leads from one row of %s to the next: they are alike in its order",
					   filter->after->relation),
				errdetail("A deferrable key does not tell rows apart before it is checked."),
				errhint("Read pages once it is checked: by SET CONSTRAINTS ALL IMMEDIATE, or at the end of the transaction."),
				shape_position(filter->after->param->place.shape, filter->after->param->place.location));
	/* names of tables, functions and so on with their schemas */
	nest_level = set_lasting_text("pg_catalog");
	initStringInfo(&buf);
	pq_sendint8(&buf, CURSOR_VERSION);
	pq_sendint64(&buf, digest_order(filter->after, order));
	foreach(lc, order)
	{
		int			column = ((LevelOrder *) lfirst(lc))->column;
		Oid			function;
		bool		is_varlena;
		char	   *text;

		if (nulls[column])
		{
			pq_sendint32(&buf, (uint32) -1);
			continue;
		}
		getTypeOutputInfo(level->columns[column].typid, &function, &is_varlena);
		text = OidOutputFunctionCall(function, values[column]);
		pq_sendint32(&buf, strlen(text));
		appendBinaryStringInfo(&buf, text, strlen(text));
		pfree(text);
	}
	AtEOXact_GUC(true, nest_level);
	pq_sendint32(&buf, check_sum(buf.data, buf.len));
	cursor = encode_base64(buf.data, buf.len, true, &length);
	pfree(buf.data);
	return cursor;
}

pg_noreturn static void
no_cursor(const RowCursor *cursor)
{
	ereport(ERROR,
			errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			errmsg("$%s is no cursor", cursor->param->text),
			errhint("Pass what a page has as \"next\", as it is, or null for the first page."),
			shape_position(cursor->param->place.shape, cursor->param->place.location));
}

static uint32
read_integer(const char *bytes)
{
	uint32		value;

	memcpy(&value, bytes, sizeof(value));
	return pg_ntoh32(value);
}

/* The bytes of a cursor, without their check sum, that are of this order. */
static const char *
open_cursor(const RowCursor *cursor, const List *order, const char *text, int *length)
{
	bytea	   *decoded = decode_base64(text, strlen(text), true);
	const char *bytes = decoded == NULL ? NULL : VARDATA(decoded);
	uint64		digest;

	if (decoded == NULL || VARSIZE(decoded) - VARHDRSZ < CURSOR_HEADER + CURSOR_CHECK)
		no_cursor(cursor);
	*length = VARSIZE(decoded) - VARHDRSZ - CURSOR_CHECK;
	if (bytes[0] != CURSOR_VERSION || read_integer(bytes + *length) != check_sum(bytes, *length))
		no_cursor(cursor);
	memcpy(&digest, bytes + 1, sizeof(digest));
	if (pg_ntoh64(digest) != digest_order(cursor, order))
		ereport(ERROR,
				errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				errmsg("the cursor $%s was made for another order", cursor->param->text),
				errdetail("A cursor names a row by the values that its relation is ordered by."),
				errhint("With another relation or order begin with null."),
				shape_position(cursor->param->place.shape, cursor->param->place.location));
	return bytes;
}

/* The next text of a cursor, palloc'd, or NULL; *bytes goes on behind it. */
static char *
next_text(const RowCursor *cursor, const char **bytes, const char *end)
{
	uint32		length;
	char	   *text;

	if (end - *bytes < (ptrdiff_t) sizeof(length))
		no_cursor(cursor);
	length = read_integer(*bytes);
	*bytes += sizeof(length);
	if (length == PG_UINT32_MAX)
		return NULL;
	/* whoever can make a check sum is not to be trusted for that */
	if (length > (size_t) (end - *bytes) ||
		!pg_verifymbstr(*bytes, length, true))
		no_cursor(cursor);
	text = pnstrdup(*bytes, length);
	*bytes += length;
	return text;
}

/*
 * The search_path with which values are read that were written with pg_catalog alone,
 * palloc'd. What the check of a domain within an array or a record names is found as ever.
 */
static char *
reading_path(void)
{
	const char *own = namespace_search_path + strspn(namespace_search_path, " \t\n\r\f");

	return *own == '\0' ? pstrdup("pg_catalog") : psprintf("pg_catalog, %s", own);
}

/* The row that a cursor names: the values of its order, of base types; palloc'd. */
static void
read_cursor(const Level *level, const RowCursor *cursor, const char *text, BoundOrder *bound)
{
	int			length;
	const char *bytes = open_cursor(cursor, bound->order, text, &length);
	const char *end = bytes + length;
	int			n = list_length(bound->order);
	int			nest_level = set_lasting_text(reading_path());
	ListCell   *lc;

	bytes += CURSOR_HEADER;
	bound->values = palloc0(sizeof(Datum) * n);
	bound->nulls = palloc0(sizeof(bool) * n);
	foreach(lc, bound->order)
	{
		int			i = foreach_current_index(lc);
		char	   *value = next_text(cursor, &bytes, end);

		bound->nulls[i] = value == NULL;
		if (value != NULL)
			bound->values[i] = read_value_text(cursor->param, order_type(level, lfirst(lc)), value);
	}
	AtEOXact_GUC(true, nest_level);
	if (bytes != end)
		no_cursor(cursor);
	bound->is_behind = true;
}

/* The type that a column of an order is compared as. */
Oid
order_type(const Level *level, const LevelOrder *order)
{
	return getBaseType(level->columns[order->column].typid);
}

/*
 * The order that a filter of a level's rows says, for the params of a call, the bytes of
 * a jsonb object or NULL; and which row they begin behind. What is not the plan's is
 * palloc'd. Raises ERRCODE_INVALID_PARAMETER_VALUE, ERRCODE_UNDEFINED_PARAMETER, and
 * what filter_order() and the input functions of types do.
 */
void
bind_order(const Level *level, const RowFilter *filter, const char *params, BoundOrder *bound)
{
	char	   *text;

	memset(bound, 0, sizeof(BoundOrder));
	bound->order = filter_order(level, filter, params);
	if (filter->after == NULL)
		return;
	text = bind_text(filter->after->param, params);
	if (text != NULL)
		read_cursor(level, filter->after, text, bound);
}

/* How many rows a page by cursor has at most; its filter's limit is for one more. */
int64
page_size(const RowFilter *filter, const char *params)
{
	bool		isnull;
	int64		size = DatumGetInt64(bind_value(filter->limit, params, &isnull));

	return isnull || size == PG_INT64_MAX ? PG_INT64_MAX : size - 1;
}
