/*
 * Events: round trips at the limits, hostile bytes, and the known answers that pin the format:
 * receipts and the chain are computed over these bytes for ever.
 */
#include "tests/support/stored.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

static const uint8_t salt[EVENT_SALT_BYTES] = "0123456789abcde";

static void round_trip(const struct event *event)
{
	static uint8_t bytes[EVENT_MAX_BYTES], again[EVENT_MAX_BYTES];
	struct event back;
	size_t n = event_encode(event, salt, bytes, sizeof(bytes));
	cr_assert_neq(n, 0);
	cr_assert_arr_eq(bytes, salt, sizeof(salt));
	cr_assert_eq(event_decode(span_bytes(bytes, n), &back), 0);
	cr_assert_eq(event_encode(&back, salt, again, sizeof(again)), n);
	cr_assert_arr_eq(bytes, again, n);
	back.revision = event->revision;
	back.result.revision = event->result.revision;
	cr_assert(stored_event_equal(event, &back));
}

Test(store_event, an_empty_and_the_longest_event_come_back)
{
	struct event empty = {.kind = EVENT_GIVEN}, longest = stored_event_longest();
	round_trip(&empty);
	round_trip(&longest);
}

Test(store_event, each_field_alone_comes_back)
{
	struct event e = {.kind = EVENT_ERASED, .removed = true};
	round_trip(&e);
	e = (struct event){.kind = EVENT_BOUND, .prev = 1};
	round_trip(&e);
	e = (struct event){.kind = EVENT_REFUSED, .method = span_of("")};
	round_trip(&e);
	e = (struct event){.kind = EVENT_REFUSED, .surface = span_of("page")};
	round_trip(&e);
	e = (struct event){.kind = EVENT_REFUSED, .language = span_of("fr-CA")};
	round_trip(&e);
	e = (struct event){.kind = EVENT_REFUSED, .actor = span_of("uid:0")};
	round_trip(&e);
	e = (struct event){.kind = EVENT_RENEWED, .n_attributes = 1, .attributes = span_of("ab")};
	round_trip(&e);
	e = (struct event){.kind = EVENT_OBJECTED, .event_id_hash = 1};
	round_trip(&e);
	e = (struct event){.kind = EVENT_OBJECTED, .content_hash = 1};
	round_trip(&e);
	e = (struct event){.kind = EVENT_WITHDRAWN, .policy_shown = 1, .policy_current = 2};
	round_trip(&e);
}

Test(store_event, a_result_that_the_event_does_not_tell_comes_back)
{
	struct event event = stored_event(3, 9);
	event.result = stored_record_longest();
	round_trip(&event);
	event.result = (struct record){0};
	round_trip(&event);
}

Test(store_event, what_most_events_are_is_short)
{
	uint8_t bytes[256];
	struct event event = stored_event(1, 1);
	cr_assert_leq(event_encode(&event, salt, bytes, sizeof(bytes)), 90);
}

Test(store_event, fits_exactly_or_not_at_all)
{
	uint8_t bytes[256];
	struct event event = stored_event(1, 1);
	size_t n = event_encode(&event, salt, bytes, sizeof(bytes));
	cr_assert_eq(event_encode(&event, salt, bytes, n), n);
	cr_assert_eq(event_encode(&event, salt, bytes, n - 1), 0);
	cr_assert_eq(event_encode(&event, salt, bytes, 0), 0);
}

static int decode_exactly(const uint8_t *bytes, size_t n, struct event *ret)
{
	uint8_t *copy = malloc(n ? n : 1);
	memcpy(copy, bytes, n);
	int r = event_decode(span_bytes(copy, n), ret);
	free(copy);
	return r;
}

Test(store_event, an_event_that_was_cut_or_has_more_is_refused)
{
	static uint8_t bytes[EVENT_MAX_BYTES + 1];
	struct event longest = stored_event_longest(), back;
	size_t n = event_encode(&longest, salt, bytes, EVENT_MAX_BYTES);
	for (size_t i = 0; i < n; i++)
		cr_assert_eq(decode_exactly(bytes, i, &back), -EBADMSG, "cut at %zu", i);
	cr_assert_eq(decode_exactly(bytes, n, &back), 0);
	cr_assert_eq(decode_exactly(bytes, n + 1, &back), -EBADMSG);
}

