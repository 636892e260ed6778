/*
 * fields.c
 *		The keys of a set to the fields of a level, and to the levels below it,
 *		down to the last related rows.
 */
#include "resolve/internal.h"

#include "access/relation.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/typcache.h"

static void resolve_step_field(LevelBuilder *builder, const ShapeItem *item, int number,
							   const StepTarget *target, Field *field);

/* The recursion of a field of that key, the same in both levels that have it. */
static Recursion *
find_recursion(LevelBuilder *builder, const char *key)
{
	Recursion  *recursion;
	ListCell   *lc;

	foreach(lc, builder->recursions)
	{
		recursion = lfirst(lc);
		if (strcmp(recursion->key, key) == 0)
			return recursion;
	}
	return NULL;
}

/*
 * The columns that tell the rows of a table apart; those that a relationship
 * goes by will do where the primary key is not to be read.
 */
static List *
identity_attnums(const Scope *scope, const Relationship *relationship)
{
	List	   *attnums = primary_key_attnums(scope->relid);
	ListCell   *lc;

	foreach(lc, attnums)
	{
		if (!may_select(scope, lfirst_int(lc)))
		{
			attnums = NIL;
			break;
		}
	}
	if (attnums != NIL || relationship->key == NULL ||
		relationship->key->referenced != scope->relid)
		return attnums;
	for (int i = 0; i < relationship->key->nkeys; i++)
		attnums = lappend_int(attnums, relationship->key->referenced_attnums[i]);
	return attnums;
}

/* What is said of the rows that a recursion leads to. */
static const ShapeArgs *
recursion_args(const ShapeItem *item)
{
	return ((ShapeStep *) linitial(item->path))->args;
}

/* Whether the rows that some recursion of a level leads to are part of the document. */
static bool
owns_recursive_rows(const LevelBuilder *builder)
{
	for (int i = 0; i < builder->nkeys; i++)
	{
		const ShapeItem *item = builder->keys[i].item;
		const ShapeArgs *args = item == NULL || item->path == NIL ? NULL : recursion_args(item);

		if (args != NULL && args->recurse != NULL && is_owned(builder, args))
			return true;
	}
	return false;
}

/* A recursion of a level whose fields were not all there then. */
typedef struct EarlyRecursion
{
	Branch	   *branch;
	const ShapeItem *item;
} EarlyRecursion;

/* What recognizes the rows of recursions, now that all fields of their level are there. */
static void
resolve_recursive_rules(LevelBuilder *builder)
{
	ListCell   *lc;

	foreach(lc, builder->early)
	{
		EarlyRecursion *recursion = lfirst(lc);
		const ShapeItem *item = recursion->item;

		recursion->branch->rule = resolve_row_rule(builder, recursion->branch, item->shape,
												   recursion_args(item), place_of(item));
	}
}

/* The level that repeats the one of a builder, made with its first recursion. */
static void
begin_recursive_level(LevelBuilder *builder, Branch *branch, const ShapeItem *item)
{
	ShapeContext *context = builder->scope.context;
	ActiveShape *active = context->active;
	LevelBuilder child;
	Relation	relation = begin_child(&child, builder, branch);
	Level	   *level = child.level;
	List	   *attnums = identity_attnums(&builder->scope, branch->relationship);
	ListCell   *lc;

	if (attnums == NIL)
		ereport(ERROR,
				errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				errmsg("the rows of table \"%s\" cannot be told apart", RelationGetRelationName(relation)),
				errdetail("A recursion must not enter a row twice, so there has to be a primary key."),
				shape_position(item->shape, item->location));
	builder->recursive = level;
	child.is_written = owns_recursive_rows(builder);
	child.recursive = level;
	child.recursions = builder->recursions;
	child.set = builder->set;
	child.active = builder->active;
	level->recurses = true;
	foreach(lc, attnums)
		level->identity_columns[level->nidentity++] = level_column(&child, lfirst_int(lc));
	context->active = builder->active;
	resolve_set(&child, builder->set);
	resolve_recursive_rules(&child);
	context->active = active;
	relation_close(relation, NoLock);
}

