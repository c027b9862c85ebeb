/*
 * What one run of the benchmark does, and what came out of it. Any thread; a plan is constant
 * while its run lasts.
 */
#ifndef CLIENT_CTL_BENCH_PLAN_H
#define CLIENT_CTL_BENCH_PLAN_H

#include "client/ctl/bench_request.h"
#include "client/ctl/histogram.h"

enum bench_mode {
	BENCH_PRELOAD, /* a write for every subject, in order; even ones give, odd ones refuse */
	BENCH_LEARN,   /* a check of every subject, in order: what did they choose last? */
	BENCH_CHECK,   /* checks of random subjects, for a time */
	BENCH_WRITE,   /* writes of random subjects that change what they chose, for a time */
	BENCH_MAP, /* checks of random subjects that are looked up in this process, for a time */
};

static inline bool bench_mode_writes(enum bench_mode mode)
{
	return mode == BENCH_PRELOAD || mode == BENCH_WRITE;
}

/* Whether each subject has its turn, and then it ends; else it is time that ends it. */
static inline bool bench_mode_in_order(enum bench_mode mode)
{
	return mode == BENCH_PRELOAD || mode == BENCH_LEARN;
}

struct bench_plan {
	const char *socket;
	enum bench_mode mode;
	struct bench_request request;
	uint32_t n_connections, n_threads;
	uint32_t pipeline; /* requests of one connection in flight */
	uint64_t n_subjects;
	/* What each subject chose last, 1 or 0: PRELOAD and LEARN find it out, WRITE changes it. A
	   byte each, as no two threads share a subject. Owned by the caller; CHECK needs none. */
	uint8_t *given;
	uint64_t duration_ns;
	uint64_t since_revision; /* a write must return a later one */
	uint32_t timeout_ms;     /* without any reply */
	bool verify;             /* replies must follow from what was preloaded */
	bool shows_progress;
};

struct bench_tally {
	struct histogram latency;
	uint64_t n_replies, n_allowed, n_denied;
	uint64_t n_hits, n_misses;
	uint64_t n_errors;     /* error replies, and replies that contradict themselves */
	uint64_t n_unexpected; /* another decision than follows from what was preloaded */
	uint64_t n_asked;      /* of MAP: requests that went to the daemon nevertheless */
	uint64_t elapsed_ns;
	char first_error[256];
};

/* What the subject with this number chose in the preload. */
static inline bool bench_gives(uint64_t subject)
{
	return subject % 2 == 0;
}

#endif
