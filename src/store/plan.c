/*
 * plan.c
 *		What a shape's documents are written by: from the levels that they are read
 *		by, which keys of an object are columns, which are rows, and what recognizes
 *		those. What cannot be written is refused here, with the place in the shape.
 */
#include "store/internal.h"

#include "access/sysattr.h"
#include "access/table.h"
#include "catalog/pg_class.h"
#include "commands/trigger.h"
#include "miscadmin.h"
#include "nodes/nodeFuncs.h"
#include "rewrite/prs2lock.h"
#include "rewrite/rewriteHandler.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

/* A plan, while it is made. */
typedef struct PlanBuilder
{
	StorePlan  *plan;
	Oid			role;
	ReaderContext readers;
	List	   *levels;			/* of StoreLevel, that were begun */
	List	   *relations;		/* of StoreRelation, to be checked once all are there */
} PlanBuilder;

pg_noreturn static void
not_writable(ShapePlace place, const char *message, const char *hint)
{
	ereport(ERROR,
			errcode(ERRCODE_WRONG_OBJECT_TYPE),
			errmsg_internal("%s", message),
			hint == NULL ? 0 : errhint("%s", hint),
			shape_position(place.shape, place.location));
}

/* ---- tables */

static bool
calls_sequence(Node *node, void *context)
{
	if (node == NULL)
		return false;
	if (IsA(node, NextValueExpr))
		return true;
	if (IsA(node, FuncExpr) && ((FuncExpr *) node)->funcid == F_NEXTVAL)
		return true;
	return expression_tree_walker(node, calls_sequence, context);
}

static void
read_defaults(StoreTable *table, Relation relation, Oid role, List **relids)
{
	int			natts = table->tupdesc->natts;

	table->defaults = palloc0(sizeof(Expr *) * Max(natts, 1));
	table->defaults_below = palloc0(sizeof(Expr *) * Max(natts, 1));
	table->from_sequence = palloc0(sizeof(bool) * Max(natts, 1));
	table->may_insert = palloc0(sizeof(bool) * Max(natts, 1));
	for (int i = 0; i < natts; i++)
	{
		Form_pg_attribute attribute = TupleDescAttr(table->tupdesc, i);

		if (attribute->attisdropped || attribute->attgenerated != '\0')
			continue;
		table->defaults[i] = (Expr *) build_column_default(relation, i + 1);
		if (table->defaults[i] == NULL)
			table->defaults_below[i] = default_below(relation, i + 1, relids);
		table->from_sequence[i] = calls_sequence((Node *) table->defaults[i], NULL);
		table->may_insert[i] = may_use_column(table->relid, i + 1, role, ACL_INSERT);
	}
}

/*
 * Whether an INSERT may have RETURNING: where rules do something else instead, only if
 * that has it.
 */
static bool
insert_tells(Relation relation)
{
	bool		is_replaced = false;
	bool		tells = false;

	for (int i = 0; relation->rd_rules != NULL && i < relation->rd_rules->numLocks; i++)
	{
		const RewriteRule *rule = relation->rd_rules->rules[i];
		ListCell   *lc;

		if (rule->event != CMD_INSERT || !rule->isInstead)
			continue;
		is_replaced = true;
		foreach(lc, rule->actions)
			tells |= lfirst_node(Query, lc)->returningList != NIL;
	}
	return tells || !is_replaced;
}