/* "recurse": the rows repeat the level that the item stands in. */
static void
resolve_recursion(LevelBuilder *builder, Branch *branch, const ShapeItem *item,
				  const ShapeArgs *args, Field *field)
{
	LevelBuilder child;
	Recursion  *recursion = find_recursion(builder, field->key);
	bool		is_first = recursion == NULL;
	Relation	relation;

	if (branch->relationship->target != builder->scope.relid || builder->set == NULL)
		misplaced_arg(item->shape, args, psprintf("\"%s\" does not lead back to the same table",
												  item->name.name),
					  "Only a relationship of a table with itself can recurse.");
	if (is_first)
	{
		recursion = palloc0(sizeof(Recursion));
		recursion->key = field->key;
		resolve_recursion_limit(builder->scope.context, recursion, item->shape, args->recurse);
		builder->recursions = lappend(builder->recursions, recursion);
	}
	branch->recursion = recursion;
	field->form = &tree_form;
	if (builder->recursive == NULL)
		begin_recursive_level(builder, branch, item);
	branch->child = builder->recursive;
	for (int i = 0; i < branch->child->nidentity; i++)
		branch->parent_identity[i] =
			level_column(builder, branch->child->columns[branch->child->identity_columns[i]].attnum);

	/* what orders and filters them is this item's */
	relation = continue_child(&child, builder, branch);
	child.keys = builder->keys;
	child.nkeys = builder->nkeys;
	if (builder->is_written)
		branch->rule = resolve_row_rule(&child, branch, item->shape, args, place_of(item));
	/* the columns that may recognize them are not all named yet */
	if (builder->is_written && builder->level == branch->child)
	{
		EarlyRecursion *early = palloc(sizeof(EarlyRecursion));

		early->branch = branch;
		early->item = item;
		builder->early = lappend(builder->early, early);
	}
	finish_branch(&child, branch, item->shape, args);
	relation_close(relation, NoLock);
}

/*
 * The step of a path behind one that is a relationship, in the rows there. Raises
 * ERRCODE_UNDEFINED_COLUMN if they have nothing of that name.
 */
static StepTarget
find_next_step(Scope *scope, const ShapeItem *item, int number)
{
	const ShapeStep *step = list_nth(item->path, number);
	bool		is_last = number == list_length(item->path) - 1;
	bool		only_relationship = is_last && item->set != NULL;
	StepTarget	target;
	bool		found;

	found = only_relationship ? find_step(scope, item->shape, step, true, &target) :
		find_path_step(scope, item->shape, step, is_last, &target);
	if (!found)
		unknown_name(scope, item->shape, step, only_relationship || step->args != NULL);
	return target;
}

/* A path that goes on from a relationship: what it finds in a row there. */
static void
resolve_next_step(LevelBuilder *child, const ShapeItem *item, int number,
				  const StepTarget *target, Field *field)
{
	field->form = &path_form;
	field->next = palloc0(sizeof(Field));
	field->next->key = field->key;
	resolve_step_field(child, item, number, target, field->next);
	child->level->paths = lappend(child->level->paths, field->next);
	field->many = leads_to_many(field->branch->relationship) || field->next->many;
}

/*
 * The same over a branch that another path has made, where it ends right behind
 * the relationship. Returns false if there is none.
 */
static bool
share_path(LevelBuilder *builder, const ShapeItem *item, int number,
		   const Relationship *relationship, Field *field)
{
	Branch	   *branch = find_shared_branch(builder, relationship, false);
	LevelBuilder child;
	Relation	relation;
	StepTarget	target;

	if (branch == NULL)
		return false;
	relation = continue_child(&child, builder, branch);
	target = find_next_step(&child.scope, item, number + 1);
	if (target.relationship == NULL)
	{
		field->column = -1;
		field->branch = branch;
		resolve_next_step(&child, item, number + 1, &target, field);
	}
	relation_close(relation, NoLock);
	return target.relationship == NULL;
}

/*
 * A field of an item whose step of that number is a relationship: of the rows
 * there, or of what the steps behind it find in them.
 */
