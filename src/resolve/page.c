/*
 * page.c
 *		"page": rows as an object, with what there is to say of them beside.
 */
#include "resolve/internal.h"

#include "access/relation.h"
#include "catalog/pg_type.h"

/* Whose one column is the number of a table's rows that "where" lets pass, or of their groups. */
static void
resolve_total(LevelBuilder *builder, RowFilter *filter, const ShapeText *shape,
			  const ShapeArgs *args)
{
	ShapeArgs	only_where = {.location = args->location,.where = args->where};
	ShapePlace	place = {shape, args->location};
	SqlExpression count = {.typid = INT8OID};

	builder->level->is_aggregate = true;
	if (args->group != NIL)
		count = count_groups(builder, shape, args->group);
	else
		emit(&count.parts, COUNT_ROWS);
	(void) level_expression(builder, count, place);
	resolve_filter(builder, filter, shape, &only_where);
}

/* The same of the rows of a branch: another branch of its parent's level. */
static Branch *
resolve_branch_total(LevelBuilder *builder, const Branch *branch, const ShapeItem *item,
					 const ShapeArgs *args)
{
	Branch	   *total = begin_branch(builder, branch->relationship,
									 psprintf("%s.total", branch->key), place_of(item));
	LevelBuilder child;
	Relation	relation = begin_child(&child, builder, total);

	resolve_total(&child, &total->filter, item->shape, args);
	relation_close(relation, NoLock);
	return total;
}

/* The same of the rows of a root: a level by itself. */
static Level *
resolve_root_total(ShapeContext *context, Oid relid, const ShapeText *shape,
				   const ShapeArgs *args)
{
	Level	   *total = palloc0(sizeof(Level));
	LevelBuilder builder = {.scope = {.context = context},.level = total};
	Relation	relation = open_table(&builder.scope, relid);

	total->relid = relid;
	context->nbranches++;
	resolve_total(&builder, &total->filter, shape, args);
	relation_close(relation, NoLock);
	return total;
}

/* The object, whose keys are those of no option. */
static RowPage *
make_page(const ShapeContext *context, const ShapeArgs *args)
{
	const char *const keys[] = {
		[PAGE_ITEMS] = "items",
		[PAGE_HAS_MORE] = "has_more",
		[PAGE_TOTAL] = args->after != NULL ? "next" : "total"
	};
	RowPage    *page = palloc0(sizeof(RowPage));
	Field	   *fields = palloc0(sizeof(Field) * lengthof(keys));

	page->by_cursor = args->after != NULL;
	for (int i = 0; i < lengthof(keys); i++)
	{
		fields[i].key = keys[i];
		fields[i].key_length = strlen(keys[i]);
	}
	make_object_form(&context->types.style, fields, lengthof(keys), &page->object);
	page->object.omit_nulls = false;
	return page;
}

/*
 * A field shows its rows, whether there are more, and how many there are, which takes
 * a branch more of the level, or the cursor of the next page. Raises what
 * resolve_filter() does.
 */
void
resolve_page(LevelBuilder *builder, const Branch *branch, const ShapeItem *item,
			 const ShapeArgs *args, Field *field)
{
	RowPage    *page = make_page(builder->scope.context, args);

	if (!page->by_cursor)
		page->total = resolve_branch_total(builder, branch, item, args);
	field->form = &page_form;
	field->page = page;
}

/* The same of a root, whose rows are one document then. */
RowPage *
resolve_root_page(ShapeContext *context, Oid relid, const ShapeText *shape,
				  const ShapeArgs *args)
{
	RowPage    *page = make_page(context, args);

	if (!page->by_cursor)
		page->root_total = resolve_root_total(context, relid, shape, args);
	return page;
}
