/*
 * Explicit bytes: little-endian words, varints, counted texts. One thread at a time.
 *
 * A writer that runs out of room and a reader that meets what no writer wrote go bad and stay so;
 * the caller looks once, at the end. Readers take one spelling of each value only, so that what
 * was decoded encodes to the same bytes.
 */
#ifndef DAEMON_STORE_CODEC_H
#define DAEMON_STORE_CODEC_H

#include "proto/rules.h"
#include "proto/span.h"

struct codec_writer {
	uint8_t *data;
	size_t n_bytes, capacity;
	bool bad;
};

struct codec_reader {
	const uint8_t *at, *end;
	bool bad;
};

void codec_put_bytes(struct codec_writer *writer, const void *bytes, size_t n_bytes);
void codec_put_u8(struct codec_writer *writer, uint8_t value);
void codec_put_u32(struct codec_writer *writer, uint32_t value);
void codec_put_u64(struct codec_writer *writer, uint64_t value);
/* Seven bits a byte, the lowest first; the high bit says that more follow. */
void codec_put_varint(struct codec_writer *writer, uint64_t value);
/* A varint of the length, then the bytes. */
void codec_put_text(struct codec_writer *writer, struct span text);
/* A byte that says how many bytes follow; bit n in byte n/8, without the zeros at the end. */
void codec_put_bits(struct codec_writer *writer, struct proto_bits bits);

/* What a bad reader returns is 0, empty, or NULL. */
const uint8_t *codec_get_bytes(struct codec_reader *reader, size_t n_bytes);
uint8_t codec_get_u8(struct codec_reader *reader);
uint32_t codec_get_u32(struct codec_reader *reader);
uint64_t codec_get_u64(struct codec_reader *reader);
/* Bad above `most`. */
uint64_t codec_get_varint(struct codec_reader *reader, uint64_t most);
struct span codec_get_text(struct codec_reader *reader);
struct proto_bits codec_get_bits(struct codec_reader *reader);

static inline struct codec_writer codec_writer_of(uint8_t *data, size_t capacity)
{
	return (struct codec_writer){.data = data, .capacity = capacity};
}

static inline struct codec_reader codec_reader_of(struct span bytes)
{
	return (struct codec_reader){.at = bytes.data, .end = bytes.data + bytes.n_bytes};
}

/* Whether all went well and nothing is left. */
static inline bool codec_reader_done(const struct codec_reader *reader)
{
	return !reader->bad && reader->at == reader->end;
}

/* Big-endian words, in which keys sort as numbers do. */
void codec_big_u32(uint32_t value, uint8_t ret[4]);
void codec_big_u64(uint64_t value, uint8_t ret[8]);
uint32_t codec_of_big_u32(const uint8_t bytes[4]);
uint64_t codec_of_big_u64(const uint8_t bytes[8]);

#endif
