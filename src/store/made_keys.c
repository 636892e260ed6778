/*
 * made_keys.c
 *		Keys of new rows that are not made as yet, and never are while only a plan is made: the
 *		column of the row that is to have one stands for it. So it can be told that a row
 *		is to lead to two rows, or to a new one and to another.
 */
#include "store/internal.h"

#include "miscadmin.h"
#include "optimizer/optimizer.h"

/* A key by which a row leads to another one, in one of its places; and how far they were gone over. */
typedef struct LeadingKey
{
	const DocRow *place;
	const StoreRelation *relation;	/* over which it does, or NULL: to the row above it */
	const ForeignKey *key;
	const DocRow *target;
	int			nplace;
	int			nrelation;
} LeadingKey;

/* The next key of a row, in the order in which they are connected. */
static bool
next_key(const DocRow *row, LeadingKey *lead)
{
	for (; lead->nplace <= list_length(row->extra->places); lead->nplace++, lead->nrelation = 0)
	{
		const DocRow *place = lead->nplace == 0 ? row : list_nth(row->extra->places, lead->nplace - 1);
		const List *relations = place->stage->level->has_to_one && (row->row == NULL || place == row) ?
			place->stage->level->relations : NIL;

		lead->place = place;
		while (lead->nrelation < list_length(relations))
		{
			lead->relation = list_nth(relations, lead->nrelation++);
			lead->key = lead->relation->branch->relationship->key;
			lead->target = lead->relation->kind == TO_ONE ? place->targets[lead->relation->item] : NULL;
			if (lead->target != NULL)
				return true;
		}
		if (lead->nrelation == list_length(relations) && has_parent_key(place->stage))
		{
			lead->nrelation++;
			lead->relation = NULL;
			lead->key = place->stage->relation->branch->relationship->key;
			lead->target = place->parent;
			return true;
		}
	}
	return false;
}

/* Which column a row is led to by has that of a key; or 0. */
static AttrNumber
referenced_column(const ForeignKey *key, AttrNumber attnum)
{
	int			i = key_index(key, attnum);

	return i < 0 ? InvalidAttrNumber : key->referenced_attnums[i];
}

/* Whether a column of a new row is made by its default, which gives each row another value. */
static bool
is_made(const StoreTable *table, AttrNumber attnum)
{
	return table->defaults[attnum - 1] != NULL && table->may_insert[attnum - 1] &&
		(table->from_sequence[attnum - 1] || contain_volatile_functions((Node *) table->defaults[attnum - 1]));
}

/* How far a key is followed from row to row: for keys may lead round. */
#define MAX_STEPS 100

/* What stands for a column of a row; false: it is known, or cannot be told from others. */
static bool
find_made(const DocRow *row, AttrNumber attnum, MadeKey *made)
{
	for (int step = 0; step < MAX_STEPS; step++)
	{
		LeadingKey	lead = {NULL};
		AttrNumber	referenced = InvalidAttrNumber;

		row = real_row(row);
		if (row->row != NULL || row->is_lost || row->asks_delete || bms_is_member(attnum, row->changed))
			return false;
		while (referenced == InvalidAttrNumber && next_key(row, &lead))
			referenced = referenced_column(lead.key, attnum);
		if (referenced == InvalidAttrNumber)
		{
			made->row = row;
			made->attnum = attnum;
			return is_made(row->stage->level->table, attnum);
		}
		row = lead.target;
		attnum = referenced;
	}
	return false;
}

static bool
gives_made(const LeadingKey *lead, AttrNumber attnum, MadeKey *made)
{
	AttrNumber	referenced = referenced_column(lead->key, attnum);

	return referenced != InvalidAttrNumber && find_made(lead->target, referenced, made);
}

/* What stands for the value that a place of a row says of a column, where that is a key to be made; false: it is none. */
bool
says_made(const DocRow *place, AttrNumber attnum, MadeKey *made)
{
	LeadingKey	lead = {NULL};

	while (next_key(place, &lead) && lead.nplace == 0)
	{
		bool		is_parent = lead.relation == NULL;

		if ((!is_parent || (place->is_said && !place->asks_delete && !place->is_there)) &&
			gives_made(&lead, attnum, made))
			return true;
	}
	return false;
}

