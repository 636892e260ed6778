/*
 * branch_rows.c
 *		Loads the rows of one branch: by one query, whatever the number of
 *		parents, and grouped by parent in memory.
 *
 * The queries run through SPI, as the calling role and in the snapshot of the
 * calling query. Their rows come to the receiver of rows.c.
 */
#include "load/internal.h"

#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/sortsupport.h"
#include "utils/typcache.h"

/* ---- grouping */

static int
compare_rows(const void *a, const void *b, void *arg)
{
	const Row  *left = *(Row *const *) a;
	const Row  *right = *(Row *const *) b;
	SortSupport sort = arg;
	int			result = 0;

	/* one parent may have all rows there are */
	CHECK_FOR_INTERRUPTS();
	for (; sort->comparator != NULL && result == 0; sort++)
		result = ApplySortComparator(left->values[sort->ssup_attno],
									 left->nulls[sort->ssup_attno],
									 right->values[sort->ssup_attno],
									 right->nulls[sort->ssup_attno], sort);
	return result;
}

/* How to compare the rows of a parent; ends with one without a comparator. */
static SortSupport
make_sort(const Branch *branch, const List *orders)
{
	SortSupport sort = palloc0(sizeof(SortSupportData) * (list_length(orders) + 1));
	ListCell   *lc;

	foreach(lc, orders)
	{
		const LevelOrder *order = lfirst(lc);
		const LevelColumn *column = &branch->child->columns[order->column];
		SortSupport next = &sort[foreach_current_index(lc)];
		TypeCacheEntry *type = lookup_type_cache(column->typid,
												 TYPECACHE_LT_OPR | TYPECACHE_GT_OPR);
		Oid			operator = order->descending ? type->gt_opr : type->lt_opr;

		/* a type without an order of its own: the rows stay as they came */
		if (!OidIsValid(operator))
			return NULL;
		next->ssup_cxt = CurrentMemoryContext;
		next->ssup_collation = column->collation;
		next->ssup_nulls_first = order->nulls_first;
		next->ssup_attno = order->column;
		PrepareSortSupportFromOrderingOp(operator, next);
	}
	return orders != NIL ? sort : NULL;
}

/* A row that two rows of the junction lead to comes once. */
static void
drop_repeated(RowSet *set, int group)
{
	int			n = 0;

	for (int i = 0; i < set->nrows; i++)
	{
		if (set->rows[i]->group != group)
		{
			set->rows[i]->group = group;
			set->rows[n++] = set->rows[i];
		}
	}
	set->nrows = n;
}

/*
 * Puts received rows in groups by ordinal, each in an order, of LevelOrder. Returns a set
 * an ordinal, 0 being the empty one of NULL keys; their arrays of rows are allocated in
 * the receiver's context.
 */
