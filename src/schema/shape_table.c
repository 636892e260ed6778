/*
 * shapes.c
 *		Named shapes, as they are stored: the table jsonify_shapes, and the SQL
 *		functions that write it.
 */
#include "jsonify.h"

#include "access/genam.h"
#include "access/heapam.h"
#include "access/relation.h"
#include "access/table.h"
#include "catalog/indexing.h"
#include "catalog/objectaddress.h"
#include "catalog/pg_class.h"
#include "catalog/pg_extension.h"
#include "catalog/pg_type.h"
#include "commands/event_trigger.h"
#include "commands/extension.h"
#include "commands/trigger.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

/* The columns of the table, as sql/jsonify.sql has them. */
#define Anum_shapes_relation 1
#define Anum_shapes_name 2
#define Anum_shapes_shape 3

#define SHAPES_TABLE "jsonify_shapes"

/* Looked up when first asked for, and whenever it may have changed. */
static Oid	shapes_table = InvalidOid;

static Oid
extension_schema(Oid extension)
{
	Relation	catalog = table_open(ExtensionRelationId, AccessShareLock);
	Oid			schema = InvalidOid;
	ScanKeyData key;
	SysScanDesc scan;
	HeapTuple	tuple;

	ScanKeyInit(&key, Anum_pg_extension_oid, BTEqualStrategyNumber, F_OIDEQ,
				ObjectIdGetDatum(extension));
	scan = systable_beginscan(catalog, ExtensionOidIndexId, true, NULL, 1, &key);
	tuple = systable_getnext(scan);
	if (HeapTupleIsValid(tuple))
		schema = ((Form_pg_extension) GETSTRUCT(tuple))->extnamespace;
	systable_endscan(scan);
	table_close(catalog, AccessShareLock);
	return schema;
}

/* The table of named shapes; InvalidOid if the database has none. */
Oid
named_shapes_table(void)
{
	Oid			extension;

	if (OidIsValid(shapes_table))
		return shapes_table;
	extension = get_extension_oid("jsonify", true);
	if (OidIsValid(extension))
		shapes_table = get_relname_relid(SHAPES_TABLE, extension_schema(extension));
	return shapes_table;
}

/* To be called when a table changes; InvalidOid: when any may have. */
void
forget_named_shapes_table(Oid relid)
{
	if (!OidIsValid(relid) || relid == shapes_table)
		shapes_table = InvalidOid;
}

static NamedShape *
make_named_shape(Oid relid, HeapTuple tuple, TupleDesc tupdesc)
{
	NamedShape *shape = palloc(sizeof(NamedShape));
	bool		isnull;

	shape->name = TextDatumGetCString(heap_getattr(tuple, Anum_shapes_name, tupdesc, &isnull));
	shape->text.text = TextDatumGetCString(heap_getattr(tuple, Anum_shapes_shape, tupdesc, &isnull));
	shape->text.description = psprintf("shape \"%s\" of table \"%s\"", shape->name,
									   get_rel_name(relid));
	return shape;
}

/*
 * The named shapes of a table: a list of NamedShape, palloc'd in the current
 * memory context. It is read as a catalog is: whatever is committed, and
 * without asking for privileges, for anyone may read it.
 */
List *
list_named_shapes(Oid relid)
{
	List	   *shapes = NIL;
	Oid			table_oid = named_shapes_table();
	Relation	table;
	ScanKeyData key;
	SysScanDesc scan;
	HeapTuple	tuple;

	if (!OidIsValid(table_oid))
		return NIL;
	table = table_open(table_oid, AccessShareLock);
	ScanKeyInit(&key, Anum_shapes_relation, BTEqualStrategyNumber, F_OIDEQ,
				ObjectIdGetDatum(relid));
	scan = systable_beginscan(table, jsonify_primary_key_index(table), true, NULL, 1, &key);
	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
		shapes = lappend(shapes, make_named_shape(relid, tuple, RelationGetDescr(table)));
	systable_endscan(scan);
	table_close(table, AccessShareLock);
	return shapes;
}

/* The shape of that name that a table has, palloc'd; NULL if there is none. */
NamedShape *
find_named_shape(Oid relid, const char *name)
{
	ListCell   *lc;

	foreach(lc, list_named_shapes(relid))
	{
		NamedShape *shape = lfirst(lc);

		if (strcmp(shape->name, name) == 0)
			return shape;
	}
	return NULL;
}

