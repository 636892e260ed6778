/*
 * missing.c
 *		What becomes of rows that are there and that no document says: as "missing"
 *		has it; and of those that belong to a row that is deleted.
 */
#include "store/internal.h"

#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

/* A row of a stage that no document says, for what is to become of it. */
static DocRow *
add_other(Store *store, Stage *stage, Row *row, DocRow *parent)
{
	MemoryContext old = MemoryContextSwitchTo(store->context);
	DocRow	   *other = add_doc_row(store, stage, parent, -1);

	other->row = row;
	stage->others = lappend(stage->others, other);
	MemoryContextSwitchTo(old);
	return other;
}

static void
add_pair(Store *store, List **pairs, DocRow *near, DocRow *far)
{
	MemoryContext old = MemoryContextSwitchTo(store->context);
	Pair	   *pair = palloc(sizeof(Pair));

	pair->near = near;
	pair->far = far;
	*pairs = lappend(*pairs, pair);
	MemoryContextSwitchTo(old);
}

/* Sets the key to the parent to NULL. */
static void
unlink_row(Store *store, DocRow *row)
{
	(void) clear_key(store, row, row->stage->relation->branch->relationship->key);
	row->is_unlinked = true;
}

/* ---- rows that are deleted, and those that they own */

static Stage *
find_child(Store *store, Stage *stage, StoreRelation *relation)
{
	ListCell   *lc;

	foreach(lc, stage->children)
	{
		Stage	   *child = lfirst(lc);

		if (child->relation == relation)
			return child;
	}
	return make_stage(store, stage, relation, relation->child);
}

static void doom_rows(Store *store, Stage *stage, DocRow **rows, int nrows);

/* Whether the rows of two levels are told apart by the same columns of one table. */
static bool
have_same_identity(const StoreLevel *left, const StoreLevel *right)
{
	return left->table == right->table && left->rule->nidentity == right->rule->nidentity &&
		memcmp(left->rule->identity, right->rule->identity,
			   sizeof(AttrNumber) * right->rule->nidentity) == 0;
}

/* The rows of a table that are to be deleted, wherever they stand in documents. */
static KeyMap *
doomed_map(Store *store, const Stage *stage)
{
	const RowRule *rule = stage->level->rule;
	DoomedRows *doomed;
	ListCell   *lc;

	foreach(lc, store->doomed)
	{
		doomed = lfirst(lc);
		if (have_same_identity(doomed->level, stage->level))
			return doomed->rows;
	}
	doomed = palloc(sizeof(DoomedRows));
	doomed->level = stage->level;
	doomed->rows = make_level_map(store->context, stage->level->level, rule->identity_columns,
								  rule->nidentity);
	store->doomed = lappend(store->doomed, doomed);
	return doomed->rows;
}

/* That of the rows to be deleted which a row is, be it in another place; or NULL. */
DocRow *
find_doomed(Store *store, const DocRow *row)
{
	Datum	   *key = store->doomed == NIL ? NULL : row_identity(row->stage, found_row(row));

	return key == NULL ? NULL : find_in_map(doomed_map(store, row->stage), key);
}

/* Whether a row, of that identity, stands below itself: its keys lead round. */
static bool
is_below_itself(const Stage *stage, const DocRow *row, const Datum *identity)
{
	const RowRule *rule = stage->level->rule;

	for (const DocRow *above = row->parent; above != NULL; above = above->parent)
	{
		const RowRule *other = above->stage->level->rule;
		bool		is_same = above->row != NULL && have_same_identity(above->stage->level, stage->level);

		for (int i = 0; i < rule->nidentity && is_same; i++)
		{
			const LevelColumn *column = &stage->level->level->columns[rule->identity_columns[i]];
			int			number = other->identity_columns[i];

			is_same = !above->row->nulls[number] &&
				same_value(column->typid, column->collation, above->row->values[number], identity[i]);
		}
		if (is_same)
			return true;
	}
	return false;
}

/*
 * Notes that a row is to be deleted; false if that is noted already. Of a row that stands
 * in several places the deepest counts: what leads to it goes later.
 */
