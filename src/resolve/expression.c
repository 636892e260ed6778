/*
 * expression.c
 *		Paths in conditions and orders to SQL expressions: over to-one
 *		relationships by joining their tables, into composite values and json.
 *
 * Names come to stand in SQL as quoted identifiers, and only those that the
 * catalog has; the keys of a path in json are values, and bound as such.
 */
#include "resolve/internal.h"

#include "access/relation.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/typcache.h"

/* Tables of one query beside its own. */
#define MAX_QUERY_TABLES 64

/* Adds text to a list of SqlPart; takes it over. */
void
emit(List **parts, const char *text)
{
	SqlPart    *part = palloc0(sizeof(SqlPart));

	part->text = text;
	*parts = lappend(*parts, part);
}

/* The same of a value. */
void
emit_value(List **parts, const QueryValue *value)
{
	SqlPart    *part = palloc0(sizeof(SqlPart));

	part->value = value;
	*parts = lappend(*parts, part);
}

/* The column by which Citus distributes the rows of a level, or 0. */
AttrNumber
placing_of(const Level *level)
{
	return is_distributed(level->relid) ? placing_column(level->relid) : 0;
}

/*
 * A name for a table that is to stand in the query of the given one, palloc'd;
 * place is where a shape asks for that. Raises ERRCODE_STATEMENT_TOO_COMPLEX where
 * there are too many.
 */
char *
new_alias(const SqlTable *table, ShapePlace place)
{
	spend(table->scope->context, place);
	if (++table->level->naliases > MAX_QUERY_TABLES)
		ereport(ERROR,
				errcode(ERRCODE_STATEMENT_TOO_COMPLEX),
				errmsg("conditions and orders of one relation lead to more than %d others",
					   MAX_QUERY_TABLES),
				errdetail("The time that a query takes to be planned grows faster than their number."),
				shape_position(place.shape, place.location));
	return psprintf("c%d", table->level->naliases);
}

/* Notes a table that queries of the plan read: in its memory, wherever that is asked for. */
void
note_lock(ShapeContext *context, Oid relid)
{
	MemoryContext old = MemoryContextSwitchTo(context->plan_context);

	context->locks = list_append_unique_oid(context->locks, relid);
	context->reads = list_append_unique_oid(context->reads, relid);
	MemoryContextSwitchTo(old);
}

/*
 * Opens a table for a scope, and notes it in the context; of a view the tables as well,
 * whose keys tell how its rows are ordered. The caller closes it with NoLock: the lock
 * is kept, as a query would keep it. Raises ERRCODE_UNDEFINED_TABLE if it was dropped
 * meanwhile.
 */
Relation
open_table(Scope *scope, Oid relid)
{
	ShapeContext *context = scope->context;
	Relation	relation = try_relation_open(relid, AccessShareLock);

	if (relation == NULL)
		ereport(ERROR,
				errcode(ERRCODE_UNDEFINED_TABLE),
				errmsg("a table was dropped while a shape was read that leads to it"));
	context->types.relids = list_append_unique_oid(context->types.relids, relid);
	if (is_view(relid))
		context->types.relids = list_concat_unique_oid(context->types.relids,
													   read_view_columns(relid)->visited);
	note_lock(context, relid);
	scope->relid = relid;
	scope->at_hand |= context->only_inserts;
	scope->tupdesc = RelationGetDescr(relation);
	scope->description = describe_relation(relid);
	return relation;
}

/*
 * The table that a relationship leads to, or the rows that a function computes; of one
 * that is to be to-one, and is only by its own word, a second row is an error.
 */
void
append_joined_table(StringInfo buf, const Relationship *relationship, const char *parent,
					const char *alias)
{
	if (relationship->kind != TO_ONE || !OidIsValid(relationship->function) ||
		!get_func_retset(relationship->function))
	{
		append_related_table(buf, relationship, parent, alias);
		return;
	}
	appendStringInfo(buf, "LATERAL (SELECT (s.r).* FROM (SELECT (SELECT %s.*::%s FROM ", alias,
					 sql_type_name(get_rel_type_id(relationship->target)));
	append_related_table(buf, relationship, parent, alias);
	appendStringInfo(buf, ") AS r OFFSET 0) AS s WHERE s.r IS DISTINCT FROM NULL) AS %s", alias);
}

/*
 * Joins the table that a relationship leads to, behind the given one; kind is that
 * of the join, and alias what the table is called:
 *
 *		LEFT JOIN ONLY app.users AS c1 ON c1.id OPERATOR(pg_catalog.=) c.author_id
 */
