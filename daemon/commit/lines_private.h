/*
 * The tables of the lines. For lines.c and lines_growth.c alone.
 */
#ifndef DAEMON_COMMIT_LINES_PRIVATE_H
#define DAEMON_COMMIT_LINES_PRIVATE_H

#include "daemon/commit/lines.h"
#include "daemon/commit/lines_table.h"

struct lines {
	_Atomic(struct lines_table *) current;
	struct lines_table *growing; /* NULL: not now */
	uint64_t n_copied;           /* positions of `current` that are in `growing` */
	struct lines_table *retired;
	uint64_t max_capacity; /* lines of the largest table */
	bool partial;          /* subjects for whom there was no room have no line */
};

static inline struct lines_table *lines_current(const struct lines *lines)
{
	return atomic_load_explicit(&lines->current, memory_order_relaxed);
}

/* The table that is being filled, once it has its memory: changes go to it, too. NULL: none. */
static inline struct lines_table *lines_second(const struct lines *lines)
{
	struct lines_table *table = lines->growing;

	return table && lines_memory_whole(&table->memory) ? table : NULL;
}

/* A line for whom there is one, or room for one: there always is unless the map is partial. */
void lines_put_into(const struct lines *lines, struct lines_table *table,
        struct proto_digest digest, const struct lines_value *value);

/* Raises a word that two threads may raise. */
void lines_store_max(_Atomic uint64_t *word, uint64_t value);

#endif
