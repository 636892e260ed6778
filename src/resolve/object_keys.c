/*
 * items.c
 *		The items of a set and the catalog to entries: which key each of them
 *		gives, and which column, computed field or relationship it stands for.
 */
#include "jsonify.h"

#include "catalog/pg_class.h"
#include "miscadmin.h"
#include "nodes/bitmapset.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

/* Beyond that a list of all names is no help. */
#define MAX_LISTED_NAMES 20

/* The relationships by foreign keys of a level's table, read when first asked for. */
static RelationshipGraph *
builder_graph(LevelBuilder *builder)
{
	ShapeContext *context = builder->context;
	MemoryContext old;
	ListCell   *lc;

	if (builder->graph != NULL)
		return builder->graph;

	old = MemoryContextSwitchTo(context->work);
	builder->graph = read_relationships(builder->level->relid);
	MemoryContextSwitchTo(old);
	foreach(lc, builder->graph->relationships)
	{
		Relationship *relationship = lfirst(lc);

		relationship->readable = may_follow(relationship, builder->at_hand, context->role);
	}
	context->types.relids = list_concat_unique_oid(context->types.relids,
												   builder->graph->visited);
	return builder->graph;
}

/* Only tables and views can lead on. */
static bool
has_relationships(const LevelBuilder *builder)
{
	return OidIsValid(builder->level->relid);
}

/* Whether the role has SELECT on a column of a level's table. */
bool
may_select(const LevelBuilder *builder, AttrNumber attnum)
{
	return may_select_column(builder->level->relid, attnum, builder->context->role);
}

/* The value that was passed is shown whole; of related rows what one may read. */
static bool
is_in_star(const LevelBuilder *builder, AttrNumber attnum)
{
	return !TupleDescAttr(builder->tupdesc, attnum - 1)->attisdropped &&
		(builder->is_value || may_select(builder, attnum));
}

/* The number of a column; 0 if there is none of that name. Of equals the last. */
AttrNumber
find_attribute(TupleDesc tupdesc, const char *name)
{
	for (AttrNumber attnum = tupdesc->natts; attnum > 0; attnum--)
	{
		Form_pg_attribute attribute = TupleDescAttr(tupdesc, attnum - 1);

		if (!attribute->attisdropped && strcmp(NameStr(attribute->attname), name) == 0)
			return attnum;
	}
	return 0;
}

static AttrNumber
find_column(const LevelBuilder *builder, const char *name)
{
	return find_attribute(builder->tupdesc, name);
}

/*
 * Columns and computed fields, and computed relationships: those that the role
 * may read, for others are nobody's hint.
 */
static void
list_names(LevelBuilder *builder, bool computed_too, List **fields, List **relationships)
{
	Oid			relid = builder->level->relid;
	ListCell   *lc;

	for (AttrNumber attnum = 1; attnum <= builder->tupdesc->natts; attnum++)
	{
		if (is_in_star(builder, attnum) && (!OidIsValid(relid) || may_select(builder, attnum)))
			*fields = lappend(*fields, NameStr(TupleDescAttr(builder->tupdesc, attnum - 1)->attname));
	}
	if (!OidIsValid(relid) || !computed_too)
		return;
	foreach(lc, list_computed(relid, builder->context->role))
	{
		Computed   *computed = lfirst(lc);

		if (OidIsValid(computed->target))
			*relationships = lappend(*relationships, computed->name);
		else
			*fields = lappend(*fields, computed->name);
	}
}

static void
append_names(StringInfo buf, const char *what, List *names, bool quote)
{
	ListCell   *lc;

	if (names == NIL || list_length(names) > MAX_LISTED_NAMES)
		return;
	appendStringInfo(buf, "%s%s: ", buf->len > 0 ? " " : "", what);
	foreach(lc, names)
		appendStringInfo(buf, "%s%s", foreach_current_index(lc) > 0 ? ", " : "",
						 quote ? quote_shape_name(lfirst(lc)) : (char *) lfirst(lc));
	appendStringInfoChar(buf, '.');
}

/* Which names would do. */
typedef enum NameKind
{
	COLUMNS_ONLY,
	FIELDS_ONLY,				/* and what is computed */
	RELATIONSHIPS_ONLY,
	ALL_NAMES
} NameKind;

/*
 * What a wrong name may have been meant as: the nearest names, or else all;
 * a hint, palloc'd, or NULL.
 */
