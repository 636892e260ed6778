/*
 * run.h
 *		A call: what is kept for it, in a query and in the session.
 */
#ifndef JSONIFY_RUN_RUN_H
#define JSONIFY_RUN_RUN_H

#include "store/store.h"

/* cache.c */
extern void cache_init(void);
extern KeptPlan *get_plan(const DocumentKey *key);
extern void unpin_plan(KeptPlan *plan);
extern bool same_bytes(const char *a, int a_length, const char *b, int b_length);

/* What one call in a query keeps from row to row. */
typedef struct CallSite
{
	MemoryContext context;
	MemoryContext scratch;
	MemoryContextCallback on_reset;
	const SinkOps *ops;			/* of the sink of its documents */
	Oid			typid;			/* of the values */
	Oid			base;			/* what that is, if a domain */
	bool		is_record;
	Oid			element;		/* of an array of records, no domain */
	DocumentPlan *plan;			/* the one used last */
	MemoryContext keep;
	const char *options;		/* of the document that is being made */
	int			options_length;
	const char *params;
	int			params_length;
	List	   *type_plans;		/* of types met in values */
	List	   *functions;		/* FmgrInfo of casts and computed fields, as of */
	uint64		function_generation;
	MemoryContext function_context;	/* of these and of older ones; NULL without any */
	bool		has_old_functions;
	int			size_hint;		/* bytes of the next document */
} CallSite;

/* call_site.c */
extern Oid	argument_type(FmgrInfo *flinfo, int number);
extern CallSite *get_call_site(FmgrInfo *flinfo, Oid argtype, const SinkOps *ops);
extern void site_set_options(CallSite *site, const char *options, int options_length);
extern void site_set_params(CallSite *site, const char *params, int params_length);
extern void site_take_options(CallSite *site, FunctionCallInfo fcinfo, int number);
extern DocumentKey site_key(const CallSite *site, Oid typid, int32 typmod,
							const char *shape, int shape_length);
extern DocumentKey site_record_key(const CallSite *site, Oid typid, HeapTupleHeader tuple,
								   const char *shape, int shape_length);
extern DocumentKey site_table_key(const CallSite *site, Oid relid, const text *shape);
extern DocumentPlan *site_plan(CallSite *site, const DocumentKey *key);
extern void site_trim(CallSite *site, bool in_batch);
extern void site_prepare_sink(CallSite *site, Sink *sink);
extern MemoryContext site_begin_document(CallSite *site, Sink *sink, bool scalar);
extern Datum site_finish_document(CallSite *site, Sink *sink, bool scalar,
								  MemoryContext old);
extern bool type_is_container(const ValueType *type);
extern const ValueType *site_resolve_type(void *site, Oid typid, int32 typmod);

typedef struct Batch Batch;

/* batch.c */
extern Batch *batch_begin(CallSite *site);
extern MemoryContext batch_context(const Batch *batch);
extern void batch_add_null(Batch *batch);
extern void batch_add_value(Batch *batch, Datum value);
extern void batch_add_shaped(Batch *batch, Datum value, const char *shape,
							 int shape_length);
extern void batch_add_rows(Batch *batch, DocumentPlan *plan, Row **rows, int nrows);
extern const Nested *batch_nested(const Batch *batch);
extern void batch_load(Batch *batch);
extern int	batch_size_estimate(const Batch *batch);
extern void batch_write_next(Sink *sink, void *batch);
extern void batch_end(Batch *batch);

#endif							/* JSONIFY_RUN_RUN_H */
