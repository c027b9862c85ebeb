/*
 * A file is durable when its bytes are, and its name is when the directory's are; both are synced
 * before anybody may rely on either. A half-written file only ever has the temporary name.
 */
#include "daemon/store/file.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <unistd.h>

int file_read(int fd, uint8_t *ret, size_t capacity, size_t *ret_n_bytes)
{
	size_t n_bytes = 0;
	while (n_bytes < capacity) {
		ssize_t n = read(fd, ret + n_bytes, capacity - n_bytes);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return error_errno();
		if (n == 0)
			break;
		n_bytes += (size_t)n;
	}
	*ret_n_bytes = n_bytes;
	return 0;
}

static int write_all(int fd, struct span bytes)
{
	while (bytes.n_bytes != 0) {
		ssize_t n = write(fd, bytes.data, bytes.n_bytes);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return error_errno();
		bytes.data += n;
		bytes.n_bytes -= (size_t)n;
	}
	return fsync(fd) == 0 ? 0 : error_errno();
}

int file_sync_directory(int dir_fd)
{
	return fsync(dir_fd) == 0 ? 0 : error_errno();
}

static int sync_parent(const char *path)
{
	char copy[PATH_MAX];
	snprintf(copy, sizeof(copy), "%s", path);
	int fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return error_errno();
	int r = file_sync_directory(fd);
	close(fd);
	return r;
}

int file_write_durably(const char *path, struct span bytes)
{
	char beside[PATH_MAX];
	int n = snprintf(beside, sizeof(beside), "%s.new", path);
	if (n < 0 || (size_t)n >= sizeof(beside))
		return -ENAMETOOLONG;
	/* One that a crash left behind; somebody else's file would not be opened but replaced. */
	if (unlink(beside) != 0 && errno != ENOENT)
		return error_errno();
	int fd = open(beside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return error_errno();
	int r = write_all(fd, bytes);
	if (close(fd) != 0 && r == 0)
		r = error_errno();
	if (r == 0 && rename(beside, path) != 0)
		r = error_errno();
	if (r != 0) {
		unlink(beside);
		return r;
	}
	return sync_parent(path);
}
