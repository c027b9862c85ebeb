/* Explicit bytes: every value at its limits, one spelling each, and nothing read past the end. */
#include "daemon/store/codec.h"

#include <criterion/criterion.h>

static const uint64_t numbers[] = {0, 1, 127, 128, 16383, 16384, UINT32_MAX,
        (uint64_t)UINT32_MAX + 1, INT64_MAX, UINT64_MAX - 1, UINT64_MAX};

Test(store_codec, varints_come_back)
{
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		uint8_t bytes[10];
		struct codec_writer writer = codec_writer_of(bytes, sizeof(bytes));
		codec_put_varint(&writer, numbers[i]);
		cr_assert_not(writer.bad);
		struct codec_reader reader = codec_reader_of(span_bytes(bytes, writer.n_bytes));
		cr_assert_eq(codec_get_varint(&reader, UINT64_MAX), numbers[i]);
		cr_assert(codec_reader_done(&reader));
	}
}

Test(store_codec, varints_are_bounded)
{
	static const uint8_t bytes[] = {0xac, 0x02}; /* 300 */
	struct codec_reader reader = codec_reader_of(span_bytes(bytes, 2));
	cr_assert_eq(codec_get_varint(&reader, 300), 300);
	reader = codec_reader_of(span_bytes(bytes, 2));
	cr_assert_eq(codec_get_varint(&reader, 299), 0);
	cr_assert(reader.bad);
}

static void refuse_varint(const uint8_t *bytes, size_t n_bytes)
{
	struct codec_reader reader = codec_reader_of(span_bytes(bytes, n_bytes));
	cr_assert_eq(codec_get_varint(&reader, UINT64_MAX), 0);
	cr_assert(reader.bad);
	cr_assert_not(codec_reader_done(&reader));
}

Test(store_codec, varints_that_no_writer_wrote_are_refused)
{
	static const uint8_t cut[] = {0x80, 0x80}, padded[] = {0x81, 0x00}, empty[1];
	static const uint8_t too_large[] = {
	        0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x02};
	static const uint8_t too_long[] = {
	        0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x81, 0x01};
	refuse_varint(cut, sizeof(cut));
	refuse_varint(padded, sizeof(padded));
	refuse_varint(too_large, sizeof(too_large));
	refuse_varint(too_long, sizeof(too_long));
	refuse_varint(empty, 0);
}

Test(store_codec, words_are_little_endian_and_keys_big_endian)
{
	uint8_t bytes[12], key[8];
	struct codec_writer writer = codec_writer_of(bytes, sizeof(bytes));
	codec_put_u32(&writer, 0x01020304);
	codec_put_u64(&writer, UINT64_C(0x0102030405060708));
	cr_assert_arr_eq(bytes, "\4\3\2\1\10\7\6\5\4\3\2\1", 12);
	struct codec_reader reader = codec_reader_of(span_bytes(bytes, 12));
	cr_assert_eq(codec_get_u32(&reader), 0x01020304);
	cr_assert_eq(codec_get_u64(&reader), UINT64_C(0x0102030405060708));
	codec_big_u64(UINT64_C(0x0102030405060708), key);
	cr_assert_arr_eq(key, "\1\2\3\4\5\6\7\10", 8);
	cr_assert_eq(codec_of_big_u64(key), UINT64_C(0x0102030405060708));
	cr_assert_eq(codec_of_big_u32(key), 0x01020304);
}

Test(store_codec, every_single_bit_comes_back)
{
	for (unsigned int bit = 0; bit <= 128; bit++) {
		uint8_t bytes[17];
		struct proto_bits bits = {{0, 0}};
		if (bit < 128)
			proto_bits_set(&bits, bit);
		struct codec_writer writer = codec_writer_of(bytes, sizeof(bytes));
		codec_put_bits(&writer, bits);
		cr_assert_eq(writer.n_bytes, bit < 128 ? 2 + bit / 8 : 1);
		struct codec_reader reader = codec_reader_of(span_bytes(bytes, writer.n_bytes));
		struct proto_bits back = codec_get_bits(&reader);
		cr_assert(codec_reader_done(&reader));
		cr_assert_eq(back.word[0], bits.word[0]);
		cr_assert_eq(back.word[1], bits.word[1]);
	}
}

static void refuse_bits(const uint8_t *bytes, size_t n_bytes)
{
	struct codec_reader reader = codec_reader_of(span_bytes(bytes, n_bytes));
	struct proto_bits bits = codec_get_bits(&reader);
	cr_assert(reader.bad);
	cr_assert_eq(bits.word[0] | bits.word[1], 0);
}

Test(store_codec, bits_that_no_writer_wrote_are_refused)
{
	static const uint8_t padded[] = {2, 1, 0}, cut[] = {2, 1}, empty[1];
	uint8_t too_many[18] = {17};
	too_many[17] = 1;
	refuse_bits(padded, sizeof(padded));
	refuse_bits(cut, sizeof(cut));
	refuse_bits(empty, 0);
	refuse_bits(too_many, sizeof(too_many));
}

Test(store_codec, a_text_longer_than_what_is_left_is_refused)
{
	static const uint8_t bytes[] = {3, 'a', 'b', 'c'};
	static const uint8_t huge[] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01};
	struct codec_reader reader = codec_reader_of(span_bytes(bytes, 4));
	cr_assert(span_is(codec_get_text(&reader), "abc"));
	reader = codec_reader_of(span_bytes(bytes, 3));
	cr_assert_not(span_present(codec_get_text(&reader)));
	cr_assert(reader.bad);
	reader = codec_reader_of(span_bytes(huge, sizeof(huge)));
	cr_assert_not(span_present(codec_get_text(&reader)));
	cr_assert(reader.bad);
}

Test(store_codec, a_writer_without_room_stays_bad)
{
	uint8_t bytes[4];
	struct codec_writer writer = codec_writer_of(bytes, sizeof(bytes));
	codec_put_u32(&writer, 1);
	cr_assert_not(writer.bad);
	codec_put_u8(&writer, 1);
	cr_assert(writer.bad);
	codec_put_bytes(&writer, NULL, 0);
	cr_assert(writer.bad);
	cr_assert_eq(writer.n_bytes, 4);
}
