/*
 * parse.c
 *		Shape text to a tree of items. Knows the grammar, and nothing of
 *		tables or columns.
 *
 *		shape = [args] (set | name) | args
 *		set   = "{" item* "}"
 *		item  = "*" | "-" name | "..." name | "..." name [args] set | [name ":"] value | name ":" constant
 *		value = path at* [set]
 *			  | ("count" | "sum" | "avg" | "min" | "max" | "distinct") "(" path ")" ["@" name]
 *			  | "count" "(" ")" ["@" name]
 *			  | "@" ("etag" | "delete")
 *		constant = number | string | param | "true" | "false" | "null"
 *		at	  = "@" (name | "readonly" | "once" | "nocheck")
 *
 * The tokens are those of scan.c, paths and args those of parse_path.c.
 */
#include "shape/internal.h"

#include "miscadmin.h"

static ShapeSet *parse_set(Parser *parser, int depth);

pg_noreturn static void
annotated_twice(const Parser *parser, ShapeName name, const char *hint)
{
	ereport(ERROR,
			errcode(ERRCODE_SYNTAX_ERROR),
			errmsg("\"@%s\" does not go with another \"@\" before it", name.name),
			errhint("%s", hint),
			shape_position(parser->shape, name.location));
}

/* Sets what an annotation says of a column. Returns false of a format. */
static bool
set_annotation(const Parser *parser, ShapeItem *item, ShapeName name)
{
	bool	   *flag = NULL;

	if (strcmp(name.name, "readonly") == 0)
		flag = &item->is_readonly;
	else if (strcmp(name.name, "once") == 0)
		flag = &item->is_once;
	else if (strcmp(name.name, "nocheck") == 0)
		flag = &item->is_nocheck;
	else
		return false;
	if (*flag || (item->is_readonly && item->is_once))
		annotated_twice(parser, name, "Each of \"@readonly\", \"@once\" and \"@nocheck\" stands there once.");
	*flag = true;
	if (item->is_readonly && item->is_once)
		annotated_twice(parser, name, "What is written \"@once\" is read-only afterwards.");
	item->annotated = name.location;
	return true;
}

/* Whether an "@" begins an item of its own, as it may without a comma before it. */
static bool
at_own_item(const Parser *parser)
{
	Token		next = peek(parser);

	return next.kind == TOKEN_NAME &&
		(strcmp(next.text, "etag") == 0 || strcmp(next.text, "delete") == 0);
}

/* What stands behind a column: a format, and what is said of writing it. */
static void
parse_annotations(Parser *parser, ShapeItem *item)
{
	while (at(parser, '@') && !at_own_item(parser))
	{
		ShapeName	name;

		advance(parser);
		name = expect_name(parser, "An \"@\" is followed by a format, as in \"created_at @utc\", or by readonly, once or nocheck.");
		if (set_annotation(parser, item, name))
			continue;
		if (item->format.name != NULL)
			annotated_twice(parser, name, "A column has one format.");
		item->format = name;
	}
}

/* "@etag" and "@delete" stand for themselves; the current token is their "@". */
static void
parse_own_item(Parser *parser, ShapeItem *item)
{
	static const char *const hint = "Only \"@etag\" and \"@delete\" stand without a column.";

	advance(parser);
	if (parser->token.kind != TOKEN_NAME)
		syntax_error(parser, hint);
	if (strcmp(parser->token.text, "etag") == 0)
		item->kind = SHAPE_ETAG;
	else if (strcmp(parser->token.text, "delete") == 0)
		item->kind = SHAPE_DELETE;
	else
		syntax_error(parser, hint);
	item->name = expect_name(parser, hint);
	if (!item->is_aliased)
		item->key = item->name.name;
}

/* A constant behind a key, if there is one. Returns whether there is. */
static bool
accept_constant(Parser *parser, ShapeItem *item)
{
	bool		is_name = at_name(parser);
	int			end = parser->token.location + parser->token.length;

	refuse_optional(parser);
	item->constant = accept_literal(parser);
	if (item->constant == NULL)
		return false;
	/* "5x" is no number, but commas are optional */
	if (!is_name && parser->token.location == end && at_name(parser))
		syntax_error(parser, "Behind a constant comes white space or a comma.");
	item->kind = SHAPE_CONSTANT;
	return true;
}

/* What stands behind an item's key, if it has one; quoted: its first name is. */
static void
parse_value(Parser *parser, ShapeItem *item, ShapeName name, bool quoted, int depth)
{
	static const char *const hint =
		"A \".\" is followed by a column or relationship, or within json by a key or number.";
	ShapeStep  *step;

	item->aggregate = find_aggregate(parser, &name, quoted);
	if (item->aggregate != AGGREGATE_NONE)
	{
		item->name = name;
		item->path = parse_aggregated(parser, item->aggregate == AGGREGATE_COUNT);
		parse_annotations(parser, item);
		return;
	}

	step = palloc0(sizeof(ShapeStep));
	step->name = name;
	if (at(parser, '('))
		step->args = parse_args(parser, false);
	item->path = parse_more_steps(parser, list_make1(step), hint);
	item->name = ((ShapeStep *) llast(item->path))->name;
	parse_annotations(parser, item);
	if (at(parser, '{') && item->format.name == NULL && item->annotated == 0)
		item->set = parse_set(parser, depth + 1);
}

