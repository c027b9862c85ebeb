/*
 * How a value looks to people: instants in ISO 8601, durations in words, maps on one line.
 *
 * Any thread. A key means one thing wherever it stands (proto/fields.def), so the key says what a
 * number is. JSON is untouched by this: there, all are integers.
 */
#ifndef CLIENT_CTL_SHAPE_H
#define CLIENT_CTL_SHAPE_H

#include <jansson.h>
#include <stdbool.h>

#include "proto/span.h"

enum shape_reader {
	SHAPE_FOR_EYES,   /* a table: "2 weeks", "yes", "-" where there is nothing */
	SHAPE_FOR_SHEETS, /* CSV: 1209600, "true", empty where there is nothing */
};

/* Whether the key says what its numbers are. */
bool shape_is_known(const char *key);

/* Whether numbers under this key are counted (and read best when aligned at the right). */
bool shape_is_count(const char *key);

/*
 * The value's text in memory of its own (free `data`), not yet escaped for where it is printed;
 * `value` NULL: absent. Ends the program where there is no memory.
 */
struct shape_text {
	char *data;
	size_t n_bytes;
};
struct shape_text shape_of(const char *key, const json_t *value, enum shape_reader reader);

static inline struct span shape_span(const struct shape_text *text)
{
	return span_bytes(text->data, text->n_bytes);
}

#endif
