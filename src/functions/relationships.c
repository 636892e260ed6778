/*
 * relationships.c
 *		The SQL function jsonify_relationships(): what a shape can name.
 */
#include "run/run.h"

#include "funcapi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/tuplestore.h"

static Datum
column_array(Oid relid, const AttrNumber *attnums, int nattnums)
{
	List	   *names = NIL;

	for (int i = 0; i < nattnums; i++)
		names = lappend(names, get_attname(relid, attnums[i], false));
	return make_text_array(names);
}

/* The columns of the result of jsonify_relationships(). */
enum
{
	COLUMN_NAME,
	COLUMN_KIND,
	COLUMN_COLUMNS,
	COLUMN_TARGET,
	COLUMN_TARGET_COLUMNS,
	COLUMN_JUNCTION,
	COLUMN_CONSTRAINT,
	COLUMN_AMBIGUOUS,
	COLUMN_MANY,
	COLUMN_SPELLING,
	NCOLUMNS
};

/* What to write in a shape: without braces or args a column would be meant. */
static Datum
spelling_datum(Oid relid, const char *name, const char *spelling, bool by_name)
{
	if (by_name && get_attnum(relid, name) != InvalidAttrNumber)
		spelling = psprintf("%s { * }", spelling);
	return CStringGetTextDatum(spelling);
}

static void
put_key_relationship(ReturnSetInfo *result, RelationshipGraph *graph, Relationship *relationship)
{
	static const char *const kinds[] = {"to-one", "to-many", "one-to-one", "many-to-many"};
	RelationshipKind kind = relationship->kind;
	const ForeignKey *key = relationship->key;
	const ForeignKey *far_key = relationship->far_key;
	const char *name = relationship->name ? relationship->name : relationship->target_name;
	Datum		values[NCOLUMNS];
	bool		nulls[NCOLUMNS] = {false};
	bool		by_name;
	char	   *spelling = spell_relationship(graph, relationship, &by_name);

	if (spelling == NULL)
		return;
	values[COLUMN_NAME] = CStringGetTextDatum(name);
	values[COLUMN_KIND] = CStringGetTextDatum(kinds[kind]);
	values[COLUMN_COLUMNS] = kind == TO_ONE ?
		column_array(key->referencing, key->referencing_attnums, key->nkeys) :
		column_array(key->referenced, key->referenced_attnums, key->nkeys);
	values[COLUMN_TARGET] = ObjectIdGetDatum(relationship->target);
	if (far_key != NULL)
		values[COLUMN_TARGET_COLUMNS] = column_array(far_key->referenced, far_key->referenced_attnums,
													 far_key->nkeys);
	else
		values[COLUMN_TARGET_COLUMNS] = kind == TO_ONE ?
			column_array(key->referenced, key->referenced_attnums, key->nkeys) :
			column_array(key->referencing, key->referencing_attnums, key->nkeys);
	values[COLUMN_JUNCTION] = ObjectIdGetDatum(key->referencing);
	nulls[COLUMN_JUNCTION] = far_key == NULL;
	values[COLUMN_CONSTRAINT] = CStringGetTextDatum(key->name);
	values[COLUMN_AMBIGUOUS] = BoolGetDatum(!by_name);
	values[COLUMN_MANY] = BoolGetDatum(kind == TO_MANY || kind == MANY_TO_MANY);
	values[COLUMN_SPELLING] = spelling_datum(graph->relid, name, spelling, by_name);
	tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
}

static void
put_computed_relationship(ReturnSetInfo *result, Oid relid, const Computed *computed)
{
	Datum		values[NCOLUMNS];
	bool		nulls[NCOLUMNS] = {false};

	values[COLUMN_NAME] = CStringGetTextDatum(computed->name);
	values[COLUMN_KIND] = CStringGetTextDatum("computed");
	values[COLUMN_TARGET] = ObjectIdGetDatum(computed->target);
	values[COLUMN_AMBIGUOUS] = BoolGetDatum(false);
	values[COLUMN_MANY] = BoolGetDatum(computed->to_many);
	values[COLUMN_SPELLING] = spelling_datum(relid, computed->name,
											 quote_shape_name(computed->name), true);
	nulls[COLUMN_COLUMNS] = nulls[COLUMN_TARGET_COLUMNS] = true;
	nulls[COLUMN_JUNCTION] = nulls[COLUMN_CONSTRAINT] = true;
	tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
}

/*
 * jsonify_relationships(relation regclass) returns table
 *
 * A row for each relationship of a table or view that the calling role may
 * follow, and how it is written in a shape. Raises ERRCODE_WRONG_OBJECT_TYPE
 * for what is neither.
 */
PG_FUNCTION_INFO_V1(jsonify_relationships);
PGDLLEXPORT Datum
jsonify_relationships(PG_FUNCTION_ARGS)
{
	Oid			relid = PG_GETARG_OID(0);
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	RelationshipGraph *graph;
	ListCell   *lc;

	if (!OidIsValid(table_of_type(get_rel_type_id(relid))))
		not_a_table(relid);
	jsonify_materialize(fcinfo);
	graph = read_relationships(relid);
	judge_relationships(graph, false, GetUserId(), false);
	add_all_view_relationships(graph);
	foreach(lc, graph->relationships)
	{
		if (((Relationship *) lfirst(lc))->readable)
			put_key_relationship(result, graph, lfirst(lc));
	}
	foreach(lc, list_computed(relid, GetUserId()))
	{
		if (OidIsValid(((Computed *) lfirst(lc))->target) && may_use_row(relid, GetUserId(), ACL_SELECT))
			put_computed_relationship(result, relid, lfirst(lc));
	}
	PG_RETURN_NULL();
}
