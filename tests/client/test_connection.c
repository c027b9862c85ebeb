/*
 * The connection belongs to one process and one descriptor: what a fork, a close behind the
 * library's back, or a listener that accepts nobody does to it.
 */
#include "tests/client/shop.h"

#include "client/src/client.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PATIENT_MS = 20000 };

static struct consent_visitor visitor;

static bool allowed(struct consent_client *client, const char *cookie)
{
	return consent_check(client, &visitor, cookie, NULL, NULL);
}

/* What a child does with a handle that its parent had connected. */
static int in_child(struct consent_client *client)
{
	bool right = allowed(client, "pref") && !allowed(client, "_ga");
	consent_client_close(client);
	return right ? 0 : 1;
}

static void fork_once(struct consent_client *client)
{
	int status;
	pid_t child = fork();
	if (child == 0)
		_exit(in_child(client));
	cr_assert(child > 0);
	cr_assert_eq(waitpid(child, &status, 0), child);
	cr_expect(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

Test(connection, is_not_shared_with_a_child)
{
	struct fake_daemon *fake = fake_daemon_start(&shop_site);
	struct consent_client *client = shop_open(fake, PATIENT_MS);
	visitor = shop_visitor();
	cr_expect(allowed(client, "pref"));
	cr_expect(client->connection.owner, "this kernel wipes pages on fork");
	fork_once(client);
	cr_expect_eq(fake->n_connections, 2);
	cr_expect(allowed(client, "pref"));
	fork_once(client);
	cr_expect(allowed(client, "pref"));
	cr_expect_eq(fake->n_connections, 3, "the parent keeps its own");
	consent_client_close(client);
	fake_daemon_stop(fake);
}

/* Where the kernel cannot wipe a page, the process's number tells. */
Test(connection, is_not_shared_with_a_child_on_old_kernels)
{
	struct fake_daemon *fake = fake_daemon_start(&shop_site);
	struct consent_client *client = shop_open(fake, PATIENT_MS);
	visitor = shop_visitor();
	munmap(client->connection.owner, (size_t)sysconf(_SC_PAGESIZE));
	client->connection.owner = NULL;
	cr_expect(allowed(client, "pref"));
	fork_once(client);
	cr_expect(allowed(client, "pref"));
	cr_expect_eq(fake->n_connections, 2);
	consent_client_close(client);
	fake_daemon_stop(fake);
}

/* The application closes all descriptors, and a socket of its own then has the number. */
Test(connection, is_not_what_has_its_number_now)
{
	int ends[2];
	char byte;
	struct fake_daemon *fake = fake_daemon_start(&shop_site);
	struct consent_client *client = shop_open(fake, PATIENT_MS);
	visitor = shop_visitor();
	cr_expect(allowed(client, "pref"));
	cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends), 0);
	int first = client->connection.fd;
	cr_assert_eq(dup2(ends[0], first), first);
	cr_expect(allowed(client, "pref"));
	cr_expect_eq(fake->n_connections, 2);
	int second = client->connection.fd;
	cr_expect_neq(second, first);
	cr_assert_eq(dup2(ends[0], second), second);
	consent_client_close(client);
	cr_expect_eq(fcntl(first, F_GETFD), 0, "it is still open");
	cr_expect_eq(fcntl(second, F_GETFD), 0, "it is still open");
	cr_expect(recv(ends[1], &byte, 1, 0) < 0 && errno == EAGAIN, "nothing was written to it");
	close(first);
	close(second);
	close(ends[0]);
	close(ends[1]);
	fake_daemon_stop(fake);
}

/* The same where a descriptor came along and was not taken: files have both numbers now. */
static void expect_file_stays(void (*end)(struct consent_client *client))
{
	struct fake_daemon *fake = fake_daemon_start(&shop_site);
	struct consent_client *client = shop_open(fake, PATIENT_MS);
	visitor = shop_visitor();
	cr_expect(allowed(client, "pref"));
	int file = open("/dev/null", O_RDONLY | O_CLOEXEC);
	int fd = client->connection.fd, passed = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	client->connection.passed_fd = passed;
	cr_assert_eq(dup2(file, fd), fd);
	cr_assert_eq(dup2(file, passed), passed);
	end(client);
	cr_expect_neq(fcntl(passed, F_GETFD), -1, "it is still open");
	close(passed);
	close(fd);
	close(file);
	fake_daemon_stop(fake);
}

static void ask_and_close(struct consent_client *client)
{
	cr_expect(allowed(client, "pref"));
	consent_client_close(client);
}

