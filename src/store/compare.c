/*
 * compare.c
 *		What a document says of a row against what the row is: as the shape's formats
 *		write it. Only what differs is read as a value of its type.
 */
#include "store/internal.h"

#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/datum.h"
#include "utils/fmgrprotos.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"

/* A jsonb as a value, which points there. */
void
open_jsonb(Jsonb *jsonb, JsonbValue *value)
{
	if (JB_ROOT_IS_SCALAR(jsonb))
		(void) JsonbExtractScalar(&jsonb->root, value);
	else
	{
		value->type = jbvBinary;
		value->val.binary.data = &jsonb->root;
		value->val.binary.len = VARSIZE(jsonb) - VARHDRSZ;
	}
}

/* What a field of a row is written as, in the store's work context. */
static void
write_present(Store *store, const Field *field, Row *row, JsonbValue *value)
{
	MemoryContext old = MemoryContextSwitchTo(store->work);

	open_jsonb(DatumGetJsonbP(field_to_jsonb(store->call->sink, field, row)), value);
	MemoryContextSwitchTo(old);
}

static bool json_agrees(const JsonbValue *given, const JsonbValue *present);

static bool
arrays_agree(JsonbContainer *given, JsonbContainer *present)
{
	uint32		n = JsonContainerSize(given);
	JsonbIterator *left = JsonbIteratorInit(given);
	JsonbIterator *right = JsonbIteratorInit(present);
	JsonbValue	a;
	JsonbValue	b;
	JsonbIteratorToken token;

	if (n != JsonContainerSize(present))
		return false;
	while ((token = JsonbIteratorNext(&left, &a, true)) != WJB_DONE)
	{
		(void) JsonbIteratorNext(&right, &b, true);
		if (token == WJB_ELEM && !json_agrees(&a, &b))
			return false;
	}
	return true;
}

static bool
objects_agree(JsonbContainer *given, JsonbContainer *present)
{
	JsonbIterator *iterator = JsonbIteratorInit(given);
	JsonbIteratorToken token;
	JsonbValue	key = {0};
	JsonbValue	value;
	JsonbValue	buffer;

	while ((token = JsonbIteratorNext(&iterator, &value, true)) != WJB_DONE)
	{
		JsonbValue *other;

		if (token == WJB_KEY)
			key = value;
		if (token != WJB_VALUE)
			continue;
		other = getKeyJsonValueFromContainer(present, key.val.string.val, key.val.string.len, &buffer);
		/* a null says of a key that was left out what its absence says */
		if (other == NULL ? value.type != jbvNull : !json_agrees(&value, other))
			return false;
	}
	return true;
}

/* Whether what is given is so: of an object it may be a part. */
static bool
json_agrees(const JsonbValue *given, const JsonbValue *present)
{
	bool		is_array;

	check_stack_depth();
	CHECK_FOR_INTERRUPTS();
	if (given->type != jbvBinary || present->type != jbvBinary)
		return json_is_same(given, present);
	is_array = JsonContainerIsArray(given->val.binary.data);
	if (is_array != JsonContainerIsArray(present->val.binary.data))
		return false;
	return is_array ? arrays_agree(given->val.binary.data, present->val.binary.data) :
		objects_agree(given->val.binary.data, present->val.binary.data);
}

/* ---- values */

/* Whether two values, which documents say of a column, are one: the same bytes; or one number, be it 2.0 and 2.00. */
bool
is_said_alike(Form_pg_attribute attribute, Datum left, Datum right)
{
	return datum_image_eq(left, right, attribute->attbyval, attribute->attlen) ||
		(getBaseType(attribute->atttypid) == NUMERICOID &&
		 DatumGetBool(DirectFunctionCall2(numeric_eq, left, right)));
}

/*
 * Sets a column of a row to what is to be written. Two items over one column must
 * agree; the one that does not is told.
 */
