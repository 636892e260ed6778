/*
 * plan.c
 *		The queries of a document, and their plans, kept as long as its plan.
 */
#include "jsonify.h"

#include "catalog/pg_class.h"
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
 * them, fears duplicates, and would rather hash the table than the keys. So
 * where an index finds the rows, the keys must also be a good part of those
 * that there are: a batch at a time, the table would be hashed for each.
 */
#define CUSTOM_PLAN_KEYS 1000
#define CUSTOM_PLAN_PART 2

/* How the keys of a branch are passed: by base type, or as text. */
static void
plan_keys(const Level *parent, Branch *branch)
{
	for (int i = 0; i < branch->nkeys; i++)
	{
		Oid			typid = getBaseType(parent->columns[branch->key_columns[i]].typid);
		Oid			array = get_array_type(typid);

		branch->key_typids[i] = typid;
		/* there is no array of arrays, and records would be taken apart */
		branch->key_as_text[i] = !OidIsValid(array) ||
			(type_is_rowtype(typid) && !OidIsValid(branch->relationship->function));
		branch->key_types[i] = branch->key_as_text[i] ? TEXTOID : typid;
		branch->array_types[i] = branch->key_as_text[i] ? TEXTARRAYOID : array;
	}
}

/* How many rows a table has, as far as is known. */
static float4
table_tuples(Oid relid)
{
	HeapTuple	tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(relid));
	float4		tuples = -1;

	if (HeapTupleIsValid(tuple))
	{
		tuples = ((Form_pg_class) GETSTRUCT(tuple))->reltuples;
		ReleaseSysCache(tuple);
	}
	return tuples;
}

/* From how many keys on the planner is to see them. */
static int
custom_plan_keys(const Branch *branch)
{
	const ForeignKey *key = branch->relationship->key;
	float4		tuples;

	if (!branch->has_index || key == NULL)
		return CUSTOM_PLAN_KEYS;
	/* negative if nobody has counted them */
	tuples = table_tuples(key->referenced);
	return Max(CUSTOM_PLAN_KEYS, (int) Min(tuples / CUSTOM_PLAN_PART, (float4) INT_MAX / 2));
}

static void
plan_query(RowQuery *query, char *sql, int nkeys, Oid *key_types, List *values,
		   int cursor_options)
{
	query->sql = sql;
	query->nkeys = nkeys;
	query->key_types = key_types;
	query->values = values;
	query->cursor_options = cursor_options;
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
	level->is_planned = true;
	for (int i = 0; i < level->nbranches; i++)
	{
		Branch	   *branch = level->branches[i];
		SqlStyle	single = {.single = true};
		SqlStyle	several = {.single = false};
		SqlStyle	many = {.many = true};
		List	   *values;

		CHECK_FOR_INTERRUPTS();
		plan_keys(level, branch);
		branch->custom_from = custom_plan_keys(branch);
		values = query_values(branch->child, &branch->filter);
		plan_query(&branch->single, branch_sql(branch, &single, typids), branch->nkeys,
				   branch->key_types, values, CURSOR_OPT_GENERIC_PLAN);
		plan_query(&branch->generic, branch_sql(branch, &several, typids), branch->nkeys, branch->array_types, values,
				   CURSOR_OPT_GENERIC_PLAN);
		plan_query(&branch->custom, branch_sql(branch, &many, typids), branch->nkeys, branch->array_types, values,
				   CURSOR_OPT_CUSTOM_PLAN);
		/* a recursion leads to a level that is at it already, or to itself */
		if (branch->recursion == NULL || !branch->child->is_planned)
			plan_level(branch->child, typids);
	}
}

/* Makes the query of a root's own rows; otherwise as plan_level(). */
void
plan_root(Level *level)
{
	SqlStyle	style = {.single = false};

	plan_query(&level->query, root_sql(level, &style), 0, NULL,
			   query_values(level, &level->filter), CURSOR_OPT_NO_SCROLL);
}

/* The query of a branch for that many keys. */
RowQuery *
branch_query(Branch *branch, int nkeys)
{
	return nkeys == 1 ? &branch->single :
		nkeys < branch->custom_from ? &branch->generic : &branch->custom;
}

/*
 * The saved plan of a query; SPI must be connected. It belongs to the query,
 * until free_level_plans().
 */
SPIPlanPtr
query_plan(RowQuery *query)
{
	int			nvalues = list_length(query->values);
	Oid		   *argtypes;
	SPIPlanPtr	plan;

	if (query->plan != NULL)
		return query->plan;
	argtypes = palloc(sizeof(Oid) * (query->nkeys + nvalues + 1));
	for (int i = 0; i < query->nkeys; i++)
		argtypes[i] = query->key_types[i];
	for (int i = 0; i < nvalues; i++)
		argtypes[query->nkeys + i] = ((QueryValue *) list_nth(query->values, i))->typid;
	plan = SPI_prepare_cursor(query->sql, query->nkeys + nvalues, argtypes,
							  query->cursor_options);
	if (plan == NULL)
		elog(ERROR, "SPI_prepare_cursor failed: %s: %s",
			 SPI_result_code_string(SPI_result), query->sql);
	if (SPI_keepplan(plan) != 0)
		elog(ERROR, "SPI_keepplan failed");
	pfree(argtypes);
	return query->plan = plan;
}

static void
free_plan(RowQuery *query)
{
	if (query->plan != NULL)
		SPI_freeplan(query->plan);
	query->plan = NULL;
}

/* Frees the saved plans of a level and of the levels below it. */
void
free_level_plans(Level *level)
{
	free_plan(&level->query);
	level->is_planned = false;
	for (int i = 0; i < level->nbranches; i++)
	{
		Branch	   *branch = level->branches[i];

		free_plan(&branch->single);
		free_plan(&branch->generic);
		free_plan(&branch->custom);
		/* a failed resolve leaves branches without a child, a recursion goes back */
		if (branch->child != NULL && branch->child->is_planned)
			free_level_plans(branch->child);
	}
}
