/*
 * The codec against msgpack-c: what one packs the other unpacks to the same values, and of bytes
 * that were damaged both think the same, except where we are stricter on purpose (ext types, depth,
 * UTF-8, size).
 *
 * The oracle reserves memory by the counts it reads, before it has seen the items. So it is shown
 * only bytes in which no array or map can have more than 255 items; ours is shown all of them.
 */
#include "proto/scanner.h"
#include "tests/support/wire.h"

#include <criterion/criterion.h>
#include <msgpack.h>
#include <stdlib.h>

/* Conservative: looks for a header with a large count at every position. */
static bool fit_for_oracle(struct span bytes)
{
	for (size_t i = 0; i + 1 < bytes.n_bytes; i++) {
		const uint8_t *at = bytes.data + i;
		const bool of_16_bits = at[0] == 0xdc || at[0] == 0xde;
		const bool of_32_bits = at[0] == 0xdd || at[0] == 0xdf;

		if ((of_16_bits || of_32_bits) && at[1])
			return false;
		if (of_32_bits && i + 3 < bytes.n_bytes && (at[2] || at[3]))
			return false;
	}
	return true;
}

/* What is stricter here than there. */
struct strictness {
	bool ext;
	unsigned int depth; /* of arrays and maps */
};

static void strictness_of(
        const msgpack_object *object, unsigned int depth, struct strictness *strictness)
{
	const bool opens =
	        object->type == MSGPACK_OBJECT_ARRAY || object->type == MSGPACK_OBJECT_MAP;

	strictness->ext |= object->type == MSGPACK_OBJECT_EXT;
	depth += opens;
	if (depth > strictness->depth)
		strictness->depth = depth;
	if (object->type == MSGPACK_OBJECT_ARRAY) {
		for (uint32_t i = 0; i < object->via.array.size; i++)
			strictness_of(&object->via.array.ptr[i], depth, strictness);
	} else if (object->type == MSGPACK_OBJECT_MAP) {
		for (uint32_t i = 0; i < object->via.map.size; i++) {
			strictness_of(&object->via.map.ptr[i].key, depth, strictness);
			strictness_of(&object->via.map.ptr[i].val, depth, strictness);
		}
	}
}

static void expect_same(struct proto_reader *r, const msgpack_object *object);

static void expect_same_text(struct proto_reader *r, const msgpack_object_str *text)
{
	const struct span want = span_bytes(text->ptr, text->size);
	struct span got, skipped;

	if (proto_text_valid(want)) {
		cr_assert_eq(proto_reader_text(r, &got), 0);
		cr_assert(span_equal(got, want));
	} else {
		cr_assert_eq(proto_reader_text(r, &got), PROTO_E_MALFORMED);
		cr_assert_eq(proto_reader_skip(r, &skipped), 0);
	}
}

static void expect_same_items(struct proto_reader *r, const msgpack_object *object)
{
	uint32_t n = 0;

	if (object->type == MSGPACK_OBJECT_ARRAY) {
		cr_assert_eq(proto_reader_array(r, &n), 0);
		cr_assert_eq(n, object->via.array.size);
		for (uint32_t i = 0; i < n; i++)
			expect_same(r, &object->via.array.ptr[i]);
		return;
	}
	cr_assert_eq(proto_reader_map(r, &n), 0);
	cr_assert_eq(n, object->via.map.size);
	for (uint32_t i = 0; i < n; i++) {
		expect_same(r, &object->via.map.ptr[i].key);
		expect_same(r, &object->via.map.ptr[i].val);
	}
}

static void expect_kind(const struct proto_reader *r, enum proto_kind want)
{
	enum proto_kind kind;

	cr_assert_eq(proto_reader_peek(r, &kind), 0);
	cr_assert_eq(kind, want);
}

static void expect_same_scalar(struct proto_reader *r, const msgpack_object *object)
{
	struct span span;
	uint64_t number;
	bool flag;

	switch (object->type) {
	case MSGPACK_OBJECT_NIL:
		cr_assert_eq(proto_reader_nil(r), 0);
		return;
	case MSGPACK_OBJECT_BOOLEAN:
		cr_assert_eq(proto_reader_bool(r, &flag), 0);
		cr_assert_eq(flag, object->via.boolean);
		return;
	case MSGPACK_OBJECT_POSITIVE_INTEGER:
		cr_assert_eq(proto_reader_uint(r, &number), 0);
		cr_assert_eq(number, object->via.u64);
		return;
	case MSGPACK_OBJECT_BIN:
		cr_assert_eq(proto_reader_bin(r, &span), 0);
		cr_assert(span_equal(span, span_bytes(object->via.bin.ptr, object->via.bin.size)));
		return;
	case MSGPACK_OBJECT_NEGATIVE_INTEGER:
		expect_kind(r, PROTO_KIND_INT);
		break;
	default:
		expect_kind(r, PROTO_KIND_FLOAT);
		break;
	}
	cr_assert_eq(proto_reader_skip(r, &span), 0);
}

