/*
 * distinct.c
 *		The different values that a path finds, in the order in which it does.
 *
 * What is the same the type says, as in SQL: by its btree, or where it has none by its
 * hash, and the equality that goes with it. A NULL is the same as another one.
 */
#include "json/internal.h"

#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/typcache.h"

/* A value that was found; the row that has it, NULL where none does. */
typedef struct Found
{
	Row		   *row;
	Datum		value;
	bool		isnull;
	uint32		hash;			/* of a type without an order */
	int			position;		/* among all that were found */
} Found;

typedef struct Search
{
	const struct Nested *nested;
	const Distinct *distinct;
	const Field *end;			/* of the path: the value of a row there */
	TypeCacheEntry *type;
	int64		number;			/* of the search: rows that it came by have it */
	Found	   *found;
	int			nfound;
	int			capacity;
} Search;

static int64 searches;

static void
add_found(Search *search, Row *row)
{
	const Field *end = search->end;
	Found	   *found;

	if (search->nfound == search->capacity)
	{
		if (search->capacity > INT_MAX / 2)
			ereport(ERROR,
					errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
					errmsg("path finds too many values"));
		search->capacity = Max(search->capacity * 2, 64);
		search->found = search->found == NULL ?
			MemoryContextAllocHuge(CurrentMemoryContext, sizeof(Found) * (Size) search->capacity) :
			repalloc_huge(search->found, sizeof(Found) * (Size) search->capacity);
	}
	found = &search->found[search->nfound];
	memset(found, 0, sizeof(Found));
	found->row = row;
	found->position = search->nfound++;
	found->isnull = row == NULL || row->nulls[end->column];
	if (found->isnull)
		return;
	found->value = row->values[end->column];
	if (end->type->kind == KIND_EXTRACTED)
		found->isnull = !extract_value(search->nested, end->type, found->value, &found->value);
	if (!found->isnull && !OidIsValid(search->type->cmp_proc))
		found->hash = DatumGetUInt32(FunctionCall1Coll(&search->type->hash_proc_finfo,
													   search->distinct->collation, found->value));
}

/* Finds what a path leads to; from a row on only once, however many ways lead to it. */
static void
find_values(Search *search, const Field *field, const RowSet *related)
{
	const RowSet *set = &related[field->branch->number];

	check_stack_depth();
	/* as write_path(): a null, for an element that is not there */
	if (set->nrows == 0 && is_single(field->branch) && !field->many)
		add_found(search, NULL);
	for (int i = 0; i < set->nrows; i++)
	{
		Row		   *row = set->rows[i];

		CHECK_FOR_INTERRUPTS();
		if (row->writing.as.path.field == field && row->writing.as.path.count == search->number)
			continue;
		row->writing.as.path.field = field;
		row->writing.as.path.count = search->number;
		if (field->next->branch == NULL)
			add_found(search, row);
		else
			find_values(search, field->next, row->related);
	}
}

static int
compare_values(const Found *left, const Found *right, const Search *search)
{
	if (left->isnull || right->isnull)
		return left->isnull - right->isnull;
	if (OidIsValid(search->type->cmp_proc))
		return DatumGetInt32(FunctionCall2Coll(&search->type->cmp_proc_finfo,
											   search->distinct->collation, left->value,
											   right->value));
	return left->hash < right->hash ? -1 : left->hash > right->hash;
}

/* By value, and those of one value by position. */
static int
compare_found(const void *a, const void *b, void *arg)
{
	const Found *left = a;
	const Found *right = b;
	int			result = compare_values(left, right, arg);

	CHECK_FOR_INTERRUPTS();
	return result != 0 ? result : left->position < right->position ? -1 : 1;
}

static int
compare_positions(const void *a, const void *b)
{
	return ((const Found *) a)->position < ((const Found *) b)->position ? -1 : 1;
}

/* Whether two that compare as equal are: those of one hash need not be. */
static bool
is_same(const Found *left, const Found *right, const Search *search)
{
	return left->isnull || OidIsValid(search->type->cmp_proc) ||
		DatumGetBool(FunctionCall2Coll(&search->type->eq_opr_finfo, search->distinct->collation,
									   left->value, right->value));
}

/* Leaves the first of each value, in the order in which they were found. */
static void
drop_same(Search *search)
{
	Found	   *found = search->found;
	int			first = 0;		/* of those that compare as the last one does */
	int			n = 0;

	if (search->nfound == 0)
		return;
	qsort_arg(found, search->nfound, sizeof(Found), compare_found, search);
	for (int i = 0; i < search->nfound; i++)
	{
		bool		is_new = true;

		CHECK_FOR_INTERRUPTS();
		if (n == 0 || compare_values(&found[n - 1], &found[i], search) != 0)
			first = n;
		for (int other = first; other < n && is_new; other++)
		{
			CHECK_FOR_INTERRUPTS();
			is_new = !is_same(&found[other], &found[i], search);
		}
		if (is_new)
			found[n++] = found[i];
	}
	search->nfound = n;
	qsort(found, n, sizeof(Found), compare_positions);
}

static void
write_distinct(Sink *sink, const Field *field, const Datum *values, const bool *nulls,
			   const RowSet *related)
{
	MemoryContext context = AllocSetContextCreate(sink->keep, "jsonify distinct",
												  ALLOCSET_DEFAULT_SIZES);
	MemoryContext old = MemoryContextSwitchTo(context);
	Search		search = {
		.nested = sink->nested,
		.distinct = field->distinct,
		.end = field,
		.type = lookup_type_cache(field->distinct->typid, TYPECACHE_EQ_OPR_FINFO |
								  TYPECACHE_CMP_PROC_FINFO | TYPECACHE_HASH_PROC_FINFO),
		.number = ++searches
	};
	SinkFrame	frame;

	/* it had one when the shape was resolved */
	if (!OidIsValid(search.type->eq_opr) ||
		!(OidIsValid(search.type->cmp_proc) || OidIsValid(search.type->hash_proc)))
		ereport(ERROR,
				errcode(ERRCODE_UNDEFINED_FUNCTION),
				errmsg("values of type %s have no equality", format_type_be(field->distinct->typid)));
	while (search.end->branch != NULL)
		search.end = search.end->next;
	find_values(&search, field, related);
	drop_same(&search);
	MemoryContextSwitchTo(old);

	sink->ops->begin_array(sink, &frame, search.nfound);
	for (int i = 0; i < search.nfound; i++)
	{
		Row		   *row = search.found[i].row;

		CHECK_FOR_INTERRUPTS();
		sink->ops->next(sink, &frame);
		if (row == NULL)
			sink->ops->put_null(sink);
		else
			write_field(sink, search.end, row->values, row->nulls, row->related);
	}
	sink->ops->end(sink, &frame);
	MemoryContextDelete(context);
}

/* An array is there, be it empty. */
static bool
distinct_is_present(Sink *sink, const Field *field, const RowSet *related, bool keep_nulls,
					PresentField *present)
{
	return true;
}

/* The different values that a path finds, as an array. */
const FieldForm distinct_form = {write_distinct, distinct_is_present};
