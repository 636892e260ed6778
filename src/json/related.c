/*
 * related.c
 *		The part of the walk that leads from a row to those related to it: they
 *		are an array or an object, what a path finds in them, an object by their
 *		keys, a page, or the next level of a tree.
 */
#include "json/internal.h"

#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/datetime.h"
#include "utils/json.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"

/* How many rows ahead to fetch: those of one parent may lie far apart. */
#define PREFETCH_DISTANCE 4

/*
 * As many values as a path may find: JSON text has room for no more, and jsonb
 * for less.
 */
#define MAX_PATH_VALUES ((int) (MaxAllocSize / 2))

static inline void
prefetch_row(const Row *row)
{
#if defined(__GNUC__)
	__builtin_prefetch(row);
	__builtin_prefetch((const char *) row + 64);
#endif
}

/* The row of a to-one relationship; NULL without one, or if it is on its own path. */
static Row *
related_row(const Field *field, const RowSet *related)
{
	const RowSet *set = &related[field->branch->number];

	if (set->nrows == 0 || set->rows[0]->writing.on_path || set->rows[0] == set->twin)
		return NULL;
	return set->rows[0];
}

static void
write_set(Sink *sink, const Branch *branch, const RowSet *set)
{
	const ObjectForm *object = &branch->child->object;
	SinkFrame	frame;

	sink->ops->begin_array(sink, &frame, set->nrows);
	for (int i = 0; i < set->nrows; i++)
	{
		if (i + PREFETCH_DISTANCE < set->nrows)
			prefetch_row(set->rows[i + PREFETCH_DISTANCE]);
		sink->ops->next(sink, &frame);
		write_row(sink, object, set->rows[i]);
	}
	sink->ops->end(sink, &frame);
}

static void
write_single(Sink *sink, const Field *field, const Datum *values, const bool *nulls,
			 const RowSet *related)
{
	Row		   *row = related_row(field, related);

	if (row == NULL)
		sink->ops->put_null(sink);
	else
		write_row(sink, &field->branch->child->object, row);
}

static bool
has_row_on_path(const RowSet *set)
{
	for (int i = 0; i < set->nrows; i++)
	{
		if (set->rows[i]->writing.on_path)
			return true;
	}
	return false;
}

/* The next level of a tree: rows that are around this one are not entered again. */
static void
write_tree(Sink *sink, const Field *field, const Datum *values, const bool *nulls,
		   const RowSet *related)
{
	const Branch *branch = field->branch;
	const RowSet *set = &related[branch->number];
	RecursionFrame frame = {
		.recursion = branch->recursion,
		.depth = recursion_depth(sink->recursion, branch->recursion) + 1,
		.outer = sink->recursion
	};
	bool		was_on_path = false;

	/* the root, as the tree would come across it */
	if (set->twin != NULL)
	{
		was_on_path = set->twin->writing.on_path;
		set->twin->writing.on_path = true;
	}
	sink->recursion = &frame;
	if (is_single(branch))
		write_single(sink, field, values, nulls, related);
	else if (!has_row_on_path(set))
		write_set(sink, branch, set);
	else
	{
		RowSet		entered = {
			.rows = MemoryContextAllocHuge(sink->keep, sizeof(Row *) * (Size) set->nrows)
		};

		for (int i = 0; i < set->nrows; i++)
		{
			if (!set->rows[i]->writing.on_path)
				entered.rows[entered.nrows++] = set->rows[i];
		}
		write_set(sink, branch, &entered);
		pfree(entered.rows);
	}
	sink->recursion = frame.outer;
	if (set->twin != NULL)
		set->twin->writing.on_path = was_on_path;
}

pg_noreturn static void
too_many_values(const Field *field)
{
	const Branch *branch = field->branch;

	ereport(ERROR,
			errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
			errmsg("path \"%s\" finds more than %d values", branch->key, MAX_PATH_VALUES),
			errhint("A path that comes back to where it was finds the same rows over and over."),
			shape_position(branch->place.shape, branch->place.location));
}

static int64 count_path(const Field *field, const RowSet *related);

/*
 * The same from a row on. Many ways may lead to a row, ever so many where a path
 * goes to and fro: it is counted once.
 */