void
join_related(const SqlTable *table, const Relationship *relationship, const char *kind,
			 const char *alias)
{
	ShapeContext *context = table->scope->context;
	StringInfoData buf;

	initStringInfo(&buf);
	appendStringInfo(&buf, " %s ", kind);
	table->level->runs_functions |= OidIsValid(relationship->function);
	append_joined_table(&buf, relationship, table->alias, alias);
	appendStringInfoString(&buf, " ON ");
	if (relationship->kind == MANY_TO_MANY)
	{
		char	   *junction = psprintf("j%s", alias + 1);

		/* each row once, however many rows of the junction lead to it */
		note_lock(context, relationship->key->referencing);
		append_junction(&buf, relationship, "EXISTS (SELECT FROM ", junction);
		appendStringInfoString(&buf, " WHERE ");
		append_link(&buf, relationship, table->alias, alias, junction, &context->typids);
		appendStringInfoChar(&buf, ')');
	}
	else
		append_link(&buf, relationship, table->alias, alias, NULL, &context->typids);
	emit(&table->joins->parts, buf.data);
}

/* Whether args, NULL for none, have nothing but "where" and "via". */
bool
args_only_filter(const ShapeArgs *args)
{
	return args == NULL ||
		(args->order == NIL && args->order_param == NULL && args->limit == NULL && args->offset == NULL &&
		 args->page == NULL && args->after == NULL && args->recurse == NULL &&
		 args->key.name == NULL && args->group == NIL &&
		 args->write == WRITE_UNSAID && args->missing == MISSING_UNSAID && args->by == NIL);
}

/*
 * Raises ERRCODE_SYNTAX_ERROR for args that only rows which are shown can have;
 * where says what they stand in.
 */
void
check_filter_args(const ShapeText *shape, const ShapeArgs *args, const char *where)
{
	if (!args_only_filter(args))
		ereport(ERROR,
				errcode(ERRCODE_SYNTAX_ERROR),
				errmsg("a relationship in %s takes only \"where\" and \"via\"", where),
				args->write == WRITE_UNSAID && args->missing == MISSING_UNSAID &&
				args->by == NIL ? 0 :
				errhint("How rows are written is said where a relationship shows them, in an item of its own."),
				shape_position(shape, args->location));
}

/* What the steps from number on find in a value of the expression. */
static void
extract(const SqlTable *table, const ShapeText *shape, const List *path, int number,
		SqlExpression *expression)
{
	for (; number < list_length(path); number++)
	{
		const ShapeStep *step = list_nth(path, number);
		Oid			typid = getBaseType(expression->typid);
		List	   *parts = NIL;
		TupleDesc	tupdesc;
		AttrNumber	attnum;

		if (typid == JSONOID || typid == JSONBOID)
		{
			QueryValue *value = palloc0(sizeof(QueryValue));

			value->kind = QUERY_JSON_PATH;
			value->typid = TEXTARRAYOID;
			for (; number < list_length(path); number++)
				value->path = lappend(value->path,
									  pstrdup(((ShapeStep *) list_nth(path, number))->name.name));
			*table->values = lappend(*table->values, value);
			emit(&parts, "((");
			parts = list_concat(parts, expression->parts);
			emit(&parts, ")::pg_catalog.jsonb OPERATOR(pg_catalog.#>) ");
			emit_value(&parts, value);
			emit(&parts, ")");
			expression->parts = parts;
			expression->typid = JSONBOID;
			expression->collation = InvalidOid;
			expression->in_json = true;
			return;
		}

		tupdesc = type_has_fields(typid) ? lookup_rowtype_tupdesc_copy(typid, -1) : NULL;
		attnum = tupdesc == NULL ? 0 : find_attribute(tupdesc, step->name.name);
		if (attnum == 0)
			ereport(ERROR,
					errcode(ERRCODE_UNDEFINED_COLUMN),
					errmsg("type %s has no field \"%s\"", format_type_be(typid), step->name.name),
					shape_position(shape, step->name.location));
		table->scope->context->types.relids =
			list_append_unique_oid(table->scope->context->types.relids, get_typ_typrelid(typid));
		emit(&parts, "((");
		parts = list_concat(parts, expression->parts);
		emit(&parts, psprintf(").%s)", quote_identifier(step->name.name)));
		expression->parts = parts;
		expression->typid = TupleDescAttr(tupdesc, attnum - 1)->atttypid;
		expression->collation = TupleDescAttr(tupdesc, attnum - 1)->attcollation;
	}
}

/* A table that a query joins, and by which way. */
typedef struct JoinedTable
{
	const char *parent;			/* the alias of the table that leads to it */
	const ForeignKey *key;		/* that it goes by, */
	RelationshipKind kind;		/* in which direction; or */
	Oid			function;
	const char *alias;
} JoinedTable;

/* The alias of the row that a to-one relationship leads to: each is joined once. */
static const char *
join_once(const SqlTable *table, const Relationship *relationship, ShapePlace place)
{
	JoinedTable *joined;
	ListCell   *lc;

	foreach(lc, table->joins->tables)
	{
		joined = lfirst(lc);
		if (strcmp(joined->parent, table->alias) == 0 && is_same_key(joined->key, relationship->key) &&
			joined->kind == relationship->kind && joined->function == relationship->function)
			return joined->alias;
	}
	joined = palloc(sizeof(JoinedTable));
	joined->parent = table->alias;
	joined->key = relationship->key;
	joined->kind = relationship->kind;
	joined->function = relationship->function;
	joined->alias = new_alias(table, place);
	table->joins->tables = lappend(table->joins->tables, joined);
	join_related(table, relationship, "LEFT JOIN", joined->alias);
	return joined->alias;
}

