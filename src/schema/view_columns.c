/*
 * view_columns.c
 *		Which columns of tables the columns of a view plainly are.
 *
 * The view's rule is read as the catalog has it: nothing is opened, and nothing
 * locked. What is not understood is no column of a table.
 */
#include "schema/schema.h"

#include "access/genam.h"
#include "access/table.h"
#include "catalog/dependency.h"
#include "catalog/indexing.h"
#include "catalog/namespace.h"
#include "catalog/pg_depend.h"
#include "catalog/pg_inherits.h"
#include "catalog/pg_rewrite.h"
#include "miscadmin.h"
#include "nodes/pathnodes.h"
#include "parser/parsetree.h"
#include "rewrite/rewriteSupport.h"
#include "storage/lockdefs.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

/*
 * Views upon views may double with each, so there is an end to what is read of
 * one; beyond that it is as a view that is not understood.
 */
#define MAX_SOURCES 64
#define MAX_QUERIES 100

/* What stands in FROM. */
typedef struct Source
{
	bool		is_read;
	ViewColumn *columns;		/* of it */
	int			ncolumns;
	bool		unique;			/* as ViewColumns.unique */
} Source;

typedef struct Reader
{
	ViewColumns *view;
	int			nqueries;
	bool		failed;
} Reader;

bool
is_view(Oid relid)
{
	return get_rel_relkind(relid) == RELKIND_VIEW;
}

/* The query of a view; NULL if there is none. */
static Query *
view_query(Oid relid)
{
	HeapTuple	tuple = SearchSysCache2(RULERELNAME, ObjectIdGetDatum(relid),
										PointerGetDatum(ViewSelectRuleName));
	bool		isnull;
	Datum		action;
	List	   *queries;

	if (!HeapTupleIsValid(tuple))
		return NULL;
	action = SysCacheGetAttr(RULERELNAME, tuple, Anum_pg_rewrite_ev_action, &isnull);
	queries = isnull ? NIL : (List *) stringToNode(TextDatumGetCString(action));
	ReleaseSysCache(tuple);
	return list_length(queries) == 1 && IsA(linitial(queries), Query) ?
		linitial_node(Query, queries) : NULL;
}

/* Whether its rows are those of what stands in FROM, or some of them. */
static bool
is_plain(const Query *query)
{
	return query->commandType == CMD_SELECT && query->setOperations == NULL &&
		query->groupClause == NIL && query->groupingSets == NIL && query->havingQual == NULL &&
		!query->hasAggs && query->distinctClause == NIL && !query->hasTargetSRFs &&
		query->jointree != NULL;
}

static void map_query(Reader *reader, Query *query, Source *result);

/* The columns of a table are themselves. */
static void
map_table(Reader *reader, const RangeTblEntry *rte, Source *source)
{
	int			number = reader->view->nsources++;
	char		relkind = get_rel_relkind(rte->relid);

	if (reader->view->nsources > MAX_SOURCES)
		reader->failed = true;
	if (reader->failed || (relkind != RELKIND_RELATION && relkind != RELKIND_PARTITIONED_TABLE))
		return;
	/* rows of what inherits from it are not bound by its keys */
	source->unique = !rte->inh || relkind == RELKIND_PARTITIONED_TABLE ||
		!has_subclass(rte->relid) || find_inheritance_children(rte->relid, NoLock) == NIL;
	source->ncolumns = list_length(rte->eref->colnames);
	source->columns = palloc0(sizeof(ViewColumn) * Max(source->ncolumns, 1));
	for (int i = 0; i < source->ncolumns; i++)
	{
		source->columns[i].relid = rte->relid;
		source->columns[i].attnum = i + 1;
		source->columns[i].source = number;
	}
}

static void
read_source(Reader *reader, const RangeTblEntry *rte, Source *source)
{
	source->is_read = true;
	if (rte->rtekind == RTE_SUBQUERY)
		map_query(reader, rte->subquery, source);
	else if (rte->rtekind == RTE_RELATION)
	{
		reader->view->visited = list_append_unique_oid(reader->view->visited, rte->relid);
		if (is_view(rte->relid))
			map_query(reader, view_query(rte->relid), source);
		else
			map_table(reader, rte, source);
	}
}

