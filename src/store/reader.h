/*
 * reader.h
 *		What the files that read values share.
 */
#ifndef JSONIFY_STORE_READER_H
#define JSONIFY_STORE_READER_H

#include "store/read.h"

#include "access/tupdesc.h"

/* A value, while it is read. */
typedef struct Reading
{
	JsonbValue *json;
	const Datum *present;		/* what is there now; NULL: nothing, or SQL NULL */
	JsonbValue *present_json;	/* as it is written; NULL: not known */
	bool		null_is_json;	/* of json: JSON null is no SQL NULL */
	Datum		value;
	bool		isnull;
	ReadFailure *failure;
} Reading;

/* Reads JSON that is not null. Sets value, and isnull where that is true. */
typedef ReadProblem (*ReadFunction) (const ValueReader *reader, Reading *reading);

/* What a value's JSON is, as far as it is looked into. */
typedef enum ReaderKind
{
	READER_SCALAR,
	READER_WHOLE,				/* any JSON, not looked into */
	READER_ARRAY,
	READER_RECORD,
	READER_RANGE,				/* as an object */
	READER_MULTIRANGE			/* as an array of those */
} ReaderKind;

/* A function, and its state from value to value. */
typedef struct ReaderFunction
{
	Oid			oid;
	FmgrInfo	function;		/* fn_oid is InvalidOid: not looked up yet */
	MemoryContext memory;		/* of its state */
	bool		running;
} ReaderFunction;

struct ValueReader
{
	ReaderKind	kind;
	ReadFunction read;
	Oid			typid;			/* no domain, but of a type that is read whole */
	int32		typmod;
	int16		typlen;
	bool		typbyval;
	char		typalign;
	MemoryContext context;		/* that it lives in */
	Oid			domain;			/* whose constraints are checked, or InvalidOid */
	void	   *domain_state;
	MemoryContext domain_memory;	/* of that */
	bool		checks_domain;	/* now */
	const char *format;			/* of a scalar, or NULL: its default */
	ReaderFunction input;
	Oid			ioparam;		/* of the input function */
	bool		input_checks;	/* that runs constraints of domains */
	ReaderFunction fit;			/* makes a value fit the typmod; or InvalidOid */
	ReaderFunction cast;		/* from json */
	bool		cast_from_text; /* from json, not from jsonb */
	const char *no_way_hint;	/* of a type that nothing reads, or NULL */
	int			nesting;		/* JSON arrays a value is in; -1: as many as it says */
	bool		uses_present;	/* what is there now may make a difference */
	bool		ignore_unknown;
	ValueReader *element;		/* of an array, a multirange; of a range its bounds */
	TupleDesc	tupdesc;		/* of a record */
	const char **keys;			/* of its columns; NULL of a dropped one */
	ValueReader **fields;
};

/* read_function.c */
extern ReadProblem wrong_type(const ValueReader *reader, const Reading *reading,
							  const char *expected);
extern ReadProblem read_problem(const Reading *reading, ReadProblem problem,
								const char *message, const char *hint);
extern ReadProblem get_members(const ValueReader *reader, const Reading *reading,
							   const char *const *keys, int nkeys, JsonbValue *members,
							   bool *found);
extern ReadStep *enter_part(const Reading *reading);
extern void leave_part(const Reading *reading);
extern ReadProblem end_part(const Reading *reading, int depth, ReadProblem problem);
extern FmgrInfo *reader_function(const ValueReader *reader, ReaderFunction *function);
extern char *json_string(const JsonbValue *json);
extern Datum read_input(const ValueReader *reader, char *text, ReadFailure *failure);
extern void check_domain(const ValueReader *reader, Datum value, bool isnull);
extern Datum fit_value(const ValueReader *reader, Datum value);
extern ReadProblem read_by_cast(const ValueReader *reader, Reading *reading);

/* read_format.c */
extern ReadFunction scalar_read_function(Oid typid, const char *format);
extern ReadProblem read_string(const ValueReader *reader, Reading *reading);
extern ReadProblem read_json(const ValueReader *reader, Reading *reading);

/* read_geometry.c */
extern ReadProblem read_geometry_array(const ValueReader *reader, Reading *reading);
extern ReadProblem read_geometry_geojson(const ValueReader *reader, Reading *reading);

/* read_parts.c */
extern ReadProblem read_part(const ValueReader *reader, Reading *reading);
extern ReadProblem read_array(const ValueReader *reader, Reading *reading);
extern ReadProblem read_record(const ValueReader *reader, Reading *reading);
extern ReadProblem read_range(const ValueReader *reader, Reading *reading);
extern ReadProblem read_multirange(const ValueReader *reader, Reading *reading);

#endif							/* JSONIFY_STORE_READER_H */
