/*
 * shape_trigger.c
 *		Named shapes, as they are stored: in triggers that never fire.
 *
 *		CREATE TRIGGER jsonify_card BEFORE DELETE ON users FOR EACH STATEMENT
 *		WHEN (false) EXECUTE FUNCTION jsonify_shape('card', '{ id name }')
 *
 * So they are a part of their table, for pg_dump, DROP and RENAME, and a change of
 * them is one of the table, for plans. The function tells such a trigger from
 * others, and its arguments are the shape: the trigger's name means nothing, nor
 * whether it is disabled.
 */
#include "schema/schema.h"

#include "access/genam.h"
#include "access/table.h"
#include "catalog/indexing.h"
#include "catalog/pg_extension.h"
#include "catalog/pg_language.h"
#include "catalog/pg_trigger.h"
#include "commands/trigger.h"
#include "common/hashfn.h"
#include "executor/spi.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/syscache.h"

/* The symbol of the triggers' function in this library. */
#define SHAPE_FUNCTION "jsonify_shape"

/* The version that kept shapes in a table, which nothing here reads. */
#define VERSION_WITH_TABLE "0.1.0"

/*
 * The extension's schema, or InvalidOid. Raises
 * ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE if there are shapes that only its
 * update makes triggers of: what they hide must not show meanwhile.
 */
static Oid
extension_schema(void)
{
	Relation	catalog = table_open(ExtensionRelationId, AccessShareLock);
	Oid			schema = InvalidOid;
	bool		is_old = false;
	ScanKeyData key;
	SysScanDesc scan;
	HeapTuple	tuple;

	ScanKeyInit(&key, Anum_pg_extension_extname, BTEqualStrategyNumber, F_NAMEEQ,
				CStringGetDatum("jsonify"));
	scan = systable_beginscan(catalog, ExtensionNameIndexId, true, NULL, 1, &key);
	tuple = systable_getnext(scan);
	if (HeapTupleIsValid(tuple))
	{
		bool		isnull;
		Datum		version = heap_getattr(tuple, Anum_pg_extension_extversion,
										   RelationGetDescr(catalog), &isnull);

		schema = ((Form_pg_extension) GETSTRUCT(tuple))->extnamespace;
		is_old = !isnull && strcmp(TextDatumGetCString(version), VERSION_WITH_TABLE) == 0;
	}
	systable_endscan(scan);
	table_close(catalog, AccessShareLock);
	if (is_old)
		ereport(ERROR,
				errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				errmsg("the named shapes of this database are still those of jsonify %s",
					   VERSION_WITH_TABLE),
				errhint("Run ALTER EXTENSION jsonify UPDATE."));
	return schema;
}

/*
 * By its symbol, wherever it is and whatever it is called. Nobody but a superuser
 * can make functions in C.
 */
static bool
is_shape_function(Oid function)
{
	HeapTuple	tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(function));
	bool		is_ours = false;
	bool		isnull;

	if (!HeapTupleIsValid(tuple))
		return false;
	if (((Form_pg_proc) GETSTRUCT(tuple))->prolang == ClanguageId)
	{
		Datum		symbol = SysCacheGetAttr(PROCOID, tuple, Anum_pg_proc_prosrc, &isnull);

		is_ours = !isnull && strcmp(TextDatumGetCString(symbol), SHAPE_FUNCTION) == 0;
	}
	ReleaseSysCache(tuple);
	return is_ours;
}

/* The arguments are in one bytea, each with a zero behind it. */
static ShapeTrigger *
make_shape_trigger(HeapTuple tuple, TupleDesc tupdesc)
{
	Form_pg_trigger form = (Form_pg_trigger) GETSTRUCT(tuple);
	ShapeTrigger *trigger = palloc0(sizeof(ShapeTrigger));
	bool		isnull;
	Datum		args = heap_getattr(tuple, Anum_pg_trigger_tgargs, tupdesc, &isnull);

	trigger->relid = form->tgrelid;
	trigger->trigger = pstrdup(NameStr(form->tgname));
	if (!isnull && form->tgnargs == 2)
	{
		/* with a zero more, for what is no such list */
		char	   *bytes = text_to_cstring((text *) DatumGetByteaPP(args));
		Size		length = VARSIZE_ANY_EXHDR(DatumGetByteaPP(args));
		Size		name_length = strlen(bytes);

		if (name_length > 0 && name_length < length)
		{
			trigger->name = bytes;
			trigger->shape = bytes + name_length + 1;
		}
	}
	return trigger;
}

