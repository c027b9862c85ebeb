/* history: the events of a subject, newest first. */
#ifndef PROTO_MESSAGE_HISTORY_H
#define PROTO_MESSAGE_HISTORY_H

#include "proto/message.h"

struct proto_history_request {
	struct span site;
	struct span subject;
	uint64_t limit;
	uint64_t before;
};

struct proto_event {
	uint64_t revision;
	uint64_t at;
	struct span event;
	struct proto_list choices; /* those this event decided; service: "given" or "refused" */
	struct span method;
	struct span surface;
	struct span language;
	uint64_t policy_revision;
	struct span actor;
	struct proto_list attributes;
};

struct proto_history_result {
	struct proto_list events;
};

extern const struct proto_message proto_history_request, proto_history_result, proto_event;

#endif
