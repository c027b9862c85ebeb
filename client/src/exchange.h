/*
 * One round trip: any number of requests sent together, and their replies.
 *
 * Any thread, one handle per thread.
 */
#ifndef CLIENT_SRC_EXCHANGE_H
#define CLIENT_SRC_EXCHANGE_H

#include <consent.h>

#include "proto/messages.h"

/* A request, and what became of it. */
struct client_item {
	enum proto_op op;
	const void *request;      /* the struct of the operation's description in proto_ops */
	void *result;             /* likewise; spans point into the handle's input */
	enum consent_error error; /* OK: `result` was written; REMOTE or PROTOCOL otherwise */
	enum proto_error remote;  /* what the daemon refused it with */
	uint32_t msgid;
	size_t reply_at, reply_bytes; /* the reply in the input; no bytes: none yet */
};

/*
 * Sends the requests and takes their replies, until the call that began must have ended. Returns OK when
 * every request was answered and understood, REMOTE when the daemon refused one (the first decides
 * what the handle's message says), and otherwise why there are no answers; then no result is
 * valid. Connects where there is no connection, and once again where the daemon hung up and all
 * requests may be repeated.
 *
 * During the pause after a time-out, requests that change nothing are UNAVAILABLE at once.
 */
PROTO_MUST_USE enum consent_error client_exchange(
        struct consent_client *client, struct client_item *items, size_t n_items);

/* Whether an operation changes something: such a call has the longer deadline, and no pause. */
bool client_op_writes(enum proto_op op);

/* Sets when the call of the API must have ended, all its exchanges together, unless that is set. */
void client_begin(struct consent_client *client, enum proto_op op);

/* What a public function returns for an error of client_exchange(): REMOTE becomes the code. */
enum consent_error client_public_error(
        const struct consent_client *client, enum consent_error error);

#endif
