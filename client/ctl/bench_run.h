/*
 * Runs a plan: its connections, spread over its threads. Called from one thread.
 */
#ifndef CLIENT_CTL_BENCH_RUN_H
#define CLIENT_CTL_BENCH_RUN_H

#include "client/ctl/bench_plan.h"

/*
 * Blocks until the time is over and all replies have come, or everything is preloaded. Returns
 * CTL_OK and what came out; or says what went wrong and returns the exit code (`ret` then holds
 * what had come out until then).
 */
PROTO_MUST_USE int bench_run(const struct bench_plan *plan, struct bench_tally *ret);

/* Adds what one thread counted to what all did. */
void bench_tally_add(struct bench_tally *into, const struct bench_tally *from);

#endif
