/*
 * condition.c
 *		The condition of a "where" to SQL. What it compares with is bound.
 */
#include "resolve/internal.h"

#include "access/relation.h"
#include "catalog/pg_collation.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "parser/parse_coerce.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

/* An operand, and of which type it is; a value may not know before it is compared. */
typedef struct Operand
{
	const ShapeOperand *source;
	SqlExpression expression;	/* of a path */
	Oid			typid;			/* of a value: as SQL takes the literal */
} Operand;

/* How SQL would take a number. */
static Oid
number_type(const char *text)
{
	char	   *end;
	int64		number;

	errno = 0;
	number = strtoll(text, &end, 10);
	if (*end != '\0' || errno != 0)
		return NUMERICOID;
	return number >= PG_INT32_MIN && number <= PG_INT32_MAX ? INT4OID : INT8OID;
}

/* How SQL would take a literal; what has no type of its own as UNKNOWN. */
static Oid
literal_type(const ShapeValue *value)
{
	if (value->kind == VALUE_NUMBER)
		return number_type(value->text);
	return value->kind == VALUE_BOOLEAN ? BOOLOID : UNKNOWNOID;
}

static Operand
make_operand(const SqlTable *table, const ShapeText *shape, const ShapeOperand *source)
{
	Operand		operand = {.source = source};

	if (source->path != NIL)
	{
		operand.expression = source->aggregate == AGGREGATE_NONE ?
			resolve_expression(table, shape, source->path) :
			resolve_aggregate(table, shape, source->aggregate, source->path, source->location);
		operand.typid = operand.expression.typid;
	}
	else
		operand.typid = literal_type(source->value);
	return operand;
}

/*
 * The same of one that is compared. Raises ERRCODE_UNDEFINED_COLUMN for a name that
 * nothing has: with a hint that it may be meant as a value, if it is in double quotes
 * or on the right.
 */
static Operand
make_compared(const SqlTable *table, const ShapeText *shape, const ShapeOperand *source, bool right)
{
	const ShapeStep *step = source->path != NIL ? linitial(source->path) : NULL;
	StepTarget	target;

	if (step != NULL && list_length(source->path) == 1 && step->args == NULL &&
		source->aggregate == AGGREGATE_NONE &&
		(right || shape->text[step->name.location] == '"') &&
		!find_step(table->scope, shape, step, false, &target))
		no_such_value(table->scope, shape, step);
	return make_operand(table, shape, source);
}

/*
 * An operand in SQL; of a value, as the type that it is compared as; with cast
 * anything as that.
 */
static void
emit_operand(const SqlTable *table, const ShapeText *shape, List **parts, const Operand *operand,
			 QueryValueKind kind, Oid typid, bool cast)
{
	if (operand->source->path != NIL && cast)
	{
		emit(parts, "(");
		*parts = list_concat(*parts, operand->expression.parts);
		emit(parts, psprintf(")::%s", sql_type_name(typid)));
	}
	else if (operand->source->path != NIL)
		*parts = list_concat(*parts, operand->expression.parts);
	else
		emit_value(parts, add_value(table->scope->context, table->values, shape,
									operand->source->value, kind, typid));
}

/* Operators that compare text: of json they take the text. */
static bool
is_text_operator(const char *name)
{
	static const char *const names[] = {"~~", "~~*", "!~~", "!~~*", "~", "~*", "!~", "!~*", "@@"};

	for (int i = 0; i < lengthof(names); i++)
	{
		if (strcmp(name, names[i]) == 0)
			return true;
	}
	return false;
}

/*
 * An operand as one that operator compares: what a path finds in json as text, where
 * that is what it takes. A string without its quotes, and null is NULL:
 *
 *		(((c.meta)::pg_catalog.jsonb OPERATOR(pg_catalog.#>) $1)
 *			OPERATOR(pg_catalog.#>>) '{}'::pg_catalog.text[])
 */
static void
take_text(Operand *operand, const char *operator)
{
	List	   *parts = NIL;

	if (!operand->expression.in_json || !is_text_operator(operator))
		return;
	emit(&parts, "(");
	parts = list_concat(parts, operand->expression.parts);
	emit(&parts, " OPERATOR(pg_catalog.#>>) '{}'::pg_catalog.text[])");
	operand->expression.parts = parts;
	operand->expression.typid = operand->typid = TEXTOID;
	operand->expression.collation = DEFAULT_COLLATION_OID;
	operand->expression.in_json = false;
}

