/*
 * The decision map: one cache line a subject, in an open-addressing table behind a header page.
 *
 * Readers: any thread, without locks. The writer is the daemon's committer alone
 * (daemon/commit/lines.h). A line is guarded by its sequence word: odd while it is written. Lines
 * never move; an erased line stays a tombstone until the table is rebuilt.
 *
 * index = (first digest word × capacity) >> 64, probed linearly and round the end. Every word is
 * copied to a local before it is compared, so that no comparison sees memory that changes.
 */
#ifndef PROTO_MAP_H
#define PROTO_MAP_H

#include <stdatomic.h>

#include "proto/decide.h"
#include "proto/digest.h"

#define PROTO_MAP_MAGIC        UINT64_C(0x3150414d534e4f43) /* "CONSMAP1" */
#define PROTO_MAP_LAYOUT       1
#define PROTO_MAP_HEADER_BYTES 4096
#define PROTO_MAP_LEASE_MS     1000 /* how long a reader may go by it unless it is renewed */

enum proto_map_state {
	PROTO_MAP_ALIVE = 1,
	PROTO_MAP_RETIRED = 2, /* a newer map exists, or the daemon stopped in order */
};

enum proto_map_flags {
	PROTO_MAP_MISS_ASKS = 1, /* the map is not complete: a miss is DOUBT */
};

enum proto_line_flags {
	PROTO_LINE_EMPTY = 0,
	PROTO_LINE_RECORD = 1,
	PROTO_LINE_LINK = 2, /* `decided` holds the account's digest */
	PROTO_LINE_TOMBSTONE = 3,
	PROTO_LINE_DOUBT = 4, /* the subject's state could not be read: ask elsewhere */
};

struct proto_line {
	_Atomic uint32_t seq;
	_Atomic uint32_t flags;
	_Atomic uint32_t given_until;
	_Atomic uint32_t refused_until;
	_Atomic uint64_t digest[2];
	_Atomic uint64_t decided[2];
	_Atomic uint64_t given[2];
};

struct proto_map_header {
	uint64_t magic;
	uint32_t layout;
	uint32_t n_line_bytes;
	uint64_t instance; /* random, of this daemon's run */
	uint64_t capacity; /* lines, a multiple of 64 */
	_Atomic uint32_t state;
	_Atomic uint32_t flags; /* enum proto_map_flags */
	_Atomic uint64_t count;
	_Atomic uint64_t lease_until_ns; /* CLOCK_MONOTONIC */
	_Atomic uint64_t time_floor;     /* seconds UTC */
	_Atomic uint64_t applied_revision;
	_Atomic uint64_t policy_generation;
};

_Static_assert(sizeof(struct proto_line) == 64, "a line is one cache line");
_Static_assert(sizeof(struct proto_map_header) <= PROTO_MAP_HEADER_BYTES, "one page");

/* A mapped table: the header page with the lines behind it. */
struct proto_map {
	const struct proto_map_header *header;
	const struct proto_line *lines;
	uint64_t capacity;
};

enum proto_map_answer {
	PROTO_MAP_FOUND,
	PROTO_MAP_ABSENT, /* the subject has no record */
	PROTO_MAP_DOUBT,  /* no consistent copy within bounded tries: ask elsewhere, never assume */
};

__extension__ typedef unsigned __int128 proto_u128;

static inline uint64_t proto_map_index(uint64_t capacity, struct proto_digest digest)
{
	return (uint64_t)(((proto_u128)digest.word[0] * capacity) >> 64);
}

/* Begins to load the digest's line into the cache, for a caller with something else to do first. */
static inline void proto_map_prefetch(const struct proto_map *map, struct proto_digest digest)
{
	__builtin_prefetch(&map->lines[proto_map_index(map->capacity, digest)]);
}

/*
 * The state of a subject, a link followed to its account (ABSENT where that has no record).
 * A miss is DOUBT while the header says that the map is not complete. `ret` is written only when
 * FOUND. Never blocks, makes no system call.
 */
PROTO_MUST_USE enum proto_map_answer proto_map_find(
        const struct proto_map *map, struct proto_digest digest, struct proto_state *ret);

#endif