static int64
count_from_row(const Field *field, Row *row)
{
	if (field->branch == NULL)
		return 1;
	if (row->writing.as.path.field != field)
	{
		row->writing.as.path.count = count_path(field, row->related);
		row->writing.as.path.field = field;
	}
	return row->writing.as.path.count;
}

/* How many elements a path finds; an error beyond what any document could hold. */
static int64
count_path(const Field *field, const RowSet *related)
{
	const RowSet *set = &related[field->branch->number];
	int64		count = 0;

	check_stack_depth();
	/* a null, for an element that is not there */
	if (set->nrows == 0 && is_single(field->branch))
		return field->many ? 0 : 1;
	if (field->next == NULL)
		return set->nrows;
	for (int i = 0; i < set->nrows; i++)
	{
		CHECK_FOR_INTERRUPTS();
		count += count_from_row(field->next, set->rows[i]);
		if (count > MAX_PATH_VALUES)
			too_many_values(field);
	}
	return count;
}

/* Writes them, each as the next child of an array. */
static void
write_path_elements(Sink *sink, SinkFrame *frame, const Field *field, const RowSet *related)
{
	const RowSet *set = &related[field->branch->number];

	if (set->nrows == 0 && is_single(field->branch) && !field->many)
	{
		sink->ops->next(sink, frame);
		sink->ops->put_null(sink);
	}
	for (int i = 0; i < set->nrows; i++)
	{
		Row		   *row = set->rows[i];

		CHECK_FOR_INTERRUPTS();
		if (field->next == NULL || field->next->branch == NULL)
		{
			sink->ops->next(sink, frame);
			if (field->next == NULL)
				write_row(sink, &field->branch->child->object, row);
			else
				write_field(sink, field->next, row->values, row->nulls, row->related);
		}
		/* nothing is to be found behind rows that were counted as such */
		else if (count_from_row(field->next, row) > 0)
			write_path_elements(sink, frame, field->next, row->related);
	}
}

/*
 * The row, and the field of it, that a path over to-one relationships ends at;
 * a NULL field: the row itself. NULL if there is none.
 */
static Row *
follow_path(const Field **field, const RowSet *related)
{
	const RowSet *set = &related[(*field)->branch->number];

	if (set->nrows == 0)
		return NULL;
	*field = (*field)->next;
	return *field == NULL || (*field)->branch == NULL ? set->rows[0] :
		follow_path(field, set->rows[0]->related);
}

/* What the row at the end of a path is written as, if it is one. */
static const ObjectForm *
path_object(const Field *field)
{
	while (field->next != NULL && field->next->branch != NULL)
		field = field->next;
	return &field->branch->child->object;
}

/* Whether such a path ends at something other than SQL NULL. */
static bool
path_has_value(Sink *sink, const Field *field, const RowSet *related)
{
	const Row  *row = follow_path(&field, related);
	PresentField present;

	if (row == NULL || field == NULL)
		return row != NULL;
	if (row->nulls[field->column])
		return false;
	present.type = field->type;
	present.value = row->values[field->column];
	return find_present_value(sink, &present);
}

static void
write_path(Sink *sink, const Field *field, const Datum *values, const bool *nulls,
		   const RowSet *related)
{
	const ObjectForm *object;
	SinkFrame	frame;
	Row		   *row;

	if (field->many)
	{
		sink->ops->begin_array(sink, &frame, (int) count_path(field, related));
		write_path_elements(sink, &frame, field, related);
		sink->ops->end(sink, &frame);
		return;
	}
	if (field->or_zero && related[field->branch->number].nrows == 0)
	{
		field->next->type->write(sink, field->next->type, Int64GetDatum(0));
		return;
	}
	object = path_object(field);
	row = follow_path(&field, related);
	if (row == NULL)
		sink->ops->put_null(sink);
	else if (field == NULL)
		write_row(sink, object, row);
	else
		write_field(sink, field, row->values, row->nulls, row->related);
}

