/*
 * The one decision, run by the daemon and by every client that decides for itself.
 *
 * Any thread; no I/O, no allocation, no clock of its own. Whatever is unknown is a no.
 */
#ifndef PROTO_DECIDE_H
#define PROTO_DECIDE_H

#include "proto/rules.h"
#include "proto/tables.h"

/* What a subject has decided: a consistent copy of its line. Times are seconds UTC, exclusive. */
struct proto_state {
	struct proto_bits decided, given;
	uint32_t given_until;   /* what was given holds while now < given_until */
	uint32_t refused_until; /* what was refused holds while now < refused_until */
};

struct proto_circumstances {
	uint64_t now; /* seconds UTC, never below the time floor */
	bool gpc;     /* the request carried Sec-GPC: 1 */
	bool stale;   /* the caller demanded a revision that is not applied here */
};

/*
 * Why a cookie of `service` (NULL: undeclared) may or may not be set; `state` NULL: no record. A
 * service that is not necessary and has no bit is a no: nobody could have decided about it.
 * proto_reason_allowed() turns it into yes or no.
 */
enum proto_reason proto_decide(const struct proto_service *service, const struct proto_state *state,
        const struct proto_circumstances *circumstances);

/* Whether some service that needs an opt-in is unknown or expired; false when stale. */
bool proto_ask(const struct proto_rules *rules, const struct proto_state *state,
        const struct proto_circumstances *circumstances);

#endif
