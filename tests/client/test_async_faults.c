/*
 * Requests that are sent without waiting, to a daemon that is slow, garbled or gone: every request
 * has an answer in time, and a no.
 */
#include "tests/client/loop.h"

#include "client/src/async.h"
#include "client/src/client.h"

#include <criterion/criterion.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static struct fake_daemon *fake;
static struct consent_client *client;
static struct consent_visitor visitor;

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

static void expect_no(const char *cookie, enum consent_error error)
{
	struct consent_decision decision = loop_ask(client, cookie);
	cr_expect_not(decision.allowed);
	cr_expect_eq(decision.reason, CONSENT_REASON_UNAVAILABLE);
	cr_expect_eq(decision.error, error, "%s", consent_error_name(decision.error));
	cr_expect_str_not_empty(consent_client_message(client));
}

/* What is not understood breaks the connection; it is tried over one more, and then is a no. */
static void expect_protocol_error(enum fake_behaviour behaviour)
{
	begin(behaviour, PATIENT_MS);
	expect_no("pref", CONSENT_ERROR_PROTOCOL);
	cr_expect_eq(fake->n_connections, 2, "behaviour %d", (int)behaviour);
	shop_wait(&fake->n_open, 0);
	fake->behaviour = FAKE_SERVES;
	cr_expect(loop_ask(client, "pref").allowed, "behaviour %d", (int)behaviour);
	end();
}

Test(async_faults, believes_nothing_that_it_does_not_understand)
{
	expect_protocol_error(FAKE_GARBLES);
	expect_protocol_error(FAKE_MUMBLES);
	expect_protocol_error(FAKE_WRONG_MSGID);
	expect_protocol_error(FAKE_OLD_MSGID);
	expect_protocol_error(FAKE_OVERSIZED);
}

/* The first answer counts; the second belongs to nobody. */
Test(async_faults, takes_an_answer_once)
{
	begin(FAKE_REPEATS, PATIENT_MS);
	cr_expect(loop_ask(client, "pref").allowed);
	cr_expect_not(loop_ask(client, "_ga").allowed);
	fake->behaviour = FAKE_SERVES;
	cr_expect(loop_ask(client, "pref").allowed);
	cr_expect_gt(fake->n_connections, 1);
	end();
}

Test(async_faults, believes_no_decision_that_contradicts_itself)
{
	static const enum fake_behaviour liars[] = {FAKE_LIES, FAKE_INVENTS, FAKE_FORGETS};
	for (size_t i = 0; i < sizeof(liars) / sizeof(liars[0]); i++) {
		begin(liars[i], PATIENT_MS);
		loop_send(client, "pref", 1);
		struct consent_answer answer = loop_answer(client);
		cr_expect_not(answer.decisions[0].allowed);
		cr_expect_eq(answer.decisions[0].error, CONSENT_ERROR_PROTOCOL);
		end();
	}
}

/* No request reaches a daemon of another protocol, least of all a change. */
Test(async_faults, talks_to_its_own_protocol_only)
{
	begin(FAKE_SERVES, PATIENT_MS);
	fake->protocol = PROTO_VERSION + 1;
	expect_no("pref", CONSENT_ERROR_PROTOCOL);
	cr_expect(strstr(consent_client_message(client), "protocol 2"));
	cr_assert_eq(consent_send_withdraw(client, &visitor, NULL, 1), CONSENT_OK);
	cr_expect_eq(loop_answer(client).error, CONSENT_ERROR_PROTOCOL);
	cr_expect_eq(fake->n_ops[PROTO_OP_CHECK], 0);
	cr_expect_eq(fake->n_ops[PROTO_OP_RECORD], 0);
	fake->protocol = PROTO_VERSION;
	cr_expect(loop_ask(client, "pref").allowed);
	end();
}

Test(async_faults, takes_an_answer_in_pieces)
{
	begin(FAKE_DRIPS, PATIENT_MS);
	cr_expect(loop_ask(client, "pref").allowed);
	cr_expect_not(loop_ask(client, "_ga").allowed);
	end();
}

