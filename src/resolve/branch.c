/*
 * branch.c
 *		Fields that show related rows: the way there, the level at its end, and
 *		what is made of the rows - an array, an object, what a path finds in
 *		them, a page, a tree, an aggregate.
 */
#include "jsonify.h"

#include "access/relation.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

/* Each takes a query; what comes of named shapes and recursions multiplies. */
#define MAX_BRANCHES 1000

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

/* The way from a level to related rows, as far as it depends on the level. */
static Branch *
begin_branch(LevelBuilder *builder, const Relationship *relationship, const char *key,
			 ShapePlace place)
{
	Level	   *level = builder->level;
	Branch	   *branch = palloc0(sizeof(Branch));
	ForeignKey *foreign_key = relationship->key;

	branch->number = level->nbranches++;
	branch->key = key;
	branch->place = place;
	level->branches = level->branches == NULL ? palloc(sizeof(Branch *)) :
		repalloc(level->branches, sizeof(Branch *) * level->nbranches);
	level->branches[branch->number] = branch;
	if (++builder->context->nbranches > MAX_BRANCHES)
		ereport(ERROR,
				errcode(ERRCODE_STATEMENT_TOO_COMPLEX),
				errmsg("shape leads to more than %d relations", MAX_BRANCHES),
				shape_position(place.shape, place.location));
	require_relationship(builder, relationship, place);
	branch->relationship = copy_relationship(relationship);
	if (foreign_key == NULL)
	{
		branch->nkeys = 1;
		branch->key_columns[0] = level_column(builder, InvalidAttrNumber);
		/* the function is called for each parent in any case */
		branch->has_index = true;
		return branch;
	}

	branch->nkeys = foreign_key->nkeys;
	for (int i = 0; i < foreign_key->nkeys; i++)
		branch->key_columns[i] = level_column(builder, relationship->kind == TO_ONE ?
											  foreign_key->referencing_attnums[i] :
											  foreign_key->referenced_attnums[i]);
	branch->has_index = relationship->kind == TO_ONE ||
		has_index_on(foreign_key->referencing, foreign_key->referencing_attnums,
					 foreign_key->nkeys);
	return branch;
}

/* A builder that adds to the level at the end of a branch; its table is opened. */
static Relation
continue_child(LevelBuilder *child, const LevelBuilder *parent, const Branch *branch)
{
	memset(child, 0, sizeof(LevelBuilder));
	child->context = parent->context;
	child->level = branch->child;
	child->at_hand = OidIsValid(branch->relationship->function);
	return open_table(child, branch->relationship->target);
}

/* The same of a level that is made for the branch. */
static Relation
begin_child(LevelBuilder *child, const LevelBuilder *parent, Branch *branch)
{
	ShapeContext *context = parent->context;

	branch->child = palloc0(sizeof(Level));
	if (branch->relationship->kind == MANY_TO_MANY)
		context->locks = list_append_unique_oid(context->locks,
												branch->relationship->key->referencing);
	return continue_child(child, parent, branch);
}

static bool
is_same_key(const ForeignKey *left, const ForeignKey *right)
{
	return left == NULL || right == NULL ? left == right : left->constraint == right->constraint;
}

/*
 * A branch of a level that another field has made, and that leads where a
 * relationship does: for aggregates, or for paths. NULL if there is none.
 */
static Branch *
find_shared_branch(const Level *level, const Relationship *relationship, bool for_aggregates)
{
	for (int i = 0; i < level->nbranches; i++)
	{
		Branch	   *branch = level->branches[i];

		if (branch->is_shared && branch->child->is_aggregate == for_aggregates &&
			branch->relationship->kind == relationship->kind &&
			branch->relationship->function == relationship->function &&
			is_same_key(branch->relationship->key, relationship->key) &&
			is_same_key(branch->relationship->far_key, relationship->far_key))
			return branch;
	}
	return NULL;
}

/* Whether args only say which relationship it is. */
static bool
is_unfiltered(const ShapeArgs *args)
{
	return args_only_filter(args) && (args == NULL || args->where == NULL);
}

static bool
leads_to_many(const Relationship *relationship)
{
	return relationship->kind == TO_MANY || relationship->kind == MANY_TO_MANY;
}

