/*
 * Digests of subjects, by libsodium: the only form in which a visitor is known behind the socket.
 *
 * The bytes are fixed for ever: every stored record is found by them. A change of algorithm, of
 * key derivation or of byte order would orphan all records, so test_digest.c pins known answers.
 */
#include "proto/digest.h"

#include <assert.h>
#include <endian.h>

#include <sodium.h>

_Static_assert(PROTO_DIGEST_BYTES == crypto_shorthash_siphashx24_BYTES, "128 bits of output");
_Static_assert(PROTO_SITE_KEY_BYTES == crypto_shorthash_siphashx24_KEYBYTES, "128 bits of key");
_Static_assert(PROTO_SITE_KEY_BYTES >= crypto_generichash_BYTES_MIN, "BLAKE2b gives that few");
_Static_assert(PROTO_DIGEST_KEY_BYTES <= crypto_generichash_KEYBYTES_MAX &&
                       PROTO_DIGEST_KEY_BYTES >= crypto_generichash_KEYBYTES_MIN,
        "BLAKE2b takes that key");

static uint64_t word_decode(const uint8_t *bytes)
{
	uint64_t word;

	memcpy(&word, bytes, sizeof(word));
	return le64toh(word);
}

static void word_encode(uint64_t word, uint8_t *bytes)
{
	word = htole64(word);
	memcpy(bytes, &word, sizeof(word));
}

void proto_site_key_derive(const uint8_t *digest_key, struct span site, struct proto_site_key *ret)
{
	int error = crypto_generichash(ret->bytes, sizeof(ret->bytes), site.data, site.n_bytes,
	        digest_key, PROTO_DIGEST_KEY_BYTES);

	/* It refuses lengths only, and these are constants. */
	assert(error == 0);
	(void)error;
}

struct proto_digest proto_digest_of(const struct proto_site_key *key, struct span subject)
{
	uint8_t bytes[PROTO_DIGEST_BYTES];

	crypto_shorthash_siphashx24(bytes, subject.data, subject.n_bytes, key->bytes);
	return proto_digest_decode(bytes);
}

void proto_digest_encode(struct proto_digest digest, uint8_t ret[PROTO_DIGEST_BYTES])
{
	word_encode(digest.word[0], ret);
	word_encode(digest.word[1], ret + 8);
}

struct proto_digest proto_digest_decode(const uint8_t bytes[PROTO_DIGEST_BYTES])
{
	return (struct proto_digest){{word_decode(bytes), word_decode(bytes + 8)}};
}
