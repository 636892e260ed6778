/*
 * key_map.c
 *		Maps from the keys of rows, which are the same where their types' own
 *		equality says so: what a unique index would take for one.
 */
#include "store/internal.h"

#include "catalog/pg_type.h"
#include "common/hashfn.h"
#include "utils/datum.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/typcache.h"

typedef struct KeyColumn
{
	Oid			typid;
	Oid			collation;
	FmgrInfo   *equal;			/* NULL: a type without equality, compared as an image */
	FmgrInfo   *hash;			/* NULL: a type without; or none that can be used */
	int16		typlen;
	bool		typbyval;
} KeyColumn;

typedef struct KeySlot
{
	Datum	   *key;
	void	   *value;
	uint32		hash;
	char		status;
} KeySlot;

struct KeyMap
{
	MemoryContext context;
	int			width;
	bool		is_integer;		/* one column, whose values are the same where their bits are */
	struct keymap_hash *hash;	/* NULL until there is something in it */
	bool		is_ready;		/* how its columns are compared is known */
	KeyColumn	columns[FLEXIBLE_ARRAY_MEMBER];
};

/* The bits of a value; those beyond them in a Datum are anything, as of hashtext(). */
static inline uint64
integer_bits(const KeyMap *map, Datum value)
{
	switch (map->columns[0].typlen)
	{
		case 2:
			return (uint16) value;
		case 4:
			return (uint32) value;
		default:
			return (uint64) value;
	}
}

static uint32
hash_map_key(const KeyMap *map, const Datum *key)
{
	uint32		hash = 0;

	if (map->is_integer)
	{
		uint64		bits = integer_bits(map, key[0]);

		return hash_combine(murmurhash32((uint32) bits), murmurhash32((uint32) (bits >> 32)));
	}
	for (int i = 0; i < map->width; i++)
	{
		const KeyColumn *column = &map->columns[i];
		uint32		part = 0;

		/* values that are the same may have other images, so those are not hashed */
		if (column->hash != NULL)
			part = DatumGetUInt32(FunctionCall1Coll(column->hash, column->collation, key[i]));
		hash = hash_combine(hash, part);
	}
	return hash;
}

static bool
map_keys_are_equal(const KeyMap *map, const Datum *left, const Datum *right)
{
	if (map->is_integer)
		return integer_bits(map, left[0]) == integer_bits(map, right[0]);
	for (int i = 0; i < map->width; i++)
	{
		const KeyColumn *column = &map->columns[i];

		if (column->equal != NULL ?
			!DatumGetBool(FunctionCall2Coll(column->equal, column->collation, left[i], right[i])) :
			!datum_image_eq(left[i], right[i], column->typbyval, column->typlen))
			return false;
	}
	return true;
}

#define SH_PREFIX keymap
#define SH_ELEMENT_TYPE KeySlot
#define SH_KEY_TYPE Datum *
#define SH_KEY key
#define SH_HASH_KEY(table, key) hash_map_key((const KeyMap *) (table)->private_data, key)
#define SH_EQUAL(table, a, b) map_keys_are_equal((const KeyMap *) (table)->private_data, a, b)
#define SH_STORE_HASH
#define SH_GET_HASH(table, slot) (slot)->hash
#define SH_SCOPE static inline
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"

static bool
is_integer(const KeyColumn *column)
{
	Oid			equal = column->equal == NULL ? InvalidOid : column->equal->fn_oid;

	return column->typbyval &&
		(equal == F_INT2EQ || equal == F_INT4EQ || equal == F_INT8EQ || equal == F_OIDEQ);
}

static void
set_key_column(KeyColumn *column, Oid typid, Oid collation)
{
	TypeCacheEntry *type = lookup_type_cache(getBaseType(typid), TYPECACHE_EQ_OPR_FINFO |
											 TYPECACHE_HASH_PROC_FINFO);

	column->typid = typid;
	column->collation = collation;
	column->equal = OidIsValid(type->eq_opr_finfo.fn_oid) ? &type->eq_opr_finfo : NULL;
	column->hash = OidIsValid(type->hash_proc_finfo.fn_oid) ? &type->hash_proc_finfo : NULL;
	get_typlenbyval(typid, &column->typlen, &column->typbyval);
}

/* Most maps of a small call stay empty, and are asked for nothing: how keys compare is looked up late. */
static void
make_ready(KeyMap *map)
{
	if (map->is_ready)
		return;
	for (int i = 0; i < map->width; i++)
		set_key_column(&map->columns[i], map->columns[i].typid, map->columns[i].collation);
	map->is_integer = map->width == 1 && is_integer(&map->columns[0]);
	map->is_ready = true;
}

/* Room for the first keys of a map. */
static struct keymap_hash *
map_hash(KeyMap *map)
{
	make_ready(map);
	if (map->hash == NULL)
		map->hash = keymap_create(map->context, 8, map);
	return map->hash;
}

