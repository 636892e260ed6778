/*
 * keys.c
 *		The keys of new rows, made before anything is inserted, so that other rows can
 *		have them; and the foreign keys that follow from where rows stand in documents.
 */
#include "store/internal.h"

#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/datum.h"

/* A row that is there, as it was found. */
Row *
found_row(const DocRow *row)
{
	return row->extra->found != NULL ? row->extra->found : row->row;
}

/* The column of a level that has an attribute, where it was put there when the plan was made. */
int
level_attribute(const Level *level, AttrNumber attnum)
{
	int			column = find_level_column(level, attnum);

	if (column < 0)
		elog(ERROR, "column %d of relation %u was not loaded", attnum, level->relid);
	return column;
}

/* A column of a row as it is in the table. */
Datum
present_value(const DocRow *row, AttrNumber attnum, bool *isnull)
{
	int			column = level_attribute(row->stage->level->level, attnum);

	*isnull = row->row->nulls[column];
	return row->row->values[column];
}

/* The same before anything was written, be it in another place of the row. */
Datum
found_value(const DocRow *row, AttrNumber attnum, bool *isnull)
{
	const Row  *found = found_row(row);
	int			column = level_attribute(row->stage->level->level, attnum);

	*isnull = found->nulls[column];
	return found->values[column];
}

/*
 * What a row will have in a column; false where that is not known: of a new row that
 * does not say it.
 */
bool
row_value(const DocRow *row, AttrNumber attnum, Datum *value, bool *isnull)
{
	int			column;

	row = real_row(row);
	if (has_attnum(row->changed, attnum))
	{
		*value = row->values[attnum - 1];
		*isnull = row->nulls[attnum - 1];
		return true;
	}
	if (row->row == NULL)
		return false;
	column = level_attribute(row->stage->level->level, attnum);
	*value = row->row->values[column];
	*isnull = row->row->nulls[column];
	return true;
}

/* ---- keys that are made */

/* The columns of a stage's new rows that somebody has to know before they are inserted. */
static Bitmapset *
needed_columns(const Stage *stage)
{
	const RowRule *rule = stage->level->rule;
	Bitmapset  *needed = bms_copy(stage->level->table->referenced);

	for (int i = 0; i < rule->nidentity; i++)
		needed = bms_add_member(needed, rule->identity[i]);
	return needed;
}

/* Adds the columns that a row gets from others where it stands: the key to its parent, and to what it links to. */
static Bitmapset *
add_given_columns(Bitmapset *given, const DocRow *place)
{
	const Stage *stage = place->stage;
	ListCell   *lc;

	given = bms_add_members(given, stage->parent_key);
	foreach(lc, stage->level->relations)
	{
		const StoreRelation *relation = lfirst(lc);
		const ForeignKey *key = relation->branch->relationship->key;
		const DocRow *target = relation->kind == TO_ONE ? place->targets[relation->item] : NULL;

		if (relation->kind != TO_ONE || (target != NULL && target->asks_delete) ||
			(target == NULL &&
			 (place->given[relation->item] == NULL || place->given[relation->item]->type == jbvNull)))
			continue;
		for (int i = 0; i < key->nkeys; i++)
			given = bms_add_member(given, key->referencing_attnums[i]);
	}
	return given;
}

/* Those that other rows give a row, wherever it stands. */
static Bitmapset *
given_columns(const DocRow *row)
{
	Bitmapset  *given;
	ListCell   *lc;

	if (row->extra->places == NIL && !row->stage->level->has_to_one)
		return row->stage->parent_key;
	given = add_given_columns(NULL, row);
	foreach(lc, row->extra->places)
		given = add_given_columns(given, lfirst(lc));
	return given;
}

static bool
is_new(const DocRow *row)
{
	return row->row == NULL && row->same == NULL && !row->is_lost && !row->asks_delete;
}

static void
make_row_keys(Store *store, DocRow *row, Bitmapset *needed)
{
	const StoreTable *table = row->stage->level->table;
	Bitmapset  *given = given_columns(row);
	int			attnum = -1;

	while ((attnum = bms_next_member(needed, attnum)) >= 0)
	{
		Datum		value;
		bool		isnull;

		/* what the role may not say the column makes by itself */
		if (has_attnum(row->changed, attnum) || has_attnum(given, attnum) ||
			table->defaults[attnum - 1] == NULL || !table->may_insert[attnum - 1])
			continue;
		value = default_value(store, table, attnum, &isnull);
		if (!isnull)
			(void) set_value(store, row, attnum, value, false);
	}
}

