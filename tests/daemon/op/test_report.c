/* report: what mapped clients counted stands in stats, and a lie overflows nothing. */
#include <criterion/criterion.h>

#include "daemon/op/counters.h"
#include "tests/daemon/op/fake_commit.h"
#include "tests/support/policies.h"

static struct fake *fake;
static struct site *site;
static struct op_undeclared names[PROTO_LIMIT_UNDECLARED_NAMES];

static void start(void)
{
	fake = fake_open();
	site = fake_site(fake, POLICY_A);
}

TestSuite(report, .init = start, .fini = fake_close);

/* One pair, in memory that each list has of its own. */
struct counts {
	uint8_t bytes[128];
};

static struct proto_list pair(struct counts *counts, const char *name, uint64_t n)
{
	struct proto_writer w = proto_writer_of(counts->bytes, sizeof(counts->bytes));

	proto_writer_text(&w, span_of(name));
	proto_writer_uint(&w, n);
	return proto_list_of(&w, 1);
}

static enum proto_error send_to(const char *site_name, const char *allowed, const char *denied,
        const char *undeclared, uint64_t n)
{
	struct counts memory[3];
	struct proto_report_request request = {.site = span_of(site_name)};
	struct proto_report_result result;

	if (allowed)
		request.allowed = pair(&memory[0], allowed, n);
	if (denied)
		request.denied = pair(&memory[1], denied, n);
	if (undeclared)
		request.undeclared = pair(&memory[2], undeclared, n);
	return fake_call(fake, PROTO_OP_REPORT, op_report, &request, &result);
}

static uint64_t wanted_value;

static void note_counter(void *ctx, const char *name, uint64_t value)
{
	if (strcmp(ctx, name) == 0)
		wanted_value = value;
}

static uint64_t counter(char *name)
{
	wanted_value = 0;
	op_counters_each(fake->env.counters, note_counter, name);
	return wanted_value;
}

Test(report, counts_as_if_the_daemon_had_been_asked)
{
	struct op_counters *counters = fake->env.counters;

	op_counters_decision(counters, site->id, PROTO_REASON_UNDECLARED_COOKIE, span_of("wid"));
	cr_assert_eq(send_to("shop.EXAMPLE", "consent_given", "undeclared_cookie", "wid", 3),
	        PROTO_ERROR_NONE);
	cr_expect_eq(counter("decisions"), 7);
	cr_expect_eq(counter("decisions_allowed"), 3);
	cr_expect_eq(counter("reason_consent_given"), 3);
	cr_expect_eq(counter("reason_undeclared_cookie"), 4);
	cr_expect_eq(op_counters_denied(counters, site->id, PROTO_REASON_UNDECLARED_COOKIE), 4);
	cr_assert_eq(op_counters_undeclared(counters, site->id, names), 1);
	cr_expect_eq(names[0].count, 4);
}

Test(report, names_are_blurred_whoever_sends_them)
{
	cr_assert_eq(send_to(POLICY_SITE, NULL, NULL, "_ga_1234567", 2), PROTO_ERROR_NONE);
	cr_assert_eq(op_counters_undeclared(fake->env.counters, site->id, names), 1);
	cr_expect(span_is(span_bytes(names[0].name, names[0].n_bytes), "_ga_#"));
	cr_expect_eq(counter("decisions"), 0, "a name alone is no decision");
}

Test(report, a_name_that_was_counted_no_time_takes_no_place)
{
	cr_assert_eq(send_to(POLICY_SITE, NULL, NULL, "wid", 0), PROTO_ERROR_NONE);
	cr_expect_eq(op_counters_undeclared(fake->env.counters, site->id, names), 0);
}

Test(report, a_counter_that_is_full_stays_so)
{
	struct op_counters *counters = fake->env.counters;

	for (int i = 0; i < 3; i++)
		cr_assert_eq(send_to(POLICY_SITE, "consent_given", "undeclared_cookie", "wid",
		                     UINT64_C(1) << 63),
		        PROTO_ERROR_NONE);
	op_counters_decision(counters, site->id, PROTO_REASON_UNDECLARED_COOKIE, span_of("wid"));
	cr_expect_eq(counter("decisions"), UINT64_MAX);
	cr_expect_eq(counter("decisions_allowed"), UINT64_MAX);
	cr_expect_eq(
	        op_counters_denied(counters, site->id, PROTO_REASON_UNDECLARED_COOKIE), UINT64_MAX);
	cr_assert_eq(op_counters_undeclared(counters, site->id, names), 1);
	cr_expect_eq(names[0].count, UINT64_MAX);
}

Test(report, what_is_refused_counts_nothing)
{
	cr_expect_eq(
	        send_to("none.example", "consent_given", NULL, NULL, 1), PROTO_ERROR_UNKNOWN_SITE);
	cr_expect_eq(send_to(POLICY_SITE, "consent_given", "moon_phase", "wid", 1),
	        PROTO_ERROR_INVALID_VALUE);
	cr_expect_str_eq(fake->failed.message,
	        "report: `denied` counts by reasons that deny; \"moon_phase\" is none");
	cr_expect_eq(send_to(POLICY_SITE, "consent_given", "opt_out_default", "wid", 1),
	        PROTO_ERROR_INVALID_VALUE);
	cr_expect_eq(send_to(POLICY_SITE, "stale", NULL, "wid", 1), PROTO_ERROR_INVALID_VALUE);
	cr_expect_eq(counter("decisions"), 0);
	cr_expect_eq(op_counters_undeclared(fake->env.counters, site->id, names), 0);
}