static char *
suggest_names(LevelBuilder *builder, const char *name, NameKind kinds)
{
	List	   *field_names = NIL;
	List	   *spellings = NIL;
	List	   *names = NIL;
	StringInfoData buf;
	char	   *nearest;
	bool		fields = kinds != RELATIONSHIPS_ONLY;
	bool		relationships = kinds != COLUMNS_ONLY && kinds != FIELDS_ONLY;

	list_names(builder, kinds != COLUMNS_ONLY, &field_names, &spellings);
	if (fields)
		names = list_copy(field_names);
	if (relationships)
		names = list_concat(names, spellings);
	if (relationships && has_relationships(builder))
	{
		RelationshipGraph *graph = builder_graph(builder);

		names = list_concat(names, relationship_names(graph));
		spellings = list_concat(spellings, relationship_spellings(graph));
	}
	nearest = nearest_names(name, names);
	if (nearest != NULL)
		return psprintf("Perhaps you meant %s.", nearest);

	initStringInfo(&buf);
	if (fields)
		append_names(&buf, "Columns", field_names, true);
	if (relationships)
		append_names(&buf, "Relationships", spellings, false);
	return buf.len > 0 ? buf.data : NULL;
}

/* Views have none, nor have foreign tables. */
static bool
has_foreign_keys(Oid relid)
{
	char		relkind = get_rel_relkind(relid);

	return relkind == RELKIND_RELATION || relkind == RELKIND_PARTITIONED_TABLE;
}

/*
 * Raises ERRCODE_UNDEFINED_COLUMN: what a step of a path names is not there.
 * only_relationship: a column would not do.
 */
void
unknown_name(LevelBuilder *builder, const ShapeText *shape, const ShapeStep *step,
			 bool only_relationship)
{
	const char *name = step->name.name;
	const char *what = builder->description;
	const List *via = step->args != NULL ? step->args->via : NIL;
	bool		is_column = find_column(builder, name) != 0;
	bool		related = has_relationships(builder);
	int			location = step->name.location;
	char	   *message;
	char	   *hint;

	if (!only_relationship)
	{
		message = psprintf(related ? "%s has no column or relationship \"%s\"" :
						   "%s has no column \"%s\"", what, name);
		hint = suggest_names(builder, name, ALL_NAMES);
	}
	else if (!related)
	{
		message = psprintf("%s has no relationship \"%s\"", what, name);
		hint = "Pass the row of the table itself, as in jsonify(t, ...) FROM table t.";
	}
	else if (via != NIL)
	{
		StringInfoData buf;

		message = psprintf("%s has no relationship \"%s\" via \"%s\"", what, name,
						   ((ShapeName *) llast(via))->name);
		initStringInfo(&buf);
		append_names(&buf, "Relationships", relationship_spellings(builder_graph(builder)),
					 false);
		hint = buf.len > 0 ? buf.data : NULL;
		location = ((ShapeName *) linitial(via))->location;
	}
	else
	{
		message = psprintf(is_column ? "\"%2$s\" is a column of %1$s, not a relationship" :
						   "%s has no relationship \"%s\"", what, name);
		if (is_column && type_has_fields(TupleDescAttr(builder->tupdesc, find_column(builder, name) - 1)->atttypid))
			hint = psprintf("Of what is in it a path is written: %s.name.", quote_shape_name(name));
		else
			hint = suggest_names(builder, name, RELATIONSHIPS_ONLY);
		if (hint == NULL && !has_foreign_keys(builder->level->relid))
			hint = "Without foreign keys, only functions make relationships: computed ones.";
	}
	ereport(ERROR,
			errcode(ERRCODE_UNDEFINED_COLUMN),
			errmsg_internal("%s", message),
			related || !only_relationship ? 0 :
			errdetail("Only the row of a table or view has relationships."),
			hint == NULL ? 0 : errhint("%s", hint),
			shape_position(shape, location));
}

/* A format takes a column: a relationship will not do. */
pg_noreturn static void
not_a_column(LevelBuilder *builder, const ShapeItem *item, bool is_relationship)
{
	char	   *hint = is_relationship ?
		"It is a relationship: a format stands behind a column, within its { ... }." :
		suggest_names(builder, item->name.name, FIELDS_ONLY);

	ereport(ERROR,
			errcode(ERRCODE_UNDEFINED_COLUMN),
			errmsg("%s has no column \"%s\"", builder->description, item->name.name),
			hint == NULL ? 0 : errhint("%s", hint),
			shape_position(item->shape, item->name.location));
}

