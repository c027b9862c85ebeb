/*
 * How functions of the daemon answer: 0 done; > 0 an expected outcome that the header of the
 * function lists; < 0 -errno, the machine or the program failed and the caller hands it up.
 */
#ifndef DAEMON_BASE_ERROR_H
#define DAEMON_BASE_ERROR_H

#include <errno.h>

#define MUST_USE __attribute__((warn_unused_result))

/*
 * -errno of the call that just failed; -EIO where errno was left 0, so that a call which failed
 * without saying why cannot be taken for success: -0 would be "done". Inline, so that compilers and
 * analysers see that it is never 0.
 */
static inline int error_errno(void)
{
	int error = -errno;

	return error < 0 ? error : -EIO;
}

#endif
