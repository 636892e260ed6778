/*
 * distribution.c
 *		What Citus says of tables: which of them it distributes or replicates, by which
 *		column, and whose shard a table is.
 *
 * Nothing of Citus is linked. Its catalogs are read by the names of their columns;
 * where they are not there, a look into a catalog cache tells. What is said of a table
 * changes with an invalidation of the table, which Citus sends.
 */
#include "schema/schema.h"

#include "access/genam.h"
#include "access/relation.h"
#include "access/table.h"
#include "catalog/namespace.h"
#include "catalog/pg_index.h"
#include "catalog/pg_language.h"
#include "catalog/pg_partitioned_table.h"
#include "catalog/pg_proc.h"
#include "miscadmin.h"
#include "nodes/nodeFuncs.h"
#include "nodes/primnodes.h"
#include "rewrite/rewriteHandler.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/syscache.h"

/* jsonify.distributed_queries: every table is taken for a distributed one. */
bool		jsonify_distributed_queries = false;

/* jsonify.distribution_schema: where the catalogs of Citus are. */
char	   *jsonify_distribution_schema = NULL;

/* How Citus calls a session that it has opened itself, to run its tasks. */
#define CITUS_SESSION "citus_"

/* A shard's name ends in "_" and its number, which is no longer than this. */
#define MAX_SHARD_DIGITS 18

/* A catalog of Citus, or InvalidOid. */
static Oid
find_catalog(const char *name)
{
	Oid			schema = get_namespace_oid(jsonify_distribution_schema, true);

	return OidIsValid(schema) ? get_relname_relid(name, schema) : InvalidOid;
}

/* Whether Citus is in this database. */
bool
has_citus(void)
{
	return OidIsValid(find_catalog("pg_dist_partition"));
}

/* An index of a table whose first column is this one, or InvalidOid. */
static Oid
index_on(Relation relation, AttrNumber attnum)
{
	List	   *indexes = RelationGetIndexList(relation);
	Oid			found = InvalidOid;
	ListCell   *lc;

	foreach(lc, indexes)
	{
		HeapTuple	tuple = SearchSysCache1(INDEXRELID, ObjectIdGetDatum(lfirst_oid(lc)));
		Form_pg_index form;

		if (!HeapTupleIsValid(tuple))
			continue;
		form = (Form_pg_index) GETSTRUCT(tuple);
		if (form->indisvalid && form->indkey.values[0] == attnum &&
			heap_attisnull(tuple, Anum_pg_index_indpred, NULL))
			found = form->indexrelid;
		ReleaseSysCache(tuple);
	}
	list_free(indexes);
	return found;
}

/*
 * Of the row of a catalog that has a value in one column, by an equality of that, what it
 * has in another; false if there is none, or that is NULL. What is returned by reference
 * is copied.
 */
static bool
look_up(const char *catalog, const char *column, RegProcedure equality, Datum value,
		const char *wanted, Datum *found)
{
	Oid			relid = find_catalog(catalog);
	Relation	relation = OidIsValid(relid) ? try_relation_open(relid, AccessShareLock) : NULL;
	AttrNumber	attnum;
	AttrNumber	wanted_attnum;
	bool		isnull = true;

	if (relation == NULL)
		return false;
	attnum = get_attnum(relid, column);
	wanted_attnum = get_attnum(relid, wanted);
	if (attnum > 0 && wanted_attnum > 0)
	{
		Form_pg_attribute attribute = TupleDescAttr(RelationGetDescr(relation), wanted_attnum - 1);
		Oid			index = index_on(relation, attnum);
		ScanKeyData key;
		SysScanDesc scan;
		HeapTuple	tuple;

		ScanKeyInit(&key, attnum, BTEqualStrategyNumber, equality, value);
		scan = systable_beginscan(relation, index, OidIsValid(index), NULL, 1, &key);
		tuple = systable_getnext(scan);
		if (HeapTupleIsValid(tuple))
			*found = heap_getattr(tuple, wanted_attnum, RelationGetDescr(relation), &isnull);
		if (!isnull && attribute->attlen == -1)
			*found = PointerGetDatum(PG_DETOAST_DATUM_COPY(*found));
		systable_endscan(scan);
	}
	relation_close(relation, AccessShareLock);
	return !isnull;
}

