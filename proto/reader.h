/*
 * Reads MessagePack values out of bytes that a peer sent, one after the other.
 *
 * Any thread, one reader per thread. Nothing is allocated; spans returned point into the input.
 * Every function returns 0, or PROTO_E_* and leaves the position where it was. Bounds are checked
 * at every step, so a reader is safe on bytes that the scanner has not seen.
 */
#ifndef PROTO_READER_H
#define PROTO_READER_H

#include "proto/span.h"

enum {
	PROTO_E_MALFORMED =
	        1,         /* not MessagePack, an ext type, too deep, or text that is not UTF-8 */
	PROTO_E_TRUNCATED, /* the bytes end inside a value */
	PROTO_E_TYPE,      /* a value of another type than asked for */
	PROTO_E_TOO_LARGE, /* longer than a limit */
};

enum proto_kind {
	PROTO_KIND_NIL,
	PROTO_KIND_BOOL,
	PROTO_KIND_UINT,
	PROTO_KIND_INT, /* negative */
	PROTO_KIND_FLOAT,
	PROTO_KIND_TEXT,
	PROTO_KIND_BIN,
	PROTO_KIND_ARRAY,
	PROTO_KIND_MAP,
};

struct proto_reader {
	const uint8_t *at, *end;
};

static inline struct proto_reader proto_reader_of(struct span bytes)
{
	return (struct proto_reader){bytes.data, bytes.data + bytes.n_bytes};
}

static inline bool proto_reader_at_end(const struct proto_reader *r)
{
	return r->at == r->end;
}

/* The kind of the next value, which stays unread. */
PROTO_MUST_USE int proto_reader_peek(const struct proto_reader *r, enum proto_kind *ret);

PROTO_MUST_USE int proto_reader_nil(struct proto_reader *r);
PROTO_MUST_USE int proto_reader_bool(struct proto_reader *r, bool *ret);
/* Any unsigned or non-negative signed integer, of whatever width it was written with. */
PROTO_MUST_USE int proto_reader_uint(struct proto_reader *r, uint64_t *ret);
/* Text must be UTF-8 (RFC 3629: no surrogates, nothing overlong, nothing past U+10FFFF). */
PROTO_MUST_USE int proto_reader_text(struct proto_reader *r, struct span *ret);
PROTO_MUST_USE int proto_reader_bin(struct proto_reader *r, struct span *ret);
/* The header alone; the count is at most the bytes left (twice as many for a map). */
PROTO_MUST_USE int proto_reader_array(struct proto_reader *r, uint32_t *ret_n);
PROTO_MUST_USE int proto_reader_map(struct proto_reader *r, uint32_t *ret_n);
/*
 * Passes over one value of any kind, at most PROTO_LIMIT_DEPTH deep, and returns its bytes. Text
 * in it is not checked for UTF-8.
 */
PROTO_MUST_USE int proto_reader_skip(struct proto_reader *r, struct span *ret_value);

/* How many bytes from the first on are UTF-8 by RFC 3629; and whether all are. */
size_t proto_text_valid_bytes(struct span text);
bool proto_text_valid(struct span text);

#endif
