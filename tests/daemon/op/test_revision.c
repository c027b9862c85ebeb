/* Older policies, read back from a real ledger: text, bits and page are those that were applied. */
#include <criterion/criterion.h>

#include "tests/support/harness.h"
#include "tests/support/policies.h"

static struct harness harness;

static void start(void)
{
	harness_open(&harness);
	cr_assert_eq(harness_apply(&harness, POLICY_A), 1);
	cr_assert_eq(harness_apply(&harness, POLICY_B), 2);
}

static void stop(void)
{
	harness_close(&harness);
}

TestSuite(revision, .init = start, .fini = stop);

static enum proto_error get(uint64_t policy_revision, struct proto_policy_get_result *ret)
{
	struct proto_policy_get_request request = {span_of(POLICY_SITE), policy_revision};

	return harness_call(&harness, PROTO_OP_POLICY_GET, &request, ret);
}

static uint64_t bit_of(uint64_t policy_revision, const char *id)
{
	struct proto_policy_get_result result;
	struct proto_policy_service row;

	cr_assert_eq(get(policy_revision, &result), PROTO_ERROR_NONE);
	while (proto_list_message(&result.services, &proto_policy_service, &row))
		if (span_is(row.id, id))
			return row.bit;
	return UINT64_MAX;
}

static void expect_older_policies(void)
{
	struct proto_policy_get_result result;

	cr_assert_eq(get(0, &result), PROTO_ERROR_NONE);
	cr_expect_eq(result.policy_revision, 2);
	cr_expect(span_is(result.yaml, POLICY_B));
	cr_assert_eq(get(1, &result), PROTO_ERROR_NONE);
	cr_expect_eq(result.policy_revision, 1);
	cr_expect(span_is(result.yaml, POLICY_A));
	cr_expect(span_is(result.source, "api"));
	cr_expect_gt(result.applied_at, 1700000000);
	cr_expect_eq(get(3, &result), PROTO_ERROR_NOT_FOUND);

	/* Only the video is another service; it has another bit, and kept its old one before. */
	cr_expect_eq(bit_of(1, "chat"), bit_of(2, "chat"));
	cr_expect_eq(bit_of(1, "matomo"), bit_of(2, "matomo"));
	cr_expect_neq(bit_of(1, "video"), bit_of(2, "video"));
	cr_expect_lt(bit_of(1, "video"), 128);
}

Test(revision, bits_are_those_that_it_was_applied_with)
{
	expect_older_policies();
	harness_reopen(&harness, false);
	expect_older_policies();
}

Test(revision, the_page_is_the_older_one)
{
	struct proto_policy_render_request request = {
	        .site = span_of(POLICY_SITE), .policy_revision = 1, .format = span_of("text")};
	struct proto_policy_render_result result;

	cr_assert_eq(harness_call(&harness, PROTO_OP_POLICY_RENDER, &request, &result),
	        PROTO_ERROR_NONE);
	cr_expect(memmem(result.page.data, result.page.n_bytes, "Tube", 4));
	cr_expect_null(memmem(result.page.data, result.page.n_bytes, "Reel", 4));
	cr_expect_eq(result.policy_revision, 1);
	request.policy_revision = 0;
	cr_assert_eq(harness_call(&harness, PROTO_OP_POLICY_RENDER, &request, &result),
	        PROTO_ERROR_NONE);
	cr_expect(memmem(result.page.data, result.page.n_bytes, "Reel", 4));
}
