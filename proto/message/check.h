/* check: may these cookies be set for this subject? An unknown site is a decision, no error. */
#ifndef PROTO_MESSAGE_CHECK_H
#define PROTO_MESSAGE_CHECK_H

#include "proto/message.h"

struct proto_check_request {
	struct span site;
	struct span subject; /* absent: a visitor who has not chosen yet */
	struct proto_list cookies;
	struct span domain;
	bool gpc;
	uint64_t revision;
};

struct proto_decision {
	bool allowed;
	struct span reason;
	struct span service;
	uint64_t max_age;
};

struct proto_check_result {
	struct proto_list decisions;
	uint64_t revision;
	uint64_t policy_revision; /* absent for an unknown site */
	bool ask;
};

extern const struct proto_message proto_check_request, proto_check_result, proto_decision;

#endif
