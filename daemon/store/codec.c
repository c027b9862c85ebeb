/*
 * What is stored outlives the program that wrote it, so every byte is spelled out here and none is
 * a copy of a struct.
 *
 * The readers are the fence: bytes may come from a rotten disk or from somebody who can write to
 * it. No count is believed before it was held against the bytes that are left.
 */
#include "daemon/store/codec.h"

void codec_put_bytes(struct codec_writer *writer, const void *bytes, size_t n_bytes)
{
	if (writer->bad || n_bytes > writer->capacity - writer->n_bytes) {
		writer->bad = true;
		return;
	}
	if (n_bytes != 0)
		memcpy(writer->data + writer->n_bytes, bytes, n_bytes);
	writer->n_bytes += n_bytes;
}

void codec_put_u8(struct codec_writer *writer, uint8_t value)
{
	codec_put_bytes(writer, &value, 1);
}

static void word_put(struct codec_writer *writer, uint64_t value, size_t n_bytes)
{
	uint8_t bytes[8];
	for (size_t i = 0; i < n_bytes; i++)
		bytes[i] = (uint8_t)(value >> (8 * i));
	codec_put_bytes(writer, bytes, n_bytes);
}

void codec_put_u32(struct codec_writer *writer, uint32_t value)
{
	word_put(writer, value, 4);
}

void codec_put_u64(struct codec_writer *writer, uint64_t value)
{
	word_put(writer, value, 8);
}

void codec_put_varint(struct codec_writer *writer, uint64_t value)
{
	uint8_t bytes[10];
	size_t n = 0;
	for (; value >= 0x80; value >>= 7)
		bytes[n++] = (uint8_t)(value | 0x80);
	bytes[n++] = (uint8_t)value;
	codec_put_bytes(writer, bytes, n);
}

void codec_put_text(struct codec_writer *writer, struct span text)
{
	codec_put_varint(writer, text.n_bytes);
	codec_put_bytes(writer, text.data, text.n_bytes);
}

void codec_put_bits(struct codec_writer *writer, struct proto_bits bits)
{
	uint8_t bytes[16];
	uint8_t n = 0;
	for (uint8_t i = 0; i < 16; i++) {
		bytes[i] = (uint8_t)(bits.word[i / 8] >> (8 * (i % 8)));
		if (bytes[i] != 0)
			n = (uint8_t)(i + 1);
	}
	codec_put_u8(writer, n);
	codec_put_bytes(writer, bytes, n);
}

const uint8_t *codec_get_bytes(struct codec_reader *reader, size_t n_bytes)
{
	if (reader->bad || n_bytes > (size_t)(reader->end - reader->at)) {
		reader->bad = true;
		return NULL;
	}
	const uint8_t *bytes = reader->at;
	reader->at += n_bytes;
	return bytes;
}

static uint64_t word_get(struct codec_reader *reader, size_t n_bytes)
{
	const uint8_t *bytes = codec_get_bytes(reader, n_bytes);
	uint64_t value = 0;
	for (size_t i = 0; bytes != NULL && i < n_bytes; i++)
		value |= (uint64_t)bytes[i] << (8 * i);
	return value;
}

uint8_t codec_get_u8(struct codec_reader *reader)
{
	return (uint8_t)word_get(reader, 1);
}

uint32_t codec_get_u32(struct codec_reader *reader)
{
	return (uint32_t)word_get(reader, 4);
}

uint64_t codec_get_u64(struct codec_reader *reader)
{
	return word_get(reader, 8);
}

/* The value of the varint, or bad: cut off, longer than 64 bits, or with a zero at its end. */
static uint64_t varint_get(struct codec_reader *reader)
{
	uint64_t value = 0;
	for (unsigned int shift = 0; shift < 64; shift += 7) {
		uint8_t byte = codec_get_u8(reader);
		if (reader->bad || (shift == 63 && byte > 1) || (shift != 0 && byte == 0))
			break;
		value |= (uint64_t)(byte & 0x7f) << shift;
		if (byte < 0x80)
			return value;
	}
	reader->bad = true;
	return 0;
}

uint64_t codec_get_varint(struct codec_reader *reader, uint64_t most)
{
	uint64_t value = varint_get(reader);
	if (value <= most)
		return value;
	reader->bad = true;
	return 0;
}

struct span codec_get_text(struct codec_reader *reader)
{
	size_t n_bytes = (size_t)codec_get_varint(reader, SIZE_MAX);
	const uint8_t *bytes = codec_get_bytes(reader, n_bytes);
	return bytes != NULL ? span_bytes(bytes, n_bytes) : SPAN_NONE;
}

struct proto_bits codec_get_bits(struct codec_reader *reader)
{
	struct proto_bits bits = {{0, 0}};
	size_t n = codec_get_u8(reader);
	const uint8_t *bytes = n <= 16 ? codec_get_bytes(reader, n) : NULL;
	if (bytes == NULL || (n != 0 && bytes[n - 1] == 0)) {
		reader->bad = true;
		return bits;
	}
	for (size_t i = 0; i < n; i++)
		bits.word[i / 8] |= (uint64_t)bytes[i] << (8 * (i % 8));
	return bits;
}

void codec_big_u32(uint32_t value, uint8_t ret[4])
{
	for (unsigned int i = 0; i < 4; i++)
		ret[i] = (uint8_t)(value >> (24 - 8 * i));
}

void codec_big_u64(uint64_t value, uint8_t ret[8])
{
	codec_big_u32((uint32_t)(value >> 32), ret);
	codec_big_u32((uint32_t)value, ret + 4);
}

uint32_t codec_of_big_u32(const uint8_t bytes[4])
{
	uint32_t value = 0;
	for (unsigned int i = 0; i < 4; i++)
		value = value << 8 | bytes[i];
	return value;
}

uint64_t codec_of_big_u64(const uint8_t bytes[8])
{
	return (uint64_t)codec_of_big_u32(bytes) << 32 | codec_of_big_u32(bytes + 4);
}
