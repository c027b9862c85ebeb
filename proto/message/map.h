/* map: the decision map, as a descriptor beside the result. */
#ifndef PROTO_MESSAGE_MAP_H
#define PROTO_MESSAGE_MAP_H

#include "proto/message.h"

struct proto_map_request {
	char unused; /* the operation takes no fields */
};

struct proto_map_site {
	struct span site;
	struct span key;
};

struct proto_map_result {
	uint64_t instance;
	uint64_t layout;
	uint64_t lines;
	uint64_t clock_ns;
	uint64_t policy_generation;
	struct proto_list sites;
};

extern const struct proto_message proto_map_request, proto_map_result;
extern const struct proto_message proto_map_site;

#endif
