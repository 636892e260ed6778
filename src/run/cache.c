/*
 * cache.c
 *		Plans, kept for the session.
 *
 * A plan is found by its kind, the sink, the type, the shape, the options, the
 * settings and the role. How one is made and what is in it only its kind knows.
 * Invalidation callbacks only mark plans; a marked one is replaced at its next
 * use, and freed when nothing pins it any more.
 */
#include "run/internal.h"

#include "common/hashfn.h"
#include "miscadmin.h"
#include "storage/lmgr.h"
#include "utils/hsearch.h"
#include "utils/inval.h"
#include "utils/memutils.h"
#include "utils/syscache.h"

/* Beyond either the plan unused for longest makes way. */
#define MAX_CACHED_PLANS 500
#define MAX_CACHED_SIZE (64 * 1024 * 1024)

/* A plan beyond that is not kept at all. */
#define MAX_PLAN_SIZE (MAX_CACHED_SIZE / 8)

/* How often to start anew when definitions change in the middle. */
#ifndef MAX_ATTEMPTS
#define MAX_ATTEMPTS 10
#endif

/* Hashed and compared as bytes, padding too: zeroed, and copied by memcpy(). */
typedef struct PlanHashKey
{
	const PlanKind *kind;
	const SinkOps *ops;
	Oid			typid;
	int32		typmod;
	Oid			role;
	int			settings;		/* as current_settings() numbers them */
	int			shape_length;	/* -1 without a shape */
	int			options_length; /* -1 without options */
	uint32		hash;			/* of both */
} PlanHashKey;

/* What a plan is found by. The hash may collide: the bytes decide. */
typedef struct PlanIdentity
{
	PlanHashKey hash_key;
	char	   *shape;			/* terminated */
	char	   *options;		/* aligned */
} PlanIdentity;

typedef struct CacheSlot
{
	PlanHashKey key;
	KeptPlan   *plan;
	dlist_node	node;			/* of recently_used */
} CacheSlot;

static HTAB *plans = NULL;
static dlist_head recently_used = DLIST_STATIC_INIT(recently_used);
static dlist_head all_plans = DLIST_STATIC_INIT(all_plans);

/* Of the cached plans, in bytes. */
static Size cached_size = 0;

/* Counts the invalidations, to notice those that come in between. */
static uint64 invalidations = 0;

/* Whether a plan depends on what has changed: an OID, a hash value, or nothing. */
typedef bool (*PlanTest) (const KeptPlan *plan, uint32 changed);

static void
mark_plans(PlanTest concerns, uint32 changed)
{
	dlist_iter	iter;

	invalidations++;
	dlist_foreach(iter, &all_plans)
	{
		KeptPlan   *plan = dlist_container(KeptPlan, node, iter.cur);

		if (plan->valid && concerns(plan, changed))
			plan->valid = false;
	}
}

static bool
depends_on_relation(const KeptPlan *plan, uint32 relid)
{
	return !OidIsValid(relid) || list_member_oid(plan->relids, relid);
}

/* Types come and go all the time: only those that queries name matter. */
static bool
names_type(const KeptPlan *plan, uint32 hashvalue)
{
	return hashvalue == 0 || list_member_int(plan->typid_hashes, (int) hashvalue);
}

static bool
calls_functions(const KeptPlan *plan, uint32 unused)
{
	return plan->uses_functions;
}

/* Names that a function has, or would have come before a relationship with. */
static bool
names_function(const KeptPlan *plan, uint32 hashvalue)
{
	return hashvalue == 0 || list_member_int(plan->function_hashes, (int) hashvalue);
}

static void
relation_changed(Datum arg, Oid relid)
{
	mark_plans(depends_on_relation, relid);
}

static void
catalog_changed(Datum arg, int cacheid, uint32 hashvalue)
{
	mark_plans(depends_on_relation, InvalidOid);
}

static void
type_changed(Datum arg, int cacheid, uint32 hashvalue)
{
	mark_plans(names_type, hashvalue);
}

/* What this database's row comes with, once there are plans. */
static uint32 database_hash = 0;