bool
set_value(Store *store, DocRow *row, AttrNumber attnum, Datum value, bool isnull)
{
	TupleDesc	tupdesc = row->stage->level->table->tupdesc;
	Form_pg_attribute attribute = TupleDescAttr(tupdesc, attnum - 1);
	MemoryContext old = MemoryContextSwitchTo(store->context);
	bool		agrees = true;

	if (row->values == NULL)
	{
		Size		size = sizeof(Datum) * tupdesc->natts;

		row->values = (Datum *) allocate_row(&store->rows, size + sizeof(bool) * tupdesc->natts);
		row->nulls = (bool *) (row->values + tupdesc->natts);
		memset(row->values, 0, size);
		memset(row->nulls, true, sizeof(bool) * tupdesc->natts);
	}
	if (has_attnum(row->changed, attnum))
		agrees = isnull == row->nulls[attnum - 1] &&
			(isnull || is_said_alike(attribute, value, row->values[attnum - 1]));
	else
	{
		row->changed = add_attnum(row->changed, attnum);
		row->values[attnum - 1] = value;
		row->nulls[attnum - 1] = isnull;
	}
	MemoryContextSwitchTo(old);
	return agrees;
}

static void
set_item(Store *store, DocRow *row, int item, Datum value, bool isnull)
{
	if (!set_value(store, row, row->stage->level->items[item].attnum, value, isnull))
		add_error(store, row, item_steps(row->stage->level, item), ERROR_DUPLICATE,
				  "another key says otherwise of the same column");
}

/* What to say in the shape for rows to be written that it only shows; NULL where they cannot be. */
static const char *
write_hint(const StoreLevel *level, const Field *field)
{
	const Branch *branch = field->branch;

	if (branch == NULL || branch->rule != NULL || level->is_linked || branch->child->ngrouped > 0 ||
		branch->relationship == NULL || branch->relationship->key == NULL ||
		(field->form != &single_form && field->form != &rows_form && field->form != &map_form &&
		 field->form != &page_form && field->form != &tree_form))
		return NULL;
	return psprintf("The shape only shows %s: for it to be written, say (write: own) or (write: link) of it.",
					quote_shape_name(field->key));
}

static void
read_only(Store *store, DocRow *row, int item)
{
	const StoreLevel *level = row->stage->level;
	DocError   *error;

	if (store->options->ignore_readonly)
		return;
	error = add_full_error(store, row, item_steps(level, item), ERROR_READ_ONLY,
						   row->row != NULL ? "this is not written, and has another value" :
						   "this is not written, so a new row cannot have it");
	if (error != &store->unlisted)
		error->hint = write_hint(level, level->items[item].field);
}

/*
 * The common types, without JSON in between. Returns whether it could tell; then
 * *agrees is the answer.
 */
static bool
compare_scalar(const Field *field, Datum value, const JsonbValue *given, bool *agrees)
{
	ValueWriter write = field->type->write;

	if (write == write_text && given->type == jbvString)
	{
		struct varlena *text = pg_detoast_datum_packed((struct varlena *) DatumGetPointer(value));

		*agrees = VARSIZE_ANY_EXHDR(text) == given->val.string.len &&
			memcmp(VARDATA_ANY(text), given->val.string.val, given->val.string.len) == 0;
		if ((Pointer) text != DatumGetPointer(value))
			pfree(text);
		return true;
	}
	if (write == write_bool && given->type == jbvBool)
	{
		*agrees = DatumGetBool(value) == given->val.boolean;
		return true;
	}
	return false;
}

/* Whether an item is a column that the row was found by, and was read as the very value it has. */
static bool
is_found_by(const DocRow *row, int number, Datum present)
{
	const StoreLevel *level = row->stage->level;
	const ValueType *type = level->items[number].field->type;

	for (int i = 0; i < level->rule->nkeys && row->has_key; i++)
	{
		if (level->sources[i].kind == KEY_ITEM && level->sources[i].item == number)
			return datum_image_eq(row->key[i], present, type->typbyval, type->typlen);
	}
	return false;
}

