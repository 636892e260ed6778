/*
 * resolve.c
 *		A parsed shape and the catalog to levels: which columns each object
 *		has, which relationships lead on, and which columns they need.
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

/* Beyond that a list of all names is no help. */
#define MAX_LISTED_NAMES 20

/* One level, while it is made. */
typedef struct LevelBuilder
{
	ShapeContext *context;
	Level	   *level;
	TupleDesc	tupdesc;		/* of the table, or of the root's value */
	bool		is_root;
	const char *description;	/* of what the level's rows are, for errors */
	RelationshipGraph *graph;	/* read when first asked for */
} LevelBuilder;

/* One key of the object: of an item, or of a column that "*" stands for. */
typedef struct Entry
{
	const char *key;
	const ShapeItem *item;		/* NULL of a column that "*" stands for */
	int			position;
	AttrNumber	attnum;			/* of a column; else 0 */
	Relationship *relationship; /* of related rows; else NULL */
} Entry;

static Level *resolve_related_level(ShapeContext *context, Branch *branch,
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

		relationship->readable = may_follow(relationship, builder->is_root, context->role);
	}
	context->types.relids = list_concat_unique_oid(context->types.relids,
												   builder->graph->visited);
	return builder->graph;
}

/* Only tables have foreign keys. */
static bool
has_relationships(const LevelBuilder *builder)
{
	char		relkind;

	if (!OidIsValid(builder->level->relid))
		return false;
	relkind = get_rel_relkind(builder->level->relid);
	return relkind == RELKIND_RELATION || relkind == RELKIND_PARTITIONED_TABLE;
}

static bool
may_select(const LevelBuilder *builder, AttrNumber attnum)
{
	return may_select_column(builder->level->relid, attnum, builder->context->role);
}

/* The value that was passed is shown whole; of related rows what one may read. */
static bool
is_in_star(const LevelBuilder *builder, AttrNumber attnum)
{
	return !TupleDescAttr(builder->tupdesc, attnum - 1)->attisdropped &&
		(builder->is_root || may_select(builder, attnum));
}

/* The number of a column; 0 if there is none of that name. Of equals the last. */
static AttrNumber
find_column(const LevelBuilder *builder, const char *name)
{
	for (AttrNumber attnum = builder->tupdesc->natts; attnum > 0; attnum--)
	{
		Form_pg_attribute attribute = TupleDescAttr(builder->tupdesc, attnum - 1);

		if (!attribute->attisdropped && strcmp(NameStr(attribute->attname), name) == 0)
			return attnum;
	}
	return 0;
}

