/*
 * The committer: takes every write that is queued the moment the last commit ends, appends their
 * events to the ledger in one transaction, syncs once, publishes the new lines, and hands the
 * writes back to the loop. Nothing is acknowledged before it is durable and visible.
 *
 * Threads: the loop submits and finishes; the committer (ledger, lines, overlay) and the view's
 * thread (view) are started and joined here. No libuv: the loop is woken through a callback.
 */
#ifndef DAEMON_COMMIT_COMMIT_H
#define DAEMON_COMMIT_COMMIT_H

#include "daemon/base/clock.h"
#include "daemon/commit/sites.h"
#include "daemon/store/store.h"
#include "proto/map.h"

struct commit;
struct group;

/*
 * A write. The submitter allocates it, and gets it back in done_fn, on the loop thread. Bytes that
 * apply_fn needs are owned by the request.
 */
struct commit_request {
	/*
	 * On the committer's thread, inside the group's transaction; may run again when the group
	 * is retried, so it must set every output anew. 0 done; > 0 refused, request->error says
	 * why and nothing of it is written; < 0 -errno. Adds nothing to the group before it is sure.
	 */
	int (*apply_fn)(struct commit_request *request, struct group *group);
	/* On the loop's thread, once, when the write is durable and visible, or has failed. */
	void (*done_fn)(struct commit_request *request);
	bool removal;                /* erases: goes on when the quota is reached */
	bool own;                    /* the daemon's own: no peer's writes can keep it out */
	enum proto_error error;      /* PROTO_ERROR_NONE: done */
	bool later;                  /* the committer's */
	struct commit_request *next; /* the queue's */
};

enum {
	COMMIT_E_VIEW =
	        1, /* the view is not what the ledger says: open the store with rebuild_view */
};

struct commit_options {
	struct store *store;
	struct clock *clock;
	bool accept_clock;      /* the time floor starts at the clock, not at the newest event */
	uint64_t map_max_bytes; /* of one table of the decision map; 0: no limit */
	/* CLOCK_MONOTONIC: until then workers may go by the map of the daemon before this one, so
	   nothing is committed earlier; 0: there is none. */
	uint64_t leased_until_ns;
	void (*wake_fn)(void *ctx); /* from any thread: makes the loop call commit_finish soon */
	void (*fatal_fn)(
	        void *ctx, int error); /* from any thread: the storage failed; exit at once */
	void *ctx;
};

/*
 * Loads sites, policies and lines, replays the ledger's tail into the view, starts the threads.
 * Blocks. COMMIT_E_VIEW; -errno; -EBADMSG where the ledger has a bad tag.
 */
MUST_USE int commit_start(const struct commit_options *options, struct commit **ret);
/*
 * Loop. The daemon stops: from here on no write waits for the view, which may have no room for as
 * long as the disk is full. The next start replays into it what it lacks.
 */
void commit_let_view_lag(struct commit *commit);
/*
 * Loop. No submit may follow. Commits what is queued, then ends the threads and the map; finishes the
 * writes.
 */
void commit_stop(struct commit *commit);
/* Frees. The threads must have ended. */
struct commit *commit_free(struct commit *commit);

/* Loop. False where the queue is full for peers: the caller still owns the request and answers `busy`. */
MUST_USE bool commit_submit(struct commit *commit, struct commit_request *request);
/* Loop, when woken: calls done_fn of each write that is through, and frees what was retired. */
void commit_finish(struct commit *commit);

/* Loop. How many writes wait or are being committed. */
size_t commit_n_pending(const struct commit *commit);

struct sites *commit_sites(struct commit *commit);
struct clock *commit_clock(struct commit *commit);
struct store *commit_store(struct commit *commit);
/* Loop: the lines as of now. Valid until the loop's next commit_finish. */
struct proto_map commit_map(struct commit *commit);
/* Loop: the same as a descriptor that a worker may map. Valid as long. */
int commit_map_fd(struct commit *commit);
/* Loop: workers may go by the map for PROTO_MAP_LEASE_MS from now on. */
void commit_renew_lease(struct commit *commit);
/* Any thread: the newest revision that is durable and visible. */
uint64_t commit_revision(const struct commit *commit);

/*
 * Loop, through the overlay and the view: what was acknowledged is seen.
 * 0, VIEW_E_NOT_FOUND, -EBADMSG for a bad tag, -errno.
 */
MUST_USE int commit_read_record(struct commit *commit, struct record_key key, struct record *ret);
struct commit_row {
	struct record_key key;
	struct record record;
};
/* A page of a site's records in digest order. The caller owns `rows`, with room for n_max. */
struct commit_page {
	struct commit_row *rows;
	size_t n_max, n_rows;
	struct proto_digest reached; /* pass it as `after` for the next page */
	bool more; /* there may be more behind `reached`, even where n_rows is 0 */
};
/* `after` NULL: from the first. 0, -errno. Records with a bad tag are passed over. */
MUST_USE int commit_read_page(struct commit *commit, uint32_t site_id,
        const struct proto_digest *after, struct commit_page *page);
/* Loop: a renewed reader of the ledger; reset it with ledger_reader_reset when done. */
MUST_USE int commit_ledger_reader(struct commit *commit, struct ledger_reader **ret);

/* Counters and gauges for `stats`: calls back with name and value. Loop. */
void commit_each_counter(struct commit *commit,
        void (*each_fn)(void *ctx, const char *name, uint64_t value), void *ctx);

#endif
