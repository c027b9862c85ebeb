/*
 * Walks prev links. A body that was erased or swept ends the walk: what lies behind it went first.
 */
#include "daemon/op/events.h"

#include "daemon/commit/record_table.h"
#include "daemon/op/encode.h"
#include "daemon/op/policies.h"
#include "daemon/op/subject.h"

/*
 * Events that a walk passes over to find where its page begins. Of a subject with many, a revision
 * of somebody else's would cost the loop a read of each: this many take half a millisecond.
 */
enum { PASSED_OVER_MOST = 500 };

enum { EVENTS_E_FAR = 1000 }; /* beside LEDGER_E_* */

/* Writes one event; false where it does not fit. */
static bool write_event(
        struct op_events_page *page, const struct event *event, const struct policy *policy)
{
	struct op_choices_room room;
	struct proto_event message;
	size_t n_bytes = page->writer.n_bytes;

	op_event_message(event, policy, &room, &message);
	proto_encode(&page->writer, &proto_event, &message);
	if (!page->writer.overflow)
		return true;
	page->writer.n_bytes = n_bytes;
	page->writer.overflow = false;
	return false;
}

/*
 * Where a page begins. `before` is most often the last event of the page before, whose prev link
 * leads on at once; any other revision is found by walking from the newest.
 */
static int first_of(
        struct ledger_reader *reader, const struct commit_row *row, uint64_t before, uint64_t *ret)
{
	struct event event;

	*ret = row->record.revision;
	if (before == 0)
		return 0;
	int rc = ledger_read_event(reader, before, &event);
	if (rc == 0 && record_key_compare(event.key, row->key) == 0)
		*ret = event.prev;
	return rc < 0 ? rc : 0;
}

/* Moves on to the first event below `before`. EVENTS_E_FAR: it is too far down the chain. */
static int pass_over(struct ledger_reader *reader, uint64_t before, uint64_t *revision)
{
	struct event event;

	for (int n = 0; before != 0 && *revision >= before; n++) {
		if (n == PASSED_OVER_MOST)
			return EVENTS_E_FAR;
		int rc = ledger_read_event(reader, *revision, &event);
		if (rc != 0 && rc != LEDGER_E_NO_BODY)
			return rc;
		*revision = rc == 0 ? event.prev : 0;
	}
	return 0;
}

static int walk(struct op_call *call, struct site *site, struct ledger_reader *reader,
        uint64_t revision, struct op_events_page *page)
{
	uint64_t last = 0;

	while (revision != 0) {
		const struct policy *policy;
		struct event event;
		int rc = ledger_read_event(reader, revision, &event);

		if (rc == LEDGER_E_NO_BODY)
			break;
		if (rc == 0) {
			rc = op_policies_get(
			        call->env->policies, reader, site, event.policy_current, &policy);
			if (rc == 0 && (page->n_events == page->n_max ||
			                       !write_event(page, &event, policy))) {
				page->next = last;
				break;
			}
			page->n_events++;
			last = revision;
		}
		if (rc != 0)
			return rc;
		revision = event.prev;
	}
	return 0;
}

int op_events_read(struct op_call *call, struct site *site, const struct commit_row *row,
        struct op_events_page *page)
{
	struct ledger_reader *reader;
	uint64_t first;
	int rc = commit_ledger_reader(call->env->commit, &reader);

	page->n_events = 0;
	page->next = 0;
	if (rc == 0) {
		rc = first_of(reader, row, page->before, &first);
		if (rc == 0)
			rc = pass_over(reader, page->before, &first);
		if (rc == 0)
			rc = walk(call, site, reader, first, page);
		ledger_reader_reset(reader);
	}
	if (rc == EVENTS_E_FAR)
		return op_fail(call, PROTO_ERROR_INVALID_VALUE,
		        "`%s`: it stands for no event of this subject, whose newest %d all come "
		        "after it; go on from the last `revision` that was seen",
		        page->cursor, PASSED_OVER_MOST);
	return rc == 0 ? OP_DONE : op_fail_storage(call, rc);
}
