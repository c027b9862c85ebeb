/* Descriptors and signals of the process. */
#include <criterion/criterion.h>

#include <signal.h>
#include <sys/resource.h>

#include "daemon/run/process.h"

Test(process, takes_the_hard_limit)
{
	struct rlimit limit;

	cr_assert_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
	limit.rlim_cur = 100;
	limit.rlim_max = 200;
	cr_assert_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
	cr_assert_eq(process_prepare(), 200);
	cr_assert_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
	cr_assert_eq(limit.rlim_cur, 200);
}

Test(process, survives_a_broken_pipe)
{
	struct sigaction action;

	process_prepare();
	cr_assert_eq(sigaction(SIGPIPE, NULL, &action), 0);
	cr_assert_eq(action.sa_handler, SIG_IGN);
}

Test(process, reserves_watchers_at_once)
{
	uv_loop_t loop;

	cr_assert_eq(uv_loop_init(&loop), 0);
	cr_assert_lt(loop.nwatchers, 900);
	cr_assert_eq(process_reserve_watchers(&loop, 900), 0);
	cr_assert_gt(loop.nwatchers, 900);
	uv_run(&loop, UV_RUN_DEFAULT);
	cr_assert_eq(uv_loop_close(&loop), 0);
}

Test(process, reports_descriptors_that_it_cannot_have)
{
	struct rlimit limit = {100, 100};
	uv_loop_t loop;

	cr_assert_eq(uv_loop_init(&loop), 0);
	cr_assert_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
	cr_assert_lt(process_reserve_watchers(&loop, 100), 0);
	cr_assert_eq(uv_loop_close(&loop), 0);
}