/* Of a name that might become a function's, what tells when it does. */
static Computed *
look_for_computed(LevelBuilder *builder, const char *name)
{
	ShapeContext *context = builder->context;
	Oid			relid = builder->level->relid;
	MemoryContext old = MemoryContextSwitchTo(context->keep);

	context->function_hashes = lappend_int(context->function_hashes,
										   (int) computed_hash(relid, name));
	MemoryContextSwitchTo(old);
	return find_computed(relid, name);
}

/* A computed relationship, as those by keys are. */
static Relationship *
make_relationship(const Computed *computed)
{
	Relationship *relationship = palloc0(sizeof(Relationship));

	relationship->kind = computed->to_many ? TO_MANY : TO_ONE;
	relationship->target = computed->target;
	relationship->target_name = get_rel_name(computed->target);
	relationship->name = computed->name;
	relationship->function = computed->function;
	relationship->readable = true;
	return relationship;
}

/*
 * Finds what a step of a path names, on a level: a column, unless it has to be
 * a relationship; else what a function computes; else a relationship by a
 * foreign key. Returns false if nothing has that name. Raises
 * ERRCODE_AMBIGUOUS_COLUMN if several relationships have it.
 */
bool
find_step(LevelBuilder *builder, const ShapeText *shape, const ShapeStep *step,
		  bool only_relationship, StepTarget *target)
{
	const char *name = step->name.name;
	bool		has_via = step->args != NULL && step->args->via != NIL;
	Computed   *computed = NULL;

	memset(target, 0, sizeof(StepTarget));
	only_relationship |= step->args != NULL;
	if (!only_relationship)
		target->attnum = find_column(builder, name);
	if (target->attnum != 0)
		return true;
	if (!has_relationships(builder))
		return false;
	if (!has_via)
		computed = look_for_computed(builder, name);
	if (computed != NULL && OidIsValid(computed->target))
		target->relationship = make_relationship(computed);
	else if (computed != NULL && !only_relationship)
		target->computed = computed;
	else
		target->relationship = find_relationship(builder_graph(builder), shape, step);
	return target->computed != NULL || target->relationship != NULL;
}

/*
 * A column from "*" has the key of another, or of an item that takes its place:
 * as the columns of a record may, and an item with an alias, but not because
 * the option makes one key of two names.
 */
static void
check_same_name(const LevelBuilder *builder, const Entry *column, const Entry *other)
{
	const char *name = NameStr(TupleDescAttr(builder->tupdesc, column->target.attnum - 1)->attname);
	const char *other_name;

	if (other->item == NULL)
		other_name = NameStr(TupleDescAttr(builder->tupdesc, other->target.attnum - 1)->attname);
	else if (!other->item->is_aliased)
		other_name = other->item->name.name;
	else
		return;
	if (strcmp(name, other_name) != 0)
		camel_conflict(name, other_name, column->key);
}

/*
 * The same for a step of a path. One that another step follows names a column
 * only if that leads into its values.
 */
bool
find_path_step(LevelBuilder *builder, const ShapeText *shape, const ShapeStep *step,
			   bool is_last, StepTarget *target)
{
	bool		found = find_step(builder, shape, step, false, target);
	Oid			typid = InvalidOid;

	if (found && target->attnum != 0)
		typid = TupleDescAttr(builder->tupdesc, target->attnum - 1)->atttypid;
	else if (found && target->computed != NULL)
		typid = target->computed->result;
	if (is_last || !OidIsValid(typid) || type_has_fields(typid))
		return found;
	if (find_step(builder, shape, step, true, target))
		return true;
	ereport(ERROR,
			errcode(ERRCODE_UNDEFINED_COLUMN),
			errmsg("\"%s\" has nothing that a path can lead to", step->name.name),
			errdetail("It is of type %s, which is neither composite nor json.",
					  format_type_be(typid)),
			shape_position(shape, step->name.location));
}

static void
find_item(LevelBuilder *builder, const ShapeItem *item, Entry *entry)
{
	const ShapeStep *step = linitial(item->path);
	bool		is_path = list_length(item->path) > 1;
	bool		only_relationship = item->aggregate != AGGREGATE_NONE ||
		(item->set != NULL && !is_path);
	bool		found;

	entry->key = item->is_aliased ? item->key : make_key(builder->context->types.options, item->key);
	entry->item = item;
	entry->rank = FROM_ITEM;
	entry->active = builder->context->active;
	if (only_relationship)
		found = find_step(builder, item->shape, step, true, &entry->target);
	else
		found = find_path_step(builder, item->shape, step, !is_path, &entry->target);
	if (item->format.name != NULL && !is_path && item->aggregate == AGGREGATE_NONE &&
		(!found || entry->target.relationship != NULL))
		not_a_column(builder, item, found);
	if (!found)
		unknown_name(builder, item->shape, step, only_relationship || step->args != NULL);
}

