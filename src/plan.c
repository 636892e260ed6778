/*
 * plan.c
 *		The query of each branch: one for all parents of a level at a time.
 *
 * The parents' distinct keys come as parameters, an array a key column, and
 * every row comes back with the ordinal of the key that it belongs to, so
 * that rows are matched to parents by PostgreSQL's own operators only. A
 * single key, that of one document, comes as it is: nothing is joined then.
 * All names are qualified: search_path plays no part.
 */
#include "jsonify.h"

#include "catalog/pg_class.h"
#include "catalog/pg_collation.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "nodes/parsenodes.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

/*
 * A generic plan takes every parameter for ten keys: an index scan a key, or
 * one scan of the table along the hashed keys, which is right for few. From
 * here on a scan of the whole table may well beat that many index scans, and
 * the planner gets to see the keys. Not earlier: it has no statistics of
 * them, fears duplicates, and would rather hash the table than the keys.
 */
#define CUSTOM_PLAN_KEYS 1000

static void
append_table(StringInfo buf, const char *separator, Oid relid, const char *alias)
{
	char	   *name = get_rel_name(relid);
	char	   *schema = get_namespace_name(get_rel_namespace(relid));
	/* a foreign key does not bind the tables that inherit from its own */
	const char *only = get_rel_relkind(relid) == RELKIND_PARTITIONED_TABLE ? "" : "ONLY ";

	if (name == NULL || schema == NULL)
		elog(ERROR, "cache lookup failed for relation %u", relid);
	appendStringInfo(buf, "%s%s%s AS %s", separator, only,
					 quote_qualified_identifier(schema, name), alias);
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

/* The i'th column of a key as the query sees it: of a base type. */
static Operand
key_operand(const Level *parent, Branch *branch, int i, bool single)
{
	Operand		operand;
	Oid			typid = getBaseType(parent->columns[branch->key_columns[i]].typid);
	Oid			array = get_array_type(typid);

	operand.expression = psprintf(single ? "$%d" : "k.k%d", i + 1);
	operand.typid = typid;
	operand.collation = InvalidOid;
	/* there is no array of arrays, and records would be taken apart */
	branch->key_as_text[i] = !OidIsValid(array) || type_is_rowtype(typid);
	if (branch->key_as_text[i])
	{
		operand.expression = psprintf("%s::%s", operand.expression,
									  format_type_be_qualified(typid));
		typid = TEXTOID;
		array = TEXTARRAYOID;
	}
	branch->key_types[i] = typid;
	branch->array_types[i] = array;
	return operand;
}

/* The query for a single key, or for any number of them. */
static char *
make_branch_sql(const Level *parent, Branch *branch, bool single, List **typids)
{
	const Relationship *relationship = branch->relationship;
	const ForeignKey *key = relationship->key;
	const ForeignKey *far_key = relationship->far_key;
	const Level *child = branch->child;
	const char *separator = " WHERE ";
	StringInfoData buf;

	initStringInfo(&buf);
	appendStringInfoString(&buf, single ? "SELECT 1::pg_catalog.int8" : "SELECT k.ord");
	for (int i = 0; i < child->ncolumns; i++)
	{
		if (child->columns[i].attnum == InvalidAttrNumber)
			/* with the cast it is the row, and not all of its columns */
			appendStringInfo(&buf, ", c.*::%s",
							 format_type_be_qualified(child->columns[i].typid));
		else
			appendStringInfo(&buf, ", c.%s", quote_identifier(child->columns[i].name));
	}

	append_table(&buf, " FROM ", child->relid, "c");
	if (relationship->kind == MANY_TO_MANY)
		append_table(&buf, ", ", key->referencing, "j");
	if (!single)
	{
		appendStringInfoString(&buf, ", ROWS FROM (");
		for (int i = 0; i < branch->nkeys; i++)
			appendStringInfo(&buf, "%spg_catalog.unnest($%d)", i > 0 ? ", " : "", i + 1);
		appendStringInfoString(&buf, ") WITH ORDINALITY AS k(");
		for (int i = 0; i < branch->nkeys; i++)
			appendStringInfo(&buf, "k%d, ", i + 1);
		appendStringInfoString(&buf, "ord)");
	}

	for (int i = 0; i < key->nkeys; i++)
	{
		Operand		parent_key = key_operand(parent, branch, i, single);
		Oid			collation = column_collation(key->referenced, key->referenced_attnums[i]);

		if (relationship->kind == TO_ONE)
			append_condition(&buf, separator,
							 column_operand("c", key->referenced, key->referenced_attnums[i]),
							 key->operators[i], parent_key, InvalidOid, typids);
		else
			append_condition(&buf, separator, parent_key, key->operators[i],
							 column_operand(far_key != NULL ? "j" : "c", key->referencing,
											key->referencing_attnums[i]),
							 collation, typids);
		separator = " AND ";
	}
	for (int i = 0; far_key != NULL && i < far_key->nkeys; i++)
	{
		Operand		far = column_operand("c", far_key->referenced,
										 far_key->referenced_attnums[i]);

		append_condition(&buf, separator, far, far_key->operators[i],
						 column_operand("j", far_key->referencing,
										far_key->referencing_attnums[i]),
						 far.collation, typids);
	}
	return buf.data;
}

/*
 * Makes the queries of all branches of a resolved level, and of the levels
 * below it, in the current memory context. They are prepared when first run.
 * Types whose names they may contain are added to *typids.
 */
void
plan_level(Level *level, List **typids)
{
	check_stack_depth();
	for (int i = 0; i < level->nbranches; i++)
	{
		Branch	   *branch = level->branches[i];

		CHECK_FOR_INTERRUPTS();
		branch->single_sql = make_branch_sql(level, branch, true, typids);
		branch->sql = make_branch_sql(level, branch, false, typids);
		plan_level(branch->child, typids);
	}
}

static SPIPlanPtr
prepare(const char *sql, int nargs, Oid *argtypes, int cursor_options)
{
	SPIPlanPtr	plan = SPI_prepare_cursor(sql, nargs, argtypes, cursor_options);

	if (plan == NULL)
		elog(ERROR, "SPI_prepare_cursor failed: %s: %s",
			 SPI_result_code_string(SPI_result), sql);
	if (SPI_keepplan(plan) != 0)
		elog(ERROR, "SPI_keepplan failed");
	return plan;
}

/*
 * The saved plan of a branch for that many keys; SPI must be connected. For one
 * its parameters are of the branch's key_types, otherwise of its array_types.
 * It belongs to the branch, until free_level_plans().
 */
SPIPlanPtr
branch_plan(Branch *branch, int nkeys)
{
	if (nkeys == 1)
	{
		if (branch->single_plan == NULL)
			branch->single_plan = prepare(branch->single_sql, branch->nkeys,
										  branch->key_types, CURSOR_OPT_GENERIC_PLAN);
		return branch->single_plan;
	}
	if (nkeys < CUSTOM_PLAN_KEYS)
	{
		if (branch->generic_plan == NULL)
			branch->generic_plan = prepare(branch->sql, branch->nkeys,
										   branch->array_types, CURSOR_OPT_GENERIC_PLAN);
		return branch->generic_plan;
	}
	if (branch->custom_plan == NULL)
		branch->custom_plan = prepare(branch->sql, branch->nkeys,
									  branch->array_types, CURSOR_OPT_CUSTOM_PLAN);
	return branch->custom_plan;
}

static void
free_plan(SPIPlanPtr *plan)
{
	if (*plan != NULL)
		SPI_freeplan(*plan);
	*plan = NULL;
}

/* Frees the saved plans of a level and of the levels below it. */
void
free_level_plans(Level *level)
{
	for (int i = 0; i < level->nbranches; i++)
	{
		Branch	   *branch = level->branches[i];

		free_plan(&branch->single_plan);
		free_plan(&branch->generic_plan);
		free_plan(&branch->custom_plan);
		/* a failed resolve leaves branches without a child */
		if (branch->child != NULL)
			free_level_plans(branch->child);
	}
}
