/*
 * The scanner, fed whole, byte by byte and in random cuts. That each byte is looked at once is
 * shown by spoiling, after each step, all bytes that it has looked at: a second look would find
 * 0xc1, which no message may hold, and under AddressSanitizer it would end the program.
 */
#include "proto/rpc.h"
#include "proto/scanner.h"
#include "tests/support/wire.h"

#include <criterion/criterion.h>
#include <sanitizer/asan_interface.h>

static void expect_outcome(struct span bytes, int want, size_t want_n_bytes)
{
	struct proto_scanner scanner = {0};
	size_t n_bytes = 0;

	cr_assert_eq(proto_scanner_feed(&scanner, bytes, &n_bytes), want);
	cr_assert_eq(n_bytes, want_n_bytes);
}

/* A block of its own whose looked-at bytes are spoilt. */
struct stream {
	uint8_t *bytes;
	size_t n_spoilt;
};

static void spoil(struct stream *stream, size_t n_looked_at)
{
	memset(stream->bytes + stream->n_spoilt, 0xc1, n_looked_at - stream->n_spoilt);
	ASAN_POISON_MEMORY_REGION(stream->bytes, n_looked_at);
	stream->n_spoilt = n_looked_at;
}

/*
 * Feeds `whole`, one message, in steps of `step` bytes (0: random). Every step must look at all
 * that came and at nothing else.
 */
static void feed_in_steps(struct span whole, size_t step, struct wire_random *random)
{
	struct stream stream = {malloc(whole.n_bytes), 0};
	struct proto_scanner scanner = {0};
	size_t n_fed = 0, n_looked_at = 0, n_bytes = 0;
	int e = PROTO_E_TRUNCATED;

	memcpy(stream.bytes, whole.data, whole.n_bytes);
	while (n_fed < whole.n_bytes) {
		const size_t left = whole.n_bytes - n_fed;
		const size_t want = step ? step : 1 + wire_random_below(random, left);

		cr_assert_eq(
		        e, PROTO_E_TRUNCATED, "complete after %zu of %zu", n_fed, whole.n_bytes);
		n_fed += want < left ? want : left;
		e = proto_scanner_feed(&scanner, span_bytes(stream.bytes, n_fed), &n_bytes);
		if (e == PROTO_E_TRUNCATED) {
			cr_assert_eq(scanner.scanned, n_fed);
			n_looked_at += scanner.scanned - stream.n_spoilt;
			spoil(&stream, scanner.scanned);
		}
	}
	cr_assert_eq(e, 0);
	cr_assert_eq(n_bytes, whole.n_bytes);
	cr_assert_eq(n_looked_at + (n_bytes - stream.n_spoilt), whole.n_bytes);
	cr_assert_eq(scanner.scanned, 0);
	ASAN_UNPOISON_MEMORY_REGION(stream.bytes, whole.n_bytes);
	free(stream.bytes);
}

static const char *const values[] = {"00", "c0", "ff", "cc 07", "cd 0007", "ce 00000007",
        "cf 0000000000000007", "d3 0000000000000007", "ca 3f800000", "cb 3ff0000000000000", "a0",
        "a3 616263", "d9 03 616263", "da 0003 616263", "db 00000003 616263", "db 00000000", "c4 00",
        "c4 03 616263", "c5 0003 616263", "c6 00000003 616263", "90", "80", "dc 0000",
        "dd 00000000", "de 0000", "df 00000000", "92 c0 c0", "dc 0002 c0c0", "dd 00000002 c0c0",
        "82 c0c0 c0c0", "de 0002 c0c0c0c0", "df 00000002 c0c0c0c0", "92 93 010203 81 a161 c3",
        "93 90 80 a0", "91 91 91 91 91 91 91 90", "94 00 01 a5 636865636b 91 81 a473697465 a161"};

Test(scanner, every_form_in_every_cut)
{
	struct wire_random random = {1};

	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		const struct span whole = wire_hex(values[i]);

		for (size_t step = 1; step <= whole.n_bytes; step++)
			feed_in_steps(whole, step, &random);
		for (unsigned int n = 0; n < 20; n++)
			feed_in_steps(whole, 0, &random);
	}
}

Test(scanner, every_message_in_random_cuts)
{
	struct wire_random random = {2};

	for (unsigned int round = 0; round < 20; round++) {
		for (size_t i = 0; i < wire_n_messages; i++) {
			struct proto_writer w = wire_writer();

			proto_rpc_write_call(&w, (uint32_t)i, span_of("method"));
			wire_write_random(&w, &random, wire_messages[i]);
			feed_in_steps(proto_writer_span(&w), 1, &random);
			feed_in_steps(proto_writer_span(&w), 0, &random);
		}
	}
}

Test(scanner, messages_that_arrive_together_are_found_one_by_one)
{
	const struct span bytes = wire_hex("93 01 02 03  c0  81 a161 92 c2 c3  a3 616263  91");
	const size_t lengths[] = {4, 1, 6, 4};
	struct proto_scanner scanner = {0};
	size_t at = 0, n_bytes = 0;

	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		cr_assert_eq(proto_scanner_feed(&scanner,
		                     span_bytes(bytes.data + at, bytes.n_bytes - at), &n_bytes),
		        0);
		cr_assert_eq(n_bytes, lengths[i], "message %zu", i);
		at += n_bytes;
	}
	cr_assert_eq(proto_scanner_feed(
	                     &scanner, span_bytes(bytes.data + at, bytes.n_bytes - at), &n_bytes),
	        PROTO_E_TRUNCATED);
}

