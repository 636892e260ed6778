/*
 * naming.c
 *		Which relationship a name in a shape means, and what to say when it
 *		means none or several.
 *
 * A relationship is known by its own name (the column of a to-one key without
 * its "_id", the table at the other end otherwise), by its constraint, and a
 * to-one one also by its target table where nothing else has that name. With
 * "via" the target table's name is enough, whatever else has it.
 */
#include "schema/schema.h"

#include "miscadmin.h"
#include "utils/lsyscache.h"
#include "utils/varlena.h"

#define MAX_SUGGESTIONS 3

typedef enum Match
{
	NO_MATCH,
	TARGET_MATCH,				/* a to-one relationship by its target's name */
	NAME_MATCH					/* by its own name, or its constraint */
} Match;

static bool
is_self_reference(const Relationship *relationship)
{
	return relationship->kind != MANY_TO_MANY &&
		relationship->key->referencing == relationship->key->referenced;
}

static bool
is_named(const Relationship *relationship, const char *name)
{
	return relationship->name != NULL && strcmp(relationship->name, name) == 0;
}

static Match
match_name(const Relationship *relationship, const char *name)
{
	/* of a self reference the constraint is the to-one side */
	if (relationship->kind != MANY_TO_MANY &&
		(relationship->kind == TO_ONE || !is_self_reference(relationship)) &&
		strcmp(relationship->key->name, name) == 0)
		return NAME_MATCH;
	if (is_named(relationship, name))
		return NAME_MATCH;
	if (relationship->kind == TO_ONE && !is_self_reference(relationship) &&
		strcmp(relationship->target_name, name) == 0)
		return TARGET_MATCH;
	return NO_MATCH;
}

static bool
is_column_of_key(const ForeignKey *key, const char *name)
{
	for (int i = 0; i < key->nkeys; i++)
	{
		char	   *column = get_attname(key->referencing, key->referencing_attnums[i], true);

		if (column != NULL && strcmp(column, name) == 0)
			return true;
	}
	return false;
}

static bool
is_table_named(Oid relid, const char *schema, const char *name)
{
	char	   *table = get_rel_name(relid);
	char	   *namespace = schema ? get_namespace_name(get_rel_namespace(relid)) : NULL;

	return table != NULL && strcmp(table, name) == 0 &&
		(schema == NULL || (namespace != NULL && strcmp(namespace, schema) == 0));
}

/*
 * Whether the dotted path of a "via" leads to a key of the relationship: a
 * constraint, a column, [schema.]table.column; for a many-to-many one a
 * constraint, [schema.]junction or [schema.]junction.column, where column
 * and constraint are of the key that leads back to this table, or with far of
 * the other one.
 */
static bool
match_via(const Relationship *relationship, const List *via, bool far)
{
	const ForeignKey *key = far ? relationship->far_key : relationship->key;
	const char *part[3];
	int			nparts = 0;
	const ListCell *lc;

	if (key == NULL)
		return false;
	foreach(lc, via)
	{
		if (nparts == 3)
			return false;
		part[nparts++] = ((ShapeName *) lfirst(lc))->name;
	}

	if (nparts == 1)
	{
		if (strcmp(key->name, part[0]) == 0)
			return true;
		return relationship->kind == MANY_TO_MANY ?
			is_table_named(key->referencing, NULL, part[0]) :
			is_column_of_key(key, part[0]);
	}
	if (nparts == 2)
	{
		if (is_table_named(key->referencing, NULL, part[0]) && is_column_of_key(key, part[1]))
			return true;
		return relationship->kind == MANY_TO_MANY &&
			is_table_named(key->referencing, part[0], part[1]);
	}
	return is_table_named(key->referencing, part[0], part[1]) && is_column_of_key(key, part[2]);
}

static bool
match_name_and_via(const Relationship *relationship, const char *name, const List *via,
				   bool far)
{
	bool		named = is_named(relationship, name) ||
		strcmp(relationship->target_name, name) == 0;

	/* of a self reference the table's own name with via is the to-many side */
	if (relationship->kind == TO_ONE && is_self_reference(relationship) &&
		strcmp(relationship->target_name, name) == 0)
		named = false;
	return named && match_via(relationship, via, far);
}

static List *
find_by_via(RelationshipGraph *graph, const char *name, const List *via, bool readable)
{
	List	   *found = NIL;

	/* the far key counts only where no key that leads back is meant */
	for (int far = 0; far <= 1 && found == NIL; far++)
	{
		ListCell   *lc;

		foreach(lc, graph->relationships)
		{
			Relationship *relationship = lfirst(lc);

			if (relationship->readable == readable &&
				match_name_and_via(relationship, name, via, far))
				found = lappend(found, relationship);
		}
	}
	return found;
}

