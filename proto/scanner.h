/*
 * Finds where a message ends, in a stream that arrives in pieces of any size.
 *
 * Any thread, one scanner a stream. The state survives between calls, so each byte is looked at
 * once, however the peer cuts its messages. A message that comes out complete is well-formed
 * MessagePack within the limits of depth and size; text is not yet checked for UTF-8.
 */
#ifndef PROTO_SCANNER_H
#define PROTO_SCANNER_H

#include "proto/reader.h"
#include "proto/tables.h"

/* A zeroed one is ready for the first message. */
struct proto_scanner {
	uint32_t left[PROTO_LIMIT_DEPTH]; /* values still to come, by level */
	uint32_t depth;                   /* open arrays and maps */
	uint32_t value;                   /* of a length or count, what was read of it */
	uint8_t kind;                     /* what that length or count belongs to */
	uint8_t n_argument;               /* bytes of it still to come */
	size_t skip;                      /* payload bytes still to pass over */
	size_t scanned;                   /* bytes of this message that were looked at */
};

/*
 * Looks at the bytes of the current message from `scanned` on. `message` begins at the message's
 * first byte and holds all that has arrived of it and perhaps of its followers (what was scanned
 * before is not read again). Returns 0 and the message's length, the scanner then ready for the
 * next message; PROTO_E_TRUNCATED when more must arrive; PROTO_E_MALFORMED (no MessagePack, an ext
 * type, or deeper than PROTO_LIMIT_DEPTH) or PROTO_E_TOO_LARGE (longer than
 * PROTO_LIMIT_MESSAGE_BYTES, said as soon as a length or a count shows it) when the stream cannot
 * be followed any further.
 */
PROTO_MUST_USE int proto_scanner_feed(
        struct proto_scanner *scanner, struct span message, size_t *ret_n_bytes);

#endif
