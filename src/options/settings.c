/*
 * settings.c
 *		The settings jsonify.*, and a number for each combination of them.
 */
#include "options/internal.h"

#include "utils/memutils.h"

/* jsonify.max_depth: levels of braces that a shape may have. */
int			jsonify_max_depth = 64;

/* jsonify.batch_size: rows that jsonify_find() reads at a time. */
int			jsonify_batch_size = 1000;

enum
{
	NULLS_KEEP,
	NULLS_OMIT
};

enum
{
	KEYS_ASIS,
	KEYS_CAMEL
};

static const struct config_enum_entry nulls_values[] = {
	{"keep", NULLS_KEEP, false},
	{"omit", NULLS_OMIT, false},
	{NULL, 0, false}
};

static const struct config_enum_entry keys_values[] = {
	{"asis", KEYS_ASIS, false},
	{"camel", KEYS_CAMEL, false},
	{NULL, 0, false}
};

static int	nulls_setting = NULLS_KEEP;
static int	keys_setting = KEYS_ASIS;
static char *formats_setting = NULL;

/* What jsonify.formats says, made by its check hook. */
typedef struct SettingRules
{
	int			nrules;
	FormatRule	rules[MAX_SETTING_RULES];
} SettingRules;

static const SettingRules *setting_rules = NULL;

/*
 * Every combination of settings that was used has a number, which the plans
 * made under it are known by: a function's SET clause, then, costs no plan.
 */
typedef struct Settings
{
	int			max_depth;		/* a shape may be too deep for another */
	int			nulls;
	int			keys;
	char	   *formats;
	bool		distributed_queries;
	char	   *distribution_schema;
} Settings;

#define MAX_SETTINGS 64

static Settings known_settings[MAX_SETTINGS];
static int	nknown_settings = 0;
static int	first_number = 0;
static int	settings_number = -1;	/* -1: to be looked up */

static void
assign_number(int newval, void *extra)
{
	settings_number = -1;
}

static void
assign_switch(bool newval, void *extra)
{
	settings_number = -1;
}

static void
assign_name(const char *newval, void *extra)
{
	settings_number = -1;
}

static bool
check_formats(char **newval, void **extra, GucSource source)
{
	SettingRules *rules = jsonify_guc_malloc(sizeof(SettingRules));
	char	   *detail;
	char	   *hint;

	if (rules == NULL)
		return false;
	rules->nrules = 0;
	if (!read_format_rules(*newval, rules->rules, &rules->nrules, &detail, &hint))
	{
		GUC_check_errdetail("%s", detail);
		if (hint != NULL)
			GUC_check_errhint("%s", hint);
		jsonify_guc_free(rules);
		return false;
	}
	*extra = rules;
	return true;
}

static void
assign_formats(const char *newval, void *extra)
{
	setting_rules = extra;
	settings_number = -1;
}

/* Defines the settings; to be called once, when the library is loaded. */
void
settings_init(void)
{
	DefineCustomIntVariable("jsonify.max_depth",
							"How deep a shape may be nested.",
							"In levels of braces, that of the root included.",
							&jsonify_max_depth, 64, 1, INT_MAX,
							PGC_USERSET, 0, NULL, assign_number, NULL);
	DefineCustomIntVariable("jsonify.batch_size",
							"How many rows jsonify_find() reads at a time.",
							"What is related to them is in memory at once.",
							&jsonify_batch_size, 1000, 1, INT_MAX,
							PGC_USERSET, 0, NULL, NULL, NULL);
	DefineCustomEnumVariable("jsonify.nulls",
							 "Whether a key whose value is NULL is kept or left out.",
							 NULL, &nulls_setting, NULLS_KEEP, nulls_values,
							 PGC_USERSET, 0, NULL, assign_number, NULL);
	DefineCustomEnumVariable("jsonify.keys",
							 "How the keys of columns and relationships are written.",
							 NULL, &keys_setting, KEYS_ASIS, keys_values,
							 PGC_USERSET, 0, NULL, assign_number, NULL);
	DefineCustomStringVariable("jsonify.formats",
							   "The formats of types, as in \"timestamptz=utc, bytea=base64\".",
							   "The word \"web\" stands for what a browser can take.",
							   &formats_setting, "", PGC_USERSET, 0,
							   check_formats, assign_formats, NULL);
	/* for tests of jsonify itself */
	DefineCustomBoolVariable("jsonify.distributed_queries",
							 "Whether every query is made as one for a distributed table.",
							 "For developers.",
							 &jsonify_distributed_queries, false,
							 PGC_USERSET, GUC_NOT_IN_SAMPLE, NULL, assign_switch, NULL);
	DefineCustomStringVariable("jsonify.distribution_schema",
							   "The schema of the catalogs that tell of distributed tables.",
							   "For developers.",
							   &jsonify_distribution_schema, "pg_catalog",
							   PGC_SUSET, GUC_NOT_IN_SAMPLE, NULL, assign_name, NULL);
	jsonify_reserve_guc_prefix("jsonify");
}

/* The number of the settings in force, the same whenever they are the same. */
int
current_settings(void)
{
	Settings   *settings;

	if (settings_number >= 0)
		return settings_number;

	for (int i = 0; i < nknown_settings; i++)
	{
		settings = &known_settings[i];
		if (settings->max_depth == jsonify_max_depth && settings->nulls == nulls_setting &&
			settings->keys == keys_setting && strcmp(settings->formats, formats_setting) == 0 &&
			settings->distributed_queries == jsonify_distributed_queries &&
			strcmp(settings->distribution_schema, jsonify_distribution_schema) == 0)
			return settings_number = first_number + i;
	}
	if (nknown_settings == MAX_SETTINGS)
	{
		/* start anew; plans with the old numbers are not found again */
		for (int i = 0; i < nknown_settings; i++)
		{
			pfree(known_settings[i].formats);
			pfree(known_settings[i].distribution_schema);
		}
		first_number += nknown_settings;
		nknown_settings = 0;
	}
	settings = &known_settings[nknown_settings];
	settings->formats = MemoryContextStrdup(TopMemoryContext, formats_setting);
	settings->distributed_queries = jsonify_distributed_queries;
	settings->distribution_schema = MemoryContextStrdup(TopMemoryContext,
														jsonify_distribution_schema);
	settings->max_depth = jsonify_max_depth;
	settings->nulls = nulls_setting;
	settings->keys = keys_setting;
	return settings_number = first_number + nknown_settings++;
}

/*
 * Fills *options with what the settings say. What it points to is palloc'd in the
 * current memory context: the settings may change while it is used.
 */
void
read_settings(Options *options)
{
	memset(options, 0, sizeof(Options));
	options->omit_nulls = nulls_setting == NULLS_OMIT;
	options->camel_keys = keys_setting == KEYS_CAMEL;
	if (setting_rules != NULL && setting_rules->nrules > 0)
	{
		FormatRule *rules = palloc(sizeof(FormatRule) * setting_rules->nrules);

		memcpy(rules, setting_rules->rules, sizeof(FormatRule) * setting_rules->nrules);
		options->setting_rules = rules;
		options->nsetting_rules = setting_rules->nrules;
	}
}
