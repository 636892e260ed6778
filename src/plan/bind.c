/*
 * bind.c
 *		The values that a shape gives its queries: literals, and params, which
 *		are looked up in the jsonb of the call. They are bound, never part of
 *		the SQL.
 */
#include "plan/internal.h"

#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/jsonb.h"
#include "utils/lsyscache.h"

/* All values that a query takes, in the order of their parameters. */
List *
query_values(const Level *level, const RowFilter *filter)
{
	return list_concat_copy(level->values, filter->values);
}

/* Raises ERRCODE_INVALID_PARAMETER_VALUE unless a jsonb value is an object. */
void
check_params(Datum params)
{
	if (!JB_ROOT_IS_OBJECT(DatumGetJsonbP(params)))
		ereport(ERROR,
				errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				errmsg("params must be a JSON object"),
				errhint("Write, for example, '{\"id\": 1}'."));
}

static JsonbValue *
look_up_param(const char *name, const char *params)
{
	return params == NULL ? NULL :
		getKeyJsonValueFromContainer((JsonbContainer *) unconstify(char *, params),
									 name, strlen(name), NULL);
}

/* Whether there is a param of that name, be it null; params are the bytes of a jsonb object, or NULL. */
bool
param_is_given(const char *name, const char *params)
{
	JsonbValue *found = look_up_param(name, params);
	bool		is_given = found != NULL;

	if (is_given)
		pfree(found);
	return is_given;
}

/* Whether a guard is true of the params of a call. */
bool
guard_holds(const SqlGuard *guard, const char *params)
{
	ListCell   *lc;

	foreach(lc, guard->params)
	{
		/* of one kind the first that is given tells, of the other the first that is not */
		if (param_is_given(lfirst(lc), params) == guard->none_given)
			return !guard->none_given;
	}
	return guard->none_given;
}

/*
 * The value of a param, palloc'd; params are the bytes of a jsonb object, or
 * NULL. If it was not given raises ERRCODE_UNDEFINED_PARAMETER, or is NULL of one that
 * need not be.
 */
static JsonbValue *
find_param(const QueryValue *value, const char *params)
{
	JsonbValue *found = look_up_param(value->text, params);

	if (found == NULL && !value->is_optional)
		ereport(ERROR,
				errcode(ERRCODE_UNDEFINED_PARAMETER),
				errmsg("no value was given for $%s", value->text),
				errhint("Pass it in the argument \"params\", as in '{\"%s\": ...}'.", value->text),
				shape_position(value->place.shape, value->place.location));
	return found;
}

typedef struct ParamPlace
{
	const QueryValue *value;
	int			number;
} ParamPlace;

static int
compare_by_name(const void *a, const void *b)
{
	const ParamPlace *left = a;
	const ParamPlace *right = b;
	int			result = strcmp(left->value->text, right->value->text);

	if (result == 0)
		result = (int) left->value->is_optional - (int) right->value->is_optional;
	return result != 0 ? result : left->number - right->number;
}

static int
compare_by_number(const void *a, const void *b)
{
	return ((const ParamPlace *) a)->number - ((const ParamPlace *) b)->number;
}

/*
 * Of a list of QueryValue, which are params, the first of each name that must be given,
 * else the first; palloc'd.
 */
List *
distinct_params(const List *values)
{
	ParamPlace *places = MemoryContextAllocHuge(CurrentMemoryContext,
												sizeof(ParamPlace) * ((Size) list_length(values) + 1));
	List	   *params = NIL;
	int			n = 0;
	ListCell   *lc;

	foreach(lc, values)
	{
		places[foreach_current_index(lc)].value = lfirst(lc);
		places[foreach_current_index(lc)].number = foreach_current_index(lc);
	}
	qsort(places, list_length(values), sizeof(ParamPlace), compare_by_name);
	for (int i = 0; i < list_length(values); i++)
	{
		if (n == 0 || strcmp(places[n - 1].value->text, places[i].value->text) != 0)
			places[n++] = places[i];
	}
	qsort(places, n, sizeof(ParamPlace), compare_by_number);
	for (int i = 0; i < n; i++)
		params = lappend(params, unconstify(QueryValue *, places[i].value));
	pfree(places);
	return params;
}

/* Beyond that a list of all names is no help. */
#define MAX_LISTED_PARAMS 20