static List *
find_by_name(RelationshipGraph *graph, const char *name, bool readable)
{
	List	   *found[NAME_MATCH + 1] = {NIL};
	bool		over_junction = false;
	ListCell   *lc;

	foreach(lc, graph->relationships)
	{
		Relationship *relationship = lfirst(lc);
		Match		match = match_name(relationship, name);

		if (relationship->readable != readable)
			continue;
		found[match] = lappend(found[match], relationship);
		if (match == NAME_MATCH && relationship->kind == MANY_TO_MANY)
			over_junction = true;
	}

	/*
	 * A to-one relationship leaves its target's name to a relationship whose
	 * own name it is; but where the rows of one table can be reached over a
	 * key and over a junction, neither way is the obvious one.
	 */
	if (found[NAME_MATCH] == NIL)
		return found[TARGET_MATCH];
	return over_junction ? list_concat(found[TARGET_MATCH], found[NAME_MATCH]) :
		found[NAME_MATCH];
}

/*
 * All relationships that a name, with its via if any, can mean. One that the
 * role may not follow comes into question only where there is no other: a
 * key in somebody else's table must not make a name ambiguous.
 */
static List *
find_candidates(RelationshipGraph *graph, const char *name, const List *via)
{
	List	   *found = NIL;

	for (int readable = 1; readable >= 0 && found == NIL; readable--)
		found = via != NIL ? find_by_via(graph, name, via, readable) :
			find_by_name(graph, name, readable);
	return found;
}

static List *
make_path(const char *first, const char *second, const char *third)
{
	const char *parts[3] = {first, second, third};
	List	   *path = NIL;

	for (int i = 0; i < 3 && parts[i] != NULL; i++)
	{
		ShapeName  *name = palloc0(sizeof(ShapeName));

		name->name = pstrdup(parts[i]);
		path = lappend(path, name);
	}
	return path;
}

/* name(via: path), if that means this relationship alone; else NULL. */
static char *
spell_path(RelationshipGraph *graph, Relationship *relationship, const char *name,
		   List *path)
{
	List	   *candidates = find_candidates(graph, name, path);
	StringInfoData buf;
	ListCell   *lc;

	if (list_length(candidates) != 1 || linitial(candidates) != relationship)
		return NULL;
	initStringInfo(&buf);
	appendStringInfo(&buf, "%s(via: ", quote_shape_name(name));
	foreach(lc, path)
		appendStringInfo(&buf, "%s%s", foreach_current_index(lc) > 0 ? "." : "",
						 quote_shape_name(((ShapeName *) lfirst(lc))->name));
	appendStringInfoChar(&buf, ')');
	return buf.data;
}

/*
 * The shortest spelling, with via, that means this relationship alone: of a
 * key a column, or its constraint; of a junction its table, a column of it,
 * its constraint; with schema and table where names repeat. NULL if none.
 */
static char *
spell_with_via(RelationshipGraph *graph, Relationship *relationship, const char *name)
{
	ForeignKey *key = relationship->key;
	ForeignKey *far_key = relationship->far_key;
	char	   *table = get_rel_name(key->referencing);
	char	   *schema = get_namespace_name(get_rel_namespace(key->referencing));
	List	   *short_paths = NIL;
	List	   *long_paths = NIL;
	ListCell   *lc;

	if (table == NULL || schema == NULL)
		return NULL;
	if (far_key != NULL)
	{
		short_paths = lappend(short_paths, make_path(table, NULL, NULL));
		long_paths = lappend(long_paths, make_path(schema, table, NULL));
	}
	for (int i = 0; i < key->nkeys; i++)
	{
		char	   *column = get_attname(key->referencing, key->referencing_attnums[i], true);

		if (column == NULL)
			continue;
		short_paths = lappend(short_paths, far_key != NULL ? make_path(table, column, NULL) :
							  make_path(column, NULL, NULL));
		long_paths = lappend(long_paths, make_path(schema, table, column));
	}
	short_paths = lappend(short_paths, make_path(key->name, NULL, NULL));
	for (int i = 0; far_key != NULL && i < far_key->nkeys; i++)
	{
		char	   *column = get_attname(key->referencing, far_key->referencing_attnums[i],
										 true);

		if (column == NULL)
			continue;
		short_paths = lappend(short_paths, make_path(table, column, NULL));
		long_paths = lappend(long_paths, make_path(schema, table, column));
	}

	foreach(lc, list_concat(short_paths, long_paths))
	{
		char	   *spelling = spell_path(graph, relationship, name, lfirst(lc));

		if (spelling != NULL)
			return spelling;
	}
	return NULL;
}

/*
 * How a relationship can be written: by a name of its own, or with via, or by
 * its constraint; palloc'd, NULL if not at all. *by_name: the name alone does.
 */
char *
spell_relationship(RelationshipGraph *graph, Relationship *relationship, bool *by_name)
{
	const char *name = relationship->name ? relationship->name : relationship->target_name;
	List	   *candidates = find_candidates(graph, name, NIL);
	char	   *spelling;

	/* a computed one comes before */
	*by_name = list_length(candidates) == 1 && linitial(candidates) == relationship &&
		find_computed(graph->relid, name) == NULL;
	if (*by_name)
		return pstrdup(quote_shape_name(name));
	spelling = spell_with_via(graph, relationship, name);
	if (spelling == NULL)
	{
		name = relationship->key->name;
		candidates = find_candidates(graph, name, NIL);
		if (list_length(candidates) == 1 && linitial(candidates) == relationship &&
			find_computed(graph->relid, name) == NULL)
			spelling = pstrdup(quote_shape_name(name));
	}
	return spelling;
}

