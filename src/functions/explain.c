/*
 * explain.c
 *		The SQL function jsonify_explain(): which queries a shape makes.
 */
#include "run/run.h"

#include "catalog/pg_type.h"
#include "funcapi.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/jsonb.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/tuplestore.h"

typedef struct ExplainState
{
	ReturnSetInfo *result;
	const char *params;
} ExplainState;

/*
 * A query is laid out in lines for a screen of 100 columns that shows its path as well:
 * what does not fit has a line for each clause and each common table expression.
 */
#define QUERY_WIDTH 72
#define QUERY_INDENT 4

typedef struct Lines
{
	StringInfoData text;
	int			indent;			/* of the line */
	int			column;
} Lines;

static void
put_text(Lines *lines, const char *text, int length)
{
	appendBinaryStringInfo(&lines->text, text, length);
	lines->column += pg_mbstrlen_with_len(text, length);
}

static void
begin_line(Lines *lines, int indent)
{
	appendStringInfo(&lines->text, "\n%*s", indent, "");
	lines->indent = lines->column = indent;
}

static bool
fits(int column, const char *text, const char *end)
{
	int			room = QUERY_WIDTH - column;

	return end - text <= room ||
		(end - text <= room * MAX_MULTIBYTE_CHAR_LEN && pg_mbstrlen_with_len(text, end - text) <= room);
}

/* The first of these characters that stands in no quotes and no parentheses, or the end. */
static const char *
find_outside(const char *text, const char *end, const char *characters)
{
	char		quote = '\0';
	int			depth = 0;

	for (; text < end; text++)
	{
		if (quote != '\0')
			quote = *text == quote ? '\0' : quote;
		else if (depth == 0 && strchr(characters, *text) != NULL)
			break;
		else if (*text == '\'' || *text == '"')
			quote = *text;
		else if (*text == '(')
			depth++;
		else if (*text == ')')
			depth--;
	}
	return text;
}

/* Where the clause ends that begins here: before the space in front of the next one. */
static const char *
end_of_clause(const char *clause, const char *end)
{
	static const char *const words[] = {"SELECT ", "FROM ", "WHERE ", "GROUP ", "ORDER ", "LIMIT ", "OFFSET "};
	const char *before = clause;

	for (;;)
	{
		const char *space = find_outside(before, end, " ");
		/* ROWS FROM, IS DISTINCT FROM */
		bool		is_other = strncmp(before, "ROWS ", 5) == 0 || strncmp(before, "DISTINCT ", 9) == 0;

		CHECK_FOR_INTERRUPTS();
		if (space == end)
			return end;
		for (int i = 0; i < lengthof(words) && !is_other; i++)
			if (strncmp(space + 1, words[i], strlen(words[i])) == 0)
				return space;
		before = space + 1;
	}
}

static void lay_out_query(Lines *lines, const char *sql, const char *end, int indent);

/* A word, of which a query in parentheses has lines of its own. */
static void
lay_out_word(Lines *lines, const char *word, const char *end)
{
	int			outer = lines->indent;
	int			indent = outer + QUERY_INDENT;

	for (;;)
	{
		const char *open = fits(lines->column, word, end) ? end : find_outside(word, end, "(");
		const char *close = open == end ? end : find_outside(open + 1, end, ")");

		if (close == end)
			break;
		put_text(lines, word, open + 1 - word);
		lay_out_query(lines, open + 1, close, indent);
		word = close;
	}
	put_text(lines, word, end - word);
	/* what goes on behind it is no part of it: UNION ALL (...) */
	lines->indent = outer;
}

static bool
begins_line(const char *word, const char *clause)
{
	return strncmp(word, "AND ", 4) == 0 || strncmp(word, "OR ", 3) == 0 ||
		strncmp(word, "LEFT ", 5) == 0 ||
		(strncmp(word, "JOIN ", 5) == 0 && (word - clause < 5 || strncmp(word - 5, "LEFT ", 5) != 0));
}

/* A clause that does not fit: a line for each item of FROM and WITH, and of AND and OR. */
static void
lay_out_clause(Lines *lines, const char *clause, const char *end, int indent)
{
	bool		is_list = strncmp(clause, "WITH ", 5) == 0 || strncmp(clause, "FROM ", 5) == 0;

	for (const char *word = clause; word < end; word++)
	{
		const char *word_end = find_outside(word, end, " ");

		CHECK_FOR_INTERRUPTS();
		if (word > clause)
		{
			if ((is_list && word[-2] == ',') || begins_line(word, clause) ||
				!fits(lines->column + 1, word, find_outside(word, word_end, "(")) ||
				(!fits(lines->column + 1, word, word_end) && fits(indent, word, word_end) &&
				 lines->column > indent + QUERY_INDENT && strncmp(word, "(SELECT ", 8) != 0))
				begin_line(lines, indent);
			else
				put_text(lines, " ", 1);
		}
		lay_out_word(lines, word, word_end);
		word = word_end;
	}
}