/* Which rows come, in which order, and how they are told apart. */
static void
finish_branch(LevelBuilder *child, Branch *branch, const ShapeText *shape,
			  const ShapeArgs *args)
{
	Relationship *relationship = branch->relationship;

	resolve_filter(child, &branch->filter, shape, args);
	if (leads_to_many(relationship))
		resolve_key_order(child, &branch->filter, !OidIsValid(relationship->function));
	if (relationship->kind == MANY_TO_MANY)
	{
		ForeignKey *far_key = relationship->far_key;

		branch->nidentity = far_key->nkeys;
		for (int i = 0; i < far_key->nkeys; i++)
			branch->identity_columns[i] = level_column(child, far_key->referenced_attnums[i]);
	}
}

pg_noreturn static void
misplaced_arg(const ShapeText *shape, const ShapeArgs *args, const char *message,
			  const char *hint)
{
	ereport(ERROR,
			errcode(ERRCODE_SYNTAX_ERROR),
			errmsg_internal("%s", message),
			hint == NULL ? 0 : errhint("%s", hint),
			shape_position(shape, args->location));
}

/* Raises ERRCODE_SYNTAX_ERROR for args that do not go with what they stand at. */
static void
check_args(const ShapeItem *item, int number, const Relationship *relationship)
{
	const ShapeStep *step = list_nth(item->path, number);
	const ShapeArgs *args = step->args;
	bool		is_path = list_length(item->path) > 1;

	if (args == NULL)
		return;
	if (!leads_to_many(relationship) &&
		(args->order != NIL || args->limit != NULL || args->offset != NULL ||
		 args->page != NULL || args->key.name != NULL))
		misplaced_arg(item->shape, args,
					  psprintf("\"%s\" leads to one row at most", step->name.name),
					  "Only \"where\", \"via\" and \"recurse\" make sense there.");
	if (is_path && (args->page != NULL || args->key.name != NULL || args->recurse != NULL))
		misplaced_arg(item->shape, args, "a path takes no \"page\", \"key\" or \"recurse\"",
					  "Write the relationships within each other, in braces.");
	if (args->page != NULL && (args->limit != NULL || args->key.name != NULL || args->recurse != NULL))
		misplaced_arg(item->shape, args,
					  "\"page\" goes with neither \"limit\" nor \"key\" nor \"recurse\"",
					  "A page has as many rows as it says.");
	if (args->recurse != NULL && args->key.name != NULL)
		misplaced_arg(item->shape, args, "\"recurse\" does not go with \"key\"", NULL);
	if (args->recurse != NULL && item->set != NULL)
		misplaced_arg(item->shape, args, "\"recurse\" takes no { ... }",
					  "It repeats the shape that it stands in.");
}

/* "key": the rows come as an object. */
static void
resolve_map(LevelBuilder *child, Branch *branch, const ShapeItem *item, ShapeName key)
{
	ShapeStep	step = {.name = key};
	ShapePlace	place = {item->shape, key.location};
	Oid			role = child->context->role;
	StepTarget	target;
	Oid			typid;

	if (!find_step(child, item->shape, &step, false, &target))
		unknown_name(child, item->shape, &step, false);
	if (target.relationship != NULL)
		ereport(ERROR,
				errcode(ERRCODE_DATATYPE_MISMATCH),
				errmsg("\"%s\" is a relationship, and cannot be a key", key.name),
				shape_position(item->shape, key.location));
	if (target.computed != NULL)
		require_execute(target.computed->function, role, place);
	if (!child->at_hand)
		require_select(child->level->relid, target.attnum, role, place);
	branch->map_column = target.computed != NULL ? level_function(child, target.computed) :
		level_column(child, target.attnum);
	typid = getBaseType(child->level->columns[branch->map_column].typid);
	if (type_has_fields(typid) || typid == RECORDOID || OidIsValid(get_element_type(typid)))
		ereport(ERROR,
				errcode(ERRCODE_DATATYPE_MISMATCH),
				errmsg("a key must be a scalar, not %s", format_type_be(typid)),
				shape_position(item->shape, key.location));
	branch->map_type = typid;
}

/* The level of an aggregate over the rows of a branch: its one column. */
static void
resolve_total(LevelBuilder *builder, const Branch *branch, const ShapeItem *item,
			  const ShapeArgs *args, RowPage *page)
{
	ShapeArgs	filter = {.location = args->location,.where = args->where};
	LevelBuilder child;
	Relation	relation;
	SqlExpression count = {.typid = INT8OID};

	page->total = begin_branch(builder, branch->relationship, psprintf("%s.total", branch->key),
							   place_of(item));
	relation = begin_child(&child, builder, page->total);
	child.level->is_aggregate = true;
	emit(&count.parts, COUNT_ROWS);
	(void) level_expression(&child, count);
	resolve_filter(&child, &page->total->filter, item->shape, &filter);
	relation_close(relation, NoLock);
}

