/* policy_list: the sites and their policies in force. */
#include <criterion/criterion.h>

#include "tests/daemon/op/fake_commit.h"
#include "tests/support/policies.h"

static struct fake *fake;

static void start(void)
{
	fake = fake_open();
}

TestSuite(policy_list, .init = start, .fini = fake_close);

static struct proto_list list(void)
{
	struct proto_policy_list_request request = {0};
	struct proto_policy_list_result result;

	cr_assert_eq(fake_call(fake, PROTO_OP_POLICY_LIST, op_policy_list, &request, &result),
	        PROTO_ERROR_NONE);
	return result.sites;
}

Test(policy_list, nothing)
{
	cr_expect_eq(list().n_items, 0);
}

Test(policy_list, sites_that_have_a_policy)
{
	struct proto_policy_summary row;
	struct proto_list rows;

	fake_site(fake, POLICY_A);
	sites_insert(fake->sites, site_new(fake->sites, 2, span_of("bare.example")));
	rows = list();
	cr_assert_eq(rows.n_items, 1);
	cr_assert(proto_list_message(&rows, &proto_policy_summary, &row));
	cr_expect(span_is(row.site, POLICY_SITE));
	cr_expect_eq(row.policy_revision, 3);
	cr_expect_eq(row.applied_at, 1700000000);
	cr_expect_eq(row.services, 5);
	cr_expect_eq(row.cookies, 6);
	cr_expect(span_is(row.source, "api"));
	fake_site(fake, "site: two.example\nservices: []\n");
	cr_expect_eq(list().n_items, 2);
}
