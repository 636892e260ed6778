/*
 * read_parts.c
 *		Reads what is put together from other values: arrays, composites, ranges.
 */
#include "store/reader.h"

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/multirangetypes.h"
#include "utils/rangetypes.h"
#include "utils/typcache.h"

/* Whether JSON null is a value of the type. */
static bool
takes_json_null(const ValueReader *reader, const Reading *reading)
{
	return reader->read == read_json &&
		(reading->null_is_json ||
		 (OidIsValid(reader->domain) && domain_is_not_null(reader->domain)));
}

/*
 * Reads a value, or a part of one: what is said to be as it is now stays that,
 * null is NULL, and what a domain demands is checked. The value may point into
 * the present one, or the JSON.
 */
ReadProblem
read_part(const ValueReader *reader, Reading *reading)
{
	ReadProblem problem = READ_DONE;

	check_stack_depth();
	CHECK_FOR_INTERRUPTS();
	reading->value = (Datum) 0;
	reading->isnull = false;
	if (reading->present_json != NULL &&
		json_says(reader, reading->json, reading->present_json))
	{
		reading->isnull = reading->present == NULL;
		if (!reading->isnull)
			reading->value = *reading->present;
		return READ_DONE;
	}

	if (reading->json->type == jbvNull && !takes_json_null(reader, reading))
		reading->isnull = true;
	else
		problem = reader->read(reader, reading);
	if (problem == READ_DONE && OidIsValid(reader->domain))
		check_domain(reader, reading->value, reading->isnull);
	return problem;
}

/* A part that is read for who watches. */
typedef struct PartRead
{
	const ValueReader *reader;
	Reading    *part;
	ReadProblem problem;
} PartRead;

static void
run_part_read(void *arg)
{
	PartRead   *read = arg;

	read->problem = read_part(read->reader, read->part);
}

/*
 * Reads a part that was entered. Where somebody wants to know all that is wrong, that is
 * told, and what is raised as well; then READ_TOLD is returned, and the others can be read.
 */
static ReadProblem
read_entered(const ValueReader *reader, Reading *part)
{
	ReadWatch  *watch = part->failure->watch;
	int			depth = list_length(part->failure->path);
	PartRead	read = {.reader = reader,.part = part};

	if (watch == NULL || watch->try_part == NULL)
		run_part_read(&read);
	else if (!watch->try_part(watch, run_part_read, &read))
		read.problem = READ_TOLD;
	return end_part(part, depth, read.problem);
}

/* An array, while it is read. */
typedef struct ArrayReading
{
	const ValueReader *element;
	const Reading *reading;
	int			ndim;
	int			dims[MAXDIM];	/* -1: not known yet */
	Datum	   *values;
	bool	   *nulls;
	int			nelems;
	int			capacity;
	Datum	   *present;		/* elements that are there now */
	bool	   *present_nulls;
	int			npresent;
} ArrayReading;

/* How many arrays there are one in another, at most. */
static int
nesting_of(const JsonbValue *json)
{
	JsonbIterator *iterator;
	JsonbValue	element;
	JsonbIteratorToken token;
	int			deepest = 0;

	check_stack_depth();
	if (!json_is_array(json))
		return 0;
	iterator = JsonbIteratorInit(json->val.binary.data);
	while ((token = JsonbIteratorNext(&iterator, &element, true)) != WJB_DONE)
	{
		int			nesting;

		CHECK_FOR_INTERRUPTS();
		if (token != WJB_ELEM)
			continue;
		nesting = nesting_of(&element);
		deepest = Max(deepest, nesting);
	}
	return 1 + deepest;
}

/* Whether JSON is an array of that many dimensions; dims are -1 where not known as yet. */
static bool
has_dimensions(const JsonbValue *json, int ndim, int *dims)
{
	JsonbIterator *iterator;
	JsonbValue	element;
	JsonbIteratorToken token;
	int			size;

	if (ndim == 0)
		return true;
	if (!json_is_array(json))
		return false;
	size = JsonContainerSize(json->val.binary.data);
	if (*dims < 0)
		*dims = size;
	if (size != *dims || size == 0)
		return false;
	iterator = JsonbIteratorInit(json->val.binary.data);
	while ((token = JsonbIteratorNext(&iterator, &element, true)) != WJB_DONE)
	{
		CHECK_FOR_INTERRUPTS();
		if (token == WJB_ELEM && !has_dimensions(&element, ndim - 1, dims + 1))
			return false;
	}
	return true;
}

/*
 * The dimensions that an array has: as deep as it is nested, elements apart. Where
 * these may be nested any how, there are as many as there are now, if it can be, or one.
 */
