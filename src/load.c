/*
 * load.c
 *		Loads related rows, a level at a time: one query a branch, whatever
 *		the number of parents, its rows grouped by parent in memory.
 *
 * The queries run through SPI, as the calling role and in the snapshot of the
 * calling query. Their rows come to a receiver of our own, which copies them
 * once, to where they stay until the documents are written.
 */
#include "jsonify.h"

#include "access/tupdesc.h"
#include "common/hashfn.h"
#include "executor/tuptable.h"
#include "miscadmin.h"
#include "nodes/params.h"
#include "tcop/dest.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/lsyscache.h"
#include "utils/sortsupport.h"
#include "utils/typcache.h"

/* ---- distinct keys, compared as images: equal ones are found twice at worst */

typedef struct KeyEntry
{
	int			index;			/* of the key in its KeySet */
	uint32		hash;
	char		status;
} KeyEntry;

struct keyset_hash;

typedef struct KeySet
{
	int			width;			/* columns of a key */
	int16		typlen[INDEX_MAX_KEYS];
	bool		typbyval[INDEX_MAX_KEYS];
	Datum	   *values;			/* width a key */
	int			nkeys;
	int			capacity;
	MemoryContext context;
	struct keyset_hash *hash;	/* made for the second key */
} KeySet;

static uint32
hash_key(const KeySet *keys, int index)
{
	const Datum *key = keys->values + (Size) index * keys->width;
	uint32		hash = 0;

	for (int i = 0; i < keys->width; i++)
	{
		uint32		column;

		if (keys->typbyval[i])
			column = hash_combine(murmurhash32((uint32) key[i]),
								  murmurhash32((uint32) ((uint64) key[i] >> 32)));
		else
			column = datum_image_hash(key[i], false, keys->typlen[i]);
		hash = i == 0 ? column : hash_combine(hash, column);
	}
	return hash;
}

static bool
keys_are_equal(const KeySet *keys, int a, int b)
{
	const Datum *left = keys->values + (Size) a * keys->width;
	const Datum *right = keys->values + (Size) b * keys->width;

	for (int i = 0; i < keys->width; i++)
	{
		if (keys->typbyval[i] ? left[i] != right[i] :
			!datum_image_eq(left[i], right[i], false, keys->typlen[i]))
			return false;
	}
	return true;
}

#define SH_PREFIX keyset
#define SH_ELEMENT_TYPE KeyEntry
#define SH_KEY_TYPE int
#define SH_KEY index
#define SH_HASH_KEY(table, key) hash_key((const KeySet *) (table)->private_data, key)
#define SH_EQUAL(table, a, b) keys_are_equal((const KeySet *) (table)->private_data, a, b)
#define SH_STORE_HASH
#define SH_GET_HASH(table, entry) (entry)->hash
#define SH_SCOPE static inline
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"

static void
init_key_set(KeySet *keys, const Level *level, const int *columns, int width, int capacity)
{
	keys->width = width;
	keys->nkeys = 0;
	keys->capacity = capacity;
	keys->context = CurrentMemoryContext;
	keys->values = MemoryContextAllocHuge(keys->context,
										  sizeof(Datum) * width * (Size) capacity);
	keys->hash = NULL;
	for (int i = 0; i < width; i++)
	{
		keys->typlen[i] = level->columns[columns[i]].typlen;
		keys->typbyval[i] = level->columns[columns[i]].typbyval;
	}
}

/* Makes room for a key behind the last, to be filled and then added. */
static Datum *
next_key(KeySet *keys)
{
	if (keys->nkeys == keys->capacity)
	{
		keys->capacity *= 2;
		keys->values = repalloc_huge(keys->values, sizeof(Datum) * keys->width *
									 (Size) keys->capacity);
	}
	return keys->values + (Size) keys->nkeys * keys->width;
}