/* A row whose keys are made. */
typedef struct KeyRun
{
	Store	   *store;
	DocRow	   *row;
	Bitmapset  *needed;
} KeyRun;

static void
run_row_keys(void *arg)
{
	KeyRun	   *run = arg;

	make_row_keys(run->store, run->row, run->needed);
}

/* Makes the keys of all new rows, from a stage on. Returns whether there are any rows. */
bool
make_keys(Store *store, Stage *stage)
{
	KeyRun		run = {.store = store};
	bool		any = false;
	ListCell   *lc;

	check_stack_depth();
	if (!stage->level->is_linked)
	{
		run.needed = needed_columns(stage);
		/* of all or none, so that they are in the order of the documents */
		for (int i = 0; i < stage->nrows && !any; i++)
			any = is_new(stage->rows[i]) && stage->rows[i]->needs_key;
		for (int i = 0; i < stage->nrows && any; i++)
		{
			CHECK_FOR_INTERRUPTS();
			run.row = stage->rows[i];
			if (is_new(run.row))
				(void) guarded(store, run.row, NIL, run_row_keys, &run);
		}
	}
	foreach(lc, stage->children)
		any |= make_keys(store, lfirst(lc));
	return any;
}

/* ---- foreign keys */

/*
 * A column by which a row that is there is found when its turn comes to be updated: where
 * it is of a key that cascades, it has followed its parent's.
 */
Datum
followed_value(const DocRow *row, AttrNumber attnum, bool *isnull)
{
	const Stage *stage = row->stage;
	const StoreLevel *level = stage->level;
	const ForeignKey *key = stage->relation == NULL ? NULL : stage->relation->branch->relationship->key;
	int			column = level_attribute(level->level, attnum);

	check_stack_depth();
	for (int i = 0; key != NULL && row->parent != NULL && row->parent->row != NULL && i < key->nkeys &&
		 has_parent_key(stage) &&
		 (row->is_there || !row->is_said); i++)
	{
		const DocRow *parent = real_row(row->parent);
		AttrNumber	referenced = key->referenced_attnums[i];
		Form_pg_attribute attribute = TupleDescAttr(level->table->tupdesc, attnum - 1);
		Datum		value;

		if (key->referencing_attnums[i] != attnum || !key->cascades)
			continue;
		if (bms_is_member(referenced, parent->changed))
			(void) row_value(parent, referenced, &value, isnull);
		else
			value = followed_value(parent, referenced, isnull);
		if (!*isnull)
			return convert_value(value, key->types[i].referenced,
								 attribute->atttypid, attribute->atttypmod);
	}
	*isnull = row->row->nulls[column];
	return row->row->values[column];
}

/* As row_value(), once what is updated is. */
bool
written_value(const DocRow *row, AttrNumber attnum, Datum *value, bool *isnull)
{
	row = real_row(row);
	if (row->row == NULL || has_attnum(row->changed, attnum))
		return row_value(row, attnum, value, isnull);
	*value = followed_value(row, attnum, isnull);
	return true;
}

static bool
may_be_told(const DocRow *row, AttrNumber attnum)
{
	row = real_row(row);
	return row->row == NULL && bms_is_member(attnum, told_columns(row->stage));
}

/* Whether nothing of a key to a row is known as yet: as mostly of a new one, until keys are made. */
static bool
is_not_made(const Store *store, const ForeignKey *key, const DocRow *target)
{
	target = real_row(target);
	for (int i = 0; i < key->nkeys; i++)
	{
		if (has_attnum(target->changed, key->referenced_attnums[i]))
			return false;
	}
	return target->row == NULL && !store->keys_are_made;
}

/*
 * Sets the columns of a foreign key of one row to those of another, as far as they are
 * known and differ. Returns false if the row says otherwise of one of them.
 */
