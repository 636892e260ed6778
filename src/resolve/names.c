/*
 * names.c
 *		What a name in a shape stands for on a level: a column, what a function
 *		computes, or a relationship; and what to say when it stands for nothing.
 */
#include "resolve/internal.h"

#include "utils/builtins.h"
#include "utils/lsyscache.h"

/* Beyond that a list of all names is no help. */
#define MAX_LISTED_NAMES 20

/* The relationships by foreign keys of a scope's table, read when first asked for. */
static RelationshipGraph *
scope_graph(Scope *scope)
{
	ShapeContext *context = scope->context;
	MemoryContext old;

	if (scope->graph != NULL)
		return scope->graph;

	old = MemoryContextSwitchTo(context->work);
	scope->graph = read_relationships(scope->relid);
	MemoryContextSwitchTo(old);
	judge_relationships(scope->graph, scope->at_hand, context->role, context->only_inserts);
	context->types.relids = list_concat_unique_oid(context->types.relids,
												   scope->graph->visited);
	return scope->graph;
}

/*
 * Raises ERRCODE_FEATURE_NOT_SUPPORTED: a relationship of a shard's table leads to rows
 * that may lie anywhere.
 */
pg_noreturn static void
beyond_shard(const Scope *scope, const ShapeText *shape, const ShapeStep *step)
{
	char	   *table = logical_name(scope->relid);

	ereport(ERROR,
			errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
			errmsg("relationship \"%s\" of table \"%s\" leads beyond the shard that is read",
				   step->name.name, table),
			errdetail("The query runs where the shard \"%s\" is, and not all of these rows need be there.",
					  get_rel_name(scope->relid)),
			errhint("Call jsonify_find('%s', ...) on the coordinator.", table),
			shape_position(shape, step->name.location));
}

static bool
is_same_column(Oid relid, AttrNumber attnum, Oid shard, AttrNumber of_shard)
{
	return strcmp(get_attname(relid, attnum, false), get_attname(shard, of_shard, false)) == 0;
}

/* Whether a key is, of tables, what another is of their shards; the names may differ, cut. */
static bool
is_key_of_shard(const ForeignKey *key, const ForeignKey *of_shard)
{
	if (key == NULL || of_shard == NULL)
		return key == of_shard;
	if (key->referencing != logical_table(of_shard->referencing) ||
		key->referenced != logical_table(of_shard->referenced) || key->nkeys != of_shard->nkeys)
		return false;
	for (int i = 0; i < key->nkeys; i++)
	{
		if (!is_same_column(key->referencing, key->referencing_attnums[i], of_shard->referencing,
							of_shard->referencing_attnums[i]) ||
			!is_same_column(key->referenced, key->referenced_attnums[i], of_shard->referenced,
							of_shard->referenced_attnums[i]))
			return false;
	}
	return true;
}

/*
 * Raises the same unless what a step names is of a shard what it is of its table, and what
 * find_relationship() does of that: others of its relationships may have the name.
 */
static void
check_beyond_shard(const Scope *scope, const ShapeText *shape, const ShapeStep *step,
				   const Relationship *found)
{
	ShapeContext *context = scope->context;
	Oid			table = logical_table(scope->relid);
	MemoryContext old;
	RelationshipGraph *graph;
	Relationship *named;

	if (table == scope->relid)
		return;
	old = MemoryContextSwitchTo(context->work);
	graph = read_relationships(table);
	judge_relationships(graph, scope->at_hand, context->role, context->only_inserts);
	named = find_relationship(graph, shape, step);
	MemoryContextSwitchTo(old);
	context->types.relids = list_concat_unique_oid(context->types.relids, graph->visited);
	if (named != NULL &&
		(found == NULL || named->kind != found->kind || !is_key_of_shard(named->key, found->key) ||
		 !is_key_of_shard(named->far_key, found->far_key)))
		beyond_shard(scope, shape, step);
}

/* The relationship by a foreign key that a step names, as find_relationship() has it. */
static Relationship *
look_for_relationship(Scope *scope, const ShapeText *shape, const ShapeStep *step)
{
	ShapeContext *context = scope->context;
	RelationshipGraph *graph = scope_graph(scope);
	int			nvisited = list_length(graph->visited);
	Relationship *relationship = find_relationship(graph, shape, step);

	/* views were looked at as well */
	if (list_length(graph->visited) > nvisited)
		context->types.relids = list_concat_unique_oid(context->types.relids, graph->visited);
	check_beyond_shard(scope, shape, step, relationship);
	return relationship;
}

/* Only tables and views can lead on. */
static bool
has_relationships(const Scope *scope)
{
	return OidIsValid(scope->relid);
}

/* Whether the role has SELECT on a column of a scope's table. */
bool
may_select(const Scope *scope, AttrNumber attnum)
{
	return may_use_column(scope->relid, attnum, scope->context->role, ACL_SELECT);
}