/*
 * The set that is stored for a table under a name. From here on the named shape
 * is active, until the caller sets context->active back. If there is none of
 * that name, raises ERRCODE_UNDEFINED_OBJECT if it is required, else returns
 * NULL. Raises ERRCODE_INVALID_RECURSION for one that is active already. place
 * is where a shape names it; in no shape, if that is NULL.
 */
ShapeSet *
open_named_shape(ShapeContext *context, Oid relid, const char *name, bool required,
				 ShapePlace place)
{
	MemoryContext old = MemoryContextSwitchTo(context->work);
	NamedShape *shape = OidIsValid(relid) ? find_named_shape(relid, name) : NULL;
	ActiveShape *active;
	ShapeText  *text;
	Shape	   *parsed;

	if (shape == NULL && required)
	{
		List	   *names = NIL;
		char	   *nearest;
		ListCell   *lc;

		if (!OidIsValid(relid))
			ereport(ERROR,
					errcode(ERRCODE_UNDEFINED_OBJECT),
					errmsg("there is no shape \"%s\"", name),
					errdetail("Only the rows of tables and views have named shapes."),
					shape_position(place.shape, place.location));
		foreach(lc, list_named_shapes(relid))
			names = lappend(names, ((NamedShape *) lfirst(lc))->name);
		nearest = nearest_names(name, names);
		ereport(ERROR,
				errcode(ERRCODE_UNDEFINED_OBJECT),
				errmsg("%s has no shape \"%s\"", describe_relation(relid), name),
				nearest != NULL ? errhint("Perhaps you meant %s.", nearest) :
				errhint("Shapes are stored by jsonify_define(), and listed in the table jsonify_shapes."),
				shape_position(place.shape, place.location));
	}
	if (shape == NULL)
	{
		MemoryContextSwitchTo(old);
		return NULL;
	}
	/* errors may come to name it when its queries are run */
	text = MemoryContextAlloc(context->keep, sizeof(ShapeText));
	text->text = MemoryContextStrdup(context->keep, shape->text.text);
	text->description = MemoryContextStrdup(context->keep, shape->text.description);

	for (active = context->active; active != NULL; active = active->outer)
	{
		if (active->relid == relid && strcmp(active->name, name) == 0)
			ereport(ERROR,
					errcode(ERRCODE_INVALID_RECURSION),
					errmsg("shape \"%s\" of table \"%s\" contains itself", name,
						   get_rel_name(relid)),
					strcmp(name, "default") != 0 ? 0 :
					errhint("Give the relationship that leads back braces of its own, as in \"author { id }\"."),
					shape_position(place.shape, place.location));
	}
	parsed = parse_shape(text, jsonify_max_depth);
	if (parsed->set == NULL || parsed->args != NULL)
		not_storable(text);
	active = palloc(sizeof(ActiveShape));
	active->relid = relid;
	active->name = shape->name;
	active->outer = context->active;
	context->active = active;
	MemoryContextSwitchTo(old);
	return parsed->set;
}