/* "a", "b" or "c"; quotes as given. */
static char *
join_alternatives(List *names, const char *quote)
{
	StringInfoData buf;
	ListCell   *lc;

	initStringInfo(&buf);
	foreach(lc, names)
	{
		int			i = foreach_current_index(lc);

		if (i > 0)
			appendStringInfoString(&buf, i == list_length(names) - 1 ? " or " : ", ");
		appendStringInfo(&buf, "%s%s%s", quote, (char *) lfirst(lc), quote);
	}
	return buf.data;
}

/*
 * The relationship by foreign keys that a step of a path in a shape names, or
 * NULL if none. Raises ERRCODE_AMBIGUOUS_COLUMN if there are several, with a
 * hint that lists the spellings that would work.
 */
Relationship *
find_relationship(RelationshipGraph *graph, const ShapeText *shape, const ShapeStep *step)
{
	const char *name = step->name.name;
	List	   *candidates = find_candidates(graph, name, step->args ? step->args->via : NIL);
	List	   *spellings = NIL;
	bool		by_name;
	char	   *alternatives;
	ListCell   *lc;

	if (candidates == NIL)
		return NULL;
	if (list_length(candidates) == 1)
		return linitial(candidates);

	foreach(lc, candidates)
	{
		char	   *spelling = spell_with_via(graph, lfirst(lc), name);

		/* the name of a constraint takes no via */
		if (spelling == NULL)
			spelling = spell_relationship(graph, lfirst(lc), &by_name);
		if (spelling != NULL)
			spellings = lappend(spellings, spelling);
	}
	alternatives = join_alternatives(spellings, "");
	ereport(ERROR,
			errcode(ERRCODE_AMBIGUOUS_COLUMN),
			errmsg("relationship \"%s\" of table \"%s\" is ambiguous",
				   name, get_rel_name(graph->relid)),
			errdetail_plural("%d foreign key leads there.", "%d foreign keys lead there.",
							 list_length(candidates), list_length(candidates)),
			spellings == NIL ? 0 :
			errhint("Write %s.", alternatives),
			shape_position(shape, step->name.location));
}

/*
 * How each relationship of a table that the role may follow can be written:
 * by its name, or with via where that alone is ambiguous. A palloc'd list of
 * strings.
 */
List *
relationship_spellings(RelationshipGraph *graph)
{
	List	   *spellings = NIL;
	ListCell   *lc;

	foreach(lc, graph->relationships)
	{
		Relationship *relationship = lfirst(lc);
		bool		by_name;
		char	   *spelling = relationship->readable ?
			spell_relationship(graph, relationship, &by_name) : NULL;

		if (spelling != NULL)
			spellings = lappend(spellings, spelling);
	}
	return spellings;
}

/* The bare names of those relationships, for nearest_names(). */
List *
relationship_names(RelationshipGraph *graph)
{
	List	   *names = NIL;
	ListCell   *lc;

	foreach(lc, graph->relationships)
	{
		Relationship *relationship = lfirst(lc);

		if (!relationship->readable)
			continue;
		if (relationship->name != NULL)
			names = lappend(names, relationship->name);
		if (relationship->kind == TO_ONE && !is_self_reference(relationship))
			names = lappend(names, relationship->target_name);
	}
	return names;
}

/*
 * Of a list of names those most like a given one, quoted and joined for a
 * hint, palloc'd; NULL if none is near.
 */
char *
nearest_names(const char *name, List *names)
{
	int			length = strlen(name);
	int			threshold = 1 + Min(length, NAMEDATALEN) / 3;
	int			best = threshold;
	int		   *distances;
	List	   *nearest = NIL;
	ListCell   *lc;

	/* nothing of that length can be near to a name */
	if (length >= 2 * NAMEDATALEN)
		return NULL;

	distances = palloc(sizeof(int) * (list_length(names) + 1));
	foreach(lc, names)
	{
		char	   *candidate = lfirst(lc);
		int			distance = varstr_levenshtein_less_equal(name, length, candidate,
															 strlen(candidate), 1, 1, 1,
															 threshold, true);

		CHECK_FOR_INTERRUPTS();
		distances[foreach_current_index(lc)] = distance;
		/* the same name may stand there, and yet not be what is asked for */
		if (distance > 0)
			best = Min(best, distance);
	}

	/* far ones would only distract from a near one */
	foreach(lc, names)
	{
		ListCell   *seen;
		bool		duplicate = false;

		if (distances[foreach_current_index(lc)] > best)
			continue;
		foreach(seen, nearest)
			duplicate = duplicate || strcmp(lfirst(seen), lfirst(lc)) == 0;
		if (!duplicate && list_length(nearest) < MAX_SUGGESTIONS)
			nearest = lappend(nearest, lfirst(lc));
	}
	return nearest == NIL ? NULL : join_alternatives(nearest, "\"");
}
