/*
 * base64.c
 *		Bytes as text by RFC 4648, in either alphabet.
 */
#include "plan/plan.h"

#include "common/base64.h"
#include "utils/memutils.h"

/* What makes a string of 1 GB. */
#define MAX_BASE64_BYTES ((int) (MaxAllocSize / 4 * 3 - 3))

/*
 * By section 4, padded; or url: by section 5 and not padded, as encode() of 19 has it.
 * Without line breaks; palloc'd, terminated. Raises ERRCODE_PROGRAM_LIMIT_EXCEEDED.
 */
char *
encode_base64(const char *bytes, int size, bool url, int *length)
{
	char	   *encoded;

	/* it would not fit anyway, and this keeps clear of what an int can hold */
	if (size > MAX_BASE64_BYTES)
		ereport(ERROR,
				errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				errmsg("a string is too large"),
				errdetail("In base64 it would exceed 1 GB."));
	*length = pg_b64_enc_len(size);
	encoded = palloc(*length + 1);
	*length = pg_b64_encode((const void *) bytes, size, encoded, *length);
	if (*length < 0)
		elog(ERROR, "could not encode base64");
	for (int i = 0; url && i < *length; i++)
	{
		if (encoded[i] == '+')
			encoded[i] = '-';
		else if (encoded[i] == '/')
			encoded[i] = '_';
	}
	while (url && *length > 0 && encoded[*length - 1] == '=')
		(*length)--;
	encoded[*length] = '\0';
	return encoded;
}

static int
base64_digit(char c, bool url)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	if (c == (url ? '-' : '+'))
		return 62;
	if (c == (url ? '_' : '/'))
		return 63;
	return -1;
}

/*
 * Back: digits, and what fills up the last four of them; of base64url that may
 * be left out. The bits that no byte takes are zero. NULL of anything else; palloc'd.
 */
bytea *
decode_base64(const char *string, int length, bool url)
{
	int			digits = length;
	bytea	   *result;
	uint8	   *out;
	uint32		bits = 0;
	int			nbits = 0;

	while (digits > 0 && length - digits < 2 && string[digits - 1] == '=')
		digits--;
	if (digits % 4 == 1 || (length % 4 != 0 && (!url || length != digits)))
		return NULL;
	if (length != digits && length - digits != 4 - digits % 4)
		return NULL;

	result = palloc(VARHDRSZ + (Size) digits / 4 * 3 + 3);
	out = (uint8 *) VARDATA(result);
	for (int i = 0; i < digits; i++)
	{
		int			digit = base64_digit(string[i], url);

		if (digit < 0)
			return NULL;
		bits = bits << 6 | digit;
		nbits += 6;
		if (nbits >= 8)
		{
			nbits -= 8;
			*out++ = bits >> nbits;
			bits &= (1 << nbits) - 1;
		}
	}
	if (bits != 0)
		return NULL;
	SET_VARSIZE(result, out - (uint8 *) result);
	return result;
}
