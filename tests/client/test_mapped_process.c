/*
 * What becomes of the map when the process forks, calls exec, or loses its descriptors. The daemon is
 * in the parent, so that a child may do what it likes with its own.
 */
#include "tests/client/mapped_shop.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "client/src/client.h"

enum { N_CHILDREN = 8, N_CHECKS = 200, N_ROUNDS = 20 };

static struct mapped_shop shop;
static struct consent_client *client;

static void start(void)
{
	mapped_shop_open(&shop);
	mapped_shop_put(&shop, "v", "_ga", true);
	client = mapped_shop_handle(&shop);
	cr_assert_str_eq(mapped_shop_reason(client, "v", "_ga"), "consent_given");
}

static void end(void)
{
	consent_client_close(client);
	mapped_shop_close(&shop);
}

TestSuite(mapped_process, .init = start, .fini = end);

/* In a child nothing is asserted, because Criterion is the parent's: it says by its status. */
static bool is_mapped(struct consent_client *own)
{
	struct consent_visitor visitor = shop_visitor();
	uint32_t msgid = own->msgid;

	visitor.subject = "v";
	for (int i = 0; i < N_CHECKS; i++)
		if (!consent_check(own, &visitor, "_ga", NULL, NULL) ||
		        consent_check(own, &visitor, "pref", NULL, NULL))
			return false;
	return own->msgid == msgid;
}

/* `pref` is given by the socket and not by the map, so the first answer tells, too. */
static bool maps_anew(struct consent_client *own)
{
	struct consent_visitor visitor = shop_visitor();

	visitor.subject = "v";
	if (mapped_shop_count() != 0)
		return false;
	return consent_check(own, &visitor, "_ga", NULL, NULL) && mapped_shop_count() == 1 &&
	       is_mapped(own);
}

static void expect_end(pid_t child)
{
	int status;

	cr_assert_gt(child, 0);
	cr_assert_eq(waitpid(child, &status, 0), child);
	cr_expect(WIFEXITED(status) && WEXITSTATUS(status) == 0, "status %x", (unsigned int)status);
}

static pid_t fork_child(bool (*child_fn)(struct consent_client *client), struct consent_client *own)
{
	pid_t child = fork();

	if (child == 0) {
		/* A child that hangs ends. */
		(void)alarm(60);
		_exit(child_fn(own) ? 0 : 1);
	}
	return child;
}

static bool maps_and_closes(struct consent_client *own)
{
	bool good = maps_anew(own);

	consent_client_close(own);
	return good && mapped_shop_count() == 0;
}

Test(mapped_process, children_have_mappings_of_their_own)
{
	pid_t children[N_CHILDREN];

	for (int i = 0; i < N_CHILDREN; i++)
		children[i] = fork_child(maps_and_closes, client);
	for (int i = 0; i < N_CHILDREN; i++)
		expect_end(children[i]);
	cr_expect(is_mapped(client), "the parent goes on by the map");
	cr_expect_eq(mapped_shop_count(), 1);
}

/* As in the child of a child. */
static bool forks(struct consent_client *own)
{
	int status;

	if (!maps_anew(own))
		return false;
	pid_t child = fork_child(maps_and_closes, own);
	return child > 0 && waitpid(child, &status, 0) == child && status == 0 && is_mapped(own);
}

Test(mapped_process, grandchildren_too)
{
	expect_end(fork_child(forks, client));
}

static _Atomic bool threads_end;

/* Inside the library all the time: it looks up, maps and unmaps. */
static void *keep_checking(void *arg)
{
	struct consent_visitor visitor = shop_visitor();

	(void)arg;
	visitor.subject = "v";
	while (!atomic_load(&threads_end)) {
		struct consent_client *own = mapped_shop_handle(&shop);

		for (int i = 0; i < 20; i++)
			if (!consent_check(own, &visitor, "_ga", NULL, NULL))
				abort();
		consent_client_close(own);
	}
	return NULL;
}

Test(mapped_process, forks_while_other_threads_check)
{
	pthread_t threads[2];

	for (int i = 0; i < 2; i++)
		cr_assert_eq(pthread_create(&threads[i], NULL, keep_checking, NULL), 0);
	for (int i = 0; i < N_ROUNDS; i++)
		expect_end(fork_child(maps_and_closes, client));
	atomic_store(&threads_end, true);
	for (int i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
	cr_expect(is_mapped(client));
}

/* ---- descriptors ------------------------------------------------------------------------------- */

/* Of the descriptors that came with the handle. */
Test(mapped_process, nothing_is_left_open_by_exec)
{
	unsigned int n_fds = mapped_shop_count_fds();
	struct consent_client *own = mapped_shop_handle(&shop);

	shop.fake->map = &shop.map;
	cr_assert(is_mapped(client));
	mapped_shop_replace(&shop, 7);
	mapped_shop_put(&shop, "v", "_ga", true);
	cr_assert_str_eq(mapped_shop_reason(own, "v", "_ga"), "consent_given");
	cr_expect_eq(fcntl(own->connection.fd, F_GETFD), FD_CLOEXEC);
	cr_expect_eq(own->connection.passed_fd, -1);
	shop_wait(&shop.fake->n_open, 2);
	/* Its connection, the fake's end of it, and the new map's file, which is the writer's. */
	cr_expect_eq(mapped_shop_count_fds(), n_fds + 3);
	consent_client_close(own);
}

/* A file takes the number that was the connection's. */
static int take_number(int fd)
{
	char path[] = "/tmp/consent-mapped-XXXXXX";
	int file = mkstemp(path);

	(void)unlink(path);
	if (file == fd || file < 0)
		return file;
	int taken = dup2(file, fd);
	close(file);
	return taken;
}

static bool survives_closefrom(struct consent_client *own)
{
	struct consent_visitor visitor = shop_visitor();

	if (!maps_anew(own))
		return false;
	int fd = own->connection.fd;
	closefrom(3);
	int file = take_number(fd);
	bool good = file == fd && is_mapped(own);
	/* What needs the daemon connects anew, and leaves the file alone. */
	good = consent_withdraw(own, &visitor, NULL, NULL) == CONSENT_OK && good;
	good = own->connection.fd != fd && good;
	good = is_mapped(own) && good;
	consent_client_close(own);
	return good && fcntl(file, F_GETFD) >= 0 && lseek(file, 0, SEEK_END) == 0;
}

Test(mapped_process, loses_all_its_descriptors)
{
	expect_end(fork_child(survives_closefrom, client));
	cr_expect(is_mapped(client));
}
