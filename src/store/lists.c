/*
 * lists.c
 *		Whole lists of what belongs to a row: what the call adds to them, be it in another list
 *		of the same rows, by a key of the row that is added, or by a row of a junction, each
 *		of them must say as well. Else what was saved would not read as it was given.
 */
#include "store/internal.h"

#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/lsyscache.h"

/* What a foreign key leads to: by its values, as far as they are known. */
typedef struct KeySide
{
	const ForeignKey *key;
	KeyMap	   *values;			/* of its columns: those */
} KeySide;

/* A row that says a list. */
typedef struct Sayer
{
	const DocRow *row;
	const Stage *stage;			/* of the list's rows */
} Sayer;

/* All whole lists of one relationship. */
typedef struct Lists
{
	const StoreRelation *relation;	/* one of those */
	List	   *stages;			/* of Stage: of their rows */
	bool		stand_beside;	/* several of one row's, in its own object */
	KeySide		near;			/* to the rows that say them */
	KeySide		far;			/* of a junction: to the rows in them */
	KeyMap	   *sayers;			/* near: List of Sayer; NULL: not noted as yet */
	bool		are_said;		/* there are any */
	KeyMap	   *named;			/* row that says it, stage, row in the list */
} Lists;

typedef struct ListCheck
{
	Store	   *store;
	List	   *lists;			/* of Lists */
	List	   *tables;			/* as shared_row() has it */
} ListCheck;

/* Whether a relation shows all rows that its key leads to, so that a list is all of them. */
static bool
is_whole_list(const StoreRelation *relation)
{
	return relation->kind != TO_ONE && relation->missing != MISSING_KEEP && relation->branch->filter.condition == NULL;
}

static bool
is_over_junction(const StoreRelation *relation)
{
	return relation->kind == MANY_TO_MANY;
}

static const ForeignKey *
near_key(const StoreRelation *relation)
{
	return relation->branch->relationship->key;
}

static const ForeignKey *
far_key(const StoreRelation *relation)
{
	return is_over_junction(relation) ? relation->branch->relationship->far_key : NULL;
}

/* The table whose rows say which rows belong together. */
static const StoreTable *
key_table(const StoreRelation *relation)
{
	return is_over_junction(relation) ? relation->junction : relation->child->table;
}

/* ---- which lists there are */

static void
note_lists(ListCheck *check, Stage *stage)
{
	StoreRelation *relation = stage->relation;
	Lists	   *lists = NULL;
	ListCell   *lc;

	foreach(lc, check->lists)
	{
		lists = lfirst(lc);
		if (is_over_junction(lists->relation) == is_over_junction(relation) &&
			is_same_key(near_key(lists->relation), near_key(relation)) &&
			(far_key(relation) == NULL || is_same_key(far_key(lists->relation), far_key(relation))))
			break;
		lists = NULL;
	}
	if (lists == NULL)
	{
		lists = palloc0(sizeof(Lists));
		lists->relation = relation;
		lists->near.key = near_key(relation);
		lists->far.key = far_key(relation);
		check->lists = lappend(check->lists, lists);
	}
	foreach(lc, lists->stages)
		lists->stand_beside |= ((Stage *) lfirst(lc))->parent == stage->parent;
	lists->stages = lappend(lists->stages, stage);
}

static void
find_lists(ListCheck *check, Stage *stage)
{
	ListCell   *lc;

	check_stack_depth();
	foreach(lc, stage->children)
	{
		Stage	   *child = lfirst(lc);

		if (is_whole_list(child->relation))
			note_lists(check, child);
		find_lists(check, child);
	}
}

/* Whether a stage may add rows to lists. */
static bool
may_add(const Stage *stage, const Lists *lists)
{
	const StoreTable *table = key_table(lists->relation);

	if (stage->relation != NULL && is_over_junction(stage->relation) && stage->relation->junction == table)
		return stage->links != NIL;
	return stage->level->table == table && stage->nrows > 0 &&
		(!stage->level->is_linked || stage->relation->kind != TO_ONE);
}

/* How many stages may. */
static int
count_adders(const Stage *stage, const Lists *lists)
{
	int			n = may_add(stage, lists) ? 1 : 0;
	ListCell   *lc;

	check_stack_depth();
	foreach(lc, stage->children)
		n += count_adders(lfirst(lc), lists);
	return n;
}

