/*
 * The daemon, put together: what is opened in which order, and ended in the other. Main thread.
 */
#ifndef DAEMON_RUN_DAEMON_H
#define DAEMON_RUN_DAEMON_H

#include "daemon/run/options.h"

/* Runs until it is told to stop; an exit_status. What went wrong is in the log. */
int daemon_run(const struct options *options);

#endif
