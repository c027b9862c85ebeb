/* history: a subject's events, newest first, in pages. */
#include <criterion/criterion.h>

#include "tests/support/harness.h"
#include "tests/support/policies.h"

static struct harness h;

static void setup(void)
{
	harness_open(&h);
	cr_assert_eq(harness_apply(&h, POLICY_A), 1);
}

static void teardown(void)
{
	harness_close(&h);
}

TestSuite(history, .init = setup, .fini = teardown);

static uint64_t record(const char *subject, const char *choices)
{
	return harness_record(&h, POLICY_SITE, subject, choices);
}

static struct proto_history_result history(const char *subject, uint64_t limit, uint64_t before)
{
	struct proto_history_request request = {.site = span_of(POLICY_SITE),
	        .subject = span_of(subject),
	        .limit = limit,
	        .before = before};
	struct proto_history_result result;

	cr_assert_eq(harness_call(&h, PROTO_OP_HISTORY, &request, &result), PROTO_ERROR_NONE);
	return result;
}

Test(history, history_is_newest_first_and_pages)
{
	const char *const kinds[] = {"withdrawn", "given", "refused"};
	uint64_t before = 0;

	record("s", "chat=no");
	record("t", "chat=no");
	record("s", "video=yes");
	record("s", "video=no");
	for (int i = 0; i < 3; i++) {
		struct proto_history_result page = history("s", 1, before);
		struct proto_event event;

		cr_assert_eq(page.events.n_items, 1);
		cr_assert(proto_list_message(&page.events, &proto_event, &event));
		cr_assert(span_is(event.event, kinds[i]), "event %d", i);
		cr_assert(span_is(event.actor, "uid:1000"));
		before = event.revision;
	}
	cr_assert_eq(history("s", 0, before).events.n_items, 0);
	cr_assert_eq(history("s", 0, 0).events.n_items, 3);
	cr_assert_eq(history("s", 0, 4).events.n_items, 2, "revision 4 is its newest event");
	cr_assert_eq(history("s", 0, 3).events.n_items, 1, "a revision in the middle");
	cr_assert_eq(history("s", 0, 2).events.n_items, 1, "a revision of another subject");
}

Test(history, a_revision_of_somebody_else_s_is_not_searched_for_without_end)
{
	struct proto_history_request request = {
	        .site = span_of(POLICY_SITE), .subject = span_of("s"), .before = 1};

	record("t", "chat=no");
	for (int i = 0; i < 500; i++)
		record("s", i % 2 ? "chat=yes" : "chat=no");
	cr_assert_eq(history("s", 0, 1).events.n_items, 0, "the longest that is walked");
	cr_assert_eq(record("s", "video=yes"), 502);
	cr_assert_eq(harness_call(&h, PROTO_OP_HISTORY, &request, NULL), PROTO_ERROR_INVALID_VALUE);
	cr_assert(strstr(h.message, "`before`"));
	cr_assert_eq(history("s", 0, 3).events.n_items, 1, "its own is never far");
}