/* Whether rows of a list may say by themselves whose they are, which may be another one's of the same stage. */
static bool
may_lead_away(const Stage *stage, const ForeignKey *key)
{
	const StoreLevel *level = stage->level;

	for (int i = 0; i < level->nitems && !level->is_linked; i++)
	{
		const StoreItem *item = &level->items[i];

		if (item->kind == ITEM_RELATION && item->relation->kind == TO_ONE && is_same_key(near_key(item->relation), key))
			return true;
		if (item->kind == ITEM_COLUMN && key_index(key, item->attnum) >= 0)
			return true;
	}
	return false;
}

/* Whether there is another place than a list itself which adds rows to it. */
static bool
are_added_to(const Store *store, const Lists *lists)
{
	const Stage *stage = linitial(lists->stages);
	int			nadders = count_adders(store->root, lists);

	return nadders > 1 ||
		(nadders == 1 && (list_length(lists->stages) > 1 || !may_add(stage, lists) ||
						  may_lead_away(stage, lists->near.key)));
}

/* ---- what they say */

/* What stands for values of a key; they are palloc'd. */
static Datum
token_of_values(Store *store, KeySide *side, Datum *values)
{
	bool		found;
	void	  **slot;

	if (side->values == NULL)
		side->values = make_foreign_key_map(store->context, side->key);
	slot = add_to_map(side->values, values, &found);
	if (!found)
		*slot = values;
	return pointer_key(*slot);
}

/* A column of a row as it becomes; false if that is not known, or NULL. */
bool
known_column(const DocRow *row, AttrNumber attnum, Datum *value)
{
	bool		isnull;

	row = real_row(row);
	if (row->row != NULL && !bms_is_member(attnum, row->changed) &&
		find_level_column(row->stage->level->level, attnum) < 0)
		return false;
	return written_value(row, attnum, value, &isnull) && !isnull;
}

/* What stands for a row that a key leads to; 0: that cannot be told. */
static Datum
token_of_target(Store *store, KeySide *side, const DocRow *row)
{
	const ForeignKey *key = side->key;
	Datum	   *values = palloc(sizeof(Datum) * key->nkeys);
	Datum		value;

	row = real_row(row);
	for (int i = 0; i < key->nkeys; i++)
	{
		/* the key of a new row that is to be made: only documents lead to it */
		if (!known_column(row, key->referenced_attnums[i], &value))
			return row->row == NULL ? pointer_key(row) : (Datum) 0;
		values[i] = referencing_value(key, i, value);
	}
	return token_of_values(store, side, values);
}

/* The same of what a row leads to, and the place of the row that says so. */
static Datum
token_of_lead(Store *store, KeySide *side, DocRow *row, DocRow **place)
{
	const ForeignKey *key = side->key;
	/* one that is there says by columns itself what it leads to */
	const DocRow *target = row->row != NULL && writes_key(row, key) ? NULL : led_to(row, key);
	Datum	   *values;
	ListCell   *lc;

	*place = row;
	foreach(lc, row->extra->places)
	{
		if (target != NULL)
			break;
		target = led_to(lfirst(lc), key);
		if (target != NULL)
			*place = lfirst(lc);
	}
	if (target != NULL)
		return target->is_lost ? (Datum) 0 : token_of_target(store, side, target);
	values = palloc(sizeof(Datum) * key->nkeys);
	for (int i = 0; i < key->nkeys; i++)
	{
		if (!known_column(row, key->referencing_attnums[i], &values[i]))
			return 0;
	}
	return token_of_values(store, side, values);
}

/* What stands for a row in a list. */
static Datum
token_in_list(ListCheck *check, Lists *lists, const DocRow *row)
{
	return is_over_junction(lists->relation) ? token_of_target(check->store, &lists->far, row) :
		shared_row(check->store, &check->tables, row);
}

/* Whether a row that stays says a list, or a row, by an item: this place of it. */
bool
is_said_list(const DocRow *row, int item)
{
	return row->given[item] != NULL && says_item(row, item) && !row->is_lost && !row->in_conflict &&
		!row->asks_delete && !real_row(row)->is_doomed;
}

