/*
 * parse_path.c
 *		Paths, and what stands in the parentheses of a relationship in them, or
 *		of the root. Each holds the other.
 *
 *		path      = name [args] ("." (name [args] | number))*
 *		args      = "(" (arg [","])+ ")"
 *		arg       = "via" ":" name ("." name)* | "key" ":" name
 *				  | "where" ":" condition
 *				  | "order" ":" (order ("," order)* | param | param "?")
 *				  | ("limit" | "offset" | "page" | "recurse") ":" (number | param)
 *				  | "after" ":" (param | param "?")
 *				  | "write" ":" ("none" | "own" | "link")
 *				  | "missing" ":" ("error" | "delete" | "unlink" | "keep")
 *				  | "by" ":" (name | "(" name ("," name)* ")")
 *				  | "group" ":" path ("," path)*
 *		order     = (path | aggregate | "count" "(" ")") ["asc" | "desc"] ["nulls" ("first" | "last")]
 *		condition = and ("or" and)*
 *		and       = not ("and" not)*
 *		not       = "not"* (predicate | "(" condition ")" | "exists" "(" path ")")
 *		predicate = operand
 *				  | operand operator (operand | ("any" | "all") param)
 *				  | operand "@@" ("websearch" | "plain" | "phrase") "(" [string ","] (string | param) ")"
 *				  | operand "is" ["not"] ("null" | "true" | "false" | "unknown")
 *				  | operand "is" ["not"] "distinct" "from" operand
 *				  | operand ["not"] ("like" | "ilike") (operand | ("any" | "all") param)
 *				  | operand ["not"] "between" operand "and" operand
 *				  | operand ["not"] "in" (param | "(" operand ("," operand)* ")")
 *		operand   = path | aggregate | number | string | param | param "?" | "true" | "false" | "null"
 *		aggregate = ("count" | "sum" | "avg" | "min" | "max") "(" path ")"
 *
 * Keywords are those of SQL, in any case; a column of such a name is quoted.
 */
#include "shape/internal.h"

#include "miscadmin.h"

/* How many names an order may have that a param says. */
#define MAX_ORDER_NAMES 1000

static ShapeCondition *parse_condition(Parser *parser);

static const char *const condition_hint =
"A condition is \"column operator value\", \"column is null\", \"column in (...)\" or the like, joined by \"and\", \"or\" and \"not\"; a value is a literal or a $param.";

static const char *const args_hint =
"An argument is written \"name: value\", as in (where: published, order: date desc, limit: 5).";

/* One step of a path; the current token is its name or number. */
static ShapeStep *
parse_step(Parser *parser, const char *hint)
{
	ShapeStep  *step = palloc0(sizeof(ShapeStep));

	if (parser->token.kind == TOKEN_NUMBER)
	{
		step->name.name = parser->token.text;
		step->name.location = parser->token.location;
		step->is_index = true;
		advance(parser);
		return step;
	}
	step->name = expect_name(parser, hint);
	if (at(parser, '('))
		step->args = parse_args(parser, false);
	return step;
}

/* Goes past the steps behind those of a path that is begun. Returns the whole. */
List *
parse_more_steps(Parser *parser, List *path, const char *hint)
{
	while (at(parser, '.'))
	{
		if (list_length(path) == parser->max_depth)
			ereport(ERROR,
					errcode(ERRCODE_STATEMENT_TOO_COMPLEX),
					errmsg("path in shape is longer than %d names", parser->max_depth),
					errhint("The setting \"jsonify.max_depth\" holds the limit."),
					shape_position(parser->shape, parser->token.location));
		advance_to_step(parser);
		path = lappend(path, parse_step(parser, hint));
	}
	return path;
}

/*
 * Names, with args if they have any, joined by dots: a list of ShapeStep. hint
 * is for what else stands there.
 */
List *
parse_path(Parser *parser, const char *hint)
{
	if (!at_name(parser))
		syntax_error(parser, hint);
	return parse_more_steps(parser, list_make1(parse_step(parser, hint)), hint);
}

/* What an aggregate is called, in a shape as in SQL; not of AGGREGATE_NONE. */
const char *
aggregate_name(ShapeAggregate aggregate)
{
	static const char *const names[] = {NULL, "count", "sum", "avg", "min", "max", "distinct"};

	return names[aggregate];
}

