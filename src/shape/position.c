/*
 * position.c
 *		What every phase needs of a shape as it was written: the place in it that an
 *		error complains of, a name as one would write it, a number.
 */
#include "shape/internal.h"

#include "mb/pg_wchar.h"

/*
 * Adds to an ereport() the shape and the place in it that it complains of:
 * a byte offset, reported as a character position and as line and column. Of
 * no shape, NULL, there is nothing to add. Returns what ereport()'s other
 * fields return.
 */
int
shape_position(const ShapeText *shape, int location)
{
	const char *text;
	int			line = 1;
	int			line_start = 0;

	if (shape == NULL)
		return 0;
	text = shape->text;
	for (int i = 0; i < location; i++)
	{
		if (text[i] == '\n')
		{
			line++;
			line_start = i + 1;
		}
	}

	internalerrquery(text);
	internalerrposition(pg_mbstrlen_with_len(text, location) + 1);
	errcontext("line %d, column %d of %s", line,
			   pg_mbstrlen_with_len(text + line_start, location - line_start) + 1,
			   shape->description);
	return 0;
}

/* A text in quotes, those in it doubled; palloc'd. */
static const char *
quote(const char *text, char mark)
{
	StringInfoData buf;

	initStringInfo(&buf);
	appendStringInfoChar(&buf, mark);
	for (const char *p = text; *p; p++)
	{
		if (*p == mark)
			appendStringInfoChar(&buf, mark);
		appendStringInfoChar(&buf, *p);
	}
	appendStringInfoChar(&buf, mark);
	return buf.data;
}

/* The name as one would have to write it in a shape; palloc'd if quoted. */
const char *
quote_shape_name(const char *name)
{
	bool		plain = is_name_start(name[0]);

	for (const char *p = name; *p && plain; p++)
		plain = is_name_part(*p);
	if (plain)
		return name;
	return quote(name, '"');
}

/* The text as one would write it as a value in a shape; palloc'd. */
const char *
quote_shape_text(const char *text)
{
	return quote(text, '\'');
}

/*
 * Reads the text of a number that an argument takes, which is whole and not
 * negative; else raises ERRCODE_INVALID_PARAMETER_VALUE.
 */
int64
check_count(const char *text, const char *name, const ShapeText *shape, int location)
{
	char	   *end;
	int64		count;

	errno = 0;
	count = strtoll(text, &end, 10);
	if (*text == '\0' || *end != '\0' || errno != 0 || count < 0)
		ereport(ERROR,
				errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				errmsg("\"%s\" must be a whole number and not negative, but is %s", name, text),
				shape_position(shape, location));
	return count;
}
