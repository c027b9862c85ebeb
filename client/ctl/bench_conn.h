/*
 * One connection of the benchmark: a batch of requests goes out whole, and the next when all of
 * its replies have come.
 *
 * One thread. Nothing is allocated once it is open; a batch costs one send and, unless it arrives
 * in pieces, one recv.
 */
#ifndef CLIENT_CTL_BENCH_CONN_H
#define CLIENT_CTL_BENCH_CONN_H

#include "client/ctl/bench_plan.h"
#include "client/ctl/bench_reply.h"

enum { BENCH_INPUT_BYTES = 256 * 1024, BENCH_MAX_PIPELINE = 1024 };

struct bench_conn {
	int fd;
	uint32_t number; /* among all connections of the run */
	const struct bench_plan *plan;
	uint64_t random;
	bool done; /* no further batch is begun */

	/* The subjects of all runs but CHECK: every n_connections-th, from `number` on. */
	uint64_t n_own, next_own;

	/* The batch. */
	uint32_t first_msgid, n_batch, n_pending;
	uint64_t sent_at_ns;
	uint8_t *output;
	size_t output_bytes, n_sent;
	uint64_t answered[BENCH_MAX_PIPELINE / 64];
	uint64_t refused[BENCH_MAX_PIPELINE / 64]; /* the subject of that request refused all */

	uint8_t *input;
	size_t input_begin, input_end;
	struct proto_scanner scanner;
};

/* Connects. Returns CTL_OK, or says why not and returns the exit code. `conn` may be deinited. */
PROTO_MUST_USE int bench_conn_open(
        struct bench_conn *conn, const struct bench_plan *plan, uint32_t number);
void bench_conn_close(struct bench_conn *conn);

/* Makes the next batch; false where there is nothing left to preload. */
PROTO_MUST_USE bool bench_conn_fill(struct bench_conn *conn);

/*
 * Sends what is left of the batch. Returns CTL_OK, also when the socket takes no more for now
 * (bench_conn_unsent says so), or the exit code.
 */
PROTO_MUST_USE int bench_conn_send(struct bench_conn *conn);

static inline bool bench_conn_unsent(const struct bench_conn *conn)
{
	return conn->n_sent < conn->output_bytes;
}

/*
 * Receives once, with these recv flags, and counts the replies that are complete then. Returns
 * CTL_OK, or says what is wrong and returns the exit code.
 */
PROTO_MUST_USE int bench_conn_receive(
        struct bench_conn *conn, int flags, struct bench_judge *judge, struct bench_tally *tally);

#endif
