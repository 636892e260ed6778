/*
 * relation.c
 *		What a table, a view or a row type is.
 */
#include "schema/schema.h"

#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "utils/lsyscache.h"

/* The table or view whose row type it is, or InvalidOid. */
Oid
table_of_type(Oid typid)
{
	Oid			relid = typid == RECORDOID ? InvalidOid : get_typ_typrelid(typid);

	return OidIsValid(relid) && get_rel_relkind(relid) != RELKIND_COMPOSITE_TYPE ?
		relid : InvalidOid;
}

/* What the rows of a relation are, in an error: palloc'd. Of a shard its table. */
char *
describe_relation(Oid relid)
{
	const char *kind;

	switch (get_rel_relkind(relid))
	{
		case RELKIND_VIEW:
			kind = "view";
			break;
		case RELKIND_MATVIEW:
			kind = "materialized view";
			break;
		case RELKIND_FOREIGN_TABLE:
			kind = "foreign table";
			break;
		default:
			kind = "table";
	}
	return psprintf("%s \"%s\"", kind, logical_name(relid));
}

/* The number of a column; 0 if there is none of that name. Of equals the last. */
AttrNumber
find_attribute(TupleDesc tupdesc, const char *name)
{
	for (AttrNumber attnum = tupdesc->natts; attnum > 0; attnum--)
	{
		Form_pg_attribute attribute = TupleDescAttr(tupdesc, attnum - 1);

		if (!attribute->attisdropped && strcmp(NameStr(attribute->attname), name) == 0)
			return attnum;
	}
	return 0;
}

/* Whether a relation can have foreign keys: no view, and no foreign table. */
bool
has_foreign_keys(Oid relid)
{
	char		relkind = get_rel_relkind(relid);

	return relkind == RELKIND_RELATION || relkind == RELKIND_PARTITIONED_TABLE;
}

/* Whether a path can lead into values of a type. */
bool
type_has_fields(Oid typid)
{
	typid = getBaseType(typid);
	return typid == JSONOID || typid == JSONBOID ||
		(type_is_rowtype(typid) && typid != RECORDOID);
}

/* Raises ERRCODE_WRONG_OBJECT_TYPE, or ERRCODE_UNDEFINED_TABLE. */
void
not_a_table(Oid relid)
{
	char	   *name = get_rel_name(relid);

	if (name == NULL)
		ereport(ERROR,
				errcode(ERRCODE_UNDEFINED_TABLE),
				errmsg("relation with OID %u does not exist", relid));
	ereport(ERROR,
			errcode(ERRCODE_WRONG_OBJECT_TYPE),
			errmsg("\"%s\" is not a table or view", name),
			errdetail("Only the rows of tables and views have shapes."));
}
