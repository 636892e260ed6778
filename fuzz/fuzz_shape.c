/*
 * fuzz_shape.c
 *		The parser of shapes (src/shape/) outside the
 *		server, for libFuzzer. It is compiled with the server's headers; here is
 *		the little that it takes of the server itself.
 *
 * An input is a shape. It must be parsed into a tree whose every part lies in
 * the shape, or be refused by one of the errors that the parser may raise, with
 * a position. Each palloc() is a malloc(), so that the sanitizers see its ends.
 */
#include "shape/shape.h"

#include <setjmp.h>

#include "mb/pg_wchar.h"
#include "miscadmin.h"

/* Those of the C library: the port of PostgreSQL is not linked. */
#undef fprintf
#undef vsnprintf

/* As the setting has it. */
#define MAX_DEPTH 64

/* Half of what an ordinary stack has: the server's limit is a quarter. */
#define MAX_STACK (4 * 1024 * 1024)

#define CHECK(condition) \
	do { if (!(condition)) complain(#condition, __LINE__); } while (0)

pg_noreturn static void
complain(const char *condition, int line)
{
	fprintf(stderr, "fuzz_shape.c:%d: not so: %s\n", line, condition);
	abort();
}

/* ------------------------------------------------------------------ memory */

typedef struct Chunk
{
	struct Chunk *next;
	Size		size;
} Chunk;

static Chunk *chunks;
MemoryContext CurrentMemoryContext;

void *
palloc(Size size)
{
	Chunk	   *chunk = malloc(sizeof(Chunk) + size);

	CHECK(chunk != NULL);
	chunk->next = chunks;
	chunk->size = size;
	chunks = chunk;
	return chunk + 1;
}

void *
palloc0(Size size)
{
	return memset(palloc(size), 0, size);
}

void *
MemoryContextAllocZeroAligned(MemoryContext context, Size size)
{
	return palloc0(size);
}

void *
repalloc(void *pointer, Size size)
{
	void	   *new = palloc(size);

	return memcpy(new, pointer, Min(size, ((Chunk *) pointer - 1)->size));
}

char *
pnstrdup(const char *in, Size length)
{
	char	   *out = palloc(strnlen(in, length) + 1);

	length = strnlen(in, length);
	memcpy(out, in, length);
	out[length] = '\0';
	return out;
}

static void
free_all(void)
{
	while (chunks != NULL)
	{
		Chunk	   *next = chunks->next;

		free(chunks);
		chunks = next;
	}
}

/* ------------------------------------------------------------------- lists */

static List *
new_list(int length, int capacity)
{
	List	   *list = palloc0(sizeof(List));

	list->type = T_List;
	list->length = length;
	list->max_length = capacity;
	list->elements = palloc(sizeof(ListCell) * capacity);
	return list;
}

List *
list_make1_impl(NodeTag type, ListCell first)
{
	List	   *list = new_list(1, 1);

	list->elements[0] = first;
	return list;
}

List *
list_make2_impl(NodeTag type, ListCell first, ListCell second)
{
	List	   *list = new_list(2, 2);

	list->elements[0] = first;
	list->elements[1] = second;
	return list;
}

List *
lappend(List *list, void *datum)
{
	if (list == NIL)
		list = new_list(0, 1);
	if (list->length == list->max_length)
	{
		list->max_length *= 2;
		list->elements = repalloc(list->elements, sizeof(ListCell) * list->max_length);
	}
	list->elements[list->length++].ptr_value = datum;
	return list;
}

/* ----------------------------------------------------------------- strings */

void
initStringInfo(StringInfo str)
{
	memset(str, 0, sizeof(StringInfoData));
	str->maxlen = 16;
	str->data = palloc0(str->maxlen);
}

void
appendStringInfoChar(StringInfo str, char c)
{
	if (str->len + 1 == str->maxlen)
		str->data = repalloc(str->data, str->maxlen *= 2);
	str->data[str->len++] = c;
	str->data[str->len] = '\0';
}

int
pg_strcasecmp(const char *left, const char *right)
{
	return strcasecmp(left, right);
}

/* Of UTF-8. What is no UTF-8 does not come to the server; here it does no harm. */
int
pg_mbstrlen_with_len(const char *text, int limit)
{
	int			length = 0;

	for (int i = 0; i < limit; i++)
	{
		CHECK(text[i] != '\0');
		length += (text[i] & 0xC0) != 0x80;
	}
	return length;
}

/* ------------------------------------------------------------------ errors */

volatile sig_atomic_t InterruptPending;

static sigjmp_buf on_error;
static char *stack_base;
static struct
{
	int			code;
	int			position;
	char		text[1000];
}			error;

void
ProcessInterrupts(void)
{
}

void
check_stack_depth(void)
{
	char		here;

	CHECK(labs(stack_base - &here) < MAX_STACK);
}

bool
errstart(int elevel, const char *domain)
{
	CHECK(elevel == ERROR);
	memset(&error, 0, sizeof(error));
	return true;
}

bool
errstart_cold(int elevel, const char *domain)
{
	return errstart(elevel, domain);
}

void
errfinish(const char *filename, int lineno, const char *funcname)
{
	siglongjmp(on_error, 1);
}

int
errcode(int sqlerrcode)
{
	error.code = sqlerrcode;
	return 0;
}

/* Messages are made, to see that they can be. */
#define MESSAGE(function) \
int \
function(const char *fmt, ...) \
{ \
	va_list		args; \
\
	va_start(args, fmt); \
	vsnprintf(error.text, sizeof(error.text), fmt, args); \
	va_end(args); \
	return 0; \
}

MESSAGE(errmsg)
MESSAGE(errmsg_internal)
MESSAGE(errhint)
MESSAGE(errcontext_msg)

int
set_errcontext_domain(const char *domain)
{
	return 0;
}

int
internalerrposition(int cursorpos)
{
	error.position = cursorpos;
	return 0;
}

int
internalerrquery(const char *query)
{
	return 0;
}

void
ExceptionalCondition(const char *conditionName, const char *errorType, const char *fileName,
					 int lineNumber)
{
	complain(conditionName, lineNumber);
}

/* ---------------------------------------------------------- what it may say */

static int	input_length;

static void
check_location(int location)
{
	CHECK(location >= 0 && location < input_length);
}

static void
check_name(ShapeName name)
{
	check_location(name.location);
	CHECK(name.name != NULL && name.name[0] != '\0' && strlen(name.name) <= (Size) input_length);
	CHECK(strlen(quote_shape_name(name.name)) >= strlen(name.name));
}

static void check_args(const ShapeArgs *args);
static void check_set(const ShapeSet *set);

static void
check_path(const List *path)
{
	ListCell   *lc;

	CHECK(path != NIL);
	foreach(lc, path)
	{
		const ShapeStep *step = lfirst(lc);

		check_name(step->name);
		CHECK(!step->is_index || (foreach_current_index(lc) > 0 && step->args == NULL));
		if (step->args != NULL)
			check_args(step->args);
	}
}

static void
check_value(const ShapeValue *value)
{
	check_location(value->location);
	CHECK(value->kind >= VALUE_NUMBER && value->kind <= VALUE_PARAM);
	CHECK(!value->is_optional || value->kind == VALUE_PARAM);
	CHECK(value->text != NULL && (value->kind == VALUE_STRING || value->text[0] != '\0'));
}

static void
check_aggregate(ShapeAggregate aggregate)
{
	CHECK(aggregate >= AGGREGATE_NONE && aggregate <= AGGREGATE_MAX);
	CHECK(aggregate == AGGREGATE_NONE || aggregate_name(aggregate) != NULL);
}

static void
check_operand(const ShapeOperand *operand)
{
	check_location(operand->location);
	CHECK((operand->path == NIL) != (operand->value == NULL));
	CHECK(operand->search == SEARCH_NONE || operand->value != NULL);
	check_aggregate(operand->aggregate);
	CHECK(operand->aggregate == AGGREGATE_NONE || operand->path != NIL);
	if (operand->configuration.name != NULL)
		check_location(operand->configuration.location);
	if (operand->path != NIL)
		check_path(operand->path);
	else
		check_value(operand->value);
}

static void
check_condition(const ShapeCondition *condition)
{
	bool		joins = condition->kind == CONDITION_AND || condition->kind == CONDITION_OR;
	int			noperands = list_length(condition->operands);
	ListCell   *lc;

	check_location(condition->location);
	foreach(lc, condition->operands)
	{
		if (joins)
			check_condition(lfirst(lc));
		else
			check_operand(lfirst(lc));
	}
	switch (condition->kind)
	{
		case CONDITION_AND:
		case CONDITION_OR:
			CHECK(noperands >= 1);
			break;
		case CONDITION_OPERATOR:
		case CONDITION_DISTINCT:
			CHECK(noperands == 2 && condition->operator[0] != '\0');
			break;
		case CONDITION_IN:
			CHECK(condition->in_param ? noperands == 2 : noperands >= 2);
			break;
		case CONDITION_IS:
			CHECK(noperands == 1 && condition->test != NULL);
			break;
		case CONDITION_OPERAND:
		case CONDITION_EXISTS:
			CHECK(noperands == 1 && ((ShapeOperand *) linitial(condition->operands))->path != NIL);
			break;
	}
}

static void
check_count_value(const ShapeValue *value)
{
	if (value == NULL)
		return;
	check_value(value);
	CHECK(value->kind == VALUE_NUMBER || value->kind == VALUE_PARAM);
}

static void
check_args(const ShapeArgs *args)
{
	ListCell   *lc;

	check_location(args->location);
	foreach(lc, args->via)
		check_name(*(ShapeName *) lfirst(lc));
	if (args->where != NULL)
		check_condition(args->where);
	foreach(lc, args->order)
	{
		const ShapeOrder *order = lfirst(lc);

		check_location(order->location);
		check_aggregate(order->aggregate);
		if (order->path != NIL || order->aggregate != AGGREGATE_COUNT)
			check_path(order->path);
	}
	check_count_value(args->limit);
	check_count_value(args->offset);
	check_count_value(args->page);
	check_count_value(args->recurse);
	CHECK(args->order == NIL || args->order_param == NULL);
	if (args->order_param != NULL)
	{
		check_value(args->order_param);
		CHECK(args->order_param->kind == VALUE_PARAM);
	}
	if (args->after != NULL)
	{
		check_value(args->after);
		CHECK(args->after->kind == VALUE_PARAM);
	}
	if (args->key.name != NULL)
		check_name(args->key);
	foreach(lc, args->group)
		check_path(lfirst(lc));
	CHECK(args->write >= WRITE_UNSAID && args->write <= WRITE_LINK);
	CHECK(args->missing >= MISSING_UNSAID && args->missing <= MISSING_KEEP);
	CHECK(list_length(args->by) <= INDEX_MAX_KEYS);
	foreach(lc, args->by)
		check_name(*(ShapeName *) lfirst(lc));
}

static void
check_item(const ShapeItem *item)
{
	check_location(item->location);
	if (item->kind == SHAPE_ALL)
		return;
	check_name(item->name);
	if (item->kind == SHAPE_EXCEPT || item->kind == SHAPE_SPREAD)
		return;
	if (item->kind == SHAPE_FLAT)
	{
		CHECK(list_length(item->path) == 1 && item->set != NULL);
		check_path(item->path);
		check_set(item->set);
		return;
	}
	CHECK(item->key != NULL && item->key[0] != '\0');
	CHECK((item->kind == SHAPE_CONSTANT) == (item->constant != NULL));
	if (item->kind == SHAPE_CONSTANT)
	{
		CHECK(item->is_aliased && item->path == NIL && item->set == NULL && item->format.name == NULL);
		check_value(item->constant);
		return;
	}
	if (item->kind == SHAPE_ETAG || item->kind == SHAPE_DELETE)
	{
		CHECK(item->path == NIL && item->set == NULL && item->format.name == NULL);
		return;
	}
	CHECK(item->kind == SHAPE_VALUE);
	check_aggregate(item->aggregate);
	if (item->path != NIL || item->aggregate != AGGREGATE_COUNT)
		check_path(item->path);
	if (item->format.name != NULL)
		check_name(item->format);
	CHECK(!(item->is_readonly && item->is_once));
	CHECK((item->annotated > 0) == (item->is_readonly || item->is_once || item->is_nocheck));
	check_location(item->annotated);
	if (item->set != NULL)
	{
		CHECK(item->aggregate == AGGREGATE_NONE && item->format.name == NULL && item->annotated == 0);
		check_set(item->set);
	}
}

static void
check_set(const ShapeSet *set)
{
	ListCell   *lc;

	check_location(set->location);
	foreach(lc, set->items)
		check_item(lfirst(lc));
}

/* -------------------------------------------------------------- the fuzzer */

int			LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char		base;
	ShapeText	text = {NULL, "the shape"};

	stack_base = &base;
	text.text = pnstrdup((const char *) data, size);
	input_length = strlen(text.text);
	if (sigsetjmp(on_error, 0) == 0)
	{
		const Shape *shape = parse_shape(&text, MAX_DEPTH);

		/* a set or a name; or neither, behind args */
		CHECK(shape->set == NULL || shape->name.name == NULL);
		CHECK(shape->set != NULL || shape->name.name != NULL || shape->args != NULL);
		if (shape->args != NULL)
			check_args(shape->args);
		if (shape->set != NULL)
			check_set(shape->set);
		else if (shape->name.name != NULL)
			check_name(shape->name);
	}
	else
	{
		CHECK(error.code == ERRCODE_SYNTAX_ERROR || error.code == ERRCODE_STATEMENT_TOO_COMPLEX ||
			  error.code == ERRCODE_INVALID_PARAMETER_VALUE ||
			  error.code == ERRCODE_TOO_MANY_COLUMNS);
		CHECK(error.position >= 1 && error.position <= input_length + 1);
	}
	free_all();
	return 0;
}
