/*
 * A byte buffer that grows. One thread at a time.
 *
 * A zeroed struct is an empty buffer; deinit of one is legal, and leaves one. Growth doubles.
 */
#ifndef DAEMON_BASE_BUFFER_H
#define DAEMON_BASE_BUFFER_H

#include "daemon/base/error.h"
#include "proto/span.h"

struct buffer {
	uint8_t *data;
	size_t n_bytes, capacity;
};

/* Room for `n_more` bytes behind those that are there; -ENOMEM. */
MUST_USE int buffer_reserve(struct buffer *buffer, size_t n_more);
/* Copies the bytes, all or nothing; -ENOMEM. They must not lie in the buffer itself. */
MUST_USE int buffer_append(struct buffer *buffer, struct span bytes);
/* Appends the text without its NUL, all or nothing; -ENOMEM. */
MUST_USE int buffer_printf(struct buffer *buffer, const char *format, ...)
        __attribute__((format(printf, 2, 3)));
/* Drops the first bytes; what is left moves to the front. */
void buffer_consume(struct buffer *buffer, size_t n_bytes);
void buffer_deinit(struct buffer *buffer);

static inline struct span buffer_span(const struct buffer *buffer)
{
	return (struct span){buffer->data, buffer->n_bytes};
}

#endif
