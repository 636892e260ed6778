/*
 * sql_links.c
 *		What leads from rows to those related to them, as SQL: tables, and what holds between
 *		their columns.
 */
#include "plan/internal.h"

#include "catalog/pg_class.h"
#include "catalog/pg_collation.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

/* A table that a foreign key leads to: it does not bind what inherits from it. */
void
append_keyed_table(StringInfo buf, Oid relid, const char *alias, bool with_heirs)
{
	char		relkind = get_rel_relkind(relid);
	bool		only = !with_heirs && relkind != RELKIND_PARTITIONED_TABLE && relkind != RELKIND_VIEW;

	appendStringInfo(buf, "%s%s AS %s", only ? "ONLY " : "", sql_table_name(relid), alias);
}

/*
 * The table that a relationship leads to, or the function that computes its
 * rows from the one called parent. That is LATERAL in any place: where it is not, Citus makes
 * a query of its own of it, in which the row of another query is something else, or nothing.
 */
void
append_related_table(StringInfo buf, const Relationship *relationship, const char *parent,
					 const char *alias)
{
	Oid		   *argtypes;
	int			nargs;
	StringInfoData row;

	if (!OidIsValid(relationship->function))
	{
		append_keyed_table(buf, relationship->target, alias, false);
		return;
	}
	(void) get_func_signature(relationship->function, &argtypes, &nargs);
	initStringInfo(&row);
	append_row(&row, table_of_type(argtypes[0]), parent);
	appendStringInfoString(buf, "LATERAL ");
	append_function_rows(buf, relationship, row.data, alias);
	pfree(row.data);
}

/* The junction of a many-to-many relationship, behind a separator. */
void
append_junction(StringInfo buf, const Relationship *relationship, const char *separator,
				const char *alias)
{
	appendStringInfoString(buf, separator);
	append_keyed_table(buf, relationship->key->referencing, alias, false);
}

JoinColumn
table_column(const char *alias, Oid relid, AttrNumber attnum)
{
	JoinColumn	column;
	int32		typmod;

	get_atttypetypmodcoll(relid, attnum, &column.typid, &typmod, &column.collation);
	column.expression = psprintf("%s.%s", alias,
								 quote_identifier(get_attname(relid, attnum, false)));
	return column;
}

static char *
collation_name(Oid collation)
{
	HeapTuple	tuple = SearchSysCache1(COLLOID, ObjectIdGetDatum(collation));
	Form_pg_collation form;
	char	   *name;

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for collation %u", collation);
	form = (Form_pg_collation) GETSTRUCT(tuple);
	name = quote_qualified_identifier(get_namespace_name(form->collnamespace),
									  NameStr(form->collname));
	ReleaseSysCache(tuple);
	return name;
}

/*
 * "referenced = referencing", by the operator that the foreign key has, and
 * as the key compares: by the referenced column's collation.
 */
void
append_equality(StringInfo buf, const char *separator, JoinColumn referenced,
				Oid operator, JoinColumn referencing, Oid collation, List **typids)
{
	Oid			left;
	Oid			right;

	/* both are cast to what the operator takes */
	op_input_types(operator, &left, &right);
	*typids = list_append_unique_oid(*typids, left);
	*typids = list_append_unique_oid(*typids, right);
	*typids = list_append_unique_oid(*typids, referenced.typid);
	*typids = list_append_unique_oid(*typids, referencing.typid);

	appendStringInfoString(buf, separator);
	if (OidIsValid(collation) && collation != referencing.collation)
		referenced.expression = psprintf("%s COLLATE %s", referenced.expression,
										 collation_name(collation));
	generate_operator_clause(buf, referenced.expression, referenced.typid, operator,
							 referencing.expression, referencing.typid);
}

Oid
column_collation(Oid relid, AttrNumber attnum)
{
	return table_column("", relid, attnum).collation;
}

/* The other end of a junction: its key to the far table, called alias. */
void
append_far_link(StringInfo buf, const char *separator, const ForeignKey *far_key,
				const char *alias, const char *junction, List **typids)
{
	for (int i = 0; far_key != NULL && i < far_key->nkeys; i++)
	{
		JoinColumn	far = table_column(alias, far_key->referenced,
									   far_key->referenced_attnums[i]);

		append_equality(buf, separator, far, far_key->operators[i],
						table_column(junction, far_key->referencing,
									 far_key->referencing_attnums[i]),
						far.collation, typids);
		separator = " AND ";
	}
}

