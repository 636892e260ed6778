/*
 * shape_table.c
 *		Named shapes, as they are stored: in the table jsonify_shapes.
 */
#include "schema/schema.h"

#include "access/genam.h"
#include "access/heapam.h"
#include "access/table.h"
#include "catalog/indexing.h"
#include "catalog/pg_extension.h"
#include "catalog/pg_type.h"
#include "commands/extension.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
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

/*
 * Stores a shape under a name, in place of one that a table has there, whoever
 * calls this. The shape was checked, or will be before the transaction ends.
 */
void
store_named_shape(Oid relid, const text *name, const text *shape)
{
	Oid			argtypes[] = {REGCLASSOID, TEXTOID, TEXTOID};
	Datum		values[] = {ObjectIdGetDatum(relid), PointerGetDatum(name), PointerGetDatum(shape)};

	write_shapes("INSERT INTO %s (relation, name, shape) VALUES ($1, $2, $3) "
				 "ON CONFLICT (relation, name) DO UPDATE SET shape = excluded.shape",
				 3, argtypes, values);
}

/* Removes one, whoever calls this. Returns whether there was one. */
bool
remove_named_shape(Oid relid, const text *name)
{
	Oid			argtypes[] = {REGCLASSOID, TEXTOID};
	Datum		values[] = {ObjectIdGetDatum(relid), PointerGetDatum(name)};

	return write_shapes("DELETE FROM %s WHERE relation OPERATOR(pg_catalog.=) $1 "
						"AND name OPERATOR(pg_catalog.=) $2", 2, argtypes, values) > 0;
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

/*
 * Deletes the named shapes of a table that is no more from the table of shapes,
 * whatever snapshot there is. Returns how many.
 */
int
delete_named_shapes(Relation table, Oid relid)
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
