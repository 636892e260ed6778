/*
 * resolve.c
 *		Entries to levels: what is written for each field, from the root's down
 *		to the last related row's.
 */
#include "jsonify.h"

#include "access/relation.h"
#include "catalog/pg_type.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/typcache.h"

static const ShapePlace nowhere = {NULL, 0};

/*
 * The way to write values of a type: in the item's format, if it has one; item
 * may be NULL. Raises ERRCODE_INVALID_PARAMETER_VALUE for a format that the
 * type does not have.
 */
ValueType *
resolve_type(LevelBuilder *builder, const ShapeItem *item, Oid typid)
{
	TypeContext *types = &builder->context->types;
	ValueType  *type;
	char	   *names;

	if (item == NULL || item->format.name == NULL)
		return make_value_type(types, typid);

	type = make_formatted_type(types, typid, item->format.name);
	if (type != NULL)
		return type;
	typid = getBaseType(typid);
	names = format_names(OidIsValid(get_element_type(typid)) ? get_element_type(typid) : typid);
	ereport(ERROR,
			errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			errmsg("type %s has no format \"%s\"", format_type_be(typid), item->format.name),
			names == NULL ? 0 : errhint("Its formats are %s.", names),
			shape_position(item->shape, item->format.location));
}

/*
 * The way to write what the steps of a path from number on find in values of a
 * type that has fields.
 */
static ValueType *
resolve_extraction(LevelBuilder *builder, const ShapeItem *item, int number, Oid typid)
{
	TypeContext *types = &builder->context->types;
	ValueType  *type = make_built_in_type(types, JSONBOID);

	/* of its own kind but for what it writes */
	get_typlenbyval(typid, &type->typlen, &type->typbyval);
	type->typid = typid;
	type->write = write_extracted;
	for (; number < list_length(item->path); number++)
	{
		const ShapeStep *step = list_nth(item->path, number);
		PathStep   *found = palloc0(sizeof(PathStep));

		typid = getBaseType(typid);
		found->typid = typid;
		type->path = lappend(type->path, found);
		if (typid == JSONOID || typid == JSONBOID)
		{
			for (; number < list_length(item->path); number++)
				found->keys = lappend(found->keys,
									  pstrdup(((ShapeStep *) list_nth(item->path, number))->name.name));
			break;
		}
		if (type_has_fields(typid))
		{
			found->tupdesc = lookup_rowtype_tupdesc_copy(typid, -1);
			found->attnum = find_attribute(found->tupdesc, step->name.name);
			types->relids = list_append_unique_oid(types->relids, get_typ_typrelid(typid));
		}
		if (found->attnum == 0)
			ereport(ERROR,
					errcode(ERRCODE_UNDEFINED_COLUMN),
					errmsg("type %s has no field \"%s\"", format_type_be(typid), step->name.name),
					shape_position(item->shape, step->name.location));
		typid = TupleDescAttr(found->tupdesc, found->attnum - 1)->atttypid;
	}
	type->element = resolve_type(builder, item, typid);
	type->leads_on = type->element->leads_on;
	return type;
}

/*
 * A field of an item's step of that number, which is target: a column, a
 * computed field, or related rows; and of what the steps behind it find there.
 */
void
resolve_step_field(LevelBuilder *builder, const ShapeItem *item, int number,
				   const StepTarget *target, Field *field)
{
	const ShapeStep *step = list_nth(item->path, number);
	Level	   *level = builder->level;
	Oid			role = builder->context->role;
	ShapePlace	place = {item->shape, step->name.location};
	Oid			typid;

	if (target->relationship != NULL)
	{
		resolve_related_field(builder, item, number, target->relationship, field);
		return;
	}
	if (target->computed != NULL)
	{
		require_execute(target->computed->function, role, place);
		if (!builder->at_hand)
			require_select(level->relid, InvalidAttrNumber, role, place);
		field->column = level_function(builder, target->computed);
	}
	else
	{
		if (!builder->at_hand)
			require_select(level->relid, target->attnum, role, place);
		field->column = level_column(builder, target->attnum);
	}
	if (item->set != NULL)
		ereport(ERROR,
				errcode(ERRCODE_UNDEFINED_COLUMN),
				errmsg("\"%s\" is not a relationship", step->name.name),
				shape_position(item->shape, step->name.location));
	typid = level->columns[field->column].typid;
	if (number < list_length(item->path) - 1)
		field->type = resolve_extraction(builder, item, number + 1, typid);
	else
		field->type = resolve_type(builder, item, typid);
}