/* Adds the key that next_key() was filled with. Returns its index, or its equal's. */
static int
add_key(KeySet *keys, bool *found)
{
	KeyEntry   *entry;

	if (keys->nkeys == 0)
	{
		*found = false;
		return keys->nkeys++;
	}
	if (keys->hash == NULL)
	{
		keys->hash = keyset_create(keys->context, 64, keys);
		keyset_insert(keys->hash, 0, found);
	}
	entry = keyset_insert(keys->hash, keys->nkeys, found);
	if (!*found)
		keys->nkeys++;
	return entry->index;
}

/* ---- rows */

static Size
row_size(const Level *level)
{
	return MAXALIGN(MAXALIGN(sizeof(Row)) + sizeof(Datum) * level->ncolumns +
					sizeof(RowSet) * level->nbranches + sizeof(bool) * level->ncolumns);
}

/* Lays a row out in row_size() bytes; its values and nulls are still to be set. */
static inline Row *
lay_row_out(char *memory, const Level *level)
{
	Row		   *row = (Row *) memory;

	memory += MAXALIGN(sizeof(Row));
	row->values = (Datum *) memory;
	memory += sizeof(Datum) * level->ncolumns;
	row->related = (RowSet *) memory;
	for (int i = 0; i < level->nbranches; i++)
	{
		row->related[i].rows = NULL;
		row->related[i].nrows = 0;
	}
	memory += sizeof(RowSet) * level->nbranches;
	row->nulls = (bool *) memory;
	row->mark = 0;
	row->start = -1;
	return row;
}

/* A row without values and without related rows, allocated in context. */
Row *
make_row(MemoryContext context, const Level *level)
{
	return lay_row_out(MemoryContextAllocZero(context, row_size(level)), level);
}

/* Bytes of a value that is passed by reference; what is toasted stays so. */
static inline Size
value_size(Datum value, const LevelColumn *column)
{
	return column->typlen == -1 ? VARSIZE_ANY(DatumGetPointer(value)) :
		datumGetSize(value, false, column->typlen);
}

static inline bool
is_in_memory_only(Datum value, const LevelColumn *column)
{
	return column->typlen == -1 && VARATT_IS_EXTERNAL(DatumGetPointer(value)) &&
		!VARATT_IS_EXTERNAL_ONDISK(DatumGetPointer(value));
}

/*
 * Where rows are copied to. They are freed all together, so they are laid out
 * one behind the other in blocks, without a header each.
 */
typedef struct RowStore
{
	MemoryContext context;
	char	   *free;			/* in the current block */
	Size		left;			/* bytes there */
	Size		block_size;		/* of the next block */
} RowStore;

#define FIRST_BLOCK_SIZE	1024
#define LAST_BLOCK_SIZE		(512 * 1024)

static char *
allocate_row(RowStore *store, Size size)
{
	char	   *memory;

	if (size > store->left)
	{
		store->left = Max(store->block_size, size);
		store->free = MemoryContextAllocHuge(store->context, store->left);
		store->block_size = Min(store->block_size * 2, LAST_BLOCK_SIZE);
	}
	memory = store->free;
	store->free += size;
	store->left -= size;
	return memory;
}

/* Copies a row of the query, but for its first column, in one piece. */
static Row *
copy_row(RowStore *store, const Level *level, const Datum *values, const bool *nulls)
{
	Size		fixed = row_size(level);
	Size		size = fixed;
	char	   *payload;
	Row		   *row;

	for (int i = 0; i < level->ncolumns; i++)
	{
		const LevelColumn *column = &level->columns[i];

		if (!nulls[i] && !column->typbyval && !is_in_memory_only(values[i], column))
			size += MAXALIGN(value_size(values[i], column));
	}

	payload = allocate_row(store, size);
	row = lay_row_out(payload, level);
	payload += fixed;
	for (int i = 0; i < level->ncolumns; i++)
	{
		const LevelColumn *column = &level->columns[i];

		row->nulls[i] = nulls[i];
		row->values[i] = (Datum) 0;
		if (nulls[i])
			continue;
		if (column->typbyval)
			row->values[i] = values[i];
		else if (is_in_memory_only(values[i], column))
		{
			MemoryContext old = MemoryContextSwitchTo(store->context);

			row->values[i] = datumCopy(values[i], false, -1);
			MemoryContextSwitchTo(old);
		}
		else
		{
			Size		length = value_size(values[i], column);

			memcpy(payload, DatumGetPointer(values[i]), length);
			row->values[i] = PointerGetDatum(payload);
			payload += MAXALIGN(length);
		}
	}
	return row;
}

