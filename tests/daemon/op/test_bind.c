/* bind: links, what becomes the account's, and what a session has afterwards. */
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

TestSuite(bind, .init = setup, .fini = teardown);

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

static void pass_seconds(unsigned int seconds)
{
	clock_raise_floor(&h.clock, clock_now(&h.clock) + seconds);
}

Test(bind, a_withdrawal_on_the_account_reaches_every_session)
{
	record("account", "video=yes");
	cr_assert_eq(bind_("one", "account"), PROTO_ERROR_NONE);
	cr_assert_eq(bind_("two", "account"), PROTO_ERROR_NONE);
	cr_assert_str_eq(reason("one", "vid"), "consent_given");
	record("two", "video=no");
	cr_assert_str_eq(reason("one", "vid"), "consent_refused");
	cr_assert_str_eq(reason("account", "vid"), "consent_refused");
	harness_reopen(&h, true);
	cr_assert_str_eq(reason("one", "vid"), "consent_refused");
}

Test(bind, the_newer_record_becomes_the_accounts)
{
	record("account", "video=yes chat=yes");
	pass_seconds(10);
	record("session", "video=no");
	bind_("session", "account");
	cr_assert_str_eq(reason("account", "vid"), "consent_refused");
	cr_assert_str_eq(reason("account", "chat"), "consent_unknown", "it is replaced whole");

	record("older", "chat=no");
	pass_seconds(10);
	record("account", "chat=yes");
	bind_("older", "account");
	cr_assert_str_eq(reason("older", "chat"), "consent_given");
}

Test(bind, refusal_wins_a_tie)
{
	pass_seconds(1000); /* ahead of the clock: the time stands still */
	record("account", "video=yes chat=yes");
	record("session", "video=no");
	bind_("session", "account");
	cr_assert_str_eq(reason("session", "vid"), "consent_refused");
	cr_assert_str_eq(reason("session", "chat"), "consent_given");
}

Test(bind, chains_are_conflicts)
{
	cr_assert_eq(bind_("session", "account"), PROTO_ERROR_NONE);
	cr_assert_eq(bind_("other", "session"), PROTO_ERROR_CONFLICT);
	cr_assert_eq(bind_("account", "other"), PROTO_ERROR_CONFLICT);
	cr_assert_eq(bind_("session", "session"), PROTO_ERROR_INVALID_VALUE);
	cr_assert_eq(bind_("session", "account"), PROTO_ERROR_NONE, "again: nothing to do");
}

Test(bind, an_account_stays_one_until_it_is_erased)
{
	struct proto_erase_request erase = {
	        .site = span_of(POLICY_SITE), .subject = span_of("account")};

	cr_assert_eq(bind_("session", "account"), PROTO_ERROR_NONE);
	cr_assert_eq(bind_("session", NULL), PROTO_ERROR_NONE);
	cr_assert_eq(bind_("account", "other"), PROTO_ERROR_CONFLICT);
	cr_assert(strstr(h.message, "or were bound to it"), "%s", h.message);
	cr_assert_eq(harness_call(&h, PROTO_OP_ERASE, &erase, NULL), PROTO_ERROR_NONE);
	cr_assert_eq(bind_("account", "other"), PROTO_ERROR_NONE);
}

Test(bind, unbinding_revives_no_yes_that_was_withdrawn)
{
	record("session", "video=yes chat=yes");
	bind_("session", "account");
	cr_assert_str_eq(reason("account", "vid"), "consent_given");
	record("session", "video=no");
	cr_assert_eq(bind_("session", NULL), PROTO_ERROR_NONE);
	cr_assert_str_eq(reason("session", "vid"), "consent_refused");
	cr_assert_str_eq(reason("session", "chat"), "consent_given", "both give it");
	record("account", "chat=no");
	cr_assert_str_eq(reason("session", "chat"), "consent_given", "it follows no longer");
}

Test(bind, what_only_the_account_gave_stays_the_accounts)
{
	record("account", "video=yes");
	bind_("session", "account");
	cr_assert_str_eq(reason("session", "vid"), "consent_given");
	bind_("session", NULL);
	cr_assert_str_eq(reason("session", "vid"), "consent_unknown");
}

Test(bind, a_session_that_changes_its_account_follows_the_new_one)
{
	record("first", "video=yes");
	pass_seconds(5);
	record("second", "video=no");
	bind_("session", "first");
	bind_("session", "second");
	cr_assert_str_eq(reason("session", "vid"), "consent_refused");
	cr_assert_str_eq(reason("first", "vid"), "consent_given");
}

Test(bind, objections_and_opt_outs_outlive_the_older_record)
{
	record("account", "matomo=no deals=no");
	pass_seconds(10);
	record("session", "video=yes");
	cr_assert_eq(bind_("session", "account"), PROTO_ERROR_NONE);
	cr_assert_str_eq(reason("session", "_pk_id"), "objection");
	cr_assert_str_eq(reason("account", "deal"), "consent_refused");
	cr_assert_str_eq(reason("session", "vid"), "consent_given");

	record("older", "deals=no");
	pass_seconds(10);
	record("other", "video=yes");
	cr_assert_eq(bind_("older", "other"), PROTO_ERROR_NONE);
	cr_assert_str_eq(reason("older", "deal"), "consent_refused");
	harness_reopen(&h, true);
	cr_assert_str_eq(reason("other", "deal"), "consent_refused");
}

Test(bind, an_objection_outlives_a_policy_that_is_not_attested)
{
	record("account", "matomo=no");
	pass_seconds(10);
	record("session", "video=yes");
	harness_apply(&h, POLICY_A_UNATTESTED);
	bind_("session", "account");
	harness_apply(&h, POLICY_A);
	cr_assert_str_eq(reason("account", "_pk_id"), "objection");
}
