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
	for (int i = first; i < last; i++) {
		char subject[32];

		snprintf(subject, sizeof(subject), "subject-%d", i);
		cr_assert_neq(harness_record(&h, POLICY_SITE, subject, choices), 0);
	}
}

/* Exports everything; counts records (consecutive rows of one digest are one) and events. */
static void export_all(const char *subject, size_t *ret_records, size_t *ret_events)
{
	char after[64] = "";
	uint8_t last[16] = {0};

	*ret_records = *ret_events = 0;
	for (;;) {
		struct proto_export_request request = {.site = span_of(POLICY_SITE),
		        .subject = span_of(subject),
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
	}
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
