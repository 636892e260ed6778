/*
 * scan.h
 *		Between scan.c, which makes tokens of a shape, and the parser's files.
 */
#ifndef JSONIFY_SCAN_H
#define JSONIFY_SCAN_H

#include "jsonify.h"

typedef enum TokenKind
{
	TOKEN_END,
	TOKEN_NAME,
	TOKEN_QUOTED_NAME,
	TOKEN_SPREAD,				/* ... */
	TOKEN_NUMBER,
	TOKEN_STRING,				/* in parentheses only, as those that follow */
	TOKEN_PARAM,				/* $name */
	TOKEN_OPERATOR,
	TOKEN_PUNCTUATION			/* one character */
} TokenKind;

typedef struct Token
{
	TokenKind	kind;
	char		punctuation;
	int			location;
	int			length;
	char	   *text;			/* of a name, string or param what it stands for */
} Token;

typedef struct Parser
{
	const ShapeText *shape;
	int			offset;			/* of the first byte not yet read */
	int			parentheses;	/* how many are open */
	int			max_depth;
	Token		token;			/* the current one */
} Parser;

extern void advance(Parser *parser);
extern void advance_to_step(Parser *parser);
extern Token peek(const Parser *parser);
extern bool at(const Parser *parser, char punctuation);
extern bool at_name(const Parser *parser);
extern bool at_keyword(const Parser *parser, const char *keyword);
extern bool accept_keyword(Parser *parser, const char *keyword);
extern void expect(Parser *parser, char punctuation, const char *hint);
extern ShapeName expect_name(Parser *parser, const char *hint);
extern void open_parenthesis(Parser *parser);
extern void close_parenthesis(Parser *parser, const char *hint);
pg_noreturn extern void syntax_error(const Parser *parser, const char *hint);

/* parse_args.c */
extern ShapeArgs *parse_args(Parser *parser);

/* parse.c */
extern List *parse_path(Parser *parser, const char *hint);

#endif							/* JSONIFY_SCAN_H */