/*
 * The triggers that hold a table's shapes, or with InvalidOid those of all
 * tables but shards, by their names: a list of ShapeTrigger, palloc'd in the current memory
 * context. They are read as a catalog is: whatever is committed, and without
 * asking for privileges. Raises ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE if the
 * extension has to be updated.
 */
List *
list_shape_triggers(Oid relid)
{
	List	   *triggers = NIL;
	Relation	catalog;
	ScanKeyData key;
	SysScanDesc scan;
	HeapTuple	tuple;

	(void) extension_schema();
	catalog = table_open(TriggerRelationId, AccessShareLock);
	ScanKeyInit(&key, Anum_pg_trigger_tgrelid, BTEqualStrategyNumber, F_OIDEQ,
				ObjectIdGetDatum(relid));
	scan = systable_beginscan(catalog, TriggerRelidNameIndexId, true, NULL,
							  OidIsValid(relid) ? 1 : 0, &key);
	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		Form_pg_trigger form = (Form_pg_trigger) GETSTRUCT(tuple);

		/* shards have copies of those of their table */
		if (is_shape_function(form->tgfoid) &&
			(OidIsValid(relid) || logical_table(form->tgrelid) == form->tgrelid))
			triggers = lappend(triggers, make_shape_trigger(tuple, RelationGetDescr(catalog)));
	}
	systable_endscan(scan);
	table_close(catalog, AccessShareLock);
	return triggers;
}

static NamedShape *
make_named_shape(const ShapeTrigger *trigger)
{
	NamedShape *shape = palloc(sizeof(NamedShape));

	/* which shape it was meant to be is not known: any that is asked for, maybe */
	if (trigger->name == NULL)
		ereport(ERROR,
				errcode(ERRCODE_INVALID_OBJECT_DEFINITION),
				errmsg("trigger \"%s\" of %s holds no shape", trigger->trigger,
					   describe_relation(trigger->relid)),
				errdetail("Its function takes two arguments, a shape's name and the shape."),
				errhint("Drop the trigger, and call jsonify_define()."));
	shape->name = trigger->name;
	shape->trigger = trigger->trigger;
	shape->text.text = trigger->shape;
	shape->text.description = psprintf("shape \"%s\" of table \"%s\"", shape->name,
									   get_rel_name(trigger->relid));
	return shape;
}

static bool
has_shape_named(const List *shapes, const char *name)
{
	const ListCell *lc;

	foreach(lc, shapes)
	{
		if (strcmp(((NamedShape *) lfirst(lc))->name, name) == 0)
			return true;
	}
	return false;
}

/*
 * The named shapes of a table, of a shard those of its table: a list of NamedShape,
 * palloc'd in the current memory context. Raises ERRCODE_INVALID_OBJECT_DEFINITION for a
 * trigger that does not say one, what list_shape_triggers() does, of a shard what
 * refuse_unknown_shard() does, and of a view what refuse_unknown_view() does.
 */
List *
list_named_shapes(Oid relid)
{
	Oid			table = logical_table(relid);
	List	   *shapes = NIL;
	ListCell   *lc;

	refuse_unknown_shard(relid);
	refuse_unknown_view(relid);
	foreach(lc, list_shape_triggers(table))
		shapes = lappend(shapes, make_named_shape(lfirst(lc)));
	/* a shard has copies of the triggers, should they be missing here */
	foreach(lc, table != relid ? list_shape_triggers(relid) : NIL)
	{
		NamedShape *shape = make_named_shape(lfirst(lc));

		if (!has_shape_named(shapes, shape->name))
			shapes = lappend(shapes, shape);
	}
	return shapes;
}

