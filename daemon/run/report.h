/*
 * The faults of a document in the log. Any thread.
 */
#ifndef DAEMON_RUN_REPORT_H
#define DAEMON_RUN_REPORT_H

#include "daemon/base/faults.h"

/* A line each: file:line:column: message. */
void report_faults(const struct faults *faults);

#endif