static bool
look_up_table(Oid relid, const char *wanted, Datum *found)
{
	return look_up("pg_dist_partition", "logicalrelid", F_OIDEQ, ObjectIdGetDatum(relid), wanted,
				   found);
}

/*
 * Whether Citus has a table in its care: distributed, replicated to all nodes, or on the
 * coordinator with a key to one of those.
 */
bool
has_shards(Oid relid)
{
	Datum		method;

	return look_up_table(relid, "partmethod", &method);
}

/* The same, or the setting has all tables taken for such. */
bool
is_distributed(Oid relid)
{
	return jsonify_distributed_queries || has_shards(relid);
}

typedef struct ViewWalk
{
	Oid			view;
	List	  **visited;
} ViewWalk;

static bool
reads_distributed_walker(Node *node, void *arg)
{
	ViewWalk   *walk = arg;

	if (node == NULL)
		return false;
	if (IsA(node, RangeTblEntry))
	{
		Oid			relid = ((RangeTblEntry *) node)->relid;

		/* it stands in its own query, up to PostgreSQL 15 */
		return OidIsValid(relid) && relid != walk->view && reads_distributed(relid, walk->visited);
	}
	if (IsA(node, Query))
		return query_tree_walker((Query *) node, reads_distributed_walker, arg,
								 QTW_EXAMINE_RTES_BEFORE);
	return expression_tree_walker(node, reads_distributed_walker, arg);
}

/*
 * Whether a query that reads a table or view is one for Citus. The tables that a view was
 * found to read, as far as that was looked at, are added to the list of OIDs *visited.
 */
bool
reads_distributed(Oid relid, List **visited)
{
	ViewWalk	walk = {relid, visited};
	Relation	view;
	bool		found;

	check_stack_depth();
	if (is_distributed(relid))
		return true;
	if (!is_view(relid) || !has_citus())
		return false;
	view = try_relation_open(relid, AccessShareLock);
	if (view == NULL)
		return false;
	found = reads_distributed_walker((Node *) get_view_query(view), &walk);
	relation_close(view, NoLock);
	*visited = list_append_unique_oid(*visited, relid);
	return found;
}

/* The first column that a table is partitioned by, or 0. */
static AttrNumber
partition_column(Oid relid)
{
	HeapTuple	tuple = SearchSysCache1(PARTRELID, ObjectIdGetDatum(relid));
	AttrNumber	attnum = 0;

	if (HeapTupleIsValid(tuple))
	{
		attnum = ((Form_pg_partitioned_table) GETSTRUCT(tuple))->partattrs.values[0];
		ReleaseSysCache(tuple);
	}
	return attnum;
}

/* The column that Citus distributes a table by, or 0: one that is on all nodes has none. */
static AttrNumber
distribution_column(Oid relid)
{
	Datum		key;
	Node	   *node;

	if (!look_up_table(relid, "partkey", &key))
		return 0;
	/* a column as the parser has it */
	node = stringToNode(TextDatumGetCString(key));
	return node != NULL && IsA(node, Var) ? ((Var *) node)->varattno : 0;
}

/*
 * The column that says in which shard or partition of a table a row is; 0 if there
 * is none. A query that has one value for it reads only that.
 */
AttrNumber
placing_column(Oid relid)
{
	AttrNumber	attnum = distribution_column(relid);

	return attnum != 0 ? attnum : partition_column(relid);
}

/* Where the "_" and number at the end of a name begin; 0 if it has none. */
static int
shard_suffix(const char *name, int64 *shardid)
{
	const char *end = strrchr(name, '_');
	int			ndigits = end == NULL ? 0 : strlen(end + 1);

	if (ndigits == 0 || ndigits > MAX_SHARD_DIGITS || end == name ||
		strspn(end + 1, "0123456789") != (size_t) ndigits)
		return 0;
	*shardid = strtoll(end + 1, NULL, 10);
	return end - name;
}

/* Whether a table's name, before the number of a shard, is what Citus makes of another's. */
static bool
is_shard_name(const char *shard, int length, const char *table)
{
	int			whole = strlen(table);

	if (length == whole)
		return memcmp(shard, table, length) == 0;
	/* one that would be too long is cut, and has a hash of 8 digits behind it */
	return whole + strlen(shard + length) >= NAMEDATALEN && length > 9 && length - 9 < whole &&
		memcmp(shard, table, length - 9) == 0;
}