static void
note_stage(ListCheck *check, Lists *lists, const Stage *stage)
{
	bool		found;

	for (int i = 0; i < stage->parent->nrows; i++)
	{
		const DocRow *row = stage->parent->rows[i];
		Datum	   *key = palloc(sizeof(Datum));
		Sayer	   *sayer;
		void	  **slot;

		CHECK_FOR_INTERRUPTS();
		key[0] = is_said_list(row, stage->relation->item) ? token_of_target(check->store, &lists->near, row) : (Datum) 0;
		if (key[0] == 0)
			continue;
		sayer = palloc(sizeof(Sayer));
		sayer->row = row;
		sayer->stage = stage;
		slot = add_to_map(lists->sayers, key, &found);
		*slot = lappend(*slot, sayer);
		lists->are_said = true;
	}
	for (int i = 0; i < stage->nrows; i++)
	{
		const DocRow *row = stage->rows[i];
		Datum	   *key = palloc(sizeof(Datum) * 3);

		CHECK_FOR_INTERRUPTS();
		if (row->is_lost || row->asks_delete)
			continue;
		key[0] = pointer_key(row->parent);
		key[1] = pointer_key(stage);
		key[2] = token_in_list(check, lists, row);
		*add_to_map(lists->named, key, &found) = stage->rows[i];
	}
}

/* Those that say lists of a row, given what stands for that. */
static List *
find_sayers(ListCheck *check, Lists *lists, Datum token)
{
	static const Oid typids[] = {INT8OID, INT8OID, INT8OID};
	static const Oid collations[] = {InvalidOid, InvalidOid, InvalidOid};
	ListCell   *lc;

	if (lists->sayers == NULL)
	{
		lists->sayers = make_pointer_map(check->store->context, 1);
		lists->named = make_key_map(check->store->context, 3, typids, collations);
		foreach(lc, lists->stages)
			note_stage(check, lists, lfirst(lc));
	}
	return token == 0 ? NIL : find_in_map(lists->sayers, &token);
}

/* ---- what they leave out */

/* Whether a list shows nothing of a row, for that stands around it in the same tree. */
static bool
is_hidden(ListCheck *check, const Sayer *sayer, const DocRow *row)
{
	const Level *level = sayer->stage->level->level;
	Row		   *there;

	if (sayer->stage->relation->recursion == NULL || row == NULL || row->row == NULL)
		return false;
	there = make_empty_row(check->store->work, level);
	for (int i = 0; i < level->nidentity; i++)
	{
		int			column = find_level_column(row->stage->level->level, level->columns[level->identity_columns[i]].attnum);

		there->nulls[level->identity_columns[i]] = column < 0 || row->row->nulls[column];
		if (column >= 0)
			there->values[level->identity_columns[i]] = row->row->values[column];
	}
	return is_on_own_path(sayer->stage->relation, sayer->row, there);
}

/*
 * Whether any list of a row leaves another one out, which a place adds to it; that row may be NULL
 * where only what stands for it is known. The lists of one stage that are one row's agree already.
 */
static bool
is_left_out(ListCheck *check, Lists *lists, const DocRow *place, Datum near, Datum token, const DocRow *row)
{
	ListCell   *lc;

	foreach(lc, token == 0 ? NIL : find_sayers(check, lists, near))
	{
		const Sayer *sayer = lfirst(lc);
		Datum		key[3] = {pointer_key(sayer->row), pointer_key(sayer->stage), token};

		CHECK_FOR_INTERRUPTS();
		if (!(sayer->stage == place->stage && row_pointer(sayer->row) == row_pointer(place->parent)) &&
			find_in_map(lists->named, key) == NULL && !is_hidden(check, sayer, row) &&
			(row != NULL || sayer->stage->relation->recursion == NULL))
			return true;
	}
	return false;
}

static void
left_out(Store *store, const DocRow *row, List *steps)
{
	add_error(store, row, steps, ERROR_DUPLICATE, "another list of the same rows leaves it out");
}

