/*
 * cache.c
 *		Document plans, kept for the session.
 *
 * A plan is found by the sink, the type, the shape and, where privileges play
 * a part, the role. Invalidation callbacks only mark plans; a marked one is
 * replaced at its next use, and freed when nothing pins it any more.
 */
#include "jsonify.h"

#include "catalog/pg_type.h"
#include "common/hashfn.h"
#include "miscadmin.h"
#include "storage/lmgr.h"
#include "utils/hsearch.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/syscache.h"
#include "utils/typcache.h"

/* Beyond either the plan unused for longest makes way. */
#define MAX_CACHED_PLANS 500
#define MAX_CACHED_SIZE (64 * 1024 * 1024)

/* A plan beyond that is not kept at all. */
#define MAX_PLAN_SIZE (MAX_CACHED_SIZE / 8)

/* About what the prepared queries of a branch take: measured. */
#define BRANCH_SIZE (40 * 1024)

/* How often to start anew when definitions change in the middle. */
#define MAX_ATTEMPTS 10

typedef struct PlanHashKey
{
	const SinkOps *ops;
	Oid			typid;
	int32		typmod;
	Oid			role;
	int			kind;			/* a DocumentKind */
	int			settings;		/* as current_settings() numbers them */
	int			shape_length;	/* -1 without a shape */
	int			options_length; /* -1 without options */
	uint32		hash;			/* of both */
} PlanHashKey;

/* The hash may collide: the bytes decide. */
typedef struct PlanKey
{
	PlanHashKey hash_key;
	char	   *shape;			/* terminated */
	char	   *options;		/* aligned */
} PlanKey;

typedef struct PlanEntry
{
	PlanHashKey key;
	DocumentPlan *plan;
	dlist_node	node;			/* of recently_used */
} PlanEntry;

static HTAB *plans = NULL;
static dlist_head recently_used = DLIST_STATIC_INIT(recently_used);
static dlist_head all_plans = DLIST_STATIC_INIT(all_plans);

/* Of the cached plans, in bytes. */
static Size cached_size = 0;

/* Counts the invalidations, to notice those that come in between. */
static uint64 invalidations = 0;

/* Whether a plan depends on what has changed: an OID, a hash value, or nothing. */
typedef bool (*PlanTest) (const DocumentPlan *plan, uint32 changed);

static void
mark_plans(PlanTest concerns, uint32 changed)
{
	dlist_iter	iter;

	invalidations++;
	dlist_foreach(iter, &all_plans)
	{
		DocumentPlan *plan = dlist_container(DocumentPlan, node, iter.cur);

		if (plan->valid && concerns(plan, changed))
			plan->valid = false;
	}
}

static bool
depends_on_relation(const DocumentPlan *plan, uint32 relid)
{
	return !OidIsValid(relid) || list_member_oid(plan->relids, relid);
}

/* Types come and go all the time: only those that queries name matter. */
static bool
names_type(const DocumentPlan *plan, uint32 hashvalue)
{
	return hashvalue == 0 || list_member_int(plan->typid_hashes, (int) hashvalue);
}

static bool
calls_functions(const DocumentPlan *plan, uint32 unused)
{
	return plan->uses_functions;
}

/* Names that a function has, or would have come before a relationship with. */
static bool
names_function(const DocumentPlan *plan, uint32 hashvalue)
{
	return hashvalue == 0 || list_member_int(plan->function_hashes, (int) hashvalue);
}

static void
relation_changed(Datum arg, Oid relid)
{
	forget_named_shapes_table(relid);
	mark_plans(depends_on_relation, relid);
}

/* Marks every plan as out of date. Safe to call anywhere. */
void
invalidate_all_plans(void)
{
	mark_plans(depends_on_relation, InvalidOid);
}

static void
catalog_changed(Datum arg, int cacheid, uint32 hashvalue)
{
	invalidate_all_plans();
}

static void
type_changed(Datum arg, int cacheid, uint32 hashvalue)
{
	mark_plans(names_type, hashvalue);
}

/* Counts the changes of functions. */
static uint64 functions_changed = 0;

