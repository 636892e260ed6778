/*
 * etag.c
 *		"@etag": what it is over. The columns of a level and its related rows that
 *		count, in an order of their own, and how values of their types do.
 *
 * The state of a level has a description, made of names: of columns, tables and
 * keys, never of OIDs, nor of what a shape is free to choose or an option changes.
 */
#include "resolve/internal.h"

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/lsyscache.h"
#include "utils/rangetypes.h"
#include "utils/typcache.h"

/* ---- types */

static DigestType *make_digest_type(ShapeContext *context, Oid typid);

/* How values of a type that is taken for a whole count. */
static DigestKind
scalar_kind(Oid typid)
{
	switch (typid)
	{
		case BOOLOID:
		case CHAROID:
		case INT2OID:
		case INT4OID:
		case INT8OID:
		case OIDOID:
		case XIDOID:
		case CIDOID:
		case XID8OID:
		case CASHOID:
		case DATEOID:
		case TIMEOID:
		case TIMESTAMPOID:
		case TIMESTAMPTZOID:
		case PG_LSNOID:
			return DIGEST_FIXED;
		case FLOAT4OID:
		case FLOAT8OID:
			return DIGEST_FLOAT;
		case TEXTOID:
		case VARCHAROID:
		case BPCHAROID:
		case BYTEAOID:
		case REFCURSOROID:
			return DIGEST_BYTES;
		case NUMERICOID:
		case TIMETZOID:
		case INTERVALOID:
		case UUIDOID:
		case INETOID:
		case CIDROID:
		case MACADDROID:
		case MACADDR8OID:
		case BITOID:
		case VARBITOID:
		case TIDOID:
			return DIGEST_SENT;
			/* what sends these sends it in the encoding of the client */
		case NAMEOID:
		case JSONOID:
		case JSONBOID:
		case JSONPATHOID:
		case XMLOID:
		case TSVECTOROID:
		case TSQUERYOID:
			return DIGEST_PRINTED;
		default:
			return get_typtype(typid) == TYPTYPE_ENUM ? DIGEST_PRINTED : DIGEST_PRINTED_EXACTLY;
	}
}

static void
use_scalar(DigestType *type)
{
	Oid			function;
	bool		is_varlena;

	type->kind = scalar_kind(type->typid);
	if (type->kind == DIGEST_SENT)
		getTypeBinaryOutputInfo(type->typid, &function, &is_varlena);
	else if (type->kind == DIGEST_PRINTED || type->kind == DIGEST_PRINTED_EXACTLY)
		getTypeOutputInfo(type->typid, &function, &is_varlena);
	else
		return;
	fmgr_info_cxt(function, &type->function, CurrentMemoryContext);
}

/* A row type: what is not in the plan's dependencies yet is now. */
static void
use_columns(ShapeContext *context, DigestType *type)
{
	TupleDesc	tupdesc = lookup_rowtype_tupdesc(type->typid, -1);
	TypeContext *types = &context->types;

	/* with the values of columns that were added after a tuple was made */
	type->kind = DIGEST_RECORD;
	type->tupdesc = CreateTupleDescCopyConstr(tupdesc);
	ReleaseTupleDesc(tupdesc);
	types->relids = list_append_unique_oid(types->relids, get_typ_typrelid(type->typid));
	type->columns = palloc0(sizeof(DigestType *) * Max(type->tupdesc->natts, 1));
	for (int i = 0; i < type->tupdesc->natts; i++)
	{
		Form_pg_attribute attribute = TupleDescAttr(type->tupdesc, i);

		if (!attribute->attisdropped)
			type->columns[i] = make_digest_type(context, attribute->atttypid);
	}
}

/*
 * What a type is made of. Arrays and records whose type only shows when they are met
 * are no columns of a table: text will do.
 */
static void
use_parts(ShapeContext *context, DigestType *type)
{
	Oid			element = get_element_type(type->typid);

	if (OidIsValid(element))
	{
		type->kind = DIGEST_ARRAY;
		type->element = make_digest_type(context, element);
	}
	else if (type->typid != RECORDOID && type_is_rowtype(type->typid))
		use_columns(context, type);
	else if (type_is_range(type->typid))
	{
		type->kind = DIGEST_RANGE;
		type->element = make_digest_type(context, get_range_subtype(type->typid));
	}
	else if (type_is_multirange(type->typid))
	{
		type->kind = DIGEST_MULTIRANGE;
		type->element = make_digest_type(context, get_multirange_range(type->typid));
	}
	else
		use_scalar(type);
}

/* How values of a type count, made once a document, in the current memory context. */
static DigestType *
make_digest_type(ShapeContext *context, Oid typid)
{
	DigestType *type;
	ListCell   *lc;

	check_stack_depth();
	CHECK_FOR_INTERRUPTS();
	typid = getBaseType(typid);
	foreach(lc, context->digest_types)
	{
		type = lfirst(lc);
		if (type->typid == typid)
			return type;
	}
	type = palloc0(sizeof(DigestType));
	type->typid = typid;
	get_typlenbyvalalign(typid, &type->typlen, &type->typbyval, &type->typalign);
	use_parts(context, type);
	context->digest_types = lappend(context->digest_types, type);
	return type;
}

