/*
 * call_options.c
 *		The options of a call, which come before the settings.
 */
#include "options/internal.h"

#include "catalog/pg_proc.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/jsonb.h"
#include "utils/lsyscache.h"

/* Spaces a level, at most. */
#define MAX_INDENT 16

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

static bool
read_boolean(const char *name, const JsonbValue *value)
{
	if (value->type != jbvBool)
		invalid_option(name, "It is true or false.");
	return value->val.boolean;
}

/* A whole number that is written as one, of nine digits at most; else -1. */
static int
read_count(const JsonbValue *value)
{
	char	   *digits = value->type != jbvNumeric ? "" :
		DatumGetCString(DirectFunctionCall1(numeric_out, NumericGetDatum(value->val.numeric)));

	return *digits != '\0' && strlen(digits) <= 9 &&
		strspn(digits, "0123456789") == strlen(digits) ? atoi(digits) : -1;
}

/*
 * The value of an option that is one of several words: its number. Raises
 * ERRCODE_INVALID_PARAMETER_VALUE, with a hint that lists them, of anything else.
 */
int
read_word(const char *name, const JsonbValue *value, const char *const *words, int nwords)
{
	StringInfoData hint;

	for (int i = 0; i < nwords; i++)
	{
		if (value_is(value, words[i]))
			return i;
	}
	initStringInfo(&hint);
	for (int i = 0; i < nwords; i++)
		appendStringInfo(&hint, "%s\"%s\"", i == 0 ? "It is " : i == nwords - 1 ? " or " : ", ",
						 words[i]);
	appendStringInfoChar(&hint, '.');
	invalid_option(name, hint.data);
}

/* Reads an option of a text's layout. Returns whether it is one. */
static bool
read_layout_option(TextLayout *layout, const char *name, const JsonbValue *value)
{
	if (strcmp(name, "indent") == 0)
	{
		layout->indent = read_count(value);
		if (layout->indent < 0 || layout->indent > MAX_INDENT)
			invalid_option(name, "It is a number of spaces, from 0 to " CppAsString2(MAX_INDENT) ".");
	}
	else if (strcmp(name, "ensure_ascii") == 0)
		layout->ensure_ascii = read_boolean(name, value);
	else
		return false;
	return true;
}

/* How many errors are listed, without the option and with it. */
#define DEFAULT_LISTED_ERRORS 100
#define MAX_LISTED_ERRORS 100000

/* Reads an option that only saving takes. Returns whether it is one. */
static bool
read_save_option(SaveOptions *save, const char *name, const JsonbValue *value)
{
	static const char *const modes[] = {"save", "insert", "update", "delete"};
	static const char *const returns[] = {"document", "changes", "none"};
	static const char *const takes[] = {"error", "ignore"};

	if (strcmp(name, "mode") == 0)
		save->mode = read_word(name, value, modes, lengthof(modes));
	else if (strcmp(name, "return") == 0)
		save->returns = read_word(name, value, returns, lengthof(returns));
	else if (strcmp(name, "unknown") == 0)
		save->ignore_unknown = read_word(name, value, takes, lengthof(takes)) == 1;
	else if (strcmp(name, "readonly") == 0)
		save->ignore_readonly = read_word(name, value, takes, lengthof(takes)) == 1;
	else if (strcmp(name, "dry_run") == 0)
		save->dry_run = read_boolean(name, value);
	else if (strcmp(name, "max_errors") == 0)
	{
		save->max_errors = read_count(value);
		if (save->max_errors < 1 || save->max_errors > MAX_LISTED_ERRORS)
			invalid_option(name, "It is a whole number from 1 to " CppAsString2(MAX_LISTED_ERRORS) ".");
	}
	else
		return false;
	return true;
}

pg_noreturn static void
unknown_option(const char *name, const SinkOps *ops, bool for_writing)
{
	const char *hint = "The options are \"nulls\", \"keys\", \"formats\" and \"unknown_params\".";

	if (for_writing)
		hint = "The options are \"mode\", \"unknown\", \"readonly\", \"return\", \"dry_run\", \"max_errors\", \"nulls\", \"keys\", \"formats\" and \"unknown_params\".";
	else if (ops->is_text)
		hint = "The options are \"nulls\", \"keys\", \"formats\", \"unknown_params\", \"ensure_ascii\" and \"indent\".";
	else if (strcmp(name, "ensure_ascii") == 0 || strcmp(name, "indent") == 0)
		hint = "It is an option of the functions that write JSON text, such as jsonify_text.";
	ereport(ERROR,
			errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			errmsg("unknown option \"%s\"", name),
			errhint("%s", hint));
}

static void
read_option(Options *options, const char *name, const JsonbValue *value, const SinkOps *ops,
			bool for_writing)
{
	static const char *const nulls[] = {"keep", "omit"};
	static const char *const keys[] = {"asis", "camel"};
	static const char *const takes[] = {"error", "ignore"};

	if (strcmp(name, "nulls") == 0)
		options->omit_nulls = read_word(name, value, nulls, lengthof(nulls)) == 1;
	else if (strcmp(name, "keys") == 0)
		options->camel_keys = read_word(name, value, keys, lengthof(keys)) == 1;
	else if (strcmp(name, "formats") == 0)
		read_format_options(options, value);
	else if (strcmp(name, "unknown_params") == 0)
		options->ignore_unknown_params = read_word(name, value, takes, lengthof(takes)) == 1;
	else if (!(ops->is_text && read_layout_option(&options->layout, name, value)) &&
			 !(for_writing && read_save_option(&options->save, name, value)))
		unknown_option(name, ops, for_writing);
}

/*
 * Reads the options of a call, the bytes of a jsonb value without its varlena
 * header, aligned, or NULL for none, over the settings in force, for a sink of
 * ops; for_writing: those of jsonify_save() as well. What it points to is palloc'd in
 * the current memory context. Raises ERRCODE_INVALID_PARAMETER_VALUE for what is no
 * option or no value of one.
 */
void
read_options(Options *options, const char *jsonb, int length, const SinkOps *ops,
			 bool for_writing)
{
	JsonbContainer *root = (JsonbContainer *) unconstify(char *, jsonb);
	JsonbIterator *iterator;
	JsonbIteratorToken token;
	JsonbValue	item;
	char	   *name = NULL;

	read_settings(options);
	options->save.max_errors = DEFAULT_LISTED_ERRORS;
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
			read_option(options, name, &item, ops, for_writing);
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
