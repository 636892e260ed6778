/*
 * define.c
 *		The SQL functions that store shapes and list them: jsonify_define(),
 *		jsonify_undefine(), jsonify_shapes(); and that of the triggers that hold them.
 */
#include "run/run.h"

#include "access/xact.h"
#include "catalog/objectaddress.h"
#include "commands/trigger.h"
#include "storage/lmgr.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

/* Raises an error unless the role may define shapes of a table. */
static void
check_shape_owner(Oid relid)
{
	char		relkind = get_rel_relkind(relid);

	if (relkind != RELKIND_RELATION && relkind != RELKIND_PARTITIONED_TABLE &&
		relkind != RELKIND_VIEW && relkind != RELKIND_MATVIEW &&
		relkind != RELKIND_FOREIGN_TABLE)
		not_a_table(relid);
	if (!jsonify_owns_table(relid, GetUserId()))
		aclcheck_error(ACLCHECK_NOT_OWNER, get_relkind_objtype(relkind), get_rel_name(relid));
	if (relkind == RELKIND_MATVIEW)
		ereport(ERROR,
				errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				errmsg("\"%s\" is a materialized view and cannot have named shapes",
					   get_rel_name(relid)),
				errhint("Create a view over it, and give that the shape."));
}

/*
 * Locks a table for its owner, until the transaction ends, to change its shapes by
 * a function that errors call so. Nobody else gets to lock it.
 */
static void
lock_for_owner(Oid relid, LOCKMODE mode, const char *function)
{
	PreventCommandIfReadOnly(function);
	check_shape_owner(relid);
	LockRelationOid(relid, mode);
	/* it may have been dropped, or changed hands, while this waited */
	check_shape_owner(relid);
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
 * raises where it is used, cycles of shapes among them,
 * ERRCODE_INSUFFICIENT_PRIVILEGE for all but the table's owner, and what
 * CREATE TRIGGER does, whose lock it takes.
 */
PG_FUNCTION_INFO_V1(jsonify_define);
PGDLLEXPORT Datum
jsonify_define(PG_FUNCTION_ARGS)
{
	Oid			relid = PG_GETARG_OID(0);
	char	   *name = text_to_cstring(PG_GETARG_TEXT_PP(1));
	char	   *shape = text_to_cstring(PG_GETARG_TEXT_PP(2));

	lock_for_owner(relid, ShareRowExclusiveLock, "jsonify_define()");
	if (*name == '\0')
		ereport(ERROR,
				errcode(ERRCODE_INVALID_NAME),
				errmsg("the name of a shape must not be empty"));
	check_stored_form(shape);
	store_named_shape(relid, name, shape);
	check_stored_shape(relid, name);
	PG_RETURN_VOID();
}

/*
 * jsonify_undefine(relation regclass, name text) returns void
 *
 * Removes a named shape; ERRCODE_UNDEFINED_OBJECT where there is none. Otherwise
 * as jsonify_define(), but with the lock of DROP TRIGGER.
 */
PG_FUNCTION_INFO_V1(jsonify_undefine);
PGDLLEXPORT Datum
jsonify_undefine(PG_FUNCTION_ARGS)
{
	Oid			relid = PG_GETARG_OID(0);
	char	   *name = text_to_cstring(PG_GETARG_TEXT_PP(1));

	lock_for_owner(relid, AccessExclusiveLock, "jsonify_undefine()");
	if (!remove_named_shape(relid, name))
		ereport(ERROR,
				errcode(ERRCODE_UNDEFINED_OBJECT),
				errmsg("table \"%s\" has no shape \"%s\"", get_rel_name(relid), name));
	PG_RETURN_VOID();
}

/* The columns of jsonify_shapes(), as sql/jsonify.sql has them. */
enum
{
	COLUMN_RELATION,
	COLUMN_NAME,
	COLUMN_SHAPE,
	NCOLUMNS
};

/*
 * jsonify_shapes() returns table
 * jsonify_shapes(relation regclass) returns table
 *
 * A row for each named shape, of all relations or of one, in the order of the
 * triggers that hold them; for a trigger that holds none, with nulls. Raises
 * ERRCODE_WRONG_OBJECT_TYPE for what is no table or view.
 */
PG_FUNCTION_INFO_V1(jsonify_shapes);
PGDLLEXPORT Datum
jsonify_shapes(PG_FUNCTION_ARGS)
{
	Oid			relid = PG_NARGS() > 0 ? PG_GETARG_OID(0) : InvalidOid;
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	ListCell   *lc;

	if (PG_NARGS() > 0 && !OidIsValid(table_of_type(get_rel_type_id(relid))))
		not_a_table(relid);
	jsonify_materialize(fcinfo);
	foreach(lc, list_shape_triggers(relid))
	{
		ShapeTrigger *trigger = lfirst(lc);
		Datum		values[NCOLUMNS] = {ObjectIdGetDatum(trigger->relid)};
		bool		nulls[NCOLUMNS] = {false};

		nulls[COLUMN_NAME] = nulls[COLUMN_SHAPE] = trigger->name == NULL;
		if (trigger->name != NULL)
		{
			values[COLUMN_NAME] = CStringGetTextDatum(trigger->name);
			values[COLUMN_SHAPE] = CStringGetTextDatum(trigger->shape);
		}
		tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	}
	PG_RETURN_NULL();
}

/*
 * jsonify_shape() returns trigger
 *
 * Of the triggers that hold shapes, as their arguments. None of them fires; one
 * that somebody made otherwise changes nothing.
 */
PG_FUNCTION_INFO_V1(jsonify_shape);
PGDLLEXPORT Datum
jsonify_shape(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = (TriggerData *) fcinfo->context;

	if (!CALLED_AS_TRIGGER(fcinfo))
		ereport(ERROR,
				errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				errmsg("jsonify_shape() is a trigger function"));
	if (TRIGGER_FIRED_FOR_STATEMENT(trigger->tg_event))
		PG_RETURN_POINTER(NULL);
	PG_RETURN_POINTER(TRIGGER_FIRED_BY_UPDATE(trigger->tg_event) ? trigger->tg_newtuple :
					  trigger->tg_trigtuple);
}

/*
 * Of version 0.1.0, whose SQL may meet this library until ALTER EXTENSION UPDATE:
 * nothing can be dropped in a database if the event trigger's function is not there.
 */
PG_FUNCTION_INFO_V1(jsonify_shapes_changed);
PGDLLEXPORT Datum
jsonify_shapes_changed(PG_FUNCTION_ARGS)
{
	PG_RETURN_POINTER(NULL);
}

PG_FUNCTION_INFO_V1(jsonify_relation_dropped);
PGDLLEXPORT Datum
jsonify_relation_dropped(PG_FUNCTION_ARGS)
{
	PG_RETURN_VOID();
}
