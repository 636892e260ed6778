/*
 * scan.c
 *		Shape text to tokens.
 *
 *		name      = letter (letter | digit | "_" | "$")* | '"' ... '"'
 *		number    = digit+, and in parentheses as SQL has it, with a sign
 *		string    = "'" ... "'", a quote doubled; a backslash is itself
 *		param     = "$" (letter | digit | "_")+, and "?" if no operator goes on from there
 *		operator  = as in SQL: of + - * / < > = ~ ! @ # % ^ & | ` ?
 *
 * Commas are white space outside parentheses; "#" starts a comment there.
 */
#include "shape/internal.h"

#include "miscadmin.h"

/* Deeper conditions nobody writes, and the server's parser would choke on them. */
#define MAX_PARENTHESES 100

#define OPERATOR_CHARACTERS "+-*/<>=~!@#%^&|`?"

static void
skip_white_space(Parser *parser)
{
	const char *text = parser->shape->text;

	for (;;)
	{
		char		c = text[parser->offset];

		if (c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v' ||
			(c == ',' && parser->parentheses == 0))
			parser->offset++;
		else if (c == '#' && parser->parentheses == 0)
		{
			while (text[parser->offset] && text[parser->offset] != '\n')
				parser->offset++;
		}
		else
			break;
	}
}

/* What stands between quotes, of which two stand for one. */
static void
scan_quoted(Parser *parser, TokenKind kind)
{
	Token	   *token = &parser->token;
	const char *text = parser->shape->text;
	char		quote = text[parser->offset];
	const char *start = text + parser->offset + 1;
	const char *end = start;
	char	   *out;

	for (; *end != quote || end[1] == quote; end += *end == quote ? 2 : 1)
	{
		if (*end == '\0')
			ereport(ERROR,
					errcode(ERRCODE_SYNTAX_ERROR),
					kind == TOKEN_STRING ? errmsg("unterminated string in shape") :
					errmsg("unterminated quoted name in shape"),
					kind == TOKEN_STRING ? errhint("A single quote within a string is written twice.") :
					errhint("A double quote within the name is written twice."),
					shape_position(parser->shape, token->location));
	}

	token->kind = kind;
	token->length = end + 1 - (text + token->location);
	parser->offset += token->length;
	token->text = out = palloc(end - start + 1);
	for (const char *p = start; p < end; p += *p == quote ? 2 : 1)
		*out++ = *p;
	*out = '\0';
	if (out == token->text && kind == TOKEN_QUOTED_NAME)
		ereport(ERROR,
				errcode(ERRCODE_SYNTAX_ERROR),
				errmsg("empty quoted name in shape"),
				shape_position(parser->shape, token->location));
}

/* A token of that many bytes, which it stands for but for the first skipped. */
static void
take(Parser *parser, TokenKind kind, int length, int skipped)
{
	Token	   *token = &parser->token;

	token->kind = kind;
	token->length = length;
	token->text = pnstrdup(parser->shape->text + parser->offset + skipped, length - skipped);
	parser->offset += length;
}

static int
count_digits(const char *start)
{
	int			length = 0;

	while (is_digit(start[length]))
		length++;
	return length;
}

/* The length of a number as SQL has it: 1, 1.5, .5, 1e-3; 0 if there is none. */
static int
number_length(const char *start)
{
	int			length = count_digits(start);
	int			fraction = start[length] == '.' ? count_digits(start + length + 1) : 0;
	int			sign;
	int			exponent;

	if (length + fraction == 0)
		return 0;
	if (start[length] == '.')
		length += 1 + fraction;
	if (start[length] == 'e' || start[length] == 'E')
	{
		sign = start[length + 1] == '+' || start[length + 1] == '-' ? 1 : 0;
		exponent = count_digits(start + length + 1 + sign);
		if (exponent > 0)
			length += 1 + sign + exponent;
	}
	return length;
}

/* As in SQL, an operator ends in + or - only if it has one of certain others. */
static int
operator_length(const char *start)
{
	int			length = strspn(start, OPERATOR_CHARACTERS);
	bool		special = false;

	for (int i = 0; i < length; i++)
		special = special || strchr("~!@#%^&|`?", start[i]) != NULL;
	while (length > 1 && !special && (start[length - 1] == '+' || start[length - 1] == '-'))
		length--;
	return length;
}

/* behind_step: right behind a name or number, where a "." leads on. */
static void
scan_in_parentheses(Parser *parser, bool behind_step)
{
	const char *start = parser->shape->text + parser->offset;
	int			sign = *start == '-' ? 1 : 0;
	int			length = number_length(start + sign);

	if (length > 0 && !(behind_step && *start == '.'))
		take(parser, TOKEN_NUMBER, sign + length, 0);
	else if (*start == '\'')
		scan_quoted(parser, TOKEN_STRING);
	else if (*start == '$' && (is_name_start(start[1]) || is_digit(start[1])))
	{
		length = 1;
		while (is_name_start(start[length]) || is_digit(start[length]))
			length++;
		take(parser, TOKEN_PARAM, length, 1);
		if (start[length] == '?' && (start[length + 1] == '\0' ||
									 strchr(OPERATOR_CHARACTERS, start[length + 1]) == NULL))
		{
			parser->token.is_optional = true;
			parser->token.length++;
			parser->offset++;
		}
	}
	else if (strchr(OPERATOR_CHARACTERS, *start) != NULL)
	{
		take(parser, TOKEN_OPERATOR, operator_length(start), 0);
		/* as in SQL */
		if (strcmp(parser->token.text, "!=") == 0)
			strcpy(parser->token.text, "<>");
	}
	else
	{
		take(parser, TOKEN_PUNCTUATION, 1, 0);
		parser->token.punctuation = *start;
	}
}

