/*
 * writing.c
 *		What a shape says of writing: which rows are part of the document, what
 *		recognizes them, and which of their columns may be written. Reading takes no
 *		notice of it but for an etag; store/ refuses what cannot be written.
 */
#include "resolve/internal.h"

#include "miscadmin.h"
#include "nodes/bitmapset.h"
#include "utils/lsyscache.h"
#include "utils/typcache.h"

/* Whether the rows that args lead to are part of the document that their parent is of. */
bool
is_owned(const LevelBuilder *parent, const ShapeArgs *args)
{
	return parent->is_written && args != NULL && args->write == WRITE_OWN;
}

/* What is said of writing a column by an item, or NULL for one that "*" stands for; palloc'd. */
const ColumnRule *
make_column_rule(const ShapeItem *item)
{
	ColumnRule *rule = palloc0(sizeof(ColumnRule));

	if (item == NULL)
		return rule;
	rule->readonly = item->is_readonly;
	rule->once = item->is_once;
	rule->nocheck = item->is_nocheck;
	rule->format = item->format.name != NULL ? pstrdup(item->format.name) : NULL;
	rule->place = place_of(item);
	return rule;
}

/* The columns that the fields of a level name, and those of the keys of to-one links. */
static Bitmapset *
named_columns(const Level *level)
{
	Bitmapset  *named = NULL;
	ListCell   *lc;

	/* what a path ends in */
	foreach(lc, level->paths)
	{
		const Field *field = lfirst(lc);

		if (field->rule != NULL && level->columns[field->column].attnum > 0)
			named = bms_add_member(named, level->columns[field->column].attnum);
	}
	for (int i = 0; i < level->object.nfields; i++)
	{
		const Field *field = &level->object.fields[i];
		const Branch *branch = field->branch;

		if (field->rule != NULL && level->columns[field->column].attnum > 0)
			named = bms_add_member(named, level->columns[field->column].attnum);
		if (branch == NULL || branch->rule == NULL || branch->rule->write != WRITE_LINK ||
			branch->relationship->kind != TO_ONE ||
			branch->relationship->key == NULL)
			continue;
		for (int n = 0; n < branch->relationship->key->nkeys; n++)
			named = bms_add_member(named, branch->relationship->key->referencing_attnums[n]);
	}
	return named;
}

/* The columns by which rows belong to their parent, where they have them. */
static Bitmapset *
parent_key_columns(const Branch *branch)
{
	Bitmapset  *columns = NULL;
	const ForeignKey *key = branch == NULL ? NULL : branch->relationship->key;

	if (key == NULL || (branch->relationship->kind != TO_MANY &&
						branch->relationship->kind != ONE_TO_ONE))
		return NULL;
	for (int i = 0; i < key->nkeys; i++)
		columns = bms_add_member(columns, key->referencing_attnums[i]);
	return columns;
}

/* Those of a list of attribute numbers. */
static Bitmapset *
column_set(const List *attnums)
{
	Bitmapset  *columns = NULL;
	ListCell   *lc;

	foreach(lc, attnums)
		columns = bms_add_member(columns, lfirst_int(lc));
	return columns;
}

static Bitmapset *
by_columns(LevelBuilder *builder, const ShapeText *shape, const List *by)
{
	Scope	   *scope = &builder->scope;
	Bitmapset  *columns = NULL;
	ListCell   *lc;

	foreach(lc, by)
	{
		const ShapeName *name = lfirst(lc);
		ShapePlace	place = {shape, name->location};
		AttrNumber	attnum = find_attribute(scope->tupdesc, name->name);

		if (attnum == 0)
		{
			char	   *hint = suggest_names(scope, name->name, COLUMNS_ONLY);

			ereport(ERROR,
					errcode(ERRCODE_UNDEFINED_COLUMN),
					errmsg("%s has no column \"%s\"", scope->description, name->name),
					hint == NULL ? 0 : errhint("%s", hint),
					shape_position(shape, name->location));
		}
		if (!scope->at_hand)
			require_column(scope->relid, attnum, scope->context->role, ACL_SELECT, place);
		columns = bms_add_member(columns, attnum);
	}
	return columns;
}

/*
 * The columns that tell the rows of a level apart: those of "by", with what a unique
 * index takes of the parent's key beside; without it the column by which the rows are an
 * object, if that is unique; the primary key, if it is named, else the one unique index
 * that is. key: the former, or 0.
 */
