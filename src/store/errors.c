/*
 * errors.c
 *		What is wrong with documents: collected, each with its path, and raised all
 *		together.
 */
#include "store/internal.h"

#include "access/xact.h"
#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/resowner.h"

#define ERRCODE_DOCUMENT_WRONG		MAKE_SQLSTATE('J', 'F', '4', '2', '2')
#define ERRCODE_DOCUMENT_CONFLICT	MAKE_SQLSTATE('J', 'F', '4', '0', '9')
#define ERRCODE_DOCUMENT_NOT_FOUND	MAKE_SQLSTATE('J', 'F', '4', '0', '4')

/* How many errors the hint repeats. */
#define MAX_HINTS 5

static const char *const error_types[] = {
	[ERROR_UNKNOWN] = "unknown",
	[ERROR_WRONG_TYPE] = "wrong_type",
	[ERROR_BAD_VALUE] = "bad_value",
	[ERROR_REQUIRED] = "required",
	[ERROR_NO_WAY_BACK] = "no_way_back",
	[ERROR_READ_ONLY] = "read_only",
	[ERROR_DUPLICATE] = "duplicate",
	[ERROR_NOT_FOUND] = "not_found",
	[ERROR_MOVED] = "moved",
	[ERROR_MISSING] = "missing",
	[ERROR_CONFLICT] = "conflict",
	[ERROR_NOT_NULL] = "not_null",
	[ERROR_CHECK] = "check",
	[ERROR_UNIQUE] = "unique",
	[ERROR_EXCLUSION] = "exclusion",
	[ERROR_FOREIGN_KEY] = "foreign_key",
	[ERROR_DOMAIN] = "domain",
	[ERROR_REFUSED] = "refused"
};

/* Whether another error would be listed, or only counted. */
bool
lists_more(const Store *store)
{
	return list_length(store->errors) < store->options->max_errors;
}

/*
 * Notes an error of a row, or of what steps lead to from it. All but the message, which
 * the caller makes in the store's context, is copied or made there. Returns it for more
 * to be said.
 */
DocError *
add_full_error(Store *store, const DocRow *row, List *steps, ErrorType type, const char *message)
{
	MemoryContext old = MemoryContextSwitchTo(store->context);
	bool		is_listed = lists_more(store);
	DocError   *error = is_listed ? palloc0(sizeof(DocError)) : &store->unlisted;

	if (row != NULL)
		((DocRow *) row)->failed = true;
	error->row = row;
	error->place = row;
	error->steps = steps;
	error->type = type;
	error->message = is_listed ? pstrdup(message) : NULL;
	error->number = store->nerrors++;
	store->all_conflicts = type == ERROR_CONFLICT && (store->all_conflicts || error->number == 0);
	store->all_not_found = type == ERROR_NOT_FOUND && (store->all_not_found || error->number == 0);
	if (is_listed)
		store->errors = lappend(store->errors, error);
	MemoryContextSwitchTo(old);
	return error;
}

void
add_error(Store *store, const DocRow *row, List *steps, ErrorType type, const char *message)
{
	(void) add_full_error(store, row, steps, type, message);
}

/* The way from a row to one of its items: the item's key. */
List *
item_steps(const StoreLevel *level, int item)
{
	ReadStep   *step = palloc0(sizeof(ReadStep));

	step->key = level->items[item].field->key;
	return list_make1(step);
}

/* From a row to the item over a column; NIL if the shape names none. */
List *
column_steps(const StoreLevel *level, AttrNumber attnum)
{
	int			item = find_column_item(level, attnum);

	return item < 0 ? NIL : item_steps(level, item);
}

static List *
add_step(List *steps, const char *key, int index)
{
	ReadStep   *step = palloc0(sizeof(ReadStep));

	step->key = key;
	step->index = index;
	return lappend(steps, step);
}

/* Who has said an item of a row: where the same row is said again, that may be another one. */
static const DocRow *
said_by(const DocRow *row, int item)
{
	return row->extra->given_by != NULL && row->extra->given_by[item] != NULL ? row->extra->given_by[item] : row;
}

/* From the call's argument to a row: a list of ReadStep. */
static List *
row_steps(const DocRow *row)
{
	List	   *steps;

	check_stack_depth();
	if (row->parent == NULL)
		return row->index >= 0 ? add_step(NIL, NULL, row->index) : NIL;
	steps = row_steps(said_by(row->parent, row->stage->relation->item));
	steps = add_step(steps, row->stage->parent->level->items[row->stage->relation->item].field->key, 0);
	if (row->in_page)
		steps = add_step(steps, "items", 0);
	if (row->extra->member != NULL)
		return add_step(steps, row->extra->member, 0);
	return row->index >= 0 ? add_step(steps, NULL, row->index) : steps;
}

