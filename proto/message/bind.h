/* bind: binds a session to an account, or (account nil) unbinds it. */
#ifndef PROTO_MESSAGE_BIND_H
#define PROTO_MESSAGE_BIND_H

#include "proto/message.h"

struct proto_bind_request {
	struct span site;
	struct span subject;
	struct span account;
	struct span event_id;
};

struct proto_bind_result {
	uint64_t revision;
};

extern const struct proto_message proto_bind_request, proto_bind_result;

#endif
