/*
 * explain.c
 *		The SQL function jsonify_explain(): which queries a shape makes.
 */
#include "run/run.h"

#include "catalog/pg_type.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/jsonb.h"
#include "utils/lsyscache.h"
#include "utils/tuplestore.h"

typedef struct ExplainState
{
	ReturnSetInfo *result;
	const char *params;
} ExplainState;

static void
put_node(const ExplainState *state, const char *path, const char *sql)
{
	Datum		values[2] = {CStringGetTextDatum(path), CStringGetTextDatum(sql)};
	bool		nulls[2] = {false};

	tuplestore_putvalues(state->result->setResult, state->result->setDesc, values, nulls);
}

/* A value of the shape, as a literal. */
static char *
literal_of(const QueryValue *value, const char *params)
{
	bool		isnull;
	Datum		datum = bind_value(value, params, &isnull);
	Oid			function;
	bool		is_varlena;

	if (isnull)
		return psprintf("NULL::%s", sql_type_name(value->typid));
	getTypeOutputInfo(value->typid, &function, &is_varlena);
	return psprintf("%s::%s", quote_literal_cstr(OidOutputFunctionCall(function, datum)),
					sql_type_name(value->typid));
}

/* The values of a query that the shape gives, as literals behind its keys. */
static const char **
written_parameters(const ExplainState *state, const RowQuery *query)
{
	int			nvalues = list_length(query->values);
	const char **texts = palloc(sizeof(char *) * (query->nkeys + nvalues + 1));

	for (int i = 0; i < nvalues; i++)
		texts[query->nkeys + i] = literal_of(list_nth(query->values, i), state->params);
	return texts;
}

/*
 * A common table expression of a level's rows, in which the branches below it look
 * for their keys: rows_0 of the root, rows_1 of a branch of it, and so on. A
 * branch's rows come behind the ordinals of their parents.
 */
static char *
rows_expression(const Level *level, int depth, const char *sql)
{
	StringInfoData buf;

	initStringInfo(&buf);
	appendStringInfo(&buf, "rows_%d(%s", depth, depth > 0 ? "ord" : "");
	for (int i = 0; i < level->ncolumns; i++)
		appendStringInfo(&buf, "%sc%d", i > 0 || depth > 0 ? ", " : "", i + 1);
	appendStringInfo(&buf, ") AS (%s)", sql);
	return buf.data;
}

/*
 * The same of the keys of a branch, keys_1 below rows_0: each once. Rows, of which
 * functions compute others, may have no equality.
 */
static char *
keys_expression(const Branch *branch, int depth)
{
	StringInfoData buf;
	bool		by_row = OidIsValid(branch->relationship->function);

	initStringInfo(&buf);
	appendStringInfo(&buf, "keys_%d(", depth);
	for (int i = 0; i < branch->nkeys; i++)
		appendStringInfo(&buf, "%sk%d", i > 0 ? ", " : "", i + 1);
	appendStringInfo(&buf, ") AS (SELECT %s", by_row ? "" : "DISTINCT ");
	for (int i = 0; i < branch->nkeys; i++)
		appendStringInfo(&buf, "%sp.c%d%s", i > 0 ? ", " : "", branch->key_columns[i] + 1,
						 branch->queries.key_as_text[i] ? "::pg_catalog.text" : "");
	appendStringInfo(&buf, " FROM rows_%d AS p WHERE ", depth - 1);
	for (int i = 0; i < branch->nkeys; i++)
		appendStringInfo(&buf, "%sp.c%d IS DISTINCT FROM NULL", i > 0 ? " AND " : "",
						 branch->key_columns[i] + 1);
	appendStringInfoChar(&buf, ')');
	return buf.data;
}

/* The columns of those as the arrays that the query of the branch takes, in one order. */
static void
write_keys(const Branch *branch, int depth, const char **texts)
{
	StringInfoData order;

	initStringInfo(&order);
	for (int i = 0; i < branch->nkeys && !OidIsValid(branch->relationship->function); i++)
		appendStringInfo(&order, "%sk.k%d", i > 0 ? ", " : " ORDER BY ", i + 1);
	for (int i = 0; i < branch->nkeys; i++)
		texts[i] = psprintf("ARRAY(SELECT k.k%d FROM keys_%d AS k%s)", i + 1, depth, order.data);
}

/*
 * A row for each branch of a level, and of those below it; with are the common table
 * expressions of the levels above, the last of them that of the level's rows.
 */
static void
explain_branches(const ExplainState *state, const Level *level, const char *path,
				 const char *with, int depth)
{
	check_stack_depth();
	for (int i = 0; i < level->nbranches; i++)
	{
		const Branch *branch = level->branches[i];
		const char *key = branch->child->is_aggregate ? branch->key : quote_shape_name(branch->key);
		char	   *branch_path = *path == '\0' ? pstrdup(key) : psprintf("%s.%s", path, key);
		const char **parameters = written_parameters(state, &branch->queries.generic);
		SqlStyle	style = {.keys = parameters,.params = state->params};
		List	   *typids = NIL;
		char	   *branch_with = psprintf("%s, %s", with, keys_expression(branch, depth + 1));
		char	   *sql;

		CHECK_FOR_INTERRUPTS();
		write_keys(branch, depth + 1, parameters);
		sql = branch_sql(branch, &style, &typids);
		put_node(state, branch_path, psprintf("WITH %s %s", branch_with, sql));
		/* a recursion repeats itself */
		if (branch->recursion == NULL || branch->child != level)
			explain_branches(state, branch->child, branch_path,
							 psprintf("%s, %s", branch_with,
									  rows_expression(branch->child, depth + 1, sql)),
							 depth + 1);
	}
}

/*
 * jsonify_explain(relation regclass, shape text, params jsonb, options jsonb)
 * returns table
 *
 * A row for the root, and one for each relation in the shape: its path, and the
 * SQL that reads its rows, which runs as it stands: the keys that rows are looked up
 * by are those of the level above, which common table expressions select. Raises
 * what jsonify_find() does.
 */
PG_FUNCTION_INFO_V1(jsonify_explain);
PGDLLEXPORT Datum
jsonify_explain(PG_FUNCTION_ARGS)
{
	ExplainState state = {.result = (ReturnSetInfo *) fcinfo->resultinfo};
	CallSite   *site;
	DocumentKey key;
	const DocumentPlan *plan;
	const Level *root;
	SqlStyle	style = {.params = NULL};
	char	   *sql;

	jsonify_materialize(fcinfo);
	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();

	site = get_call_site(fcinfo->flinfo, JSONBOID, &jsonb_sink_ops);
	site_take_options(site, fcinfo, 2);
	state.params = site->params;
	key = site_table_key(site, PG_GETARG_OID(0), PG_ARGISNULL(1) ? NULL : PG_GETARG_TEXT_PP(1));
	plan = site_plan(site, &key);
	check_plan_params(plan, state.params);
	root = plan->root;
	style.params = state.params;
	style.keys = written_parameters(&state, &root->query);
	sql = root_sql(root, &style);
	put_node(&state, "", sql);
	explain_branches(&state, root, "", rows_expression(root, 0, sql), 0);
	PG_RETURN_NULL();
}
