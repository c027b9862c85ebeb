/*
 * Requests that are sent without waiting, from a process that forks or closes what it does not know:
 * nothing of the parent's is used, and nothing that has the number of a descriptor by now.
 */
#include "tests/client/loop.h"

#include "client/src/async.h"
#include "client/src/client.h"

#include <criterion/criterion.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <unistd.h>

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

/* Exit status of a child that uses its parent's handle. */
static int child_of(int (*run)(void))
{
	int status = -1;
	pid_t pid = fork();
	cr_assert_geq(pid, 0);
	if (pid == 0)
		_exit(run());
	cr_assert_eq(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* A child has none of its parent's answers, and asks for its own. */
static int ask_in_child(void)
{
	struct consent_answer answer;
	struct consent_cookie cookie = {"_ga", NULL};
	if (consent_receive(client, &answer))
		return 1;
	if (consent_send_check(client, &visitor, &cookie, 1, 77) != CONSENT_OK)
		return 2;
	for (int i = 0; !consent_receive(client, &answer); i++) {
		struct pollfd fd = {consent_client_fd(client), POLLIN, 0};
		if (i > 100 || poll(&fd, 1, 20000) != 1)
			return 3;
	}
	if (answer.tag != 77 || answer.decisions[0].allowed || answer.error != CONSENT_OK)
		return 4;
	consent_client_close(client);
	return 0;
}

Test(async_process, are_not_a_childs)
{
	begin();
	cr_expect(loop_ask(client, "pref").allowed);
	for (uint64_t i = 0; i < 3; i++) {
		loop_send(client, "pref", i);
		cr_expect_eq(child_of(ask_in_child), 0);
		struct consent_answer answer = loop_answer(client);
		cr_expect_eq(answer.tag, i);
		cr_expect(answer.decisions[0].allowed);
	}
	end();
}

/* A child that still holds the connection of its parent must not keep that readable for ever. */
Test(async_process, are_quiet_though_a_child_holds_the_connection)
{
	int ends[2];
	struct consent_answer answer;
	char byte = 0;
	begin();
	cr_expect(loop_ask(client, "pref").allowed);
	cr_assert_eq(pipe(ends), 0);
	pid_t pid = fork();
	if (pid == 0) {
		close(ends[1]);
		_exit(read(ends[0], &byte, 1) == 0 ? 0 : 1);
	}
	fake_daemon_pause(fake);
	cr_expect(loop_readable(client, PATIENT_MS));
	while (loop_readable(client, 0))
		cr_expect_not(consent_receive(client, &answer));
	cr_expect_not(loop_readable(client, 50));
	close(ends[0]);
	close(ends[1]);
	cr_assert_eq(waitpid(pid, NULL, 0), pid);
	end();
}

/* The numbers of closed descriptors, given to a file of the application's: nothing is written to it. */
static int close_all_and_ask(void)
{
	char path[] = "/tmp/consent-async-XXXXXX";
	struct consent_answer answer;
	struct consent_cookie cookie = {"_ga", NULL};
	int last = consent_client_fd(client) + 8;
	loop_send(client, "pref", 1);
	for (int fd = 3; fd <= last; fd++)
		close(fd);
	int file = mkstemp(path);
	unlink(path);
	while (dup(file) <= last)
		continue;
	if (consent_send_check(client, &visitor, &cookie, 1, 2) != CONSENT_OK)
		return 1;
	for (int n = 0; n < 2; n++) {
		answer = loop_answer(client);
		if (answer.error != CONSENT_OK || answer.decisions[0].allowed != (answer.tag == 1))
			return 2;
	}
	consent_client_close(client);
	return lseek(file, 0, SEEK_END) == 0 ? 0 : 3;
}

static int ask_then_close_all_and_ask(void)
{
	client = shop_open(fake, PATIENT_MS);
	return loop_ask(client, "pref").allowed ? close_all_and_ask() : 9;
}

Test(async_process, write_into_nobodys_file)
{
	begin();
	cr_expect_eq(child_of(ask_then_close_all_and_ask), 0);
	end();
}

static bool send_one(const char *cookie)
{
	struct consent_cookie asked = {cookie, NULL};
	return consent_send_check(client, &visitor, &asked, 1, 3) == CONSENT_OK;
}

/* An epoll instance of the application's, and a timer of its own, are left as they are. */
static bool are_untouched(int epoll, int timer)
{
	struct itimerspec armed;
	return epoll_ctl(epoll, EPOLL_CTL_DEL, client->async->connection.fd, NULL) != 0 &&
	       timerfd_gettime(timer, &armed) == 0 && armed.it_value.tv_sec == 0 &&
	       armed.it_value.tv_nsec == 0;
}

/* Before there was any connection, all numbers become an epoll instance's, and the timer's a timer's. */
static int close_all_and_watch(void)
{
	client = shop_open(fake, PATIENT_MS);
	int last = consent_client_fd(client) + 8, taken = client->async->wakeup.timer;
	closefrom(3);
	int epoll = epoll_create1(0), timer = timerfd_create(CLOCK_MONOTONIC, 0);
	while (dup(epoll) <= last)
		continue;
	if (dup2(timer, taken) != taken || !send_one("pref") || !are_untouched(epoll, taken))
		return 1;
	return loop_answer(client).error == CONSENT_OK ? 0 : 2;
}

/* They become a file's, which can be neither watched nor armed. */
static int close_all_and_open(void)
{
	char path[] = "/tmp/consent-async-XXXXXX";
	client = shop_open(fake, PATIENT_MS);
	int last = consent_client_fd(client) + 8;
	closefrom(3);
	int file = mkstemp(path);
	unlink(path);
	while (dup(file) <= last)
		continue;
	if (!send_one("pref"))
		return 1;
	return loop_answer(client).error == CONSENT_OK ? 0 : 2;
}

Test(async_process, watch_nothing_through_somebody_elses)
{
	begin();
	cr_expect_eq(child_of(close_all_and_watch), 0);
	cr_expect_eq(child_of(close_all_and_open), 0);
	end();
}

/* Of the three descriptors one alone is closed, and its number is given to another of its kind. */
Test(async_process, notice_that_one_descriptor_was_closed)
{
	begin();
	for (int i = 0; i < 2; i++) {
		int epoll = epoll_create1(EPOLL_CLOEXEC);
		int timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
		(void)consent_client_fd(client);
		cr_assert_lt(client->async->connection.fd, 0);
		int taken = i == 0 ? client->async->wakeup.epoll : client->async->wakeup.timer;
		cr_assert_eq(dup2(i == 0 ? epoll : timer, taken), taken);
		cr_assert(send_one("pref"));
		cr_expect(are_untouched(epoll, timer), "%d", i);
		cr_expect_neq(client->async->wakeup.epoll, taken);
		cr_expect_neq(client->async->wakeup.timer, taken);
		cr_expect_eq(loop_answer(client).error, CONSENT_OK);
		consent_client_close(client);
		client = shop_open(fake, PATIENT_MS);
		close(taken);
		close(timer);
		close(epoll);
	}
	end();
}