static bool
follow_key(Store *store, DocRow *row, const ForeignKey *key, const DocRow *target)
{
	bool		agrees = true;

	if (is_not_made(store, key, target))
		return true;
	for (int i = 0; i < key->nkeys; i++)
	{
		AttrNumber	attnum = key->referencing_attnums[i];
		Form_pg_attribute attribute = TupleDescAttr(row->stage->level->table->tupdesc, attnum - 1);
		Datum		value;
		Datum		present;
		bool		isnull;
		bool		present_isnull;
		bool		is_known = written_value(target, key->referenced_attnums[i], &value, &isnull);

		if (!is_known || isnull)
		{
			const StoreTable *table = real_row(target)->stage->level->table;

			/* a trigger makes it, or nobody does: it would be lost in silence; unless the other row is wrong */
			if (!real_row(target)->failed &&
				(is_known ? !TupleDescAttr(table->tupdesc, key->referenced_attnums[i] - 1)->attnotnull :
				 store->keys_are_made && !may_be_told(target, key->referenced_attnums[i])))
				key_not_known(store, row, target, key->referenced_attnums[i]);
			continue;
		}
		if (!fit_key_value(store, row, target, key, i, &value))
			continue;
		/* what is as it was leaves it to others to say what it becomes */
		if (row->row != NULL)
		{
			present = present_value(row, attnum, &present_isnull);
			if (!present_isnull &&
				same_value(attribute->atttypid, attribute->attcollation, value, present))
				continue;
		}
		agrees &= set_value(store, row, attnum, value, false);
	}
	return agrees;
}

/* The columns of a foreign key that can be NULL. */
Bitmapset *
nullable_columns(const StoreTable *table, const ForeignKey *key)
{
	Bitmapset  *nullable = NULL;

	for (int i = 0; i < key->nkeys; i++)
	{
		AttrNumber	attnum = key->referencing_attnums[i];

		if (!TupleDescAttr(table->tupdesc, attnum - 1)->attnotnull)
			nullable = bms_add_member(nullable, attnum);
	}
	return nullable;
}

/* Whether the columns of a foreign key of a row, as column_value has them, are those of another one, be it as that was found. */
static bool
has_key_to(const DocRow *row, ColumnValue column_value, const ForeignKey *key, const DocRow *target, bool as_found)
{
	for (int i = 0; i < key->nkeys; i++)
	{
		Datum		value;
		Datum		present;
		bool		isnull;
		bool		present_isnull;

		present = column_value(row, key->referencing_attnums[i], &present_isnull);
		if (as_found)
			value = found_value(real_row(target), key->referenced_attnums[i], &isnull);
		if (present_isnull ||
			(!as_found && !row_value(target, key->referenced_attnums[i], &value, &isnull)) || isnull ||
			!is_key_value(key, i, present, value))
			return false;
	}
	return true;
}

/* Whether a row that is there leads to another one, be it to what that was found as. */
bool
leads_to(const DocRow *row, const ForeignKey *key, const DocRow *target, bool as_found)
{
	return has_key_to(row, present_value, key, target, as_found);
}

/* Whether a row led to what another one becomes before any place of it said so. */
bool
has_led_to(const DocRow *row, const ForeignKey *key, const DocRow *target)
{
	return has_key_to(row, found_value, key, target, false);
}

/*
 * Sets a foreign key to NULL: those of its columns that can be, for one is enough.
 * Returns false if the row says otherwise of one of them.
 */
bool
clear_key(Store *store, DocRow *row, const ForeignKey *key)
{
	TupleDesc	tupdesc = row->stage->level->table->tupdesc;
	bool		agrees = true;
	bool		any = false;

	for (int i = 0; i < key->nkeys; i++)
	{
		bool		isnull = false;

		if (row->row != NULL)
			(void) present_value(row, key->referencing_attnums[i], &isnull);
		/* it leads nowhere already */
		if (isnull)
			return true;
		any |= !TupleDescAttr(tupdesc, key->referencing_attnums[i] - 1)->attnotnull;
	}
	for (int i = 0; i < key->nkeys; i++)
	{
		AttrNumber	attnum = key->referencing_attnums[i];

		if (!any || !TupleDescAttr(tupdesc, attnum - 1)->attnotnull)
			agrees &= set_value(store, row, attnum, (Datum) 0, true);
	}
	return agrees;
}

/* Whether a document changes the key of a row that others lead to. */
bool
changes_key(const DocRow *row, const ForeignKey *key)
{
	row = real_row(row);
	for (int i = 0; i < key->nkeys && row->row != NULL; i++)
	{
		if (bms_is_member(key->referenced_attnums[i], row->changed) ||
			bms_is_member(key->referenced_attnums[i], row->extra->elsewhere))
			return true;
	}
	return false;
}

