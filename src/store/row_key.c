/*
 * row_key.c
 *		The key by which a row of a document is recognized: by what the document says, by
 *		the row that it stands in, or the one that it links to. And of a row that is there;
 *		and rows in the order of their keys.
 */
#include "store/internal.h"

#include "miscadmin.h"
#include "port/pg_bswap.h"
#include "utils/lsyscache.h"

/*
 * Columns of a row that is there, palloc'd or the row's own; NULL if they are none, or
 * one of them is NULL.
 */
Datum *
row_columns(const Row *row, const int *columns, int ncolumns)
{
	Datum	   *key;

	if (ncolumns == 1)
		return row->nulls[columns[0]] ? NULL : &row->values[columns[0]];
	key = ncolumns > 0 ? palloc(sizeof(Datum) * ncolumns) : NULL;
	for (int i = 0; i < ncolumns; i++)
	{
		if (row->nulls[columns[i]])
			return NULL;
		key[i] = row->values[columns[i]];
	}
	return key;
}

/* The identity of a row of a stage, as row_columns() has it. */
Datum *
row_identity(const Stage *stage, const Row *row)
{
	const RowRule *rule = stage->level->rule;

	return row_columns(row, rule->identity_columns, rule->nidentity);
}

/* Whether the rows of two levels are recognized by the same columns. */
bool
has_same_keys(const StoreLevel *a, const StoreLevel *b)
{
	return a->rule->nkeys == b->rule->nkeys &&
		memcmp(a->rule->keys, b->rule->keys, sizeof(AttrNumber) * a->rule->nkeys) == 0;
}

/* The foreign key that a stage's rows are related by. */
static const ForeignKey *
stage_key(const Stage *stage)
{
	return stage->relation->branch->relationship->key;
}

/* A row of which only that can be told which is wrong with it. */
void
lose_row(DocRow *row)
{
	row->is_lost = true;
	row->failed = true;
}

/* Notes that a row is not there, with what to do about it, or NULL; of one that is to be deleted nothing. */
void
not_found(Store *store, DocRow *row, const char *hint)
{
	/* what is to be deleted, and is gone, is as it should be */
	if (!row->asks_delete)
		add_full_error(store, row, NIL, ERROR_NOT_FOUND, "there is no such row")->hint = hint;
	lose_row(row);
}

static bool
read_item_key(Store *store, DocRow *row, int i, const KeySource *source)
{
	bool		isnull;

	if (row->value == NULL &&
		(row->given[source->item] == NULL || row->given[source->item]->type == jbvNull))
		return false;
	if (read_item(store, row, source->item, NULL, NULL, &row->key[i], &isnull))
		return !isnull;
	/* which row it is cannot be told */
	lose_row(row);
	return false;
}

/* Makes a column of a row's key, of that of another one, the row's own; without it the row cannot be told. */
static bool
fits_key(Store *store, DocRow *row, int i, const ForeignKey *key, const DocRow *other,
		 const KeySource *source)
{
	if (fit_key_value(store, row, other, key, source->column, &row->key[i]))
		return true;
	lose_row(row);
	return false;
}

/*
 * A column of the parent's, as the row's own type: as it is there, for the rows that are
 * there have it so, be it that the document changes it.
 */
static bool
read_parent_key(Store *store, DocRow *row, int i, const KeySource *source)
{
	const Stage *stage = row->stage;
	const ForeignKey *key = stage_key(stage);
	const Row  *parent = row->parent->row;
	int			column;

	if (parent == NULL)
		return false;
	column = level_attribute(stage->parent->level->level, key->referenced_attnums[source->column]);
	if (parent->nulls[column])
		return false;
	row->key[i] = parent->values[column];
	return fits_key(store, row, i, key, row->parent, source);
}

/* A column of the row that a to-one relation of this one links to. */
static bool
read_link_key(Store *store, DocRow *row, int i, const KeySource *source)
{
	const StoreLevel *level = row->stage->level;
	const StoreRelation *relation = level->items[source->item].relation;
	const ForeignKey *key = relation->branch->relationship->key;
	DocRow	   *target = row->targets[source->item];
	const JsonbValue *given = row->given[source->item];
	Datum		value;
	bool		isnull;

	/* a link that is taken out, and is not there, is not wrong by itself */
	if (target != NULL && target->is_lost && target->asks_delete && !row->is_lost && !row->asks_delete)
		add_error(store, row, item_steps(level, source->item), ERROR_REQUIRED,
				  "the link that tells which row this is leads to none");
	/* where the link leads nowhere, it cannot be told which row this is */
	if (target != NULL ? target->is_lost : given != NULL && given->type != jbvNull)
		lose_row(row);
	if (target == NULL || target->row == NULL ||
		!row_value(target, key->referenced_attnums[source->column], &value, &isnull) || isnull)
		return false;
	row->key[i] = value;
	return fits_key(store, row, i, key, target, source);
}

