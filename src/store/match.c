/*
 * match.c
 *		Which rows of the tables the objects of documents are: a stage at a time, from
 *		the roots down, for all documents at once.
 */
#include "store/internal.h"

#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

static void match_stage(Store *store, Stage *stage);

/* ---- rows that are there */

static void
pair_key(Datum *key, const DocRow *parent, const PresentRow *present)
{
	key[0] = pointer_key(real_row(parent));
	key[1] = pointer_key(present);
}

/* Notes that a row of a many-to-many relation belongs to a parent. */
static void
note_pair(Store *store, Stage *stage, DocRow *parent, PresentRow *present)
{
	MemoryContext old = MemoryContextSwitchTo(store->context);
	PresentPair *pair;
	Datum	   *key = palloc(sizeof(Datum) * 2);
	bool		found;
	void	  **slot;

	pair_key(key, parent, present);
	if (stage->pairs == NULL)
		stage->pairs = make_pointer_map(store->context, 2);
	slot = add_to_map(stage->pairs, key, &found);
	if (found)
	{
		pair = *slot;
		pair->also = lappend(pair->also, parent);
	}
	else
	{
		*slot = pair = palloc0(sizeof(PresentPair));
		pair->parent = parent;
		pair->present = present;
		stage->all_pairs = lappend(stage->all_pairs, pair);
	}
	MemoryContextSwitchTo(old);
}

static PresentPair *
find_pair(const Stage *stage, const DocRow *parent, const PresentRow *present)
{
	Datum		key[2];

	if (stage->pairs == NULL)
		return NULL;
	pair_key(key, parent, present);
	return find_in_map(stage->pairs, key);
}

/* Notes that a row over a to-one relation is that of one more parent. */
static void
note_also(Store *store, PresentRow *present, DocRow *parent)
{
	MemoryContext old = MemoryContextSwitchTo(store->context);

	present->also = lappend(present->also, parent);
	MemoryContextSwitchTo(old);
}

/* Notes all rows that a relation leads to from the stage above, once they are loaded. */
static void
note_all_present(Store *store, Stage *stage, int nfound)
{
	const StoreRelation *relation = stage->relation;

	stage->in_order = are_in_order(stage);
	if (!stage->in_order && stage->by_identity != NULL)
		expect_in_map(stage->by_identity, nfound);
	for (int i = 0; i < stage->parent->nrows; i++)
	{
		DocRow	   *parent = stage->parent->rows[i];
		const RowSet *set;

		/* of one that is deleted nothing is read, so nothing is left out */
		if (parent->row == NULL || !says_item(parent, relation->item) || parent->in_conflict ||
			parent->asks_delete || parent->given[relation->item] == NULL)
			continue;
		set = &parent->row->related[relation->branch->number];
		for (int n = 0; n < set->nrows; n++)
		{
			PresentRow *present;

			CHECK_FOR_INTERRUPTS();
			if (stage->in_order)
			{
				(void) add_present(store, stage, set->rows[n], parent);
				continue;
			}
			present = note_present(store, stage, set->rows[n], parent);
			if (relation->kind == MANY_TO_MANY)
				note_pair(store, stage, parent, present);
			else if (present->parent != parent)
				note_also(store, present, parent);
		}
	}
}

/* ---- one row, said twice */

/* Lets a row lead where another one that is the same says: links are looked up before it is known which row that is. */
static void
take_target(DocRow *first, const DocRow *row, int item)
{
	const StoreItem *said = &row->stage->level->items[item];

	if (said->kind != ITEM_RELATION || said->relation->kind != TO_ONE)
		return;
	if (first->targets[item] == NULL)
		first->targets[item] = row->targets[item];
	if (bms_is_member(item, row->extra->cleared))
		extra_of(first)->cleared = bms_add_member(first->extra->cleared, item);
}

/* Whether an item only shows something of a row: each place of that is compared with what is there. */
static bool
is_shown_only(const DocRow *row, const StoreItem *item)
{
	return item->kind == ITEM_READONLY || (item->kind == ITEM_COLUMN && item->once && row->row != NULL);
}

