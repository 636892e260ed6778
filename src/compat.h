/*
 * compat.h
 *		Everything that differs between PostgreSQL 14 and 19.
 *
 * The wrappers take the newest signature, so that an old version is dropped
 * by deleting its branch.
 */
#ifndef JSONIFY_COMPAT_H
#define JSONIFY_COMPAT_H

#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_class.h"
#include "catalog/pg_constraint.h"
#include "catalog/pg_namespace.h"
#include "catalog/pg_proc.h"
#include "fmgr.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "nodes/nodeFuncs.h"
#include "parser/analyze.h"
#include "parser/parser.h"
#include "utils/acl.h"
#include "utils/regproc.h"
#include "utils/datetime.h"
#include "utils/guc.h"
#include "utils/jsonb.h"
#include "utils/memutils.h"
#include "utils/rangetypes.h"
#include "utils/rel.h"
#include "utils/relcache.h"
#include "utils/tuplestore.h"
#include "utils/timestamp.h"

#if PG_VERSION_NUM >= 160000
#include "varatt.h"
#endif

#if PG_VERSION_NUM < 140000
#error "jsonify needs PostgreSQL 14 or later"
#endif

/* Before 16 PGDLLEXPORT is empty, and -fvisibility=hidden would hide all. */
#if PG_VERSION_NUM < 160000 && !defined(WIN32)
#undef PGDLLEXPORT
#define PGDLLEXPORT __attribute__((visibility("default")))
#endif

#if PG_VERSION_NUM < 180000
#define pg_noreturn pg_attribute_noreturn()
#endif

#if PG_VERSION_NUM >= 180000
#define JSONIFY_MODULE_MAGIC PG_MODULE_MAGIC_EXT(.name = "jsonify")
#else
#define JSONIFY_MODULE_MAGIC PG_MODULE_MAGIC
#endif

static inline MemoryContext
jsonify_generation_context(MemoryContext parent, const char *name)
{
#if PG_VERSION_NUM >= 150000
	return GenerationContextCreate(parent, name, ALLOCSET_DEFAULT_SIZES);
#else
	return GenerationContextCreate(parent, name, 256 * 1024);
#endif
}

/* What a check hook leaves as its extra is freed as the server sees fit. */
static inline void *
jsonify_guc_malloc(Size size)
{
#if PG_VERSION_NUM >= 160000
	return guc_malloc(LOG, size);
#else
	return malloc(size);
#endif
}

static inline void
jsonify_guc_free(void *memory)
{
#if PG_VERSION_NUM >= 160000
	guc_free(memory);
#else
	free(memory);
#endif
}

static inline void
jsonify_reserve_guc_prefix(const char *prefix)
{
#if PG_VERSION_NUM >= 150000
	MarkGUCPrefixReserved(prefix);
#else
	EmitWarningsOnPlaceholders(prefix);
#endif
}

/* Whether a view looks at what it is over as who uses it, not as its owner. */
static inline bool
jsonify_has_invoker(Relation view)
{
#if PG_VERSION_NUM >= 150000
	return RelationHasSecurityInvoker(view);
#else
	(void) view;
	return false;
#endif
}

/* The type of what the one column of a query is. */
static inline Oid
jsonify_expression_type(const char *sql)
{
	RawStmt    *statement = linitial_node(RawStmt, raw_parser(sql, RAW_PARSE_DEFAULT));
	Query	   *query;

#if PG_VERSION_NUM >= 150000
	query = parse_analyze_fixedparams(statement, sql, NULL, 0, NULL);
#else
	query = parse_analyze(statement, sql, NULL, 0, NULL);
#endif
	return exprType((Node *) linitial_node(TargetEntry, query->targetList)->expr);
}

