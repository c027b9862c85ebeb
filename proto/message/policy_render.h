/* policy_render: the public page of a policy. */
#ifndef PROTO_MESSAGE_POLICY_RENDER_H
#define PROTO_MESSAGE_POLICY_RENDER_H

#include "proto/message.h"

struct proto_policy_render_request {
	struct span site;
	uint64_t policy_revision;
	struct span format;   /* absent: html */
	struct span language; /* absent, or none of the policy's: the policy's first */
};

struct proto_policy_render_result {
	struct span page;
	uint64_t policy_revision;
};

extern const struct proto_message proto_policy_render_request, proto_policy_render_result;

#endif
