/* policy_get: a policy as applied, and what a client needs to decide by it. */
#ifndef PROTO_MESSAGE_POLICY_GET_H
#define PROTO_MESSAGE_POLICY_GET_H

#include "proto/message.h"

struct proto_policy_get_request {
	struct span site;
	uint64_t policy_revision;
};

struct proto_policy_service {
	struct span id;
	struct span category;
	struct span basis;
	bool exempt;
	uint64_t bit; /* PROTO_NO_BIT for a necessary service */
};

struct proto_policy_rule {
	struct span name;
	struct span domain;
	struct span path;
	struct span service;
	uint64_t max_age;
};

struct proto_policy_get_result {
	struct span yaml;
	uint64_t policy_revision;
	struct span digest;
	struct span mode;
	struct proto_list validity;
	struct proto_list services;
	struct proto_list rules;
	uint64_t applied_at;
	struct span source;
	uint64_t instance;
};

extern const struct proto_message proto_policy_get_request, proto_policy_get_result;
extern const struct proto_message proto_policy_service, proto_policy_rule;

#endif
