/*
 * Tags by SipHash-2-4, in two steps because key and payload do not lie side by side: the hash of
 * what says where the value stands (128 bits) is the key of the payload's. Each step is a
 * pseudo-random function, so their composition is one.
 *
 * A tag is no signature: who holds the master key can make any. It is against rot, against values
 * that were swapped or put back by someone without the key, and against the wrong key.
 */
#include "daemon/store/tag.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>

#include <sodium.h>

enum { FORMAT = 1, AT_KEY_ID = 1, AT_TAG = 2 };

_Static_assert(TAG_BYTES == AT_TAG + crypto_shorthash_siphash24_BYTES, "a tag is 64 bits");
_Static_assert(crypto_shorthash_siphashx24_BYTES == crypto_shorthash_siphash24_KEYBYTES,
        "the first step's hash is the second's key");

void tag_key_derive(
        const struct keys *keys, const char *env_name, const char *db_name, struct tag_key *ret)
{
	char place[128];
	int n = snprintf(place, sizeof(place), "%s/%s", env_name, db_name);
	assert(n > 0 && (size_t)n < sizeof(place));
	crypto_shorthash_siphashx24(
	        ret->bytes, (const uint8_t *)place, (unsigned long long)n, keys->tag);
	ret->id = keys->tag_id;
}

static void compute(const struct tag_key *tag_key, struct span key, struct span payload,
        uint8_t ret[crypto_shorthash_siphash24_BYTES])
{
	uint8_t place[2 + TAG_MAX_KEY_BYTES];
	uint8_t step[crypto_shorthash_siphashx24_BYTES];
	assert(key.n_bytes <= TAG_MAX_KEY_BYTES);
	place[0] = FORMAT;
	place[1] = tag_key->id;
	memcpy(place + 2, key.data, key.n_bytes);
	crypto_shorthash_siphashx24(step, place, 2 + key.n_bytes, tag_key->bytes);
	crypto_shorthash_siphash24(ret, payload.data, payload.n_bytes, step);
}

void tag_seal(const struct tag_key *tag_key, struct span key, uint8_t *value, size_t n_bytes)
{
	assert(n_bytes >= TAG_BYTES);
	value[0] = FORMAT;
	value[AT_KEY_ID] = tag_key->id;
	compute(tag_key, key, span_bytes(value + TAG_BYTES, n_bytes - TAG_BYTES), value + AT_TAG);
}

int tag_open(
        const struct tag_key *tag_key, struct span key, struct span value, struct span *ret_payload)
{
	if (value.n_bytes < TAG_BYTES || key.n_bytes > TAG_MAX_KEY_BYTES)
		return -EBADMSG;
	if (value.data[0] != FORMAT || value.data[AT_KEY_ID] != tag_key->id)
		return -EBADMSG;
	struct span payload = span_bytes(value.data + TAG_BYTES, value.n_bytes - TAG_BYTES);
	uint8_t tag[crypto_shorthash_siphash24_BYTES];
	compute(tag_key, key, payload, tag);
	if (memcmp(tag, value.data + AT_TAG, sizeof(tag)) != 0)
		return -EBADMSG;
	*ret_payload = payload;
	return 0;
}

bool tag_is_foreign(const struct tag_key *tag_key, struct span value)
{
	return value.n_bytes >= TAG_BYTES && value.data[0] == FORMAT &&
	       value.data[AT_KEY_ID] != tag_key->id;
}
