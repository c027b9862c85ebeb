/*
 * One round trip with a daemon that is slow, garbled or gone: what comes back is an error and a
 * no, in time, and never somebody else's answer.
 */
#include "tests/client/shop.h"

#include "client/src/connection.h"

#include <criterion/criterion.h>
#include <signal.h>
#include <sys/time.h>

enum {
	PATIENT_MS = 20000, /* a deadline that no answer of a healthy daemon misses */
	SHORT_MS = 60,      /* one that is meant to be missed */
};

static struct fake_daemon *fake;
static struct consent_client *client;
static struct consent_visitor visitor;
static struct consent_decision decision;

static void begin(enum fake_behaviour behaviour, uint32_t deadline_ms)
{
	fake = fake_daemon_start(&shop_site);
	fake->behaviour = behaviour;
	client = shop_open(fake, deadline_ms);
	visitor = shop_visitor();
}

static void end(void)
{
	consent_client_close(client);
	fake_daemon_stop(fake);
}

static enum consent_error ask(const char *cookie)
{
	bool allowed = consent_check(client, &visitor, cookie, NULL, &decision);
	cr_expect_eq(allowed, decision.allowed);
	cr_expect(decision.error == CONSENT_OK || !allowed, "a yes without an answer");
	return decision.error;
}

Test(exchange, is_a_hello_and_then_one_round_trip)
{
	begin(FAKE_SERVES, PATIENT_MS);
	fake->ask = true;
	cr_expect_eq(ask("pref"), CONSENT_OK);
	cr_expect(decision.allowed);
	cr_expect(decision.ask);
	cr_expect_eq(decision.reason, CONSENT_REASON_CONSENT_GIVEN);
	cr_expect_eq(decision.max_age, 3600);
	cr_expect_eq(decision.revision, 10);
	cr_expect_eq(decision.policy_revision, 1);
	cr_expect_str_eq(decision.service, "preferences");
	cr_expect_eq(ask("_ga"), CONSENT_OK);
	cr_expect_not(decision.allowed);
	cr_expect_eq(fake->n_connections, 1);
	cr_expect_eq(fake->n_ops[PROTO_OP_HELLO], 1);
	cr_expect_eq(fake->n_ops[PROTO_OP_CHECK], 2);
	cr_expect_eq(fake->n_ops[PROTO_OP_POLICY_GET], 1);
	cr_expect_str_empty(consent_client_message(client));
	end();
}

Test(exchange, takes_an_answer_in_pieces)
{
	begin(FAKE_DRIPS, PATIENT_MS);
	cr_expect_eq(ask("pref"), CONSENT_OK);
	cr_expect(decision.allowed);
	end();
}

/* What is not understood is a no, and closes the connection; the next call makes a new one. */
static void expect_protocol_error(enum fake_behaviour behaviour)
{
	begin(behaviour, PATIENT_MS);
	cr_expect_eq(ask("pref"), CONSENT_ERROR_PROTOCOL, "behaviour %d", (int)behaviour);
	cr_expect_eq(decision.reason, CONSENT_REASON_UNAVAILABLE);
	cr_expect_str_not_empty(consent_client_message(client));
	cr_expect_eq(fake->n_connections, 1);
	shop_wait(&fake->n_open, 0);
	fake->behaviour = FAKE_SERVES;
	cr_expect_eq(ask("pref"), CONSENT_OK, "behaviour %d", (int)behaviour);
	cr_expect(decision.allowed);
	end();
}

Test(exchange, believes_nothing_that_it_does_not_understand)
{
	expect_protocol_error(FAKE_GARBLES);
	expect_protocol_error(FAKE_MUMBLES);
	expect_protocol_error(FAKE_WRONG_MSGID);
	expect_protocol_error(FAKE_OLD_MSGID);
	expect_protocol_error(FAKE_REPEATS);
	expect_protocol_error(FAKE_OVERSIZED);
}

