/* The floor only rises, whoever raises it, and now is never below it. */
#include "daemon/base/clock.h"

#include <criterion/criterion.h>
#include <pthread.h>
#include <time.h>

Test(base_clock, now_is_the_wall_clock_above_the_floor)
{
	struct clock clock = {0};
	uint64_t before = clock_wall(), now = clock_now(&clock), after = clock_wall();
	cr_assert(before <= now && now <= after);
	cr_assert_geq(before, 1700000000u);
}

Test(base_clock, now_is_the_floor_when_the_wall_clock_is_behind)
{
	struct clock clock = {0};
	uint64_t ahead = clock_wall() + 1000000;
	clock_raise_floor(&clock, ahead);
	cr_assert_eq(clock_now(&clock), ahead);
}

Test(base_clock, a_lower_value_does_not_lower_the_floor)
{
	struct clock clock = {0};
	clock_raise_floor(&clock, 50);
	clock_raise_floor(&clock, 49);
	cr_assert_eq(clock_floor(&clock), 50);
	clock_raise_floor(&clock, 51);
	cr_assert_eq(clock_floor(&clock), 51);
}

Test(base_clock, monotonic_clocks_agree_and_never_go_back)
{
	uint64_t ns = clock_monotonic_ns(), ms = clock_monotonic_ms(), ns2 = clock_monotonic_ns();
	cr_assert(ns / 1000000 <= ms && ms <= ns2 / 1000000);
}

static void *raise_from(void *ctx)
{
	struct clock *clock = ctx;
	for (uint64_t i = 0; i < 100000; i++)
		clock_raise_floor(clock, i * 7 % 100003);
	return NULL;
}

Test(base_clock, threads_raise_it_to_the_highest)
{
	struct clock clock = {0};
	pthread_t threads[3];
	for (int i = 0; i < 3; i++)
		cr_assert_eq(pthread_create(&threads[i], NULL, raise_from, &clock), 0);
	for (int i = 0; i < 3; i++)
		pthread_join(threads[i], NULL);
	uint64_t highest = 0;
	for (uint64_t i = 0; i < 100000; i++)
		if (i * 7 % 100003 > highest)
			highest = i * 7 % 100003;
	cr_assert_eq(clock_floor(&clock), highest);
}
