/*
 * The time that decides: never earlier than what the ledger has seen. Any thread.
 *
 * now = the later of CLOCK_REALTIME and a floor (the newest event's time), so a clock that was set
 * back revives nothing that had lapsed.
 */
#ifndef DAEMON_BASE_CLOCK_H
#define DAEMON_BASE_CLOCK_H

#include <stdatomic.h>
#include <stdint.h>

struct clock {
	_Atomic uint64_t floor; /* seconds UTC */
};

/* Seconds UTC. */
uint64_t clock_now(const struct clock *clock);
/* CLOCK_REALTIME alone, in seconds UTC. */
uint64_t clock_wall(void);
/* CLOCK_MONOTONIC, in milliseconds and nanoseconds. */
uint64_t clock_monotonic_ms(void);
uint64_t clock_monotonic_ns(void);
/* CLOCK_MONOTONIC in milliseconds as of the last tick, 1 to 10 ms ago; costs a few loads. */
uint64_t clock_tick_ms(void);

uint64_t clock_floor(const struct clock *clock);
/* Raises the floor to `seconds`; a lower value changes nothing. */
void clock_raise_floor(struct clock *clock, uint64_t seconds);

#endif