/* "page": the rows, whether there are more, and how many there are. */
static void
resolve_page(LevelBuilder *builder, const Branch *branch, const ShapeItem *item,
			 const ShapeArgs *args, Field *field)
{
	static const char *const keys[] = {"items", "has_more", "total"};
	RowPage    *page = palloc0(sizeof(RowPage));
	Field	   *fields = palloc0(sizeof(Field) * lengthof(keys));

	for (int i = 0; i < lengthof(keys); i++)
	{
		fields[i].key = keys[i];
		fields[i].key_length = strlen(keys[i]);
	}
	make_object_form(&builder->context->types, fields, lengthof(keys), &page->object);
	page->object.omit_nulls = false;
	resolve_total(builder, branch, item, args, page);
	field->form = FIELD_PAGE;
	field->page = page;
}

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
identity_attnums(const LevelBuilder *builder, const Relationship *relationship)
{
	List	   *attnums = primary_key_attnums(builder->level->relid);
	ListCell   *lc;

	foreach(lc, attnums)
	{
		if (!may_select(builder, lfirst_int(lc)))
		{
			attnums = NIL;
			break;
		}
	}
	if (attnums != NIL || relationship->key == NULL ||
		relationship->key->referenced != builder->level->relid)
		return attnums;
	for (int i = 0; i < relationship->key->nkeys; i++)
		attnums = lappend_int(attnums, relationship->key->referenced_attnums[i]);
	return attnums;
}

/* The level that repeats the one of a builder, made with its first recursion. */
static void
begin_recursive_level(LevelBuilder *builder, Branch *branch, const ShapeItem *item)
{
	ShapeContext *context = builder->context;
	ActiveShape *active = context->active;
	LevelBuilder child;
	Relation	relation = begin_child(&child, builder, branch);
	Level	   *level = child.level;
	List	   *attnums = identity_attnums(builder, branch->relationship);
	ListCell   *lc;

	if (attnums == NIL)
		ereport(ERROR,
				errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				errmsg("the rows of table \"%s\" cannot be told apart", RelationGetRelationName(relation)),
				errdetail("A recursion must not enter a row twice, so there has to be a primary key."),
				shape_position(item->shape, item->location));
	builder->recursive = level;
	child.recursive = level;
	child.recursions = builder->recursions;
	child.set = builder->set;
	child.active = builder->active;
	level->recurses = true;
	foreach(lc, attnums)
		level->identity_columns[level->nidentity++] = level_column(&child, lfirst_int(lc));
	context->active = builder->active;
	resolve_set(&child, builder->set);
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

	if (branch->relationship->target != builder->level->relid || builder->set == NULL)
		misplaced_arg(item->shape, args, psprintf("\"%s\" does not lead back to the same table",
												 item->name.name),
					  "Only a relationship of a table with itself can recurse.");
	if (is_first)
	{
		recursion = palloc0(sizeof(Recursion));
		recursion->key = field->key;
		resolve_recursion_limit(builder, recursion, item->shape, args->recurse);
		builder->recursions = lappend(builder->recursions, recursion);
	}
	branch->recursion = recursion;
	if (builder->recursive == NULL)
		begin_recursive_level(builder, branch, item);
	branch->child = builder->recursive;
	for (int i = 0; i < branch->child->nidentity; i++)
		branch->parent_identity[i] =
			level_column(builder, branch->child->columns[branch->child->identity_columns[i]].attnum);

	/* what orders and filters them is this item's */
	relation = continue_child(&child, builder, branch);
	finish_branch(&child, branch, item->shape, args);
	relation_close(relation, NoLock);
	field->many = leads_to_many(branch->relationship);
}

/*
 * The step of a path behind one that is a relationship, in the rows there. Raises
 * ERRCODE_UNDEFINED_COLUMN if they have nothing of that name.
 */
static StepTarget
find_next_step(LevelBuilder *child, const ShapeItem *item, int number)
{
	const ShapeStep *step = list_nth(item->path, number);
	bool		is_last = number == list_length(item->path) - 1;
	bool		only_relationship = is_last && item->set != NULL;
	StepTarget	target;
	bool		found;

	found = only_relationship ? find_step(child, item->shape, step, true, &target) :
		find_path_step(child, item->shape, step, is_last, &target);
	if (!found)
		unknown_name(child, item->shape, step, only_relationship || step->args != NULL);
	return target;
}

