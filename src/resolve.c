/*
 * resolve.c
 *		Entries to levels: which columns the rows of each level carry, which
 *		branches lead on from there, and how each field is written.
 */
#include "jsonify.h"

#include "access/relation.h"
#include "access/sysattr.h"
#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/typcache.h"

static const ShapePlace nowhere = {NULL, 0};

static Level *resolve_related_level(LevelBuilder *parent, Branch *branch,
									const ShapeItem *item);

/* What the rows of a relation are, in an error: palloc'd. */
static char *
describe_relation(Oid relid)
{
	const char *kind;

	switch (get_rel_relkind(relid))
	{
		case RELKIND_VIEW:
			kind = "view";
			break;
		case RELKIND_MATVIEW:
			kind = "materialized view";
			break;
		case RELKIND_FOREIGN_TABLE:
			kind = "foreign table";
			break;
		default:
			kind = "table";
	}
	return psprintf("%s \"%s\"", kind, get_rel_name(relid));
}

/* Room for one more of what a level's rows carry. */
static LevelColumn *
add_level_column(Level *level)
{
	level->columns = level->columns == NULL ? palloc(sizeof(LevelColumn)) :
		repalloc(level->columns, sizeof(LevelColumn) * (level->ncolumns + 1));
	memset(&level->columns[level->ncolumns], 0, sizeof(LevelColumn));
	return &level->columns[level->ncolumns++];
}

/* Where in a level's rows a column is; adds it to what is loaded if need be. */
static int
level_column(LevelBuilder *builder, AttrNumber attnum)
{
	Level	   *level = builder->level;
	LevelColumn *column;

	for (int i = 0; i < level->ncolumns; i++)
	{
		if (level->columns[i].attnum == attnum && !OidIsValid(level->columns[i].function))
			return i;
	}

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
		Form_pg_attribute attribute = TupleDescAttr(builder->tupdesc, attnum - 1);

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

/* The same of a computed field. */
static int
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
	column->is_volatile = computed->is_volatile;
	column->typid = computed->result;
	get_typlenbyval(column->typid, &column->typlen, &column->typbyval);
	column->collation = get_typcollation(column->typid);
	column->name = pstrdup(computed->name);
	level->runs_volatile |= computed->is_volatile;
	return level->ncolumns - 1;
}

static ShapePlace
place_of(const ShapeItem *item)
{
	ShapePlace	place = {item->shape, item->name.location};

	return place;
}

static ForeignKey *
copy_key(const ForeignKey *key)
{
	ForeignKey *copy = NULL;

	if (key != NULL)
	{
		copy = palloc(sizeof(ForeignKey));
		*copy = *key;
		copy->name = pstrdup(key->name);
	}
	return copy;
}

/* A relationship that outlives the graph that it was found in. */
static Relationship *
copy_relationship(const Relationship *relationship)
{
	Relationship *copy = palloc(sizeof(Relationship));

	*copy = *relationship;
	copy->target_name = pstrdup(relationship->target_name);
	copy->name = relationship->name != NULL ? pstrdup(relationship->name) : NULL;
	copy->key = copy_key(relationship->key);
	copy->far_key = copy_key(relationship->far_key);
	return copy;
}

/* The way from a level to related rows; their level is made with it. */
static Branch *
resolve_branch(LevelBuilder *builder, Relationship *relationship, const ShapeItem *item)
{
	Level	   *level = builder->level;
	Oid			role = builder->context->role;
	Branch	   *branch = palloc0(sizeof(Branch));
	ForeignKey *key = relationship->key;

	branch->number = level->nbranches++;
	level->branches = level->branches == NULL ? palloc(sizeof(Branch *)) :
		repalloc(level->branches, sizeof(Branch *) * level->nbranches);
	level->branches[branch->number] = branch;
	builder->context->nbranches++;
	branch->relationship = copy_relationship(relationship);
	if (key == NULL)
	{
		require_execute(relationship->function, role, place_of(item));
		if (!builder->at_hand)
			require_select(level->relid, InvalidAttrNumber, role, place_of(item));
		branch->nkeys = 1;
		branch->key_columns[0] = level_column(builder, InvalidAttrNumber);
	}
	else
	{
		require_follow(relationship, builder->at_hand, role, place_of(item));
		branch->nkeys = key->nkeys;
		for (int i = 0; i < key->nkeys; i++)
			branch->key_columns[i] = level_column(builder, relationship->kind == TO_ONE ?
												  key->referencing_attnums[i] :
												  key->referenced_attnums[i]);
	}
	branch->child = resolve_related_level(builder, branch, item);
	return branch;
}