/* Its owner is a member of pg_database_owner. Vacuum changes the rows of others. */
static void
database_changed(Datum arg, int cacheid, uint32 hashvalue)
{
	if (hashvalue == 0 || hashvalue == database_hash)
		mark_plans(depends_on_relation, InvalidOid);
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
	CacheRegisterSyscacheCallback(DATABASEOID, database_changed, (Datum) 0);
	/* names in the queries */
	CacheRegisterSyscacheCallback(NAMESPACEOID, catalog_changed, (Datum) 0);
	CacheRegisterSyscacheCallback(COLLOID, catalog_changed, (Datum) 0);
	CacheRegisterSyscacheCallback(OPEROID, catalog_changed, (Datum) 0);
	CacheRegisterSyscacheCallback(TSCONFIGOID, catalog_changed, (Datum) 0);
	CacheRegisterSyscacheCallback(TYPEOID, type_changed, (Datum) 0);
	CacheRegisterSyscacheCallback(PROCOID, function_changed, (Datum) 0);
	CacheRegisterSyscacheCallback(PROCNAMEARGSNSP, function_name_changed, (Datum) 0);
}

/* Frees a plan that nothing knows of yet. */
static void
discard_plan(KeptPlan *plan)
{
	plan->identity->hash_key.kind->free(plan);
	MemoryContextDelete(plan->context);
}

static void
free_plan(KeptPlan *plan)
{
	dlist_delete(&plan->node);
	discard_plan(plan);
}

/* Keeps a plan from being freed, until it is unpinned as often. */
void
pin_plan(KeptPlan *plan)
{
	plan->refcount++;
}

/* Frees the plan if that was the last pin and the cache has dropped it. */
void
unpin_plan(KeptPlan *plan)
{
	Assert(plan->refcount > 0);
	if (--plan->refcount == 0 && !plan->cached)
		free_plan(plan);
}

static void
drop_slot(CacheSlot *slot)
{
	KeptPlan   *plan = slot->plan;

	dlist_delete(&slot->node);
	hash_search(plans, &slot->key, HASH_REMOVE, NULL);
	cached_size -= plan->size;
	plan->cached = false;
	if (plan->refcount == 0)
		free_plan(plan);
}

static void
make_hash_key(PlanHashKey *hash_key, const DocumentKey *key)
{
	memset(hash_key, 0, sizeof(PlanHashKey));
	hash_key->kind = key->kind;
	hash_key->ops = key->ops;
	hash_key->typid = key->typid;
	hash_key->typmod = key->typmod;
	hash_key->role = GetUserId();
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

/* Whether two strings of bytes are the same; NULL is like itself alone. */
bool
same_bytes(const char *a, int a_length, const char *b, int b_length)
{
	if (a == NULL || b == NULL)
		return a == b;
	return a_length == b_length && memcmp(a, b, a_length) == 0;
}

static bool
same_texts(const PlanIdentity *identity, const DocumentKey *key)
{
	return same_bytes(identity->shape, identity->hash_key.shape_length,
					  key->shape, key->shape_length) &&
		same_bytes(identity->options, identity->hash_key.options_length,
				   key->options, key->options_length);
}

/* Whether a pinned plan is what get_plan() would still return for the key it has. */
bool
plan_is_fresh(const KeptPlan *plan)
{
	const PlanHashKey *hash_key = &plan->identity->hash_key;

	return plan->valid && hash_key->settings == current_settings() &&
		hash_key->role == GetUserId();
}

/* The same for a key, without looking it up. */
bool
plan_is_current(const KeptPlan *plan, const DocumentKey *key)
{
	const PlanHashKey *hash_key = &plan->identity->hash_key;

	return plan_is_fresh(plan) && hash_key->kind == key->kind && hash_key->ops == key->ops &&
		hash_key->typid == key->typid && hash_key->typmod == key->typmod &&
		same_texts(plan->identity, key);
}

/* Which kind of plan it is. */
const PlanKind *
plan_kind(const KeptPlan *plan)
{
	return plan->identity->hash_key.kind;
}

/* The options that a plan was made with, or NULL, and their length. */
const char *
plan_options(const KeptPlan *plan, int *length)
{
	*length = plan->identity->hash_key.options_length;
	return plan->identity->options;
}

/* Copies what a plan is found by to the current memory context. */
static PlanIdentity *
make_identity(const PlanHashKey *hash_key, const DocumentKey *key)
{
	PlanIdentity *identity = palloc0(sizeof(PlanIdentity));

	memcpy(&identity->hash_key, hash_key, sizeof(PlanHashKey));
	if (key->shape != NULL)
		identity->shape = pnstrdup(key->shape, key->shape_length);
	if (key->options != NULL)
	{
		identity->options = palloc(key->options_length);
		memcpy(identity->options, key->options, key->options_length);
	}
	return identity;
}

/*
 * Makes a plan, in a context of its own below the current one, with which it
 * goes if an error comes. Nothing knows of it yet.
 */
static KeptPlan *
make_plan(const PlanHashKey *hash_key, const DocumentKey *key)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "jsonify plan",
												  ALLOCSET_SMALL_SIZES);
	MemoryContext work = AllocSetContextCreate(CurrentMemoryContext, "jsonify resolve",
											   ALLOCSET_DEFAULT_SIZES);
	MemoryContext old = MemoryContextSwitchTo(context);
	PlanIdentity *identity = make_identity(hash_key, key);
	DocumentKey kept_key = *key;
	KeptPlan   *plan;

	kept_key.shape = identity->shape;
	kept_key.options = identity->options;
	plan = key->kind->make(&kept_key, hash_key->role, work);
	plan->identity = identity;
	plan->context = context;
	plan->valid = true;

	MemoryContextSwitchTo(old);
	MemoryContextDelete(work);
	plan->size += MemoryContextMemAllocated(context, true);
	return plan;
}

