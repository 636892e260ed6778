/*
 * statement.c
 *		The statements that write rows: one for any number of them, which come as a
 *		relation that only the statement knows, as transition tables do. For
 *		{ id, title } of posts, of which some are new and of some the title differs:
 *
 *		INSERT INTO app.posts (title, author_id) SELECT r.v1, r.v2 FROM jsonify_rows AS r
 *
 *		UPDATE ONLY app.posts AS c SET title = r.v1 FROM jsonify_rows AS r
 *		WHERE c.id OPERATOR(pg_catalog.=) r.k1
 *
 *		DELETE FROM ONLY app.posts AS c USING jsonify_rows AS r
 *		WHERE c.id OPERATOR(pg_catalog.=) r.k1
 *
 *		SELECT FROM ONLY app.posts AS c, jsonify_rows AS r
 *		WHERE c.id OPERATOR(pg_catalog.=) r.k1 ORDER BY r.k1 FOR UPDATE OF c
 *
 *		They are kept with the plan, prepared. A single row comes as parameters, which takes
 *		less to begin, and no join:
 *
 *		INSERT INTO app.posts (title, author_id) VALUES ($1, $2)
 *
 *		UPDATE ONLY app.posts AS c SET title = $2 WHERE c.id OPERATOR(pg_catalog.=) $1
 *
 *		Rows that lead to each other are written by one, which is not kept:
 *
 *		WITH w1 AS (DELETE FROM ONLY app.teams AS c USING jsonify_rows AS r
 *		WHERE c.id OPERATOR(pg_catalog.=) r.k1 RETURNING 1),
 *		w2 AS (DELETE FROM ONLY app.members AS c USING jsonify_rows_2 AS r
 *		WHERE c.id OPERATOR(pg_catalog.=) r.k1 RETURNING 1)
 *		SELECT (SELECT pg_catalog.count(*) FROM w1), (SELECT pg_catalog.count(*) FROM w2)
 */
#include "store/internal.h"

#include "executor/spi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/queryenvironment.h"
#include "utils/typcache.h"

/* The n'th relation of rows that a statement takes, from 1 on. */
static const char *
rows_name(int n)
{
	return n == 1 ? "jsonify_rows" : psprintf("jsonify_rows_%d", n);
}

/*
 * How many rows the planner is told of: few, so that it finds those of a table by the
 * index that their key has, however many there are. What has no index is read once.
 */
#define FEW_ROWS 10
#define MANY_ROWS 10000

/* Statements that a table's plan keeps; a call may write any of its columns. */
#define MAX_STATEMENTS 32

static bool
inserts(const StoreStatement *statement)
{
	return statement->kind == STATEMENT_INSERT || statement->kind == STATEMENT_TRY_INSERT;
}

/*
 * Whether a column is given what was not read as a value of its type: the key of another
 * row, or of a new one what "where" says, or nothing.
 */
static bool
may_be_unread(const StoreStatement *statement, const StoreTable *table, AttrNumber attnum)
{
	return inserts(statement) || bms_is_member(attnum, table->leading);
}

/*
 * What a statement takes: the keys of rows, then their columns, of the table's types; but
 * what was not read as a value of a domain, or of a type of some length, is of that which
 * this is over, so that it is checked when it is assigned, as any other value.
 */
static void
describe_passed(StoreStatement *statement, const StoreTable *table, Bitmapset *keys, Bitmapset *columns)
{
	int			natts = bms_num_members(keys) + bms_num_members(columns);
	TupleDesc	passed = CreateTemplateTupleDesc(natts);
	int			n = 0;

	statement->attnums = palloc(sizeof(AttrNumber) * Max(natts, 1));

	for (int part = 0; part < 2; part++)
	{
		Bitmapset  *attnums = part == 0 ? keys : columns;
		int			attnum = -1;
		int			i = 0;

		while ((attnum = bms_next_member(attnums, attnum)) >= 0)
		{
			Form_pg_attribute attribute = TupleDescAttr(table->tupdesc, attnum - 1);
			bool		unread = part == 1 && may_be_unread(statement, table, attnum);
			char		name[NAMEDATALEN];

			statement->attnums[n++] = attnum;
			snprintf(name, sizeof(name), "%c%d", part == 0 ? 'k' : 'v', ++i);
			TupleDescInitEntry(passed, n, name, unread ? getBaseType(attribute->atttypid) : attribute->atttypid,
							   unread ? -1 : attribute->atttypmod, attribute->attndims);
			TupleDescInitEntryCollation(passed, n, attribute->attcollation);
		}
	}
	jsonify_finish_tupdesc(passed);
	statement->passed = passed;
}

