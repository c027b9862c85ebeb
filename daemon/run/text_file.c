/*
 * One loop of read(2). A file that grows meanwhile is cut, not followed for ever.
 */
#include "daemon/run/text_file.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

enum { CHUNK_BYTES = 16384 };

static int read_all(int fd, size_t max_bytes, struct buffer *ret)
{
	size_t first = ret->n_bytes;

	for (;;) {
		ssize_t n;
		int error = buffer_reserve(ret, CHUNK_BYTES);

		if (error != 0)
			return error;
		n = read(fd, ret->data + ret->n_bytes, CHUNK_BYTES);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return error_errno();
		if (n == 0)
			return 0;
		ret->n_bytes += (size_t)n;
		if (ret->n_bytes - first > max_bytes) {
			ret->n_bytes = first + max_bytes + 1;
			return 0;
		}
	}
}

int text_file_read(const char *path, size_t max_bytes, struct buffer *ret)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	int error;

	if (fd < 0)
		return error_errno();
	error = read_all(fd, max_bytes, ret);
	close(fd);
	return error;
}