/* No row of a function that returns one is a row of NULLs. */
void
append_is_row(StringInfo buf, const Relationship *relationship, const char *alias)
{
	if (get_func_retset(relationship->function))
		appendStringInfoString(buf, "true");
	else
		appendStringInfo(buf, "NOT %s.* IS NULL", alias);
}

/*
 * What holds between a row, its related row, and the row of the junction, by
 * their aliases. Types whose names it may contain are added to *typids.
 */
void
append_link(StringInfo buf, const Relationship *relationship, const char *parent,
			const char *alias, const char *junction, List **typids)
{
	const ForeignKey *key = relationship->key;
	const char *near = relationship->kind == MANY_TO_MANY ? junction : alias;

	if (key == NULL)
	{
		append_is_row(buf, relationship, alias);
		return;
	}
	for (int i = 0; i < key->nkeys; i++)
	{
		bool		to_one = relationship->kind == TO_ONE;

		append_equality(buf, i > 0 ? " AND " : "",
						table_column(to_one ? alias : parent, key->referenced,
									 key->referenced_attnums[i]),
						key->operators[i],
						table_column(to_one ? parent : near, key->referencing,
									 key->referencing_attnums[i]),
						column_collation(key->referenced, key->referenced_attnums[i]), typids);
	}
	append_far_link(buf, " AND ", relationship->far_key, alias, junction, typids);
}

/* Whether two columns that a key compares can but be the same value, to all who read it. */
static bool
is_same_value(Oid relid, AttrNumber attnum, Oid other, AttrNumber other_attnum)
{
	JoinColumn	one = table_column("", relid, attnum);
	JoinColumn	two = table_column("", other, other_attnum);

	return getBaseType(one.typid) == getBaseType(two.typid) && one.collation == two.collation &&
		(!OidIsValid(one.collation) || get_collation_isdeterministic(one.collation));
}

/* The column at the other end of a key, and the operator between the two; 0 if there is none. */
static AttrNumber
other_end(const ForeignKey *key, bool is_referencing, AttrNumber attnum, Oid *operator)
{
	for (int i = 0; key != NULL && i < key->nkeys; i++)
	{
		AttrNumber	mine = is_referencing ? key->referencing_attnums[i] : key->referenced_attnums[i];

		if (mine != attnum ||
			!is_same_value(key->referencing, key->referencing_attnums[i], key->referenced,
						   key->referenced_attnums[i]))
			continue;
		*operator = key->operators[i];
		return is_referencing ? key->referenced_attnums[i] : key->referencing_attnums[i];
	}
	return 0;
}

/* The same of a relationship: in its junction, or in the rows that it leads to. */
static AttrNumber
follow_column(const Relationship *relationship, AttrNumber attnum, bool in_junction, Oid *operator)
{
	AttrNumber	near = other_end(relationship->key, relationship->kind == TO_ONE, attnum, operator);

	if (in_junction || relationship->kind != MANY_TO_MANY)
		return near;
	return other_end(relationship->far_key, true, near, operator);
}

/* The column of related rows that their keys have be as that of the parent; 0 if there is none. */
AttrNumber
related_column(const Relationship *relationship, AttrNumber attnum)
{
	Oid			operator;

	return follow_column(relationship, attnum, false, &operator);
}

/*
 * The same as it stands in a query, of the rows or of the junction, by their alias; palloc'd,
 * or NULL. Types whose names a comparison with it may contain are added to *typids.
 */
const PlacedColumn *
placed_column(const Relationship *relationship, AttrNumber attnum, bool in_junction,
			  const char *alias, List **typids)
{
	const ForeignKey *key = relationship->key;
	PlacedColumn *placed = palloc(sizeof(PlacedColumn));
	AttrNumber	found = follow_column(relationship, attnum, in_junction, &placed->operator);
	Oid			left;
	Oid			right;
	JoinColumn	column;

	if (found == 0)
		return NULL;
	if (relationship->kind == MANY_TO_MANY && !in_junction)
		column = table_column(alias, relationship->far_key->referenced, found);
	else
		column = table_column(alias, relationship->kind == TO_ONE ? key->referenced :
							  key->referencing, found);
	op_input_types(placed->operator, &left, &right);
	placed->expression = column.expression;
	placed->typid = column.typid;
	placed->collation = column.collation;
	*typids = list_append_unique_oid(*typids, left);
	*typids = list_append_unique_oid(*typids, column.typid);
	return placed;
}
