/*
 * internal.h
 *		What json/'s files share.
 */
#ifndef JSONIFY_JSON_INTERNAL_H
#define JSONIFY_JSON_INTERNAL_H

#include "json/json.h"

/* An object or array that is being written. */
struct SinkFrame
{
	int			start;			/* where it starts in the buffer, padded */
	int			index;			/* the next child's number */
	int			left;			/* children that were announced and not yet begun */
	int			base;			/* jsonb: where its children's data start */
	int			entry;			/* jsonb: the next child's JEntry */
	int			end;			/* jsonb: where the last finished child ends */
	bool		open;			/* jsonb: a child was begun and not finished */
	const ObjectForm *object;	/* text: of an object */
	const int  *present;		/* text: which of its fields, or NULL for all */
};

static inline void
put_cstring(Sink *sink, const char *string)
{
	sink->ops->put_string(sink, string, strlen(string));
}

static inline void
free_if_copied(void *detoasted, Datum original)
{
	if (detoasted != DatumGetPointer(original))
		pfree(detoasted);
}

/* Whether a branch leads to one row at most. */
static inline bool
is_single(const Branch *branch)
{
	return branch->relationship->kind == TO_ONE || branch->relationship->kind == ONE_TO_ONE ||
		branch->child->is_aggregate;
}

/* value.c */
extern bool call_function(Sink *sink, const ValueType *type, Datum value, Datum *result);
extern bool extract_value(const struct Nested *nested, const ValueType *type, Datum value,
						  Datum *result);

/* format_value.c */
extern void write_integer_string(Sink *sink, const ValueType *type, Datum value);
extern void write_integer_safe(Sink *sink, const ValueType *type, Datum value);
extern void write_numeric_string(Sink *sink, const ValueType *type, Datum value);
extern void write_float_null(Sink *sink, const ValueType *type, Datum value);
extern void write_float_error(Sink *sink, const ValueType *type, Datum value);
extern void write_timestamp_utc(Sink *sink, const ValueType *type, Datum value);
extern void write_timestamp_epoch(Sink *sink, const ValueType *type, Datum value);
extern void write_timestamp_epoch_ms(Sink *sink, const ValueType *type, Datum value);
extern void write_interval_iso(Sink *sink, const ValueType *type, Datum value);
extern void write_interval_seconds(Sink *sink, const ValueType *type, Datum value);
extern void write_bytea_base64(Sink *sink, const ValueType *type, Datum value);
extern void write_bytea_base64url(Sink *sink, const ValueType *type, Datum value);
extern void write_money_number(Sink *sink, const ValueType *type, Datum value);
extern void write_character_trimmed(Sink *sink, const ValueType *type, Datum value);

extern void write_range_object(Sink *sink, const ValueType *type, Datum value);
extern void write_multirange_objects(Sink *sink, const ValueType *type, Datum value);

/* format_geometry.c */
extern void write_geometry_array(Sink *sink, const ValueType *type, Datum value);
extern void write_geometry_geojson(Sink *sink, const ValueType *type, Datum value);

/* repeated_keys.c */
extern int	drop_repeated_keys(Field *fields, int nfields);

/* A field that is there, and what to write for it. */
struct PresentField
{
	const ValueType *type;		/* NULL: related rows */
	Datum		value;
};

/* objects.c */
extern bool find_present_value(Sink *sink, PresentField *present);
extern bool find_present(Sink *sink, const Field *field, const Datum *values, const bool *nulls,
						 const RowSet *related, bool keep_nulls, PresentField *present);
extern void write_field(Sink *sink, const Field *field, const Datum *values, const bool *nulls,
						const RowSet *related);
extern int	write_object(Sink *sink, const ObjectForm *object, const Datum *values,
						 const bool *nulls, const RowSet *related);
extern bool related_is_entered(const Sink *sink, const Field *field, const RowSet *related);
extern int	recursion_depth(const RecursionFrame *frame, const Recursion *recursion);

#endif							/* JSONIFY_JSON_INTERNAL_H */
