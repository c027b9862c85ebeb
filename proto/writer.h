/*
 * Writes MessagePack into a buffer of fixed size.
 *
 * Any thread, one writer per thread. Overflow is sticky: nothing past the end is written, and
 * `overflow` is looked at once, when the message is complete. Packing is msgpack-c's.
 */
#ifndef PROTO_WRITER_H
#define PROTO_WRITER_H

#include "proto/span.h"

struct proto_writer {
	uint8_t *data;
	size_t n_bytes, capacity;
	bool overflow;
};

static inline struct proto_writer proto_writer_of(void *data, size_t capacity)
{
	return (struct proto_writer){data, 0, capacity, false};
}

static inline struct span proto_writer_span(const struct proto_writer *w)
{
	return (struct span){w->data, w->n_bytes};
}

void proto_writer_nil(struct proto_writer *w);
void proto_writer_bool(struct proto_writer *w, bool value);
void proto_writer_uint(struct proto_writer *w, uint64_t value);
void proto_writer_text(struct proto_writer *w, struct span text);
void proto_writer_bin(struct proto_writer *w, struct span bytes);
void proto_writer_array(struct proto_writer *w, uint32_t n);
void proto_writer_map(struct proto_writer *w, uint32_t n);
/* Bytes that are MessagePack already. */
void proto_writer_raw(struct proto_writer *w, struct span encoded);

#endif
