/*
 * parse_value.c
 *		What stands in a shape for itself: literals and params, counts, and words of which
 *		one is to be chosen.
 */
#include "shape/internal.h"

/* Goes past a number, string or param, if the current token is one; else NULL. */
ShapeValue *
accept_literal(Parser *parser)
{
	const Token *token = &parser->token;
	ShapeValue *value = palloc0(sizeof(ShapeValue));

	value->location = token->location;
	value->text = token->text;
	if (token->kind == TOKEN_NUMBER)
		value->kind = VALUE_NUMBER;
	else if (token->kind == TOKEN_STRING)
		value->kind = VALUE_STRING;
	else if (token->kind == TOKEN_PARAM)
	{
		value->kind = VALUE_PARAM;
		value->is_optional = token->is_optional;
	}
	else if (at_keyword(parser, "true") || at_keyword(parser, "false"))
		value->kind = VALUE_BOOLEAN;
	else if (at_keyword(parser, "null"))
		value->kind = VALUE_NULL;
	else
		return NULL;
	advance(parser);
	return value;
}

/* Raises ERRCODE_SYNTAX_ERROR at a param that need not be given. */
void
refuse_optional(const Parser *parser)
{
	if (parser->token.kind == TOKEN_PARAM && parser->token.is_optional)
		syntax_error(parser, "A param that need not be given, $param?, stands in a condition, or is an order or a cursor; elsewhere null can be given.");
}

/* A number of rows or levels: not negative, or a param. Raises ERRCODE_SYNTAX_ERROR. */
ShapeValue *
parse_count(Parser *parser, const char *name)
{
	ShapeValue *value;

	if (parser->token.kind != TOKEN_NUMBER && parser->token.kind != TOKEN_PARAM)
		syntax_error(parser, "It takes a whole number or a $param.");
	refuse_optional(parser);
	value = accept_literal(parser);
	if (value->kind == VALUE_NUMBER)
		check_count(value->text, name, parser->shape, value->location);
	return value;
}

/*
 * One of several words: its number, from 1 on, for 0 stands for an argument that is not
 * given. Raises ERRCODE_SYNTAX_ERROR with the hint.
 */
int
parse_word(Parser *parser, const char *const *words, int nwords, const char *hint)
{
	for (int i = 0; i < nwords; i++)
	{
		if (parser->token.kind == TOKEN_NAME && strcmp(parser->token.text, words[i]) == 0)
		{
			advance(parser);
			return i + 1;
		}
	}
	syntax_error(parser, hint);
}