bool
is_same_made(const MadeKey *left, const MadeKey *right)
{
	return left->row == right->row && left->attnum == right->attnum;
}

/*
 * Whether what a place of a row leads to by the key to its parent is another row than that, one
 * of them being new: their keys are not known, but will not be the same.
 */
bool
leads_away(const DocRow *place)
{
	const ForeignKey *key = place->stage->relation->branch->relationship->key;
	const DocRow *parent = real_row(place->parent);
	ListCell   *lc;

	foreach(lc, place->stage->level->relations)
	{
		const StoreRelation *relation = lfirst(lc);
		const DocRow *target = relation->kind == TO_ONE ? place->targets[relation->item] : NULL;

		if (target == NULL || target->is_lost || target->asks_delete ||
			!is_same_key(relation->branch->relationship->key, key))
			continue;
		target = real_row(target);
		if (target != parent && (target->row == NULL || parent->row == NULL))
			return true;
	}
	return false;
}

/* Whether relations by one key say where a row leads in a place: whether they agree was found out without the key. */
static bool
is_compared(const LeadingKey *lead)
{
	const StoreLevel *level = lead->place->stage->level;
	ListCell   *lc;

	if (lead->relation == NULL)
		return leads_away(lead->place);
	foreach(lc, level->has_twins ? level->relations : NIL)
	{
		const StoreRelation *twin = lfirst(lc);

		if (twin != lead->relation && twin->kind == TO_ONE && is_same_key(twin->branch->relationship->key, lead->key) &&
			(lead->place->targets[twin->item] != NULL || bms_is_member(twin->item, lead->place->extra->cleared)))
			return true;
	}
	return false;
}

/* Whether a key of a row comes before another one, in the order in which they are connected. */
static bool
is_before(const LeadingKey *left, const LeadingKey *right)
{
	return left->nplace < right->nplace || (left->nplace == right->nplace && left->nrelation < right->nrelation);
}

/* Whether anything else says what a row has in a column of a key. */
static bool
is_said_before(const DocRow *row, const LeadingKey *lead, AttrNumber attnum)
{
	LeadingKey	before = {NULL};

	if (bms_is_member(attnum, row->changed))
		return true;
	while (next_key(row, &before) && is_before(&before, lead))
	{
		if (referenced_column(before.key, attnum) != InvalidAttrNumber)
			return true;
	}
	return false;
}

/* Whether a row is said to have something else in a column than the key that is made for it there. */
static bool
says_otherwise(const DocRow *row, const LeadingKey *lead, AttrNumber attnum, const MadeKey *made)
{
	LeadingKey	before = {NULL};
	MadeKey		other;

	if (bms_is_member(attnum, row->changed))
		return true;
	while (next_key(row, &before) && is_before(&before, lead))
	{
		if (gives_made(&before, attnum, &other) && !is_same_made(&other, made))
			return true;
	}
	return false;
}

/* Notes that a key of a row, over a relation or to the row above it, is not what else is said of one of its columns. */
void
tell_other_key(Store *store, const DocRow *place, const StoreRelation *relation)
{
	if (relation != NULL)
		add_error(store, place, item_steps(place->stage->level, relation->item), ERROR_DUPLICATE,
				  "another key says otherwise of the same column");
	else
		add_error(store, place, parent_key_steps(place, place->stage->relation->branch->relationship->key),
				  ERROR_DUPLICATE, "a key of it says that it belongs elsewhere");
}

/*
 * Notes where keys that are to be made for other rows are not what a row says in one column,
 * once all that is known of its keys is connected.
 */
void
check_made_keys(Store *store, const DocRow *row)
{
	LeadingKey	lead = {NULL};

	while (next_key(row, &lead))
	{
		bool		agrees = true;

		for (int i = 0; i < lead.key->nkeys && agrees; i++)
		{
			AttrNumber	attnum = lead.key->referencing_attnums[i];
			MadeKey		made;

			/* most keys nothing else says anything of */
			if (is_said_before(row, &lead, attnum) &&
				find_made(lead.target, lead.key->referenced_attnums[i], &made))
				agrees = !says_otherwise(row, &lead, attnum, &made) || is_compared(&lead);
		}
		if (!agrees)
			tell_other_key(store, lead.place, lead.relation);
	}
}