/* A relationship behind "...", whose name was read: its args and braces. */
static void
parse_flat(Parser *parser, ShapeItem *item, int depth)
{
	ShapeStep  *step = palloc0(sizeof(ShapeStep));

	item->kind = SHAPE_FLAT;
	step->name = item->name;
	if (at(parser, '('))
		step->args = parse_args(parser, false);
	item->path = list_make1(step);
	if (!at(parser, '{'))
		syntax_error(parser, "Behind \"...\" and a relationship comes a { ... } with the fields of it that are to stand here.");
	item->set = parse_set(parser, depth + 1);
}

/* One item; the current token is its first. */
static ShapeItem *
parse_item(Parser *parser, int depth)
{
	static const char *const hint =
		"An item is a column, \"key: column\", a relationship with a { ... } of its own, "
		"\"*\" for all columns, \"-column\" to leave one out, or \"...name\" for a named shape.";
	ShapeItem  *item = palloc0(sizeof(ShapeItem));
	ShapeName	name;
	bool		quoted;

	item->shape = parser->shape;
	item->location = parser->token.location;
	if (at(parser, '*'))
	{
		item->kind = SHAPE_ALL;
		advance(parser);
		return item;
	}
	if (at(parser, '-'))
	{
		item->kind = SHAPE_EXCEPT;
		advance(parser);
		item->name = expect_name(parser, "A \"-\" is followed by the column to leave out of \"*\".");
		return item;
	}
	if (parser->token.kind == TOKEN_SPREAD)
	{
		item->kind = SHAPE_SPREAD;
		advance(parser);
		item->name = expect_name(parser, "A \"...\" is followed by the name of a shape, or by a to-one relationship and a { ... }.");
		if (at(parser, '(') || at(parser, '{'))
			parse_flat(parser, item, depth);
		return item;
	}

	if (at(parser, '@'))
	{
		parse_own_item(parser, item);
		return item;
	}

	item->kind = SHAPE_VALUE;
	quoted = parser->token.kind == TOKEN_QUOTED_NAME;
	name = expect_name(parser, hint);
	if (at(parser, ':'))
	{
		item->is_aliased = true;
		item->key = name.name;
		item->name = name;
		advance_to_value(parser);
		if (accept_constant(parser, item))
			return item;
		if (at(parser, '@'))
		{
			parse_own_item(parser, item);
			return item;
		}
		quoted = parser->token.kind == TOKEN_QUOTED_NAME;
		name = expect_name(parser, "A key and \":\" are followed by a column, a relationship or a constant: a number, a text in single quotes, true, false, null or a $param.");
	}
	parse_value(parser, item, name, quoted, depth);
	if (!item->is_aliased)
		item->key = item->name.name;
	return item;
}

/* A set; the current token is its "{". */
static ShapeSet *
parse_set(Parser *parser, int depth)
{
	ShapeSet   *set = palloc0(sizeof(ShapeSet));

	check_stack_depth();
	set->shape = parser->shape;
	set->location = parser->token.location;
	if (depth > parser->max_depth)
		ereport(ERROR,
				errcode(ERRCODE_STATEMENT_TOO_COMPLEX),
				errmsg("shape is nested deeper than %d levels", parser->max_depth),
				errhint("The setting \"jsonify.max_depth\" holds the limit."),
				shape_position(parser->shape, set->location));

	advance(parser);
	while (!at(parser, '}'))
	{
		CHECK_FOR_INTERRUPTS();
		if (parser->token.kind == TOKEN_END)
			ereport(ERROR,
					errcode(ERRCODE_SYNTAX_ERROR),
					errmsg("unterminated \"{\" in shape"),
					errhint("Every \"{\" needs a \"}\"."),
					shape_position(parser->shape, set->location));
		set->items = lappend(set->items, parse_item(parser, depth));
	}
	advance(parser);
	return set;
}

/*
 * Parses a shape, zero-terminated in the database's encoding. The result, and
 * all that it points to, is palloc'd in the current memory context; it also
 * points to the text. Raises ERRCODE_SYNTAX_ERROR, or
 * ERRCODE_STATEMENT_TOO_COMPLEX beyond max_depth levels of braces, with the
 * position in the shape.
 */
Shape *
parse_shape(const ShapeText *text, int max_depth)
{
	Parser		parser = {.shape = text,.max_depth = max_depth};
	Shape	   *shape = palloc0(sizeof(Shape));

	shape->text = text;
	advance(&parser);
	if (at(&parser, '('))
		shape->args = parse_args(&parser, true);
	if (shape->args != NULL && parser.token.kind == TOKEN_END)
		return shape;
	if (at(&parser, '{'))
		shape->set = parse_set(&parser, 1);
	else
		shape->name = expect_name(&parser, "A shape is written in braces, { * } or { name, name }, or it is the name of a shape that was defined.");
	if (parser.token.kind != TOKEN_END)
		syntax_error(&parser, shape->set == NULL ? "Behind the name of a shape nothing follows." :
					 "A shape ends with the \"}\" of its first \"{\".");
	return shape;
}
