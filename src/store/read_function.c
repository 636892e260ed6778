/*
 * read_function.c
 *		What all readers do: call functions of types and of users, and say what is
 *		wrong, and where.
 */
#include "store/reader.h"

#include "catalog/pg_collation.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/syscache.h"

/* Notes what is wrong, and returns it. */
ReadProblem
read_problem(const Reading *reading, ReadProblem problem, const char *message,
			 const char *hint)
{
	reading->failure->message = message;
	reading->failure->hint = hint;
	return problem;
}

/* The same of JSON of the wrong kind: expected is what would do. */
ReadProblem
wrong_type(const ValueReader *reader, const Reading *reading, const char *expected)
{
	return read_problem(reading, READ_WRONG_TYPE,
						psprintf("%s is read from %s, not from a JSON %s",
								 format_type_be(reader->typid), expected,
								 JsonbTypeName(reading->json)), NULL);
}

/* What is read from here on is a part of the value: the step to it is returned, to be filled. */
ReadStep *
enter_part(const Reading *reading)
{
	ReadStep   *step = palloc0(sizeof(ReadStep));

	reading->failure->path = lappend(reading->failure->path, step);
	return step;
}

/* The part was read. */
void
leave_part(const Reading *reading)
{
	reading->failure->path = list_delete_last(reading->failure->path);
}

/*
 * What is wrong with a part: as it is, to end the reading; or told to who watches. depth
 * is how deep the path was before the part was entered.
 */
ReadProblem
end_part(const Reading *reading, int depth, ReadProblem problem)
{
	ReadFailure *failure = reading->failure;

	if (problem == READ_DONE || failure->watch == NULL)
		return problem;
	if (problem != READ_TOLD)
		failure->watch->tell(failure->watch, problem);
	failure->path = list_truncate(failure->path, depth);
	failure->by = READ_BY_RULE;
	return READ_TOLD;
}

/* Which of the keys of a type an unknown one may be meant for, as a hint; or NULL. */
static const char *
nearest_key(const char *name, const char *const *keys, int nkeys)
{
	List	   *names = NIL;
	char	   *nearest;

	for (int i = 0; i < nkeys; i++)
	{
		if (keys[i] != NULL)
			names = lappend(names, unconstify(char *, keys[i]));
	}
	nearest = nearest_names(name, names);
	list_free(names);
	return nearest == NULL ? NULL : psprintf("Perhaps you meant %s.", nearest);
}

/*
 * Finds the members of an object that keys names, which are all that it may have.
 * Sets found, and where that is true the member. Returns READ_TOLD if others were told.
 */
ReadProblem
get_members(const ValueReader *reader, const Reading *reading, const char *const *keys,
			int nkeys, JsonbValue *members, bool *found)
{
	JsonbContainer *object = reading->json->val.binary.data;
	JsonbIterator *iterator;
	JsonbValue	member;
	JsonbIteratorToken token;
	int			known = 0;
	ReadProblem problem = READ_DONE;

	for (int i = 0; i < nkeys; i++)
	{
		found[i] = keys[i] != NULL &&
			getKeyJsonValueFromContainer(object, keys[i], strlen(keys[i]), &members[i]) != NULL;
		known += found[i];
	}
	if (reader->ignore_unknown || known == JsonContainerSize(object))
		return READ_DONE;

	iterator = JsonbIteratorInit(object);
	while ((token = JsonbIteratorNext(&iterator, &member, true)) != WJB_DONE)
	{
		char	   *name;
		const char *hint;
		bool		is_known = false;

		CHECK_FOR_INTERRUPTS();
		if (token != WJB_KEY)
			continue;
		name = json_string(&member);
		for (int i = 0; i < nkeys && !is_known; i++)
			is_known = keys[i] != NULL && strcmp(keys[i], name) == 0;
		if (is_known)
			continue;
		enter_part(reading)->key = name;
		/* of many, for which it would take long, one is enough */
		hint = problem == READ_DONE ? nearest_key(name, keys, nkeys) : NULL;
		problem = read_problem(reading, READ_UNKNOWN,
							   psprintf("%s has no such key", format_type_be(reader->typid)), hint);
		problem = end_part(reading, list_length(reading->failure->path) - 1, problem);
		if (problem != READ_TOLD)
			return problem;
	}
	return problem;
}

/* A function, looked up the first time that it is called. */
FmgrInfo *
reader_function(const ValueReader *reader, ReaderFunction *function)
{
	if (!OidIsValid(function->function.fn_oid))
		fmgr_info_cxt(function->oid, &function->function, reader->context);
	return &function->function;
}

/* A JSON string, palloc'd; JSON has no zero bytes in it. */
char *
json_string(const JsonbValue *json)
{
	return pnstrdup(json->val.string.val, json->val.string.len);
}

/* Whether a type's input checks what domains demand: that of a range of such values. */
static bool
input_checks_domains(Oid typid)
{
	if (get_typtype(typid) == TYPTYPE_MULTIRANGE)
		typid = get_multirange_range(typid);
	if (get_typtype(typid) != TYPTYPE_RANGE)
		return false;
	typid = get_range_subtype(typid);
	return get_typtype(typid) != TYPTYPE_BASE || OidIsValid(get_element_type(typid));
}

/* Calls a type's input, with a state for this call alone: what that runs may come back here. */
static Datum
call_input_alone(const ValueReader *reader, char *text)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "jsonify input",
												  ALLOCSET_SMALL_SIZES);
	FmgrInfo	function;
	Datum		value;

	fmgr_info_cxt(reader->input.oid, &function, context);
	value = InputFunctionCall(&function, text, reader->ioparam, reader->typmod);
	MemoryContextDelete(context);
	return value;
}

