/*
 * Things to store, and what a rotten disk or a foreign hand would do to them. One thread.
 */
#ifndef TESTS_SUPPORT_STORED_H
#define TESTS_SUPPORT_STORED_H

#include "daemon/store/ledger.h"
#include "daemon/store/view.h"

/* The same keys every time. */
struct keys stored_keys(void);

/* A digest that looks random and is always the same for n; ordered like nothing. */
struct record_key stored_key(uint32_t site_id, uint64_t n);

/* What a banner records: two services decided, one given. Spans point to literals. */
struct event stored_event(uint32_t site_id, uint64_t n);

/* An event and a record with every field set to its longest and largest. */
struct event stored_event_longest(void);
struct record stored_record_longest(void);

bool stored_record_equal(const struct record *a, const struct record *b);
bool stored_event_equal(const struct event *a, const struct event *b);

/* A value as it lies in the file, tag included. The environment must not be open. */
struct stored_value {
	const char *env; /* path of its directory */
	const char *db;
	struct span key;
};

/* Calls back with a copy of the value that may be changed, which is then written back. */
void stored_alter(const struct stored_value *value,
        void (*alter_fn)(void *ctx, uint8_t *bytes, size_t n_bytes), void *ctx);
/* Flips one bit of byte i; returns false where the value is no longer than that. */
bool stored_flip(const struct stored_value *value, size_t i);
void stored_remove(const struct stored_value *value);
/* A copy of the whole value, for the test to free; and its writing back. */
struct span stored_read(const struct stored_value *value);
void stored_write(const struct stored_value *value, struct span bytes);

#endif