/* An empty map from keys of width columns, in a memory context. */
KeyMap *
make_key_map(MemoryContext context, int width, const Oid *typids, const Oid *collations)
{
	KeyMap	   *map = MemoryContextAllocZero(context, offsetof(KeyMap, columns) + sizeof(KeyColumn) * width);

	map->context = context;
	map->width = width;
	for (int i = 0; i < width; i++)
	{
		map->columns[i].typid = typids[i];
		map->columns[i].collation = collations[i];
	}
	return map;
}

/* The same for columns of a table, in the order of their numbers. */
KeyMap *
make_attnum_map(MemoryContext context, TupleDesc tupdesc, const Bitmapset *attnums)
{
	Oid			typids[INDEX_MAX_KEYS * 2];
	Oid			collations[INDEX_MAX_KEYS * 2];
	int			attnum = -1;
	int			n = 0;

	Assert(bms_num_members(attnums) <= lengthof(typids));
	while ((attnum = bms_next_member(attnums, attnum)) >= 0)
	{
		typids[n] = TupleDescAttr(tupdesc, attnum - 1)->atttypid;
		collations[n++] = TupleDescAttr(tupdesc, attnum - 1)->attcollation;
	}
	return make_key_map(context, n, typids, collations);
}

/* The same for the columns of a foreign key that lead to others. */
KeyMap *
make_foreign_key_map(MemoryContext context, const ForeignKey *key)
{
	Oid			typids[INDEX_MAX_KEYS];
	Oid			collations[INDEX_MAX_KEYS];

	for (int i = 0; i < key->nkeys; i++)
	{
		typids[i] = key->types[i].typid;
		collations[i] = key->types[i].collation;
	}
	return make_key_map(context, key->nkeys, typids, collations);
}

/* The same from one or two pointers, as pointer_key() has them. */
KeyMap *
make_pointer_map(MemoryContext context, int width)
{
	static const Oid typids[] = {INT8OID, INT8OID};
	static const Oid collations[] = {InvalidOid, InvalidOid};

	return make_key_map(context, width, typids, collations);
}

/* A pointer as what an INT8OID column of a key has. */
Datum
pointer_key(const void *pointer)
{
	return Int64GetDatum((int64) (uintptr_t) pointer);
}

/* A key of a map from two pointers, palloc'd. */
Datum *
two_pointers(Datum left, Datum right)
{
	Datum	   *key = palloc(sizeof(Datum) * 2);

	key[0] = left;
	key[1] = right;
	return key;
}

/* Notes a pointer in a map from those; whether it was not there before. */
bool
is_first(KeyMap *seen, const void *pointer)
{
	Datum	   *key = palloc(sizeof(Datum));
	bool		found;

	key[0] = pointer_key(pointer);
	(void) add_to_map(seen, key, &found);
	return !found;
}

/* The same for columns of a level. */
KeyMap *
make_level_map(MemoryContext context, const Level *level, const int *columns, int width)
{
	Oid			typids[INDEX_MAX_KEYS];
	Oid			collations[INDEX_MAX_KEYS];

	for (int i = 0; i < width; i++)
	{
		typids[i] = level->columns[columns[i]].typid;
		collations[i] = level->columns[columns[i]].collation;
	}
	return make_key_map(context, width, typids, collations);
}

/* Whether a map has two keys, which may be NULL, for the same. */
bool
are_same_keys(const KeyMap *map, const Datum *left, const Datum *right)
{
	if (left == NULL || right == NULL)
		return false;
	make_ready(unconstify(KeyMap *, map));
	return map_keys_are_equal(map, left, right);
}

/* Makes room for that many keys, for a map of which more are not likely. */
void
expect_in_map(KeyMap *map, int nkeys)
{
	struct keymap_hash *hash = map_hash(map);
	uint64		members = (uint64) hash->members + nkeys;

	if (members > hash->grow_threshold)
		keymap_grow(hash, (uint64) (members / 0.9) + 1);
}

/* What was added for a key; NULL if nothing was. */
void *
find_in_map(const KeyMap *map, const Datum *key)
{
	KeySlot    *slot = map->hash == NULL ? NULL : keymap_lookup(map->hash, unconstify(Datum *, key));

	return slot == NULL ? NULL : slot->value;
}

/*
 * Where the value for a key is, which is the caller's to set unless it was *found. The
 * key must stay where it is. The place is good until the next key is added.
 */
void **
add_to_map(KeyMap *map, Datum *key, bool *found)
{
	KeySlot    *slot = keymap_insert(map_hash(map), key, found);

	if (!*found)
		slot->value = NULL;
	return &slot->value;
}

/* Whether two values, which are not NULL, are the same by their type's equality. */
bool
same_value(Oid typid, Oid collation, Datum left, Datum right)
{
	KeyColumn	column;

	set_key_column(&column, typid, collation);
	return column.equal != NULL ?
		DatumGetBool(FunctionCall2Coll(column.equal, column.collation, left, right)) :
		datum_image_eq(left, right, column.typbyval, column.typlen);
}
