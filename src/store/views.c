/*
 * views.c
 *		What a view is over, where PostgreSQL writes through it by itself: the defaults of
 *		columns, and whether its rows can be locked.
 */
#include "store/internal.h"

#include "access/table.h"
#include "catalog/pg_class.h"
#include "miscadmin.h"
#include "parser/parse_relation.h"
#include "parser/parsetree.h"
#include "rewrite/prs2lock.h"
#include "rewrite/rewriteHandler.h"
#include "utils/acl.h"
#include "utils/rel.h"

/* Whether something else is done instead of what a statement says. */
bool
has_instead_rules(Relation relation)
{
	for (int i = 0; relation->rd_rules != NULL && i < relation->rd_rules->numLocks; i++)
	{
		if (relation->rd_rules->rules[i]->event != CMD_SELECT && relation->rd_rules->rules[i]->isInstead)
			return true;
	}
	return false;
}

/*
 * The query of a view that PostgreSQL writes through: no trigger or rule does something
 * else instead. NULL of others, and of what is no view.
 */
static Query *
written_through(Relation view)
{
	const TriggerDesc *triggers = view->trigdesc;
	Query	   *query;

	if (view->rd_rel->relkind != RELKIND_VIEW || has_instead_rules(view) ||
		(triggers != NULL && (triggers->trig_insert_instead_row || triggers->trig_update_instead_row ||
							  triggers->trig_delete_instead_row)))
		return NULL;
	query = get_view_query(view);
	return view_query_is_auto_updatable(query, false) == NULL ? query : NULL;
}

/* Opens the table, or view, that the query of such a view is over; what depends on it is added to relids. */
static Relation
open_below(const Query *query, List **relids)
{
	int			number = linitial_node(RangeTblRef, query->jointree->fromlist)->rtindex;
	Oid			relid = rt_fetch(number, query->rtable)->relid;

	*relids = list_append_unique_oid(*relids, relid);
	return table_open(relid, AccessShareLock);
}

/*
 * What PostgreSQL puts into a column of a view that has no default of its own: the default
 * of the table, or view, that an INSERT goes through to; palloc'd, or NULL. The plan depends
 * on what is added to relids.
 */
Expr *
default_below(Relation view, AttrNumber attnum, List **relids)
{
	Query	   *query = written_through(view);
	TargetEntry *entry = query == NULL ? NULL : get_tle_by_resno(query->targetList, attnum);
	Relation	below;
	AttrNumber	column;
	Expr	   *expr = NULL;

	check_stack_depth();
	if (entry == NULL || !IsA(entry->expr, Var) || ((Var *) entry->expr)->varattno <= 0)
		return NULL;
	column = ((Var *) entry->expr)->varattno;
	below = open_below(query, relids);
	if (TupleDescAttr(RelationGetDescr(below), column - 1)->attgenerated == '\0')
		expr = (Expr *) build_column_default(below, column);
	if (expr == NULL)
		expr = default_below(below, column, relids);
	table_close(below, NoLock);
	return expr;
}

/* As may_lock_rows(), where it is as another role that the relation is looked at: the owner of a view. */
static bool
may_lock_as(Relation relation, Oid owner, Oid role, List **relids)
{
	Oid			relid = RelationGetRelid(relation);
	Query	   *query;
	Relation	below;
	bool		may;

	check_stack_depth();
	if (pg_class_aclcheck(relid, owner, ACL_UPDATE) != ACLCHECK_OK &&
		pg_attribute_aclcheck_all(relid, owner, ACL_UPDATE, ACLMASK_ANY) != ACLCHECK_OK)
		return false;
	if (relation->rd_rel->relkind != RELKIND_VIEW)
		return relation->rd_rel->relkind == RELKIND_RELATION ||
			relation->rd_rel->relkind == RELKIND_PARTITIONED_TABLE;
	query = written_through(relation);
	if (query == NULL)
		return false;
	below = open_below(query, relids);
	may = may_lock_as(below, jsonify_has_invoker(relation) ? role : relation->rd_rel->relowner, role, relids);
	table_close(below, NoLock);
	return may;
}

/*
 * Whether a role may lock rows of a table, or of a view that PostgreSQL writes through: all
 * that it takes is UPDATE of any column, and the same for who the view is by. The plan
 * depends on what is added to relids.
 */
bool
may_lock_rows(Relation relation, Oid role, List **relids)
{
	return may_lock_as(relation, role, role, relids);
}
