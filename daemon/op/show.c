/*
 * show: the record of a subject, through the overlay, so that what was acknowledged is seen.
 */
#include "daemon/op/encode.h"
#include "daemon/op/subject.h"

int op_show(struct op_call *call)
{
	const struct proto_show_request *request = &call->request->show;
	struct op_choices_room room;
	struct proto_record message;
	struct op_subject subject;
	const struct policy *policy;
	struct site *site = op_site(call, request->site, &policy);

	if (!site)
		return OP_FAILED;
	int rc = op_subject_read(call, site, request->subject, &subject);
	if (rc != OP_DONE)
		return rc;
	op_record_message(&subject.row.record, subject.bound, policy, &room, &message);
	struct op_record_room encoded;
	struct proto_show_result result = {.record = op_encode_record(&message, &encoded)};
	proto_encode(call->writer, &proto_show_result, &result);
	return OP_DONE;
}
