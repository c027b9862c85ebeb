/*
 * Accepts on one listening socket, a bounded number of connections a turn. Loop thread only.
 *
 * uv_poll and an accept4 of our own, because libuv's accept takes all that are pending in one turn,
 * and at EMFILE either spins or closes them. Pausing takes the socket out of the poll set: waiting
 * peers stay in the kernel's backlog.
 */
#ifndef DAEMON_NET_LISTENER_H
#define DAEMON_NET_LISTENER_H

#include <uv.h>

#include "daemon/base/error.h"
#include "proto/span.h"

struct server;

struct listener {
	struct server *server;
	int fd; /* -1: not listening */
	uv_poll_t poll;
	uv_timer_t retry;
	bool paused;
	bool starved; /* paused because the machine has no descriptors or memory */
};

/* Owns the fd when it succeeds. -errno. */
MUST_USE int listener_start(struct listener *listener, struct server *server, int fd);
/* A connection closed: accepts again if that is what was waited for. */
void listener_resume(struct listener *listener);
/* Closes the socket; closed_fn is called for each of LISTENER_N_HANDLES handles. */
void listener_stop(struct listener *listener, uv_close_cb closed_fn);

enum { LISTENER_N_HANDLES = 2 };

#endif
