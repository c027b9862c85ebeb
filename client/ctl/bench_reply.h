/*
 * What a reply says, and whether it is what it must be.
 *
 * One thread a judge. Replies to checks are the same bytes for every subject that chose the same,
 * so a reply that was decoded once is remembered, and those that equal it byte for byte behind
 * their message id are known by comparing. Everything else is found by the scanner and decoded.
 */
#ifndef CLIENT_CTL_BENCH_REPLY_H
#define CLIENT_CTL_BENCH_REPLY_H

#include "proto/scanner.h"

enum {
	BENCH_KNOWN_REPLIES = 8,
	BENCH_KNOWN_BYTES = 4096,
	/* 94 01 ce, and the four bytes of the message id: what differs between equal replies. */
	BENCH_REPLY_HEAD_BYTES = 7,
};

/* What is counted of one reply. */
struct bench_verdict {
	bool failed;     /* an error, or no reply at all */
	bool fits_given; /* what it must be for a subject that gave everything */
	bool fits_refused;
	bool hit;  /* some decision follows from a record */
	bool miss; /* some decision says that there is none */
	uint32_t n_allowed, n_denied;
};

/* Adds one decision of a check; fits_given and fits_refused are true before the first. */
void bench_verdict_add(struct bench_verdict *verdict, enum proto_reason reason, bool allowed);

struct bench_reply {
	size_t n_bytes;
	uint32_t msgid;
	const struct bench_verdict *verdict; /* the judge's, until its next reply */
};

struct bench_known {
	uint8_t bytes[BENCH_KNOWN_BYTES];
	size_t n_bytes;
	struct bench_verdict verdict;
};

struct bench_judge {
	bool is_write;
	uint64_t since_revision; /* a write must return a later one */
	struct bench_known known[BENCH_KNOWN_REPLIES];
	uint32_t n_known, next_known;
	struct bench_verdict verdict; /* of the last reply that was decoded */
	char first_error[256];        /* "" while none came */
};

/*
 * Looks at the first reply in `bytes`. Returns 0, the reply's length, message id and verdict;
 * PROTO_E_TRUNCATED when more must arrive; another PROTO_E_* when this is no reply.
 */
PROTO_MUST_USE int bench_judge_next(struct bench_judge *judge, struct proto_scanner *scanner,
        struct span bytes, struct bench_reply *ret);

#endif
