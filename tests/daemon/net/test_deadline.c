/* One timer for all deadlines. */
#include <criterion/criterion.h>

#include "daemon/net/deadline.h"

static struct deadline *passed[16];
static size_t n_passed;

static void on_passed(struct deadline *deadline)
{
	cr_assert_not(deadline->set);
	passed[n_passed++] = deadline;
}

static void init(struct deadlines *deadlines, uv_loop_t *loop)
{
	uint64_t duration_ms[DEADLINE_N_KINDS] = {60, 20, 5};

	cr_assert_eq(uv_loop_init(loop), 0);
	cr_assert_eq(deadlines_init(deadlines, loop, duration_ms, on_passed), 0);
}

static void deinit(struct deadlines *deadlines, uv_loop_t *loop)
{
	deadlines_close(deadlines, NULL);
	uv_run(loop, UV_RUN_DEFAULT);
	cr_assert_eq(uv_loop_close(loop), 0);
}

Test(deadline, pass_in_order_of_time_over_all_kinds)
{
	struct deadlines deadlines;
	uv_loop_t loop;
	struct deadline first = {.set = false}, message = first, output = first;

	init(&deadlines, &loop);
	deadline_set(&deadlines, &first, DEADLINE_FIRST_MESSAGE);
	deadline_set(&deadlines, &message, DEADLINE_MESSAGE);
	deadline_set(&deadlines, &output, DEADLINE_OUTPUT);
	uv_run(&loop, UV_RUN_DEFAULT);
	cr_assert_eq(n_passed, 3);
	cr_assert_eq(passed[0], &output);
	cr_assert_eq(passed[1], &message);
	cr_assert_eq(passed[2], &first);
	deinit(&deadlines, &loop);
}

Test(deadline, a_cleared_one_never_passes)
{
	struct deadlines deadlines;
	uv_loop_t loop;
	struct deadline one = {.set = false}, two = one;

	init(&deadlines, &loop);
	deadline_set(&deadlines, &one, DEADLINE_OUTPUT);
	deadline_set(&deadlines, &two, DEADLINE_MESSAGE);
	deadline_clear(&deadlines, &one);
	deadline_clear(&deadlines, &one);
	uv_run(&loop, UV_RUN_DEFAULT);
	cr_assert_eq(n_passed, 1);
	cr_assert_eq(passed[0], &two);
	deinit(&deadlines, &loop);
}

Test(deadline, setting_again_moves_it)
{
	struct deadlines deadlines;
	uv_loop_t loop;
	struct deadline one = {.set = false}, two = one;

	init(&deadlines, &loop);
	deadline_set(&deadlines, &one, DEADLINE_MESSAGE);
	deadline_set(&deadlines, &two, DEADLINE_MESSAGE);
	deadline_set(&deadlines, &one, DEADLINE_MESSAGE);
	uv_run(&loop, UV_RUN_DEFAULT);
	cr_assert_eq(n_passed, 2);
	cr_assert_eq(passed[0], &two);
	cr_assert_eq(passed[1], &one);
	deinit(&deadlines, &loop);
}

Test(deadline, a_shorter_one_set_later_is_not_late)
{
	struct deadlines deadlines;
	uv_loop_t loop;
	struct deadline slow = {.set = false}, fast = slow;
	uint64_t start_ms;

	init(&deadlines, &loop);
	deadline_set(&deadlines, &slow, DEADLINE_FIRST_MESSAGE);
	deadline_set(&deadlines, &fast, DEADLINE_OUTPUT);
	start_ms = uv_now(&loop);
	while (n_passed == 0)
		uv_run(&loop, UV_RUN_ONCE);
	cr_assert_eq(passed[0], &fast);
	cr_assert(slow.set, "after %llu ms", (unsigned long long)(uv_now(&loop) - start_ms));
	deadline_clear(&deadlines, &slow);
	deinit(&deadlines, &loop);
}
