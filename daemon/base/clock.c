/*
 * Clocks and a floor. The floor only rises: whoever raises it with an older time changes
 * nothing, so threads may raise it in any order.
 *
 * CLOCK_REALTIME and CLOCK_MONOTONIC cannot fail on Linux with a valid pointer.
 */
#include "daemon/base/clock.h"

#include <assert.h>
#include <time.h>

static struct timespec read_clock(clockid_t id)
{
	struct timespec now;
	int r = clock_gettime(id, &now);
	assert(r == 0);
	(void)r;
	return now;
}

uint64_t clock_wall(void)
{
	struct timespec now = read_clock(CLOCK_REALTIME);
	return now.tv_sec > 0 ? (uint64_t)now.tv_sec : 0;
}

uint64_t clock_monotonic_ns(void)
{
	struct timespec now = read_clock(CLOCK_MONOTONIC);
	return (uint64_t)now.tv_sec * UINT64_C(1000000000) + (uint64_t)now.tv_nsec;
}

uint64_t clock_monotonic_ms(void)
{
	return clock_monotonic_ns() / 1000000;
}

uint64_t clock_tick_ms(void)
{
	struct timespec now = read_clock(CLOCK_MONOTONIC_COARSE);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

uint64_t clock_floor(const struct clock *clock)
{
	return atomic_load_explicit(&clock->floor, memory_order_acquire);
}

uint64_t clock_now(const struct clock *clock)
{
	uint64_t wall = clock_wall(), floor = clock_floor(clock);
	return wall > floor ? wall : floor;
}

void clock_raise_floor(struct clock *clock, uint64_t seconds)
{
	uint64_t floor = clock_floor(clock);
	while (floor < seconds && !atomic_compare_exchange_weak_explicit(&clock->floor, &floor,
	                                  seconds, memory_order_acq_rel, memory_order_acquire))
		;
}