pg_noreturn static void
no_operator(const ShapeText *shape, const ShapeCondition *condition, Oid left, Oid right)
{
	ereport(ERROR,
			errcode(ERRCODE_UNDEFINED_FUNCTION),
			errmsg("operator does not exist: %s %s %s", format_type_be(left), condition->operator,
				   format_type_be(right)),
			errhint("A condition takes the operators of PostgreSQL, and of its types, that are true or false."),
			shape_position(shape, condition->location));
}

pg_noreturn static void
no_column(const ShapeText *shape, const Operand *left)
{
	ereport(ERROR,
			errcode(ERRCODE_SYNTAX_ERROR),
			errmsg("a condition compares two values, and no column"),
			errhint("On one side there is a column; a name is not put in single quotes."),
			shape_position(shape, left->source->location));
}

/* Of json the value on the other side is JSON, if there is an operator for that. */
static QueryValueKind
compare_operands(ShapeContext *context, const ShapeText *shape, const ShapeCondition *condition,
				 const Operand *left, const Operand *right, Comparison *comparison)
{
	bool		is_value[2] = {left->source->value != NULL, right->source->value != NULL};

	if (is_value[0] && is_value[1])
		no_column(shape, left);
	if (((left->expression.in_json && is_value[1]) || (right->expression.in_json && is_value[0])) &&
		choose_operator(context, condition->operator, JSONBOID, JSONBOID, comparison))
		return QUERY_JSON;
	if (!choose_operator(context, condition->operator, left->typid, right->typid, comparison))
		no_operator(shape, condition, left->typid, right->typid);
	/* a number keeps the type that SQL has for it */
	if (comparison->cast)
		return QUERY_SCALAR;
	if (left->typid != UNKNOWNOID)
		comparison->typids[0] = left->typid;
	if (right->typid != UNKNOWNOID)
		comparison->typids[1] = right->typid;
	return QUERY_SCALAR;
}

/* Both operands in SQL, as they are compared; returns the operator. */
static char *
compare_in_sql(const SqlTable *table, const ShapeText *shape, const ShapeCondition *condition,
			   const Operand *left, const Operand *right, List **first, List **second)
{
	Comparison	comparison;
	QueryValueKind kind = compare_operands(table->scope->context, shape, condition, left, right,
										   &comparison);

	*first = *second = NIL;
	emit_operand(table, shape, first, left, kind, comparison.typids[0], comparison.cast);
	emit_operand(table, shape, second, right, kind, comparison.typids[1], comparison.cast);
	return comparison.operator;
}

static void
emit_comparison(const SqlTable *table, const ShapeText *shape, List **parts,
				const ShapeCondition *condition, const Operand *left, const Operand *right)
{
	List	   *first;
	List	   *second;
	char	   *operator = compare_in_sql(table, shape, condition, left, right, &first, &second);

	*parts = list_concat(*parts, first);
	emit(parts, psprintf(" %s ", operator));
	*parts = list_concat(*parts, second);
}

/*
 * Notes a value that a condition has the column be by which the rows lie; part is that of it
 * in SQL. That of an optional param may not be given.
 */
static void
note_place(const SqlTable *table, const ShapeCondition *condition, const Operand *left,
		   const SqlPart *part)
{
	const SqlPart *column = left->expression.parts != NIL ? linitial(left->expression.parts) : NULL;

	if (table->place == NULL || table->placing == 0 || condition->negated ||
		strcmp(condition->operator, "=") != 0 || part->value == NULL ||
		part->value->kind != QUERY_SCALAR || part->value->is_optional ||
		list_length(left->expression.parts) != 1 || column->text == NULL)
		return;
	if (strcmp(column->text, psprintf("%s.%s", table->alias,
									  quote_identifier(get_attname(table->scope->relid, table->placing,
																   false)))) == 0)
		*table->place = part->value;
}

static bool
is_null_literal(const ShapeOperand *operand)
{
	return operand->value != NULL && operand->value->kind == VALUE_NULL;
}

/*
 * "is [not] distinct from". SQL's own would look "=" up by search_path, but not
 * beside a NULL that is written out.
 */