/* Room for one more of that size: what was not used for longest makes way. */
static void
evict_for(Size size)
{
	while (!dlist_is_empty(&recently_used) &&
		   (hash_get_num_entries(plans) >= MAX_CACHED_PLANS ||
			cached_size + size > MAX_CACHED_SIZE))
		drop_slot(dlist_container(CacheSlot, node, dlist_tail_node(&recently_used)));
}

/*
 * Lets a plan be found. Making it may have run anybody's code, which may have
 * asked for the same and cached that: the later one takes its place. Fails, for
 * lack of memory, before anything knows of the plan.
 */
static void
cache_plan(KeptPlan *plan)
{
	CacheSlot  *slot;
	bool		found;

	if (!plan->cacheable || plan->size > MAX_PLAN_SIZE)
		return;
	slot = hash_search(plans, &plan->identity->hash_key, HASH_FIND, NULL);
	if (slot != NULL)
		drop_slot(slot);
	evict_for(plan->size);

	slot = hash_search(plans, &plan->identity->hash_key, HASH_ENTER, &found);
	Assert(!found);
	slot->plan = plan;
	dlist_push_head(&recently_used, &slot->node);
	cached_size += plan->size;
	plan->cached = true;
}

static void
make_cache(void)
{
	HASHCTL		control = {
		.keysize = sizeof(PlanHashKey),
		.entrysize = sizeof(CacheSlot),
		.hcxt = CacheMemoryContext
	};

	database_hash = GetSysCacheHashValue1(DATABASEOID, ObjectIdGetDatum(MyDatabaseId));
	plans = hash_create("jsonify plans", 64, &control, HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
}

/*
 * The plan for what the key asks for. Pinned: the caller unpins it. The tables
 * that it reads are locked. Raises what making a plan of its kind does.
 */
KeptPlan *
get_plan(const DocumentKey *key)
{
	PlanHashKey hash_key;

	if (plans == NULL)
		make_cache();
	make_hash_key(&hash_key, key);

	for (int attempt = 1;; attempt++)
	{
		CacheSlot  *slot = hash_search(plans, &hash_key, HASH_FIND, NULL);
		uint64		before = invalidations;
		KeptPlan   *plan;
		ListCell   *lc;

		if (slot != NULL && slot->plan->valid && same_texts(slot->plan->identity, key))
		{
			/*
			 * Locking takes in what others have changed until now, which may
			 * mark the plan, but not free it. It may also fail, so pin later.
			 */
			plan = slot->plan;
			foreach(lc, plan->locks)
				LockRelationOid(lfirst_oid(lc), AccessShareLock);
			if (!plan->valid)
				continue;
			dlist_move_head(&recently_used, &slot->node);
			pin_plan(plan);
			return plan;
		}

		if (slot != NULL)
			drop_slot(slot);
		plan = make_plan(&hash_key, key);
		if (before != invalidations && attempt < MAX_ATTEMPTS)
		{
			discard_plan(plan);
			continue;
		}
		/* made while definitions changed all the time: good for once */
		plan->valid = plan->valid && before == invalidations;
		cache_plan(plan);
		MemoryContextSetParent(plan->context, CacheMemoryContext);
		dlist_push_tail(&all_plans, &plan->node);
		pin_plan(plan);
		return plan;
	}
}