/* ---- the receiver of a branch's query */

typedef struct RowReceiver
{
	DestReceiver pub;
	const Branch *branch;
	RowStore	store;
	Row		  **rows;			/* as they came */
	int		   *ordinals;		/* of their parents' keys, from 1 on */
	int			nrows;
	int			capacity;
	Row		  **distinct;		/* MANY_TO_MANY: each row once, by identity */
	KeySet		identities;
} RowReceiver;

static void
receiver_startup(DestReceiver *self, int operation, TupleDesc tupdesc)
{
	const Level *level = ((RowReceiver *) self)->branch->child;
	bool		fits = tupdesc->natts == level->ncolumns + 1;

	/* values of another type than was planned for would be misread */
	for (int i = 0; i < level->ncolumns && fits; i++)
		fits = TupleDescAttr(tupdesc, i + 1)->atttypid == level->columns[i].typid;
	if (!fits)
		ereport(ERROR,
				errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				errmsg("a table was altered while its rows were being read"));
}

static bool
receiver_receive(TupleTableSlot *slot, DestReceiver *self)
{
	RowReceiver *receiver = (RowReceiver *) self;
	const Branch *branch = receiver->branch;
	const Level *level = branch->child;
	const Datum *values;
	const bool *nulls;
	Row		   *row;

	CHECK_FOR_INTERRUPTS();
	slot_getallattrs(slot);
	values = slot->tts_values + 1;
	nulls = slot->tts_isnull + 1;

	if (receiver->nrows == receiver->capacity)
	{
		if (receiver->capacity > INT_MAX / 2)
			ereport(ERROR,
					errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
					errmsg("too many related rows"));
		receiver->capacity *= 2;
		receiver->rows = repalloc_huge(receiver->rows,
									   sizeof(Row *) * (Size) receiver->capacity);
		receiver->ordinals = repalloc_huge(receiver->ordinals,
										   sizeof(int) * (Size) receiver->capacity);
		if (receiver->distinct != NULL)
			receiver->distinct = repalloc_huge(receiver->distinct,
											   sizeof(Row *) * (Size) receiver->capacity);
	}

	if (receiver->distinct == NULL)
		row = copy_row(&receiver->store, level, values, nulls);
	else
	{
		KeySet	   *identities = &receiver->identities;
		Datum	   *key = next_key(identities);
		bool		found;
		int			index;

		/* a key that was matched has no nulls */
		for (int i = 0; i < branch->nidentity; i++)
			key[i] = values[branch->identity_columns[i]];
		index = add_key(identities, &found);
		if (!found)
		{
			row = copy_row(&receiver->store, level, values, nulls);
			receiver->distinct[index] = row;
			for (int i = 0; i < branch->nidentity; i++)
				key[i] = row->values[branch->identity_columns[i]];
		}
		row = receiver->distinct[index];
	}
	receiver->rows[receiver->nrows] = row;
	receiver->ordinals[receiver->nrows++] = (int) DatumGetInt64(slot->tts_values[0]);
	return true;
}

static void
receiver_shutdown(DestReceiver *self)
{
}