/* Whether a row leads to another one whose key changes, and has it then without an UPDATE of its own. */
bool
is_taken_along(const DocRow *row, const ForeignKey *key, const DocRow *target)
{
	return key->cascades && row->row != NULL && changes_key(target, key) && leads_to(row, key, target, true);
}

/* To the rows that to-one relations lead to, as a place of the row says. */
static void
connect_to_one(Store *store, DocRow *row, const DocRow *place)
{
	ListCell   *lc;

	foreach(lc, place->stage->level->relations)
	{
		const StoreRelation *relation = lfirst(lc);
		const ForeignKey *key = relation->branch->relationship->key;
		DocRow	   *target;
		bool		agrees = true;

		if (relation->kind != TO_ONE)
			continue;
		target = place->targets[relation->item];
		if (bms_is_member(relation->item, place->extra->cleared) ||
			(target != NULL && target->asks_delete && target->row != NULL && row->row != NULL &&
			 leads_to(row, key, target, false)))
			agrees = clear_key(store, row, key);
		else if (target != NULL && !target->is_lost && !target->asks_delete && !is_taken_along(row, key, target))
			agrees = follow_key(store, row, key, target);
		if (!agrees)
			tell_other_key(store, place, relation);
	}
}

/* Whether a row that is there is to follow the key of its parent, which changes. */
bool
follows_parent(const DocRow *row)
{
	const ForeignKey *key = row->stage->relation->branch->relationship->key;

	return row->is_there && !key->cascades && changes_key(row->parent, key);
}

/*
 * Whether a row that others lead to is not there as yet, or its key changes. One that is
 * inserted before self is written, in an earlier stage, has a key by then, unless only the INSERT tells it.
 */
static bool
is_waited_for(const DocRow *row, const ForeignKey *key, const DocRow *self)
{
	row = real_row(row);
	if (row == self || row->row != NULL || self == NULL || row->stage->turn >= self->stage->turn)
		return row != self && (row->row == NULL || changes_key(row, key));
	for (int i = 0; i < key->nkeys; i++)
	{
		if (may_be_told(row, key->referenced_attnums[i]))
			return true;
	}
	return false;
}

/*
 * Whether a row is to lead to one that is not there as yet, or follows one whose key changes;
 * but for self, the row itself in the place where it is written.
 */
bool
waits_for_others(const DocRow *row, const DocRow *self)
{
	ListCell   *lc;

	if (has_parent_key(row->stage) &&
		is_waited_for(row->parent, row->stage->relation->branch->relationship->key, self))
		return true;
	foreach(lc, row->stage->level->relations)
	{
		const StoreRelation *relation = lfirst(lc);
		const DocRow *target = relation->kind == TO_ONE ? row->targets[relation->item] : NULL;

		if (target != NULL && is_waited_for(target, relation->branch->relationship->key, self))
			return true;
	}
	return false;
}

/* To the parent in a place. */
static void
connect_to_parent(Store *store, DocRow *row, const DocRow *place)
{
	const StoreRelation *relation = place->stage->relation;
	const ForeignKey *key = relation == NULL ? NULL : relation->branch->relationship->key;

	if (relation == NULL || (relation->kind != TO_MANY && relation->kind != ONE_TO_ONE) ||
		place->parent->is_lost)
		return;
	if (place->row != NULL && place->is_there && !follows_parent(place))
		return;
	if ((!store->keys_are_made && leads_away(place)) || !follow_key(store, row, key, place->parent))
		tell_other_key(store, place, NULL);
}

/* What "where" says of all rows that there are. */
static void
fix_columns(Store *store, DocRow *row, const DocRow *place)
{
	const Stage *stage = place->stage;
	const RowFilter *filter = stage->relation == NULL ? &stage->level->level->filter :
		&stage->relation->branch->filter;
	ListCell   *lc;

	foreach(lc, filter->fixed)
	{
		const FixedColumn *fixed = lfirst(lc);
		Datum		value;
		bool		isnull;

		if (bms_is_member(fixed->attnum, row->changed) ||
			TupleDescAttr(stage->level->table->tupdesc, fixed->attnum - 1)->attgenerated != '\0')
			continue;
		if (fixed->value->is_optional && !param_is_given(fixed->value->text, store->call->params))
			continue;
		value = bind_value(fixed->value, store->call->params, &isnull);
		(void) set_value(store, row, fixed->attnum, value, isnull);
	}
}

