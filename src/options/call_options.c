/*
 * options.c
 *		The settings jsonify.*, and the options of a call, which come before
 *		them.
 */
#include "jsonify.h"

#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/jsonb.h"
#include "utils/lsyscache.h"

/* Spaces a level, at most. */
#define MAX_INDENT 16

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
	int			nulls;
	int			keys;
	char	   *formats;
} Settings;

#define MAX_SETTINGS 64

static Settings known_settings[MAX_SETTINGS];
static int	nknown_settings = 0;
static int	first_number = 0;
static int	settings_number = -1;	/* -1: to be looked up */

/* A plan may have been made of a shape that is too deep from now on. */
static void
assign_max_depth(int newval, void *extra)
{
	invalidate_all_plans();
}

static void
assign_enum(int newval, void *extra)
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
options_init(void)
{
	DefineCustomIntVariable("jsonify.max_depth",
							"How deep a shape may be nested.",
							"In levels of braces, that of the root included.",
							&jsonify_max_depth, 64, 1, INT_MAX,
							PGC_USERSET, 0, NULL, assign_max_depth, NULL);
	DefineCustomIntVariable("jsonify.batch_size",
							"How many rows jsonify_find() reads at a time.",
							"What is related to them is in memory at once.",
							&jsonify_batch_size, 1000, 1, INT_MAX,
							PGC_USERSET, 0, NULL, NULL, NULL);
	DefineCustomEnumVariable("jsonify.nulls",
							 "Whether a key whose value is NULL is kept or left out.",
							 NULL, &nulls_setting, NULLS_KEEP, nulls_values,
							 PGC_USERSET, 0, NULL, assign_enum, NULL);
	DefineCustomEnumVariable("jsonify.keys",
							 "How the keys of columns and relationships are written.",
							 NULL, &keys_setting, KEYS_ASIS, keys_values,
							 PGC_USERSET, 0, NULL, assign_enum, NULL);
	DefineCustomStringVariable("jsonify.formats",
							   "The formats of types, as in \"timestamptz=utc, bytea=base64\".",
							   "The word \"web\" stands for what a browser can take.",
							   &formats_setting, "", PGC_USERSET, 0,
							   check_formats, assign_formats, NULL);
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
		if (settings->nulls == nulls_setting && settings->keys == keys_setting &&
			strcmp(settings->formats, formats_setting) == 0)
			return settings_number = first_number + i;
	}
	if (nknown_settings == MAX_SETTINGS)
	{
		/* start anew; plans with the old numbers are not found again */
		for (int i = 0; i < nknown_settings; i++)
			pfree(known_settings[i].formats);
		first_number += nknown_settings;
		nknown_settings = 0;
	}
	settings = &known_settings[nknown_settings];
	settings->formats = MemoryContextStrdup(TopMemoryContext, formats_setting);
	settings->nulls = nulls_setting;
	settings->keys = keys_setting;
	return settings_number = first_number + nknown_settings++;
}

pg_noreturn static void
invalid_option(const char *option, const char *hint)
{
	ereport(ERROR,
			errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			errmsg("invalid value for option \"%s\"", option),
			errhint("%s", hint));
}

static bool
value_is(const JsonbValue *value, const char *string)
{
	return value->type == jbvString && value->val.string.len == (int) strlen(string) &&
		memcmp(value->val.string.val, string, value->val.string.len) == 0;
}

/*
 * What to_regtype() or to_regprocedure() finds by a name; InvalidOid if nothing.
 * They would take numbers for OIDs, and "-" for none.
 */
static Oid
find_by_name(PGFunction to_reg, const char *name)
{
	LOCAL_FCINFO(fcinfo, 1);
	Datum		oid;

	if (strspn(name, "0123456789- ") == strlen(name))
		return InvalidOid;
	InitFunctionCallInfoData(*fcinfo, NULL, 1, InvalidOid, NULL, NULL);
	fcinfo->args[0].value = CStringGetTextDatum(name);
	fcinfo->args[0].isnull = false;
	oid = to_reg(fcinfo);
	return fcinfo->isnull ? InvalidOid : DatumGetObjectId(oid);
}

/* The function of a type that an option names. */
static Oid
read_function(Oid typid, const char *signature)
{
	Oid			function = find_by_name(to_regprocedure, signature);
	Oid		   *argtypes;
	int			nargs;

	if (!OidIsValid(function))
		ereport(ERROR,
				errcode(ERRCODE_UNDEFINED_FUNCTION),
				errmsg("function %s does not exist", signature),
				errhint("A function in the option \"formats\" is written with its schema, unless that is in search_path, and with the type of its argument."));
	(void) get_func_signature(function, &argtypes, &nargs);
	if (nargs != 1 || argtypes[0] != typid || get_func_retset(function) ||
		get_func_prokind(function) != PROKIND_FUNCTION ||
		IsPolymorphicType(get_func_rettype(function)))
		ereport(ERROR,
				errcode(ERRCODE_INVALID_FUNCTION_DEFINITION),
				errmsg("function %s cannot write values of type %s", signature,
					   format_type_be(typid)),
				errhint("It must be a plain function with an argument of that type and one result."));
	return function;
}

