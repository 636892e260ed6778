/*
 * search.c
 *		Full text search in a condition: "@@" of a column and what a person typed.
 */
#include "resolve/internal.h"

#include "catalog/namespace.h"
#include "catalog/pg_type.h"
#include "parser/parse_coerce.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

/*
 * The configuration of that name, as a literal; NULL without one. search_path plays no
 * part: one that is not PostgreSQL's own stands there with its schema.
 */
static char *
search_configuration(const ShapeText *shape, ShapeName name)
{
	List	   *names = name.name == NULL || strchr(name.name, '.') == NULL ? NIL :
		jsonify_qualified_names(name.name);
	Oid			configuration = InvalidOid;

	if (name.name == NULL)
		return NULL;
	if (names == NIL)
		names = list_make2(makeString("pg_catalog"), makeString(name.name));
	if (list_length(names) == 2)
		configuration = get_ts_config_oid(names, true);
	if (!OidIsValid(configuration))
		ereport(ERROR,
				errcode(ERRCODE_UNDEFINED_OBJECT),
				errmsg("text search configuration \"%s\" does not exist", name.name),
				errhint("One that is not PostgreSQL's own is written with its schema."),
				shape_position(shape, name.location));
	return psprintf("%s::pg_catalog.regconfig",
					quote_literal_cstr(quote_qualified_identifier(strVal(linitial(names)),
																  strVal(lsecond(names)))));
}

/*
 * "@@" of a text or tsvector and what a person typed:
 *
 *		pg_catalog.to_tsvector('pg_catalog.english'::pg_catalog.regconfig, (c.title)::pg_catalog.text)
 *			OPERATOR(pg_catalog.@@)
 *			pg_catalog.websearch_to_tsquery('pg_catalog.english'::pg_catalog.regconfig, $1)
 *
 * left and query, a text, are in the plan's memory. Raises ERRCODE_UNDEFINED_FUNCTION for other types, and
 * ERRCODE_UNDEFINED_OBJECT for a configuration that is not there.
 */
void
emit_search(const ShapeText *shape, List **parts,
			const ShapeCondition *condition, SqlExpression left, const QueryValue *query)
{
	static const char *const functions[] = {NULL, "websearch_to_tsquery", "plainto_tsquery", "phraseto_tsquery"};
	const ShapeOperand *right = lsecond(condition->operands);
	char	   *configuration = search_configuration(shape, right->configuration);
	Oid			typid = getBaseType(left.typid);

	if (typid != TSVECTOROID && TypeCategory(typid) != TYPCATEGORY_STRING)
		ereport(ERROR,
				errcode(ERRCODE_UNDEFINED_FUNCTION),
				errmsg("operator does not exist: %s @@ tsquery", format_type_be(left.typid)),
				errhint("What is searched is a text or a tsvector."),
				shape_position(shape, condition->location));
	if (typid == TSVECTOROID)
		*parts = list_concat(*parts, left.parts);
	else
	{
		emit(parts, psprintf("pg_catalog.to_tsvector(%s%s(", configuration != NULL ? configuration : "",
							 configuration != NULL ? ", " : ""));
		*parts = list_concat(*parts, left.parts);
		emit(parts, ")::pg_catalog.text)");
	}
	emit(parts, psprintf(" OPERATOR(pg_catalog.@@) pg_catalog.%s(%s%s", functions[right->search],
						 configuration != NULL ? configuration : "",
						 configuration != NULL ? ", " : ""));
	emit_value(parts, query);
	emit(parts, ")");
}
