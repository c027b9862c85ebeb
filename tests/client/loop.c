/*
 * An application's loop, as small as it can be: a poll() on the one descriptor of a handle. It
 * relies on what the contract says alone: answers are taken until there are none, then it waits.
 */
#include "tests/client/loop.h"

#include "client/src/connection.h"

#include <criterion/criterion.h>
#include <poll.h>

bool loop_readable(struct consent_client *client, int ms)
{
	struct pollfd fd = {consent_client_fd(client), POLLIN, 0};
	cr_assert_geq(fd.fd, 0);
	return poll(&fd, 1, ms) == 1;
}

struct consent_answer loop_answer(struct consent_client *client)
{
	uint64_t until_ms = client_now_ms() + 30000;
	struct consent_answer answer;
	while (!consent_receive(client, &answer)) {
		cr_assert_lt(client_now_ms(), until_ms, "no answer comes");
		cr_assert(loop_readable(client, 30000), "nothing is readable");
	}
	return answer;
}

void loop_send(struct consent_client *client, const char *cookie, uint64_t tag)
{
	struct consent_visitor visitor = shop_visitor();
	struct consent_cookie asked = {cookie, NULL};
	cr_assert_eq(consent_send_check(client, &visitor, &asked, 1, tag), CONSENT_OK);
}

struct consent_decision loop_ask(struct consent_client *client, const char *cookie)
{
	static uint64_t tag = 1000000;
	loop_send(client, cookie, ++tag);
	struct consent_answer answer = loop_answer(client);
	cr_assert_eq(answer.tag, tag);
	cr_assert_eq(answer.kind, CONSENT_KIND_CHECK);
	cr_assert_eq(answer.n_decisions, 1);
	cr_expect_eq(answer.error, answer.decisions[0].error);
	cr_expect(answer.error == CONSENT_OK || !answer.decisions[0].allowed ||
	          answer.decisions[0].reason == CONSENT_REASON_EXEMPT_NECESSARY);
	return answer.decisions[0];
}
