/* map: what a worker gets to look decisions up by itself. */
#include <criterion/criterion.h>

#include "daemon/base/clock.h"
#include "tests/daemon/op/fake_commit.h"
#include "tests/support/policies.h"

static struct fake *fake;

static void start(void)
{
	fake = fake_open();
}

TestSuite(map, .init = start, .fini = fake_close);

static struct proto_map_result ask(void)
{
	struct proto_map_request request = {0};
	struct proto_map_result result;

	cr_assert_eq(fake_call(fake, PROTO_OP_MAP, op_map, &request, &result), PROTO_ERROR_NONE);
	return result;
}

Test(map, says_what_the_header_says)
{
	struct proto_map map = lines_map(fake->lines);
	uint64_t before_ns = clock_monotonic_ns();

	lines_set_policy_generation(fake->lines, 5);
	struct proto_map_result result = ask();
	cr_expect_eq(result.instance, map.header->instance);
	cr_expect_eq(result.layout, map.header->layout);
	cr_expect_eq(result.lines, map.header->capacity);
	cr_expect_eq(result.policy_generation, 5);
	cr_expect_geq(result.clock_ns, before_ns);
	cr_expect_leq(result.clock_ns, clock_monotonic_ns());
	cr_expect_eq(result.sites.n_items, 0);
}

Test(map, a_key_finds_the_subjects_of_its_site)
{
	struct proto_map_site row;
	struct proto_site_key key;
	struct proto_list sites;

	struct site *site = fake_site(fake, POLICY_A);
	fake_site(fake, "site: two.example\nservices: []\n");
	sites = ask().sites;
	cr_assert_eq(sites.n_items, 2);
	while (proto_list_message(&sites, &proto_map_site, &row)) {
		if (!span_is(row.site, POLICY_SITE))
			continue;
		cr_assert_eq(row.key.n_bytes, sizeof(key.bytes));
		memcpy(key.bytes, row.key.data, sizeof(key.bytes));
		cr_expect(proto_digest_equal(proto_digest_of(&key, span_of("s")),
		        proto_digest_of(&site->key, span_of("s"))));
		return;
	}
	cr_assert_fail("the site is missing");
}
