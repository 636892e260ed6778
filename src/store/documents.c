/*
 * documents.c
 *		Documents taken apart: which objects stand for rows, and what is said there of
 *		each key of the shape.
 */
#include "store/internal.h"

#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

/* Whether what tells rows apart is what they are recognized by. */
static bool
is_recognized_by_identity(const RowRule *rule)
{
	return rule->nkeys == rule->nidentity &&
		memcmp(rule->key_columns, rule->identity_columns, sizeof(int) * rule->nkeys) == 0;
}

/* Whether a stage's rows have the key to their parent. */
bool
has_parent_key(const Stage *stage)
{
	return stage->relation != NULL &&
		(stage->relation->kind == TO_MANY || stage->relation->kind == ONE_TO_ONE);
}

/* The row that counts where several say the same. */
DocRow *
real_row(const DocRow *row)
{
	while (row->same != NULL)
		row = row->same;
	return unconstify(DocRow *, row);
}

/* What stands for a row, wherever it is said: a column of a map from pointers. */
Datum
row_pointer(const DocRow *row)
{
	const DocRow *real = real_row(row);

	return real->row != NULL ? pointer_key(real->row) : pointer_key(real);
}

/* A stage without rows, for what a relation leads to; of NULL for the roots. */
Stage *
make_stage(Store *store, Stage *parent, StoreRelation *relation, StoreLevel *level)
{
	Stage	   *stage = MemoryContextAllocZero(store->context, sizeof(Stage));
	MemoryContext old = MemoryContextSwitchTo(store->context);

	stage->level = level;
	stage->parent = parent;
	stage->relation = relation;
	stage->depth = parent == NULL ? 0 : parent->depth + 1;
	if (has_parent_key(stage))
	{
		const ForeignKey *key = relation->branch->relationship->key;

		for (int i = 0; i < key->nkeys; i++)
			stage->parent_key = bms_add_member(stage->parent_key, key->referencing_attnums[i]);
	}
	stage->capacity = 16;
	stage->rows = palloc(sizeof(DocRow *) * stage->capacity);
	if (level->rule->nidentity > 0)
		stage->by_identity = make_level_map(store->context, level->level, level->rule->identity_columns,
										level->rule->nidentity);
	if (is_recognized_by_identity(level->rule))
		stage->by_key = stage->by_identity;
	if (level->rule->nkeys > 0)
		stage->fresh = make_level_map(store->context, level->level, level->rule->key_columns,
									  level->rule->nkeys);
	if (parent != NULL)
		parent->children = lappend(parent->children, stage);
	MemoryContextSwitchTo(old);
	return stage;
}

const DocExtra no_extra = {0};

/* What few rows have, to be written: of this row alone, in the memory of its stage. */
DocExtra *
extra_of(DocRow *row)
{
	if (row->extra == &no_extra)
		row->extra = MemoryContextAllocZero(GetMemoryChunkContext(row->stage), sizeof(DocExtra));
	return unconstify(DocExtra *, row->extra);
}

/* A row of a stage, of which nothing is said as yet. */
DocRow *
add_doc_row(Store *store, Stage *stage, DocRow *parent, int index)
{
	const StoreLevel *level = stage->level;
	int			nitems = level->nitems;
	int			nkeys = level->rule->nkeys;
	int			ntargets = level->has_to_one ? nitems : 0;
	Size		size = sizeof(DocRow) + sizeof(JsonbValue *) * nitems + sizeof(DocRow *) * ntargets +
		sizeof(Datum) * nkeys;
	DocRow	   *row = (DocRow *) allocate_row(&store->rows, size);

	memset(row, 0, size);
	row->stage = stage;
	row->parent = parent;
	row->index = index;
	row->number = parent != NULL ? parent->number : Max(index, 0);
	if (parent != NULL)
		parent->needs_key = true;
	row->needs_key = level->rule->check != NULL ||
		(stage->relation != NULL && (stage->relation->kind == TO_ONE ||
										stage->relation->kind == MANY_TO_MANY)) ||
		(stage->relation == NULL && store->options->returns == RETURN_DOCUMENT);
	/* one piece: there are many */
	row->given = (JsonbValue **) (row + 1);
	row->targets = (DocRow **) (row->given + nitems);
	row->key = (Datum *) (row->targets + ntargets);
	row->extra = &no_extra;
	return row;
}

