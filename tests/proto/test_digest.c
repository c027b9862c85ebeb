/*
 * The digest's bytes, pinned for ever. The answers were computed by an independent implementation
 * (Python's hashlib for BLAKE2b, SipHash from its paper), and the first two are the paper's own.
 */
#include "proto/digest.h"

#include <criterion/criterion.h>
#include <stdio.h>

static uint8_t digest_key[PROTO_DIGEST_KEY_BYTES];

static void setup(void)
{
	for (unsigned int i = 0; i < sizeof(digest_key); i++)
		digest_key[i] = (uint8_t)i;
}

TestSuite(digest, .init = setup);

static void hex_of(const uint8_t *bytes, size_t n, char *ret)
{
	for (size_t i = 0; i < n; i++)
		snprintf(ret + 2 * i, 3, "%02x", bytes[i]);
}

static void expect_digest(const struct proto_site_key *key, struct span subject, const char *want)
{
	uint8_t bytes[PROTO_DIGEST_BYTES];
	char hex[2 * PROTO_DIGEST_BYTES + 1];

	proto_digest_encode(proto_digest_of(key, subject), bytes);
	hex_of(bytes, sizeof(bytes), hex);
	cr_assert_str_eq(hex, want, "a subject of %zu bytes", subject.n_bytes);
}

Test(digest, siphash_is_the_papers)
{
	struct proto_site_key key;

	for (unsigned int i = 0; i < sizeof(key.bytes); i++)
		key.bytes[i] = (uint8_t)i;
	expect_digest(&key, span_of(""), "a3817f04ba25a8e66df67214c7550293");
	expect_digest(&key, span_bytes(digest_key, 15), "5493e99933b0a8117e08ec0f97cfc3d9");
}

Test(digest, site_keys_are_pinned)
{
	static const char *const rows[][2] = {
	        {"public.opendatasoft.com", "3984a4971c5d50fbc263b8a6af640393"},
	        {"example.com", "40a841d5da7b7aeea41ab5ac8de117b0"},
	        {"", "3daf97bce7888fd59773c66bf647459c"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct proto_site_key key;
		char hex[2 * PROTO_SITE_KEY_BYTES + 1];

		proto_site_key_derive(digest_key, span_of(rows[i][0]), &key);
		hex_of(key.bytes, sizeof(key.bytes), hex);
		cr_expect_str_eq(hex, rows[i][1], "%s", rows[i][0]);
	}
}

Test(digest, subjects_are_pinned)
{
	struct proto_site_key key;
	char longest[256];

	memset(longest, 's', sizeof(longest));
	proto_site_key_derive(digest_key, span_of("public.opendatasoft.com"), &key);
	expect_digest(&key, span_of(""), "aa9f2ee06b6e4514da12106d1fae7c16");
	expect_digest(&key, SPAN_NONE, "aa9f2ee06b6e4514da12106d1fae7c16");
	expect_digest(&key, span_of("alice"), "a78c261d99c3575329b702486e7b2d48");
	expect_digest(&key, span_of("zo\xc3\xab"), "9da6d607f452d07cfdaca0f7234419f1");
	expect_digest(
	        &key, span_bytes(longest, sizeof(longest)), "9da4cdf48dc22cabcb22ebcb8040e285");

	proto_site_key_derive(digest_key, span_of("example.com"), &key);
	expect_digest(&key, span_of("alice"), "ed83ae6d70af33cee897490a425d33e6");
}

Test(digest, another_master_key_is_another_subject)
{
	struct proto_site_key a, b;

	proto_site_key_derive(digest_key, span_of("example.com"), &a);
	digest_key[31] ^= 1;
	proto_site_key_derive(digest_key, span_of("example.com"), &b);
	cr_expect_not(proto_digest_equal(
	        proto_digest_of(&a, span_of("alice")), proto_digest_of(&b, span_of("alice"))));
}

Test(digest, words_are_little_endian_and_go_round)
{
	uint8_t bytes[PROTO_DIGEST_BYTES], again[PROTO_DIGEST_BYTES];
	struct proto_digest digest;

	for (unsigned int i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(i + 1);
	digest = proto_digest_decode(bytes);
	cr_expect_eq(digest.word[0], UINT64_C(0x0807060504030201));
	cr_expect_eq(digest.word[1], UINT64_C(0x100f0e0d0c0b0a09));
	proto_digest_encode(digest, again);
	cr_expect_arr_eq(bytes, again, sizeof(bytes));
}

Test(digest, equal_looks_at_every_bit)
{
	struct proto_digest a = {{5, 7}};

	cr_expect(proto_digest_equal(a, a));
	for (unsigned int bit = 0; bit < 128; bit++) {
		struct proto_digest b = a;

		b.word[bit / 64] ^= UINT64_C(1) << (bit % 64);
		cr_expect_not(proto_digest_equal(a, b));
	}
}
