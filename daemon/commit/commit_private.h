/*
 * The committer's state. For daemon/commit alone.
 */
#ifndef DAEMON_COMMIT_COMMIT_PRIVATE_H
#define DAEMON_COMMIT_COMMIT_PRIVATE_H

#include "daemon/commit/applier.h"
#include "daemon/commit/commit.h"
#include "daemon/commit/group_private.h"
#include "daemon/commit/lines.h"
#include "daemon/commit/queue.h"

struct commit {
	struct store *store;
	struct clock *clock;
	void (*wake_fn)(void *ctx);
	void (*fatal_fn)(void *ctx, int error);
	void *ctx;

	struct sites *sites;
	struct lines *lines;
	struct overlay overlay;
	struct applier applier;
	struct commit_queue queue;
	_Atomic uint64_t revision; /* durable and visible */
	_Atomic uint64_t n_groups, n_writes, n_failed;

	/* The committer's thread. */
	pthread_t thread;
	struct group group;
	struct commit_garbage *garbage; /* of the group that is being committed */
	uint64_t policy_generation, leased_until_ns;
	uint64_t drop_failed_at; /* the view's checkpoint when bodies could not be dropped; or 0 */
	bool said_partial;
	struct queue_gather gather; /* before the next group */
	size_t n_answered;          /* of the last group */
	unsigned int n_ungathered;  /* groups before the next attempt to gather */

	/* The loop's thread. */
	struct view_reader *view;
	struct ledger_reader *ledger;
	size_t n_pending;
	bool has_overlay, has_queue, threads_run;
};

void *committer_main(void *ctx);
/*
 * Drops some of the bodies that only waited for the view's checkpoint. True: more are left. The
 * committer's thread, or when both threads have ended.
 */
bool committer_drop_due_bodies(struct commit *commit);

#endif
