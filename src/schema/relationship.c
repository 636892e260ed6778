/*
 * relationship.c
 *		The relationships of a table, read from the foreign keys.
 *
 * Only catalogs are read, under catalog snapshots: no table is opened, and
 * none locked. A view has those of the tables whose columns it has; a shard has those
 * to the shards beside it, by the names that their tables give.
 */
#include "schema/schema.h"

#include "access/genam.h"
#include "access/table.h"
#include "catalog/indexing.h"
#include "catalog/pg_am.h"
#include "catalog/pg_index.h"
#include "catalog/pg_opclass.h"
#include "catalog/pg_trigger.h"
#include "commands/defrem.h"
#include "commands/trigger.h"
#include "miscadmin.h"
#include "nodes/bitmapset.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/syscache.h"
#include "utils/typcache.h"

/* The key as its own constraint, or its topmost parent, has it. */
static bool
is_key_of_its_own(Form_pg_constraint form)
{
	Oid			parent = form->conparentid;

	/*
	 * A key to a partitioned table has a row a partition as well, and so has
	 * a key of one. The former are noise; the latter let a partition's own
	 * rows be followed.
	 */
	while (OidIsValid(parent))
	{
		HeapTuple	tuple = SearchSysCache1(CONSTROID, ObjectIdGetDatum(parent));
		Form_pg_constraint parent_form;
		bool		same_target;

		if (!HeapTupleIsValid(tuple))
			return false;
		parent_form = (Form_pg_constraint) GETSTRUCT(tuple);
		same_target = parent_form->confrelid == form->confrelid;
		parent = parent_form->conparentid;
		ReleaseSysCache(tuple);
		if (!same_target)
			return false;
	}
	return true;
}

static ForeignKey *
copy_foreign_key(HeapTuple tuple)
{
	Form_pg_constraint form = (Form_pg_constraint) GETSTRUCT(tuple);
	ForeignKey *key = palloc0(sizeof(ForeignKey));

	key->constraint = form->oid;
	key->name = logical_constraint(form->conrelid, NameStr(form->conname));
	key->referencing = form->conrelid;
	key->referenced = form->confrelid;
	key->deferred = form->condeferred;
	key->cascades = form->confupdtype == FKCONSTR_ACTION_CASCADE;
	jsonify_deconstruct_foreign_key(tuple, &key->nkeys, key->referencing_attnums,
									key->referenced_attnums, key->operators);
	return key;
}

/* The foreign keys of a table: ForeignKeys in the order of their names, palloc'd. */
List *
outgoing_keys(Oid relid)
{
	List	   *keys = NIL;
	Relation	catalog = table_open(ConstraintRelationId, AccessShareLock);
	ScanKeyData scan_key;
	SysScanDesc scan;
	HeapTuple	tuple;

	ScanKeyInit(&scan_key, Anum_pg_constraint_conrelid, BTEqualStrategyNumber,
				F_OIDEQ, ObjectIdGetDatum(relid));
	scan = systable_beginscan(catalog, ConstraintRelidTypidNameIndexId, true,
							  NULL, 1, &scan_key);
	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		Form_pg_constraint form = (Form_pg_constraint) GETSTRUCT(tuple);

		if (form->contype == CONSTRAINT_FOREIGN && jsonify_foreign_key_is_plain(form) &&
			is_key_of_its_own(form))
			keys = lappend(keys, copy_foreign_key(tuple));
	}
	systable_endscan(scan);
	table_close(catalog, AccessShareLock);
	return keys;
}

static int
compare_keys(const ListCell *a, const ListCell *b)
{
	const ForeignKey *left = lfirst(a);
	const ForeignKey *right = lfirst(b);

	return left->constraint < right->constraint ? -1 : left->constraint > right->constraint;
}

/* Whether a constraint is a foreign key to a table; what a partition merely inherits is its parent's. */
static bool
is_key_to(Form_pg_constraint form, Oid relid)
{
	return form->contype == CONSTRAINT_FOREIGN && form->confrelid == relid &&
		!OidIsValid(form->conparentid) && jsonify_foreign_key_is_plain(form);
}

