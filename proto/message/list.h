/* list: a page of a site's records, in the order of their digests. */
#ifndef PROTO_MESSAGE_LIST_H
#define PROTO_MESSAGE_LIST_H

#include "proto/message/show.h"

struct proto_list_request {
	struct span site;
	struct span subject; /* only this one */
	struct span state;
	struct span after;
	uint64_t limit;
};

/* One row: the digest that stands for the subject, and its record's members. */
struct proto_list_row {
	struct span digest;
	struct proto_record record;
};

struct proto_list_result {
	struct proto_list records;
	struct span next;
};

extern const struct proto_message proto_list_request, proto_list_result, proto_list_row;

#endif
