/*
 * What a worker gets: a file that it can map and read, and that nobody but us can change.
 */
#include "daemon/commit/lines.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/commit/lines_memory.h"

enum { BYTES = 1 << 20 };

static struct lines_memory memory;

static void open_memory(void)
{
	cr_assert_eq(lines_memory_open(BYTES, &memory), 0);
}

static void close_memory(void)
{
	lines_memory_close(&memory);
}

TestSuite(lines_memory, .init = open_memory, .fini = close_memory);

Test(lines_memory, is_reserved_bit_by_bit)
{
	cr_expect_eq(memory.n_reserved, 0);
	cr_assert_eq(lines_memory_reserve(&memory, 5000), 0);
	cr_expect_eq(memory.n_reserved, 5000);
	cr_expect_not(lines_memory_whole(&memory));
	memory.data[4999] = 1;
	cr_assert_eq(lines_memory_reserve(&memory, SIZE_MAX), 0);
	cr_expect(lines_memory_whole(&memory));
	cr_expect_eq(memory.data[4999], 1, "what is there stays");
	cr_expect_eq(memory.data[5000], 0);
	cr_expect_eq(memory.data[BYTES - 1], 0);
	cr_expect_eq(lines_memory_reserve(&memory, 1), 0);
}

Test(lines_memory, its_pages_are_there_once_reserved)
{
	struct stat status;

	cr_assert_eq(lines_memory_reserve(&memory, BYTES / 2), 0);
	cr_assert_eq(fstat(memory.fd, &status), 0);
	cr_expect_eq(status.st_size, BYTES);
	cr_expect_geq(status.st_blocks * 512, BYTES / 2);
}

Test(lines_memory, a_worker_can_only_read)
{
	char path[64];
	void *map;

	cr_assert_eq(lines_memory_reserve(&memory, BYTES), 0);
	memory.data[7] = 42;
	map = mmap(NULL, BYTES, PROT_READ, MAP_SHARED, memory.fd, 0);
	cr_assert_neq(map, MAP_FAILED);
	cr_expect_eq(((uint8_t *)map)[7], 42);
	memory.data[7] = 43;
	cr_expect_eq(((uint8_t *)map)[7], 43, "we go on writing");
	cr_expect_neq(mprotect(map, BYTES, PROT_READ | PROT_WRITE), 0);
	munmap(map, BYTES);
	cr_expect_eq(
	        mmap(NULL, BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, memory.fd, 0), MAP_FAILED);
	cr_expect_lt(pwrite(memory.fd, "x", 1, 7), 0);
	cr_expect_neq(ftruncate(memory.fd, BYTES / 2), 0);
	cr_expect_neq(ftruncate(memory.fd, BYTES * 2), 0);
	cr_expect_lt(fcntl(memory.fd, F_ADD_SEALS, F_SEAL_WRITE), 0, "nor stop us");
	snprintf(path, sizeof(path), "/proc/self/fd/%d", memory.fd);
	int fd = open(path, O_RDWR | O_CLOEXEC);
	cr_expect(fd < 0 || mmap(NULL, BYTES, PROT_WRITE, MAP_SHARED, fd, 0) == MAP_FAILED);
	if (fd >= 0)
		close(fd);
	cr_expect_eq(memory.data[7], 43);
}

Test(lines_memory, its_descriptor_does_not_outlive_an_exec)
{
	cr_expect_neq(fcntl(memory.fd, F_GETFD) & FD_CLOEXEC, 0);
}

Test(lines_memory, what_cannot_be_is_an_error)
{
	struct lines_memory none;

	cr_expect_lt(lines_memory_open(SIZE_MAX, &none), 0);
	cr_expect_lt(lines_memory_open((size_t)1 << 55, &none), 0);
}

Test(lines_lease, is_renewed_in_the_table_that_is_current)
{
	struct lines *lines;

	cr_assert_eq(lines_new(0, UINT64_MAX, 7, &lines), 0);
	cr_expect_eq(lines_map(lines).header->lease_until_ns, 0, "none before the first");
	lines_renew_lease(lines, 1000, 50);
	lines_renew_lease(lines, 900, 40);
	cr_expect_eq(lines_map(lines).header->lease_until_ns, 1000);
	cr_expect_eq(lines_map(lines).header->time_floor, 50);
	lines_reserve(lines, 1000);
	while (lines_grow_slice(lines, UINT64_MAX))
		;
	cr_expect_eq(lines_map(lines).header->lease_until_ns, 1000);
	cr_expect_eq(lines_map(lines).header->time_floor, 50);
	lines_renew_lease(lines, 2000, 60);
	cr_expect_eq(lines_map(lines).header->lease_until_ns, 2000);
	lines_retire(lines);
	cr_expect_eq(lines_map(lines).header->state, PROTO_MAP_RETIRED);
	lines_free(lines);
}