Test(exchange, talks_to_its_own_protocol_only)
{
	begin(FAKE_SERVES, PATIENT_MS);
	fake->protocol = PROTO_VERSION + 1;
	cr_expect_eq(ask("pref"), CONSENT_ERROR_PROTOCOL);
	cr_expect(strstr(consent_client_message(client), "protocol 2"));
	fake->protocol = PROTO_VERSION;
	cr_expect_eq(ask("pref"), CONSENT_OK);
	end();
}

/* A connection whose `hello` was refused is not one whose protocol is known. */
Test(exchange, asks_for_the_protocol_again_where_hello_was_refused)
{
	begin(FAKE_SERVES, PATIENT_MS);
	fake->error = PROTO_ERROR_BUSY;
	fake->refused_op = PROTO_OP_HELLO;
	fake->refuses_op = true;
	fake->protocol = PROTO_VERSION + 1;
	cr_expect_eq(ask("pref"), CONSENT_ERROR_BUSY);
	shop_wait(&fake->n_open, 0);
	fake->refuses_op = false;
	cr_expect_eq(ask("pref"), CONSENT_ERROR_PROTOCOL);
	cr_expect_eq(fake->n_ops[PROTO_OP_HELLO], 2);
	fake->protocol = PROTO_VERSION;
	cr_expect_eq(ask("pref"), CONSENT_OK);
	end();
}

Test(exchange, ends_at_the_deadline)
{
	static const enum fake_behaviour slow[] = {FAKE_SILENT, FAKE_CUTS};
	for (size_t i = 0; i < sizeof(slow) / sizeof(slow[0]); i++) {
		begin(slow[i], SHORT_MS);
		uint64_t begin_ms = client_now_ms();
		cr_expect_eq(ask("pref"), CONSENT_ERROR_TIMEOUT);
		cr_expect_geq(client_now_ms(), begin_ms + SHORT_MS);
		cr_expect_eq(decision.reason, CONSENT_REASON_UNAVAILABLE);
		shop_wait(&fake->n_open, 0);
		end();
	}
}

/* The answer that came too late was the first cookie's, and the second gets its own. */
Test(exchange, pauses_after_a_timeout_and_then_gets_its_own_answer)
{
	begin(FAKE_SILENT, SHORT_MS);
	cr_assert_eq(ask("pref"), CONSENT_ERROR_TIMEOUT);
	uint64_t late_ms = client_now_ms();
	uint32_t n_requests = fake->n_requests;
	fake->behaviour = FAKE_SERVES;
	cr_assert_eq(ask("_ga"), CONSENT_ERROR_UNAVAILABLE);
	cr_expect_eq(fake->n_requests, n_requests);
	do {
		cr_assert_lt(client_now_ms(), late_ms + 30000);
	} while (ask("_ga") != CONSENT_OK);
	cr_expect_geq(client_now_ms(), late_ms + 250 - 1);
	cr_expect_eq(decision.reason, CONSENT_REASON_CONSENT_REFUSED);
	cr_expect_str_eq(decision.service, "audience");
	end();
}

Test(exchange, tries_a_write_even_in_the_pause)
{
	begin(FAKE_SILENT, SHORT_MS);
	cr_assert_eq(ask("pref"), CONSENT_ERROR_TIMEOUT);
	fake->behaviour = FAKE_SERVES;
	cr_expect_eq(consent_withdraw(client, &visitor, NULL, NULL), CONSENT_OK);
	cr_expect_neq(ask("pref"), CONSENT_ERROR_UNAVAILABLE, "its answer ends the pause");
	end();
}

static void ignore(int signal)
{
	(void)signal;
}

Test(exchange, waits_on_when_a_signal_arrives)
{
	struct sigaction action = {.sa_handler = ignore};
	struct itimerval often = {{0, 3000}, {0, 3000}}, never = {{0, 0}, {0, 0}};
	begin(FAKE_SILENT, SHORT_MS);
	sigaction(SIGALRM, &action, NULL);
	uint64_t begin_ms = client_now_ms();
	setitimer(ITIMER_REAL, &often, NULL);
	cr_expect_eq(ask("pref"), CONSENT_ERROR_TIMEOUT);
	setitimer(ITIMER_REAL, &never, NULL);
	cr_expect_geq(client_now_ms(), begin_ms + SHORT_MS);
	end();
}