/* Raises an error unless the role may define shapes of a table. */
static void
check_shape_owner(Oid relid)
{
	Relation	relation = try_relation_open(relid, AccessShareLock);
	char		relkind;

	if (relation == NULL)
		not_a_table(relid);
	relkind = relation->rd_rel->relkind;
	if (relkind != RELKIND_RELATION && relkind != RELKIND_PARTITIONED_TABLE &&
		relkind != RELKIND_VIEW && relkind != RELKIND_MATVIEW &&
		relkind != RELKIND_FOREIGN_TABLE)
		not_a_table(relid);
	if (!jsonify_owns_table(relid, GetUserId()))
		aclcheck_error(ACLCHECK_NOT_OWNER, get_relkind_objtype(relkind),
					   RelationGetRelationName(relation));
	if (relation->rd_rel->relpersistence == RELPERSISTENCE_TEMP)
		ereport(ERROR,
				errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				errmsg("\"%s\" is a temporary table and cannot have named shapes",
					   RelationGetRelationName(relation)),
				errhint("Write the shape out where it is used."));
	/* pg_dump may restore it only after the shapes, and those could not be, then */
	if (relkind == RELKIND_MATVIEW)
		ereport(ERROR,
				errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				errmsg("\"%s\" is a materialized view and cannot have named shapes",
					   RelationGetRelationName(relation)),
				errhint("Create a view over it, and give that the shape."));
	/* the lock stays, so that the table is not dropped meanwhile */
	relation_close(relation, NoLock);
}

/*
 * Runs a statement on the table of named shapes as the role that owns it:
 * nobody else may write there. Returns the number of rows.
 */
static uint64
write_shapes(const char *format, int nargs, Oid *argtypes, Datum *values)
{
	Oid			table_oid = named_shapes_table();
	Relation	table;
	char	   *name;
	Oid			saved_user;
	int			saved_context;
	uint64		nrows;
	int			result;

	if (!OidIsValid(table_oid))
		ereport(ERROR,
				errcode(ERRCODE_UNDEFINED_TABLE),
				errmsg("table \"%s\" does not exist", SHAPES_TABLE),
				errhint("Run ALTER EXTENSION jsonify UPDATE."));
	table = table_open(table_oid, RowExclusiveLock);
	name = quote_qualified_identifier(get_namespace_name(RelationGetNamespace(table)),
									  RelationGetRelationName(table));
	GetUserIdAndSecContext(&saved_user, &saved_context);
	SetUserIdAndSecContext(table->rd_rel->relowner,
						   saved_context | SECURITY_LOCAL_USERID_CHANGE);
	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	result = SPI_execute_with_args(psprintf(format, name), nargs, argtypes, values, NULL,
								   false, 0);
	if (result < 0)
		elog(ERROR, "SPI_execute_with_args failed: %s", SPI_result_code_string(result));
	nrows = SPI_processed;
	if (SPI_finish() != SPI_OK_FINISH)
		elog(ERROR, "SPI_finish failed");
	SetUserIdAndSecContext(saved_user, saved_context);
	table_close(table, NoLock);
	return nrows;
}

/* Raises ERRCODE_SYNTAX_ERROR: a stored shape is a set, and nothing around it. */
void
not_storable(const ShapeText *text)
{
	ereport(ERROR,
			errcode(ERRCODE_SYNTAX_ERROR),
			errmsg("a shape that is stored is written in braces"),
			errhint("Write { ... }; of another shape's items, { ...name }."),
			shape_position(text, 0));
}

static void
check_stored_form(const char *shape)
{
	ShapeText	text = {.text = shape,.description = "the shape"};
	Shape	   *parsed = parse_shape(&text, jsonify_max_depth);

	if (parsed->set == NULL || parsed->args != NULL)
		not_storable(&text);
}

/* Raises what using the shape would: as it is now stored. */
static void
check_stored_shape(Oid relid, const char *name)
{
	const char *shape = psprintf("{ ...%s }", quote_shape_name(name));
	DocumentKey key = {
		.ops = &jsonb_sink_ops,
		.typid = get_rel_type_id(relid),
		.typmod = -1,
		.shape = shape,
		.shape_length = strlen(shape)
	};

	CommandCounterIncrement();
	unpin_plan(get_plan(&key));
}

/*
 * jsonify_define(relation regclass, name text, shape text) returns void
 *
 * Stores a named shape, in place of one of that name. Raises what the shape
 * raises where it is used, cycles of shapes among them, and
 * ERRCODE_INSUFFICIENT_PRIVILEGE for all but the table's owner.
 */
PG_FUNCTION_INFO_V1(jsonify_define);
PGDLLEXPORT Datum
jsonify_define(PG_FUNCTION_ARGS)
{
	Oid			relid = PG_GETARG_OID(0);
	char	   *name = text_to_cstring(PG_GETARG_TEXT_PP(1));
	Oid			argtypes[] = {REGCLASSOID, TEXTOID, TEXTOID};
	Datum		values[] = {PG_GETARG_DATUM(0), PG_GETARG_DATUM(1), PG_GETARG_DATUM(2)};

	check_shape_owner(relid);
	if (*name == '\0')
		ereport(ERROR,
				errcode(ERRCODE_INVALID_NAME),
				errmsg("the name of a shape must not be empty"));
	check_stored_form(text_to_cstring(PG_GETARG_TEXT_PP(2)));
	write_shapes("INSERT INTO %s (relation, name, shape) VALUES ($1, $2, $3) "
				 "ON CONFLICT (relation, name) DO UPDATE SET shape = excluded.shape",
				 3, argtypes, values);
	check_stored_shape(relid, name);
	PG_RETURN_VOID();
}