/* What an item of the select list plainly is: a column of a source, through the joins. */
static ViewColumn
map_expression(Reader *reader, Query *query, Source *sources, Node *node)
{
	ViewColumn	none = {InvalidOid};

	while (node != NULL && IsA(node, Var))
	{
		Var		   *var = (Var *) node;
		RangeTblEntry *rte;
		Source	   *source;

		if (var->varlevelsup != 0 || var->varattno <= 0 ||
			var->varno <= 0 || var->varno > list_length(query->rtable))
			break;
		rte = rt_fetch(var->varno, query->rtable);
		if (rte->rtekind == RTE_JOIN)
		{
			if (var->varattno > list_length(rte->joinaliasvars))
				break;
			node = list_nth(rte->joinaliasvars, var->varattno - 1);
			continue;
		}
		source = &sources[var->varno];
		if (!source->is_read)
			read_source(reader, rte, source);
		return var->varattno <= source->ncolumns ? source->columns[var->varattno - 1] : none;
	}
	return none;
}

/* The columns of a query, NULL for none; none of a query that is not plain. */
static void
map_query(Reader *reader, Query *query, Source *result)
{
	Source	   *sources;
	ListCell   *lc;

	check_stack_depth();
	CHECK_FOR_INTERRUPTS();
	if (++reader->nqueries > MAX_QUERIES)
		reader->failed = true;
	if (reader->failed || query == NULL || !is_plain(query))
		return;

	sources = palloc0(sizeof(Source) * (list_length(query->rtable) + 1));
	result->ncolumns = list_length(query->targetList);
	result->columns = palloc0(sizeof(ViewColumn) * Max(result->ncolumns, 1));
	foreach(lc, query->targetList)
	{
		TargetEntry *entry = lfirst_node(TargetEntry, lc);

		if (!entry->resjunk && entry->resno <= result->ncolumns)
			result->columns[entry->resno - 1] =
				map_expression(reader, query, sources, (Node *) entry->expr);
	}
	if (list_length(query->jointree->fromlist) == 1 &&
		IsA(linitial(query->jointree->fromlist), RangeTblRef))
		result->unique = sources[linitial_node(RangeTblRef, query->jointree->fromlist)->rtindex].unique;
}

/*
 * What the columns of a view plainly are, palloc'd; of what is no view, or is not
 * understood, none is anything. Tables and views that this depends on are listed in
 * any case.
 */
ViewColumns *
read_view_columns(Oid relid)
{
	ViewColumns *view = palloc0(sizeof(ViewColumns));
	Reader		reader = {.view = view};
	Source		source = {0};

	view->visited = list_make1_oid(relid);
	if (is_view(relid))
		map_query(&reader, view_query(relid), &source);
	if (reader.failed)
		return view;
	view->columns = source.columns;
	view->ncolumns = source.ncolumns;
	view->unique = source.unique;
	return view;
}

/*
 * Under which numbers a view has columns of a table, all from the same source; false
 * if it does not show one of them. found may be attnums.
 */
bool
find_in_view(const ViewColumns *view, int source, Oid relid, const AttrNumber *attnums,
			 int nattnums, AttrNumber *found)
{
	AttrNumber	there[INDEX_MAX_KEYS] = {0};

	for (int i = 0; i < nattnums; i++)
	{
		for (int n = view->ncolumns - 1; n >= 0; n--)
		{
			const ViewColumn *column = &view->columns[n];

			if (column->source == source && column->relid == relid && column->attnum == attnums[i])
				there[i] = n + 1;
		}
		if (there[i] == 0)
			return false;
	}
	memcpy(found, there, sizeof(AttrNumber) * nattnums);
	return true;
}