Test(exchange, connects_again_once_where_the_daemon_hung_up)
{
	begin(FAKE_HANGS_UP_ONCE, PATIENT_MS);
	cr_expect_eq(ask("pref"), CONSENT_OK);
	cr_expect_eq(fake->n_connections, 2);
	fake->behaviour = FAKE_CUTS_ONCE;
	cr_expect_eq(ask("pref"), CONSENT_OK);
	cr_expect_eq(fake->n_connections, 3);
	fake->behaviour = FAKE_HANGS_UP;
	cr_expect_eq(ask("pref"), CONSENT_ERROR_CLOSED);
	cr_expect_eq(fake->n_connections, 4);
	fake->behaviour = FAKE_CUTS_AND_HANGS_UP;
	cr_expect_eq(ask("pref"), CONSENT_ERROR_CLOSED);
	end();
}

/* The daemon got the change and died: that nobody listens now does not mean that it did not happen. */
Test(exchange, tells_that_a_write_may_have_happened)
{
	begin(FAKE_DIES, PATIENT_MS);
	cr_expect_eq(consent_withdraw(client, &visitor, NULL, NULL), CONSENT_ERROR_CLOSED);
	cr_expect_null(strstr(consent_client_message(client), fake_daemon_socket(fake)));
	cr_expect_eq(fake->n_ops[PROTO_OP_RECORD], 1);
	cr_expect_eq(consent_withdraw(client, &visitor, NULL, NULL), CONSENT_ERROR_CONNECT);
	fake_daemon_resume(fake);
	cr_expect_eq(ask("pref"), CONSENT_ERROR_CONNECT, "a check has nothing to tell");
	end();
}

Test(exchange, outlives_a_restart_of_the_daemon)
{
	begin(FAKE_SERVES, PATIENT_MS);
	cr_expect_eq(ask("pref"), CONSENT_OK);
	fake_daemon_pause(fake);
	cr_expect_eq(ask("pref"), CONSENT_ERROR_CONNECT);
	cr_expect(strstr(consent_client_message(client), fake_daemon_socket(fake)));
	fake_daemon_resume(fake);
	cr_expect_eq(ask("pref"), CONSENT_OK);
	fake_daemon_pause(fake);
	fake_daemon_resume(fake);
	cr_expect_eq(ask("pref"), CONSENT_OK);
	end();
}

/* Every code of the daemon's comes back as its own error, and the connection stays. */
Test(exchange, hands_on_what_the_daemon_refuses)
{
	begin(FAKE_REFUSES, PATIENT_MS);
	for (int code = PROTO_ERROR_MALFORMED; code <= PROTO_ERROR_SHUTTING_DOWN; code++) {
		fake->error = (enum proto_error)code;
		cr_expect_eq((int)ask("pref"), 100 + code);
		cr_expect_eq(decision.reason, CONSENT_REASON_UNAVAILABLE);
		cr_expect_str_eq(consent_client_message(client), "the fake says no");
		cr_expect_eq((int)consent_withdraw(client, &visitor, NULL, NULL), 100 + code);
	}
	cr_expect_eq(fake->n_connections, 1);
	end();
}

Test(exchange, hands_on_that_the_daemon_could_not_read)
{
	begin(FAKE_REFUSES_ALL, PATIENT_MS);
	fake->error = PROTO_ERROR_MALFORMED;
	cr_expect_eq(ask("pref"), CONSENT_ERROR_MALFORMED);
	cr_expect_str_eq(consent_client_message(client), "the fake cannot read");
	shop_wait(&fake->n_open, 0);
	fake->behaviour = FAKE_SERVES;
	cr_expect_eq(ask("pref"), CONSENT_OK);
	end();
}
