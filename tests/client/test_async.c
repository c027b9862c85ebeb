/*
 * Requests that are sent without waiting: each gets its own answer, once, and the descriptor is readable
 * when there is one.
 */
#include "tests/client/loop.h"

#include "client/src/client.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>

static struct fake_daemon *fake;
static struct consent_client *client;
static struct consent_visitor visitor;

static void begin(void)
{
	fake = fake_daemon_start(&shop_site);
	client = shop_open(fake, PATIENT_MS);
	visitor = shop_visitor();
}

static void end(void)
{
	consent_client_close(client);
	fake_daemon_stop(fake);
}

TestSuite(async, .init = begin, .fini = end);

Test(async, is_nothing_before_it_is_used)
{
	struct consent_answer answer;
	cr_expect_not(consent_receive(client, &answer));
	cr_expect_not(consent_receive(NULL, &answer));
	cr_expect_not(consent_receive(client, NULL));
	cr_expect_eq(consent_client_fd(NULL), -1);
	cr_expect_not(loop_readable(client, 0));
	cr_expect_eq(fake->n_connections, 0);
	cr_expect_neq(fcntl(consent_client_fd(client), F_GETFD) & FD_CLOEXEC, 0);
}

Test(async, answers_a_check)
{
	fake->ask = true;
	struct consent_decision decision = loop_ask(client, "pref");
	cr_expect(decision.allowed);
	cr_expect(decision.ask);
	cr_expect_eq(decision.reason, CONSENT_REASON_CONSENT_GIVEN);
	cr_expect_eq(decision.max_age, 3600);
	cr_expect_str_eq(decision.service, "preferences");
	cr_expect_not(loop_ask(client, "_ga").allowed);
	cr_expect_eq(fake->n_connections, 1);
	cr_expect_eq(fake->n_ops[PROTO_OP_HELLO], 1);
	cr_expect_str_empty(consent_client_message(client));
}

Test(async, is_readable_only_while_there_is_something)
{
	struct consent_answer answer;
	loop_ask(client, "pref");
	shop_wait(&fake->n_ops[PROTO_OP_POLICY_GET], 1);
	while (loop_readable(client, 20))
		cr_assert_not(consent_receive(client, &answer));
	loop_send(client, "pref", 1);
	cr_expect(loop_readable(client, PATIENT_MS));
	cr_expect(consent_receive(client, &answer));
	cr_expect_not(consent_receive(client, &answer));
	cr_expect_not(loop_readable(client, 20));
}

/* Several domains are several requests, and one answer; what no policy can declare is not sent. */
Test(async, puts_the_cookies_of_a_check_together)
{
	const struct consent_cookie cookies[] = {{"ads", "example.org"}, {"pref", ""}, {"", NULL},
	        {"ads", "tracker.example"}, {"_ga", NULL}, {NULL, NULL}, {"sessionid", NULL}};
	const enum consent_reason reasons[] = {CONSENT_REASON_CONSENT_REFUSED,
	        CONSENT_REASON_CONSENT_GIVEN, CONSENT_REASON_UNDECLARED_COOKIE,
	        CONSENT_REASON_CONSENT_GIVEN, CONSENT_REASON_CONSENT_REFUSED,
	        CONSENT_REASON_UNDECLARED_COOKIE, CONSENT_REASON_EXEMPT_NECESSARY};
	cr_assert_eq(consent_send_check(client, &visitor, cookies, 7, 5), CONSENT_OK);
	struct consent_answer answer = loop_answer(client);
	cr_expect_eq(answer.tag, 5);
	cr_expect_eq(answer.error, CONSENT_OK);
	cr_assert_eq(answer.n_decisions, 7);
	for (int i = 0; i < 7; i++)
		cr_expect_eq(answer.decisions[i].reason, reasons[i], "%d", i);
	cr_expect_eq(fake->n_ops[PROTO_OP_CHECK], 3);
	cr_assert_eq(consent_send_check(client, &visitor, &cookies[2], 1, 6), CONSENT_OK);
	cr_assert(consent_receive(client, &answer), "nobody need be asked");
	cr_expect_eq(answer.tag, 6);
	cr_expect_eq(answer.decisions[0].reason, CONSENT_REASON_UNDECLARED_COOKIE);
}