static bool
read_key_column(Store *store, DocRow *row, int i)
{
	const KeySource *source = &row->stage->level->sources[i];

	switch (source->kind)
	{
		case KEY_ITEM:
			return read_item_key(store, row, i, source);
		case KEY_PARENT:
			return read_parent_key(store, row, i, source);
		case KEY_LINK:
			return read_link_key(store, row, i, source);
	}
	return false;
}

/* Reads the key of a row that a document says, if it gives all of it. */
void
read_key(Store *store, DocRow *row)
{
	const StoreLevel *level = row->stage->level;

	row->has_key = row->has_own_key = level->can_match;
	for (int i = 0; i < level->rule->nkeys && level->can_match; i++)
	{
		if (read_key_column(store, row, i))
			continue;
		row->has_key = false;
		/* a new parent's key is not made as yet */
		row->has_own_key &= level->sources[i].kind == KEY_PARENT && row->parent->row == NULL;
	}
}

/* ---- in the order of their keys */

/* A row that is sorted, with what the first column of its key begins with. */
typedef struct KeyedRow
{
	uint64		prefix;
	const DocRow *row;
} KeyedRow;

/* The bytes of a value that is none itself; of one that is kept elsewhere, or compressed, none. */
static const char *
value_bytes(const LevelColumn *column, Datum value, Size *size)
{
	const char *bytes = DatumGetPointer(value);

	if (column->typlen == -1)
	{
		*size = VARATT_IS_EXTERNAL(bytes) || VARATT_IS_COMPRESSED(bytes) ? 0 : VARSIZE_ANY_EXHDR(bytes);
		return VARDATA_ANY(bytes);
	}
	*size = column->typlen == -2 ? strlen(bytes) : column->typlen;
	return bytes;
}

static const LevelColumn *
key_column(const StoreLevel *level, int i)
{
	return &level->level->columns[level->rule->key_columns[i]];
}

/* Compares as the prefixes of values do. */
static uint64
value_prefix(const LevelColumn *column, Datum value)
{
	uint64		prefix = 0;
	Size		size;
	const char *bytes;

	if (column->typbyval)
		return (uint64) value;
	bytes = value_bytes(column, value, &size);
	memcpy(&prefix, bytes, Min(size, sizeof(prefix)));
	return pg_ntoh64(prefix);
}

static int
compare_values(const LevelColumn *column, Datum left, Datum right)
{
	Size		left_size;
	Size		right_size;
	const char *left_bytes;
	const char *right_bytes;
	int			compared;

	if (column->typbyval)
		return left < right ? -1 : left > right;
	left_bytes = value_bytes(column, left, &left_size);
	right_bytes = value_bytes(column, right, &right_size);
	compared = memcmp(left_bytes, right_bytes, Min(left_size, right_size));
	return compared != 0 ? compared : left_size < right_size ? -1 : left_size > right_size;
}

static int
compare_keys(const void *left, const void *right)
{
	const KeyedRow *a = left;
	const KeyedRow *b = right;
	const StoreLevel *level = a->row->stage->level;
	int			compared = a->prefix < b->prefix ? -1 : a->prefix > b->prefix;

	CHECK_FOR_INTERRUPTS();
	for (int i = 0; i < level->rule->nkeys && compared == 0; i++)
		compared = compare_values(key_column(level, i), a->row->key[i], b->row->key[i]);
	return compared;
}

/*
 * Puts rows of a stage in the order of their keys, behind those that have none as yet, so
 * that of two calls which insert the same ones in different orders only one waits for
 * the other. The order is that of bytes, for any order will do, and types may have none.
 */
void
sort_by_key(DocRow **rows, int nrows)
{
	KeyedRow   *keyed;
	int			nkeyed = 0;
	int			nothers = 0;

	for (int i = 0; i < nrows; i++)
		nkeyed += rows[i]->has_key;
	if (nkeyed < 2 || rows[0]->stage->level->rule->nkeys == 0)
		return;
	keyed = MemoryContextAllocHuge(CurrentMemoryContext, sizeof(KeyedRow) * (Size) nkeyed);
	nkeyed = 0;
	for (int i = 0; i < nrows; i++)
	{
		if (!rows[i]->has_key)
			rows[nothers++] = rows[i];
		else
		{
			keyed[nkeyed].prefix = value_prefix(key_column(rows[i]->stage->level, 0), rows[i]->key[0]);
			keyed[nkeyed++].row = rows[i];
		}
	}
	qsort(keyed, nkeyed, sizeof(KeyedRow), compare_keys);
	for (int i = 0; i < nkeyed; i++)
		rows[nothers + i] = unconstify(DocRow *, keyed[i].row);
	pfree(keyed);
}
