/* Records: round trips at the limits, and bytes that no writer wrote. */
#include "tests/support/stored.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <stdlib.h>

static void round_trip(const struct record *record)
{
	uint8_t bytes[RECORD_MAX_BYTES], again[RECORD_MAX_BYTES];
	struct record back;
	size_t n = record_encode(record, bytes);
	cr_assert_leq(n, RECORD_MAX_BYTES);
	cr_assert_eq(record_decode(span_bytes(bytes, n), &back), 0);
	cr_assert(stored_record_equal(record, &back));
	cr_assert_eq(record_encode(&back, again), n);
	cr_assert_arr_eq(bytes, again, n);
}

Test(store_record, an_empty_and_the_longest_record_come_back)
{
	struct record empty = {0}, longest = stored_record_longest();
	round_trip(&empty);
	round_trip(&longest);
}

Test(store_record, each_field_alone_comes_back)
{
	struct record r = {.state.decided = {{0, 1}}};
	round_trip(&r);
	r = (struct record){.state.given = {{1, 0}}};
	round_trip(&r);
	r = (struct record){.state.given_until = 1};
	round_trip(&r);
	r = (struct record){.state.refused_until = 1};
	round_trip(&r);
	r = (struct record){.state = {.given_until = 7, .refused_until = 7}};
	round_trip(&r);
	r = (struct record){.linked = true, .account = {{1, 2}}};
	round_trip(&r);
	r = (struct record){.policy_revision = 1};
	round_trip(&r);
	r = (struct record){.revision = 1};
	round_trip(&r);
	r = (struct record){.updated_at = 1};
	round_trip(&r);
	r = (struct record){.created_at = 1};
	round_trip(&r);
	r = (struct record){.created_at = 5, .updated_at = 5, .n_events = 1};
	round_trip(&r);
	r = (struct record){.n_events = 2};
	round_trip(&r);
	r = (struct record){0};
	record_text_set(&r.method, span_of("banner"));
	round_trip(&r);
	r = (struct record){0};
	record_text_set(&r.language, span_of("fr"));
	round_trip(&r);
}

Test(store_record, what_most_records_are_is_short)
{
	uint8_t bytes[RECORD_MAX_BYTES];
	struct event event = stored_event(1, 1);
	event.result.revision = 1000000;
	cr_assert_leq(record_encode(&event.result, bytes), 34);
}

/* In a block of exactly its size, so that a read past it is found. */
static int decode_exactly(const uint8_t *bytes, size_t n, struct record *ret)
{
	uint8_t *copy = malloc(n ? n : 1);
	memcpy(copy, bytes, n);
	int r = record_decode(span_bytes(copy, n), ret);
	free(copy);
	return r;
}

Test(store_record, a_record_that_was_cut_or_has_more_is_refused)
{
	uint8_t bytes[RECORD_MAX_BYTES + 1] = {0};
	struct record longest = stored_record_longest(), back;
	size_t n = record_encode(&longest, bytes);
	for (size_t i = 0; i < n; i++)
		cr_assert_eq(decode_exactly(bytes, i, &back), -EBADMSG, "cut at %zu", i);
	cr_assert_eq(decode_exactly(bytes, n, &back), 0);
	cr_assert_eq(decode_exactly(bytes, n + 1, &back), -EBADMSG);
}

Test(store_record, another_format_is_refused)
{
	uint8_t bytes[RECORD_MAX_BYTES];
	struct record record = {0}, back;
	size_t n = record_encode(&record, bytes);
	bytes[0]++;
	cr_assert_eq(record_decode(span_bytes(bytes, n), &back), -EBADMSG);
}

/* Whatever is accepted has just one spelling. */
static void check_hostile(const uint8_t *bytes, size_t n)
{
	uint8_t again[RECORD_MAX_BYTES];
	struct record back;
	if (decode_exactly(bytes, n, &back) != 0)
		return;
	cr_assert_eq(record_encode(&back, again), n);
	cr_assert_arr_eq(again, bytes, n);
}

Test(store_record, hostile_bytes_are_refused_or_mean_one_thing)
{
	uint8_t bytes[RECORD_MAX_BYTES];
	struct record longest = stored_record_longest();
	size_t n = record_encode(&longest, bytes);
	for (size_t i = 0; i < n; i++) {
		for (unsigned int value = 0; value < 256; value++) {
			uint8_t was = bytes[i];
			bytes[i] = (uint8_t)value;
			check_hostile(bytes, n);
			bytes[i] = was;
		}
	}
	srand(1);
	for (int i = 0; i < 100000; i++) {
		size_t length = (size_t)rand() % 40;
		for (size_t j = 0; j < length; j++)
			bytes[j] = j == 0 ? 1 : (uint8_t)rand();
		check_hostile(bytes, length);
	}
}

Test(store_record, keys_sort_by_site_then_digest)
{
	uint8_t low[RECORD_KEY_BYTES], high[RECORD_KEY_BYTES];
	record_key_encode((struct record_key){1, {{UINT64_MAX, UINT64_MAX}}}, low);
	record_key_encode((struct record_key){256, {{0, 0}}}, high);
	cr_assert_lt(memcmp(low, high, sizeof(low)), 0);
	struct record_key key = stored_key(77, 5);
	record_key_encode(key, low);
	struct record_key back = record_key_decode(low);
	cr_assert_eq(back.site_id, 77);
	cr_assert(proto_digest_equal(back.digest, key.digest));
}

Test(store_record, texts_are_cut_to_what_fits)
{
	struct record_text text;
	char longest[sizeof(text.bytes) + 1];
	memset(longest, 'x', sizeof(longest));
	record_text_set(&text, span_bytes(longest, sizeof(text.bytes)));
	cr_assert_eq(record_text_span(&text).n_bytes, sizeof(text.bytes));
	record_text_set(&text, span_bytes(longest, sizeof(longest)));
	cr_assert_eq(record_text_span(&text).n_bytes, sizeof(text.bytes));
	record_text_set(&text, SPAN_NONE);
	cr_assert_not(span_present(record_text_span(&text)));
}