static List *
all_steps(const DocRow *row, const List *steps)
{
	List	   *path;
	ListCell   *lc;

	/* a path that is written shows the very value */
	if (row != NULL && row->stage->relation != NULL &&
		(row->stage->relation->form == FORM_VALUE || row->stage->relation->form == FORM_VALUES))
		steps = NIL;
	for (int i = 0; row != NULL && row->extra->given_by != NULL && steps != NIL && i < row->stage->level->nitems; i++)
	{
		const char *key = ((ReadStep *) linitial(steps))->key;

		if (key != NULL && strcmp(key, row->stage->level->items[i].field->key) == 0)
		{
			row = said_by(row, i);
			break;
		}
	}
	path = row == NULL ? NIL : row_steps(row);

	foreach(lc, steps)
		path = lappend(path, lfirst(lc));
	return path;
}

/* A string, not copied, as a key, a member's value or an element. */
void
push_string(JsonbBuilder *state, JsonbIteratorToken token, const char *string)
{
	JsonbValue	value;

	value.type = jbvString;
	value.val.string.val = unconstify(char *, string);
	value.val.string.len = strlen(string);
	push_jsonb_value(state, token, &value);
}

static void
push_number(JsonbBuilder *state, int number)
{
	JsonbValue	value;

	value.type = jbvNumeric;
	value.val.numeric = int64_to_numeric(number);
	push_jsonb_value(state, WJB_ELEM, &value);
}

/* Where in the documents something is: an array of keys and indexes, palloc'd. */
static JsonbValue *
push_location(JsonbBuilder *state, const DocRow *row, const List *steps)
{
	List	   *path = all_steps(row, steps);
	ListCell   *lc;

	push_jsonb_value(state, WJB_BEGIN_ARRAY, NULL);
	foreach(lc, path)
	{
		const ReadStep *step = lfirst(lc);

		if (step->key != NULL)
			push_string(state, WJB_ELEM, step->key);
		else
			push_number(state, step->index);
	}
	return push_jsonb_value(state, WJB_END_ARRAY, NULL);
}

Jsonb *
location_of(const DocRow *row, const List *steps)
{
	JsonbBuilder state = {0};

	return JsonbValueToJsonb(push_location(&state, row, steps));
}

/* The same for people: orders[0].lines[2].qty; palloc'd. */
char *
location_text(const DocRow *row, const List *steps)
{
	StringInfoData buf;
	ListCell   *lc;

	initStringInfo(&buf);
	foreach(lc, all_steps(row, steps))
	{
		const ReadStep *step = lfirst(lc);

		if (step->key == NULL)
			appendStringInfo(&buf, "[%d]", step->index);
		else
			appendStringInfo(&buf, "%s%s", buf.len > 0 ? "." : "", quote_shape_name(step->key));
	}
	return buf.data;
}

static JsonbValue *
push_error(JsonbBuilder *state, const DocError *error)
{
	push_jsonb_value(state, WJB_BEGIN_OBJECT, NULL);
	push_string(state, WJB_KEY, "loc");
	(void) push_location(state, error->place, error->steps);
	push_string(state, WJB_KEY, "type");
	push_string(state, WJB_VALUE, error_types[error->type]);
	push_string(state, WJB_KEY, "msg");
	push_string(state, WJB_VALUE, error->message);
	if (error->sqlstate != NULL)
	{
		push_string(state, WJB_KEY, "sqlstate");
		push_string(state, WJB_VALUE, error->sqlstate);
	}
	if (error->constraint != NULL)
	{
		push_string(state, WJB_KEY, "constraint");
		push_string(state, WJB_VALUE, error->constraint);
	}
	return push_jsonb_value(state, WJB_END_OBJECT, NULL);
}

/* An error as an object, palloc'd. */
Jsonb *
error_to_jsonb(const DocError *error)
{
	JsonbBuilder state = {0};

	return JsonbValueToJsonb(push_error(&state, error));
}

static char *
errors_to_text(const Store *store)
{
	JsonbBuilder state = {0};
	Jsonb	   *jsonb;
	ListCell   *lc;

	push_jsonb_value(&state, WJB_BEGIN_ARRAY, NULL);
	foreach(lc, store->errors)
		(void) push_error(&state, lfirst(lc));
	jsonb = JsonbValueToJsonb(push_jsonb_value(&state, WJB_END_ARRAY, NULL));
	return JsonbToCString(NULL, &jsonb->root, VARSIZE(jsonb));
}