static void
emit_distinct(const SqlTable *table, const ShapeText *shape, List **parts,
			  const ShapeCondition *condition)
{
	Operand		left = make_compared(table, shape, linitial(condition->operands), false);
	Operand		right = make_compared(table, shape, lsecond(condition->operands), true);
	List	   *first;
	List	   *second;
	char	   *operator;

	/* that asks for no operator */
	if (is_null_literal(right.source) && left.source->path != NIL)
	{
		emit_operand(table, shape, parts, &left, QUERY_SCALAR, left.typid, false);
		emit(parts, " IS DISTINCT FROM NULL");
		return;
	}
	operator = compare_in_sql(table, shape, condition, &left, &right, &first, &second);
	emit(parts, "CASE WHEN ");
	*parts = list_concat(*parts, first);
	emit(parts, " IS NOT DISTINCT FROM NULL THEN ");
	*parts = list_concat(*parts, second);
	emit(parts, " IS DISTINCT FROM NULL WHEN ");
	*parts = list_concat(*parts, second);
	emit(parts, " IS NOT DISTINCT FROM NULL THEN true ELSE NOT (");
	*parts = list_concat(*parts, first);
	emit(parts, psprintf(" %s ", operator));
	*parts = list_concat(*parts, second);
	emit(parts, ") END");
}

/* "in $list", "op any $list" and "op all $list": the elements are of the type of a value there. */
static void
emit_in_param(const SqlTable *table, const ShapeText *shape, List **parts,
			  const ShapeCondition *condition)
{
	Operand		left = make_compared(table, shape, linitial(condition->operands), false);
	Operand		right = make_operand(table, shape, lsecond(condition->operands));
	Comparison	comparison;
	QueryValueKind kind;
	Oid			element;
	Oid			array;

	take_text(&left, condition->operator);
	kind = compare_operands(table->scope->context, shape, condition, &left, &right, &comparison);
	element = kind == QUERY_JSON ? JSONBOID : comparison.typids[1];
	array = get_array_type(element);
	if (!OidIsValid(array))
		ereport(ERROR,
				errcode(ERRCODE_DATATYPE_MISMATCH),
				errmsg("there are no lists of type %s", format_type_be(element)),
				errhint("Compare with each of them, joined by \"or\"."),
				shape_position(shape, condition->location));
	emit_operand(table, shape, parts, &left, QUERY_SCALAR, comparison.typids[0], comparison.cast);
	emit(parts, psprintf(" %s %s (", comparison.operator, condition->of_all ? "ALL" : "ANY"));
	emit_value(parts, add_value(table->scope->context, table->values, shape,
								right.source->value, QUERY_ARRAY, array));
	emit(parts, ")");
}

/*
 * The type in which SQL's IN compares with values of these types, the first of
 * which is that of its left side; InvalidOid if they have none in common.
 */
static Oid
common_type(const List *typids)
{
	List	   *expressions = NIL;
	ListCell   *lc;
	Oid			result;

	foreach(lc, typids)
		expressions = lappend(expressions, makeNullConst(lfirst_oid(lc), -1, InvalidOid));
	result = select_common_type(NULL, expressions, NULL, NULL);
	return OidIsValid(result) && verify_common_type(result, expressions) ? result : InvalidOid;
}

/* Whether a type reads a literal of another one as SQL would cast it. */
static bool
reads_as_cast(Oid typid, Oid literal)
{
	switch (typid)
	{
		case INT2OID:
		case INT4OID:
		case INT8OID:
		case NUMERICOID:
		case FLOAT4OID:
		case FLOAT8OID:
		case OIDOID:
			return true;
		default:
			return typid == literal || literal == UNKNOWNOID;
	}
}

/*
 * The values of a list as one array, of the type that they have in common:
 *
 *		c.id OPERATOR(pg_catalog.=) ANY ($1)
 *
 * False if there is no such type, array or operator. typids are the types of the
 * left side and of the values, each once.
 */
static bool
emit_in_array(const SqlTable *table, const ShapeText *shape, List **parts,
			  const ShapeCondition *condition, const Operand *left, const List *values,
			  const List *typids)
{
	ShapeContext *context = table->scope->context;
	QueryValueKind kind = QUERY_SCALAR;
	Comparison	comparison;
	Oid			element;
	Oid			array;
	ListCell   *lc;

	if (left->source->value != NULL)
		no_column(shape, left);
	if (left->expression.in_json &&
		choose_operator(context, condition->operator, JSONBOID, JSONBOID, &comparison))
	{
		kind = QUERY_JSON;
		element = JSONBOID;
	}
	else
	{
		element = common_type(typids);
		if (!OidIsValid(element) || element == RECORDOID)
			return false;
		for_each_from(lc, typids, 1)
		{
			if (!reads_as_cast(element, lfirst_oid(lc)))
				return false;
		}
		if (!choose_operator(context, condition->operator, left->typid, element, &comparison))
			return false;
	}
	array = get_array_type(element);
	if (!OidIsValid(array) || (comparison.cast && comparison.typids[1] != element))
		return false;

	emit_operand(table, shape, parts, left, QUERY_SCALAR, comparison.typids[0], comparison.cast);
	emit(parts, psprintf(" %s ANY (", comparison.operator));
	emit_value(parts, add_list(context, table->values, shape, values, kind, element, array));
	emit(parts, ")");
	return true;
}