/* A query, or what else stands in parentheses: in this line, if it fits. */
static void
lay_out_query(Lines *lines, const char *sql, const char *end, int indent)
{
	bool		is_select = strncmp(sql, "SELECT ", 7) == 0;

	check_stack_depth();
	if (fits(lines->column, sql, end))
	{
		put_text(lines, sql, end - sql);
		return;
	}
	if (is_select && lines->column > 0)
		begin_line(lines, indent);
	for (const char *clause = sql; clause < end; clause++)
	{
		const char *clause_end = end_of_clause(clause, end);

		if (clause > sql)
			begin_line(lines, indent);
		if (fits(lines->column, clause, clause_end))
			put_text(lines, clause, clause_end - clause);
		else
			lay_out_clause(lines, clause, clause_end, is_select || indent == 0 ? indent + QUERY_INDENT : indent);
		clause = clause_end;
	}
}

static void
put_node(const ExplainState *state, const char *path, const char *sql)
{
	Datum		values[2];
	bool		nulls[2] = {false};
	Lines		lines = {.column = 0};

	initStringInfo(&lines.text);
	lay_out_query(&lines, sql, sql + strlen(sql), 0);
	values[0] = CStringGetTextDatum(path);
	values[1] = CStringGetTextDatum(lines.text.data);
	tuplestore_putvalues(state->result->setResult, state->result->setDesc, values, nulls);
}

/* A parameter as a literal. */
static char *
literal_of(const ParamExternData *param)
{
	Oid			function;
	bool		is_varlena;

	if (param->isnull)
		return psprintf("NULL::%s", sql_type_name(param->ptype));
	getTypeOutputInfo(param->ptype, &function, &is_varlena);
	return psprintf("%s::%s", quote_literal_cstr(OidOutputFunctionCall(function, param->value)),
					sql_type_name(param->ptype));
}

/* The values of a query that the shape gives, as literals behind its keys. */
static const char **
written_parameters(const RowQuery *query, const BoundQuery *bound)
{
	int			nparams = bound->list == NULL ? 0 : bound->list->numParams;
	const char **texts = palloc(sizeof(char *) * (nparams + 1));

	for (int i = query->nkeys; i < nparams; i++)
		texts[i] = literal_of(&bound->list->params[i]);
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
		/* a query has those above in it, so all of them may be large */
		MemoryContext work = AllocSetContextCreate(CurrentMemoryContext, "jsonify explain",
												   ALLOCSET_DEFAULT_SIZES);
		MemoryContext old = MemoryContextSwitchTo(work);
		const Branch *branch = level->branches[i];
		const char *key = branch->child->is_aggregate ? branch->key : quote_shape_name(branch->key);
		char	   *branch_path = *path == '\0' ? pstrdup(key) : psprintf("%s.%s", path, key);
		const char **parameters;
		BoundQuery	bound;
		SqlStyle	style = {.params = state->params,.order = &bound.order};
		List	   *typids = NIL;
		char	   *branch_with = psprintf("%s, %s", with, keys_expression(branch, depth + 1));
		char	   *sql;

		CHECK_FOR_INTERRUPTS();
		bind_query(&branch->queries.generic, state->params, &bound);
		style.keys = parameters = written_parameters(&branch->queries.generic, &bound);
		write_keys(branch, depth + 1, parameters);
		sql = branch_sql(branch, &style, &typids);
		put_node(state, branch_path, psprintf("WITH %s %s", branch_with, sql));
		/* a recursion repeats itself */
		if (branch->recursion == NULL || branch->child != level)
			explain_branches(state, branch->child, branch_path,
							 psprintf("%s, %s", branch_with,
									  rows_expression(branch->child, depth + 1, sql)),
							 depth + 1);
		MemoryContextSwitchTo(old);
		MemoryContextDelete(work);
	}
}

/* The query of a root. */
static char *
explain_root(const ExplainState *state, const Level *root)
{
	BoundQuery	bound;
	SqlStyle	style = {.params = state->params,.order = &bound.order};

	bind_query(&root->query, state->params, &bound);
	style.keys = written_parameters(&root->query, &bound);
	return root_sql(root, &style);
}

/*
 * jsonify_explain(relation regclass, shape text, params jsonb, options jsonb)
 * returns table
 *
 * A row for the root, and one for each relation in the shape: its path, and the
 * SQL that reads its rows, in lines, which runs as it stands: the keys that rows are looked up
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
	sql = explain_root(&state, root);
	put_node(&state, "", sql);
	if (root->page != NULL && root->page->root_total != NULL)
		put_node(&state, "total", explain_root(&state, root->page->root_total));
	explain_branches(&state, root, "", rows_expression(root, 0, sql), 0);
	PG_RETURN_NULL();
}
