/*
 * describe.c
 *		What documents look like that are saved, as a schema: complete ones, from which
 *		rows could be made.
 */
#include "store/internal.h"

#include "miscadmin.h"
#include "utils/lsyscache.h"

typedef struct Saving
{
	Description description;
	const SaveOptions *options;
} Saving;

static JsonSchema *describe_rows(Saving *saving, const StoreLevel *level,
								 const StoreRelation *relation, bool by_key_only);

static bool
is_among(AttrNumber attnum, const AttrNumber *attnums, int nattnums)
{
	for (int i = 0; i < nattnums; i++)
	{
		if (attnums[i] == attnum)
			return true;
	}
	return false;
}

/* Whether a new row needs a value for a column, and nothing but the document has one. */
static bool
must_be_said(const StoreLevel *level, const StoreRelation *relation, AttrNumber attnum)
{
	const StoreTable *table = level->table;
	Form_pg_attribute attribute = TupleDescAttr(table->tupdesc, attnum - 1);
	const RowFilter *filter = relation == NULL ? &level->level->filter : &relation->branch->filter;
	ListCell   *lc;

	if (!attribute->attnotnull || attribute->attgenerated != '\0' || table->has_triggers ||
		table->defaults[attnum - 1] != NULL)
		return false;
	foreach(lc, filter->fixed)
	{
		if (((FixedColumn *) lfirst(lc))->attnum == attnum)
			return false;
	}
	if (relation != NULL && (relation->kind == TO_MANY || relation->kind == ONE_TO_ONE))
	{
		const ForeignKey *key = relation->branch->relationship->key;

		return !is_among(attnum, key->referencing_attnums, key->nkeys);
	}
	return true;
}

/* How many keys of the objects say a column: by themselves, or by the row that they lead to. */
static int
count_sayings(const StoreLevel *level, AttrNumber attnum)
{
	int			n = 0;

	for (int i = 0; i < level->nitems; i++)
	{
		const StoreItem *item = &level->items[i];

		if (item->kind == ITEM_COLUMN && item->attnum == attnum)
			n++;
		if (item->kind == ITEM_RELATION && item->relation->kind == TO_ONE &&
			is_among(attnum, item->relation->branch->relationship->key->referencing_attnums,
					 item->relation->branch->relationship->key->nkeys))
			n++;
	}
	return n;
}

/* The same of the key of a to-one relation, whose columns are only said by it. */
static bool
relation_must_be_said(const StoreLevel *level, const StoreRelation *relation,
					  const StoreRelation *to_one)
{
	const ForeignKey *key = to_one->branch->relationship->key;

	for (int i = 0; i < key->nkeys && to_one->kind == TO_ONE; i++)
	{
		if (must_be_said(level, relation, key->referencing_attnums[i]) &&
			count_sayings(level, key->referencing_attnums[i]) == 1)
			return true;
	}
	return false;
}

/* Whether a to-one relation may come to lead nowhere: some column of its key can be NULL. */
static bool
may_lead_nowhere(const StoreLevel *level, const StoreRelation *relation)
{
	const ForeignKey *key = relation->branch->relationship->key;

	if (relation->kind != TO_ONE || level->table->has_triggers)
		return true;
	for (int i = 0; i < key->nkeys; i++)
	{
		if (!TupleDescAttr(level->table->tupdesc, key->referencing_attnums[i] - 1)->attnotnull)
			return true;
	}
	return false;
}

static JsonSchema *
describe_page(Saving *saving, JsonSchema *rows)
{
	static const char *const others[] = {"has_more", "total", "next"};
	JsonSchema *page = object_schema(&saving->description);

	add_property(page, "items", array_schema(rows), false);
	for (int i = 0; i < lengthof(others); i++)
		add_property(page, others[i], any_schema(), false);
	return page;
}

static JsonSchema *
describe_written(Saving *saving, const StoreLevel *level, const StoreRelation *relation)
{
	const StoreLevel *child = relation->child;
	JsonSchema *schema;

	switch (relation->form)
	{
		case FORM_OBJECT:
			schema = describe_rows(saving, child, relation, false);
			return may_lead_nowhere(level, relation) ? allow_null(schema) : schema;
		case FORM_LIST:
			return array_schema(describe_rows(saving, child, relation, false));
		case FORM_MAP:
			/* null takes a row out */
			schema = object_schema(&saving->description);
			schema->members = allow_null(describe_rows(saving, child, relation, false));
			return schema;
		case FORM_PAGE:
			return describe_page(saving, describe_rows(saving, child, relation, false));
		case FORM_VALUE:
			schema = describe_reader(&saving->description, child->items[0].reader);
			return may_lead_nowhere(level, relation) ? allow_null(schema) : schema;
		case FORM_VALUES:
			return array_schema(describe_reader(&saving->description, child->items[0].reader));
	}
	return any_schema();
}

