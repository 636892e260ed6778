/*
 * field_type.c
 *		How a field's value is written: by its type, in its format, and if a path
 *		leads into it what that finds.
 */
#include "resolve/internal.h"

#include "catalog/pg_type.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/typcache.h"

/*
 * The way to write values of a type: in the item's format, if it has one.
 * Raises ERRCODE_INVALID_PARAMETER_VALUE for a format that the
 * type does not have.
 */
ValueType *
resolve_field_type(TypeContext *types, const ShapeItem *item, Oid typid)
{
	ValueType  *type;
	char	   *names;

	if (item->format.name == NULL)
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
			shape_position(item->shape, item->format.location));
}

/*
 * The way to write what the steps of a path from number on find in values of a
 * type that has fields.
 */
ValueType *
resolve_extraction(TypeContext *types, const ShapeItem *item, int number, Oid typid)
{
	ValueType  *type = make_built_in_type(types, JSONBOID);

	/* of its own kind but for what it writes */
	get_typlenbyval(typid, &type->typlen, &type->typbyval);
	type->typid = typid;
	type->kind = KIND_EXTRACTED;
	type->write = write_extracted;
	for (; number < list_length(item->path); number++)
	{
		const ShapeStep *step = list_nth(item->path, number);
		Extraction *found = palloc0(sizeof(Extraction));

		typid = getBaseType(typid);
		found->typid = typid;
		type->path = lappend(type->path, found);
		if (typid == JSONOID || typid == JSONBOID)
		{
			for (; number < list_length(item->path); number++)
				found->keys = lappend(found->keys,
									  pstrdup(((ShapeStep *) list_nth(item->path, number))->name.name));
			break;
		}
		if (type_has_fields(typid))
		{
			found->tupdesc = lookup_rowtype_tupdesc_copy(typid, -1);
			found->attnum = find_attribute(found->tupdesc, step->name.name);
			types->relids = list_append_unique_oid(types->relids, get_typ_typrelid(typid));
		}
		if (found->attnum == 0)
			ereport(ERROR,
					errcode(ERRCODE_UNDEFINED_COLUMN),
					errmsg("type %s has no field \"%s\"", format_type_be(typid), step->name.name),
					shape_position(item->shape, step->name.location));
		typid = TupleDescAttr(found->tupdesc, found->attnum - 1)->atttypid;
	}
	type->element = resolve_field_type(types, item, typid);
	type->leads_on = type->element->leads_on;
	return type;
}
