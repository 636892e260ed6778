/*
 * sql_names.c
 *		How queries name what the catalog has, and the rows of tables.
 *
 * All names are qualified: search_path plays no part.
 */
#include "plan/internal.h"

#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/typcache.h"

static char *
qualified_name(const char *kind, Oid object, Oid schema_oid, const char *name)
{
	char	   *schema = get_namespace_name(schema_oid);

	if (name == NULL || schema == NULL)
		elog(ERROR, "cache lookup failed for %s %u", kind, object);
	return quote_qualified_identifier(schema, name);
}

/* The qualified name of a table or view, palloc'd. */
char *
sql_table_name(Oid relid)
{
	return qualified_name("relation", relid, get_rel_namespace(relid), get_rel_name(relid));
}

/* The qualified name of a type, palloc'd: not character, which cuts to one. */
char *
sql_type_name(Oid typid)
{
	return format_type_extended(typid, -1, FORMAT_TYPE_TYPEMOD_GIVEN | FORMAT_TYPE_FORCE_QUALIFY);
}

/* The qualified name of a function, palloc'd. */
char *
sql_function_name(Oid function)
{
	return qualified_name("function", function, get_func_namespace(function),
						  get_func_name(function));
}

/* The columns of a table under an alias: c.id, c.name. */
static void
append_column_names(StringInfo buf, Oid relid, const char *alias)
{
	TupleDesc	tupdesc = lookup_rowtype_tupdesc(get_rel_type_id(relid), -1);
	const char *separator = "";

	for (int i = 0; i < tupdesc->natts; i++)
	{
		Form_pg_attribute attribute = TupleDescAttr(tupdesc, i);

		if (attribute->attisdropped)
			continue;
		appendStringInfo(buf, "%s%s.%s", separator, alias,
						 quote_identifier(NameStr(attribute->attname)));
		separator = ", ";
	}
	ReleaseTupleDesc(tupdesc);
}

/* The same as ROW(c.id, c.name)::app.users. */
static void
append_columns_as_row(StringInfo buf, Oid relid, const char *alias)
{
	appendStringInfoString(buf, "ROW(");
	append_column_names(buf, relid, alias);
	appendStringInfo(buf, ")::%s", sql_type_name(get_rel_type_id(logical_table(relid))));
}

/*
 * A row of a table under an alias as a function takes it; of a table that is or may be
 * joined, not called c, it is NULL where there is none:
 *
 *		c.*::app.users
 *		ROW(c.id, c.name)::app.users
 *		CASE WHEN c1.* IS DISTINCT FROM NULL THEN ROW(c1.id, c1.name)::app.users END
 */
void
append_row(StringInfo buf, Oid relid, const char *alias)
{
	bool		joined = strcmp(alias, "c") != 0;

	if (!is_distributed(relid) && logical_table(relid) == relid)
	{
		appendStringInfo(buf, "%s.*::%s", alias, sql_type_name(get_rel_type_id(relid)));
		return;
	}
	if (joined)
		appendStringInfo(buf, "CASE WHEN %s.* IS DISTINCT FROM NULL THEN ", alias);
	append_columns_as_row(buf, relid, alias);
	if (joined)
		appendStringInfoString(buf, " END");
}

static bool
has_dropped_columns(Oid relid)
{
	TupleDesc	tupdesc = lookup_rowtype_tupdesc(get_rel_type_id(relid), -1);
	bool		found = false;

	for (int i = 0; i < tupdesc->natts; i++)
		found = found || TupleDescAttr(tupdesc, i)->attisdropped;
	ReleaseTupleDesc(tupdesc);
	return found;
}

/*
 * The rows of a table that a function finds, under an alias:
 *
 *		app.friends(c.*::app.users) AS c1
 *
 * For PostgreSQL to leave it a call, its argument is a subquery; and for Citus, which counts dropped
 * columns if it makes a query of the call, those that there are have their names:
 *
 *		app.friends((SELECT ROW(c.id, c.name)::app.users)) AS c1
 *		(SELECT f.id, f.name FROM app.friends(ROW(c.id, c.name)::app.users) AS f) AS c1
 */
void
append_function_rows(StringInfo buf, const Relationship *relationship, const char *argument,
					 const char *alias)
{
	bool		stays = stays_a_call(relationship->function);
	bool		named = is_distributed(relationship->target) &&
		has_dropped_columns(relationship->target);

	if (named)
	{
		appendStringInfoString(buf, "(SELECT ");
		append_column_names(buf, relationship->target, "f");
		appendStringInfoString(buf, " FROM ");
	}
	appendStringInfo(buf, stays ? "%s((SELECT %s)) AS %s" : "%s(%s) AS %s",
					 sql_function_name(relationship->function), argument, named ? "f" : alias);
	if (named)
		appendStringInfo(buf, ") AS %s", alias);
}

/* How many columns a row type has that unnest() would give. */
int
count_columns(Oid typid)
{
	TupleDesc	tupdesc = lookup_rowtype_tupdesc(typid, -1);
	int			ncolumns = 0;

	for (int i = 0; i < tupdesc->natts; i++)
		ncolumns += TupleDescAttr(tupdesc, i)->attisdropped ? 0 : 1;
	ReleaseTupleDesc(tupdesc);
	return ncolumns;
}
