/*
 * systemd's socket, or our own. systemd passes descriptor 3; a child takes it, because here it may
 * be the test framework's.
 */
#include <criterion/criterion.h>
#include <criterion/redirect.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "daemon/run/listening.h"

static char directory[64], path[80], lock_path[88];
static struct settings settings;

static void start(void)
{
	cr_redirect_stderr();
	snprintf(directory, sizeof(directory), "/tmp/consent-listening-XXXXXX");
	cr_assert_not_null(mkdtemp(directory));
	snprintf(path, sizeof(path), "%s/s", directory);
	snprintf(lock_path, sizeof(lock_path), "%s.lock", path);
	settings = (struct settings){
	        .socket_path = path,
	        .config = {.socket = {.mode = 0640}, .socket_group = (gid_t)-1},
	};
}

static void stop(void)
{
	unlink(path);
	unlink(lock_path);
	rmdir(directory);
}

TestSuite(listening, .init = start, .fini = stop);

static int make_socket(int type, bool listens)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, type, 0);

	memcpy(address.sun_path, path, strlen(path) + 1);
	if (bind(fd, (struct sockaddr *)&address, sizeof(address)) != 0 ||
	        (listens && listen(fd, 1) != 0))
		abort();
	return fd;
}

/* In a child that got `n` descriptors from 3 on; returns what `check` returns. */
static int with_passed(int fd, const char *n, int (*check)(void))
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		char own[16];

		dup2(fd, 3);
		dup2(fd, 4);
		snprintf(own, sizeof(own), "%d", (int)getpid());
		setenv("LISTEN_PID", own, 1);
		setenv("LISTEN_FDS", n, 1);
		_exit(check());
	}
	close(fd);
	cr_assert_eq(waitpid(pid, &status, 0), pid);
	cr_assert(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static int check_taken(void)
{
	struct listening listening;

	listening_init(&listening);
	if (listening_open(&listening, &settings) != 0 || listening.fd != 3)
		return 1;
	if ((fcntl(3, F_GETFL) & O_NONBLOCK) == 0 || (fcntl(3, F_GETFD) & FD_CLOEXEC) == 0)
		return 2;
	if (getenv("LISTEN_FDS") != NULL)
		return 3;
	if (listening.group != getegid())
		return 4;
	listening_remove(&listening);
	listening_deinit(&listening);
	return access(path, F_OK) == 0 && access(lock_path, F_OK) != 0 ? 0 : 5;
}

static int check_refused(void)
{
	struct listening listening;

	listening_init(&listening);
	return listening_open(&listening, &settings) == LISTENING_E_FAILED ? 0 : 1;
}

Test(listening, passed_socket_is_taken_and_left_in_place)
{
	cr_assert_eq(with_passed(make_socket(SOCK_STREAM, true), "1", check_taken), 0);
}

Test(listening, several_are_refused)
{
	cr_assert_eq(with_passed(make_socket(SOCK_STREAM, true), "2", check_refused), 0);
}

Test(listening, datagram_socket_is_refused)
{
	cr_assert_eq(with_passed(make_socket(SOCK_DGRAM, false), "1", check_refused), 0);
}

Test(listening, socket_that_does_not_listen_is_refused)
{
	cr_assert_eq(with_passed(make_socket(SOCK_STREAM, false), "1", check_refused), 0);
}

Test(listening, own_socket)
{
	struct listening listening;
	struct stat status;

	listening_init(&listening);
	cr_assert_eq(listening_open(&listening, &settings), 0);
	cr_assert_eq(stat(path, &status), 0);
	cr_assert_eq(status.st_mode & 0777, 0640);
	cr_assert_eq(listening.group, status.st_gid);
	close(listening.fd);
	listening_remove(&listening);
	listening_deinit(&listening);
	cr_assert_neq(access(path, F_OK), 0);
}

/* Everybody whose group the kernel cannot name would hold the roles of the socket's group. */
Test(listening, nogroup_holds_no_role)
{
	struct listening listening;

	if (geteuid() != 0)
		cr_skip_test("only root may give a file to any group");
	settings.config.socket_group = 65534;
	listening_init(&listening);
	cr_assert_eq(listening_open(&listening, &settings), 0);
	cr_assert_eq(listening.group, (gid_t)-1);
	close(listening.fd);
	listening_remove(&listening);
	listening_deinit(&listening);
}

Test(listening, own_socket_that_cannot_be_made)
{
	struct listening listening;

	settings.socket_path = "/nonexistent/s";
	listening_init(&listening);
	cr_assert_eq(listening_open(&listening, &settings), LISTENING_E_FAILED);
	listening_deinit(&listening);
}