static const char *
only(const StoreTable *table, bool for_root)
{
	return !for_root && table->relkind == RELKIND_RELATION ? "ONLY " : "";
}

static const char *
column_name(const StoreTable *table, AttrNumber attnum)
{
	return quote_identifier(NameStr(TupleDescAttr(table->tupdesc, attnum - 1)->attname));
}

/* A statement while its text is made. */
typedef struct StatementText
{
	const StoreTable *table;
	const StoreStatement *statement;
	const char *rows;			/* the name of the relation of them; NULL: there is one, as parameters */
	StringInfo	buf;
} StatementText;

/* Keys stand before columns; of an INSERT they are not passed. */
static char *
passed_key(const StatementText *text, int i)
{
	return psprintf(text->rows == NULL ? "$%d" : "r.k%d", i);
}

static char *
passed_column(const StatementText *text, int i)
{
	if (text->rows == NULL)
		return psprintf("$%d", i + (inserts(text->statement) ? 0 : bms_num_members(text->statement->keys)));
	return psprintf("r.v%d", i);
}

/* Where the rows come from, unless there is one. */
static void
append_source(StatementText *text, const char *keyword)
{
	if (text->rows != NULL)
		appendStringInfo(text->buf, "%s %s AS r", keyword, text->rows);
}

/* A row of the table is the one that is passed. */
static void
append_keys(StatementText *text)
{
	int			attnum = -1;
	int			i = 0;

	while ((attnum = bms_next_member(text->statement->keys, attnum)) >= 0)
	{
		Oid			typid = TupleDescAttr(text->table->tupdesc, attnum - 1)->atttypid;
		Oid			operator = lookup_type_cache(getBaseType(typid), TYPECACHE_EQ_OPR)->eq_opr;

		if (!OidIsValid(operator))
			ereport(ERROR,
					errcode(ERRCODE_UNDEFINED_FUNCTION),
					errmsg("values of type %s cannot be compared", format_type_be(typid)));
		appendStringInfoString(text->buf, i == 0 ? " WHERE " : " AND ");
		i++;
		generate_operator_clause(text->buf, psprintf("c.%s", column_name(text->table, attnum)), typid,
								 operator, passed_key(text, i), typid);
	}
}

static void
append_insert(StatementText *text, Bitmapset *told)
{
	const StoreTable *table = text->table;
	Bitmapset  *columns = text->statement->columns;
	StringInfo	buf = text->buf;
	int			n = bms_num_members(columns);
	bool		overriding = false;
	int			attnum = -1;
	int			i = 0;

	appendStringInfo(buf, "INSERT INTO %s", table->name);
	while ((attnum = bms_next_member(columns, attnum)) >= 0)
	{
		overriding |= TupleDescAttr(table->tupdesc, attnum - 1)->attidentity == ATTRIBUTE_IDENTITY_ALWAYS;
		appendStringInfo(buf, "%s%s%s", i == 0 ? " (" : ", ", column_name(table, attnum),
						 i == n - 1 ? ")" : "");
		i++;
	}
	/* what such a column would be given is what it has */
	appendStringInfoString(buf, overriding ? " OVERRIDING SYSTEM VALUE" : "");
	appendStringInfoString(buf, text->rows != NULL ? " SELECT " : n > 0 ? " VALUES (" : " DEFAULT VALUES");
	for (i = 1; i <= n; i++)
		appendStringInfo(buf, "%s%s%s", i > 1 ? ", " : "", passed_column(text, i),
						 text->rows == NULL && i == n ? ")" : "");
	append_source(text, " FROM");
	if (text->statement->kind == STATEMENT_TRY_INSERT)
		appendStringInfoString(buf, " ON CONFLICT DO NOTHING");
	attnum = -1;
	for (i = 0; (attnum = bms_next_member(told, attnum)) >= 0; i++)
		appendStringInfo(buf, "%s%s", i == 0 ? " RETURNING " : ", ", column_name(table, attnum));
}

