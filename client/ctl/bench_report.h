/*
 * What a run of the benchmark came to, printed. One thread.
 */
#ifndef CLIENT_CTL_BENCH_REPORT_H
#define CLIENT_CTL_BENCH_REPORT_H

#include "client/ctl/bench_plan.h"
#include "client/ctl/output.h"

struct bench_report {
	const struct bench_plan *plan;
	const struct bench_tally *tally;
	struct span site;
	uint32_t n_cookies; /* of one check; 0: writes */
	bool preloaded;
};

void bench_report_print(struct output *out, const struct bench_report *report);

#endif
