/*
 * object_keys.c
 *		Which keys the items of a set give an object, and which column, computed
 *		field or relationship each of them stands for.
 */
#include "resolve/internal.h"

#include "access/relation.h"
#include "miscadmin.h"
#include "nodes/bitmapset.h"

/* What follows an "@" takes a column: a relationship will not do. */
pg_noreturn static void
not_a_column(Scope *scope, const ShapeItem *item, bool is_relationship)
{
	char	   *hint = is_relationship && item->format.name == NULL ?
		"It is a relationship: what is said of writing it stands in its ( ... ), as in \"write: own\"." :
		is_relationship ?
		"It is a relationship: a format stands behind a column, within its { ... }." :
		suggest_names(scope, item->name.name, FIELDS_ONLY);

	ereport(ERROR,
			errcode(ERRCODE_UNDEFINED_COLUMN),
			errmsg("%s has no column \"%s\"", scope->description, item->name.name),
			hint == NULL ? 0 : errhint("%s", hint),
			shape_position(item->shape, item->name.location));
}

/*
 * A column from "*" has the key of another, or of an item that takes its place:
 * as the columns of a record may, and an item with an alias, but not because
 * the option makes one key of two names.
 */
static void
check_same_name(const Scope *scope, const ObjectKey *column, const ObjectKey *other)
{
	const char *name = NameStr(TupleDescAttr(scope->tupdesc, column->target.attnum - 1)->attname);
	const char *other_name;

	if (other->item == NULL)
		other_name = NameStr(TupleDescAttr(scope->tupdesc, other->target.attnum - 1)->attname);
	else if (!other->item->is_aliased && other->item->kind != SHAPE_FLAT)
		other_name = other->item->name.name;
	else
		return;
	if (strcmp(name, other_name) != 0)
		camel_conflict(name, other_name, column->name);
}

static void
find_item(Scope *scope, const ShapeItem *item, ObjectKey *key)
{
	const ShapeStep *step = item->path == NIL ? NULL : linitial(item->path);
	bool		is_path = list_length(item->path) > 1;
	bool		only_relationship = item->aggregate != AGGREGATE_NONE ||
		(item->set != NULL && !is_path);
	bool		found;

	key->name = item->is_aliased ? item->key : make_key(scope->context->types.options, item->key);
	key->item = item;
	key->rank = FROM_ITEM;
	key->active = scope->context->active;
	if (item->kind == SHAPE_DELETE && scope->group != NIL)
		not_in_group(scope, item->name.name, place_of(item));
	/* what stands in a group has no names of its own: see group.c */
	if (item->kind != SHAPE_VALUE || scope->group != NIL)
		return;
	if (item->path == NIL)
		not_a_group(item->shape, item->name.location);
	if (only_relationship)
		found = find_step(scope, item->shape, step, true, &key->target);
	else
		found = find_path_step(scope, item->shape, step, !is_path, &key->target);
	if ((item->format.name != NULL || item->annotated > 0) && !is_path &&
		item->aggregate == AGGREGATE_NONE && (!found || key->target.relationship != NULL))
		not_a_column(scope, item, found);
	if (!found)
		unknown_name(scope, item->shape, step, only_relationship || step->args != NULL);
}

/* A name to leave out of "*": as an attribute number, of a group as its place from 1 on; 0 if there is none. */
static AttrNumber
find_excepted(const Scope *scope, const char *name)
{
	ListCell   *lc;

	if (scope->group == NIL)
		return find_attribute(scope->tupdesc, name);
	foreach(lc, scope->group)
	{
		const GroupColumn *column = lfirst(lc);

		if (strcmp(((ShapeStep *) llast(column->path))->name.name, name) == 0)
			return foreach_current_index(lc) + 1;
	}
	return 0;
}