/* A path that goes on from a relationship: what it finds in a row there. */
static void
resolve_next_step(LevelBuilder *child, const ShapeItem *item, int number,
				  const StepTarget *target, Field *field)
{
	field->form = FIELD_PATH;
	field->step = palloc0(sizeof(Field));
	field->step->key = field->key;
	resolve_step_field(child, item, number, target, field->step);
	child->level->paths = lappend(child->level->paths, field->step);
	field->many = leads_to_many(field->branch->relationship) || field->step->many;
}

/*
 * The same over a branch that another path has made, where it ends right behind
 * the relationship. Returns false if there is none.
 */
static bool
share_path(LevelBuilder *builder, const ShapeItem *item, int number,
		   const Relationship *relationship, Field *field)
{
	Branch	   *branch = find_shared_branch(builder->level, relationship, false);
	LevelBuilder child;
	Relation	relation;
	StepTarget	target;

	if (branch == NULL)
		return false;
	relation = continue_child(&child, builder, branch);
	target = find_next_step(&child, item, number + 1);
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
void
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
	check_args(item, number, relationship);
	if (!is_last && is_unfiltered(args) && share_path(builder, item, number, relationship, field))
		return;
	branch = begin_branch(builder, relationship,
						  list_length(item->path) > 1 ? pstrdup(step->name.name) : field->key, place);
	field->column = -1;
	field->branch = branch;
	if (args != NULL && args->recurse != NULL)
	{
		resolve_recursion(builder, branch, item, args, field);
		return;
	}

	relation = begin_child(&child, builder, branch);
	field->many = leads_to_many(relationship);
	if (!is_last)
	{
		StepTarget	target = find_next_step(&child, item, number + 1);

		resolve_next_step(&child, item, number + 1, &target, field);
		branch->is_shared = is_unfiltered(args) && target.relationship == NULL;
	}
	else if (item->set != NULL)
		resolve_set(&child, item->set);
	else
		resolve_without_set(&child, place);

	/* behind the first step of a path every field is part of the path */
	if (number > 0)
		field->form = FIELD_PATH;
	if (args != NULL && args->key.name != NULL)
	{
		resolve_map(&child, branch, item, args->key);
		field->form = FIELD_MAP;
	}
	finish_branch(&child, branch, item->shape, args);
	relation_close(relation, NoLock);
	if (args != NULL && args->page != NULL)
		resolve_page(builder, branch, item, args, field);
}

/* An error in a piece of SQL that was made of a shape is one in the shape. */
static void
blame_shape(void *arg)
{
	ShapePlace *place = arg;

	errposition(0);
	(void) shape_position(place->shape, place->location);
}

/* The type of an aggregate over values of a type, as PostgreSQL finds it. */
static Oid
aggregate_type(const char *name, Oid typid, ShapePlace place)
{
	ErrorContextCallback callback = {
		.previous = error_context_stack,
		.callback = blame_shape,
		.arg = &place
	};
	Oid			result;

	error_context_stack = &callback;
	result = jsonify_expression_type(psprintf("SELECT pg_catalog.%s(NULL::%s)", name,
											  sql_type_name(typid)));
	error_context_stack = callback.previous;
	return result;
}

typedef struct AggregateState
{
	const ShapeItem *item;
	RowFilter  *filter;
	SqlExpression argument;		/* NIL: the rows themselves */
} AggregateState;

/*
 * Goes on from a row of an aggregate's tables: further relationships are
 * joined, and what they are filtered by is added.
 */
static void
resolve_aggregate_steps(AggregateState *state, const SqlScope *scope, int number)
{
	const ShapeItem *item = state->item;
	const ShapeStep *step = list_nth(item->path, number);
	LevelBuilder *builder = scope->builder;
	ShapePlace	place = {item->shape, step->name.location};
	bool		is_last = number == list_length(item->path) - 1;
	Level		level = {0};
	LevelBuilder inner_builder = {.context = builder->context,.level = &level};
	SqlScope	inner = *scope;
	StepTarget	target;
	Relation	relation;

	check_stack_depth();
	if (!find_path_step(builder, item->shape, step, is_last, &target))
		unknown_name(builder, item->shape, step, step->args != NULL);
	if (target.relationship == NULL)
	{
		List	   *rest = list_copy_tail(item->path, number);

		state->argument = resolve_expression(scope, item->shape, rest);
		return;
	}

	check_filter_args(item->shape, step->args, "an aggregate");
	require_relationship(builder, target.relationship, place);
	inner_builder.at_hand = OidIsValid(target.relationship->function);
	relation = open_table(&inner_builder, target.relationship->target);
	inner.builder = &inner_builder;
	inner.alias = new_alias(scope->level);
	join_related(scope, target.relationship, "JOIN", inner.alias);
	if (step->args != NULL && step->args->where != NULL)
	{
		if (state->filter->condition != NIL)
			emit(&state->filter->condition, " AND ");
		state->filter->condition = list_concat(state->filter->condition,
											   resolve_condition(&inner, item->shape,
																 step->args->where));
	}
	if (!is_last)
		resolve_aggregate_steps(state, &inner, number + 1);
	relation_close(relation, NoLock);
}

