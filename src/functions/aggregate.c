/*
 * aggregate.c
 *		The SQL aggregates jsonify_agg() and jsonify_text_agg(): values are
 *		collected, and their related rows loaded for all of them at once at the
 *		end.
 */
#include "run/run.h"

#include "catalog/pg_type.h"
#include "utils/datum.h"
#include "utils/jsonb.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"

/* There may be many groups of few values: those get no memory context. */
#define MANY_VALUES 256

/* Values that follow each other with the same shape, params and options. */
typedef struct CollectSegment
{
	char	   *shape;			/* NULL for none */
	int			shape_length;
	char	   *options;		/* NULL for none */
	int			options_length;
	char	   *params;			/* NULL for none */
	int			params_length;
	int			nvalues;
} CollectSegment;

typedef struct CollectState
{
	MemoryContext context;
	MemoryContext copies;		/* of what the next values point to */
	Oid			typid;			/* of the values */
	int16		typlen;
	bool		typbyval;
	List	   *segments;		/* of CollectSegment */
	Datum	   *values;
	bool	   *nulls;
	int			nvalues;
	int			capacity;
} CollectState;

static CollectState *
make_state(FunctionCallInfo fcinfo, MemoryContext context)
{
	CollectState *state = MemoryContextAllocZero(context, sizeof(CollectState));

	state->context = context;
	state->copies = context;
	state->typid = argument_type(fcinfo->flinfo, 1);
	get_typlenbyval(state->typid, &state->typlen, &state->typbyval);
	state->capacity = 8;
	state->values = MemoryContextAlloc(context, sizeof(Datum) * state->capacity);
	state->nulls = MemoryContextAlloc(context, sizeof(bool) * state->capacity);
	return state;
}

/* Whether bytes that were copied are those of a value; NULL is like itself alone. */
static bool
is_copy_of(const char *bytes, int length, const struct varlena *value)
{
	return same_bytes(bytes, length, value != NULL ? VARDATA_ANY(value) : NULL,
					  value != NULL ? VARSIZE_ANY_EXHDR(value) : 0);
}

static char *
copy_bytes(const struct varlena *value, int *length)
{
	char	   *bytes;

	*length = value != NULL ? VARSIZE_ANY_EXHDR(value) : 0;
	if (value == NULL)
		return NULL;
	bytes = palloc(*length + 1);
	memcpy(bytes, VARDATA_ANY(value), *length);
	return bytes;
}

/* The segment that a value with this shape, these params and options goes to. */
static CollectSegment *
find_segment(CollectState *state, const text *shape, const Jsonb *params, const Jsonb *options)
{
	CollectSegment *segment = state->segments != NIL ? llast(state->segments) : NULL;

	if (segment != NULL &&
		is_copy_of(segment->shape, segment->shape_length, (const struct varlena *) shape) &&
		is_copy_of(segment->params, segment->params_length, (const struct varlena *) params) &&
		is_copy_of(segment->options, segment->options_length, (const struct varlena *) options))
		return segment;

	segment = palloc0(sizeof(CollectSegment));
	segment->shape = copy_bytes((const struct varlena *) shape, &segment->shape_length);
	segment->params = copy_bytes((const struct varlena *) params, &segment->params_length);
	segment->options = copy_bytes((const struct varlena *) options, &segment->options_length);
	state->segments = lappend(state->segments, segment);
	return segment;
}

