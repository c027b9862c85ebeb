/* The idempotency key that makes a write safe to repeat. Any thread. */
#ifndef CLIENT_SRC_EVENT_ID_H
#define CLIENT_SRC_EVENT_ID_H

#include "proto/span.h"

enum { CLIENT_EVENT_ID_BYTES = 32 };

/*
 * The caller's id, or 128 random bits in hex in `memory`. Absent where the kernel has no random
 * bits yet: the write is then sent without, and not repeated.
 */
struct span client_event_id(const char *given, char memory[CLIENT_EVENT_ID_BYTES]);

#endif