/* Puts it among those that documents say. */
static void
keep_doc_row(Store *store, DocRow *row)
{
	Stage	   *stage = row->stage;

	row->is_said = true;
	if (stage->nrows == stage->capacity)
	{
		if (stage->capacity > INT_MAX / 2)
			ereport(ERROR,
					errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
					errmsg("too many rows in documents"));
		stage->capacity *= 2;
		stage->rows = repalloc_huge(stage->rows, sizeof(DocRow *) * (Size) stage->capacity);
	}
	stage->rows[stage->nrows++] = row;
}

const char *
json_kind(const JsonbValue *value)
{
	switch (value->type)
	{
		case jbvNull:
			return "null";
		case jbvString:
			return "a string";
		case jbvNumeric:
			return "a number";
		case jbvBool:
			return "a boolean";
		default:
			return json_is_array(value) ? "an array" : "an object";
	}
}

static void
wrong_kind(Store *store, const DocRow *row, List *steps, const char *wanted, const JsonbValue *value)
{
	add_error(store, row, steps, ERROR_WRONG_TYPE,
			  psprintf("%s is wanted here, not %s", wanted, json_kind(value)));
}

static List *
key_steps(const char *key)
{
	ReadStep   *step = palloc0(sizeof(ReadStep));

	step->key = key;
	return list_make1(step);
}

/* jsonb's order of keys. */
static int
compare_key(const char *key, int length, const JsonbValue *name)
{
	if (length != name->val.string.len)
		return length < name->val.string.len ? -1 : 1;
	return memcmp(key, name->val.string.val, length);
}

static void
unknown_key(Store *store, DocRow *row, const JsonbValue *name)
{
	const StoreLevel *level = row->stage->level;
	List	   *names = NIL;
	char	   *key = pnstrdup(name->val.string.val, name->val.string.len);
	char	   *nearest;
	DocError   *error;

	if (store->options->ignore_unknown)
		return;
	if (level->is_root && level->level->delete_key != NULL && strcmp(key, level->level->delete_key) == 0)
	{
		add_full_error(store, row, key_steps(key), ERROR_UNKNOWN,
					   "only an element of a relation is taken out by this")->hint =
			"jsonify_delete() deletes documents.";
		return;
	}
	if (!lists_more(store))
	{
		add_error(store, row, NIL, ERROR_UNKNOWN, "");
		return;
	}
	error = add_full_error(store, row, key_steps(key), ERROR_UNKNOWN, "the shape has no such key");
	for (int i = 0; i < level->nkeys; i++)
		names = lappend(names, unconstify(char *, level->items[i].field->key));
	nearest = nearest_names(key, names);
	list_free(names);
	if (nearest != NULL)
		error->hint = psprintf("Perhaps you meant %s.", nearest);
}

/* "@delete": true, or as if it were not there. */
static void
read_delete(Store *store, DocRow *row, const JsonbValue *value)
{
	if (value->type == jbvBool)
		row->asks_delete = value->val.boolean;
	else if (value->type != jbvNull)
		wrong_kind(store, row, key_steps(row->stage->level->delete_key), "true or false", value);
}

/* Notes what an object says of each item; both have their keys in the same order. */
static void
read_object(Store *store, DocRow *row, JsonbContainer *object)
{
	const StoreLevel *level = row->stage->level;
	JsonWalk	walk = begin_walk(object);
	JsonbValue	name;
	JsonbValue *values = (JsonbValue *) allocate_row(&store->rows, sizeof(JsonbValue) * level->nitems);
	JsonbValue	value;
	int			item = 0;

	while (next_member(&walk, &name, &value))
	{
		int			order = -1;

		while (item < level->nkeys &&
			   (order = compare_key(level->items[item].field->key, level->items[item].field->key_length, &name)) < 0)
			item++;
		if (item < level->nkeys && order == 0)
		{
			row->given[item] = &values[item];
			values[item] = value;
		}
		else if (level->delete_key != NULL &&
				 compare_key(level->delete_key, strlen(level->delete_key), &name) == 0)
			read_delete(store, row, &value);
		else
			unknown_key(store, row, &name);
	}
}