/* A row that another one says as well: both must say the same, and the first counts. */
static void
merge_row(Store *store, DocRow *first, DocRow *row)
{
	const StoreLevel *level = row->stage->level;
	MemoryContext old = MemoryContextSwitchTo(store->context);

	row->same = first;
	first->is_said_again = true;
	if (row->asks_delete != first->asks_delete)
		add_error(store, row, NIL, ERROR_DUPLICATE, "the same row is said otherwise elsewhere");
	for (int i = 0; i < level->nitems; i++)
	{
		/* what tells that it is the same may be spelt otherwise */
		if (row->given[i] == NULL || is_key_item(level, i))
			continue;
		if (is_told_by_way(first, row, i))
			extra_of(row)->apart = bms_add_member(row->extra->apart, i);
		if (first->given[i] == NULL)
		{
			first->given[i] = row->given[i];
			if (bms_is_member(i, row->extra->apart))
				extra_of(first)->lent = bms_add_member(first->extra->lent, i);
			else
				take_target(first, row, i);
			if (first->extra->given_by == NULL)
				extra_of(first)->given_by = palloc0(sizeof(DocRow *) * level->nitems);
			first->extra->given_by[i] = row;
		}
		else if (!bms_is_member(i, row->extra->apart) && !is_shown_only(row, &level->items[i]) &&
				 !json_is_same(first->given[i], row->given[i]))
			add_error(store, row, item_steps(level, i), ERROR_DUPLICATE,
					  "the same row is said otherwise elsewhere");
	}
	MemoryContextSwitchTo(old);
}

/* A row of a document is this one, be it there or not. */
static void
claim(Store *store, DocRow *row, PresentRow *present)
{
	row->row = present->row;
	if (present->claimed == NULL)
		present->claimed = row;
	else if (present->claimed != row)
		merge_row(store, present->claimed, row);
}

/* New rows below new ones, by those and what they have of a key themselves. */
static void
note_fresh_below(Store *store, DocRow *row)
{
	Stage	   *stage = row->stage;
	const StoreLevel *level = stage->level;
	Datum	   *key = palloc(sizeof(Datum) * (level->rule->nkeys + 1));
	Oid			typids[INDEX_MAX_KEYS + 1] = {INT8OID};
	Oid			collations[INDEX_MAX_KEYS + 1] = {InvalidOid};
	int			n = 1;
	bool		found;
	void	  **slot;

	key[0] = pointer_key(row->parent);
	for (int i = 0; i < level->rule->nkeys; i++)
	{
		const LevelColumn *column = &level->level->columns[level->rule->key_columns[i]];

		if (level->sources[i].kind == KEY_PARENT)
			continue;
		typids[n] = column->typid;
		collations[n] = column->collation;
		key[n++] = row->key[i];
	}
	if (stage->fresh_below == NULL)
		stage->fresh_below = make_key_map(store->context, n, typids, collations);
	slot = add_to_map(stage->fresh_below, key, &found);
	if (found)
		merge_row(store, *slot, row);
	else
		*slot = row;
}

/* A new row: of those with one key the first counts. */
static void
note_fresh(Store *store, DocRow *row)
{
	MemoryContext old = MemoryContextSwitchTo(store->context);
	bool		found;
	void	  **slot;

	row->stage->has_new = true;
	/* of a to-one relation of one row there is one, whichever way that is said */
	if (row->stage->relation != NULL && row->stage->relation->kind == TO_ONE && row->parent->same != NULL)
	{
		DocRow	   *other = real_row(row->parent)->targets[row->stage->relation->item];

		if (other != NULL && other != row && other->row == NULL && !other->is_lost && !row->has_key)
			merge_row(store, real_row(other), row);
	}
	/* of a one-to-one relation there is one */
	if (!row->has_key && row->has_own_key && row->stage->relation->kind == TO_MANY)
		note_fresh_below(store, row);
	else if (!row->has_key && row->parent != NULL && row->parent->same != NULL)
	{
		DocRow	   *other = find_said_alike(store, row);

		if (other != NULL)
			merge_row(store, other, row);
	}

	if (row->has_key && row->stage->fresh != NULL)
	{
		slot = add_to_map(row->stage->fresh, row->key, &found);
		if (!found)
			*slot = row;
		else
		{
			DocRow	   *first = *slot;

			merge_row(store, first, row);
			if (has_parent_key(row->stage) && real_row(first->parent) != real_row(row->parent))
				add_error(store, row, NIL, ERROR_DUPLICATE, "the same row belongs elsewhere as well");
		}
	}
	MemoryContextSwitchTo(old);
}

