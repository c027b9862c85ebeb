/* The socket file: made with the right mode, taken over when stale, and never taken from anybody. */
#include <criterion/criterion.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "daemon/net/bind.h"

static char directory[64], path[80], lock_path[88];

static void make_directory(void)
{
	snprintf(directory, sizeof(directory), "/tmp/consent-bind-XXXXXX");
	cr_assert_not_null(mkdtemp(directory));
	snprintf(path, sizeof(path), "%s/s", directory);
	snprintf(lock_path, sizeof(lock_path), "%s.lock", path);
}

static void remove_directory(void)
{
	unlink(path);
	unlink(lock_path);
	cr_assert_eq(rmdir(directory), 0, "%s", strerror(errno));
}

TestSuite(bind, .init = make_directory, .fini = remove_directory);

static struct bind_options options_of(const char *at)
{
	return (struct bind_options){.path = at, .mode = 0660, .group = (gid_t)-1, .backlog = 8};
}

static void done(struct bound *bound)
{
	close(bound->fd);
	bind_remove(bound);
	bind_deinit(bound);
}

static int connect_to(const char *at)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int result;

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", at);
	result = connect(fd, (struct sockaddr *)&address, sizeof(address));
	close(fd);
	return result;
}

/* A listening socket at the path, as somebody else would have it. */
static int listen_at(const char *at)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", at);
	cr_assert_eq(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	cr_assert_eq(listen(fd, 0), 0);
	return fd;
}

static void expect_message(int error, const char *part)
{
	struct bind_options options = options_of(path);
	char message[512];

	bind_format_error(&options, error, message, sizeof(message));
	cr_assert(strstr(message, part) && strstr(message, path), "%s", message);
}

Test(bind, mode_and_answer)
{
	struct bind_options options = options_of(path);
	struct bound bound;
	struct stat status;
	mode_t mask = umask(0);

	cr_assert_eq(bind_open(&options, &bound), 0);
	cr_assert_eq(umask(mask), 0, "the umask is as it was");
	cr_assert_eq(lstat(path, &status), 0);
	cr_assert_eq(status.st_mode & 07777, 0660);
	cr_assert_neq(fcntl(bound.fd, F_GETFL) & O_NONBLOCK, 0);
	cr_assert_neq(fcntl(bound.fd, F_GETFD) & FD_CLOEXEC, 0);
	cr_assert_eq(connect_to(path), 0);
	done(&bound);
	cr_assert_eq(lstat(path, &status), -1);
}

Test(bind, group)
{
	struct bind_options options = options_of(path);
	struct bound bound;
	struct stat status;

	if (geteuid() != 0)
		cr_skip_test("only root gives files to any group");
	options.group = 64123;
	options.mode = 0620;
	cr_assert_eq(bind_open(&options, &bound), 0);
	cr_assert_eq(lstat(path, &status), 0);
	cr_assert_eq(status.st_gid, 64123);
	cr_assert_eq(status.st_mode & 07777, 0620);
	done(&bound);
}

Test(bind, a_group_that_may_not_be_given_leaves_nothing)
{
	struct bind_options options = options_of(path);
	struct bound bound;

	if (geteuid() != 0)
		cr_skip_test("needs a user to become");
	cr_assert_eq(chmod(directory, 0777), 0);
	cr_assert_eq(setegid(64001), 0);
	cr_assert_eq(seteuid(64001), 0);
	options.group = 64123;
	cr_assert_eq(bind_open(&options, &bound), -EPERM);
	cr_assert_eq(access(path, F_OK), -1);
	cr_assert_eq(seteuid(0), 0);
}

Test(bind, stale_is_taken_over)
{
	struct bind_options options = options_of(path);
	struct bound bound;

	close(listen_at(path));
	cr_assert_eq(bind_open(&options, &bound), 0);
	cr_assert_eq(connect_to(path), 0);
	done(&bound);
}

Test(bind, live_is_refused)
{
	struct bind_options options = options_of(path);
	struct bound bound;
	int fd = listen_at(path);

	cr_assert_eq(bind_open(&options, &bound), BIND_E_LIVE);
	expect_message(BIND_E_LIVE, "answers");
	cr_assert_eq(access(path, F_OK), 0, "it is still there");
	close(fd);
}

