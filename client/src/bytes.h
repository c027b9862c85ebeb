/*
 * A growing buffer that a handle keeps, so that a call which was made before allocates nothing.
 *
 * Any thread, one handle per thread. Spans into a buffer end with its next reserve.
 */
#ifndef CLIENT_SRC_BYTES_H
#define CLIENT_SRC_BYTES_H

#include <stdlib.h>

#include "proto/span.h"

struct client_bytes {
	uint8_t *data;
	size_t n_bytes, capacity;
};

/* Makes room for n_more bytes behind the n_bytes; false without memory, nothing then changed. */
PROTO_MUST_USE static inline bool client_bytes_reserve(struct client_bytes *b, size_t n_more)
{
	if (b->capacity - b->n_bytes >= n_more)
		return true;
	if (n_more > SIZE_MAX / 4 - b->n_bytes)
		return false;
	size_t capacity = b->capacity ? b->capacity : 1024;
	while (capacity - b->n_bytes < n_more)
		capacity *= 2;
	uint8_t *data = realloc(b->data, capacity);
	if (!data)
		return false;
	b->data = data;
	b->capacity = capacity;
	return true;
}

/* Appends into room that was reserved; returns where the copy stands. */
static inline uint8_t *client_bytes_put(struct client_bytes *b, const void *data, size_t n_bytes)
{
	uint8_t *at = b->data + b->n_bytes;
	if (n_bytes > 0)
		memcpy(at, data, n_bytes);
	b->n_bytes += n_bytes;
	return at;
}

static inline void client_bytes_deinit(struct client_bytes *b)
{
	free(b->data);
	*b = (struct client_bytes){NULL, 0, 0};
}

#endif
