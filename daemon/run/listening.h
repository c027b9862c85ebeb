/*
 * The listening socket: systemd's, or one of our own. Main thread only.
 */
#ifndef DAEMON_RUN_LISTENING_H
#define DAEMON_RUN_LISTENING_H

#include "daemon/net/bind.h"
#include "daemon/run/settings.h"

struct listening {
	int fd;
	gid_t group;        /* of the socket's file; (gid_t)-1: it has none that is one */
	struct bound bound; /* where it is our own */
};

enum { LISTENING_E_FAILED = 1 };

/* Zero fds are none. */
void listening_init(struct listening *listening);
/* 0, or LISTENING_E_FAILED with a line in the log that says what to do. */
MUST_USE int listening_open(struct listening *listening, const struct settings *settings);
/* Takes our own socket's file away; the fd is the server's by then. */
void listening_remove(struct listening *listening);
void listening_deinit(struct listening *listening);

#endif
