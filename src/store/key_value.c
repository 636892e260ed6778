/*
 * key_value.c
 *		What a key of one row has of another: its values, as the row's own columns have
 *		them, and where in the documents it is told that they cannot be had.
 */
#include "store/internal.h"

#include "fmgr.h"
#include "parser/parse_coerce.h"
#include "utils/lsyscache.h"

/* A value as an assignment to another type has it, as between the columns of a foreign key. */
Datum
convert_value(Datum value, Oid from, Oid to, int32 typmod)
{
	Oid			source;
	Oid			target;
	Oid			function;
	Oid			output;
	Oid			input;
	Oid			argument;
	bool		is_varlena;

	/* as mostly: nothing to look up for each row */
	if (from == to)
		return value;
	source = getBaseType(from);
	target = getBaseType(to);
	if (source == target)
		return value;
	switch (find_coercion_pathway(target, source, COERCION_ASSIGNMENT, &function))
	{
		case COERCION_PATH_RELABELTYPE:
			return value;
		case COERCION_PATH_FUNC:
			return OidFunctionCall3(function, value, Int32GetDatum(typmod), BoolGetDatum(false));
		default:
			getTypeOutputInfo(source, &output, &is_varlena);
			getTypeInputInfo(target, &input, &argument);
			return OidInputFunctionCall(input, OidOutputFunctionCall(output, value), argument, typmod);
	}
}

/* Which of the columns of a foreign key one is; -1: none. */
int
key_index(const ForeignKey *key, AttrNumber attnum)
{
	for (int i = 0; i < key->nkeys; i++)
	{
		if (key->referencing_attnums[i] == attnum)
			return i;
	}
	return -1;
}

/* Whether any column of a key is written where a row stands. */
bool
writes_key(const DocRow *row, const ForeignKey *key)
{
	for (int i = 0; i < key->nkeys; i++)
	{
		if (bms_is_member(key->referencing_attnums[i], row->changed))
			return true;
	}
	return false;
}

/* A value of the i'th column that a foreign key leads to, as the column that leads there has it. */
Datum
referencing_value(const ForeignKey *key, int i, Datum value)
{
	return convert_value(value, key->types[i].referenced, key->types[i].typid, key->types[i].typmod);
}

/* Whether a value of the column that leads there is that of the other column, which may be rounded on its way here. */
bool
is_key_value(const ForeignKey *key, int i, Datum leading, Datum value)
{
	const KeyColumnType *type = &key->types[i];

	return same_value(type->typid, type->collation, referencing_value(key, i, value), leading) &&
		(type->takes_all ||
		 same_value(type->referenced, type->collation, value,
					convert_value(leading, type->typid, type->referenced, -1)));
}

/*
 * As referencing_value(), for a row that is to lead there. Raises an error of class 22 if
 * no value of its column is that key: by one that is rounded it would belong to another row.
 */
Datum
exact_value(const ForeignKey *key, int i, Datum value)
{
	const KeyColumnType *type = &key->types[i];
	int32		typmod = type->typmod;
	Oid			base;
	Oid			function;
	Datum		exact;

	if (type->takes_all)
		return value;
	base = getBaseTypeAndTypmod(type->typid, &typmod);
	exact = convert_value(value, type->referenced, base, typmod);
	if (typmod >= 0 && find_typmod_coercion_function(base, &function) == COERCION_PATH_FUNC)
		exact = OidFunctionCall3(function, exact, Int32GetDatum(typmod), BoolGetDatum(false));
	if (!same_value(type->referenced, type->collation, value,
					convert_value(exact, base, type->referenced, -1)))
		ereport(ERROR,
				errcode(ERRCODE_DATA_EXCEPTION),
				errmsg("the column that is to lead to the other row cannot have its key"));
	return exact;
}

/* One that may not fit. */
typedef struct KeyConversion
{
	const ForeignKey *key;
	int			i;
	Datum		value;
} KeyConversion;

static void
run_conversion(void *arg)
{
	KeyConversion *conversion = arg;

	conversion->value = exact_value(conversion->key, conversion->i, conversion->value);
}

/* Who is to blame for a key that leads from one row to another: the one that is below, which has brought it about. */
static DocRow *
row_below(DocRow *row, const DocRow *target)
{
	return target->parent == row ? unconstify(DocRow *, target) : row;
}

/*
 * A value of the i'th column that a key of a row leads to, of the target, as the row's own
 * column has it. Returns false, having noted why, if it does not fit there; where not
 * careful, raises that.
 */
bool
fit_key_value(Store *store, DocRow *row, const DocRow *target, const ForeignKey *key, int i,
			  Datum *value)
{
	KeyConversion conversion = {.key = key,.i = i,.value = *value};

	if (key->types[i].takes_all)
		return true;
	if (!guarded(store, row_below(row, target), NIL, run_conversion, &conversion))
		return false;
	*value = conversion.value;
	return true;
}

/* Notes that a row has no value in a column of it that another one leads to: at that row, if it is above. */
void
key_not_known(Store *store, DocRow *row, const DocRow *target, AttrNumber attnum)
{
	if (target->parent == row)
		add_error(store, target, column_steps(target->stage->level, attnum), ERROR_REQUIRED,
				  "the row above is to lead here, and its key has no value before it is inserted");
	else
		add_error(store, row, NIL, ERROR_REQUIRED,
				  "the key of the row that it belongs to is not known before that is inserted");
}

/* Where a row says another parent than it has: at the item of its key that is shown, if one is. */
List *
parent_key_steps(const DocRow *row, const ForeignKey *key)
{
	for (int i = 0; i < key->nkeys; i++)
	{
		int			item = find_column_item(row->stage->level, key->referencing_attnums[i]);

		if (item >= 0 && row->given[item] != NULL)
			return item_steps(row->stage->level, item);
	}
	return NIL;
}