/* ---- matching */

/* A row that is to be taken out, and is not there; but one that nothing tells is no such row. */
static void
gone_already(Store *store, DocRow *row)
{
	const Stage *stage = row->stage;

	if (row->asks_delete && !row->has_key && !row->is_lost && row->parent->row != NULL &&
		(stage->relation->kind == TO_MANY || stage->relation->kind == MANY_TO_MANY))
		add_error(store, row, NIL, ERROR_REQUIRED, "a row that is taken out needs its key");
	lose_row(row);
}

/* A row whose key leads to none that is there. */
static void
match_absent(Store *store, DocRow *row)
{
	const StoreLevel *level = row->stage->level;
	bool		may_be_new = store->options->mode == SAVE_INSERT;

	if (row->asks_delete || row->is_lost)
		gone_already(store, row);
	else if (level->is_root && store->call->mode != SAVE_ANY && store->call->mode != SAVE_INSERT)
		not_found(store, row, NULL);
	else if (row->has_key && level->key_from_sequence && !may_be_new)
		not_found(store, row, "A new row leaves its key out, for a sequence makes it.");
	else
		note_fresh(store, row);
}

static void
match_roots(Store *store, Stage *stage)
{
	const RowRule *rule = stage->level->rule;
	DocRow	  **rows = MemoryContextAllocHuge(store->context, sizeof(DocRow *) * Max((Size) stage->nrows, 1));
	int			nrows = 0;
	Row		  **found;

	for (int i = 0; i < stage->nrows; i++)
	{
		if (store->call->mode != SAVE_INSERT && stage->rows[i]->has_key)
			rows[nrows++] = stage->rows[i];
	}
	found = look_up_rows(store, rule->lookup, true, rows, nrows);
	for (int i = 0; i < nrows; i++)
	{
		if (found[i] != NULL)
		{
			rows[i]->is_there = true;
			claim(store, rows[i], note_present(store, stage, found[i], NULL));
		}
	}
	for (int i = 0; i < stage->nrows; i++)
	{
		if (stage->rows[i]->row == NULL && !stage->rows[i]->is_lost)
			match_absent(store, stage->rows[i]);
	}
}

/* Whether a row that is there has the key that a document gives. */
static bool
has_same_key(const DocRow *row, const Row *present)
{
	const RowRule *rule = row->stage->level->rule;

	for (int i = 0; i < rule->nkeys; i++)
	{
		const LevelColumn *column = &row->stage->level->level->columns[rule->key_columns[i]];

		if (present->nulls[rule->key_columns[i]] ||
			!same_value(column->typid, column->collation, present->values[rule->key_columns[i]], row->key[i]))
			return false;
	}
	return true;
}

/* Whether a document gives the key of a row as null, which it is not: a new one, then. */
static bool
says_null_key(const DocRow *row, const Row *present)
{
	const StoreLevel *level = row->stage->level;

	for (int i = 0; i < level->rule->nkeys; i++)
	{
		const KeySource *source = &level->sources[i];

		if (level->can_match && source->kind == KEY_ITEM && row->given[source->item] != NULL &&
			row->given[source->item]->type == jbvNull && !present->nulls[level->rule->key_columns[i]])
			return true;
	}
	return false;
}

/* Whether another row of a document has claimed a row that only one can have. */
static bool
belongs_elsewhere(const DocRow *row, const PresentRow *present)
{
	return has_parent_key(row->stage) && present->claimed != NULL &&
		real_row(present->claimed->parent) != real_row(row->parent);
}

static void
torn_row(Store *store, DocRow *row, const PresentRow *present)
{
	row->row = present->row;
	row->is_torn = row->failed = true;
	add_error(store, row, NIL, ERROR_DUPLICATE, "the same row belongs elsewhere as well");
}