/* A column of a row that is there. */
static void
compare_column(Store *store, DocRow *row, int number)
{
	const StoreItem *item = &row->stage->level->items[number];
	const Field *field = item->field;
	JsonbValue *given = row->given[number];
	bool		isnull = row->row->nulls[field->column];
	Datum		present = row->row->values[field->column];
	JsonbValue	json = {0};
	bool		agrees;
	Datum		value;

	if (!isnull && is_found_by(row, number, present))
		return;
	if (isnull || !compare_scalar(field, present, given, &agrees))
	{
		write_present(store, field, row->row, &json);
		agrees = json_says(item->reader, given, &json);
	}
	if (agrees)
		return;
	if (item->kind == ITEM_READONLY || item->once)
	{
		if (!row->in_conflict)
			read_only(store, row, number);
		return;
	}
	if (json.type == jbvNull)
		write_present(store, field, row->row, &json);
	if (read_item(store, row, number, isnull ? NULL : &present, &json, &value, &isnull) &&
		(isnull != row->row->nulls[field->column] ||
		 (!isnull && !datum_image_eq(value, present, field->type->typbyval, field->type->typlen))))
		set_item(store, row, number, value, isnull);
}

/* The same as write_present() of what a row shows within its tree. */
static void
write_within_tree(Store *store, const Field *field, const DocRow *row, JsonbValue *value)
{
	MemoryContext old = MemoryContextSwitchTo(store->work);
	List	   *marked = mark_path(row, field->branch);
	ListCell   *lc;

	write_present(store, field, row->row, value);
	foreach(lc, marked)
		((Row *) lfirst(lc))->writing.on_path = false;
	MemoryContextSwitchTo(old);
}

/* What is shown only, of a row that is there. */
static void
compare_readonly(Store *store, DocRow *row, int number)
{
	const StoreItem *item = &row->stage->level->items[number];
	JsonbValue	json;

	if (store->options->ignore_readonly)
		return;
	if (item->attnum > 0)
	{
		compare_column(store, row, number);
		return;
	}
	if (stands_in_tree(row, item->field->branch))
		write_within_tree(store, item->field, row, &json);
	else
		write_present(store, item->field, row->row, &json);
	if (!json_agrees(row->given[number], &json))
		read_only(store, row, number);
}

/* The column that the name of a member is. */
static void
compare_member(Store *store, DocRow *row, int number)
{
	const StoreLevel *level = row->stage->level;
	const StoreItem *item = &level->items[number];
	const LevelColumn *column = &level->level->columns[item->field->column];
	bool		present_isnull = row->row->nulls[item->field->column];
	Datum		value;
	bool		isnull;

	if (is_key_item(level, number) || !read_item(store, row, number, NULL, NULL, &value, &isnull))
		return;
	if (!present_isnull &&
		same_value(column->typid, column->collation, value, row->row->values[item->field->column]))
		return;
	if (item->kind != ITEM_COLUMN || item->once)
		read_only(store, row, number);
	else
		set_item(store, row, number, value, isnull);
}

static void
compare_present_row(Store *store, DocRow *row)
{
	const StoreLevel *level = row->stage->level;

	for (int i = 0; i < level->nitems; i++)
	{
		if (row->given[i] == NULL || bms_is_member(i, row->extra->lent))
			continue;
		if (row->key_is_member && row->stage->relation->key_item == i)
		{
			compare_member(store, row, i);
			continue;
		}
		/* what was found by it has it, however it is spelt */
		if (level->is_linked && is_key_item(level, i))
			continue;
		switch (level->items[i].kind)
		{
			case ITEM_COLUMN:
				compare_column(store, row, i);
				break;
			case ITEM_READONLY:
				if (!row->in_conflict)
					compare_readonly(store, row, i);
				break;
			case ITEM_RELATION:
			case ITEM_ETAG:
				break;
		}
	}
}

/* Whether a constant is given as what it is, which it is without a row as well. */
static bool
is_said_constant(Store *store, const DocRow *row, int number)
{
	const Field *field = row->stage->level->items[number].field;
	Row			none = {0};
	JsonbValue	json;

	if (field->constant == NULL)
		return false;
	write_present(store, field, &none, &json);
	return json_agrees(row->given[number], &json);
}

