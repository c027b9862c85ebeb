/*
 * The master key and what is derived from it. Any thread once loaded.
 *
 * The master key is 32 random bytes in DATA/key (0600), made at first start, or comes as a file
 * (a systemd credential). It is not rotated: without it the records are orphans.
 */
#ifndef DAEMON_STORE_KEYS_H
#define DAEMON_STORE_KEYS_H

#include "daemon/base/error.h"
#include "proto/digest.h"

struct keys {
	uint8_t digest[PROTO_DIGEST_KEY_BYTES]; /* site keys are derived from it */
	uint8_t tag[16];                        /* SipHash key of the tags on stored values */
	uint8_t event_id[16];                   /* SipHash key of the hashes of event ids */
	uint8_t multiset[16];                   /* SipHash key of the view's multiset hash */
	uint8_t tag_id; /* says in each value which key its tag is of; 1 of 256 keys shares it */
};

enum {
	KEYS_E_MISSING = 1, /* there is data, but no key */
	/* The file is no regular one of exactly 32 bytes, or others than its owner may read it. */
	KEYS_E_INVALID,
};

/*
 * Reads the key at `path`; where there is none and `may_create`, makes one durably (written to a
 * temporary name, fsync, rename, fsync of the directory). Blocks. KEYS_E_*, -errno.
 */
MUST_USE int keys_load(struct keys *keys, const char *path, bool may_create);

/* Keyed 64-bit hash of an event id or of what a write asked for; never 0. */
uint64_t keys_event_hash(const struct keys *keys, struct span bytes);

#endif
