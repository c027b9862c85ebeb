/* Accepting: caps at the limit and one past, and a machine without descriptors. */
#include <criterion/criterion.h>

#include <errno.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/daemon/net/fixture.h"

static uint8_t bytes[256];
static struct proto_reply reply;

static void ask(struct client *client)
{
	client_send(client, bytes, request_check(bytes, sizeof(bytes), 1, "a"));
}

Test(listener, connections_at_the_limit_and_one_past)
{
	struct server_limits limits = server_limits_default();
	struct fixture *fixture;
	struct client clients[4];

	limits.connections = 3;
	fixture = fixture_start(&limits);
	for (size_t i = 0; i < 4; i++) {
		client_connect(fixture, &clients[i]);
		ask(&clients[i]);
	}
	for (size_t i = 0; i < 3; i++)
		cr_assert(client_receive(&clients[i], &reply));
	fixture_pump_until(fixture, fixture->server->listener.paused);
	cr_assert_eq(fixture->server->n_connections, 3);
	/* The fourth waits in the backlog until one closes. */
	client_close(&clients[1]);
	cr_assert(client_receive(&clients[3], &reply));
	cr_assert_eq(fixture->server->n_connections, 3);
	for (size_t i = 0; i < 4; i++)
		client_close(&clients[i]);
	fixture_stop(fixture);
}

Test(listener, accepts_no_more_than_its_share_a_turn)
{
	struct server_limits limits = server_limits_default();
	struct fixture *fixture;
	struct client clients[10];

	limits.accepts_per_turn = 4;
	fixture = fixture_start(&limits);
	for (size_t i = 0; i < 10; i++)
		client_connect(fixture, &clients[i]);
	fixture_pump_until(fixture, fixture->server->n_accepted > 0);
	cr_assert_eq(fixture->server->n_accepted, 4);
	fixture_pump_until(fixture, fixture->server->n_accepted == 10);
	for (size_t i = 0; i < 10; i++)
		client_close(&clients[i]);
	fixture_stop(fixture);
}

/* Connects three times as another user; exits with how many of them the daemon left open. */
static void connect_as_other(const struct fixture *fixture)
{
	int fds[3], n_open = 0;

	if (setgid(64001) != 0 || setuid(64001) != 0)
		_exit(100);
	for (size_t i = 0; i < 3; i++) {
		fds[i] = socket(AF_UNIX, SOCK_STREAM, 0);
		if (connect(fds[i], (const struct sockaddr *)&fixture->address,
		            fixture->address_bytes) != 0)
			_exit(101);
	}
	/* [0, 1, "hello", [{}]]: an open connection answers, a closed one ends. */
	for (size_t i = 0; i < 3; i++) {
		char answer;

		if (send(fds[i], "\x94\x00\x01\xa5hello\x91\x80", 11, MSG_NOSIGNAL) == 11 &&
		        recv(fds[i], &answer, 1, 0) == 1)
			n_open++;
	}
	_exit(n_open);
}

Test(listener, connections_of_one_uid_at_the_limit_and_one_past)
{
	struct server_limits limits = server_limits_default();
	struct fixture *fixture;
	int status = 0;
	pid_t pid;

	if (geteuid() != 0)
		cr_skip_test("only root can connect as somebody else");
	limits.connections_per_uid = 2;
	fixture = fixture_start(&limits);
	pid = fork();
	if (pid == 0)
		connect_as_other(fixture);
	fixture_pump_until(fixture, waitpid(pid, &status, WNOHANG) == pid);
	cr_assert(WIFEXITED(status));
	cr_assert_eq(WEXITSTATUS(status), 2);
	cr_assert_eq(fixture->server->n_refused, 1);
	fixture_stop(fixture);
}

Test(listener, without_descriptors_it_waits_and_does_not_spin)
{
	struct server_limits limits = server_limits_default();
	struct fixture *fixture;
	struct client first, second;
	struct rlimit descriptors;
	int next, n_rounds = 0;

	limits.accept_retry_ms = 1000000;
	fixture = fixture_start(&limits);
	client_connect(fixture, &first);
	ask(&first);
	cr_assert(client_receive(&first, &reply));
	client_connect(fixture, &second);
	ask(&second);
	/* Nothing above what is open may be opened. */
	next = fcntl(first.fd, F_DUPFD, 0);
	close(next);
	cr_assert_eq(getrlimit(RLIMIT_NOFILE, &descriptors), 0);
	descriptors.rlim_cur = (rlim_t)next;
	cr_assert_eq(setrlimit(RLIMIT_NOFILE, &descriptors), 0);
	fixture_pump_until(fixture, fixture->server->listener.starved);
	cr_assert(fixture->server->listener.paused);
	cr_assert_not(uv_is_active((uv_handle_t *)&fixture->server->listener.poll));
	while (++n_rounds < 20)
		fixture_pump(fixture);
	cr_assert_eq(fixture->server->n_connections, 1, "nobody was closed for it");
	/* A connection that closes frees a descriptor. */
	descriptors.rlim_cur = (rlim_t)next + 1;
	cr_assert_eq(setrlimit(RLIMIT_NOFILE, &descriptors), 0);
	client_close(&first);
	cr_assert(client_receive(&second, &reply));
	client_close(&second);
	fixture_stop(fixture);
}

Test(listener, without_descriptors_a_timer_tries_again)
{
	struct server_limits limits = server_limits_default();
	struct fixture *fixture;
	struct client client;
	struct rlimit descriptors, few;
	int next;

	limits.accept_retry_ms = 5;
	fixture = fixture_start(&limits);
	client_connect(fixture, &client);
	ask(&client);
	next = fcntl(client.fd, F_DUPFD, 0);
	close(next);
	cr_assert_eq(getrlimit(RLIMIT_NOFILE, &descriptors), 0);
	few = descriptors;
	few.rlim_cur = (rlim_t)next;
	cr_assert_eq(setrlimit(RLIMIT_NOFILE, &few), 0);
	fixture_pump_until(fixture, fixture->server->listener.starved);
	cr_assert_eq(setrlimit(RLIMIT_NOFILE, &descriptors), 0);
	cr_assert(client_receive(&client, &reply));
	cr_assert_not(fixture->server->listener.starved);
	client_close(&client);
	fixture_stop(fixture);
}
