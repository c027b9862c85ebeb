/*
 * A library to preload into a real daemon: CLOCK_REALTIME is moved by as many seconds as the file
 * named by FAKE_CLOCK says, in eight bytes of a shared mapping, so that a test can let months pass
 * without a word to the daemon. The other clocks are left alone.
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

static const _Atomic int64_t *offset_s;
static int (*real_clock_gettime)(clockid_t, struct timespec *);

__attribute__((constructor)) static void map_offset(void)
{
	const char *path = getenv("FAKE_CLOCK");

	*(void **)&real_clock_gettime = dlsym(RTLD_NEXT, "clock_gettime");
	if (!path)
		return;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		abort();
	void *mapped = mmap(NULL, sizeof(*offset_s), PROT_READ, MAP_SHARED, fd, 0);
	if (mapped == MAP_FAILED)
		abort();
	close(fd);
	offset_s = mapped;
}

int clock_gettime(clockid_t clock, struct timespec *ret)
{
	if (!real_clock_gettime)
		map_offset();
	int rc = real_clock_gettime(clock, ret);

	if (rc == 0 && clock == CLOCK_REALTIME && offset_s)
		ret->tv_sec += (time_t)atomic_load_explicit(offset_s, memory_order_relaxed);
	return rc;
}

time_t time(time_t *ret)
{
	struct timespec now;

	if (clock_gettime(CLOCK_REALTIME, &now) != 0)
		return (time_t)-1;
	if (ret)
		*ret = now.tv_sec;
	return now.tv_sec;
}