/*
 * "in (...)", as SQL does it: several values are one array, if they can be; what
 * else there is is compared one by one.
 */
static void
emit_in_list(const SqlTable *table, const ShapeText *shape, List **parts,
			 const ShapeCondition *condition)
{
	Operand		left = make_compared(table, shape, linitial(condition->operands), false);
	List	   *typids = list_make1_oid(left.typid);
	List	   *values = NIL;
	List	   *others = NIL;
	const char *separator = "";
	ListCell   *lc;

	for_each_from(lc, condition->operands, 1)
	{
		const ShapeOperand *operand = lfirst(lc);

		CHECK_FOR_INTERRUPTS();
		if (operand->path != NIL)
			others = lappend(others, lfirst(lc));
		else
		{
			values = lappend(values, lfirst(lc));
			typids = list_append_unique_oid(typids, literal_type(operand->value));
		}
	}
	if (list_length(values) > 1 &&
		emit_in_array(table, shape, parts, condition, &left, values, typids))
		separator = " OR ";
	else
		others = list_copy_tail(condition->operands, 1);
	foreach(lc, others)
	{
		Operand		right = make_compared(table, shape, lfirst(lc), true);

		CHECK_FOR_INTERRUPTS();
		if (*separator != '\0')
			spend_comparison(table->scope->context, (ShapePlace) {shape, right.source->location});
		emit(parts, separator);
		emit_comparison(table, shape, parts, condition, &left, &right);
		separator = " OR ";
	}
}

/* A boolean by itself, or one that is asked about. */
static void
emit_boolean(const SqlTable *table, const ShapeText *shape, List **parts,
			 const ShapeOperand *source)
{
	Operand		operand = make_operand(table, shape, source);

	if (getBaseType(operand.typid) != BOOLOID)
		ereport(ERROR,
				errcode(ERRCODE_DATATYPE_MISMATCH),
				errmsg("a condition must be boolean, not %s", format_type_be(operand.typid)),
				errhint("Compare it with something, as in \"column = 'value'\"."),
				shape_position(shape, source->location));
	emit_operand(table, shape, parts, &operand, QUERY_SCALAR, operand.typid, false);
}

static void
emit_is(const SqlTable *table, const ShapeText *shape, List **parts,
		const ShapeCondition *condition)
{
	const ShapeOperand *source = linitial(condition->operands);

	if (source->path == NIL)
		ereport(ERROR,
				errcode(ERRCODE_SYNTAX_ERROR),
				errmsg("\"is\" asks about a column, not about a value"),
				shape_position(shape, source->location));
	if (strcmp(condition->test, "null") == 0)
	{
		Operand		operand = make_operand(table, shape, source);

		emit_operand(table, shape, parts, &operand, QUERY_SCALAR, operand.typid, false);
	}
	else
		emit_boolean(table, shape, parts, source);
	/* one of the keywords of shape/parse_path.c */
	emit(parts, psprintf(" IS %s%s", condition->negated ? "NOT " : "", condition->test));
}

/* The names of the params of a predicate that need not be given; palloc'd. */
static List *
optional_params(const ShapeCondition *condition)
{
	List	   *names = NIL;
	ListCell   *lc;

	foreach(lc, condition->operands)
	{
		const ShapeValue *value;

		CHECK_FOR_INTERRUPTS();
		if (condition->is_between)
		{
			names = list_concat(names, optional_params(lfirst(lc)));
			continue;
		}
		value = ((const ShapeOperand *) lfirst(lc))->value;
		if (value != NULL && value->is_optional)
			names = lappend(names, pstrdup(value->text));
	}
	return names;
}

/* What makes a predicate true where its params are not given; NULL if there are none of those. */
static const SqlGuard *
make_guard(ShapeContext *context, const ShapeCondition *condition)
{
	SqlGuard   *guard;
	List	   *names;

	/* of "between" each side is one, but what is not between nothing is to be there as well */
	if (condition->is_between ? !condition->negated :
		condition->kind == CONDITION_AND || condition->kind == CONDITION_OR)
		return NULL;
	names = optional_params(condition);
	if (names == NIL)
		return NULL;
	guard = palloc(sizeof(SqlGuard));
	guard->params = names;
	guard->none_given = condition->is_between;
	context->nguards++;
	return guard;
}

