/*
 * One round trip: any number of requests sent together, and their replies.
 *
 * Any thread, one handle per thread.
 */
#ifndef CLIENT_SRC_EXCHANGE_H
#define CLIENT_SRC_EXCHANGE_H

#include <consent.h>

#include "client/src/item.h"

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

/* Sets when the call of the API must have ended, all its exchanges together, unless that is set. */
void client_begin(struct consent_client *client, enum proto_op op);

/* What a public function returns for an error of client_exchange(): REMOTE becomes the code. */
enum consent_error client_public_error(
        const struct consent_client *client, enum consent_error error);

#endif