static bool
note_doomed(Store *store, Stage *stage, DocRow *row)
{
	MemoryContext old = MemoryContextSwitchTo(store->context);
	Datum	   *key = row_identity(stage, row->row);
	bool		found = false;
	void	  **slot;

	if (key == NULL)
		ereport(ERROR,
				errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				errmsg("a row of %s that is to be deleted cannot be told from others",
					   describe_relation(stage->level->table->relid)),
				errhint("A primary key would tell it."));
	else
	{
		slot = add_to_map(doomed_map(store, stage), key, &found);
		if (found)
		{
			DocRow	   *other = *slot;

			found = other == row || other->stage->depth >= stage->depth ||
				is_below_itself(stage, row, key);
			other->is_doomed &= found;
		}
		if (!found)
		{
			bool		unused;

			*slot = row;
			if (stage->doomed == NULL)
				stage->doomed = make_level_map(store->context, stage->level->level,
											   stage->level->rule->identity_columns,
											   stage->level->rule->nidentity);
			*add_to_map(stage->doomed, key, &unused) = row;
		}
	}
	MemoryContextSwitchTo(old);
	row->is_doomed |= !found && key != NULL;
	return !found && key != NULL;
}

/* What a relation leads to from rows that are deleted. */
static void
doom_related(Store *store, Stage *stage, StoreRelation *relation, DocRow **rows, int nrows)
{
	Stage	   *child = find_child(store, stage, relation);
	Row		  **loaded = MemoryContextAllocHuge(store->context, sizeof(Row *) * (Size) nrows);
	DocRow	  **owned = NULL;
	int			nowned = 0;
	int			nfound = 0;
	Size		most = 0;

	for (int i = 0; i < nrows; i++)
		loaded[i] = rows[i]->row;
	(void) load_sets(relation->branch, stage->level->level, loaded, nrows, &store->load, &nfound);
	/* one that several have is loaded once, and stands here for each of them */
	for (int i = 0; i < nrows; i++)
		most += rows[i]->row->related[relation->branch->number].nrows;
	owned = MemoryContextAllocHuge(store->context, sizeof(DocRow *) * Max(most, 1));
	for (int i = 0; i < nrows; i++)
	{
		const RowSet *set = &rows[i]->row->related[relation->branch->number];

		for (int n = 0; n < set->nrows; n++)
		{
			DocRow	   *other;

			CHECK_FOR_INTERRUPTS();
			if (relation->write == WRITE_LINK && relation->kind != MANY_TO_MANY)
				continue;
			other = add_other(store, child, set->rows[n], rows[i]);
			if (relation->kind == MANY_TO_MANY)
				add_pair(store, &child->unlinks, rows[i], other);
			if (relation->write == WRITE_OWN)
				owned[nowned++] = other;
		}
	}
	if (nowned > 0)
		doom_rows(store, child, owned, nowned);
}

/*
 * Whether a row is met by a level for the first time while rows are deleted: what it owns there
 * is to go, be it that the row is deleted in another place, which owns other things; but not
 * what it owns where it stands below itself.
 */
static bool
is_first_met(Store *store, const Stage *stage, const DocRow *row)
{
	MemoryContext old = MemoryContextSwitchTo(store->context);
	const RowRule *rule = stage->level->rule;
	Datum	   *key = row_identity(stage, row->row);
	DoomedRows *met = NULL;
	bool		found = true;
	ListCell   *lc;

	foreach(lc, store->met_doomed)
	{
		met = lfirst(lc);
		if (met->level == stage->level)
			break;
		met = NULL;
	}
	if (met == NULL)
	{
		met = palloc(sizeof(DoomedRows));
		met->level = stage->level;
		met->rows = make_level_map(store->context, stage->level->level, rule->identity_columns, rule->nidentity);
		store->met_doomed = lappend(store->met_doomed, met);
	}
	if (key != NULL && !is_below_itself(stage, row, key))
		*add_to_map(met->rows, key, &found) = unconstify(DocRow *, row);
	MemoryContextSwitchTo(old);
	return !found;
}