static void expect_same(struct proto_reader *r, const msgpack_object *object)
{
	if (object->type == MSGPACK_OBJECT_STR)
		expect_same_text(r, &object->via.str);
	else if (object->type == MSGPACK_OBJECT_ARRAY || object->type == MSGPACK_OBJECT_MAP)
		expect_same_items(r, object);
	else
		expect_same_scalar(r, object);
}

/* The oracle found one value in the first `n_bytes`. */
static void expect_agreement(struct span bytes, size_t n_bytes, const msgpack_object *object)
{
	struct proto_scanner scanner = {0};
	struct proto_reader r = proto_reader_of(bytes), skipping = r;
	struct strictness strictness = {0};
	struct span skipped;
	size_t scanned = 0;
	const int scan = proto_scanner_feed(&scanner, bytes, &scanned);
	const int skip = proto_reader_skip(&skipping, &skipped);

	strictness_of(object, 0, &strictness);
	if (strictness.ext || strictness.depth > PROTO_LIMIT_DEPTH) {
		cr_assert_eq(scan, PROTO_E_MALFORMED);
		cr_assert_eq(skip, PROTO_E_MALFORMED);
		return;
	}
	cr_assert_eq(scan, 0);
	cr_assert_eq(scanned, n_bytes);
	cr_assert_eq(skip, 0);
	cr_assert_eq(skipped.n_bytes, n_bytes);
	expect_same(&r, object);
	cr_assert_eq(r.at, bytes.data + n_bytes);
}

static unsigned int n_agreed, n_refused; /* so that a test that compares nothing fails */

static void compare(struct span bytes)
{
	struct proto_scanner scanner = {0};
	struct proto_reader r = proto_reader_of(bytes);
	struct span skipped;
	size_t n_bytes = 0, at = 0;
	msgpack_unpacked unpacked;
	msgpack_unpack_return outcome;

	if (!fit_for_oracle(bytes)) {
		(void)!proto_scanner_feed(&scanner, bytes, &n_bytes);
		(void)!proto_reader_skip(&r, &skipped);
		return;
	}
	msgpack_unpacked_init(&unpacked);
	outcome = msgpack_unpack_next(&unpacked, (const char *)bytes.data, bytes.n_bytes, &at);
	if (outcome == MSGPACK_UNPACK_SUCCESS || outcome == MSGPACK_UNPACK_EXTRA_BYTES) {
		n_agreed++;
		expect_agreement(bytes, at, &unpacked.data);
	} else {
		n_refused++;
		cr_assert_neq(proto_scanner_feed(&scanner, bytes, &n_bytes), 0);
		cr_assert_neq(proto_reader_skip(&r, &skipped), 0);
	}
	msgpack_unpacked_destroy(&unpacked);
}

static void pack_length(msgpack_packer *packer, struct wire_random *random, bool text)
{
	char bytes[300];
	const size_t n =
	        wire_random_below(random, wire_random_below(random, 8) ? 12 : sizeof(bytes));

	for (size_t i = 0; i < n; i++)
		bytes[i] =
		        (char)(wire_random_below(random, 40) ? 'a' + (int)(i % 26)
		                                             : (int)wire_random_below(random, 256));
	if (text) {
		msgpack_pack_str(packer, n);
		msgpack_pack_str_body(packer, bytes, n);
	} else {
		msgpack_pack_bin(packer, n);
		msgpack_pack_bin_body(packer, bytes, n);
	}
}

/* An integer of a random width, negative half of the time. */
static void pack_integer(msgpack_packer *packer, struct wire_random *random)
{
	const uint64_t value = wire_random_next(random) >> wire_random_below(random, 64);

	if (wire_random_below(random, 2))
		msgpack_pack_uint64(packer, value);
	else
		msgpack_pack_int64(packer, (int64_t)(0 - value));
}

