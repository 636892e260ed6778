/*
 * branch.c
 *		The way to related rows: the level at its end, which of the rows come,
 *		and what "key" makes of them.
 */
#include "resolve/internal.h"

#include "access/relation.h"
#include "catalog/pg_type.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

/* Whether a column takes all values of another one as they are: it is of one type, and no shorter. */
static bool
takes_all_of(Oid typid, int32 typmod, Oid other, int32 other_typmod)
{
	Oid			base = getBaseTypeAndTypmod(typid, &typmod);

	return base == getBaseTypeAndTypmod(other, &other_typmod) && (typmod < 0 || typmod == other_typmod);
}

/* What the columns of a key are now: values that a plan has read stay so, be a table altered. */
static KeyColumnType *
key_types(const ForeignKey *key)
{
	KeyColumnType *types = palloc(sizeof(KeyColumnType) * key->nkeys);

	for (int i = 0; i < key->nkeys; i++)
	{
		int32		typmod;
		Oid			collation;

		get_atttypetypmodcoll(key->referencing, key->referencing_attnums[i], &types[i].typid,
							  &types[i].typmod, &types[i].collation);
		get_atttypetypmodcoll(key->referenced, key->referenced_attnums[i], &types[i].referenced,
							  &typmod, &collation);
		types[i].takes_all = takes_all_of(types[i].typid, types[i].typmod, types[i].referenced, typmod);
	}
	return types;
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
		copy->types = key_types(key);
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

/*
 * Adds to a level the way to related rows, as far as it depends on the level: a
 * branch without a child yet, palloc'd in the current memory context. key is that
 * of its field; place where a shape names it. Raises ERRCODE_INSUFFICIENT_PRIVILEGE,
 * and ERRCODE_STATEMENT_TOO_COMPLEX of a document that has too many.
 */
Branch *
begin_branch(LevelBuilder *builder, const Relationship *relationship, const char *key,
			 ShapePlace place)
{
	Scope	   *scope = &builder->scope;
	Level	   *level = builder->level;
	Branch	   *branch = palloc0(sizeof(Branch));
	ForeignKey *foreign_key = relationship->key;

	branch->number = level->nbranches++;
	branch->key = key;
	branch->place = place;
	level->branches = level->branches == NULL ? palloc(sizeof(Branch *)) :
		repalloc(level->branches, sizeof(Branch *) * level->nbranches);
	level->branches[branch->number] = branch;
	scope->context->nbranches++;
	spend(scope->context, place);
	if (!scope->context->only_inserts)
		require_relationship(relationship, scope->relid, scope->at_hand, scope->context->role, place);
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

/*
 * Fills *child to add to the level at the end of a branch of a parent's. Returns
 * its table, opened: the caller closes it, and keeps the lock.
 */
Relation
continue_child(LevelBuilder *child, const LevelBuilder *parent, const Branch *branch)
{
	memset(child, 0, sizeof(LevelBuilder));
	child->scope.context = parent->scope.context;
	child->scope.at_hand = OidIsValid(branch->relationship->function);
	child->level = branch->child;
	return open_table(&child->scope, branch->relationship->target);
}

/* The same of a level that is made for the branch. */
Relation
begin_child(LevelBuilder *child, const LevelBuilder *parent, Branch *branch)
{
	ShapeContext *context = parent->scope.context;

	branch->child = palloc0(sizeof(Level));
	branch->child->relid = branch->relationship->target;
	if (branch->relationship->kind == MANY_TO_MANY)
		note_lock(context, branch->relationship->key->referencing);
	return continue_child(child, parent, branch);
}

/* Lets every field of its kind use a branch of a level. */
void
share_branch(LevelBuilder *builder, Branch *branch)
{
	MemoryContext old = MemoryContextSwitchTo(builder->scope.context->work);

	builder->shared = lappend(builder->shared, branch);
	MemoryContextSwitchTo(old);
}

/*
 * A branch of a level that another field has made, and that leads where a
 * relationship does: for aggregates, or for paths. NULL if there is none.
 */
Branch *
find_shared_branch(const LevelBuilder *builder, const Relationship *relationship,
				   bool for_aggregates)
{
	ListCell   *lc;

	foreach(lc, builder->shared)
	{
		Branch	   *branch = lfirst(lc);

		if (branch->child->is_aggregate == for_aggregates &&
			branch->relationship->kind == relationship->kind &&
			branch->relationship->function == relationship->function &&
			is_same_key(branch->relationship->key, relationship->key) &&
			is_same_key(branch->relationship->far_key, relationship->far_key))
			return branch;
	}
	return NULL;
}

/* Whether args, NULL for none, only say which relationship it is. */
bool
is_unfiltered(const ShapeArgs *args)
{
	return args_only_filter(args) && (args == NULL || args->where == NULL);
}

/*
 * Which rows of its child a branch leads to, by the args of a step or NULL for
 * none, in which order, and how they are told apart. Raises what
 * resolve_filter() does.
 */
void
finish_branch(LevelBuilder *child, Branch *branch, const ShapeText *shape,
			  const ShapeArgs *args)
{
	Relationship *relationship = branch->relationship;

	resolve_filter(child, &branch->filter, shape, args);
	if (leads_to_many(relationship))
		resolve_key_order(child, &branch->filter, !OidIsValid(relationship->function) &&
						  (args == NULL || args->after == NULL));
	resolve_cursor(child, &branch->filter, shape, args, relationship->with_heirs);
	if (relationship->kind == MANY_TO_MANY && child->scope.group == NIL)
	{
		ForeignKey *far_key = relationship->far_key;

		branch->nidentity = far_key->nkeys;
		for (int i = 0; i < far_key->nkeys; i++)
			branch->identity_columns[i] = level_column(child, far_key->referenced_attnums[i]);
	}
}

/* Raises ERRCODE_SYNTAX_ERROR; hint may be NULL. */
void
misplaced_arg(const ShapeText *shape, const ShapeArgs *args, const char *message,
			  const char *hint)
{
	ereport(ERROR,
			errcode(ERRCODE_SYNTAX_ERROR),
			errmsg_internal("%s", message),
			hint == NULL ? 0 : errhint("%s", hint),
			shape_position(shape, args->location));
}

/* Raises ERRCODE_SYNTAX_ERROR for args among which "after" says nothing. */
void
check_after(const ShapeText *shape, const ShapeArgs *args)
{
	if (args->after == NULL)
		return;
	if (args->page == NULL)
		misplaced_arg(shape, args, "\"after\" goes with \"page\" only",
					  "Write, for example, (page: 20, after: $cursor).");
	if (args->offset != NULL)
		misplaced_arg(shape, args, "\"after\" does not go with \"offset\"",
					  "The cursor says where the page begins.");
}

/* Raises ERRCODE_SYNTAX_ERROR for args that do not go with what they stand at. */
void
check_branch_args(const ShapeItem *item, int number, const Relationship *relationship)
{
	const ShapeStep *step = list_nth(item->path, number);
	const ShapeArgs *args = step->args;
	bool		is_path = list_length(item->path) > 1;

	if (args == NULL)
		return;
	if (!leads_to_many(relationship) &&
		(args->order != NIL || args->order_param != NULL || args->limit != NULL ||
		 args->offset != NULL ||
		 args->page != NULL || args->after != NULL || args->key.name != NULL ||
		 args->group != NIL))
		misplaced_arg(item->shape, args,
					  psprintf("\"%s\" leads to one row at most", step->name.name),
					  "Of what says which rows come, only \"where\", \"via\" and \"recurse\" make sense there.");
	if (is_path && (args->page != NULL || args->key.name != NULL || args->recurse != NULL ||
					args->group != NIL))
		misplaced_arg(item->shape, args, "a path takes no \"page\", \"key\", \"group\" or \"recurse\"",
					  "Write the relationships within each other, in braces.");
	if (is_path && args->order_param != NULL)
		misplaced_arg(item->shape, args, "a path takes no \"order\" from a param",
					  "It would be of names that the shape shows, of which a path has none.");
	if (args->page != NULL && (args->limit != NULL || args->key.name != NULL || args->recurse != NULL))
		misplaced_arg(item->shape, args,
					  "\"page\" goes with neither \"limit\" nor \"key\" nor \"recurse\"",
					  "A page has as many rows as it says.");
	check_after(item->shape, args);
	if (args->recurse != NULL && args->key.name != NULL)
		misplaced_arg(item->shape, args, "\"recurse\" does not go with \"key\"", NULL);
	check_group(item->shape, args);
	if (args->group != NIL && args->recurse != NULL)
		misplaced_arg(item->shape, args, "\"recurse\" does not go with \"group\"", NULL);
	if (args->group != NIL && (args->write > WRITE_NONE || args->missing != MISSING_UNSAID || args->by != NIL))
		misplaced_arg(item->shape, args, "groups are not written",
					  "What is written stands in an item of its own, without \"group\".");
	if (args->group != NIL && item->set == NULL)
		misplaced_arg(item->shape, args, "groups have no default shape",
					  "Say what they show, as in { column, count() }.");
	if (args->recurse != NULL && item->set != NULL)
		misplaced_arg(item->shape, args, "\"recurse\" takes no { ... }",
					  "It repeats the shape that it stands in.");
}

/*
 * "key": a field shows its rows as an object, by one of their columns. Raises
 * ERRCODE_UNDEFINED_COLUMN, and ERRCODE_DATATYPE_MISMATCH for what is no scalar.
 */
void
resolve_map(LevelBuilder *child, const ShapeItem *item, ShapeName key, Field *field)
{
	Scope	   *scope = &child->scope;
	ShapeStep	step = {.name = key};
	ShapePlace	place = {item->shape, key.location};
	Oid			role = scope->context->role;
	RowMap	   *map = palloc(sizeof(RowMap));
	StepTarget	target;
	Oid			typid;

	if (scope->group != NIL)
	{
		const GroupColumn *column = find_group_column(scope, list_make1(&step));

		if (column == NULL)
			not_in_group(scope, key.name, place);
		map->column = column->column;
	}
	else
	{
		if (!find_step(scope, item->shape, &step, false, &target))
			unknown_name(scope, item->shape, &step, false);
		if (target.relationship != NULL)
			ereport(ERROR,
					errcode(ERRCODE_DATATYPE_MISMATCH),
					errmsg("\"%s\" is a relationship, and cannot be a key", key.name),
					shape_position(item->shape, key.location));
		if (target.computed != NULL)
			require_execute(target.computed->function, role, place);
		if (!scope->at_hand)
			require_column(scope->relid, target.attnum, role, ACL_SELECT, place);
		map->column = target.computed != NULL ? level_function(child, target.computed) :
			level_column(child, target.attnum);
	}
	typid = getBaseType(child->level->columns[map->column].typid);
	if (type_has_fields(typid) || typid == RECORDOID || OidIsValid(get_element_type(typid)))
		ereport(ERROR,
				errcode(ERRCODE_DATATYPE_MISMATCH),
				errmsg("a key must be a scalar, not %s", format_type_be(typid)),
				shape_position(item->shape, key.location));
	map->typid = typid;
	field->map = map;
	field->form = &map_form;
}
