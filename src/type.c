/*
 * type.c
 *		Chooses, once, how the values of a type are written.
 *
 * First match wins: a cast that a user made, to jsonb, else to json; for a
 * domain the rules of its base type; the built-in rule, which is the one of
 * to_jsonb (json_categorize_type in utils/adt/json.c).
 */
#include "jsonify.h"

#include "access/htup_details.h"
#include "access/transam.h"
#include "catalog/pg_cast.h"
#include "catalog/pg_type.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"
#include "utils/typcache.h"

/* The function of a user's own cast from source to target, or InvalidOid. */
static Oid
user_cast(Oid source, Oid target)
{
	HeapTuple	tuple = SearchSysCache2(CASTSOURCETARGET, ObjectIdGetDatum(source),
										ObjectIdGetDatum(target));
	Oid			function = InvalidOid;

	if (HeapTupleIsValid(tuple))
	{
		Form_pg_cast form = (Form_pg_cast) GETSTRUCT(tuple);

		if (form->oid >= FirstNormalObjectId && form->castmethod == COERCION_METHOD_FUNCTION)
			function = form->castfunc;
		ReleaseSysCache(tuple);
	}
	return function;
}

static bool
use_cast(ValueType *type)
{
	Oid			function = user_cast(type->typid, JSONBOID);

	if (!OidIsValid(function))
	{
		function = user_cast(type->typid, JSONOID);
		type->cast_to_json = true;
	}
	if (!OidIsValid(function))
		return false;
	type->cast_function = function;
	type->write = write_cast;
	return true;
}

/* What a domain is over, be it a domain itself; of other types InvalidOid. */
static Oid
base_of_domain(Oid typid)
{
	HeapTuple	tuple = SearchSysCache1(TYPEOID, ObjectIdGetDatum(typid));
	Form_pg_type form;
	Oid			base;

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for type %u", typid);
	form = (Form_pg_type) GETSTRUCT(tuple);
	base = form->typtype == TYPTYPE_DOMAIN ? form->typbasetype : InvalidOid;
	ReleaseSysCache(tuple);
	return base;
}

/* The writer of a built-in type that is written specially, or NULL. */
static ValueWriter
special_writer(Oid typid)
{
	switch (typid)
	{
		case BOOLOID:
			return write_bool;
		case INT2OID:
			return write_int2;
		case INT4OID:
			return write_int4;
		case INT8OID:
			return write_int8;
		case FLOAT4OID:
			return write_float4;
		case FLOAT8OID:
			return write_float8;
		case NUMERICOID:
			return write_numeric;
		case DATEOID:
		case TIMESTAMPOID:
		case TIMESTAMPTZOID:
			return write_datetime;
		case JSONOID:
			return write_json;
		case JSONBOID:
			return write_jsonb;
		default:
			return NULL;
	}
}

static void
use_output_function(ValueType *type)
{
	Oid			function;
	bool		is_varlena;

	getTypeOutputInfo(type->typid, &function, &is_varlena);
	if (function == F_TEXTOUT || function == F_VARCHAROUT || function == F_BPCHAROUT)
		type->write = write_text;
	else
	{
		fmgr_info_cxt(function, &type->output, CurrentMemoryContext);
		type->write = write_output;
	}
}

static void
use_composite(TypeContext *context, ValueType *type)
{
	Oid			relid = get_typ_typrelid(type->typid);
	TupleDesc	tupdesc;

	type->write = write_composite;
	if (type->typid == RECORDOID)
		return;

	context->relids = list_append_unique_oid(context->relids, relid);
	tupdesc = lookup_rowtype_tupdesc(type->typid, -1);
	type->record = make_record_type(context, tupdesc);
	ReleaseTupleDesc(tupdesc);
}

/* A type that was asked for, and the way to write it. */
typedef struct KnownType
{
	Oid			typid;			/* a domain as such */
	ValueType  *type;
} KnownType;

static ValueType *choose_writer(TypeContext *context, Oid typid);

/*
 * Makes the way to write values of a type, once a context. The result is
 * palloc'd in the current memory context, which must live as long as it is
 * used. Composite types are added to context->relids: it is stale when one
 * of them changes, or a cast does.
 */
ValueType *
make_value_type(TypeContext *context, Oid typid)
{
	KnownType  *known;
	ListCell   *lc;

	check_stack_depth();
	CHECK_FOR_INTERRUPTS();
	/* a type of types of types ... would otherwise be made over and over */
	foreach(lc, context->made)
	{
		known = lfirst(lc);
		if (known->typid == typid)
			return known->type;
	}
	known = palloc(sizeof(KnownType));
	known->typid = typid;
	known->type = choose_writer(context, typid);
	context->made = lappend(context->made, known);
	return known->type;
}

static ValueType *
choose_writer(TypeContext *context, Oid typid)
{
	ValueType  *type = palloc0(sizeof(ValueType));
	Oid			element;
	Oid			base;

	get_typlenbyvalalign(typid, &type->typlen, &type->typbyval, &type->typalign);
	type->typid = typid;
	/* a domain on the way down may have a cast of its own */
	while (!use_cast(type) && OidIsValid(base = base_of_domain(type->typid)))
		type->typid = base;
	if (type->write != NULL)
		return type;

	typid = type->typid;
	type->write = special_writer(typid);
	if (type->write != NULL)
		return type;

	element = typid == RECORDARRAYOID ? RECORDOID : get_element_type(typid);
	if (OidIsValid(element) || typid == ANYARRAYOID)
	{
		type->write = write_array;
		if (OidIsValid(element))
			type->element = make_value_type(context, element);
	}
	else if (type_is_rowtype(typid))
		use_composite(context, type);
	else
		use_output_function(type);
	return type;
}

/*
 * Makes the way to write records of a row type: an object of its columns,
 * but for dropped ones. Copies tupdesc; otherwise as make_value_type().
 */
RecordType *
make_record_type(TypeContext *context, TupleDesc tupdesc)
{
	RecordType *record = palloc0(sizeof(RecordType));
	Field	   *fields = palloc0(sizeof(Field) * Max(tupdesc->natts, 1));
	int			nfields = 0;

	/* with the values of columns that were added after a tuple was made */
	record->tupdesc = CreateTupleDescCopyConstr(tupdesc);
	for (int i = 0; i < tupdesc->natts; i++)
	{
		Form_pg_attribute attribute = TupleDescAttr(record->tupdesc, i);
		Field	   *field = &fields[nfields];

		if (attribute->attisdropped)
			continue;
		field->key = NameStr(attribute->attname);
		field->key_length = strlen(field->key);
		field->column = i;
		field->type = make_value_type(context, attribute->atttypid);
		nfields++;
	}
	make_object_form(context->ops, fields, nfields, &record->object);
	return record;
}

/*
 * Fills *object from fields in the order of the shape or of the columns;
 * takes the array of fields over.
 */
void
make_object_form(const SinkOps *ops, Field *fields, int nfields, ObjectForm *object)
{
	for (int i = 0; i < nfields; i++)
		fields[i].position = i;
	object->fields = fields;
	object->nfields = nfields;
	ops->prepare_object(object);
}