/* The columns that "-name" items take out of "*", as find_excepted() has them. */
static Bitmapset *
excepted_columns(Scope *scope, const ShapeSet *set)
{
	Bitmapset  *excepted = NULL;
	const ShapeItem *first = NULL;
	bool		has_star = false;
	ListCell   *lc;

	foreach(lc, set->items)
	{
		const ShapeItem *item = lfirst(lc);
		AttrNumber	attnum;

		if (item->kind == SHAPE_ALL)
			has_star = true;
		if (item->kind != SHAPE_EXCEPT)
			continue;
		if (first == NULL)
			first = item;
		attnum = find_excepted(scope, item->name.name);
		if (attnum == 0 && scope->group != NIL)
			not_in_group(scope, item->name.name, place_of(item));
		if (attnum == 0)
		{
			char	   *hint = suggest_names(scope, item->name.name, COLUMNS_ONLY);

			ereport(ERROR,
					errcode(ERRCODE_UNDEFINED_COLUMN),
					errmsg("%s has no column \"%s\" to leave out", scope->description,
						   item->name.name),
					hint == NULL ? 0 : errhint("%s", hint),
					shape_position(item->shape, item->name.location));
		}
		excepted = bms_add_member(excepted, attnum);
	}
	if (first != NULL && !has_star)
		ereport(ERROR,
				errcode(ERRCODE_SYNTAX_ERROR),
				errmsg("\"-%s\" has no \"*\" to be taken out of", first->name.name),
				errhint("Write { * -%s }, or leave the item out.",
						quote_shape_name(first->name.name)),
				shape_position(first->shape, first->location));
	return excepted;
}

static int
compare_by_key(const void *a, const void *b)
{
	const ObjectKey *left = a;
	const ObjectKey *right = b;
	int			result = strcmp(left->name, right->name);

	return result != 0 ? result : left->position - right->position;
}

static int
compare_by_position(const void *a, const void *b)
{
	return ((const ObjectKey *) a)->position - ((const ObjectKey *) b)->position;
}

/* A constant as it is written. */
static const char *
constant_text(const ShapeValue *value)
{
	return value->kind == VALUE_STRING ? quote_shape_text(value->text) :
		value->kind == VALUE_PARAM ? psprintf("$%s", value->text) : value->text;
}

/* An item as it is written, but for args and braces; palloc'd. */
static char *
item_text(const ShapeItem *item)
{
	StringInfoData buf;
	ListCell   *lc;

	initStringInfo(&buf);
	if (item->kind == SHAPE_CONSTANT)
		return pstrdup(constant_text(item->constant));
	if (item->kind != SHAPE_VALUE)
		appendStringInfo(&buf, "@%s", item->name.name);
	if (item->aggregate != AGGREGATE_NONE)
		appendStringInfo(&buf, "%s(", item->name.name);
	foreach(lc, item->path)
		appendStringInfo(&buf, "%s%s", foreach_current_index(lc) > 0 ? "." : "",
						 quote_shape_name(((ShapeStep *) lfirst(lc))->name.name));
	if (item->aggregate != AGGREGATE_NONE)
		appendStringInfoChar(&buf, ')');
	return buf.data;
}

/*
 * Leaves one key a name, where the first of them stands: an item rather than
 * what comes from "...name", and that rather than a column from "*"; among
 * equals the last. Two items of one name are an error, reported at the second.
 * Returns how many keys are left.
 */