/* A key in an object, as jsonb_object_agg() would have it; palloc'd. */
static char *
key_text(const Field *field, const Row *row)
{
	const RowMap *map = field->map;
	Datum		value = row->values[map->column];
	Oid			function;
	bool		is_varlena;

	if (row->nulls[map->column])
		ereport(ERROR,
				errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				errmsg("null value not allowed for object key"),
				errdetail("A row of \"%s\" has none.", field->branch->key),
				errhint("Leave such rows out, as in (key: column, where: column is not null)."),
				shape_position(field->branch->place.shape, field->branch->place.location));
	switch (map->typid)
	{
		case BOOLOID:
			return pstrdup(DatumGetBool(value) ? "true" : "false");
		case DATEOID:
		case TIMESTAMPOID:
		case TIMESTAMPTZOID:
			return JsonEncodeDateTime(palloc(MAXDATELEN + 1), value, map->typid, NULL);
		default:
			getTypeOutputInfo(map->typid, &function, &is_varlena);
			return OidOutputFunctionCall(function, value);
	}
}

/* The rows as an object: its form is made of their keys. */
static void
write_map(Sink *sink, const Field *field, const Datum *values, const bool *nulls,
		  const RowSet *related)
{
	const Branch *branch = field->branch;
	const RowSet *set = &related[branch->number];
	MemoryContext context = AllocSetContextCreate(sink->keep, "jsonify map", ALLOCSET_DEFAULT_SIZES);
	MemoryContext old = MemoryContextSwitchTo(context);
	Field	   *fields = MemoryContextAllocHuge(context, sizeof(Field) * Max((Size) set->nrows, 1));
	ObjectForm	object = {.fields = fields};
	SinkFrame	frame;

	memset(fields, 0, sizeof(Field) * set->nrows);
	for (int i = 0; i < set->nrows; i++)
	{
		CHECK_FOR_INTERRUPTS();
		fields[i].key = key_text(field, set->rows[i]);
		fields[i].key_length = strlen(fields[i].key);
		fields[i].position = i;
	}
	object.nfields = drop_repeated_keys(fields, set->nrows);
	sink->ops->prepare_object(&object, &sink->layout);
	MemoryContextSwitchTo(old);

	sink->ops->begin_object(sink, &frame, &object);
	for (int i = 0; i < object.nfields; i++)
	{
		sink->ops->next(sink, &frame);
		write_row(sink, &branch->child->object, set->rows[object.fields[i].position]);
	}
	sink->ops->end(sink, &frame);
	MemoryContextDelete(context);
}

/* An object of what write_items writes, an array, and what a page says of that. */
void
write_page_object(Sink *sink, const RowPage *page, const PageView *view,
				  void (*write_items) (Sink *sink, void *arg), void *arg)
{
	SinkFrame	frame;

	sink->ops->begin_object(sink, &frame, &page->object);
	for (int i = 0; i < page->object.nfields; i++)
	{
		sink->ops->next(sink, &frame);
		switch (page->object.fields[i].position)
		{
			case PAGE_ITEMS:
				write_items(sink, arg);
				break;
			case PAGE_HAS_MORE:
				sink->ops->put_bool(sink, view->has_more);
				break;
			default:
				if (!page->by_cursor)
					sink->ops->put_int64(sink, view->total);
				else if (view->next != NULL)
					sink->ops->put_string(sink, view->next, strlen(view->next));
				else
					sink->ops->put_null(sink);
		}
	}
	sink->ops->end(sink, &frame);
}

/*
 * What there is to say of a page by cursor, of rows that a filter has found: the next one
 * begins behind the last of them. The cursor is palloc'd. Where there are more, the first of
 * those follows in rows. Raises what make_cursor() does.
 */
void
view_page(PageView *view, const Level *level, const RowFilter *filter, const char *params,
		  Row **rows, int nrows, bool has_more)
{
	const Row  *last = nrows > 0 ? rows[nrows - 1] : NULL;

	memset(view, 0, sizeof(PageView));
	view->has_more = has_more;
	if (has_more && last != NULL)
	{
		const Row  *next = rows[nrows];

		view->next = make_cursor(level, filter, params, &(CursorRow) {last->values, last->nulls},
								 &(CursorRow) {next->values, next->nulls});
	}
}

typedef struct PageItems
{
	const Branch *branch;
	const RowSet *set;
} PageItems;

static void
write_page_items(Sink *sink, void *arg)
{
	const PageItems *items = arg;

	write_set(sink, items->branch, items->set);
}

