/* error_errno never answers 0: a failure without a reason is still a failure. */
#include "daemon/base/error.h"

#include <criterion/criterion.h>
#include <errno.h>

Test(base_error, negates_errno)
{
	errno = ENOSPC;
	cr_assert_eq(error_errno(), -ENOSPC);
}

Test(base_error, zero_is_an_io_error)
{
	errno = 0;
	cr_assert_eq(error_errno(), -EIO);
}