/* Has a set-returning function give its rows in a tuplestore. */
static inline void
jsonify_materialize(FunctionCallInfo fcinfo)
{
#if PG_VERSION_NUM >= 160000
	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
#elif PG_VERSION_NUM >= 150000
	SetSingleFuncCall(fcinfo, SRF_SINGLE_USE_EXPECTED);
#else
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	MemoryContext old;

	if (result == NULL || !IsA(result, ReturnSetInfo) ||
		!(result->allowedModes & SFRM_Materialize) || result->expectedDesc == NULL)
		ereport(ERROR,
				errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				errmsg("set-valued function called in context that cannot accept a set"));
	old = MemoryContextSwitchTo(result->econtext->ecxt_per_query_memory);
	result->setDesc = CreateTupleDescCopy(result->expectedDesc);
	result->setResult = tuplestore_begin_heap((result->allowedModes & SFRM_Materialize_Random) != 0,
											  false, work_mem);
	result->returnMode = SFRM_Materialize;
	MemoryContextSwitchTo(old);
#endif
}

/* Runs a query for so many rows more. */
static inline void
jsonify_run_executor(QueryDesc *query, uint64 count)
{
#if PG_VERSION_NUM >= 180000
	ExecutorRun(query, ForwardScanDirection, count);
#else
	ExecutorRun(query, ForwardScanDirection, count, false);
#endif
}

/* A foreign key's columns and its "referenced = referencing" operators. */
static inline void
jsonify_deconstruct_foreign_key(HeapTuple tuple, int *nkeys, AttrNumber *conkey,
								AttrNumber *confkey, Oid *pf_eq_oprs)
{
#if PG_VERSION_NUM >= 150000
	DeconstructFkConstraintRow(tuple, nkeys, conkey, confkey, pf_eq_oprs,
							   NULL, NULL, NULL, NULL);
#else
	Oid			unused[INDEX_MAX_KEYS];

	DeconstructFkConstraintRow(tuple, nkeys, conkey, confkey, pf_eq_oprs,
							   unused, unused);
#endif
}

/*
 * Whether rows can be followed along a foreign key by plain equality: not
 * along a key that is not enforced, nor along a temporal one (both since 18).
 */
static inline bool
jsonify_foreign_key_is_plain(Form_pg_constraint form)
{
#if PG_VERSION_NUM >= 180000
	return form->conenforced && !form->conperiod;
#else
	(void) form;
	return true;
#endif
}

/*
 * Whether a relation has triggers that guard its rows against foreign keys to it:
 * a partitioned table has, since 15.
 */
static inline bool
jsonify_has_key_triggers(char relkind)
{
#if PG_VERSION_NUM >= 150000
	(void) relkind;
	return true;
#else
	return relkind != RELKIND_PARTITIONED_TABLE;
#endif
}

/* What a jsonb value is put together in, piece by piece. */
#if PG_VERSION_NUM >= 190000
typedef JsonbInState JsonbBuilder;
#else
typedef struct JsonbBuilder
{
	JsonbParseState *parseState;
	JsonbValue *result;
} JsonbBuilder;
#endif

/* Adds a piece to what was zeroed before the first; returns the whole once it is closed. */
static inline JsonbValue *
push_jsonb_value(JsonbBuilder *builder, JsonbIteratorToken token, JsonbValue *value)
{
#if PG_VERSION_NUM >= 190000
	pushJsonbValue(builder, token, value);
#else
	builder->result = pushJsonbValue(&builder->parseState, token, value);
#endif
	return builder->result;
}

/* Whether no row has NULL in a column that says NOT NULL: since 18 that may be NOT VALID. */
static inline bool
jsonify_not_null_is_valid(Oid relid, AttrNumber attnum)
{
#if PG_VERSION_NUM >= 180000
	HeapTuple	tuple = findNotNullConstraintAttnum(relid, attnum);
	bool		is_valid = HeapTupleIsValid(tuple) &&
		((Form_pg_constraint) GETSTRUCT(tuple))->convalidated;

	if (HeapTupleIsValid(tuple))
		heap_freetuple(tuple);
	return is_valid;
#else
	(void) relid;
	(void) attnum;
	return true;
#endif
}

