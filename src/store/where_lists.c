/*
 * where_lists.c
 *		Whole lists that "where" hides rows of: they are looked at again once all is written,
 *		for what a row has then defaults and triggers say as well. What other places of the
 *		call make such a list show it must say, too, as lists without "where" (lists.c); and
 *		what these change must leave links what "where" shows.
 */
#include "store/internal.h"

#include "miscadmin.h"

/* The lists of one stage, while they are looked at. */
typedef struct WhereLists
{
	Store	   *store;
	Stage	   *stage;
	bool		before;			/* nothing is written as yet */
	KeyMap	   *identities;		/* of rows: what stands for them */
	KeyMap	   *named;			/* who says a list, row in it */
	KeyMap	   *written;		/* row: DocRow, that is written in another stage */
	Bitmapset  *columns;		/* MANY_TO_MANY: of the junction: both keys */
	KeyMap	   *pairs;			/* those: DocRow, that is written or linked in one */
	KeyMap	   *leads;			/* columns of the key to who says lists: such of written rows; NULL: there are none, or */
	bool		lead_anywhere;	/* it cannot be told whose lists these may come into */
	bool		reads_written;	/* "where" reads tables that are written */
	KeyMap	   *told;			/* DocRow: that a list leaves it out, of all lists */
} WhereLists;

/* Whether a list of a relation, or that there is no row, is all that "where" shows. */
static bool
is_where_list(const StoreRelation *relation)
{
	return relation->branch->filter.condition != NIL && relation->child->rule->nidentity > 0 &&
		(relation->kind == TO_ONE || relation->missing != MISSING_KEEP);
}

/* Whether two relations go over the same junction, be it from its other side. */
static bool
share_junction(const StoreRelation *left, const StoreRelation *right)
{
	const Relationship *a = left->branch->relationship;
	const Relationship *b = right->branch->relationship;

	if (left->kind != MANY_TO_MANY || right->kind != MANY_TO_MANY)
		return false;
	return (is_same_key(a->key, b->key) && is_same_key(a->far_key, b->far_key)) ||
		(is_same_key(a->key, b->far_key) && is_same_key(a->far_key, b->key));
}

/* ---- what is written elsewhere */

/* What stands for a row of the lists, by its identity; 0: that is not known. */
static Datum
token_of(WhereLists *lists, Datum *identity)
{
	bool		found;
	void	  **slot;

	if (identity == NULL)
		return 0;
	slot = add_to_map(lists->identities, identity, &found);
	if (!found)
		*slot = identity;
	return pointer_key(*slot);
}

static Datum
token_of_row(WhereLists *lists, const DocRow *row)
{
	const RowRule *rule = lists->stage->level->rule;
	Datum	   *identity = palloc(sizeof(Datum) * rule->nidentity);

	for (int i = 0; i < rule->nidentity; i++)
	{
		if (!known_column(row, rule->identity[i], &identity[i]))
			return 0;
	}
	return token_of(lists, identity);
}

static void
note_pair(WhereLists *lists, Datum *columns, DocRow *place)
{
	const StoreRelation *relation = lists->stage->relation;
	bool		found;
	void	  **slot;

	if (lists->pairs == NULL)
		lists->pairs = make_attnum_map(lists->store->context, relation->junction->tupdesc, lists->columns);
	slot = add_to_map(lists->pairs, columns, &found);
	if (!found)
		*slot = place;
}

/* A pair that links of another stage make, from the side of the lists; near and far are as these have them. */
static void
note_link(WhereLists *lists, const DocRow *near, const DocRow *far, DocRow *place)
{
	Datum	   *values = palloc(sizeof(Datum) * bms_num_members(lists->columns));

	if (junction_key(lists->stage->relation, lists->columns, near, far, false, values))
		note_pair(lists, values, place);
}

/* The same of a junction's own row. */
static void
note_junction_row(WhereLists *lists, DocRow *row)
{
	Datum	   *values = palloc(sizeof(Datum) * bms_num_members(lists->columns));
	int			attnum = -1;

	for (int i = 0; (attnum = bms_next_member(lists->columns, attnum)) >= 0; i++)
	{
		if (!known_column(row, attnum, &values[i]))
			return;
	}
	note_pair(lists, values, row);
}

