/* How choices combine: each rule of it, on bits, with the time in the test's hand. */
#include "daemon/op/choices.h"

#include <criterion/criterion.h>

#include "tests/support/policies.h"

enum { MATOMO, DEALS, VIDEO, CHAT };

#define NOW   UINT32_C(1800000000)
#define DAY   UINT32_C(86400)
#define MONTH (30 * DAY)

static int next_bit(void *ctx, struct span id, const uint8_t fingerprint[16], uint8_t *ret)
{
	uint8_t *next = ctx;

	(void)id;
	(void)fingerprint;
	*ret = (*next)++;
	return 0;
}

static struct policy *policy;

static void use_policy(const char *yaml)
{
	struct faults faults = {.file = "policy"};
	uint8_t next = 0;

	policy_free(policy);
	cr_assert_eq(policy_parse(span_of(yaml), &faults, &policy), 0);
	cr_assert_eq(policy_assign_bits(policy, next_bit, &next), 0);
	policy->policy_revision = 1;
	faults_deinit(&faults);
}

static void setup(void)
{
	use_policy(POLICY_A);
}

static void teardown(void)
{
	policy = policy_free(policy);
}

TestSuite(choices, .init = setup, .fini = teardown);

static struct proto_bits bits(int a, int b)
{
	struct proto_bits set = {{0, 0}};

	if (a >= 0)
		proto_bits_set(&set, (unsigned int)a);
	if (b >= 0)
		proto_bits_set(&set, (unsigned int)b);
	return set;
}

static struct record had(struct proto_bits given, struct proto_bits refused, uint32_t given_until,
        uint32_t refused_until)
{
	struct record record = {.policy_revision = 1, .updated_at = NOW - 2 * DAY};

	record.state.given = given;
	record.state.decided = (struct proto_bits){{given.word[0] | refused.word[0], 0}};
	record.state.given_until = given_until;
	record.state.refused_until = refused_until;
	return record;
}

static struct choices_outcome merge(
        const struct record *before, struct proto_bits given, struct proto_bits refused)
{
	struct choices choices = {given, refused};
	struct choices_outcome outcome;

	choices_merge(before, &choices, policy, NOW, &outcome);
	return outcome;
}

#define NONE bits(-1, -1)

static int expand(const char *names, struct choices *ret, struct span *ret_name)
{
	static uint8_t room[256];
	struct proto_writer writer = proto_writer_of(room, sizeof(room));
	uint32_t n = 0;

	for (const char *at = names; *at; n++) {
		size_t n_bytes = strcspn(at, "=");

		proto_writer_text(&writer, span_bytes(at, n_bytes));
		proto_writer_bool(&writer, at[n_bytes + 1] == 'y');
		at += n_bytes + 2;
	}
	return choices_expand(policy, proto_list_of(&writer, n), ret, ret_name);
}

Test(choices, most_specific_name_wins_in_any_order)
{
	const char *const orders[] = {
	        "*=nthird_party=yvideo=n", "video=nthird_party=y*=n", "third_party=y*=nvideo=n"};
	struct choices choices;
	struct span name;

	for (size_t i = 0; i < 3; i++) {
		cr_assert_eq(expand(orders[i], &choices, &name), 0);
		cr_assert_eq(choices.given.word[0], 0, "order %zu", i);
		cr_assert_eq(choices.refused.word[0], 15, "order %zu", i);
	}
	cr_assert_eq(expand("*=nthird_party=y", &choices, &name), 0);
	cr_assert_eq(choices.given.word[0], bits(VIDEO, -1).word[0]);
	cr_assert_eq(choices.refused.word[0], 15 & ~bits(VIDEO, -1).word[0]);
}

Test(choices, star_reaches_every_service_with_a_bit)
{
	struct choices choices;
	struct span name;

	cr_assert_eq(expand("*=y", &choices, &name), 0);
	cr_assert_eq(choices.given.word[0], 15);
}

Test(choices, necessary_may_be_given_and_not_refused)
{
	struct choices choices;
	struct span name;

	cr_assert_eq(expand("necessary=ylogin=y", &choices, &name), 0);
	cr_assert_eq(choices.given.word[0] | choices.refused.word[0], 0);
	cr_assert_eq(expand("necessary=n", &choices, &name), CHOICES_E_NECESSARY);
	cr_assert(span_is(name, "necessary"));
	cr_assert_eq(expand("video=ylogin=n", &choices, &name), CHOICES_E_NECESSARY);
	cr_assert(span_is(name, "login"));
}

