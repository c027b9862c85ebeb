/* stats: counters of the daemon, and what was denied and undeclared. */
#ifndef PROTO_MESSAGE_STATS_H
#define PROTO_MESSAGE_STATS_H

#include "proto/message.h"

struct proto_stats_request {
	struct span site; /* absent: all sites */
};

/* One count: of a reason (denied) or of a cookie name (undeclared). */
struct proto_denied_row {
	struct span site;
	struct span reason;
	uint64_t count;
};

struct proto_undeclared_row {
	struct span site;
	struct span name;
	uint64_t count;
};

struct proto_stats_result {
	struct proto_list counters;
	struct proto_list denied;
	struct proto_list undeclared;
};

extern const struct proto_message proto_stats_request, proto_stats_result;
extern const struct proto_message proto_denied_row, proto_undeclared_row;

#endif
