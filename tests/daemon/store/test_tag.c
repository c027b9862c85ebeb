/* Tags: a value is good in its own place, with its own key, unchanged, and nowhere else. */
#include "daemon/store/tag.h"
#include "tests/support/stored.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

static struct tag_key events_key(void)
{
	struct keys keys = stored_keys();
	struct tag_key tag_key;
	tag_key_derive(&keys, "ledger", "events", &tag_key);
	return tag_key;
}

static void seal(uint8_t *value, size_t n_payload)
{
	struct tag_key tag_key = events_key();
	for (size_t i = 0; i < n_payload; i++)
		value[TAG_BYTES + i] = (uint8_t)(i * 3);
	tag_seal(&tag_key, span_of("key"), value, TAG_BYTES + n_payload);
}

static int unseal(const uint8_t *value, size_t n, const char *key)
{
	struct tag_key tag_key = events_key();
	struct span payload;
	int r = tag_open(&tag_key, span_of(key), span_bytes(value, n), &payload);
	if (r == 0) {
		cr_assert_eq(payload.n_bytes, n - TAG_BYTES);
		cr_assert_eq(payload.data, value + TAG_BYTES);
	}
	return r;
}

Test(store_tag, payloads_of_any_length_come_back)
{
	for (size_t n = 0; n < 300; n++) {
		uint8_t value[TAG_BYTES + 300];
		seal(value, n);
		cr_assert_eq(unseal(value, TAG_BYTES + n, "key"), 0);
	}
}

Test(store_tag, every_flipped_bit_is_noticed)
{
	uint8_t value[TAG_BYTES + 40];
	seal(value, 40);
	for (size_t bit = 0; bit < sizeof(value) * 8; bit++) {
		value[bit / 8] ^= (uint8_t)(1U << bit % 8);
		cr_assert_eq(unseal(value, sizeof(value), "key"), -EBADMSG);
		value[bit / 8] ^= (uint8_t)(1U << bit % 8);
	}
	cr_assert_eq(unseal(value, sizeof(value), "key"), 0);
}

Test(store_tag, a_value_that_was_cut_or_has_more_is_refused)
{
	uint8_t value[TAG_BYTES + 41] = {0};
	seal(value, 40);
	for (size_t n = 0; n <= sizeof(value); n++) {
		uint8_t *exact = malloc(n ? n : 1);
		memcpy(exact, value, n);
		cr_assert_eq(unseal(exact, n, "key"), n == TAG_BYTES + 40 ? 0 : -EBADMSG);
		free(exact);
	}
}

Test(store_tag, another_key_environment_database_or_master_is_refused)
{
	struct keys keys = stored_keys();
	struct tag_key other;
	struct span payload;
	uint8_t value[TAG_BYTES + 40];
	struct span whole = span_bytes(value, sizeof(value));
	seal(value, 40);
	cr_assert_eq(unseal(value, sizeof(value), "kez"), -EBADMSG);
	cr_assert_eq(unseal(value, sizeof(value), "ke"), -EBADMSG);
	tag_key_derive(&keys, "view", "events", &other);
	cr_assert_eq(tag_open(&other, span_of("key"), whole, &payload), -EBADMSG);
	tag_key_derive(&keys, "ledger", "meta", &other);
	cr_assert_eq(tag_open(&other, span_of("key"), whole, &payload), -EBADMSG);
	cr_assert_not(tag_is_foreign(&other, whole));
	keys.tag[0]++;
	tag_key_derive(&keys, "ledger", "events", &other);
	cr_assert_eq(tag_open(&other, span_of("key"), whole, &payload), -EBADMSG);
	keys.tag_id++;
	tag_key_derive(&keys, "ledger", "events", &other);
	cr_assert(tag_is_foreign(&other, whole));
	whole.n_bytes = TAG_BYTES - 1;
	cr_assert_not(tag_is_foreign(&other, whole));
}

Test(store_tag, the_longest_key_is_sealed_and_a_longer_one_refused)
{
	struct tag_key tag_key = events_key();
	static const uint8_t key[TAG_MAX_KEY_BYTES + 1];
	uint8_t value[TAG_BYTES + 1] = {0};
	struct span payload, whole = span_bytes(value, sizeof(value));
	tag_seal(&tag_key, span_bytes(key, TAG_MAX_KEY_BYTES), value, sizeof(value));
	cr_assert_eq(tag_open(&tag_key, span_bytes(key, TAG_MAX_KEY_BYTES), whole, &payload), 0);
	cr_assert_eq(tag_open(&tag_key, span_bytes(key, sizeof(key)), whole, &payload), -EBADMSG);
}

/* If this fails, every value that anybody has stored is refused. */
Test(store_tag, known_answer)
{
	uint8_t value[TAG_BYTES + 4];
	char text[2 * sizeof(value) + 1];
	seal(value, 4);
	for (size_t i = 0; i < sizeof(value); i++)
		snprintf(text + 2 * i, 3, "%02x", value[i]);
	cr_assert_str_eq(text, "019ba1c1ddb1911bd1be00030609");
}