static RowSet *
group_rows(RowReceiver *receiver, int nkeys, const List *order)
{
	const Branch *branch = receiver->branch;
	RowSet	   *sets = MemoryContextAllocExtended(CurrentMemoryContext,
												  sizeof(RowSet) * ((Size) nkeys + 1),
												  MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	SortSupport sort = NULL;
	bool	   *unsorted;
	Row		  **next;

	if (receiver->nrows == 0)
		return sets;
	if (receiver->nrows > 1 && branch->relationship->kind != TO_ONE)
		sort = make_sort(branch, order);
	unsorted = MemoryContextAllocExtended(CurrentMemoryContext, (Size) nkeys + 1,
										  MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);

	next = MemoryContextAllocHuge(receiver->store.context, sizeof(Row *) * (Size) receiver->nrows);
	for (int i = 0; i < receiver->nrows; i++)
		sets[receiver->ordinals[i]].nrows++;
	for (int i = 1; i <= nkeys; i++)
	{
		sets[i].rows = next;
		next += sets[i].nrows;
		sets[i].nrows = 0;
	}
	for (int i = 0; i < receiver->nrows; i++)
	{
		int			ordinal = receiver->ordinals[i];
		RowSet	   *set = &sets[ordinal];

		set->rows[set->nrows++] = receiver->rows[i];
		/* rows mostly come in order; and here they are still in the CPU's cache */
		if (sort != NULL && set->nrows > 1 && !unsorted[ordinal])
			unsorted[ordinal] = compare_rows(&set->rows[set->nrows - 2],
											 &set->rows[set->nrows - 1], sort) > 0;
	}
	for (int i = 1; i <= nkeys; i++)
	{
		CHECK_FOR_INTERRUPTS();
		if (unsorted[i])
			qsort_arg(sets[i].rows, sets[i].nrows, sizeof(Row *), compare_rows, sort);
		if (receiver->distinct != NULL)
			drop_repeated(&sets[i], i);
	}
	return sets;
}

/* ---- one branch */

/*
 * The i'th column of all keys as the query takes it: one that is the same in all of
 * them, as in a single one, as it is, others as an array.
 */
static Datum
make_key_parameter(const Branch *branch, const KeySet *keys, int i, bool is_shared)
{
	int			nelements = is_shared ? 1 : keys->nkeys;
	Datum	   *elements = MemoryContextAllocHuge(CurrentMemoryContext,
												  sizeof(Datum) * (Size) nelements);
	int16		typlen;
	bool		typbyval;
	char		typalign;
	FmgrInfo	output;

	if (branch->queries.key_as_text[i])
	{
		Oid			function;
		bool		is_varlena;

		getTypeOutputInfo(branch->queries.key_typids[i], &function, &is_varlena);
		fmgr_info(function, &output);
	}
	for (int n = 0; n < nelements; n++)
	{
		elements[n] = keys->values[(Size) n * keys->width + i];
		if (branch->queries.key_as_text[i])
			elements[n] = CStringGetTextDatum(OutputFunctionCall(&output, elements[n]));
	}
	if (is_shared)
		return elements[0];
	get_typlenbyvalalign(branch->queries.key_types[i], &typlen, &typbyval, &typalign);
	return PointerGetDatum(construct_array(elements, nelements, branch->queries.key_types[i],
										   typlen, typbyval, typalign));
}

/* A query that is run, and where its rows go. */
typedef struct QueryRun
{
	RowQuery   *query;
	const BoundQuery *bound;
	SPIExecuteOptions options;
	int			result;
} QueryRun;

static void
execute_prepared(void *arg)
{
	QueryRun   *run = arg;
	RowQuery   *query = run->query;
	SPIPlanPtr	prepared = prepare_query(query, run->bound, false);

	if (!is_variable(query))
	{
		run->result = SPI_execute_plan_extended(prepared, &run->options);
		return;
	}
	/* it may run anew within itself, with other params */
	query->running++;
	PG_TRY();
	{
		run->result = SPI_execute_plan_extended(prepared, &run->options);
	}
	PG_FINALLY();
	{
		query->running--;
	}
	PG_END_TRY();
}

static void
plan_and_execute(void *arg)
{
	call_planning(execute_prepared, arg);
}

/* Runs a query, and has the receiver take its rows; SPI must be connected. */
static void
execute_query(RowQuery *query, const BoundQuery *bound, RowReceiver *receiver)
{
	QueryRun	run = {.query = query,.bound = bound};

	run.options.params = bound->list;
	run.options.read_only = true;
	run.options.dest = &receiver->pub;
	call_guarded(plan_and_execute, &run, receiver->branch->queries.distributed,
				 receiver->level->runs_functions ||
				 OidIsValid(receiver->branch->relationship->function));
	if (run.result < 0)
		elog(ERROR, "SPI_execute_plan_extended failed: %s", SPI_result_code_string(run.result));
}

/* Runs the query of a branch for keys. Returns the order of each parent's rows. */
static const List *
run_query(Branch *branch, const KeySet *keys, RowReceiver *receiver, const LoadContext *load)
{
	int			placing = branch->queries.placing;
	bool		share_place = placing >= 0 && branch->nkeys > 1 && keys_share(keys, placing);
	RowQuery   *query = branch_query(branch, keys->nkeys, share_place);
	BoundQuery	bound;
	int			nest_level = 0;

	bind_query(query, load->params, &bound);
	for (int i = 0; i < branch->nkeys && nest_level == 0; i++)
	{
		if (branch->queries.key_as_text[i])
			nest_level = set_exact_text();
	}
	for (int i = 0; i < branch->nkeys; i++)
		bound.list->params[i].value = make_key_parameter(branch, keys, i, keys->nkeys == 1 ||
														(share_place && i == placing));
	/* only for the keys: what the query computes is the caller's business */
	if (nest_level > 0)
		AtEOXact_GUC(true, nest_level);
	execute_query(query, &bound, receiver);
	return bound.order.order;
}

/*
 * Leaves each parent the rows of its page, of which one more was read. Returns how many
 * of all rows are left, which come first.
 */
static int
cut_pages(const Branch *branch, RowSet *sets, int nsets, const char *params, Row **rows, int nrows)
{
	int64		size = page_size(&branch->filter, params);
	int			n = 0;

	for (int i = 0; i < nrows; i++)
		rows[i]->group = 0;
	for (int i = 1; i <= nsets; i++)
	{
		CHECK_FOR_INTERRUPTS();
		sets[i].has_more = sets[i].nrows > size;
		if (sets[i].has_more)
			sets[i].nrows = (int) size;
		/* others may have a row that is one too many here */
		for (int row = 0; row < sets[i].nrows; row++)
			sets[i].rows[row]->group = 1;
	}
	for (int i = 0; i < nrows; i++)
	{
		if (rows[i]->group == 1)
			rows[n++] = rows[i];
	}
	return n;
}

/* A to-one relationship by a key finds one row; a function may return more. */
static void
check_single_rows(const Branch *branch, const RowSet *sets, int nkeys)
{
	if (branch->relationship->kind != TO_ONE || !OidIsValid(branch->relationship->function))
		return;
	for (int i = 1; i <= nkeys; i++)
	{
		if (sets[i].nrows > 1)
			ereport(ERROR,
					errcode(ERRCODE_CARDINALITY_VIOLATION),
					errmsg("function %s returned more than one row",
						   get_func_name(branch->relationship->function)),
					errdetail("It is declared ROWS 1, which makes it a to-one relationship."),
					shape_position(branch->place.shape, branch->place.location));
	}
}

/*
 * Gives each parent its set of the rows of a branch. Returns those rows, each
 * once; they are without related rows of their own yet. The list, not the rows,
 * is palloc'd in the current memory context.
 */
Row **
load_sets(Branch *branch, const Level *parent, Row **parents, int nparents, LoadContext *load,
		  int *nchildren)
{
	MemoryContext work = CurrentMemoryContext;
	int		   *ordinals = MemoryContextAllocHuge(work, sizeof(int) * (Size) nparents);
	const Level *child = branch->child;
	bool		leads_on = child->paths != NIL || child->object.leads_on;
	const List *order = NIL;
	KeySet		keys;
	RowReceiver *receiver;
	RowSet	   *sets;
	Row		  **children;

	init_key_set(&keys, parent, branch->key_columns, branch->nkeys, Min(nparents, 1024));
	for (int i = 0; i < nparents; i++)
	{
		Datum	   *key = next_key(&keys);
		bool		isnull = false;
		bool		found;

		CHECK_FOR_INTERRUPTS();
		for (int column = 0; column < branch->nkeys; column++)
		{
			isnull |= parents[i]->nulls[branch->key_columns[column]];
			key[column] = parents[i]->values[branch->key_columns[column]];
		}
		ordinals[i] = isnull ? 0 : add_key(&keys, &found) + 1;
	}

	receiver = make_receiver(child, branch, load->memory);
	if (keys.nkeys > 0)
	{
		order = run_query(branch, &keys, receiver, load);
		/* SPI comes back in a context of its own */
		MemoryContextSwitchTo(work);
	}
	sets = group_rows(receiver, keys.nkeys, order);
	check_single_rows(branch, sets, keys.nkeys);
	children = receiver_rows(receiver, nchildren);
	if (branch->filter.after != NULL)
		*nchildren = cut_pages(branch, sets, keys.nkeys, load->params, children, *nchildren);
	for (int i = 0; i < nparents; i++)
		parents[i]->related[branch->number] = sets[ordinals[i]];

	for (int i = 0; i < *nchildren && load->nested != NULL && leads_on; i++)
	{
		ListCell   *lc;

		foreach(lc, child->paths)
			nested_collect_field(load->nested, lfirst(lc), children[i]->values,
								 children[i]->nulls);
		nested_collect_row(load->nested, &child->object, children[i]->values,
						   children[i]->nulls);
	}
	return children;
}
