/*
 * Why by hand: libuv cuts a path that is too long, leaves stale files in the way, and at close
 * removes whatever lies at the path by then.
 *
 * The lock is a file of its own beside the socket, because the socket cannot be locked and its
 * directory may be anybody's. It stays after the stop: removing a lock file while another process
 * opens it would leave two holders of two locks.
 *
 * A socket is stale only when a connect is refused, which is how the kernel says that no process
 * listens on it. Every other answer leaves it alone.
 */
#include "daemon/net/bind.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static int lock(const char *path, int *ret_fd)
{
	char *lock_path;
	int fd, error = 0;

	if (asprintf(&lock_path, "%s.lock", path) < 0)
		return -ENOMEM;
	fd = open(lock_path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		error = error_errno();
	free(lock_path);
	if (error != 0)
		return error;
	if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
		error = errno == EWOULDBLOCK ? BIND_E_LOCKED : error_errno();
		close(fd);
		return error;
	}
	*ret_fd = fd;
	return 0;
}

static struct sockaddr_un address_of(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	memcpy(address.sun_path, path, strlen(path) + 1);
	return address;
}

/* Whether somebody listens at the path: 0 nobody, BIND_E_LIVE, -errno where it cannot be told. */
static int probe(const char *path)
{
	struct sockaddr_un address = address_of(path);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int error;

	if (fd < 0)
		return error_errno();
	/* EAGAIN: its backlog is full. */
	if (connect(fd, (const struct sockaddr *)&address, sizeof(address)) == 0 || errno == EAGAIN)
		error = BIND_E_LIVE;
	else if (errno == ECONNREFUSED || errno == ENOENT)
		error = 0;
	else
		error = error_errno();
	close(fd);
	return error;
}

/* Removes a socket at which nobody answers. */
static int clear_path(const char *path)
{
	struct stat status;
	int error;

	if (lstat(path, &status) != 0)
		return errno == ENOENT ? 0 : error_errno();
	if (!S_ISSOCK(status.st_mode))
		return BIND_E_NOT_SOCKET;
	error = probe(path);
	if (error != 0)
		return error;
	if (unlink(path) != 0 && errno != ENOENT)
		return error_errno();
	return 0;
}

/* Until group and mode are what they must be, nobody but the owner could connect, and is refused. */
static int bind_path(const struct bind_options *options, struct bound *bound)
{
	struct sockaddr_un address = address_of(options->path);
	mode_t mask = umask(0177);
	int result = bind(bound->fd, (const struct sockaddr *)&address, sizeof(address));
	int error = result == 0 ? 0 : error_errno();
	struct stat status;

	umask(mask);
	if (error != 0)
		return error;
	if (lstat(options->path, &status) != 0)
		return error_errno();
	bound->device = status.st_dev;
	bound->inode = status.st_ino;
	if ((options->group != (gid_t)-1 &&
	            lchown(options->path, (uid_t)-1, options->group) != 0) ||
	        chmod(options->path, options->mode) != 0 ||
	        listen(bound->fd, options->backlog) != 0) {
		error = error_errno();
		bind_remove(bound);
	}
	return error;
}

static int open_locked(const struct bind_options *options, struct bound *bound)
{
	int error = clear_path(options->path);

	if (error != 0)
		return error;
	bound->path = strdup(options->path);
	if (!bound->path)
		return -ENOMEM;
	bound->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (bound->fd < 0)
		return error_errno();
	error = bind_path(options, bound);
	if (error != 0)
		close(bound->fd);
	return error;
}

size_t bind_path_most(void)
{
	return sizeof(((struct sockaddr_un *)NULL)->sun_path) - 1;
}

int bind_open(const struct bind_options *options, struct bound *ret)
{
	struct bound bound = {.fd = -1, .lock_fd = -1};
	size_t n_bytes = strlen(options->path);
	int error;

	if (n_bytes == 0)
		return -ENOENT;
	if (n_bytes > bind_path_most())
		return BIND_E_TOO_LONG;
	error = lock(options->path, &bound.lock_fd);
	if (error == 0)
		error = open_locked(options, &bound);
	if (error != 0) {
		bind_deinit(&bound);
		return error;
	}
	*ret = bound;
	return 0;
}

void bind_format_error(const struct bind_options *options, int error, char *ret, size_t capacity)
{
	const char *path = options->path;

	switch (error) {
	case BIND_E_TOO_LONG:
		snprintf(ret, capacity,
		        "the socket's path is %zu bytes long, %zu are possible; choose a shorter "
		        "one: %s",
		        strlen(path), bind_path_most(), path);
		break;
	case BIND_E_LOCKED:
		snprintf(ret, capacity,
		        "another daemon holds the socket %s (locked by %s.lock); stop it, or "
		        "choose "
		        "another --socket",
		        path, path);
		break;
	case BIND_E_LIVE:
		snprintf(ret, capacity,
		        "another process answers at the socket %s; stop it, or choose another "
		        "--socket",
		        path);
		break;
	case BIND_E_NOT_SOCKET:
		snprintf(ret, capacity,
		        "%s exists and is no socket; move it away, or choose another --socket",
		        path);
		break;
	default:
		snprintf(ret, capacity, "cannot make the socket %s: %s", path, strerror(-error));
	}
}

void bind_remove(struct bound *bound)
{
	struct stat status;

	if (bound->path && lstat(bound->path, &status) == 0 && status.st_dev == bound->device &&
	        status.st_ino == bound->inode)
		unlink(bound->path);
}

void bind_deinit(struct bound *bound)
{
	if (bound->lock_fd >= 0)
		close(bound->lock_fd);
	free(bound->path);
	*bound = (struct bound){.fd = -1, .lock_fd = -1};
}
