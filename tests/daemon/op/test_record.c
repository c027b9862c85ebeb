/* record: what is given and refused, over a real store. */
#include <criterion/criterion.h>

#include "tests/support/harness.h"
#include "tests/support/policies.h"
#include "tests/support/scratch.h"
#include "tests/support/stored.h"

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

TestSuite(record, .init = setup, .fini = teardown);

static const char *reason(const char *subject, const char *cookie)
{
	return harness_reason(&h, POLICY_SITE, subject, cookie);
}

static uint64_t record(const char *subject, const char *choices)
{
	return harness_record(&h, POLICY_SITE, subject, choices);
}

Test(record, what_was_given_is_allowed_when_the_reply_is_there)
{
	cr_assert_str_eq(reason("s", "vid"), "consent_unknown");
	cr_assert_eq(record("s", "video=yes"), 1);
	cr_assert_str_eq(reason("s", "vid"), "consent_given");
	cr_assert_str_eq(reason("s", "chat"), "consent_unknown");
	cr_assert_str_eq(reason("other", "vid"), "consent_unknown");
	cr_assert_eq(record("s", "*=no"), 2);
	cr_assert_str_eq(reason("s", "vid"), "consent_refused");
	cr_assert_str_eq(reason("s", "_pk_id.1"), "objection");
	cr_assert_str_eq(reason("s", "deal"), "consent_refused");
	cr_assert_str_eq(reason("s", "sid"), "exempt_necessary");
}

Test(record, validity_ends)
{
	record("s", "video=yes chat=no");
	clock_raise_floor(&h.clock, clock_now(&h.clock) + 91 * 86400);
	cr_assert_str_eq(reason("s", "chat"), "consent_unknown");
	cr_assert_str_eq(reason("s", "vid"), "consent_given");
	clock_raise_floor(&h.clock, clock_now(&h.clock) + 91 * 86400);
	cr_assert_str_eq(reason("s", "vid"), "consent_expired");
}

Test(record, survives_a_restart_with_and_without_the_view)
{
	record("s", "video=yes");
	record("t", "*=no");
	for (int rebuild = 0; rebuild < 2; rebuild++) {
		harness_reopen(&h, rebuild != 0);
		cr_assert_str_eq(reason("s", "vid"), "consent_given");
		cr_assert_str_eq(reason("t", "vid"), "consent_refused");
		cr_assert_eq(commit_revision(h.commit), 2);
	}
}

static enum proto_error repeat_choice(
        const char *event_id, const char *method, bool given, uint64_t *ret_revision)
{
	uint8_t pairs[64];
	struct proto_writer writer = proto_writer_of(pairs, sizeof(pairs));
	struct proto_record_request request = {.site = span_of(POLICY_SITE),
	        .subject = span_of("s"),
	        .method = span_of(method),
	        .event_id = span_of(event_id)};
	struct proto_record_result result;

	proto_writer_text(&writer, span_of("video"));
	proto_writer_bool(&writer, given);
	request.choices = proto_list_of(&writer, 1);
	enum proto_error error = harness_call(&h, PROTO_OP_RECORD, &request, &result);
	*ret_revision = error == PROTO_ERROR_NONE ? result.revision : 0;
	return error;
}

static enum proto_error repeat(const char *event_id, const char *method, uint64_t *ret_revision)
{
	return repeat_choice(event_id, method, true, ret_revision);
}

Test(record, a_retry_is_recognised_among_the_last_sixteen_events)
{
	uint64_t revision;

	cr_assert_eq(repeat("first", "banner", &revision), PROTO_ERROR_NONE);
	cr_assert_eq(revision, 1);
	for (int i = 0; i < 15; i++)
		cr_assert_neq(record("s", i % 2 ? "chat=yes" : "chat=no"), 0);
	cr_assert_eq(repeat("first", "banner", &revision), PROTO_ERROR_NONE);
	cr_assert_eq(revision, 1, "it is the sixteenth from the end");
	cr_assert_eq(repeat("first", "settings", &revision), PROTO_ERROR_CONFLICT);
	cr_assert_eq(record("s", "chat=yes"), 17);
	cr_assert_eq(repeat("first", "banner", &revision), PROTO_ERROR_NONE);
	cr_assert_neq(revision, 1, "the seventeenth is forgotten");
}

Test(record, identical_choices_write_nothing)
{
	cr_assert_eq(record("s", "video=yes"), 1);
	cr_assert_eq(record("s", "video=yes"), 1);
	cr_assert_eq(record("s", "video=yes chat=no"), 2);
	clock_raise_floor(&h.clock, clock_now(&h.clock) + 86401);
	cr_assert_eq(record("s", "video=yes chat=no"), 3);
}

Test(record, choices_that_decide_nothing_store_nothing)
{
	struct proto_show_request show = {.site = span_of(POLICY_SITE), .subject = span_of("new")};

	cr_assert_eq(record("s", "video=yes"), 1);
	cr_assert_eq(record("new", "necessary=yes"), 1, "the newest there is");
	cr_assert_eq(h.error, PROTO_ERROR_NONE);
	cr_assert_eq(harness_call(&h, PROTO_OP_SHOW, &show, NULL), PROTO_ERROR_NOT_FOUND);
	clock_raise_floor(&h.clock, clock_now(&h.clock) + 86401);
	cr_assert_eq(record("s", "necessary=yes"), 1, "it renews nothing");
	cr_assert_eq(commit_revision(h.commit), 1);
}