/* What a new row cannot have. */
static void
compare_new(Store *store, DocRow *row, int number)
{
	if (row->stage->level->items[number].kind == ITEM_READONLY && !is_no_value(row->given[number]) &&
		!is_said_constant(store, row, number))
		read_only(store, row, number);
}

static void
read_new_row(Store *store, DocRow *row)
{
	const StoreLevel *level = row->stage->level;

	for (int i = 0; i < level->nitems; i++)
	{
		Datum		value;
		bool		isnull;

		if (row->given[i] == NULL)
			continue;
		switch (level->items[i].kind)
		{
			case ITEM_COLUMN:
				/* a key that is null is none: the column has its default */
				if (row->given[i]->type == jbvNull && is_key_item(level, i))
					break;
				if (read_item(store, row, i, NULL, NULL, &value, &isnull))
					set_item(store, row, i, value, isnull);
				break;
			case ITEM_READONLY:
				compare_new(store, row, i);
				break;
			case ITEM_ETAG:
				if (!is_no_value(row->given[i]))
					add_error(store, row, item_steps(level, i), ERROR_CONFLICT,
							  "the row that it is the state of is not there any more");
				break;
			case ITEM_RELATION:
				break;
		}
	}
}

/* A row that is not there, or cannot be told: its values may be wrong all the same. */
static void
read_lost_row(Store *store, DocRow *row)
{
	const StoreLevel *level = row->stage->level;

	for (int i = 0; i < level->nitems; i++)
	{
		Datum		value;
		bool		isnull;

		if (row->given[i] != NULL && level->items[i].kind == ITEM_COLUMN && !is_key_item(level, i))
			(void) read_item(store, row, i, NULL, NULL, &value, &isnull);
	}
}

/* ---- etags */

static void
compare_etag(Store *store, DocRow *row, int number)
{
	const StoreLevel *level = row->stage->level;
	const JsonbValue *given = row->given[number];
	List	   *steps = item_steps(level, number);
	char		etag[ETAG_LENGTH + 1];

	if (given->type == jbvNull)
		return;
	if (given->type != jbvString)
	{
		add_error(store, row, steps, ERROR_WRONG_TYPE,
				  psprintf("a string is wanted here, not %s", json_kind(given)));
		return;
	}
	row_etag(level->level, row->row, NULL, etag);
	if (given->val.string.len == ETAG_LENGTH && memcmp(given->val.string.val, etag, ETAG_LENGTH) == 0)
		return;
	if (given->val.string.len != ETAG_LENGTH ||
		strspn(pnstrdup(given->val.string.val, ETAG_LENGTH), "0123456789abcdef") != ETAG_LENGTH)
		add_error(store, row, steps, ERROR_BAD_VALUE,
				  psprintf("an etag is %d hexadecimal digits, as it was read", ETAG_LENGTH));
	else if (memcmp(given->val.string.val, etag, ETAG_SHAPE_LENGTH) != 0)
		add_error(store, row, steps, ERROR_BAD_VALUE, "this is the etag of another shape");
	else
	{
		add_error(store, row, steps, ERROR_CONFLICT, "the row has changed since it was read");
		row->in_conflict = true;
	}
}

/* ---- a stage */

typedef bool (*ItemTest) (const StoreItem *item);

static bool
shows_related(const StoreItem *item)
{
	return item->kind == ITEM_READONLY && item->field->branch != NULL;
}

static bool
is_etag(const StoreItem *item)
{
	return item->kind == ITEM_ETAG;
}

/* The rows of a stage that are there and say something of an item: in the store's work context. */
Row **
rows_with(Store *store, const Stage *stage, int item, int *nrows)
{
	Row		  **rows = MemoryContextAllocHuge(store->work, sizeof(Row *) * Max((Size) stage->nrows, 1));

	*nrows = 0;
	for (int i = 0; i < stage->nrows; i++)
	{
		const DocRow *row = stage->rows[i];

		CHECK_FOR_INTERRUPTS();
		if (row->row != NULL && row->same == NULL && row->given[item] != NULL)
			rows[(*nrows)++] = row->row;
	}
	return rows;
}

