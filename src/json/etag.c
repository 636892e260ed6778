/*
 * etag.c
 *		"@etag": the state of a row, in hexadecimal digits: those of the shape, and
 *		a digest of what the row says by itself and owns.
 *
 * Values count as what they are, not as a document shows them: numbers by their
 * bits, whatever else by its binary form or by its text. Where those would change
 * with settings, with the encoding of the client or from one database to another,
 * as types of users do by their OIDs, they are taken apart, or text is made under
 * settings that pg_dump uses too. So a dump that is restored has the same state.
 *
 * A row is digested as a NULL or a value a column, and then, a branch, the number
 * of its rows and their digests, sorted: in which order they come is not said by
 * them. What is put into a digest tells its own length.
 */
#include "json/internal.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "common/cryptohash.h"
#include "common/sha2.h"
#include "miscadmin.h"
#include "port/pg_bswap.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/memutils.h"
#include "utils/multirangetypes.h"
#include "utils/rangetypes.h"
#include "utils/typcache.h"

typedef struct Digest
{
	uint8		bytes[PG_SHA256_DIGEST_LENGTH];
} Digest;

/* The digests of the rows that one branch leads to. */
typedef struct DigestSet
{
	Digest	   *digests;		/* NULL: there are none */
	int			ndigests;
} DigestSet;

/* An etag, while it is made. */
typedef struct Digester
{
	pg_cryptohash_ctx *hash;	/* of one row at a time */
	MemoryContext context;		/* of sets of digests */
	MemoryContext values;		/* of what becomes of the values of a row */
	int			nest_level;		/* of settings that make text exact; 0: none yet */
	const RecursionFrame *recursion;	/* the innermost, or NULL */
} Digester;

/* Begins every value, so that none is taken for one of another kind. */
typedef enum ValueMark
{
	MARK_NULL,
	MARK_NUMBER,
	MARK_BYTES,
	MARK_ARRAY,
	MARK_RECORD,
	MARK_RANGE,
	MARK_MULTIRANGE
} ValueMark;

pg_noreturn static void
digest_failed(void)
{
	elog(ERROR, "could not compute SHA-256 digest");
}

static pg_cryptohash_ctx *
make_hash(void)
{
	pg_cryptohash_ctx *hash = pg_cryptohash_create(PG_SHA256);

	if (hash == NULL)
		ereport(ERROR,
				errcode(ERRCODE_OUT_OF_MEMORY),
				errmsg("out of memory"));
	return hash;
}

static void
begin_digest(pg_cryptohash_ctx *hash)
{
	if (pg_cryptohash_init(hash) < 0)
		digest_failed();
}

static void
add_bytes(pg_cryptohash_ctx *hash, const void *data, Size length)
{
	if (pg_cryptohash_update(hash, data, length) < 0)
		digest_failed();
}

static void
end_digest(pg_cryptohash_ctx *hash, Digest *digest)
{
	if (pg_cryptohash_final(hash, digest->bytes, sizeof(digest->bytes)) < 0)
		digest_failed();
}

/* A mark and a number: by itself, or of what follows. */
static void
add_number(Digester *digester, ValueMark mark, int64 number)
{
	uint8		bytes[1 + sizeof(uint64)];
	uint64		ordered = pg_hton64((uint64) number);

	bytes[0] = mark;
	memcpy(bytes + 1, &ordered, sizeof(ordered));
	add_bytes(digester->hash, bytes, sizeof(bytes));
}

static void
add_text(Digester *digester, const char *data, Size length)
{
	add_number(digester, MARK_BYTES, length);
	add_bytes(digester->hash, data, length);
}

static void
add_null(Digester *digester)
{
	uint8		mark = MARK_NULL;

	add_bytes(digester->hash, &mark, 1);
}

/* Until end_digester(), text tells the same whatever the caller's settings are. */
static void
use_exact_text(Digester *digester)
{
	static const char *const settings[][2] = {
		{"timezone", "UTC"},
		{"search_path", "pg_catalog"},
		{"quote_all_identifiers", "off"},
		{"bytea_output", "hex"}
	};

	if (digester->nest_level > 0)
		return;
	digester->nest_level = set_exact_text();
	set_settings(settings, lengthof(settings));
}