static void
append_update(StatementText *text)
{
	int			attnum = -1;
	int			i = 0;

	appendStringInfo(text->buf, "UPDATE %s%s AS c", only(text->table, text->statement->for_root), text->table->name);
	while ((attnum = bms_next_member(text->statement->columns, attnum)) >= 0)
	{
		i++;
		appendStringInfo(text->buf, "%s%s = %s", i == 1 ? " SET " : ", ", column_name(text->table, attnum),
						 passed_column(text, i));
	}
	append_source(text, " FROM");
	append_keys(text);
}

static void
append_lock(StatementText *text)
{
	appendStringInfo(text->buf, "SELECT FROM %s%s AS c", only(text->table, text->statement->for_root),
					 text->table->name);
	append_source(text, ",");
	append_keys(text);
	for (int i = 1; i <= bms_num_members(text->statement->keys) && text->rows != NULL; i++)
		appendStringInfo(text->buf, "%s%s", i == 1 ? " ORDER BY " : ", ", passed_key(text, i));
	appendStringInfoString(text->buf, " FOR UPDATE OF c");
}

/* The text of a statement over a relation of rows, or one row. */
static void
append_statement(StringInfo buf, const StoreTable *table, const StoreStatement *statement, const char *rows)
{
	StatementText text = {.table = table,.statement = statement,.rows = rows,.buf = buf};

	/* without them it would be all rows that there are */
	if (statement->keys == NULL && !inserts(statement))
		elog(ERROR, "nothing tells the rows of %s apart", table->name);
	switch (statement->kind)
	{
		case STATEMENT_TRY_INSERT:
			append_insert(&text, NULL);
			break;
		case STATEMENT_INSERT:
			append_insert(&text, statement->keys);
			break;
		case STATEMENT_UPDATE:
			append_update(&text);
			break;
		case STATEMENT_DELETE:
			appendStringInfo(buf, "DELETE FROM %s%s AS c", only(table, statement->for_root), table->name);
			append_source(&text, " USING");
			append_keys(&text);
			break;
		case STATEMENT_LOCK:
			append_lock(&text);
			break;
	}
}

static void
free_statement(StoreStatement *statement)
{
	for (int i = 0; i < lengthof(statement->prepared); i++)
	{
		if (statement->prepared[i] != NULL)
			SPI_freeplan(statement->prepared[i]);
		statement->prepared[i] = NULL;
	}
}

/* Lets go of what SPI has prepared for a table. */
void
free_statements(StoreTable *table)
{
	ListCell   *lc;

	foreach(lc, table->statements)
		free_statement(lfirst(lc));
	table->statements = NIL;
}

/*
 * The statement of a kind, for rows that are found by keys, over columns that it sets;
 * for_root: rows of tables that inherit from the table as well. Made when first asked
 * for; it belongs to the table, and is good until the next is asked for, or as long as it
 * has users.
 */
StoreStatement *
find_statement(StoreTable *table, StatementKind kind, Bitmapset *keys, Bitmapset *columns,
			   bool for_root)
{
	MemoryContext old = MemoryContextSwitchTo(GetMemoryChunkContext(table));
	StoreStatement *statement;
	ListCell   *lc;

	foreach(lc, table->statements)
	{
		statement = lfirst(lc);
		if (statement->kind == kind && statement->for_root == for_root &&
			bms_equal(statement->keys, keys) && bms_equal(statement->columns, columns))
		{
			MemoryContextSwitchTo(old);
			return statement;
		}
	}
	foreach(lc, table->statements)
	{
		statement = lfirst(lc);
		if (list_length(table->statements) < MAX_STATEMENTS)
			break;
		if (statement->users > 0)
			continue;
		free_statement(statement);
		FreeTupleDesc(statement->passed);
		pfree(statement->attnums);
		bms_free(statement->keys);
		bms_free(statement->columns);
		pfree(statement);
		table->statements = foreach_delete_current(table->statements, lc);
	}
	statement = palloc0(sizeof(StoreStatement));
	statement->kind = kind;
	statement->for_root = for_root;
	statement->keys = bms_copy(keys);
	statement->columns = bms_copy(columns);
	describe_passed(statement, table,
					inserts(statement) ? NULL : keys, columns);
	table->statements = lappend(table->statements, statement);
	MemoryContextSwitchTo(old);
	return statement;
}

static SPIPlanPtr
prepare_sql(const char *sql, int nparams, Oid *typids)
{
	SPIPlanPtr	prepared = SPI_prepare_cursor(sql, nparams, typids, CURSOR_OPT_GENERIC_PLAN);

	if (prepared == NULL)
		elog(ERROR, "SPI_prepare failed: %s: %s", SPI_result_code_string(SPI_result), sql);
	return prepared;
}