static Bitmapset *
recognizing_columns(LevelBuilder *builder, const Branch *branch, ShapeWrite write, Bitmapset *by,
					AttrNumber key, RowRule *rule)
{
	/* a row that is linked may belong to anybody */
	Bitmapset  *parent_key = write == WRITE_LINK ? NULL : parent_key_columns(branch);
	Bitmapset  *named = by != NULL ? by : named_columns(builder->level);
	Bitmapset  *found = NULL;
	List	   *unique_keys = list_unique_keys(builder->scope.relid);
	ListCell   *lc;

	rule->is_unique = false;
	/* the names of the members of an object, if they are unique, before all else */
	foreach(lc, unique_keys)
	{
		Bitmapset  *columns = column_set(lfirst(lc));

		if (by == NULL && bms_is_member(key, columns) &&
			bms_is_subset(columns, bms_add_member(bms_copy(parent_key), key)))
		{
			rule->is_unique = true;
			return columns;
		}
	}
	foreach(lc, unique_keys)
	{
		Bitmapset  *key = column_set(lfirst(lc));

		if (!bms_is_subset(key, bms_union(named, parent_key)))
			continue;
		/* two indexes over the same columns tell rows apart by them */
		if (found != NULL && bms_equal(key, found))
			continue;
		if (found != NULL)
		{
			rule->is_ambiguous = true;
			return NULL;
		}
		rule->is_unique = true;
		found = bms_union(key, by);
		/* the primary key, which comes first, needs no other */
		if (by != NULL || key == NULL || equal(lfirst(lc), primary_key_attnums(builder->scope.relid)))
			break;
	}
	/* nothing that makes a view's rows unique can be seen */
	if (found == NULL && by != NULL && unique_keys == NIL && !has_foreign_keys(builder->scope.relid))
	{
		rule->is_unique = true;
		return bms_union(by, parent_key);
	}
	return found != NULL ? found : by;
}

/* Notes the columns of a level that a statement can tell its rows by. */
static void
add_identity(LevelBuilder *builder, const Branch *branch, RowRule *rule)
{
	const ForeignKey *key = branch == NULL ? NULL : branch->relationship->key;
	List	   *attnums;
	List	   *keys = NIL;
	ListCell   *lc;

	if (key != NULL && branch->relationship->kind == TO_ONE)
	{
		for (int i = 0; i < key->nkeys; i++)
			(void) level_column(builder, key->referenced_attnums[i]);
	}
	/* what recognizes rows may be NULL in some */
	attnums = primary_key_attnums(builder->scope.relid);
	foreach(lc, attnums)
	{
		if (!may_select(&builder->scope, lfirst_int(lc)))
			attnums = NIL;
		if (attnums == NIL)
			break;
	}
	for (int i = 0; attnums == NIL && i < rule->nkeys; i++)
		keys = lappend_int(keys, rule->keys[i]);
	if (attnums == NIL)
		attnums = keys;
	/* a relation that has one row at most tells it by its key */
	if (attnums == NIL && key != NULL && (branch->relationship->kind == TO_ONE ||
										  branch->relationship->kind == ONE_TO_ONE))
	{
		for (int i = 0; i < key->nkeys; i++)
			attnums = lappend_int(attnums, branch->relationship->kind == TO_ONE ?
								  key->referenced_attnums[i] : key->referencing_attnums[i]);
	}
	foreach(lc, attnums)
	{
		rule->identity[rule->nidentity] = lfirst_int(lc);
		rule->identity_columns[rule->nidentity++] = level_column(builder, lfirst_int(lc));
	}
}

/*
 * What args, or NULL for none, say of writing the rows of a level: of a branch, or
 * with NULL of a root. NULL where they are not written. Of a level whose fields are
 * resolved; palloc'd in the current memory context. For writing, what is needed of
 * the rows is added to the level.
 */