/* A row as a value says it: an object, or where the relation is a path the key alone. */
static void
read_row(Store *store, Stage *stage, DocRow *parent, int index, JsonbValue *value)
{
	DocRow	   *row = add_doc_row(store, stage, parent, index);
	const StoreRelation *relation = stage->relation;

	CHECK_FOR_INTERRUPTS();
	row->in_page = relation != NULL && relation->form == FORM_PAGE;
	if (relation != NULL && (relation->form == FORM_VALUE || relation->form == FORM_VALUES))
	{
		/* of a level whose one field is the key */
		row->value = palloc(sizeof(JsonbValue));
		*row->value = *value;
	}
	else if (!json_is_object(value))
	{
		wrong_kind(store, row, NIL, "an object", value);
		return;
	}
	else
		read_object(store, row, value->val.binary.data);
	keep_doc_row(store, row);
}

/* Whether a document was found to be as it is. */
static bool
is_skipped(const Store *store, const Stage *stage, int index)
{
	return stage->relation == NULL && bms_is_member(index, store->skip);
}

static void
read_list(Store *store, Stage *stage, DocRow *parent, JsonbContainer *array)
{
	JsonWalk	walk = begin_walk(array);
	JsonbValue	value;

	for (int index = 0; next_element(&walk, &value); index++)
	{
		if (!is_skipped(store, stage, index))
			read_row(store, stage, parent, index, &value);
	}
}

/* The name of a member is the value of a column; if that is given as well, it must be so. */
static void
read_member(Store *store, DocRow *row, int item)
{
	const StoreLevel *level = row->stage->level;
	const LevelColumn *column = &level->level->columns[level->items[item].field->column];
	JsonbValue *name = palloc(sizeof(JsonbValue));
	JsonbValue *given = row->given[item];
	Datum		value;
	Datum		named;
	bool		isnull;
	bool		named_isnull;

	name->type = jbvString;
	name->val.string.val = unconstify(char *, row->extra->member);
	name->val.string.len = strlen(row->extra->member);
	if (given != NULL && json_is_same(given, name))
		given = NULL;
	if (given != NULL && !read_item(store, row, item, NULL, NULL, &value, &isnull))
		given = NULL;
	row->given[item] = name;
	row->key_is_member = true;
	if (given != NULL && read_item(store, row, item, NULL, NULL, &named, &named_isnull) &&
		(isnull || !same_value(column->typid, column->collation, value, named)))
		add_error(store, row, item_steps(level, item), ERROR_DUPLICATE,
				  "the name that it stands under says otherwise");
}

/* An object of rows: the name of a member is the value of a column. */
static void
read_map(Store *store, Stage *stage, DocRow *parent, JsonbContainer *object)
{
	const StoreRelation *relation = stage->relation;
	JsonWalk	walk = begin_walk(object);
	JsonbValue	name;
	JsonbValue	value;

	while (next_member(&walk, &name, &value))
	{
		DocRow	   *row = add_doc_row(store, stage, parent, -1);

		CHECK_FOR_INTERRUPTS();
		extra_of(row)->member = pnstrdup(name.val.string.val, name.val.string.len);
		if (value.type == jbvNull)
			row->asks_delete = true;
		else if (!json_is_object(&value))
		{
			wrong_kind(store, row, NIL, "an object", &value);
			continue;
		}
		else
			read_object(store, row, value.val.binary.data);
		keep_doc_row(store, row);
		read_member(store, row, relation->key_item);
	}
}

/* What a page says beside its rows is taken no notice of, but it must be that. */
static void
refuse_unknown_parts(Store *store, DocRow *parent, List *steps, JsonbContainer *page)
{
	static const char *const parts[] = {"items", "has_more", "total", "next"};
	JsonWalk	walk = begin_walk(page);
	JsonbValue	name;
	JsonbValue	value;

	while (next_member(&walk, &name, &value))
	{
		bool		known = store->options->ignore_unknown;

		for (int i = 0; i < lengthof(parts) && !known; i++)
			known = compare_key(parts[i], strlen(parts[i]), &name) == 0;
		if (!known)
			add_error(store, parent, list_concat(list_copy(steps),
												 key_steps(pnstrdup(name.val.string.val, name.val.string.len))),
					  ERROR_UNKNOWN, "a page has no such key");
	}
}