/* Whose lists a written row may come into by its own key. */
static void
note_lead(WhereLists *lists, const DocRow *row)
{
	const ForeignKey *key = lists->stage->relation->branch->relationship->key;
	Datum	   *values = palloc(sizeof(Datum) * key->nkeys);
	bool		found;

	for (int i = 0; i < key->nkeys; i++)
	{
		AttrNumber	attnum = key->referencing_attnums[i];
		bool		isnull;

		if (known_column(row, attnum, &values[i]))
			continue;
		/* NULL leads nowhere */
		if (bms_is_member(attnum, row->changed) && row_value(row, attnum, &values[i], &isnull) && isnull)
			return;
		lists->lead_anywhere = true;
		return;
	}
	if (lists->leads == NULL)
		lists->leads = make_foreign_key_map(lists->store->context, key);
	*add_to_map(lists->leads, values, &found) = unconstify(DocRow *, row);
}

static void
note_written_row(WhereLists *lists, DocRow *row)
{
	const StoreTable *table = row->stage->level->table;
	const StoreRelation *relation = lists->stage->relation;

	CHECK_FOR_INTERRUPTS();
	if (row->changed == NULL || row->failed || row->is_lost || row->is_doomed || row->asks_delete)
		return;
	if (relation->kind == TO_MANY || relation->kind == ONE_TO_ONE)
		note_lead(lists, row);
	else
		lists->lead_anywhere = true;
	if (table == relation->child->table)
	{
		Datum	   *token = palloc(sizeof(Datum));
		bool		found = true;
		void	  **slot;

		*token = token_of_row(lists, row);
		slot = *token == 0 ? NULL : add_to_map(lists->written, token, &found);
		if (!found)
			*slot = row;
		row->needs_key |= lists->before && row->row == NULL && is_where_list(relation);
	}
	if (relation->kind == MANY_TO_MANY && table == relation->junction && !lists->before)
		note_junction_row(lists, row);
}

static bool
writes_rows(const Stage *stage)
{
	ListCell   *lc;

	for (int i = 0; i < stage->nrows; i++)
	{
		if (stage->rows[i]->changed != NULL || stage->rows[i]->is_doomed)
			return true;
	}
	foreach(lc, stage->others)
	{
		const DocRow *other = lfirst(lc);

		if (other->changed != NULL || other->is_doomed)
			return true;
	}
	return false;
}

/* Notes what a stage and those below write that may come into the lists. */
static void
note_written_stage(WhereLists *lists, Stage *stage)
{
	const StoreRelation *relation = lists->stage->relation;
	const List *reads = relation->branch->filter.reads;
	bool		is_theirs = stage->level->table == relation->child->table ||
		(relation->kind == MANY_TO_MANY && stage->level->table == relation->junction);
	ListCell   *lc;

	check_stack_depth();
	for (int i = 0; i < stage->nrows && stage != lists->stage && is_theirs; i++)
		note_written_row(lists, stage->rows[i]);
	foreach(lc, stage != lists->stage && is_theirs ? stage->others : NIL)
		note_written_row(lists, lfirst(lc));
	if (stage != lists->stage && stage->relation != NULL && share_junction(stage->relation, relation))
	{
		bool		forwards = is_same_key(stage->relation->branch->relationship->key, relation->branch->relationship->key);

		lists->lead_anywhere |= stage->links != NIL;
		foreach(lc, lists->before ? NIL : stage->links)
		{
			const Pair *pair = lfirst(lc);

			CHECK_FOR_INTERRUPTS();
			note_link(lists, forwards ? pair->near : pair->far, forwards ? pair->far : pair->near, pair->far);
		}
	}
	if (list_member_oid(reads, stage->level->table->relid))
		lists->reads_written |= writes_rows(stage);
	if (stage->relation != NULL && stage->relation->junction != NULL &&
		list_member_oid(reads, stage->relation->junction->relid))
		lists->reads_written |= stage->links != NIL || stage->unlinks != NIL;
	foreach(lc, stage->children)
		note_written_stage(lists, lfirst(lc));
}

/* Whether what other places write may come into the lists of a stage, or be such as these have no more. */
static bool
begin_lists(WhereLists *lists, Store *store, Stage *stage, bool before)
{
	const StoreRelation *relation = stage->relation;
	const RowRule *rule = stage->level->rule;

	if (relation == NULL || relation->branch->filter.condition == NIL || rule->nidentity == 0)
		return false;
	memset(lists, 0, sizeof(WhereLists));
	lists->store = store;
	lists->stage = stage;
	lists->before = before;
	lists->columns = relation->kind == MANY_TO_MANY ? junction_columns(relation) : NULL;
	lists->identities = make_level_map(store->context, stage->level->level, rule->identity_columns, rule->nidentity);
	lists->named = make_pointer_map(store->context, 2);
	lists->written = make_pointer_map(store->context, 1);
	note_written_stage(lists, store->root);
	lists->lead_anywhere |= lists->reads_written;
	return lists->lead_anywhere || lists->leads != NULL;
}