/* The foreign keys to a table, by a scan of them all: pg_constraint has no index on confrelid. */
static List *
scan_incoming_keys(Oid relid)
{
	List	   *keys = NIL;
	Relation	catalog = table_open(ConstraintRelationId, AccessShareLock);
	ScanKeyData scan_key;
	SysScanDesc scan;
	HeapTuple	tuple;

	ScanKeyInit(&scan_key, Anum_pg_constraint_confrelid, BTEqualStrategyNumber,
				F_OIDEQ, ObjectIdGetDatum(relid));
	scan = systable_beginscan(catalog, InvalidOid, false, NULL, 1, &scan_key);
	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		CHECK_FOR_INTERRUPTS();
		if (is_key_to((Form_pg_constraint) GETSTRUCT(tuple), relid))
			keys = lappend(keys, copy_foreign_key(tuple));
	}
	systable_endscan(scan);
	table_close(catalog, AccessShareLock);
	return keys;
}

/* The same by the triggers that guard the referenced table, which lead to the keys. */
static List *
follow_key_triggers(Oid relid)
{
	List	   *keys = NIL;
	List	   *seen = NIL;
	Relation	catalog = table_open(TriggerRelationId, AccessShareLock);
	ScanKeyData scan_key;
	SysScanDesc scan;
	HeapTuple	tuple;

	ScanKeyInit(&scan_key, Anum_pg_trigger_tgrelid, BTEqualStrategyNumber,
				F_OIDEQ, ObjectIdGetDatum(relid));
	scan = systable_beginscan(catalog, TriggerRelidNameIndexId, true, NULL, 1, &scan_key);
	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		Form_pg_trigger trigger = (Form_pg_trigger) GETSTRUCT(tuple);
		HeapTuple	constraint;

		if (!OidIsValid(trigger->tgconstraint) ||
			RI_FKey_trigger_type(trigger->tgfoid) != RI_TRIGGER_PK ||
			list_member_oid(seen, trigger->tgconstraint))
			continue;
		seen = lappend_oid(seen, trigger->tgconstraint);

		constraint = SearchSysCache1(CONSTROID, ObjectIdGetDatum(trigger->tgconstraint));
		if (!HeapTupleIsValid(constraint))
			continue;
		if (is_key_to((Form_pg_constraint) GETSTRUCT(constraint), relid))
			keys = lappend(keys, copy_foreign_key(constraint));
		ReleaseSysCache(constraint);
	}
	systable_endscan(scan);
	table_close(catalog, AccessShareLock);
	list_free(seen);
	return keys;
}

/* The foreign keys to a table, oldest first. */
static List *
incoming_keys(Oid relid)
{
	List	   *keys = jsonify_has_key_triggers(get_rel_relkind(relid)) ?
		follow_key_triggers(relid) : scan_incoming_keys(relid);

	list_sort(keys, compare_keys);
	return keys;
}

/* What a valid, total, unique index over plain columns covers. */
typedef struct UniqueIndex
{
	Oid			oid;
	bool		primary;
	int			nkeys;
	AttrNumber	attnums[INDEX_MAX_KEYS];
	Bitmapset  *columns;		/* attnums are positive here */
} UniqueIndex;

/* The operator by which an index of a class takes values for equal; InvalidOid if it is no btree. */
static Oid
equality_of_class(Oid opclass)
{
	HeapTuple	tuple = SearchSysCache1(CLAOID, ObjectIdGetDatum(opclass));
	Form_pg_opclass form;
	Oid			operator = InvalidOid;

	if (!HeapTupleIsValid(tuple))
		return InvalidOid;
	form = (Form_pg_opclass) GETSTRUCT(tuple);
	if (form->opcmethod == BTREE_AM_OID)
		operator = get_opfamily_member(form->opcfamily, form->opcintype, form->opcintype,
									   BTEqualStrategyNumber);
	ReleaseSysCache(tuple);
	return operator;
}

/*
 * Whether values of a column are the same to an index that are so by the type's own equality
 * and the column's collation: if not, several rows may have what is one key.
 */
static bool
compares_as_column(Oid relid, AttrNumber attnum, Oid opclass, Oid collation)
{
	Oid			typid;
	int32		typmod;
	Oid			of_column;
	Oid			equality = equality_of_class(opclass);

	get_atttypetypmodcoll(relid, attnum, &typid, &typmod, &of_column);
	if (OidIsValid(collation) && OidIsValid(of_column) && collation != of_column &&
		!(get_collation_isdeterministic(collation) && get_collation_isdeterministic(of_column)))
		return false;
	return !OidIsValid(equality) ||
		equality == lookup_type_cache(getBaseType(typid), TYPECACHE_EQ_OPR)->eq_opr;
}

