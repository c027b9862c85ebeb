/*
 * Encoding by description: what was decoded comes back byte for byte, and lists may be written when
 * their turn comes.
 */
#include "tests/support/wire.h"

#include <criterion/criterion.h>

static union {
	union proto_any_request request;
	uint8_t bytes[1024];
} decoded;

/* Everything that can be said comes back byte for byte. */
Test(encode, every_message_is_encoded_as_it_was_decoded)
{
	struct wire_random random = {3};
	static uint8_t first[1 << 20], second[1 << 20];

	for (unsigned int round = 0; round < 200; round++) {
		for (size_t i = 0; i < wire_n_messages; i++) {
			struct proto_writer w = proto_writer_of(first, sizeof(first));
			struct proto_writer again = proto_writer_of(second, sizeof(second));
			struct proto_fault fault;

			wire_write_random(&w, &random, wire_messages[i]);
			cr_assert_eq(proto_decode_request(wire_messages[i], proto_writer_span(&w),
			                     &decoded, &fault),
			        0, "%s", wire_messages[i]->name);
			proto_encode(&again, wire_messages[i], &decoded);
			cr_assert_not(again.overflow);
			cr_assert(span_equal(proto_writer_span(&w), proto_writer_span(&again)),
			        "%s", wire_messages[i]->name);
		}
	}
}

static void write_items(void *ctx, const struct proto_member *member, struct proto_writer *w)
{
	const struct proto_decision decision = {.allowed = true, .reason = span_of("stale")};

	++*(int *)ctx;
	if (member->field == PROTO_FIELD_DECISIONS) {
		proto_encode(w, &proto_decision, &decision);
		proto_encode(w, &proto_decision, &decision);
	} else {
		proto_writer_text(w, span_of("depth"));
		proto_writer_uint(w, 8);
	}
}

Test(encode, items_of_a_list_are_written_when_its_turn_comes)
{
	struct proto_writer items = wire_writer();
	struct proto_check_result result = {.revision = 7};
	struct span whole, later;
	int n_calls = 0;

	write_items(&n_calls, &proto_check_result.members[0], &items);
	result.decisions = proto_list_of(&items, 2);
	result.decisions.items = wire_exact(result.decisions.items);
	struct proto_writer w = wire_writer();
	proto_encode(&w, &proto_check_result, &result);
	whole = wire_exact(proto_writer_span(&w));

	result.decisions = proto_list_later(2);
	w = wire_writer();
	proto_encode_items(&w, &proto_check_result, &result, write_items, &n_calls);
	later = proto_writer_span(&w);
	cr_expect(span_equal(whole, later));
	cr_expect_eq(n_calls, 2, "once by hand, once by the encoder");
}

Test(encode, pairs_of_a_map_are_written_when_their_turn_comes)
{
	uint8_t empty;
	struct proto_hello_result result = {.version = span_of("1"),
	        .roles = {span_bytes(&empty, 0), 0},
	        .limits = proto_list_later(1)};
	struct proto_writer w = wire_writer();
	struct proto_fault fault;
	struct span key;
	uint64_t value;
	int n_calls = 0;

	proto_encode_items(&w, &proto_hello_result, &result, write_items, &n_calls);
	cr_assert_eq(
	        proto_decode_result(&proto_hello_result, proto_writer_span(&w), &result, &fault),
	        0);
	cr_expect_eq(n_calls, 1, "an empty list has nothing to be written");
	cr_assert(proto_list_pair_uint(&result.limits, &key, &value));
	cr_expect(span_is(key, "depth"));
	cr_expect_eq(value, 8);
}
