/*
 * Deadlines of all connections on one timer. Loop thread only.
 *
 * All deadlines of a kind have the same duration, so each kind is a list in the order in which they
 * were set, and the first is the next to expire: setting, moving and clearing cost a few pointers,
 * whatever the number of connections.
 */
#ifndef DAEMON_NET_DEADLINE_H
#define DAEMON_NET_DEADLINE_H

#include <sys/queue.h>
#include <uv.h>

#include "daemon/base/error.h"
#include "proto/span.h"

enum deadline_kind {
	DEADLINE_FIRST_MESSAGE, /* from accept to the first whole message */
	DEADLINE_MESSAGE,       /* from the first byte of a message to its last */
	DEADLINE_OUTPUT,        /* unsent replies of which the peer takes nothing */
	DEADLINE_N_KINDS,
};

/* One deadline; a member of what it guards. Zeroed: not set. */
struct deadline {
	bool set;
	enum deadline_kind kind;
	uint64_t at_ms;
	TAILQ_ENTRY(deadline) entry;
};

TAILQ_HEAD(deadline_list, deadline);

struct deadlines {
	uv_timer_t timer;
	uint64_t duration_ms[DEADLINE_N_KINDS];
	struct deadline_list lists[DEADLINE_N_KINDS];
	/* Called when one has passed; it is no longer set then. May set and clear others. */
	void (*passed_fn)(struct deadline *deadline);
};

MUST_USE int deadlines_init(struct deadlines *deadlines, uv_loop_t *loop,
        const uint64_t duration_ms[DEADLINE_N_KINDS], void (*passed_fn)(struct deadline *deadline));
/* Closes the timer; closed_fn is the handle's. Nothing may be set any more. */
void deadlines_close(struct deadlines *deadlines, uv_close_cb closed_fn);

/* (Re)starts the deadline, from now on. */
void deadline_set(struct deadlines *deadlines, struct deadline *deadline, enum deadline_kind kind);
void deadline_clear(struct deadlines *deadlines, struct deadline *deadline);

#endif