/* The same of all columns of an index, by its row in pg_index. */
static bool
compares_as_columns(Relation catalog, HeapTuple tuple)
{
	Form_pg_index form = (Form_pg_index) GETSTRUCT(tuple);
	TupleDesc	tupdesc = RelationGetDescr(catalog);
	bool		isnull;
	oidvector  *classes;
	oidvector  *collations;

	classes = (oidvector *) DatumGetPointer(heap_getattr(tuple, Anum_pg_index_indclass, tupdesc, &isnull));
	collations = (oidvector *) DatumGetPointer(heap_getattr(tuple, Anum_pg_index_indcollation, tupdesc, &isnull));
	for (int i = 0; i < form->indnkeyatts; i++)
	{
		if (!compares_as_column(form->indrelid, form->indkey.values[i], classes->values[i],
								collations->values[i]))
			return false;
	}
	return true;
}

/* The unique indexes that tell all rows of a table apart by columns, and as these compare. */
static List *
unique_indexes(Oid relid)
{
	List	   *indexes = NIL;
	Relation	catalog = table_open(IndexRelationId, AccessShareLock);
	ScanKeyData scan_key;
	SysScanDesc scan;
	HeapTuple	tuple;

	ScanKeyInit(&scan_key, Anum_pg_index_indrelid, BTEqualStrategyNumber,
				F_OIDEQ, ObjectIdGetDatum(relid));
	scan = systable_beginscan(catalog, IndexIndrelidIndexId, true, NULL, 1, &scan_key);
	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		Form_pg_index form = (Form_pg_index) GETSTRUCT(tuple);
		UniqueIndex *index;
		bool		plain = true;

		if (!form->indisunique || !form->indisvalid || !form->indislive ||
			!heap_attisnull(tuple, Anum_pg_index_indpred, NULL))
			continue;
		index = palloc0(sizeof(UniqueIndex));
		index->oid = form->indexrelid;
		index->primary = form->indisprimary;
		index->nkeys = form->indnkeyatts;
		for (int i = 0; i < form->indnkeyatts && plain; i++)
		{
			index->attnums[i] = form->indkey.values[i];
			plain = index->attnums[i] > 0;
			if (plain)
				index->columns = bms_add_member(index->columns, index->attnums[i]);
		}
		if (plain && compares_as_columns(catalog, tuple))
			indexes = lappend(indexes, index);
	}
	systable_endscan(scan);
	table_close(catalog, AccessShareLock);
	return indexes;
}

static Bitmapset *
referencing_columns(const ForeignKey *key)
{
	Bitmapset  *columns = NULL;

	for (int i = 0; i < key->nkeys; i++)
		columns = bms_add_member(columns, key->referencing_attnums[i]);
	return columns;
}

/* The column of a one-column key without its "_id" or "Id"; else NULL. */
static char *
name_of_to_one(const ForeignKey *key)
{
	char	   *name;
	int			length;

	if (key->nkeys != 1)
		return NULL;
	name = get_attname(key->referencing, key->referencing_attnums[0], true);
	if (name == NULL)
		return NULL;
	length = strlen(name);
	if (length > 3 && strcmp(name + length - 3, "_id") == 0)
		name[length - 3] = '\0';
	else if (length > 2 && strcmp(name + length - 2, "Id") == 0)
		name[length - 2] = '\0';
	return name;
}

static Relationship *
add_relationship(RelationshipGraph *graph, RelationshipKind kind, Oid target,
				 ForeignKey *key, ForeignKey *far_key)
{
	Relationship *relationship = palloc0(sizeof(Relationship));

	relationship->kind = kind;
	relationship->target = target;
	relationship->target_name = logical_name(target);
	relationship->name = kind == TO_ONE ? name_of_to_one(key) : relationship->target_name;
	relationship->key = key;
	relationship->far_key = far_key;
	relationship->is_self = kind != MANY_TO_MANY && key->referencing == key->referenced;
	/* dropped in the middle of this: its invalidation is on the way */
	if (relationship->target_name != NULL)
		graph->relationships = lappend(graph->relationships, relationship);
	graph->visited = list_append_unique_oid(graph->visited, target);
	return relationship;
}

/*
 * Whether columns lie in one of the unique indexes. *repeats: none lies in them,
 * so several rows may have the same there.
 */