/*
 * The aggregate that a name before "(" stands for; it may also be that of a
 * relationship with args, which has a ":" there.
 */
ShapeAggregate
find_aggregate(const Parser *parser, const ShapeName *name, bool quoted)
{
	Parser		ahead = *parser;

	if (quoted || !at(parser, '('))
		return AGGREGATE_NONE;
	for (int i = AGGREGATE_COUNT; i <= AGGREGATE_DISTINCT; i++)
	{
		if (strcmp(aggregate_name(i), name->name) != 0)
			continue;
		open_parenthesis(&ahead);
		return at_name(&ahead) && (advance(&ahead), at(&ahead, ':')) ? AGGREGATE_NONE : i;
	}
	return AGGREGATE_NONE;
}

/*
 * What stands in the parentheses of an aggregate, the current token being the "(": a path,
 * or NIL of the rows of a group, if may_be_empty.
 */
List *
parse_aggregated(Parser *parser, bool may_be_empty)
{
	static const char *const hint =
		"An aggregate is written count(relationship) or sum(relationship.column).";
	List	   *path = NIL;

	open_parenthesis(parser);
	if (!may_be_empty || !at(parser, ')'))
		path = parse_path(parser, hint);
	close_parenthesis(parser, hint);
	return path;
}

/* A path, or an aggregate over one, which *aggregate tells; count() of a group's rows if in_group. */
static List *
parse_aggregate_or_path(Parser *parser, ShapeAggregate *aggregate, bool in_group, const char *hint)
{
	Parser		ahead = *parser;
	ShapeName	name = {parser->token.text, parser->token.location};

	*aggregate = AGGREGATE_NONE;
	if (parser->token.kind == TOKEN_NAME)
	{
		advance(&ahead);
		*aggregate = find_aggregate(&ahead, &name, false);
	}
	if (*aggregate == AGGREGATE_DISTINCT)
		*aggregate = AGGREGATE_NONE;
	if (*aggregate == AGGREGATE_NONE)
		return parse_path(parser, hint);
	*parser = ahead;
	return parse_aggregated(parser, in_group && *aggregate == AGGREGATE_COUNT);
}

static ShapeOperand *
parse_operand(Parser *parser)
{
	ShapeOperand *operand = palloc0(sizeof(ShapeOperand));

	operand->location = parser->token.location;
	if (at_name(parser) && !at_keyword(parser, "true") && !at_keyword(parser, "false") &&
		!at_keyword(parser, "null"))
		operand->path = parse_aggregate_or_path(parser, &operand->aggregate, false, condition_hint);
	else
		operand->value = accept_literal(parser);
	if (operand->path == NIL && operand->value == NULL)
		syntax_error(parser, condition_hint);
	return operand;
}

static ShapeCondition *
make_condition(ShapeConditionKind kind, int location, List *operands)
{
	ShapeCondition *condition = palloc0(sizeof(ShapeCondition));

	condition->kind = kind;
	condition->location = location;
	condition->operands = operands;
	return condition;
}

static ShapeCondition *
make_comparison(int location, char *operator, ShapeOperand *left, ShapeOperand *right)
{
	ShapeCondition *condition = make_condition(CONDITION_OPERATOR, location,
											   list_make2(left, right));

	condition->operator = operator;
	return condition;
}

/* What follows "is". */
static ShapeCondition *
parse_is(Parser *parser, ShapeOperand *left, int location)
{
	static const char *const tests[] = {"null", "true", "false", "unknown"};
	bool		negated = accept_keyword(parser, "not");
	ShapeCondition *condition = make_condition(CONDITION_IS, location, list_make1(left));

	condition->negated = negated;
	if (accept_keyword(parser, "distinct"))
	{
		if (!accept_keyword(parser, "from"))
			syntax_error(parser, "Write \"is distinct from\" and a value.");
		condition->kind = CONDITION_DISTINCT;
		condition->operator = "=";
		condition->operands = lappend(condition->operands, parse_operand(parser));
		return condition;
	}
	for (int i = 0; i < lengthof(tests); i++)
	{
		if (accept_keyword(parser, tests[i]))
		{
			condition->test = tests[i];
			return condition;
		}
	}
	syntax_error(parser, "After \"is\" comes [not] null, true, false, unknown, or distinct from.");
}

