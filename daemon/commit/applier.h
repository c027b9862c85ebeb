/*
 * The view's thread: applies what is in the overlay to the view, in large batches in key order.
 */
#ifndef DAEMON_COMMIT_APPLIER_H
#define DAEMON_COMMIT_APPLIER_H

#include <pthread.h>
#include <stdatomic.h>

#include "daemon/commit/overlay.h"
#include "daemon/store/view.h"

struct applier {
	struct overlay *overlay;
	struct view *view;
	void (*applied_fn)(void *ctx);          /* after each batch, on the view's thread */
	void (*fatal_fn)(void *ctx, int error); /* the view cannot be written: does not return */
	void *ctx;
	pthread_t thread;
	_Atomic uint64_t n_batches, n_full;
};

/* The fields above `thread` are set. -errno. */
MUST_USE int applier_start(struct applier *applier);
/* Applies what is left, then ends the thread. */
void applier_stop(struct applier *applier);

/*
 * Applies a table to the view, whose checkpoint is `checkpoint` then. Used at start as well, without
 * the thread. VIEW_E_FULL, -errno: the checkpoint is what it was, and it may be tried again.
 */
MUST_USE int applier_apply(
        struct view *view, const struct record_table *table, uint64_t checkpoint);

#endif
