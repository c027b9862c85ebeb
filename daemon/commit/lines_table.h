/*
 * One table of lines, as its writer sees it. Committer only; lines.c is the sole user.
 *
 * Layout and reading side are proto/map.h. This is where a line's sequence word is kept.
 */
#ifndef DAEMON_COMMIT_LINES_TABLE_H
#define DAEMON_COMMIT_LINES_TABLE_H

#include "daemon/commit/lines_memory.h"
#include "proto/map.h"

/* What a line says, as plain words. */
struct lines_value {
	uint32_t flags; /* RECORD, LINK (the account in state.decided) or DOUBT */
	struct proto_state state;
};

struct lines_table {
	struct proto_map map; /* what readers get */
	struct proto_map_header *header;
	struct proto_line *lines;
	struct lines_memory memory;
	uint64_t n_live;          /* records, links and doubts */
	uint64_t n_used;          /* n_live and tombstones */
	struct lines_table *next; /* of the retired ones */
};

/* The capacity, a multiple of 64, at which so many lines are 68 % (85 % / 1.25) of it. */
uint64_t lines_table_capacity_for(uint64_t n_lines);
/* The largest capacity, a multiple of 64 and at least that, of a table of so many bytes. */
uint64_t lines_table_capacity_in(uint64_t n_bytes);

/* An empty table, ALIVE, that must be reserved before it is used. -ENOMEM, -errno. */
MUST_USE int lines_table_new(uint64_t capacity, uint64_t instance, struct lines_table **ret);
struct lines_table *lines_table_free(struct lines_table *table);

/* Reserves memory for up to n lines more. 1: there is more to reserve; 0: all is there; -errno. */
MUST_USE int lines_table_reserve(struct lines_table *table, uint64_t n_lines);

/* Whether n more lines leave it at or below 85 % (in_comfort), or 94 % (at_all). */
bool lines_table_in_comfort(const struct lines_table *table, uint64_t n_more);
bool lines_table_at_all(const struct lines_table *table, uint64_t n_more);

/* False where there is no such line. */
bool lines_table_get(
        const struct lines_table *table, struct proto_digest digest, struct lines_value *ret);
/* There must be room where the digest is new. */
void lines_table_put(
        struct lines_table *table, struct proto_digest digest, const struct lines_value *value);
/* Nothing is left of the digest. */
void lines_table_erase(struct lines_table *table, struct proto_digest digest);
/* The live line at a position; false for an empty one or a tombstone. */
bool lines_table_at(const struct lines_table *table, uint64_t i, struct proto_digest *ret_digest,
        struct lines_value *ret);

#endif