static void
resolve_related_field(LevelBuilder *builder, const ShapeItem *item, int number,
					  const Relationship *relationship, Field *field)
{
	const ShapeStep *step = list_nth(item->path, number);
	const ShapeArgs *args = step->args;
	bool		is_last = number == list_length(item->path) - 1;
	ShapePlace	place = {item->shape, step->name.location};
	Branch	   *branch;
	LevelBuilder child;
	Relation	relation;

	check_stack_depth();
	check_branch_args(item, number, relationship);
	if (!is_last && is_unfiltered(args) && share_path(builder, item, number, relationship, field))
		return;
	branch = begin_branch(builder, relationship,
						  list_length(item->path) > 1 ? pstrdup(step->name.name) : field->key, place);
	field->column = -1;
	field->branch = branch;
	field->form = leads_to_many(relationship) ? &rows_form : &single_form;
	if (args != NULL && args->recurse != NULL)
	{
		resolve_recursion(builder, branch, item, args, field);
		return;
	}

	relation = begin_child(&child, builder, branch);
	child.is_written = is_owned(builder, args);
	if (args != NULL && args->group != NIL)
		begin_group(&child, item->shape, args);
	field->many = leads_to_many(relationship);
	if (!is_last)
	{
		StepTarget	target = find_next_step(&child.scope, item, number + 1);

		resolve_next_step(&child, item, number + 1, &target, field);
		if (is_unfiltered(args) && target.relationship == NULL)
			share_branch(builder, branch);
	}
	else if (item->set != NULL)
		resolve_set(&child, item->set);
	else
		resolve_without_set(&child, place);

	/* behind the first step of a path every field is part of the path */
	if (number > 0)
		field->form = &path_form;
	if (args != NULL && args->key.name != NULL)
		resolve_map(&child, item, args->key, field);
	if (builder->is_written && number == 0 && args != NULL && args->group == NIL)
		branch->rule = resolve_row_rule(&child, branch, item->shape, args, place);
	finish_branch(&child, branch, item->shape, args);
	relation_close(relation, NoLock);
	if (args != NULL && args->page != NULL)
		resolve_page(builder, branch, item, args, field);
}

/*
 * A field of an item's step of that number, which is target: a column, a
 * computed field, or related rows; and of what the steps behind it find there.
 */
static void
resolve_step_field(LevelBuilder *builder, const ShapeItem *item, int number,
				   const StepTarget *target, Field *field)
{
	const ShapeStep *step = list_nth(item->path, number);
	Scope	   *scope = &builder->scope;
	TypeContext *types = &scope->context->types;
	Oid			role = scope->context->role;
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
		if (!scope->at_hand)
			require_column(scope->relid, InvalidAttrNumber, role, ACL_SELECT, place);
		field->column = level_function(builder, target->computed);
	}
	else
	{
		if (!scope->at_hand)
			require_column(scope->relid, target->attnum, role, ACL_SELECT, place);
		field->column = level_column(builder, target->attnum);
	}
	if (item->set != NULL)
		ereport(ERROR,
				errcode(ERRCODE_UNDEFINED_COLUMN),
				errmsg("\"%s\" is not a relationship", step->name.name),
				shape_position(item->shape, step->name.location));
	typid = builder->level->columns[field->column].typid;
	if (number < list_length(item->path) - 1)
		field->type = resolve_extraction(types, item, number + 1, typid);
	else
	{
		field->type = resolve_field_type(types, item, typid);
		if (target->computed == NULL)
			field->rule = make_column_rule(item);
	}
}

/* Of which type, and by which collation, a field at the end of a path has its value. */
static Distinct *
make_distinct(const Level *level, const Field *end)
{
	const LevelColumn *column = &level->columns[end->column];
	const Extraction *extraction;
	Distinct   *distinct = palloc(sizeof(Distinct));

	distinct->typid = getBaseType(column->typid);
	distinct->collation = column->collation;
	if (end->type->kind != KIND_EXTRACTED)
		return distinct;
	extraction = llast(end->type->path);
	distinct->typid = extraction->typid;
	distinct->collation = InvalidOid;
	if (extraction->keys == NIL)
	{
		Form_pg_attribute attribute = TupleDescAttr(extraction->tupdesc, extraction->attnum - 1);

		distinct->typid = getBaseType(attribute->atttypid);
		distinct->collation = attribute->attcollation;
	}
	return distinct;
}

