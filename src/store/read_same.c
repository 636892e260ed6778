/*
 * read_same.c
 *		Whether a document says of a value what is there already, without reading it.
 */
#include "store/reader.h"

#include "miscadmin.h"
#include "utils/fmgrprotos.h"
#include "utils/numeric.h"

/* Whether two JSON values are one. */
bool
json_is_same(const JsonbValue *left, const JsonbValue *right)
{
	if (left->type != right->type)
		return false;
	switch (left->type)
	{
		case jbvNull:
			return true;
		case jbvString:
			return left->val.string.len == right->val.string.len &&
				memcmp(left->val.string.val, right->val.string.val, left->val.string.len) == 0;
		case jbvNumeric:
			return DatumGetBool(DirectFunctionCall2(numeric_eq,
													NumericGetDatum(left->val.numeric),
													NumericGetDatum(right->val.numeric)));
		case jbvBool:
			return left->val.boolean == right->val.boolean;
		default:
			return compareJsonbContainers(left->val.binary.data, right->val.binary.data) == 0;
	}
}

/* A member of an object, as filled into *value; JSON null if there is none. */
static bool
get_member(const JsonbValue *object, const char *key, JsonbValue *value)
{
	if (getKeyJsonValueFromContainer(object->val.binary.data, key, strlen(key), value) != NULL)
		return true;
	value->type = jbvNull;
	return false;
}

/* Of a composite value what is absent is not said, and what is NULL may be absent. */
static bool
record_says(const ValueReader *reader, JsonbValue *given, JsonbValue *present)
{
	int			known = 0;

	for (int i = 0; i < reader->tupdesc->natts; i++)
	{
		JsonbValue	given_member;
		JsonbValue	present_member;

		if (reader->keys[i] == NULL || !get_member(given, reader->keys[i], &given_member))
			continue;
		known++;
		(void) get_member(present, reader->keys[i], &present_member);
		if (!json_says(reader->fields[i], &given_member, &present_member))
			return false;
	}
	return reader->ignore_unknown || known == JsonContainerSize(given->val.binary.data);
}

/* A bound of a range: where one is absent there is none, and then nothing to include. */
static bool
bound_says(const ValueReader *reader, JsonbValue *given, JsonbValue *present,
		   const char *bound, const char *inclusive, bool by_default, int *known)
{
	JsonbValue	given_member;
	JsonbValue	present_member;
	JsonbValue	included;

	*known += get_member(given, bound, &given_member);
	(void) get_member(present, bound, &present_member);
	if (!json_says(reader->element, &given_member, &present_member))
		return false;

	if (get_member(given, inclusive, &included))
		*known += 1;
	else
	{
		included.type = jbvBool;
		included.val.boolean = by_default;
	}
	if (given_member.type == jbvNull)
		return included.type == jbvBool;
	(void) get_member(present, inclusive, &present_member);
	return json_is_same(&included, &present_member);
}

static bool
range_says(const ValueReader *reader, JsonbValue *given, JsonbValue *present)
{
	int			known = 0;
	JsonbValue	member;

	if (get_member(present, "empty", &member) || get_member(given, "empty", &member))
		return json_is_same(given, present);
	return bound_says(reader, given, present, "lower", "lower_inc", true, &known) &&
		bound_says(reader, given, present, "upper", "upper_inc", false, &known) &&
		known == JsonContainerSize(given->val.binary.data);
}

static bool
elements_say(const ValueReader *element, JsonbValue *given, JsonbValue *present)
{
	JsonbContainer *left = given->val.binary.data;
	JsonbContainer *right = present->val.binary.data;
	JsonbIterator *given_iterator;
	JsonbIterator *present_iterator;
	JsonbValue	given_element;
	JsonbValue	present_element;
	JsonbIteratorToken token;
	bool		same = true;

	if (JsonContainerSize(left) != JsonContainerSize(right))
		return false;
	given_iterator = JsonbIteratorInit(left);
	present_iterator = JsonbIteratorInit(right);
	while (same && (token = JsonbIteratorNext(&given_iterator, &given_element, true)) != WJB_DONE)
	{
		(void) JsonbIteratorNext(&present_iterator, &present_element, true);
		CHECK_FOR_INTERRUPTS();
		if (token != WJB_ELEM)
			continue;
		/* a dimension, where the elements themselves are no arrays */
		if (element->nesting == 0 && json_is_array(&given_element) &&
			json_is_array(&present_element))
			same = elements_say(element, &given_element, &present_element);
		else
			same = json_says(element, &given_element, &present_element);
	}
	return same;
}

/*
 * Whether given says what present, the JSON that a value is written as now, is
 * (NULL: null, left out). Numbers are compared as such, strings by their bytes,
 * arrays by their elements; of composite values what given has; others whole.
 */
bool
json_says(const ValueReader *reader, JsonbValue *given, JsonbValue *present)
{
	JsonbValue	null = {.type = jbvNull};

	check_stack_depth();
	if (present == NULL)
		present = &null;
	if (json_is_object(given) && json_is_object(present))
	{
		if (reader->kind == READER_RECORD)
			return record_says(reader, given, present);
		if (reader->kind == READER_RANGE)
			return range_says(reader, given, present);
	}
	else if (json_is_array(given) && json_is_array(present))
	{
		if (reader->kind == READER_ARRAY || reader->kind == READER_MULTIRANGE)
			return elements_say(reader->element, given, present);
	}
	return json_is_same(given, present);
}

/* Whether a value is what a new row may have of what is only shown: null, or no elements. */
bool
is_no_value(const JsonbValue *given)
{
	return given->type == jbvNull ||
		(json_is_array(given) && JsonContainerSize(given->val.binary.data) == 0);
}