Test(choices, unknown_name_is_named)
{
	struct choices choices;
	struct span name;

	cr_assert_eq(expand("video=ystatistcs=n", &choices, &name), CHOICES_E_UNKNOWN);
	cr_assert(span_is(name, "statistcs"));
}

Test(choices, services_not_named_keep_their_state)
{
	struct record before = had(bits(VIDEO, -1), bits(MATOMO, -1), NOW + DAY, NOW + DAY);
	struct choices_outcome outcome = merge(&before, bits(CHAT, -1), NONE);

	cr_assert_eq(outcome.state.given.word[0], bits(VIDEO, CHAT).word[0]);
	cr_assert_eq(outcome.state.decided.word[0], bits(VIDEO, CHAT).word[0] | 1U << MATOMO);
	cr_assert_eq(outcome.decided.word[0], bits(CHAT, -1).word[0]);
}

Test(choices, naming_all_that_is_given_renews_the_validity)
{
	struct record before = had(bits(VIDEO, -1), NONE, NOW + DAY, 0);

	cr_assert_eq(merge(&before, bits(VIDEO, CHAT), NONE).state.given_until, NOW + 6 * MONTH);
	cr_assert_eq(merge(NULL, bits(VIDEO, -1), NONE).state.given_until, NOW + 6 * MONTH);
}

Test(choices, naming_a_part_keeps_the_earlier_time)
{
	struct record before = had(bits(VIDEO, -1), NONE, NOW + DAY, 0);

	cr_assert_eq(merge(&before, bits(CHAT, -1), NONE).state.given_until, NOW + DAY);
	before.state.given_until = NOW + 7 * MONTH;
	cr_assert_eq(merge(&before, bits(CHAT, -1), NONE).state.given_until, NOW + 6 * MONTH);
	cr_assert_eq(merge(&before, NONE, bits(CHAT, -1)).state.given_until, NOW + 6 * MONTH,
	        "a later policy never lengthens a stored time, and may shorten it");
}

Test(choices, a_lapsed_yes_is_cleared_and_not_renewed_by_another)
{
	struct record before = had(bits(VIDEO, -1), NONE, NOW, 0);
	struct choices_outcome outcome = merge(&before, bits(CHAT, -1), NONE);

	cr_assert_eq(outcome.state.given.word[0], bits(CHAT, -1).word[0]);
	cr_assert_eq(outcome.state.decided.word[0], bits(CHAT, -1).word[0]);
	cr_assert_eq(outcome.state.given_until, NOW + 6 * MONTH);
	before.state.given_until = NOW + 1;
	cr_assert_eq(merge(&before, bits(CHAT, -1), NONE).state.given.word[0],
	        bits(VIDEO, CHAT).word[0]);
}

Test(choices, refused_until_becomes_the_later_of_old_and_new)
{
	struct record before = had(NONE, bits(VIDEO, -1), 0, NOW + 4 * MONTH);

	cr_assert_eq(merge(&before, NONE, bits(CHAT, -1)).state.refused_until, NOW + 4 * MONTH);
	before.state.refused_until = NOW + DAY;
	cr_assert_eq(merge(&before, NONE, bits(CHAT, -1)).state.refused_until, NOW + 3 * MONTH);
	cr_assert_eq(merge(&before, bits(CHAT, -1), NONE).state.refused_until, NOW + DAY,
	        "a record that refuses nothing leaves it");
}

Test(choices, a_lapsed_refusal_is_not_revived_but_an_objection_never_lapses)
{
	struct record before = had(NONE, bits(VIDEO, MATOMO), 0, NOW);
	struct choices_outcome outcome;

	proto_bits_set(&before.state.decided, DEALS);
	outcome = merge(&before, NONE, bits(CHAT, -1));
	cr_assert_eq(outcome.state.decided.word[0],
	        bits(MATOMO, DEALS).word[0] | bits(CHAT, -1).word[0]);
}

