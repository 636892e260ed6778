/*
 * sql.c
 *		The text of the queries that read a level's rows.
 *
 * Of related rows there is one query for all parents of a level at a time. The
 * parents' distinct keys come as parameters, an array a key column, and every
 * row comes back with the ordinal of the key that it belongs to, so that rows
 * are matched to parents by PostgreSQL's own operators only. A single key, that
 * of one document, comes as it is: nothing is joined then. Where a function
 * computes the rows, the key is the parent's whole row. All names are qualified:
 * search_path plays no part.
 */
#include "jsonify.h"

#include "access/relation.h"
#include "catalog/pg_class.h"
#include "catalog/pg_collation.h"
#include "catalog/pg_type.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/syscache.h"

static char *
table_name(Oid relid)
{
	char	   *name = get_rel_name(relid);
	char	   *schema = get_namespace_name(get_rel_namespace(relid));

	if (name == NULL || schema == NULL)
		elog(ERROR, "cache lookup failed for relation %u", relid);
	return quote_qualified_identifier(schema, name);
}

static char *
function_name(Oid function)
{
	char	   *name = get_func_name(function);
	char	   *schema = get_namespace_name(get_func_namespace(function));

	if (name == NULL || schema == NULL)
		elog(ERROR, "cache lookup failed for function %u", function);
	return quote_qualified_identifier(schema, name);
}

/* A table that a foreign key leads to: it does not bind what inherits from it. */
static void
append_keyed_table(StringInfo buf, const char *separator, Oid relid, const char *alias)
{
	appendStringInfo(buf, "%s%s%s AS %s", separator,
					 get_rel_relkind(relid) == RELKIND_PARTITIONED_TABLE ? "" : "ONLY ",
					 table_name(relid), alias);
}

/* An operand of a join condition. */
typedef struct Operand
{
	char	   *expression;
	Oid			typid;
	Oid			collation;
} Operand;

