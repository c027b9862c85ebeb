/* policy_apply: makes a policy the one in force, or (dry_run) says what that would do. */
#ifndef PROTO_MESSAGE_POLICY_APPLY_H
#define PROTO_MESSAGE_POLICY_APPLY_H

#include "proto/message.h"

struct proto_policy_apply_request {
	struct span yaml;
	bool dry_run;
};

struct proto_policy_apply_result {
	struct span site;
	uint64_t policy_revision;
	struct proto_list lint;
	struct proto_list added;
	struct proto_list removed;
	struct proto_list material;
	struct proto_list changed;
	struct proto_list asked_again;
};

extern const struct proto_message proto_policy_apply_request, proto_policy_apply_result;

#endif
