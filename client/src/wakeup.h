/*
 * What makes a handle's descriptor readable: a socket, and a moment.
 *
 * Any thread, one handle per thread. Nothing here waits.
 */
#ifndef CLIENT_SRC_WAKEUP_H
#define CLIENT_SRC_WAKEUP_H

#include <sys/types.h>

#include "proto/span.h"

struct client_wakeup {
	int epoll, timer; /* -1: not open */
	int witness;      /* a socket that says whether the others' numbers are still ours */
	dev_t device;
	ino_t inode;
	uint64_t armed_ms; /* when the timer makes it readable; 0: never */
};

/* To the state in which nothing is open. */
void client_wakeup_init(struct client_wakeup *wakeup);

/* Opens what is not open; false where the process may not have more descriptors. */
PROTO_MUST_USE bool client_wakeup_open(struct client_wakeup *wakeup);

/* Closes what is still ours. In a child of fork this leaves the parent's as they are. */
void client_wakeup_close(struct client_wakeup *wakeup);

/* Whether the descriptors are open, and not closed by the application: then they are forgotten. */
PROTO_MUST_USE bool client_wakeup_usable(struct client_wakeup *wakeup);

/* Watches a socket for reading, and for `sends` writing, too; false where the kernel cannot. */
PROTO_MUST_USE bool client_wakeup_watch(struct client_wakeup *wakeup, int fd, bool sends);

/* Ends that, before the socket is closed: a forked child that has it would keep it readable. */
void client_wakeup_unwatch(struct client_wakeup *wakeup, int fd);

/* Readable from that moment of client_now_ms() on, and not before; 0: not at all. */
void client_wakeup_at(struct client_wakeup *wakeup, uint64_t at_ms);

#endif
