/*
 * key_case.c
 *		The keys of columns and relationships, by the option or setting "keys".
 */
#include "options/options.h"

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