static int
count_dimensions(const ValueReader *reader, const Reading *reading, const ArrayType *present)
{
	int			dims[MAXDIM];
	int			ndim;

	if (reader->element->nesting < 0)
	{
		memset(dims, 0xFF, sizeof(dims));
		ndim = present != NULL && has_dimensions(reading->json, ARR_NDIM(present), dims) ? ARR_NDIM(present) : 1;
	}
	else
		ndim = nesting_of(reading->json) - reader->element->nesting;
	return Max(ndim, 1);
}

static ReadProblem
not_rectangular(const ArrayReading *array)
{
	return read_problem(array->reading, READ_WRONG_TYPE,
						"the arrays in an array are all of one length, and not empty", NULL);
}

static ReadProblem
read_element(ArrayReading *array, JsonbValue *json, JsonbValue *present_json)
{
	Reading		part = {.json = json,.failure = array->reading->failure};
	int			index = array->nelems;
	ReadProblem problem;

	if (index < array->npresent)
	{
		if (!array->present_nulls[index])
			part.present = &array->present[index];
		part.present_json = present_json;
	}
	problem = read_entered(array->element, &part);
	if (problem != READ_DONE && problem != READ_TOLD)
		return problem;
	if (index == array->capacity)
	{
		array->capacity *= 2;
		array->values = repalloc(array->values, sizeof(Datum) * array->capacity);
		array->nulls = repalloc(array->nulls, sizeof(bool) * array->capacity);
	}
	array->values[index] = part.value;
	array->nulls[index] = part.isnull;
	array->nelems++;
	return problem;
}

/* Reads a dimension: arrays of the next one, or at last the elements. */
static ReadProblem
read_dimension(ArrayReading *array, int dimension, JsonbValue *json, JsonbValue *present_json)
{
	JsonbContainer *present = present_json != NULL && json_is_array(present_json) ?
		present_json->val.binary.data : NULL;
	JsonbIterator *iterator;
	JsonbValue	element;
	JsonbIteratorToken token;
	ReadStep   *step;
	ReadProblem told = READ_DONE;
	int			size;

	if (!json_is_array(json))
		return not_rectangular(array);
	size = JsonContainerSize(json->val.binary.data);
	if (array->dims[dimension] < 0)
		array->dims[dimension] = size;
	if (size != array->dims[dimension] || (size == 0 && dimension > 0))
		return not_rectangular(array);

	step = enter_part(array->reading);
	iterator = JsonbIteratorInit(json->val.binary.data);
	while ((token = JsonbIteratorNext(&iterator, &element, true)) != WJB_DONE)
	{
		JsonbValue *there = NULL;
		ReadProblem problem;

		if (token != WJB_ELEM)
			continue;
		if (present != NULL && step->index < JsonContainerSize(present))
			there = getIthJsonbValueFromContainer(present, step->index);
		if (dimension + 1 < array->ndim)
			problem = read_dimension(array, dimension + 1, &element, there);
		else
			problem = read_element(array, &element, there);
		if (problem != READ_DONE && problem != READ_TOLD)
			return problem;
		if (problem == READ_TOLD)
			told = problem;
		if (there != NULL)
			pfree(there);
		step->index++;
	}
	leave_part(array->reading);
	return told;
}

/* The elements of the array that is there, if they are laid out as the new ones. */
static void
take_present(ArrayReading *array, ArrayType *present, const JsonbValue *json)
{
	const ValueReader *element = array->element;
	JsonbValue	inner = *json;

	if (ARR_NDIM(present) != array->ndim)
		return;
	/* elements stand at their places if all dimensions but the first are the same */
	for (int i = 1; i < array->ndim; i++)
	{
		JsonbValue *first = json_is_array(&inner) ?
			getIthJsonbValueFromContainer(inner.val.binary.data, 0) : NULL;

		if (first == NULL || !json_is_array(first) ||
			JsonContainerSize(first->val.binary.data) != ARR_DIMS(present)[i])
			return;
		inner = *first;
	}
	deconstruct_array(present, ARR_ELEMTYPE(present), element->typlen, element->typbyval,
					  element->typalign, &array->present, &array->present_nulls,
					  &array->npresent);
}

/* int2vector and oidvector are no arrays to their own functions if not made so. */
static Datum
make_vector(const ValueReader *reader, const ArrayReading *array)
{
	if (array->ndim != 1)
		ereport(ERROR,
				errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
				errmsg("%s has one dimension", format_type_be(reader->typid)));
	for (int i = 0; i < array->nelems; i++)
	{
		if (array->nulls[i])
			ereport(ERROR,
					errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
					errmsg("%s has no null elements", format_type_be(reader->typid)));
	}
	if (reader->typid == OIDVECTOROID)
	{
		Oid		   *oids = palloc(sizeof(Oid) * Max(array->nelems, 1));

		for (int i = 0; i < array->nelems; i++)
			oids[i] = DatumGetObjectId(array->values[i]);
		return PointerGetDatum(buildoidvector(oids, array->nelems));
	}
	else
	{
		int16	   *numbers = palloc(sizeof(int16) * Max(array->nelems, 1));

		for (int i = 0; i < array->nelems; i++)
			numbers[i] = DatumGetInt16(array->values[i]);
		return PointerGetDatum(buildint2vector(numbers, array->nelems));
	}
}

