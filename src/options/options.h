/*
 * options.h
 *		The settings jsonify.*, and the options of a call.
 */
#ifndef JSONIFY_OPTIONS_OPTIONS_H
#define JSONIFY_OPTIONS_OPTIONS_H

#include "json/json.h"

/* The options of a call, over the settings. */
typedef struct Options
{
	bool		omit_nulls;
	bool		camel_keys;
	FormatRule *rules;			/* of the option "formats" */
	int			nrules;
	const FormatRule *setting_rules;
	int			nsetting_rules;
	bool		names_objects;	/* types or functions that the catalog has */
	TextLayout	layout;			/* of text sinks */
} Options;

/* settings.c */
extern int	jsonify_max_depth;
extern int	jsonify_batch_size;
extern void settings_init(void);
extern int	current_settings(void);

/* call_options.c */
extern void read_options(Options *options, const char *jsonb, int length,
						 const SinkOps *ops);
extern void read_text_layout(TextLayout *layout, const char *jsonb);

/* key_case.c */
extern const char *make_key(const Options *options, const char *name);
pg_noreturn extern void camel_conflict(const char *left, const char *right, const char *key);

#endif							/* JSONIFY_OPTIONS_OPTIONS_H */