/* The table of that OID, read when first asked for. */
static StoreTable *
find_table(PlanBuilder *builder, Oid relid)
{
	KeptPlan   *kept = &builder->plan->writing.document.kept;
	StoreTable *table;
	Relation	relation;
	ListCell   *lc;

	foreach(lc, builder->plan->tables)
	{
		table = lfirst(lc);
		if (table->relid == relid)
			return table;
	}
	/* most are locked since the shape was resolved, but a junction is not */
	relation = table_open(relid, AccessShareLock);
	kept->locks = list_append_unique_oid(kept->locks, relid);
	kept->relids = list_append_unique_oid(kept->relids, relid);
	table = palloc0(sizeof(StoreTable));
	table->relid = relid;
	table->name = sql_table_name(relid);
	table->relkind = relation->rd_rel->relkind;
	table->tupdesc = CreateTupleDescCopyConstr(RelationGetDescr(relation));
	table->has_triggers = relation->trigdesc != NULL &&
		(relation->trigdesc->trig_insert_before_row || relation->trigdesc->trig_insert_instead_row ||
		 relation->trigdesc->trig_insert_before_statement);
	table->may_tell = insert_tells(relation);
	table->has_rules = has_instead_rules(relation);
	/* views, partitions and foreign tables may have defaults of their own, too */
	table->must_tell = table->relkind != RELKIND_RELATION ||
		(relation->trigdesc != NULL && relation->trigdesc->trig_insert_before_row);
	table->may_lock = may_lock_rows(relation, builder->role, &kept->relids);
	read_defaults(table, relation, builder->role, &kept->relids);
	table_close(relation, NoLock);
	builder->plan->tables = lappend(builder->plan->tables, table);
	return table;
}

/* Refuses what PostgreSQL cannot write at all. */
static void
check_table(const StoreTable *table, ShapePlace place)
{
	if (relation_is_updatable(table->relid, NIL, true, NULL) == 0)
		not_writable(place, psprintf("%s cannot be written", describe_relation(table->relid)),
					 table->relkind == RELKIND_VIEW ?
					 "A view takes rows if it is simple enough, or has INSTEAD OF triggers." : NULL);
}

/* ---- levels */

static StoreLevel *make_level(PlanBuilder *builder, const Level *level, const RowRule *rule,
							  const Field *only, const RowMap *map, bool is_linked, bool is_root);

static RelationForm
relation_form(const Field *field)
{
	bool		many = field->branch->relationship->kind == TO_MANY ||
		field->branch->relationship->kind == MANY_TO_MANY;

	if (field->form == &map_form)
		return FORM_MAP;
	if (field->form == &page_form)
		return FORM_PAGE;
	if (field->form == &path_form)
		return many ? FORM_VALUES : FORM_VALUE;
	return many ? FORM_LIST : FORM_OBJECT;
}

/* Whether an item tells the rows of a level apart, alone or with others. */
bool
is_key_item(const StoreLevel *level, int number)
{
	for (int i = 0; i < level->rule->nkeys; i++)
	{
		if (level->sources[i].kind == KEY_ITEM && level->sources[i].item == number)
			return true;
	}
	return false;
}

/* What to do where nothing recognizes rows. by: how "by" is written there. */
static const char *
unrecognized_hint(const RowRule *rule, const char *by)
{
	if (rule->is_given && rule->is_unique)
		return "Name in the braces, too, what \"by\" names: that is where a document gives it.";
	if (rule->is_given)
		return "There is no unique index on what \"by\" names.";
	if (rule->is_ambiguous)
		return psprintf("The braces name several unique constraints: say which by %s.", by);
	return psprintf("Name the primary key or a unique column in the braces, or say which by %s.", by);
}

/* Refuses what a relation that is written cannot be. */
static void
check_relation(PlanBuilder *builder, const StoreRelation *relation, const StoreLevel *child)
{
	const RowRule *rule = relation->branch->rule;
	bool		may_be_new = builder->plan->writing.options.save.mode == SAVE_INSERT &&
		relation->write == WRITE_OWN;
	bool		is_single = relation->kind == TO_ONE || relation->kind == ONE_TO_ONE;

	if (rule->whole != NULL && relation->missing != MISSING_KEEP)
		not_writable(rule->place, psprintf("relation \"%s\" shows a part of its rows", relation->branch->key),
					 "What is not shown must not go missing: write missing: keep.");
	if (relation->form == FORM_MAP && relation->missing != MISSING_KEEP && !is_key_item(child, relation->key_item))
		not_writable(rule->place, psprintf("relation \"%s\" may show a part of its rows", relation->branch->key),
					 "Of rows that have one key only the last is shown: write missing: keep, or have a unique index on it.");
	if (!child->can_match && !may_be_new && !(is_single && relation->write == WRITE_OWN))
		not_writable(rule->place,
					 psprintf("nothing recognizes the rows of \"%s\"", relation->branch->key),
					 unrecognized_hint(rule, "\"by: column\""));
}