/* The rows of a page: only its items say something. */
static void
read_page(Store *store, Stage *stage, DocRow *parent, JsonbContainer *page)
{
	JsonbValue	buffer;
	JsonbValue *items = getKeyJsonValueFromContainer(page, "items", 5, &buffer);
	List	   *steps = item_steps(parent->stage->level, stage->relation->item);

	refuse_unknown_parts(store, parent, steps, page);
	if (items == NULL)
		return;
	if (!json_is_array(items))
		wrong_kind(store, parent, lappend(steps, linitial(key_steps("items"))), "an array", items);
	else
		read_list(store, stage, parent, items->val.binary.data);
}

/* Of a list that is none nothing can be told, nor what it leaves out. */
static void
wrong_list(Store *store, DocRow *parent, int item, const char *wanted, const JsonbValue *given)
{
	wrong_kind(store, parent, item_steps(parent->stage->level, item), wanted, given);
	parent->given[item] = NULL;
}

/*
 * Reads what a row's object says of a relation: its rows are added to the stage.
 * Errors of the documents are noted.
 */
void
read_related(Store *store, Stage *stage, DocRow *parent, JsonbValue *given)
{
	MemoryContext old = MemoryContextSwitchTo(store->context);
	const StoreRelation *relation = stage->relation;

	switch (relation->form)
	{
		case FORM_OBJECT:
		case FORM_VALUE:
			/* null: no row any more */
			if (given->type != jbvNull)
				read_row(store, stage, parent, -1, given);
			break;
		case FORM_LIST:
		case FORM_VALUES:
			if (!json_is_array(given))
				wrong_list(store, parent, relation->item, "an array", given);
			else
				read_list(store, stage, parent, given->val.binary.data);
			break;
		case FORM_MAP:
			if (!json_is_object(given))
				wrong_list(store, parent, relation->item, "an object", given);
			else
				read_map(store, stage, parent, given->val.binary.data);
			break;
		case FORM_PAGE:
			if (!json_is_object(given))
				wrong_list(store, parent, relation->item, "an object", given);
			else
				read_page(store, stage, parent, given->val.binary.data);
			break;
	}
	MemoryContextSwitchTo(old);
}

/* Reads the documents of a call: one, or an array of them. */
void
read_roots(Store *store)
{
	MemoryContext old = MemoryContextSwitchTo(store->context);
	Jsonb	   *documents = store->call->documents;
	JsonbValue	value;

	value.type = jbvBinary;
	value.val.binary.data = &documents->root;
	value.val.binary.len = VARSIZE(documents) - VARHDRSZ;
	store->root = make_stage(store, NULL, NULL, store->plan->root);
	store->call->is_array = JB_ROOT_IS_ARRAY(documents) && !JB_ROOT_IS_SCALAR(documents);
	if (JB_ROOT_IS_SCALAR(documents))
	{
		JsonbValue	scalar;

		(void) JsonbExtractScalar(&documents->root, &scalar);
		wrong_kind(store, NULL, NIL, "a document or an array of documents", &scalar);
	}
	else if (store->call->is_array)
		read_list(store, store->root, NULL, &documents->root);
	else
		read_row(store, store->root, NULL, -1, &value);
	MemoryContextSwitchTo(old);
}

/* ---- values */

typedef struct ItemRead
{
	ReadWatch	watch;			/* of its parts; first, so that it leads here */
	Store	   *store;
	DocRow	   *row;
	int			number;			/* of the item */
	const StoreItem *item;
	JsonbValue *given;
	const Datum *present;
	JsonbValue *present_json;
	bool		null_is_json;
	bool		is_member;		/* the name of a member */
	Datum		value;
	bool		isnull;
	ReadProblem problem;
	ReadFailure failure;
} ItemRead;

static void
run_item_read(void *arg)
{
	ItemRead   *read = arg;

	if (read->is_member)
	{
		read->value = read_key_text(read->item->reader, pnstrdup(read->given->val.string.val,
																 read->given->val.string.len),
									&read->failure);
		read->isnull = false;
		read->problem = READ_DONE;
		return;
	}
	read->problem = read_changed_value(read->item->reader, read->given, read->present,
									   read->present_json, read->null_is_json, &read->value,
									   &read->isnull, &read->failure);
}

/*
 * Whether an error says that a value cannot be read: whatever a type's input raises,
 * not only of class 22, but for a missing privilege; of a cast what its author raises.
 */
static bool
is_unreadable(const ItemRead *read, const ErrorData *error)
{
	switch (read->failure.by)
	{
		case READ_BY_INPUT:
			return is_worth_replay(error) && error->sqlerrcode != ERRCODE_INSUFFICIENT_PRIVILEGE;
		case READ_BY_CAST:
			return error->sqlerrcode == ERRCODE_RAISE_EXCEPTION;
		default:
			return false;
	}
}