RowRule *
resolve_row_rule(LevelBuilder *builder, Branch *branch, const ShapeText *shape,
				 const ShapeArgs *args, ShapePlace place)
{
	bool		for_writing = builder->scope.context->for_writing ||
		(branch == NULL && builder->scope.context->for_answer);
	ShapeWrite	write = branch == NULL ? WRITE_OWN : args != NULL ? args->write : WRITE_UNSAID;
	List	   *by = args != NULL ? args->by : NIL;
	Bitmapset  *given = by_columns(builder, shape, by);
	AttrNumber	key = args == NULL || args->key.name == NULL ? 0 :
		find_attribute(builder->scope.tupdesc, args->key.name);
	Bitmapset  *columns;
	RowRule    *rule;
	int			attnum = -1;

	if (write != WRITE_OWN && write != WRITE_LINK)
		return NULL;
	rule = palloc0(sizeof(RowRule));
	rule->write = write;
	rule->missing = args != NULL && args->missing != MISSING_UNSAID ? args->missing : MISSING_ERROR;
	rule->place = place;
	rule->is_given = by != NIL;
	rule->leads_here = branch;
	columns = recognizing_columns(builder, branch, write, given, key, rule);
	if (bms_num_members(columns) > INDEX_MAX_KEYS)
		columns = NULL;
	while ((attnum = bms_next_member(columns, attnum)) >= 0)
		rule->keys[rule->nkeys++] = attnum;
	if (!for_writing && write != WRITE_LINK)
		return rule;
	for (int i = 0; i < rule->nkeys; i++)
		rule->key_columns[i] = level_column(builder, rule->keys[i]);
	if (!for_writing)
		return rule;

	columns = parent_key_columns(branch);
	attnum = -1;
	while ((attnum = bms_next_member(columns, attnum)) >= 0)
		(void) level_column(builder, attnum);
	add_identity(builder, branch, rule);
	return rule;
}

/*
 * Makes a way to rows of a level by ncolumns of its columns: a branch of a level whose rows
 * are values of these. filter: which rows come; with_heirs: those of tables that inherit
 * from the level's as well.
 */
static RowLookup *
make_lookup(ShapeContext *context, Level *child, int ncolumns, const int *columns,
			const RowFilter *filter, bool with_heirs, ShapePlace place)
{
	RowLookup  *lookup = palloc0(sizeof(RowLookup));
	Level	   *level = palloc0(sizeof(Level));
	Branch	   *branch = palloc0(sizeof(Branch));
	Relationship *relationship = palloc0(sizeof(Relationship));
	ForeignKey *key = palloc0(sizeof(ForeignKey));

	level->ncolumns = ncolumns;
	level->columns = palloc0(sizeof(LevelColumn) * Max(ncolumns, 1));
	level->nbranches = 1;
	level->branches = palloc(sizeof(Branch *));
	level->branches[0] = branch;
	key->name = "";
	key->referencing = key->referenced = child->relid;
	key->nkeys = lookup->ncolumns = ncolumns;
	relationship->kind = TO_ONE;
	relationship->target = child->relid;
	relationship->target_name = relationship->name = get_rel_name(child->relid);
	relationship->key = key;
	relationship->with_heirs = with_heirs;
	for (int i = 0; i < ncolumns; i++)
	{
		const LevelColumn *column = &child->columns[columns[i]];

		level->columns[i] = *column;
		lookup->attnums[i] = column->attnum;
		key->referencing_attnums[i] = key->referenced_attnums[i] = column->attnum;
		key->operators[i] = lookup_type_cache(getBaseType(column->typid), TYPECACHE_EQ_OPR)->eq_opr;
		branch->key_columns[i] = i;
	}
	branch->key = "";
	branch->relationship = relationship;
	branch->child = child;
	branch->nkeys = ncolumns;
	branch->has_index = true;
	branch->place = place;
	branch->filter.joins = filter->joins;
	branch->filter.condition = filter->condition;
	branch->filter.values = filter->values;
	lookup->level = level;
	lookup->branch = branch;
	context->levels = lappend(context->levels, level);
	context->nbranches++;
	return lookup;
}

/*
 * Makes the ways to the rows of a level, as its rule says; palloc'd in the current memory
 * context. All columns of the level must be there. What "where" turns down is no row of the
 * document.
 */
void
resolve_lookup(ShapeContext *context, Level *child, RowRule *rule, const RowFilter *filter,
			   bool is_root)
{
	rule->has_lookups = true;
	if (rule->nkeys > 0)
		rule->lookup = make_lookup(context, child, rule->nkeys, rule->key_columns, filter, is_root,
								   rule->place);
	if (rule->nidentity > 0 && (filter->condition != NIL || context->for_answer))
		rule->check = make_lookup(context, child, rule->nidentity, rule->identity_columns, filter,
								  is_root, rule->place);
}

/* A branch beside another that leads to all rows, where a limit leaves some out. */
static Branch *
make_whole(ShapeContext *context, Level *level, const Branch *branch)
{
	Branch	   *whole = palloc(sizeof(Branch));

	*whole = *branch;
	whole->filter.limit = whole->filter.offset = NULL;
	whole->filter.after = NULL;
	whole->number = level->nbranches++;
	level->branches = repalloc(level->branches, sizeof(Branch *) * level->nbranches);
	level->branches[whole->number] = whole;
	context->nbranches++;
	return whole;
}