/* The way to write a column: in the item's format, if it has one. */
static ValueType *
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

/* A field of a column, a computed field, or related rows. */
static void
resolve_field(LevelBuilder *builder, const Entry *entry, Field *field)
{
	const StepTarget *target = &entry->target;
	Level	   *level = builder->level;
	Oid			role = builder->context->role;

	field->key = pstrdup(entry->key);
	field->key_length = strlen(field->key);
	if (target->relationship != NULL)
	{
		field->column = -1;
		field->branch = resolve_branch(builder, target->relationship, entry->item);
		field->branch->key = field->key;
		return;
	}
	if (target->computed != NULL)
	{
		require_execute(target->computed->function, role, place_of(entry->item));
		if (!builder->at_hand)
			require_select(level->relid, InvalidAttrNumber, role, place_of(entry->item));
		field->column = level_function(builder, target->computed);
	}
	else
	{
		if (!builder->at_hand && entry->item != NULL)
			require_select(level->relid, target->attnum, role, place_of(entry->item));
		field->column = level_column(builder, target->attnum);
	}
	field->type = resolve_type(builder, entry->item, level->columns[field->column].typid);
}

/* Fills the level from the set: its fields, columns and branches. */
static void
resolve_set(LevelBuilder *builder, const ShapeSet *set)
{
	ShapeContext *context = builder->context;
	ActiveShape *active = context->active;
	MemoryContext old = MemoryContextSwitchTo(context->work);
	int			nentries;
	Entry	   *entries = collect_entries(builder, set, &nentries);
	Field	   *fields;

	MemoryContextSwitchTo(old);
	fields = palloc0(sizeof(Field) * Max(nentries, 1));
	for (int i = 0; i < nentries; i++)
	{
		CHECK_FOR_INTERRUPTS();
		context->active = entries[i].active;
		resolve_field(builder, &entries[i], &fields[i]);
	}
	context->active = active;
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

static void
add_order(Level *level, int column, bool descending, bool nulls_first)
{
	LevelOrder *order = palloc(sizeof(LevelOrder));

	order->column = column;
	order->descending = descending;
	order->nulls_first = nulls_first;
	level->order = lappend(level->order, order);
}

/*
 * What orders rows that nothing else does: the primary key. Without one, or
 * where the role may not read it, related rows come as they lie in the table.
 */
static void
resolve_key_order(LevelBuilder *builder, bool by_place)
{
	Level	   *level = builder->level;
	List	   *attnums = primary_key_attnums(level->relid);
	ListCell   *lc;

	foreach(lc, attnums)
	{
		if (!builder->at_hand && !may_select(builder, lfirst_int(lc)))
			attnums = NIL;
		if (attnums == NIL)
			break;
	}
	if (attnums == NIL && by_place && may_select(builder, SelfItemPointerAttributeNumber))
		attnums = list_make2_int(TableOidAttributeNumber, SelfItemPointerAttributeNumber);
	foreach(lc, attnums)
		add_order(level, level_column(builder, lfirst_int(lc)), false, false);
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
static void
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

/* Opens a table for a builder; the lock is kept, as a query would keep it. */
static Relation
open_table(LevelBuilder *builder, Oid relid)
{
	ShapeContext *context = builder->context;
	Relation	relation = try_relation_open(relid, AccessShareLock);

	if (relation == NULL)
		ereport(ERROR,
				errcode(ERRCODE_UNDEFINED_TABLE),
				errmsg("a table was dropped while a shape was read that leads to it"));
	context->types.relids = list_append_unique_oid(context->types.relids, relid);
	context->locks = list_append_unique_oid(context->locks, relid);
	builder->level->relid = relid;
	builder->tupdesc = RelationGetDescr(relation);
	builder->description = describe_relation(relid);
	return relation;
}

static Level *
resolve_related_level(LevelBuilder *parent, Branch *branch, const ShapeItem *item)
{
	ShapeContext *context = parent->context;
	Relationship *relationship = branch->relationship;
	Level	   *level = palloc0(sizeof(Level));
	LevelBuilder builder = {
		.context = context,
		.level = level,
		.at_hand = OidIsValid(relationship->function)
	};
	Relation	relation;

	check_stack_depth();
	relation = open_table(&builder, relationship->target);
	if (relationship->kind == MANY_TO_MANY)
		context->locks = list_append_unique_oid(context->locks,
												relationship->key->referencing);
	if (item->set != NULL)
		resolve_set(&builder, item->set);
	else
		resolve_without_set(&builder, place_of(item));

	if (relationship->kind != TO_ONE)
		resolve_key_order(&builder, !OidIsValid(relationship->function));
	if (relationship->kind == MANY_TO_MANY)
	{
		ForeignKey *far_key = relationship->far_key;

		branch->nidentity = far_key->nkeys;
		for (int i = 0; i < far_key->nkeys; i++)
			branch->identity_columns[i] = level_column(&builder,
													   far_key->referenced_attnums[i]);
	}
	relation_close(relation, NoLock);
	return level;
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

/* The number that an argument takes, as a query takes it. */
static QueryValue *
resolve_count(ShapeContext *context, const ShapeText *shape, const ShapeValue *value,
			  const char *name)
{
	QueryValue *count;

	if (value == NULL)
		return NULL;
	count = palloc0(sizeof(QueryValue));
	count->text = pstrdup(value->text);
	count->is_param = value->kind == VALUE_PARAM;
	count->typid = INT8OID;
	count->count_of = name;
	count->place.shape = shape;
	count->place.location = value->location;
	if (count->is_param)
		context->params = lappend(context->params, count);
	return count;
}

/* A column, or computed field, to order the rows of a level by. */
static void
resolve_order_item(LevelBuilder *builder, const ShapeText *shape, const ShapeOrder *item)
{
	const ShapeStep *step = linitial(item->path);
	ShapePlace	place = {shape, item->location};
	Level	   *level = builder->level;
	Oid			role = builder->context->role;
	StepTarget	target;
	int			column;

	if (!find_step(builder, shape, step, false, &target))
		unknown_name(builder, shape, step, false);
	if (target.relationship != NULL || list_length(item->path) > 1)
		ereport(ERROR,
				errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				errmsg("rows are ordered by columns and computed fields"),
				shape_position(shape, item->location));
	if (target.computed != NULL)
	{
		require_execute(target.computed->function, role, place);
		require_select(level->relid, InvalidAttrNumber, role, place);
		column = level_function(builder, target.computed);
	}
	else
	{
		require_select(level->relid, target.attnum, role, place);
		column = level_column(builder, target.attnum);
	}
	if (!OidIsValid(lookup_type_cache(level->columns[column].typid, TYPECACHE_LT_OPR)->lt_opr))
		ereport(ERROR,
				errcode(ERRCODE_UNDEFINED_FUNCTION),
				errmsg("values of type %s have no order",
					   format_type_be(level->columns[column].typid)),
				shape_position(shape, item->location));
	add_order(level, column, item->descending, item->nulls_first);
}

static void
resolve_args(LevelBuilder *builder, const ShapeText *shape, const ShapeArgs *args)
{
	ListCell   *lc;

	foreach(lc, args->order)
		resolve_order_item(builder, shape, lfirst(lc));
	builder->level->limit = resolve_count(builder->context, shape, args->limit, "limit");
	builder->level->offset = resolve_count(builder->context, shape, args->offset, "offset");
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

	if (shape == NULL)
	{
		resolve_without_set(&builder, nowhere);
	}
	else if (shape->set != NULL)
		resolve_set(&builder, shape->set);
	else
	{
		ShapePlace	place = {shape->text, shape->name.location};

		resolve_set(&builder, open_named_shape(context, relid, shape->name.name, true, place));
	}
	context->active = outer;
	if (shape != NULL && shape->args != NULL)
		resolve_args(&builder, shape->text, shape->args);
	resolve_key_order(&builder, false);
	relation_close(relation, NoLock);
	return level;
}