static void emit_plain_condition(const SqlTable *table, const ShapeText *shape, List **parts,
								 const ShapeCondition *condition);

/*
 * A condition; a predicate with params that need not be given is behind a guard:
 *
 *		(false OR (c.title OPERATOR(pg_catalog.=) $1))
 */
static void
emit_condition(const SqlTable *table, const ShapeText *shape, List **parts,
			   const ShapeCondition *condition)
{
	const SqlGuard *guard = make_guard(table->scope->context, condition);
	SqlPart    *part;

	if (guard == NULL)
	{
		emit_plain_condition(table, shape, parts, condition);
		return;
	}
	emit(parts, "(");
	part = palloc0(sizeof(SqlPart));
	part->text = SQL_FALSE;
	part->guard = guard;
	*parts = lappend(*parts, part);
	emit(parts, " OR ");
	emit_plain_condition(table, shape, parts, condition);
	emit(parts, ")");
}

static void
emit_plain_condition(const SqlTable *table, const ShapeText *shape, List **parts,
					 const ShapeCondition *condition)
{
	SqlTable	inner = *table;
	ListCell   *lc;

	check_stack_depth();
	CHECK_FOR_INTERRUPTS();
	if (condition->kind != CONDITION_AND && condition->kind != CONDITION_OR)
		spend_comparison(table->scope->context, (ShapePlace) {shape, condition->location});
	if (condition->kind == CONDITION_IS)
	{
		emit_is(table, shape, parts, condition);
		return;
	}
	if (condition->negated)
		emit(parts, "NOT ");
	/* only what holds of all rows says where they lie */
	if (condition->kind != CONDITION_AND || condition->negated)
		inner.place = NULL;
	emit(parts, "(");
	switch (condition->kind)
	{
		case CONDITION_AND:
		case CONDITION_OR:
			foreach(lc, condition->operands)
			{
				if (foreach_current_index(lc) > 0)
					emit(parts, condition->kind == CONDITION_AND ? " AND " : " OR ");
				emit_condition(&inner, shape, parts, lfirst(lc));
			}
			break;
		case CONDITION_OPERATOR:
			{
				Operand		left = make_compared(table, shape, linitial(condition->operands), false);
				Operand		right;

				if (((ShapeOperand *) lsecond(condition->operands))->search != SEARCH_NONE)
				{
					if (left.source->path == NIL)
						no_column(shape, &left);
					take_text(&left, condition->operator);
					emit_search(shape, parts, condition, left.expression,
								add_value(table->scope->context, table->values, shape,
										  ((ShapeOperand *) lsecond(condition->operands))->value,
										  QUERY_SCALAR, TEXTOID));
					break;
				}
				right = make_compared(table, shape, lsecond(condition->operands), true);
				take_text(&left, condition->operator);
				take_text(&right, condition->operator);
				emit_comparison(table, shape, parts, condition, &left, &right);
				note_place(table, condition, &left, llast(*parts));
			}
			break;
		case CONDITION_DISTINCT:
			emit_distinct(table, shape, parts, condition);
			break;
		case CONDITION_IN:
			if (condition->in_param)
				emit_in_param(table, shape, parts, condition);
			else
				emit_in_list(table, shape, parts, condition);
			break;
		case CONDITION_OPERAND:
			emit_boolean(table, shape, parts, linitial(condition->operands));
			break;
		case CONDITION_EXISTS:
			emit_exists(table, shape, parts,
						((ShapeOperand *) linitial(condition->operands))->path, 0);
			break;
		case CONDITION_IS:
			break;
	}
	emit(parts, ")");
}

/*
 * A condition on the rows of the scope's table, in SQL: a list of SqlPart,
 * palloc'd in the current memory context, which must be that of the plan. Its
 * logic is SQL's, with three values. Raises what resolve_expression() does,
 * ERRCODE_UNDEFINED_FUNCTION for an operator that is not there,
 * ERRCODE_DATATYPE_MISMATCH for what is not boolean, and what the input of a
 * literal's type raises.
 */
List *
resolve_condition(const SqlTable *table, const ShapeText *shape, const ShapeCondition *condition)
{
	List	   *parts = NIL;

	emit_condition(table, shape, &parts, condition);
	return parts;
}