Test(connection, closes_nothing_that_has_a_passed_number_now)
{
	expect_file_stays(ask_and_close);
	expect_file_stays(consent_client_close);
}

/* It is closed with the connection, and before the next exchange. */
Test(connection, closes_what_was_passed_and_not_taken)
{
	struct fake_daemon *fake = fake_daemon_start(&shop_site);
	struct consent_client *client = shop_open(fake, PATIENT_MS);
	visitor = shop_visitor();
	cr_expect(allowed(client, "pref"));
	int passed = open("/dev/null", O_RDONLY | O_CLOEXEC);
	client->connection.passed_fd = passed;
	cr_expect(allowed(client, "pref"));
	cr_expect_eq(fcntl(passed, F_GETFD), -1);
	passed = open("/dev/null", O_RDONLY | O_CLOEXEC);
	client->connection.passed_fd = passed;
	consent_client_close(client);
	cr_expect_eq(fcntl(passed, F_GETFD), -1);
	fake_daemon_stop(fake);
}

Test(connection, survives_that_its_descriptor_was_closed)
{
	struct fake_daemon *fake = fake_daemon_start(&shop_site);
	struct consent_client *client = shop_open(fake, PATIENT_MS);
	visitor = shop_visitor();
	cr_expect(allowed(client, "pref"));
	close(client->connection.fd);
	cr_expect(allowed(client, "pref"));
	consent_client_close(client);
	fake_daemon_stop(fake);
}

Test(connection, is_closed_on_exec_and_with_the_handle)
{
	struct fake_daemon *fake = fake_daemon_start(&shop_site);
	struct consent_client *client = shop_open(fake, PATIENT_MS);
	visitor = shop_visitor();
	cr_expect(allowed(client, "pref"));
	int fd = client->connection.fd;
	cr_expect_eq(fcntl(fd, F_GETFD), FD_CLOEXEC);
	consent_client_close(client);
	cr_expect_eq(fcntl(fd, F_GETFD), -1);
	shop_wait(&fake->n_open, 0);
	fake_daemon_stop(fake);
}

/* A listener that accepts nobody, and whose queue is full. */
static int listen_full(const char *path, int *ret_waiting, int most)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int n = 0, listener = socket(AF_UNIX, SOCK_STREAM, 0);
	(void)snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	cr_assert_eq(bind(listener, (struct sockaddr *)&address, sizeof(address)), 0);
	cr_assert_eq(listen(listener, 0), 0);
	do {
		cr_assert_lt(n, most);
		ret_waiting[n] = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
	} while (connect(ret_waiting[n++], (struct sockaddr *)&address, sizeof(address)) == 0);
	cr_assert_eq(errno, EAGAIN);
	ret_waiting[n] = -1;
	return listener;
}

Test(connection, gives_up_on_a_full_queue_in_time)
{
	char folder[] = "/tmp/consent-full-XXXXXX", path[64];
	int waiting[16];
	struct consent_client_options options = CONSENT_CLIENT_OPTIONS_INIT;
	options.no_map = true;
	struct consent_client *client;
	struct consent_decision decision;
	cr_assert(mkdtemp(folder));
	(void)snprintf(path, sizeof(path), "%s/socket", folder);
	int listener = listen_full(path, waiting, 15);
	options.socket = path;
	options.deadline_ms = 50;
	cr_assert_eq(consent_client_open(&options, &client), CONSENT_OK);
	visitor = shop_visitor();
	uint64_t begin_ms = client_now_ms();
	cr_expect_not(consent_check(client, &visitor, "pref", NULL, &decision));
	cr_expect_eq(decision.error, CONSENT_ERROR_TIMEOUT);
	cr_expect_geq(client_now_ms(), begin_ms + 50);
	consent_client_close(client);
	for (int i = 0; waiting[i] >= 0; i++)
		close(waiting[i]);
	close(listener);
	unlink(path);
	rmdir(folder);
}

Test(connection, is_refused_where_nobody_listens)
{
	static const char *const paths[] = {"/tmp/consent-nobody/socket", "/dev/null", "/"};
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		struct consent_client_options options = CONSENT_CLIENT_OPTIONS_INIT;
		options.no_map = true;
		struct consent_client *client;
		struct consent_decision decision;
		options.socket = paths[i];
		visitor = shop_visitor();
		cr_assert_eq(consent_client_open(&options, &client), CONSENT_OK);
		cr_expect_not(consent_check(client, &visitor, "pref", NULL, &decision));
		cr_expect_eq(decision.error, CONSENT_ERROR_CONNECT, "%s", paths[i]);
		consent_client_close(client);
	}
}