static SPIPlanPtr
prepare_statement(const StoreTable *table, StoreStatement *statement, bool for_one)
{
	SPIPlanPtr	prepared = statement->prepared[for_one];
	TupleDesc	passed = statement->passed;
	int			nparams = for_one ? passed->natts : 0;
	Oid		   *typids;
	StringInfoData sql;

	if (prepared != NULL)
		return prepared;
	typids = palloc(sizeof(Oid) * Max(nparams, 1));
	for (int i = 0; i < nparams; i++)
		typids[i] = TupleDescAttr(passed, i)->atttypid;
	initStringInfo(&sql);
	append_statement(&sql, table, statement, for_one ? NULL : rows_name(1));
	prepared = prepare_sql(sql.data, nparams, typids);
	if (SPI_keepplan(prepared) != 0)
		elog(ERROR, "SPI_keepplan failed");
	statement->prepared[for_one] = prepared;
	pfree(typids);
	pfree(sql.data);
	return prepared;
}

/* What is told of another type than was planned for would be misread. */
static void
check_told(const StoreTable *table, const StoreStatement *statement, TupleDesc told)
{
	int			attnum = -1;

	for (int i = 0; (attnum = bms_next_member(statement->keys, attnum)) >= 0; i++)
	{
		if (TupleDescAttr(told, i)->atttypid != TupleDescAttr(table->tupdesc, attnum - 1)->atttypid)
			ereport(ERROR,
					errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
					errmsg("a table was altered while its rows were being written"));
	}
}

/* Hands over what an INSERT of rows has told of them. */
static void
take_rows(Store *store, const StoreTable *table, const StoreStatement *statement, DocRow **rows,
		  RowTaker take, const SPITupleTable *told)
{
	int			natts = told->tupdesc->natts;
	Datum	   *values = palloc(sizeof(Datum) * natts);
	bool	   *nulls = palloc(sizeof(bool) * natts);

	check_told(table, statement, told->tupdesc);
	/* it reads the rows that are passed from the first to the last, and sorts nothing */
	for (uint64 i = 0; i < told->numvals; i++)
	{
		heap_deform_tuple(told->vals[i], told->tupdesc, values, nulls);
		take(store, statement, rows[i], values, nulls);
	}
}

/* Lets go of the rows that the last statement took: one that failed has left them behind. */
static void
forget_rows(Store *store)
{
	ListCell   *lc;

	foreach(lc, store->passed)
		(void) SPI_unregister_relation(((EphemeralNamedRelation) lfirst(lc))->md.name);
	store->passed = NIL;
	if (store->running != NULL)
		MemoryContextDelete(store->running);
	store->running = NULL;
}

/* Makes a relation of what a statement takes of rows, as the next of those that it takes. */
static void
pass_rows(Store *store, const StoreTable *table, const StoreStatement *statement, DocRow **rows,
		  int nrows, RowFiller fill)
{
	MemoryContext old = MemoryContextSwitchTo(store->running);
	Tuplestorestate *tuples = tuplestore_begin_heap(false, false, work_mem);
	Datum	   *values = palloc0(sizeof(Datum) * Max(statement->passed->natts, 1));
	bool	   *nulls = palloc0(sizeof(bool) * Max(statement->passed->natts, 1));
	EphemeralNamedRelation relation;

	for (int i = 0; i < nrows; i++)
	{
		CHECK_FOR_INTERRUPTS();
		fill(store, table, statement, rows[i], values, nulls);
		tuplestore_putvalues(tuples, statement->passed, values, nulls);
	}
	relation = palloc0(sizeof(EphemeralNamedRelationData));
	relation->md.name = unconstify(char *, rows_name(list_length(store->passed) + 1));
	relation->md.tupdesc = statement->passed;
	relation->md.enrtype = ENR_NAMED_TUPLESTORE;
	relation->md.enrtuples = table->relkind == RELKIND_RELATION || table->relkind == RELKIND_PARTITIONED_TABLE ?
		FEW_ROWS : MANY_ROWS;
	relation->reldata = tuples;
	/* the first makes what SPI keeps them in, as long as it is connected */
	MemoryContextSwitchTo(store->context);
	if (SPI_register_relation(relation) != SPI_OK_REL_REGISTER)
		elog(ERROR, "SPI_register_relation failed");
	MemoryContextSwitchTo(store->running);
	store->passed = lappend(store->passed, relation);
	MemoryContextSwitchTo(old);
}

