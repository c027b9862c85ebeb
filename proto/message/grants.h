/* grants: the subject's line, for clients that decide by themselves with decide(). */
#ifndef PROTO_MESSAGE_GRANTS_H
#define PROTO_MESSAGE_GRANTS_H

#include "proto/message.h"

struct proto_grants_request {
	struct span site;
	struct span subject;
};

struct proto_grants_result {
	struct span decided;
	struct span given;
	uint64_t given_until;
	uint64_t refused_until;
	uint64_t floor;
	uint64_t revision;
	uint64_t policy_revision;
};

extern const struct proto_message proto_grants_request, proto_grants_result;

#endif
