/*
 * The hard limit of descriptors is taken, not the soft one: 1024 is what select() once needed, and
 * nothing here uses it.
 */
#include "daemon/run/process.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <unistd.h>

static void on_closed(uv_handle_t *handle)
{
	free(handle);
}

uint64_t process_prepare(void)
{
	struct rlimit descriptors;

	signal(SIGPIPE, SIG_IGN);
	if (getrlimit(RLIMIT_NOFILE, &descriptors) != 0)
		return PROCESS_OWN_DESCRIPTORS * 2;
	if (descriptors.rlim_cur < descriptors.rlim_max) {
		struct rlimit raised = {descriptors.rlim_max, descriptors.rlim_max};

		if (setrlimit(RLIMIT_NOFILE, &raised) == 0)
			descriptors = raised;
	}
	return descriptors.rlim_cur;
}

/* A descriptor with a number of at least n. */
static int open_high(uint64_t n)
{
	int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), high, error;

	if (fd < 0)
		return error_errno();
	high = fcntl(fd, F_DUPFD_CLOEXEC, (int)n);
	error = error_errno();
	close(fd);
	return high < 0 ? error : high;
}

static void watch_nothing(uv_poll_t *poll, int status, int events)
{
	(void)poll;
	(void)status;
	(void)events;
}

int process_reserve_watchers(uv_loop_t *loop, uint64_t n)
{
	int fd = open_high(n), error;
	uv_poll_t *poll;

	if (fd < 0)
		return fd;
	poll = malloc(sizeof(*poll));
	error = poll ? uv_poll_init(loop, poll, fd) : -ENOMEM;
	if (error != 0) {
		free(poll);
		close(fd);
		return error;
	}
	error = uv_poll_start(poll, UV_READABLE, watch_nothing);
	uv_close((uv_handle_t *)poll, on_closed);
	close(fd);
	return error;
}