static void check_hostile(const uint8_t *bytes, size_t n)
{
	static uint8_t again[EVENT_MAX_BYTES];
	struct event back;
	uint8_t *copy = malloc(n);
	memcpy(copy, bytes, n);
	if (event_decode(span_bytes(copy, n), &back) == 0) {
		cr_assert_eq(event_encode(&back, copy, again, sizeof(again)), n);
		cr_assert_arr_eq(again, bytes, n);
	}
	free(copy);
}

Test(store_event, hostile_bytes_are_refused_or_mean_one_thing)
{
	uint8_t bytes[256];
	struct event event = stored_event(1, 1);
	event.prev = 300;
	event.surface = span_of("page");
	size_t n = event_encode(&event, salt, bytes, sizeof(bytes));
	for (size_t i = EVENT_SALT_BYTES; i < n; i++) {
		for (unsigned int value = 0; value < 256; value++) {
			uint8_t was = bytes[i];
			bytes[i] = (uint8_t)value;
			check_hostile(bytes, n);
			bytes[i] = was;
		}
	}
}

static const char *hex(const uint8_t *bytes, size_t n)
{
	static char text[2 * 512 + 1];
	for (size_t i = 0; i < n; i++)
		snprintf(text + 2 * i, 3, "%02x", bytes[i]);
	return text;
}

/* If this fails, the format has changed: that needs a new format byte, not a new answer. */
Test(store_event, known_answers)
{
	uint8_t bytes[512], digest[EVENT_HASH_BYTES], chain[EVENT_HASH_BYTES] = {0};
	struct event event = stored_event(7, 1);
	event.prev = 300;
	event.policy_shown = 2;
	event.policy_current = 3;
	event.surface = span_of("/start");
	event.n_attributes = 1;
	event.attributes = span_of("\xa1v\xa1"
	                           "3");
	event.result.policy_revision = 3;
	event.result.created_at -= 86400;
	event.result.n_events = 2;
	size_t n = event_encode(&event, salt, bytes, sizeof(bytes));
	cr_assert_str_eq(hex(bytes, n),
	        "303132333435363738396162636465000101ff03ac0207c15c0289ec2d0a9121"
	        "a8f439903e20f381e2cfaa060103010103020662616e6e6572062f7374617274"
	        "02656e087569643a313030300104a176a133ed8f01dbe4140b1d5ac389a30c3b"
	        "0363e801013f416681bfcaaa0602");
	event_body_digest(span_bytes(bytes, n), digest);
	cr_assert_str_eq(hex(digest, sizeof(digest)),
	        "909249e36449ca437e9e26e01a07998d4588997630c8061b294b89cb9f035f94");
	event_chain_hash(chain, 1, digest, chain);
	cr_assert_str_eq(hex(chain, sizeof(chain)),
	        "fddc6a525df25182e03cecbb6e94dabe272506dd606d9918aaaa11fb01b9ab60");
	event_chain_hash(chain, 2, digest, chain);
	cr_assert_str_eq(hex(chain, sizeof(chain)),
	        "8e298ce0f57a8a74a5b01e122493f1fd45b40d679206d80a89e3566ad831f7d6");
}

Test(store_event, kinds_have_the_words_of_the_wire)
{
	cr_assert_str_eq(event_kind_name(EVENT_GIVEN), "given");
	cr_assert_str_eq(event_kind_name(EVENT_RENEWED), "renewed");
	cr_assert_str_eq(event_kind_name(EVENT_REFUSED), "refused");
	cr_assert_str_eq(event_kind_name(EVENT_WITHDRAWN), "withdrawn");
	cr_assert_str_eq(event_kind_name(EVENT_OBJECTED), "objected");
	cr_assert_str_eq(event_kind_name(EVENT_BOUND), "bound");
	cr_assert_str_eq(event_kind_name(EVENT_ERASED), "erased");
	cr_assert_str_eq(event_kind_name(EVENT_IMPORTED), "imported");
	cr_assert_str_eq(event_kind_name((enum event_kind)9), "?");
}

Test(store_event, kinds_beside_the_known_are_refused)
{
	uint8_t bytes[256];
	struct event event = stored_event(1, 1), back;
	size_t n = event_encode(&event, salt, bytes, sizeof(bytes));
	for (unsigned int kind = 0; kind < 256; kind++) {
		bytes[EVENT_SALT_BYTES + 1] = (uint8_t)kind;
		int r = event_decode(span_bytes(bytes, n), &back);
		cr_assert_eq(r, kind >= 1 && kind <= 8 ? 0 : -EBADMSG);
	}
}