/* The same in a line; with the first hint that an error has, if any. */
static char *
errors_to_hint(const Store *store)
{
	StringInfoData buf;
	const char *hint = NULL;
	int			nshown = 0;
	ListCell   *lc;

	initStringInfo(&buf);
	foreach(lc, store->errors)
	{
		const DocError *error = lfirst(lc);
		char	   *location;

		if (foreach_current_index(lc) == MAX_HINTS)
			break;
		location = location_text(error->place, error->steps);
		appendStringInfo(&buf, "%s%s%s%s", buf.len > 0 ? "; " : "", location,
						 *location != '\0' ? ": " : "", error->message);
		if (hint == NULL)
			hint = error->hint;
		nshown++;
	}
	if (store->nerrors > nshown)
		appendStringInfo(&buf, "; and " INT64_FORMAT " more", store->nerrors - nshown);
	if (hint != NULL)
		appendStringInfo(&buf, ". %s", hint);
	return buf.data;
}

static int
errors_sqlstate(const Store *store)
{
	return store->all_conflicts ? ERRCODE_DOCUMENT_CONFLICT :
		store->all_not_found ? ERRCODE_DOCUMENT_NOT_FOUND : ERRCODE_DOCUMENT_WRONG;
}

/* Errors in the order of the documents. */
static int
compare_errors(const ListCell *a, const ListCell *b)
{
	const DocError *left = lfirst(a);
	const DocError *right = lfirst(b);

	int			left_document = left->place == NULL ? 0 : left->place->number;
	int			right_document = right->place == NULL ? 0 : right->place->number;

	if (left_document != right_document)
		return left_document < right_document ? -1 : 1;
	return left->number < right->number ? -1 : left->number > right->number;
}

/* Puts what was noted in the order of the documents. */
void
sort_errors(Store *store)
{
	list_sort(store->errors, compare_errors);
}

/*
 * Raises what was noted, if anything was: one error, JF409 where all of it is
 * conflicts, JF404 where nothing was found, else JF422.
 */
void
raise_errors(Store *store)
{
	const char *action = store->options->mode == SAVE_DELETE || store->call->mode == SAVE_DELETE ?
		"deleted" : "saved";

	if (store->errors == NIL)
		return;
	sort_errors(store);
	store->call->is_told = true;
	ereport(ERROR,
			errcode(errors_sqlstate(store)),
			errmsg_plural("the document cannot be %s: " INT64_FORMAT " error",
						  "the document cannot be %s: " INT64_FORMAT " errors",
						  (unsigned long) store->nerrors, action, store->nerrors),
			errdetail_internal("%s", errors_to_text(store)),
			errhint("%s", errors_to_hint(store)));
}

/* ---- errors that PostgreSQL raises */

/* A policy, or the condition of a view, turned a row down: the privilege is there. */
static bool
is_refusal(const ErrorData *error)
{
	return error->sqlerrcode == ERRCODE_WITH_CHECK_OPTION_VIOLATION ||
		(error->sqlerrcode == ERRCODE_INSUFFICIENT_PRIVILEGE && error->funcname != NULL &&
		 strcmp(error->funcname, "ExecWithCheckOptions") == 0);
}

/* Whether an error says that a document is wrong, and not something else. */
bool
is_document_error(const ErrorData *error)
{
	int			category = ERRCODE_TO_CATEGORY(error->sqlerrcode);

	return category == ERRCODE_TO_CATEGORY(ERRCODE_DATA_EXCEPTION) ||
		category == ERRCODE_TO_CATEGORY(ERRCODE_INTEGRITY_CONSTRAINT_VIOLATION) || is_refusal(error);
}

/* Whether a careful call might tell more of an error. */
bool
is_worth_replay(const ErrorData *error)
{
	int			category = ERRCODE_TO_CATEGORY(error->sqlerrcode);

	return category != ERRCODE_TO_CATEGORY(ERRCODE_TRANSACTION_ROLLBACK) &&
		category != ERRCODE_TO_CATEGORY(ERRCODE_OPERATOR_INTERVENTION) &&
		category != ERRCODE_TO_CATEGORY(ERRCODE_INSUFFICIENT_RESOURCES) &&
		category != ERRCODE_TO_CATEGORY(ERRCODE_SYSTEM_ERROR) &&
		category != ERRCODE_TO_CATEGORY(ERRCODE_INTERNAL_ERROR) &&
		error->sqlerrcode != ERRCODE_STATEMENT_TOO_COMPLEX &&
		error->sqlerrcode != ERRCODE_READ_ONLY_SQL_TRANSACTION &&
		error->sqlerrcode != ERRCODE_LOCK_NOT_AVAILABLE;
}

