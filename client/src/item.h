/*
 * One request to the daemon and its reply, whoever waits for it.
 *
 * Any thread, one handle per thread.
 */
#ifndef CLIENT_SRC_ITEM_H
#define CLIENT_SRC_ITEM_H

#include <consent.h>

#include "client/src/bytes.h"
#include "client/src/connection.h"
#include "proto/messages.h"
#include "proto/rpc.h"

/* A request, and what became of it. */
struct client_item {
	enum proto_op op;
	const void *request;      /* the struct of the operation's description in proto_ops */
	void *result;             /* likewise; spans point into the reply */
	enum consent_error error; /* OK: `result` was written; REMOTE or PROTOCOL otherwise */
	enum proto_error remote;  /* what the daemon refused it with */
	uint32_t msgid;
	size_t reply_at, reply_bytes; /* the reply in the input; no bytes: none yet */
};

/* Whether an operation changes something: such a call has the longer deadline, and no pause. */
bool client_op_writes(enum proto_op op);

/* Whether it may be sent twice: a write only when the daemon recognises it by its event_id. */
bool client_item_may_repeat(const struct client_item *item);

/* Appends the request to `out`, under a new msgid. OK, NO_MEMORY or INVALID_ARGUMENT. */
PROTO_MUST_USE enum consent_error client_item_encode(
        struct consent_client *client, struct client_item *item, struct client_bytes *out);

/* Reads the reply: OK and a result, REMOTE and `remote`, or PROTOCOL. */
PROTO_MUST_USE enum consent_error client_item_decode(
        struct consent_client *client, struct client_item *item, struct span message);

/* The same for a hello, which must speak our protocol. */
PROTO_MUST_USE enum consent_error client_hello_decode(
        struct consent_client *client, struct client_item *item, struct span message);

/* Notes what the daemon said in refusing `op`. */
void client_note_remote(
        struct consent_client *client, const char *op, const struct proto_reply *reply);

/* Note what went wrong, and return CLOSED, TIMEOUT, PROTOCOL. */
enum consent_error client_hung_up(struct consent_client *client);
enum consent_error client_late(struct consent_client *client);
enum consent_error client_garbled(struct consent_client *client, const char *what);

/* Connects until then (0: tries once, without waiting). OK, CONNECT or TIMEOUT. */
PROTO_MUST_USE enum consent_error client_connect(
        struct consent_client *client, struct client_connection *connection, uint64_t until_ms);

#endif