static void
function_changed(Datum arg, int cacheid, uint32 hashvalue)
{
	functions_changed++;
	mark_plans(calls_functions, 0);
}

static void
function_name_changed(Datum arg, int cacheid, uint32 hashvalue)
{
	mark_plans(names_function, hashvalue);
}

/* What was looked up of a function is good as long as this stays the same. */
uint64
function_generation(void)
{
	return functions_changed;
}

/* Registers the callbacks; to be called once, when the library is loaded. */
void
cache_init(void)
{
	CacheRegisterRelcacheCallback(relation_changed, (Datum) 0);
	/* casts are looked up by type */
	CacheRegisterSyscacheCallback(CASTSOURCETARGET, catalog_changed, (Datum) 0);
	/* what a role may read decides what "*" is */
	CacheRegisterSyscacheCallback(AUTHMEMROLEMEM, catalog_changed, (Datum) 0);
	CacheRegisterSyscacheCallback(AUTHOID, catalog_changed, (Datum) 0);
	/* names in the queries */
	CacheRegisterSyscacheCallback(NAMESPACEOID, catalog_changed, (Datum) 0);
	CacheRegisterSyscacheCallback(COLLOID, catalog_changed, (Datum) 0);
	CacheRegisterSyscacheCallback(OPEROID, catalog_changed, (Datum) 0);
	CacheRegisterSyscacheCallback(TYPEOID, type_changed, (Datum) 0);
	CacheRegisterSyscacheCallback(PROCOID, function_changed, (Datum) 0);
	CacheRegisterSyscacheCallback(PROCNAMEARGSNSP, function_name_changed, (Datum) 0);
}

static void
free_plan(DocumentPlan *plan)
{
	ListCell   *lc;

	dlist_delete(&plan->node);
	foreach(lc, plan->levels)
		free_level_plans(lfirst(lc));
	MemoryContextDelete(plan->context);
}

/* Keeps a plan from being freed, until it is unpinned as often. */
void
pin_plan(DocumentPlan *plan)
{
	plan->refcount++;
}

/* Frees the plan if that was the last pin and the cache has dropped it. */
void
unpin_plan(DocumentPlan *plan)
{
	Assert(plan->refcount > 0);
	if (--plan->refcount == 0 && !plan->cached)
		free_plan(plan);
}

static void
drop_entry(PlanEntry *entry)
{
	DocumentPlan *plan = entry->plan;

	dlist_delete(&entry->node);
	hash_search(plans, &entry->key, HASH_REMOVE, NULL);
	cached_size -= plan->size;
	plan->cached = false;
	if (plan->refcount == 0)
		free_plan(plan);
}

static void
make_hash_key(PlanHashKey *hash_key, const DocumentKey *key)
{
	memset(hash_key, 0, sizeof(PlanHashKey));
	hash_key->ops = key->ops;
	hash_key->typid = key->typid;
	hash_key->typmod = key->typmod;
	hash_key->role = GetUserId();
	hash_key->kind = key->kind;
	hash_key->settings = current_settings();
	hash_key->shape_length = key->shape != NULL ? key->shape_length : -1;
	hash_key->options_length = key->options != NULL ? key->options_length : -1;
	if (key->shape != NULL)
		hash_key->hash = hash_bytes((const unsigned char *) key->shape, key->shape_length);
	if (key->options != NULL)
		hash_key->hash = hash_combine(hash_key->hash,
									  hash_bytes((const unsigned char *) key->options,
												 key->options_length));
}

static bool
same_bytes(const char *a, int a_length, const char *b, int b_length)
{
	if (a == NULL || b == NULL)
		return a == b;
	return a_length == b_length && memcmp(a, b, a_length) == 0;
}

static bool
same_texts(const PlanKey *plan_key, const DocumentKey *key)
{
	return same_bytes(plan_key->shape, plan_key->hash_key.shape_length,
					  key->shape, key->shape_length) &&
		same_bytes(plan_key->options, plan_key->hash_key.options_length,
				   key->options, key->options_length);
}