/* The application may change all that it passed as soon as the call returns. */
Test(async, copies_what_it_is_given)
{
	char site[] = SHOP_SITE, subject[] = "visitor-1", name[] = "pref", domain[] = "example.org";
	struct consent_cookie cookies[] = {{name, NULL}, {"ads", domain}};
	fake->behaviour = FAKE_HANGS_UP_ONCE; /* so that it is sent twice */
	visitor.site = site;
	visitor.subject = subject;
	cr_assert_eq(consent_send_check(client, &visitor, cookies, 2, 1), CONSENT_OK);
	memset(site, 'x', sizeof(site));
	memset(subject, 'x', sizeof(subject));
	memset(name, 'x', sizeof(name));
	memset(domain, 'x', sizeof(domain));
	memset(cookies, 0xff, sizeof(cookies));
	struct consent_answer answer = loop_answer(client);
	cr_expect_eq(answer.error, CONSENT_OK);
	cr_expect(answer.decisions[0].allowed);
	cr_expect_eq(answer.decisions[1].reason, CONSENT_REASON_CONSENT_REFUSED);
}

Test(async, answers_many_at_once)
{
	enum { N = 500 };
	static const char *const names[] = {"pref", "_ga", "sessionid", "nobody"};
	static bool answered[N];
	for (uint64_t i = 0; i < N; i++)
		loop_send(client, names[i % 4], i);
	for (int i = 0; i < N; i++) {
		struct consent_answer answer = loop_answer(client);
		cr_assert_lt(answer.tag, N);
		cr_assert_not(answered[answer.tag]);
		answered[answer.tag] = true;
		bool yes = answer.tag % 2 == 0;
		cr_assert_eq(answer.decisions[0].allowed, yes, "%d", (int)answer.tag);
	}
	cr_expect_eq(fake->n_connections, 1);
}

/* A fake that answers the last of pipelined requests first. */
Test(async, knows_whose_an_answer_is)
{
	fake->behaviour = FAKE_REVERSES;
	for (int round = 0; round < 20; round++) {
		for (uint64_t tag = 0; tag < 10; tag++)
			loop_send(client, tag % 2 ? "pref" : "_ga", tag);
		for (int i = 0; i < 10; i++) {
			struct consent_answer answer = loop_answer(client);
			cr_assert_eq(answer.decisions[0].allowed, answer.tag % 2 == 1);
		}
	}
	cr_expect_eq(fake->n_connections, 1);
}

Test(async, writes)
{
	struct consent_choice choice = {"audience", true};
	struct consent_choices choices = CONSENT_CHOICES_INIT;
	bool seen[4] = {false};
	choices.choices = &choice;
	choices.n_choices = 1;
	cr_assert_eq(consent_send_record(client, &visitor, &choices, 1), CONSENT_OK);
	cr_assert_eq(consent_send_withdraw(client, &visitor, "audience", 2), CONSENT_OK);
	cr_assert_eq(consent_send_bind(client, &visitor, "account", NULL, 3), CONSENT_OK);
	for (int i = 0; i < 3; i++) {
		struct consent_answer answer = loop_answer(client);
		cr_assert(answer.tag >= 1 && answer.tag <= 3 && !seen[answer.tag]);
		seen[answer.tag] = true;
		cr_expect_eq(answer.error, CONSENT_OK);
		cr_expect_eq((int)answer.kind, (int)answer.tag + 1);
		cr_expect_gt(answer.written.revision, 10);
		cr_expect_eq(answer.written.event,
		        answer.tag == 3 ? CONSENT_EVENT_BOUND : CONSENT_EVENT_GIVEN);
		cr_expect_null(answer.decisions);
	}
}

Test(async, refuses_what_contradicts_the_contract)
{
	struct consent_answer answer;
	struct consent_cookie cookie = {"pref", NULL};
	struct consent_visitor nobody = CONSENT_VISITOR_INIT;
	static struct consent_cookie many[PROTO_LIMIT_COOKIES + 1];
	const enum consent_error wrong = CONSENT_ERROR_INVALID_ARGUMENT;
	cr_expect_eq(consent_send_check(NULL, &visitor, &cookie, 1, 0), wrong);
	cr_expect_eq(consent_send_check(client, NULL, &cookie, 1, 0), wrong);
	cr_expect_eq(consent_send_check(client, &nobody, &cookie, 1, 0), wrong);
	cr_expect_eq(consent_send_check(client, &visitor, NULL, 1, 0), wrong);
	cr_expect_eq(consent_send_check(client, &visitor, &cookie, 0, 0), wrong);
	cr_expect_eq(consent_send_check(client, &visitor, many, PROTO_LIMIT_COOKIES + 1, 0), wrong);
	cr_expect_eq(consent_send_record(client, &visitor, NULL, 0), wrong);
	cr_expect_eq(consent_send_record(NULL, &visitor, NULL, 0), wrong);
	cr_expect_eq(consent_send_withdraw(client, &nobody, NULL, 0), wrong);
	cr_expect_eq(consent_send_withdraw(NULL, &nobody, NULL, 0), wrong);
	cr_expect_eq(consent_send_bind(client, &visitor, "", NULL, 0), wrong);
	cr_expect_eq(consent_send_bind(NULL, &visitor, "", NULL, 0), wrong);
	cr_expect_str_not_empty(consent_client_message(client));
	cr_expect_not(consent_receive(client, &answer), "none of them has an answer");
	cr_expect_eq(fake->n_connections, 0);
}