/* The bits of a number, of any width. */
static int64
number_of(const DigestType *type, Datum value)
{
	switch (type->typlen)
	{
		case 1:
			return DatumGetChar(value);
		case 2:
			return DatumGetInt16(value);
		case 4:
			return DatumGetInt32(value);
		default:
			return DatumGetInt64(value);
	}
}

/* The same of a float: some computed NaN have other bits than the one that is read. */
static int64
float_number(const DigestType *type, Datum value)
{
	if (type->typid == FLOAT4OID)
		return isnan(DatumGetFloat4(value)) ? PG_INT64_MAX : number_of(type, value);
	return isnan(DatumGetFloat8(value)) ? PG_INT64_MAX : number_of(type, value);
}

static void add_value(Digester *digester, const DigestType *type, Datum value);

static void
add_array(Digester *digester, const DigestType *type, Datum value)
{
	ArrayType  *array = DatumGetArrayTypeP(value);
	const DigestType *element = type->element;
	ArrayMetaState state = {
		.element_type = element->typid,
		.typlen = element->typlen,
		.typbyval = element->typbyval,
		.typalign = element->typalign
	};
	ArrayIterator iterator;
	Datum		item;
	bool		isnull;

	add_number(digester, MARK_ARRAY, ARR_NDIM(array));
	for (int i = 0; i < ARR_NDIM(array); i++)
	{
		add_number(digester, MARK_NUMBER, ARR_DIMS(array)[i]);
		add_number(digester, MARK_NUMBER, ARR_LBOUND(array)[i]);
	}
	iterator = array_create_iterator(array, 0, &state);
	while (array_iterate(iterator, &item, &isnull))
	{
		CHECK_FOR_INTERRUPTS();
		if (isnull)
			add_null(digester);
		else
			add_value(digester, element, item);
	}
	array_free_iterator(iterator);
}

static void
add_record(Digester *digester, const DigestType *type, Datum value)
{
	int			natts = type->tupdesc->natts;
	Datum	   *values = palloc(sizeof(Datum) * Max(natts, 1));
	bool	   *nulls = palloc(sizeof(bool) * Max(natts, 1));

	deform_record(DatumGetHeapTupleHeader(value), type->tupdesc, values, nulls);
	add_number(digester, MARK_RECORD, 0);
	for (int i = 0; i < natts; i++)
	{
		/* a column that was dropped is not there any more in a dump */
		if (type->columns[i] == NULL)
			continue;
		if (nulls[i])
			add_null(digester);
		else
			add_value(digester, type->columns[i], values[i]);
	}
}

static void
add_bound(Digester *digester, const DigestType *type, const RangeBound *bound)
{
	if (bound->infinite)
		add_null(digester);
	else
		add_value(digester, type, bound->val);
}

static void
add_range(Digester *digester, const DigestType *type, Datum value)
{
	TypeCacheEntry *typcache = lookup_type_cache(type->typid, TYPECACHE_RANGE_INFO);
	RangeBound	lower;
	RangeBound	upper;
	bool		empty;

	range_deserialize(typcache, DatumGetRangeTypeP(value), &lower, &upper, &empty);
	add_number(digester, MARK_RANGE, empty ? -1 : lower.inclusive * 2 + upper.inclusive);
	if (empty)
		return;
	add_bound(digester, type->element, &lower);
	add_bound(digester, type->element, &upper);
}

static void
add_multirange(Digester *digester, const DigestType *type, Datum value)
{
	TypeCacheEntry *typcache = lookup_type_cache(type->element->typid, TYPECACHE_RANGE_INFO);
	RangeType **ranges;
	int			nranges;

	multirange_deserialize(typcache, DatumGetMultirangeTypeP(value), &nranges, &ranges);
	add_number(digester, MARK_MULTIRANGE, nranges);
	for (int i = 0; i < nranges; i++)
	{
		CHECK_FOR_INTERRUPTS();
		add_range(digester, type->element, RangeTypePGetDatum(ranges[i]));
	}
}