/* ---- keys that only the INSERT makes */

/* What an INSERT of a stage's rows is to tell of them; NULL if it need not, or may not. */
Bitmapset *
told_columns(const Stage *stage)
{
	const StoreTable *table = stage->level->table;
	Bitmapset  *needed = table->may_tell ? needed_columns(stage) : NULL;
	Bitmapset  *told = NULL;
	int			attnum = -1;

	while ((attnum = bms_next_member(needed, attnum)) >= 0)
	{
		if ((table->must_tell || !table->may_insert[attnum - 1] ||
			 TupleDescAttr(table->tupdesc, attnum - 1)->attgenerated != '\0') &&
			may_use_column(table->relid, attnum, GetUserId(), ACL_SELECT))
			told = bms_add_member(told, attnum);
	}
	return told;
}

/* Sets a column, whatever was said of it before. */
static void
replace_value(Store *store, DocRow *row, AttrNumber attnum, Datum value, bool isnull)
{
	Form_pg_attribute attribute = TupleDescAttr(row->stage->level->table->tupdesc, attnum - 1);

	row->changed = bms_del_member(row->changed, attnum);
	(void) set_value(store, row, attnum,
					 isnull ? value : datumCopy(value, attribute->attbyval, attribute->attlen), isnull);
}

/* A RowTaker, for keys of new rows: those of a trigger, of a view's table, generated ones. */
void
take_told(Store *store, const StoreStatement *statement, DocRow *row, const Datum *values,
		  const bool *nulls)
{
	TupleDesc	tupdesc = row->stage->level->table->tupdesc;
	MemoryContext old = MemoryContextSwitchTo(store->context);
	int			attnum = -1;

	for (int i = 0; (attnum = bms_next_member(statement->keys, attnum)) >= 0; i++)
	{
		Form_pg_attribute attribute = TupleDescAttr(tupdesc, attnum - 1);
		Datum		value;
		bool		isnull;

		if (row_value(row, attnum, &value, &isnull) && isnull == nulls[i] &&
			(isnull || datum_image_eq(value, values[i], attribute->attbyval, attribute->attlen)))
			continue;
		replace_value(store, row, attnum, values[i], nulls[i]);
		row->is_told = store->keys_are_told = true;
	}
	MemoryContextSwitchTo(old);
}

static void
follow_told_key(Store *store, DocRow *row, const ForeignKey *key, const DocRow *target)
{
	for (int i = 0; i < key->nkeys; i++)
	{
		AttrNumber	attnum = key->referencing_attnums[i];
		Datum		value;
		bool		isnull;

		if (!row_value(target, key->referenced_attnums[i], &value, &isnull))
			continue;
		if (!isnull)
			value = exact_value(key, i, value);
		replace_value(store, row, attnum, value, isnull);
	}
}

/* Those in one of the places of the row. */
static void
follow_told_keys_of(Store *store, DocRow *row, const DocRow *place)
{
	const StoreRelation *relation = place->stage->relation;
	ListCell   *lc;

	if (has_parent_key(place->stage) &&
		!(place->row != NULL && place->is_there) && real_row(place->parent)->is_told)
		follow_told_key(store, row, relation->branch->relationship->key, place->parent);
	foreach(lc, place->stage->level->relations)
	{
		const StoreRelation *own = lfirst(lc);
		const DocRow *target = own->kind == TO_ONE ? place->targets[own->item] : NULL;

		if (target != NULL && real_row(target)->is_told)
			follow_told_key(store, row, own->branch->relationship->key, target);
	}
}

/* Sets the keys of a row to rows whose own were told when they were inserted. */
void
follow_told_keys(Store *store, DocRow *row)
{
	MemoryContext old = MemoryContextSwitchTo(store->context);
	ListCell   *lc;

	follow_told_keys_of(store, row, row);
	foreach(lc, row->extra->places)
		follow_told_keys_of(store, row, lfirst(lc));
	MemoryContextSwitchTo(old);
}

/* ---- what a new row lacks */

