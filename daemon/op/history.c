/*
 * history: the subject's chain of prev links, walked from the newest event back. There is no index
 * to maintain, and a page costs one look-up an event.
 */
#include "daemon/op/encode.h"
#include "daemon/op/events.h"
#include "daemon/op/subject.h"

#include <stdlib.h>

enum { DEFAULT_LIMIT = 100, PAGE_BYTES = PROTO_LIMIT_MESSAGE_BYTES - 4096 };

int op_history(struct op_call *call)
{
	const struct proto_history_request *request = &call->request->history;
	struct op_events_page page = {.before = request->before,
	        .n_max = request->limit ? (uint32_t)request->limit : DEFAULT_LIMIT};
	struct op_subject subject;
	const struct policy *policy;
	struct site *site = op_site(call, request->site, &policy);

	if (!site)
		return OP_FAILED;
	int rc = op_subject_read(call, site, request->subject, &subject);
	if (rc != OP_DONE)
		return rc;
	uint8_t *room = malloc(PAGE_BYTES);
	if (!room)
		return op_fail(call, PROTO_ERROR_BUSY, "no memory for a page of events");
	page.writer = proto_writer_of(room, PAGE_BYTES);
	rc = op_events_read(call, site, &subject.row, &page);
	if (rc == OP_DONE) {
		struct proto_history_result result = {
		        .events = proto_list_of(&page.writer, page.n_events)};

		proto_encode(call->writer, &proto_history_result, &result);
	}
	free(room);
	return rc;
}
