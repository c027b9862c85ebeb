/*
 * What the process needs of the machine before it serves anybody. Main thread, at start only.
 */
#ifndef DAEMON_RUN_PROCESS_H
#define DAEMON_RUN_PROCESS_H

#include <uv.h>

#include "daemon/base/error.h"
#include "proto/span.h"

/* Descriptors beside those of connections: the store, the log, the loop, the listening socket. */
enum { PROCESS_OWN_DESCRIPTORS = 64 };

/* Ignores SIGPIPE, and takes as many descriptors as it may have. Returns how many those are. */
uint64_t process_prepare(void);

/*
 * Makes the loop's table of descriptors large enough for `n`, now, where running out of memory is a
 * failed start: libuv aborts the program when that table cannot grow. -errno.
 */
MUST_USE int process_reserve_watchers(uv_loop_t *loop, uint64_t n);

#endif
