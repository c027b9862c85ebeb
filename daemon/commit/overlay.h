/*
 * The overlay: records that were committed to the ledger and are not yet in the view.
 *
 * Two tables: `filling` takes what the committer commits; `draining` is what the view's thread is
 * applying. Any thread may look up; a lock guards both tables. What is found here is newer than
 * the view; what is not found here is in the view as of any snapshot taken *after* the look-up.
 */
#ifndef DAEMON_COMMIT_OVERLAY_H
#define DAEMON_COMMIT_OVERLAY_H

#include <pthread.h>

#include "daemon/commit/record_table.h"

enum { OVERLAY_SOON_MS = 1000 };

struct overlay {
	pthread_mutex_t lock;
	pthread_cond_t changed; /* something came in, went out, or `hurry` was set */
	struct record_table filling, draining;
	uint64_t filled_to;  /* newest revision in `filling` or before */
	uint64_t drained_to; /* newest revision in `draining` or before */
	uint64_t applied_to; /* the view's checkpoint */
	size_t n_reserved;   /* entries that will come in with overlay_add */
	size_t enough;       /* entries that wake the view's thread before its wait is over */
	bool hurry;          /* drain at once: somebody waits for room, or the daemon stops */
	bool soon;           /* drain within OVERLAY_SOON_MS: an erasure waits for it */
	bool stop;
	bool may_lag; /* nobody waits for room any more */
};

MUST_USE int overlay_init(struct overlay *overlay, uint64_t checkpoint);
void overlay_deinit(struct overlay *overlay);

/* True where the overlay knows the subject; `*ret` then is its entry. */
MUST_USE bool overlay_find(
        struct overlay *overlay, struct record_key key, struct record_entry *ret);

/*
 * Committer. Room for the entries of a group, before its transaction commits; it holds until the
 * next overlay_add or overlay_reserve, whatever the view's thread drains meanwhile. -ENOMEM.
 */
MUST_USE int overlay_reserve(struct overlay *overlay, size_t n_more);
/* Committer. Takes the entries of a group that was committed up to `revision`. */
void overlay_add(struct overlay *overlay, const struct record_table *group, uint64_t revision);
/* Committer. What was added last is to leave within OVERLAY_SOON_MS. */
void overlay_hasten(struct overlay *overlay);
/* Committer. Blocks until the view is less than `lag` events behind `head`, or may lag. */
void overlay_wait_for_room(struct overlay *overlay, uint64_t head, uint64_t lag);

/*
 * View's thread. Blocks until there is enough to apply, `max_wait_ms` have passed since the first
 * entry came, or somebody hurries; then moves what is there into `draining`, which stays as it is
 * until overlay_drained. False: stopping, and nothing is left.
 */
MUST_USE bool overlay_drain(
        struct overlay *overlay, size_t enough, unsigned int max_wait_ms, uint64_t *ret_revision);
void overlay_drained(struct overlay *overlay);
/* Any thread. Ends overlay_wait_for_room now and for ever: the next start replays what is missing. */
void overlay_let_lag(struct overlay *overlay);
/* Any thread. Ends overlay_drain once everything is applied. */
void overlay_stop(struct overlay *overlay);
bool overlay_stopping(struct overlay *overlay);

/*
 * The entries of the site behind `after` (NULL: all), smallest digests first, at most n_max;
 * `ret` holds n_max entries. Returns how many.
 */
size_t overlay_range(struct overlay *overlay, uint32_t site_id, const struct proto_digest *after,
        struct record_entry *ret, size_t n_max);

#endif
