/*
 * constraints.c
 *		What the catalog says of a constraint that an error names: its comment, and the
 *		one column that it is over.
 */
#include "store/internal.h"

#include "access/genam.h"
#include "access/table.h"
#include "catalog/index.h"
#include "catalog/namespace.h"
#include "catalog/partition.h"
#include "catalog/pg_class.h"
#include "catalog/pg_constraint.h"
#include "catalog/pg_inherits.h"
#include "catalog/pg_type.h"
#include "commands/comment.h"
#include "optimizer/optimizer.h"
#include "utils/array.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/syscache.h"

/* A comment on one of a partition's, or on that of which it is a part. */
static const char *
constraint_comment(Oid constraint)
{
	while (OidIsValid(constraint))
	{
		const char *comment = GetComment(constraint, ConstraintRelationId, 0);
		HeapTuple	tuple = SearchSysCache1(CONSTROID, ObjectIdGetDatum(constraint));

		constraint = InvalidOid;
		if (HeapTupleIsValid(tuple))
		{
			constraint = ((Form_pg_constraint) GETSTRUCT(tuple))->conparentid;
			ReleaseSysCache(tuple);
		}
		if (comment != NULL)
			return comment;
	}
	return NULL;
}

static const char *
index_comment(Oid index)
{
	while (OidIsValid(index))
	{
		const char *comment = GetComment(index, RelationRelationId, 0);

		if (comment != NULL)
			return comment;
		index = get_rel_relispartition(index) ? get_partition_parent(index, true) : InvalidOid;
	}
	return NULL;
}

/* Of a domain, or of one that it is over. */
static const char *
domain_comment(Oid schema, const char *type, const char *name)
{
	Oid			typid = GetSysCacheOid2(TYPENAMENSP, Anum_pg_type_oid, PointerGetDatum(type),
										ObjectIdGetDatum(schema));

	while (OidIsValid(typid) && get_typtype(typid) == TYPTYPE_DOMAIN)
	{
		Oid			constraint = get_domain_constraint_oid(typid, name, true);
		HeapTuple	tuple;

		if (OidIsValid(constraint))
			return GetComment(constraint, ConstraintRelationId, 0);
		tuple = SearchSysCache1(TYPEOID, ObjectIdGetDatum(typid));
		typid = InvalidOid;
		if (HeapTupleIsValid(tuple))
		{
			typid = ((Form_pg_type) GETSTRUCT(tuple))->typbasetype;
			ReleaseSysCache(tuple);
		}
	}
	return NULL;
}

/* The columns of a constraint; NULL if it has none. */
static Bitmapset *
constraint_columns(Oid constraint)
{
	HeapTuple	tuple = SearchSysCache1(CONSTROID, ObjectIdGetDatum(constraint));
	Bitmapset  *columns = NULL;
	Datum		keys;
	bool		isnull;

	if (!HeapTupleIsValid(tuple))
		return NULL;
	keys = SysCacheGetAttr(CONSTROID, tuple, Anum_pg_constraint_conkey, &isnull);
	if (!isnull)
	{
		ArrayType  *array = DatumGetArrayTypeP(keys);
		int			n = ARR_DIMS(array)[0];

		for (int i = 0; i < n; i++)
			columns = bms_add_member(columns, ((int16 *) ARR_DATA_PTR(array))[i]);
	}
	ReleaseSysCache(tuple);
	return columns;
}

/* Those of an index, be it within expressions. */
static Bitmapset *
index_columns(Oid index)
{
	Relation	relation = index_open(index, AccessShareLock);
	Bitmapset  *offset = NULL;
	Bitmapset  *columns = NULL;
	int			column = -1;

	pull_varattnos((Node *) RelationGetIndexExpressions(relation), 1, &offset);
	while ((column = bms_next_member(offset, column)) >= 0)
	{
		if (column + FirstLowInvalidHeapAttributeNumber > 0)
			columns = bms_add_member(columns, column + FirstLowInvalidHeapAttributeNumber);
	}
	for (int i = 0; i < IndexRelationGetNumberOfKeyAttributes(relation); i++)
	{
		if (relation->rd_index->indkey.values[i] > 0)
			columns = bms_add_member(columns, relation->rd_index->indkey.values[i]);
	}
	index_close(relation, AccessShareLock);
	return columns;
}

/* Whether a table is another one, a part or an heir of it, or may be that of a view. */
static bool
is_table_of(Oid relid, Oid target)
{
	return relid == target || get_rel_relkind(target) == RELKIND_VIEW ||
		typeInheritsFrom(get_rel_type_id(relid), get_rel_type_id(target));
}

/*
 * Finds the constraint or unique index that an error names, and returns the comment on
 * it, palloc'd, or NULL. *attnum is set to the column of a table that the error is about,
 * if it is about one of that table.
 */
const char *
describe_constraint(const ErrorData *error, Oid target, AttrNumber *attnum)
{
	Oid			schema = error->schema_name == NULL ? InvalidOid :
		get_namespace_oid(error->schema_name, true);
	Oid			relid = !OidIsValid(schema) || error->table_name == NULL ? InvalidOid :
		get_relname_relid(error->table_name, schema);
	const char *name = error->constraint_name;
	const char *column = error->column_name;
	const char *comment = NULL;
	Bitmapset  *columns = NULL;
	Oid			found = InvalidOid;

	*attnum = InvalidAttrNumber;
	if (OidIsValid(schema) && error->datatype_name != NULL && name != NULL)
		return domain_comment(schema, error->datatype_name, name);
	if (!OidIsValid(relid))
		return NULL;
	if (name != NULL)
		found = get_relation_constraint_oid(relid, name, true);
	if (OidIsValid(found))
	{
		comment = constraint_comment(found);
		columns = constraint_columns(found);
	}
	else if (name != NULL && error->sqlerrcode == ERRCODE_UNIQUE_VIOLATION)
	{
		found = get_relname_relid(name, schema);
		if (OidIsValid(found) && IndexGetRelation(found, true) == relid)
		{
			comment = index_comment(found);
			columns = index_columns(found);
		}
	}
	if (!is_table_of(relid, target))
		return comment;
	/* a constraint that is inherited is not commented on, but has its name */
	if (comment == NULL && OidIsValid(found) && relid != target)
	{
		found = get_relation_constraint_oid(target, name, true);
		comment = OidIsValid(found) ? constraint_comment(found) : NULL;
	}
	if (column == NULL && bms_num_members(columns) == 1)
		column = get_attname(relid, bms_singleton_member(columns), true);
	if (column != NULL)
		*attnum = get_attnum(target, column);
	return comment;
}
