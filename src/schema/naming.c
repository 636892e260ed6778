/*
 * naming.c
 *		Which relationship a name in a shape means, and what to say when it
 *		means none or several.
 *
 * A relationship is known by its own name (the column of a to-one key without
 * its "_id", the table at the other end otherwise), by its constraint, and a
 * to-one one also by its target table where nothing else has that name. The
 * column's name comes before all others. With "via" the target table's name is
 * enough, whatever else has it; and with schema, table and constraint, of a
 * junction both constraints, every relationship can be said.
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
	NAME_MATCH,					/* by its own name, or its constraint */
	OWN_MATCH					/* a to-one relationship by its own column's name */
} Match;

/*
 * What the dotted path of a "via" can say, in the order in which it is tried: one
 * counts only where none before it finds a relationship. Near is the key that
 * leads back to this table; a junction has a far one as well, to the target.
 */
typedef enum Reading
{
	NEAR_CONSTRAINT,			/* [schema.]table.constraint */
	NEAR_KEY,					/* constraint, column, [schema.]table.column, [schema.]junction */
	FAR_CONSTRAINT,
	FAR_KEY,
	BOTH_CONSTRAINTS,			/* [schema.]junction.constraint.constraint: near, far */
	BOTH_KEYS,					/* the same, and each may be a column */
	VIEW_COLUMN,				/* a column of this view, that the key leads to */
	NREADINGS
} Reading;

static bool
is_named(const Relationship *relationship, const char *name)
{
	return relationship->name != NULL && strcmp(relationship->name, name) == 0;
}

/* Whether it goes by its constraint's name; of a self reference the to-one side does. */
static bool
is_named_by_constraint(const Relationship *relationship, const char *name)
{
	return relationship->kind != MANY_TO_MANY && !relationship->over_view &&
		(relationship->kind == TO_ONE || !relationship->is_self) &&
		strcmp(relationship->key->name, name) == 0;
}

/*
 * Whether it is a name that this table itself gives: that of a to-one
 * relationship's column. A self reference of several columns has its constraint's
 * only, for with "via" the table's name is the other side.
 */
static bool
is_own_name(const Relationship *relationship, const char *name)
{
	if (relationship->kind != TO_ONE || relationship->over_view)
		return false;
	return relationship->name != NULL ? strcmp(relationship->name, name) == 0 :
		relationship->is_self && strcmp(relationship->key->name, name) == 0;
}

