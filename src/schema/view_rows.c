/*
 * view_rows.c
 *		Queries that pass rows of views, where Citus makes records of them.
 */
#include "schema/schema.h"

#include "nodes/nodeFuncs.h"
#include "utils/lsyscache.h"

typedef struct ViewRows
{
	bool		worker;
} ViewRows;

static bool
refuse_view_rows_walker(Node *node, void *arg)
{
	const ViewRows *rows = arg;

	if (node == NULL)
		return false;
	if (IsA(node, RangeTblEntry))
	{
		Oid			relid = ((RangeTblEntry *) node)->relid;

		if (OidIsValid(relid) && is_distributed_view(relid) &&
			(rows->worker || find_named_shape(relid, DEFAULT_SHAPE) != NULL))
			ereport(ERROR,
					errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
					rows->worker ?
					errmsg("rows of view \"%s\" cannot be passed on this node", get_rel_name(relid)) :
					errmsg("view \"%s\" reads distributed tables, and has a default shape",
						   get_rel_name(relid)),
					errdetail("Citus passes its rows as records without a name, of which nobody knows what it hides."),
					errhint("Call jsonify_find('%s', ...) on the coordinator%s.", get_rel_name(relid),
							rows->worker ? "" : "; or leave what is to be hidden out of the view, and remove the shape by jsonify_undefine()"));
		return false;
	}
	if (IsA(node, Query))
		return query_tree_walker((Query *) node, refuse_view_rows_walker, arg,
								 QTW_EXAMINE_RTES_BEFORE);
	return expression_tree_walker(node, refuse_view_rows_walker, arg);
}

/*
 * Raises ERRCODE_FEATURE_NOT_SUPPORTED if a query, or the expression in it that passes rows to
 * jsonify, reads a view of distributed tables that may have a default shape: what was
 * defined before they were distributed, or by CREATE TRIGGER. A query has its views by their names
 * here only, where it is planned as a whole; the nodes are sent what is in them.
 */
void
refuse_view_rows(Node *node)
{
	ViewRows	rows;

	if (!has_citus())
		return;
	rows.worker = is_worker();
	(void) refuse_view_rows_walker(node, &rows);
}

/*
 * Raises the same if records without a name may be rows of such a view: of a window, which no
 * support function is asked about.
 */
void
refuse_unnamed_rows(void)
{
	bool		refused;
	ListCell   *lc;

	if (!has_citus())
		return;
	refused = in_task() || is_worker();
	foreach(lc, refused ? NIL : list_shape_triggers(InvalidOid))
	{
		ShapeTrigger *trigger = lfirst(lc);

		if ((trigger->name == NULL || strcmp(trigger->name, DEFAULT_SHAPE) == 0) &&
			is_distributed_view(trigger->relid))
			refused = true;
	}
	if (refused)
		ereport(ERROR,
				errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				errmsg("records of a window need a shape"),
				errdetail("Citus makes records of the rows of a view, of which nobody knows what its default shape hides."),
				errhint("Say in braces what is to be shown, as in jsonify_agg(r, '{ * }') OVER ()."));
}