static void
resolve_field(LevelBuilder *builder, const Entry *entry, Field *field)
{
	field->key = pstrdup(entry->key);
	field->key_length = strlen(field->key);
	if (entry->item == NULL)
	{
		field->column = level_column(builder, entry->target.attnum);
		field->type = resolve_type(builder, NULL, builder->level->columns[field->column].typid);
	}
	else if (entry->item->aggregate != AGGREGATE_NONE)
		resolve_aggregate_field(builder, entry->item, field);
	else
		resolve_step_field(builder, entry->item, 0, &entry->target, field);
}

/* Fills a level from a set: its fields, columns and branches. */
void
resolve_set(LevelBuilder *builder, const ShapeSet *set)
{
	ShapeContext *context = builder->context;
	ActiveShape *active = context->active;
	MemoryContext old = MemoryContextSwitchTo(context->work);
	int			nentries;
	Entry	   *entries;
	Field	   *fields;

	check_stack_depth();
	if (++context->depth > jsonify_max_depth)
		ereport(ERROR,
				errcode(ERRCODE_STATEMENT_TOO_COMPLEX),
				errmsg("shape is nested deeper than %d levels", jsonify_max_depth),
				errdetail("The named shapes in it count as well."),
				errhint("The setting \"jsonify.max_depth\" holds the limit."),
				shape_position(set->shape, set->location));
	builder->set = set;
	builder->active = active;
	entries = collect_entries(builder, set, &nentries);
	MemoryContextSwitchTo(old);
	fields = palloc0(sizeof(Field) * Max(nentries, 1));
	for (int i = 0; i < nentries; i++)
	{
		CHECK_FOR_INTERRUPTS();
		context->active = entries[i].active;
		resolve_field(builder, &entries[i], &fields[i]);
	}
	context->active = active;
	context->depth--;
	make_object_form(&context->types, fields, nentries, &builder->level->object);
}

/* Every column that there is to show. */
static void
resolve_star(LevelBuilder *builder)
{
	static ShapeItem all = {.kind = SHAPE_ALL};
	ShapeSet	everything = {.items = list_make1(&all)};

	resolve_set(builder, &everything);
}

/*
 * A related row without a shape of its own is what a function makes of its row
 * type, if there is one: type.
 */
static void
resolve_row_function(LevelBuilder *builder, ValueType *type, ShapePlace place)
{
	Level	   *level = builder->level;

	if (!builder->at_hand)
		require_select(level->relid, InvalidAttrNumber, builder->context->role, place);
	level->object.row_type = type;
	level->object.row_column = level_column(builder, InvalidAttrNumber);
}

/*
 * Rows without braces: by the function that the options have for their type,
 * in the table's default shape, by a cast, or with every column.
 */
void
resolve_without_set(LevelBuilder *builder, ShapePlace place)
{
	ShapeContext *context = builder->context;
	Level	   *level = builder->level;
	Oid			typid = get_rel_type_id(level->relid);
	ActiveShape *outer = context->active;
	ValueType  *type = make_ruled_type(&context->types, typid);
	ShapeSet   *set;

	if (type != NULL)
	{
		resolve_row_function(builder, type, place);
		return;
	}
	set = open_named_shape(context, level->relid, DEFAULT_SHAPE, false, place);
	if (set != NULL)
		resolve_set(builder, set);
	else if ((type = make_cast_type(&context->types, typid)) != NULL)
		resolve_row_function(builder, type, place);
	else
		resolve_star(builder);
	context->active = outer;
}

/* A builder for values of a row type, which tupdesc describes; it is copied. */
static LevelBuilder
begin_value(ShapeContext *context, Oid typid, TupleDesc tupdesc)
{
	LevelBuilder builder = {
		.context = context,
		.level = palloc0(sizeof(Level)),
		.is_value = true,
		.at_hand = true
	};
	Level	   *level = builder.level;

	level->relid = table_of_type(typid);
	level->tupdesc = CreateTupleDescCopyConstr(tupdesc);
	builder.tupdesc = level->tupdesc;
	if (OidIsValid(level->relid))
		builder.description = describe_relation(level->relid);
	else if (typid != RECORDOID)
		builder.description = psprintf("type %s", format_type_be(typid));
	else
		builder.description = "the record";

	/* values are deformed whole, so columns stand by number */
	for (AttrNumber attnum = 1; attnum <= tupdesc->natts; attnum++)
		(void) level_column(&builder, attnum);
	return builder;
}

