/*
 * Tags are taken by their form only: which languages exist is for the people who write the texts.
 */
#include "daemon/base/language.h"

#include <strings.h>

enum { TAG_BYTES = 35, SUBTAG_BYTES = 8 };

static bool is_letter(uint8_t c)
{
	return (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
}

static bool subtag_valid(struct span subtag, bool first)
{
	if (subtag.n_bytes < (first ? 2 : 1) || subtag.n_bytes > SUBTAG_BYTES)
		return false;
	for (size_t i = 0; i < subtag.n_bytes; i++) {
		bool digit = subtag.data[i] >= '0' && subtag.data[i] <= '9';
		if (!is_letter(subtag.data[i]) && (first || !digit))
			return false;
	}
	return true;
}

bool language_valid(struct span tag)
{
	size_t start = 0;
	if (tag.n_bytes == 0 || tag.n_bytes > TAG_BYTES)
		return false;
	for (size_t i = 0; i <= tag.n_bytes; i++) {
		if (i < tag.n_bytes && tag.data[i] != '-')
			continue;
		if (!subtag_valid((struct span){tag.data + start, i - start}, start == 0))
			return false;
		start = i + 1;
	}
	return true;
}

bool language_equal(struct span a, struct span b)
{
	return a.n_bytes == b.n_bytes &&
	       (a.n_bytes == 0 ||
	               strncasecmp((const char *)a.data, (const char *)b.data, a.n_bytes) == 0);
}

struct span language_parent(struct span tag)
{
	size_t n = tag.n_bytes;
	while (n > 0 && tag.data[n - 1] != '-')
		n--;
	if (n == 0)
		return SPAN_NONE;
	n--;
	/* A single letter only introduces what follows it, and goes with that. */
	if (n >= 2 && tag.data[n - 2] == '-')
		n -= 2;
	return (struct span){tag.data, n};
}