/* What a param that a shape does not name may have been meant as; names are those it has. */
static char *
suggest_params(const char *name, List *names)
{
	static const char *const arguments[] = {"where", "order", "limit", "offset", "page", "after"};
	char	   *nearest = nearest_names(name, names);
	StringInfoData buf;
	ListCell   *lc;

	if (nearest != NULL)
		return psprintf("Perhaps you meant %s.", nearest);
	for (int i = 0; i < lengthof(arguments); i++)
	{
		if (strcmp(name, arguments[i]) == 0)
			return psprintf("An argument of that name takes a param where the shape says so, as in (%s: $%s).",
							name, name);
	}
	if (names == NIL)
		return pstrdup("It names none. The option \"unknown_params\" may be \"ignore\".");
	if (list_length(names) > MAX_LISTED_PARAMS)
		return pstrdup("The option \"unknown_params\" may be \"ignore\".");
	initStringInfo(&buf);
	appendStringInfoString(&buf, "It names");
	foreach(lc, names)
		appendStringInfo(&buf, "%s $%s", foreach_current_index(lc) > 0 ? "," : "", (char *) lfirst(lc));
	appendStringInfoChar(&buf, '.');
	return buf.data;
}

/*
 * Raises ERRCODE_INVALID_PARAMETER_VALUE for the first param of a call, the bytes of a
 * jsonb object or NULL, that is none of a plan's, unless the plan takes any.
 */
void
refuse_unknown_params(const DocumentPlan *plan, const char *params)
{
	JsonbIterator *iterator;
	JsonbIteratorToken token;
	JsonbValue	item;
	List	   *names = NIL;
	ListCell   *lc;

	if (params == NULL || plan->takes_any_params)
		return;
	iterator = JsonbIteratorInit((JsonbContainer *) unconstify(char *, params));
	foreach(lc, plan->params)
		names = lappend(names, unconstify(char *, ((const QueryValue *) lfirst(lc))->text));
	while ((token = JsonbIteratorNext(&iterator, &item, true)) != WJB_DONE)
	{
		char	   *name;
		bool		known = false;

		CHECK_FOR_INTERRUPTS();
		if (token != WJB_KEY)
			continue;
		name = pnstrdup(item.val.string.val, item.val.string.len);
		foreach(lc, names)
			known = known || strcmp(lfirst(lc), name) == 0;
		if (!known)
			ereport(ERROR,
					errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					errmsg("the shape has no param \"%s\"", name),
					errhint("%s", suggest_params(name, names)));
		pfree(name);
	}
}

/*
 * Raises ERRCODE_UNDEFINED_PARAMETER for a param of a plan that is not among those of
 * a call, the bytes of a jsonb object or NULL, and unless the plan takes any
 * ERRCODE_INVALID_PARAMETER_VALUE for one that is not among the plan's.
 */
void
check_plan_params(const DocumentPlan *plan, const char *params)
{
	int			ngiven = 0;
	ListCell   *lc;

	foreach(lc, plan->params)
	{
		JsonbValue *found = find_param(lfirst(lc), params);

		if (found == NULL)
			continue;
		pfree(found);
		ngiven++;
	}
	if (params != NULL && JsonContainerSize((JsonbContainer *) unconstify(char *, params)) > ngiven)
		refuse_unknown_params(plan, params);
}

pg_noreturn static void
unfit_param(const QueryValue *value, const char *what)
{
	ereport(ERROR,
			errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			errmsg("$%s must be %s", value->text, what),
			shape_position(value->place.shape, value->place.location));
}

/* A number of rows or levels; of JSON null *isnull. */
static int64
read_count(const QueryValue *value, const char *params, bool *isnull)
{
	const char *text = value->text;
	int64		count;

	*isnull = false;
	if (value->literal == VALUE_PARAM)
	{
		JsonbValue *param = find_param(value, params);

		*isnull = param->type == jbvNull;
		if (*isnull)
			return 0;
		if (param->type != jbvNumeric)
			unfit_param(value, psprintf("a number, for \"%s\" takes one", value->count_of));
		/* 2.0 is whole */
		text = DatumGetCString(DirectFunctionCall1(numeric_out,
												   DirectFunctionCall1(numeric_trim_scale,
																	   NumericGetDatum(param->val.numeric))));
	}
	count = check_count(text, value->count_of, value->place.shape, value->place.location);
	return value->one_more && count < PG_INT64_MAX ? count + 1 : count;
}