/* ---- columns */

static StateColumn
make_state_column(ShapeContext *context, const Level *level, int column)
{
	StateColumn result = {column, make_digest_type(context, level->columns[column].typid)};

	return result;
}

static void
add_column(ShapeContext *context, LevelState *state, const Level *level, int column)
{
	for (int i = 0; i < state->ncolumns; i++)
	{
		if (state->columns[i].column == column)
			return;
	}
	state->columns[state->ncolumns++] = make_state_column(context, level, column);
}

static bool
counts(const Field *field)
{
	return field->rule != NULL && !field->rule->nocheck;
}

static int
compare_columns(const void *a, const void *b, void *arg)
{
	const Level *level = arg;
	int			left = ((const StateColumn *) a)->column;
	int			right = ((const StateColumn *) b)->column;
	int			result = strcmp(level->columns[left].name, level->columns[right].name);

	return result != 0 ? result : left - right;
}

/* The columns that a level shows as such, be it at the end of a path. */
static void
add_columns(ShapeContext *context, LevelState *state, Level *level)
{
	const ObjectForm *object = &level->object;
	ListCell   *lc;

	state->columns = palloc(sizeof(StateColumn) *
							(object->nfields + list_length(level->paths) + 1));
	for (int i = 0; i < object->nfields; i++)
	{
		if (counts(&object->fields[i]))
			add_column(context, state, level, object->fields[i].column);
	}
	foreach(lc, level->paths)
	{
		const Field *field = lfirst(lc);

		if (counts(field))
			add_column(context, state, level, field->column);
	}
	/* rows that a cast writes show all of them */
	if (object->row_type != NULL)
		add_column(context, state, level, object->row_column);
	qsort_arg(state->columns, state->ncolumns, sizeof(StateColumn), compare_columns, level);
}

/* ---- branches */

/* A name as part of a description: in front of it its length. */
static void
append_name(StringInfo buf, const char *name)
{
	appendStringInfo(buf, "%zu:%s", strlen(name), name);
}

static void
append_key(StringInfo buf, const ForeignKey *key)
{
	if (key == NULL)
		return;
	appendStringInfoChar(buf, '(');
	for (int i = 0; i < key->nkeys; i++)
	{
		append_name(buf, get_attname(key->referencing, key->referencing_attnums[i], false));
		append_name(buf, get_attname(key->referenced, key->referenced_attnums[i], false));
	}
	appendStringInfoChar(buf, ')');
}

/* The same of SQL, in which a setting has all names quoted, or some. */
static void
append_sql(StringInfo buf, const char *sql)
{
	char	   *text = palloc(strlen(sql) + 1);
	int			length = 0;

	for (; *sql != '\0'; sql++)
	{
		if (*sql != '"')
			text[length++] = *sql;
	}
	text[length] = '\0';
	append_name(buf, text);
}

/* Which rows come: another condition is another relation. */
static void
append_condition(StringInfo buf, const RowFilter *filter)
{
	List	   *parts = list_concat_copy(filter->joins.parts, filter->condition);
	ListCell   *lc;

	if (filter->condition == NIL)
		return;
	appendStringInfoChar(buf, '[');
	foreach(lc, parts)
	{
		const SqlPart *part = lfirst(lc);

		if (part->placed != NULL)
			continue;
		if (part->guard != NULL)
			appendStringInfoChar(buf, '?');
		else if (part->text != NULL)
			append_sql(buf, part->text);
		else
		{
			appendStringInfo(buf, "%d/%d", part->value->kind, part->value->literal);
			if (part->value->text != NULL)
				append_name(buf, part->value->text);
		}
	}
	appendStringInfoChar(buf, ']');
}

/* The columns that tell apart rows which are linked: of their level, or of the parent's. */
static const int *
link_columns(const Branch *branch, int *ncolumns, bool *of_parent)
{
	const Relationship *relationship = branch->relationship;
	const Level *child = branch->child;
	List	   *attnums;
	int		   *columns;
	ListCell   *lc;

	*of_parent = false;
	*ncolumns = branch->rule->nkeys;
	if (*ncolumns > 0)
		return branch->rule->key_columns;
	if (relationship->kind == TO_ONE && relationship->key != NULL)
	{
		*of_parent = true;
		*ncolumns = branch->nkeys;
		return branch->key_columns;
	}

	/* those that are there to order them; else there is but their number */
	attnums = ordering_attnums(child->relid);
	columns = palloc(sizeof(int) * Max(list_length(attnums), 1));
	foreach(lc, attnums)
	{
		for (int i = 0; i < child->ncolumns; i++)
		{
			if (child->columns[i].attnum == lfirst_int(lc))
				columns[(*ncolumns)++] = i;
		}
	}
	return columns;
}

