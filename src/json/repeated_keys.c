/*
 * repeated_keys.c
 *		Fields of one object that have the same key.
 */
#include "json/internal.h"

static int
compare_keys(const void *a, const void *b)
{
	const Field *left = a;
	const Field *right = b;
	int			result = strcmp(left->key, right->key);

	return result != 0 ? result : left->position - right->position;
}

static int
compare_positions(const void *a, const void *b)
{
	return ((const Field *) a)->position - ((const Field *) b)->position;
}

/*
 * Of fields with equal keys leaves the last, by position, in place. Returns how
 * many are left, in the order of their positions.
 */
int
drop_repeated_keys(Field *fields, int nfields)
{
	int			n = 0;

	qsort(fields, nfields, sizeof(Field), compare_keys);
	for (int i = 0; i < nfields; i++)
	{
		if (i + 1 == nfields || strcmp(fields[i].key, fields[i + 1].key) != 0)
			fields[n++] = fields[i];
	}
	qsort(fields, n, sizeof(Field), compare_positions);
	return n;
}
