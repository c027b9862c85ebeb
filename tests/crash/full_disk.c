/*
 * A library to preload into a real daemon: now and then the ledger's disk has no room. The file named
 * by FULL_DISK holds, in eight bytes of a shared mapping, after how many writes of pages the next few
 * fail; 0: never. What is committed is never touched, and meta pages are always written: a commit that
 * fails for want of room has an outcome that is known.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum {
	META_BYTES = 2 * 4096,
	N_FULL = 5, /* so that writes fail that are tried again alone */
};

static const _Atomic uint64_t *rate;
static _Atomic uint64_t n_writes;

__attribute__((constructor)) static void map_rate(void)
{
	const char *path = getenv("FULL_DISK");
	int fd = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;

	if (fd < 0)
		return;
	void *mapped = mmap(NULL, sizeof(*rate), PROT_READ, MAP_SHARED, fd, 0);
	close(fd);
	if (mapped == MAP_FAILED)
		abort();
	rate = mapped;
}

static int is_ledger(int fd)
{
	static const char end[] = "/ledger/data.mdb";
	char name[64], path[4096];

	(void)snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
	ssize_t n = readlink(name, path, sizeof(path) - 1);
	if (n < (ssize_t)sizeof(end))
		return 0;
	path[n] = '\0';
	return strcmp(path + n - (sizeof(end) - 1), end) == 0;
}

static int is_full(int fd)
{
	uint64_t n = rate ? atomic_load(rate) : 0;

	if (n == 0 || !is_ledger(fd) || atomic_fetch_add(&n_writes, 1) % (n + N_FULL) < n)
		return 0;
	errno = ENOSPC;
	return 1;
}

ssize_t pwrite(int fd, const void *bytes, size_t n, off_t at)
{
	return at >= META_BYTES && is_full(fd) ? -1 : syscall(SYS_pwrite64, fd, bytes, n, at);
}

ssize_t writev(int fd, const struct iovec *iov, int n)
{
	return is_full(fd) ? -1 : syscall(SYS_writev, fd, iov, n);
}