/* Whether a row says a list that what is written may come into. */
static bool
may_get_rows(const WhereLists *lists, const DocRow *row)
{
	const ForeignKey *key = lists->stage->relation->branch->relationship->key;
	Datum		values[INDEX_MAX_KEYS];

	if (!is_where_list(lists->stage->relation) || !is_said_list(row, lists->stage->relation->item))
		return false;
	for (int i = 0; i < key->nkeys && !lists->lead_anywhere; i++)
	{
		if (!known_column(row, key->referenced_attnums[i], &values[i]))
			return false;
		values[i] = referencing_value(key, i, values[i]);
	}
	return lists->lead_anywhere || (lists->leads != NULL && find_in_map(lists->leads, values) != NULL);
}

/* ---- what the lists show now */

/* The row of the documents by which a list has come to show another one; NULL: there is none. */
static DocRow *
who_adds(WhereLists *lists, const DocRow *sayer, const Row *row, Datum token)
{
	const StoreRelation *relation = lists->stage->relation;
	const ForeignKey *far_key = relation->branch->relationship->far_key;
	DocRow	   *adder = find_in_map(lists->written, &token);
	Datum		values[INDEX_MAX_KEYS * 2];
	int			attnum = -1;

	if (adder != NULL || lists->pairs == NULL)
		return adder;
	for (int i = 0; (attnum = bms_next_member(lists->columns, attnum)) >= 0; i++)
	{
		int			far = key_index(far_key, attnum);
		int			column = far < 0 ? -1 : find_level_column(lists->stage->level->level, far_key->referenced_attnums[far]);
		bool		isnull = false;

		if (junction_value(relation->junction, relation->branch->relationship->key, sayer, attnum, false,
						   &values[i], &isnull))
		{
			if (isnull)
				return NULL;
		}
		else if (column < 0 || row->nulls[column])
			return NULL;
		else
			values[i] = referencing_value(far_key, far, row->values[column]);
	}
	return find_in_map(lists->pairs, values);
}

/* Whether a to-one relation leads elsewhere now: of two that go by one key one may be as it was. */
static bool
leads_anew(const WhereLists *lists, const DocRow *sayer)
{
	const ForeignKey *key = lists->stage->relation->branch->relationship->key;
	const DocRow *row = last_writer(sayer);

	return lists->stage->relation->kind == TO_ONE && (row->row == NULL || writes_key(row, key));
}

/* Tells what a list shows and does not say, if the call is to blame for that. */
static void
check_shown(WhereLists *lists, const DocRow *sayer, const Row *row)
{
	const RowRule *rule = lists->stage->level->rule;
	const StoreRelation *relation = lists->stage->relation;
	Datum		token = token_of(lists, row_columns(row, rule->identity_columns, rule->nidentity));
	Datum		key[2] = {row_pointer(sayer), token};
	DocRow	   *adder;

	if (token == 0 || find_in_map(lists->named, key) != NULL || is_on_own_path(relation, sayer, row) ||
		leads_anew(lists, sayer))
		return;
	adder = who_adds(lists, sayer, row, token);
	/* of a list it is told where that is written; of one row, or what only "where" reads, where it is left out */
	if (adder != NULL && relation->kind != TO_ONE)
	{
		if (is_first(lists->told, adder))
			add_error(lists->store, adder, steps_to_lead(adder, relation->branch->relationship->key), ERROR_DUPLICATE,
					  "a list of the same rows, with \"where\", leaves it out");
	}
	else if (adder != NULL || lists->reads_written)
		add_error(lists->store, sayer, item_steps(sayer->stage->level, relation->item), ERROR_DUPLICATE,
				  "what is written elsewhere makes \"where\" true of a row that is left out here");
}

