/*
 * nested.c
 *		Rows within values - in a column, an array, a record - whose table has
 *		a default shape with related rows. They are found before anything is
 *		written, so that what is related to all of them is loaded at once.
 *
 * A row is found again, when it is written, by where its datum lies in memory.
 * What has to be detoasted on the way there is kept, and found in the same way:
 * detoasted anew it would lie elsewhere. A row that is not found was made while
 * writing, by a function; Sink.load_row is for those.
 */
#include "load/internal.h"

#include "common/hashfn.h"
#include "miscadmin.h"

/* What was noted of a value. */
typedef struct NestedValue
{
	const void *value;			/* the datum, as it was met */
	Row		   *row;			/* what was made of a row, */
	const Level *level;			/* as one of this; or */
	Datum		copy;			/* what it is detoasted, */
	const ValueType *type;		/* and of an anonymous record what it is */
	char		status;
} NestedValue;

#define SH_PREFIX nested
#define SH_ELEMENT_TYPE NestedValue
#define SH_KEY_TYPE const void *
#define SH_KEY value
#define SH_HASH_KEY(table, key) murmurhash32((uint32) ((uintptr_t) (key) >> 3))
#define SH_EQUAL(table, a, b) ((a) == (b))
#define SH_SCOPE static inline
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"

/* Without any rows, allocated in context, as all that it will hold. */
Nested *
nested_begin(MemoryContext context, TypeResolver resolve_type,
			 FunctionResolver resolve_function, void *resolver_arg)
{
	Nested	   *nested = MemoryContextAllocZero(context, sizeof(Nested));

	nested->context = context;
	nested->resolve_type = resolve_type;
	nested->resolve_function = resolve_function;
	nested->resolver_arg = resolver_arg;
	return nested;
}

/* The params of the rows that follow: the bytes of a jsonb, or NULL. */
void
nested_set_params(Nested *nested, const char *params)
{
	nested->params = params;
}

/* What is noted of a datum, and whether it was before. */
static NestedValue *
add_nested(Nested *nested, Datum value, bool *found)
{
	NestedValue *noted;

	if (nested->hash == NULL)
		nested->hash = nested_create(nested->context, 64, NULL);
	noted = nested_insert(nested->hash, DatumGetPointer(value), found);
	if (!*found)
	{
		noted->row = NULL;
		noted->level = NULL;
		noted->copy = (Datum) 0;
		noted->type = NULL;
	}
	return noted;
}

/* Notes what a datum is detoasted, if that is not itself. Returns that. */
Datum
nested_keep(Nested *nested, Datum value, void *detoasted)
{
	bool		found;

	if (detoasted != DatumGetPointer(value))
		add_nested(nested, value, &found)->copy = PointerGetDatum(detoasted);
	return PointerGetDatum(detoasted);
}

/*
 * Notes what an anonymous record is, and where, detoasted: its definition may
 * change before it is written.
 */
void
nested_note_type(Nested *nested, Datum value, const ValueType *type, HeapTupleHeader header)
{
	bool		found;
	NestedValue *noted = add_nested(nested, value, &found);

	noted->type = type;
	noted->copy = PointerGetDatum(header);
}

/* The group of the rows of a level that are found now; NULL if there is none yet. */
static NestedGroup *
find_group(const Nested *nested, const Level *level)
{
	/* rows of one kind mostly follow each other */
	for (int i = list_length(nested->groups) - 1; i >= 0; i--)
	{
		NestedGroup *group = list_nth(nested->groups, i);

		CHECK_FOR_INTERRUPTS();
		if (group->level == level && group->params == nested->params)
			return group;
	}
	return NULL;
}

static void
add_to_group(Nested *nested, const Level *level, Row *row)
{
	NestedGroup *group = find_group(nested, level);

	if (group == NULL)
	{
		group = palloc0(sizeof(NestedGroup));
		group->level = level;
		group->params = nested->params;
		group->capacity = 8;
		group->rows = palloc(sizeof(Row *) * group->capacity);
		nested->groups = lappend(nested->groups, group);
	}
	if (group->nrows == group->capacity)
	{
		group->capacity *= 2;
		group->rows = repalloc_huge(group->rows, sizeof(Row *) * (Size) group->capacity);
	}
	group->rows[group->nrows++] = row;
}

/*
 * Notes the row of a level that was made of a value, in the current memory
 * context, which must be that of nested. What is related to it is still to be
 * loaded.
 */
void
nested_add_row(Nested *nested, Datum value, const Level *level, Row *row)
{
	bool		found;
	NestedValue *noted = add_nested(nested, value, &found);

	noted->row = row;
	noted->level = level;
	add_to_group(nested, level, row);
}

/*
 * The next group of rows without what is related to them, whose params become
 * those of the rows that follow; NULL if there is none.
 */
NestedGroup *
nested_next_group(Nested *nested)
{
	NestedGroup *group;

	if (nested->groups == NIL)
		return NULL;
	group = linitial(nested->groups);
	nested->groups = list_delete_first(nested->groups);
	nested->params = group->params;
	return group;
}

/* Whether there are rows that nested_load() has not been called for. */
bool
nested_is_pending(const Nested *nested)
{
	return nested->groups != NIL;
}

static const NestedValue *
find_nested(const Nested *nested, Datum value)
{
	if (nested == NULL || nested->hash == NULL)
		return NULL;
	return nested_lookup(nested->hash, DatumGetPointer(value));
}

/* The row that was made of a datum for a level; NULL if none was. */
Row *
nested_row(const Nested *nested, const Level *level, Datum value)
{
	const NestedValue *noted = find_nested(nested, value);

	return noted != NULL && noted->level == level ? noted->row : NULL;
}

/* What an anonymous record was found to be; NULL if it was not met. */
const ValueType *
nested_type(const Nested *nested, Datum value)
{
	const NestedValue *noted = find_nested(nested, value);

	return noted != NULL ? noted->type : NULL;
}

/* What a datum is detoasted, if that was kept; else itself. */
Datum
nested_copy(const Nested *nested, Datum value)
{
	const NestedValue *noted = find_nested(nested, value);

	return noted != NULL && noted->copy != (Datum) 0 ? noted->copy : value;
}