/* Marks rows as deleted, each once, with all that they own. */
static void
doom_rows(Store *store, Stage *stage, DocRow **rows, int nrows)
{
	ListCell   *lc;
	int			n = 0;

	check_stack_depth();
	for (int i = 0; i < nrows; i++)
	{
		bool		is_new = note_doomed(store, stage, rows[i]);

		if (is_first_met(store, stage, rows[i]) || is_new)
			rows[n++] = rows[i];
	}
	if (n == 0)
		return;
	foreach(lc, stage->level->relations)
		doom_related(store, stage, lfirst(lc), rows, n);
}

static void
doom_list(Store *store, Stage *stage, List *doomed)
{
	DocRow	  **rows = MemoryContextAllocHuge(store->context,
											  sizeof(DocRow *) * Max((Size) list_length(doomed), 1));
	int			nrows = 0;
	ListCell   *lc;

	foreach(lc, doomed)
		rows[nrows++] = lfirst(lc);
	if (nrows > 0)
		doom_rows(store, stage, rows, nrows);
}

/* ---- rows that a document leaves out */

/* The key of a row, for people; what else tells it apart where that is NULL. */
static char *
describe_key(const Stage *stage, const Row *row)
{
	const RowRule *rule = stage->level->rule;
	bool		by_key = rule->nidentity == 0 || row_columns(row, rule->key_columns, rule->nkeys) != NULL;
	int			ncolumns = by_key ? rule->nkeys : rule->nidentity;
	const int  *columns = by_key ? rule->key_columns : rule->identity_columns;
	StringInfoData buf;

	initStringInfo(&buf);
	for (int i = 0; i < ncolumns; i++)
	{
		const LevelColumn *column = &stage->level->level->columns[columns[i]];
		Oid			function;
		bool		is_varlena;

		getTypeOutputInfo(column->typid, &function, &is_varlena);
		appendStringInfo(&buf, "%s%s", i > 0 ? ", " : "", row->nulls[columns[i]] ? "null" :
						 OidOutputFunctionCall(function, row->values[columns[i]]));
	}
	return ncolumns > 1 ? psprintf("(%s)", buf.data) : buf.data;
}

/* Names that are listed in an error. */
#define MAX_MISSING_KEYS 10

/* The rows that a parent's list leaves out, while they are told together. */
typedef struct MissingKeys
{
	DocRow	   *parent;
	StringInfoData keys;
	int			n;
} MissingKeys;

static void
tell_missing(Store *store, Stage *stage, MissingKeys *missing)
{
	if (missing->n == 0)
		return;
	if (missing->n > MAX_MISSING_KEYS)
		appendStringInfo(&missing->keys, ", and %d more", missing->n - MAX_MISSING_KEYS);
	add_full_error(store, missing->parent,
				   item_steps(missing->parent->stage->level, stage->relation->item), ERROR_MISSING,
				   psprintf("left out, but there: %s", missing->keys.data))->hint =
		"What becomes of rows that are left out the shape says: missing: delete, unlink or keep.";
	missing->n = 0;
}

static void
add_missing(Store *store, Stage *stage, MissingKeys *missing, DocRow *parent, const Row *row)
{
	if (missing->n > 0 && missing->parent != parent)
		tell_missing(store, stage, missing);
	if (missing->n == 0)
		initStringInfo(&missing->keys);
	missing->parent = parent;
	if (missing->n++ < MAX_MISSING_KEYS)
		appendStringInfo(&missing->keys, "%s%s", missing->n > 1 ? ", " : "", describe_key(stage, row));
}

/* A row of one parent or none that nobody has claimed. */
static void
settle_row(Store *store, Stage *stage, PresentRow *present, MissingKeys *missing, List **doomed)
{
	const StoreRelation *relation = stage->relation;
	ListCell   *lc;

	switch (relation->missing)
	{
		case MISSING_DELETE:
			*doomed = lappend(*doomed, add_other(store, stage, present->row, present->parent));
			break;
		case MISSING_UNLINK:
			/* over a to-one relation the parent's key is cleared in any case */
			if (relation->kind != TO_ONE)
				unlink_row(store, add_other(store, stage, present->row, present->parent));
			break;
		case MISSING_KEEP:
			break;
		default:
			if (!is_on_own_path(relation, present->parent, present->row))
				add_missing(store, stage, missing, present->parent, present->row);
			foreach(lc, present->also)
			{
				DocRow	   *parent = lfirst(lc);

				if (!parent->is_lost && !is_on_own_path(relation, parent, present->row))
					add_missing(store, stage, missing, parent, present->row);
			}
	}
}