/* Arrays: rectangular, and their lower bounds are 1. */
ReadProblem
read_array(const ValueReader *reader, Reading *reading)
{
	const ValueReader *element = reader->element;
	ArrayReading array = {.element = element,.reading = reading,.capacity = 64};
	ArrayType  *present = NULL;
	ReadProblem problem;
	int			lower_bounds[MAXDIM];

	if (!json_is_array(reading->json))
		return wrong_type(reader, reading, "an array");
	if (reading->present != NULL)
		present = DatumGetArrayTypeP(*reading->present);
	array.ndim = count_dimensions(reader, reading, present);
	if (array.ndim > MAXDIM)
		return read_problem(reading, READ_WRONG_TYPE,
							psprintf("an array has at most %d dimensions", MAXDIM), NULL);
	if (present != NULL && (element->uses_present || reading->present_json != NULL))
		take_present(&array, present, reading->json);
	for (int i = 0; i < MAXDIM; i++)
	{
		array.dims[i] = -1;
		lower_bounds[i] = 1;
	}
	array.values = palloc(sizeof(Datum) * array.capacity);
	array.nulls = palloc(sizeof(bool) * array.capacity);
	problem = read_dimension(&array, 0, reading->json, reading->present_json);
	if (problem != READ_DONE)
		return problem;

	if (reader->typid == INT2VECTOROID || reader->typid == OIDVECTOROID)
		reading->value = make_vector(reader, &array);
	else if (array.nelems == 0)
		reading->value = PointerGetDatum(construct_empty_array(get_element_type(reader->typid)));
	else
		reading->value = PointerGetDatum(construct_md_array(array.values, array.nulls,
															array.ndim, array.dims,
															lower_bounds,
															get_element_type(reader->typid),
															element->typlen, element->typbyval,
															element->typalign));
	return READ_DONE;
}

/* The columns of a composite value that is there. */
static void
take_columns(const ValueReader *reader, const Reading *reading, Datum *values, bool *nulls)
{
	if (reading->present != NULL)
		deform_record(DatumGetHeapTupleHeader(*reading->present), reader->tupdesc, values,
					  nulls);
	else
		memset(nulls, true, sizeof(bool) * reader->tupdesc->natts);
}

/* Composites: an object, in which what is absent stays as it is. */
ReadProblem
read_record(const ValueReader *reader, Reading *reading)
{
	int			natts = reader->tupdesc->natts;
	JsonbValue *members = palloc(sizeof(JsonbValue) * Max(natts, 1));
	bool	   *found = palloc(sizeof(bool) * Max(natts, 1));
	Datum	   *values = palloc0(sizeof(Datum) * Max(natts, 1));
	bool	   *nulls = palloc(sizeof(bool) * Max(natts, 1));
	JsonbValue *present = reading->present_json;
	ReadProblem problem;
	ReadProblem told;

	if (!json_is_object(reading->json))
		return wrong_type(reader, reading, "an object");
	told = get_members(reader, reading, reader->keys, natts, members, found);
	if (told != READ_DONE && told != READ_TOLD)
		return told;
	if (present != NULL && !json_is_object(present))
		present = NULL;

	take_columns(reader, reading, values, nulls);
	for (int i = 0; i < natts; i++)
	{
		JsonbValue	null = {.type = jbvNull};
		JsonbValue	there = {.type = jbvNull};
		Datum		column = values[i];
		Reading		part = {.json = found[i] ? &members[i] : &null,.failure = reading->failure};

		if (reader->keys[i] == NULL)
			nulls[i] = true;
		if (reader->keys[i] == NULL || (!found[i] && reading->present != NULL))
			continue;
		if (!nulls[i])
			part.present = &column;
		if (present != NULL)
		{
			/* NULL may have been left out */
			(void) getKeyJsonValueFromContainer(present->val.binary.data, reader->keys[i],
												strlen(reader->keys[i]), &there);
			part.present_json = &there;
		}
		enter_part(reading)->key = reader->keys[i];
		problem = read_entered(reader->fields[i], &part);
		if (problem != READ_DONE && problem != READ_TOLD)
			return problem;
		leave_part(reading);
		if (problem == READ_TOLD)
			told = problem;
		values[i] = part.value;
		nulls[i] = part.isnull;
	}
	if (told == READ_TOLD)
		return told;
	reading->value = HeapTupleGetDatum(heap_form_tuple(reader->tupdesc, values, nulls));
	return READ_DONE;
}