/* The columns that "-name" items take out of "*", as attribute numbers. */
static Bitmapset *
excepted_columns(LevelBuilder *builder, const ShapeSet *set)
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
		attnum = find_column(builder, item->name.name);
		if (attnum == 0)
		{
			char	   *hint = suggest_names(builder, item->name.name, COLUMNS_ONLY);

			ereport(ERROR,
					errcode(ERRCODE_UNDEFINED_COLUMN),
					errmsg("%s has no column \"%s\" to leave out", builder->description,
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
compare_entries_by_key(const void *a, const void *b)
{
	const Entry *left = a;
	const Entry *right = b;
	int			result = strcmp(left->key, right->key);

	return result != 0 ? result : left->position - right->position;
}

static int
compare_entries_by_position(const void *a, const void *b)
{
	return ((const Entry *) a)->position - ((const Entry *) b)->position;
}

/* An item as it is written, but for args and braces; palloc'd. */
static char *
item_text(const ShapeItem *item)
{
	StringInfoData buf;
	ListCell   *lc;

	initStringInfo(&buf);
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
 * Leaves one entry a key, where the first of them stands: an item rather than
 * what comes from "...name", and that rather than a column from "*"; among
 * equals the last. Two items with one key are an error, reported at the second.
 * Returns how many entries are left.
 */
static int
settle_keys(LevelBuilder *builder, Entry *entries, int nentries)
{
	const ShapeItem *duplicate = NULL;
	int			n = 0;

	qsort(entries, nentries, sizeof(Entry), compare_entries_by_key);
	for (int i = 0; i < nentries; i++)
	{
		Entry	   *last = n > 0 ? &entries[n - 1] : NULL;
		Entry	   *entry = &entries[i];
		int			position;

		if (last == NULL || strcmp(last->key, entry->key) != 0)
		{
			entries[n++] = *entry;
			continue;
		}
		if (last->item == NULL)
			check_same_name(builder, last, entry);
		else if (entry->item == NULL)
			check_same_name(builder, entry, last);
		if (last->rank == FROM_ITEM && entry->rank == FROM_ITEM &&
			(duplicate == NULL || entry->item->location < duplicate->location))
			duplicate = entry->item;

		/* of columns alone the last counts where it stands: so jsonb has it */
		position = last->rank == FROM_STAR && entry->rank == FROM_STAR ?
			entry->position : last->position;
		if (entry->rank >= last->rank)
			*last = *entry;
		last->position = position;
	}
	if (duplicate != NULL)
		ereport(ERROR,
				errcode(ERRCODE_DUPLICATE_COLUMN),
				errmsg("key \"%s\" given twice in shape", duplicate->key),
				errhint("Give one of them another key, as in \"key: %s\".", item_text(duplicate)),
				shape_position(duplicate->shape, duplicate->location));
	qsort(entries, n, sizeof(Entry), compare_entries_by_position);
	return n;
}

/* The entries of a set, while they are collected. */
typedef struct EntryList
{
	Entry	   *entries;
	int			nentries;
	int			capacity;
} EntryList;

static Entry *
add_entry(EntryList *list)
{
	Entry	   *entry;

	if (list->nentries == list->capacity)
	{
		list->capacity = list->capacity * 2 + 16;
		list->entries = list->entries == NULL ? palloc(sizeof(Entry) * list->capacity) :
			repalloc(list->entries, sizeof(Entry) * list->capacity);
	}
	entry = &list->entries[list->nentries];
	memset(entry, 0, sizeof(Entry));
	entry->position = list->nentries++;
	return entry;
}

static void
add_columns(LevelBuilder *builder, EntryList *list, const Bitmapset *excepted)
{
	for (AttrNumber attnum = 1; attnum <= builder->tupdesc->natts; attnum++)
	{
		Form_pg_attribute attribute = TupleDescAttr(builder->tupdesc, attnum - 1);
		Entry	   *entry;

		if (!is_in_star(builder, attnum) || bms_is_member(attnum, excepted))
			continue;
		entry = add_entry(list);
		entry->key = make_key(builder->context->types.options, NameStr(attribute->attname));
		entry->active = builder->context->active;
		entry->target.attnum = attnum;
	}
}

/* All that is in the named shape of a "...name". */
static void
add_spread(LevelBuilder *builder, EntryList *list, const ShapeItem *item)
{
	ShapeContext *context = builder->context;
	ActiveShape *outer = context->active;
	ShapePlace	place = {item->shape, item->name.location};
	ShapeSet   *set = open_named_shape(context, builder->level->relid, item->name.name, true,
									 place);
	int			n;
	Entry	   *entries = collect_entries(builder, set, &n);

	for (int i = 0; i < n; i++)
	{
		Entry	   *entry = add_entry(list);
		int			position = entry->position;

		*entry = entries[i];
		entry->rank = FROM_SPREAD;
		entry->position = position;
	}
	context->active = outer;
}

/*
 * All keys of a level's object, in the order of the shape; palloc'd in the
 * current memory context. Raises what resolve_value() does.
 */
Entry *
collect_entries(LevelBuilder *builder, const ShapeSet *set, int *nentries)
{
	Bitmapset  *excepted = excepted_columns(builder, set);
	bool		star_seen = false;
	EntryList	list = {NULL};
	ListCell   *lc;

	check_stack_depth();
	foreach(lc, set->items)
	{
		const ShapeItem *item = lfirst(lc);

		CHECK_FOR_INTERRUPTS();
		if (item->kind == SHAPE_VALUE)
			find_item(builder, item, add_entry(&list));
		else if (item->kind == SHAPE_SPREAD)
			add_spread(builder, &list, item);
		else if (item->kind == SHAPE_ALL && !star_seen)
		{
			star_seen = true;
			add_columns(builder, &list, excepted);
		}
	}
	*nentries = settle_keys(builder, list.entries, list.nentries);
	return list.entries;
}
