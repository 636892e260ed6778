/*
 * document.c
 *		A whole document: from a shape, a type and a role to a plan.
 */
#include "resolve/internal.h"

#include "access/relation.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"
#include "utils/typcache.h"

/* About what the prepared queries of a branch take, in bytes: measured. */
#define BRANCH_SIZE (40 * 1024)

/* How many more of these one with guards may take. */
#define GUARDED_SIZE 7

static const ShapePlace nowhere = {NULL, 0};

/* A builder for values of a row type, which tupdesc describes; it is copied. */
static LevelBuilder
begin_value(ShapeContext *context, Oid typid, TupleDesc tupdesc)
{
	Level	   *level = palloc0(sizeof(Level));
	LevelBuilder builder = {
		.scope = {.context = context,.is_value = true,.at_hand = true},
		.level = level,
		.is_written = true
	};
	Scope	   *scope = &builder.scope;

	level->relid = scope->relid = table_of_type(typid);
	level->tupdesc = scope->tupdesc = CreateTupleDescCopyConstr(tupdesc);
	if (OidIsValid(level->relid))
		scope->description = describe_relation(level->relid);
	else if (typid != RECORDOID)
		scope->description = psprintf("type %s", format_type_be(typid));
	else
		scope->description = "the record";

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
 * before its queries run.
 */
static Level *
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

/* A DefaultResolver: adds a level that is not just columns to context->levels. */
static Level *
resolve_default(void *arg, Oid relid, TupleDesc tupdesc)
{
	ShapeContext *context = arg;
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

	if (args == NULL)
		return;
	if (args->via != NIL || args->recurse != NULL || args->key.name != NULL ||
		args->write != WRITE_UNSAID || args->missing != MISSING_UNSAID)
		ereport(ERROR,
				errcode(ERRCODE_SYNTAX_ERROR),
				errmsg("the root takes only \"where\", \"order\", \"limit\", \"offset\", \"group\", \"page\", \"after\" and \"by\""),
				shape_position(shape->text, args->location));
	if (args->page != NULL && args->limit != NULL)
		misplaced_arg(shape->text, args, "\"page\" does not go with \"limit\"",
					  "A page has as many rows as it says.");
	check_after(shape->text, args);
	check_group(shape->text, args);
}

/* Makes groups of the rows of a root, if its args say so. */
static void
resolve_root_group(LevelBuilder *builder, const Shape *shape)
{
	const ShapeContext *context = builder->scope.context;
	const ShapeArgs *args = shape->args;

	if (args == NULL || args->group == NIL)
		return;
	if (context->for_writing || context->for_answer || args->by != NIL)
		ereport(ERROR,
				errcode(ERRCODE_WRONG_OBJECT_TYPE),
				errmsg("groups are not written"),
				errhint("Only jsonify_find() and its kin take \"group\", and no \"by\" beside it."),
				shape_position(shape->text, args->location));
	if (shape->set == NULL && shape->name.name == NULL)
		ereport(ERROR,
				errcode(ERRCODE_SYNTAX_ERROR),
				errmsg("groups have no default shape"),
				errhint("Say what they show, as in { column, count() }."),
				shape_position(shape->text, args->location));
	begin_group(builder, shape->text, args);
}

/* Where a shape says what its rows are: in its args, else where it begins. */
static ShapePlace
root_place(const Shape *shape)
{
	ShapePlace	place = nowhere;

	if (shape != NULL)
	{
		place.shape = shape->text;
		place.location = shape->args != NULL ? shape->args->location :
			shape->set != NULL ? shape->set->location : shape->name.location;
	}
	return place;
}

/*
 * Resolves a parsed shape, or with NULL the default one, for the rows that are
 * read from a table or view; otherwise as resolve_value().
 */
static Level *
resolve_table(ShapeContext *context, const Shape *shape, Oid relid)
{
	Level	   *level = palloc0(sizeof(Level));
	LevelBuilder builder = {.scope = {.context = context},.level = level,.is_written = true};
	ActiveShape *outer = context->active;
	Relation	relation = open_table(&builder.scope, relid);

	level->relid = relid;
	if (shape != NULL)
		resolve_root_group(&builder, shape);
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
	if (builder.scope.group == NIL)
		level->rule = resolve_row_rule(&builder, NULL, shape == NULL ? NULL : shape->text,
									   shape == NULL ? NULL : shape->args, root_place(shape));
	resolve_key_order(&builder, &level->filter, false);
	if (shape != NULL)
		resolve_cursor(&builder, &level->filter, shape->text, shape->args, true);
	relation_close(relation, NoLock);
	return level;
}

/* What a key asks for, but for the queries; of a shape, or NULL for none. */
typedef void (*DocumentResolver) (DocumentPlan *plan, ShapeContext *context,
								  const DocumentKey *key, const Shape *shape);

/* A DocumentResolver for the rows of a table. */
static void
resolve_table_document(DocumentPlan *plan, ShapeContext *context, const DocumentKey *key,
					   const Shape *shape)
{
	Oid			relid = get_typ_typrelid(key->typid);
	Level	   *root = resolve_table(context, shape, relid);

	plan->root = root;
	context->levels = lappend(context->levels, root);
	make_root_query(root);
	if (shape == NULL || shape->args == NULL || shape->args->page == NULL)
		return;
	root->page = resolve_root_page(context, relid, shape->text, shape->args);
	if (root->page->root_total == NULL)
		return;
	context->levels = lappend(context->levels, root->page->root_total);
	make_root_query(root->page->root_total);
}

/* A DocumentResolver for values that are passed. */
static void
resolve_value_document(DocumentPlan *plan, ShapeContext *context, const DocumentKey *key,
					   const Shape *shape)
{
	TupleDesc	tupdesc;

	if (shape == NULL && (key->typid != RECORDOID || key->typmod < 0))
	{
		plan->type = make_value_type(&context->types, key->typid);
		/* such a row needs no type to be written by */
		if (plan->type->kind == KIND_RECORD)
			plan->root = unconstify(Level *, plan->type->record->level);
		return;
	}
	tupdesc = lookup_rowtype_tupdesc(key->typid, key->typmod);
	if (shape != NULL)
	{
		plan->root = resolve_value(context, shape, key->typid, tupdesc);
		context->levels = lappend(context->levels, plan->root);
	}
	else
		/* an anonymous record, known by its typmod */
		plan->type = make_described_record(&context->types, tupdesc);
	ReleaseTupleDesc(tupdesc);
}

/* Makes the queries of all levels, and notes the types that they name. */
static void
make_queries(DocumentPlan *plan, List *typids)
{
	bool		distributed = jsonify_distributed_queries;
	ListCell   *lc;

	/* what Citus plans it plans whole, and only so */
	foreach(lc, plan->kept.locks)
		distributed = distributed || reads_distributed(lfirst_oid(lc), &plan->kept.relids);

	foreach(lc, plan->levels)
		make_level_queries(lfirst(lc), distributed, &typids);
	foreach(lc, typids)
		plan->kept.typid_hashes =
			lappend_int(plan->kept.typid_hashes,
						(int) GetSysCacheHashValue1(TYPEOID, ObjectIdGetDatum(lfirst_oid(lc))));
}

static Shape *
parse_document_shape(const DocumentKey *key, MemoryContext work)
{
	ShapeText  *text = palloc(sizeof(ShapeText));
	MemoryContext old;
	Shape	   *shape;

	text->text = key->shape;
	text->description = "the shape";
	old = MemoryContextSwitchTo(work);
	shape = parse_shape(text, jsonify_max_depth);
	MemoryContextSwitchTo(old);
	return shape;
}

/* What a key asks for is resolved in a context; options and arg are the caller's. */
static void
begin_resolving(ShapeContext *context, const DocumentKey *key, Oid role, MemoryContext work,
				Options *options)
{
	memset(context, 0, sizeof(ShapeContext));
	context->role = role;
	context->plan_context = CurrentMemoryContext;
	context->work = work;
	context->resolve_condition = resolve_condition;
	context->types.options = options;
	context->types.resolve_default = resolve_default;
	context->types.resolver_arg = context;
	/* begun here, so that it stays, wherever it grows; InvalidOid stands for nothing */
	context->types.relids = list_make1_oid(get_typ_typrelid(key->typid));
	context->types.style.ops = key->ops;
	context->types.style.layout = options->layout;
	context->types.style.omit_nulls = options->omit_nulls;
}

/* What a plan depends on, and its queries, once all of it is resolved. */
static void
finish_resolving(DocumentPlan *plan, const ShapeContext *context)
{
	plan->levels = context->levels;
	plan->params = distinct_params(context->params);
	/* of records that are met in values nobody knows what they take */
	plan->takes_any_params = context->types.options->ignore_unknown_params ||
		context->types.meets_any;
	plan->kept.cacheable = !context->types.options->names_objects;
	plan->kept.locks = context->locks;
	plan->kept.relids = context->types.relids;
	plan->kept.function_hashes = context->function_hashes;
	plan->kept.uses_functions = context->types.uses_functions;
	/* a query with a guard may be kept several times */
	plan->kept.size = ((Size) context->nbranches +
					   (Size) Min(context->nguards, context->nbranches + 1) * GUARDED_SIZE) * BRANCH_SIZE;
	make_queries(plan, context->typids);
}

/*
 * Fills a zeroed plan, for a key and a role, in the current memory context, with what
 * a shape's documents are read by, both before and after they are written; work as
 * for PlanKind.make. Raises what making a plan for a table's rows does.
 */
void
resolve_writing(WritingPlan *plan, const DocumentKey *key, Oid role, MemoryContext work)
{
	Oid			relid = get_typ_typrelid(key->typid);
	DocumentPlan *document = &plan->document;
	ShapeContext context;
	Shape	   *shape;

	read_options(&plan->options, key->options, key->options_length, key->ops, true);
	begin_resolving(&context, key, role, work, &plan->options);
	shape = key->shape != NULL ? parse_document_shape(key, work) : NULL;

	context.for_writing = true;
	context.only_inserts = plan->options.save.mode == SAVE_INSERT &&
		plan->options.save.returns == RETURN_NONE;
	plan->present = resolve_table(&context, shape, relid);
	resolve_shared_columns(plan->present);
	resolve_lookup(&context, plan->present, plan->present->rule, &plan->present->filter, true);
	resolve_lookups(&context, plan->present);
	context.for_writing = false;
	if (context.only_inserts)
	{
		finish_resolving(document, &context);
		return;
	}
	context.for_answer = true;
	document->root = resolve_table(&context, shape, relid);
	plan->answer = document->root->rule;
	resolve_lookup(&context, document->root, plan->answer, &document->root->filter, true);
	finish_resolving(document, &context);
}

/*
 * Makes the plan of a document for a key and a role; as PlanKind.make otherwise.
 * Raises ERRCODE_UNDEFINED_COLUMN for a name that nothing has,
 * ERRCODE_AMBIGUOUS_COLUMN for one that several relationships have,
 * ERRCODE_DUPLICATE_COLUMN for a key given twice, ERRCODE_UNDEFINED_OBJECT and
 * ERRCODE_INVALID_RECURSION for named shapes, ERRCODE_INSUFFICIENT_PRIVILEGE, and
 * what parse_shape() and read_options() raise.
 */
static KeptPlan *
resolve_plan(const DocumentKey *key, Oid role, MemoryContext work, DocumentResolver resolve)
{
	DocumentPlan *plan = palloc0(sizeof(DocumentPlan));
	Options		options;
	ShapeContext context;

	read_options(&options, key->options, key->options_length, key->ops, false);
	begin_resolving(&context, key, role, work, &options);
	resolve(plan, &context, key, key->shape != NULL ? parse_document_shape(key, work) : NULL);
	finish_resolving(plan, &context);
	return &plan->kept;
}

static KeptPlan *
make_value_document(const DocumentKey *key, Oid role, MemoryContext work)
{
	return resolve_plan(key, role, work, resolve_value_document);
}

static KeptPlan *
make_table_document(const DocumentKey *key, Oid role, MemoryContext work)
{
	return resolve_plan(key, role, work, resolve_table_document);
}

/* A PlanKind.free: of a WritingPlan as well. */
void
free_document(KeptPlan *plan)
{
	ListCell   *lc;

	foreach(lc, ((DocumentPlan *) plan)->levels)
		free_level_queries(lfirst(lc));
}

/*
 * Of values: without a shape type says how they are written, and root too, if
 * they are rows in a default shape; with one, root. Of a table root.
 */
const PlanKind value_documents = {make_value_document, free_document};
const PlanKind table_documents = {make_table_document, free_document};
