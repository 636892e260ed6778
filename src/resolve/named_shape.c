/*
 * named_shape.c
 *		A named shape, where a shape asks for it.
 */
#include "resolve/internal.h"

#include "utils/lsyscache.h"

/*
 * The set that is stored for a table under a name. From here on the named shape
 * is active, until the caller sets context->active back. If there is none of
 * that name, raises ERRCODE_UNDEFINED_OBJECT if it is required, else returns
 * NULL. Raises ERRCODE_INVALID_RECURSION for one that is active already, and what
 * find_named_shape() and parse_shape() do. place is where a shape names it; in no
 * shape, if that is NULL. Either way the plan depends on the table from here on.
 */
ShapeSet *
open_named_shape(ShapeContext *context, Oid relid, const char *name, bool required,
				 ShapePlace place)
{
	MemoryContext old = MemoryContextSwitchTo(context->work);
	NamedShape *shape = NULL;
	ActiveShape *active;
	ShapeText  *text;
	Shape	   *parsed;

	if (OidIsValid(relid))
	{
		context->types.relids = list_append_unique_oid(context->types.relids, relid);
		context->types.relids = list_append_unique_oid(context->types.relids, logical_table(relid));
		shape = find_named_shape(relid, name);
	}
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
				errhint("Shapes are stored by jsonify_define(), and listed by jsonify_shapes()."),
				shape_position(place.shape, place.location));
	}
	if (shape == NULL)
	{
		MemoryContextSwitchTo(old);
		return NULL;
	}
	/* errors may come to name it when its queries are run */
	text = MemoryContextAlloc(context->plan_context, sizeof(ShapeText));
	text->text = MemoryContextStrdup(context->plan_context, shape->text.text);
	text->description = MemoryContextStrdup(context->plan_context, shape->text.description);

	for (active = context->active; active != NULL; active = active->outer)
	{
		if (active->relid == relid && strcmp(active->name, name) == 0)
			ereport(ERROR,
					errcode(ERRCODE_INVALID_RECURSION),
					errmsg("shape \"%s\" of table \"%s\" contains itself", name,
						   logical_name(relid)),
					strcmp(name, DEFAULT_SHAPE) != 0 ? 0 :
					errhint("Give the relationship that leads back braces of its own, as in \"author { id }\"."),
					shape_position(place.shape, place.location));
	}
	spend(context, place);
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
