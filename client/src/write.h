/*
 * A change as it is about to be sent, whoever waits for the answer.
 *
 * Any thread, one handle per thread.
 */
#ifndef CLIENT_SRC_WRITE_H
#define CLIENT_SRC_WRITE_H

#include <consent.h>

#include "client/src/event_id.h"
#include "proto/messages.h"

/* Its spans point into the caller's arguments, the struct itself, and the handle's lists. */
struct client_write {
	enum proto_op op;
	union {
		struct proto_record_request record;
		struct proto_bind_request bind;
	} request;
	char event_id[CLIENT_EVENT_ID_BYTES];
};

union client_write_result {
	struct proto_record_result record;
	struct proto_bind_result bind;
};

/* Check the arguments and make the request: OK, INVALID_ARGUMENT or NO_MEMORY. */
PROTO_MUST_USE enum consent_error client_record_prepare(struct consent_client *client,
        const struct consent_visitor *visitor, const struct consent_choices *choices,
        struct client_write *ret);
PROTO_MUST_USE enum consent_error client_withdraw_prepare(struct consent_client *client,
        const struct consent_visitor *visitor, const char *name, struct client_write *ret);
PROTO_MUST_USE enum consent_error client_bind_prepare(struct consent_client *client,
        const struct consent_visitor *session, const char *account, const char *event_id,
        struct client_write *ret);

/* Sends it and waits. `ret_written` may be NULL. */
PROTO_MUST_USE enum consent_error client_write(struct consent_client *client,
        const struct client_write *write, struct consent_written *ret_written);

/* What the result of a record or a bind says. */
void client_written_read(
        enum proto_op op, const union client_write_result *result, struct consent_written *ret);

#endif