Test(bind, live_with_a_full_backlog_is_refused)
{
	struct bind_options options = options_of(path);
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	struct bound bound;
	int fd = listen_at(path), waiting[8];
	size_t n = 0;

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	do {
		waiting[n] = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
	} while (connect(waiting[n++], (struct sockaddr *)&address, sizeof(address)) == 0 && n < 8);
	cr_assert_lt(n, 8, "the backlog is full");
	cr_assert_eq(bind_open(&options, &bound), BIND_E_LIVE);
	cr_assert_eq(access(path, F_OK), 0);
	while (n > 0)
		close(waiting[--n]);
	close(fd);
}

Test(bind, second_of_ours_is_refused)
{
	struct bind_options options = options_of(path);
	struct bound bound, second;

	cr_assert_eq(bind_open(&options, &bound), 0);
	cr_assert_eq(bind_open(&options, &second), BIND_E_LOCKED);
	expect_message(BIND_E_LOCKED, "another daemon");
	cr_assert_eq(connect_to(path), 0, "the first still answers");
	done(&bound);
	cr_assert_eq(bind_open(&options, &bound), 0, "the lock went with it");
	done(&bound);
}

Test(bind, a_file_in_the_way_is_left_alone)
{
	struct bind_options options = options_of(path);
	struct bound bound;
	int fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);

	cr_assert_eq(write(fd, "mine", 4), 4);
	close(fd);
	cr_assert_eq(bind_open(&options, &bound), BIND_E_NOT_SOCKET);
	expect_message(BIND_E_NOT_SOCKET, "no socket");
	cr_assert_eq(access(path, F_OK), 0);
}

Test(bind, a_link_in_the_way_is_not_followed)
{
	struct bind_options options = options_of(path);
	struct bound bound;
	char target[88];
	int fd;

	snprintf(target, sizeof(target), "%s.else", path);
	fd = listen_at(target);
	close(fd);
	cr_assert_eq(symlink(target, path), 0);
	cr_assert_eq(bind_open(&options, &bound), BIND_E_NOT_SOCKET);
	cr_assert_eq(access(target, F_OK), 0);
	cr_assert_eq(unlink(target), 0);
}

Test(bind, a_linked_lock_is_not_followed)
{
	struct bind_options options = options_of(path);
	struct bound bound;

	cr_assert_eq(symlink("/etc/passwd", lock_path), 0);
	cr_assert_eq(bind_open(&options, &bound), -ELOOP);
}

Test(bind, only_what_was_bound_is_removed)
{
	struct bind_options options = options_of(path);
	struct bound bound;
	int fd;

	cr_assert_eq(bind_open(&options, &bound), 0);
	cr_assert_eq(unlink(path), 0);
	fd = listen_at(path);
	bind_remove(&bound);
	cr_assert_eq(connect_to(path), 0, "somebody else's is left alone");
	close(fd);
	close(bound.fd);
	bind_deinit(&bound);
}

Test(bind, no_directory)
{
	struct bind_options options = options_of("/tmp/consent-no-such-directory/s");
	struct bound bound;

	cr_assert_eq(bind_open(&options, &bound), -ENOENT);
}

Test(bind, path_at_the_limit_and_one_past)
{
	char at[200] = "";
	struct bind_options options = options_of(at);
	struct bound bound;
	char message[512], lock_at[208];
	size_t most = bind_path_most();

	cr_assert_eq(most, 107);
	memset(at, 'x', sizeof(at));
	memcpy(at, directory, strlen(directory));
	at[strlen(directory)] = '/';
	at[most + 1] = '\0';
	cr_assert_eq(bind_open(&options, &bound), BIND_E_TOO_LONG);
	bind_format_error(&options, BIND_E_TOO_LONG, message, sizeof(message));
	cr_assert(strstr(message, "108 bytes long, 107 are possible"), "%s", message);
	at[most] = '\0';
	cr_assert_eq(bind_open(&options, &bound), 0);
	cr_assert_eq(access(at, F_OK), 0, "not cut");
	done(&bound);
	snprintf(lock_at, sizeof(lock_at), "%s.lock", at);
	cr_assert_eq(unlink(lock_at), 0);
}