/* The rows of a page, whether there are more behind them, and how many there are. */
static void
write_page(Sink *sink, const Field *field, const Datum *values, const bool *nulls,
		   const RowSet *related)
{
	const RowPage *page = field->page;
	const Branch *branch = field->branch;
	const RowSet *set = &related[branch->number];
	PageItems	items = {branch, set};
	PageView	view = {0};
	MemoryContext old;

	if (page->by_cursor)
	{
		/* the items may leave nothing of the scratch context */
		old = MemoryContextSwitchTo(sink->keep);
		view_page(&view, branch->child, &branch->filter, sink->params, set->rows, set->nrows,
				  set->has_more);
		MemoryContextSwitchTo(old);
	}
	else
	{
		const RowSet *count = &related[page->total->number];

		view.total = count->nrows == 0 ? 0 : DatumGetInt64(count->rows[0]->values[0]);
		view.has_more = set->offset + set->nrows < view.total;
	}
	write_page_object(sink, page, &view, write_page_items, &items);
	if (view.next != NULL)
		pfree(view.next);
}

static void
write_rows(Sink *sink, const Field *field, const Datum *values, const bool *nulls,
		   const RowSet *related)
{
	write_set(sink, field->branch, &related[field->branch->number]);
}

/* Many rows are there, be they none. */
static bool
many_are_present(Sink *sink, const Field *field, const RowSet *related, bool keep_nulls,
				 PresentField *present)
{
	return true;
}

/* A row is NULL where a cast makes NULL of it. */
static bool
single_is_present(Sink *sink, const Field *field, const RowSet *related, bool keep_nulls,
				  PresentField *present)
{
	const ObjectForm *object = &field->branch->child->object;
	const Row  *row;

	if (keep_nulls)
		return true;
	row = related_row(field, related);
	if (row == NULL || object->row_type == NULL)
		return row != NULL;
	present->type = object->row_type;
	present->value = row->values[object->row_column];
	return find_present_value(sink, present);
}

static bool
path_is_present(Sink *sink, const Field *field, const RowSet *related, bool keep_nulls,
				PresentField *present)
{
	return keep_nulls || field->many || field->or_zero || path_has_value(sink, field, related);
}

static bool
tree_is_present(Sink *sink, const Field *field, const RowSet *related, bool keep_nulls,
				PresentField *present)
{
	return related_is_entered(sink, field, related) &&
		(!is_single(field->branch) ||
		 single_is_present(sink, field, related, keep_nulls, present));
}

/* A field of the row of a to-one relationship, as it stands in that row; null without one. */
static void
write_flat(Sink *sink, const Field *field, const Datum *values, const bool *nulls,
		   const RowSet *related)
{
	Row		   *row = related_row(field, related);
	bool		was_on_path;

	check_stack_depth();
	if (row == NULL)
	{
		sink->ops->put_null(sink);
		return;
	}
	/* a tree in there does not lead back to it */
	was_on_path = row->writing.on_path;
	if (field->branch->child->object.recurses)
		row->writing.on_path = true;
	write_field(sink, field->next, row->values, row->nulls, row->related);
	row->writing.on_path = was_on_path;
}

static bool
flat_is_present(Sink *sink, const Field *field, const RowSet *related, bool keep_nulls,
				PresentField *present)
{
	Row		   *row = related_row(field, related);

	check_stack_depth();
	if (row == NULL)
		return keep_nulls;
	return find_present(sink, field->next, row->values, row->nulls, row->related, keep_nulls, present);
}

/* A row, or null. */
const FieldForm single_form = {write_single, single_is_present};

/* An array of rows. */
const FieldForm rows_form = {write_rows, many_are_present};

/* What a path finds in rows: a value or null, or an array; an aggregate. */
const FieldForm path_form = {write_path, path_is_present};

/* An object of rows, by a key of each. */
const FieldForm map_form = {write_map, many_are_present};

/* An object of items, has_more and total. */
const FieldForm page_form = {write_page, many_are_present};

/* A field of a row, among those of the one that leads to it. */
const FieldForm flat_form = {write_flat, flat_is_present};

/* The next level of a recursion: a row or an array of rows, or no field at all. */
const FieldForm tree_form = {write_tree, tree_is_present};