/*
 * The branch of an aggregate, and a builder for its level, whose table is opened:
 * one that another aggregate has made will do, if both are over all rows that
 * the relationship leads to, and over nothing beyond.
 */
static Relation
begin_aggregate(LevelBuilder *builder, const ShapeItem *item, const Relationship *relationship,
				Field *field, LevelBuilder *child)
{
	const ShapeStep *step = linitial(item->path);
	ShapePlace	place = {item->shape, step->name.location};
	bool		is_plain = is_unfiltered(step->args) && list_length(item->path) <= 2;
	Relation	relation;

	if (is_plain && list_length(item->path) == 2)
	{
		Level		level = {0};
		LevelBuilder probe = {.context = builder->context,.level = &level};
		StepTarget	target;

		relation = open_table(&probe, relationship->target);
		is_plain = find_path_step(&probe, item->shape, lsecond(item->path), true, &target) &&
			target.relationship == NULL;
		relation_close(relation, NoLock);
	}
	field->branch = is_plain ? find_shared_branch(builder->level, relationship, true) : NULL;
	if (field->branch != NULL)
		return continue_child(child, builder, field->branch);

	field->branch = begin_branch(builder, relationship, field->key, place);
	relation = begin_child(child, builder, field->branch);
	field->branch->is_shared = is_plain;
	child->level->is_aggregate = true;
	return relation;
}

/*
 * A field of an aggregate over related rows. The rows are not read: their
 * query aggregates them for each parent.
 */
void
resolve_aggregate_field(LevelBuilder *builder, const ShapeItem *item, Field *field)
{
	static const char *const names[] = {NULL, "count", "sum", "avg", "min", "max"};
	const char *name = names[item->aggregate];
	const ShapeStep *step = linitial(item->path);
	AggregateState state = {.item = item};
	SqlExpression result = {NIL};
	StepTarget	target;
	LevelBuilder child;
	Relation	relation;
	SqlScope	scope = {.builder = &child,.alias = "c"};

	if (!find_step(builder, item->shape, step, true, &target))
		unknown_name(builder, item->shape, step, true);
	check_filter_args(item->shape, step->args, "an aggregate");
	field->column = -1;
	field->form = FIELD_PATH;
	field->or_zero = item->aggregate == AGGREGATE_COUNT;
	relation = begin_aggregate(builder, item, target.relationship, field, &child);
	state.filter = &field->branch->filter;
	resolve_filter(&child, state.filter, item->shape, step->args);
	scope.level = child.level;
	scope.joins = &child.level->joins;
	scope.values = &state.filter->values;
	if (list_length(item->path) > 1)
		resolve_aggregate_steps(&state, &scope, 1);
	relation_close(relation, NoLock);

	if (state.argument.parts == NIL && item->aggregate != AGGREGATE_COUNT)
		ereport(ERROR,
				errcode(ERRCODE_SYNTAX_ERROR),
				errmsg("\"%s\" needs a column", name),
				errhint("Write %s(%s.column).", name, quote_shape_name(step->name.name)),
				shape_position(item->shape, item->location));
	if (state.argument.parts == NIL)
	{
		emit(&result.parts, COUNT_ROWS);
		result.typid = INT8OID;
	}
	else
	{
		emit(&result.parts, psprintf("pg_catalog.%s(", name));
		result.parts = list_concat(result.parts, state.argument.parts);
		emit(&result.parts, ")");
		result.typid = aggregate_type(name, state.argument.typid, place_of(item));
	}
	field->step = palloc0(sizeof(Field));
	field->step->key = field->key;
	field->step->column = level_expression(&child, result);
	field->step->type = resolve_type(builder, item, result.typid);
}