/* An owned row over a to-one or one-to-one relation: the one that is there, changed in place. */
static bool
match_in_place(Store *store, DocRow *row)
{
	Stage	   *stage = row->stage;
	PresentRow *present;
	const RowSet *set;

	if (row->parent->row == NULL)
		return false;
	set = &row->parent->row->related[stage->relation->branch->number];
	if (set->nrows == 0 || (row->has_key && !has_same_key(row, set->rows[0])) ||
		says_null_key(row, set->rows[0]))
		return false;
	row->is_there = true;
	present = note_present(store, stage, set->rows[0], row->parent);
	if (belongs_elsewhere(row, present))
		torn_row(store, row, present);
	else
		claim(store, row, present);
	return true;
}

/* A row that was read for its key: under this parent, under another one, or of nobody. */
static void
match_found(Store *store, DocRow *row, PresentRow *present)
{
	Stage	   *stage = row->stage;
	PresentPair *pair;

	if (stage->relation->kind == MANY_TO_MANY)
	{
		pair = find_pair(stage, row->parent, present);
		row->is_there = pair != NULL;
		if (pair != NULL && pair->claimed == NULL)
		{
			pair->claimed = row;
			pair->present->stays = true;
		}
		else if (pair != NULL && pair->claimed != row)
		{
			row->row = present->row;
			merge_row(store, real_row(pair->claimed), row);
			return;
		}
	}
	else
		row->is_there = present->parent != NULL && real_row(present->parent) == real_row(row->parent);
	/* of those that are linked, each belongs to whoever links it */
	if (stage->relation->write == WRITE_LINK && stage->relation->kind == MANY_TO_MANY)
		row->row = present->row;
	else if (stage->relation->write == WRITE_LINK && stage->relation->kind == TO_ONE)
		row->row = present->row;
	else if (belongs_elsewhere(row, present))
		torn_row(store, row, present);
	else
		claim(store, row, present);
}

static void
needs_key(Store *store, DocRow *row)
{
	add_error(store, row, NIL, ERROR_REQUIRED, "a link needs its key");
	lose_row(row);
}

/* Whether a link does not give its key, be it that who has it is lost. */
static bool
lacks_key(const DocRow *row)
{
	const StoreLevel *level = row->stage->level;

	for (int i = 0; i < level->rule->nkeys && row->value == NULL; i++)
	{
		const JsonbValue *given = row->given[level->sources[i].item];

		if (given == NULL || given->type == jbvNull)
			return true;
	}
	return false;
}

/* Links of rows that are not there, or cannot be told: what is wrong with them by themselves is told as well. */
static void
match_lost_links(Store *store, Stage *stage)
{
	RowList		lost = {NULL};
	Row		  **found;

	for (int i = 0; i < stage->nrows; i++)
	{
		DocRow	   *row = stage->rows[i];

		CHECK_FOR_INTERRUPTS();
		if (!row->is_lost || row->asks_delete || row->same != NULL || !row->parent->is_lost)
			continue;
		if (row->has_key)
			add_row(store, &lost, row);
		else if (lacks_key(row))
			needs_key(store, row);
	}
	found = look_up_rows(store, stage->level->rule->lookup, true, lost.rows, lost.nrows);
	for (int i = 0; i < lost.nrows; i++)
	{
		if (found[i] == NULL)
			store->unresolved = lappend(store->unresolved, lost.rows[i]);
	}
}