/* What follows "in". */
static ShapeCondition *
parse_in(Parser *parser, ShapeOperand *left, int location)
{
	static const char *const hint =
		"After \"in\" comes a list, as in (1, 2, 3), or by a $param that is an array.";
	ShapeCondition *condition = make_condition(CONDITION_IN, location, list_make1(left));

	condition->operator = "=";
	if (parser->token.kind == TOKEN_PARAM)
	{
		condition->operands = lappend(condition->operands, parse_operand(parser));
		condition->in_param = true;
		return condition;
	}
	if (!at(parser, '('))
		syntax_error(parser, hint);
	open_parenthesis(parser);
	for (;;)
	{
		CHECK_FOR_INTERRUPTS();
		if (list_length(condition->operands) > MAX_LIST_VALUES)
			ereport(ERROR,
					errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
					errmsg("list in shape has more than %d values", MAX_LIST_VALUES),
					errhint("Give them by a $param that is an array."),
					shape_position(parser->shape, parser->token.location));
		condition->operands = lappend(condition->operands, parse_operand(parser));
		if (!at(parser, ','))
			break;
		advance(parser);
	}
	close_parenthesis(parser, hint);
	return condition;
}

/* "websearch(" and so on, if what stands in its parentheses is a text: else it is a relationship. */
static ShapeSearch
at_search(const Parser *parser)
{
	static const char *const names[] = {NULL, "websearch", "plain", "phrase"};

	for (int i = SEARCH_WEB; i <= SEARCH_PHRASE; i++)
	{
		Parser		ahead = *parser;

		if (!at_keyword(parser, names[i]))
			continue;
		advance(&ahead);
		if (!at(&ahead, '('))
			return SEARCH_NONE;
		open_parenthesis(&ahead);
		return at_name(&ahead) ? SEARCH_NONE : i;
	}
	return SEARCH_NONE;
}

/* What is searched for; the current token is the name before its parentheses. */
static ShapeOperand *
parse_search(Parser *parser, ShapeSearch search)
{
	static const char *const hint = "Write websearch($q), plain($q) or phrase($q), or with a configuration websearch('english', $q).";
	ShapeOperand *operand = palloc0(sizeof(ShapeOperand));
	ShapeValue *first;

	operand->location = parser->token.location;
	operand->search = search;
	advance(parser);
	open_parenthesis(parser);
	if (parser->token.kind != TOKEN_STRING && parser->token.kind != TOKEN_PARAM)
		syntax_error(parser, hint);
	first = accept_literal(parser);
	operand->value = first;
	if (first->kind == VALUE_STRING && at(parser, ','))
	{
		operand->configuration.name = first->text;
		operand->configuration.location = first->location;
		advance(parser);
		if (parser->token.kind != TOKEN_STRING && parser->token.kind != TOKEN_PARAM)
			syntax_error(parser, hint);
		operand->value = accept_literal(parser);
	}
	close_parenthesis(parser, hint);
	return operand;
}

/* What follows an operator: an operand, or all or any values of a param. */
static ShapeCondition *
parse_comparison(Parser *parser, int location, char *operator, ShapeOperand *left)
{
	ShapeSearch search = strcmp(operator, "@@") == 0 ? at_search(parser) : SEARCH_NONE;
	bool		of_all = at_keyword(parser, "all");
	ShapeCondition *condition;

	if (search != SEARCH_NONE)
		return make_comparison(location, operator, left, parse_search(parser, search));
	if ((!of_all && !at_keyword(parser, "any")) || peek(parser).kind != TOKEN_PARAM)
		return make_comparison(location, operator, left, parse_operand(parser));
	advance(parser);
	condition = make_condition(CONDITION_IN, location, list_make2(left, parse_operand(parser)));
	condition->operator = operator;
	condition->in_param = true;
	condition->of_all = of_all;
	return condition;
}

