/*
 * etag.c
 *		"@etag": what it is over.
 */
#include "resolve/internal.h"

/* A field that shows the state of its object. */
void
resolve_etag(LevelBuilder *builder, const ShapeItem *item, Field *field)
{
	ereport(ERROR,
			errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
			errmsg("\"@etag\" is not supported yet"),
			shape_position(item->shape, item->location));
}

/* What an etag is over, of a level whose fields are resolved. */
void
resolve_state(LevelBuilder *builder)
{
}
