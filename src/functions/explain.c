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

/*
 * The keys of a branch, and the values of its query, written out, so that it
 * runs as it stands: parent_sql gives the parents, behind parent_ordinal
 * columns that are not the level's. Keys of several columns are in one order.
 */
static const char *const *
written_parameters(const ExplainState *state, const Branch *branch, const RowQuery *query,
				   const Level *parent, const char *parent_sql, bool parent_ordinal)
{
	int			nvalues = list_length(query->values);
	bool		by_row = branch != NULL && OidIsValid(branch->relationship->function);
	const char **texts = palloc(sizeof(char *) * (query->nkeys + nvalues + 1));
	StringInfoData keys;

	initStringInfo(&keys);
	if (query->nkeys > 0)
	{
		/* rows may have no equality, and need not be in any order */
		appendStringInfo(&keys, "FROM (SELECT %s", by_row ? "" : "DISTINCT ");
		for (int i = 0; i < query->nkeys; i++)
			appendStringInfo(&keys, "%sp.c%d%s AS k%d", i > 0 ? ", " : "", branch->key_columns[i] + 1,
							 branch->queries.key_as_text[i] ? "::pg_catalog.text" : "", i + 1);
		appendStringInfo(&keys, " FROM (%s) AS p(%s", parent_sql, parent_ordinal ? "ord" : "");
		for (int i = 0; i < parent->ncolumns; i++)
			appendStringInfo(&keys, "%sc%d", i > 0 || parent_ordinal ? ", " : "", i + 1);
		appendStringInfoString(&keys, ") WHERE ");
		for (int i = 0; i < query->nkeys; i++)
			appendStringInfo(&keys, "%sp.c%d IS DISTINCT FROM NULL", i > 0 ? " AND " : "",
							 branch->key_columns[i] + 1);
		appendStringInfoString(&keys, by_row ? ") AS d" : ") AS d ORDER BY ");
		for (int i = 0; i < query->nkeys && !by_row; i++)
			appendStringInfo(&keys, "%sd.k%d", i > 0 ? ", " : "", i + 1);
	}
	for (int i = 0; i < query->nkeys; i++)
		texts[i] = psprintf("ARRAY(SELECT d.k%d %s)", i + 1, keys.data);
	for (int i = 0; i < nvalues; i++)
		texts[query->nkeys + i] = literal_of(list_nth(query->values, i), state->params);
	return texts;
}

static void
explain_branches(const ExplainState *state, const Level *level, const char *path,
				 const char *sql, bool has_ordinal)
{
	check_stack_depth();
	for (int i = 0; i < level->nbranches; i++)
	{
		const Branch *branch = level->branches[i];
		const char *key = branch->child->is_aggregate ? branch->key : quote_shape_name(branch->key);
		char	   *branch_path = *path == '\0' ? pstrdup(key) : psprintf("%s.%s", path, key);
		SqlStyle	style = {
			.keys = written_parameters(state, branch, &branch->queries.generic, level, sql, has_ordinal)
		};
		List	   *typids = NIL;
		char	   *branch_text = branch_sql(branch, &style, &typids);

		put_node(state, branch_path, branch_text);
		/* a recursion repeats itself */
		if (branch->recursion == NULL || branch->child != level)
			explain_branches(state, branch->child, branch_path, branch_text, true);
	}
}

/*
 * jsonify_explain(relation regclass, shape text, params jsonb, options jsonb)
 * returns table
 *
 * A row for the root, and one for each relation in the shape: its path, and the
 * SQL that reads its rows, which runs as it stands: where rows are looked up by
 * the keys of the level above, those are selected there. Raises what
 * jsonify_find() does.
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
	SqlStyle	style = {.single = false};
	char	   *sql;

	jsonify_materialize(fcinfo);
	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();

	site = get_call_site(fcinfo->flinfo, JSONBOID, &jsonb_sink_ops);
	site_take_options(site, fcinfo, 2);
	state.params = site->params;
	key = site_table_key(site, PG_GETARG_OID(0), PG_ARGISNULL(1) ? NULL : PG_GETARG_TEXT_PP(1));
	plan = site_plan(site, &key);
	check_params_given(plan->params, state.params);
	root = plan->root;
	style.keys = written_parameters(&state, NULL, &root->query, NULL, NULL, false);
	sql = root_sql(root, &style);
	put_node(&state, "", sql);
	explain_branches(&state, root, "", sql, false);
	PG_RETURN_NULL();
}
