/* list: pages that are complete, whatever is still on its way into the view. */
#include <criterion/criterion.h>
#include <stdio.h>

#include "tests/support/harness.h"
#include "tests/support/policies.h"

enum { N_SUBJECTS = 500 };

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

TestSuite(list, .init = setup, .fini = teardown);

static void record_many(int first, int last, const char *choices)
{
	harness_record_many(&h, POLICY_SITE, first, last, choices);
}

/* Walks all pages; returns the number of rows, and checks that digests ascend. */
static size_t count(const char *state, uint64_t limit)
{
	char after[64] = "";
	uint8_t last[16] = {0};
	size_t n = 0;

	for (;;) {
		struct proto_list_request request = {.site = span_of(POLICY_SITE),
		        .state = span_of(state),
		        .after = after[0] ? span_of(after) : SPAN_NONE,
		        .limit = limit};
		struct proto_list_result result;
		struct proto_list_row row;

		cr_assert_eq(harness_call(&h, PROTO_OP_LIST, &request, &result), PROTO_ERROR_NONE);
		while (proto_list_message(&result.records, &proto_list_row, &row)) {
			cr_assert_eq(row.digest.n_bytes, 16);
			cr_assert(n == 0 || memcmp(last, row.digest.data, 16) < 0);
			memcpy(last, row.digest.data, 16);
			n++;
		}
		if (!span_present(result.next))
			return n;
		snprintf(after, sizeof(after), "%.*s", SPAN_ARG(result.next));
	}
}

Test(list, pages_are_complete_through_overlay_and_view)
{
	record_many(0, N_SUBJECTS / 2, "video=yes");
	harness_reopen(&h, false); /* these are in the view now */
	record_many(N_SUBJECTS / 4, N_SUBJECTS, "video=no");
	cr_assert_eq(count(NULL, 7), N_SUBJECTS);
	cr_assert_eq(count(NULL, 1000), N_SUBJECTS);
	cr_assert_eq(count("given", 10), N_SUBJECTS / 4);
	cr_assert_eq(count("refused", 10), N_SUBJECTS - N_SUBJECTS / 4);
	cr_assert_eq(count("expired", 10), 0);
}

Test(list, erased_records_are_in_no_page)
{
	record_many(0, 100, "video=yes");
	harness_reopen(&h, false);
	for (int i = 0; i < 100; i += 2) {
		char subject[32];

		snprintf(subject, sizeof(subject), "subject-%d", i);
		struct proto_erase_request request = {
		        .site = span_of(POLICY_SITE), .subject = span_of(subject)};
		cr_assert_eq(harness_call(&h, PROTO_OP_ERASE, &request, NULL), PROTO_ERROR_NONE);
	}
	cr_assert_eq(count(NULL, 3), 50);
	cr_assert_eq(count(NULL, 1), 50);
}

Test(list, the_state_of_a_lapsed_yes_is_expired)
{
	record_many(0, 3, "video=yes");
	clock_raise_floor(&h.clock, clock_now(&h.clock) + 181 * 86400);
	record_many(3, 5, "video=yes");
	cr_assert_eq(count("expired", 10), 3);
	cr_assert_eq(count("given", 10), 2);
}

Test(list, services_that_are_gone_have_no_state)
{
	record_many(0, 3, "video=yes");
	record_many(3, 5, "video=no");
	record_many(5, 6, "video=no chat=yes");
	harness_apply(&h, POLICY_B); /* its video is another */
	cr_assert_eq(count("given", 10), 1);
	cr_assert_eq(count("refused", 10), 0);
	cr_assert_eq(count(NULL, 10), 6);
}

Test(list, a_bound_session_has_no_choices_of_its_own)
{
	struct proto_list_request request = {.site = span_of(POLICY_SITE)};
	struct proto_list_result result;
	struct proto_list_row row;
	size_t n_bound = 0;

	cr_assert_neq(harness_record(&h, POLICY_SITE, "session", "video=yes"), 0);
	cr_assert_eq(harness_bind(&h, POLICY_SITE, "session", "account"), PROTO_ERROR_NONE);
	cr_assert_neq(harness_record(&h, POLICY_SITE, "account", "video=no"), 0);
	cr_assert_eq(harness_call(&h, PROTO_OP_LIST, &request, &result), PROTO_ERROR_NONE);
	cr_assert_eq(result.records.n_items, 2);
	while (proto_list_message(&result.records, &proto_list_row, &row)) {
		cr_assert_eq(row.record.choices.n_items, row.record.bound ? 0 : 1);
		cr_assert_eq(row.record.given_until, 0);
		n_bound += row.record.bound;
	}
	cr_assert_eq(n_bound, 1);
}

Test(list, bad_cursors_and_states_are_refused)
{
	const char *const cursors[] = {"x", "0123456789abcdef0123456789abcde",
	        "0123456789abcdef0123456789abcdeg",
	        "0123456789abcdef0123456789abcdef:", "0123456789abcdef0123456789abcdef:x",
	        "0123456789abcdef0123456789abcdef:0", "0123456789abcdef0123456789abcdef-5"};

	for (size_t i = 0; i < sizeof(cursors) / sizeof(cursors[0]); i++) {
		struct proto_list_request request = {
		        .site = span_of(POLICY_SITE), .after = span_of(cursors[i])};

		cr_assert_eq(harness_call(&h, PROTO_OP_LIST, &request, NULL),
		        PROTO_ERROR_INVALID_VALUE, "%s", cursors[i]);
	}
	struct proto_list_request request = {.site = span_of(POLICY_SITE), .state = span_of("yes")};
	cr_assert_eq(harness_call(&h, PROTO_OP_LIST, &request, NULL), PROTO_ERROR_INVALID_VALUE);
}