static void
execute(SPIPlanPtr prepared, Datum *values, const char *nulls)
{
	int			result = SPI_execute_plan(prepared, values, nulls, false, 0);

	if (result < 0)
		elog(ERROR, "SPI_execute_plan failed: %s", SPI_result_code_string(result));
}

static void
execute_for_one(Store *store, StoreTable *table, StoreStatement *statement, DocRow *row, RowFiller fill)
{
	int			natts = statement->passed->natts;
	Datum	   *values = palloc0(sizeof(Datum) * Max(natts, 1));
	bool	   *nulls = palloc0(sizeof(bool) * Max(natts, 1));
	char	   *marks = palloc(natts + 1);

	fill(store, table, statement, row, values, nulls);
	for (int i = 0; i < natts; i++)
		marks[i] = nulls[i] ? 'n' : ' ';
	execute(prepare_statement(table, statement, true), values, marks);
}

/* A statement begins: what it needs is of a context of its own, which becomes the current one. Returns the one that was. */
static MemoryContext
begin_statement(Store *store)
{
	forget_rows(store);
	store->running = AllocSetContextCreate(store->context, "jsonify statement", ALLOCSET_DEFAULT_SIZES);
	return MemoryContextSwitchTo(store->running);
}

static void
end_statement(Store *store, MemoryContext old)
{
	List	   *passed = store->passed;
	ListCell   *lc;

	if (SPI_tuptable != NULL)
		SPI_freetuptable(SPI_tuptable);
	MemoryContextSwitchTo(old);
	foreach(lc, passed)
		tuplestore_end(((EphemeralNamedRelation) lfirst(lc))->reldata);
	forget_rows(store);
}

/*
 * Runs a statement over rows; fill gives what it takes of each of them: its keys, then
 * its columns, in the order of their numbers; of an INSERT take is given what it tells,
 * if it wrote all rows. SPI is connected. Returns how many rows were written; raises what
 * PostgreSQL does.
 */
uint64
run_statement(Store *store, StoreTable *table, StoreStatement *statement, DocRow **rows, int nrows,
			  RowFiller fill, RowTaker take)
{
	MemoryContext old = begin_statement(store);
	uint64		processed;

	if (nrows == 1)
		execute_for_one(store, table, statement, rows[0], fill);
	else
	{
		pass_rows(store, table, statement, rows, nrows, fill);
		execute(prepare_statement(table, statement, false), NULL, NULL);
	}
	processed = SPI_processed;
	if (take != NULL && SPI_tuptable != NULL && processed == (uint64) nrows &&
		SPI_tuptable->numvals == processed)
		take_rows(store, table, statement, rows, take, SPI_tuptable);
	end_statement(store, old);
	return processed;
}

/*
 * Runs several statements as one: for each of the StatementRuns its StoreStatement, in that
 * order. Notes in each how many rows it wrote. Raises what PostgreSQL does.
 */
void
run_statements(Store *store, const List *runs, const List *statements)
{
	MemoryContext old = begin_statement(store);
	StringInfoData sql;
	StringInfoData counts;
	SPIPlanPtr	prepared;
	ListCell   *lc;

	initStringInfo(&sql);
	initStringInfo(&counts);
	foreach(lc, runs)
	{
		const StatementRun *run = lfirst(lc);
		const StoreStatement *statement = list_nth(statements, foreach_current_index(lc));
		int			n = foreach_current_index(lc) + 1;

		pass_rows(store, run->table, statement, run->rows, run->nrows, run->fill);
		appendStringInfo(&sql, "%sw%d AS (", n == 1 ? "WITH " : ", ", n);
		append_statement(&sql, run->table, statement, rows_name(n));
		appendStringInfoString(&sql, " RETURNING 1)");
		appendStringInfo(&counts, "%s(SELECT pg_catalog.count(*) FROM w%d)", n == 1 ? " SELECT " : ", ", n);
	}
	appendStringInfoString(&sql, counts.data);
	prepared = prepare_sql(sql.data, 0, NULL);
	execute(prepared, NULL, NULL);
	foreach(lc, runs)
	{
		bool		isnull;

		((StatementRun *) lfirst(lc))->processed =
			DatumGetInt64(SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc,
										foreach_current_index(lc) + 1, &isnull));
	}
	SPI_freeplan(prepared);
	end_statement(store, old);
}
