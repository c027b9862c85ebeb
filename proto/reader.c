/*
 * The reader: one MessagePack value after the other, out of bytes that nobody has vouched for.
 *
 * Every value begins with a head: one byte that says what follows, and up to eight bytes of value,
 * length or count. One table (proto_tokens) knows the heads; everything else here asks it. No
 * function reads past `end`, trusts a count, or moves the position unless it succeeds.
 *
 * Integers, texts and counts are accepted in any width that MessagePack has for them: other
 * encoders do not all write the shortest form, and the specification does not make them.
 */
#include "proto/reader.h"
#include "proto/tables.h"
#include "proto/token.h"

#include <endian.h>

#define TOKENS_16(...)                                                                             \
	__VA_ARGS__, __VA_ARGS__, __VA_ARGS__, __VA_ARGS__, __VA_ARGS__, __VA_ARGS__, __VA_ARGS__, \
	        __VA_ARGS__, __VA_ARGS__, __VA_ARGS__, __VA_ARGS__, __VA_ARGS__, __VA_ARGS__,      \
	        __VA_ARGS__, __VA_ARGS__, __VA_ARGS__

#define BAD                                                                                        \
	{                                                                                          \
		PROTO_TOKEN_BAD, 0, 0                                                              \
	}

/* In the order of the first byte, 0x00 to 0xff. */
const struct proto_token proto_tokens[256] = {
        TOKENS_16({PROTO_KIND_UINT, 0, 0x7f}), /* 0x00: positive fixint */
        TOKENS_16({PROTO_KIND_UINT, 0, 0x7f}),
        TOKENS_16({PROTO_KIND_UINT, 0, 0x7f}),
        TOKENS_16({PROTO_KIND_UINT, 0, 0x7f}),
        TOKENS_16({PROTO_KIND_UINT, 0, 0x7f}),
        TOKENS_16({PROTO_KIND_UINT, 0, 0x7f}),
        TOKENS_16({PROTO_KIND_UINT, 0, 0x7f}),
        TOKENS_16({PROTO_KIND_UINT, 0, 0x7f}),
        TOKENS_16({PROTO_KIND_MAP, 0, 0x0f}),   /* 0x80: fixmap */
        TOKENS_16({PROTO_KIND_ARRAY, 0, 0x0f}), /* 0x90: fixarray */
        TOKENS_16({PROTO_KIND_TEXT, 0, 0x1f}),  /* 0xa0: fixstr */
        TOKENS_16({PROTO_KIND_TEXT, 0, 0x1f}),
        {PROTO_KIND_NIL, 0, 0},  /* 0xc0 */
        BAD,                     /* 0xc1: never used */
        {PROTO_KIND_BOOL, 0, 1}, /* 0xc2: false */
        {PROTO_KIND_BOOL, 0, 1}, /* 0xc3: true */
        {PROTO_KIND_BIN, 1, 0},  /* 0xc4: bin 8, 16, 32 */
        {PROTO_KIND_BIN, 2, 0},
        {PROTO_KIND_BIN, 4, 0},
        BAD, /* 0xc7: ext 8, 16, 32 */
        BAD,
        BAD,
        {PROTO_KIND_FLOAT, 4, 0}, /* 0xca: float 32, 64 */
        {PROTO_KIND_FLOAT, 8, 0},
        {PROTO_KIND_UINT, 1, 0}, /* 0xcc: uint 8, 16, 32, 64 */
        {PROTO_KIND_UINT, 2, 0},
        {PROTO_KIND_UINT, 4, 0},
        {PROTO_KIND_UINT, 8, 0},
        {PROTO_KIND_INT, 1, 0}, /* 0xd0: int 8, 16, 32, 64 */
        {PROTO_KIND_INT, 2, 0},
        {PROTO_KIND_INT, 4, 0},
        {PROTO_KIND_INT, 8, 0},
        BAD, /* 0xd4: fixext 1, 2, 4, 8, 16 */
        BAD,
        BAD,
        BAD,
        BAD,
        {PROTO_KIND_TEXT, 1, 0}, /* 0xd9: str 8, 16, 32 */
        {PROTO_KIND_TEXT, 2, 0},
        {PROTO_KIND_TEXT, 4, 0},
        {PROTO_KIND_ARRAY, 2, 0}, /* 0xdc: array 16, 32 */
        {PROTO_KIND_ARRAY, 4, 0},
        {PROTO_KIND_MAP, 2, 0}, /* 0xde: map 16, 32 */
        {PROTO_KIND_MAP, 4, 0},
        TOKENS_16({PROTO_KIND_INT, 0, 0xff}), /* 0xe0: negative fixint */
        TOKENS_16({PROTO_KIND_INT, 0, 0xff}),
};

