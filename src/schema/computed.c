/*
 * computed.c
 *		Computed fields and relationships: functions in a table's own schema
 *		that have its row as their one argument.
 *
 * A shard has those of its table. Naming one runs it, as the caller. So it counts only if it belongs to the
 * table's owner, or to a role that may act as such: where everybody may create
 * functions, a stranger's must not be run because a shape names a relationship.
 */
#include "schema/schema.h"

#include "access/genam.h"
#include "access/table.h"
#include "catalog/indexing.h"
#include "catalog/pg_class.h"
#include "catalog/pg_depend.h"
#include "catalog/pg_type.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

/* The owner of a table, or InvalidOid. */
static Oid
table_owner(Oid relid)
{
	HeapTuple	tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(relid));
	Oid			owner = InvalidOid;

	if (HeapTupleIsValid(tuple))
	{
		owner = ((Form_pg_class) GETSTRUCT(tuple))->relowner;
		ReleaseSysCache(tuple);
	}
	return owner;
}

/* What a function is to the rows of a table that is no shard: palloc'd, or NULL if nothing. */
static Computed *
make_computed(HeapTuple tuple, Oid relid)
{
	Form_pg_proc form = (Form_pg_proc) GETSTRUCT(tuple);
	Oid			owner = table_owner(relid);
	Oid			target;
	Computed   *computed;

	if (form->prokind != PROKIND_FUNCTION || form->pronargs != 1 ||
		form->proargtypes.values[0] != get_rel_type_id(relid) ||
		form->pronamespace != get_rel_namespace(relid) ||
		!OidIsValid(owner) || !has_privs_of_role(form->proowner, owner))
		return NULL;
	if (get_typtype(form->prorettype) == TYPTYPE_PSEUDO && form->prorettype != RECORDOID)
		return NULL;
	target = form->provolatile != PROVOLATILE_VOLATILE ?
		table_of_type(form->prorettype) : InvalidOid;
	if (!OidIsValid(target) && form->proretset)
		return NULL;

	computed = palloc0(sizeof(Computed));
	computed->function = form->oid;
	computed->name = pstrdup(NameStr(form->proname));
	computed->result = form->prorettype;
	computed->target = target;
	/* the planner takes it for one row, and so do we */
	computed->to_many = form->proretset && form->prorows != 1;
	return computed;
}

/*
 * The computed field or relationship of that name that a table has, palloc'd
 * in the current memory context; NULL if there is none.
 */
Computed *
find_computed(Oid relid, const char *name)
{
	Oid			typid;
	HeapTuple	tuple;
	Computed   *computed = NULL;

	relid = logical_table(relid);
	typid = get_rel_type_id(relid);
	if (!OidIsValid(typid) || strlen(name) >= NAMEDATALEN)
		return NULL;
	tuple = SearchSysCache3(PROCNAMEARGSNSP, CStringGetDatum(name),
							PointerGetDatum(buildoidvector(&typid, 1)),
							ObjectIdGetDatum(get_rel_namespace(relid)));
	if (HeapTupleIsValid(tuple))
	{
		computed = make_computed(tuple, relid);
		ReleaseSysCache(tuple);
	}
	return computed;
}

/*
 * The hash value that invalidations of such a function come with, be it there
 * or not yet: of the cache PROCNAMEARGSNSP.
 */
uint32
computed_hash(Oid relid, const char *name)
{
	Oid			typid;
	NameData	truncated;

	relid = logical_table(relid);
	typid = get_rel_type_id(relid);
	namestrcpy(&truncated, name);
	return GetSysCacheHashValue3(PROCNAMEARGSNSP, NameGetDatum(&truncated),
								 PointerGetDatum(buildoidvector(&typid, 1)),
								 ObjectIdGetDatum(get_rel_namespace(relid)));
}

static int
compare_names(const ListCell *a, const ListCell *b)
{
	return strcmp(((Computed *) lfirst(a))->name, ((Computed *) lfirst(b))->name);
}

/*
 * All computed fields and relationships of a table that a role may call, by
 * name: a palloc'd list of Computed. Functions depend on their argument's type:
 * that leads to them without a scan of pg_proc.
 */
List *
list_computed(Oid relid, Oid role)
{
	List	   *list = NIL;
	List	   *seen = NIL;
	Relation	catalog = table_open(DependRelationId, AccessShareLock);
	ScanKeyData keys[2];
	SysScanDesc scan;
	HeapTuple	tuple;

	relid = logical_table(relid);
	ScanKeyInit(&keys[0], Anum_pg_depend_refclassid, BTEqualStrategyNumber, F_OIDEQ,
				ObjectIdGetDatum(TypeRelationId));
	ScanKeyInit(&keys[1], Anum_pg_depend_refobjid, BTEqualStrategyNumber, F_OIDEQ,
				ObjectIdGetDatum(get_rel_type_id(relid)));
	scan = systable_beginscan(catalog, DependReferenceIndexId, true, NULL, 2, keys);
	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		Form_pg_depend form = (Form_pg_depend) GETSTRUCT(tuple);
		HeapTuple	function;
		Computed   *computed;

		/* its body may depend on the type as well */
		if (form->classid != ProcedureRelationId || list_member_oid(seen, form->objid) ||
			!jsonify_may_execute(form->objid, role))
			continue;
		seen = lappend_oid(seen, form->objid);
		function = SearchSysCache1(PROCOID, ObjectIdGetDatum(form->objid));
		if (!HeapTupleIsValid(function))
			continue;
		computed = make_computed(function, relid);
		ReleaseSysCache(function);
		if (computed != NULL)
			list = lappend(list, computed);
	}
	systable_endscan(scan);
	table_close(catalog, AccessShareLock);
	list_sort(list, compare_names);
	return list;
}
