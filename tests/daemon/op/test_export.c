/* export: every event once, however many pages a record takes. */
#include <criterion/criterion.h>
#include <stdio.h>

#include "tests/support/harness.h"
#include "tests/support/policies.h"

static struct harness h;

static void setup(void)
{
	harness_open(&h);
	harness_apply(&h, POLICY_A);
}

static void teardown(void)
{
	harness_close(&h);
}

TestSuite(export, .init = setup, .fini = teardown);

static void record_many(int first, int last, const char *choices)
{
	harness_record_many(&h, POLICY_SITE, first, last, choices);
}

/* What is exported; `between` is called, where it is set, between two pages. */
struct query {
	const char *subject, *state;
	void (*between)(void);
};

/* Exports everything; counts records (consecutive rows of one digest are one) and events. */
static void export_as(const struct query *query, size_t *ret_records, size_t *ret_events)
{
	char after[64] = "";
	uint8_t last[16] = {0};

	*ret_records = *ret_events = 0;
	for (;;) {
		struct proto_export_request request = {.site = span_of(POLICY_SITE),
		        .subject = span_of(query->subject),
		        .state = span_of(query->state),
		        .after = after[0] ? span_of(after) : SPAN_NONE};
		struct proto_export_result result;
		struct proto_export_row row;

		cr_assert_eq(
		        harness_call(&h, PROTO_OP_EXPORT, &request, &result), PROTO_ERROR_NONE);
		while (proto_list_message(&result.records, &proto_export_row, &row)) {
			*ret_records += memcmp(last, row.digest.data, 16) != 0;
			memcpy(last, row.digest.data, 16);
			*ret_events += row.events.n_items;
		}
		if (!span_present(result.next))
			return;
		snprintf(after, sizeof(after), "%.*s", SPAN_ARG(result.next));
		if (query->between)
			query->between();
	}
}

static void export_all(const char *subject, size_t *ret_records, size_t *ret_events)
{
	struct query query = {.subject = subject};

	export_as(&query, ret_records, ret_events);
}

Test(export, export_carries_every_event_once)
{
	size_t n_records, n_events;

	record_many(0, 20, "video=yes");
	for (int i = 0; i < 250; i++)
		cr_assert_neq(harness_record(&h, POLICY_SITE, "subject-7",
		                      i % 2 ? "video=yes" : "video=no"),
		        0);
	export_all(NULL, &n_records, &n_events);
	cr_assert_eq(n_records, 20);
	cr_assert_eq(n_events, 270);
	export_all("subject-7", &n_records, &n_events);
	cr_assert_eq(n_records, 1);
	cr_assert_eq(n_events, 251);
	export_all("nobody", &n_records, &n_events);
	cr_assert_eq(n_records, 0);
}

/* More than a page of events; the digest of the first comes before the other's. */
static void change_often(const char *subject)
{
	for (int i = 0; i < 151; i++)
		cr_assert_neq(
		        harness_record(&h, POLICY_SITE, subject, i % 2 ? "video=no" : "video=yes"),
		        0);
}

static const char *first_subject(void)
{
	struct proto_list_request request = {.site = span_of(POLICY_SITE), .limit = 1};
	struct proto_list_request one = {
	        .site = span_of(POLICY_SITE), .subject = span_of("this"), .limit = 1};
	struct proto_list_result result;
	struct proto_list_row row;
	uint8_t first[16];

	cr_assert_eq(harness_call(&h, PROTO_OP_LIST, &request, &result), PROTO_ERROR_NONE);
	cr_assert(proto_list_message(&result.records, &proto_list_row, &row));
	memcpy(first, row.digest.data, sizeof(first));
	cr_assert_eq(harness_call(&h, PROTO_OP_LIST, &one, &result), PROTO_ERROR_NONE);
	cr_assert(proto_list_message(&result.records, &proto_list_row, &row));
	return memcmp(first, row.digest.data, sizeof(first)) == 0 ? "this" : "that";
}

static void withdraw_first(void)
{
	cr_assert_neq(harness_record(&h, POLICY_SITE, first_subject(), "video=no"), 0);
}

Test(export, a_record_that_drops_out_between_two_pages_takes_no_events_of_others_along)
{
	struct query query = {.state = "given", .between = withdraw_first};
	size_t n_records, n_events;

	cr_assert_neq(harness_record(&h, POLICY_SITE, "this", "video=yes"), 0);
	cr_assert_neq(harness_record(&h, POLICY_SITE, "that", "video=yes"), 0);
	change_often(first_subject());
	change_often(strcmp(first_subject(), "this") == 0 ? "that" : "this");
	export_as(&query, &n_records, &n_events);
	cr_assert_eq(n_records, 2);
	cr_assert_eq(n_events, 100 + 151);
}
