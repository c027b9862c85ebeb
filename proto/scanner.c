/*
 * The scanner: where does this message end?
 *
 * MessagePack has no length prefix, so the end is found by counting: every open array or map knows
 * how many values are still to come, and a value that ends takes one off the innermost. Payloads
 * are passed over without being read. The state holds even a length that was cut in the middle, so
 * nothing is looked at twice, and a peer that sends byte by byte costs what its bytes cost.
 *
 * A length or a count that cannot fit into the longest allowed message is refused when it is read,
 * not when the buffer is full.
 */
#include "proto/scanner.h"
#include "proto/token.h"

#include <assert.h>

/* One value ended: closes all arrays and maps that end with it. True when the message does. */
static inline bool value_ended(struct proto_scanner *s)
{
	while (s->depth > 0) {
		if (--s->left[s->depth - 1] > 0)
			return false;
		s->depth--;
	}
	return true;
}

enum step {
	STEP_OPEN,  /* the value has begun, and there is more of it */
	STEP_ENDED, /* the value is complete */
	STEP_MALFORMED,
	STEP_TOO_LARGE,
};

/* The length or count of a value is known. `room` is what the longest message could still hold. */
static inline enum step value_begin(struct proto_scanner *s, size_t room)
{
	const bool is_map = s->kind == PROTO_KIND_MAP;

	if (s->kind == PROTO_KIND_ARRAY || is_map) {
		if (s->depth == PROTO_LIMIT_DEPTH)
			return STEP_MALFORMED;
		if (s->value > (is_map ? room / 2 : room))
			return STEP_TOO_LARGE;
		if (s->value == 0)
			return STEP_ENDED;
		s->left[s->depth++] = is_map ? s->value * 2 : s->value;
		return STEP_OPEN;
	}
	if (s->value > room)
		return STEP_TOO_LARGE;
	s->skip = s->value;
	return s->skip > 0 ? STEP_OPEN : STEP_ENDED;
}

/* The first byte of a value. */
static inline enum step token_begin(struct proto_scanner *s, uint8_t byte, size_t room)
{
	const struct proto_token token = proto_tokens[byte];

	if (token.kind == PROTO_TOKEN_BAD)
		return STEP_MALFORMED;
	if (token.kind < PROTO_KIND_TEXT) {
		s->skip = token.n_argument;
		return s->skip > 0 ? STEP_OPEN : STEP_ENDED;
	}
	s->kind = token.kind;
	s->n_argument = token.n_argument;
	s->value = byte & token.mask;
	return token.n_argument > 0 ? STEP_OPEN : value_begin(s, room);
}

/* The next byte of a length or a count. */
static inline enum step argument_byte(struct proto_scanner *s, uint8_t byte, size_t room)
{
	s->value = s->value << 8 | byte;
	return --s->n_argument > 0 ? STEP_OPEN : value_begin(s, room);
}

/* Passes over payload, as far as it has arrived; returns how many bytes that are. */
static inline size_t payload_skip(struct proto_scanner *s, size_t n_arrived)
{
	const size_t n = s->skip < n_arrived ? s->skip : n_arrived;

	s->skip -= n;
	return n;
}

int proto_scanner_feed(struct proto_scanner *s, struct span message, size_t *ret_n_bytes)
{
	const size_t limit = PROTO_LIMIT_MESSAGE_BYTES;
	const size_t end = message.n_bytes < limit ? message.n_bytes : limit;
	size_t at = s->scanned;

	assert(at <= message.n_bytes);
	while (at < end) {
		enum step step = STEP_OPEN;

		if (s->skip == 0) {
			const uint8_t byte = message.data[at++];

			step = s->n_argument > 0 ? argument_byte(s, byte, limit - at)
			                         : token_begin(s, byte, limit - at);
		}
		if (s->skip > 0) {
			at += payload_skip(s, end - at);
			step = s->skip > 0 ? STEP_OPEN : STEP_ENDED;
		}
		if (step == STEP_MALFORMED)
			return PROTO_E_MALFORMED;
		if (step == STEP_TOO_LARGE)
			return PROTO_E_TOO_LARGE;
		if (step == STEP_ENDED && value_ended(s)) {
			s->scanned = 0;
			*ret_n_bytes = at;
			return 0;
		}
	}
	s->scanned = at;
	return at == limit ? PROTO_E_TOO_LARGE : PROTO_E_TRUNCATED;
}
