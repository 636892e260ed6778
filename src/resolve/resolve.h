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

#endif							/* JSONIFY_RESOLVE_RESOLVE_H */