/* What becomes of a value on the way is left in the current memory context. */
static void
add_value(Digester *digester, const DigestType *type, Datum value)
{
	FmgrInfo   *function = unconstify(FmgrInfo *, &type->function);
	struct varlena *bytes;
	char	   *text;

	check_stack_depth();
	switch (type->kind)
	{
		case DIGEST_FIXED:
			add_number(digester, MARK_NUMBER, number_of(type, value));
			break;
		case DIGEST_FLOAT:
			add_number(digester, MARK_NUMBER, float_number(type, value));
			break;
		case DIGEST_BYTES:
			bytes = PG_DETOAST_DATUM_PACKED(value);
			add_text(digester, VARDATA_ANY(bytes), VARSIZE_ANY_EXHDR(bytes));
			break;
		case DIGEST_SENT:
			bytes = SendFunctionCall(function, value);
			add_text(digester, VARDATA(bytes), VARSIZE(bytes) - VARHDRSZ);
			break;
		case DIGEST_PRINTED_EXACTLY:
		case DIGEST_PRINTED:
			if (type->kind == DIGEST_PRINTED_EXACTLY)
				use_exact_text(digester);
			text = OutputFunctionCall(function, value);
			add_text(digester, text, strlen(text));
			break;
		case DIGEST_ARRAY:
			add_array(digester, type, value);
			break;
		case DIGEST_RECORD:
			add_record(digester, type, value);
			break;
		case DIGEST_RANGE:
			add_range(digester, type, value);
			break;
		case DIGEST_MULTIRANGE:
			add_multirange(digester, type, value);
			break;
	}
}

static void
add_columns(Digester *digester, const StateColumn *columns, int ncolumns, const Datum *values,
			const bool *nulls)
{
	MemoryContext old = MemoryContextSwitchTo(digester->values);

	for (int i = 0; i < ncolumns; i++)
	{
		if (nulls[columns[i].column])
			add_null(digester);
		else
			add_value(digester, columns[i].type, values[columns[i].column]);
	}
	MemoryContextSwitchTo(old);
	MemoryContextReset(digester->values);
}

static int
compare_digests(const void *a, const void *b)
{
	CHECK_FOR_INTERRUPTS();
	return memcmp(a, b, sizeof(Digest));
}

static void digest_related_row(Digester *digester, const StateBranch *part, Row *row,
							   Digest *digest);

/* The digests of a set's rows; those of a recursion's that are around it are none of them. */
static DigestSet
digest_rows(Digester *digester, const StateBranch *part, const RowSet *set)
{
	DigestSet	result = {NULL, 0};

	if (set->nrows == 0)
		return result;
	result.digests = MemoryContextAllocHuge(digester->context, sizeof(Digest) * (Size) set->nrows);
	for (int i = 0; i < set->nrows; i++)
	{
		if (!set->rows[i]->writing.on_path)
			digest_related_row(digester, part, set->rows[i], &result.digests[result.ndigests++]);
	}
	qsort(result.digests, result.ndigests, sizeof(Digest), compare_digests);
	return result;
}

/* The same of the next level of a tree, as far as the tree is written. */
static DigestSet
digest_tree(Digester *digester, const StateBranch *part, const RowSet *set)
{
	const Recursion *recursion = part->branch->recursion;
	RecursionFrame frame = {
		.recursion = recursion,
		.depth = recursion_depth(digester->recursion, recursion) + 1,
		.outer = digester->recursion
	};
	DigestSet	result = {NULL, 0};
	bool		was_on_path = false;

	/* what is beyond the last level is not known, and there is nothing */
	if (frame.depth > set->levels)
		return result;
	if (set->twin != NULL)
	{
		was_on_path = set->twin->writing.on_path;
		set->twin->writing.on_path = true;
	}
	digester->recursion = &frame;
	result = digest_rows(digester, part, set);
	digester->recursion = frame.outer;
	if (set->twin != NULL)
		set->twin->writing.on_path = was_on_path;
	return result;
}

