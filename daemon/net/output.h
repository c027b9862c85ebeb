/*
 * Replies of a connection that its socket has not taken yet. Loop thread only.
 *
 * Replies are encoded where they are sent from: output_reserve lends a writer over the free tail,
 * output_commit keeps what was written. The first OUTPUT_FIRST_BYTES are every connection's; what
 * grows beyond them is given back once all is sent.
 */
#ifndef DAEMON_NET_OUTPUT_H
#define DAEMON_NET_OUTPUT_H

#include "daemon/net/quota.h"
#include "proto/writer.h"

enum { OUTPUT_FIRST_BYTES = 65536 };

struct output {
	uint8_t *data;
	size_t capacity;
	size_t start, end; /* what was not sent yet */
	bool blocked;      /* the socket took less than it was given; wait until it is writable */
	struct quota *quota;
	struct quota_user *user;
};

enum {
	OUTPUT_E_BLOCKED = 1, /* the socket takes no more for now */
	OUTPUT_E_QUOTA,       /* the peer's uid has enough unsent replies already */
};

void output_init(struct output *output, struct quota *quota, struct quota_user *user);
void output_deinit(struct output *output);

/*
 * A writer over exactly `n_bytes` behind what is unsent. Sends first where that spares growing. A
 * failed send is not reported here but by the next output_flush. 0, OUTPUT_E_QUOTA, -ENOMEM.
 */
MUST_USE int output_reserve(
        struct output *output, int fd, size_t n_bytes, struct proto_writer *ret);
/* Keeps what was written; the writer is the last that was reserved, and has not overflowed. */
void output_commit(struct output *output, const struct proto_writer *writer);

/*
 * Sends what was written, which is all that is unsent, with a descriptor at its first byte. What the
 * socket does not take at once stays to be sent. OUTPUT_E_BLOCKED: it took nothing, and the reply is
 * dropped; -errno.
 */
MUST_USE int output_send_fd(struct output *output, int fd, int passed_fd);

/* Sends what can be sent without waiting. 0: nothing is left; OUTPUT_E_BLOCKED; -errno. */
MUST_USE int output_flush(struct output *output, int fd);

/* Whether it has grown beyond what every connection has. */
static inline bool output_is_large(const struct output *output)
{
	return output->capacity > OUTPUT_FIRST_BYTES;
}

static inline size_t output_unsent(const struct output *output)
{
	return output->end - output->start;
}

#endif
