/*
 * consentd --check: what is wrong with configurations and policies. Changes nothing.
 */
#ifndef DAEMON_RUN_CHECK_H
#define DAEMON_RUN_CHECK_H

#include "daemon/base/faults.h"
#include "proto/span.h"

/*
 * Reports on each file of the NULL-terminated list, faults as file:line:column: message on stdout.
 * An exit_status: EXIT_STATUS_OK where no file has an error (warnings do not count).
 */
int check_files(char *const *files);

/* Whether the text is meant as a policy: it names a site at its top. Otherwise a configuration. */
bool check_is_policy(struct span text);

#endif
