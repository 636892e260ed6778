/*
 * parse.c
 *		Shape text to a tree of items. Knows the grammar, and nothing of
 *		tables or columns.
 *
 *		set   = "{" item* "}"
 *		item  = "*" | "-" name | [name ":"] name ["@" name] [args] [set]
 *		args  = "(" arg+ ")"
 *		arg   = "via" ":" name ("." name)*
 *		name  = letter (letter | digit | "_" | "$")* | quoted
 *
 * Commas are white space; "#" starts a comment outside parentheses.
 */
#include "jsonify.h"

#include "mb/pg_wchar.h"
#include "miscadmin.h"

typedef enum TokenKind
{
	TOKEN_END,
	TOKEN_NAME,
	TOKEN_QUOTED_NAME,
	TOKEN_PUNCTUATION			/* one character */
} TokenKind;

typedef struct Token
{
	TokenKind	kind;
	char		punctuation;
	int			location;
	int			length;
	char	   *name;
} Token;

typedef struct Parser
{
	const char *shape;
	int			offset;			/* of the first byte not yet read */
	int			parentheses;	/* how many are open */
	int			max_depth;
	Token		token;			/* the current one */
} Parser;

static ShapeSet *parse_set(Parser *parser, int depth);

/*
 * Adds to an ereport() the shape and the place in it that it complains of:
 * a byte offset, reported as a character position and as line and column.
 * Returns what ereport()'s other fields return.
 */
int
shape_position(const char *shape, int location)
{
	int			line = 1;
	int			line_start = 0;

	for (int i = 0; i < location; i++)
	{
		if (shape[i] == '\n')
		{
			line++;
			line_start = i + 1;
		}
	}

	internalerrquery(shape);
	internalerrposition(pg_mbstrlen_with_len(shape, location) + 1);
	errcontext("line %d, column %d of the shape", line,
			   pg_mbstrlen_with_len(shape + line_start, location - line_start) + 1);
	return 0;
}

static bool
is_name_start(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
		IS_HIGHBIT_SET(c);
}

static bool
is_name_part(char c)
{
	return is_name_start(c) || (c >= '0' && c <= '9') || c == '$';
}

/* The name as one would have to write it in a shape; palloc'd if quoted. */
const char *
quote_shape_name(const char *name)
{
	StringInfoData buf;
	bool		plain = is_name_start(name[0]);

	for (const char *p = name; *p && plain; p++)
		plain = is_name_part(*p);
	if (plain)
		return name;

	initStringInfo(&buf);
	appendStringInfoChar(&buf, '"');
	for (const char *p = name; *p; p++)
	{
		if (*p == '"')
			appendStringInfoChar(&buf, '"');
		appendStringInfoChar(&buf, *p);
	}
	appendStringInfoChar(&buf, '"');
	return buf.data;
}

static void
skip_white_space(Parser *parser)
{
	for (;;)
	{
		char		c = parser->shape[parser->offset];

		if (c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' ||
			c == '\v' || c == ',')
			parser->offset++;
		else if (c == '#' && parser->parentheses == 0)
		{
			while (parser->shape[parser->offset] && parser->shape[parser->offset] != '\n')
				parser->offset++;
		}
		else
			break;
	}
}

static void
read_quoted_name(Parser *parser)
{
	Token	   *token = &parser->token;
	const char *start = parser->shape + parser->offset + 1;
	const char *end = start;
	char	   *out;

	for (; *end != '"' || end[1] == '"'; end += *end == '"' ? 2 : 1)
	{
		if (*end == '\0')
			ereport(ERROR,
					errcode(ERRCODE_SYNTAX_ERROR),
					errmsg("unterminated quoted name in shape"),
					errhint("A double quote within the name is written twice."),
					shape_position(parser->shape, token->location));
	}

	token->kind = TOKEN_QUOTED_NAME;
	token->length = end + 1 - (parser->shape + token->location);
	parser->offset += token->length;
	token->name = out = palloc(end - start + 1);
	for (const char *p = start; p < end; p += *p == '"' ? 2 : 1)
		*out++ = *p;
	*out = '\0';
	if (out == token->name)
		ereport(ERROR,
				errcode(ERRCODE_SYNTAX_ERROR),
				errmsg("empty quoted name in shape"),
				shape_position(parser->shape, token->location));
}

/* Makes the next token the current one. */
static void
advance(Parser *parser)
{
	Token	   *token = &parser->token;
	const char *start;
	char		c;

	skip_white_space(parser);
	start = parser->shape + parser->offset;
	c = *start;
	token->location = parser->offset;
	token->name = NULL;

	if (c == '\0')
	{
		token->kind = TOKEN_END;
		token->length = 0;
	}
	else if (c == '"')
		read_quoted_name(parser);
	else if (is_name_start(c))
	{
		int			length = 1;

		while (is_name_part(start[length]))
			length++;
		token->kind = TOKEN_NAME;
		token->length = length;
		token->name = pnstrdup(start, length);
		parser->offset += length;
	}
	else
	{
		token->kind = TOKEN_PUNCTUATION;
		token->punctuation = c;
		token->length = 1;
		parser->offset++;
	}
}