static void
refuse_args(const Shape *shape)
{
	if (shape->args != NULL)
		ereport(ERROR,
				errcode(ERRCODE_SYNTAX_ERROR),
				errmsg("a value that was passed takes no arguments"),
				errhint("Put them into the query that selects it, or use jsonify_find()."),
				shape_position(shape->text, shape->args->location));
}

/*
 * Resolves a parsed shape for values of a row type, and everything below it.
 * tupdesc describes them; it is copied. The result is palloc'd in the current
 * memory context, which must live as long as it is used. What it depends on
 * is added to context: tables and types, and the tables that must be locked
 * before its queries run. Raises ERRCODE_UNDEFINED_COLUMN for a name that
 * nothing has, ERRCODE_AMBIGUOUS_COLUMN for one that several relationships
 * have, ERRCODE_DUPLICATE_COLUMN for a key given twice,
 * ERRCODE_UNDEFINED_OBJECT and ERRCODE_INVALID_RECURSION for named shapes.
 */
Level *
resolve_value(ShapeContext *context, const Shape *shape, Oid typid, TupleDesc tupdesc)
{
	LevelBuilder builder = begin_value(context, typid, tupdesc);
	ActiveShape *outer = context->active;
	ShapePlace	place = {shape->text, shape->name.location};
	ShapeSet   *set = shape->set;

	refuse_args(shape);
	if (set == NULL)
		set = open_named_shape(context, builder.level->relid, shape->name.name, true, place);
	resolve_set(&builder, set);
	context->active = outer;
	return builder.level;
}

/*
 * The same for the default shape of a table, of which tupdesc describes the
 * rows; NULL if it has none. A level that is not just columns is added to
 * context->levels.
 */
Level *
resolve_default(ShapeContext *context, Oid relid, TupleDesc tupdesc)
{
	ActiveShape *outer = context->active;
	ShapeSet   *set = open_named_shape(context, relid, DEFAULT_SHAPE, false, nowhere);
	LevelBuilder builder;

	if (set == NULL)
		return NULL;
	check_stack_depth();
	builder = begin_value(context, get_rel_type_id(relid), tupdesc);
	resolve_set(&builder, set);
	context->active = outer;
	context->levels = lappend(context->levels, builder.level);
	return builder.level;
}

/* The root leads nowhere. */
static void
check_root_args(const Shape *shape)
{
	const ShapeArgs *args = shape->args;

	if (args != NULL && (args->via != NIL || args->page != NULL || args->recurse != NULL ||
						 args->key.name != NULL))
		ereport(ERROR,
				errcode(ERRCODE_SYNTAX_ERROR),
				errmsg("the root takes only \"where\", \"order\", \"limit\" and \"offset\""),
				shape_position(shape->text, args->location));
}

/*
 * Resolves a parsed shape, or with NULL the default one, for the rows that are
 * read from a table or view; otherwise as resolve_value().
 */
Level *
resolve_table(ShapeContext *context, const Shape *shape, Oid relid)
{
	Level	   *level = palloc0(sizeof(Level));
	LevelBuilder builder = {.context = context,.level = level};
	ActiveShape *outer = context->active;
	Relation	relation = open_table(&builder, relid);

	if (shape == NULL || (shape->set == NULL && shape->name.name == NULL))
		resolve_without_set(&builder, nowhere);
	else if (shape->set != NULL)
		resolve_set(&builder, shape->set);
	else
	{
		ShapePlace	place = {shape->text, shape->name.location};

		resolve_set(&builder, open_named_shape(context, relid, shape->name.name, true, place));
	}
	context->active = outer;
	if (shape != NULL)
	{
		check_root_args(shape);
		resolve_filter(&builder, &level->filter, shape->text, shape->args);
	}
	resolve_key_order(&builder, &level->filter, false);
	relation_close(relation, NoLock);
	return level;
}