/* What follows an operand. */
static ShapeCondition *
parse_predicate(Parser *parser)
{
	ShapeOperand *left = parse_operand(parser);
	int			location = parser->token.location;
	ShapeCondition *condition;
	bool		negated;

	if (parser->token.kind == TOKEN_OPERATOR)
	{
		char	   *operator = parser->token.text;

		advance(parser);
		return parse_comparison(parser, location, operator, left);
	}
	if (accept_keyword(parser, "is"))
		return parse_is(parser, left, location);

	negated = accept_keyword(parser, "not");
	/* an operator of its own, as in SQL: "not like all" is like none of them */
	if (accept_keyword(parser, "like"))
		return parse_comparison(parser, location, negated ? "!~~" : "~~", left);
	if (accept_keyword(parser, "ilike"))
		return parse_comparison(parser, location, negated ? "!~~*" : "~~*", left);
	if (accept_keyword(parser, "in"))
		condition = parse_in(parser, left, location);
	else if (accept_keyword(parser, "between"))
	{
		ShapeOperand *low = parse_operand(parser);

		if (!accept_keyword(parser, "and"))
			syntax_error(parser, "Write \"between ... and ...\".");
		condition = make_condition(CONDITION_AND, location,
								   list_make2(make_comparison(location, ">=", left, low),
											  make_comparison(location, "<=", left,
															  parse_operand(parser))));
		condition->is_between = true;
	}
	else if (negated || left->value != NULL)
		syntax_error(parser, condition_hint);
	else
		condition = make_condition(CONDITION_OPERAND, left->location, list_make1(left));
	condition->negated = negated;
	return condition;
}

static ShapeCondition *
parse_not(Parser *parser)
{
	bool		negated = false;
	int			location = parser->token.location;
	ShapeCondition *condition;

	check_stack_depth();
	CHECK_FOR_INTERRUPTS();
	while (accept_keyword(parser, "not"))
		negated = !negated;
	if (at(parser, '('))
	{
		open_parenthesis(parser);
		condition = parse_condition(parser);
		close_parenthesis(parser, "Every \"(\" needs a \")\".");
	}
	else if (at_keyword(parser, "exists") && peek(parser).kind == TOKEN_PUNCTUATION &&
			 peek(parser).punctuation == '(')
	{
		static const char *const hint = "Write exists(relationship), or exists(relationship(where: ...)).";
		ShapeOperand *operand = palloc0(sizeof(ShapeOperand));

		advance(parser);
		open_parenthesis(parser);
		operand->location = parser->token.location;
		operand->path = parse_path(parser, hint);
		close_parenthesis(parser, hint);
		condition = make_condition(CONDITION_EXISTS, location, list_make1(operand));
	}
	else
		condition = parse_predicate(parser);
	/* of a composite "not (x is null)" is not "x is not null" */
	if (negated && condition->kind == CONDITION_IS)
		condition = make_condition(CONDITION_AND, location, list_make1(condition));
	condition->negated ^= negated;
	return condition;
}

/* One or more of what parse_part reads, joined by a keyword. */
static ShapeCondition *
parse_joined(Parser *parser, const char *keyword, ShapeConditionKind kind,
			 ShapeCondition *(*parse_part) (Parser *parser))
{
	int			location = parser->token.location;
	ShapeCondition *first = parse_part(parser);
	List	   *parts = list_make1(first);

	while (accept_keyword(parser, keyword))
		parts = lappend(parts, parse_part(parser));
	return list_length(parts) == 1 ? first : make_condition(kind, location, parts);
}

static ShapeCondition *
parse_and(Parser *parser)
{
	return parse_joined(parser, "and", CONDITION_AND, parse_not);
}

static ShapeCondition *
parse_condition(Parser *parser)
{
	return parse_joined(parser, "or", CONDITION_OR, parse_and);
}

/* What may stand behind what is ordered by. */
static void
parse_direction(Parser *parser, ShapeOrder *order)
{
	if (accept_keyword(parser, "desc"))
		order->descending = true;
	else
		(void) accept_keyword(parser, "asc");
	order->nulls_first = order->descending;
	if (accept_keyword(parser, "nulls"))
	{
		order->nulls_first = at_keyword(parser, "first");
		if (!accept_keyword(parser, "first") && !accept_keyword(parser, "last"))
			syntax_error(parser, "After \"nulls\" comes \"first\" or \"last\".");
	}
}

static ShapeOrder *
parse_order(Parser *parser)
{
	ShapeOrder *order = palloc0(sizeof(ShapeOrder));

	order->location = parser->token.location;
	order->path = parse_aggregate_or_path(parser, &order->aggregate, true,
										  "After \"order\" come columns, each with \"desc\", \"nulls first\" or \"nulls last\" if wanted.");
	parse_direction(parser, order);
	return order;
}