/* The same of all branches below a level that are written. */
void
resolve_lookups(ShapeContext *context, Level *level)
{
	check_stack_depth();
	for (int i = 0; i < level->nbranches; i++)
	{
		Branch	   *branch = level->branches[i];

		if (branch->rule == NULL || branch->rule->has_lookups)
			continue;
		/* a document may speak of a row that was not shown; an etag does not */
		if (branch->filter.limit != NULL || branch->filter.offset != NULL)
			branch->rule->whole = make_whole(context, level, branch);
		resolve_lookup(context, branch->child, branch->rule, &branch->filter, false);
		if (branch->rule->write == WRITE_OWN)
			resolve_lookups(context, branch->child);
	}
}

/* A level whose rows are written, and those below it, each once; of links: by their keys to it. */
static List *
add_written_levels(List *levels, Level *level)
{
	check_stack_depth();
	CHECK_FOR_INTERRUPTS();
	if (list_member_ptr(levels, level))
		return levels;
	levels = lappend(levels, level);
	for (int i = 0; i < level->nbranches; i++)
	{
		const Branch *branch = level->branches[i];

		if (branch->rule == NULL)
			continue;
		if (branch->rule->write == WRITE_OWN)
			levels = add_written_levels(levels, branch->child);
		else if (branch->relationship->kind == TO_MANY || branch->relationship->kind == ONE_TO_ONE)
			levels = list_append_unique_ptr(levels, branch->child);
	}
	return levels;
}

/*
 * Levels of one table carry the same columns where their rows are written: what several
 * of them say of a row is written in one place, beside rows that are as they are there.
 */
void
resolve_shared_columns(Level *root)
{
	List	   *levels = add_written_levels(NIL, root);
	ListCell   *lc;
	ListCell   *other;

	foreach(lc, levels)
	{
		CHECK_FOR_INTERRUPTS();
		foreach(other, levels)
		{
			if (lfirst(lc) != lfirst(other) && ((Level *) lfirst(lc))->relid == ((Level *) lfirst(other))->relid)
				add_columns_of(lfirst(lc), lfirst(other));
		}
	}
	list_free(levels);
}

/*
 * Adds to a filter the columns that a condition equates to a value, by itself or as
 * what "and" joins.
 */
void
resolve_fixed_columns(LevelBuilder *builder, RowFilter *filter, const ShapeText *shape,
					  const ShapeCondition *condition)
{
	Scope	   *scope = &builder->scope;
	const ShapeOperand *left;
	const ShapeOperand *right;
	FixedColumn *fixed;
	AttrNumber	attnum;
	List	   *values = NIL;
	ListCell   *lc;

	check_stack_depth();
	if (condition == NULL || condition->negated)
		return;
	if (condition->kind == CONDITION_AND)
	{
		foreach(lc, condition->operands)
			resolve_fixed_columns(builder, filter, shape, lfirst(lc));
		return;
	}
	if (condition->kind == CONDITION_OPERAND)
	{
		left = linitial(condition->operands);
		right = NULL;
	}
	else if (condition->kind == CONDITION_OPERATOR && strcmp(condition->operator, "=") == 0)
	{
		left = linitial(condition->operands);
		right = lsecond(condition->operands);
		if (left->path == NIL)
		{
			right = left;
			left = lsecond(condition->operands);
		}
		if (right->value == NULL)
			return;
	}
	else
		return;
	if (list_length(left->path) != 1 || left->aggregate != AGGREGATE_NONE)
		return;
	attnum = find_attribute(scope->tupdesc, ((ShapeStep *) linitial(left->path))->name.name);
	if (attnum == 0)
		return;
	fixed = palloc0(sizeof(FixedColumn));
	fixed->attnum = attnum;
	if (right != NULL)
		fixed->value = add_value(scope->context, &values, shape, right->value, QUERY_SCALAR,
								 TupleDescAttr(scope->tupdesc, attnum - 1)->atttypid);
	else
	{
		ShapeValue	yes = {.kind = VALUE_BOOLEAN,.text = "true",.location = left->location};

		fixed->value = add_value(scope->context, &values, shape, &yes, QUERY_SCALAR,
								 TupleDescAttr(scope->tupdesc, attnum - 1)->atttypid);
	}
	filter->fixed = lappend(filter->fixed, fixed);
}