static SqlExpression resolve_steps(const SqlTable *table, const ShapeText *shape,
								   const List *path, int number);

/* Of the row that a to-one relationship leads to. */
static SqlExpression
resolve_related_steps(const SqlTable *table, const ShapeText *shape, const List *path,
					  int number, const Relationship *relationship)
{
	const ShapeStep *step = list_nth(path, number);
	Scope	   *parent = table->scope;
	ShapePlace	place = {shape, step->name.location};
	Scope		scope = {
		.context = parent->context,
		.at_hand = OidIsValid(relationship->function)
	};
	SqlTable	inner = *table;
	SqlExpression expression;
	Relation	relation;

	if (relationship->kind == TO_MANY || relationship->kind == MANY_TO_MANY)
		ereport(ERROR,
				errcode(ERRCODE_SYNTAX_ERROR),
				errmsg("\"%s\" leads to many rows, so it has no one value", step->name.name),
				errhint("A condition asks for them by exists(%s(where: ...)), an order by an aggregate, as count(%s).",
						quote_shape_name(step->name.name), quote_shape_name(step->name.name)),
				shape_position(shape, step->name.location));
	if (number == list_length(path) - 1)
		ereport(ERROR,
				errcode(ERRCODE_SYNTAX_ERROR),
				errmsg("\"%s\" is a relationship, not a value", step->name.name),
				errhint("Name a column of it, or ask for the row by exists(%s).",
						quote_shape_name(step->name.name)),
				shape_position(shape, step->name.location));
	check_filter_args(shape, step->args, "a path");
	if (step->args != NULL && step->args->where != NULL)
		ereport(ERROR,
				errcode(ERRCODE_SYNTAX_ERROR),
				errmsg("a relationship on the way to a value takes only \"via\""),
				shape_position(shape, step->args->location));
	require_relationship(relationship, parent->relid, parent->at_hand, parent->context->role,
						 place);
	relation = open_table(&scope, relationship->target);
	inner.scope = &scope;
	inner.alias = join_once(table, relationship, place);
	inner.placing = related_column(relationship, table->placing);
	expression = resolve_steps(&inner, shape, path, number + 1);
	relation_close(relation, NoLock);
	return expression;
}

static SqlExpression
resolve_steps(const SqlTable *table, const ShapeText *shape, const List *path, int number)
{
	const ShapeStep *step = list_nth(path, number);
	Scope	   *scope = table->scope;
	Oid			relid = scope->relid;
	Oid			role = scope->context->role;
	bool		is_last = number == list_length(path) - 1;
	ShapePlace	place = {shape, step->name.location};
	SqlExpression expression = {NIL};
	StepTarget	target;
	StringInfoData call;

	check_stack_depth();
	if (!find_path_step(scope, shape, step, is_last, &target))
		unknown_name(scope, shape, step, step->args != NULL);
	if (target.relationship != NULL)
		return resolve_related_steps(table, shape, path, number, target.relationship);

	if (target.computed != NULL)
	{
		require_execute(target.computed->function, role, place);
		if (!scope->at_hand)
			require_column(relid, InvalidAttrNumber, role, ACL_SELECT, place);
		expression.typid = target.computed->result;
		expression.collation = get_typcollation(expression.typid);
		table->level->runs_functions = true;
		initStringInfo(&call);
		appendStringInfo(&call, "%s(", sql_function_name(target.computed->function));
		append_row(&call, relid, table->alias);
		appendStringInfoChar(&call, ')');
		emit(&expression.parts, call.data);
	}
	else
	{
		Form_pg_attribute attribute = TupleDescAttr(scope->tupdesc, target.attnum - 1);

		if (!scope->at_hand)
			require_column(relid, target.attnum, role, ACL_SELECT, place);
		expression.typid = attribute->atttypid;
		expression.collation = attribute->attcollation;
		emit(&expression.parts, psprintf("%s.%s", table->alias,
										 quote_identifier(NameStr(attribute->attname))));
	}
	extract(table, shape, path, number + 1, &expression);
	return expression;
}

/*
 * The value that a path finds in a row of the scope's table, as SQL; palloc'd
 * in the current memory context, which must be that of the plan. What has to be
 * joined for it is added to the scope's joins, and what it takes to its values.
 * Raises ERRCODE_UNDEFINED_COLUMN, ERRCODE_AMBIGUOUS_COLUMN,
 * ERRCODE_INSUFFICIENT_PRIVILEGE, and ERRCODE_SYNTAX_ERROR for what is no value.
 */
SqlExpression
resolve_expression(const SqlTable *table, const ShapeText *shape, const List *path)
{
	return resolve_steps(table, shape, path, 0);
}