static Oid
read_type(Options *options, const char *name)
{
	Oid			typid = find_format_type(name);

	if (OidIsValid(typid))
		return typid;
	options->names_objects = true;
	typid = find_by_name(to_regtype, name);
	if (!OidIsValid(typid))
		ereport(ERROR,
				errcode(ERRCODE_UNDEFINED_OBJECT),
				errmsg("type \"%s\" does not exist", name),
				errhint("A type in the option \"formats\" is written with its schema, unless that is in search_path."));
	return typid;
}

static void
read_format_option(Options *options, const char *type_name, const JsonbValue *value)
{
	FormatRule *rule = &options->rules[options->nrules];
	Oid			typid = read_type(options, type_name);
	char	   *name;

	for (int i = 0; i < options->nrules; i++)
	{
		if (options->rules[i].typid == typid)
			ereport(ERROR,
					errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					errmsg("type %s given twice in option \"formats\"", type_name),
					errhint("It may stand there under another of its names."));
	}
	rule->typid = typid;
	options->nrules++;

	if (value->type != jbvString)
		invalid_option("formats", "It is an object of types, each with the name of a format or a function.");
	name = pnstrdup(value->val.string.val, value->val.string.len);
	if (strchr(name, '(') != NULL)
	{
		rule->function = read_function(typid, name);
		options->names_objects = true;
		return;
	}
	rule->format = find_format(getBaseType(typid), name);
	if (rule->format == NULL)
	{
		char	   *names = format_names(getBaseType(typid));

		ereport(ERROR,
				errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				errmsg("type %s has no format \"%s\"", type_name, name),
				names != NULL ? errhint("Its formats are %s.", names) :
				errhint("A function can stand for a format, as in \"function(%s)\".", type_name));
	}
}

static void
read_format_options(Options *options, const JsonbValue *value)
{
	JsonbIterator *iterator;
	JsonbIteratorToken token;
	JsonbValue	item;
	char	   *type_name = NULL;

	if (value->type == jbvString)
	{
		char	   *string = pnstrdup(value->val.string.val, value->val.string.len);
		char	   *detail;
		char	   *hint;

		options->rules = palloc0(sizeof(FormatRule) * MAX_SETTING_RULES);
		if (!read_format_rules(string, options->rules, &options->nrules, &detail, &hint))
			ereport(ERROR,
					errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					errmsg("invalid value for option \"%s\"", "formats"),
					errdetail("%s", detail),
					hint != NULL ? errhint("%s", hint) : 0);
		return;
	}
	if (value->type != jbvBinary || !JsonContainerIsObject(value->val.binary.data))
		invalid_option("formats", "It is an object of types, each with the name of a format or a function.");

	options->rules = palloc0(sizeof(FormatRule) *
							 (JsonContainerSize(value->val.binary.data) + 1));
	iterator = JsonbIteratorInit(value->val.binary.data);
	while ((token = JsonbIteratorNext(&iterator, &item, true)) != WJB_DONE)
	{
		if (token == WJB_KEY)
			type_name = pnstrdup(item.val.string.val, item.val.string.len);
		else if (token == WJB_VALUE)
			read_format_option(options, type_name, &item);
	}
}

/* Spaces a level: a whole number that is written as one. */
static int
read_indent(const JsonbValue *value)
{
	char	   *digits = value->type != jbvNumeric ? "" :
		DatumGetCString(DirectFunctionCall1(numeric_out, NumericGetDatum(value->val.numeric)));
	int			indent = strlen(digits) <= 2 && *digits != '\0' ? atoi(digits) : -1;

	if (indent < 0 || indent > MAX_INDENT || strspn(digits, "0123456789") != strlen(digits))
		invalid_option("indent", "It is a number of spaces, from 0 to " CppAsString2(MAX_INDENT) ".");
	return indent;
}

/* Reads an option of a text's layout. Returns whether it is one. */
static bool
read_layout_option(TextLayout *layout, const char *name, const JsonbValue *value)
{
	if (strcmp(name, "indent") == 0)
		layout->indent = read_indent(value);
	else if (strcmp(name, "ensure_ascii") == 0)
	{
		if (value->type != jbvBool)
			invalid_option(name, "It is true or false.");
		layout->ensure_ascii = value->val.boolean;
	}
	else
		return false;
	return true;
}

pg_noreturn static void
unknown_option(const char *name, const SinkOps *ops)
{
	const char *hint = "The options are \"nulls\", \"keys\" and \"formats\".";

	if (ops->is_text)
		hint = "The options are \"nulls\", \"keys\", \"formats\", \"ensure_ascii\" and \"indent\".";
	else if (strcmp(name, "ensure_ascii") == 0 || strcmp(name, "indent") == 0)
		hint = "It is an option of the functions that write JSON text, such as jsonify_text.";
	ereport(ERROR,
			errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			errmsg("unknown option \"%s\"", name),
			errhint("%s", hint));
}

