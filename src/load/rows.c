/*
 * rows.c
 *		Rows in memory: how they are laid out, made of values, and received
 *		from queries, whose rows are copied once, to where they stay until the
 *		documents are written.
 */
#include "load/internal.h"

#include "access/tupconvert.h"
#include "access/tupdesc.h"
#include "executor/tuptable.h"
#include "miscadmin.h"
#include "utils/datum.h"
#include "utils/lsyscache.h"
#include "utils/typcache.h"

/*
 * A composite value as one of the type that it was declared to be, palloc'd if it says to
 * be of another: where Citus reads a shard in the session itself, its rows pass for those of
 * the table, which may have dropped columns. Raises ERRCODE_DATATYPE_MISMATCH if the columns
 * are not the same.
 */
static HeapTupleHeader
convert_record(HeapTupleHeader header, TupleDesc tupdesc)
{
	Oid			typid = HeapTupleHeaderGetTypeId(header);
	int32		typmod = HeapTupleHeaderGetTypMod(header);
	TupleDesc	from;
	TupleConversionMap *map;
	HeapTupleData tuple;
	Datum		result;

	if (likely(typid == tupdesc->tdtypeid) || tupdesc->tdtypeid == RECORDOID ||
		(typid == RECORDOID && typmod < 0))
		return header;
	from = lookup_rowtype_tupdesc(typid, typmod);
	map = convert_tuples_by_position(from, tupdesc,
									 gettext_noop("a value is not of the row type that it was declared to be"));
	tuple.t_len = HeapTupleHeaderGetDatumLength(header);
	ItemPointerSetInvalid(&tuple.t_self);
	tuple.t_tableOid = InvalidOid;
	tuple.t_data = header;
	result = heap_copy_tuple_as_datum(map == NULL ? &tuple : execute_attr_map_tuple(&tuple, map),
									  tupdesc);
	ReleaseTupleDesc(from);
	return DatumGetHeapTupleHeader(result);
}

/* Takes a composite value apart; the values point into it, or what convert_record() makes of it. */
void
deform_record(HeapTupleHeader header, TupleDesc tupdesc, Datum *values, bool *nulls)
{
	HeapTupleData tuple;

	header = convert_record(header, tupdesc);
	tuple.t_len = HeapTupleHeaderGetDatumLength(header);
	ItemPointerSetInvalid(&tuple.t_self);
	tuple.t_tableOid = InvalidOid;
	tuple.t_data = header;
	heap_deform_tuple(&tuple, tupdesc, values, nulls);
}

/* A field of a composite value, which it points into if that is not toasted; false of NULL. */
bool
get_field(const Extraction *extraction, Datum value, Datum *field)
{
	HeapTupleData tuple;
	bool		isnull;

	tuple.t_data = convert_record(DatumGetHeapTupleHeader(value), extraction->tupdesc);
	tuple.t_len = HeapTupleHeaderGetDatumLength(tuple.t_data);
	ItemPointerSetInvalid(&tuple.t_self);
	tuple.t_tableOid = InvalidOid;
	*field = heap_getattr(&tuple, extraction->attnum, extraction->tupdesc, &isnull);
	return !isnull;
}

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
	memset(row->related, 0, sizeof(RowSet) * level->nbranches);
	memory += sizeof(RowSet) * level->nbranches;
	row->nulls = (bool *) memory;
	row->group = 0;
	row->writing.on_path = false;
	memset(&row->writing.as, 0, sizeof(row->writing.as));
	return row;
}

/* A row of a level that is NULL all over, for the caller to fill; allocated in context. */
Row *
make_empty_row(MemoryContext context, const Level *level)
{
	Row		   *row = lay_row_out(MemoryContextAllocZero(context, row_size(level)), level);

	memset(row->nulls, true, sizeof(bool) * level->ncolumns);
	return row;
}

typedef struct FunctionCall
{
	FunctionCallInfo fcinfo;
	Datum		result;
} FunctionCall;

static void
invoke_function(void *arg)
{
	FunctionCall *call = arg;

	call->result = FunctionCallInvoke(call->fcinfo);
}

/* Calls a function that computes a field: it must not write. */
static Datum
compute_field(FmgrInfo *function, Datum row, bool *isnull)
{
	LOCAL_FCINFO(fcinfo, 1);
	FunctionCall call;

	InitFunctionCallInfoData(*fcinfo, function, 1, InvalidOid, NULL, NULL);
	fcinfo->args[0].value = row;
	fcinfo->args[0].isnull = false;
	call.fcinfo = fcinfo;
	call_read_only(invoke_function, &call);
	*isnull = fcinfo->isnull;
	return call.result;
}

/*
 * The value of a column that a function computes, in context. A function in C may
 * leave anything behind: that goes at once, for a batch may be of any size.
 */
static Datum
compute_column(MemoryContext context, const LevelColumn *column, FmgrInfo *function,
			   Datum row, bool *isnull)
{
	MemoryContext work = AllocSetContextCreate(CurrentMemoryContext, "jsonify computed field",
											   ALLOCSET_DEFAULT_SIZES);
	MemoryContext old = MemoryContextSwitchTo(work);
	Datum		value = compute_field(function, row, isnull);

	MemoryContextSwitchTo(context);
	value = *isnull ? (Datum) 0 : datumCopy(value, column->typbyval, column->typlen);
	MemoryContextSwitchTo(old);
	MemoryContextDelete(work);
	return value;
}

