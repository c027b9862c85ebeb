/*
 * Without the daemon everything is a no but what is necessary: by the newest policy that was seen,
 * or by the application's list.
 */
#include "tests/client/loop.h"

#include "client/src/client.h"

#include <criterion/criterion.h>
#include <stdio.h>

static struct fake_daemon *fake;
static struct consent_client *client;
static struct consent_visitor visitor;
static struct consent_decision decision;

static void begin(void)
{
	static const char *const necessary[] = {"csrftoken", "app_*", "*_csrf", "_ga"};
	struct consent_client_options options = CONSENT_CLIENT_OPTIONS_INIT;
	options.no_map = true;
	fake = fake_daemon_start(&shop_site);
	options.socket = fake_daemon_socket(fake);
	options.deadline_ms = 20000;
	options.necessary = necessary;
	options.n_necessary = sizeof(necessary) / sizeof(necessary[0]);
	cr_assert_eq(consent_client_open(&options, &client), CONSENT_OK);
	visitor = shop_visitor();
}

static void end(void)
{
	consent_client_close(client);
	fake_daemon_stop(fake);
}

TestSuite(outage, .init = begin, .fini = end);

static bool ask(const char *cookie)
{
	return consent_check(client, &visitor, cookie, NULL, &decision);
}

static void expect_alone(const char *cookie, bool allowed)
{
	cr_expect_eq(ask(cookie), allowed, "%s", cookie);
	cr_expect_neq(decision.error, CONSENT_OK);
	cr_expect_eq(decision.reason,
	        allowed ? CONSENT_REASON_EXEMPT_NECESSARY : CONSENT_REASON_UNAVAILABLE, "%s",
	        cookie);
	cr_expect_not(decision.ask);
}

Test(outage, allows_what_the_application_lists)
{
	fake_daemon_pause(fake);
	expect_alone("csrftoken", true);
	cr_expect_eq(decision.max_age, UINT32_MAX, "nobody knows how long");
	expect_alone("app_x", true);
	expect_alone("app_", true);
	expect_alone("my_csrf", true);
	expect_alone("_ga", true);
	expect_alone("csrftoken2", false);
	expect_alone("xapp_", false);
	expect_alone("my_csrf_", false);
	expect_alone("pref", false);
	expect_alone("sessionid", false);
}

/* A pattern of the list matches them, and yet no policy could ever have declared them. */
static void expect_impossible(const struct consent_decision *decisions)
{
	cr_expect(decisions[0].allowed);
	cr_expect_neq(decisions[0].error, CONSENT_OK);
	for (int i = 1; i < 4; i++) {
		cr_expect_not(decisions[i].allowed, "%d", i);
		cr_expect_eq(decisions[i].reason, CONSENT_REASON_UNDECLARED_COOKIE, "%d", i);
	}
}

/* Whether it is waited for or not, and whether the request could be sent or not. */
Test(outage, allows_no_name_that_is_none)
{
	char longest[PROTO_LIMIT_COOKIE_NAME_BYTES + 2] = "app_", domain[300];
	const struct consent_cookie cookies[] = {
	        {"app_x", NULL}, {"app_\xff", NULL}, {longest, NULL}, {"app_x", domain}};
	struct consent_decision decisions[4];
	memset(longest + 4, 'x', sizeof(longest) - 5);
	memset(domain, 'x', sizeof(domain));
	domain[sizeof(domain) - 1] = '\0';
	fake_daemon_pause(fake);
	cr_expect_eq(
	        consent_check_many(client, &visitor, cookies, 4, decisions), CONSENT_ERROR_CONNECT);
	expect_impossible(decisions);
	cr_assert_eq(consent_send_check(client, &visitor, cookies, 4, 1), CONSENT_OK);
	expect_impossible(loop_answer(client).decisions);
	visitor.subject = "";
	cr_expect_neq(consent_check_many(client, &visitor, cookies, 4, decisions), CONSENT_OK);
	expect_impossible(decisions);
}

/* The list is for outages: when the daemon answers, its answer counts. */
Test(outage, is_no_answer_while_the_daemon_answers)
{
	cr_expect_not(ask("_ga"));
	cr_expect_not(ask("csrftoken"));
	cr_expect_eq(decision.reason, CONSENT_REASON_UNDECLARED_COOKIE);
}

Test(outage, allows_what_the_policy_that_was_seen_calls_necessary)
{
	cr_expect(ask("pref"));
	fake_daemon_pause(fake);
	expect_alone("sessionid", true);
	cr_expect_eq(decision.max_age, 1209600);
	cr_expect_eq(decision.policy_revision, 1);
	expect_alone("__Host-csrf", true);
	expect_alone("pref", false);
	expect_alone("measure", false);
	expect_alone("sold", false);
	expect_alone("nobody", false);
	cr_expect(consent_check(client, &visitor, "sessionid", "shop.example.org", NULL));
	cr_expect_not(consent_check(client, &visitor, "sessionid", "tracker.example", NULL));
	visitor.site = "other.example";
	expect_alone("sessionid", false);
}