static bool
covers(List *indexes, const Bitmapset *columns, bool *repeats)
{
	bool		found = false;
	ListCell   *lc;

	*repeats = true;
	foreach(lc, indexes)
	{
		UniqueIndex *index = lfirst(lc);

		found |= bms_is_subset(columns, index->columns);
		if (bms_is_subset(index->columns, columns))
			*repeats = false;
	}
	return found;
}

/* The ways over a junction table whose key leads back to this table. */
static void
add_many_to_many(RelationshipGraph *graph, ForeignKey *key, List *indexes)
{
	Bitmapset  *near_columns = referencing_columns(key);
	ListCell   *lc;

	foreach(lc, outgoing_keys(key->referencing))
	{
		ForeignKey *far_key = lfirst(lc);
		Bitmapset  *far_columns = referencing_columns(far_key);
		Bitmapset  *both = bms_union(near_columns, far_columns);
		bool		repeats;

		graph->visited = list_append_unique_oid(graph->visited, far_key->referenced);
		if (far_key->constraint == key->constraint ||
			far_key->referenced == key->referencing ||
			bms_is_subset(near_columns, far_columns) ||
			bms_is_subset(far_columns, near_columns))
			continue;
		if (!covers(indexes, both, &repeats))
			continue;
		add_relationship(graph, MANY_TO_MANY, far_key->referenced, key, far_key)->repeats = repeats;
	}
}

/* The same of what is no view. */
static RelationshipGraph *
read_table_relationships(Oid relid)
{
	RelationshipGraph *graph = palloc0(sizeof(RelationshipGraph));
	ListCell   *lc;

	graph->relid = relid;
	graph->visited = list_make1_oid(relid);

	foreach(lc, outgoing_keys(relid))
	{
		ForeignKey *key = lfirst(lc);

		(void) add_relationship(graph, TO_ONE, key->referenced, key, NULL);
	}
	foreach(lc, incoming_keys(relid))
	{
		ForeignKey *key = lfirst(lc);
		List	   *indexes = unique_indexes(key->referencing);
		Bitmapset  *columns = referencing_columns(key);
		RelationshipKind kind = TO_MANY;
		ListCell   *index_cell;

		/* the other rows are in other shards */
		if (is_from_part(key->referencing, relid))
			continue;
		foreach(index_cell, indexes)
		{
			if (bms_is_subset(((UniqueIndex *) lfirst(index_cell))->columns, columns))
				kind = ONE_TO_ONE;
		}
		(void) add_relationship(graph, kind, key->referencing, key, NULL);
		if (key->referencing != relid)
			add_many_to_many(graph, key, indexes);
	}
	return graph;
}

/* Those of a table that a view shows, as far as it shows the columns that they go by. */
static void
add_relationships_of_source(RelationshipGraph *graph, const ViewColumns *view, int source,
							const RelationshipGraph *table)
{
	ListCell   *lc;

	graph->visited = list_concat_unique_oid(graph->visited, table->visited);
	foreach(lc, table->relationships)
	{
		Relationship *relationship = lfirst(lc);
		bool		to_one = relationship->kind == TO_ONE;
		ForeignKey *key = palloc(sizeof(ForeignKey));
		AttrNumber *attnums = to_one ? key->referencing_attnums : key->referenced_attnums;

		*key = *relationship->key;
		if (!find_in_view(view, source, table->relid, attnums, key->nkeys, attnums))
			continue;
		if (to_one)
			key->referencing = graph->relid;
		else
			key->referenced = graph->relid;
		relationship->key = key;
		if (to_one)
			relationship->name = name_of_to_one(key);
		graph->relationships = lappend(graph->relationships, relationship);
	}
}

/*
 * Reads all relationships of a table, or of a view those of the tables whose columns
 * it has; those to other views are add_view_relationships()'s. The result is palloc'd
 * in the current memory context; its list of visited tables holds every table whose
 * change could change it.
 */
RelationshipGraph *
read_relationships(Oid relid)
{
	RelationshipGraph *graph;
	ViewColumns *view;

	if (!is_view(relid))
		return read_table_relationships(relid);
	graph = palloc0(sizeof(RelationshipGraph));
	view = read_view_columns(relid);
	graph->relid = relid;
	graph->visited = list_copy(view->visited);
	for (int source = 0; source < view->nsources; source++)
	{
		Oid			table = view_source(view, source);

		if (OidIsValid(table))
			add_relationships_of_source(graph, view, source, read_table_relationships(table));
	}
	return graph;
}