/*
 * The table that a table is a shard of, as far as this node knows; itself, if it is
 * none.
 */
Oid
logical_table(Oid relid)
{
	char	   *shard;
	char	   *name;
	int64		shardid;
	int			length;
	Datum		table;

	if (!OidIsValid(find_catalog("pg_dist_shard")) || (shard = get_rel_name(relid)) == NULL)
		return relid;
	length = shard_suffix(shard, &shardid);
	if (length == 0 || !look_up("pg_dist_shard", "shardid", F_INT8EQ, Int64GetDatum(shardid),
								"logicalrelid", &table))
		return relid;
	name = get_rel_name(DatumGetObjectId(table));
	return name != NULL && get_rel_namespace(relid) == get_rel_namespace(DatumGetObjectId(table)) &&
		is_shard_name(shard, length, name) ? DatumGetObjectId(table) : relid;
}

/*
 * Whether a foreign key leads to a shard from one of several, each of which may have rows
 * with the same key: one that is on all nodes, from a distributed table.
 */
bool
is_from_part(Oid referencing, Oid referenced)
{
	Oid			table = logical_table(referenced);

	return table != referenced && distribution_column(table) == 0 &&
		distribution_column(logical_table(referencing)) != 0;
}

/* The name of that table, palloc'd; NULL if it was dropped. */
char *
logical_name(Oid relid)
{
	return get_rel_name(logical_table(relid));
}

/*
 * The name that a constraint of a table has, or of a shard the one of the same constraint
 * of its table, palloc'd; one that Citus had to cut stays as it is.
 */
char *
logical_constraint(Oid relid, const char *name)
{
	int64		shardid;
	int64		of_table;
	int			length;

	if (logical_table(relid) == relid)
		return pstrdup(name);
	length = shard_suffix(name, &shardid);
	(void) shard_suffix(get_rel_name(relid), &of_table);
	return length > 0 && shardid == of_table ? pnstrdup(name, length) : pstrdup(name);
}

/* Whether Citus asks, in a session that it has opened for its tasks. */
bool
in_task(void)
{
	return OidIsValid(find_catalog("pg_dist_shard")) && application_name != NULL &&
		strncmp(application_name, CITUS_SESSION, strlen(CITUS_SESSION)) == 0;
}

/*
 * Raises ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE if a table is by all appearances a shard,
 * but of which table is not known here: that would have shapes, which may hide what its rows
 * must not show.
 */
void
refuse_unknown_shard(Oid relid)
{
	char	   *name;
	int64		shardid;

	if (!in_task())
		return;
	name = get_rel_name(relid);
	if (name == NULL || shard_suffix(name, &shardid) == 0 || has_shards(relid) ||
		logical_table(relid) != relid)
		return;
	ereport(ERROR,
			errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
			errmsg("\"%s\" is a shard, and the shapes of its table are not known on this node", name),
			errhint("Have Citus send its metadata here, with start_metadata_sync_to_node(); or call jsonify_find() on the coordinator, with the name of the table."));
}

static bool
is_off(const char *setting)
{
	const char *value = GetConfigOption(setting, true, false);

	return value != NULL && strcmp(value, "off") == 0;
}

/*
 * Raises ERRCODE_FEATURE_NOT_SUPPORTED if Citus does not let a table have triggers, which
 * shapes are kept in, or would keep them from the other nodes.
 */
void
require_triggers(Oid relid)
{
	if (!has_shards(relid))
		return;
	if (is_off("citus.enable_ddl_propagation"))
		ereport(ERROR,
				errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				errmsg("table \"%s\" is distributed: its named shapes cannot be changed on one node",
					   get_rel_name(relid)),
				errdetail("What a shape hides would show on the others, for \"citus.enable_ddl_propagation\" is off."));
	if (is_off("citus.enable_unsafe_triggers"))
		ereport(ERROR,
				errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				errmsg("table \"%s\" is distributed: its named shapes cannot be changed",
					   get_rel_name(relid)),
				errdetail("They are kept in triggers that never fire, and \"citus.enable_unsafe_triggers\" is off."),
				errhint("SET citus.enable_unsafe_triggers = on before: Citus takes the trigger to all shards then."));
}

