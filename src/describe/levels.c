/*
 * levels.c
 *		What the objects of a level look like, down to the last related rows: as
 *		json/objects.c and json/related.c write them.
 */
#include "describe/describe.h"

#include "miscadmin.h"
#include "utils/fmgrprotos.h"
#include "utils/lsyscache.h"

static JsonSchema *describe_object(Description *description, const Level *level, bool is_stored);

/* Whether the rows that a branch leads to are read from their table. */
static bool
leads_to_stored(const Branch *branch)
{
	return !OidIsValid(branch->relationship->function);
}

static bool
is_single(const Branch *branch)
{
	return branch->relationship->kind == TO_ONE || branch->relationship->kind == ONE_TO_ONE ||
		branch->child->is_aggregate;
}

/* The rows at the end of a branch, by themselves or by the definition that they have. */
static JsonSchema *
describe_rows(Description *description, const Branch *branch)
{
	const Level *level = branch->child;
	bool		is_stored = leads_to_stored(branch);
	JsonSchema *itself;

	if (!level->recurses)
		return level->shape == NULL ? describe_object(description, level, is_stored) :
			share_definition(description, psprintf("%s.%s", get_rel_name(level->relid), level->shape),
							 describe_object(description, level, is_stored));
	itself = find_definition(description, level, is_stored);
	if (itself != NULL)
		return itself;
	itself = begin_definition(description, level, is_stored, get_rel_name(level->relid));
	end_definition(description, level, is_stored, describe_object(description, level, is_stored));
	return itself;
}

/* A column of a level. What its table says of it goes for rows that are stored there only. */
static JsonSchema *
describe_column(Description *description, const Level *level, const Field *field, bool is_stored,
				bool *may_lack)
{
	const LevelColumn *column = &level->columns[field->column];
	const char *comment = column_comment(level->relid, column->attnum);
	int32		typmod = -1;
	Oid			typid;
	Oid			collation;
	JsonSchema *schema;

	if (is_stored && column->attnum > 0)
		get_atttypetypmodcoll(level->relid, column->attnum, &typid, &typmod, &collation);
	schema = describe_value(description, field->type, column->typid, typmod);

	/* a cast may make NULL of what is there, and a path find nothing in it */
	if (field->type->kind == KIND_FUNCTION || field->type->kind == KIND_EXTRACTED ||
		!is_stored || !(field->or_zero || column_has_value(level->relid, column->attnum)))
		*may_lack = true;
	if (comment != NULL && field->type->kind != KIND_EXTRACTED)
		schema->description = comment;
	return schema;
}

/*
 * What a path finds at its end, in a row of a level; *may_lack becomes true where
 * that may be nothing.
 */
static JsonSchema *
describe_path(Description *description, const Level *level, const Field *field, bool is_stored,
			  bool *may_lack)
{
	const Branch *branch = field->branch;

	check_stack_depth();
	if (branch == NULL)
		return field->form != NULL ? any_schema() :
			describe_column(description, level, field, is_stored, may_lack);
	/* a row that is not there is null, but nothing where there could be many behind it */
	if (branch->child->is_aggregate ? !field->or_zero :
		is_single(branch) && !field->many && !(is_stored && key_leads_to_row(branch)))
		*may_lack = true;
	if (branch->child->is_aggregate)
		return describe_value(description, field->next->type,
							  branch->child->columns[field->next->column].typid, -1);
	if (field->next != NULL)
		return describe_path(description, branch->child, field->next, leads_to_stored(branch),
							 may_lack);
	*may_lack |= branch->child->object.row_type != NULL;
	return describe_rows(description, branch);
}

/* Whether a param is given. */
static bool
is_given(const Description *description, const QueryValue *param)
{
	return description->params != NULL &&
		getKeyJsonValueFromContainer((JsonbContainer *) unconstify(char *, description->params),
									 param->text, strlen(param->text), NULL) != NULL;
}

/* Whether a recursion has a level more below its first row; false where that is not known. */
static bool
recursion_is_entered(const Description *description, const Recursion *recursion)
{
	const QueryValue *limit = recursion->limit;

	if (limit != NULL && limit->literal == VALUE_PARAM && !is_given(description, limit))
		return false;
	return bind_limit(limit, description->params, INT_MAX) > 0;
}

/* A constant is what it is; of a param that is not given nothing is known. */
static JsonSchema *
describe_constant(const Description *description, const Constant *constant, bool *may_lack)
{
	bool		isnull = constant->isnull;
	Datum		jsonb = constant->jsonb;

	if (constant->param != NULL)
	{
		if (!is_given(description, constant->param))
			return any_schema();
		jsonb = bind_value(constant->param, description->params, &isnull);
	}
	*may_lack = isnull;
	if (isnull)
		return constant_schema("null");
	return constant_schema(DatumGetCString(DirectFunctionCall1(jsonb_out, jsonb)));
}

