/*
 * What a handle does while the daemon cannot be asked. Any thread, one handle per thread.
 *
 * After a call that timed out there is a pause in which checks are answered `unavailable` at once,
 * so that a daemon which hangs costs a worker one deadline now and then and not one a request.
 */
#ifndef CLIENT_SRC_OUTAGE_H
#define CLIENT_SRC_OUTAGE_H

#include <consent.h>

#include "proto/span.h"

enum {
	CLIENT_PAUSE_MS = 250,        /* at the least between two attempts */
	CLIENT_PAUSE_JITTER_MS = 250, /* and up to so much more, so that workers spread out */
};

struct client_cookie {
	struct span name;   /* any bytes: what cannot be a declared name is undeclared */
	struct span domain; /* absent: the site's own */
};

struct client_pause {
	uint64_t until_ms; /* 0: none */
};

void client_pause_begin(struct client_pause *pause, uint64_t now_ms);
bool client_pause_holds(const struct client_pause *pause, uint64_t now_ms);

/* Writes n random bytes, at most 256; false where the kernel has none yet. */
PROTO_MUST_USE bool client_random(void *ret, size_t n_bytes);

/*
 * Decides by itself for a cookie of which the daemon was not asked because of `error`: allowed
 * where the application, or the newest policy that was seen, says that it is necessary.
 */
void client_outage_decide(struct consent_client *client, const char *site,
        struct client_cookie cookie, enum consent_error error,
        struct consent_decision *ret_decision);

#endif