static int
settle_keys(Scope *scope, ObjectKey *keys, int nkeys)
{
	const ShapeItem *duplicate = NULL;
	const char *duplicate_key = NULL;
	int			n = 0;

	qsort(keys, nkeys, sizeof(ObjectKey), compare_by_key);
	for (int i = 0; i < nkeys; i++)
	{
		ObjectKey  *last = n > 0 ? &keys[n - 1] : NULL;
		ObjectKey  *key = &keys[i];
		int			position;

		if (last == NULL || strcmp(last->name, key->name) != 0)
		{
			keys[n++] = *key;
			continue;
		}
		if (last->item == NULL)
			check_same_name(scope, last, key);
		else if (key->item == NULL)
			check_same_name(scope, key, last);
		if (last->rank == FROM_ITEM && key->rank == FROM_ITEM &&
			(duplicate == NULL || key->item->location < duplicate->location))
		{
			duplicate = key->item;
			duplicate_key = duplicate->kind == SHAPE_FLAT ? key->name : duplicate->key;
		}

		/* of columns alone the last counts where it stands: so jsonb has it */
		position = last->rank == FROM_STAR && key->rank == FROM_STAR ?
			key->position : last->position;
		if (key->rank >= last->rank)
			*last = *key;
		last->position = position;
	}
	if (duplicate != NULL)
		ereport(ERROR,
				errcode(ERRCODE_DUPLICATE_COLUMN),
				errmsg("key \"%s\" given twice in shape", duplicate_key),
				duplicate->kind == SHAPE_FLAT ?
				errhint("Give it another key in the braces of %s.", quote_shape_name(duplicate->name.name)) :
				errhint("Give one of them another key, as in \"key: %s\".", item_text(duplicate)),
				shape_position(duplicate->shape, duplicate->location));
	qsort(keys, n, sizeof(ObjectKey), compare_by_position);
	return n;
}

/* The keys of a set, while they are collected. */
typedef struct KeyList
{
	ObjectKey  *keys;
	int			nkeys;
	int			capacity;
} KeyList;

static ObjectKey *
add_object_key(KeyList *list)
{
	ObjectKey  *key;

	if (list->nkeys == list->capacity)
	{
		list->capacity = list->capacity * 2 + 16;
		list->keys = list->keys == NULL ? palloc(sizeof(ObjectKey) * list->capacity) :
			repalloc(list->keys, sizeof(ObjectKey) * list->capacity);
	}
	key = &list->keys[list->nkeys];
	memset(key, 0, sizeof(ObjectKey));
	key->position = list->nkeys++;
	return key;
}

static void
add_columns(Scope *scope, KeyList *list, const Bitmapset *excepted)
{
	for (AttrNumber attnum = 1; attnum <= scope->tupdesc->natts; attnum++)
	{
		Form_pg_attribute attribute = TupleDescAttr(scope->tupdesc, attnum - 1);
		ObjectKey  *key;

		if (!is_in_star(scope, attnum) || bms_is_member(attnum, excepted))
			continue;
		key = add_object_key(list);
		key->name = make_key(scope->context->types.options, NameStr(attribute->attname));
		key->active = scope->context->active;
		key->target.attnum = attnum;
	}
}

/* What rows are grouped by, each as an item of its own would have it. */
static void
add_group_columns(Scope *scope, KeyList *list, const Bitmapset *excepted)
{
	ListCell   *lc;

	foreach(lc, scope->group)
	{
		const GroupColumn *column = lfirst(lc);
		const ShapeStep *last = llast(column->path);
		ShapeItem  *item;
		ObjectKey  *key;

		CHECK_FOR_INTERRUPTS();
		if (bms_is_member(foreach_current_index(lc) + 1, excepted))
			continue;
		item = palloc0(sizeof(ShapeItem));
		item->kind = SHAPE_VALUE;
		item->shape = column->shape;
		item->location = ((ShapeStep *) linitial(column->path))->name.location;
		item->name = last->name;
		item->key = last->name.name;
		item->path = column->path;
		for (int i = 0; i < list->nkeys; i++)
		{
			if (list->keys[i].rank == FROM_STAR && strcmp(list->keys[i].item->key, item->key) == 0)
				ereport(ERROR,
						errcode(ERRCODE_DUPLICATE_COLUMN),
						errmsg("two values that rows are grouped by have the key \"%s\"", item->key),
						errhint("Name them in place of \"*\", each with a key of its own."),
						shape_position(item->shape, item->location));
		}
		key = add_object_key(list);
		key->name = make_key(scope->context->types.options, item->key);
		key->item = item;
		key->rank = FROM_STAR;
		key->active = scope->context->active;
	}
}