/*
 * jsonify_undefine(relation regclass, name text) returns void
 *
 * Removes a named shape; ERRCODE_UNDEFINED_OBJECT where there is none.
 */
PG_FUNCTION_INFO_V1(jsonify_undefine);
PGDLLEXPORT Datum
jsonify_undefine(PG_FUNCTION_ARGS)
{
	Oid			relid = PG_GETARG_OID(0);
	Oid			argtypes[] = {REGCLASSOID, TEXTOID};
	Datum		values[] = {PG_GETARG_DATUM(0), PG_GETARG_DATUM(1)};

	check_shape_owner(relid);
	if (write_shapes("DELETE FROM %s WHERE relation OPERATOR(pg_catalog.=) $1 "
					 "AND name OPERATOR(pg_catalog.=) $2", 2, argtypes, values) == 0)
		ereport(ERROR,
				errcode(ERRCODE_UNDEFINED_OBJECT),
				errmsg("table \"%s\" has no shape \"%s\"", get_rel_name(relid),
					   text_to_cstring(PG_GETARG_TEXT_PP(1))));
	PG_RETURN_VOID();
}

/*
 * jsonify_shapes_changed() returns trigger
 *
 * Of the table of named shapes, for each statement: makes every session forget
 * what it made of them, when this transaction commits.
 */
PG_FUNCTION_INFO_V1(jsonify_shapes_changed);
PGDLLEXPORT Datum
jsonify_shapes_changed(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = (TriggerData *) fcinfo->context;

	if (!CALLED_AS_TRIGGER(fcinfo))
		ereport(ERROR,
				errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				errmsg("jsonify_shapes_changed() is a trigger function"));
	CacheInvalidateRelcache(trigger->tg_relation);
	PG_RETURN_POINTER(NULL);
}

/* Deletes the named shapes of a table that is no more. Returns how many. */
static int
delete_shapes(Relation table, Oid relid)
{
	int			ndeleted = 0;
	ScanKeyData key;
	SysScanDesc scan;
	HeapTuple	tuple;

	ScanKeyInit(&key, Anum_shapes_relation, BTEqualStrategyNumber, F_OIDEQ,
				ObjectIdGetDatum(relid));
	scan = systable_beginscan(table, jsonify_primary_key_index(table), true, NULL, 1, &key);
	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		simple_heap_delete(table, &tuple->t_self);
		ndeleted++;
	}
	systable_endscan(scan);
	return ndeleted;
}

/*
 * jsonify_relation_dropped() returns event_trigger
 *
 * On sql_drop: removes the named shapes of what was dropped, whatever snapshot
 * the transaction has. Where there are none, no session has to forget anything.
 */
PG_FUNCTION_INFO_V1(jsonify_relation_dropped);
PGDLLEXPORT Datum
jsonify_relation_dropped(PG_FUNCTION_ARGS)
{
	Oid			table_oid = named_shapes_table();
	int			ndeleted = 0;
	Relation	table;

	if (!CALLED_AS_EVENT_TRIGGER(fcinfo))
		ereport(ERROR,
				errcode(ERRCODE_E_R_I_E_EVENT_TRIGGER_PROTOCOL_VIOLATED),
				errmsg("jsonify_relation_dropped() is an event trigger function"));
	if (!OidIsValid(table_oid))
		PG_RETURN_VOID();

	table = table_open(table_oid, RowExclusiveLock);
	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	if (SPI_execute("SELECT objid FROM pg_catalog.pg_event_trigger_dropped_objects() "
					"WHERE classid OPERATOR(pg_catalog.=) 'pg_catalog.pg_class'::pg_catalog.regclass "
					"AND objsubid OPERATOR(pg_catalog.=) 0", true, 0) != SPI_OK_SELECT)
		elog(ERROR, "SPI_execute failed");
	for (uint64 i = 0; i < SPI_processed; i++)
	{
		bool		isnull;
		Datum		relid = SPI_getbinval(SPI_tuptable->vals[i], SPI_tuptable->tupdesc, 1, &isnull);

		ndeleted += delete_shapes(table, DatumGetObjectId(relid));
	}
	if (SPI_finish() != SPI_OK_FINISH)
		elog(ERROR, "SPI_finish failed");
	if (ndeleted > 0)
	{
		CacheInvalidateRelcache(table);
		CommandCounterIncrement();
	}
	table_close(table, NoLock);
	PG_RETURN_VOID();
}