static LevelState *make_state(ShapeContext *context, Level *level);

static StateBranch
make_state_branch(ShapeContext *context, const Level *level, const Branch *branch)
{
	StateBranch part = {.branch = branch};
	const int  *columns;

	if (branch->rule->write == WRITE_OWN)
	{
		part.state = make_state(context, branch->child);
		return part;
	}
	columns = link_columns(branch, &part.ncolumns, &part.of_parent);
	part.columns = palloc(sizeof(StateColumn) * Max(part.ncolumns, 1));
	for (int i = 0; i < part.ncolumns; i++)
		part.columns[i] = make_state_column(context, part.of_parent ? level : branch->child,
											columns[i]);
	return part;
}

/*
 * A tree repeats its level, which is not described once more: so a row has the same
 * state wherever it stands in the tree.
 */
static char *
describe_branch(const StateBranch *part)
{
	const Branch *branch = part->branch;
	const Relationship *relationship = branch->relationship;
	StringInfoData buf;

	initStringInfo(&buf);
	appendStringInfo(&buf, "%d", relationship->kind);
	append_name(&buf, relationship->target_name);
	append_key(&buf, relationship->key);
	if (relationship->far_key != NULL)
	{
		append_name(&buf, logical_name(relationship->far_key->referencing));
		append_key(&buf, relationship->far_key);
	}
	if (OidIsValid(relationship->function))
		append_name(&buf, get_func_name(relationship->function));
	append_condition(&buf, &branch->filter);
	if (branch->rule->write != WRITE_OWN)
	{
		for (int i = 0; i < part->ncolumns && !part->of_parent; i++)
			append_name(&buf, branch->child->columns[part->columns[i].column].name);
	}
	appendStringInfoString(&buf, branch->rule->write != WRITE_OWN ? "link" :
						   branch->recursion != NULL ? "again" : part->state->description);
	return buf.data;
}

typedef struct DescribedBranch
{
	char	   *description;
	StateBranch part;
} DescribedBranch;

static int
compare_branches(const void *a, const void *b)
{
	const DescribedBranch *left = a;
	const DescribedBranch *right = b;
	int			result = strcmp(left->description, right->description);

	return result != 0 ? result : left->part.branch->number - right->part.branch->number;
}

/* The related rows that a level owns, or is linked to; adds to the description. */
static void
add_branches(ShapeContext *context, LevelState *state, const Level *level, StringInfo buf)
{
	DescribedBranch *described = MemoryContextAlloc(context->work, sizeof(DescribedBranch) *
													Max(level->nbranches, 1));

	for (int i = 0; i < level->nbranches; i++)
	{
		DescribedBranch *next = &described[state->nbranches];
		MemoryContext old;

		if (level->branches[i]->rule == NULL)
			continue;
		next->part = make_state_branch(context, level, level->branches[i]);
		old = MemoryContextSwitchTo(context->work);
		next->description = describe_branch(&next->part);
		MemoryContextSwitchTo(old);
		state->nbranches++;
	}
	qsort(described, state->nbranches, sizeof(DescribedBranch), compare_branches);
	state->branches = palloc(sizeof(StateBranch) * Max(state->nbranches, 1));
	for (int i = 0; i < state->nbranches; i++)
	{
		state->branches[i] = described[i].part;
		append_name(buf, described[i].description);
	}
}

/* ---- levels */

/*
 * What the state of a level's rows is, made once, in the current memory context. The
 * level, and those that it owns, are resolved but for what their filters add; one that
 * a tree leads back to may still be on its way here.
 */
static LevelState *
make_state(ShapeContext *context, Level *level)
{
	LevelState *state = level->state;
	StringInfoData buf;

	check_stack_depth();
	if (state != NULL)
		return state;
	level->state = state = palloc0(sizeof(LevelState));
	add_columns(context, state, level);
	initStringInfo(&buf);
	appendStringInfoChar(&buf, '{');
	for (int i = 0; i < state->ncolumns; i++)
		append_name(&buf, level->columns[state->columns[i].column].name);
	add_branches(context, state, level, &buf);
	appendStringInfoChar(&buf, '}');
	state->description = buf.data;
	digest_shape(state->description, state->shape);
	return state;
}

/* A field that shows the state of its object: of what that is, resolve_state() says. */
void
resolve_etag(LevelBuilder *builder, Field *field)
{
	field->column = -1;
	field->form = &etag_form;
	field->etag = builder->level;
}

/* What an etag is over, of a level whose fields are resolved, if they have one. */
void
resolve_state(LevelBuilder *builder)
{
	const ObjectForm *object = &builder->level->object;

	for (int i = 0; i < object->nfields; i++)
	{
		if (object->fields[i].etag != NULL)
		{
			(void) make_state(builder->scope.context, builder->level);
			return;
		}
	}
}