/* Columns of new rows that others need before they are inserted, and those that have their values of others. */
static void
note_key(PlanBuilder *builder, const ForeignKey *key)
{
	StoreTable *referenced = find_table(builder, key->referenced);
	StoreTable *referencing = find_table(builder, key->referencing);

	for (int i = 0; i < key->nkeys; i++)
	{
		referenced->referenced = bms_add_member(referenced->referenced, key->referenced_attnums[i]);
		referencing->leading = bms_add_member(referencing->leading, key->referencing_attnums[i]);
	}
}

static StoreRelation *
make_relation(PlanBuilder *builder, const StoreLevel *level, int item)
{
	const Field *field = level->items[item].field;
	Branch	   *branch = field->branch;
	const RowRule *rule = branch->rule;
	StoreRelation *relation = palloc0(sizeof(StoreRelation));
	bool		is_path;

	if (branch->relationship->key == NULL)
		not_writable(rule->place, psprintf("relation \"%s\" is computed, so nothing can be written there",
										   branch->key), NULL);
	relation->item = item;
	relation->branch = rule->whole != NULL ? rule->whole : branch;
	relation->kind = branch->relationship->kind;
	relation->write = rule->write;
	relation->missing = rule->missing;
	relation->form = relation_form(field);
	relation->recursion = branch->recursion;
	relation->key_item = -1;
	note_key(builder, branch->relationship->key);
	if (branch->relationship->far_key != NULL)
		note_key(builder, branch->relationship->far_key);
	if (relation->kind == MANY_TO_MANY)
	{
		relation->junction = find_table(builder, branch->relationship->key->referencing);
		check_table(relation->junction, rule->place);
	}
	is_path = relation->form == FORM_VALUE || relation->form == FORM_VALUES;
	if (is_path &&
		(relation->write != WRITE_LINK || field->next == NULL || field->next->rule == NULL ||
		 rule->nkeys != 1 || field->next->column != rule->key_columns[0]))
		not_writable(rule->place, psprintf("path \"%s\" cannot be written", branch->key),
					 "A path is written where it has one step that links, and ends in the key, as in tags(write: link, by: name).name.");
	if (relation->form == FORM_MAP && branch->child->columns[field->map->column].attnum <= 0)
		not_writable(rule->place, psprintf("relation \"%s\" is by a computed key, so it cannot be written",
										   branch->key), NULL);
	relation->child = make_level(builder, branch->child, rule, is_path ? field->next : NULL,
								 field->map, rule->write == WRITE_LINK, false);
	if (relation->form == FORM_MAP)
	{
		for (int i = 0; i < relation->child->nitems; i++)
		{
			if (relation->child->items[i].attnum > 0 &&
				relation->child->items[i].field->column == field->map->column)
				relation->key_item = i;
		}
	}
	builder->relations = lappend(builder->relations, relation);
	return relation;
}

/* Whether PostgreSQL writes a column: an expression of a view it does not, nor what is generated. */
static bool
is_writable(const StoreTable *table, Form_pg_attribute attribute)
{
	Bitmapset  *column;
	int			events;

	if (attribute->attgenerated != '\0' || attribute->attidentity == ATTRIBUTE_IDENTITY_ALWAYS)
		return false;
	if (table->relkind != RELKIND_VIEW)
		return true;
	column = bms_make_singleton(attribute->attnum - FirstLowInvalidHeapAttributeNumber);
	events = relation_is_updatable(table->relid, NIL, true, column);
	return (events & ((1 << CMD_INSERT) | (1 << CMD_UPDATE))) != 0;
}

static void
make_item(PlanBuilder *builder, StoreLevel *level, int number)
{
	StoreItem  *item = &level->items[number];
	const Field *field = item->field;
	const ColumnRule *rule = field->rule;
	Form_pg_attribute attribute;

	item->kind = ITEM_READONLY;
	if (field->etag != NULL)
	{
		item->kind = level->is_linked ? ITEM_READONLY : ITEM_ETAG;
		level->etag = level->is_linked ? -1 : number;
	}
	if (field->branch != NULL && field->branch->rule != NULL && !level->is_linked)
		item->kind = ITEM_RELATION;
	if (rule == NULL || level->level->columns[field->column].attnum <= 0)
		return;
	item->attnum = level->level->columns[field->column].attnum;
	attribute = TupleDescAttr(level->table->tupdesc, item->attnum - 1);
	item->reader = make_value_reader(&builder->readers, attribute->atttypid, attribute->atttypmod,
									 rule->format);
	item->once = rule->once;
	if (!level->is_linked && !rule->readonly && is_writable(level->table, attribute))
		item->kind = ITEM_COLUMN;
}

