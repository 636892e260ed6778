/*
 * read_geometry.c
 *		Reads geometric types from arrays of numbers and from GeoJSON: what
 *		json/format_geometry.c writes.
 *
 * They become the text that the type's input reads, which has all checks.
 */
#include "store/reader.h"

#include "catalog/pg_type.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/geo_decls.h"
#include "utils/numeric.h"

/* Text of a geometry, while it is made. */
typedef struct GeometryText
{
	const ValueReader *reader;
	Reading    *reading;
	StringInfoData buf;
	bool		geojson;		/* numbers are finite */
	bool		ring;			/* the last point is the first one again */
} GeometryText;

/* An array's element; the JSON that is looked at meanwhile. */
static void
get_element(const JsonbValue *array, int index, JsonbValue *element)
{
	JsonbValue *found = getIthJsonbValueFromContainer(array->val.binary.data, index);

	*element = *found;
	pfree(found);
}

static int
array_size(const JsonbValue *json)
{
	return json_is_array(json) ? JsonContainerSize(json->val.binary.data) : -1;
}

static ReadProblem
misshapen(GeometryText *text, const char *expected)
{
	return read_problem(text->reading, READ_WRONG_TYPE,
						psprintf("%s is read from %s", format_type_be(text->reader->typid),
								 expected), NULL);
}

static ReadProblem
append_number(GeometryText *text, JsonbValue *json)
{
	if (json->type == jbvNumeric)
	{
		appendStringInfoString(&text->buf,
							   DatumGetCString(DirectFunctionCall1(numeric_out,
																   NumericGetDatum(json->val.numeric))));
		return READ_DONE;
	}
	if (json->type == jbvString && !text->geojson)
	{
		char	   *name = json_string(json);

		if (strcmp(name, "NaN") == 0 || strcmp(name, "Infinity") == 0 ||
			strcmp(name, "-Infinity") == 0)
		{
			appendStringInfoString(&text->buf, name);
			return READ_DONE;
		}
	}
	return misshapen(text, "numbers");
}

/* The numbers of an array, separated by commas. */
static ReadProblem
append_numbers(GeometryText *text, const JsonbValue *array, int count, const char *expected)
{
	if (array_size(array) != count)
		return misshapen(text, expected);
	for (int i = 0; i < count; i++)
	{
		ReadStep   *step = enter_part(text->reading);
		JsonbValue	element;
		ReadProblem problem;

		step->index = i;
		if (i > 0)
			appendStringInfoChar(&text->buf, ',');
		get_element(array, i, &element);
		problem = append_number(text, &element);
		if (problem != READ_DONE)
			return problem;
		leave_part(text->reading);
	}
	return READ_DONE;
}

static ReadProblem
append_point(GeometryText *text, const JsonbValue *json)
{
	ReadProblem problem;

	appendStringInfoChar(&text->buf, '(');
	problem = append_numbers(text, json, 2, "[x, y]");
	appendStringInfoChar(&text->buf, ')');
	return problem;
}

static bool
same_point(const JsonbValue *left, const JsonbValue *right)
{
	return json_is_array(left) && json_is_array(right) &&
		compareJsonbContainers(left->val.binary.data, right->val.binary.data) == 0;
}

/* count points, or as many as there are, but at least one. */
static ReadProblem
append_points(GeometryText *text, const JsonbValue *array, int count)
{
	int			size = array_size(array);
	JsonbIterator *iterator;
	JsonbValue	element;
	JsonbValue	first = {.type = jbvNull};
	JsonbIteratorToken token;
	ReadStep   *step;
	int			index = 0;

	if (size <= 0 || (count > 0 && size != count))
		return misshapen(text, count > 0 ? "an array of two points" : "an array of points");
	if (text->geojson && size < (text->ring ? 4 : 2))
		return misshapen(text, text->ring ? "rings of at least 4 positions" :
						 "lines of at least 2 positions");
	step = enter_part(text->reading);
	iterator = JsonbIteratorInit(array->val.binary.data);
	while ((token = JsonbIteratorNext(&iterator, &element, true)) != WJB_DONE)
	{
		ReadProblem problem;

		CHECK_FOR_INTERRUPTS();
		if (token != WJB_ELEM)
			continue;
		step->index = index;
		if (index == 0)
			first = element;
		if (text->ring && index == size - 1)
		{
			if (!same_point(&first, &element))
				return misshapen(text, "rings that end where they start");
			continue;
		}
		if (index++ > 0)
			appendStringInfoChar(&text->buf, ',');
		problem = append_point(text, &element);
		if (problem != READ_DONE)
			return problem;
	}
	leave_part(text->reading);
	return READ_DONE;
}