/* Those that the role may read: others are nobody's hint. */
static List *
column_names(const LevelBuilder *builder)
{
	List	   *names = NIL;

	for (AttrNumber attnum = 1; attnum <= builder->tupdesc->natts; attnum++)
	{
		if (is_in_star(builder, attnum) &&
			(!OidIsValid(builder->level->relid) || may_select(builder, attnum)))
			names = lappend(names, NameStr(TupleDescAttr(builder->tupdesc, attnum - 1)->attname));
	}
	return names;
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

/*
 * What a wrong name may have been meant as: the nearest names, or else all;
 * a hint, palloc'd, or NULL.
 */
static char *
suggest_names(LevelBuilder *builder, const char *name, bool columns, bool relationships)
{
	List	   *names = columns ? column_names(builder) : NIL;
	List	   *spellings = NIL;
	StringInfoData buf;
	char	   *nearest;

	if (relationships && has_relationships(builder))
	{
		spellings = relationship_spellings(builder_graph(builder));
		nearest = nearest_names(name, list_concat_copy(names,
													   relationship_names(builder->graph)));
	}
	else
		nearest = nearest_names(name, names);
	if (nearest != NULL)
		return psprintf("Perhaps you meant %s.", nearest);

	initStringInfo(&buf);
	append_names(&buf, "Columns", names, true);
	append_names(&buf, "Relationships", spellings, false);
	return buf.len > 0 ? buf.data : NULL;
}

pg_noreturn static void
unknown_name(LevelBuilder *builder, const ShapeItem *item)
{
	const char *name = item->name.name;
	const char *what = builder->description;
	bool		is_column = find_column(builder, name) != 0;
	bool		related = has_relationships(builder);
	int			location = item->name.location;
	char	   *message;
	char	   *hint;

	if (!item->is_relationship)
	{
		message = psprintf(related ? "%s has no column or relationship \"%s\"" :
						   "%s has no column \"%s\"", what, name);
		hint = suggest_names(builder, name, true, true);
	}
	else if (!related)
	{
		message = psprintf("%s has no relationship \"%s\"", what, name);
		hint = "Pass the row of the table itself, as in jsonify(t, ...) FROM table t.";
	}
	else if (item->via != NIL)
	{
		StringInfoData buf;

		message = psprintf("%s has no relationship \"%s\" via \"%s\"", what, name,
						   ((ShapeName *) llast(item->via))->name);
		initStringInfo(&buf);
		append_names(&buf, "Relationships", relationship_spellings(builder_graph(builder)),
					 false);
		hint = buf.len > 0 ? buf.data : NULL;
		location = ((ShapeName *) linitial(item->via))->location;
	}
	else
	{
		message = psprintf(is_column ? "\"%2$s\" is a column of %1$s, not a relationship" :
						   "%s has no relationship \"%s\"", what, name);
		hint = suggest_names(builder, name, false, true);
	}
	ereport(ERROR,
			errcode(ERRCODE_UNDEFINED_COLUMN),
			errmsg_internal("%s", message),
			related || !item->is_relationship ? 0 :
			errdetail("Only the row of a table has relationships, which its foreign keys tell."),
			hint == NULL ? 0 : errhint("%s", hint),
			shape_position(builder->context->shape, location));
}

/* A format takes a column: a relationship will not do. */
pg_noreturn static void
unknown_column(LevelBuilder *builder, const ShapeItem *item)
{
	char	   *hint = suggest_names(builder, item->name.name, true, false);
	ListCell   *lc;

	if (has_relationships(builder))
	{
		foreach(lc, relationship_names(builder_graph(builder)))
		{
			if (strcmp(lfirst(lc), item->name.name) == 0)
				hint = "It is a relationship: a format stands behind a column, within its { ... }.";
		}
	}
	ereport(ERROR,
			errcode(ERRCODE_UNDEFINED_COLUMN),
			errmsg("%s has no column \"%s\"", builder->description, item->name.name),
			hint == NULL ? 0 : errhint("%s", hint),
			shape_position(builder->context->shape, item->name.location));
}

/* Where in a level's rows a column is; adds it to what is loaded if need be. */
static int
level_column(LevelBuilder *builder, AttrNumber attnum)
{
	Level	   *level = builder->level;
	LevelColumn *column;

	for (int i = 0; i < level->ncolumns; i++)
	{
		if (level->columns[i].attnum == attnum)
			return i;
	}

	level->columns = level->columns == NULL ? palloc(sizeof(LevelColumn)) :
		repalloc(level->columns, sizeof(LevelColumn) * (level->ncolumns + 1));
	column = &level->columns[level->ncolumns];
	column->attnum = attnum;
	if (attnum == InvalidAttrNumber)
	{
		column->typid = get_rel_type_id(level->relid);
		column->typlen = -1;
		column->typbyval = false;
		column->collation = InvalidOid;
		column->name = "";
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
		column->collation = InvalidOid;
		column->name = attnum == TableOidAttributeNumber ? "tableoid" : "ctid";
	}
	return level->ncolumns++;
}

/*
 * A column from "*" has the key of another, or of an item that takes its place:
 * as the columns of a record may, and an item with an alias, but not because
 * the option makes one key of two names.
 */
static void
check_same_name(const LevelBuilder *builder, const Entry *column, const Entry *other)
{
	const char *name = NameStr(TupleDescAttr(builder->tupdesc, column->attnum - 1)->attname);
	const char *other_name;

	if (other->item == NULL)
		other_name = NameStr(TupleDescAttr(builder->tupdesc, other->attnum - 1)->attname);
	else if (!other->item->is_aliased)
		other_name = other->item->name.name;
	else
		return;
	if (strcmp(name, other_name) != 0)
		camel_conflict(name, other_name, column->key);
}

static void
find_item(LevelBuilder *builder, const ShapeItem *item, Entry *entry)
{
	entry->key = item->is_aliased ? item->key : make_key(builder->context->types.options, item->key);
	entry->item = item;
	if (!item->is_relationship)
		entry->attnum = find_column(builder, item->name.name);
	if (entry->attnum == 0 && item->format.name != NULL)
		unknown_column(builder, item);
	if (entry->attnum == 0 && has_relationships(builder))
		entry->relationship = find_relationship(builder_graph(builder),
												builder->context->shape, item);
	if (entry->attnum == 0 && entry->relationship == NULL)
		unknown_name(builder, item);
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
			char	   *hint = suggest_names(builder, item->name.name, true, false);

			ereport(ERROR,
					errcode(ERRCODE_UNDEFINED_COLUMN),
					errmsg("%s has no column \"%s\" to leave out", builder->description,
						   item->name.name),
					hint == NULL ? 0 : errhint("%s", hint),
					shape_position(builder->context->shape, item->name.location));
		}
		excepted = bms_add_member(excepted, attnum);
	}
	if (first != NULL && !has_star)
		ereport(ERROR,
				errcode(ERRCODE_SYNTAX_ERROR),
				errmsg("\"-%s\" has no \"*\" to be taken out of", first->name.name),
				errhint("Write { * -%s }, or leave the item out.",
						quote_shape_name(first->name.name)),
				shape_position(builder->context->shape, first->location));
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

