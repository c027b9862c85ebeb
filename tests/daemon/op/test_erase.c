/* erase: what goes with a subject, and what stays of it. */
#include <criterion/criterion.h>

#include "tests/support/harness.h"
#include "tests/support/policies.h"

static struct harness h;

static void setup(void)
{
	harness_open(&h);
	harness_apply(&h, POLICY_A);
}

static void teardown(void)
{
	harness_close(&h);
}

TestSuite(erase, .init = setup, .fini = teardown);

static const char *reason(const char *subject, const char *cookie)
{
	return harness_reason(&h, POLICY_SITE, subject, cookie);
}

static uint64_t record(const char *subject, const char *choices)
{
	return harness_record(&h, POLICY_SITE, subject, choices);
}

static enum proto_error bind_(const char *session, const char *account)
{
	return harness_bind(&h, POLICY_SITE, session, account);
}

static enum proto_error erase_or_count(const char *subject, bool dry_run, uint64_t *ret_events)
{
	struct proto_erase_request request = {
	        .site = span_of(POLICY_SITE), .subject = span_of(subject), .dry_run = dry_run};
	struct proto_erase_result result = {0};
	enum proto_error error = harness_call(&h, PROTO_OP_ERASE, &request, &result);

	*ret_events = result.events;
	return error;
}

static enum proto_error erase(const char *subject, uint64_t *ret_events)
{
	return erase_or_count(subject, false, ret_events);
}

Test(erase, erasing_a_session_leaves_its_account)
{
	uint64_t n_events;

	record("session", "video=yes");
	bind_("session", "account");
	cr_assert_eq(erase("session", &n_events), PROTO_ERROR_NONE);
	cr_assert_eq(n_events, 2, "its own choice, and the link");
	cr_assert_str_eq(reason("session", "vid"), "consent_unknown");
	cr_assert_str_eq(reason("account", "vid"), "consent_given");
}

Test(erase, a_session_that_was_bound_again_is_erased_once)
{
	uint64_t n_events;

	for (int i = 0; i < 3; i++) {
		bind_("session", "account");
		bind_("session", NULL);
	}
	bind_("session", "account");
	cr_assert_eq(erase("account", &n_events), PROTO_ERROR_NONE);
	cr_assert_eq(n_events, 4 + 7);
	cr_assert_eq(erase("session", &n_events), PROTO_ERROR_NOT_FOUND);
}

Test(erase, erasing_an_account_erases_its_sessions)
{
	uint64_t n_events;

	record("session", "video=yes");
	bind_("session", "account");
	bind_("left", "account");
	bind_("left", NULL);
	record("left", "chat=no");
	cr_assert_eq(erase("account", &n_events), PROTO_ERROR_NONE);
	cr_assert_eq(n_events, 4);
	for (int reopened = 0; reopened < 3; reopened++) {
		cr_assert_str_eq(reason("account", "vid"), "consent_unknown");
		cr_assert_str_eq(reason("session", "vid"), "consent_unknown");
		cr_assert_str_eq(reason("left", "chat"), "consent_refused", "it had left");
		harness_reopen(&h, reopened == 1);
	}
	cr_assert_eq(erase("session", &n_events), PROTO_ERROR_NOT_FOUND);
}

Test(erase, a_dry_run_counts_what_would_go_and_takes_nothing)
{
	static const char *const subjects[] = {"session", "account", "nobody"};
	uint64_t counted, erased;

	record("account", "video=yes");
	record("account", "video=no");
	record("session", "chat=yes");
	bind_("session", "account");
	bind_("session", NULL);
	bind_("session", "account");
	for (size_t i = 0; i < 3; i++) {
		enum proto_error error = erase_or_count(subjects[i], true, &counted);

		cr_expect_eq(erase_or_count(subjects[i], true, &counted), error);
		cr_assert_eq(erase(subjects[i], &erased), error);
		cr_expect_eq(counted, erased, "%s", subjects[i]);
		bind_("session", "account");
	}
}

Test(erase, an_erased_subject_leaves_leaves_and_no_bodies)
{
	uint64_t n_events;
	struct ledger_reader *reader;
	struct event_leaf leaf;
	struct event event;

	record("s", "video=yes");
	record("s", "video=no");
	cr_assert_eq(erase("s", &n_events), PROTO_ERROR_NONE);
	cr_assert_eq(n_events, 2);
	harness_reopen(&h, false); /* a stop applies everything to the view */
	cr_assert_eq(commit_ledger_reader(h.commit, &reader), 0);
	for (uint64_t revision = 1; revision <= 3; revision++) {
		cr_assert_eq(ledger_read_event(reader, revision, &event), LEDGER_E_NO_BODY,
		        "revision %d", (int)revision);
		cr_assert_eq(ledger_read_leaf(reader, revision, &leaf), 0);
	}
	ledger_reader_reset(reader);
}