/*
 * Of those who have a row that nobody says, the first to whom it was shown, so that it is
 * missing there; NULL: it stands on the way to each of them.
 */
static DocRow *
who_leaves_out(const Stage *stage, DocRow *parent, const List *also, const Row *row)
{
	ListCell   *lc;

	if (!is_on_own_path(stage->relation, parent, row))
		return parent;
	foreach(lc, also)
	{
		if (!is_on_own_path(stage->relation, lfirst(lc), row))
			return lfirst(lc);
	}
	return NULL;
}

/* That a row of a many-to-many relation belongs to a parent, which nobody says any more. */
static void
settle_pair(Store *store, Stage *stage, PresentPair *pair, DocRow *parent, MissingKeys *missing, List **doomed)
{
	const StoreRelation *relation = stage->relation;
	DocRow	   *far;

	if (relation->missing == MISSING_KEEP)
		return;
	if (relation->missing != MISSING_DELETE && relation->missing != MISSING_UNLINK)
	{
		add_missing(store, stage, missing, parent, pair->present->row);
		return;
	}
	far = add_other(store, stage, pair->present->row, parent);
	far->is_unlinked = true;
	add_pair(store, &stage->unlinks, parent, far);
	if (relation->missing == MISSING_DELETE && pair->present->claimed == NULL)
		*doomed = lappend(*doomed, far);
}

/* "@delete": true of a row that is there. */
static void
settle_deletes(Store *store, Stage *stage, List **doomed)
{
	for (int i = 0; i < stage->nrows; i++)
	{
		DocRow	   *row = stage->rows[i];

		if (!row->asks_delete || row->row == NULL || row->is_lost || !row->is_there)
			continue;
		/* one that several have is taken from each */
		if (stage->relation->kind == MANY_TO_MANY &&
			(row->same == NULL || real_row(row->same->parent) != real_row(row->parent)))
			add_pair(store, &stage->unlinks, row->parent, row);
		if (row->same != NULL)
			continue;
		if (stage->relation->write == WRITE_OWN)
			*doomed = lappend(*doomed, row);
		else if (stage->relation->kind != MANY_TO_MANY)
			unlink_row(store, row);
		row->is_unlinked = true;
	}
}

/* Whether a row is the first of its parent's that say the same one; notes that. */
static bool
is_first_said(KeyMap *said, const DocRow *row)
{
	bool		found;

	(void) add_to_map(said, two_pointers(pointer_key(real_row(row->parent)), row_pointer(row)), &found);
	return !found;
}

/* What else a list says: rows that belong here from now on, each once. */
static void
settle_links(Store *store, Stage *stage)
{
	KeyMap	   *linked = make_pointer_map(store->context, 2);

	for (int i = 0; i < stage->nrows; i++)
	{
		DocRow	   *row = stage->rows[i];

		CHECK_FOR_INTERRUPTS();
		if (row->is_lost || row->asks_delete || row->is_there)
			continue;
		if (is_first_said(linked, row))
			add_pair(store, &stage->links, row->parent, row);
	}
}

/* ---- rows that come from elsewhere */

/* Whether two relations are the same one, be it at several depths. */
static bool
is_same_relation(const StoreRelation *left, const StoreRelation *right)
{
	const Relationship *a = left->branch->relationship;
	const Relationship *b = right->branch->relationship;

	return left->kind == right->kind && is_same_key(a->key, b->key) &&
		(left->kind != MANY_TO_MANY || is_same_key(a->far_key, b->far_key));
}

