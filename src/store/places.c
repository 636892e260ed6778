/*
 * places.c
 *		A new row that stands in several places of the documents: owned by two relations,
 *		or linked by the key that it is to have. It is made once, by what all of them say.
 */
#include "store/internal.h"

#include "miscadmin.h"
#include "utils/lsyscache.h"

/* New rows of a table by one key, wherever they stand. */
typedef struct FreshRows
{
	const StoreLevel *level;	/* the first that has them */
	KeyMap	   *rows;			/* key: List of DocRow, in the order in which they are written */
	List	   *several;		/* of those lists: those of more than one */
} FreshRows;

/* Whether a row is said in another place than the one that it is made in. */
bool
is_other_place(const DocRow *row)
{
	return row->same != NULL && row->row == NULL && row->same->stage != row->stage;
}

/* That a row which is new, or gets its key now, stands in another place as well. */
void
add_place(DocRow *row, DocRow *place)
{
	DocRow	   *real = real_row(row);

	place->same = real;
	real->is_said_again = true;
	extra_of(real)->places = list_concat(lappend(real->extra->places, place), place->extra->places);
	real->needs_key |= place->needs_key;
}

static bool
belongs_to_parent(const Stage *stage)
{
	return stage->relation != NULL &&
		(stage->relation->kind == TO_MANY || stage->relation->kind == ONE_TO_ONE);
}

/* Whether a row that is made in its place may lead to another one, be it by an UPDATE afterwards. */
static bool
can_lead_to(const DocRow *target, const ForeignKey *key, const DocRow *row)
{
	target = real_row(target);
	if (target->row != NULL || target->stage->turn < row->stage->turn || key->deferred)
		return true;
	return nullable_columns(row->stage->level->table, key) != NULL;
}

/* Whether what a place says of a row can be written where that is made in the place of another. */
static bool
can_be_made_at(const DocRow *row, const DocRow *place)
{
	ListCell   *lc;

	if (belongs_to_parent(place->stage) &&
		!can_lead_to(place->parent, place->stage->relation->branch->relationship->key, row))
		return false;
	foreach(lc, place->stage->level->relations)
	{
		const StoreRelation *relation = lfirst(lc);
		const DocRow *target = relation->kind == TO_ONE ? place->targets[relation->item] : NULL;

		if (target != NULL && !can_lead_to(target, relation->branch->relationship->key, row))
			return false;
	}
	return true;
}

/* The first place in which a row can be made with all that the others say; else the last one. */
static DocRow *
choose_place(const List *rows)
{
	ListCell   *lc;
	ListCell   *other;

	foreach(lc, rows)
	{
		bool		fits = true;

		foreach(other, rows)
			fits = fits && can_be_made_at(lfirst(lc), lfirst(other));
		if (fits)
			return lfirst(lc);
	}
	return llast(rows);
}

static void
unite(Store *store, const List *rows)
{
	DocRow	   *row = choose_place(rows);
	ListCell   *lc;

	foreach(lc, rows)
	{
		DocRow	   *place = lfirst(lc);
		int			attnum = -1;

		if (place == row)
			continue;
		CHECK_FOR_INTERRUPTS();
		while ((attnum = bms_next_member(place->changed, attnum)) >= 0)
		{
			bool		is_said = bms_is_member(attnum, row->changed);
			int			item = find_column_item(place->stage->level, attnum);

			if (!set_value(store, row, attnum, place->values[attnum - 1], place->nulls[attnum - 1]))
				add_error(store, place, item < 0 ? NIL : item_steps(place->stage->level, item),
						  ERROR_DUPLICATE, "the same row is said otherwise elsewhere");
			if (is_said)
				continue;
			if (row->extra->changed_by == NULL)
				extra_of(row)->changed_by = palloc0(sizeof(DocRow *) * row->stage->level->table->tupdesc->natts);
			row->extra->changed_by[attnum - 1] = place;
		}
		add_place(row, place);
	}
}

static FreshRows *
find_fresh(Store *store, List **list, const StoreLevel *level)
{
	FreshRows  *fresh;
	ListCell   *lc;

	foreach(lc, *list)
	{
		fresh = lfirst(lc);
		if (fresh->level->table == level->table && has_same_keys(fresh->level, level))
			return fresh;
	}
	fresh = palloc0(sizeof(FreshRows));
	fresh->level = level;
	fresh->rows = make_level_map(store->context, level->level, level->rule->key_columns, level->rule->nkeys);
	*list = lappend(*list, fresh);
	return fresh;
}

static void
note_fresh_rows(Store *store, Stage *stage, List **list)
{
	FreshRows  *fresh = NULL;

	for (int i = 0; i < stage->nrows; i++)
	{
		DocRow	   *row = stage->rows[i];
		List	   *rows;
		bool		found;
		void	  **slot;

		CHECK_FOR_INTERRUPTS();
		if (row->row != NULL || row->same != NULL || row->is_lost || row->asks_delete || !row->has_key)
			continue;
		if (fresh == NULL)
			fresh = find_fresh(store, list, stage->level);
		slot = add_to_map(fresh->rows, row->key, &found);
		rows = *slot;
		/* those of one stage are one already, or mean to be several */
		if (found && ((DocRow *) llast(rows))->stage == stage)
			continue;
		*slot = lappend(rows, row);
		if (list_length(rows) == 2)
			fresh->several = lappend(fresh->several, *slot);
	}
}

/* In the order in which rows are written. */
static void
note_stage(Store *store, Stage *stage, List **list, int *turn)
{
	ListCell   *lc;

	check_stack_depth();
	foreach(lc, stage->children)
	{
		if (((Stage *) lfirst(lc))->relation->kind == TO_ONE)
			note_stage(store, lfirst(lc), list, turn);
	}
	stage->turn = ++*turn;
	if (!stage->level->is_linked && stage->level->can_match && !is_empty_map(stage->fresh))
		note_fresh_rows(store, stage, list);
	foreach(lc, stage->children)
	{
		if (((Stage *) lfirst(lc))->relation->kind != TO_ONE)
			note_stage(store, lfirst(lc), list, turn);
	}
}

/*
 * Finds new rows that several relations say, once all documents are matched: by the key
 * that recognizes them, which must be the same in all. Notes where they do not agree.
 */
void
unite_new_rows(Store *store)
{
	MemoryContext old = MemoryContextSwitchTo(store->context);
	List	   *list = NIL;
	int			turn = 0;
	ListCell   *lc;
	ListCell   *rows;

	note_stage(store, store->root, &list, &turn);
	foreach(lc, list)
	{
		foreach(rows, ((FreshRows *) lfirst(lc))->several)
			unite(store, lfirst(rows));
	}
	MemoryContextSwitchTo(old);
}