/*
 * A field of the different values that a path finds: one of the path, in another form.
 * Raises ERRCODE_SYNTAX_ERROR of a path that finds rows, or one value at most, and
 * ERRCODE_UNDEFINED_FUNCTION of values that are never known to be the same.
 */
static void
resolve_distinct_field(LevelBuilder *builder, const ObjectKey *key, Field *field)
{
	const ShapeItem *item = key->item;
	const ShapeStep *last = llast(item->path);
	const Level *level = builder->level;
	const Field *end = field;
	Distinct   *distinct;

	if (list_length(item->path) > 1)
		resolve_step_field(builder, item, 0, &key->target, field);
	for (; end != NULL && end->branch != NULL; end = end->next)
		level = end->branch->child;
	if (end == NULL || end == field)
		ereport(ERROR,
				errcode(ERRCODE_SYNTAX_ERROR),
				errmsg("\"distinct\" needs a column"),
				errhint("Go on to a column: %s.column.", quote_shape_name(last->name.name)),
				shape_position(item->shape, item->name.location));
	if (!field->many)
		ereport(ERROR,
				errcode(ERRCODE_SYNTAX_ERROR),
				errmsg("the path in \"distinct\" leads to one value at most"),
				errhint("Without \"distinct\" it is that value."),
				shape_position(item->shape, item->name.location));
	distinct = make_distinct(level, end);
	if (!OidIsValid(lookup_type_cache(distinct->typid, TYPECACHE_EQ_OPR)->eq_opr))
		ereport(ERROR,
				errcode(ERRCODE_UNDEFINED_FUNCTION),
				errmsg("values of type %s have no equality", format_type_be(distinct->typid)),
				distinct->typid == JSONOID ? errhint("Those of jsonb have.") : 0,
				shape_position(item->shape, last->name.location));
	field->distinct = distinct;
	field->form = &distinct_form;
}

/* The way to the row of a "...rel { ... }", which all of its fields take. */
static Branch *
find_flat_branch(LevelBuilder *builder, const ObjectKey *key)
{
	const ShapeItem *item = key->item;
	const ShapeStep *step = linitial(item->path);
	FlatBranch *flat;
	LevelBuilder child;
	Relation	relation;
	MemoryContext old;
	ListCell   *lc;

	foreach(lc, builder->flat)
	{
		flat = lfirst(lc);
		if (flat->item == item)
			return flat->branch;
	}
	check_branch_args(item, 0, key->target.relationship);
	if (step->args != NULL && (step->args->write != WRITE_UNSAID ||
							   step->args->missing != MISSING_UNSAID || step->args->by != NIL))
		misplaced_arg(item->shape, step->args, "fields of a relationship that stand among others are not written",
					  "Write the relationship without the \"...\".");
	old = MemoryContextSwitchTo(builder->scope.context->work);
	flat = palloc0(sizeof(FlatBranch));
	flat->item = item;
	builder->flat = lappend(builder->flat, flat);
	MemoryContextSwitchTo(old);
	flat->branch = begin_branch(builder, key->target.relationship, pstrdup(step->name.name),
								place_of(item));
	relation = begin_child(&child, builder, flat->branch);
	resolve_set(&child, item->set);
	finish_branch(&child, flat->branch, item->shape, step->args);
	relation_close(relation, NoLock);
	return flat->branch;
}

/* A field of the row that a relationship leads to, among those of the row itself. */
static void
resolve_flat_field(LevelBuilder *builder, const ObjectKey *key, Field *field)
{
	const ObjectForm *object;

	field->column = -1;
	field->form = &flat_form;
	field->is_flat = true;
	field->branch = find_flat_branch(builder, key);
	object = &field->branch->child->object;
	for (int i = 0; i < object->nfields; i++)
	{
		if (strcmp(object->fields[i].key, key->name) == 0)
			field->next = &object->fields[i];
	}
	if (field->next == NULL)
		elog(ERROR, "no field \"%s\"", key->name);
}

