/*
 * Makes the listening socket at a path of the file system, and takes it away again. Blocks; at
 * start and stop only.
 */
#ifndef DAEMON_NET_BIND_H
#define DAEMON_NET_BIND_H

#include <sys/types.h>

#include "daemon/base/error.h"
#include "proto/span.h"

struct bind_options {
	const char *path;
	mode_t mode; /* of the socket: who may connect */
	gid_t group; /* of the socket; (gid_t)-1: that of the process */
	int backlog; /* connections that the kernel holds until they are accepted */
};

/* What was bound, so that nothing else is ever removed. */
struct bound {
	int fd;      /* listening, non-blocking; -1: none */
	int lock_fd; /* held as long as the socket; -1: none */
	char *path;
	dev_t device;
	ino_t inode;
};

enum {
	BIND_E_TOO_LONG = 1, /* the path does not fit into a socket address */
	BIND_E_LOCKED,       /* another process holds PATH.lock */
	BIND_E_LIVE,         /* another process answers at the path */
	BIND_E_NOT_SOCKET,   /* something else than a socket lies at the path */
};

/* The longest path, without its NUL. */
size_t bind_path_most(void);

/*
 * Takes PATH.lock, removes a socket at which nobody answers, binds, sets group and mode, listens:
 * nobody connects before the mode is right. BIND_E_* or -errno; nothing is left behind then but the
 * lock file.
 */
MUST_USE int bind_open(const struct bind_options *options, struct bound *ret);

/* What went wrong, and what to do, in one line. */
void bind_format_error(const struct bind_options *options, int error, char *ret, size_t capacity);

/* Removes the socket file, if it is still the one that was bound. The fd is the caller's. */
void bind_remove(struct bound *bound);
/* Gives the lock back. */
void bind_deinit(struct bound *bound);

#endif
