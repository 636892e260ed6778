/*
 * operator.c
 *		The operators of conditions: looked up as PostgreSQL would, but only among its
 *		own and those that come with the types: search_path plays no part.
 */
#include "resolve/internal.h"

#include "catalog/pg_operator.h"
#include "catalog/pg_type.h"
#include "parser/parse_coerce.h"
#include "parser/parse_oper.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

/* The schema and the owner of a type; InvalidOid of one that a value does not have. */
static void
look_up_type(Oid typid, Oid *schema, Oid *owner)
{
	HeapTuple	tuple = NULL;

	*schema = *owner = InvalidOid;
	if (typid != UNKNOWNOID)
		tuple = SearchSysCache1(TYPEOID, ObjectIdGetDatum(getBaseType(typid)));
	if (HeapTupleIsValid(tuple))
	{
		*schema = ((Form_pg_type) GETSTRUCT(tuple))->typnamespace;
		*owner = ((Form_pg_type) GETSTRUCT(tuple))->typowner;
		ReleaseSysCache(tuple);
	}
}

/*
 * The operator of that name for two types, as oper() chooses among PostgreSQL's
 * and, if asked to, those in the types' schemas; NULL if there is none.
 */
static Operator
look_up_operator(const char *name, Oid left, Oid right, bool in_type_schemas)
{
	StringInfoData path;
	int			nest_level = NewGUCNestLevel();
	Operator	operator;

	initStringInfo(&path);
	appendStringInfoString(&path, "pg_catalog");
	for (int i = 0; i < 2 && in_type_schemas; i++)
	{
		Oid			schema;
		Oid			owner;
		char	   *name_of_schema;

		look_up_type(i == 0 ? left : right, &schema, &owner);
		name_of_schema = OidIsValid(schema) ? get_namespace_name(schema) : NULL;
		if (name_of_schema != NULL && schema != PG_CATALOG_NAMESPACE)
			appendStringInfo(&path, ", %s", quote_identifier(name_of_schema));
	}
	(void) set_config_option("search_path", path.data, PGC_USERSET, PGC_S_SESSION,
							 GUC_ACTION_SAVE, true, 0, false);
	operator = oper(NULL, list_make1(makeString(pstrdup(name))), left, right, true, -1);
	AtEOXact_GUC(true, nest_level);
	return operator;
}

/* Where everybody may create operators, a stranger's must not be run. */
static bool
is_trusted(Form_pg_operator form, Oid left, Oid right)
{
	if (form->oprnamespace == PG_CATALOG_NAMESPACE)
		return true;
	for (int i = 0; i < 2; i++)
	{
		Oid			schema;
		Oid			owner;

		look_up_type(i == 0 ? left : right, &schema, &owner);
		if (OidIsValid(owner) && has_privs_of_role(form->oprowner, owner))
			return true;
	}
	return false;
}

/*
 * Chooses the operator of that name for operands of two types (UNKNOWNOID of a
 * value of no type of its own, of which it tells the type); false if there is none.
 * What it tells is palloc'd; types whose schemas and owners count are added to the
 * context's.
 */
bool
choose_operator(ShapeContext *context, const char *name, Oid left, Oid right,
				Comparison *comparison)
{
	Operator	operator = look_up_operator(name, left, right, true);
	Oid			actual[2] = {left, right};
	Form_pg_operator form;
	Oid			result;
	bool		is_generic;

	/* their schemas and owners count, and the query may have their names */
	for (int i = 0; i < 2; i++)
	{
		if (actual[i] != UNKNOWNOID)
			context->typids = list_append_unique_oid(context->typids, getBaseType(actual[i]));
	}
	if (operator != NULL && !is_trusted((Form_pg_operator) GETSTRUCT(operator), left, right))
	{
		ReleaseSysCache(operator);
		operator = look_up_operator(name, left, right, false);
	}
	if (operator == NULL)
		return false;
	form = (Form_pg_operator) GETSTRUCT(operator);
	comparison->typids[0] = form->oprleft;
	comparison->typids[1] = form->oprright;

	/*
	 * The query has the types that values took on, and looks again in the
	 * operator's schema: a better match may be there, of a stranger's. With the
	 * types that it takes it is found itself. Generic ones are only safe where
	 * nobody can create others.
	 */
	comparison->cast = form->oprnamespace != PG_CATALOG_NAMESPACE;
	is_generic = IsPolymorphicType(form->oprleft) || IsPolymorphicType(form->oprright);
	result = enforce_generic_type_consistency(actual, comparison->typids, 2, form->oprresult, false);
	comparison->operator = psprintf("OPERATOR(%s.%s)",
									quote_identifier(get_namespace_name(form->oprnamespace)),
									NameStr(form->oprname));
	if (result != BOOLOID || (comparison->cast && is_generic))
		comparison->operator = NULL;
	for (int i = 0; i < 2 && comparison->cast; i++)
		context->typids = list_append_unique_oid(context->typids, comparison->typids[i]);
	ReleaseSysCache(operator);
	return comparison->operator != NULL;
}
