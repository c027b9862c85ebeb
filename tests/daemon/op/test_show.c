/* show: the record as it is stored. */
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

TestSuite(show, .init = setup, .fini = teardown);

static uint64_t record(const char *subject, const char *choices)
{
	return harness_record(&h, POLICY_SITE, subject, choices);
}

Test(show, show_says_what_is_stored)
{
	struct proto_show_request request = {.site = span_of(POLICY_SITE), .subject = span_of("s")};
	struct proto_show_result result;
	struct proto_record shown;
	struct proto_fault fault;
	struct span service, state;

	cr_assert_eq(harness_call(&h, PROTO_OP_SHOW, &request, &result), PROTO_ERROR_NOT_FOUND);
	record("s", "video=yes chat=no");
	cr_assert_eq(harness_call(&h, PROTO_OP_SHOW, &request, &result), PROTO_ERROR_NONE);
	cr_assert_eq(proto_decode_result(&proto_record, result.record, &shown, &fault), 0);
	cr_assert_eq(shown.revision, 1);
	cr_assert_eq(shown.policy_revision, 1);
	cr_assert_eq(shown.given_until, shown.created_at + 180 * 86400);
	cr_assert_eq(shown.refused_until, shown.created_at + 90 * 86400);
	cr_assert_not(shown.bound);
	cr_assert(proto_list_pair_text(&shown.choices, &service, &state));
	cr_assert(span_is(service, "video") && span_is(state, "given"));
	cr_assert(proto_list_pair_text(&shown.choices, &service, &state));
	cr_assert(span_is(service, "chat") && span_is(state, "refused"));
	cr_assert_not(proto_list_pair_text(&shown.choices, &service, &state));
}
