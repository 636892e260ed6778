/*
 * explain.c
 *		The SQL functions that show what there is and what will be done:
 *		jsonify_relationships() and jsonify_explain().
 */
#include "jsonify.h"

#include "catalog/pg_type.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/jsonb.h"
#include "utils/lsyscache.h"
#include "utils/tuplestore.h"

static Datum
column_array(Oid relid, const AttrNumber *attnums, int nattnums)
{
	List	   *names = NIL;

	for (int i = 0; i < nattnums; i++)
		names = lappend(names, get_attname(relid, attnums[i], false));
	return make_text_array(names);
}

/* The columns of the result of jsonify_relationships(). */
enum
{
	COLUMN_NAME,
	COLUMN_KIND,
	COLUMN_COLUMNS,
	COLUMN_TARGET,
	COLUMN_TARGET_COLUMNS,
	COLUMN_JUNCTION,
	COLUMN_CONSTRAINT,
	COLUMN_AMBIGUOUS,
	COLUMN_MANY,
	COLUMN_SPELLING,
	NCOLUMNS
};

/* What to write in a shape: without braces or args a column would be meant. */
static Datum
spelling_datum(Oid relid, const char *name, const char *spelling, bool by_name)
{
	if (by_name && get_attnum(relid, name) != InvalidAttrNumber)
		spelling = psprintf("%s { * }", spelling);
	return CStringGetTextDatum(spelling);
}

static void
put_key_relationship(ReturnSetInfo *result, RelationshipGraph *graph, Relationship *relationship)
{
	static const char *const kinds[] = {"to-one", "to-many", "one-to-one", "many-to-many"};
	RelationshipKind kind = relationship->kind;
	const ForeignKey *key = relationship->key;
	const ForeignKey *far_key = relationship->far_key;
	const char *name = relationship->name ? relationship->name : relationship->target_name;
	Datum		values[NCOLUMNS];
	bool		nulls[NCOLUMNS] = {false};
	bool		by_name;
	char	   *spelling = spell_relationship(graph, relationship, &by_name);

	if (spelling == NULL)
		return;
	values[COLUMN_NAME] = CStringGetTextDatum(name);
	values[COLUMN_KIND] = CStringGetTextDatum(kinds[kind]);
	values[COLUMN_COLUMNS] = kind == TO_ONE ?
		column_array(key->referencing, key->referencing_attnums, key->nkeys) :
		column_array(key->referenced, key->referenced_attnums, key->nkeys);
	values[COLUMN_TARGET] = ObjectIdGetDatum(relationship->target);
	if (far_key != NULL)
		values[COLUMN_TARGET_COLUMNS] = column_array(far_key->referenced, far_key->referenced_attnums,
													 far_key->nkeys);
	else
		values[COLUMN_TARGET_COLUMNS] = kind == TO_ONE ?
			column_array(key->referenced, key->referenced_attnums, key->nkeys) :
			column_array(key->referencing, key->referencing_attnums, key->nkeys);
	values[COLUMN_JUNCTION] = ObjectIdGetDatum(key->referencing);
	nulls[COLUMN_JUNCTION] = far_key == NULL;
	values[COLUMN_CONSTRAINT] = CStringGetTextDatum(key->name);
	values[COLUMN_AMBIGUOUS] = BoolGetDatum(!by_name);
	values[COLUMN_MANY] = BoolGetDatum(kind == TO_MANY || kind == MANY_TO_MANY);
	values[COLUMN_SPELLING] = spelling_datum(graph->relid, name, spelling, by_name);
	tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
}

static void
put_computed_relationship(ReturnSetInfo *result, Oid relid, const Computed *computed)
{
	Datum		values[NCOLUMNS];
	bool		nulls[NCOLUMNS] = {false};

	values[COLUMN_NAME] = CStringGetTextDatum(computed->name);
	values[COLUMN_KIND] = CStringGetTextDatum("computed");
	values[COLUMN_TARGET] = ObjectIdGetDatum(computed->target);
	values[COLUMN_AMBIGUOUS] = BoolGetDatum(false);
	values[COLUMN_MANY] = BoolGetDatum(computed->to_many);
	values[COLUMN_SPELLING] = spelling_datum(relid, computed->name,
											 quote_shape_name(computed->name), true);
	nulls[COLUMN_COLUMNS] = nulls[COLUMN_TARGET_COLUMNS] = true;
	nulls[COLUMN_JUNCTION] = nulls[COLUMN_CONSTRAINT] = true;
	tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
}

/*
 * jsonify_relationships(relation regclass) returns table
 *
 * A row for each relationship of a table or view that the calling role may
 * follow, and how it is written in a shape. Raises ERRCODE_WRONG_OBJECT_TYPE
 * for what is neither.
 */
PG_FUNCTION_INFO_V1(jsonify_relationships);
PGDLLEXPORT Datum
jsonify_relationships(PG_FUNCTION_ARGS)
{
	Oid			relid = PG_GETARG_OID(0);
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	RelationshipGraph *graph;
	ListCell   *lc;

	if (!OidIsValid(table_of_type(get_rel_type_id(relid))))
		not_a_table(relid);
	jsonify_materialize(fcinfo);
	graph = read_relationships(relid);
	foreach(lc, graph->relationships)
	{
		Relationship *relationship = lfirst(lc);

		relationship->readable = may_follow(relationship, false, GetUserId());
	}
	foreach(lc, graph->relationships)
	{
		if (((Relationship *) lfirst(lc))->readable)
			put_key_relationship(result, graph, lfirst(lc));
	}
	foreach(lc, list_computed(relid, GetUserId()))
	{
		if (OidIsValid(((Computed *) lfirst(lc))->target) && may_select_row(relid, GetUserId()))
			put_computed_relationship(result, relid, lfirst(lc));
	}
	PG_RETURN_NULL();
}

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
							 branch->key_as_text[i] ? "::pg_catalog.text" : "", i + 1);
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
			.keys = written_parameters(state, branch, &branch->generic, level, sql, has_ordinal)
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
	key = table_key(site, PG_GETARG_OID(0), PG_ARGISNULL(1) ? NULL : PG_GETARG_TEXT_PP(1));
	plan = site_plan(site, &key);
	check_params_given(plan->params, state.params);
	root = plan->root;
	style.keys = written_parameters(&state, NULL, &root->query, NULL, NULL, false);
	sql = root_sql(root, &style);
	put_node(&state, "", sql);
	explain_branches(&state, root, "", sql, false);
	PG_RETURN_NULL();
}