Test(async_faults, ends_at_the_deadline)
{
	static const enum fake_behaviour slow[] = {FAKE_SILENT, FAKE_CUTS};
	for (size_t i = 0; i < sizeof(slow) / sizeof(slow[0]); i++) {
		begin(slow[i], SHORT_MS);
		uint64_t begin_ms = client_now_ms();
		expect_no("pref", CONSENT_ERROR_TIMEOUT);
		cr_expect_geq(client_now_ms(), begin_ms + SHORT_MS);
		shop_wait(&fake->n_open, 0);
		end();
	}
}

/* An answer that comes too late is nobody's, and the next check gets its own. */
Test(async_faults, pauses_after_a_timeout_and_then_gets_its_own_answer)
{
	begin(FAKE_SILENT, SHORT_MS);
	expect_no("pref", CONSENT_ERROR_TIMEOUT);
	uint64_t late_ms = client_now_ms();
	uint32_t n_requests = fake->n_requests;
	fake->behaviour = FAKE_SERVES;
	loop_send(client, "_ga", 1);
	struct consent_answer answer;
	cr_assert(consent_receive(client, &answer), "at once");
	cr_expect_eq(answer.error, CONSENT_ERROR_UNAVAILABLE);
	cr_expect_eq(fake->n_requests, n_requests);
	struct consent_decision decision;
	do {
		cr_assert_lt(client_now_ms(), late_ms + 30000);
		decision = loop_ask(client, "_ga");
	} while (decision.error != CONSENT_OK);
	cr_expect_geq(client_now_ms(), late_ms + 250 - 1);
	cr_expect_str_eq(decision.service, "audience");
	end();
}

/* The write waits on while a check ends; a late answer to that costs the write its connection only. */
Test(async_faults, keeps_a_write_when_a_check_is_late)
{
	begin(FAKE_DELAYS, FAKE_DELAY_MS / 2);
	cr_assert_eq(consent_send_withdraw(client, &visitor, NULL, 1), CONSENT_OK);
	loop_send(client, "pref", 2);
	struct consent_answer answer = loop_answer(client);
	cr_expect_eq(answer.tag, 2);
	cr_expect_eq(answer.error, CONSENT_ERROR_TIMEOUT);
	answer = loop_answer(client);
	cr_expect_eq(answer.tag, 1);
	cr_expect_eq(answer.error, CONSENT_OK, "%s", consent_client_message(client));
	end();
}

Test(async_faults, tries_a_write_even_in_the_pause)
{
	begin(FAKE_SILENT, SHORT_MS);
	expect_no("pref", CONSENT_ERROR_TIMEOUT);
	fake->behaviour = FAKE_SERVES;
	cr_assert_eq(consent_send_withdraw(client, &visitor, NULL, 1), CONSENT_OK);
	cr_expect_eq(loop_answer(client).error, CONSENT_OK);
	cr_expect(loop_ask(client, "pref").allowed, "its answer ends the pause");
	end();
}

Test(async_faults, repeats_once_where_the_daemon_hung_up)
{
	begin(FAKE_HANGS_UP_ONCE, PATIENT_MS);
	cr_expect(loop_ask(client, "pref").allowed);
	cr_expect_eq(fake->n_connections, 2);
	fake->behaviour = FAKE_CUTS_ONCE;
	cr_expect(loop_ask(client, "pref").allowed);
	cr_expect_eq(fake->n_connections, 3);
	fake->behaviour = FAKE_HANGS_UP;
	expect_no("pref", CONSENT_ERROR_CLOSED);
	cr_expect_eq(fake->n_connections, 4);
	fake->behaviour = FAKE_CUTS_AND_HANGS_UP;
	expect_no("pref", CONSENT_ERROR_CLOSED);
	end();
}

/* With the same event_id, by which the daemon knows it again. */
Test(async_faults, repeats_a_write)
{
	begin(FAKE_HANGS_UP_ONCE, PATIENT_MS);
	cr_assert_eq(consent_send_withdraw(client, &visitor, NULL, 1), CONSENT_OK);
	cr_expect_eq(loop_answer(client).error, CONSENT_OK);
	cr_expect_eq(fake->n_ops[PROTO_OP_RECORD], 2);
	cr_expect(fake_daemon_repeated(fake, PROTO_OP_RECORD));
	end();
}

