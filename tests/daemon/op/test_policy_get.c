/* policy_get: the policy in force, with what a client needs to decide by it. */
#include <criterion/criterion.h>

#include "tests/daemon/op/fake_commit.h"
#include "tests/support/policies.h"

static struct fake *fake;
static struct site *site;
static struct proto_policy_get_result result;

static void start(void)
{
	fake = fake_open();
	site = fake_site(fake, POLICY_A);
}

TestSuite(policy_get, .init = start, .fini = fake_close);

static enum proto_error get(const char *site_name, uint64_t policy_revision)
{
	struct proto_policy_get_request request = {span_of(site_name), policy_revision};

	return fake_call(fake, PROTO_OP_POLICY_GET, op_policy_get, &request, &result);
}

Test(policy_get, the_policy_as_applied)
{
	const struct policy *policy = site_policy(site);
	struct span kind;
	uint64_t seconds;

	cr_assert_eq(get(POLICY_SITE, 0), PROTO_ERROR_NONE);
	cr_expect(span_is(result.yaml, POLICY_A));
	cr_expect_eq(result.policy_revision, 3);
	cr_expect(span_equal(result.digest, span_bytes(policy->digest, 32)));
	cr_expect(span_is(result.mode, "enforce"));
	cr_expect_eq(result.applied_at, 1700000000);
	cr_expect(span_is(result.source, "api"));
	cr_assert_eq(result.validity.n_items, 2);
	cr_assert(proto_list_pair_uint(&result.validity, &kind, &seconds));
	cr_expect(span_is(kind, "given"));
	cr_expect_eq(seconds, 6 * 30 * 86400);
	cr_assert(proto_list_pair_uint(&result.validity, &kind, &seconds));
	cr_expect(span_is(kind, "refused"));
	cr_expect_eq(seconds, 3 * 30 * 86400);
	cr_expect_eq(get(POLICY_SITE, 3), PROTO_ERROR_NONE, "its number means the same");
}

Test(policy_get, services_with_their_bits)
{
	static const char *const ids[] = {"login", "matomo", "deals", "video", "chat"};
	struct proto_policy_service row;
	uint32_t n = 0;

	cr_assert_eq(get(POLICY_SITE, 0), PROTO_ERROR_NONE);
	for (; proto_list_message(&result.services, &proto_policy_service, &row); n++) {
		cr_expect(span_is(row.id, ids[n]));
		cr_expect_eq(row.bit, n == 0 ? PROTO_NO_BIT : n - 1);
		cr_expect_eq(row.exempt, n < 2);
		if (n == 1)
			cr_expect(span_is(row.basis, "audience_measurement"));
		if (n == 2)
			cr_expect(span_is(row.category, "ads"));
	}
	cr_expect_eq(n, 5);
}

Test(policy_get, rules_name_their_service)
{
	struct proto_policy_rule row;
	uint32_t n = 0;

	cr_assert_eq(get(POLICY_SITE, 0), PROTO_ERROR_NONE);
	for (; proto_list_message(&result.rules, &proto_policy_rule, &row); n++) {
		if (n == 1) {
			cr_expect(span_is(row.name, "_pk_*"));
			cr_expect_not(span_present(row.domain));
			cr_expect(span_is(row.service, "matomo"));
			cr_expect_eq(row.max_age, 13 * 30 * 86400);
		}
		if (n == 3) {
			cr_expect(span_is(row.name, "tube"));
			cr_expect(span_is(row.domain, "tube.example"));
			cr_expect(span_is(row.service, "video"));
		}
	}
	cr_expect_eq(n, site_policy(site)->rules.n_rules);
}

Test(policy_get, what_is_not_there)
{
	cr_expect_eq(get("none.example", 0), PROTO_ERROR_UNKNOWN_SITE);
	cr_expect_eq(get(POLICY_SITE, 4), PROTO_ERROR_NOT_FOUND);
	cr_expect(strstr(fake->failed.message, "newest is 3"), "%s", fake->failed.message);
	cr_expect_eq(get(POLICY_SITE, UINT32_MAX), PROTO_ERROR_NOT_FOUND);
}

Test(policy_get, a_ledger_that_does_not_answer)
{
	cr_expect_eq(get(POLICY_SITE, 2), PROTO_ERROR_STORAGE_FAILED);
}
