/* record: records choices of a subject. */
#ifndef PROTO_MESSAGE_RECORD_H
#define PROTO_MESSAGE_RECORD_H

#include "proto/message/show.h"

struct proto_record_request {
	struct span site;
	struct span subject;
	struct proto_list choices; /* service, category or "*": bool */
	uint64_t policy_revision;  /* the one the visitor was shown; absent: the one in force */
	struct span method;
	struct span surface;
	struct span language;
	struct span event_id;
	struct proto_list attributes;
};

struct proto_record_result {
	uint64_t revision;
	struct span event;
	struct span record; /* a struct proto_record, encoded */
};

extern const struct proto_message proto_record_request, proto_record_result;

#endif
