/*
 * level.c
 *		What the rows of a level carry: columns, what functions and expressions
 *		compute, and the row itself, each once.
 */
#include "resolve/internal.h"

#include "access/htup_details.h"
#include "access/sysattr.h"
#include "access/tupconvert.h"
#include "catalog/pg_type.h"
#include "utils/lsyscache.h"
#include "utils/typcache.h"

/* As many as a query gives, beside two that plan/sql.c adds. */
#define MAX_LEVEL_COLUMNS (MaxTupleAttributeNumber - 2)

/* Room for one more of what a level's rows carry. */
static LevelColumn *
add_level_column(Level *level)
{
	level->columns = level->columns == NULL ? palloc(sizeof(LevelColumn)) :
		repalloc(level->columns, sizeof(LevelColumn) * (level->ncolumns + 1));
	memset(&level->columns[level->ncolumns], 0, sizeof(LevelColumn));
	return &level->columns[level->ncolumns++];
}

/* Where in a level's rows a column of its table is, or -1. */
int
find_level_column(const Level *level, AttrNumber attnum)
{
	for (int i = 0; i < level->ncolumns; i++)
	{
		if (level->columns[i].attnum == attnum && !OidIsValid(level->columns[i].function) &&
			level->columns[i].expression == NIL)
			return i;
	}
	return -1;
}

/*
 * Where in a level's rows a column is; adds it to what is loaded if need be, in the
 * current memory context. InvalidAttrNumber is the row itself.
 */
int
level_column(LevelBuilder *builder, AttrNumber attnum)
{
	Level	   *level = builder->level;
	LevelColumn *column;
	int			found = find_level_column(level, attnum);

	if (found >= 0)
		return found;
	column = add_level_column(level);
	column->attnum = attnum;
	column->name = "";
	if (attnum == InvalidAttrNumber)
	{
		column->typid = get_rel_type_id(level->relid);
		column->typlen = -1;
	}
	else if (attnum > 0)
	{
		Form_pg_attribute attribute = TupleDescAttr(builder->scope.tupdesc, attnum - 1);

		column->typid = attribute->atttypid;
		column->typlen = attribute->attlen;
		column->typbyval = attribute->attbyval;
		column->collation = attribute->attcollation;
		column->name = pstrdup(NameStr(attribute->attname));
	}
	else
	{
		column->typid = attnum == TableOidAttributeNumber ? OIDOID : TIDOID;
		get_typlenbyval(column->typid, &column->typlen, &column->typbyval);
		column->name = attnum == TableOidAttributeNumber ? "tableoid" : "ctid";
	}
	return level->ncolumns - 1;
}

/* Functions take the rows of a table, not those of its shards. */
static void
convert_rows(Level *level)
{
	Oid			table = logical_table(level->relid);

	if (level->tupdesc == NULL || level->row_tupdesc != NULL || table == level->relid)
		return;
	level->row_tupdesc = lookup_rowtype_tupdesc_copy(get_rel_type_id(table), -1);
	level->row_map = convert_tuples_by_name(level->tupdesc, level->row_tupdesc);
}

/* The same of a computed field. */
int
level_function(LevelBuilder *builder, const Computed *computed)
{
	Level	   *level = builder->level;
	LevelColumn *column;

	for (int i = 0; i < level->ncolumns; i++)
	{
		if (level->columns[i].function == computed->function)
			return i;
	}

	column = add_level_column(level);
	column->function = computed->function;
	column->typid = computed->result;
	get_typlenbyval(column->typid, &column->typlen, &column->typbyval);
	column->collation = get_typcollation(column->typid);
	column->name = pstrdup(computed->name);
	level->runs_functions = true;
	convert_rows(level);
	return level->ncolumns - 1;
}

/*
 * The same of an expression over the level's table; place is where a shape asks for it.
 * Raises ERRCODE_STATEMENT_TOO_COMPLEX where there are too many: of those there are as many
 * as a shape says, and PostgreSQL takes its time to find that out.
 */
int
level_expression(LevelBuilder *builder, SqlExpression expression, ShapePlace place)
{
	Level	   *level = builder->level;
	LevelColumn *column;

	if (level->ncolumns >= MAX_LEVEL_COLUMNS)
		ereport(ERROR,
				errcode(ERRCODE_STATEMENT_TOO_COMPLEX),
				errmsg("a relation in a shape asks for more than %d values of a row",
					   MAX_LEVEL_COLUMNS),
				errdetail("Those that \"order\" and \"group\" name count as well."),
				shape_position(place.shape, place.location));
	spend_value(builder->scope.context, place);
	column = add_level_column(level);
	column->expression = expression.parts;
	column->typid = expression.typid;
	get_typlenbyval(column->typid, &column->typlen, &column->typbyval);
	column->collation = expression.collation;
	column->name = "";
	return level->ncolumns - 1;
}

/* Adds the columns of its table that another level of it carries. */
void
add_columns_of(Level *level, const Level *other)
{
	for (int i = 0; i < other->ncolumns; i++)
	{
		const LevelColumn *column = &other->columns[i];

		if (column->attnum > 0 && !OidIsValid(column->function) && column->expression == NIL &&
			find_level_column(level, column->attnum) < 0)
			*add_level_column(level) = *column;
	}
}

/* Where an item's name stands. */
ShapePlace
place_of(const ShapeItem *item)
{
	ShapePlace	place = {item->shape, item->name.location};

	return place;
}
