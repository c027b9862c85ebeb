/*
 * What happens to one request, from bytes to bytes. Loop thread only.
 */
#ifndef DAEMON_NET_REQUEST_H
#define DAEMON_NET_REQUEST_H

#include "daemon/op/op.h"
#include "proto/rpc.h"

struct conn;

/*
 * A request on its way. It points into the message that it was read from. An operation that asks
 * memory for what it will read does so in request_begin, so that the answer is there when
 * request_end needs it, with another request ended in between.
 */
struct request {
	struct conn *conn;
	int input_error; /* INPUT_E_*: no message was found, or no request in it; 0: a request */
	struct proto_call envelope;
	enum proto_op op;
	union proto_any_request decoded;
	struct op_call call; /* its error: why the operation is not to be run; PROTO_ERROR_NONE */
};

/* Reads one whole message. Nothing is answered yet, and nothing has changed. */
void request_begin(struct request *r, struct conn *conn, struct span message);
/* In place of request_begin, for bytes in which no message can be found. */
void request_begin_refusal(struct request *r, struct conn *conn, int input_error);

/* Whether it is ended so soon that the next request can begin before. */
bool request_is_short(const struct request *r);

/*
 * Answers it, or hands a write to the committer. What is no request is answered with msgid nil, and
 * ends the connection.
 */
void request_end(struct request *r);

#endif