/*
 * Whether "*" has a column: a value that was passed is shown whole; of related
 * rows what one may read. Where nothing is read, what one may write, too.
 */
bool
is_in_star(const Scope *scope, AttrNumber attnum)
{
	return !TupleDescAttr(scope->tupdesc, attnum - 1)->attisdropped &&
		(scope->is_value || may_select(scope, attnum) ||
		 (scope->context->only_inserts &&
		  may_use_column(scope->relid, attnum, scope->context->role, ACL_INSERT)));
}

/*
 * Columns and computed fields, and computed relationships: those that the role
 * may read, for others are nobody's hint.
 */
static void
list_names(Scope *scope, bool computed_too, List **fields, List **relationships)
{
	Oid			relid = scope->relid;
	ListCell   *lc;

	for (AttrNumber attnum = 1; attnum <= scope->tupdesc->natts; attnum++)
	{
		if (is_in_star(scope, attnum) && (!OidIsValid(relid) || may_select(scope, attnum)))
			*fields = lappend(*fields, NameStr(TupleDescAttr(scope->tupdesc, attnum - 1)->attname));
	}
	if (!OidIsValid(relid) || !computed_too)
		return;
	foreach(lc, list_computed(relid, scope->context->role))
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

/* Of a record where Citus is, which may be the row of a view. */
#define RECORD_OF_VIEW "Citus makes records of the rows of a view: of one that reads distributed tables, call jsonify_find() on the coordinator, with its name."

/*
 * What a wrong name may have been meant as: the nearest names, or else all;
 * a hint, palloc'd, or NULL.
 */
char *
suggest_names(Scope *scope, const char *name, NameKind kinds)
{
	List	   *field_names = NIL;
	List	   *spellings = NIL;
	List	   *names = NIL;
	StringInfoData buf;
	char	   *nearest;
	bool		fields = kinds != RELATIONSHIPS_ONLY;
	bool		relationships = kinds != COLUMNS_ONLY && kinds != FIELDS_ONLY;

	if (!has_relationships(scope) && in_task())
		return pstrdup(RECORD_OF_VIEW);
	list_names(scope, kinds != COLUMNS_ONLY, &field_names, &spellings);
	if (fields)
		names = list_copy(field_names);
	if (relationships)
		names = list_concat(names, spellings);
	if (relationships && has_relationships(scope))
	{
		RelationshipGraph *graph = scope_graph(scope);

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

/*
 * Raises ERRCODE_UNDEFINED_COLUMN: what a step of a path names is not there.
 * only_relationship: a column would not do.
 */
void
unknown_name(Scope *scope, const ShapeText *shape, const ShapeStep *step,
			 bool only_relationship)
{
	const char *name = step->name.name;
	const char *what = scope->description;
	const List *via = step->args != NULL ? step->args->via : NIL;
	bool		is_column = find_attribute(scope->tupdesc, name) != 0;
	bool		related = has_relationships(scope);
	int			location = step->name.location;
	char	   *message;
	char	   *hint;

	if (!only_relationship)
	{
		message = psprintf(related ? "%s has no column or relationship \"%s\"" :
						   "%s has no column \"%s\"", what, name);
		hint = suggest_names(scope, name, ALL_NAMES);
	}
	else if (!related)
	{
		message = psprintf("%s has no relationship \"%s\"", what, name);
		hint = in_task() ? RECORD_OF_VIEW :
			has_citus() ? "Pass the row of the table itself, as in jsonify(t, ...) FROM table t. " RECORD_OF_VIEW :
			"Pass the row of the table itself, as in jsonify(t, ...) FROM table t.";
	}
	else if (via != NIL)
	{
		StringInfoData buf;

		message = psprintf("%s has no relationship \"%s\" via \"%s\"", what, name,
						   ((ShapeName *) llast(via))->name);
		initStringInfo(&buf);
		append_names(&buf, "Relationships", relationship_spellings(scope_graph(scope)),
					 false);
		hint = buf.len > 0 ? buf.data : NULL;
		location = ((ShapeName *) linitial(via))->location;
	}
	else
	{
		message = psprintf(is_column ? "\"%2$s\" is a column of %1$s, not a relationship" :
						   "%s has no relationship \"%s\"", what, name);
		if (is_column && type_has_fields(TupleDescAttr(scope->tupdesc, find_attribute(scope->tupdesc, name) - 1)->atttypid))
			hint = psprintf("Of what is in it a path is written: %s.name.", quote_shape_name(name));
		else
			hint = suggest_names(scope, name, RELATIONSHIPS_ONLY);
		if (hint == NULL && !has_foreign_keys(scope->relid))
			hint = "Without foreign keys, only functions make relationships: computed ones.";
	}
	if (related && only_relationship && has_shards(logical_table(scope->relid)))
		hint = psprintf("%s%sWhere Citus can have no foreign key, a function makes a relationship: see docs/clusters.md.",
						hint != NULL ? hint : "", hint != NULL ? " " : "");
	ereport(ERROR,
			errcode(ERRCODE_UNDEFINED_COLUMN),
			errmsg_internal("%s", message),
			related || !only_relationship ? 0 :
			errdetail("Only the row of a table or view has relationships."),
			hint == NULL ? 0 : errhint("%s", hint),
			shape_position(shape, location));
}

/*
 * The same of a name that is compared with something as if it were a value: in double
 * quotes, or without any behind an operator.
 */
void
no_such_value(Scope *scope, const ShapeText *shape, const ShapeStep *step)
{
	const char *name = step->name.name;
	char	   *others = suggest_names(scope, name, ALL_NAMES);

	ereport(ERROR,
			errcode(ERRCODE_UNDEFINED_COLUMN),
			errmsg(has_relationships(scope) ? "%s has no column or relationship \"%s\"" :
				   "%s has no column \"%s\"", scope->description, name),
			shape->text[step->name.location] != '"' ? 0 :
			errdetail("What stands in double quotes is a name."),
			errhint("A value is put in single quotes: %s.%s%s", quote_shape_text(name),
					others != NULL ? " " : "", others != NULL ? others : ""),
			shape_position(shape, step->name.location));
}

/* Of a name that might become a function's, what tells when it does. */
static Computed *
look_for_computed(Scope *scope, const char *name)
{
	ShapeContext *context = scope->context;
	Oid			relid = scope->relid;
	MemoryContext old = MemoryContextSwitchTo(context->plan_context);

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
 * Finds what a step of a path names, in a scope: a column, unless it has to be
 * a relationship; else what a function computes; else a relationship by a
 * foreign key. Returns false if nothing has that name. Raises
 * ERRCODE_AMBIGUOUS_COLUMN if several relationships have it, and
 * ERRCODE_FEATURE_NOT_SUPPORTED for what a shard's table has and the shard has not, and for
 * what Citus would overlook.
 */
bool
find_step(Scope *scope, const ShapeText *shape, const ShapeStep *step,
		  bool only_relationship, StepTarget *target)
{
	const char *name = step->name.name;
	bool		has_via = step->args != NULL && step->args->via != NIL;
	Computed   *computed = NULL;

	memset(target, 0, sizeof(StepTarget));
	only_relationship |= step->args != NULL;
	if (!only_relationship)
		target->attnum = find_attribute(scope->tupdesc, name);
	if (target->attnum != 0)
		return true;
	if (!has_relationships(scope))
		return false;
	if (!has_via)
		computed = look_for_computed(scope, name);
	if (computed != NULL && OidIsValid(computed->target))
	{
		if (logical_table(scope->relid) != scope->relid)
			beyond_shard(scope, shape, step);
		if (is_planned_away(computed->function, computed->target))
			ereport(ERROR,
					errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
					errmsg("function \"%s\" finds rows of a distributed table, in SQL", computed->name),
					errdetail("Citus does not plan such a function, or overlooks the rows."),
					errhint("Write it in PL/pgSQL; see docs/clusters.md."),
					shape_position(shape, step->name.location));
		target->relationship = make_relationship(computed);
	}
	else if (computed != NULL && !only_relationship)
		target->computed = computed;
	else
		target->relationship = look_for_relationship(scope, shape, step);
	return target->computed != NULL || target->relationship != NULL;
}

/*
 * The same for a step of a path. One that another step follows names a column
 * only if that leads into its values.
 */
bool
find_path_step(Scope *scope, const ShapeText *shape, const ShapeStep *step,
			   bool is_last, StepTarget *target)
{
	bool		found = find_step(scope, shape, step, false, target);
	Oid			typid = InvalidOid;

	if (found && target->attnum != 0)
		typid = TupleDescAttr(scope->tupdesc, target->attnum - 1)->atttypid;
	else if (found && target->computed != NULL)
		typid = target->computed->result;
	if (is_last || !OidIsValid(typid) || type_has_fields(typid))
		return found;
	if (find_step(scope, shape, step, true, target))
		return true;
	ereport(ERROR,
			errcode(ERRCODE_UNDEFINED_COLUMN),
			errmsg("\"%s\" has nothing that a path can lead to", step->name.name),
			errdetail("It is of type %s, which is neither composite nor json.",
					  format_type_be(typid)),
			shape_position(shape, step->name.location));
}

/* Whether rows that it leads to are many, or one at most. */
bool
leads_to_many(const Relationship *relationship)
{
	return relationship->kind == TO_MANY || relationship->kind == MANY_TO_MANY;
}
