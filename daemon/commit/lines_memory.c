/*
 * A reader of shared memory is at its writer's mercy: a file that shrinks kills it with SIGBUS, and
 * one that another process can write would let that process say yes. So the file is sealed before
 * anybody gets it: its size is fixed, and no mapping made from now on can be written through. Ours
 * was made before.
 *
 * A page that is touched for the first time is zeroed then, and where the machine has none left the
 * touch is a SIGBUS of our own. Both belong here, into small portions between two commits, and not
 * into the commit that happens to be the first to use the page.
 */
#include "daemon/commit/lines_memory.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PAGE_BYTES = 4096 };

/* The file, with its size. -errno. */
static int make_file(size_t n_bytes)
{
	int fd = memfd_create("consent-map", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	if (fd < 0)
		return error_errno();
	/* A descriptor that was passed on opens no second, writable one. */
	if (fchmod(fd, S_IRUSR) != 0 || ftruncate(fd, (off_t)n_bytes) != 0) {
		int error = error_errno();

		close(fd);
		return error;
	}
	return fd;
}

int lines_memory_open(size_t n_bytes, struct lines_memory *ret)
{
	const int seals = F_SEAL_FUTURE_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL;
	int error, fd;
	void *data;

	if (n_bytes > INT64_MAX - PAGE_BYTES)
		return -ENOMEM;
	fd = make_file(n_bytes);
	if (fd < 0)
		return fd == -EINVAL || fd == -EFBIG ? -ENOMEM : fd;
	data = mmap(NULL, n_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (data == MAP_FAILED || fcntl(fd, F_ADD_SEALS, seals) != 0) {
		error = error_errno();
		if (data != MAP_FAILED)
			munmap(data, n_bytes);
		close(fd);
		return error;
	}
	/* Subjects are asked at random; where huge pages are to be had, a look-up misses no TLB. */
	(void)madvise(data, n_bytes, MADV_HUGEPAGE);
	*ret = (struct lines_memory){.fd = fd, .data = data, .n_bytes = n_bytes};
	return 0;
}

void lines_memory_close(struct lines_memory *memory)
{
	int error = munmap(memory->data, memory->n_bytes);

	assert(error == 0);
	(void)error;
	close(memory->fd);
	*memory = (struct lines_memory){.fd = -1};
}

int lines_memory_reserve(struct lines_memory *memory, size_t n_bytes)
{
	size_t from = memory->n_reserved, left = memory->n_bytes - from;
	size_t to = from + (n_bytes < left ? n_bytes : left);

	if (to == from)
		return 0;
	while (fallocate(memory->fd, 0, (off_t)from, (off_t)(to - from)) != 0)
		if (errno != EINTR)
			return error_errno();
	for (size_t at = from; at < to; at += PAGE_BYTES - at % PAGE_BYTES)
		*(volatile uint8_t *)&memory->data[at] = 0;
	memory->n_reserved = to;
	return 0;
}
