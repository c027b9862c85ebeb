/*
 * The keyed tag that each stored value begins with. LMDB has no checksums: of bits that flip on a
 * disk, one in three gives a wrong value without an error. Any thread.
 *
 *   value = format 1 | key id | tag, 8 bytes | payload
 *
 * The tag covers the names of environment and database, the key, the format, the key id and the
 * payload, so a value is good in its own place only.
 */
#ifndef DAEMON_STORE_TAG_H
#define DAEMON_STORE_TAG_H

#include "daemon/store/keys.h"

enum { TAG_BYTES = 10, TAG_MAX_KEY_BYTES = 511 };

/* The key of one database of one environment. */
struct tag_key {
	uint8_t bytes[16];
	uint8_t id;
};

void tag_key_derive(
        const struct keys *keys, const char *env_name, const char *db_name, struct tag_key *ret);

/* Writes the first TAG_BYTES of a value whose payload stands behind them. */
void tag_seal(const struct tag_key *tag_key, struct span key, uint8_t *value, size_t n_bytes);

/* The payload of a value. -EBADMSG: it is not what was sealed under this key. */
MUST_USE int tag_open(const struct tag_key *tag_key, struct span key, struct span value,
        struct span *ret_payload);

/* Whether the value claims to be sealed with another master key; never true of a short value. */
bool tag_is_foreign(const struct tag_key *tag_key, struct span value);

#endif