struct head {
	uint64_t value; /* of a scalar; length of TEXT and BIN; count of ARRAY and MAP */
	size_t n_bytes; /* of the head itself */
	enum proto_kind kind;
};

static inline uint64_t argument_of(const uint8_t *at, unsigned int n_argument)
{
	uint16_t v16;
	uint32_t v32;
	uint64_t v64;

	switch (n_argument) {
	case 1:
		return at[0];
	case 2:
		memcpy(&v16, at, sizeof(v16));
		return be16toh(v16);
	case 4:
		memcpy(&v32, at, sizeof(v32));
		return be32toh(v32);
	default:
		memcpy(&v64, at, sizeof(v64));
		return be64toh(v64);
	}
}

/* Signed forms: extends the sign, and sorts what is not negative under UINT. */
static void head_sign(struct head *head, unsigned int n_argument)
{
	const unsigned int unused_bits = 64 - 8 * (n_argument ? n_argument : 1);
	const uint64_t sign = UINT64_C(1) << (63 - unused_bits);

	if (head->value & sign)
		head->value |= ~(sign - 1);
	else
		head->kind = PROTO_KIND_UINT;
}

static inline int head_read(const uint8_t *at, const uint8_t *end, struct head *ret)
{
	struct proto_token token;

	if (at == end)
		return PROTO_E_TRUNCATED;
	token = proto_tokens[*at];
	if (token.kind == PROTO_TOKEN_BAD)
		return PROTO_E_MALFORMED;
	if ((size_t)(end - at) <= token.n_argument)
		return PROTO_E_TRUNCATED;
	ret->kind = (enum proto_kind)token.kind;
	ret->n_bytes = 1U + token.n_argument;
	ret->value = token.n_argument ? argument_of(at + 1, token.n_argument) : *at & token.mask;
	if (token.kind == PROTO_KIND_INT)
		head_sign(ret, token.n_argument);
	return 0;
}

/* Reads the head of a value that must be of `kind`; the position stays. */
static inline int head_expect(const struct proto_reader *r, enum proto_kind kind, struct head *ret)
{
	const int e = head_read(r->at, r->end, ret);

	if (e)
		return e;
	return ret->kind == kind ? 0 : PROTO_E_TYPE;
}

int proto_reader_peek(const struct proto_reader *r, enum proto_kind *ret)
{
	struct head head;
	const int e = head_read(r->at, r->end, &head);

	if (!e)
		*ret = head.kind;
	return e;
}

int proto_reader_nil(struct proto_reader *r)
{
	struct head head;
	const int e = head_expect(r, PROTO_KIND_NIL, &head);

	if (!e)
		r->at += head.n_bytes;
	return e;
}

int proto_reader_bool(struct proto_reader *r, bool *ret)
{
	struct head head;
	const int e = head_expect(r, PROTO_KIND_BOOL, &head);

	if (e)
		return e;
	*ret = head.value != 0;
	r->at += head.n_bytes;
	return 0;
}

int proto_reader_uint(struct proto_reader *r, uint64_t *ret)
{
	struct head head;
	const int e = head_expect(r, PROTO_KIND_UINT, &head);

	if (e)
		return e;
	*ret = head.value;
	r->at += head.n_bytes;
	return 0;
}

/* The bytes of a TEXT or BIN whose head was read; the position stays. */
static inline int body_of(const struct proto_reader *r, const struct head *head, struct span *ret)
{
	const uint8_t *body = r->at + head->n_bytes;

	if ((size_t)(r->end - body) < head->value)
		return PROTO_E_TRUNCATED;
	*ret = (struct span){body, (size_t)head->value};
	return 0;
}

int proto_reader_text(struct proto_reader *r, struct span *ret)
{
	struct head head;
	struct span text;
	int e = head_expect(r, PROTO_KIND_TEXT, &head);

	if (!e)
		e = body_of(r, &head, &text);
	if (e)
		return e;
	if (!proto_text_valid(text))
		return PROTO_E_MALFORMED;
	*ret = text;
	r->at = text.data + text.n_bytes;
	return 0;
}

int proto_reader_bin(struct proto_reader *r, struct span *ret)
{
	struct head head;
	struct span bytes;
	int e = head_expect(r, PROTO_KIND_BIN, &head);

	if (!e)
		e = body_of(r, &head, &bytes);
	if (e)
		return e;
	*ret = bytes;
	r->at = bytes.data + bytes.n_bytes;
	return 0;
}

/* An item takes a byte at least: a count of more items than bytes left is cut, or a lie. */
static int count_read(
        struct proto_reader *r, enum proto_kind kind, unsigned int n_values, uint32_t *ret_n)
{
	struct head head;
	const int e = head_expect(r, kind, &head);