/*
 * Leaves one entry a key: an item takes the place of a column from "*", and
 * two items with one key are an error, reported at the second. Returns how
 * many entries are left.
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

		if (last == NULL || strcmp(last->key, entry->key) != 0)
			entries[n++] = *entry;
		else if (last->item == NULL)
		{
			/* of columns alone, the last counts: so jsonb has it */
			int			position = last->position;

			check_same_name(builder, last, entry);
			*last = *entry;
			if (entry->item != NULL)
				last->position = position;
		}
		else if (entry->item == NULL)
			check_same_name(builder, entry, last);
		else if (duplicate == NULL || entry->item->location < duplicate->location)
			duplicate = entry->item;
	}
	if (duplicate != NULL)
		ereport(ERROR,
				errcode(ERRCODE_DUPLICATE_COLUMN),
				errmsg("key \"%s\" given twice in shape", duplicate->key),
				errhint("Give one of them another key, as in \"key: %s\".",
						quote_shape_name(duplicate->name.name)),
				shape_position(builder->context->shape, duplicate->location));
	qsort(entries, n, sizeof(Entry), compare_entries_by_position);
	return n;
}

/* All keys of a level's object, in the order of the shape. */
static Entry *
collect_entries(LevelBuilder *builder, const ShapeSet *set, int *nentries)
{
	Bitmapset  *excepted = excepted_columns(builder, set);
	int			natts = builder->tupdesc->natts;
	bool		star_seen = false;
	Entry	   *entries = palloc0(sizeof(Entry) * (list_length(set->items) + natts + 1));
	int			n = 0;
	ListCell   *lc;

	foreach(lc, set->items)
	{
		const ShapeItem *item = lfirst(lc);

		if (item->kind == SHAPE_NAME)
		{
			entries[n].position = n;
			find_item(builder, item, &entries[n++]);
		}
		else if (item->kind == SHAPE_ALL && !star_seen)
		{
			star_seen = true;
			for (AttrNumber attnum = 1; attnum <= natts; attnum++)
			{
				if (!is_in_star(builder, attnum) || bms_is_member(attnum, excepted))
					continue;
				entries[n].position = n;
				entries[n].key = make_key(builder->context->types.options,
										  NameStr(TupleDescAttr(builder->tupdesc,
																attnum - 1)->attname));
				entries[n++].attnum = attnum;
			}
		}
	}
	*nentries = settle_keys(builder, entries, n);
	return entries;
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
	Branch	   *branch = palloc0(sizeof(Branch));
	ForeignKey *key = relationship->key;

	branch->number = level->nbranches++;
	level->branches = level->branches == NULL ? palloc(sizeof(Branch *)) :
		repalloc(level->branches, sizeof(Branch *) * level->nbranches);
	level->branches[branch->number] = branch;
	builder->context->nbranches++;
	require_follow(builder->context, relationship, builder->is_root, item->name.location);
	branch->relationship = copy_relationship(relationship);
	branch->nkeys = key->nkeys;
	for (int i = 0; i < key->nkeys; i++)
		branch->key_columns[i] = level_column(builder, relationship->kind == TO_ONE ?
											  key->referencing_attnums[i] :
											  key->referenced_attnums[i]);
	branch->child = resolve_related_level(builder->context, branch, item);
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
			shape_position(builder->context->shape, item->format.location));
}

/* Fills the level from the set: its fields, columns and branches. */
static void
resolve_set(LevelBuilder *builder, const ShapeSet *set)
{
	Level	   *level = builder->level;
	MemoryContext old = MemoryContextSwitchTo(builder->context->work);
	int			nentries;
	Entry	   *entries = collect_entries(builder, set, &nentries);
	Field	   *fields;

	MemoryContextSwitchTo(old);
	fields = palloc0(sizeof(Field) * Max(nentries, 1));

	for (int i = 0; i < nentries; i++)
	{
		Field	   *field = &fields[i];
		Entry	   *entry = &entries[i];

		CHECK_FOR_INTERRUPTS();
		field->key = pstrdup(entry->key);
		field->key_length = strlen(field->key);
		if (entry->relationship != NULL)
		{
			field->column = -1;
			field->branch = resolve_branch(builder, entry->relationship, entry->item);
		}
		else
		{
			if (!builder->is_root && entry->item != NULL)
				require_select(builder->context, level->relid, entry->attnum,
							   entry->item->name.location);
			field->column = level_column(builder, entry->attnum);
			field->type = resolve_type(builder, entry->item,
									   level->columns[field->column].typid);
		}
	}
	make_object_form(&builder->context->types, fields, nentries, &level->object);
}

