/*
 * internal.h
 *		What plan/'s files share.
 */
#ifndef JSONIFY_PLAN_INTERNAL_H
#define JSONIFY_PLAN_INTERNAL_H

#include "plan/plan.h"

/* sql.c */
extern List *query_values(const Level *level, const RowFilter *filter);

#endif							/* JSONIFY_PLAN_INTERNAL_H */
