/*
 * places.c
 *		A new row that stands in several places of the documents: owned by two relations,
 *		or linked by the key that it is to have. It is made once, by what all of them say.
 */
#include "store/internal.h"

#include "catalog/pg_type.h"
#include "miscadmin.h"

/* New rows of a table by one key, wherever they stand. */
typedef struct NewRows
{
	const StoreTable *table;
	const RowRule *rule;		/* whose keys they are; NULL: where only one row can stand */
	KeyMap	   *values[INDEX_MAX_KEYS]; /* a column each: value: what stands for it */
	KeyMap	   *rows;			/* those: List of DocRow, one a stage */
	List	   *several;		/* of such lists: those of more than one */
} NewRows;

/* Rows that are one. */
typedef struct RowGroup
{
	List	   *rows;
	struct RowGroup *into;		/* the group that has them now, or NULL */
} RowGroup;

/* New rows while they are brought together. */
typedef struct Uniting
{
	Store	   *store;
	List	   *stages;			/* of Stage: of tables that several have new rows of, in the order of writing */
	List	   *tables;			/* as shared_row() has it */
	List	   *keys;			/* of NewRows */
	NewRows    *alike;			/* the same: by a list, and the place in it */
	KeyMap	   *lists;			/* row, level of the list: List of JsonbValue that are said of it */
	const DocRow *sayer;		/* who was asked for last, */
	const JsonbValue *said;		/* and what stands for its list */
	KeyMap	   *groups;			/* row: RowGroup */
	List	   *all_groups;
} Uniting;

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

	if (has_parent_key(place->stage) &&
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

			if (!set_value(store, row, attnum, place->values[attnum - 1], place->nulls[attnum - 1]))
				column_differs(store, place, attnum);
			if (is_said)
				continue;
			if (row->extra->changed_by == NULL)
				extra_of(row)->changed_by = palloc0(sizeof(DocRow *) * row->stage->level->table->tupdesc->natts);
			row->extra->changed_by[attnum - 1] = place;
		}
		add_place(row, place);
	}
}

static NewRows *
find_new_rows(Uniting *uniting, const StoreLevel *level, const RowRule *rule)
{
	Oid			typids[INDEX_MAX_KEYS + 1];
	Oid			collations[INDEX_MAX_KEYS + 1] = {InvalidOid};
	int			width = rule == NULL ? 2 : rule->nkeys;
	NewRows    *fresh;
	ListCell   *lc;

	foreach(lc, uniting->keys)
	{
		fresh = lfirst(lc);
		if (fresh->table == level->table && (rule == NULL) == (fresh->rule == NULL) &&
			(rule == NULL || (fresh->rule->nkeys == rule->nkeys &&
							  memcmp(fresh->rule->keys, rule->keys, sizeof(AttrNumber) * rule->nkeys) == 0)))
			return fresh;
	}
	fresh = palloc0(sizeof(NewRows));
	fresh->table = level->table;
	fresh->rule = rule;
	for (int i = 0; i < width; i++)
		typids[i] = INT8OID;
	for (int i = 0; rule != NULL && i < width; i++)
	{
		Form_pg_attribute attribute = TupleDescAttr(level->table->tupdesc, rule->keys[i] - 1);

		fresh->values[i] = make_key_map(uniting->store->context, 1, &attribute->atttypid, &attribute->attcollation);
	}
	fresh->rows = make_key_map(uniting->store->context, width, typids, collations);
	uniting->keys = lappend(uniting->keys, fresh);
	return fresh;
}

/* Adds a row by what stands for its key, palloc'd; of each stage one, for others are one already, or several. */
static void
add_new_row(NewRows *fresh, Datum *key, DocRow *row)
{
	bool		found;
	void	  **slot = add_to_map(fresh->rows, key, &found);
	List	   *rows = *slot;
	ListCell   *lc;

	foreach(lc, rows)
	{
		if (((DocRow *) lfirst(lc))->stage == row->stage)
			return;
	}
	*slot = lappend(rows, row);
	if (list_length(*slot) == 2)
		fresh->several = lappend(fresh->several, *slot);
}

