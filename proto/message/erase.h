/* erase: erases a subject's record and the bodies of its events. */
#ifndef PROTO_MESSAGE_ERASE_H
#define PROTO_MESSAGE_ERASE_H

#include "proto/message.h"

struct proto_erase_request {
	struct span site;
	struct span subject;
	bool dry_run; /* count the events, and erase nothing */
};

struct proto_erase_result {
	uint64_t revision; /* of the `erased` event; of a dry run, the record's newest */
	uint64_t events;   /* whose bodies were dropped */
};

extern const struct proto_message proto_erase_request, proto_erase_result;

#endif
