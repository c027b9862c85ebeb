/*
 * Names in messages: quoting what a document says, so that it cannot write to a terminal, and
 * guessing which name was meant by one that is not known.
 */
#include "daemon/base/schema.h"

enum {
	QUOTED_BYTES = 64, /* of a name or value that are shown */
	NAME_BYTES = 64,   /* longer names are never guessed */
	FAR = 3,           /* edits at which a name is another name */
};

/* The longest front of `text` that is at most `n` bytes and ends between two characters. */
static size_t cut(struct span text, size_t n)
{
	if (text.n_bytes <= n)
		return text.n_bytes;
	while (n > 0 && (text.data[n] & 0xc0) == 0x80)
		n--;
	return n;
}

struct schema_quoted schema_quote(struct span text)
{
	struct schema_quoted quoted;
	size_t n = cut(text, QUOTED_BYTES);
	char *out = quoted.text;
	*out++ = '"';
	for (size_t i = 0; i < n; i++) {
		uint8_t c = text.data[i];
		bool c1 = c == 0xc2 && i + 1 < n && text.data[i + 1] < 0xa0;
		if (c < 0x20 || c == 0x7f || c1)
			*out++ = '?';
		else
			*out++ = (char)c;
		i += c1;
	}
	if (n < text.n_bytes) {
		memcpy(out, "…", sizeof("…") - 1);
		out += sizeof("…") - 1;
	}
	*out++ = '"';
	*out = '\0';
	return quoted;
}

static size_t least_of(size_t a, size_t b, size_t c)
{
	size_t ab = a < b ? a : b;
	return ab < c ? ab : c;
}

/* Edits between two names: insert, delete, replace, or swap two neighbours. */
static size_t distance(struct span a, struct span b)
{
	size_t rows[3][NAME_BYTES + 1];
	size_t *before = rows[0], *last = rows[1], *row = rows[2];
	for (size_t j = 0; j <= b.n_bytes; j++)
		last[j] = j;
	for (size_t i = 1; i <= a.n_bytes; i++) {
		row[0] = i;
		for (size_t j = 1; j <= b.n_bytes; j++) {
			size_t change = a.data[i - 1] != b.data[j - 1];
			row[j] = least_of(last[j] + 1, row[j - 1] + 1, last[j - 1] + change);
			if (i > 1 && j > 1 && a.data[i - 1] == b.data[j - 2] &&
			        a.data[i - 2] == b.data[j - 1] && before[j - 2] + 1 < row[j])
				row[j] = before[j - 2] + 1;
		}
		size_t *spare = before;
		before = last;
		last = row;
		row = spare;
	}
	return last[b.n_bytes];
}

struct span schema_nearest(struct span name, const struct span *candidates, size_t n)
{
	struct span nearest = SPAN_NONE;
	size_t least = FAR;
	if (name.n_bytes == 0 || name.n_bytes > NAME_BYTES)
		return nearest;
	for (size_t i = 0; i < n; i++) {
		size_t n_bytes = candidates[i].n_bytes;
		if (n_bytes == 0 || n_bytes > NAME_BYTES)
			continue;
		size_t edits = distance(name, candidates[i]);
		/* Half of a short name changed is another name. */
		if (edits < least && edits * 2 < n_bytes + 1) {
			least = edits;
			nearest = candidates[i];
		}
	}
	return nearest;
}