static bool
is_in_sql(Oid function)
{
	HeapTuple	tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(function));
	bool		in_sql = HeapTupleIsValid(tuple) &&
		((Form_pg_proc) GETSTRUCT(tuple))->prolang == SQLlanguageId;

	if (HeapTupleIsValid(tuple))
		ReleaseSysCache(tuple);
	return in_sql;
}

/*
 * Whether a function that finds rows of a table is one that Citus does not plan: in SQL, of a
 * distributed table.
 */
bool
is_planned_away(Oid function, Oid target)
{
	return distribution_column(target) != 0 && is_in_sql(function);
}

/*
 * Whether a function that finds rows has to stay a call. PostgreSQL takes one in SQL into the
 * query that calls it, behind the back of Citus: each distributed table that it reads,
 * whatever it finds, would be the one here, which is empty. Where Citus is loaded it may come
 * to this database, which no plan hears of.
 */
bool
stays_a_call(Oid function)
{
	return (jsonify_distributed_queries || has_citus() ||
			GetConfigOption("citus.version", true, false) != NULL) &&
		get_func_retset(function) && is_in_sql(function);
}

/* Whether this node is not the one that Citus was asked to distribute tables on. */
bool
is_worker(void)
{
	Oid			relid = find_catalog("pg_dist_local_group");
	Relation	relation = OidIsValid(relid) ? try_relation_open(relid, AccessShareLock) : NULL;
	AttrNumber	attnum;
	bool		found = false;

	if (relation == NULL)
		return false;
	attnum = get_attnum(relid, "groupid");
	if (attnum > 0)
	{
		SysScanDesc scan = systable_beginscan(relation, InvalidOid, false, NULL, 0, NULL);
		HeapTuple	tuple = systable_getnext(scan);
		bool		isnull = true;
		Datum		group = 0;

		if (HeapTupleIsValid(tuple))
			group = heap_getattr(tuple, attnum, RelationGetDescr(relation), &isnull);
		found = !isnull && DatumGetInt32(group) != 0;
		systable_endscan(scan);
	}
	relation_close(relation, AccessShareLock);
	return found;
}

/* Whether a relation is a view whose queries are for Citus. */
bool
is_distributed_view(Oid relid)
{
	List	   *visited = NIL;

	return has_citus() && is_view(relid) && reads_distributed(relid, &visited);
}

/*
 * Raises ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE for a view of distributed tables on a node that
 * has the view from the coordinator: Citus has not taken its triggers along, and so no
 * shapes that may hide what its rows must not show.
 */
void
refuse_unknown_view(Oid relid)
{
	if (!is_distributed_view(relid) || !is_worker())
		return;
	ereport(ERROR,
			errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
			errmsg("the shapes of view \"%s\" are not known on this node", get_rel_name(relid)),
			errhint("Call jsonify_find() on the coordinator; or say in braces what is to be shown."));
}

/*
 * Raises ERRCODE_FEATURE_NOT_SUPPORTED if Citus would make records without a name of the rows
 * of a view, and so show what its default shape hides.
 */
void
require_named_rows(Oid relid)
{
	List	   *visited = NIL;

	if (!is_view(relid) || !reads_distributed(relid, &visited))
		return;
	ereport(ERROR,
			errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
			errmsg("view \"%s\" reads distributed tables, and can have no default shape",
				   get_rel_name(relid)),
			errdetail("Its rows come to the nodes as records without a name, of which nobody knows what it hides."),
			errhint("Leave what is to be hidden out of the view, or give the shape another name and call jsonify_find()."));
}

/* Raises ERRCODE_FEATURE_NOT_SUPPORTED if documents cannot be saved to a table, for Citus has it. */
void
require_local_table(Oid relid)
{
	if (has_shards(relid))
		ereport(ERROR,
				errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				errmsg("documents cannot be saved to table \"%s\", which Citus distributes",
					   get_rel_name(relid)),
				errdetail("What is written comes from rows in memory, which the nodes do not have."),
				errhint("Write its rows in SQL; jsonify_plan() says which would change."));
}
