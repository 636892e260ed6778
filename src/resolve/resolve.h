/*
 * resolve.h
 *		From a shape's names to a plan.
 */
#ifndef JSONIFY_RESOLVE_RESOLVE_H
#define JSONIFY_RESOLVE_RESOLVE_H

#include "options/options.h"

/* document.c */

/* Plans for values that are passed, and for the rows of a table that are read. */
extern const PlanKind value_documents;
extern const PlanKind table_documents;

/* What documents are written by. */
typedef struct WritingPlan
{
	DocumentPlan document;		/* that they are read by, when all is done */
	Options		options;
	Level	   *present;		/* of the rows that are there */
	RowRule    *answer;			/* how to find the rows of document.root */
} WritingPlan;

extern void resolve_writing(WritingPlan *plan, const DocumentKey *key, Oid role,
							MemoryContext work);
extern void free_document(KeptPlan *plan);

/* level.c */
extern int	find_level_column(const Level *level, AttrNumber attnum);

#endif							/* JSONIFY_RESOLVE_RESOLVE_H */