/* All that is in the named shape of a "...name". */
static void
add_spread(Scope *scope, KeyList *list, const ShapeItem *item)
{
	ShapeContext *context = scope->context;
	ActiveShape *outer = context->active;
	ShapePlace	place = {item->shape, item->name.location};
	ShapeSet   *set = open_named_shape(context, scope->relid, item->name.name, true, place);
	int			n;
	ObjectKey  *keys = collect_object_keys(scope, set, &n);

	for (int i = 0; i < n; i++)
	{
		ObjectKey  *key = add_object_key(list);
		int			position = key->position;

		*key = keys[i];
		key->rank = FROM_SPREAD;
		key->position = position;
	}
	context->active = outer;
}

/* The keys of a related row that are to stand among this object's own. */
static void
add_flat(Scope *scope, KeyList *list, const ShapeItem *item)
{
	ShapeContext *context = scope->context;
	const ShapeStep *step = linitial(item->path);
	StepTarget	target;
	Scope		inner = {.context = context};
	Relation	relation;
	ObjectKey  *keys;
	int			n;

	spend(context, place_of(item));
	if (scope->group != NIL)
		not_in_group(scope, step->name.name, place_of(item));
	if (!find_step(scope, item->shape, step, true, &target))
		unknown_name(scope, item->shape, step, true);
	if (leads_to_many(target.relationship))
		ereport(ERROR,
				errcode(ERRCODE_SYNTAX_ERROR),
				errmsg("\"%s\" leads to many rows, whose fields cannot stand in one", step->name.name),
				errhint("Only the fields of a to-one relationship can; write %s { ... } without the \"...\".",
						quote_shape_name(step->name.name)),
				shape_position(item->shape, step->name.location));
	if (!context->only_inserts)
		require_relationship(target.relationship, scope->relid, scope->at_hand, context->role,
							 place_of(item));
	inner.at_hand = OidIsValid(target.relationship->function);
	relation = open_table(&inner, target.relationship->target);
	keys = collect_object_keys(&inner, item->set, &n);
	for (int i = 0; i < n; i++)
	{
		ObjectKey  *key;

		/* nothing that is shown */
		if (keys[i].item != NULL && keys[i].item->kind == SHAPE_DELETE)
			continue;
		key = add_object_key(list);
		/* a column's name may go with what is closed */
		key->name = pstrdup(keys[i].name);
		key->rank = FROM_ITEM;
		key->item = item;
		key->active = context->active;
		key->target = target;
	}
	relation_close(relation, NoLock);
}

/*
 * All keys that a set gives an object of a scope's rows, in the order of the shape;
 * palloc'd in the current memory context. Raises ERRCODE_UNDEFINED_COLUMN,
 * ERRCODE_DUPLICATE_COLUMN, ERRCODE_SYNTAX_ERROR, and what find_step() and
 * open_named_shape() do.
 */
ObjectKey *
collect_object_keys(Scope *scope, const ShapeSet *set, int *nkeys)
{
	Bitmapset  *excepted = excepted_columns(scope, set);
	bool		star_seen = false;
	KeyList		list = {NULL};
	ListCell   *lc;

	check_stack_depth();
	foreach(lc, set->items)
	{
		const ShapeItem *item = lfirst(lc);

		CHECK_FOR_INTERRUPTS();
		if (item->kind >= SHAPE_VALUE)
			find_item(scope, item, add_object_key(&list));
		else if (item->kind == SHAPE_SPREAD)
			add_spread(scope, &list, item);
		else if (item->kind == SHAPE_FLAT)
			add_flat(scope, &list, item);
		else if (item->kind == SHAPE_ALL && !star_seen)
		{
			star_seen = true;
			if (scope->group != NIL)
				add_group_columns(scope, &list, excepted);
			else
				add_columns(scope, &list, excepted);
		}
	}
	*nkeys = settle_keys(scope, list.keys, list.nkeys);
	return list.keys;
}
