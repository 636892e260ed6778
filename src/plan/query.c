/*
 * query.c
 *		The queries of a document, prepared when they are first run, and kept as
 *		long as its plan.
 */
#include "plan/internal.h"

#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "nodes/parsenodes.h"
#include "utils/array.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
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

/*
 * A list of that many values the planner is to see as well: it has them hashed,
 * where a generic plan, which takes it for ten, goes through it for each row.
 */
#define CUSTOM_PLAN_VALUES 100

/*
 * For so many sets of params a query is kept: those that conditions do without are told
 * by its text, or the planner would find no index for the others.
 */
#define MAX_QUERY_STATES 8

/* How the keys of a branch are passed: by base type, or as text. */
static void
choose_key_types(const Level *parent, Branch *branch)
{
	BranchQueries *queries = &branch->queries;

	for (int i = 0; i < branch->nkeys; i++)
	{
		Oid			typid = getBaseType(parent->columns[branch->key_columns[i]].typid);
		Oid			array = get_array_type(typid);

		queries->key_typids[i] = typid;
		/* there is no array of arrays, and records would be taken apart */
		queries->key_as_text[i] = !OidIsValid(array) ||
			(type_is_rowtype(typid) && !OidIsValid(branch->relationship->function));
		queries->key_types[i] = queries->key_as_text[i] ? TEXTOID : typid;
		queries->array_types[i] = queries->key_as_text[i] ? TEXTARRAYOID : array;
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

/*
 * The column of a branch's key that says in which shard or partition its rows lie: one
 * value for all keys leads to one place. -1 if there is none.
 */
static int
placing_key(const Branch *branch)
{
	const ForeignKey *key = branch->relationship->key;
	bool		to_one = branch->relationship->kind == TO_ONE;
	Oid			relid;
	AttrNumber	attnum;

	if (key == NULL)
		return -1;
	relid = to_one ? key->referenced : key->referencing;
	attnum = placing_column(relid);
	for (int i = 0; i < key->nkeys && attnum > 0; i++)
	{
		if ((to_one ? key->referenced_attnums[i] : key->referencing_attnums[i]) == attnum)
			return i;
	}
	/* of a view it is not known; a tenant mostly comes first */
	return is_view(relid) || jsonify_distributed_queries ? 0 : -1;
}

/* Whether that leads to the rows themselves, and can but be the value that they have there. */
static bool
places_rows(const Branch *branch)
{
	const BranchQueries *queries = &branch->queries;
	const Relationship *relationship = branch->relationship;
	int			placing = queries->placing;
	AttrNumber	attnum;

	if (!queries->distributed || placing < 0 || relationship->key == NULL ||
		queries->key_as_text[placing])
		return false;
	attnum = relationship->kind == TO_ONE ? relationship->key->referencing_attnums[placing] :
		relationship->key->referenced_attnums[placing];
	attnum = related_column(relationship, attnum);
	return attnum != 0 && attnum == placing_column(branch->child->relid);
}

static void
set_query(RowQuery *query, char *sql, List *guards, int nkeys, Oid *key_types, const Level *level,
		  const RowFilter *filter, int cursor_options)
{
	query->sql = sql;
	query->guards = guards;
	query->nkeys = nkeys;
	query->key_types = key_types;
	query->values = query_values(level, filter);
	query->cursor_options = cursor_options;
	query->level = level;
	query->filter = filter;
}

/* One of the queries of a branch. */
static void
set_branch_query(RowQuery *query, const Branch *branch, SqlStyle style, List **typids,
				 Oid *key_types, int cursor_options)
{
	List	   *guards = NIL;
	char	   *sql;

	style.guards = &guards;
	sql = branch_sql(branch, &style, typids);
	set_query(query, sql, guards, branch->nkeys, key_types, branch->child, &branch->filter,
			  cursor_options);
	query->branch = branch;
	query->is_single = style.single;
	query->is_most = style.most_keys;
	query->is_placed = style.placed;
}

static void
make_branch_queries(const Level *parent, Branch *branch, bool distributed, List **typids)
{
	BranchQueries *queries = &branch->queries;
	SqlStyle	single = {.single = true};
	SqlStyle	several = {.single = false};
	SqlStyle	most = {.most_keys = true};
	SqlStyle	placed = {.placed = true};
	/* Citus makes no plan for parameters that it does not see */
	int			options = distributed ? CURSOR_OPT_CUSTOM_PLAN : CURSOR_OPT_GENERIC_PLAN;

	choose_key_types(parent, branch);
	queries->distributed = distributed;
	queries->placing = placing_key(branch);
	queries->places_rows = places_rows(branch);
	/* to what leads Citus to some shards long lists are a burden: they lead to all */
	queries->custom_from = distributed ? CUSTOM_PLAN_VALUES : custom_plan_keys(branch);
	set_branch_query(&queries->single, branch, single, typids, queries->key_types, options);
	set_branch_query(&queries->generic, branch, several, typids, queries->array_types, options);
	set_branch_query(&queries->custom, branch, most, typids, queries->array_types,
					 CURSOR_OPT_CUSTOM_PLAN);
	if (queries->placing < 0 || branch->nkeys < 2)
		return;
	for (int i = 0; i < branch->nkeys; i++)
		queries->placed_types[i] = i == queries->placing ? queries->key_types[i] :
			queries->array_types[i];
	set_branch_query(&queries->placed, branch, placed, typids, queries->placed_types, options);
}

/*
 * Makes the queries of all branches of a resolved level, and of the levels
 * below it, in the current memory context; distributed: for Citus to plan. They are
 * prepared when first run. Types whose names they may contain are added to *typids.
 */
void
make_level_queries(Level *level, bool distributed, List **typids)
{
	check_stack_depth();
	level->has_queries = true;
	/* that of a root, which is made already */
	if (distributed)
		level->query.cursor_options |= CURSOR_OPT_CUSTOM_PLAN;
	for (int i = 0; i < level->nbranches; i++)
	{
		Branch	   *branch = level->branches[i];

		CHECK_FOR_INTERRUPTS();
		make_branch_queries(level, branch, distributed, typids);
		/* a recursion leads to a level that is at it already, or to itself */
		if (branch->recursion == NULL || !branch->child->has_queries)
			make_level_queries(branch->child, distributed, typids);
	}
}

/* Makes the query of a root's own rows; otherwise as make_level_queries(). */
void
make_root_query(Level *level)
{
	List	   *guards = NIL;
	SqlStyle	style = {.guards = &guards};
	char	   *sql = root_sql(level, &style);

	set_query(&level->query, sql, guards, 0, NULL, level, &level->filter, CURSOR_OPT_NO_SCROLL);
}

/* The query of a branch for that many keys; share_place: all have one value that places them. */
RowQuery *
branch_query(Branch *branch, int nkeys, bool share_place)
{
	BranchQueries *queries = &branch->queries;

	if (nkeys > 1 && share_place)
		return &queries->placed;
	return nkeys == 1 ? &queries->single :
		nkeys < queries->custom_from ? &queries->generic : &queries->custom;
}

/* Whether the text of a query depends on the params of a call. */
bool
is_variable(const RowQuery *query)
{
	return query->guards != NIL || query->filter->after != NULL ||
		query->filter->order_param != NULL;
}

/* The row that a query begins behind, as its parameters behind all others. */
static void
set_order_parameters(const RowQuery *query, BoundQuery *bound)
{
	const BoundOrder *order = &bound->order;
	int			first = bound->list->numParams - list_length(order->order);

	for (int i = 0; i < list_length(order->order); i++)
	{
		ParamExternData *param = &bound->list->params[first + i];

		param->pflags = PARAM_FLAG_CONST;
		param->ptype = order_type(query->level, list_nth(order->order, i));
		param->value = order->values[i];
		param->isnull = order->nulls[i];
	}
}

/*
 * Fills *bound with what a query takes in a call, palloc'd: what the shape gives is set,
 * the keys are left to the caller. params are the bytes of a jsonb object, or NULL, and
 * stay. The list is NULL if there is nothing in it: an empty one is not what others
 * expect, and Citus does not survive it. Raises what bind_value() and bind_order() do.
 */
void
bind_query(const RowQuery *query, const char *params, BoundQuery *bound)
{
	int			nvalues = list_length(query->values);
	int			nparams;

	bound->params = params;
	bind_order(query->level, query->filter, params, &bound->order);
	nparams = query->nkeys + nvalues +
		(bound->order.is_behind ? list_length(bound->order.order) : 0);
	bound->list = nparams > 0 ? makeParamList(nparams) : NULL;
	for (int i = 0; i < query->nkeys + nvalues; i++)
	{
		ParamExternData *param = &bound->list->params[i];

		param->pflags = PARAM_FLAG_CONST;
		if (i < query->nkeys)
		{
			param->isnull = false;
			param->ptype = query->key_types[i];
		}
		else
		{
			const QueryValue *value = list_nth(query->values, i - query->nkeys);

			param->ptype = value->typid;
			param->value = bind_value(value, params, &param->isnull);
		}
	}
	if (bound->order.is_behind)
		set_order_parameters(query, bound);
}

static SPIPlanPtr
prepare(const RowQuery *query, const BoundQuery *bound, const char *sql, int cursor_options)
{
	int			nparams = bound->list == NULL ? 0 : bound->list->numParams;
	Oid		   *argtypes = palloc(sizeof(Oid) * (nparams + 1));
	SPIPlanPtr	prepared;

	for (int i = 0; i < nparams; i++)
		argtypes[i] = bound->list->params[i].ptype;
	prepared = SPI_prepare_cursor(sql, nparams, argtypes, cursor_options);
	if (prepared == NULL)
		elog(ERROR, "SPI_prepare_cursor failed: %s: %s",
			 SPI_result_code_string(SPI_result), sql);
	if (SPI_keepplan(prepared) != 0)
		elog(ERROR, "SPI_keepplan failed");
	pfree(argtypes);
	return prepared;
}

/* Whether one of the lists among a query's parameters is long. */
static bool
has_long_list(const RowQuery *query, const ParamListInfo params)
{
	ListCell   *lc;

	foreach(lc, query->values)
	{
		const QueryValue *value = lfirst(lc);
		const ParamExternData *param = &params->params[query->nkeys + foreach_current_index(lc)];

		if ((value->kind == QUERY_ARRAY || value->kind == QUERY_LIST) && !param->isnull)
		{
			ArrayType  *array = DatumGetArrayTypeP(param->value);

			if (ArrayGetNItems(ARR_NDIM(array), ARR_DIMS(array)) >= CUSTOM_PLAN_VALUES)
				return true;
		}
	}
	return false;
}

/*
 * What of a query's text depends on the params of a call, palloc'd: for each guard 1 if it
 * is true, what an order is by that a param says, for each column of the row that it
 * begins behind n if that is NULL.
 */
static char *
bound_state(const RowQuery *query, const BoundQuery *bound)
{
	const BoundOrder *order = &bound->order;
	StringInfoData state;
	ListCell   *lc;

	initStringInfo(&state);
	foreach(lc, query->guards)
		appendStringInfoChar(&state, guard_holds(((GuardPlace *) lfirst(lc))->guard,
												 bound->params) ? '1' : '0');
	foreach(lc, query->filter->order_param != NULL ? order->order : NIL)
	{
		const LevelOrder *column = lfirst(lc);

		appendStringInfo(&state, ",%d%s%s", column->column, column->descending ? "d" : "",
						 column->nulls_first ? "f" : "");
	}
	for (int i = 0; order->is_behind && i < list_length(order->order); i++)
		appendStringInfoChar(&state, order->nulls[i] ? 'n' : 'v');
	return state.data;
}

/*
 * The text of a query for the params of a call: the planner is to see which of its
 * conditions count, and ranges that its indexes have.
 */
static const char *
bound_sql(const RowQuery *query, const BoundQuery *bound)
{
	List	   *guards = query->guards;
	List	   *typids = NIL;
	SqlStyle	style = {
		.single = query->is_single,
		.most_keys = query->is_most,
		.placed = query->is_placed,
		.order = &bound->order,
		.guards = &guards
	};
	char	   *sql;
	ListCell   *lc;

	if (!is_variable(query))
		return query->sql;
	if (!bound->order.is_behind && query->filter->order_param == NULL)
		sql = pstrdup(query->sql);
	else
	{
		/* in another place each, and some of them several times */
		guards = NIL;
		sql = query->branch != NULL ? branch_sql(query->branch, &style, &typids) :
			root_sql(query->level, &style);
	}
	foreach(lc, guards)
	{
		const GuardPlace *place = lfirst(lc);

		if (guard_holds(place->guard, bound->params))
			memcpy(sql + place->offset, SQL_TRUE, strlen(SQL_TRUE));
	}
	return sql;
}

static void
free_prepared(PreparedQuery *prepared)
{
	for (int custom = 0; custom < 2; custom++)
	{
		for (int soon = 0; soon < 2; soon++)
		{
			if (prepared->plans[custom][soon] != NULL)
				SPI_freeplan(prepared->plans[custom][soon]);
		}
	}
	pfree(prepared->state);
	pfree(prepared);
}

/*
 * What is kept of a query in a state, which comes to the front; what was not used for
 * longest makes way, unless the query is running: it may be that which runs.
 */
static PreparedQuery *
find_prepared(RowQuery *query, const char *state)
{
	MemoryContext old;
	PreparedQuery *prepared;
	ListCell   *lc;

	foreach(lc, query->prepared)
	{
		prepared = lfirst(lc);
		if (strcmp(prepared->state, state) != 0)
			continue;
		for (int i = foreach_current_index(lc); i > 0; i--)
			lfirst(list_nth_cell(query->prepared, i)) = list_nth(query->prepared, i - 1);
		linitial(query->prepared) = prepared;
		return prepared;
	}
	while (list_length(query->prepared) >= MAX_QUERY_STATES && query->running == 0)
	{
		prepared = llast(query->prepared);
		query->prepared = list_delete_last(query->prepared);
		free_prepared(prepared);
	}
	/* as long as the plan that it is part of */
	old = MemoryContextSwitchTo(GetMemoryChunkContext(query->sql));
	prepared = palloc0(sizeof(PreparedQuery));
	prepared->state = pstrdup(state);
	query->prepared = lcons(prepared, query->prepared);
	MemoryContextSwitchTo(old);
	return prepared;
}

/*
 * A query as SPI has prepared it, for what bind_query() has bound; SPI must be connected.
 * first_soon: its first rows are to come soon, for it may be that no more are asked for. It
 * belongs to the query, and is there until the query is prepared for other params and is
 * not running, or until free_level_queries().
 */
SPIPlanPtr
prepare_query(RowQuery *query, const BoundQuery *bound, bool first_soon)
{
	const char *state = is_variable(query) ? bound_state(query, bound) : "";
	bool		is_custom = has_long_list(query, bound->list);
	SPIPlanPtr *plan = &find_prepared(query, state)->plans[is_custom][first_soon];
	int			options = query->cursor_options;

	if (*plan != NULL)
		return *plan;
	if (is_custom)
		options = (options & ~CURSOR_OPT_GENERIC_PLAN) | CURSOR_OPT_CUSTOM_PLAN;
	if (first_soon)
		options |= CURSOR_OPT_FAST_PLAN;
	*plan = prepare(query, bound, bound_sql(query, bound), options);
	return *plan;
}

static void
free_query(RowQuery *query)
{
	ListCell   *lc;

	foreach(lc, query->prepared)
		free_prepared(lfirst(lc));
	query->prepared = NIL;
}

/* Lets go of what SPI prepared for a level and the levels below it. */
void
free_level_queries(Level *level)
{
	free_query(&level->query);
	level->has_queries = false;
	for (int i = 0; i < level->nbranches; i++)
	{
		Branch	   *branch = level->branches[i];

		free_query(&branch->queries.single);
		free_query(&branch->queries.generic);
		free_query(&branch->queries.custom);
		free_query(&branch->queries.placed);
		/* a recursion goes back */
		if (branch->child->has_queries)
			free_level_queries(branch->child);
	}
}