static void expect_written(uint64_t tag, enum consent_error error)
{
	struct consent_answer answer = loop_answer(client);
	cr_expect_eq(answer.tag, tag);
	cr_expect_eq(answer.error, error, "%s", consent_error_name(answer.error));
	bool names = strstr(consent_client_message(client), fake_daemon_socket(fake));
	cr_expect_eq(names, error == CONSENT_ERROR_CONNECT, "%s", consent_client_message(client));
}

/* The daemon got the change and died: that nobody listens now does not mean that it did not happen. */
Test(async_faults, tells_that_a_write_may_have_happened)
{
	begin(FAKE_DIES, PATIENT_MS);
	cr_assert_eq(consent_send_withdraw(client, &visitor, NULL, 1), CONSENT_OK);
	expect_written(1, CONSENT_ERROR_CLOSED);
	cr_expect_eq(fake->n_ops[PROTO_OP_RECORD], 1);
	cr_assert_eq(consent_send_withdraw(client, &visitor, NULL, 2), CONSENT_OK);
	expect_written(2, CONSENT_ERROR_CONNECT);
	fake_daemon_resume(fake);
	expect_no("pref", CONSENT_ERROR_CONNECT);
	end();
}

/* Of a change that was written into no connection it is certain. */
Test(async_faults, tells_that_a_write_did_not_happen)
{
	begin(FAKE_SERVES, PATIENT_MS);
	cr_expect(loop_ask(client, "pref").allowed);
	fake_daemon_pause(fake);
	cr_assert_eq(consent_send_withdraw(client, &visitor, NULL, 1), CONSENT_OK);
	expect_written(1, CONSENT_ERROR_CONNECT);
	end();
}

/* A silent connection was left, which a late check's deadline does, and then there is no other. */
Test(async_faults, remembers_that_a_write_was_sent)
{
	begin(FAKE_SERVES, PATIENT_MS);
	for (int i = 0; i < 2; i++)
		cr_expect(loop_ask(client, "pref").allowed);
	client->options.deadline_ms = SHORT_MS;
	fake->behaviour = FAKE_SILENT;
	cr_assert_eq(consent_send_withdraw(client, &visitor, NULL, 1), CONSENT_OK);
	shop_wait(&fake->n_ops[PROTO_OP_RECORD], 1);
	unlink(fake_daemon_socket(fake));
	loop_send(client, "pref", 2);
	struct consent_answer answer = loop_answer(client);
	cr_expect_eq(answer.tag, 2);
	cr_expect_eq(answer.error, CONSENT_ERROR_TIMEOUT);
	expect_written(1, CONSENT_ERROR_CLOSED);
	end();
}

Test(async_faults, outlives_a_restart_with_the_same_descriptor)
{
	begin(FAKE_SERVES, PATIENT_MS);
	int fd = consent_client_fd(client);
	cr_expect(loop_ask(client, "pref").allowed);
	fake_daemon_pause(fake);
	expect_no("pref", CONSENT_ERROR_CONNECT);
	cr_expect(strstr(consent_client_message(client), fake_daemon_socket(fake)));
	fake_daemon_resume(fake);
	cr_expect(loop_ask(client, "pref").allowed);
	fake_daemon_pause(fake);
	fake_daemon_resume(fake);
	cr_expect(loop_ask(client, "pref").allowed);
	cr_expect_eq(consent_client_fd(client), fd);
	end();
}

/* A connection that ends while nothing is under way does not keep the descriptor readable. */
Test(async_faults, is_quiet_after_the_daemon_left)
{
	struct consent_answer answer;
	begin(FAKE_SERVES, PATIENT_MS);
	cr_expect(loop_ask(client, "pref").allowed);
	fake_daemon_pause(fake);
	cr_expect(loop_readable(client, PATIENT_MS));
	while (loop_readable(client, 0))
		cr_expect_not(consent_receive(client, &answer));
	cr_expect_not(loop_readable(client, 50));
	end();
}

