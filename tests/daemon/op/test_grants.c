/* grants: the line as a client sees it, and that its own decision is then the daemon's. */
#include <criterion/criterion.h>
#include <errno.h>

#include "proto/decide.h"
#include "tests/daemon/op/fake_commit.h"
#include "tests/support/policies.h"

static struct fake *fake;
static struct site *site;
static struct proto_grants_result result;

static void start(void)
{
	fake = fake_open();
	site = fake_site(fake, POLICY_A);
}

TestSuite(grants, .init = start, .fini = fake_close);

static enum proto_error grants(const char *site_name, const char *subject)
{
	struct proto_grants_request request = {span_of(site_name), span_of(subject)};

	return fake_look_up(
	        fake, PROTO_OP_GRANTS, (struct op){op_grants_begin, op_grants}, &request, &result);
}

Test(grants, bit_n_is_in_byte_n_by_8)
{
	struct proto_state state = {.given_until = 5, .refused_until = 6};

	for (unsigned int bit = 0; bit < 128; bit += 9)
		proto_bits_set(&state.decided, bit);
	proto_bits_set(&state.given, 126);
	lines_put(fake->lines, fake_digest(site, "alice"), &state);
	cr_assert_eq(grants(POLICY_SITE, "alice"), PROTO_ERROR_NONE);
	cr_assert_eq(result.decided.n_bytes, 16);
	cr_assert_eq(result.given.n_bytes, 16);
	for (unsigned int bit = 0; bit < 128; bit++) {
		cr_expect_eq(result.decided.data[bit / 8] >> bit % 8 & 1, bit % 9 == 0);
		cr_expect_eq(result.given.data[bit / 8] >> bit % 8 & 1, bit == 126);
	}
	cr_expect_eq(result.given_until, 5);
	cr_expect_eq(result.refused_until, 6);
	cr_expect_eq(result.floor, 2100000000);
	cr_expect_eq(result.revision, 100);
	cr_expect_eq(result.policy_revision, 3);
}

static void expect_nothing(const char *subject)
{
	static const uint8_t zeros[16];

	cr_assert_eq(grants(POLICY_SITE, subject), PROTO_ERROR_NONE);
	cr_expect(span_equal(result.decided, span_bytes(zeros, 16)));
	cr_expect(span_equal(result.given, span_bytes(zeros, 16)));
	cr_expect_eq(result.given_until, 0);
	cr_expect_eq(result.refused_until, 0);
}

Test(grants, without_a_record_nothing_is_decided)
{
	expect_nothing(NULL);
	expect_nothing("alice");
}

Test(grants, what_cannot_be_read_refuses_everything)
{
	struct proto_state state = {0};
	struct proto_circumstances c = {.now = 1};

	lines_put_doubt(fake->lines, fake_digest(site, "alice"));
	fake->records[fake->n_records++] =
	        (struct fake_record){fake_digest(site, "alice"), -EBADMSG, {.linked = false}};
	cr_assert_eq(grants(POLICY_SITE, "alice"), PROTO_ERROR_NONE);
	memcpy(&state.decided, result.decided.data, 16);
	memcpy(&state.given, result.given.data, 16);
	state.given_until = (uint32_t)result.given_until;
	state.refused_until = (uint32_t)result.refused_until;
	for (uint32_t i = 1; i < site_policy(site)->rules.n_services; i++)
		cr_expect_not(proto_reason_allowed(
		        proto_decide(&site_policy(site)->rules.services[i], &state, &c)));
}

Test(grants, of_an_unknown_site_is_an_error)
{
	cr_expect_eq(grants("other.example", "alice"), PROTO_ERROR_UNKNOWN_SITE);
	cr_expect(strstr(fake->failed.message, "`site`"));
	cr_expect_eq(grants("SHOP.example", "alice"), PROTO_ERROR_NONE);
}