static void
read_option(Options *options, const char *name, const JsonbValue *value, const SinkOps *ops)
{
	if (strcmp(name, "nulls") == 0)
	{
		if (!value_is(value, "keep") && !value_is(value, "omit"))
			invalid_option(name, "It is \"keep\" or \"omit\".");
		options->omit_nulls = value_is(value, "omit");
	}
	else if (strcmp(name, "keys") == 0)
	{
		if (!value_is(value, "asis") && !value_is(value, "camel"))
			invalid_option(name, "It is \"asis\" or \"camel\".");
		options->camel_keys = value_is(value, "camel");
	}
	else if (strcmp(name, "formats") == 0)
		read_format_options(options, value);
	else if (!ops->is_text || !read_layout_option(&options->layout, name, value))
		unknown_option(name, ops);
}

/*
 * Reads the options of a call, the bytes of a jsonb value without its varlena
 * header, aligned, or NULL for none, over the settings in force, for a sink of
 * ops. What it points to is palloc'd in the current memory context. Raises
 * ERRCODE_INVALID_PARAMETER_VALUE for what is no option or no value of one.
 */
void
read_options(Options *options, const char *jsonb, int length, const SinkOps *ops)
{
	JsonbContainer *root = (JsonbContainer *) unconstify(char *, jsonb);
	JsonbIterator *iterator;
	JsonbIteratorToken token;
	JsonbValue	item;
	char	   *name = NULL;

	memset(options, 0, sizeof(Options));
	options->omit_nulls = nulls_setting == NULLS_OMIT;
	options->camel_keys = keys_setting == KEYS_CAMEL;
	if (setting_rules != NULL && setting_rules->nrules > 0)
	{
		/* the setting may change while the plan is made */
		FormatRule *rules = palloc(sizeof(FormatRule) * setting_rules->nrules);

		memcpy(rules, setting_rules->rules, sizeof(FormatRule) * setting_rules->nrules);
		options->setting_rules = rules;
		options->nsetting_rules = setting_rules->nrules;
	}
	if (jsonb == NULL)
		return;

	if (!JsonContainerIsObject(root))
		ereport(ERROR,
				errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				errmsg("options must be a JSON object"),
				errhint("Write, for example, '{\"nulls\": \"omit\"}'."));
	iterator = JsonbIteratorInit(root);
	while ((token = JsonbIteratorNext(&iterator, &item, true)) != WJB_DONE)
	{
		if (token == WJB_KEY)
			name = pnstrdup(item.val.string.val, item.val.string.len);
		else if (token == WJB_VALUE)
			read_option(options, name, &item, ops);
	}
}

/*
 * Reads the layout alone out of the same bytes. Raises
 * ERRCODE_INVALID_PARAMETER_VALUE for no value of its options; of what else is
 * wrong with them read_options() tells.
 */
void
read_text_layout(TextLayout *layout, const char *jsonb)
{
	static const char *const names[] = {"ensure_ascii", "indent"};
	JsonbContainer *root = (JsonbContainer *) unconstify(char *, jsonb);

	memset(layout, 0, sizeof(TextLayout));
	if (jsonb == NULL || !JsonContainerIsObject(root))
		return;
	for (int i = 0; i < lengthof(names); i++)
	{
		JsonbValue	buffer;
		JsonbValue *value = getKeyJsonValueFromContainer(root, names[i], strlen(names[i]),
														 &buffer);

		if (value != NULL)
			read_layout_option(layout, names[i], value);
	}
}

/*
 * created_at as createdAt: an underscore and the ASCII letter or digit behind
 * it become that letter, upper case; those at the start and the end stay.
 * palloc'd.
 */
static char *
camel_case(const char *name)
{
	char	   *camel = palloc(strlen(name) + 1);
	char	   *out = camel;
	const char *in = name;

	while (*in == '_')
		*out++ = *in++;
	while (*in != '\0')
	{
		const char *next = in;

		while (*next == '_')
			next++;
		if (next == in || IS_HIGHBIT_SET(*next) || !isalnum((unsigned char) *next))
			*out++ = *in++;
		else
		{
			*out++ = pg_ascii_toupper((unsigned char) *next);
			in = next + 1;
		}
	}
	*out = '\0';
	return camel;
}

/*
 * The key of a column or relationship without an alias: its name, palloc'd
 * where it is not the very same.
 */
const char *
make_key(const Options *options, const char *name)
{
	return options->camel_keys ? camel_case(name) : name;
}

/* Raises ERRCODE_DUPLICATE_COLUMN: two names become one key. */
void
camel_conflict(const char *left, const char *right, const char *key)
{
	ereport(ERROR,
			errcode(ERRCODE_DUPLICATE_COLUMN),
			errmsg("\"%s\" and \"%s\" both become the key \"%s\"", left, right, key),
			errhint("Give one of them a key of its own in a shape, which stays as it is, or keep \"keys\" at \"asis\"."));
}