/* Whether a pinned plan is what get_plan() would return, without looking it up. */
bool
plan_is_current(const DocumentPlan *plan, const DocumentKey *key)
{
	const PlanHashKey *hash_key = &plan->key->hash_key;

	return plan->valid && hash_key->ops == key->ops && hash_key->typid == key->typid && hash_key->typmod == key->typmod &&
		hash_key->kind == (int) key->kind && hash_key->settings == current_settings() &&
		same_texts(plan->key, key) && hash_key->role == GetUserId();
}

/* The options that a plan was made with, or NULL, and their length. */
const char *
plan_options(const DocumentPlan *plan, int *length)
{
	*length = plan->key->hash_key.options_length;
	return plan->key->options;
}

/* Resolves what the plan is asked for, but for the queries. */
static void
resolve_document(DocumentPlan *plan, ShapeContext *context, const Shape *shape)
{
	const PlanHashKey *key = &plan->key->hash_key;
	TupleDesc	tupdesc;

	if (key->kind == DOCUMENT_TABLE)
	{
		plan->root = resolve_table(context, shape, get_typ_typrelid(key->typid));
		context->levels = lappend(context->levels, plan->root);
		plan_root(plan->root);
		return;
	}
	if (shape == NULL && (key->typid != RECORDOID || key->typmod < 0))
	{
		plan->type = make_value_type(&context->types, key->typid);
		/* such a row needs no type to be written by */
		if (plan->type->write == write_composite && plan->type->record != NULL)
			plan->root = unconstify(Level *, plan->type->record->level);
		return;
	}
	tupdesc = lookup_rowtype_tupdesc(key->typid, key->typmod);
	if (shape != NULL)
	{
		plan->root = resolve_value(context, shape, key->typid, tupdesc);
		context->levels = lappend(context->levels, plan->root);
		if (key->typid != RECORDOID)
			context->types.relids = list_append_unique_oid(context->types.relids,
														   get_typ_typrelid(key->typid));
	}
	else
	{
		/* an anonymous record, known by its typmod */
		plan->type = palloc(sizeof(ValueType));
		*plan->type = *make_built_in_type(&context->types, RECORDOID);
		plan->type->record = make_record_type(&context->types, tupdesc);
		plan->type->leads_on = plan->type->record->object.leads_on;
	}
	ReleaseTupleDesc(tupdesc);
}

/* Makes the queries of all levels, and notes the types that they name. */
static void
plan_queries(DocumentPlan *plan, List *typids)
{
	ListCell   *lc;

	foreach(lc, plan->levels)
		plan_level(lfirst(lc), &typids);
	foreach(lc, typids)
		plan->typid_hashes = lappend_int(plan->typid_hashes,
										 (int) GetSysCacheHashValue1(TYPEOID,
																	 ObjectIdGetDatum(lfirst_oid(lc))));
}

/* Fills the plan; what is needed only for that goes to work. */
static void
resolve_plan(DocumentPlan *plan, MemoryContext work)
{
	const PlanHashKey *key = &plan->key->hash_key;
	Options		options;
	ShapeContext context = {
		.role = key->role,
		.keep = plan->context,
		.work = work,
		.types = {.shapes = &context,.ops = key->ops,.options = &options}
	};
	Shape	   *shape = NULL;
	Oid			shapes_table = named_shapes_table();

	read_options(&options, plan->key->options, key->options_length, key->ops);
	plan->cacheable = !options.names_objects;
	if (plan->key->shape != NULL)
	{
		ShapeText  *text = palloc(sizeof(ShapeText));
		MemoryContext old;

		text->text = plan->key->shape;
		text->description = "the shape";
		old = MemoryContextSwitchTo(work);
		shape = parse_shape(text, jsonify_max_depth);
		MemoryContextSwitchTo(old);
	}
	if (OidIsValid(shapes_table))
		context.types.relids = list_make1_oid(shapes_table);
	resolve_document(plan, &context, shape);

	plan->levels = context.levels;
	plan->params = context.params;
	plan->locks = context.locks;
	plan->relids = context.types.relids;
	plan->function_hashes = context.function_hashes;
	plan->uses_functions = context.types.uses_functions;
	plan->size += (Size) context.nbranches * BRANCH_SIZE;
	plan_queries(plan, context.typids);
}