/* The one of them that has a name, as find_named_shape() says it. */
static NamedShape *
pick_named_shape(Oid relid, List *shapes, const char *name)
{
	NamedShape *found = NULL;
	ListCell   *lc;

	foreach(lc, shapes)
	{
		NamedShape *shape = lfirst(lc);

		if (strcmp(shape->name, name) != 0)
			continue;
		if (found != NULL)
			ereport(ERROR,
					errcode(ERRCODE_DUPLICATE_OBJECT),
					errmsg("%s has more than one shape \"%s\"", describe_relation(relid), name),
					errdetail("Triggers \"%s\" and \"%s\" hold one each.", found->trigger,
							  shape->trigger),
					errhint("Drop the wrong one."));
		found = shape;
	}
	return found;
}

/*
 * The shape of that name that a table has, of a shard the one that its table has;
 * palloc'd, NULL if there is none. Raises ERRCODE_DUPLICATE_OBJECT if there are several,
 * and what list_named_shapes() does.
 */
NamedShape *
find_named_shape(Oid relid, const char *name)
{
	return pick_named_shape(relid, list_named_shapes(relid), name);
}

static void
run_command(const char *command)
{
	int			result;

	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	result = SPI_execute(command, false, 0);
	if (result != SPI_OK_UTILITY)
		elog(ERROR, "SPI_execute failed: %s", SPI_result_code_string(result));
	if (SPI_finish() != SPI_OK_FINISH)
		elog(ERROR, "SPI_finish failed");
}

static const char *
qualified_name(Oid schema, const char *name)
{
	return quote_qualified_identifier(get_namespace_name(schema), name);
}

/* A name for the trigger of a shape, that no trigger of the table has. */
static const char *
new_trigger_name(Oid relid, const char *name)
{
	char	   *trigger = psprintf("jsonify_%s", name);

	/* names of shapes may be long */
	for (uint64 seed = 0;
		 strlen(trigger) >= NAMEDATALEN || OidIsValid(get_trigger_oid(relid, trigger, true));
		 seed++)
	{
		uint64		hash = hash_bytes_extended((const unsigned char *) name, strlen(name), seed);

		trigger = psprintf("jsonify_%08x%08x", (uint32) (hash >> 32), (uint32) hash);
	}
	return trigger;
}

/*
 * Stores a shape under a name, in place of one that a table has there, as the
 * current role. The table is locked already, as by CREATE TRIGGER. The shape was
 * checked, or will be before the transaction ends. Raises what
 * find_named_shape(), require_triggers(), require_named_rows() and CREATE TRIGGER do.
 */
void
store_named_shape(Oid relid, const char *name, const char *shape)
{
	Oid			schema = extension_schema();
	NamedShape *old;

	if (logical_table(relid) != relid)
		ereport(ERROR,
				errcode(ERRCODE_WRONG_OBJECT_TYPE),
				errmsg("\"%s\" is a shard, and has the shapes of its table", get_rel_name(relid)),
				errhint("Define them for table \"%s\".", logical_name(relid)));
	require_triggers(relid);
	if (strcmp(name, DEFAULT_SHAPE) == 0)
		require_named_rows(relid);
	old = find_named_shape(relid, name);
	run_command(psprintf("CREATE OR REPLACE TRIGGER %s BEFORE DELETE ON %s "
						 "FOR EACH STATEMENT WHEN (false) EXECUTE FUNCTION %s(%s, %s)",
						 quote_identifier(old != NULL ? old->trigger :
										  new_trigger_name(relid, name)),
						 qualified_name(get_rel_namespace(relid), get_rel_name(relid)),
						 qualified_name(schema, SHAPE_FUNCTION),
						 quote_literal_cstr(name), quote_literal_cstr(shape)));
}

/*
 * Removes the shape of a name, or all if there are several, as the current role.
 * The table is locked already, as by DROP TRIGGER. Returns whether there was one.
 * Raises what require_triggers() and DROP TRIGGER do.
 */
bool
remove_named_shape(Oid relid, const char *name)
{
	bool		found = false;
	ListCell   *lc;

	foreach(lc, list_shape_triggers(relid))
	{
		ShapeTrigger *trigger = lfirst(lc);

		if (trigger->name == NULL || strcmp(trigger->name, name) != 0)
			continue;
		require_triggers(relid);
		run_command(psprintf("DROP TRIGGER %s ON %s", quote_identifier(trigger->trigger),
							 qualified_name(get_rel_namespace(relid), get_rel_name(relid))));
		found = true;
	}
	return found;
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