	if (e)
		return e;
	if (head.value * n_values > (size_t)(r->end - r->at) - head.n_bytes)
		return PROTO_E_TRUNCATED;
	*ret_n = (uint32_t)head.value;
	r->at += head.n_bytes;
	return 0;
}

int proto_reader_array(struct proto_reader *r, uint32_t *ret_n)
{
	return count_read(r, PROTO_KIND_ARRAY, 1, ret_n);
}

int proto_reader_map(struct proto_reader *r, uint32_t *ret_n)
{
	return count_read(r, PROTO_KIND_MAP, 2, ret_n);
}

/* Passes over one head and, unless it opens an array or a map, over its body. */
static int skip_one(struct proto_reader *r, uint64_t *ret_n_children, bool *ret_opens)
{
	struct head head;
	struct span body;
	const int e = head_read(r->at, r->end, &head);

	if (e)
		return e;
	*ret_n_children = 0;
	*ret_opens = head.kind == PROTO_KIND_ARRAY || head.kind == PROTO_KIND_MAP;
	if (*ret_opens) {
		*ret_n_children = head.kind == PROTO_KIND_MAP ? head.value * 2 : head.value;
		if (*ret_n_children > (size_t)(r->end - r->at) - head.n_bytes)
			return PROTO_E_TRUNCATED;
	} else if (head.kind == PROTO_KIND_TEXT || head.kind == PROTO_KIND_BIN) {
		if (body_of(r, &head, &body))
			return PROTO_E_TRUNCATED;
		head.n_bytes += body.n_bytes;
	}
	r->at += head.n_bytes;
	return 0;
}

int proto_reader_skip(struct proto_reader *r, struct span *ret_value)
{
	struct proto_reader ahead = *r;
	uint64_t left[PROTO_LIMIT_DEPTH + 1] = {1}; /* values still to come, by level */
	unsigned int level = 0;

	for (;;) {
		uint64_t n_children;
		bool opens;
		const int e = skip_one(&ahead, &n_children, &opens);

		if (e)
			return e;
		if (opens && level == PROTO_LIMIT_DEPTH)
			return PROTO_E_MALFORMED;
		left[level]--;
		if (n_children > 0)
			left[++level] = n_children;
		while (left[level] == 0) {
			if (level-- == 0) {
				*ret_value = (struct span){r->at, (size_t)(ahead.at - r->at)};
				*r = ahead;
				return 0;
			}
		}
	}
}

static inline bool is_tail(uint8_t byte)
{
	return (byte & 0xc0) == 0x80;
}

/* Length of the character at `at`, whose first byte is not ASCII; 0 when RFC 3629 has none such. */
static size_t character_bytes(const uint8_t *at, size_t n_left)
{
	const uint8_t first = at[0];

	if (first < 0xc2 || first > 0xf4 || n_left < 2)
		return 0;
	if (first < 0xe0)
		return is_tail(at[1]) ? 2 : 0;
	if (first < 0xf0) {
		const uint8_t least = first == 0xe0 ? 0xa0 : 0x80; /* nothing overlong */
		const uint8_t most = first == 0xed ? 0x9f : 0xbf;  /* no surrogates */

		return n_left >= 3 && at[1] >= least && at[1] <= most && is_tail(at[2]) ? 3 : 0;
	}
	const uint8_t least = first == 0xf0 ? 0x90 : 0x80;
	const uint8_t most = first == 0xf4 ? 0x8f : 0xbf; /* U+10FFFF is the last */

	return n_left >= 4 && at[1] >= least && at[1] <= most && is_tail(at[2]) && is_tail(at[3])
	               ? 4
	               : 0;
}

/* How many whole words of ASCII stand at the beginning, in bytes. */
static inline size_t ascii_words(const uint8_t *at, size_t n_left)
{
	size_t n = 0;
	uint64_t word;

	for (; n_left - n >= sizeof(word); n += sizeof(word)) {
		memcpy(&word, at + n, sizeof(word));
		if (word & UINT64_C(0x8080808080808080))
			break;
	}
	return n;
}

size_t proto_text_valid_bytes(struct span text)
{
	size_t i = 0;

	while (i < text.n_bytes) {
		i += ascii_words(text.data + i, text.n_bytes - i);
		while (i < text.n_bytes && text.data[i] < 0x80)
			i++;
		if (i < text.n_bytes) {
			const size_t n = character_bytes(text.data + i, text.n_bytes - i);

			if (n == 0)
				return i;
			i += n;
		}
	}
	return i;
}

bool proto_text_valid(struct span text)
{
	return proto_text_valid_bytes(text) == text.n_bytes;
}
