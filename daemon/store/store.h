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
};

struct store_options {
	const char *directory; /* made (0700) where it is missing */
	const char *key_file;  /* NULL: DIRECTORY/key */
	uint64_t ledger_map_bytes, view_map_bytes; /* 0: 64 GiB of address space each, sparse */
	uint64_t quota_bytes; /* of ledger and view together; 0: what the file system has */
	bool rebuild_view;    /* delete the view first */
};

enum {
	STORE_E_LOCKED = 1, /* another daemon runs on this directory */
	STORE_E_KEY,        /* the key is missing or unusable; KEYS_E_* was logged by nobody yet */
	STORE_E_REMOTE,     /* the directory is on a network file system */
	STORE_E_CORRUPT,    /* the ledger cannot be opened or has a bad tag in its meta */
	STORE_E_VERSION,    /* written by a newer schema */
};

/* Opens or makes the store; a view that cannot be opened is deleted and made anew. */
MUST_USE int store_open(const struct store_options *options, struct store *store);
void store_close(struct store *store);

/* Whether an addition may be written: used bytes are below 85 % of the quota. */
bool store_has_room(const struct store *store);

#endif
