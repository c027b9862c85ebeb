/* hello: says who both ends are. Optional, and the first thing our own clients say. */
#ifndef PROTO_MESSAGE_HELLO_H
#define PROTO_MESSAGE_HELLO_H

#include "proto/message.h"

struct proto_hello_request {
	struct span client;
};

struct proto_hello_result {
	struct span version;
	uint64_t protocol;
	struct proto_list roles;
	struct proto_list limits;
};

extern const struct proto_message proto_hello_request, proto_hello_result;

#endif
