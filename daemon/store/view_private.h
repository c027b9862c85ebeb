/*
 * What the files of the view (view*.c) share.
 */
#ifndef DAEMON_STORE_VIEW_PRIVATE_H
#define DAEMON_STORE_VIEW_PRIVATE_H

#include <stdatomic.h>

#include "daemon/store/env.h"
#include "daemon/store/view.h"

enum view_db {
	VIEW_RECORDS, /* site id, digest: RECORD_KEY_BYTES */
	VIEW_META,    /* name */
	VIEW_N_DBS,
};

/* A sum of keyed hashes, modulo 2^128. */
struct view_sum {
	uint64_t word[2]; /* the lower one first */
};

/* What is committed together with the records. */
struct view_state {
	uint64_t checkpoint, count;
	struct view_sum sum;
};

struct view {
	struct env *env;
	uint8_t multiset_key[16];
	_Atomic uint64_t checkpoint, count; /* of what is committed */

	/* The writer's. */
	struct env_txn txn;
	struct env_cursor records;
	struct view_state committed, state; /* the latter as of the open transaction */
	unsigned int n_changes;             /* in the open slice */
};

struct view_reader {
	struct view *view;
	struct env_txn txn;
	struct env_cursor records;
};

void view_sum_add(struct view_sum *sum, struct view_sum term);
void view_sum_subtract(struct view_sum *sum, struct view_sum term);
/* The term of one record: the keyed hash of its key and its encoded bytes. */
struct view_sum view_sum_of(const struct view *view, struct span key, struct span payload);

/* The state as the transaction sees it; all zero where nothing was ever committed. */
MUST_USE int view_state_get(struct env_txn *txn, struct view_state *ret);

#endif
