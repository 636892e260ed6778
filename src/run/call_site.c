/*
 * call_site.c
 *		What one call of a function in a query keeps from row to row: its plan,
 *		the functions it calls, and work space. It lives in fn_extra.
 */
#include "run/internal.h"

#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/inval.h"
#include "utils/jsonb.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/syscache.h"

/* How many types that were met in values are kept from row to row. */
#define MAX_TYPE_PLANS 16

static void
release_call_site(void *arg)
{
	CallSite   *site = arg;
	ListCell   *lc;

	if (site->plan != NULL)
		unpin_plan(&site->plan->kept);
	foreach(lc, site->type_plans)
		unpin_plan(&((DocumentPlan *) lfirst(lc))->kept);
}

/* The type of a function's argument; an error where the caller does not tell. */
Oid
argument_type(FmgrInfo *flinfo, int number)
{
	Oid			typid = get_fn_expr_argtype(flinfo, number);

	if (!OidIsValid(typid))
		ereport(ERROR,
				errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				errmsg("could not determine the type of the value"));
	return typid;
}

/*
 * The call site of a function whose values are of argtype and whose documents
 * go to a sink of ops, made at its first call. It belongs to the function's
 * memory context.
 */
CallSite *
get_call_site(FmgrInfo *flinfo, Oid argtype, const SinkOps *ops)
{
	CallSite   *site = flinfo->fn_extra;
	Oid			element;

	if (site != NULL)
		return site;

	site = MemoryContextAllocZero(flinfo->fn_mcxt, sizeof(CallSite));
	site->context = flinfo->fn_mcxt;
	site->scratch = AllocSetContextCreate(flinfo->fn_mcxt, "jsonify scratch",
										  ALLOCSET_DEFAULT_SIZES);
	site->keep = AllocSetContextCreate(flinfo->fn_mcxt, "jsonify keep",
									   ALLOCSET_SMALL_SIZES);
	site->ops = ops;
	site->typid = argtype;
	site->base = getBaseType(argtype);
	site->is_record = type_is_rowtype(site->base);
	element = site->base == RECORDARRAYOID ? RECORDOID : get_element_type(site->base);
	if (OidIsValid(element) && type_is_rowtype(element))
		site->element = getBaseType(element);
	site->on_reset.func = release_call_site;
	site->on_reset.arg = site;
	MemoryContextRegisterResetCallback(site->context, &site->on_reset);
	flinfo->fn_extra = site;

	/* a statement that locks no table would not learn of others' changes */
	AcceptInvalidationMessages();
	return site;
}

/*
 * Sets the options of the documents that follow: the bytes of a jsonb, aligned,
 * or NULL for none. They must stay, and stay the same, until the next call, and
 * where a batch is filled until that is written.
 */
void
site_set_options(CallSite *site, const char *options, int options_length)
{
	site->options = options;
	site->options_length = options_length;
}

/* Sets their params in the same way, and on the same terms: the bytes of a jsonb object. */
void
site_set_params(CallSite *site, const char *params, int params_length)
{
	site->params = params;
	site->params_length = params_length;
}

/*
 * Sets both as the arguments of a function are: params from number on, then
 * options. Raises what check_params() does.
 */
void
site_take_options(CallSite *site, FunctionCallInfo fcinfo, int number)
{
	Jsonb	   *params = NULL;
	Jsonb	   *options = PG_ARGISNULL(number + 1) ? NULL : PG_GETARG_JSONB_P(number + 1);

	if (!PG_ARGISNULL(number))
	{
		check_params(PG_GETARG_DATUM(number));
		params = PG_GETARG_JSONB_P(number);
	}
	site_set_params(site, params != NULL ? VARDATA(params) : NULL,
					params != NULL ? VARSIZE(params) - VARHDRSZ : 0);
	site_set_options(site, options != NULL ? VARDATA(options) : NULL,
					 options != NULL ? VARSIZE(options) - VARHDRSZ : 0);
}