/* Where a level's i'th key column has its value from; false: from nowhere. */
static bool
find_key_source(StoreLevel *level, const Branch *branch, int i)
{
	AttrNumber	attnum = level->rule->keys[i];
	KeySource  *source = &level->sources[i];
	const ForeignKey *key = branch == NULL ? NULL : branch->relationship->key;
	ListCell   *lc;

	/* the key to the parent is the parent's, whatever the document says; but a link may be anybody's */
	for (int n = 0; key != NULL && !level->is_linked && n < key->nkeys &&
		 (branch->relationship->kind == TO_MANY || branch->relationship->kind == ONE_TO_ONE); n++)
	{
		if (key->referencing_attnums[n] == attnum)
		{
			source->kind = KEY_PARENT;
			source->column = n;
			return true;
		}
	}
	for (int n = 0; n < level->nitems; n++)
	{
		if (level->items[n].attnum == attnum && level->items[n].kind != ITEM_RELATION)
		{
			source->kind = KEY_ITEM;
			source->item = n;
			if (level->items[n].kind == ITEM_COLUMN)
				return true;
		}
	}
	if (source->kind == KEY_ITEM && source->item >= 0)
		return true;
	foreach(lc, level->relations)
	{
		const StoreRelation *relation = lfirst(lc);
		const ForeignKey *own = relation->branch->relationship->key;

		for (int n = 0; n < own->nkeys && relation->kind == TO_ONE && relation->write == WRITE_LINK; n++)
		{
			if (own->referencing_attnums[n] == attnum)
			{
				source->kind = KEY_LINK;
				source->item = relation->item;
				source->column = n;
				return true;
			}
		}
	}
	return false;
}

static void
find_key_sources(StoreLevel *level, const Branch *branch)
{
	level->can_match = level->rule->nkeys > 0 && level->rule->is_unique;
	for (int i = 0; i < level->rule->nkeys; i++)
	{
		level->sources[i].item = -1;
		if (!find_key_source(level, branch, i))
			level->can_match = false;
		/* what is new gets its key by itself */
		level->key_from_sequence |= level->table->from_sequence[level->rule->keys[i] - 1];
		if (level->is_linked)
			level->table->linked_by = bms_add_member(level->table->linked_by, level->rule->keys[i]);
	}
}

/* Whether an object's keys show a column. */
static bool
shows_column(const Level *level, int column)
{
	for (int i = 0; i < level->object.nfields; i++)
	{
		if (level->object.fields[i].rule != NULL && level->object.fields[i].column == column)
			return true;
	}
	return false;
}

/* A field for the key of an object of rows, which nothing else shows of them. */
static Field *
make_member_field(const StoreLevel *level, int column)
{
	Field	   *field = palloc0(sizeof(Field));
	AttrNumber	attnum = level->level->columns[column].attnum;

	field->key = NameStr(TupleDescAttr(level->table->tupdesc, attnum - 1)->attname);
	field->key_length = strlen(field->key);
	field->column = column;
	field->rule = palloc0(sizeof(ColumnRule));
	return field;
}

/*
 * only: the one field that is shown of the rows, where a path shows it; or NULL.
 * map: where they stand in an object, by which column; or NULL.
 */
/* Whether another to-one relation of a level goes by the same key. */
static bool
has_twin(const StoreLevel *level, const StoreRelation *relation)
{
	ListCell   *lc;

	foreach(lc, level->relations)
	{
		const StoreRelation *other = lfirst(lc);

		if (relation->kind == TO_ONE && other->kind == TO_ONE &&
			is_same_key(relation->branch->relationship->key, other->branch->relationship->key))
			return true;
	}
	return false;
}