/* Adds the second argument to the state that is the first. */
static Datum
collect_value(FunctionCallInfo fcinfo, const text *shape, const Jsonb *params, const Jsonb *options)
{
	MemoryContext context;
	MemoryContext old;
	CollectState *state;
	int			caller = AggCheckCallContext(fcinfo, &context);

	if (!caller)
		elog(ERROR, "jsonify_agg_transfn called in non-aggregate context");
	old = MemoryContextSwitchTo(context);
	state = PG_ARGISNULL(0) ? make_state(fcinfo, context) : (CollectState *) PG_GETARG_POINTER(0);
	if (PG_ARGISNULL(0) && shape == NULL && caller == AGG_CONTEXT_WINDOW &&
		(state->typid == RECORDOID || state->typid == RECORDARRAYOID))
		refuse_unnamed_rows();
	if (state->nvalues == state->capacity)
	{
		if (state->capacity > INT_MAX / 2)
			ereport(ERROR,
					errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
					errmsg("too many values for jsonify_agg"));
		state->capacity *= 2;
		state->values = repalloc_huge(state->values, sizeof(Datum) * (Size) state->capacity);
		state->nulls = repalloc_huge(state->nulls, sizeof(bool) * (Size) state->capacity);
	}
	/* values go all at once: no chunk need be larger than its value */
	if (state->nvalues == MANY_VALUES)
		state->copies = jsonify_generation_context(context, "jsonify values");
	find_segment(state, shape, params, options)->nvalues++;
	state->nulls[state->nvalues] = PG_ARGISNULL(1);
	MemoryContextSwitchTo(state->copies);
	if (!PG_ARGISNULL(1))
		state->values[state->nvalues] = datumCopy(PG_GETARG_DATUM(1), state->typbyval,
												  state->typlen);
	state->nvalues++;
	MemoryContextSwitchTo(old);
	PG_RETURN_POINTER(state);
}

/*
 * jsonify_agg_transfn(state internal, value anyelement) returns internal
 */
PG_FUNCTION_INFO_V1(jsonify_agg_value_transfn);
PGDLLEXPORT Datum
jsonify_agg_value_transfn(PG_FUNCTION_ARGS)
{
	return collect_value(fcinfo, NULL, NULL, NULL);
}

/*
 * jsonify_agg_transfn(state internal, value anyelement, shape text
 * [, params jsonb [, options jsonb]]) returns internal
 */
PG_FUNCTION_INFO_V1(jsonify_agg_shape_transfn);
PGDLLEXPORT Datum
jsonify_agg_shape_transfn(PG_FUNCTION_ARGS)
{
	if (PG_NARGS() > 3 && !PG_ARGISNULL(3))
		check_params(PG_GETARG_DATUM(3));
	return collect_value(fcinfo, PG_ARGISNULL(2) ? NULL : PG_GETARG_TEXT_PP(2),
						 PG_NARGS() > 3 && !PG_ARGISNULL(3) ? PG_GETARG_JSONB_P(3) : NULL,
						 PG_NARGS() > 4 && !PG_ARGISNULL(4) ? PG_GETARG_JSONB_P(4) : NULL);
}

static void
add_segment(Batch *batch, CallSite *site, const CollectState *state, const CollectSegment *segment,
			int first)
{
	site_set_options(site, segment->options, segment->options_length);
	site_set_params(site, segment->params, segment->params_length);
	for (int i = first; i < first + segment->nvalues; i++)
	{
		CHECK_FOR_INTERRUPTS();
		if (state->nulls[i])
			batch_add_null(batch);
		else if (segment->shape != NULL)
			batch_add_shaped(batch, state->values[i], segment->shape,
							 segment->shape_length);
		else
			batch_add_value(batch, state->values[i]);
	}
}

/* A text has one layout: that of the first value's options is the others' too. */
static void
check_layouts(const CollectState *state)
{
	TextLayout	first = {0};
	TextLayout	layout;
	ListCell   *lc;

	foreach(lc, state->segments)
	{
		read_text_layout(&layout, ((CollectSegment *) lfirst(lc))->options);
		if (foreach_current_index(lc) == 0)
			first = layout;
		else if (layout.indent != first.indent || layout.ensure_ascii != first.ensure_ascii)
			ereport(ERROR,
					errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					errmsg("options \"ensure_ascii\" and \"indent\" must be the same for all values of an aggregate"),
					errhint("They lay out the array as a whole."));
	}
}

/* Values that lead to no rows: written where they lie. */
typedef struct ValueReader
{
	CallSite   *site;
	const CollectState *state;
	const ValueType *type;
	int			next;
} ValueReader;

/* An ElementWriter */
static void
write_next_value(Sink *sink, void *arg)
{
	ValueReader *reader = arg;
	int			i = reader->next++;

	if (reader->state->nulls[i])
	{
		sink->ops->put_null(sink);
		return;
	}
	site_trim(reader->site, false);
	reader->type->write(sink, reader->type, reader->state->values[i]);
	if (!sink->scratch->isReset)
		MemoryContextReset(sink->scratch);
}