/* Whatever the reason for which there is no answer. */
Test(outage, is_every_failure)
{
	static const enum fake_behaviour behaviours[] = {FAKE_HANGS_UP, FAKE_GARBLES, FAKE_REFUSES,
	        FAKE_FORGETS, FAKE_WRONG_MSGID, FAKE_CUTS_AND_HANGS_UP, FAKE_REFUSES_ALL};
	cr_expect(ask("pref"));
	fake->error = PROTO_ERROR_BUSY;
	for (size_t i = 0; i < sizeof(behaviours) / sizeof(behaviours[0]); i++) {
		fake->behaviour = behaviours[i];
		expect_alone("sessionid", true);
		expect_alone("pref", false);
	}
	visitor.subject = "";
	fake->behaviour = FAKE_SERVES;
	expect_alone("sessionid", true);
}

Test(outage, lasts_through_the_pause_after_a_timeout)
{
	cr_expect(ask("pref"));
	client->options.deadline_ms = 30;
	fake->behaviour = FAKE_SILENT;
	expect_alone("sessionid", true);
	cr_expect_eq(decision.error, CONSENT_ERROR_TIMEOUT);
	expect_alone("sessionid", true);
	cr_expect_eq(decision.error, CONSENT_ERROR_UNAVAILABLE);
}

/* A policy that is superseded says nothing any more, even where the new one cannot be had. */
Test(outage, forgets_a_policy_that_is_superseded)
{
	cr_expect(ask("sessionid"));
	fake->policy_revision = 2;
	fake->refused_op = PROTO_OP_POLICY_GET;
	fake->error = PROTO_ERROR_BUSY;
	fake->refuses_op = true;
	cr_expect(ask("sessionid"));
	cr_expect_eq(decision.error, CONSENT_OK, "the check has its answer");
	fake_daemon_pause(fake);
	expect_alone("sessionid", false);
}

/* Data that was made anew counts its policies from 1 again. */
Test(outage, takes_no_revision_of_another_daemon_for_the_same)
{
	static const struct fake_cookie remade[] = {
	        {"sessionid", NULL, NULL, "login", "consent", 3600, "consent_given"}};
	cr_expect(ask("sessionid"));
	fake_daemon_pause(fake);
	expect_alone("sessionid", true);
	fake->site.cookies = remade;
	fake->site.n_cookies = 1;
	fake_daemon_resume(fake);
	cr_expect(ask("sessionid"));
	cr_expect_eq(decision.policy_revision, 1);
	fake_daemon_pause(fake);
	expect_alone("sessionid", false);
}

Test(outage, believes_no_policy_that_contradicts_itself)
{
	fake->behaviour = FAKE_CONTRADICTS;
	cr_expect(ask("sessionid"));
	fake_daemon_pause(fake);
	expect_alone("sessionid", false);
}

Test(outage, fetches_a_policy_once_a_revision)
{
	for (uint32_t revision = 1; revision <= 3; revision++) {
		fake->policy_revision = revision;
		for (int i = 0; i < 5; i++)
			cr_expect(ask("sessionid"));
		cr_expect_eq(fake->n_ops[PROTO_OP_POLICY_GET], revision);
	}
}

/* A policy that cannot be had is not asked for at every check. */
Test(outage, fetches_no_policy_over_and_over)
{
	fake->refused_op = PROTO_OP_POLICY_GET;
	fake->error = PROTO_ERROR_FORBIDDEN;
	fake->refuses_op = true;
	uint64_t begin_ms = client_now_ms();
	for (int i = 0; i < 50; i++)
		cr_expect(ask("sessionid"));
	uint64_t seconds = (client_now_ms() - begin_ms) / CLIENT_POLICY_RETRY_MS;
	cr_expect_leq(fake->n_ops[PROTO_OP_POLICY_GET], 1 + seconds);
}

Test(outage, remembers_a_bounded_number_of_sites)
{
	char site[64];
	cr_expect(ask("sessionid"));
	for (int i = 0; i < CLIENT_POLICIES + 5; i++) {
		(void)snprintf(site, sizeof(site), "site-%d.example", i);
		client_policies_note(client, site, 1);
	}
	cr_expect_null(client_policies_find(&client->policies, span_of(site)));
	cr_expect_not_null(client_policies_find(&client->policies, span_of(SHOP_SITE)));
	/* A minute later a site that nobody asked about gives way. */
	for (int i = 0; i < CLIENT_POLICIES; i++)
		client->policies.slots[i].used_at_ms -= CLIENT_POLICY_IDLE_MS;
	client_policies_note(client, SHOP_SITE, 1);
	client_policies_note(client, site, 1);
	cr_expect_not_null(client_policies_find(&client->policies, span_of(SHOP_SITE)));
}

Test(outage, forgets_sites_that_are_gone)
{
	cr_expect(ask("sessionid"));
	client_policies_note(client, SHOP_SITE, 0);
	fake_daemon_pause(fake);
	expect_alone("sessionid", false);
}

/* The next attempt comes 250 to 500 ms later, and workers spread out. */
Test(outage, pauses_for_different_times)
{
	bool differs = false;
	for (int i = 0; i < 200; i++) {
		struct client_pause pause = {0}, other = {0};
		client_pause_begin(&pause, 1000);
		client_pause_begin(&other, 1000);
		cr_expect(client_pause_holds(&pause, 1249));
		cr_expect_not(client_pause_holds(&pause, 1500));
		differs = differs || pause.until_ms != other.until_ms;
	}
	cr_expect(differs);
}