/* Where a place of a row says what that leads to by a key: the link, the column, or the row itself. */
static List *
steps_to_key(const DocRow *place, const ForeignKey *key)
{
	const StoreLevel *level = place->stage->level;
	const StoreRelation *above = place->stage->relation;

	if (above != NULL && !is_over_junction(above) && above->kind != TO_ONE && is_same_key(near_key(above), key) &&
		!(place->row != NULL && place->is_there))
		return NIL;
	for (int i = 0; i < level->nitems; i++)
	{
		const StoreItem *item = &level->items[i];

		if (place->given[i] == NULL)
			continue;
		if (item->kind == ITEM_RELATION && item->relation->kind == TO_ONE && is_same_key(near_key(item->relation), key))
			return item_steps(level, i);
		for (int n = 0; n < key->nkeys && item->kind == ITEM_COLUMN; n++)
		{
			if (item->attnum == key->referencing_attnums[n])
				return item_steps(level, i);
		}
	}
	return NIL;
}

/* Whether a row leads elsewhere by a key from now on, and says so in this place. */
static bool
is_led_anew(const DocRow *row, const ForeignKey *key)
{
	const DocRow *target = row->row == NULL ? NULL : led_to(row, key);

	/* the key of a new one may not be known yet */
	if (row->row == NULL || (target != NULL && real_row(target)->row == NULL))
		return true;
	for (int i = 0; i < key->nkeys; i++)
	{
		AttrNumber	attnum = key->referencing_attnums[i];

		if (bms_is_member(attnum, row->changed) && (row->extra->changed_by == NULL || row->extra->changed_by[attnum - 1] == NULL))
			return true;
	}
	return false;
}

/* Where it says that; NIL: it does not, or by where it stands. */
List *
steps_to_lead(const DocRow *row, const ForeignKey *key)
{
	return is_led_anew(row, key) ? steps_to_key(row, key) : NIL;
}

/* What stands for a row that a key of one that is there has led to until now; 0: that was not read. */
static Datum
token_of_found(Store *store, KeySide *side, const DocRow *row)
{
	const ForeignKey *key = side->key;
	const Row  *found = found_row(row);
	Datum	   *values = palloc(sizeof(Datum) * key->nkeys);

	for (int i = 0; i < key->nkeys; i++)
	{
		int			column = find_level_column(row->stage->level->level, key->referencing_attnums[i]);

		if (column < 0 || found->nulls[column])
			return 0;
		values[i] = found->values[column];
	}
	return token_of_values(store, side, values);
}

/*
 * Whether a row of a junction that leads elsewhere from now on is what a list says, be it that
 * it cannot be told: then no list of links goes with it.
 */
static bool
is_taken_from_list(ListCheck *check, Lists *lists, const DocRow *row)
{
	Datum		near = token_of_found(check->store, &lists->near, row);
	Datum		far = token_of_found(check->store, &lists->far, row);
	ListCell   *lc;

	foreach(lc, find_sayers(check, lists, near))
	{
		const Sayer *sayer = lfirst(lc);
		Datum		key[3] = {pointer_key(sayer->row), pointer_key(sayer->stage), far};

		CHECK_FOR_INTERRUPTS();
		if (far == 0 || find_in_map(lists->named, key) != NULL)
			return true;
	}
	return near == 0 && lists->are_said;
}

/*
 * A new row in the list of a new one, both of which stand in one place only: no other list can
 * have it, but for one beside that which shows all where this is a part.
 */
static bool
stands_once(const Lists *lists, const DocRow *row)
{
	const DocRow *parent = row->parent;

	return row->row == NULL && row->extra->places == NIL && !lists->stand_beside && parent != NULL &&
		is_whole_list(row->stage->relation) &&
		parent->row == NULL && parent->same == NULL && !parent->is_said_again &&
		row->stage->relation->kind != TO_ONE && is_same_key(near_key(row->stage->relation), lists->near.key) &&
		!is_over_junction(row->stage->relation);
}

