/* record, show and history over a real store. */
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

TestSuite(record, .init = setup, .fini = teardown);

static const char *reason(const char *subject, const char *cookie)
{
	return harness_reason(&h, POLICY_SITE, subject, cookie);
}

static uint64_t record(const char *subject, const char *choices)
{
	return harness_record(&h, POLICY_SITE, subject, choices);
}

static struct proto_history_result history(const char *subject, uint64_t limit, uint64_t before)
{
	struct proto_history_request request = {.site = span_of(POLICY_SITE),
	        .subject = span_of(subject),
	        .limit = limit,
	        .before = before};
	struct proto_history_result result;

	cr_assert_eq(harness_call(&h, PROTO_OP_HISTORY, &request, &result), PROTO_ERROR_NONE);
	return result;
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

Test(record, show_says_what_is_stored)
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

Test(record, history_is_newest_first_and_pages)
{
	const char *const kinds[] = {"withdrawn", "given", "refused"};
	uint64_t before = 0;

	record("s", "chat=no");
	record("t", "chat=no");
	record("s", "video=yes");
	record("s", "video=no");
	for (int i = 0; i < 3; i++) {
		struct proto_history_result page = history("s", 1, before);
		struct proto_event event;

		cr_assert_eq(page.events.n_items, 1);
		cr_assert(proto_list_message(&page.events, &proto_event, &event));
		cr_assert(span_is(event.event, kinds[i]), "event %d", i);
		cr_assert(span_is(event.actor, "uid:1000"));
		before = event.revision;
	}
	cr_assert_eq(history("s", 0, before).events.n_items, 0);
	cr_assert_eq(history("s", 0, 0).events.n_items, 3);
	cr_assert_eq(history("s", 0, 4).events.n_items, 2, "revision 4 is its newest event");
	cr_assert_eq(history("s", 0, 3).events.n_items, 1, "a revision in the middle");
	cr_assert_eq(history("s", 0, 2).events.n_items, 1, "a revision of another subject");
}

static enum proto_error repeat(const char *event_id, const char *method, uint64_t *ret_revision)
{
	uint8_t pairs[64];
	struct proto_writer writer = proto_writer_of(pairs, sizeof(pairs));
	struct proto_record_request request = {.site = span_of(POLICY_SITE),
	        .subject = span_of("s"),
	        .method = span_of(method),
	        .event_id = span_of(event_id)};
	struct proto_record_result result;

	proto_writer_text(&writer, span_of("video"));
	proto_writer_bool(&writer, true);
	request.choices = proto_list_of(&writer, 1);
	enum proto_error error = harness_call(&h, PROTO_OP_RECORD, &request, &result);
	*ret_revision = error == PROTO_ERROR_NONE ? result.revision : 0;
	return error;
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
