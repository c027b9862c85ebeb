/*
 * The bands of return values meet errno in one place, so that a call which failed without saying
 * why cannot be taken for success: -0 would be "done".
 */
#include "daemon/base/error.h"

#include <errno.h>

int error_errno(void)
{
	return errno > 0 ? -errno : -EIO;
}