/* The table that a source is; InvalidOid if no column of it is shown. */
Oid
view_source(const ViewColumns *view, int source)
{
	for (int i = 0; i < view->ncolumns; i++)
	{
		if (view->columns[i].source == source && OidIsValid(view->columns[i].relid))
			return view->columns[i].relid;
	}
	return InvalidOid;
}

/* The views of a name, in any schema, as a list of OIDs. */
List *
views_named(const char *name)
{
	List	   *views = NIL;
	Relation	catalog;
	NameData	key;
	ScanKeyData scan_key;
	SysScanDesc scan;
	HeapTuple	tuple;

	if (strlen(name) >= NAMEDATALEN)
		return NIL;
	namestrcpy(&key, name);
	catalog = table_open(RelationRelationId, AccessShareLock);
	ScanKeyInit(&scan_key, Anum_pg_class_relname, BTEqualStrategyNumber, F_NAMEEQ,
				NameGetDatum(&key));
	scan = systable_beginscan(catalog, ClassNameNspIndexId, true, NULL, 1, &scan_key);
	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		Form_pg_class form = (Form_pg_class) GETSTRUCT(tuple);

		if (form->relkind == RELKIND_VIEW && !isOtherTempNamespace(form->relnamespace))
			views = lappend_oid(views, form->oid);
	}
	systable_endscan(scan);
	table_close(catalog, AccessShareLock);
	return views;
}

/* The view whose query a rule is; InvalidOid if it is none. */
static Oid
view_of_rule(Relation rules, Oid rule)
{
	ScanKeyData scan_key;
	SysScanDesc scan;
	HeapTuple	tuple;
	Oid			relid = InvalidOid;

	ScanKeyInit(&scan_key, Anum_pg_rewrite_oid, BTEqualStrategyNumber, F_OIDEQ,
				ObjectIdGetDatum(rule));
	scan = systable_beginscan(rules, RewriteOidIndexId, true, NULL, 1, &scan_key);
	tuple = systable_getnext(scan);
	if (HeapTupleIsValid(tuple))
		relid = ((Form_pg_rewrite) GETSTRUCT(tuple))->ev_class;
	systable_endscan(scan);
	return is_view(relid) && !isOtherTempNamespace(get_rel_namespace(relid)) ? relid : InvalidOid;
}

/*
 * Adds to a list of OIDs the views that read a table or view, the oldest first, and the
 * views that read these. The catalog has them in whatever order there was room for.
 */
List *
add_views_over(List *views, Oid relid)
{
	Relation	depend = table_open(DependRelationId, AccessShareLock);
	Relation	rules = table_open(RewriteRelationId, AccessShareLock);
	List	   *wanted = list_make1_oid(relid);
	ListCell   *lc;

	foreach(lc, wanted)
	{
		ScanKeyData scan_keys[2];
		SysScanDesc scan;
		HeapTuple	tuple;
		List	   *found = NIL;

		CHECK_FOR_INTERRUPTS();
		ScanKeyInit(&scan_keys[0], Anum_pg_depend_refclassid, BTEqualStrategyNumber, F_OIDEQ,
					ObjectIdGetDatum(RelationRelationId));
		ScanKeyInit(&scan_keys[1], Anum_pg_depend_refobjid, BTEqualStrategyNumber, F_OIDEQ,
					ObjectIdGetDatum(lfirst_oid(lc)));
		scan = systable_beginscan(depend, DependReferenceIndexId, true, NULL, 2, scan_keys);
		while (HeapTupleIsValid(tuple = systable_getnext(scan)))
		{
			Form_pg_depend form = (Form_pg_depend) GETSTRUCT(tuple);
			Oid			view = form->classid == RewriteRelationId ?
				view_of_rule(rules, form->objid) : InvalidOid;

			if (OidIsValid(view))
				found = lappend_oid(found, view);
		}
		systable_endscan(scan);
		list_sort(found, list_oid_cmp);
		wanted = list_concat_unique_oid(wanted, found);
		views = list_concat_unique_oid(views, found);
		list_free(found);
	}
	table_close(rules, AccessShareLock);
	table_close(depend, AccessShareLock);
	return views;
}