static void
check_lists_of(WhereLists *lists)
{
	Stage	   *stage = lists->stage;
	Stage	   *above = stage->parent;
	Branch	   *branch = stage->relation->branch;
	Row		  **rows = MemoryContextAllocHuge(CurrentMemoryContext, sizeof(Row *) * Max((Size) above->nrows, 1));
	DocRow	  **sayers = MemoryContextAllocHuge(CurrentMemoryContext, sizeof(DocRow *) * Max((Size) above->nrows, 1));
	int			n = 0;
	int			nfound;

	for (int i = 0; i < above->nrows; i++)
	{
		DocRow	   *row = above->rows[i];

		CHECK_FOR_INTERRUPTS();
		if (!may_get_rows(lists, row))
			continue;
		sayers[n] = row;
		rows[n] = make_empty_row(CurrentMemoryContext, above->level->level);
		for (int k = 0; k < branch->nkeys; k++)
		{
			int			column = branch->key_columns[k];

			rows[n]->nulls[column] = !known_column(row, above->level->level->columns[column].attnum,
												   &rows[n]->values[column]);
		}
		n++;
	}
	for (int i = 0; i < stage->nrows; i++)
	{
		DocRow	   *row = stage->rows[i];
		Datum		token = row->is_lost || row->asks_delete ? 0 : token_of_row(lists, row);
		bool		found;

		CHECK_FOR_INTERRUPTS();
		if (token != 0)
			*add_to_map(lists->named, two_pointers(row_pointer(row->parent), token), &found) = row;
	}
	if (n > 0)
		(void) load_sets(branch, above->level->level, rows, n, &lists->store->load, &nfound);
	for (int i = 0; i < n; i++)
	{
		const RowSet *set = &rows[i]->related[branch->number];

		for (int k = 0; k < set->nrows; k++)
		{
			CHECK_FOR_INTERRUPTS();
			check_shown(lists, sayers[i], set->rows[k]);
		}
	}
}

/* Whether a link leads to a row that another place writes. */
static bool
is_link_to_written(WhereLists *lists, const DocRow *row)
{
	Datum		token;

	if (!lists->stage->level->is_linked || row->same != NULL || row->failed || row->is_lost || row->asks_delete)
		return false;
	token = token_of_row(lists, row);
	return token != 0 && find_in_map(lists->written, &token) != NULL;
}

/* Tells links to rows that are not such as "where" has any more. */
static void
check_links_of(WhereLists *lists)
{
	Stage	   *stage = lists->stage;
	RowList		links = {NULL};
	Row		  **found;

	for (int i = 0; i < stage->nrows; i++)
	{
		CHECK_FOR_INTERRUPTS();
		if (is_link_to_written(lists, stage->rows[i]))
			add_row(lists->store, &links, stage->rows[i]);
	}
	found = look_up_rows(lists->store, stage->level->rule->check, false, links.rows, links.nrows);
	for (int i = 0; i < links.nrows; i++)
	{
		if (found[i] == NULL)
			add_error(lists->store, links.rows[i], NIL, ERROR_REFUSED, "the row is not such as \"where\" has");
	}
}

static void
check_stage(Store *store, Stage *stage, KeyMap *told)
{
	WhereLists	lists;
	ListCell   *lc;

	check_stack_depth();
	if (begin_lists(&lists, store, stage, false))
	{
		lists.told = told;
		check_links_of(&lists);
		if (is_where_list(stage->relation))
			check_lists_of(&lists);
	}
	foreach(lc, stage->children)
		check_stage(store, lfirst(lc), told);
}

static Bitmapset *
add_documents(Store *store, Stage *stage, Bitmapset *documents)
{
	WhereLists	lists;
	ListCell   *lc;

	check_stack_depth();
	if (begin_lists(&lists, store, stage, true))
	{
		for (int i = 0; i < stage->parent->nrows; i++)
		{
			CHECK_FOR_INTERRUPTS();
			if (may_get_rows(&lists, stage->parent->rows[i]))
				documents = bms_add_member(documents, stage->parent->rows[i]->number);
		}
		for (int i = 0; i < stage->nrows; i++)
		{
			CHECK_FOR_INTERRUPTS();
			if (is_link_to_written(&lists, stage->rows[i]))
				documents = bms_add_member(documents, stage->rows[i]->number);
		}
	}
	foreach(lc, stage->children)
		documents = add_documents(store, lfirst(lc), documents);
	return documents;
}

/*
 * Adds to the numbers of documents in which something is to be done those whose lists or links
 * with "where" that may be about. Of new rows that may come into such lists the keys have to
 * be known.
 */
Bitmapset *
add_where_lists(Store *store, Bitmapset *documents)
{
	MemoryContext old = MemoryContextSwitchTo(store->context);

	documents = add_documents(store, store->root, documents);
	MemoryContextSwitchTo(old);
	return documents;
}

/*
 * Looks for rows that whole lists with "where" show now and do not say, which the call has
 * written in other places, and for links that lead to such as are not shown any more. That is
 * a query more for each such relation, and none where nothing is written that it may be about.
 * Reads in the active snapshot. Notes what is wrong where that is written, or said.
 */
void
check_where_lists(Store *store)
{
	MemoryContext old = MemoryContextSwitchTo(store->context);

	check_stage(store, store->root, make_pointer_map(store->context, 1));
	MemoryContextSwitchTo(old);
}