Test(scanner, nothing_is_looked_at_beyond_the_message)
{
	uint8_t *bytes = malloc(64);
	struct proto_scanner scanner = {0};
	size_t n_bytes;

	memset(bytes, 0xc1, 64);
	memcpy(bytes, "\x92\x01\xa2xy", 5);
	ASAN_POISON_MEMORY_REGION(bytes + 8, 56);
	cr_assert_eq(proto_scanner_feed(&scanner, span_bytes(bytes, 64), &n_bytes), 0);
	cr_assert_eq(n_bytes, 5);
	ASAN_UNPOISON_MEMORY_REGION(bytes, 64);
	free(bytes);
}

Test(scanner, nothing_at_all_is_truncated)
{
	struct proto_scanner scanner = {0};
	size_t n_bytes;

	cr_assert_eq(
	        proto_scanner_feed(&scanner, wire_exact(SPAN_NONE), &n_bytes), PROTO_E_TRUNCATED);
	cr_assert_eq(scanner.scanned, 0);
}

Test(scanner, ext_types_and_the_unused_byte_are_malformed)
{
	static const char *const refused[] = {"c1", "91 c1", "c7", "c8", "c9", "d4", "d5", "d6",
	        "d7", "d8", "92 01 d8", "81 a161 c7"};

	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
		expect_outcome(wire_hex(refused[i]), PROTO_E_MALFORMED, 0);
}

Test(scanner, as_deep_as_the_limit_and_no_deeper)
{
	uint8_t bytes[PROTO_LIMIT_DEPTH + 1];

	memset(bytes, 0x91, sizeof(bytes));
	bytes[PROTO_LIMIT_DEPTH - 1] = 0x90;
	expect_outcome(span_bytes(bytes, PROTO_LIMIT_DEPTH), 0, PROTO_LIMIT_DEPTH);
	bytes[PROTO_LIMIT_DEPTH - 1] = 0x91;
	bytes[PROTO_LIMIT_DEPTH] = 0x90;
	expect_outcome(wire_exact(span_bytes(bytes, sizeof(bytes))), PROTO_E_MALFORMED, 0);
	bytes[PROTO_LIMIT_DEPTH] = 0x80;
	expect_outcome(wire_exact(span_bytes(bytes, sizeof(bytes))), PROTO_E_MALFORMED, 0);
	bytes[PROTO_LIMIT_DEPTH] = 0x00;
	expect_outcome(wire_exact(span_bytes(bytes, sizeof(bytes))), 0, sizeof(bytes));
}

/* One binary that makes the message n bytes long. */
static struct span message_of(size_t n)
{
	struct proto_writer w = wire_writer();

	proto_writer_bin(&w, wire_repeat('x', n - 5));
	cr_assert_eq(w.n_bytes, n);
	return proto_writer_span(&w);
}

Test(scanner, as_long_as_the_limit_and_no_longer)
{
	const size_t limit = PROTO_LIMIT_MESSAGE_BYTES;

	expect_outcome(message_of(limit), 0, limit);
	expect_outcome(message_of(limit + 1), PROTO_E_TOO_LARGE, 0);
}

/* Of many small values: the limit is met in the middle of nowhere. */
Test(scanner, many_values_are_as_long_as_the_limit_and_no_longer)
{
	const size_t limit = PROTO_LIMIT_MESSAGE_BYTES;
	uint8_t *bytes = calloc(1, limit + 1);

	bytes[0] = 0xdd;
	bytes[1] = 0;
	bytes[2] = (uint8_t)((limit - 5) >> 16);
	bytes[3] = (uint8_t)((limit - 5) >> 8);
	bytes[4] = (uint8_t)(limit - 5);
	expect_outcome(span_bytes(bytes, limit + 1), 0, limit);
	expect_outcome(span_bytes(bytes, limit - 1), PROTO_E_TRUNCATED, 0);
	bytes[5] = 0x91;
	expect_outcome(span_bytes(bytes, limit + 1), PROTO_E_TOO_LARGE, 0);
	expect_outcome(span_bytes(bytes, limit), PROTO_E_TOO_LARGE, 0);
	expect_outcome(span_bytes(bytes, limit - 1), PROTO_E_TRUNCATED, 0);
	free(bytes);
}

/* What cannot fit is refused when its length is read, long before its bytes arrive. */
Test(scanner, a_length_that_cannot_fit_is_refused_at_once)
{
	static const char *const refused[] = {"c6 000ffffc", "db 000ffffc", "dd 000ffffc",
	        "df 0007fffe", "c6 ffffffff", "db ffffffff", "dd ffffffff", "df ffffffff",
	        "dd 01000000", "92 00 db 000ffffa"};
	static const char *const awaited[] = {"c6 000ffffb", "db 000ffffb", "dd 000ffffb",
	        "df 0007fffd", "dd 00000100", "92 00 db 000ffff9"};

	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
		expect_outcome(wire_hex(refused[i]), PROTO_E_TOO_LARGE, 0);
	for (size_t i = 0; i < sizeof(awaited) / sizeof(awaited[0]); i++)
		expect_outcome(wire_hex(awaited[i]), PROTO_E_TRUNCATED, 0);
}