/* Whether two relationships go by the same key, in the same tables or views; NULL for none. */
bool
is_same_key(const ForeignKey *left, const ForeignKey *right)
{
	if (left == NULL || right == NULL)
		return left == right;
	/* that of a view is its table's, and may stand there in several columns */
	return left->constraint == right->constraint && left->referencing == right->referencing &&
		left->referenced == right->referenced &&
		memcmp(left->referencing_attnums, right->referencing_attnums,
			   sizeof(AttrNumber) * left->nkeys) == 0 &&
		memcmp(left->referenced_attnums, right->referenced_attnums,
			   sizeof(AttrNumber) * left->nkeys) == 0;
}

/* The columns of an index, as a list of int. */
static List *
index_columns(const UniqueIndex *index)
{
	List	   *attnums = NIL;

	for (int i = 0; i < index->nkeys; i++)
		attnums = lappend_int(attnums, index->attnums[i]);
	return attnums;
}

/*
 * The columns of a table's primary key in their order there, else those of
 * its oldest unique index over NOT NULL columns, as a list of int; else NIL.
 */
List *
primary_key_attnums(Oid relid)
{
	UniqueIndex *best = NULL;
	ListCell   *lc;

	foreach(lc, unique_indexes(relid))
	{
		UniqueIndex *index = lfirst(lc);
		bool		not_null = true;

		for (int i = 0; i < index->nkeys && !index->primary && not_null; i++)
		{
			HeapTuple	tuple = SearchSysCache2(ATTNUM, ObjectIdGetDatum(relid),
												Int16GetDatum(index->attnums[i]));

			not_null = HeapTupleIsValid(tuple) &&
				((Form_pg_attribute) GETSTRUCT(tuple))->attnotnull;
			if (HeapTupleIsValid(tuple))
				ReleaseSysCache(tuple);
		}
		if (not_null && (best == NULL || index->primary ||
						 (!best->primary && index->oid < best->oid)))
			best = index;
	}
	return best == NULL ? NIL : index_columns(best);
}

/*
 * The columns that rows are ordered by where nothing else does: the primary key as
 * above; of a view those of the tables that it shows with their primary keys.
 */
List *
ordering_attnums(Oid relid)
{
	List	   *attnums = NIL;
	ViewColumns *view;

	if (!is_view(relid))
		return primary_key_attnums(relid);
	view = read_view_columns(relid);
	for (int source = 0; source < view->nsources; source++)
	{
		Oid			table = view_source(view, source);
		AttrNumber	key[INDEX_MAX_KEYS];
		int			nkeys = 0;
		ListCell   *lc;

		foreach(lc, OidIsValid(table) ? primary_key_attnums(table) : NIL)
			key[nkeys++] = lfirst_int(lc);
		if (!find_in_view(view, source, table, key, nkeys, key))
			continue;
		for (int i = 0; i < nkeys; i++)
			attnums = lappend_int(attnums, key[i]);
	}
	return attnums;
}

/*
 * What can tell a table's rows apart: the columns of each of its unique indexes, a
 * list of lists of int; the primary key first.
 */
List *
list_unique_keys(Oid relid)
{
	List	   *keys = NIL;
	ListCell   *lc;

	foreach(lc, unique_indexes(relid))
	{
		const UniqueIndex *index = lfirst(lc);
		List	   *attnums = index_columns(index);

		keys = index->primary ? lcons(attnums, keys) : lappend(keys, attnums);
	}
	return keys;
}

/*
 * Whether rows that an index tells apart are told apart by the order of their columns as
 * well: it compares as that does, and has no NULLs.
 */
static bool
tells_as_ordered(Oid relid, const UniqueIndex *index)
{
	HeapTuple	tuple = SearchSysCache1(INDEXRELID, ObjectIdGetDatum(index->oid));
	bool		isnull;
	oidvector  *classes;
	oidvector  *collations;
	bool		result = true;

	if (!HeapTupleIsValid(tuple))
		return false;
	classes = (oidvector *) DatumGetPointer(SysCacheGetAttr(INDEXRELID, tuple, Anum_pg_index_indclass, &isnull));
	collations = (oidvector *) DatumGetPointer(SysCacheGetAttr(INDEXRELID, tuple, Anum_pg_index_indcollation, &isnull));
	for (int i = 0; i < index->nkeys && result; i++)
	{
		HeapTuple	column = SearchSysCache2(ATTNUM, ObjectIdGetDatum(relid),
											 Int16GetDatum(index->attnums[i]));
		Form_pg_attribute attribute;
		Oid			usual;

		if (!HeapTupleIsValid(column))
		{
			result = false;
			break;
		}
		attribute = (Form_pg_attribute) GETSTRUCT(column);
		usual = GetDefaultOpClass(getBaseType(attribute->atttypid), BTREE_AM_OID);
		result = attribute->attnotnull && jsonify_not_null_is_valid(relid, index->attnums[i]) &&
			OidIsValid(usual) &&
			get_opclass_family(classes->values[i]) == get_opclass_family(usual) &&
			collations->values[i] == attribute->attcollation;
		ReleaseSysCache(column);
	}
	ReleaseSysCache(tuple);
	return result;
}