static ErrorType
caught_type(const ErrorData *error)
{
	switch (error->sqlerrcode)
	{
		case ERRCODE_NOT_NULL_VIOLATION:
			return error->column_name == NULL && error->datatype_name != NULL ? ERROR_DOMAIN : ERROR_NOT_NULL;
		case ERRCODE_CHECK_VIOLATION:
			return error->datatype_name != NULL ? ERROR_DOMAIN : ERROR_CHECK;
		case ERRCODE_UNIQUE_VIOLATION:
			return ERROR_UNIQUE;
		case ERRCODE_EXCLUSION_VIOLATION:
			return ERROR_EXCLUSION;
		case ERRCODE_FOREIGN_KEY_VIOLATION:
		case ERRCODE_RESTRICT_VIOLATION:
			return ERROR_FOREIGN_KEY;
		default:
			return is_refusal(error) ? ERROR_REFUSED : ERROR_BAD_VALUE;
	}
}

/* The item that shows a column of a row, or -1. */
int
find_column_item(const StoreLevel *level, AttrNumber attnum)
{
	for (int i = 0; i < level->nkeys; i++)
	{
		if (level->items[i].attnum == attnum && level->items[i].kind != ITEM_RELATION)
			return i;
	}
	/* a to-one relation shows its foreign key */
	for (int i = 0; i < level->nkeys; i++)
	{
		const StoreRelation *relation = level->items[i].relation;
		const ForeignKey *key = relation == NULL ? NULL : relation->branch->relationship->key;

		if (key != NULL && relation->kind == TO_ONE && key->nkeys == 1 &&
			key->referencing_attnums[0] == attnum)
			return i;
	}
	return -1;
}

/*
 * Who has said what is wrong with a row: of a column, or if the error is over none or
 * several, of all that changes. That is the row itself, but for what another place says.
 */
static const DocRow *
changed_by(const DocRow *row, AttrNumber attnum)
{
	const DocRow *by = NULL;
	int			changed = -1;

	if (row->extra->changed_by == NULL)
		return row;
	if (attnum > 0)
		return row->extra->changed_by[attnum - 1] != NULL ? row->extra->changed_by[attnum - 1] : row;
	while ((changed = bms_next_member(row->changed, changed)) >= 0)
	{
		const DocRow *other = row->extra->changed_by[changed - 1];

		if (other == NULL || (by != NULL && other != by))
			return row;
		by = other;
	}
	return by != NULL ? by : row;
}

/* Notes that a change of a row was turned down: where the documents say it. */
void
add_refusal(Store *store, const DocRow *row, const char *message)
{
	add_full_error(store, row, NIL, ERROR_REFUSED, message)->place = changed_by(row, InvalidAttrNumber);
}

/* Where in a row an error over a column belongs: at its item, if it has one. */
static List *
caught_steps(const DocRow *row, AttrNumber attnum)
{
	return attnum > 0 && !row->is_doomed ? column_steps(row->stage->level, attnum) : NIL;
}

/*
 * The quotation marks of PostgreSQL's messages, in one language or another, in UTF-8:
 * double ones, those that point left and right, and those that are high and low.
 */
static const char *const quotation_marks[] = {
	"\"", "\302\253", "\302\273", "\342\200\234", "\342\200\235", "\342\200\236"
};

/* The length of the quotation mark at p, or 0. */
static int
quotation_mark(const char *p)
{
	for (int i = 0; i < lengthof(quotation_marks); i++)
	{
		int			length = strlen(quotation_marks[i]);

		if (strncmp(p, quotation_marks[i], length) == 0)
			return length;
	}
	return 0;
}

/*
 * A message without what it quotes: of a value that cannot be read that is the value,
 * which no log is to learn. Palloc'd.
 */
static char *
unquoted(const char *message)
{
	/* of bytes that are of no encoding none is made: they need not be good UTF-8 */
	bool		is_ascii = GetDatabaseEncoding() == PG_SQL_ASCII;
	char	   *text = is_ascii ? pstrdup(message) : pg_server_to_any(message, strlen(message), PG_UTF8);
	const char *start = NULL;
	const char *end = NULL;
	StringInfoData buf;

	for (const char *p = text; *p != '\0'; p++)
	{
		int			length = quotation_mark(p);

		if (length == 0)
			continue;
		if (start == NULL)
			start = p;
		else
			end = p + length;
	}
	if (end == NULL)
		return pstrdup(message);
	initStringInfo(&buf);
	if (start == text)
		appendStringInfoString(&buf, "the value");
	appendBinaryStringInfo(&buf, text, start - text);
	while (buf.len > 0 && (buf.data[buf.len - 1] == ' ' || buf.data[buf.len - 1] == ':'))
		buf.data[--buf.len] = '\0';
	appendStringInfoString(&buf, end);
	return is_ascii ? buf.data : pg_any_to_server(buf.data, buf.len, PG_UTF8);
}

