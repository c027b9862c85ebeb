/*
 * What systemd gives to the daemon and wants to hear from it. Main thread only.
 *
 * Without systemd every function is without effect, and no socket is passed.
 */
#ifndef DAEMON_RUN_NOTIFY_H
#define DAEMON_RUN_NOTIFY_H

#include "daemon/base/error.h"
#include "proto/span.h"

enum {
	NOTIFY_E_NONE = 1, /* no socket was passed */
	NOTIFY_E_MANY,     /* more than one was passed */
	NOTIFY_E_KIND,     /* it is no listening Unix stream socket */
};

/* The listening socket that was passed, made non-blocking. NOTIFY_E_*, -errno. */
MUST_USE int notify_listen_fd(int *ret);

void notify_ready(const char *status);
void notify_reloading(void);
void notify_stopping(void);
void notify_alive(void);

/* How often systemd wants to hear that the daemon is alive, in milliseconds; 0: never. */
uint64_t notify_watchdog_ms(void);

#endif
