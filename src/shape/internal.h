/*
 * internal.h
 *		What shape/'s files share: the tokens of a shape, and who is at which.
 */
#ifndef JSONIFY_SHAPE_INTERNAL_H
#define JSONIFY_SHAPE_INTERNAL_H

#include "shape/shape.h"

typedef enum TokenKind
{
	TOKEN_END,
	TOKEN_NAME,
	TOKEN_QUOTED_NAME,
	TOKEN_SPREAD,				/* ... */
	TOKEN_NUMBER,
	TOKEN_STRING,				/* in parentheses and behind a key, as a param */
	TOKEN_PARAM,				/* $name or $name? */
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
	bool		is_optional;	/* of a param: "?" stands behind it */
} Token;

typedef struct Parser
{
	const ShapeText *shape;
	int			offset;			/* of the first byte not yet read */
	int			parentheses;	/* how many are open */
	int			max_depth;
	Token		token;			/* the current one */
} Parser;

static inline bool
is_name_start(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
		IS_HIGHBIT_SET(c);
}

static inline bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static inline bool
is_name_part(char c)
{
	return is_name_start(c) || is_digit(c) || c == '$';
}

/* scan.c */
extern void advance(Parser *parser);
extern void advance_to_step(Parser *parser);
extern void advance_to_value(Parser *parser);
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

/* parse_value.c */
extern ShapeValue *accept_literal(Parser *parser);
extern void refuse_optional(const Parser *parser);
extern ShapeValue *parse_count(Parser *parser, const char *name);
extern int	parse_word(Parser *parser, const char *const *words, int nwords, const char *hint);

/* parse_path.c */
extern List *parse_path(Parser *parser, const char *hint);
extern ShapeAggregate find_aggregate(const Parser *parser, const ShapeName *name, bool quoted);
extern List *parse_aggregated(Parser *parser, bool may_be_empty);
extern List *parse_more_steps(Parser *parser, List *path, const char *hint);
extern ShapeArgs *parse_args(Parser *parser, bool of_root);

#endif							/* JSONIFY_SHAPE_INTERNAL_H */