/* What is asked for by a type and a shape, and the options set. */
DocumentKey
site_key(const CallSite *site, Oid typid, int32 typmod, const char *shape,
		 int shape_length)
{
	DocumentKey key = {
		.kind = &value_documents,
		.ops = site->ops,
		.typid = typid,
		.typmod = typmod,
		.shape = shape,
		.shape_length = shape_length,
		.options = site->options,
		.options_length = site->options_length
	};

	return key;
}

/*
 * What is asked for of a table or view by a shape, or NULL for none. Raises
 * what not_a_table() does.
 */
DocumentKey
site_table_key(const CallSite *site, Oid relid, const text *shape)
{
	Oid			typid = get_rel_type_id(relid);
	DocumentKey key;

	if (!OidIsValid(table_of_type(typid)))
		not_a_table(relid);
	key = site_key(site, typid, -1, shape != NULL ? VARDATA_ANY(shape) : NULL,
				   shape != NULL ? VARSIZE_ANY_EXHDR(shape) : 0);
	key.kind = &table_documents;
	return key;
}

/*
 * The plan for a key, as get_plan() has it; looked up only where it is not the
 * one of the last call. The call site keeps it pinned until it is asked for
 * another.
 */
DocumentPlan *
site_plan(CallSite *site, const DocumentKey *key)
{
	DocumentPlan *plan = site->plan;

	if (plan != NULL && plan_is_current(&plan->kept, key))
		return plan;
	plan = as_document(get_plan(key));
	if (site->plan != NULL)
		unpin_plan(&site->plan->kept);
	site->plan = plan;
	return plan;
}

/* What is asked for by a record of type typid; if that is RECORD, what it says. */
DocumentKey
site_record_key(const CallSite *site, Oid typid, HeapTupleHeader tuple, const char *shape,
				int shape_length)
{
	int32		typmod = -1;

	if (typid == RECORDOID)
	{
		typid = HeapTupleHeaderGetTypeId(tuple);
		typmod = HeapTupleHeaderGetTypMod(tuple);
	}
	return site_key(site, typid, typmod, shape, shape_length);
}

/* A TypeResolver: the way to write a type that is known only when met. */
const ValueType *
site_resolve_type(void *arg, Oid typid, int32 typmod)
{
	CallSite   *site = arg;
	DocumentKey key = site_key(site, typid, typmod, NULL, 0);
	ListCell   *lc;
	DocumentPlan *plan;
	MemoryContext old;

	if (typid == RECORDOID && typmod < 0)
		elog(ERROR, "record type has not been registered");
	foreach(lc, site->type_plans)
	{
		plan = lfirst(lc);
		if (plan_is_current(&plan->kept, &key))
			return plan->type;
	}
	/* one that is out of date may be in use further up: it stays for now */
	plan = as_document(get_plan(&key));
	old = MemoryContextSwitchTo(site->context);
	site->type_plans = lappend(site->type_plans, plan);
	MemoryContextSwitchTo(old);
	return plan->type;
}

/*
 * A FunctionResolver: with a state that lasts from row to row. As in a query
 * with the cast in it, the caller must be allowed to call the function.
 */
FmgrInfo *
site_resolve_function(void *arg, Oid function)
{
	CallSite   *site = arg;
	FmgrInfo   *flinfo;
	ListCell   *lc;
	MemoryContext old;

	/* one that has changed may be running further up: leave it be, for site_trim() */
	if (site->function_generation != function_generation())
	{
		site->has_old_functions = true;
		site->functions = NIL;
	}
	site->function_generation = function_generation();
	foreach(lc, site->functions)
	{
		flinfo = lfirst(lc);
		if (flinfo->fn_oid == function)
			return flinfo;
	}
	if (!SearchSysCacheExists1(PROCOID, ObjectIdGetDatum(function)))
		ereport(ERROR,
				errcode(ERRCODE_UNDEFINED_FUNCTION),
				errmsg("a function that writes JSON was dropped while it was in use"));
	if (!jsonify_may_execute(function, GetUserId()))
		aclcheck_error(ACLCHECK_NO_PRIV, OBJECT_FUNCTION, get_func_name(function));
	if (site->function_context == NULL)
		site->function_context = AllocSetContextCreate(site->context, "jsonify functions",
													   ALLOCSET_SMALL_SIZES);
	old = MemoryContextSwitchTo(site->function_context);
	flinfo = palloc0(sizeof(FmgrInfo));
	fmgr_info_cxt(function, flinfo, site->function_context);
	site->functions = lappend(site->functions, flinfo);
	MemoryContextSwitchTo(old);
	return flinfo;
}