static void
init_receiver(RowReceiver *receiver, const Branch *branch, MemoryContext context)
{
	const int	capacity = 16;

	memset(receiver, 0, sizeof(RowReceiver));
	receiver->pub.receiveSlot = receiver_receive;
	receiver->pub.rStartup = receiver_startup;
	receiver->pub.rShutdown = receiver_shutdown;
	receiver->pub.rDestroy = receiver_shutdown;
	receiver->pub.mydest = DestNone;
	receiver->branch = branch;
	receiver->store.context = context;
	receiver->store.block_size = FIRST_BLOCK_SIZE;
	receiver->capacity = capacity;
	receiver->rows = palloc(sizeof(Row *) * capacity);
	receiver->ordinals = palloc(sizeof(int) * capacity);
	if (branch->relationship->kind == MANY_TO_MANY)
	{
		receiver->distinct = palloc(sizeof(Row *) * capacity);
		init_key_set(&receiver->identities, branch->child, branch->identity_columns,
					 branch->nidentity, capacity);
	}
}

/* ---- grouping */

static int
compare_rows(const void *a, const void *b, void *arg)
{
	const Row  *left = *(Row *const *) a;
	const Row  *right = *(Row *const *) b;
	SortSupport sort = arg;
	int			result = 0;

	for (; sort->comparator != NULL && result == 0; sort++)
		result = ApplySortComparator(left->values[sort->ssup_attno],
									 left->nulls[sort->ssup_attno],
									 right->values[sort->ssup_attno],
									 right->nulls[sort->ssup_attno], sort);
	return result;
}

/* How to compare rows of a level; ends with one without a comparator. */
static SortSupport
make_sort(const Level *level)
{
	SortSupport sort = palloc0(sizeof(SortSupportData) * (level->norder + 1));

	for (int i = 0; i < level->norder; i++)
	{
		const LevelColumn *column = &level->columns[level->order_columns[i]];
		TypeCacheEntry *type = lookup_type_cache(column->typid, TYPECACHE_LT_OPR);

		/* a type without an order of its own: the rows stay as they came */
		if (!OidIsValid(type->lt_opr))
			return NULL;
		sort[i].ssup_cxt = CurrentMemoryContext;
		sort[i].ssup_collation = column->collation;
		sort[i].ssup_attno = level->order_columns[i];
		PrepareSortSupportFromOrderingOp(type->lt_opr, &sort[i]);
	}
	return level->norder > 0 ? sort : NULL;
}

/* A row that two rows of the junction lead to comes once. */
static void
drop_repeated(RowSet *set, int group)
{
	int			n = 0;

	for (int i = 0; i < set->nrows; i++)
	{
		if (set->rows[i]->mark != group)
		{
			set->rows[i]->mark = group;
			set->rows[n++] = set->rows[i];
		}
	}
	set->nrows = n;
}

/*
 * Puts received rows in groups by ordinal, each in the order of the primary
 * key. Returns a set an ordinal, 0 being the empty one of NULL keys; their
 * arrays of rows are allocated in the receiver's context.
 */
static RowSet *
group_rows(RowReceiver *receiver, int nkeys)
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
		sort = make_sort(branch->child);
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
 * The i'th column of all keys as the query takes it: a single one as it is,
 * more as an array.
 */
static Datum
make_parameter(const Branch *branch, const Level *parent, const KeySet *keys, int i)
{
	Datum	   *elements = MemoryContextAllocHuge(CurrentMemoryContext,
												  sizeof(Datum) * (Size) keys->nkeys);
	int16		typlen;
	bool		typbyval;
	char		typalign;
	FmgrInfo	output;

	if (branch->key_as_text[i])
	{
		Oid			function;
		bool		is_varlena;

		getTypeOutputInfo(parent->columns[branch->key_columns[i]].typid, &function,
						  &is_varlena);
		fmgr_info(function, &output);
	}
	for (int n = 0; n < keys->nkeys; n++)
	{
		elements[n] = keys->values[(Size) n * keys->width + i];
		if (branch->key_as_text[i])
			elements[n] = CStringGetTextDatum(OutputFunctionCall(&output, elements[n]));
	}
	if (keys->nkeys == 1)
		return elements[0];
	get_typlenbyvalalign(branch->key_types[i], &typlen, &typbyval, &typalign);
	return PointerGetDatum(construct_array(elements, keys->nkeys, branch->key_types[i],
										   typlen, typbyval, typalign));
}

