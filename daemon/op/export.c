/*
 * export: as list, with the events that are kept of each record. A record with more events than a
 * page takes comes in several rows, one behind the other; the cursor then points into its events.
 */
#include "daemon/op/encode.h"
#include "daemon/op/events.h"
#include "daemon/op/rows.h"
#include "daemon/op/subject.h"

enum { ROW_EVENTS = 100 };

static bool write_row(struct op_call *call, struct op_rows *rows, const struct commit_row *row)
{
	struct op_scratch *scratch = call->env->scratch;
	struct op_choices_room room;
	uint8_t digest[PROTO_DIGEST_BYTES] = {0};
	struct op_events_page page = {
	        .before = rows->before,
	        .cursor = "after",
	        .n_max = ROW_EVENTS,
	        .writer = proto_writer_of(scratch->row, sizeof(scratch->row)),
	};
	struct proto_export_row message = {.digest = span_bytes(digest, sizeof(digest))};

	proto_digest_encode(row->key.digest, digest);
	if (op_events_read(call, rows->site, row, &page) != OP_DONE)
		return false;
	op_record_message(&row->record, row->record.linked, rows->policy, &room, &message.record);
	message.events = proto_list_of(&page.writer, page.n_events);
	proto_encode(&rows->writer, &proto_export_row, &message);
	rows->partial = page.next;
	return true;
}

int op_export(struct op_call *call)
{
	const struct proto_export_request *request = &call->request->export_;
	struct op_rows_query query = {.site = request->site,
	        .subject = request->subject,
	        .state = request->state,
	        .after = request->after,
	        .limit = request->limit};
	struct op_rows rows;
	int rc = op_rows_read(call, &query, write_row, &rows);

	if (rc == OP_DONE) {
		struct proto_export_result result = {
		        .records = proto_list_of(&rows.writer, rows.n_rows),
		        .next = op_rows_next(&rows)};

		proto_encode(call->writer, &proto_export_result, &result);
	}
	return rc;
}