/*
 * The number that an argument of a shape takes: not negative, and no more than
 * most, which it also is if there is none. Raises what bind_value() does.
 */
int
bind_limit(const QueryValue *value, const char *params, int most)
{
	bool		isnull;
	int64		count;

	if (value == NULL)
		return most;
	count = read_count(value, params, &isnull);
	return isnull || count > most ? most : (int) count;
}

/* A param that is a text, palloc'd; NULL of a null, and of one that need not be given and is not. */
char *
bind_text(const QueryValue *value, const char *params)
{
	JsonbValue *param = find_param(value, params);

	if (param == NULL || param->type == jbvNull)
		return NULL;
	if (param->type != jbvString)
		unfit_param(value, "a string, or null");
	return pnstrdup(param->val.string.val, param->val.string.len);
}

/* An error in a value is one in the shape, where that is asked for. */
static void
blame_value(void *arg)
{
	const QueryValue *value = arg;

	(void) shape_position(value->place.shape, value->place.location);
}

/* What a type makes of a text, which is that of a value or of a part of it. */
Datum
read_value_text(const QueryValue *value, Oid typid, char *text)
{
	ErrorContextCallback callback = {
		.previous = error_context_stack,
		.callback = blame_value,
		.arg = unconstify(QueryValue *, value)
	};
	Oid			function;
	Oid			argument;
	Datum		result;

	/* as what SQL would read it, too, and without a word of what to do */
	if (typid == RECORDOID)
		ereport(ERROR,
				errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				errmsg("a composite value cannot be written in a condition"),
				errhint("Compare its fields, as in \"address.city = 'Oslo'\"."),
				shape_position(value->place.shape, value->place.location));
	error_context_stack = &callback;
	getTypeInputInfo(typid, &function, &argument);
	result = OidInputFunctionCall(function, text, argument, -1);
	error_context_stack = callback.previous;
	return result;
}

static Datum jsonb_to_datum(const QueryValue *value, Oid typid, JsonbValue *json, bool *isnull);

/* An array of SQL, palloc'd. */
static Datum
make_array(Oid element, Datum *elements, bool *nulls, int nelements)
{
	int			lower_bound = 1;
	int16		typlen;
	bool		typbyval;
	char		typalign;

	get_typlenbyvalalign(element, &typlen, &typbyval, &typalign);
	if (nelements == 0)
		return PointerGetDatum(construct_empty_array(element));
	return PointerGetDatum(construct_md_array(elements, nulls, 1, &nelements, &lower_bound, element,
											  typlen, typbyval, typalign));
}

/* A JSON array as such. */
static Datum
array_to_datum(const QueryValue *value, Oid typid, JsonbContainer *container)
{
	Oid			element = get_element_type(typid);
	int			nelements = JsonContainerSize(container);
	Datum	   *elements = palloc(sizeof(Datum) * Max(nelements, 1));
	bool	   *nulls = palloc(sizeof(bool) * Max(nelements, 1));

	for (int i = 0; i < nelements; i++)
	{
		CHECK_FOR_INTERRUPTS();
		elements[i] = jsonb_to_datum(value, element, getIthJsonbValueFromContainer(container, i),
									 &nulls[i]);
	}
	return make_array(element, elements, nulls, nelements);
}

/* A param, or an element of one: for json itself, else what the type reads in it. */
static Datum
jsonb_to_datum(const QueryValue *value, Oid typid, JsonbValue *json, bool *isnull)
{
	Oid			base = getBaseType(typid);

	check_stack_depth();
	*isnull = false;
	if (base == JSONBOID || base == JSONOID)
	{
		Jsonb	   *jsonb = JsonbValueToJsonb(json);

		if (base == JSONBOID)
			return JsonbPGetDatum(jsonb);
		return CStringGetTextDatum(JsonbToCString(NULL, &jsonb->root, VARSIZE(jsonb)));
	}
	switch (json->type)
	{
		case jbvNull:
			*isnull = true;
			return (Datum) 0;
		case jbvString:
			return read_value_text(value, typid, pnstrdup(json->val.string.val, json->val.string.len));
		case jbvNumeric:
			return read_value_text(value, typid,
							 DatumGetCString(DirectFunctionCall1(numeric_out,
																 NumericGetDatum(json->val.numeric))));
		case jbvBool:
			return read_value_text(value, typid, pstrdup(json->val.boolean ? "true" : "false"));
		default:
			break;
	}
	if (json->type == jbvBinary && JsonContainerIsArray(json->val.binary.data) &&
		OidIsValid(get_element_type(base)))
		return array_to_datum(value, base, json->val.binary.data);
	unfit_param(value, psprintf("a value of type %s, not a JSON %s", format_type_be(typid),
								json->type == jbvBinary && JsonContainerIsArray(json->val.binary.data) ?
								"array" : "object"));
}

