/*
 * A hash table of records by key: dense entries, and an index of slots over them. One thread at a
 * time; the owner says which.
 *
 * An entry without a record (`exists` false) says that the subject has none, which is something
 * else than no entry.
 */
#ifndef DAEMON_COMMIT_RECORD_TABLE_H
#define DAEMON_COMMIT_RECORD_TABLE_H

#include "daemon/store/record.h"

struct record_entry {
	struct record_key key;
	bool exists;
	struct record record; /* meaningless unless it exists */
};

struct record_table {
	struct record_entry *entries;
	size_t n_entries, capacity; /* room in `entries`; half as many as there are slots */
	uint32_t *slots;            /* entry number + 1; 0: free */
	size_t n_slots;             /* a power of two, or 0 */
};

/* Room for `n_more` entries, so that as many puts cannot fail. -ENOMEM. */
MUST_USE int record_table_reserve(struct record_table *table, size_t n_more);
/* The entry with that key, or NULL. Valid until the next reserve. */
struct record_entry *record_table_find(const struct record_table *table, struct record_key key);
/* The entry with that key, added where there was none (then without a record). Needs room. */
struct record_entry *record_table_put(struct record_table *table, struct record_key key);
/* Forgets all entries, and keeps the memory where it is not much more than was needed. */
void record_table_clear(struct record_table *table);
void record_table_deinit(struct record_table *table);

/* Orders keys as the view does: by site, then by the digest's bytes. */
int record_key_compare(struct record_key a, struct record_key b);

#endif
