/*
 * list: a page of a site's records in the order of their digests, which stand for the subjects.
 */
#include "daemon/op/encode.h"
#include "daemon/op/rows.h"
#include "daemon/op/subject.h"

static bool write_row(struct op_call *call, struct op_rows *rows, const struct commit_row *row)
{
	struct op_choices_room room;
	uint8_t digest[PROTO_DIGEST_BYTES] = {0};
	struct proto_list_row message = {.digest = span_bytes(digest, sizeof(digest))};

	(void)call;
	proto_digest_encode(row->key.digest, digest);
	op_record_message(&row->record, row->record.linked, rows->policy, &room, &message.record);
	proto_encode(&rows->writer, &proto_list_row, &message);
	return true;
}

int op_list(struct op_call *call)
{
	const struct proto_list_request *request = &call->request->list;
	struct op_rows_query query = {.site = request->site,
	        .subject = request->subject,
	        .state = request->state,
	        .after = request->after,
	        .limit = request->limit};
	struct op_rows rows;
	int rc = op_rows_read(call, &query, write_row, &rows);

	if (rc == OP_DONE) {
		struct proto_list_result result = {
		        .records = proto_list_of(&rows.writer, rows.n_rows),
		        .next = op_rows_next(&rows)};

		proto_encode(call->writer, &proto_list_result, &result);
	}
	return rc;
}