static void pack_any(msgpack_packer *packer, struct wire_random *random, unsigned int depth)
{
	const uint64_t kind = wire_random_below(random, depth > 9 ? 7 : 10);
	const size_t n = wire_random_below(random, 4);

	switch (kind) {
	case 0:
		msgpack_pack_nil(packer);
		return;
	case 1:
		msgpack_pack_true(packer);
		return;
	case 2:
		pack_integer(packer, random);
		return;
	case 3:
		msgpack_pack_double(packer, 0.5);
		return;
	case 4:
	case 5:
		pack_length(packer, random, kind == 4);
		return;
	case 6:
		if (wire_random_below(random, 8) == 0)
			msgpack_pack_ext_with_body(packer, "abcd", n, 5);
		else
			msgpack_pack_float(packer, 0.25F);
		return;
	case 7:
		msgpack_pack_map(packer, n);
		for (size_t i = 0; i < 2 * n; i++)
			pack_any(packer, random, depth + 1);
		return;
	default:
		msgpack_pack_array(packer, n);
		for (size_t i = 0; i < n; i++)
			pack_any(packer, random, depth + 1);
	}
}

/* In a block of exactly its size. */
static void compare_exact(const uint8_t *bytes, size_t n_bytes)
{
	uint8_t *block = malloc(n_bytes ? n_bytes : 1);

	memcpy(block, bytes, n_bytes);
	compare(span_bytes(block, n_bytes));
	free(block);
}

/* Cuts it, or changes, inserts or removes bytes. */
static void compare_damaged(struct wire_random *random, const char *data, size_t n_bytes)
{
	uint8_t bytes[4096];

	if (n_bytes == 0 || n_bytes + 8 > sizeof(bytes))
		return;
	memcpy(bytes, data, n_bytes);
	for (uint64_t n = 1 + wire_random_below(random, 3); n > 0; n--) {
		const size_t at = wire_random_below(random, n_bytes);

		switch (wire_random_below(random, 4)) {
		case 0:
			bytes[at] = (uint8_t)wire_random_next(random);
			break;
		case 1:
			bytes[at] ^= (uint8_t)(1U << wire_random_below(random, 8));
			break;
		case 2:
			memmove(bytes + at + 1, bytes + at, n_bytes++ - at);
			bytes[at] = (uint8_t)(0xc0 + wire_random_below(random, 64));
			break;
		default:
			n_bytes = at + 1;
			break;
		}
	}
	compare_exact(bytes, n_bytes);
}

static void compare_rounds(uint64_t seed, unsigned int n_rounds)
{
	struct wire_random random = {seed};

	for (unsigned int i = 0; i < n_rounds; i++) {
		msgpack_sbuffer buffer;
		msgpack_packer packer;

		msgpack_sbuffer_init(&buffer);
		msgpack_packer_init(&packer, &buffer, msgpack_sbuffer_write);
		pack_any(&packer, &random, 0);
		compare_exact((const uint8_t *)buffer.data, buffer.size);
		for (unsigned int j = 0; j < 4; j++)
			compare_damaged(&random, buffer.data, buffer.size);
		msgpack_sbuffer_destroy(&buffer);
	}
}

Test(differential, random_and_damaged_values)
{
	compare_rounds(5, 5000);
	cr_assert_gt(n_agreed, 10000);
	cr_assert_gt(n_refused, 2000);
}

Test(differential, every_value_of_up_to_three_bytes)
{
	static const uint8_t ends[] = {0x00, 0x7f, 0x81, 0x91, 0xa1, 0xc1, 0xd4, 0xff};

	for (uint32_t i = 0x8000; i < 65536; i++) {
		for (size_t j = 0; j < sizeof(ends); j++) {
			const uint8_t bytes[3] = {(uint8_t)(i >> 8), (uint8_t)i, ends[j]};

			compare(span_bytes(bytes, 3));
			if (j == 0)
				compare(span_bytes(bytes, 2));
		}
	}
	cr_assert_gt(n_agreed, 100000);
	cr_assert_gt(n_refused, 20000);
}

/* The other way round: what our writer writes, the oracle reads as it was meant. */
Test(differential, every_message_is_read_by_the_oracle)
{
	struct wire_random random = {6};

	for (unsigned int round = 0; round < 50; round++) {
		for (size_t i = 0; i < wire_n_messages; i++) {
			struct proto_writer w = wire_writer();

			wire_write_random(&w, &random, wire_messages[i]);
			n_agreed = 0;
			compare_exact(w.data, w.n_bytes);
			cr_assert_eq(n_agreed, 1);
		}
	}
}
