/*
 * store.h
 *		Documents back into rows.
 */
#ifndef JSONIFY_STORE_STORE_H
#define JSONIFY_STORE_STORE_H

#include "describe/describe.h"

#include "utils/jsonb.h"

/* A change, or with an error what is wrong, as jsonify_plan() lists it. */
typedef struct StoreChange
{
	const char *action;
	Oid			relid;			/* InvalidOid where there is none */
	Jsonb	   *loc;			/* an array */
	Jsonb	   *key;			/* an object, or NULL */
	Jsonb	   *old_values;		/* likewise */
	Jsonb	   *new_values;
	Jsonb	   *error;
} StoreChange;

/* The plan of a shape that documents are written by. */
typedef struct StorePlan
{
	WritingPlan writing;
	struct StoreLevel *root;
	List	   *tables;			/* of StoreTable */
} StorePlan;

/* A call, and what it gives. */
typedef struct StoreCall
{
	StorePlan  *plan;
	Jsonb	   *documents;
	const char *params;			/* the bytes of a jsonb, or NULL */
	Sink	   *sink;			/* to write values to that are compared */
	SaveMode	mode;
	bool		is_array;		/* what was given is */
	Row		  **answers;		/* a row a document, of plan->writing.document.root */
	int			nanswers;
	List	   *changes;		/* of StoreChange */
	bool		is_told;		/* what is wrong with the documents is */
	bool		is_stale;		/* others have deleted rows that were as a document says, and not locked */
} StoreCall;

/* plan.c */
extern const PlanKind store_documents;

/* save.c */
extern void write_documents(StoreCall *call, void (*show) (StoreCall *call, void *arg), void *arg);
extern void plan_documents(StoreCall *call);

/* describe.c */
extern Jsonb *describe_saving(const StorePlan *plan, const char *params);

/* changes.c */
extern Jsonb *changes_to_jsonb(const List *changes);

#endif							/* JSONIFY_STORE_STORE_H */
