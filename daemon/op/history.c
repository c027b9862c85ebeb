/*
 * history: the subject's chain of prev links, walked from the newest event back. There is no index
 * to maintain, and a page costs one look-up an event.
 */
#include "daemon/op/encode.h"
#include "daemon/op/events.h"
#include "daemon/op/subject.h"

enum { DEFAULT_LIMIT = 100 };

int op_history(struct op_call *call)
{
	const struct proto_history_request *request = &call->request->history;
	struct op_events_page page = {.before = request->before,
	        .cursor = "before",
	        .n_max = request->limit ? (uint32_t)request->limit : DEFAULT_LIMIT};
	struct op_subject subject;
	const struct policy *policy;
	struct site *site = op_site(call, request->site, &policy);

	if (!site)
		return OP_FAILED;
	int rc = op_subject_read(call, site, request->subject, &subject);
	if (rc != OP_DONE)
		return rc;
	page.writer = proto_writer_of(call->env->scratch->page, sizeof(call->env->scratch->page));
	rc = op_events_read(call, site, &subject.row, &page);
	if (rc == OP_DONE) {
		struct proto_history_result result = {
		        .events = proto_list_of(&page.writer, page.n_events)};

		proto_encode(call->writer, &proto_history_result, &result);
	}
	return rc;
}
