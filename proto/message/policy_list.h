/* policy_list: the sites and their policies in force. */
#ifndef PROTO_MESSAGE_POLICY_LIST_H
#define PROTO_MESSAGE_POLICY_LIST_H

#include "proto/message.h"

struct proto_policy_list_request {
	char unused; /* the operation takes no fields */
};

struct proto_policy_summary {
	struct span site;
	uint64_t policy_revision;
	uint64_t applied_at;
	uint64_t services;
	uint64_t cookies;
	struct span source;
};

struct proto_policy_list_result {
	struct proto_list sites;
};

extern const struct proto_message proto_policy_list_request, proto_policy_list_result;
extern const struct proto_message proto_policy_summary;

#endif