static ReadProblem
append_circle(GeometryText *text, const JsonbValue *json)
{
	JsonbValue	center;
	JsonbValue	radius;
	ReadStep   *step;
	ReadProblem problem;

	if (array_size(json) != 2)
		return misshapen(text, "[[x, y], r]");
	get_element(json, 0, &center);
	get_element(json, 1, &radius);
	step = enter_part(text->reading);
	problem = append_point(text, &center);
	if (problem != READ_DONE)
		return problem;
	appendStringInfoChar(&text->buf, ',');
	step->index = 1;
	problem = append_number(text, &radius);
	if (problem == READ_DONE)
		leave_part(text->reading);
	return problem;
}

/* What stands around the points of a type in its text. */
static void
text_brackets(Oid typid, bool closed, const char **opening, const char **closing)
{
	switch (typid)
	{
		case LINEOID:
			*opening = "{";
			*closing = "}";
			break;
		case CIRCLEOID:
			*opening = "<";
			*closing = ">";
			break;
		case LSEGOID:
			*opening = "[";
			*closing = "]";
			break;
		case PATHOID:
			*opening = closed ? "(" : "[";
			*closing = closed ? ")" : "]";
			break;
		case POLYGONOID:
			*opening = "(";
			*closing = ")";
			break;
		default:
			*opening = "";
			*closing = "";
	}
}

static ReadProblem
read_geometry(GeometryText *text, const JsonbValue *json, bool closed)
{
	Oid			typid = text->reader->typid;
	const char *opening;
	const char *closing;
	ReadProblem problem;

	initStringInfo(&text->buf);
	text_brackets(typid, closed, &opening, &closing);
	appendStringInfoString(&text->buf, opening);
	switch (typid)
	{
		case POINTOID:
			problem = append_point(text, json);
			break;
		case LINEOID:
			problem = append_numbers(text, json, 3, "[A, B, C]");
			break;
		case CIRCLEOID:
			problem = append_circle(text, json);
			break;
		case LSEGOID:
		case BOXOID:
			problem = append_points(text, json, 2);
			break;
		default:
			problem = append_points(text, json, -1);
	}
	appendStringInfoString(&text->buf, closing);
	if (problem == READ_DONE)
		text->reading->value = read_input(text->reader, text->buf.data, text->reading->failure);
	return problem;
}

/* Geometric types as "array". It does not tell a closed path from an open one. */
ReadProblem
read_geometry_array(const ValueReader *reader, Reading *reading)
{
	GeometryText text = {.reader = reader,.reading = reading};
	bool		closed = reader->typid == PATHOID && reading->present != NULL &&
		DatumGetPathP(*reading->present)->closed != 0;

	if (!json_is_array(reading->json))
		return wrong_type(reader, reading, "an array");
	return read_geometry(&text, reading->json, closed);
}

/* A Polygon is closed, a LineString is not; what each type is read from. */
static bool
check_geojson_type(Oid typid, const char *name, bool *closed, const char **expected)
{
	bool		polygon = strcmp(name, "Polygon") == 0;
	bool		line = strcmp(name, "LineString") == 0;

	*closed = polygon;
	switch (typid)
	{
		case POINTOID:
			*expected = "a GeoJSON Point";
			return strcmp(name, "Point") == 0;
		case POLYGONOID:
			*expected = "a GeoJSON Polygon";
			return polygon;
		case LSEGOID:
			*expected = "a GeoJSON LineString";
			return line;
		default:
			*expected = "a GeoJSON LineString or Polygon";
			return line || polygon;
	}
}

/* point, lseg, path and polygon as "geojson". */
ReadProblem
read_geometry_geojson(const ValueReader *reader, Reading *reading)
{
	static const char *const keys[] = {"type", "coordinates"};
	GeometryText text = {.reader = reader,.reading = reading,.geojson = true};
	JsonbValue	members[lengthof(keys)];
	bool		found[lengthof(keys)];
	const char *expected;
	bool		closed;
	ReadProblem problem;

	if (!json_is_object(reading->json))
		return wrong_type(reader, reading, "an object of GeoJSON");
	problem = get_members(reader, reading, keys, lengthof(keys), members, found);
	if (problem != READ_DONE)
		return problem;
	if (!check_geojson_type(reader->typid,
							found[0] && members[0].type == jbvString ? json_string(&members[0]) : "",
							&closed, &expected))
		return misshapen(&text, expected);
	if (!found[1] || !json_is_array(&members[1]))
		return misshapen(&text, "an object with coordinates");

	enter_part(reading)->key = keys[1];
	if (closed)
	{
		JsonbValue	ring;

		/* the types here have no holes */
		if (array_size(&members[1]) != 1)
			return misshapen(&text, "a GeoJSON Polygon of one ring");
		enter_part(reading)->index = 0;
		get_element(&members[1], 0, &ring);
		text.ring = true;
		problem = read_geometry(&text, &ring, true);
		if (problem == READ_DONE)
			leave_part(reading);
	}
	else
		problem = read_geometry(&text, &members[1], false);
	if (problem == READ_DONE)
		leave_part(reading);
	return problem;
}