/*
 * The text of a param that says an order: names, each with its direction, of ShapeOrder,
 * palloc'd; NIL of none. Raises ERRCODE_SYNTAX_ERROR, and ERRCODE_PROGRAM_LIMIT_EXCEEDED.
 */
List *
parse_order_text(const ShapeText *text)
{
	static const char *const hint =
		"An order is written as in \"date desc nulls last, id\", of names that the shape shows.";
	/* as within parentheses, where a comma counts */
	Parser		parser = {.shape = text,.parentheses = 1};
	List	   *orders = NIL;

	advance(&parser);
	if (parser.token.kind == TOKEN_END)
		return NIL;
	for (;;)
	{
		ShapeOrder *order = palloc0(sizeof(ShapeOrder));
		ShapeStep  *step = palloc0(sizeof(ShapeStep));

		CHECK_FOR_INTERRUPTS();
		order->location = parser.token.location;
		if (list_length(orders) == MAX_ORDER_NAMES)
			ereport(ERROR,
					errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
					errmsg("an order has more than %d names", MAX_ORDER_NAMES),
					shape_position(text, order->location));
		step->name = expect_name(&parser, hint);
		order->path = list_make1(step);
		parse_direction(&parser, order);
		orders = lappend(orders, order);
		if (!at(&parser, ','))
			break;
		advance(&parser);
	}
	if (parser.token.kind != TOKEN_END)
		syntax_error(&parser, hint);
	return orders;
}

/* Whether a ", name :" follows: the next argument, and no more of this one. */
static bool
at_next_arg(const Parser *parser)
{
	Parser		ahead = *parser;

	if (at(&ahead, ','))
		advance(&ahead);
	if (!at_name(&ahead))
		return false;
	advance(&ahead);
	return at(&ahead, ':');
}

static List *
parse_order_list(Parser *parser)
{
	List	   *orders = list_make1(parse_order(parser));

	while (at(parser, ',') && !at_next_arg(parser))
	{
		advance(parser);
		orders = lappend(orders, parse_order(parser));
	}
	return orders;
}

static List *
parse_group(Parser *parser)
{
	static const char *const hint = "After \"group\" come columns, as in group: status, kind.";
	List	   *group = list_make1(parse_path(parser, hint));

	while (at(parser, ',') && !at_next_arg(parser))
	{
		CHECK_FOR_INTERRUPTS();
		advance(parser);
		group = lappend(group, parse_path(parser, hint));
	}
	return group;
}

static List *
parse_via(Parser *parser)
{
	static const char *const hint =
		"After \"via\" comes a foreign key's column, its constraint, or a junction table.";
	List	   *via = NIL;

	for (;;)
	{
		ShapeName  *part = palloc(sizeof(ShapeName));

		*part = expect_name(parser, hint);
		via = lappend(via, part);
		if (!at(parser, '.'))
			return via;
		advance(parser);
	}
}

static ShapeWrite
parse_write(Parser *parser)
{
	static const char *const words[] = {"none", "own", "link"};

	return parse_word(parser, words, lengthof(words), "After \"write\" comes none, own or link.");
}

static ShapeMissing
parse_missing(Parser *parser)
{
	static const char *const words[] = {"error", "delete", "unlink", "keep"};

	return parse_word(parser, words, lengthof(words),
					  "After \"missing\" comes error, delete, unlink or keep.");
}

/* Columns: one, or several in parentheses. */
static List *
parse_by(Parser *parser)
{
	static const char *const hint =
		"After \"by\" comes a column, or several, as in by: (country, number).";
	bool		several = at(parser, '(');
	List	   *by = NIL;

	if (several)
		open_parenthesis(parser);
	for (;;)
	{
		ShapeName  *column = palloc(sizeof(ShapeName));

		*column = expect_name(parser, hint);
		by = lappend(by, column);
		if (list_length(by) > INDEX_MAX_KEYS)
			ereport(ERROR,
					errcode(ERRCODE_TOO_MANY_COLUMNS),
					errmsg("\"by\" takes no more than %d columns", INDEX_MAX_KEYS),
					shape_position(parser->shape, column->location));
		if (!several || !at(parser, ','))
			break;
		advance(parser);
	}
	if (several)
		close_parenthesis(parser, hint);
	return by;
}