/*
 * Makes text tell values of all types exactly, until the returned nest level
 * is ended, as postgres_fdw does for what it sends.
 */
static int
set_exact_text(void)
{
	int			nest_level = NewGUCNestLevel();

	set_config_option("datestyle", "ISO", PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE,
					  true, 0, false);
	set_config_option("intervalstyle", "postgres", PGC_USERSET, PGC_S_SESSION,
					  GUC_ACTION_SAVE, true, 0, false);
	set_config_option("extra_float_digits", "3", PGC_USERSET, PGC_S_SESSION,
					  GUC_ACTION_SAVE, true, 0, false);
	return nest_level;
}

static void
run_query(Branch *branch, const Level *parent, const KeySet *keys, RowReceiver *receiver)
{
	ParamListInfo params = makeParamList(branch->nkeys);
	SPIExecuteOptions options = {0};
	int			nest_level = 0;
	int			result;

	for (int i = 0; i < branch->nkeys && nest_level == 0; i++)
	{
		if (branch->key_as_text[i])
			nest_level = set_exact_text();
	}
	for (int i = 0; i < branch->nkeys; i++)
	{
		params->params[i].value = make_parameter(branch, parent, keys, i);
		params->params[i].isnull = false;
		params->params[i].pflags = PARAM_FLAG_CONST;
		params->params[i].ptype = keys->nkeys == 1 ? branch->key_types[i] :
			branch->array_types[i];
	}
	options.params = params;
	options.read_only = true;
	options.dest = &receiver->pub;
	result = SPI_execute_plan_extended(branch_plan(branch, keys->nkeys), &options);
	if (result < 0)
		elog(ERROR, "SPI_execute_plan_extended failed: %s", SPI_result_code_string(result));
	if (nest_level > 0)
		AtEOXact_GUC(true, nest_level);
}

/* Gives each parent its set of related rows, and those rows theirs. */
static void
load_branch(const Level *level, Branch *branch, Row **parents, int nparents,
			MemoryContext context)
{
	MemoryContext work = AllocSetContextCreate(CurrentMemoryContext, "jsonify branch",
											   ALLOCSET_DEFAULT_SIZES);
	MemoryContext old = MemoryContextSwitchTo(work);
	int		   *ordinals = MemoryContextAllocHuge(work, sizeof(int) * (Size) nparents);
	KeySet		keys;
	RowReceiver receiver;
	RowSet	   *sets;
	Row		  **children;
	int			nchildren;

	init_key_set(&keys, level, branch->key_columns, branch->nkeys, Min(nparents, 1024));
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

	init_receiver(&receiver, branch, context);
	if (keys.nkeys > 0)
	{
		run_query(branch, level, &keys, &receiver);
		/* SPI comes back in a context of its own */
		MemoryContextSwitchTo(work);
	}
	sets = group_rows(&receiver, keys.nkeys);
	for (int i = 0; i < nparents; i++)
		parents[i]->related[branch->number] = sets[ordinals[i]];

	nchildren = receiver.distinct != NULL ? receiver.identities.nkeys : receiver.nrows;
	children = receiver.distinct != NULL ? receiver.distinct : receiver.rows;
	if (branch->child->nbranches > 0 && nchildren > 0)
		load_related(branch->child, children, nchildren, context);
	MemoryContextSwitchTo(old);
	MemoryContextDelete(work);
}

/*
 * Loads what is related to rows of a level, for all of them at once, down to
 * the last level; SPI must be connected. Everything loaded, and the sets that
 * the rows get, is allocated in context. Queries raise what they raise: lack
 * of privileges above all.
 */
void
load_related(const Level *level, Row **rows, int nrows, MemoryContext context)
{
	check_stack_depth();
	for (int i = 0; i < level->nbranches; i++)
		load_branch(level, level->branches[i], rows, nrows, context);
}