/* Whether nothing would recognize a row in a list if that column were NULL. */
static bool
is_needed_key(Store *store, const DocRow *row, AttrNumber attnum)
{
	const StoreLevel *level = row->stage->level;
	const StoreRelation *relation = row->stage->relation;

	/* a view's or foreign table's may be made behind it; and what is not shown is not saved again */
	if (!level->can_match || store->options->mode == SAVE_INSERT ||
		store->options->returns == RETURN_NONE ||
		(level->table->relkind != RELKIND_RELATION && level->table->relkind != RELKIND_PARTITIONED_TABLE) ||
		(relation != NULL && (relation->kind == TO_ONE || relation->kind == ONE_TO_ONE)))
		return false;
	for (int i = 0; i < level->rule->nkeys; i++)
	{
		if (level->rule->keys[i] == attnum)
			return true;
	}
	return false;
}

static void
require_columns(Store *store, DocRow *row)
{
	const StoreLevel *level = row->stage->level;
	const StoreTable *table = level->table;
	Bitmapset  *given = given_columns(row);

	for (AttrNumber attnum = 1; attnum <= table->tupdesc->natts && !table->has_triggers; attnum++)
	{
		Form_pg_attribute attribute = TupleDescAttr(table->tupdesc, attnum - 1);
		int			item;

		if (!(attribute->attnotnull || is_needed_key(store, row, attnum)) ||
			attribute->attisdropped || attribute->attgenerated != '\0' ||
			table->defaults[attnum - 1] != NULL || has_attnum(given, attnum) ||
			(has_attnum(row->changed, attnum) &&
			 (attribute->attnotnull || !row->nulls[attnum - 1])))
			continue;
		item = find_column_item(level, attnum);
		/* what is given and cannot be read is told already; what nobody takes notice of is not */
		if (item >= 0 && row->given[item] != NULL && row->given[item]->type != jbvNull &&
			!(level->items[item].kind == ITEM_READONLY &&
			  (store->options->ignore_readonly || is_no_value(row->given[item]))))
			continue;
		add_error(store, row, column_steps(level, attnum), ERROR_REQUIRED,
				  item >= 0 ? "a new row needs a value here" :
				  psprintf("a new row needs a value for \"%s\", which the shape does not name",
						   NameStr(attribute->attname)));
	}
}

/* ---- all of it */

static void
connect_row(Store *store, DocRow *row)
{
	ListCell   *lc;

	if (row->same != NULL || row->is_lost || row->in_conflict || row->asks_delete)
		return;
	connect_to_one(store, row, row);
	connect_to_parent(store, row, row);
	foreach(lc, row->extra->places)
	{
		if (row->row == NULL)
			connect_to_one(store, row, lfirst(lc));
		connect_to_parent(store, row, lfirst(lc));
	}
	/* the rest is done before keys are made */
	if (store->keys_are_made)
		return;
	if (row->row != NULL)
	{
		check_made_keys(store, row);
		return;
	}
	fix_columns(store, row, row);
	foreach(lc, row->extra->places)
	{
		if (!((DocRow *) lfirst(lc))->stage->level->is_linked)
			fix_columns(store, row, lfirst(lc));
	}
	check_made_keys(store, row);
	require_columns(store, row);
}

/*
 * Sets the foreign keys of all rows from a stage on, as far as they are known: those to
 * new rows once the keys of these are made. Notes what is missing in new rows.
 */
void
connect_rows(Store *store, Stage *stage)
{
	MemoryContext old = MemoryContextSwitchTo(store->context);
	ListCell   *lc;

	check_stack_depth();
	/* a row that others lead to has its own keys first */
	foreach(lc, stage->children)
	{
		Stage	   *child = lfirst(lc);

		if (child->relation->kind == TO_ONE)
			connect_rows(store, child);
	}
	for (int i = 0; i < stage->nrows; i++)
	{
		CHECK_FOR_INTERRUPTS();
		if (!stage->level->is_linked)
			connect_row(store, stage->rows[i]);
		else if (stage->rows[i]->row != NULL && !stage->rows[i]->is_lost && stage->rows[i]->same == NULL &&
				 !stage->rows[i]->asks_delete)
			connect_to_parent(store, stage->rows[i], stage->rows[i]);
	}
	foreach(lc, stage->children)
	{
		Stage	   *child = lfirst(lc);

		if (child->relation->kind != TO_ONE)
			connect_rows(store, child);
	}
	MemoryContextSwitchTo(old);
}