/* A literal as JSON: a string, a number, a boolean. */
static Datum
literal_to_jsonb(const QueryValue *value)
{
	JsonbValue	json;

	switch (value->literal)
	{
		case VALUE_STRING:
			json.type = jbvString;
			json.val.string.val = unconstify(char *, value->text);
			json.val.string.len = strlen(value->text);
			break;
		case VALUE_NUMBER:
			json.type = jbvNumeric;
			json.val.numeric = DatumGetNumeric(read_value_text(value, NUMERICOID, pstrdup(value->text)));
			break;
		default:
			json.type = jbvBool;
			json.val.boolean = pg_strcasecmp(value->text, "true") == 0;
	}
	return JsonbPGetDatum(JsonbValueToJsonb(&json));
}

/* An array of text from a list of strings, palloc'd. */
Datum
make_text_array(const List *strings)
{
	Datum	   *elements = palloc(sizeof(Datum) * (list_length(strings) + 1));
	ListCell   *lc;

	foreach(lc, strings)
		elements[foreach_current_index(lc)] = CStringGetTextDatum(lfirst(lc));
	return PointerGetDatum(construct_array(elements, list_length(strings), TEXTOID, -1, false,
										   TYPALIGN_INT));
}

static Datum
read_value(const QueryValue *value, const char *params, bool *isnull)
{
	JsonbValue *param;

	*isnull = value->literal == VALUE_NULL;
	if (*isnull)
		return (Datum) 0;
	if (value->literal != VALUE_PARAM)
		return value->kind == QUERY_JSON ? literal_to_jsonb(value) :
			read_value_text(value, value->typid, pstrdup(value->text));

	param = find_param(value, params);
	*isnull = param == NULL;
	if (*isnull)
		return (Datum) 0;
	if (value->kind == QUERY_ARRAY)
	{
		*isnull = param->type == jbvNull;
		if (*isnull)
			return (Datum) 0;
		if (param->type != jbvBinary || !JsonContainerIsArray(param->val.binary.data))
			unfit_param(value, "an array, for \"in\", \"any\" and \"all\" take one");
		return array_to_datum(value, value->typid, param->val.binary.data);
	}
	return jsonb_to_datum(value, value->typid, param, isnull);
}

/* The values of a list as an array. */
static Datum
read_list(const QueryValue *list, const char *params)
{
	Datum	   *elements = palloc(sizeof(Datum) * list->nelements);
	bool	   *nulls = palloc(sizeof(bool) * list->nelements);

	for (int i = 0; i < list->nelements; i++)
	{
		CHECK_FOR_INTERRUPTS();
		elements[i] = read_value(&list->elements[i], params, &nulls[i]);
	}
	return make_array(get_element_type(list->typid), elements, nulls, list->nelements);
}

/*
 * A value as its query takes it, of type value->typid, palloc'd in the current
 * memory context; params as find_param() takes them. Raises
 * ERRCODE_UNDEFINED_PARAMETER, ERRCODE_INVALID_PARAMETER_VALUE, and what the
 * type's input raises.
 */
Datum
bind_value(const QueryValue *value, const char *params, bool *isnull)
{
	if (value->kind == QUERY_COUNT)
		return Int64GetDatum(read_count(value, params, isnull));
	if (value->kind == QUERY_JSON_PATH)
	{
		*isnull = false;
		return make_text_array(value->path);
	}
	if (value->kind == QUERY_LIST)
	{
		*isnull = false;
		return read_list(value, params);
	}
	return read_value(value, params, isnull);
}
