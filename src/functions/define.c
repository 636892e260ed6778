/*
 * define.c
 *		The SQL functions that store shapes, jsonify_define() and jsonify_undefine(),
 *		and the triggers that keep what is stored in order.
 */
#include "run/run.h"

#include "access/relation.h"
#include "access/table.h"
#include "access/xact.h"
#include "catalog/objectaddress.h"
#include "catalog/pg_class.h"
#include "commands/event_trigger.h"
#include "commands/trigger.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

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
		.kind = &value_documents,
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

	check_shape_owner(relid);
	if (*name == '\0')
		ereport(ERROR,
				errcode(ERRCODE_INVALID_NAME),
				errmsg("the name of a shape must not be empty"));
	check_stored_form(text_to_cstring(PG_GETARG_TEXT_PP(2)));
	store_named_shape(relid, PG_GETARG_TEXT_PP(1), PG_GETARG_TEXT_PP(2));
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

	check_shape_owner(relid);
	if (!remove_named_shape(relid, PG_GETARG_TEXT_PP(1)))
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

		ndeleted += delete_named_shapes(table, DatumGetObjectId(relid));
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