static void
match_related(Store *store, Stage *stage)
{
	const RowRule *rule = stage->level->rule;
	const StoreRelation *relation = stage->relation;
	bool		is_single = relation->kind == TO_ONE || relation->kind == ONE_TO_ONE;
	DocRow	  **rows = MemoryContextAllocHuge(store->context, sizeof(DocRow *) * Max((Size) stage->nrows, 1));
	int			nrows = 0;
	Row		  **found;
	PresentPlace place = {0};

	for (int i = 0; i < stage->nrows; i++)
	{
		DocRow	   *row = stage->rows[i];
		PresentRow *present;

		CHECK_FOR_INTERRUPTS();
		if (row->is_lost || (is_single && relation->write == WRITE_OWN && match_in_place(store, row)))
			continue;
		if (!row->has_key)
			continue;
		present = stage->in_order ? next_present(stage, &place, row) : NULL;
		if (present == NULL)
			present = find_recognized(store, stage, row->key);
		if (present != NULL)
			match_found(store, row, present);
		else if (relation->write == WRITE_LINK || store->options->mode != SAVE_INSERT)
			rows[nrows++] = row;
	}
	found = look_up_rows(store, rule->lookup, true, rows, nrows);
	for (int i = 0; i < nrows; i++)
	{
		if (found[i] != NULL)
			match_found(store, rows[i], note_present(store, stage, found[i], NULL));
	}
	for (int i = 0; i < stage->nrows; i++)
	{
		DocRow	   *row = stage->rows[i];

		if (row->row != NULL || row->is_lost)
			continue;
		if (relation->write == WRITE_OWN)
			match_absent(store, row);
		else if (row->asks_delete)
			gone_already(store, row);
		else if (!row->has_key)
			needs_key(store, row);
		else
			store->unresolved = lappend(store->unresolved, row);
	}
	if (relation->write == WRITE_LINK)
		match_lost_links(store, stage);
}

/* ---- relations */

static bool
is_early(const StoreRelation *relation)
{
	return relation->kind == TO_ONE && relation->write == WRITE_LINK;
}

/*
 * Of a to-one relation that is null in the document as it reads now, nothing is said: its
 * key may lead to a row that "where" or a policy does not show, or that the tree is in.
 */
static void
keep_unseen(Store *store, Stage *above, const StoreRelation *relation)
{
	Row		  **rows = MemoryContextAllocHuge(store->context, sizeof(Row *) * Max((Size) above->nrows, 1));
	int			nrows = 0;
	int			nfound;

	for (int i = 0; i < above->nrows; i++)
	{
		if (above->rows[i]->row != NULL && bms_is_member(relation->item, above->rows[i]->extra->cleared))
			rows[nrows++] = above->rows[i]->row;
	}
	if (nrows > 0 && is_early(relation))
	{
		MemoryContext old = MemoryContextSwitchTo(store->context);

		(void) load_sets(relation->branch, above->level->level, rows, nrows, &store->load, &nfound);
		MemoryContextSwitchTo(old);
	}
	for (int i = 0; i < above->nrows && nrows > 0; i++)
	{
		DocRow	   *row = above->rows[i];
		const RowSet *set;

		if (row->row == NULL || !bms_is_member(relation->item, row->extra->cleared))
			continue;
		set = &row->row->related[relation->branch->number];
		if (set->nrows == 0 || is_on_own_path(relation, row, set->rows[0]))
			extra_of(row)->cleared = bms_del_member(row->extra->cleared, relation->item);
	}
}

/* Whether it is by a link that the rows of a level are recognized. */
static bool
is_key_link(const StoreLevel *level, const StoreRelation *relation)
{
	for (int i = 0; i < level->rule->nkeys; i++)
	{
		if (level->sources[i].kind == KEY_LINK && level->sources[i].item == relation->item)
			return true;
	}
	return false;
}