static ReadProblem
read_bound(const ValueReader *reader, const Reading *reading, const char *const *keys,
		   JsonbValue *members, const bool *found, RangeBound *bound)
{
	Reading		part = {.json = &members[0],.failure = reading->failure};
	ReadProblem problem = READ_DONE;

	bound->infinite = true;
	bound->inclusive = bound->lower;
	if (found[0])
	{
		enter_part(reading)->key = keys[0];
		problem = read_entered(reader->element, &part);
		if (problem != READ_DONE && problem != READ_TOLD)
			return problem;
		leave_part(reading);
		bound->infinite = part.isnull;
		bound->val = part.value;
	}
	if (found[1])
	{
		if (members[1].type != jbvBool)
		{
			enter_part(reading)->key = keys[1];
			return read_problem(reading, READ_WRONG_TYPE,
								"whether a bound is included is true or false", NULL);
		}
		bound->inclusive = members[1].val.boolean;
	}
	return problem;
}

/* ranges as "object" */
ReadProblem
read_range(const ValueReader *reader, Reading *reading)
{
	static const char *const keys[] = {"lower", "lower_inc", "upper", "upper_inc", "empty"};
	TypeCacheEntry *typcache = lookup_type_cache(reader->typid, TYPECACHE_RANGE_INFO);
	JsonbValue	members[lengthof(keys)];
	bool		found[lengthof(keys)];
	RangeBound	lower = {.lower = true};
	RangeBound	upper = {.lower = false};
	bool		empty = false;
	ReadProblem problem;
	ReadProblem told;

	if (!json_is_object(reading->json))
		return wrong_type(reader, reading, "an object");
	told = get_members(reader, reading, keys, lengthof(keys), members, found);
	if (told != READ_DONE && told != READ_TOLD)
		return told;
	if (found[4])
	{
		if (members[4].type != jbvBool)
		{
			enter_part(reading)->key = keys[4];
			return read_problem(reading, READ_WRONG_TYPE,
								"whether a range is empty is true or false", NULL);
		}
		empty = members[4].val.boolean;
		if (empty && (found[0] || found[1] || found[2] || found[3]))
			ereport(ERROR,
					errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					errmsg("an empty range has no bounds"));
	}
	problem = read_bound(reader, reading, &keys[0], &members[0], &found[0], &lower);
	if (problem == READ_TOLD)
		told = problem;
	if (problem == READ_DONE || problem == READ_TOLD)
		problem = read_bound(reader, reading, &keys[2], &members[2], &found[2], &upper);
	if (problem != READ_DONE || told == READ_TOLD)
		return problem != READ_DONE ? problem : told;
	reading->value = RangeTypePGetDatum(jsonify_make_range(typcache, &lower, &upper, empty));
	return READ_DONE;
}

/* multiranges as "object": an array of ranges, each an object */
ReadProblem
read_multirange(const ValueReader *reader, Reading *reading)
{
	const ValueReader *range = reader->element;
	RangeType **ranges;
	int			nranges = 0;
	JsonbIterator *iterator;
	JsonbValue	element;
	JsonbIteratorToken token;
	ReadStep   *step;
	ReadProblem told = READ_DONE;

	if (!json_is_array(reading->json))
		return wrong_type(reader, reading, "an array");
	ranges = palloc(sizeof(RangeType *) *
					Max(JsonContainerSize(reading->json->val.binary.data), 1));
	step = enter_part(reading);
	iterator = JsonbIteratorInit(reading->json->val.binary.data);
	while ((token = JsonbIteratorNext(&iterator, &element, true)) != WJB_DONE)
	{
		Reading		part = {.json = &element,.failure = reading->failure};
		ReadProblem problem;

		if (token != WJB_ELEM)
			continue;
		problem = element.type == jbvNull ?
			end_part(&part, list_length(part.failure->path), wrong_type(range, &part, "an object")) :
			read_entered(range, &part);
		if (problem != READ_DONE && problem != READ_TOLD)
			return problem;
		if (problem == READ_TOLD)
			told = problem;
		else
			ranges[nranges++] = DatumGetRangeTypeP(part.value);
		step->index++;
	}
	leave_part(reading);
	if (told == READ_TOLD)
		return told;
	reading->value = MultirangeTypePGetDatum(make_multirange(reader->typid,
															 lookup_type_cache(range->typid,
																			   TYPECACHE_RANGE_INFO),
															 nranges, ranges));
	return READ_DONE;
}