Test(choices, an_objection_outlives_a_policy_that_is_not_attested)
{
	struct record before = had(NONE, bits(VIDEO, MATOMO), 0, NOW);

	use_policy(POLICY_A_UNATTESTED);
	struct choices_outcome outcome = merge(&before, NONE, bits(CHAT, -1));
	cr_assert_eq(outcome.state.decided.word[0], bits(MATOMO, CHAT).word[0]);
}

Test(choices, bits_of_other_policies_are_cleared)
{
	struct record before = had(bits(VIDEO, 77), bits(90, -1), NOW + DAY, NOW + DAY);

	before.state.decided.word[1] = bits(77, 90).word[1];
	struct choices_outcome outcome = merge(&before, bits(VIDEO, 77), NONE);
	cr_assert_eq(outcome.state.decided.word[0], bits(VIDEO, -1).word[0]);
	cr_assert_eq(outcome.state.decided.word[1] | outcome.state.given.word[1], 0);
	cr_assert_eq(outcome.decided.word[1], 0);
	cr_assert_not(outcome.identical);
}

Test(choices, times_saturate)
{
	struct choices choices = {bits(VIDEO, -1), bits(CHAT, -1)};
	struct choices_outcome outcome;

	choices_merge(NULL, &choices, policy, UINT32_MAX - 10, &outcome);
	cr_assert_eq(outcome.state.given_until, UINT32_MAX);
	cr_assert_eq(outcome.state.refused_until, UINT32_MAX);
}

Test(choices, the_event_says_what_happened)
{
	struct record gave = had(bits(VIDEO, -1), NONE, NOW + DAY, 0);
	struct record refused = had(NONE, bits(VIDEO, MATOMO), 0, NOW + DAY);
	struct record lapsed = had(bits(VIDEO, -1), NONE, NOW, 0);

	cr_assert_eq(merge(NULL, bits(VIDEO, -1), bits(CHAT, -1)).kind, EVENT_GIVEN);
	cr_assert_eq(merge(&gave, bits(CHAT, -1), bits(VIDEO, -1)).kind, EVENT_WITHDRAWN);
	cr_assert_eq(merge(&lapsed, NONE, bits(VIDEO, -1)).kind, EVENT_REFUSED);
	cr_assert_eq(merge(NULL, NONE, bits(VIDEO, MATOMO)).kind, EVENT_REFUSED);
	cr_assert_eq(merge(NULL, NONE, bits(DEALS, -1)).kind, EVENT_REFUSED);
	cr_assert_eq(merge(NULL, NONE, bits(MATOMO, -1)).kind, EVENT_OBJECTED);
	cr_assert_eq(merge(&gave, bits(VIDEO, -1), NONE).kind, EVENT_RENEWED);
	cr_assert_eq(merge(&refused, NONE, bits(VIDEO, MATOMO)).kind, EVENT_RENEWED);
	cr_assert_eq(merge(&refused, bits(VIDEO, -1), NONE).kind, EVENT_GIVEN);
}

Test(choices, identical_within_a_day_and_not_after)
{
	struct record before = had(bits(VIDEO, -1), NONE, NOW + DAY, 0);

	before.updated_at = NOW - DAY + 1;
	cr_assert(merge(&before, bits(VIDEO, -1), NONE).identical);
	before.updated_at = NOW - DAY;
	cr_assert_not(merge(&before, bits(VIDEO, -1), NONE).identical);
	before.updated_at = NOW - 1;
	cr_assert_not(merge(&before, bits(CHAT, -1), NONE).identical);
	cr_assert_not(merge(&before, NONE, bits(VIDEO, -1)).identical);
	before.policy_revision = 7;
	cr_assert_not(merge(&before, bits(VIDEO, -1), NONE).identical,
	        "another policy was in force: what was shown is to be noted");
	cr_assert_not(merge(NULL, bits(VIDEO, -1), NONE).identical);
}

Test(choices, what_has_lapsed_is_not_identical)
{
	struct record gave = had(bits(VIDEO, -1), NONE, NOW, 0);
	struct record refused = had(NONE, bits(VIDEO, -1), 0, NOW);

	gave.updated_at = refused.updated_at = NOW - DAY / 2;
	cr_assert_not(merge(&gave, bits(VIDEO, -1), NONE).identical, "a validity of half a day");
	cr_assert_not(merge(&refused, NONE, bits(VIDEO, -1)).identical);
}
