/*
 * The memory of one table of lines: a memfd that workers may map and nobody else can write.
 *
 * Committer only, but for the descriptor, which any thread may send. The file has its whole size
 * and its seals from the start; pages are reserved bit by bit, so that a large table costs nobody a
 * long wait. What is not reserved yet must not be touched.
 */
#ifndef DAEMON_COMMIT_LINES_MEMORY_H
#define DAEMON_COMMIT_LINES_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "daemon/base/error.h"

struct lines_memory {
	int fd; /* mapped read-only by whoever gets it; it cannot grow, shrink or be written through */
	uint8_t *data; /* page-aligned */
	size_t n_bytes, n_reserved;
};

/* Address space and a sealed file, and no pages yet. -errno. */
MUST_USE int lines_memory_open(size_t n_bytes, struct lines_memory *ret);
void lines_memory_close(struct lines_memory *memory);

/*
 * Reserves up to n_bytes more, zeroed and present, so that no touch of them can fail or wait.
 * -ENOMEM, -ENOSPC: there are none; nothing is lost.
 */
MUST_USE int lines_memory_reserve(struct lines_memory *memory, size_t n_bytes);

static inline bool lines_memory_whole(const struct lines_memory *memory)
{
	return memory->n_reserved == memory->n_bytes;
}

#endif