/*
 * Notes an error that PostgreSQL raised over a row, as one of the document; at steps, if
 * there are any. Its message is the comment on the constraint, if that has one.
 */
void
add_caught_error(Store *store, const DocRow *row, List *steps, ErrorData *error)
{
	MemoryContext old;
	AttrNumber	attnum;
	const char *comment;
	const DocRow *place;
	DocError   *added;

	if (!lists_more(store))
	{
		add_error(store, row, NIL, caught_type(error), error->message);
		return;
	}
	old = MemoryContextSwitchTo(store->context);
	comment = describe_constraint(error, row->stage->level->table->relid, &attnum);
	/* a key of the table to itself: it is another row that leads to this one */
	if (error->sqlerrcode == ERRCODE_FOREIGN_KEY_VIOLATION && row->row != NULL && !bms_is_member(attnum, row->changed))
		attnum = InvalidAttrNumber;
	place = steps != NIL ? row : changed_by(row, attnum);
	added = add_full_error(store, row, steps != NIL ? steps : caught_steps(place, attnum),
						   caught_type(error), comment != NULL ? comment :
						   caught_type(error) == ERROR_BAD_VALUE ? unquoted(error->message) :
						   error->message);
	added->place = place;
	added->sqlstate = pstrdup(unpack_sql_state(error->sqlerrcode));
	added->constraint = error->constraint_name == NULL ? NULL : pstrdup(error->constraint_name);
	MemoryContextSwitchTo(old);
}

/* Adds the path of a row to whatever error is raised over it: an error context callback. */
void
blame_row(void *arg)
{
	const DocRow *row = arg;
	char	   *location = location_text(row, NIL);

	errcontext("%s of the document", *location != '\0' ? location : "the root");
}

/*
 * Calls a function over a row, or over several where that is NULL, in a subtransaction.
 * Returns what it raised, in the store's context, and has undone what it did then.
 */
ErrorData *
catch_error(Store *store, const DocRow *row, void (*function) (void *arg), void *arg)
{
	MemoryContext old = CurrentMemoryContext;
	ResourceOwner owner = CurrentResourceOwner;
	ErrorContextCallback callback = {
		.previous = error_context_stack,
		.callback = blame_row,
		.arg = unconstify(DocRow *, row)
	};
	ErrorData  *volatile error = NULL;

	BeginInternalSubTransaction(NULL);
	MemoryContextSwitchTo(old);
	PG_TRY();
	{
		if (row != NULL)
			error_context_stack = &callback;
		function(arg);
		error_context_stack = callback.previous;
		ReleaseCurrentSubTransaction();
	}
	PG_CATCH();
	{
		MemoryContextSwitchTo(store->context);
		error = CopyErrorData();
		FlushErrorState();
		RollbackAndReleaseCurrentSubTransaction();
	}
	PG_END_TRY();
	MemoryContextSwitchTo(old);
	CurrentResourceOwner = owner;
	return error;
}

/*
 * Notes what was caught over a row, at steps if there are any, and frees it; of one beyond
 * those that are listed, NULL, that there is one more. Raises it if it is no fault of the
 * document.
 */
void
note_caught_error(Store *store, DocRow *row, List *steps, ErrorData *error)
{
	if (error == NULL)
	{
		row->failed = true;
		store->nerrors++;
		return;
	}
	if (!is_document_error(error))
		ReThrowError(error);
	add_caught_error(store, row, steps, error);
	FreeErrorData(error);
}

/*
 * Calls a function over a row. In a careful call what it raises of the document is
 * noted, at steps if there are any, and what it did undone; it returns false then.
 */
bool
guarded(Store *store, DocRow *row, List *steps, void (*function) (void *arg), void *arg)
{
	ErrorData  *error;

	if (!store->careful)
	{
		function(arg);
		return true;
	}
	error = catch_error(store, row, function, arg);
	if (error != NULL)
		note_caught_error(store, row, steps, error);
	return error == NULL;
}

/*
 * Calls a function over several rows, in a careful call. Returns what that raised, having
 * undone what it did, if a call a row may tell more of it.
 */
ErrorData *
try_together(Store *store, void (*function) (void *arg), void *arg)
{
	ErrorData  *error = catch_error(store, NULL, function, arg);

	if (error != NULL && !is_worth_replay(error))
		ReThrowError(error);
	return error;
}