/* From the row to what is read, a value or a part of one: as it is now, for its path goes on. */
static List *
steps_to_read(const ItemRead *read)
{
	List	   *steps = NIL;
	ListCell   *lc;

	if (!lists_more(read->store))
		return NIL;
	if (read->row->value == NULL && !read->is_member)
		steps = item_steps(read->row->stage->level, read->number);
	foreach(lc, read->failure.path)
	{
		ReadStep   *step = palloc(sizeof(ReadStep));

		*step = *(ReadStep *) lfirst(lc);
		steps = lappend(steps, step);
	}
	return steps;
}

/* Notes what was raised of that. */
static void
note_unreadable(ItemRead *read, ErrorData *error)
{
	List	   *steps = steps_to_read(read);

	if (!is_unreadable(read, error))
		note_caught_error(read->store, read->row, steps, error);
	else
	{
		add_caught_error(read->store, read->row, steps, error);
		FreeErrorData(error);
	}
}

/* The same of what there is to say otherwise. */
static void
tell_problem(ReadWatch *watch, ReadProblem problem)
{
	static const ErrorType types[] = {
		[READ_WRONG_TYPE] = ERROR_WRONG_TYPE,
		[READ_NO_WAY_BACK] = ERROR_NO_WAY_BACK,
		[READ_UNKNOWN] = ERROR_UNKNOWN
	};
	ItemRead   *read = (ItemRead *) watch;

	add_full_error(read->store, read->row, steps_to_read(read), types[problem], read->failure.message)->hint =
		read->failure.hint;
}

/* Calls a function that reads a part, or all, of a value, in a careful call. */
static bool
try_read(ReadWatch *watch, void (*function) (void *arg), void *arg)
{
	ItemRead   *read = (ItemRead *) watch;
	ErrorData  *error = catch_error(read->store, read->row, function, arg);

	if (error != NULL)
		note_unreadable(read, error);
	return error == NULL;
}

/*
 * Reads a value, and notes all that is wrong with it. In a careful call that is found out
 * a part at a time, once it is known that there is something.
 */
static bool
read_guarded(ItemRead *read)
{
	bool		has_parts = !read->is_member && reads_parts(read->item->reader);

	read->watch.tell = tell_problem;
	if (!read->store->careful)
	{
		read->failure.watch = &read->watch;
		run_item_read(read);
	}
	else if (has_parts)
	{
		ErrorData  *error = catch_error(read->store, read->row, run_item_read, read);

		if (error == NULL && read->problem == READ_DONE)
			return true;
		if (error != NULL && !is_unreadable(read, error) && !is_document_error(error))
			ReThrowError(error);
		if (error != NULL)
			FreeErrorData(error);
		memset(&read->failure, 0, sizeof(ReadFailure));
		read->watch.try_part = try_read;
		read->failure.watch = &read->watch;
	}
	if (read->store->careful && !try_read(&read->watch, run_item_read, read))
		return false;
	if (read->problem != READ_DONE && read->problem != READ_TOLD)
		tell_problem(&read->watch, read->problem);
	return read->problem == READ_DONE;
}

/*
 * The value that is given for a column, in the store's context; present is what the
 * row has, and present_json how that is written, or NULL. Returns false, having noted
 * why, if it cannot be read. Where not careful, raises what its type's input does.
 */
bool
read_item(Store *store, DocRow *row, int number, const Datum *present, JsonbValue *present_json,
		  Datum *value, bool *isnull)
{
	const StoreLevel *level = row->stage->level;
	MemoryContext old = MemoryContextSwitchTo(store->context);
	ItemRead	read = {
		.store = store,
		.row = row,
		.number = number,
		.item = &level->items[number],
		.given = row->value != NULL ? row->value : row->given[number],
		.present = present,
		.present_json = present_json,
		.is_member = row->key_is_member && row->stage->relation->key_item == number
	};
	bool		worked;

	read.null_is_json = TupleDescAttr(level->table->tupdesc, read.item->attnum - 1)->attnotnull;
	worked = read_guarded(&read);
	MemoryContextSwitchTo(old);
	*value = read.value;
	*isnull = read.isnull;
	return worked;
}