/* A value as its type's input reads it. Raises what that does, and then failure tells so. */
Datum
read_input(const ValueReader *reader, char *text, ReadFailure *failure)
{
	ValueReader *own = unconstify(ValueReader *, reader);
	Datum		value;

	if (!OidIsValid(own->input.oid))
	{
		own->input_checks = input_checks_domains(reader->typid);
		getTypeInputInfo(reader->typid, &own->input.oid, &own->ioparam);
	}
	failure->by = READ_BY_INPUT;
	if (own->input_checks)
		value = call_input_alone(reader, text);
	else
		value = InputFunctionCall(reader_function(reader, &own->input), text, reader->ioparam,
								  reader->typmod);
	failure->by = READ_BY_RULE;
	return value;
}

/*
 * A value as a column of its typmod takes it: rounded, or padded. Raises what does
 * not fit, as INSERT would.
 */
Datum
fit_value(const ValueReader *reader, Datum value)
{
	ValueReader *own = unconstify(ValueReader *, reader);

	if (!OidIsValid(reader->fit.oid))
		return value;
	/* as a cast that is implicit; those that take no third argument do not mind */
	return FunctionCall3(reader_function(reader, &own->fit), value,
						 Int32GetDatum(reader->typmod), BoolGetDatum(false));
}

/*
 * Checks what the domain of a reader demands of a value, or NULL. A constraint may call a
 * function that comes back here, and its state is that of one call. Raises what does not
 * hold.
 */
void
check_domain(const ValueReader *reader, Datum value, bool isnull)
{
	ValueReader *own = unconstify(ValueReader *, reader);
	void	   *state = NULL;

	if (own->checks_domain)
	{
		domain_check(value, isnull, reader->domain, &state, CurrentMemoryContext);
		return;
	}
	if (own->domain_memory == NULL)
		own->domain_memory = AllocSetContextCreate(reader->context, "jsonify domain",
												   ALLOCSET_SMALL_SIZES);
	own->checks_domain = true;
	PG_TRY();
	{
		domain_check(value, isnull, reader->domain, &own->domain_state, own->domain_memory);
	}
	PG_CATCH();
	{
		/* what it left off in the middle of must not go on */
		own->checks_domain = false;
		own->domain_state = NULL;
		MemoryContextReset(own->domain_memory);
		PG_RE_THROW();
	}
	PG_END_TRY();
	own->checks_domain = false;
}

/* Calls a cast: of a value, and if it takes that of the typmod, and not explicit. */
static Datum
call_cast(const ValueReader *reader, FmgrInfo *function, Datum value, bool *isnull)
{
	LOCAL_FCINFO(fcinfo, 3);
	Datum		result;

	InitFunctionCallInfoData(*fcinfo, function, function->fn_nargs, DEFAULT_COLLATION_OID,
							 NULL, NULL);
	fcinfo->args[0].value = value;
	fcinfo->args[0].isnull = false;
	fcinfo->args[1].value = Int32GetDatum(reader->typmod);
	fcinfo->args[1].isnull = false;
	fcinfo->args[2].value = BoolGetDatum(false);
	fcinfo->args[2].isnull = false;
	result = FunctionCallInvoke(fcinfo);
	*isnull = fcinfo->isnull;
	return result;
}

/*
 * Reads by a cast that a user made. As in a query with the cast in it, the caller
 * must be allowed to call the function.
 */
ReadProblem
read_by_cast(const ValueReader *reader, Reading *reading)
{
	ReaderFunction *cast = &unconstify(ValueReader *, reader)->cast;
	Jsonb	   *jsonb = JsonbValueToJsonb(reading->json);
	Datum		value = JsonbPGetDatum(jsonb);

	if (!SearchSysCacheExists1(PROCOID, ObjectIdGetDatum(cast->oid)))
		ereport(ERROR,
				errcode(ERRCODE_UNDEFINED_FUNCTION),
				errmsg("a function that reads JSON was dropped while it was in use"));
	if (!jsonify_may_execute(cast->oid, GetUserId()))
		aclcheck_error(ACLCHECK_NO_PRIV, OBJECT_FUNCTION, get_func_name(cast->oid));
	if (reader->cast_from_text)
		value = CStringGetTextDatum(JsonbToCString(NULL, &jsonb->root, VARSIZE(jsonb)));

	/* it may come back here, and its state is that of one call */
	if (cast->running)
	{
		FmgrInfo	function;

		fmgr_info(cast->oid, &function);
		reading->failure->by = READ_BY_CAST;
		reading->value = call_cast(reader, &function, value, &reading->isnull);
	}
	else
	{
		if (cast->memory == NULL)
			cast->memory = AllocSetContextCreate(reader->context, "jsonify cast",
												 ALLOCSET_SMALL_SIZES);
		if (!OidIsValid(cast->function.fn_oid))
			fmgr_info_cxt(cast->oid, &cast->function, cast->memory);
		cast->running = true;
		reading->failure->by = READ_BY_CAST;
		PG_TRY();
		{
			reading->value = call_cast(reader, &cast->function, value, &reading->isnull);
		}
		PG_CATCH();
		{
			/* what it left off in the middle of must not go on */
			cast->running = false;
			cast->function.fn_oid = InvalidOid;
			MemoryContextReset(cast->memory);
			PG_RE_THROW();
		}
		PG_END_TRY();
		cast->running = false;
	}
	reading->failure->by = READ_BY_RULE;
	if (!reading->isnull)
		reading->value = fit_value(reader, reading->value);
	return READ_DONE;
}
