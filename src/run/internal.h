/*
 * internal.h
 *		What run/'s files share.
 */
#ifndef JSONIFY_RUN_INTERNAL_H
#define JSONIFY_RUN_INTERNAL_H

#include "run/run.h"

/* cache.c */
extern uint64 function_generation(void);
extern bool plan_is_fresh(const KeptPlan *plan);
extern bool plan_is_current(const KeptPlan *plan, const DocumentKey *key);
extern const char *plan_options(const KeptPlan *plan, int *length);
extern void pin_plan(KeptPlan *plan);
extern const PlanKind *plan_kind(const KeptPlan *plan);

/* A plan of values or of a table; what documents are written by begins with one. */
static inline DocumentPlan *
as_document(KeptPlan *plan)
{
	Assert(plan_kind(plan) == &value_documents || plan_kind(plan) == &table_documents ||
		   plan_kind(plan) == &store_documents);
	return (DocumentPlan *) plan;
}

/* call_site.c */
extern FmgrInfo *site_resolve_function(void *site, Oid function);

#endif							/* JSONIFY_RUN_INTERNAL_H */