/* By the columns of a key, as far as documents say them: by values, or rows that are to have them. */
static void
add_by_key(Uniting *uniting, NewRows *fresh, DocRow *row)
{
	Datum	   *key = palloc(sizeof(Datum) * fresh->rule->nkeys);

	for (int i = 0; i < fresh->rule->nkeys; i++)
	{
		Datum	   *value = palloc(sizeof(Datum));
		const DocRow *target = NULL;
		bool		found;
		void	  **slot;

		if (!said_column(row, fresh->rule->keys[i], value, &target))
		{
			if (target == NULL)
				return;
			key[i] = pointer_key(target);
			continue;
		}
		slot = add_to_map(fresh->values[i], value, &found);
		if (!found)
			*slot = value;
		key[i] = pointer_key(*slot);
	}
	add_new_row(fresh, key, row);
}

/* By the row that it stands at, and on which side, where a key lets one stand only. */
static void
add_by_slot(Uniting *uniting, DocRow *row)
{
	const StoreRelation *relation = row->stage->relation;

	if (relation == NULL || (relation->kind != TO_ONE && relation->kind != ONE_TO_ONE) || row->parent->is_lost)
		return;
	add_new_row(find_new_rows(uniting, row->stage->level, NULL),
				two_pointers(shared_row(uniting->store, &uniting->tables, row->parent),
							 Int64GetDatum((int64) relation->branch->relationship->key->constraint * 2 +
										   (relation->kind == TO_ONE ? 1 : 0))), row);
}

/* What stands for a list that is said of a row: what another place says of it, word for word. */
static const JsonbValue *
said_list(Uniting *uniting, const StoreRelation *relation, const DocRow *row)
{
	const JsonbValue *given = row->given[relation->item];
	bool		found;
	void	  **slot;
	ListCell   *lc;

	/* rows come in the order of their lists */
	if (uniting->sayer == row && uniting->said != NULL)
		return uniting->said;
	uniting->sayer = row;
	uniting->said = given;
	if (uniting->lists == NULL)
		uniting->lists = make_pointer_map(uniting->store->context, 2);
	slot = add_to_map(uniting->lists, two_pointers(shared_row(uniting->store, &uniting->tables, row),
												   pointer_key(relation->child)), &found);
	foreach(lc, (List *) *slot)
	{
		const JsonbValue *other = lfirst(lc);

		CHECK_FOR_INTERRUPTS();
		if (other == given || json_is_same(other, given))
		{
			uniting->said = other;
			return other;
		}
	}
	*slot = lappend(*slot, unconstify(JsonbValue *, given));
	return given;
}

/*
 * By its place in a list, where nothing recognizes it: a row that several places of a tree have,
 * all of which say the same list of it, has that list once.
 */
static void
add_by_list(Uniting *uniting, DocRow *row)
{
	const StoreRelation *relation = row->stage->relation;

	if (relation == NULL || relation->kind == TO_ONE || relation->kind == ONE_TO_ONE || row->has_key ||
		row->has_own_key || row->index < 0 || row->parent->is_lost)
		return;
	if (uniting->alike == NULL)
	{
		uniting->alike = palloc0(sizeof(NewRows));
		uniting->alike->rows = make_pointer_map(uniting->store->context, 2);
		uniting->keys = lappend(uniting->keys, uniting->alike);
	}
	add_new_row(uniting->alike, two_pointers(pointer_key(said_list(uniting, relation, row->parent)),
											 Int64GetDatum(row->index)), row);
}

/* Whether rows of a relation stand in several of the stages. */
static bool
is_in_several(const Uniting *uniting, const Stage *stage)
{
	ListCell   *lc;

	foreach(lc, uniting->stages)
	{
		const Stage *other = lfirst(lc);

		if (other != stage && other->relation != NULL && stage->relation != NULL &&
			other->relation->child == stage->relation->child)
			return true;
	}
	return false;
}