static Match
match_name(const Relationship *relationship, const char *name)
{
	if (is_own_name(relationship, name))
		return OWN_MATCH;
	/* a view is no junction unless "via" says it */
	if (relationship->junction_view)
		return NO_MATCH;
	if (is_named_by_constraint(relationship, name) || is_named(relationship, name))
		return NAME_MATCH;
	if (relationship->kind == TO_ONE && !relationship->is_self &&
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

/* Of a view that has a table's column twice: which of the two a key of others leads to. */
static bool
leads_to_view_column(const Relationship *relationship, const char *name)
{
	const ForeignKey *key = relationship->key;

	if (relationship->kind == TO_ONE || !is_view(key->referenced))
		return false;
	for (int i = 0; i < key->nkeys; i++)
	{
		char	   *column = get_attname(key->referenced, key->referenced_attnums[i], true);

		if (column != NULL && strcmp(column, name) == 0)
			return true;
	}
	return false;
}

static bool
is_table_named(Oid relid, const char *schema, const char *name)
{
	char	   *table = logical_name(relid);
	char	   *namespace = schema ? get_namespace_name(get_rel_namespace(relid)) : NULL;

	return table != NULL && strcmp(table, name) == 0 &&
		(schema == NULL || (namespace != NULL && strcmp(namespace, schema) == 0));
}

static bool
is_key_named(const ForeignKey *key, const char *name, bool by_constraint)
{
	return strcmp(key->name, name) == 0 || (!by_constraint && is_column_of_key(key, name));
}

/* Whether a path of a "via", of nparts names, says a key as a reading of one key has it. */
static bool
match_key(const ForeignKey *key, const char *const *part, int nparts, bool by_constraint,
		  bool junction)
{
	switch (nparts)
	{
		case 1:
			if (by_constraint)
				return false;
			/* of a view as junction it takes the name: there may be others */
			return (strcmp(key->name, part[0]) == 0 && !(junction && is_view(key->referencing))) ||
				(junction ? is_table_named(key->referencing, NULL, part[0]) :
				 is_column_of_key(key, part[0]));
		case 2:
			if (is_table_named(key->referencing, NULL, part[0]) &&
				(by_constraint ? strcmp(key->name, part[1]) == 0 : is_column_of_key(key, part[1])))
				return true;
			return !by_constraint && junction && is_table_named(key->referencing, part[0], part[1]);
		case 3:
			return is_table_named(key->referencing, part[0], part[1]) &&
				(by_constraint ? strcmp(key->name, part[2]) == 0 : is_column_of_key(key, part[2]));
		default:
			return false;
	}
}

/* Whether it says both keys of a junction: that of this table, then that of the target. */
static bool
match_both_keys(const Relationship *relationship, const char *const *part, int nparts,
				bool by_constraint)
{
	bool		with_schema = nparts == 4;

	return (nparts == 3 || nparts == 4) &&
		is_table_named(relationship->key->referencing, with_schema ? part[0] : NULL,
					   part[nparts - 3]) &&
		is_key_named(relationship->key, part[nparts - 2], by_constraint) &&
		is_key_named(relationship->far_key, part[nparts - 1], by_constraint);
}

static bool
match_via(const Relationship *relationship, const List *via, Reading reading)
{
	bool		junction = relationship->kind == MANY_TO_MANY;
	const char *part[4];
	int			nparts = 0;
	const ListCell *lc;

	if (list_length(via) > lengthof(part) ||
		(reading > NEAR_KEY && reading != VIEW_COLUMN && !junction))
		return false;
	foreach(lc, via)
		part[nparts++] = ((ShapeName *) lfirst(lc))->name;

	switch (reading)
	{
		case NEAR_CONSTRAINT:
		case NEAR_KEY:
			return match_key(relationship->key, part, nparts, reading == NEAR_CONSTRAINT, junction);
		case FAR_CONSTRAINT:
		case FAR_KEY:
			return match_key(relationship->far_key, part, nparts, reading == FAR_CONSTRAINT,
							 junction);
		case VIEW_COLUMN:
			return nparts == 1 && leads_to_view_column(relationship, part[0]);
		default:
			return match_both_keys(relationship, part, nparts, reading == BOTH_CONSTRAINTS);
	}
}

/* Whether a name is that of a relationship or of its target. */
static bool
goes_by(const Relationship *relationship, const char *name)
{
	return is_named(relationship, name) || strcmp(relationship->target_name, name) == 0;
}

/* Whether a name can stand before a "via" that leads to it. */
static bool
match_name_of_via(const Relationship *relationship, const char *name)
{
	/* of a self reference the table's own name with via is the to-many side */
	if (relationship->kind == TO_ONE && relationship->is_self &&
		strcmp(relationship->target_name, name) == 0)
		return false;
	return goes_by(relationship, name) || is_named_by_constraint(relationship, name);
}

static List *
find_by_via(RelationshipGraph *graph, const char *name, const List *via, bool readable,
			bool over_views)
{
	List	   *found = NIL;

	for (Reading reading = 0; reading < NREADINGS && found == NIL; reading++)
	{
		ListCell   *lc;

		foreach(lc, graph->relationships)
		{
			Relationship *relationship = lfirst(lc);

			if (relationship->readable == readable && relationship->over_view == over_views &&
				match_name_of_via(relationship, name) &&
				match_via(relationship, via, reading))
				found = lappend(found, relationship);
		}
	}
	return found;
}

static List *
find_by_name(RelationshipGraph *graph, const char *name, bool readable, bool over_views)
{
	List	   *found[OWN_MATCH + 1] = {NIL};
	bool		over_junction = false;
	bool		is_own = false;
	ListCell   *lc;

	foreach(lc, graph->relationships)
	{
		Relationship *relationship = lfirst(lc);
		Match		match = match_name(relationship, name);

		is_own |= match == OWN_MATCH;
		if (relationship->readable != readable || relationship->over_view != over_views)
			continue;
		found[match] = lappend(found[match], relationship);
		if (match == NAME_MATCH && relationship->kind == MANY_TO_MANY)
			over_junction = true;
	}

	/* no table that is added elsewhere takes it from this one, for no role */
	if (is_own)
		return found[OWN_MATCH];

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
 * key in somebody else's table must not make a name ambiguous. A view comes
 * behind the tables in each case.
 */
static List *
find_candidates(RelationshipGraph *graph, const char *name, const List *via)
{
	List	   *found = NIL;

	for (int i = 0; i < 4 && found == NIL; i++)
	{
		bool		readable = i < 2;
		bool		over_views = i % 2 == 1;

		if (over_views)
			add_view_relationships(graph, name, via);
		found = via != NIL ? find_by_via(graph, name, via, readable, over_views) :
			find_by_name(graph, name, readable, over_views);
	}
	return found;
}

/* The path of up to four names, NULL for none. */
static List *
make_path(const char *schema, const char *table, const char *near, const char *far)
{
	const char *parts[4] = {schema, table, near, far};
	List	   *path = NIL;

	for (int i = 0; i < lengthof(parts); i++)
	{
		ShapeName  *name;

		if (parts[i] == NULL)
			continue;
		name = palloc0(sizeof(ShapeName));
		name->name = pstrdup(parts[i]);
		path = lappend(path, name);
	}
	return path;
}

/* What a key can be named by: its columns, and last its constraint. */
static List *
names_of_key(const ForeignKey *key)
{
	List	   *names = NIL;

	for (int i = 0; i < key->nkeys; i++)
	{
		char	   *column = get_attname(key->referencing, key->referencing_attnums[i], true);

		if (column != NULL)
			names = lappend(names, column);
	}
	return lappend(names, key->name);
}

/* name(via: path), if that means this relationship alone; else NULL. */
static char *
spell_path(RelationshipGraph *graph, Relationship *relationship, const char *name,
		   List *path)
{
	List	   *candidates = find_candidates(graph, name, path);
	StringInfoData buf;
	ListCell   *lc;

	CHECK_FOR_INTERRUPTS();
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

/* The first of some paths by which it can be spelled; NULL if none. */
static char *
spell_first_path(RelationshipGraph *graph, Relationship *relationship, const char *name,
				 List *paths)
{
	char	   *spelling = NULL;
	ListCell   *lc;

	foreach(lc, paths)
	{
		spelling = spell_path(graph, relationship, name, lfirst(lc));
		if (spelling != NULL)
			break;
	}
	return spelling;
}

/* The paths that say both keys of a junction. */
static List *
paths_of_both_keys(const Relationship *relationship, const char *schema, const char *table)
{
	List	   *far_names = names_of_key(relationship->far_key);
	List	   *paths = NIL;
	ListCell   *near;
	ListCell   *far;

	foreach(near, names_of_key(relationship->key))
	{
		foreach(far, far_names)
			paths = lappend(paths, make_path(schema, table, lfirst(near), lfirst(far)));
	}
	return paths;
}

/*
 * The shortest spelling, with via, that means this relationship alone: of a
 * key a column, or its constraint; of a junction its table, a column of it,
 * its constraint, or both keys; with schema and table where names repeat. NULL if
 * none.
 */
static char *
spell_with_via(RelationshipGraph *graph, Relationship *relationship, const char *name)
{
	ForeignKey *key = relationship->key;
	ForeignKey *far_key = relationship->far_key;
	char	   *table = logical_name(key->referencing);
	char	   *schema = get_namespace_name(get_rel_namespace(key->referencing));
	List	   *short_paths = NIL;
	List	   *long_paths = NIL;
	char	   *spelling;
	ListCell   *lc;

	if (table == NULL || schema == NULL)
		return NULL;
	if (far_key != NULL)
	{
		short_paths = lappend(short_paths, make_path(NULL, table, NULL, NULL));
		long_paths = lappend(long_paths, make_path(schema, table, NULL, NULL));
	}
	foreach(lc, names_of_key(key))
	{
		/* a constraint, or the column of a key without a junction, stands alone */
		bool		alone = far_key == NULL || lfirst(lc) == key->name;

		short_paths = lappend(short_paths, make_path(NULL, alone ? NULL : table, lfirst(lc), NULL));
		long_paths = lappend(long_paths, make_path(schema, table, lfirst(lc), NULL));
	}
	if (far_key != NULL)
	{
		foreach(lc, names_of_key(far_key))
		{
			short_paths = lappend(short_paths, make_path(NULL, table, lfirst(lc), NULL));
			long_paths = lappend(long_paths, make_path(schema, table, lfirst(lc), NULL));
		}
	}

	for (int i = 0; relationship->kind != TO_ONE && is_view(key->referenced) && i < key->nkeys; i++)
	{
		char	   *column = get_attname(key->referenced, key->referenced_attnums[i], true);

		if (column != NULL)
			long_paths = lappend(long_paths, make_path(NULL, NULL, column, NULL));
	}

	spelling = spell_first_path(graph, relationship, name, list_concat(short_paths, long_paths));
	if (spelling == NULL && far_key != NULL)
		spelling = spell_first_path(graph, relationship, name,
									paths_of_both_keys(relationship, NULL, table));
	if (spelling == NULL && far_key != NULL)
		spelling = spell_first_path(graph, relationship, name,
									paths_of_both_keys(relationship, schema, table));
	return spelling;
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
		else
			spelling = spell_with_via(graph, relationship, name);
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
		/* what is meant by its constraint may have a shorter one */
		char	   *spelling = goes_by(lfirst(lc), name) ?
			spell_with_via(graph, lfirst(lc), name) : NULL;

		if (spelling == NULL)
			spelling = spell_relationship(graph, lfirst(lc), &by_name);
		if (spelling != NULL)
			spellings = lappend(spellings, spelling);
	}
	alternatives = join_alternatives(spellings, "");
	ereport(ERROR,
			errcode(ERRCODE_AMBIGUOUS_COLUMN),
			errmsg("relationship \"%s\" of table \"%s\" is ambiguous",
				   name, logical_name(graph->relid)),
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

	add_all_view_relationships(graph);
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

	add_all_view_relationships(graph);
	foreach(lc, graph->relationships)
	{
		Relationship *relationship = lfirst(lc);

		if (!relationship->readable)
			continue;
		if (relationship->name != NULL)
			names = lappend(names, relationship->name);
		if (relationship->kind == TO_ONE && !relationship->is_self)
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
