/*
 * One synchronous exchange with the daemon: the mechanism behind every function of the library,
 * and the one that consentctl uses for what the library does not offer.
 *
 * Any thread, one client per thread. Blocks until the deadline of the client's options.
 */
#ifndef CLIENT_SRC_CALL_H
#define CLIENT_SRC_CALL_H

#include <consent.h>

#include "proto/messages.h"

/*
 * Sends `request` (the struct of the operation's description in proto_ops) and decodes the answer
 * into `result`. Spans in the result are valid until the next call on this client. Connects where
 * it is not connected, and connects again once where the daemon had closed the connection before
 * anything of the answer arrived and `op` may be repeated (reads, and writes with an event_id).
 * On CONSENT_ERROR_REMOTE consent_client_message() says what the daemon said.
 */
PROTO_MUST_USE enum consent_error client_call(
        struct consent_client *client, enum proto_op op, const void *request, void *result);

/* The daemon's error code and message of the last call that failed; spans as for the result. */
enum proto_error client_remote_error(const struct consent_client *client);

#endif