static RowGroup *
find_group(Uniting *uniting, DocRow *row)
{
	Datum	   *key = palloc(sizeof(Datum));
	RowGroup   *group;
	bool		found;
	void	  **slot;

	key[0] = pointer_key(row);
	slot = add_to_map(uniting->groups, key, &found);
	if (!found)
	{
		*slot = group = palloc0(sizeof(RowGroup));
		group->rows = list_make1(row);
		uniting->all_groups = lappend(uniting->all_groups, group);
	}
	for (group = *slot; group->into != NULL;)
		group = group->into;
	return group;
}

static void
join_groups(Uniting *uniting, const List *rows)
{
	RowGroup   *group = find_group(uniting, linitial(rows));
	ListCell   *lc;

	for_each_from(lc, rows, 1)
	{
		RowGroup   *other = find_group(uniting, lfirst(lc));

		if (other == group)
			continue;
		group->rows = list_concat(group->rows, other->rows);
		other->into = group;
	}
}

static int
compare_turns(const ListCell *left, const ListCell *right)
{
	const DocRow *a = lfirst(left);
	const DocRow *b = lfirst(right);

	if (a->stage != b->stage)
		return a->stage->turn < b->stage->turn ? -1 : 1;
	return a->number != b->number ? (a->number < b->number ? -1 : 1) : (a->index > b->index) - (a->index < b->index);
}

/* Notes new rows by all keys that levels of their table have. */
static void
note_new_rows(Uniting *uniting)
{
	ListCell   *lc;
	ListCell   *other;

	foreach(lc, uniting->stages)
	{
		const StoreLevel *level = ((Stage *) lfirst(lc))->level;

		if (level->can_match)
			(void) find_new_rows(uniting, level, level->rule);
	}
	foreach(lc, uniting->stages)
	{
		Stage	   *stage = lfirst(lc);
		List	   *keys = list_copy(uniting->keys);
		bool		by_list = is_in_several(uniting, stage);

		uniting->sayer = NULL;
		for (int i = 0; i < stage->nrows; i++)
		{
			DocRow	   *row = stage->rows[i];

			CHECK_FOR_INTERRUPTS();
			if (row->row != NULL || row->same != NULL || row->is_lost || row->asks_delete)
				continue;
			foreach(other, keys)
			{
				NewRows    *fresh = lfirst(other);

				if (fresh->table == stage->level->table && fresh->rule != NULL)
					add_by_key(uniting, fresh, row);
			}
			add_by_slot(uniting, row);
			if (by_list)
				add_by_list(uniting, row);
		}
	}
}

/* Brings together new rows that are one by any key. Whether there were any. */
static bool
unite_once(Store *store, List *stages)
{
	Uniting		uniting = {.store = store,.stages = stages};
	bool		any = false;
	ListCell   *lc;
	ListCell   *rows;

	uniting.groups = make_pointer_map(store->context, 1);
	note_new_rows(&uniting);
	foreach(lc, uniting.keys)
	{
		foreach(rows, ((NewRows *) lfirst(lc))->several)
			join_groups(&uniting, lfirst(rows));
	}
	foreach(lc, uniting.all_groups)
	{
		RowGroup   *group = lfirst(lc);

		if (group->into != NULL)
			continue;
		list_sort(group->rows, compare_turns);
		unite(store, group->rows);
		any = true;
	}
	return any;
}

/* Gives each stage its turn, in the order in which rows are written; and notes those with new rows. */
static void
note_stage(Stage *stage, List **stages, int *turn)
{
	ListCell   *lc;

	check_stack_depth();
	foreach(lc, stage->children)
	{
		if (((Stage *) lfirst(lc))->relation->kind == TO_ONE)
			note_stage(lfirst(lc), stages, turn);
	}
	stage->turn = ++*turn;
	if (!stage->level->is_linked && stage->has_new)
		*stages = lappend(*stages, stage);
	foreach(lc, stage->children)
	{
		if (((Stage *) lfirst(lc))->relation->kind != TO_ONE)
			note_stage(lfirst(lc), stages, turn);
	}
}