/* A value of a shard's row type as the row of its table, palloc'd. */
static Datum
make_table_row(const Level *level, HeapTupleHeader header)
{
	HeapTupleData tuple;

	tuple.t_len = HeapTupleHeaderGetDatumLength(header);
	ItemPointerSetInvalid(&tuple.t_self);
	tuple.t_tableOid = InvalidOid;
	tuple.t_data = header;
	return heap_copy_tuple_as_datum(level->row_map == NULL ? &tuple :
									execute_attr_map_tuple(&tuple, level->row_map),
									level->row_tupdesc);
}

/*
 * The row of a level of values, with what is computed of it, but without
 * related rows. It is allocated in context, and points into the value, which
 * header is, detoasted.
 */
Row *
make_value_row(MemoryContext context, const Level *level, HeapTupleHeader header,
			   FunctionResolver resolve_function, void *resolver_arg)
{
	Row		   *row = lay_row_out(MemoryContextAllocZero(context, row_size(level)), level);
	MemoryContext old = MemoryContextSwitchTo(context);
	Datum		value;
	Datum		argument;

	header = convert_record(header, level->tupdesc);
	MemoryContextSwitchTo(old);
	value = PointerGetDatum(header);
	argument = level->row_tupdesc == NULL ? value : make_table_row(level, header);
	deform_record(header, level->tupdesc, row->values, row->nulls);
	for (int i = level->tupdesc->natts; i < level->ncolumns; i++)
	{
		const LevelColumn *column = &level->columns[i];

		if (OidIsValid(column->function))
			row->values[i] = compute_column(context, column,
											resolve_function(resolver_arg, column->function),
											argument, &row->nulls[i]);
		else
			row->values[i] = value;
	}
	return row;
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

#define FIRST_BLOCK_SIZE	1024
#define LAST_BLOCK_SIZE		(512 * 1024)

/* Without any rows; what is allocated is memory of context. */
void
begin_row_store(RowStore *store, MemoryContext context)
{
	store->context = context;
	store->free = NULL;
	store->left = 0;
	store->block_size = FIRST_BLOCK_SIZE;
}

/* Bytes for a row, not zeroed, aligned for whatever it has. */
char *
allocate_row(RowStore *store, Size size)
{
	char	   *memory;

	size = MAXALIGN(size);
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

static void
receiver_startup(DestReceiver *self, int operation, TupleDesc tupdesc)
{
	const RowReceiver *receiver = (RowReceiver *) self;
	const Level *level = receiver->level;
	int			first = receiver->branch != NULL ? 1 : 0;
	bool		fits = tupdesc->natts == level->ncolumns + first;

	if (receiver->branch != NULL)
		end_planning();
	/* values of another type than was planned for would be misread */
	for (int i = 0; i < level->ncolumns && fits; i++)
	{
		Oid			typid = TupleDescAttr(tupdesc, i + first)->atttypid;

		/* where it is not asked for it is a NULL of what a domain is over */
		fits = typid == level->columns[i].typid ||
			(level->columns[i].only_ordered && typid == getBaseType(level->columns[i].typid));
	}
	if (!fits)
		ereport(ERROR,
				errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				errmsg("a table was altered while its rows were being read"));
}

/* Room for one more row, and what goes with it. */
static void
reserve_row(RowReceiver *receiver)
{
	if (receiver->nrows < receiver->capacity)
		return;
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

static bool
receiver_receive(TupleTableSlot *slot, DestReceiver *self)
{
	RowReceiver *receiver = (RowReceiver *) self;
	const Branch *branch = receiver->branch;
	const Level *level = receiver->level;
	int			first = branch != NULL ? 1 : 0;
	const Datum *values;
	const bool *nulls;
	Row		   *row;

	CHECK_FOR_INTERRUPTS();
	slot_getallattrs(slot);
	values = slot->tts_values + first;
	nulls = slot->tts_isnull + first;
	reserve_row(receiver);

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
	receiver->ordinals[receiver->nrows++] = branch == NULL ? 0 :
		(int) DatumGetInt64(slot->tts_values[0]);
	return true;
}

static void
receiver_shutdown(DestReceiver *self)
{
}

/*
 * A receiver of the rows of a level, which are copied to memory of context;
 * itself it is palloc'd in the current memory context. branch is the one that
 * they are related by; NULL for a root.
 */
RowReceiver *
make_receiver(const Level *level, const Branch *branch, MemoryContext context)
{
	const int	capacity = 16;
	RowReceiver *receiver = palloc0(sizeof(RowReceiver));

	receiver->pub.receiveSlot = receiver_receive;
	receiver->pub.rStartup = receiver_startup;
	receiver->pub.rShutdown = receiver_shutdown;
	receiver->pub.rDestroy = receiver_shutdown;
	receiver->pub.mydest = DestNone;
	receiver->level = level;
	receiver->branch = branch;
	begin_row_store(&receiver->store, context);
	receiver->capacity = capacity;
	receiver->rows = palloc(sizeof(Row *) * capacity);
	receiver->ordinals = palloc(sizeof(int) * capacity);
	if (branch != NULL && branch->relationship->kind == MANY_TO_MANY && !level->is_aggregate &&
		level->ngrouped == 0)
	{
		receiver->distinct = palloc(sizeof(Row *) * capacity);
		init_key_set(&receiver->identities, level, branch->identity_columns,
					 branch->nidentity, capacity);
	}
	return receiver;
}

/* The rows that were received, each once, and how many there are. */
Row **
receiver_rows(RowReceiver *receiver, int *nrows)
{
	*nrows = receiver->distinct != NULL ? receiver->identities.nkeys : receiver->nrows;
	return receiver->distinct != NULL ? receiver->distinct : receiver->rows;
}