/* Loads what is related to rows and compared as it is written. */
static void
load_compared(Store *store, Stage *stage)
{
	const StoreLevel *level = stage->level;
	MemoryContext old = MemoryContextSwitchTo(store->context);

	for (int i = 0; i < level->nitems; i++)
	{
		const Field *field = level->items[i].field;
		int			nrows;
		Row		  **rows;

		if (!shows_related(&level->items[i]) && !is_etag(&level->items[i]))
			continue;
		if (shows_related(&level->items[i]) && store->options->ignore_readonly)
			continue;
		rows = rows_with(store, stage, i, &nrows);
		if (nrows == 0)
			continue;
		if (field->branch != NULL)
			load_branch(level->level, field->branch, rows, nrows, &store->load);
		if (field->page != NULL && field->page->total != NULL)
			load_branch(level->level, field->page->total, rows, nrows, &store->load);
		for (int n = 0; n < level->level->nbranches && is_etag(&level->items[i]); n++)
		{
			Branch	   *branch = level->level->branches[n];

			if (branch->rule != NULL && branch != branch->rule->whole)
				load_branch(level->level, branch, rows, nrows, &store->load);
		}
	}
	MemoryContextSwitchTo(old);
}

/* What another way to a row shows of it. */
static void
compare_apart(Store *store, DocRow *row)
{
	int			item = -1;

	while ((item = bms_next_member(row->extra->apart, item)) >= 0)
	{
		if (row->stage->level->items[item].kind == ITEM_READONLY && !row->same->in_conflict)
			compare_readonly(store, row, item);
	}
}

/* What is only shown, and said once more: each place that is wrong is told. */
static void
compare_again(Store *store, DocRow *row)
{
	const StoreLevel *level = row->stage->level;
	const DocRow *real = row->same;

	for (int i = 0; i < level->nitems && !real->in_conflict && !real->asks_delete; i++)
	{
		const StoreItem *item = &level->items[i];

		/* what only this place says is that of the one that counts, and what else differs is told */
		if (row->given[i] == NULL || row->given[i] == real->given[i] || is_key_item(level, i) ||
			bms_is_member(i, row->extra->apart) || !(item->kind == ITEM_READONLY || item->once) ||
			(row->key_is_member && row->stage->relation->key_item == i) ||
			(item->kind != ITEM_READONLY && row->row == NULL && !json_is_same(row->given[i], real->given[i])))
			continue;
		if (row->row == NULL)
			compare_new(store, row, i);
		else if (item->kind == ITEM_READONLY)
			compare_readonly(store, row, i);
		else
			compare_column(store, row, i);
	}
}

static void
compare_row(Store *store, DocRow *row)
{
	const StoreLevel *level = row->stage->level;

	if (row->same != NULL)
	{
		compare_apart(store, row);
		if (!store->options->ignore_readonly && row->same->stage == row->stage && store->call->mode != SAVE_DELETE)
			compare_again(store, row);
		return;
	}
	if (row->row != NULL && level->etag >= 0 && row->given[level->etag] != NULL)
		compare_etag(store, row, level->etag);
	if (row->asks_delete || store->call->mode == SAVE_DELETE)
		return;
	if (row->row != NULL)
		compare_present_row(store, row);
	else if (!level->is_linked && !row->is_lost)
		read_new_row(store, row);
	else if (!level->is_linked)
		read_lost_row(store, row);
}

/*
 * Compares the rows of a stage, once they are matched: what differs of those that are
 * there is set, and all that is said of new ones.
 */
void
compare_stage(Store *store, Stage *stage)
{
	load_compared(store, stage);
	for (int i = 0; i < stage->nrows; i++)
	{
		MemoryContext old = MemoryContextSwitchTo(store->context);

		CHECK_FOR_INTERRUPTS();
		compare_row(store, stage->rows[i]);
		MemoryContextSwitchTo(old);
		if (!store->work->isReset)
			MemoryContextReset(store->work);
	}
}
