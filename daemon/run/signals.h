/*
 * The signals that the daemon obeys, on the loop. Loop thread only.
 */
#ifndef DAEMON_RUN_SIGNALS_H
#define DAEMON_RUN_SIGNALS_H

#include <uv.h>

#include "daemon/base/error.h"

enum { SIGNALS_N = 3 };

struct signals {
	uv_signal_t handles[SIGNALS_N];
	void (*stop_fn)(void *ctx);   /* SIGTERM, SIGINT */
	void (*reload_fn)(void *ctx); /* SIGHUP */
	void *ctx;
};

/* The functions and ctx are set by the caller. -errno. */
MUST_USE int signals_start(struct signals *signals, uv_loop_t *loop);
/* For good: one that comes later is blocked, so that what is still to be done is done in order. */
void signals_stop(struct signals *signals);

/* Around the start of threads, which inherit it: only the loop's takes signals. */
void signals_block(void);
void signals_unblock(void);

#endif
