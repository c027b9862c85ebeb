/* export: a page of a site's records, each with its history. */
#ifndef PROTO_MESSAGE_EXPORT_H
#define PROTO_MESSAGE_EXPORT_H

#include "proto/message/history.h"
#include "proto/message/show.h"

struct proto_export_request {
	struct span site;
	struct span subject; /* only this one */
	struct span state;
	struct span after;
	uint64_t limit;
};

/* One row: a record and the events that are kept of it, newest first. */
struct proto_export_row {
	struct span digest;
	struct proto_record record;
	struct proto_list events;
};

struct proto_export_result {
	struct proto_list records;
	struct span next;
};

extern const struct proto_message proto_export_request, proto_export_result, proto_export_row;

#endif