/* The same of a view: those of the one table that its rows are rows of, as far as it shows them. */
static List *
list_ordered_keys_of_view(Oid relid)
{
	ViewColumns *view = read_view_columns(relid);
	List	   *keys = NIL;

	for (int source = 0; view->unique && source < view->nsources; source++)
	{
		Oid			table = view_source(view, source);
		ListCell   *lc;

		foreach(lc, OidIsValid(table) ? list_ordered_keys(table) : NIL)
		{
			AttrNumber	key[INDEX_MAX_KEYS];
			int			nkeys = 0;
			List	   *attnums = NIL;
			ListCell   *column;

			foreach(column, lfirst(lc))
				key[nkeys++] = lfirst_int(column);
			if (!find_in_view(view, source, table, key, nkeys, key))
				continue;
			for (int i = 0; i < nkeys; i++)
				attnums = lappend_int(attnums, key[i]);
			keys = lappend(keys, attnums);
		}
	}
	return keys;
}

/*
 * The unique keys that tell the rows of a table or view apart as their own order does, of
 * columns without NULLs: a list of lists of int.
 */
List *
list_ordered_keys(Oid relid)
{
	List	   *keys = NIL;
	ListCell   *lc;

	if (is_view(relid))
		return list_ordered_keys_of_view(relid);
	foreach(lc, unique_indexes(relid))
	{
		if (tells_as_ordered(relid, lfirst(lc)))
			keys = lappend(keys, index_columns(lfirst(lc)));
	}
	return keys;
}

static bool
table_has_index_on(Oid relid, const AttrNumber *attnums, int nattnums)
{
	Relation	catalog = table_open(IndexRelationId, AccessShareLock);
	Bitmapset  *wanted = NULL;
	bool		found = false;
	ScanKeyData scan_key;
	SysScanDesc scan;
	HeapTuple	tuple;

	for (int i = 0; i < nattnums; i++)
		wanted = bms_add_member(wanted, attnums[i]);
	ScanKeyInit(&scan_key, Anum_pg_index_indrelid, BTEqualStrategyNumber,
				F_OIDEQ, ObjectIdGetDatum(relid));
	scan = systable_beginscan(catalog, IndexIndrelidIndexId, true, NULL, 1, &scan_key);
	while (!found && HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		Form_pg_index form = (Form_pg_index) GETSTRUCT(tuple);
		Bitmapset  *first = NULL;

		if (!form->indisvalid || form->indnkeyatts < nattnums ||
			!heap_attisnull(tuple, Anum_pg_index_indpred, NULL))
			continue;
		for (int i = 0; i < nattnums; i++)
		{
			if (form->indkey.values[i] > 0)
				first = bms_add_member(first, form->indkey.values[i]);
		}
		found = bms_is_subset(wanted, first);
	}
	systable_endscan(scan);
	table_close(catalog, AccessShareLock);
	return found;
}

/*
 * Whether a valid, total index starts with these columns, in any order: what
 * finds the rows that have certain values there. Of a view one of the table that
 * they are columns of.
 */
bool
has_index_on(Oid relid, const AttrNumber *attnums, int nattnums)
{
	AttrNumber	of_table[INDEX_MAX_KEYS];
	ViewColumns *view;
	ViewColumn	first;

	if (!is_view(relid))
		return table_has_index_on(relid, attnums, nattnums);
	view = read_view_columns(relid);
	for (int i = 0; i < nattnums; i++)
	{
		if (attnums[i] > view->ncolumns)
			return false;
		of_table[i] = view->columns[attnums[i] - 1].attnum;
		if (view->columns[attnums[i] - 1].source != view->columns[attnums[0] - 1].source)
			return false;
	}
	first = view->columns[attnums[0] - 1];
	return OidIsValid(first.relid) && table_has_index_on(first.relid, of_table, nattnums);
}