static bool
at_name(const Parser *parser)
{
	return parser->token.kind == TOKEN_NAME || parser->token.kind == TOKEN_QUOTED_NAME;
}

static bool
at(const Parser *parser, char punctuation)
{
	return parser->token.kind == TOKEN_PUNCTUATION &&
		parser->token.punctuation == punctuation;
}

pg_noreturn static void
syntax_error(Parser *parser, const char *hint)
{
	Token	   *token = &parser->token;

	if (token->kind == TOKEN_END)
		ereport(ERROR,
				errcode(ERRCODE_SYNTAX_ERROR),
				errmsg("syntax error in shape at end of input"),
				errhint("%s", hint),
				shape_position(parser->shape, token->location));

	ereport(ERROR,
			errcode(ERRCODE_SYNTAX_ERROR),
			errmsg("syntax error in shape at or near \"%s\"",
				   pnstrdup(parser->shape + token->location, token->length)),
			errhint("%s", hint),
			shape_position(parser->shape, token->location));
}

static void
expect(Parser *parser, char punctuation, const char *hint)
{
	if (!at(parser, punctuation))
		syntax_error(parser, hint);
	advance(parser);
}

static ShapeName
expect_name(Parser *parser, const char *hint)
{
	ShapeName	name;

	if (!at_name(parser))
		syntax_error(parser, hint);
	name.name = parser->token.name;
	name.location = parser->token.location;
	advance(parser);
	return name;
}

/* The arguments of a relationship; the current token follows their "(". */
static void
parse_args(Parser *parser, ShapeItem *item)
{
	static const char *const hint =
		"An argument is written \"via: name\", where name is a foreign key's column, "
		"its constraint, or a junction table.";

	do
	{
		ShapeName	arg = expect_name(parser, hint);

		if (strcmp(arg.name, "via") != 0)
			ereport(ERROR,
					errcode(ERRCODE_SYNTAX_ERROR),
					errmsg("unknown argument \"%s\" in shape", arg.name),
					errhint("The argument of a relationship is \"via\"."),
					shape_position(parser->shape, arg.location));
		if (item->via != NIL)
			ereport(ERROR,
					errcode(ERRCODE_SYNTAX_ERROR),
					errmsg("argument \"via\" given twice in shape"),
					shape_position(parser->shape, arg.location));
		expect(parser, ':', hint);

		for (;;)
		{
			ShapeName  *part = palloc(sizeof(ShapeName));

			*part = expect_name(parser, hint);
			item->via = lappend(item->via, part);
			if (!at(parser, '.'))
				break;
			advance(parser);
		}
	} while (!at(parser, ')'));
}

/* One item; the current token is its first. */
static ShapeItem *
parse_item(Parser *parser, int depth)
{
	static const char *const hint =
		"An item is a column, \"key: column\", a relationship with a { ... } of its own, "
		"\"*\" for all columns, or \"-column\" to leave one out.";
	ShapeItem  *item = palloc0(sizeof(ShapeItem));

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

	item->kind = SHAPE_NAME;
	item->name = expect_name(parser, hint);
	item->key = item->name.name;
	if (at(parser, ':'))
	{
		advance(parser);
		item->is_aliased = true;
		item->name = expect_name(parser, "A key and \":\" are followed by a column or relationship.");
	}
	if (at(parser, '@'))
	{
		advance(parser);
		item->format = expect_name(parser, "An \"@\" is followed by a format, as in \"created_at @utc\".");
		return item;
	}
	if (at(parser, '('))
	{
		item->is_relationship = true;
		parser->parentheses++;
		advance(parser);
		parse_args(parser, item);
		parser->parentheses--;
		advance(parser);
	}
	if (at(parser, '{'))
	{
		item->is_relationship = true;
		item->set = parse_set(parser, depth + 1);
	}
	return item;
}

/* A set; the current token is its "{". */
static ShapeSet *
parse_set(Parser *parser, int depth)
{
	ShapeSet   *set = palloc0(sizeof(ShapeSet));

	check_stack_depth();
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
 * all that it points to, is palloc'd in the current memory context. Raises
 * ERRCODE_SYNTAX_ERROR, or ERRCODE_STATEMENT_TOO_COMPLEX beyond max_depth
 * levels of braces, with the position in the shape.
 */
ShapeSet *
parse_shape(const char *shape, int max_depth)
{
	Parser		parser = {.shape = shape,.max_depth = max_depth};
	ShapeSet   *set;

	advance(&parser);
	if (!at(&parser, '{'))
		syntax_error(&parser, "A shape is written in braces: { * } or { name, name }.");
	set = parse_set(&parser, 1);
	if (parser.token.kind != TOKEN_END)
		syntax_error(&parser, "A shape ends with the \"}\" of its first \"{\".");
	return set;
}