/*
 * Of values that have all the same options, no shape, and none by default
 * either, makes the array without a batch. Returns false of others.
 */
static bool
make_plain_array(CallSite *site, const CollectState *state, Sink *sink, Datum *result)
{
	const CollectSegment *segment = linitial(state->segments);
	ValueReader reader = {.site = site,.state = state};
	DocumentKey key;
	const DocumentPlan *plan;
	MemoryContext old;

	if (list_length(state->segments) > 1 || segment->shape != NULL)
		return false;
	site_set_options(site, segment->options, segment->options_length);
	site_set_params(site, segment->params, segment->params_length);
	key = site_key(site, state->typid, -1, NULL, 0);
	plan = site_plan(site, &key);
	if (plan->root != NULL || plan->type->leads_on)
		return false;
	check_plan_params(plan, site->params);

	reader.type = plan->type;
	if (state->nvalues > MANY_VALUES)
		site->size_hint = Min(MemoryContextMemAllocated(state->copies, true), MaxAllocSize / 4);
	old = site_begin_document(site, sink, false);
	write_dimensions(sink, 1, &state->nvalues, write_next_value, &reader);
	*result = site_finish_document(site, sink, false, old);
	return true;
}

/* An array of the values of a state, each as jsonify() would have it. */
static Datum
make_array(FunctionCallInfo fcinfo, const SinkOps *ops)
{
	CollectState *state;
	CallSite   *site;
	Batch	   *batch;
	int			nvalues = 0;
	ListCell   *lc;
	Sink		sink = {.ops = ops};
	MemoryContext old;
	Datum		result;

	if (PG_ARGISNULL(0))
	{
		ops->begin(&sink, false, 0);
		write_dimensions(&sink, 0, NULL, NULL, NULL);
		PG_RETURN_DATUM(ops->finish(&sink, false));
	}
	state = (CollectState *) PG_GETARG_POINTER(0);
	site = get_call_site(fcinfo->flinfo, state->typid, ops);
	if (ops->is_text)
		check_layouts(state);
	if (make_plain_array(site, state, &sink, &result))
		PG_RETURN_DATUM(result);

	/*
	 * What is detoasted goes with the batch. Not in its own context, which keeps
	 * the holes that the scans of a look-up leave behind, row after row where
	 * definitions change all the time.
	 */
	batch = batch_begin(site);
	old = MemoryContextSwitchTo(AllocSetContextCreate(batch_context(batch), "jsonify values",
													  ALLOCSET_DEFAULT_SIZES));
	foreach(lc, state->segments)
	{
		add_segment(batch, site, state, lfirst(lc), nvalues);
		nvalues += ((CollectSegment *) lfirst(lc))->nvalues;
	}
	MemoryContextSwitchTo(old);
	batch_load(batch);

	site->size_hint = batch_size_estimate(batch);
	old = site_begin_document(site, &sink, false);
	sink.nested = batch_nested(batch);
	write_dimensions(&sink, 1, &nvalues, batch_write_next, batch);
	result = site_finish_document(site, &sink, false, old);
	batch_end(batch);
	PG_RETURN_DATUM(result);
}

/*
 * jsonify_agg_finalfn(state internal) returns jsonb
 *
 * An array of the values, each as jsonify() would have it; without any, an
 * empty array. A window calls it again and again over one state, so it leaves
 * that as it is.
 */
PG_FUNCTION_INFO_V1(jsonify_agg_finalfn);
PGDLLEXPORT Datum
jsonify_agg_finalfn(PG_FUNCTION_ARGS)
{
	return make_array(fcinfo, &jsonb_sink_ops);
}

/*
 * jsonify_text_agg_finalfn(state internal) returns json
 *
 * The same as JSON text.
 */
PG_FUNCTION_INFO_V1(jsonify_text_agg_finalfn);
PGDLLEXPORT Datum
jsonify_text_agg_finalfn(PG_FUNCTION_ARGS)
{
	return make_array(fcinfo, &text_sink_ops);
}