Test(record, refusals_say_what_would_be_right)
{
	cr_assert_eq(record("s", "vidoe=yes"), 0);
	cr_assert_eq(h.error, PROTO_ERROR_UNKNOWN_CHOICE);
	cr_assert(strstr(h.message, "vidoe") && strstr(h.message, "choices"));
	cr_assert_eq(record("s", "necessary=no"), 0);
	cr_assert_eq(h.error, PROTO_ERROR_INVALID_VALUE);
	cr_assert_eq(harness_record(&h, "nowhere.example", "s", "video=yes"), 0);
	cr_assert_eq(h.error, PROTO_ERROR_UNKNOWN_SITE);
	cr_assert_eq(commit_revision(h.commit), 0, "nothing is stored");
}

Test(record, a_material_change_asks_again_for_that_service_alone)
{
	record("s", "*=yes");
	cr_assert_eq(harness_apply(&h, POLICY_A_REWORDED), 2);
	cr_assert_str_eq(reason("s", "vid"), "consent_given");
	cr_assert_eq(harness_apply(&h, POLICY_B), 3);
	cr_assert_str_eq(reason("s", "vid"), "consent_unknown");
	cr_assert_str_eq(reason("s", "chat"), "consent_given");
}

Test(record, a_policy_and_back_revives_nothing_that_was_refused_meanwhile)
{
	record("s", "*=yes");
	record("t", "*=yes");
	harness_apply(&h, POLICY_B);
	record("s", "video=no");
	harness_apply(&h, POLICY_A);
	cr_assert_str_eq(reason("s", "vid"), "consent_unknown");
	cr_assert_str_eq(reason("s", "chat"), "consent_given");
	cr_assert_str_eq(reason("t", "vid"), "consent_given", "nothing was decided meanwhile");
}

Test(record, what_was_shown_bounds_what_is_decided)
{
	uint8_t pairs[64];
	struct proto_writer writer = proto_writer_of(pairs, sizeof(pairs));
	struct proto_record_request request = {
	        .site = span_of(POLICY_SITE), .subject = span_of("s"), .policy_revision = 1};
	struct proto_record_result result;

	harness_apply(&h, POLICY_B);
	proto_writer_text(&writer, span_of("*"));
	proto_writer_bool(&writer, true);
	request.choices = proto_list_of(&writer, 1);
	cr_assert_eq(harness_call(&h, PROTO_OP_RECORD, &request, &result), PROTO_ERROR_NONE);
	cr_assert_str_eq(reason("s", "vid"), "consent_unknown", "another provider was shown");
	cr_assert_str_eq(reason("s", "chat"), "consent_given");
	request.policy_revision = 3;
	cr_assert_eq(harness_call(&h, PROTO_OP_RECORD, &request, &result), PROTO_ERROR_NOT_FOUND);
}

/* What the first try gave was withdrawn since, on the account that the session follows by now. */
Test(record, a_retry_is_recognised_after_the_session_was_bound)
{
	uint64_t first, again;

	cr_assert_eq(repeat("one", "banner", &first), PROTO_ERROR_NONE);
	cr_assert_eq(harness_bind(&h, POLICY_SITE, "s", "account"), PROTO_ERROR_NONE);
	cr_assert_neq(harness_record(&h, POLICY_SITE, "account", "video=no"), 0);
	cr_assert_eq(repeat("one", "banner", &again), PROTO_ERROR_NONE);
	cr_assert_eq(again, first);
	cr_assert_str_eq(harness_reason(&h, POLICY_SITE, "s", "vid"), "consent_refused");
	cr_assert_eq(repeat("one", "settings", &again), PROTO_ERROR_CONFLICT);
}

static void damage_first_event(void)
{
	static const uint8_t key[8] = {[7] = 1};
	struct stored_value value = {
	        scratch_path("data/ledger"), "events", span_bytes(key, sizeof(key))};

	cr_assert(stored_flip(&value, 80));
}

/* Whether the id was used cannot be known: a no may be said twice, a yes may not. */
Test(record, a_rotten_event_fails_no_withdrawal_and_repeats_no_yes)
{
	uint64_t revision;

	cr_assert_eq(repeat("first", "banner", &revision), PROTO_ERROR_NONE);
	cr_assert_eq(record("s", "chat=yes"), 2);
	h.closed_fn = damage_first_event;
	harness_reopen(&h, false);
	h.closed_fn = NULL;
	cr_assert_eq(repeat_choice("second", "banner", false, &revision), PROTO_ERROR_NONE);
	cr_assert_eq(revision, 3);
	cr_assert_str_eq(reason("s", "vid"), "consent_refused");
	cr_assert_eq(repeat("first", "banner", &revision), PROTO_ERROR_STORAGE_FAILED);
	cr_assert_str_eq(reason("s", "vid"), "consent_refused");
}

Test(record, what_a_rotten_event_said_is_said_again)
{
	cr_assert_eq(record("s", "video=no"), 1);
	cr_assert_eq(record("t", "video=no"), 2);
	h.closed_fn = damage_first_event;
	harness_reopen(&h, false);
	h.closed_fn = NULL;
	cr_assert_eq(record("s", "video=no"), 3);
	cr_assert_eq(record("s", "video=no"), 3);
	cr_assert_str_eq(reason("s", "vid"), "consent_refused");
}