/*
 * Makes a plan, in a context of its own that becomes permanent once it is
 * whole. Not yet in the cache.
 */
static DocumentPlan *
make_plan(const PlanHashKey *hash_key, const DocumentKey *key)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "jsonify plan",
												  ALLOCSET_SMALL_SIZES);
	MemoryContext work = AllocSetContextCreate(CurrentMemoryContext, "jsonify resolve",
											   ALLOCSET_DEFAULT_SIZES);
	MemoryContext old = MemoryContextSwitchTo(context);
	DocumentPlan *plan = palloc0(sizeof(DocumentPlan));

	plan->context = context;
	plan->valid = true;
	plan->key = palloc0(sizeof(PlanKey));
	plan->key->hash_key = *hash_key;
	if (key->shape != NULL)
		plan->key->shape = pnstrdup(key->shape, key->shape_length);
	if (key->options != NULL)
	{
		plan->key->options = palloc(key->options_length);
		memcpy(plan->key->options, key->options, key->options_length);
	}
	resolve_plan(plan, work);

	MemoryContextSwitchTo(old);
	MemoryContextDelete(work);
	plan->size += MemoryContextMemAllocated(context, true);
	MemoryContextSetParent(context, CacheMemoryContext);
	dlist_push_tail(&all_plans, &plan->node);
	return plan;
}

static void
cache_plan(DocumentPlan *plan)
{
	PlanEntry  *entry;
	bool		found;

	if (!plan->cacheable || plan->size > MAX_PLAN_SIZE)
		return;
	while (!dlist_is_empty(&recently_used) &&
		   (hash_get_num_entries(plans) >= MAX_CACHED_PLANS ||
			cached_size + plan->size > MAX_CACHED_SIZE))
		drop_entry(dlist_container(PlanEntry, node, dlist_tail_node(&recently_used)));

	entry = hash_search(plans, &plan->key->hash_key, HASH_ENTER, &found);
	Assert(!found);
	entry->plan = plan;
	dlist_push_head(&recently_used, &entry->node);
	cached_size += plan->size;
	plan->cached = true;
}

static void
make_cache(void)
{
	HASHCTL		control = {
		.keysize = sizeof(PlanHashKey),
		.entrysize = sizeof(PlanEntry),
		.hcxt = CacheMemoryContext
	};

	plans = hash_create("jsonify plans", 64, &control, HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
}

/*
 * The plan for what the key asks for. Pinned: the caller unpins it. The tables
 * that it reads are locked. Raises what read_options(), parse_shape(),
 * resolve_shape() and make_value_type() raise.
 */
DocumentPlan *
get_plan(const DocumentKey *key)
{
	PlanHashKey hash_key;

	if (plans == NULL)
		make_cache();
	make_hash_key(&hash_key, key);

	for (int attempt = 1;; attempt++)
	{
		PlanEntry  *entry = hash_search(plans, &hash_key, HASH_FIND, NULL);
		uint64		before = invalidations;
		DocumentPlan *plan;
		ListCell   *lc;

		if (entry != NULL && entry->plan->valid && same_texts(entry->plan->key, key))
		{
			/*
			 * Locking takes in what others have changed until now, which may
			 * mark the plan, but not free it. It may also fail, so pin later.
			 */
			plan = entry->plan;
			foreach(lc, plan->locks)
				LockRelationOid(lfirst_oid(lc), AccessShareLock);
			if (!plan->valid)
				continue;
			dlist_move_head(&recently_used, &entry->node);
			pin_plan(plan);
			return plan;
		}

		if (entry != NULL)
			drop_entry(entry);
		plan = make_plan(&hash_key, key);
		if (before != invalidations && attempt < MAX_ATTEMPTS)
		{
			free_plan(plan);
			continue;
		}
		/* made while definitions changed all the time: good for once */
		plan->valid = plan->valid && before == invalidations;
		cache_plan(plan);
		pin_plan(plan);
		return plan;
	}
}
