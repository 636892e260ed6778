/*
 * view_relationships.c
 *		Relationships that lead to views, or over them, as others do to the tables
 *		that the views are of.
 *
 * There may be many views over a table, so they are looked for by name, once no
 * table has what is asked for; or all of them, to be listed.
 */
#include "schema/schema.h"

#include "utils/lsyscache.h"
#include "utils/memutils.h"

/* A key that names a view's columns in place of a table's at one end. */
static ForeignKey *
move_key(const ForeignKey *key, bool referencing, Oid view, const ViewColumns *columns,
		 int source)
{
	ForeignKey *moved = palloc(sizeof(ForeignKey));

	*moved = *key;
	if (referencing)
	{
		moved->referencing = view;
		return find_in_view(columns, source, key->referencing, key->referencing_attnums,
							key->nkeys, moved->referencing_attnums) ? moved : NULL;
	}
	moved->referenced = view;
	return find_in_view(columns, source, key->referenced, key->referenced_attnums, key->nkeys,
						moved->referenced_attnums) ? moved : NULL;
}

static void
add_copy(RelationshipGraph *graph, Relationship *copy)
{
	copy->readable = graph->reads_all || may_follow(copy, graph->at_hand, graph->role);
	graph->relationships = lappend(graph->relationships, copy);
}

/* The relationship that leads to a view in place of the table, if it can. */
static void
add_far_view(RelationshipGraph *graph, const Relationship *relationship, Oid view,
			 const ViewColumns *columns, int source)
{
	Relationship *copy = palloc(sizeof(Relationship));
	RelationshipKind kind = relationship->kind;

	/* one row of the view for each of the table; its own name is that of the other side */
	if ((kind == TO_ONE || kind == MANY_TO_MANY) && !columns->unique)
		return;
	if (kind == TO_ONE && view == graph->relid)
		return;
	*copy = *relationship;
	copy->over_view = copy->to_view = true;
	copy->is_self = false;
	copy->target = view;
	copy->target_name = get_rel_name(view);
	copy->name = kind == TO_ONE ? NULL : copy->target_name;
	if (kind == ONE_TO_ONE && !columns->unique)
		copy->kind = TO_MANY;
	if (kind == MANY_TO_MANY)
		copy->far_key = move_key(relationship->far_key, false, view, columns, source);
	else
		copy->key = move_key(relationship->key, kind != TO_ONE, view, columns, source);
	if (copy->target_name != NULL && copy->key != NULL && (kind != MANY_TO_MANY || copy->far_key != NULL))
		add_copy(graph, copy);
}

/* The same over a view in place of the junction. */
static void
add_junction_view(RelationshipGraph *graph, const Relationship *relationship, Oid view,
				  const ViewColumns *columns, int source)
{
	Relationship *copy = palloc(sizeof(Relationship));

	*copy = *relationship;
	copy->over_view = copy->junction_view = true;
	copy->repeats = relationship->repeats || !columns->unique;
	copy->key = move_key(relationship->key, true, view, columns, source);
	copy->far_key = move_key(relationship->far_key, true, view, columns, source);
	if (copy->key != NULL && copy->far_key != NULL)
		add_copy(graph, copy);
}

/* All that lead to a view, or over it, if they are not there yet. */
static void
add_view(RelationshipGraph *graph, Oid view, bool as_junction)
{
	List	  **seen = as_junction ? &graph->junction_views : &graph->far_views;
	List	   *others = list_copy(graph->relationships);
	ViewColumns *columns;

	if (list_member_oid(*seen, view))
		return;
	*seen = lappend_oid(*seen, view);
	columns = read_view_columns(view);
	graph->visited = list_concat_unique_oid(graph->visited, columns->visited);
	for (int source = 0; source < columns->nsources; source++)
	{
		Oid			table = view_source(columns, source);
		ListCell   *lc;

		foreach(lc, others)
		{
			Relationship *relationship = lfirst(lc);

			if (as_junction && relationship->kind == MANY_TO_MANY && !relationship->junction_view &&
				relationship->key->referencing == table)
				add_junction_view(graph, relationship, view, columns, source);
			else if (!as_junction && !relationship->to_view && relationship->target == table)
				add_far_view(graph, relationship, view, columns, source);
		}
	}
}

static void
add_views_named(RelationshipGraph *graph, const char *name, bool as_junction)
{
	ListCell   *lc;

	foreach(lc, views_named(name))
		add_view(graph, lfirst_oid(lc), as_junction);
}

/*
 * Adds to a graph the relationships that a name, with its "via" if any, may mean
 * where no table has it.
 */
void
add_view_relationships(RelationshipGraph *graph, const char *name, const List *via)
{
	MemoryContext old = MemoryContextSwitchTo(GetMemoryChunkContext(graph));
	const ListCell *lc;

	if (!graph->has_all_views && graph->relationships != NIL)
	{
		add_views_named(graph, name, false);
		foreach(lc, via)
			add_views_named(graph, ((ShapeName *) lfirst(lc))->name, true);
	}
	MemoryContextSwitchTo(old);
}

/* Adds all of them, to be listed. */
void
add_all_view_relationships(RelationshipGraph *graph)
{
	MemoryContext old = MemoryContextSwitchTo(GetMemoryChunkContext(graph));
	List	   *far_views = NIL;
	List	   *junction_views = NIL;
	ListCell   *lc;

	foreach(lc, graph->relationships)
	{
		Relationship *relationship = lfirst(lc);

		if (relationship->over_view || graph->has_all_views)
			continue;
		far_views = add_views_over(far_views, relationship->target);
		if (relationship->kind == MANY_TO_MANY)
			junction_views = add_views_over(junction_views, relationship->key->referencing);
	}
	foreach(lc, far_views)
		add_view(graph, lfirst_oid(lc), false);
	foreach(lc, junction_views)
		add_view(graph, lfirst_oid(lc), true);
	graph->has_all_views = true;
	MemoryContextSwitchTo(old);
}
