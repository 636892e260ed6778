/*
 * format_geometry.c
 *		Writes geometric types as arrays of numbers and as GeoJSON (RFC 7946).
 */
#include "json/internal.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/geo_decls.h"

/* The points of a value; of a circle and a line those that are no points. */
typedef struct Geometry
{
	const Point *points;
	int			npoints;
	bool		closed;
} Geometry;

static void
put_number(Sink *sink, SinkFrame *frame, float8 number)
{
	sink->ops->next(sink, frame);
	write_float8(sink, NULL, Float8GetDatum(number));
}

static void
put_point(Sink *sink, const Point *point)
{
	SinkFrame	frame;

	sink->ops->begin_array(sink, &frame, 2);
	put_number(sink, &frame, point->x);
	put_number(sink, &frame, point->y);
	sink->ops->end(sink, &frame);
}

/* with closing, the first point comes again as the last */
static void
put_points(Sink *sink, const Geometry *geometry, bool closing)
{
	SinkFrame	frame;

	sink->ops->begin_array(sink, &frame, geometry->npoints + (closing ? 1 : 0));
	for (int i = 0; i < geometry->npoints; i++)
	{
		CHECK_FOR_INTERRUPTS();
		sink->ops->next(sink, &frame);
		put_point(sink, &geometry->points[i]);
	}
	if (closing)
	{
		sink->ops->next(sink, &frame);
		put_point(sink, &geometry->points[0]);
	}
	sink->ops->end(sink, &frame);
}

/* What is made of points alone; the value must stay where it is. */
static Geometry
geometry_of(Oid typid, Datum value)
{
	Geometry	geometry = {0};

	switch (typid)
	{
		case POINTOID:
			geometry.points = DatumGetPointP(value);
			geometry.npoints = 1;
			break;
		case LSEGOID:
			geometry.points = DatumGetLsegP(value)->p;
			geometry.npoints = 2;
			break;
		case BOXOID:
			/* high, then low */
			geometry.points = (const Point *) DatumGetBoxP(value);
			geometry.npoints = 2;
			break;
		case PATHOID:
			{
				PATH	   *path = DatumGetPathP(value);

				geometry.points = path->p;
				geometry.npoints = path->npts;
				geometry.closed = path->closed != 0;
				break;
			}
		case POLYGONOID:
			{
				POLYGON    *polygon = DatumGetPolygonP(value);

				geometry.points = polygon->p;
				geometry.npoints = polygon->npts;
				geometry.closed = true;
				break;
			}
		default:
			elog(ERROR, "unexpected geometric type %u", typid);
	}
	return geometry;
}

/*
 * Geometric types as "array": [x, y] of a point, of others the array of their
 * points; [A, B, C] of a line, [[x, y], r] of a circle.
 */
void
write_geometry_array(Sink *sink, const ValueType *type, Datum value)
{
	SinkFrame	frame;
	Geometry	geometry;

	if (type->typid == LINEOID)
	{
		LINE	   *line = DatumGetLineP(value);

		sink->ops->begin_array(sink, &frame, 3);
		put_number(sink, &frame, line->A);
		put_number(sink, &frame, line->B);
		put_number(sink, &frame, line->C);
		sink->ops->end(sink, &frame);
		return;
	}
	if (type->typid == CIRCLEOID)
	{
		CIRCLE	   *circle = DatumGetCircleP(value);

		sink->ops->begin_array(sink, &frame, 2);
		sink->ops->next(sink, &frame);
		put_point(sink, &circle->center);
		put_number(sink, &frame, circle->radius);
		sink->ops->end(sink, &frame);
		return;
	}

	geometry = geometry_of(type->typid, value);
	if (type->typid == POINTOID)
		put_point(sink, geometry.points);
	else
		put_points(sink, &geometry, false);
}

/*
 * Completes the type of a geometry that is written as GeoJSON. What it makes is
 * palloc'd in the current memory context.
 */
void
prepare_geojson(const ObjectStyle *style, ValueType *type)
{
	static const char *const keys[] = {"type", "coordinates"};
	Field	   *fields = palloc0(sizeof(Field) * lengthof(keys));

	for (int i = 0; i < lengthof(keys); i++)
	{
		fields[i].key = keys[i];
		fields[i].key_length = strlen(keys[i]);
		fields[i].column = i;
	}
	type->forms = palloc0(sizeof(ObjectForm));
	make_object_form(style, fields, lengthof(keys), type->forms);
}

/* RFC 7946 has no other positions than numbers, and no shorter lines or rings. */
static void
check_geojson(const Geometry *geometry, Oid typid, bool closing)
{
	int			npositions = geometry->npoints + (closing ? 1 : 0);
	int			least = typid == POINTOID ? 1 : geometry->closed ? 4 : 2;

	for (int i = 0; i < geometry->npoints; i++)
	{
		if (!isfinite(geometry->points[i].x) || !isfinite(geometry->points[i].y))
			ereport(ERROR,
					errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
					errmsg("GeoJSON has no NaN or infinite coordinates"),
					errhint("The formats \"text\" and \"array\" have."));
	}
	if (npositions < least)
		ereport(ERROR,
				errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				errmsg("a %s of GeoJSON has at least %d positions",
					   geometry->closed ? "ring" : "line", least),
				errhint("The formats \"text\" and \"array\" write shorter ones as well."));
}

static bool
ends_where_it_starts(const Geometry *geometry)
{
	const Point *first = &geometry->points[0];
	const Point *last = &geometry->points[geometry->npoints - 1];

	return geometry->npoints > 1 && first->x == last->x && first->y == last->y;
}

/*
 * point, lseg, path and polygon as "geojson": Point, LineString, and Polygon of
 * what is closed, as one ring that ends where it starts.
 */
void
write_geometry_geojson(Sink *sink, const ValueType *type, Datum value)
{
	const ObjectForm *form = type->forms;
	Geometry	geometry = geometry_of(type->typid, value);
	const char *name = type->typid == POINTOID ? "Point" :
		geometry.closed ? "Polygon" : "LineString";
	bool		closing = geometry.closed && !ends_where_it_starts(&geometry);
	SinkFrame	frame;
	SinkFrame	rings;

	check_geojson(&geometry, type->typid, closing);
	sink->ops->begin_object(sink, &frame, form);
	for (int i = 0; i < form->nfields; i++)
	{
		sink->ops->next(sink, &frame);
		if (form->fields[i].column == 0)
			put_cstring(sink, name);
		else if (type->typid == POINTOID)
			put_point(sink, geometry.points);
		else if (geometry.closed)
		{
			sink->ops->begin_array(sink, &rings, 1);
			sink->ops->next(sink, &rings);
			put_points(sink, &geometry, closing);
			sink->ops->end(sink, &rings);
		}
		else
			put_points(sink, &geometry, false);
	}
	sink->ops->end(sink, &frame);
}
