/* stats: counters by name, denied and undeclared by site. */
#include <criterion/criterion.h>
#include <stdio.h>

#include "daemon/op/counters.h"
#include "tests/daemon/op/fake_commit.h"
#include "tests/support/policies.h"

static struct fake *fake;
static struct site *site;
static struct proto_stats_result result;

static void start(void)
{
	fake = fake_open();
	site = fake_site(fake, POLICY_A);
}

TestSuite(stats, .init = start, .fini = fake_close);

static enum proto_error stats(const char *site_name)
{
	struct proto_stats_request request = {span_of(site_name)};

	return fake_call(fake, PROTO_OP_STATS, op_stats, &request, &result);
}

static uint64_t counter(const char *name)
{
	struct proto_list counters = result.counters;
	struct span key;
	uint64_t value;

	while (proto_list_pair_uint(&counters, &key, &value))
		if (span_is(key, name))
			return value;
	return UINT64_MAX;
}

static void decide(uint32_t site_id, enum proto_reason reason, const char *cookie, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++)
		op_counters_decision(fake->env.counters, site_id, reason, span_of(cookie));
}

Test(stats, counters_of_operations_and_of_the_committer)
{
	op_counters_call(fake->env.counters, PROTO_OP_STATS);
	decide(site->id, PROTO_REASON_CONSENT_GIVEN, "vid", 3);
	cr_assert_eq(stats(NULL), PROTO_ERROR_NONE);
	cr_expect_eq(counter("calls_stats"), 1);
	cr_expect_eq(counter("decisions"), 3);
	cr_expect_eq(counter("revision"), 100);
	cr_expect_eq(counter("records"), 0);
	cr_expect_eq(result.denied.n_items, 0);
	cr_expect_eq(result.undeclared.n_items, 0);
}

Test(stats, denied_and_undeclared_of_one_site_or_all)
{
	struct site *bare = site_new(fake->sites, 2, span_of("other.example"));
	struct proto_undeclared_row name;
	struct proto_denied_row row;

	sites_insert(fake->sites, bare);
	decide(site->id, PROTO_REASON_CONSENT_REFUSED, "vid", 2);
	decide(site->id, PROTO_REASON_UNDECLARED_COOKIE, "wid", 3);
	decide(bare->id, PROTO_REASON_STALE, "wid", 1);
	cr_assert_eq(stats(NULL), PROTO_ERROR_NONE);
	cr_expect_eq(result.denied.n_items, 3);
	cr_expect_eq(result.undeclared.n_items, 1);

	cr_assert_eq(stats("shop.EXAMPLE"), PROTO_ERROR_NONE);
	cr_expect_eq(result.denied.n_items, 2);
	cr_assert(proto_list_message(&result.denied, &proto_denied_row, &row));
	cr_expect(span_is(row.site, POLICY_SITE));
	cr_expect(span_is(row.reason, "undeclared_cookie"));
	cr_expect_eq(row.count, 3);
	cr_assert(proto_list_message(&result.denied, &proto_denied_row, &row));
	cr_expect(span_is(row.reason, "consent_refused"));
	cr_expect_eq(row.count, 2);
	cr_assert(proto_list_message(&result.undeclared, &proto_undeclared_row, &name));
	cr_expect(span_is(name.site, POLICY_SITE));
	cr_expect(span_is(name.name, "wid"));
	cr_expect_eq(name.count, 3);
}

Test(stats, of_an_unknown_site_is_an_error)
{
	cr_expect_eq(stats("none.example"), PROTO_ERROR_UNKNOWN_SITE);
}

Test(stats, rows_end_at_a_page)
{
	char name[32];

	/* 20 sites with 64 names each are 1280 rows. */
	for (uint32_t id = 2; id <= 21; id++) {
		snprintf(name, sizeof(name), "site%u.example", id);
		sites_insert(fake->sites, site_new(fake->sites, id, span_of(name)));
		for (int i = 0; i < PROTO_LIMIT_UNDECLARED_NAMES; i++) {
			snprintf(name, sizeof(name), "%c%c", 'g' + i % 8, 'g' + i / 8);
			decide(id, PROTO_REASON_UNDECLARED_COOKIE, name, 1);
		}
	}
	cr_assert_eq(stats(NULL), PROTO_ERROR_NONE);
	cr_expect_eq(result.undeclared.n_items, PROTO_LIMIT_PAGE);
	cr_expect_eq(result.denied.n_items, 20);
}