/* One argument. Returns the hint for what it cannot go on with. */
static const char *
parse_arg(Parser *parser, ShapeArgs *args, ShapeName name, bool of_root)
{
	const char *hint = args_hint;
	bool		given;

	if (strcmp(name.name, "via") == 0)
	{
		given = args->via != NIL;
		args->via = parse_via(parser);
	}
	else if (strcmp(name.name, "where") == 0)
	{
		given = args->where != NULL;
		args->where = parse_condition(parser);
		hint = condition_hint;
	}
	else if (strcmp(name.name, "order") == 0)
	{
		given = args->order != NIL || args->order_param != NULL;
		if (parser->token.kind == TOKEN_PARAM)
			args->order_param = accept_literal(parser);
		else
			args->order = parse_order_list(parser);
	}
	else if (strcmp(name.name, "limit") == 0)
	{
		given = args->limit != NULL;
		args->limit = parse_count(parser, "limit");
	}
	else if (strcmp(name.name, "offset") == 0)
	{
		given = args->offset != NULL;
		args->offset = parse_count(parser, "offset");
	}
	else if (strcmp(name.name, "page") == 0)
	{
		given = args->page != NULL;
		args->page = parse_count(parser, "page");
	}
	else if (strcmp(name.name, "after") == 0)
	{
		given = args->after != NULL;
		if (parser->token.kind != TOKEN_PARAM)
			syntax_error(parser, "After \"after\" comes a $param: it is what a page has as \"next\", or null.");
		args->after = accept_literal(parser);
	}
	else if (strcmp(name.name, "recurse") == 0)
	{
		given = args->recurse != NULL;
		args->recurse = parse_count(parser, "recurse");
	}
	else if (strcmp(name.name, "key") == 0)
	{
		given = args->key.name != NULL;
		args->key = expect_name(parser, "After \"key\" comes a column of the related rows.");
	}
	else if (strcmp(name.name, "group") == 0)
	{
		given = args->group != NIL;
		args->group = parse_group(parser);
	}
	else if (strcmp(name.name, "write") == 0)
	{
		given = args->write != WRITE_UNSAID;
		args->write = parse_write(parser);
	}
	else if (strcmp(name.name, "missing") == 0)
	{
		given = args->missing != MISSING_UNSAID;
		args->missing = parse_missing(parser);
	}
	else if (strcmp(name.name, "by") == 0)
	{
		given = args->by != NIL;
		args->by = parse_by(parser);
	}
	else
		ereport(ERROR,
				errcode(ERRCODE_SYNTAX_ERROR),
				errmsg("unknown argument \"%s\" in shape", name.name),
				of_root ?
				errhint("The arguments of the root are where, order, limit, offset, group, page and after, and for writing by.") :
				errhint("The arguments of a relationship are where, order, limit, offset, via, recurse, key, group, page and after, and for writing write, missing and by."),
				shape_position(parser->shape, name.location));
	if (given)
		ereport(ERROR,
				errcode(ERRCODE_SYNTAX_ERROR),
				errmsg("argument \"%s\" given twice in shape", name.name),
				shape_position(parser->shape, name.location));
	return hint;
}

/*
 * Parses args, of a relationship or of the root; the current token is their "(". Raises
 * ERRCODE_SYNTAX_ERROR, or ERRCODE_INVALID_PARAMETER_VALUE for a negative number.
 */
ShapeArgs *
parse_args(Parser *parser, bool of_root)
{
	const char *hint = parser->parentheses == 0 ? args_hint :
		"A condition has no function calls but exists() and aggregates over related rows: what else is computed has to be a computed field. An argument of a relationship is written \"name: value\".";
	static const char *const call_hint =
		"An argument is written \"name: value\", as in (where: published). Of functions there are count, sum, avg, min, max and distinct; what else is computed has to be a computed field.";
	ShapeArgs  *args = palloc0(sizeof(ShapeArgs));
	bool		is_first = true;

	args->location = parser->token.location;
	open_parenthesis(parser);
	do
	{
		ShapeName	name = expect_name(parser, hint);
		bool		is_call = is_first && parser->parentheses == 1 && (at(parser, '.') || at(parser, ')'));

		expect(parser, ':', is_call ? call_hint : hint);
		is_first = false;
		hint = parse_arg(parser, args, name, of_root);
		if (at(parser, ','))
			advance(parser);
		else if (!at(parser, ')') && !at_next_arg(parser))
			syntax_error(parser, hint);
	} while (!at(parser, ')'));
	close_parenthesis(parser, hint);
	return args;
}