static void
check_row(ListCheck *check, Lists *lists, DocRow *row)
{
	Store	   *store = check->store;
	bool		over_junction = is_over_junction(lists->relation);
	DocRow	   *place;
	DocRow	   *other;
	Datum		near;
	Datum		token;

	CHECK_FOR_INTERRUPTS();
	if (row->same != NULL || row->is_lost || row->asks_delete || row->is_doomed ||
		!(is_led_anew(row, lists->near.key) || (over_junction && is_led_anew(row, lists->far.key))) ||
		(!over_junction && stands_once(lists, row)) || (row->row != NULL && find_doomed(store, row) != NULL))
		return;
	near = token_of_lead(store, &lists->near, row, &place);
	if (over_junction)
		token = token_of_lead(store, &lists->far, row, &other);
	else
		token = shared_row(store, &check->tables, row);
	if (near != 0 && is_left_out(check, lists, row, near, token, over_junction ? led_to(row, lists->far.key) : row))
		left_out(store, place, steps_to_key(place, lists->near.key));
	else if (over_junction && row->row != NULL && is_taken_from_list(check, lists, row))
		add_error(store, place, steps_to_key(place, is_led_anew(row, lists->far.key) ? lists->far.key : lists->near.key),
				  ERROR_DUPLICATE, "a list of the same rows says where it leads now");
}

/* Whether a list of a junction's own rows, which a link would add to, is said of a row. */
static bool
lists_own_rows(ListCheck *check, const StoreRelation *relation, const ForeignKey *key, const DocRow *row)
{
	ListCell   *lc;

	foreach(lc, check->lists)
	{
		Lists	   *lists = lfirst(lc);

		if (!is_over_junction(lists->relation) && lists->relation->child->table == relation->junction &&
			is_same_key(lists->near.key, key) &&
			find_sayers(check, lists, token_of_target(check->store, &lists->near, row)) != NIL)
			return true;
	}
	return false;
}

/* A pair that a list of links adds; what rows of the junction's own say is none. */
static void
check_pair(ListCheck *check, const Stage *stage, const Pair *pair)
{
	const StoreRelation *relation = stage->relation;
	bool		is_out = lists_own_rows(check, relation, near_key(relation), pair->near) ||
		lists_own_rows(check, relation, far_key(relation), pair->far);
	ListCell   *lc;

	CHECK_FOR_INTERRUPTS();
	foreach(lc, check->lists)
	{
		Lists	   *lists = lfirst(lc);
		bool		forwards = is_same_key(lists->near.key, near_key(relation)) &&
			is_same_key(lists->far.key, far_key(relation));
		const DocRow *near = forwards ? pair->near : pair->far;
		const DocRow *far = forwards ? pair->far : pair->near;

		if (is_out || !is_over_junction(lists->relation) || key_table(lists->relation) != relation->junction ||
			(!forwards && !(is_same_key(lists->near.key, far_key(relation)) &&
							is_same_key(lists->far.key, near_key(relation)))))
			continue;
		is_out = is_left_out(check, lists, pair->far, token_of_target(check->store, &lists->near, near),
							 token_of_target(check->store, &lists->far, far), real_row(far));
	}
	if (is_out)
		left_out(check->store, pair->far, NIL);
}

/* What a stage and those below add to lists. */
static void
check_stage(ListCheck *check, Stage *stage)
{
	ListCell   *lc;

	check_stack_depth();
	foreach(lc, check->lists)
	{
		Lists	   *lists = lfirst(lc);

		if (stage->level->table != key_table(lists->relation) ||
			only_links(stage))
			continue;
		for (int i = 0; i < stage->nrows; i++)
			check_row(check, lists, stage->rows[i]);
	}
	if (stage->relation != NULL && is_over_junction(stage->relation))
	{
		foreach(lc, stage->links)
			check_pair(check, stage, lfirst(lc));
	}
	foreach(lc, stage->children)
		check_stage(check, lfirst(lc));
}

/*
 * Looks for what is added to whole lists that do not say it, once keys are connected as far as
 * they are known. Notes it where it is said.
 */
void
check_lists(Store *store)
{
	MemoryContext old = MemoryContextSwitchTo(store->context);
	ListCheck	check = {.store = store};
	ListCell   *lc;

	find_lists(&check, store->root);
	foreach(lc, check.lists)
	{
		if (!are_added_to(store, lfirst(lc)))
			check.lists = foreach_delete_current(check.lists, lc);
	}
	if (check.lists != NIL)
		check_stage(&check, store->root);
	MemoryContextSwitchTo(old);
}