/* A page of such items. */
static JsonSchema *
describe_page(Description *description, const RowPage *page_of_rows, JsonSchema *item)
{
	const ObjectForm *form = &page_of_rows->object;
	JsonSchema *page = object_schema(description);

	for (int i = 0; i < form->nfields; i++)
	{
		JsonSchema *part;

		switch (form->fields[i].position)
		{
			case PAGE_ITEMS:
				part = array_schema(item);
				break;
			case PAGE_HAS_MORE:
				part = typed_schema("boolean");
				break;
			default:
				part = page_of_rows->by_cursor ? allow_null(typed_schema("string")) :
					typed_schema("integer");
		}
		add_property(page, form->fields[i].key, part, !description->partial);
	}
	return page;
}

/*
 * What a field of a level shows. *may_lack becomes true where that may be SQL NULL,
 * *is_required false where its key may be left out even so.
 */
static JsonSchema *
describe_shown(Description *description, const Level *level, const Field *field, bool is_stored,
			   bool *may_lack, bool *is_required)
{
	const Branch *branch = field->branch;
	JsonSchema *schema;

	check_stack_depth();
	CHECK_FOR_INTERRUPTS();
	if (field->form == NULL)
		return describe_column(description, level, field, is_stored, may_lack);
	if (field->form == &etag_form)
		return etag_schema();
	if (field->form == &constant_form)
		return describe_constant(description, field->constant, may_lack);
	if (field->form == &path_form || field->form == &distinct_form)
	{
		schema = describe_path(description, level, field, is_stored, may_lack);
		if (!field->many)
			return schema;
		/* nulls within an array are no keys that could be left out */
		schema = array_schema(*may_lack ? allow_null(schema) : schema);
		*may_lack = false;
		return schema;
	}
	if (field->form == &map_form)
	{
		schema = object_schema(description);
		schema->members = describe_rows(description, branch);
		return schema;
	}
	if (field->form == &page_form)
		return describe_page(description, field->page, describe_rows(description, branch));
	if (field->form == &flat_form)
	{
		schema = describe_shown(description, branch->child, field->next, leads_to_stored(branch),
								may_lack, is_required);
		*may_lack |= !(is_stored && key_leads_to_row(branch));
		return schema;
	}
	/* at the last level of a tree its key is left out */
	if (field->form == &tree_form)
		*is_required = branch->child != level &&
			recursion_is_entered(description, branch->recursion);
	if (field->form == &rows_form || (field->form == &tree_form && !is_single(branch)))
		return array_schema(describe_rows(description, branch));
	*may_lack = true;
	if (field->form != &single_form && field->form != &tree_form)
		return any_schema();
	*may_lack = !(is_stored && key_leads_to_row(branch)) || branch->child->object.row_type != NULL;
	return describe_rows(description, branch);
}

/*
 * Adds a field of a level to what is said of its objects. is_stored: its rows are
 * read from its table, and not made by a function or found in a value.
 */
void
describe_field(Description *description, JsonSchema *object, const Level *level,
			   const Field *field, bool is_stored)
{
	bool		may_lack = false;
	bool		is_required = true;
	JsonSchema *schema = describe_shown(description, level, field, is_stored, &may_lack,
										&is_required);

	if (may_lack && level->object.omit_nulls)
		is_required = false;
	else if (may_lack)
		schema = allow_null(schema);
	if (description->partial)
		add_property(object, field->key, allow_null(schema), false);
	else
		add_property(object, field->key, schema, is_required);
}

/* The object of a row; nothing is known of one that a function makes JSON of. */
static JsonSchema *
describe_object(Description *description, const Level *level, bool is_stored)
{
	JsonSchema *object = object_schema(description);

	check_stack_depth();
	if (level->object.row_type != NULL)
		return any_schema();
	if (level->ngrouped == 0)
		object->description = relation_comment(level->relid);
	for (int i = 0; i < level->object.nfields; i++)
		describe_field(description, object, level, &level->object.fields[i], is_stored);
	return object;
}

/* A row that a value holds. */
static JsonSchema *
describe_nested(Description *description, const Level *level)
{
	return describe_object(description, level, false);
}

/* Begins a description; params are the bytes of a jsonb, or NULL. */
void
begin_description(Description *description, const char *params)
{
	memset(description, 0, sizeof(Description));
	description->params = params;
	description->describe_nested = describe_nested;
}

/*
 * The schema of the documents that are made of the rows of a table or view; palloc'd
 * in the current memory context. params as for begin_description(): those that are not
 * given make it say less.
 */
Jsonb *
describe_documents(const Level *root, const char *params)
{
	Description description;
	JsonSchema *schema;

	begin_description(&description, params);
	schema = describe_object(&description, root, true);
	if (root->page != NULL)
		schema = describe_page(&description, root->page, schema);
	return finish_schema(&description, schema, get_rel_name(root->relid));
}
