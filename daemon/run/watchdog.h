/*
 * Tells systemd that the daemon is alive, when it is: each sign goes through the committer first.
 * Loop thread only.
 */
#ifndef DAEMON_RUN_WATCHDOG_H
#define DAEMON_RUN_WATCHDOG_H

#include <uv.h>

#include "daemon/commit/commit.h"

struct watchdog {
	struct commit_request
	        request; /* first member: it is its own write, which changes nothing */
	struct commit *commit;
	uv_timer_t timer;
	bool started, under_way;
};

/* Starts where systemd wants it; otherwise without effect. -errno. */
MUST_USE int watchdog_start(struct watchdog *watchdog, uv_loop_t *loop, struct commit *commit);
/* Ends the timer. A round trip that is under way ends by itself. */
void watchdog_stop(struct watchdog *watchdog);

#endif
