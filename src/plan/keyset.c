/*
 * keyset.c
 *		The rows behind a row, in some order, as conditions that indexes know.
 *
 * Behind (5, 7) in the order a, b are rows with ROW(a, b) > ROW(5, 7), and an index finds
 * the first of them. But where directions differ, or NULLs come last, no one range of an
 * index has them all. Then they are told by several conditions, the rows of each in one
 * range, one range behind the other: of a desc, b these are
 *
 *		a = 5 AND b > 7
 *		a < 5
 *
 * and of a, b, where a may be NULL and NULLs come last,
 *
 *		ROW(a, b) > ROW(5, 7)
 *		a IS NULL
 */
#include "plan/internal.h"

#include "catalog/pg_operator.h"
#include "catalog/pg_type.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"
#include "utils/typcache.h"

static const LevelOrder *
order_column(const BoundOrder *bound, int i)
{
	return list_nth(bound->order, i);
}

/* Whether rows in which a column is NULL come behind those with a value. */
static bool
nulls_follow(const LevelOrder *column)
{
	return column->may_be_null && !column->nulls_first;
}

/* An operator in SQL; *left and *right are what it takes its operands as. */
static char *
operator_text(Oid operator, Oid *left, Oid *right)
{
	HeapTuple	tuple = SearchSysCache1(OPEROID, ObjectIdGetDatum(operator));
	Form_pg_operator form;
	char	   *text;

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for operator %u", operator);
	form = (Form_pg_operator) GETSTRUCT(tuple);
	text = psprintf("OPERATOR(%s.%s)", quote_identifier(get_namespace_name(form->oprnamespace)),
					NameStr(form->oprname));
	*left = form->oprleft;
	*right = form->oprright;
	ReleaseSysCache(tuple);
	return text;
}

typedef enum Comparing
{
	COMPARE_EQUAL,
	COMPARE_BEHIND
} Comparing;

/* The operator of a column's order, by which it is equal to a value or behind it. */
static Oid
comparing_operator(const Level *level, const LevelOrder *column, Comparing comparing)
{
	TypeCacheEntry *type = lookup_type_cache(order_type(level, column),
											 TYPECACHE_EQ_OPR | TYPECACHE_LT_OPR | TYPECACHE_GT_OPR);

	return comparing == COMPARE_EQUAL ? type->eq_opr :
		column->descending ? type->lt_opr : type->gt_opr;
}

/* Whether two columns go the same way by operators that are written in the same way. */
static bool
compare_alike(const Level *level, const LevelOrder *a, const LevelOrder *b)
{
	Oid			unused;

	return strcmp(operator_text(comparing_operator(level, a, COMPARE_BEHIND), &unused, &unused),
				  operator_text(comparing_operator(level, b, COMPARE_BEHIND), &unused, &unused)) == 0;
}

static void
add_range(List **ranges, KeyRangeKind kind, int nequal, int end)
{
	KeyRange   *range = palloc(sizeof(KeyRange));

	range->kind = kind;
	range->nequal = nequal;
	range->end = end;
	*ranges = lappend(*ranges, range);
}

/*
 * The ranges of the rows behind a row, in their order, of KeyRange, palloc'd; NIL if
 * there is no such row, or none behind it.
 */
List *
key_ranges(const Level *level, const BoundOrder *bound)
{
	List	   *ranges = NIL;
	int			end = bound->is_behind ? list_length(bound->order) : 0;

	/* those that differ in the last column first */
	while (end > 0)
	{
		int			start = end - 1;
		const LevelOrder *first = order_column(bound, start);

		if (bound->nulls[start])
		{
			if (first->nulls_first)
				add_range(&ranges, RANGE_NOT_NULL, start, end);
			end = start;
			continue;
		}
		/* as many as one comparison of rows will do for */
		while (start > 0 && !bound->nulls[start - 1] && !nulls_follow(first) &&
			   compare_alike(level, order_column(bound, start - 1), first))
			first = order_column(bound, --start);
		add_range(&ranges, RANGE_BEHIND, start, end);
		if (nulls_follow(first))
			add_range(&ranges, RANGE_NULL, start, end);
		end = start;
	}
	return ranges;
}

/* An operand, cast where the operator takes another type of the same values. */
static void
append_operand(const KeyRangeText *text, int column, int value, Oid typid, Oid wanted)
{
	StringInfo	buf = text->buf;

	if (value >= 0)
		appendStringInfoString(buf, text->values[value]);
	else
		text->append_column(text->query, column);
	if (typid != wanted && wanted != RECORDOID && !IsPolymorphicType(wanted))
		appendStringInfo(buf, "::%s", sql_type_name(wanted));
}

/* Columns from start on against the values that they have in the row. */
static void
append_comparison(const KeyRangeText *text, const BoundOrder *bound, int start, int end,
				  Comparing comparing)
{
	StringInfo	buf = text->buf;
	const Level *level = text->level;
	const LevelOrder *first = order_column(bound, start);
	Oid			left;
	Oid			right;
	char	   *operator = operator_text(comparing_operator(level, first, comparing), &left, &right);
	const char *row = end - start > 1 ? "ROW(" : "";
	const char *row_end = end - start > 1 ? ")" : "";

	appendStringInfoString(buf, row);
	for (int i = start; i < end; i++)
	{
		const LevelOrder *column = order_column(bound, i);

		appendStringInfoString(buf, i > start ? ", " : "");
		(void) operator_text(comparing_operator(level, column, comparing), &left, &right);
		append_operand(text, column->column, -1, order_type(level, column), left);
	}
	appendStringInfo(buf, "%s %s %s", row_end, operator, row);
	for (int i = start; i < end; i++)
	{
		const LevelOrder *column = order_column(bound, i);

		appendStringInfoString(buf, i > start ? ", " : "");
		(void) operator_text(comparing_operator(level, column, comparing), &left, &right);
		append_operand(text, column->column, i, order_type(level, column), right);
	}
	appendStringInfoString(buf, row_end);
}

/* Of a row that is a value "is null" would ask whether its fields are. */
static void
append_null_test(const KeyRangeText *text, const LevelOrder *column, bool is_null)
{
	text->append_column(text->query, column->column);
	appendStringInfoString(text->buf, is_null ? " IS NOT DISTINCT FROM NULL" : " IS DISTINCT FROM NULL");
}

/* The condition of a range, without parentheses around it. */
void
append_key_range(const KeyRangeText *text, const BoundOrder *bound, const KeyRange *range)
{
	for (int i = 0; i < range->nequal; i++)
	{
		if (bound->nulls[i])
			append_null_test(text, order_column(bound, i), true);
		else
			append_comparison(text, bound, i, i + 1, COMPARE_EQUAL);
		appendStringInfoString(text->buf, " AND ");
	}
	if (range->kind == RANGE_BEHIND)
		append_comparison(text, bound, range->nequal, range->end, COMPARE_BEHIND);
	else
		append_null_test(text, order_column(bound, range->nequal), range->kind == RANGE_NULL);
}
