/*
 * What a connection has received and not yet handled, cut into messages. Loop thread only.
 *
 * One buffer of PROTO_LIMIT_INPUT_BYTES, made at the first read. It grows only for a message that
 * does not fit, up to PROTO_LIMIT_MESSAGE_BYTES, and shrinks back once that one is handled.
 * Messages are handed out where they lie; nothing is moved while a batch of them is handled.
 */
#ifndef DAEMON_NET_INPUT_H
#define DAEMON_NET_INPUT_H

#include "daemon/net/quota.h"
#include "proto/scanner.h"

struct input {
	uint8_t *data;
	size_t capacity;
	size_t start, end; /* what is left of what was received */
	struct proto_scanner scanner;
	struct quota *quota; /* is asked for what goes beyond the first buffer */
	struct quota_user *user;
};

enum {
	INPUT_E_MORE = 1,  /* nothing more, for now */
	INPUT_E_END,       /* the peer will send nothing more */
	INPUT_E_MALFORMED, /* no message can be found in these bytes, nor behind them */
	INPUT_E_TOO_LARGE, /* a message is longer than PROTO_LIMIT_MESSAGE_BYTES */
	INPUT_E_QUOTA,     /* it is longer than a buffer, and the peer's uid holds enough already */
};

void input_init(struct input *input, struct quota *quota, struct quota_user *user);
void input_deinit(struct input *input);

/*
 * One read() of the non-blocking socket, without the descriptors that the peer may pass. 0,
 * INPUT_E_MORE, INPUT_E_END, INPUT_E_QUOTA, -errno.
 */
MUST_USE int input_read(struct input *input, int fd);

/*
 * The next whole message, which stays valid until input_settle. 0, INPUT_E_MORE,
 * INPUT_E_MALFORMED, INPUT_E_TOO_LARGE.
 */
MUST_USE int input_next(struct input *input, struct span *ret);

/* Ends a batch: makes room behind an unfinished message, and gives back memory that it grew by. */
void input_settle(struct input *input);

/* Drops all that was received. */
void input_clear(struct input *input);

/* Whether anything was received that input_next has not handed out. */
static inline bool input_pending(const struct input *input)
{
	return input->start != input->end;
}

#endif