/* What the rows of a stage say of one relation, matched and everything below it. */
static void
match_relation(Store *store, Stage *above, StoreRelation *relation)
{
	Stage	   *stage = make_stage(store, above, relation, relation->child);
	bool		is_given = false;

	for (int i = 0; i < above->nrows; i++)
	{
		DocRow	   *row = above->rows[i];
		int			first = stage->nrows;

		CHECK_FOR_INTERRUPTS();
		/* what differs there may be somebody else's doing */
		if (row->given[relation->item] == NULL || !says_item(row, relation->item) || row->in_conflict ||
			(row->asks_delete && !is_key_link(above->level, relation)))
			continue;
		is_given = true;
		read_related(store, stage, row, row->given[relation->item]);
		/* whose they are cannot be told, nor what they need */
		for (int n = first; n < stage->nrows && row->is_lost; n++)
			lose_row(stage->rows[n]);
		if (relation->kind != TO_ONE)
			continue;
		if (stage->nrows > first)
		{
			DocRow	   *real = real_row(row);

			row->targets[relation->item] = stage->rows[first];
			if (real->stage == above && real->targets[relation->item] == NULL)
				real->targets[relation->item] = stage->rows[first];
		}
		else if (row->given[relation->item]->type == jbvNull)
		{
			MemoryContext old = MemoryContextSwitchTo(store->context);

			extra_of(row)->cleared = bms_add_member(row->extra->cleared, relation->item);
			MemoryContextSwitchTo(old);
		}
	}
	if (!is_given)
		return;
	/* a to-one link is looked up by its key, wherever it led before */
	if (!is_early(relation))
	{
		int			nfound = load_present(store, stage, relation);

		note_all_present(store, stage, nfound);
	}
	if (relation->kind == TO_ONE && !is_early(relation))
		keep_unseen(store, above, relation);
	match_stage(store, stage);
	unite_ways(store, stage);
}

/* The rows of a recursion nest no deeper than it says, be there others of the tree between them. */
static bool
is_too_deep(Store *store, const Stage *stage, const StoreRelation *relation)
{
	int			levels = 0;

	if (relation->recursion == NULL)
		return false;
	for (const Stage *above = stage; above->relation != NULL && above->relation->recursion != NULL;
		 above = above->parent)
		levels += above->relation->recursion == relation->recursion;
	return levels >= bind_limit(relation->recursion->limit, store->call->params, INT_MAX);
}

static void
refuse_too_deep(Store *store, Stage *stage, const StoreRelation *relation)
{
	MemoryContext old = MemoryContextSwitchTo(store->context);

	for (int i = 0; i < stage->nrows; i++)
	{
		if (stage->rows[i]->given[relation->item] != NULL && !store->options->ignore_unknown)
			add_error(store, stage->rows[i], item_steps(stage->level, relation->item), ERROR_UNKNOWN,
					  "the shape goes no deeper");
	}
	MemoryContextSwitchTo(old);
}

/* What early links show of their rows: in a tree that depends on which rows these stand in. */
static void
compare_links(Store *store, Stage *stage)
{
	ListCell   *lc;

	foreach(lc, stage->children)
	{
		if (is_early(((Stage *) lfirst(lc))->relation))
			compare_stage(store, lfirst(lc));
	}
}

static void
match_stage(Store *store, Stage *stage)
{
	ListCell   *lc;

	check_stack_depth();
	foreach(lc, stage->level->relations)
	{
		/* they may be what recognizes a row */
		if (is_early(lfirst(lc)) &&
			(store->call->mode != SAVE_DELETE || is_key_link(stage->level, lfirst(lc))))
			match_relation(store, stage, lfirst(lc));
	}
	for (int i = 0; i < stage->nrows; i++)
	{
		DocRow	   *row = stage->rows[i];

		CHECK_FOR_INTERRUPTS();
		read_key(store, row);
		/* whose it is cannot be told, nor what it needs */
		if (row->parent != NULL && row->parent->is_lost)
			lose_row(row);
	}
	if (stage->relation == NULL)
		match_roots(store, stage);
	else
		match_related(store, stage);
	compare_links(store, stage);
	if (stage->relation == NULL || !is_early(stage->relation))
		compare_stage(store, stage);
	if (store->call->mode == SAVE_DELETE)
		return;
	foreach(lc, stage->level->relations)
	{
		StoreRelation *relation = lfirst(lc);

		if (is_too_deep(store, stage, relation))
			refuse_too_deep(store, stage, relation);
		else if (is_early(relation))
			keep_unseen(store, stage, relation);
		else
			match_relation(store, stage, relation);
	}
}

/*
 * Reads the documents of a call, and finds out what is to be done: for each row that they
 * say which one it is, and what differs. What is wrong with them is noted. SPI is
 * connected; everything is allocated in the store's context.
 */
void
match_documents(Store *store)
{
	read_roots(store);
	match_stage(store, store->root);
	resolve_links(store);
	unite_new_rows(store);
	settle_missing(store, store->root);
	share_pairs(store);
	share_junction_rows(store);
}