/*
 * The columns that order the rows of one parent: the primary key's; without
 * one, or where the role may not read it, the rows' place in the table.
 */
static void
resolve_order(LevelBuilder *builder)
{
	Level	   *level = builder->level;
	List	   *attnums = primary_key_attnums(level->relid);
	ListCell   *lc;

	foreach(lc, attnums)
	{
		if (!may_select(builder, lfirst_int(lc)))
			attnums = NIL;
		if (attnums == NIL)
			break;
	}
	if (attnums == NIL && may_select(builder, SelfItemPointerAttributeNumber))
		attnums = list_make2_int(TableOidAttributeNumber, SelfItemPointerAttributeNumber);
	foreach(lc, attnums)
		level->order_columns[level->norder++] = level_column(builder, lfirst_int(lc));
}

/*
 * A related row without a shape of its own is what the cast of its row type
 * makes of it, if it has one. Returns whether it has.
 */
static bool
resolve_row_cast(LevelBuilder *builder, const ShapeItem *item)
{
	Level	   *level = builder->level;
	ValueType  *type = make_value_type(&builder->context->types, get_rel_type_id(level->relid));

	if (type->write != write_function)
		return false;
	for (AttrNumber attnum = 1; attnum <= builder->tupdesc->natts; attnum++)
	{
		if (!TupleDescAttr(builder->tupdesc, attnum - 1)->attisdropped)
			require_select(builder->context, level->relid, attnum, item->name.location);
	}
	level->object.row_type = type;
	level->object.row_column = level_column(builder, InvalidAttrNumber);
	return true;
}

static Level *
resolve_related_level(ShapeContext *context, Branch *branch, const ShapeItem *item)
{
	static ShapeItem all = {.kind = SHAPE_ALL};
	Relationship *relationship = branch->relationship;
	ShapeSet	everything = {.items = list_make1(&all)};
	Level	   *level = palloc0(sizeof(Level));
	LevelBuilder builder = {.context = context,.level = level};
	Relation	relation;

	check_stack_depth();
	/* the lock is kept, as a query of that table would keep it */
	relation = try_relation_open(relationship->target, AccessShareLock);
	if (relation == NULL)
		ereport(ERROR,
				errcode(ERRCODE_UNDEFINED_TABLE),
				errmsg("table \"%s\" was dropped concurrently", relationship->target_name));
	context->types.relids = list_append_unique_oid(context->types.relids,
												   relationship->target);
	context->locks = list_append_unique_oid(context->locks, relationship->target);
	if (relationship->kind == MANY_TO_MANY)
		context->locks = list_append_unique_oid(context->locks,
												relationship->key->referencing);

	level->relid = relationship->target;
	builder.tupdesc = RelationGetDescr(relation);
	builder.description = describe_relation(level->relid);
	if (item->set != NULL || !resolve_row_cast(&builder, item))
		resolve_set(&builder, item->set != NULL ? item->set : &everything);

	if (relationship->kind != TO_ONE)
		resolve_order(&builder);
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

/* The table whose row type it is, or InvalidOid. */
static Oid
table_of_type(Oid typid)
{
	Oid			relid = typid == RECORDOID ? InvalidOid : get_typ_typrelid(typid);

	return OidIsValid(relid) && get_rel_relkind(relid) != RELKIND_COMPOSITE_TYPE ?
		relid : InvalidOid;
}

/*
 * Resolves a parsed shape for values of a row type, and everything below it.
 * tupdesc describes them; it is copied. The result is palloc'd in the current
 * memory context, which must live as long as it is used. What it depends on
 * is added to context: tables and types, and the tables that must be locked
 * before its queries run. Raises ERRCODE_UNDEFINED_COLUMN for a name that
 * nothing has, ERRCODE_AMBIGUOUS_COLUMN for one that several relationships
 * have, ERRCODE_DUPLICATE_COLUMN for a key given twice.
 */
Level *
resolve_shape(ShapeContext *context, const ShapeSet *set, Oid typid, TupleDesc tupdesc)
{
	Level	   *level = palloc0(sizeof(Level));
	LevelBuilder builder = {.context = context,.level = level,.is_root = true};

	level->relid = table_of_type(typid);
	level->tupdesc = CreateTupleDescCopyConstr(tupdesc);
	builder.tupdesc = level->tupdesc;
	if (OidIsValid(level->relid))
		builder.description = describe_relation(level->relid);
	else if (typid != RECORDOID)
		builder.description = psprintf("type %s", format_type_be(typid));
	else
		builder.description = "the record";

	/* the root's rows are deformed whole, so that columns stand by number */
	for (AttrNumber attnum = 1; attnum <= tupdesc->natts; attnum++)
		level_column(&builder, attnum);
	resolve_set(&builder, set);
	return level;
}
