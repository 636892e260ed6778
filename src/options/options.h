/*
 * options.h
 *		The settings jsonify.*, and the options of a call.
 */
#ifndef JSONIFY_OPTIONS_OPTIONS_H
#define JSONIFY_OPTIONS_OPTIONS_H

#include "json/json.h"

/* What jsonify_save() and its like do with the roots of documents, */
typedef enum SaveMode
{
	SAVE_ANY,					/* whether they are there or new */
	SAVE_INSERT,
	SAVE_UPDATE,
	SAVE_DELETE
} SaveMode;

/* and what they give. */
typedef enum SaveReturn
{
	RETURN_DOCUMENT,
	RETURN_CHANGES,
	RETURN_NONE
} SaveReturn;

/* The options that only they take. */
typedef struct SaveOptions
{
	SaveMode	mode;
	SaveReturn	returns;
	bool		ignore_unknown; /* keys that the shape does not name */
	bool		ignore_readonly;	/* other values of what is not written */
	bool		dry_run;
	int			max_errors;		/* that are listed */
} SaveOptions;

/* The options of a call, over the settings. */
typedef struct Options
{
	bool		omit_nulls;
	bool		camel_keys;
	FormatRule *rules;			/* of the option "formats" */
	int			nrules;
	const FormatRule *setting_rules;
	int			nsetting_rules;
	bool		ignore_unknown_params;	/* those that the shape does not name */
	bool		names_objects;	/* types or functions that the catalog has */
	TextLayout	layout;			/* of text sinks */
	SaveOptions save;			/* where documents are written */
} Options;

/* settings.c */
extern int	jsonify_max_depth;
extern int	jsonify_batch_size;
extern void settings_init(void);
extern int	current_settings(void);

/* call_options.c */
extern void read_options(Options *options, const char *jsonb, int length,
						 const SinkOps *ops, bool for_writing);
extern int	read_word(const char *name, const JsonbValue *value, const char *const *words,
					  int nwords);
extern void read_text_layout(TextLayout *layout, const char *jsonb);

/* key_case.c */
extern const char *make_key(const Options *options, const char *name);
pg_noreturn extern void camel_conflict(const char *left, const char *right, const char *key);

#endif							/* JSONIFY_OPTIONS_OPTIONS_H */