/* What a row says by itself, and what it owns. */
static void
digest_row(Digester *digester, const LevelState *state, const Datum *values, const bool *nulls,
		   const RowSet *related, Digest *digest)
{
	DigestSet  *sets = NULL;

	CHECK_FOR_INTERRUPTS();
	check_stack_depth();
	/* there is one hash, and those of the rows below come first */
	if (state->nbranches > 0)
		sets = MemoryContextAlloc(digester->context, sizeof(DigestSet) * state->nbranches);
	for (int i = 0; i < state->nbranches; i++)
	{
		const StateBranch *part = &state->branches[i];

		if (!part->of_parent)
			sets[i] = part->branch->recursion != NULL ?
				digest_tree(digester, part, &related[part->branch->number]) :
				digest_rows(digester, part, &related[part->branch->number]);
	}

	begin_digest(digester->hash);
	add_columns(digester, state->columns, state->ncolumns, values, nulls);
	for (int i = 0; i < state->nbranches; i++)
	{
		const StateBranch *part = &state->branches[i];

		if (part->of_parent)
		{
			add_columns(digester, part->columns, part->ncolumns, values, nulls);
			continue;
		}
		add_number(digester, MARK_ARRAY, sets[i].ndigests);
		if (sets[i].digests == NULL)
			continue;
		add_bytes(digester->hash, sets[i].digests, sizeof(Digest) * (Size) sets[i].ndigests);
		pfree(sets[i].digests);
	}
	end_digest(digester->hash, digest);
	if (sets != NULL)
		pfree(sets);
}

static void
digest_related_row(Digester *digester, const StateBranch *part, Row *row, Digest *digest)
{
	if (part->state == NULL)
	{
		CHECK_FOR_INTERRUPTS();
		begin_digest(digester->hash);
		add_columns(digester, part->columns, part->ncolumns, row->values, row->nulls);
		end_digest(digester->hash, digest);
		return;
	}
	row->writing.on_path = part->branch->child->object.recurses;
	digest_row(digester, part->state, row->values, row->nulls, row->related, digest);
	row->writing.on_path = false;
}

/* Of as many bytes as come out, two a byte, terminated. */
static void
put_digits(const Digest *digest, int ndigits, char *text)
{
	(void) hex_encode((const char *) digest->bytes, ndigits / 2, text);
	text[ndigits] = '\0';
}

static void
make_etag(const LevelState *state, const Datum *values, const bool *nulls,
		  const RowSet *related, const RecursionFrame *recursion, char *text)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "jsonify etag",
												  ALLOCSET_SMALL_SIZES);
	Digester	digester = {
		.hash = make_hash(),
		.context = context,
		.values = AllocSetContextCreate(context, "jsonify etag values", ALLOCSET_SMALL_SIZES),
		.recursion = recursion
	};
	Digest		digest;

	digest_row(&digester, state, values, nulls, related, &digest);
	if (digester.nest_level > 0)
		AtEOXact_GUC(true, digester.nest_level);
	pg_cryptohash_free(digester.hash);
	MemoryContextDelete(context);
	memcpy(text, state->shape, ETAG_SHAPE_LENGTH);
	put_digits(&digest, ETAG_LENGTH - ETAG_SHAPE_LENGTH, text + ETAG_SHAPE_LENGTH);
}

/*
 * The etag of a row whose owned rows are loaded, of a level that has a state: into
 * text, of ETAG_LENGTH + 1 bytes. recursion are the recursions that lead to the row,
 * NULL for none; if the level has some, the rows around it are marked as on_path.
 * Raises what the functions raise that send or print values, and leaves nothing in
 * the current memory context.
 */
void
row_etag(const Level *level, Row *row, const RecursionFrame *recursion, char *text)
{
	bool		was_on_path = row->writing.on_path;

	row->writing.on_path = level->object.recurses;
	make_etag(level->state, row->values, row->nulls, row->related, recursion, text);
	row->writing.on_path = was_on_path;
}

/* The digits that a shape's etags begin with: into text, of ETAG_SHAPE_LENGTH + 1 bytes. */
void
digest_shape(const char *description, char *text)
{
	pg_cryptohash_ctx *hash = make_hash();
	Digest		digest;

	begin_digest(hash);
	add_bytes(hash, description, strlen(description));
	end_digest(hash, &digest);
	pg_cryptohash_free(hash);
	put_digits(&digest, ETAG_SHAPE_LENGTH, text);
}

static void
write_etag(Sink *sink, const Field *field, const Datum *values, const bool *nulls,
		   const RowSet *related)
{
	char		text[ETAG_LENGTH + 1];

	/* the row itself is marked as on its path, if that matters */
	make_etag(field->etag->state, values, nulls, related, sink->recursion, text);
	sink->ops->put_string(sink, text, ETAG_LENGTH);
}

static bool
etag_is_present(Sink *sink, const Field *field, const RowSet *related, bool keep_nulls,
				PresentField *present)
{
	return true;
}

/* The state of the row that the field is of. */
const FieldForm etag_form = {write_etag, etag_is_present};