static StoreLevel *
make_level(PlanBuilder *builder, const Level *level, const RowRule *rule, const Field *only,
		   const RowMap *map, bool is_linked, bool is_root)
{
	StoreLevel *store;
	Branch	   *branch = NULL;
	ListCell   *lc;

	check_stack_depth();
	CHECK_FOR_INTERRUPTS();
	/* a recursion leads to one that is at it already, or to itself */
	foreach(lc, builder->levels)
	{
		store = lfirst(lc);
		if (store->level == level && store->is_linked == is_linked)
			return store;
	}
	store = palloc0(sizeof(StoreLevel));
	builder->levels = lappend(builder->levels, store);
	store->level = level;
	store->rule = rule;
	store->is_linked = is_linked;
	store->is_root = is_root;
	store->etag = -1;
	store->delete_key = is_root ? NULL : level->delete_key;
	store->table = find_table(builder, level->relid);
	if (!is_linked)
		check_table(store->table, rule->place);
	store->nkeys = store->nitems = only != NULL ? 1 : level->object.nfields;
	if (map != NULL && !shows_column(level, map->column))
		store->nitems++;
	store->items = palloc0(sizeof(StoreItem) * Max(store->nitems, 1));
	for (int i = 0; i < store->nitems; i++)
	{
		store->items[i].field = only != NULL ? only : i < store->nkeys ? &level->object.fields[i] :
			make_member_field(store, map->column);
		make_item(builder, store, i);
	}
	branch = rule->leads_here;
	/* relations may lead back here, and may in turn be what recognizes a row */
	find_key_sources(store, branch);
	for (int i = 0; i < store->nitems; i++)
	{
		if (store->items[i].kind == ITEM_RELATION)
		{
			store->items[i].relation = make_relation(builder, store, i);
			store->has_twins |= has_twin(store, store->items[i].relation);
			store->relations = lappend(store->relations, store->items[i].relation);
			store->has_to_one |= store->items[i].relation->kind == TO_ONE;
		}
	}
	find_key_sources(store, branch);
	return store;
}

static void
check_root(const StorePlan *plan, const StoreLevel *root)
{
	const SaveOptions *save = &plan->writing.options.save;

	if (!root->can_match && save->mode != SAVE_INSERT)
		not_writable(root->rule->place,
					 psprintf("nothing recognizes the rows of %s", describe_relation(root->table->relid)),
					 unrecognized_hint(root->rule, "(by: column) before them"));
	if (root->rule->nidentity == 0 && save->returns == RETURN_DOCUMENT)
		not_writable(root->rule->place,
					 psprintf("nothing tells the rows of %s apart", describe_relation(root->table->relid)),
					 "So they cannot be shown: say {\"return\": \"none\"} in the options, or which column does by (by: column).");
}

/* A PlanKind.make; raises ERRCODE_WRONG_OBJECT_TYPE for what cannot be written. */
static KeptPlan *
make_store_plan(const DocumentKey *key, Oid role, MemoryContext work)
{
	StorePlan  *plan = palloc0(sizeof(StorePlan));
	PlanBuilder builder = {.plan = plan,.role = role};
	KeptPlan   *kept = &plan->writing.document.kept;
	ListCell   *lc;

	resolve_writing(&plan->writing, key, role, work);
	builder.readers.options = &plan->writing.options;
	builder.readers.ignore_unknown = plan->writing.options.save.ignore_unknown;
	plan->root = make_level(&builder, plan->writing.present, plan->writing.present->rule, NULL, NULL, false,
							true);
	/* what recognizes the rows of a tree may be a link that comes behind the recursion */
	foreach(lc, builder.relations)
		check_relation(&builder, lfirst(lc), ((StoreRelation *) lfirst(lc))->child);
	check_root(plan, plan->root);
	kept->relids = list_concat_unique_oid(kept->relids, builder.readers.relids);
	kept->uses_functions |= builder.readers.uses_functions;
	return kept;
}

static void
free_store_plan(KeptPlan *kept)
{
	ListCell   *lc;

	foreach(lc, ((StorePlan *) kept)->tables)
		free_statements(lfirst(lc));
	free_document(kept);
}

/* Plans for documents that are written to a table or view. */
const PlanKind store_documents = {make_store_plan, free_store_plan};