/* A column; *is_required becomes true if a row cannot be without it. */
static JsonSchema *
describe_column(Saving *saving, const StoreLevel *level, const StoreRelation *relation,
				int number, bool by_key_only, bool *is_required)
{
	const StoreItem *item = &level->items[number];
	Form_pg_attribute attribute = TupleDescAttr(level->table->tupdesc, item->attnum - 1);
	bool		is_key = is_key_item(level, number);
	bool		is_member = relation != NULL && relation->key_item == number;
	bool		may_be_null = !attribute->attnotnull || level->table->has_triggers;
	JsonSchema *schema = describe_reader(&saving->description, item->reader);
	const char *comment = column_comment(level->table->relid, item->attnum);

	if (comment != NULL)
		schema->description = comment;
	if (OidIsValid(attribute->atttypid) && domain_is_not_null(attribute->atttypid))
		may_be_null = false;
	if (level->is_linked || by_key_only)
		*is_required = is_key && !is_member;
	else
		*is_required = item->kind == ITEM_COLUMN && !is_member &&
			must_be_said(level, relation, item->attnum) && count_sayings(level, item->attnum) == 1;
	/* a key that is null is none, so that the row is a new one */
	if (item->kind == ITEM_READONLY || is_key)
		may_be_null = !*is_required;
	return may_be_null ? allow_null(schema) : schema;
}

static void
describe_item(Saving *saving, JsonSchema *object, const StoreLevel *level,
			  const StoreRelation *relation, int number, bool by_key_only)
{
	const StoreItem *item = &level->items[number];
	const char *key = item->field->key;
	bool		is_required = false;
	JsonSchema *schema;

	/* whatever it is, no notice is taken of it */
	if (item->kind == ITEM_READONLY && saving->options->ignore_readonly &&
		!(level->is_linked && is_key_item(level, number)))
		schema = any_schema();
	else if (item->kind == ITEM_RELATION)
	{
		schema = describe_written(saving, level, item->relation);
		is_required = !by_key_only && relation_must_be_said(level, relation, item->relation);
	}
	else if (item->attnum > 0)
		schema = describe_column(saving, level, relation, number, by_key_only, &is_required);
	else
	{
		describe_field(&saving->description, object, level->level, item->field, true);
		return;
	}
	add_property(object, key, schema, is_required);
}

/*
 * An object whose "@delete" is true: of all that the others have only the key is
 * looked at, by which one of several rows is told.
 */
static JsonSchema *
describe_taken_out(Saving *saving, const StoreLevel *level, const StoreRelation *relation)
{
	JsonSchema *object = object_schema(&saving->description);
	JsonSchema *yes = typed_schema("boolean");
	bool		is_many = relation->kind == TO_MANY || relation->kind == MANY_TO_MANY;

	for (int i = 0; i < level->nkeys; i++)
	{
		const StoreItem *item = &level->items[i];
		bool		is_key = is_key_item(level, i) && relation->key_item != i;
		JsonSchema *schema = is_key ? describe_reader(&saving->description, item->reader) : any_schema();

		add_property(object, item->field->key, is_many ? schema : allow_null(schema), is_key && is_many);
	}
	add_keyword(yes, "const", "true");
	add_property(object, level->delete_key, yes, true);
	return object;
}

static JsonSchema *
describe_object(Saving *saving, const StoreLevel *level, const StoreRelation *relation,
				bool by_key_only)
{
	JsonSchema *object = object_schema(&saving->description);
	JsonSchema *flag;

	check_stack_depth();
	object->description = relation_comment(level->table->relid);
	for (int i = 0; i < level->nkeys; i++)
		describe_item(saving, object, level, relation, i, by_key_only);
	if (level->delete_key == NULL)
		return object;
	flag = allow_null(typed_schema("boolean"));
	add_property(object, level->delete_key, flag, false);
	/* a link needs its key in any case, and nothing else */
	if (level->is_linked)
		return object;
	add_keyword(flag, "enum", "[false, null]");
	return either_schema(object, describe_taken_out(saving, level, relation));
}

/* The rows of a level, by themselves or by the definition that they have. */
static JsonSchema *
describe_rows(Saving *saving, const StoreLevel *level, const StoreRelation *relation,
			  bool by_key_only)
{
	const char *name = get_rel_name(level->table->relid);
	JsonSchema *itself;

	if (!level->level->recurses)
	{
		JsonSchema *object = describe_object(saving, level, relation, by_key_only);

		return level->level->shape == NULL ? object :
			share_definition(&saving->description, psprintf("%s.%s", name, level->level->shape), object);
	}
	itself = find_definition(&saving->description, level, 0);
	if (itself != NULL)
		return itself;
	itself = begin_definition(&saving->description, level, 0, name);
	end_definition(&saving->description, level, 0, describe_object(saving, level, relation, by_key_only));
	return itself;
}

/*
 * The schema of the documents that jsonify_save() takes by a plan, each by itself;
 * palloc'd in the current memory context. params as for begin_description().
 */
Jsonb *
describe_saving(const StorePlan *plan, const char *params)
{
	const SaveOptions *options = &plan->writing.options.save;
	const StoreLevel *root = plan->root;
	Saving		saving = {.options = options};
	JsonSchema *object;

	begin_description(&saving.description, params);
	saving.description.partial = true;
	saving.description.open = options->ignore_unknown;
	/* of rows that are there, only the keys need to be said */
	object = describe_object(&saving, root, NULL,
							 options->mode == SAVE_UPDATE || options->mode == SAVE_DELETE);
	return finish_schema(&saving.description, object, get_rel_name(root->table->relid));
}