Test(async, has_a_bounded_number_under_way)
{
	struct consent_cookie cookie = {"pref", NULL};
	struct consent_answer answer;
	fake->behaviour = FAKE_SILENT;
	for (uint64_t i = 0; i < CONSENT_REQUESTS_MOST; i++)
		loop_send(client, "pref", i);
	cr_expect_eq(consent_send_check(client, &visitor, &cookie, 1, 0), CONSENT_ERROR_BUSY);
	cr_expect_eq(consent_send_withdraw(client, &visitor, NULL, 0), CONSENT_ERROR_BUSY);
	fake_daemon_pause(fake);
	for (int i = 0; i < CONSENT_REQUESTS_MOST; i++) {
		answer = loop_answer(client);
		cr_assert_eq(answer.error, CONSENT_ERROR_CONNECT);
	}
	cr_expect_not(consent_receive(client, &answer));
	loop_send(client, "pref", 1);
	cr_expect(consent_receive(client, &answer));
}

/* The socket takes only so much: the rest goes when the descriptor says that there is room. */
Test(async, sends_the_rest_when_there_is_room)
{
	static struct consent_cookie cookies[PROTO_LIMIT_COOKIES];
	static char names[PROTO_LIMIT_COOKIES][PROTO_LIMIT_COOKIE_NAME_BYTES];
	for (int i = 0; i < PROTO_LIMIT_COOKIES; i++) {
		memset(names[i], 'x', sizeof(names[i]) - 1);
		cookies[i] = (struct consent_cookie){names[i], NULL};
	}
	cookies[7].name = "pref";
	fake->behaviour = FAKE_DELAYS;
	for (uint64_t i = 0; i < 40; i++)
		cr_assert_eq(consent_send_check(client, &visitor, cookies, PROTO_LIMIT_COOKIES, i),
		        CONSENT_OK);
	for (int i = 0; i < 40; i++) {
		struct consent_answer answer = loop_answer(client);
		cr_assert_eq(answer.error, CONSENT_OK, "%s", consent_client_message(client));
		cr_assert(answer.decisions[7].allowed);
		cr_assert_not(answer.decisions[8].allowed);
	}
	cr_expect_eq(fake->n_connections, 1);
}

/* Both kinds of calls, each over its own connection, with one memory of policies. */
Test(async, mixes_with_calls_that_wait)
{
	loop_send(client, "pref", 1);
	cr_expect_not(consent_check(client, &visitor, "_ga", NULL, NULL));
	struct consent_answer answer = loop_answer(client);
	cr_expect(answer.decisions[0].allowed);
	cr_expect_eq(consent_withdraw(client, &visitor, NULL, NULL), CONSENT_OK);
	for (int i = 0; i < 5; i++) {
		cr_expect(loop_ask(client, "pref").allowed);
		cr_expect(consent_check(client, &visitor, "pref", NULL, NULL));
	}
	cr_expect_eq(fake->n_connections, 2);
	cr_expect_leq(fake->n_ops[PROTO_OP_POLICY_GET], 2, "each connection asks once at most");
}

Test(async, remembers_the_policy_for_an_outage)
{
	loop_ask(client, "pref");
	loop_ask(client, "pref");
	fake_daemon_pause(fake);
	struct consent_decision decision = loop_ask(client, "sessionid");
	cr_expect(decision.allowed);
	cr_expect_eq(decision.error, CONSENT_ERROR_CONNECT);
	cr_expect_eq(decision.policy_revision, 1);
	cr_expect_not(loop_ask(client, "pref").allowed);
	fake_daemon_resume(fake);
	cr_expect(loop_ask(client, "pref").allowed);
}

Test(async, fetches_a_policy_once_a_revision)
{
	for (uint32_t revision = 1; revision <= 3; revision++) {
		fake->policy_revision = revision;
		for (int i = 0; i < 5; i++)
			cr_expect(loop_ask(client, "sessionid").allowed);
		cr_expect_eq(fake->n_ops[PROTO_OP_POLICY_GET], revision);
	}
}
