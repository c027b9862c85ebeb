/*
 * Where a page ended: a cursor that outlives the answer that it came with. One thread.
 */
#ifndef CLIENT_CTL_CURSOR_H
#define CLIENT_CTL_CURSOR_H

#include "proto/span.h"

struct cursor {
	char text[65]; /* at most 64 bytes by proto/fields.def; "" before the first page */
	bool more;
};

/* Copies the `next` of a page. CTL_PARTLY, and a message, where a daemon sends a longer one. */
PROTO_MUST_USE int cursor_keep(struct cursor *cursor, struct span next);

#endif
