/*
 * The record of a subject, and its key: plain values, as the view keeps them.
 */
#ifndef DAEMON_STORE_RECORD_H
#define DAEMON_STORE_RECORD_H

#include "daemon/base/error.h"
#include "proto/decide.h"
#include "proto/digest.h"
#include "proto/tables.h"

struct record_key {
	uint32_t site_id;
	struct proto_digest digest;
};

/* A short text by value. */
struct record_text {
	uint8_t n_bytes;
	char bytes[PROTO_LIMIT_LANGUAGE_BYTES > PROTO_LIMIT_METHOD_BYTES
	                   ? PROTO_LIMIT_LANGUAGE_BYTES
	                   : PROTO_LIMIT_METHOD_BYTES];
};

struct record {
	struct proto_state state;
	struct proto_digest account; /* meaningful where `linked` */
	bool linked;                 /* a session bound to an account: the state is the account's */
	bool has_sessions; /* an account that sessions were bound to: it is never bound itself */
	uint32_t policy_revision; /* the one in force at the last write */
	uint64_t revision;        /* the subject's newest event: head of its chain of prev links */
	uint64_t created_at, updated_at; /* seconds UTC */
	uint32_t n_events;
	struct record_text method, language; /* of the newest event that named them */
};

enum { RECORD_KEY_BYTES = 20, RECORD_MAX_BYTES = 256 };

/* Big-endian site id, then the digest's bytes: keys sort by site, then by digest. */
void record_key_encode(struct record_key key, uint8_t ret[RECORD_KEY_BYTES]);
struct record_key record_key_decode(const uint8_t bytes[RECORD_KEY_BYTES]);

/*
 * A record in the midst of other bytes, told against a base: what is equal there takes no room.
 * The reader goes bad where the bytes are no record.
 */
struct codec_writer;
struct codec_reader;
void record_put(
        struct codec_writer *writer, const struct record *record, const struct record *base);
void record_get(struct codec_reader *reader, const struct record *base, struct record *ret);

/* A format byte and the record told against nothing. Returns the length. */
size_t record_encode(const struct record *record, uint8_t ret[RECORD_MAX_BYTES]);
/* -EBADMSG where the bytes are no record of a known format. */
MUST_USE int record_decode(struct span bytes, struct record *ret);

/* A copy of the first bytes, as many as fit; absent: none. */
void record_text_set(struct record_text *text, struct span value);
static inline struct span record_text_span(const struct record_text *text)
{
	return text->n_bytes ? span_bytes(text->bytes, text->n_bytes) : SPAN_NONE;
}

#endif