Test(async_faults, hands_on_what_the_daemon_refuses)
{
	begin(FAKE_REFUSES, PATIENT_MS);
	for (int code = PROTO_ERROR_MALFORMED; code <= PROTO_ERROR_SHUTTING_DOWN; code++) {
		fake->error = (enum proto_error)code;
		expect_no("pref", (enum consent_error)(100 + code));
		cr_expect_str_eq(consent_client_message(client), "the fake says no");
		cr_assert_eq(consent_send_withdraw(client, &visitor, NULL, 1), CONSENT_OK);
		cr_expect_eq((int)loop_answer(client).error, 100 + code);
		cr_expect_str_eq(consent_client_message(client), "the fake says no");
	}
	cr_expect_eq(fake->n_connections, 1);
	fake->behaviour = FAKE_REFUSES_ALL;
	fake->error = PROTO_ERROR_MALFORMED;
	expect_no("pref", CONSENT_ERROR_MALFORMED);
	cr_expect_str_eq(consent_client_message(client), "the fake cannot read");
	end();
}

/* Of a check over several domains one request is refused: the others have their answers. */
Test(async_faults, tells_refused_requests_from_others)
{
	const struct consent_cookie cookies[] = {{"pref", NULL}, {"ads", "tracker.example"}};
	begin(FAKE_SERVES, PATIENT_MS);
	fake->refuses_domains = true;
	cr_assert_eq(consent_send_check(client, &visitor, cookies, 2, 1), CONSENT_OK);
	struct consent_answer answer = loop_answer(client);
	cr_expect_eq(answer.error, CONSENT_ERROR_BUSY);
	cr_expect(answer.decisions[0].allowed);
	cr_expect_not(answer.decisions[1].allowed);
	cr_expect_eq(answer.decisions[1].error, CONSENT_ERROR_BUSY);
	end();
}

/* A listener whose queue is full accepts later: the timer tries again. */
Test(async_faults, connects_when_the_listener_has_room)
{
	struct consent_client_options options = CONSENT_CLIENT_OPTIONS_INIT;
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	char folder[] = "/tmp/consent-async-XXXXXX";
	cr_assert(mkdtemp(folder));
	(void)snprintf(address.sun_path, sizeof(address.sun_path), "%s/socket", folder);
	int listener = socket(AF_UNIX, SOCK_STREAM, 0), first = socket(AF_UNIX, SOCK_STREAM, 0);
	cr_assert_eq(bind(listener, (struct sockaddr *)&address, sizeof(address)), 0);
	cr_assert_eq(listen(listener, 0), 0);
	cr_assert_eq(connect(first, (struct sockaddr *)&address, sizeof(address)), 0);
	options.socket = address.sun_path;
	options.deadline_ms = SHORT_MS;
	options.no_map = true;
	cr_assert_eq(consent_client_open(&options, &client), CONSENT_OK);
	uint64_t begin_ms = client_now_ms();
	expect_no("pref", CONSENT_ERROR_TIMEOUT);
	cr_expect_geq(client_now_ms(), begin_ms + SHORT_MS);
	cr_expect_not(loop_readable(client, 50), "nothing is tried for nobody");
	cr_assert_eq(consent_send_withdraw(client, &(struct consent_visitor){0}, NULL, 1),
	        CONSENT_ERROR_INVALID_ARGUMENT);
	visitor = shop_visitor();
	cr_assert_eq(consent_send_withdraw(client, &visitor, NULL, 1), CONSENT_OK);
	cr_expect_lt(client->async->connection.fd, 0);
	close(accept(listener, NULL, NULL));
	struct consent_answer answer;
	while (client->async->connection.fd < 0) {
		cr_assert(loop_readable(client, PATIENT_MS));
		cr_expect_not(consent_receive(client, &answer));
	}
	consent_client_close(client);
	close(first);
	close(listener);
	unlink(address.sun_path);
	rmdir(folder);
}
