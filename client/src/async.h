/*
 * The asynchronous half of a handle: requests under way on a connection of its own.
 *
 * Any thread, one handle per thread. Nothing here waits.
 */
#ifndef CLIENT_SRC_ASYNC_H
#define CLIENT_SRC_ASYNC_H

#include "client/src/pending.h"
#include "client/src/wakeup.h"
#include "proto/scanner.h"

struct client_async {
	struct consent_client *client;
	struct client_wakeup wakeup;

	struct client_connection connection;
	bool greeted; /* hello was answered: requests may be sent */
	bool cannot_send, watches_out;
	uint32_t hello_msgid;    /* while it is not */
	uint64_t connect_at_ms;  /* when to try again; 0: no attempt is due */
	uint64_t heard_at_ms;    /* when the connection was made, or last brought something */
	struct client_bytes out; /* of which n_sent bytes were sent */
	struct client_bytes in;  /* a message that has not arrived whole */
	size_t n_sent;
	uint64_t n_gone; /* bytes that this connection took, and that `out` has no more */
	struct proto_scanner scanner;

	struct client_queue under_way, ready, spare;
	struct client_pending *taken; /* whose decisions the caller reads */
	uint32_t n_held, n_spare;     /* the caller's requests, until they are taken */
};

/* ---- async_conn.c ------------------------------------------------------------------------------ */

/* Sends what can be sent now, connecting where there is no connection. */
void client_async_send(struct client_async *async);

/* Takes what has arrived, and ends what is late. */
void client_async_receive(struct client_async *async);

/* Closes the connection, if there is one. What was under way remains so. */
void client_async_disconnect(struct client_async *async);

/* Finds out whether the descriptors are still ours, before any is used. */
void client_async_inspect(struct client_async *async);

/* ---- async_answer.c ---------------------------------------------------------------------------- */

/* Reads a reply to the item of a request under way. PROTOCOL: it was not understood. */
PROTO_MUST_USE enum consent_error client_async_read(struct client_async *async,
        struct client_pending *pending, struct client_item *item, struct span message);

/* Ends a request: every item was answered, or none will be because of `error`. */
void client_async_answered(struct client_async *async, struct client_pending *pending);
void client_async_failed(
        struct client_async *async, struct client_pending *pending, enum consent_error error);

/* Asks for what is missing before checks of the site can be looked up. */
void client_async_renew(struct client_async *async, const char *site);

/* ---- async.c ----------------------------------------------------------------------------------- */

/* An empty request; NULL without memory. And what becomes of one that nobody needs any more. */
struct client_pending *client_async_new(struct client_async *async);
void client_async_recycle(struct client_async *async, struct client_pending *pending);

/* Encodes its items; OK, or it is recycled. Then it is under way. */
PROTO_MUST_USE enum consent_error client_async_begin(
        struct client_async *async, struct client_pending *pending);

/* For the handle: everything, in a child of fork and at its end. NULL is legal. */
void client_async_forget(struct client_async *async);
struct client_async *client_async_free(struct client_async *async);

#endif
