/*
 * Runs of digits and of hex digits are what identifiers consist of. Letters that happen to be hex
 * ones are left alone as long as they can be a word: "cafe" stays, "cafe1" does not. A blurred name
 * blurs to itself, so it does not matter how often that is done.
 */
#include "proto/blur.h"

static bool is_digit(uint8_t c)
{
	return c >= '0' && c <= '9';
}

static bool is_hex(uint8_t c)
{
	return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/* The length of the run at the beginning that must not be kept; 0: there is none. */
static size_t run_of(struct span rest)
{
	size_t n_digits = 0, n_hex = 0;
	bool any_digit = false;

	while (n_digits < rest.n_bytes && is_digit(rest.data[n_digits]))
		n_digits++;
	for (; n_hex < rest.n_bytes && is_hex(rest.data[n_hex]); n_hex++)
		any_digit = any_digit || is_digit(rest.data[n_hex]);
	if (n_hex >= 8 || (n_hex >= 4 && any_digit))
		return n_hex;
	return n_digits;
}

/* How many bytes at the end are the beginning of a character that is not whole. */
static size_t cut_of(const uint8_t *text, size_t n_bytes)
{
	size_t n = 0;

	while (n < n_bytes && n < 3 && (text[n_bytes - 1 - n] & 0xc0) == 0x80)
		n++;
	if (n == n_bytes)
		return 0;
	uint8_t lead = text[n_bytes - 1 - n];
	size_t want = lead >= 0xf0 ? 3 : lead >= 0xe0 ? 2 : lead >= 0xc0 ? 1 : 0;
	return n < want ? n + 1 : 0;
}

size_t proto_name_blur(struct span name, uint8_t ret[PROTO_LIMIT_UNDECLARED_NAME_BYTES])
{
	size_t n = 0, i = 0;
	bool may_begin = true; /* a hex run begins where no hex digit stands before it */

	while (i < name.n_bytes && n < PROTO_LIMIT_UNDECLARED_NAME_BYTES) {
		uint8_t c = name.data[i];
		size_t run = may_begin || is_digit(c)
		                     ? run_of(span_bytes(name.data + i, name.n_bytes - i))
		                     : 0;

		ret[n++] = run ? '#' : c;
		i += run ? run : 1;
		may_begin = !is_hex(c);
	}
	return n - cut_of(ret, n);
}
