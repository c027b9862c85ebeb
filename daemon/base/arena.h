/*
 * Memory that is freed all at once: what belongs to one object and lives exactly as long.
 *
 * One thread at a time. A NULL arena is legal in arena_free.
 */
#ifndef DAEMON_BASE_ARENA_H
#define DAEMON_BASE_ARENA_H

#include "daemon/base/error.h"
#include "proto/span.h"

struct arena;

struct arena *arena_new(void); /* NULL: no memory */
struct arena *arena_free(struct arena *arena);

/* Zeroed and aligned for any type; NULL: no memory. 0 bytes give a valid pointer. */
MUST_USE void *arena_alloc(struct arena *arena, size_t n_bytes);
/* The same for an array; NULL also where the product overflows. */
MUST_USE void *arena_array(struct arena *arena, size_t n, size_t item_bytes);
/* A copy with a NUL behind it, so that `data` is a C string too. -ENOMEM. */
MUST_USE int arena_copy(struct arena *arena, struct span bytes, struct span *ret);

#endif
