/*
 * privilege.c
 *		What a role may read of the tables that a shape leads to.
 *
 * The queries check privileges as well; but only if they are run, which takes
 * a row that leads to them, and without a place in the shape.
 */
#include "schema/schema.h"

#include "utils/acl.h"
#include "utils/lsyscache.h"

/* Whether a role has a privilege on a column; of system columns, on the table. */
bool
may_use_column(Oid relid, AttrNumber attnum, Oid role, AclMode mode)
{
	return pg_class_aclcheck(relid, role, mode) == ACLCHECK_OK ||
		(attnum > 0 && pg_attribute_aclcheck(relid, attnum, role, mode) == ACLCHECK_OK);
}

static bool
may_name_column(Oid relid, AttrNumber attnum, Oid role)
{
	return jsonify_may_use_schema(get_rel_namespace(relid), role) &&
		may_use_column(relid, attnum, role, ACL_SELECT);
}

/* Whether a role has it on all columns of a table. */
bool
may_use_row(Oid relid, Oid role, AclMode mode)
{
	return may_use_column(relid, InvalidAttrNumber, role, mode) ||
		pg_attribute_aclcheck_all(relid, role, mode, ACLMASK_ALL) == ACLCHECK_OK;
}

static void
require_schema(Oid schema, Oid role, ShapePlace place)
{
	if (!jsonify_may_use_schema(schema, role))
		ereport(ERROR,
				errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				errmsg("permission denied for schema %s", get_namespace_name(schema)),
				shape_position(place.shape, place.location));
}

/*
 * Raises ERRCODE_INSUFFICIENT_PRIVILEGE unless a role has a privilege on a column
 * in a query of its own; of the whole row, InvalidAttrNumber, on all of them.
 * place is where in a shape that is asked for.
 */
void
require_column(Oid relid, AttrNumber attnum, Oid role, AclMode mode, ShapePlace place)
{
	char	   *column;

	require_schema(get_rel_namespace(relid), role, place);
	if (attnum == InvalidAttrNumber ? may_use_row(relid, role, mode) :
		may_use_column(relid, attnum, role, mode))
		return;

	/* who may read nothing of a table need not learn what is in it */
	column = mode == ACL_SELECT && attnum != InvalidAttrNumber &&
		pg_attribute_aclcheck_all(relid, role, ACL_SELECT, ACLMASK_ANY) == ACLCHECK_OK ?
		get_attname(relid, attnum, true) : NULL;
	ereport(ERROR,
			errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
			errmsg("permission denied for table %s", get_rel_name(relid)),
			column == NULL ? 0 :
			errdetail("The role may read other columns, but not \"%s\".", column),
			shape_position(place.shape, place.location));
}

/* Raises ERRCODE_INSUFFICIENT_PRIVILEGE unless a role may call a function. */
void
require_execute(Oid function, Oid role, ShapePlace place)
{
	require_schema(get_func_namespace(function), role, place);
	if (!jsonify_may_execute(function, role))
		ereport(ERROR,
				errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				errmsg("permission denied for function %s", get_func_name(function)),
				shape_position(place.shape, place.location));
}

typedef struct Column
{
	Oid			relid;
	AttrNumber	attnum;
} Column;

static bool
find_forbidden_in(Oid relid, const AttrNumber *attnums, int nattnums, Oid role,
				  Column *forbidden)
{
	for (int i = 0; i < nattnums; i++)
	{
		if (!may_name_column(relid, attnums[i], role))
		{
			forbidden->relid = relid;
			forbidden->attnum = attnums[i];
			return true;
		}
	}
	return false;
}

/*
 * Of the columns that a relationship goes by, one unreadable: those of the
 * table that it leads from may be at hand, as are those of a value.
 */
static bool
find_forbidden(const Relationship *relationship, bool at_hand, Oid role,
			   Column *forbidden)
{
	const ForeignKey *key = relationship->key;
	const ForeignKey *far_key = relationship->far_key;
	bool		to_one = relationship->kind == TO_ONE;

	if (!(at_hand && !to_one) &&
		find_forbidden_in(key->referenced, key->referenced_attnums, key->nkeys,
						  role, forbidden))
		return true;
	if (!(at_hand && to_one) &&
		find_forbidden_in(key->referencing, key->referencing_attnums, key->nkeys,
						  role, forbidden))
		return true;
	return far_key != NULL &&
		(find_forbidden_in(far_key->referencing, far_key->referencing_attnums,
						   far_key->nkeys, role, forbidden) ||
		 find_forbidden_in(far_key->referenced, far_key->referenced_attnums,
						   far_key->nkeys, role, forbidden));
}

/* Whether a role may read the columns that a relationship goes by. */
bool
may_follow(const Relationship *relationship, bool at_hand, Oid role)
{
	Column		unused;

	return !find_forbidden(relationship, at_hand, role, &unused);
}

/*
 * Notes which relationships a role may follow, at_hand as for may_follow(); reads_all:
 * no privilege is needed.
 */
void
judge_relationships(RelationshipGraph *graph, bool at_hand, Oid role, bool reads_all)
{
	ListCell   *lc;

	graph->at_hand = at_hand;
	graph->role = role;
	graph->reads_all = reads_all;
	foreach(lc, graph->relationships)
	{
		Relationship *relationship = lfirst(lc);

		relationship->readable = reads_all || may_follow(relationship, at_hand, role);
	}
}

/* Raises ERRCODE_INSUFFICIENT_PRIVILEGE if the role may not. */
static void
require_follow(const Relationship *relationship, bool at_hand, Oid role, ShapePlace place)
{
	Column		forbidden;

	if (find_forbidden(relationship, at_hand, role, &forbidden))
		require_column(forbidden.relid, forbidden.attnum, role, ACL_SELECT, place);
}

/*
 * Raises ERRCODE_INSUFFICIENT_PRIVILEGE if a role may not go from the rows of a
 * table to what a relationship of it leads to; at_hand: those rows need no
 * privilege. place is where a shape says so.
 */
void
require_relationship(const Relationship *relationship, Oid relid, bool at_hand, Oid role,
					 ShapePlace place)
{
	if (relationship->key != NULL)
		require_follow(relationship, at_hand, role, place);
	else
	{
		require_execute(relationship->function, role, place);
		if (!at_hand)
			require_column(relid, InvalidAttrNumber, role, ACL_SELECT, place);
	}
}
