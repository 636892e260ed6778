/*
 * read.h
 *		JSON back into values of SQL types.
 */
#ifndef JSONIFY_STORE_READ_H
#define JSONIFY_STORE_READ_H

#include "describe/describe.h"

/* What readers are made with: zero, but for options. */
typedef struct ReaderContext
{
	const Options *options;		/* formats; keys, for those of composite values */
	List	   *relids;			/* composite types depended on */
	bool		uses_functions; /* casts */
	bool		ignore_unknown; /* keys that a composite type has not are skipped */
	List	   *made;			/* readers that were made, one a type */
} ReaderContext;

/* How JSON is read as values of one type: chosen once, used for every value. */
typedef struct ValueReader ValueReader;

/* Why a JSON value cannot be read. */
typedef enum ReadProblem
{
	READ_DONE,
	READ_WRONG_TYPE,			/* another kind of JSON than the type is read from */
	READ_NO_WAY_BACK,			/* its JSON is made by a function that has no inverse */
	READ_UNKNOWN,				/* a key that a composite type, or a format, has not */
	READ_TOLD					/* parts of it are wrong, all of which were told */
} ReadProblem;

/* One step into a value. */
typedef struct ReadStep
{
	const char *key;			/* or NULL: */
	int			index;
} ReadStep;

/* Whose function is at work, in case that it raises an error. */
typedef enum ReadBy
{
	READ_BY_RULE,
	READ_BY_INPUT,				/* the type's input */
	READ_BY_CAST
} ReadBy;

/* Who wants to know all parts of a value that are wrong. */
typedef struct ReadWatch
{
	/* Calls a function; what that raises is told, and false returned. NULL: it is called as it is */
	bool		(*try_part) (struct ReadWatch *watch, void (*function) (void *arg), void *arg);
	/* What the failure says of a part. */
	void		(*tell) (struct ReadWatch *watch, ReadProblem problem);
} ReadWatch;

/*
 * What is wrong, and where. The path is kept while a value is read: it tells
 * where as well if reading raises an error, and by whose.
 */
typedef struct ReadFailure
{
	ReadWatch  *watch;			/* or NULL: the first part that is wrong is enough */
	const char *message;
	List	   *path;			/* of ReadStep: below the value, outermost first */
	const char *hint;			/* or NULL */
	ReadBy		by;
} ReadFailure;

/* read_value.c */
extern ValueReader *make_value_reader(ReaderContext *context, Oid typid, int32 typmod,
									  const char *format);
extern ReadProblem read_value(const ValueReader *reader, JsonbValue *json,
							  const Datum *present, bool null_is_json, Datum *value,
							  bool *isnull, ReadFailure *failure);
extern ReadProblem read_changed_value(const ValueReader *reader, JsonbValue *json,
									  const Datum *present, JsonbValue *present_json,
									  bool null_is_json, Datum *value, bool *isnull,
									  ReadFailure *failure);
extern bool reads_parts(const ValueReader *reader);
extern Datum read_key_text(const ValueReader *reader, const char *text,
						   ReadFailure *failure);

/* describe_reader.c */
extern JsonSchema *describe_reader(Description *description, const ValueReader *reader);

/* read_same.c */
extern bool json_is_same(const JsonbValue *left, const JsonbValue *right);
extern bool is_no_value(const JsonbValue *given);
extern bool json_says(const ValueReader *reader, JsonbValue *given, JsonbValue *present);

/* Whether JSON is an array, or an object. */
static inline bool
json_is_array(const JsonbValue *json)
{
	return json->type == jbvBinary && JsonContainerIsArray(json->val.binary.data);
}

static inline bool
json_is_object(const JsonbValue *json)
{
	return json->type == jbvBinary && JsonContainerIsObject(json->val.binary.data);
}

#endif							/* JSONIFY_STORE_READ_H */
