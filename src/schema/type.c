/*
 * type.c
 *		What the catalog says of types: casts that users made, and what domains are
 *		over.
 */
#include "schema/schema.h"

#include "access/htup_details.h"
#include "access/transam.h"
#include "catalog/pg_cast.h"
#include "catalog/pg_type.h"
#include "utils/syscache.h"

/* The function of a user's own cast from source to target, or InvalidOid. */
Oid
user_cast(Oid source, Oid target)
{
	HeapTuple	tuple = SearchSysCache2(CASTSOURCETARGET, ObjectIdGetDatum(source),
										ObjectIdGetDatum(target));
	Oid			function = InvalidOid;

	if (HeapTupleIsValid(tuple))
	{
		Form_pg_cast form = (Form_pg_cast) GETSTRUCT(tuple);

		if (form->oid >= FirstNormalObjectId && form->castmethod == COERCION_METHOD_FUNCTION)
			function = form->castfunc;
		ReleaseSysCache(tuple);
	}
	return function;
}

/*
 * What a domain is over, be it a domain itself; of other types InvalidOid.
 * Unless typmod is NULL, *typmod becomes what the domain says of that, if it says
 * anything.
 */
Oid
base_of_domain(Oid typid, int32 *typmod)
{
	HeapTuple	tuple = SearchSysCache1(TYPEOID, ObjectIdGetDatum(typid));
	Form_pg_type form;
	Oid			base = InvalidOid;

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for type %u", typid);
	form = (Form_pg_type) GETSTRUCT(tuple);
	if (form->typtype == TYPTYPE_DOMAIN)
	{
		base = form->typbasetype;
		if (typmod != NULL && form->typtypmod >= 0)
			*typmod = form->typtypmod;
	}
	ReleaseSysCache(tuple);
	return base;
}

/* Whether a domain takes no NULL. */
bool
domain_is_not_null(Oid typid)
{
	bool		not_null = false;

	while (OidIsValid(typid) && !not_null)
	{
		HeapTuple	tuple = SearchSysCache1(TYPEOID, ObjectIdGetDatum(typid));
		Form_pg_type form;

		if (!HeapTupleIsValid(tuple))
			elog(ERROR, "cache lookup failed for type %u", typid);
		form = (Form_pg_type) GETSTRUCT(tuple);
		not_null = form->typtype == TYPTYPE_DOMAIN && form->typnotnull;
		typid = form->typtype == TYPTYPE_DOMAIN ? form->typbasetype : InvalidOid;
		ReleaseSysCache(tuple);
	}
	return not_null;
}
