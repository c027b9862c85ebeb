/*
 * Runs a plan of mode MAP: a thread has a handle of the library, and decisions are looked up in the
 * decision map. Called from one thread.
 */
#ifndef CLIENT_CTL_BENCH_MAP_H
#define CLIENT_CTL_BENCH_MAP_H

#include "client/ctl/bench_plan.h"

/*
 * Blocks until the time is over; the plan's connections and pipeline are not looked at. Returns
 * CTL_OK and what came out (`elapsed_ns` is of the checks alone, `latency` of every 64th of them); or
 * says what went wrong and returns the exit code.
 */
PROTO_MUST_USE int bench_map_run(
        const struct bench_plan *plan, const struct bench_check *check, struct bench_tally *ret);

#endif