static Operand
column_operand(const char *alias, Oid relid, AttrNumber attnum)
{
	Operand		operand;
	int32		typmod;

	get_atttypetypmodcoll(relid, attnum, &operand.typid, &typmod, &operand.collation);
	operand.expression = psprintf("%s.%s", alias,
								  quote_identifier(get_attname(relid, attnum, false)));
	return operand;
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
static void
append_condition(StringInfo buf, const char *separator, Operand referenced,
				 Oid operator, Operand referencing, Oid collation, List **typids)
{
	Oid			left;
	Oid			right;

	/* operands are cast to what the operator takes */
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

static Oid
column_collation(Oid relid, AttrNumber attnum)
{
	return column_operand("", relid, attnum).collation;
}

/* The i'th parameter: by its number, or where it is to be shown, written out. */
static const char *
parameter(const SqlStyle *style, int i)
{
	return style->keys != NULL ? style->keys[i] : psprintf("$%d", i + 1);
}

/* The i'th column of a key as the query sees it: of a base type. */
static Operand
key_operand(const Branch *branch, int i, const SqlStyle *style)
{
	Operand		operand;

	operand.expression = style->single ? pstrdup(parameter(style, i)) : psprintf("k.k%d", i + 1);
	operand.typid = branch->key_typids[i];
	operand.collation = InvalidOid;
	if (branch->key_as_text[i])
		operand.expression = psprintf("%s::%s", operand.expression,
									  format_type_be_qualified(operand.typid));
	return operand;
}

/* What the rows of a level carry, each behind a comma but for the first. */
static void
append_columns(StringInfo buf, const Level *level, const char *separator)
{
	for (int i = 0; i < level->ncolumns; i++)
	{
		const LevelColumn *column = &level->columns[i];

		appendStringInfoString(buf, i == 0 ? separator : ", ");
		/* with the cast it is the row, and not all of its columns */
		if (OidIsValid(column->function))
			appendStringInfo(buf, "%s(c.*::%s)", function_name(column->function),
							 format_type_be_qualified(get_rel_type_id(level->relid)));
		else if (column->attnum == InvalidAttrNumber)
			appendStringInfo(buf, "c.*::%s", format_type_be_qualified(column->typid));
		else
			appendStringInfo(buf, "c.%s", quote_identifier(column->name));
	}
}

/* The keys of the parents, as rows k(k1, ..., ord); of whole rows their columns. */
static void
append_keys(StringInfo buf, const Branch *branch, const SqlStyle *style, int ncolumns)
{
	appendStringInfoString(buf, "ROWS FROM (");
	for (int i = 0; i < branch->nkeys; i++)
		appendStringInfo(buf, "%spg_catalog.unnest(%s)", i > 0 ? ", " : "", parameter(style, i));
	appendStringInfoString(buf, ") WITH ORDINALITY AS k(");
	for (int i = 0; i < ncolumns; i++)
		appendStringInfo(buf, "k%d, ", i + 1);
	appendStringInfoString(buf, "ord)");
}

/* The query of a branch whose rows a function computes. */
static void
append_computed_source(StringInfo buf, const Branch *branch, const SqlStyle *style)
{
	Oid			typid = branch->key_typids[0];
	const char *function = function_name(branch->relationship->function);

	appendStringInfoString(buf, " FROM ");
	if (style->single)
		appendStringInfo(buf, "%s(%s::%s) AS c", function, parameter(style, 0),
						 format_type_be_qualified(typid));
	else
	{
		Relation	relation = relation_open(get_typ_typrelid(typid), AccessShareLock);
		TupleDesc	tupdesc = RelationGetDescr(relation);
		int			ncolumns = 0;

		for (int i = 0; i < tupdesc->natts; i++)
			ncolumns += TupleDescAttr(tupdesc, i)->attisdropped ? 0 : 1;
		relation_close(relation, NoLock);
		append_keys(buf, branch, style, ncolumns);
		/* put together from its columns, the function sees through it if inlined */
		appendStringInfo(buf, ", LATERAL %s(ROW(", function);
		for (int i = 0; i < ncolumns; i++)
			appendStringInfo(buf, "%sk.k%d", i > 0 ? ", " : "", i + 1);
		appendStringInfo(buf, ")::%s) AS c", format_type_be_qualified(typid));
	}
	/* no row of a function that returns one is a row of NULLs */
	appendStringInfoString(buf, " WHERE NOT c.* IS NULL");
}

/* The same of one whose rows are found by foreign keys. */
static void
append_keyed_source(StringInfo buf, const Branch *branch, const SqlStyle *style,
					List **typids)
{
	const Relationship *relationship = branch->relationship;
	const ForeignKey *key = relationship->key;
	const ForeignKey *far_key = relationship->far_key;
	const char *separator = " WHERE ";

	append_keyed_table(buf, " FROM ", branch->child->relid, "c");
	if (relationship->kind == MANY_TO_MANY)
		append_keyed_table(buf, ", ", key->referencing, "j");
	if (!style->single)
	{
		appendStringInfoString(buf, ", ");
		append_keys(buf, branch, style, branch->nkeys);
	}

	for (int i = 0; i < key->nkeys; i++)
	{
		Operand		parent_key = key_operand(branch, i, style);
		Oid			collation = column_collation(key->referenced, key->referenced_attnums[i]);

		if (relationship->kind == TO_ONE)
			append_condition(buf, separator,
							 column_operand("c", key->referenced, key->referenced_attnums[i]),
							 key->operators[i], parent_key, InvalidOid, typids);
		else
			append_condition(buf, separator, parent_key, key->operators[i],
							 column_operand(far_key != NULL ? "j" : "c", key->referencing,
											key->referencing_attnums[i]),
							 collation, typids);
		separator = " AND ";
	}
	for (int i = 0; far_key != NULL && i < far_key->nkeys; i++)
	{
		Operand		far = column_operand("c", far_key->referenced,
										 far_key->referenced_attnums[i]);

		append_condition(buf, separator, far, far_key->operators[i],
						 column_operand("j", far_key->referencing,
										far_key->referencing_attnums[i]),
						 far.collation, typids);
	}
}

/*
 * The query of a branch, palloc'd: its first column is the ordinal of the key,
 * the others are those of the child level. Types whose names it may contain
 * are added to *typids.
 */
char *
branch_sql(const Branch *branch, const SqlStyle *style, List **typids)
{
	StringInfoData buf;

	initStringInfo(&buf);
	appendStringInfoString(&buf, style->single ? "SELECT 1::pg_catalog.int8" : "SELECT k.ord");
	append_columns(&buf, branch->child, ", ");
	if (OidIsValid(branch->relationship->function))
		append_computed_source(&buf, branch, style);
	else
		append_keyed_source(&buf, branch, style, typids);
	return buf.data;
}

/* The query of a root's own rows, palloc'd: its columns are those of the level. */
char *
root_sql(const Level *level, const SqlStyle *style)
{
	StringInfoData buf;
	int			nvalues = 0;
	ListCell   *lc;

	initStringInfo(&buf);
	appendStringInfoString(&buf, "SELECT");
	append_columns(&buf, level, " ");
	appendStringInfo(&buf, " FROM %s AS c", table_name(level->relid));
	foreach(lc, level->order)
	{
		const LevelOrder *order = lfirst(lc);

		/* by number: functions are not called again, names mean no others */
		appendStringInfo(&buf, "%s%d%s%s", foreach_current_index(lc) == 0 ? " ORDER BY " : ", ",
						 order->column + 1, order->descending ? " DESC" : "",
						 order->nulls_first == order->descending ? "" :
						 order->nulls_first ? " NULLS FIRST" : " NULLS LAST");
	}
	if (level->limit != NULL)
		appendStringInfo(&buf, " LIMIT %s", parameter(style, nvalues++));
	if (level->offset != NULL)
		appendStringInfo(&buf, " OFFSET %s", parameter(style, nvalues++));
	return buf.data;
}