/* Whether another list of the call has left a row out, which is then taken from there. */
static bool
take_from(Store *store, Stage *stage, const Stage *into, DocRow *row)
{
	ListCell   *lc;

	check_stack_depth();
	if (stage->level == into->level && stage->relation != NULL && is_same_relation(stage->relation, into->relation))
	{
		PresentRow *present = find_recognized(store, stage, row->key);

		if (present != NULL && present->parent != NULL &&
			(present->claimed == NULL || present->claimed == row))
		{
			present->claimed = row;
			if (stage->relation->kind == MANY_TO_MANY)
				return !present->stays;
			return true;
		}
	}
	foreach(lc, stage->children)
	{
		if (take_from(store, lfirst(lc), into, row))
			return true;
	}
	return false;
}

/* Owned rows that are found, but not under their parent. */
static void
settle_moves(Store *store, Stage *stage)
{
	KeyMap	   *again = NULL;

	if (stage->relation == NULL || stage->relation->write != WRITE_OWN)
		return;
	for (int i = 0; i < stage->nrows; i++)
	{
		DocRow	   *row = stage->rows[i];

		CHECK_FOR_INTERRUPTS();
		if (row->row == NULL || row->is_there || row->is_lost)
			continue;
		/* each of those that are to have a row must get it, and is told once */
		if (row->same != NULL && real_row(real_row(row)->parent) == real_row(row->parent))
			continue;
		if (row->same != NULL && again == NULL)
			again = make_pointer_map(store->context, 2);
		if (row->same != NULL && !is_first_said(again, row))
			continue;
		if (!take_from(store, store->root, stage, real_row(row)))
			add_full_error(store, row, NIL, ERROR_MOVED, "the row belongs elsewhere")->hint =
				"It is taken from a document that is saved with it and leaves it out, or from any by (write: link).";
	}
}

static void
settle_moves_below(Store *store, Stage *stage)
{
	ListCell   *lc;

	check_stack_depth();
	settle_moves(store, stage);
	foreach(lc, stage->children)
		settle_moves_below(store, lfirst(lc));
}

static void
settle_stage(Store *store, Stage *stage)
{
	MissingKeys missing = {NULL};
	List	   *doomed = NIL;
	ListCell   *lc;

	check_stack_depth();
	if (stage->relation != NULL)
	{
		settle_deletes(store, stage, &doomed);
		if (stage->relation->kind == MANY_TO_MANY)
			settle_links(store, stage);
		foreach(lc, stage->all_present)
		{
			PresentRow *present = lfirst(lc);

			CHECK_FOR_INTERRUPTS();
			if (present->claimed == NULL && present->parent != NULL && !present->parent->is_lost &&
				stage->relation->kind != MANY_TO_MANY &&
				who_leaves_out(stage, present->parent, present->also, present->row) != NULL)
				settle_row(store, stage, present, &missing, &doomed);
		}
		foreach(lc, stage->all_pairs)
		{
			PresentPair *pair = lfirst(lc);
			DocRow	   *parent = pair->claimed != NULL || pair->parent->is_lost ? NULL :
				who_leaves_out(stage, pair->parent, pair->also, pair->present->row);

			CHECK_FOR_INTERRUPTS();
			if (parent != NULL)
				settle_pair(store, stage, pair, parent, &missing, &doomed);
		}
		tell_missing(store, stage, &missing);
	}
	else if (store->call->mode == SAVE_DELETE)
	{
		for (int i = 0; i < stage->nrows; i++)
		{
			if (stage->rows[i]->row != NULL && stage->rows[i]->same == NULL && !stage->rows[i]->is_lost)
				doomed = lappend(doomed, stage->rows[i]);
		}
	}
	/* the stages below are there before those that only deleting needs */
	foreach(lc, list_copy(stage->children))
		settle_stage(store, lfirst(lc));
	doom_list(store, stage, doomed);
}

/* Settles all stages from one on, once all documents are matched. */
void
settle_missing(Store *store, Stage *stage)
{
	MemoryContext old = MemoryContextSwitchTo(store->context);

	settle_moves_below(store, stage);
	settle_stage(store, stage);
	MemoryContextSwitchTo(old);
}
