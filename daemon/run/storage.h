/*
 * Opens the store and starts the committer on it, and ends both in order. Blocks; main thread only.
 */
#ifndef DAEMON_RUN_STORAGE_H
#define DAEMON_RUN_STORAGE_H

#include "daemon/commit/commit.h"
#include "daemon/run/settings.h"

struct storage {
	struct store store;
	struct clock clock;
	struct commit *commit;    /* NULL: not started */
	uint64_t leased_until_ns; /* as in struct commit_options */
	bool opened;
};

struct storage_options {
	const struct settings *settings;
	bool rebuild_view, accept_clock;
	void (*wake_fn)(void *ctx); /* as in struct commit_options */
	void (*fatal_fn)(void *ctx, int error);
	void *ctx;
};

enum { STORAGE_E_FAILED = 1 };

/*
 * Opens the data; there must be one thread, because the store looks at doubtful data in a child
 * process. 0, or STORAGE_E_FAILED with a line in the log that says what to do.
 */
MUST_USE int storage_open(struct storage *storage, const struct storage_options *options);
/* Starts the committer. As above; the store stays open where it fails. */
MUST_USE int storage_start(struct storage *storage, const struct storage_options *options);
/* Ends the committer: commits what is queued, finishes the writes. */
void storage_stop(struct storage *storage);
/* After storage_stop. Notes that all ended in order. A zeroed storage is legal. */
void storage_close(struct storage *storage);
/* Once a minute: clears readers that died, and warns of a snapshot that is held for too long. */
void storage_look_after(struct storage *storage);

#endif
