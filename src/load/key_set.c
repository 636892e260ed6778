/*
 * key_set.c
 *		Distinct keys of rows, compared as images: equal ones of different images
 *		are found twice at worst.
 */
#include "load/internal.h"

#include "common/hashfn.h"
#include "miscadmin.h"
#include "utils/datum.h"

/* Where a key of a set is, in its hash table. */
typedef struct KeySlot
{
	int			index;			/* of the key in its KeySet */
	uint32		hash;
	char		status;
} KeySlot;

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
columns_are_equal(const KeySet *keys, int a, int b, int column)
{
	Datum		left = keys->values[(Size) a * keys->width + column];
	Datum		right = keys->values[(Size) b * keys->width + column];

	return keys->typbyval[column] ? left == right :
		datum_image_eq(left, right, false, keys->typlen[column]);
}

static bool
keys_are_equal(const KeySet *keys, int a, int b)
{
	for (int i = 0; i < keys->width; i++)
	{
		if (!columns_are_equal(keys, a, b, i))
			return false;
	}
	return true;
}

#define SH_PREFIX keyset
#define SH_ELEMENT_TYPE KeySlot
#define SH_KEY_TYPE int
#define SH_KEY index
#define SH_HASH_KEY(table, key) hash_key((const KeySet *) (table)->private_data, key)
#define SH_EQUAL(table, a, b) keys_are_equal((const KeySet *) (table)->private_data, a, b)
#define SH_STORE_HASH
#define SH_GET_HASH(table, slot) (slot)->hash
#define SH_SCOPE static inline
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"

/*
 * Starts a set of keys of width columns, which are those of a level's rows, in
 * the current memory context.
 */
void
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
Datum *
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

/*
 * Adds the key that next_key() was filled with. Returns its index; or, *found, that
 * of its equal, and then the room is used again.
 */
int
add_key(KeySet *keys, bool *found)
{
	KeySlot    *slot;

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
	slot = keyset_insert(keys->hash, keys->nkeys, found);
	if (!*found)
		keys->nkeys++;
	return slot->index;
}

/* Whether all keys of a set have the same value in a column. */
bool
keys_share(const KeySet *keys, int column)
{
	for (int i = 1; i < keys->nkeys; i++)
	{
		CHECK_FOR_INTERRUPTS();
		if (!columns_are_equal(keys, 0, i, column))
			return false;
	}
	return true;
}