/* Where a token stands, as far as it matters to what it is. */
typedef enum TokenPlace
{
	PLACE_ANY,
	PLACE_STEP,					/* behind the "." of a path */
	PLACE_VALUE					/* behind a key */
} TokenPlace;

/* Whether a constant begins that is no name. */
static bool
is_value_start(const char *start)
{
	return *start == '\'' || *start == '$' || number_length(start + (*start == '-' ? 1 : 0)) > 0;
}

static void
scan(Parser *parser, TokenPlace place)
{
	Token	   *token = &parser->token;
	const char *start;
	bool		is_step = place == PLACE_STEP;
	bool		behind_step = token->kind == TOKEN_NAME || token->kind == TOKEN_QUOTED_NAME ||
		token->kind == TOKEN_NUMBER;

	skip_white_space(parser);
	behind_step &= token->location + token->length == parser->offset;
	start = parser->shape->text + parser->offset;
	token->location = parser->offset;
	token->text = NULL;
	token->is_optional = false;
	token->length = 0;

	if (*start == '\0')
		token->kind = TOKEN_END;
	else if (*start == '"')
		scan_quoted(parser, TOKEN_QUOTED_NAME);
	else if (is_name_start(*start))
	{
		int			length = 1;

		while (is_name_part(start[length]))
			length++;
		take(parser, TOKEN_NAME, length, 0);
	}
	else if (place == PLACE_VALUE && is_value_start(start))
		scan_in_parentheses(parser, false);
	else if (is_digit(*start) && (is_step || parser->parentheses == 0))
		take(parser, TOKEN_NUMBER, count_digits(start), 0);
	else if (parser->parentheses > 0 && !is_step)
		scan_in_parentheses(parser, behind_step);
	else if (strncmp(start, "...", 3) == 0)
		take(parser, TOKEN_SPREAD, 3, 0);
	else
	{
		take(parser, TOKEN_PUNCTUATION, 1, 0);
		token->punctuation = *start;
	}
}

/* Makes the next token the current one. */
void
advance(Parser *parser)
{
	scan(parser, PLACE_ANY);
}

/* The same behind the "." of a path, where 0.1 is two steps and no number. */
void
advance_to_step(Parser *parser)
{
	scan(parser, PLACE_STEP);
}

/* The same behind a key, where constants stand as they do in parentheses. */
void
advance_to_value(Parser *parser)
{
	scan(parser, PLACE_VALUE);
}

/* The token behind the current one. */
Token
peek(const Parser *parser)
{
	Parser		ahead = *parser;

	advance(&ahead);
	return ahead.token;
}

/* Whether the current token is that character. */
bool
at(const Parser *parser, char punctuation)
{
	return parser->token.kind == TOKEN_PUNCTUATION &&
		parser->token.punctuation == punctuation;
}

/* Whether the current token is a name, quoted or not. */
bool
at_name(const Parser *parser)
{
	return parser->token.kind == TOKEN_NAME || parser->token.kind == TOKEN_QUOTED_NAME;
}

/* Whether the current token is a keyword, in any case, as SQL has it. */
bool
at_keyword(const Parser *parser, const char *keyword)
{
	return parser->token.kind == TOKEN_NAME &&
		pg_strcasecmp(parser->token.text, keyword) == 0;
}

/* Goes past a keyword, if the current token is that. Returns whether it is. */
bool
accept_keyword(Parser *parser, const char *keyword)
{
	if (!at_keyword(parser, keyword))
		return false;
	advance(parser);
	return true;
}

/* Raises ERRCODE_SYNTAX_ERROR at the current token. */
void
syntax_error(const Parser *parser, const char *hint)
{
	const Token *token = &parser->token;
	int			length = token->length;

	if (token->kind == TOKEN_END)
		ereport(ERROR,
				errcode(ERRCODE_SYNTAX_ERROR),
				errmsg("syntax error in shape at end of input"),
				errhint("%s", hint),
				shape_position(parser->shape, token->location));

	ereport(ERROR,
			errcode(ERRCODE_SYNTAX_ERROR),
			errmsg("syntax error in shape at or near \"%s\"",
				   pnstrdup(parser->shape->text + token->location, length)),
			errhint("%s", hint),
			shape_position(parser->shape, token->location));
}

/* Goes past a character that must be the current token. */
void
expect(Parser *parser, char punctuation, const char *hint)
{
	if (!at(parser, punctuation))
		syntax_error(parser, hint);
	advance(parser);
}

/* Goes past a name, which must be the current token, and returns it. */
ShapeName
expect_name(Parser *parser, const char *hint)
{
	ShapeName	name;

	if (!at_name(parser))
		syntax_error(parser, hint);
	name.name = parser->token.text;
	name.location = parser->token.location;
	advance(parser);
	return name;
}

/*
 * Goes past a "(", which is the current token. Raises
 * ERRCODE_STATEMENT_TOO_COMPLEX where too many are open.
 */
void
open_parenthesis(Parser *parser)
{
	check_stack_depth();
	if (parser->parentheses == MAX_PARENTHESES)
		ereport(ERROR,
				errcode(ERRCODE_STATEMENT_TOO_COMPLEX),
				errmsg("parentheses in shape are nested deeper than %d levels", MAX_PARENTHESES),
				shape_position(parser->shape, parser->token.location));
	parser->parentheses++;
	advance(parser);
}

/* Goes past a ")", which must be the current token. */
void
close_parenthesis(Parser *parser, const char *hint)
{
	if (!at(parser, ')'))
		syntax_error(parser, hint);
	parser->parentheses--;
	advance(parser);
}
