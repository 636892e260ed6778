/*
 * fill.c
 *		What statements take of rows: the columns by which they find them, and those that
 *		they write.
 */
#include "store/internal.h"

/* The columns that tell the rows of a level apart, as statements find them. */
Bitmapset *
identity_columns(const StoreLevel *level)
{
	Bitmapset  *columns = NULL;

	for (int i = 0; i < level->rule->nidentity; i++)
		columns = bms_add_member(columns, level->rule->identity[i]);
	return columns;
}

/* The keys of a row, by which a statement finds it; then the columns that it writes. */
void
fill_columns(const StoreStatement *statement, const DocRow *row, ColumnValue key_value,
			 ColumnValue column_value, Datum *values, bool *nulls)
{
	int			attnum = -1;
	int			n = 0;

	while ((attnum = bms_next_member(statement->keys, attnum)) >= 0)
	{
		values[n] = key_value(row, attnum, &nulls[n]);
		n++;
	}
	attnum = -1;
	while ((attnum = bms_next_member(statement->columns, attnum)) >= 0)
	{
		values[n] = column_value(row, attnum, &nulls[n]);
		n++;
	}
}

/* A column of a row that is there, changed or not. */
static Datum
updated_value(const DocRow *row, AttrNumber attnum, bool *isnull)
{
	Datum		value;

	if (bms_is_member(attnum, row->changed) && !bms_is_member(attnum, row->extra->pending))
	{
		value = row->values[attnum - 1];
		*isnull = row->nulls[attnum - 1];
	}
	else
		value = present_value(row, attnum, isnull);
	if (bms_is_member(attnum, row->extra->opened) && bms_is_member(attnum, row->extra->pending))
		*isnull = true;
	return value;
}

/* Of a row that is there. */
void
fill_present(Store *store, const StoreTable *table, const StoreStatement *statement, DocRow *row,
			 Datum *values, bool *nulls)
{
	fill_columns(statement, row,
				 statement->kind == STATEMENT_UPDATE ? followed_value : found_value,
				 updated_value, values, nulls);
}

/* Of a row that is there, before any others that stay are updated: nothing has followed its parent's key as yet. */
void
fill_moved(Store *store, const StoreTable *table, const StoreStatement *statement, DocRow *row,
		   Datum *values, bool *nulls)
{
	fill_columns(statement, row, found_value, updated_value, values, nulls);
}

/* The columns of a new row; where others of the list have one more, its default. */
void
fill_new(Store *store, const StoreTable *table, const StoreStatement *statement, DocRow *row,
		 Datum *values, bool *nulls)
{
	for (int i = 0; i < statement->passed->natts; i++)
	{
		AttrNumber	attnum = statement->attnums[i];

		if (has_attnum(row->extra->pending, attnum))
			nulls[i] = true;
		else if (has_attnum(row->changed, attnum))
		{
			values[i] = row->values[attnum - 1];
			nulls[i] = row->nulls[attnum - 1];
		}
		else
			values[i] = default_value(store, table, attnum, &nulls[i]);
	}
}

/* The columns of a junction that lead to both sides. */
Bitmapset *
junction_columns(const StoreRelation *relation)
{
	const ForeignKey *near = relation->branch->relationship->key;
	const ForeignKey *far = relation->branch->relationship->far_key;
	Bitmapset  *columns = NULL;

	for (int i = 0; i < near->nkeys; i++)
		columns = bms_add_member(columns, near->referencing_attnums[i]);
	for (int i = 0; i < far->nkeys; i++)
		columns = bms_add_member(columns, far->referencing_attnums[i]);
	return columns;
}

/*
 * A column of a junction's row, by the row that it leads to: with the key that this has, or
 * where it is there, had before anything was updated.
 */
bool
junction_value(const StoreTable *table, const ForeignKey *key, const DocRow *row, AttrNumber attnum,
			   bool before, Datum *value, bool *isnull)
{
	Form_pg_attribute attribute = TupleDescAttr(table->tupdesc, attnum - 1);
	int			i = key_index(key, attnum);

	if (i < 0)
		return false;
	if (before && real_row(row)->row != NULL)
		*value = found_value(real_row(row), key->referenced_attnums[i], isnull);
	else if (!row_value(row, key->referenced_attnums[i], value, isnull))
		*isnull = true;
	if (!*isnull)
		*value = convert_value(*value, key->types[i].referenced,
							   attribute->atttypid, attribute->atttypmod);
	return true;
}

/*
 * The columns of a junction's row between two rows that a relation has, in the order of their
 * numbers, with the keys that these have, or had before. False if one is NULL, or not known.
 */
bool
junction_key(const StoreRelation *relation, const Bitmapset *columns, const DocRow *near, const DocRow *far,
			 bool before, Datum *values)
{
	const Relationship *relationship = relation->branch->relationship;
	int			attnum = -1;

	for (int i = 0; (attnum = bms_next_member(columns, attnum)) >= 0; i++)
	{
		bool		isnull = true;

		if (!junction_value(relation->junction, relationship->key, near, attnum, before, &values[i], &isnull))
			(void) junction_value(relation->junction, relationship->far_key, far, attnum, before, &values[i], &isnull);
		if (isnull)
			return false;
	}
	return true;
}

/* Raises an error of class 22 if a junction's row cannot lead to one by a key. */
static void
check_side(const ForeignKey *key, const DocRow *row)
{
	for (int i = 0; i < key->nkeys; i++)
	{
		Datum		value;
		bool		isnull;

		if (!key->types[i].takes_all && row_value(row, key->referenced_attnums[i], &value, &isnull) && !isnull)
			(void) exact_value(key, i, value);
	}
}

/* Columns of a junction's row between a far row and its parent, the near one, as it is before or after these are updated. */
static int
fill_junction(const StoreTable *table, const Bitmapset *columns, const DocRow *row, bool before,
			  Datum *values, bool *nulls)
{
	const Relationship *relationship = row->stage->relation->branch->relationship;
	int			attnum = -1;
	int			n = 0;

	if (!before)
	{
		check_side(relationship->key, row->parent);
		check_side(relationship->far_key, row);
	}
	while ((attnum = bms_next_member(columns, attnum)) >= 0)
	{
		if (!junction_value(table, relationship->key, row->parent, attnum, before, &values[n], &nulls[n]))
			(void) junction_value(table, relationship->far_key, row, attnum, before, &values[n], &nulls[n]);
		n++;
	}
	return n;
}

/* Of a pair: they go before rows are updated, and come afterwards. */
void
fill_pair(Store *store, const StoreTable *table, const StoreStatement *statement, DocRow *row,
		  Datum *values, bool *nulls)
{
	bool		before = statement->kind != STATEMENT_INSERT;

	(void) fill_junction(table, before ? statement->keys : statement->columns, row, before, values, nulls);
}

/* Of one that stays, while the keys of its rows change. */
void
fill_moved_pair(Store *store, const StoreTable *table, const StoreStatement *statement, DocRow *row,
				Datum *values, bool *nulls)
{
	int			n = fill_junction(table, statement->keys, row, true, values, nulls);

	(void) fill_junction(table, statement->columns, row, false, values + n, nulls + n);
}
