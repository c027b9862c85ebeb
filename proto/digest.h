/*
 * The keyed digest that stands for a subject everywhere behind the socket.
 *
 * Any thread. Digest = SipHash-2-4 with 128 bits of output (libsodium), keyed by the site's key;
 * the site's key is keyed BLAKE2b of the site's name. Who may read one site can thus not test
 * subjects of another, and nothing that is stored names a visitor.
 */
#ifndef PROTO_DIGEST_H
#define PROTO_DIGEST_H

#include "proto/span.h"

enum { PROTO_DIGEST_BYTES = 16, PROTO_SITE_KEY_BYTES = 16, PROTO_DIGEST_KEY_BYTES = 32 };

/* The digest's bytes as two little-endian words, in which form lines hold it. */
struct proto_digest {
	uint64_t word[2];
};

struct proto_site_key {
	uint8_t bytes[PROTO_SITE_KEY_BYTES];
};

static inline bool proto_digest_equal(struct proto_digest a, struct proto_digest b)
{
	return ((a.word[0] ^ b.word[0]) | (a.word[1] ^ b.word[1])) == 0;
}

/* The site's key from the daemon's digest key (PROTO_DIGEST_KEY_BYTES). */
void proto_site_key_derive(const uint8_t *digest_key, struct span site, struct proto_site_key *ret);

struct proto_digest proto_digest_of(const struct proto_site_key *key, struct span subject);

/* To and from the 16 bytes that are stored and sent. */
void proto_digest_encode(struct proto_digest digest, uint8_t ret[PROTO_DIGEST_BYTES]);
struct proto_digest proto_digest_decode(const uint8_t bytes[PROTO_DIGEST_BYTES]);

#endif
