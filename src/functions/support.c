/*
 * support.c
 *		What jsonify() and its aggregates have a say in when a query is planned.
 */
#include "schema/schema.h"

#include "nodes/nodeFuncs.h"
#include "nodes/pathnodes.h"
#include "nodes/supportnodes.h"
#include "utils/lsyscache.h"

static bool
holds_rows(Oid typid)
{
	Oid			element = get_base_element_type(typid);

	return type_is_rowtype(OidIsValid(element) ? element : typid);
}

/*
 * jsonify_support(internal) returns internal
 *
 * The support function of those that take rows. It makes nothing simpler or cheaper: here a
 * query shows what it reads, before Citus takes it apart. Of a function each call is to be
 * simplified, of an aggregate it is asked what a transition costs. Raises what
 * refuse_view_rows() does.
 */
PG_FUNCTION_INFO_V1(jsonify_support);
PGDLLEXPORT Datum
jsonify_support(PG_FUNCTION_ARGS)
{
	Node	   *request = (Node *) PG_GETARG_POINTER(0);
	PlannerInfo *root = NULL;

	if (IsA(request, SupportRequestSimplify))
	{
		SupportRequestSimplify *call = (SupportRequestSimplify *) request;

		if (holds_rows(exprType(linitial(call->fcall->args))))
			root = call->root;
		/* its subqueries are in the query no more when those around it are looked at */
		if (root != NULL)
			refuse_view_rows((Node *) call->fcall);
	}
	else if (IsA(request, SupportRequestCost) && ((SupportRequestCost *) request)->node == NULL)
		root = ((SupportRequestCost *) request)->root;
	for (; root != NULL; root = root->parent_root)
		refuse_view_rows((Node *) root->parse);
	PG_RETURN_POINTER(NULL);
}