static bool
has_another_of_table(const List *stages, const Stage *stage)
{
	ListCell   *lc;

	foreach(lc, stages)
	{
		const Stage *other = lfirst(lc);

		if (other != stage && other->level->table == stage->level->table)
			return true;
	}
	return false;
}

/* ---- several to-one relations by one key */

/* Whether a row that a key leads to has what the key is to have, as far as it is known by now. */
static bool
has_known_key(const DocRow *target, const ForeignKey *key)
{
	for (int i = 0; i < key->nkeys; i++)
	{
		Datum		value;
		bool		isnull;

		if (!row_value(target, key->referenced_attnums[i], &value, &isnull))
			return false;
	}
	return true;
}

/* Whether a to-one relation of a row says anything else than what is there. */
static bool
says_news(const DocRow *row, const StoreRelation *relation)
{
	const ForeignKey *key = relation->branch->relationship->key;
	const DocRow *target = row->targets[relation->item];
	bool		leads_nowhere = false;

	if (target != NULL)
		return !target->is_lost && !target->asks_delete &&
			(row->row == NULL || real_row(target)->row == NULL || !leads_to(row, key, target, true));
	for (int i = 0; i < key->nkeys && row->row != NULL && !leads_nowhere; i++)
		(void) present_value(row, key->referencing_attnums[i], &leads_nowhere);
	return bms_is_member(relation->item, row->extra->cleared) && !leads_nowhere;
}

/*
 * Notes where relations by one key lead a row to several others, or to one and to none. Where
 * the keys of these are known they say so themselves, once they are connected.
 */
static void
compare_twins(Store *store, const DocRow *row)
{
	ListCell   *lc;
	ListCell   *other;

	foreach(lc, row->stage->level->relations)
	{
		const StoreRelation *relation = lfirst(lc);
		const ForeignKey *key = relation->branch->relationship->key;
		const DocRow *target = row->targets[relation->item];

		foreach(other, row->stage->level->relations)
		{
			const StoreRelation *twin = lfirst(other);
			const DocRow *led = row->targets[twin->item];

			if (twin == relation)
				break;
			if (twin->kind != TO_ONE || relation->kind != TO_ONE ||
				!is_same_key(twin->branch->relationship->key, key) ||
				(target == NULL && led == NULL) || !says_news(row, relation) || !says_news(row, twin) ||
				(target != NULL && led != NULL && real_row(target) == real_row(led)) ||
				((target == NULL || has_known_key(target, key)) && (led == NULL || has_known_key(led, key))))
				continue;
			add_error(store, row, item_steps(row->stage->level, relation->item), ERROR_DUPLICATE,
					  "another key says otherwise of the same column");
			break;
		}
	}
}

static void
compare_all_twins(Store *store, const Stage *stage)
{
	ListCell   *lc;

	check_stack_depth();
	for (int i = 0; i < stage->nrows && stage->level->has_twins; i++)
	{
		const DocRow *row = stage->rows[i];

		CHECK_FOR_INTERRUPTS();
		if (!row->is_lost && !row->in_conflict && !row->asks_delete)
			compare_twins(store, row);
	}
	foreach(lc, stage->children)
		compare_all_twins(store, lfirst(lc));
}

/*
 * Finds new rows that several relations say, once all documents are matched: those that are
 * the same by a key that recognizes them in one of these, or stand where there is room for
 * one, or in a list that several places of a row say alike. Notes where they do not agree.
 */
void
unite_new_rows(Store *store)
{
	MemoryContext old = MemoryContextSwitchTo(store->context);
	List	   *stages = NIL;
	List	   *several = NIL;
	int			turn = 0;
	ListCell   *lc;

	note_stage(store->root, &stages, &turn);
	foreach(lc, stages)
	{
		if (has_another_of_table(stages, lfirst(lc)))
			several = lappend(several, lfirst(lc));
	}
	/* rows that lead to those that are one may be one as well */
	while (several != NIL && unite_once(store, several))
		CHECK_FOR_INTERRUPTS();
	compare_all_twins(store, store->root);
	MemoryContextSwitchTo(old);
}