/* A RowLoader: with what is related to it, in the current memory context. */
static Row *
load_row(void *arg, const Level *level, Datum value)
{
	CallSite   *site = arg;
	MemoryContext context = CurrentMemoryContext;
	LoadContext load = {.memory = context,.params = site->params};
	Row		   *row;

	row = make_value_row(context, level, DatumGetHeapTupleHeader(value),
						 site_resolve_function, site);
	if (level->nbranches == 0)
		return row;
	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	load_related(level, &row, 1, &load);
	if (SPI_finish() != SPI_OK_FINISH)
		elog(ERROR, "SPI_finish failed");
	return row;
}

/* Lets go of the functions if some are out of date. None of them may be running. */
static void
trim_functions(CallSite *site)
{
	if (site->function_context == NULL ||
		(!site->has_old_functions && site->function_generation == function_generation()))
		return;
	site->functions = NIL;
	site->has_old_functions = false;
	MemoryContextReset(site->function_context);
}

/*
 * Lets go of functions that are out of date, and of types met in values that are,
 * or are becoming many: the cache has them still. To be called while nothing is
 * being written. In a batch functions stay, and types that its rows may be of.
 */
void
site_trim(CallSite *site, bool in_batch)
{
	bool		all = list_length(site->type_plans) > MAX_TYPE_PLANS;
	ListCell   *lc;

	if (!in_batch)
		trim_functions(site);
	foreach(lc, site->type_plans)
	{
		DocumentPlan *plan = lfirst(lc);

		if ((all || !plan->kept.valid) && !(in_batch && plan->type->leads_on))
		{
			site->type_plans = foreach_delete_current(site->type_plans, lc);
			unpin_plan(&plan->kept);
		}
	}
}

/* Lets a sink know what it is to ask this call site for; no document is begun in it. */
void
site_prepare_sink(CallSite *site, Sink *sink)
{
	sink->ops = site->ops;
	sink->scratch = site->scratch;
	sink->keep = site->keep;
	sink->resolve_type = site_resolve_type;
	sink->resolve_function = site_resolve_function;
	sink->load_row = load_row;
	sink->resolver_arg = site;
	sink->nested = NULL;
	sink->recursion = NULL;
	sink->params = site->params;
	if (sink->ops->is_text)
		read_text_layout(&sink->layout, site->options);
}

/*
 * Starts a document of this call site, in the current memory context; after
 * that the current one is the scratch context. scalar: its root may be one.
 */
MemoryContext
site_begin_document(CallSite *site, Sink *sink, bool scalar)
{
	sink->document = next_document();
	site_prepare_sink(site, sink);
	sink->ops->begin(sink, scalar, site->size_hint);
	return MemoryContextSwitchTo(site->scratch);
}

/* Ends it, back in the memory context where it began. Returns the document. */
Datum
site_finish_document(CallSite *site, Sink *sink, bool scalar, MemoryContext old)
{
	MemoryContextSwitchTo(old);
	MemoryContextReset(site->scratch);
	if (!site->keep->isReset)
		MemoryContextReset(site->keep);
	/* the next one will be about as long; a buffer that grows is copied */
	site->size_hint = Min(sink->buf.len + sink->buf.len / 8, MaxAllocSize / 2);
	return sink->ops->finish(sink, scalar);
}

/*
 * Whether what it writes is always an array or object. Of an anonymous record
 * one cannot tell: the type that it turns out to have may have a cast.
 */
bool
type_is_container(const ValueType *type)
{
	return type->kind == KIND_ARRAY || type->kind == KIND_RECORD;
}
