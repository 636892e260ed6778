/*
 * catalog.c
 *		What the catalog promises of the rows of tables, and says of them in comments.
 */
#include "describe/describe.h"

#include "catalog/pg_class.h"
#include "catalog/pg_constraint.h"
#include "catalog/pg_inherits.h"
#include "commands/comment.h"
#include "miscadmin.h"
#include "storage/lockdefs.h"
#include "utils/lsyscache.h"
#include "utils/rls.h"
#include "utils/syscache.h"

static bool
says_not_null(Oid relid, AttrNumber attnum)
{
	HeapTuple	tuple = SearchSysCache2(ATTNUM, ObjectIdGetDatum(relid), Int16GetDatum(attnum));
	bool		not_null;

	if (!HeapTupleIsValid(tuple))
		return false;
	not_null = ((Form_pg_attribute) GETSTRUCT(tuple))->attnotnull;
	ReleaseSysCache(tuple);
	return not_null && jsonify_not_null_is_valid(relid, attnum);
}

/* Whether rows of other tables come with those of a table, which its keys say nothing of. */
static bool
has_heirs(Oid relid)
{
	return has_subclass(relid) && get_rel_relkind(relid) != RELKIND_PARTITIONED_TABLE;
}

/*
 * Whether the rows that are read from a table all have a value in a column: also
 * those of tables that inherit from it, which need not take its NOT NULL over.
 */
bool
column_has_value(Oid relid, AttrNumber attnum)
{
	char	   *name;
	ListCell   *lc;

	if (attnum <= 0 || !says_not_null(relid, attnum))
		return false;
	if (!has_heirs(relid))
		return true;
	name = get_attname(relid, attnum, false);
	foreach(lc, find_all_inheritors(relid, NoLock, NULL))
	{
		if (!says_not_null(lfirst_oid(lc), get_attnum(lfirst_oid(lc), name)))
			return false;
	}
	return true;
}

static bool
key_is_valid(Oid constraint)
{
	HeapTuple	tuple = SearchSysCache1(CONSTROID, ObjectIdGetDatum(constraint));
	bool		is_valid;

	if (!HeapTupleIsValid(tuple))
		return false;
	is_valid = ((Form_pg_constraint) GETSTRUCT(tuple))->convalidated;
	ReleaseSysCache(tuple);
	return is_valid;
}

/*
 * Whether a branch leads from each row of a table to one that the role sees, as its
 * foreign key promises.
 */
bool
key_leads_to_row(const Branch *branch)
{
	const Relationship *relationship = branch->relationship;
	const ForeignKey *key = relationship->key;

	if (relationship->kind != TO_ONE || key == NULL || branch->filter.condition != NIL ||
		branch->recursion != NULL || key->referenced != branch->child->relid ||
		get_rel_relkind(key->referenced) == RELKIND_VIEW || has_heirs(key->referencing) ||
		!key_is_valid(key->constraint) ||
		check_enable_rls(key->referenced, GetUserId(), true) == RLS_ENABLED)
		return false;
	for (int i = 0; i < key->nkeys; i++)
	{
		if (!column_has_value(key->referencing, key->referencing_attnums[i]))
			return false;
	}
	return true;
}

/* The COMMENT of a column, palloc'd; NULL if it has none. */
const char *
column_comment(Oid relid, AttrNumber attnum)
{
	return OidIsValid(relid) && attnum > 0 ? GetComment(relid, RelationRelationId, attnum) : NULL;
}

/* That of a table, view or composite type. */
const char *
relation_comment(Oid relid)
{
	return OidIsValid(relid) ? GetComment(relid, RelationRelationId, 0) : NULL;
}
