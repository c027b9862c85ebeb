/*
 * Everything the library asks of the kernel about its socket stands here. No call blocks without a
 * deadline: the socket is non-blocking, and poll() does the waiting. A listener whose queue is full
 * answers EAGAIN, for which poll() has no event on a Unix socket; connecting is then tried again
 * every few milliseconds.
 *
 * Two things can go wrong behind the library's back. A fork leaves two processes with one stream,
 * of which either would read the other's replies: a page that the kernel wipes in the child tells
 * them apart. And an application may close descriptors it does not know (daemonising, before an
 * exec), whose number is then given to a file of its own: what the number stands for is compared
 * before each use, so that no request is ever written into somebody's file.
 */
#include "client/src/connection.h"

#include <errno.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum {
	CONNECT_RETRY_MS = 2, /* between attempts while the listener's queue is full */
	OWNER_MARK = 1,
};

uint64_t client_now_ms(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static int ms_left(uint64_t until_ms)
{
	uint64_t now_ms = client_now_ms();
	if (now_ms >= until_ms)
		return 0;
	uint64_t left_ms = until_ms - now_ms;
	return left_ms > 3600000 ? 3600000 : (int)left_ms;
}

bool client_connection_guard_tells(const struct client_connection *connection)
{
	return connection->pid == getpid();
}

static void own(struct client_connection *connection)
{
	if (connection->owner)
		*connection->owner = OWNER_MARK;
	connection->pid = getpid();
}

/* Whether the number still stands for the socket that was opened. */
static bool is_our_socket(const struct client_connection *connection)
{
	struct stat status;
	return fstat(connection->fd, &status) == 0 && status.st_dev == connection->device &&
	       status.st_ino == connection->inode;
}

void client_connection_init(struct client_connection *connection)
{
	*connection = (struct client_connection){.fd = -1, .passed_fd = -1};
}

bool client_connection_guard(struct client_connection *connection)
{
	size_t n_bytes = (size_t)sysconf(_SC_PAGESIZE);
	void *page =
	        mmap(NULL, n_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (page == MAP_FAILED)
		return false;
	if (madvise(page, n_bytes, MADV_WIPEONFORK) == 0)
		connection->owner = page;
	else
		munmap(page, n_bytes);
	own(connection);
	return true;
}

int client_connection_take_fd(struct client_connection *connection)
{
	int fd = connection->passed_fd;
	connection->passed_fd = -1;
	return fd;
}

static void drop_passed(struct client_connection *connection)
{
	int fd = client_connection_take_fd(connection);
	if (fd >= 0)
		close(fd);
}

void client_connection_close(struct client_connection *connection)
{
	if (!client_connection_usable(connection))
		return;
	drop_passed(connection);
	close(connection->fd);
	connection->fd = -1;
}

void client_connection_deinit(struct client_connection *connection)
{
	client_connection_close(connection);
	if (connection->owner)
		munmap(connection->owner, (size_t)sysconf(_SC_PAGESIZE));
	connection->owner = NULL;
}

void client_connection_disown(struct client_connection *connection)
{
	client_connection_close(connection);
	own(connection);
}

bool client_connection_usable(struct client_connection *connection)
{
	/* What the socket brought was closed along with it, and cannot be asked for its inode. */
	if (connection->fd >= 0 && !is_our_socket(connection))
		connection->fd = connection->passed_fd = -1;
	return connection->fd >= 0;
}

bool client_connection_ready(struct client_connection *connection)
{
	bool usable = client_connection_usable(connection);
	drop_passed(connection);
	return usable;
}

static int connect_once(int fd, const struct sockaddr_un *address)
{
	if (connect(fd, (const struct sockaddr *)address, sizeof(*address)) == 0)
		return 0;
	switch (errno) {
	case EAGAIN:
	case EINTR:
		return CLIENT_CONNECTION_E_TIMEOUT;
	case ECONNREFUSED:
	case ENOENT:
	case ENOTDIR:
	case ELOOP:
	case EACCES:
	case EPERM:
	case ENOTSOCK:
	case EPROTOTYPE:
		return CLIENT_CONNECTION_E_REFUSED;
	default:
		return -errno;
	}
}

static int connect_until(int fd, const struct sockaddr_un *address, uint64_t until_ms)
{
	for (;;) {
		int error = connect_once(fd, address);
		if (error != CLIENT_CONNECTION_E_TIMEOUT)
			return error;
		int left_ms = ms_left(until_ms);
		if (left_ms == 0)
			return CLIENT_CONNECTION_E_TIMEOUT;
		(void)poll(NULL, 0, left_ms < CONNECT_RETRY_MS ? left_ms : CONNECT_RETRY_MS);
	}
}

int client_connection_open(
        struct client_connection *connection, const struct sockaddr_un *address, uint64_t until_ms)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	int error = connect_until(fd, address, until_ms);
	struct stat status;
	if (error == 0 && fstat(fd, &status) < 0)
		error = -errno;
	if (error != 0) {
		close(fd);
		return error;
	}
	connection->fd = fd;
	connection->device = status.st_dev;
	connection->inode = status.st_ino;
	return 0;
}

int client_connection_send(
        struct client_connection *connection, struct span bytes, size_t *ret_n_bytes)
{
	*ret_n_bytes = 0;
	ssize_t n = send(connection->fd, bytes.data, bytes.n_bytes, MSG_NOSIGNAL | MSG_DONTWAIT);
	if (n >= 0)
		*ret_n_bytes = (size_t)n;
	else if (errno != EAGAIN && errno != EINTR)
		return CLIENT_CONNECTION_E_CLOSED;
	return 0;
}

/* One descriptor may come; where there were more, none of them is the map. */
static void take_passed(struct client_connection *connection, struct msghdr *message)
{
	struct cmsghdr *header = CMSG_FIRSTHDR(message);
	if (!header || header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS)
		return;
	drop_passed(connection);
	memcpy(&connection->passed_fd, CMSG_DATA(header), sizeof(connection->passed_fd));
	if ((message->msg_flags & MSG_CTRUNC) != 0)
		drop_passed(connection);
}

int client_connection_receive(
        struct client_connection *connection, void *ret, size_t capacity, size_t *ret_n_bytes)
{
	union {
		struct cmsghdr header; /* aligns */
		char bytes[CMSG_SPACE(sizeof(int))];
	} control;
	struct iovec data = {ret, capacity};
	struct msghdr message = {.msg_iov = &data,
	        .msg_iovlen = 1,
	        .msg_control = control.bytes,
	        /* Not one byte more: CMSG_SPACE has room for a second descriptor, that nobody
	           would close. */
	        .msg_controllen = CMSG_LEN(sizeof(int))};
	*ret_n_bytes = 0;
	ssize_t n = recvmsg(connection->fd, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	if (n >= 0)
		take_passed(connection, &message);
	if (n > 0)
		*ret_n_bytes = (size_t)n;
	else if (n == 0 || (errno != EAGAIN && errno != EINTR))
		return CLIENT_CONNECTION_E_CLOSED;
	return 0;
}

int client_connection_wait(struct client_connection *connection, bool sends, uint64_t until_ms)
{
	struct pollfd poll_fd = {connection->fd, (short)(POLLIN | (sends ? POLLOUT : 0)), 0};
	for (;;) {
		int left_ms = ms_left(until_ms);
		int n = poll(&poll_fd, 1, left_ms);
		if (n > 0)
			return 0;
		if (n == 0 && left_ms < 3600000)
			return CLIENT_CONNECTION_E_TIMEOUT;
		if (n < 0 && errno != EINTR)
			return CLIENT_CONNECTION_E_TIMEOUT;
	}
}