/* A descriptor that was put together by hand is complete. */
static inline void
jsonify_finish_tupdesc(TupleDesc tupdesc)
{
#if PG_VERSION_NUM >= 190000
	TupleDescFinalize(tupdesc);
#else
	(void) tupdesc;
#endif
}

/* Whether a role may call a function. */
static inline bool
jsonify_may_execute(Oid function, Oid role)
{
#if PG_VERSION_NUM >= 160000
	return object_aclcheck(ProcedureRelationId, function, role, ACL_EXECUTE) == ACLCHECK_OK;
#else
	return pg_proc_aclcheck(function, role, ACL_EXECUTE) == ACLCHECK_OK;
#endif
}

/* Whether a role may use names in a schema. */
static inline bool
jsonify_may_use_schema(Oid schema, Oid role)
{
#if PG_VERSION_NUM >= 160000
	return object_aclcheck(NamespaceRelationId, schema, role, ACL_USAGE) == ACLCHECK_OK;
#else
	return pg_namespace_aclcheck(schema, role, ACL_USAGE) == ACLCHECK_OK;
#endif
}

/* Whether a role owns a table, or may act as its owner. */
static inline bool
jsonify_owns_table(Oid relid, Oid role)
{
#if PG_VERSION_NUM >= 160000
	return object_ownercheck(RelationRelationId, relid, role);
#else
	return pg_class_ownercheck(relid, role);
#endif
}

static inline Oid
jsonify_primary_key_index(Relation relation)
{
#if PG_VERSION_NUM >= 180000
	return RelationGetPrimaryKeyIndex(relation, false);
#else
	return RelationGetPrimaryKeyIndex(relation);
#endif
}

/*
 * An interval as ISO 8601 has it, in text, of MAXDATELEN + 1 bytes; false of
 * one that is infinite (since 17).
 */
static inline bool
jsonify_encode_interval_iso(Interval *interval, char *text)
{
#if PG_VERSION_NUM >= 150000
	struct pg_itm itm;

#if PG_VERSION_NUM >= 170000
	if (INTERVAL_NOT_FINITE(interval))
		return false;
#endif
	interval2itm(*interval, &itm);
	EncodeInterval(&itm, INTSTYLE_ISO_8601, text);
#else
	struct pg_tm tm;
	fsec_t		fsec;

	if (interval2tm(*interval, &tm, &fsec) != 0)
		elog(ERROR, "could not convert interval to tm");
	EncodeInterval(&tm, fsec, INTSTYLE_ISO_8601, text);
#endif
	return true;
}

/* A date and time in fields; without tzp one that has a zone is refused. */
static inline int
jsonify_decode_datetime(char **fields, int *types, int nfields, int *kind, struct pg_tm *tm,
						fsec_t *fsec, int *tzp)
{
#if PG_VERSION_NUM >= 160000
	DateTimeErrorExtra extra;

	return DecodeDateTime(fields, types, nfields, kind, tm, fsec, tzp, &extra);
#else
	return DecodeDateTime(fields, types, nfields, kind, tm, fsec, tzp);
#endif
}

static inline RangeType *
jsonify_make_range(TypeCacheEntry *typcache, RangeBound *lower, RangeBound *upper, bool empty)
{
#if PG_VERSION_NUM >= 160000
	return make_range(typcache, lower, upper, empty, NULL);
#else
	return make_range(typcache, lower, upper, empty);
#endif
}

/* Errors may go elsewhere since 16. */
#if PG_VERSION_NUM < 160000
#define jsonify_qualified_names(string) stringToQualifiedNameList(string)
#else
#define jsonify_qualified_names(string) stringToQualifiedNameList(string, NULL)
#endif

#endif							/* JSONIFY_COMPAT_H */