/* A constant: a literal is read once, a param by each document. */
static void
resolve_constant(ShapeContext *context, const ShapeItem *item, Field *field)
{
	List	   *values = NIL;
	Constant   *constant = palloc0(sizeof(Constant));
	QueryValue *value = add_value(context, &values, item->shape, item->constant, QUERY_JSON, JSONBOID);

	field->column = -1;
	field->form = &constant_form;
	field->constant = constant;
	if (value->literal == VALUE_PARAM)
		constant->param = value;
	else
		constant->jsonb = bind_value(value, NULL, &constant->isnull);
}

static void
resolve_field(LevelBuilder *builder, const ObjectKey *key, Field *field)
{
	field->key = pstrdup(key->name);
	field->key_length = strlen(field->key);
	if (key->item == NULL)
	{
		field->column = level_column(builder, key->target.attnum);
		field->type = make_value_type(&builder->scope.context->types,
									  builder->level->columns[field->column].typid);
		field->rule = make_column_rule(NULL);
	}
	else if (builder->scope.group != NIL && key->item->kind != SHAPE_CONSTANT)
		resolve_group_field(builder, key->item, field);
	else if (key->item->kind == SHAPE_ETAG)
		resolve_etag(builder, field);
	else if (key->item->kind == SHAPE_FLAT)
		resolve_flat_field(builder, key, field);
	else if (key->item->kind == SHAPE_CONSTANT)
		resolve_constant(builder->scope.context, key->item, field);
	else if (key->item->aggregate == AGGREGATE_DISTINCT)
		resolve_distinct_field(builder, key, field);
	else if (key->item->aggregate != AGGREGATE_NONE)
		resolve_aggregate_field(builder, key->item, field);
	else
		resolve_step_field(builder, key->item, 0, &key->target, field);
}

/* Notes that the objects of a level are those of one named shape, if that is all there is. */
static void
note_shape(Level *level, const ShapeSet *set)
{
	const ShapeItem *item = list_length(set->items) == 1 ? linitial(set->items) : NULL;

	if (item != NULL && item->kind == SHAPE_SPREAD)
		level->shape = pstrdup(item->name.name);
}

/*
 * Fills a level from a set: its fields, columns and branches, and the levels below,
 * palloc'd in the current memory context, which is the plan's. Raises what names,
 * args, privileges and formats in the set do.
 */
void
resolve_set(LevelBuilder *builder, const ShapeSet *set)
{
	ShapeContext *context = builder->scope.context;
	ActiveShape *active = context->active;
	MemoryContext old = MemoryContextSwitchTo(context->work);
	int			nkeys;
	int			nfields = 0;
	ObjectKey  *keys;
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
	keys = collect_object_keys(&builder->scope, set, &nkeys);
	builder->keys = keys;
	builder->nkeys = nkeys;
	MemoryContextSwitchTo(old);
	if (builder->scope.group == NIL)
		note_shape(builder->level, set);
	fields = palloc0(sizeof(Field) * Max(nkeys, 1));
	for (int i = 0; i < nkeys; i++)
	{
		CHECK_FOR_INTERRUPTS();
		context->active = keys[i].active;
		/* what only documents that come back have */
		if (keys[i].item != NULL && keys[i].item->kind == SHAPE_DELETE)
		{
			if (builder->level->delete_key != NULL)
				ereport(ERROR,
						errcode(ERRCODE_DUPLICATE_COLUMN),
						errmsg("\"@delete\" given twice in shape"),
						errhint("One key says that a row is taken out."),
						shape_position(keys[i].item->shape, keys[i].item->location));
			builder->level->delete_key = pstrdup(keys[i].name);
		}
		else
			resolve_field(builder, &keys[i], &fields[nfields++]);
	}
	context->active = active;
	context->depth--;
	make_object_form(&context->types.style, fields, nfields, &builder->level->object);
	resolve_state(builder);
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

	if (!builder->scope.at_hand)
		require_column(level->relid, InvalidAttrNumber, builder->scope.context->role, ACL_SELECT,
					   place);
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
	ShapeContext *context = builder->scope.context;
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
	{
		resolve_set(builder, set);
		level->shape = DEFAULT_SHAPE;
	}
	else if ((type = make_cast_type(&context->types, typid)) != NULL)
		resolve_row_function(builder, type, place);
	else
		resolve_star(builder);
	context->active = outer;
}
