/*
 * What two processes and a Unix socket cost and nothing else: one sends, the other answers, both wait
 * in read. No request of anybody's over a socket can be faster with one client.
 *
 *   ping_pong MS REQUEST_BYTES REPLY_BYTES
 */
#include <stdbool.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/bench/subjects.h"

enum { MAX_BYTES = 65536 };

static char bytes[MAX_BYTES];

/* False: the other end is gone. */
static bool read_whole(int fd, size_t n_bytes)
{
	for (size_t n = 0; n < n_bytes;) {
		ssize_t r = read(fd, bytes, n_bytes - n);

		if (r <= 0)
			return false;
		n += (size_t)r;
	}
	return true;
}

static void answer(int fd, size_t request_bytes, size_t reply_bytes)
{
	while (read_whole(fd, request_bytes))
		if (write(fd, bytes, reply_bytes) != (ssize_t)reply_bytes)
			_exit(1);
	_exit(0);
}

int main(int argc, char **argv)
{
	uint64_t start_ns, end_ns, n = 0;
	size_t request_bytes, reply_bytes;
	int fds[2];
	pid_t child;

	if (argc != 4)
		return 2;
	request_bytes = number_of(argv[2]);
	reply_bytes = number_of(argv[3]);
	if (request_bytes > MAX_BYTES || reply_bytes > MAX_BYTES ||
	        socketpair(AF_UNIX, SOCK_STREAM, 0, fds) != 0)
		return 2;
	child = fork();
	if (child < 0)
		return 1;
	close(fds[child == 0 ? 0 : 1]);
	if (child == 0)
		answer(fds[1], request_bytes, reply_bytes);
	start_ns = now_ns();
	end_ns = start_ns + number_of(argv[1]) * 1000000;
	for (; now_ns() < end_ns; n++)
		if (write(fds[0], bytes, request_bytes) != (ssize_t)request_bytes ||
		        !read_whole(fds[0], reply_bytes))
			return 1;
	printf("{\"rate\": %.1f}\n", (double)n * 1e9 / (double)(now_ns() - start_ns));
	close(fds[0]);
	return waitpid(child, NULL, 0) == child ? 0 : 1;
}
