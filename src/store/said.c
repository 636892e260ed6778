/*
 * said.c
 *		What documents say of the columns of a new row, by itself and by where it stands, before
 *		any keys are made.
 */
#include "store/internal.h"

/* A column that a new row gets where it stands from another one; NULL target: it gets none. */
static bool
column_from(const DocRow *target, const ForeignKey *key, AttrNumber attnum, Datum *value, const DocRow **found)
{
	for (int i = 0; i < key->nkeys; i++)
	{
		bool		isnull;

		if (key->referencing_attnums[i] != attnum || target->is_lost)
			continue;
		*found = real_row(target);
		if (!row_value(*found, key->referenced_attnums[i], value, &isnull) || isnull)
			return false;
		*value = referencing_value(key, i, *value);
		return true;
	}
	return false;
}

static bool
column_of_place(const DocRow *place, AttrNumber attnum, Datum *value, const DocRow **target)
{
	ListCell   *lc;

	if (has_parent_key(place->stage) &&
		column_from(place->parent, place->stage->relation->branch->relationship->key, attnum, value, target))
		return true;
	foreach(lc, place->stage->level->relations)
	{
		const StoreRelation *relation = lfirst(lc);
		const DocRow *led = relation->kind == TO_ONE ? place->targets[relation->item] : NULL;

		if (*target == NULL && led != NULL &&
			column_from(led, relation->branch->relationship->key, attnum, value, target))
			return true;
	}
	return false;
}

/*
 * What documents say that a new row is to have in a column, by itself or by where it stands;
 * false: nothing, or *target is the row whose key it is, which is not known as yet.
 */
bool
said_column(const DocRow *row, AttrNumber attnum, Datum *value, const DocRow **target)
{
	bool		isnull;
	ListCell   *lc;

	*target = NULL;
	if (bms_is_member(attnum, row->changed))
		return row_value(row, attnum, value, &isnull) && !isnull;
	if (row->row != NULL)
		return false;
	if (column_of_place(row, attnum, value, target))
		return true;
	foreach(lc, row->extra->places)
	{
		if (*target == NULL && column_of_place(lfirst(lc), attnum, value, target))
			return true;
	}
	return false;
}
