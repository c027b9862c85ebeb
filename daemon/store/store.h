/*
 * The store: a data directory, locked, with its key and its two environments. Blocks.
 *
 *   DATA/lock   flock'ed while a daemon runs
 *   DATA/key    the master key
 *   DATA/ledger/, DATA/view/   LMDB environments
 */
#ifndef DAEMON_STORE_STORE_H
#define DAEMON_STORE_STORE_H

#include "daemon/store/keys.h"
#include "daemon/store/ledger.h"
#include "daemon/store/view.h"

struct store {
	int dir_fd, lock_fd;
	struct keys keys;
	struct ledger *ledger;
	struct view *view;
	uint64_t view_map_bytes, quota_bytes;
	bool was_clean;   /* the daemon before this one ended in order: store_mark_clean */
	bool is_new;      /* there was no data */
	bool view_is_new; /* it has to be filled from the ledger */
};

struct store_options {
	const char *directory; /* made (0700) where it is missing; not its parents */
	const char *key_file;  /* NULL: DIRECTORY/key, made where there is no data yet */
	uint64_t ledger_map_bytes, view_map_bytes; /* 0: 64 GiB of address space each, sparse */
	uint64_t quota_bytes; /* of ledger and view together; 0: what the file system has */
	bool rebuild_view;    /* delete the view first */
};

enum {
	STORE_E_LOCKED = 1, /* another daemon runs on this directory */
	STORE_E_KEY,     /* the key is missing, and there is data or the key comes from elsewhere */
	STORE_E_REMOTE,  /* the directory is on a network file system */
	STORE_E_CORRUPT, /* the ledger cannot be opened, or has a bad tag in its meta */
	STORE_E_VERSION, /* written by a newer schema */
	STORE_E_KEY_INVALID, /* the key file is not 32 bytes that its owner alone may read */
	STORE_E_KEY_WRONG,   /* the data was written with another key */
};

/* A sentence for an outcome, for the log; NULL for a number that is none. */
const char *store_outcome_text(int outcome);

/*
 * Opens or makes the store. After a stop that was not in order each environment is first walked in
 * a child process, so call it while there is one thread. A view that cannot be opened, that is
 * another ledger's or ahead of this one is deleted and made anew (view_is_new). The data of
 * `store` is set only on success.
 */
MUST_USE int store_open(const struct store_options *options, struct store *store);
/* All readers must have been freed. */
void store_close(struct store *store);

/* Deletes the view and makes it anew. No reader of it may exist. */
MUST_USE int store_renew_view(struct store *store);

/*
 * Says durably that this daemon ended in order. Last, when nothing will be written any more; the
 * mark is cleared by the next store_open, before it returns.
 */
MUST_USE int store_mark_clean(struct store *store);

/* Frees the slots of readers whose process died; once a minute. Any thread. */
MUST_USE int store_check_readers(struct store *store);

/* For how long the oldest snapshot has been held. A watchdog's: held ones make the files grow. */
uint64_t store_reader_age_ms(const struct store *store);

/*
 * Whether an addition may be written: used bytes are below 85 % of the quota, of what the file
 * system would let them grow to, and of each map. Any thread.
 */
bool store_has_room(const struct store *store);

#endif
