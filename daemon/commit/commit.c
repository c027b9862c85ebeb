/*
 * The committer from outside: start, stop, submit, and what the loop may read.
 */
#include "daemon/commit/commit_private.h"

#include <errno.h>
#include <sodium.h>
#include <stdlib.h>

#include "daemon/base/log.h"
#include "daemon/commit/load.h"

static void view_was_applied(void *ctx)
{
	struct commit *commit = ctx;

	/* Bodies of erased events may have become droppable. */
	queue_poke(&commit->queue);
}

static int load(struct commit *commit, bool accept_clock)
{
	uint64_t n_events, started_ms = clock_monotonic_ms();

	if (!accept_clock)
		clock_raise_floor(commit->clock, ledger_head_at(commit->store->ledger));
	int rc = load_replay(commit->store, &n_events);
	if (rc == 0)
		rc = load_sites(commit->store, commit->sites);
	if (rc == 0)
		rc = load_lines(commit->store, commit->lines);
	if (rc != 0)
		return rc;
	commit->revision = ledger_head(commit->store->ledger);
	lines_set_applied_revision(commit->lines, commit->revision);
	lines_set_time_floor(commit->lines, clock_floor(commit->clock));
	log_info("store: revision %llu, %llu records, %zu sites; %llu events replayed, %llu ms",
	        (unsigned long long)commit->revision,
	        (unsigned long long)view_count(commit->store->view), sites_count(commit->sites),
	        (unsigned long long)n_events,
	        (unsigned long long)(clock_monotonic_ms() - started_ms));
	return 0;
}

static int start_threads(struct commit *commit)
{
	commit->applier = (struct applier){.overlay = &commit->overlay,
	        .view = commit->store->view,
	        .applied_fn = view_was_applied,
	        .fatal_fn = commit->fatal_fn,
	        .ctx = commit};
	int rc = applier_start(&commit->applier);
	if (rc != 0)
		return rc;
	rc = -pthread_create(&commit->thread, NULL, committer_main, commit);
	if (rc != 0) {
		applier_stop(&commit->applier);
		return rc;
	}
	commit->threads_run = true;
	return 0;
}

static uint64_t random_instance(void)
{
	uint64_t instance;

	randombytes_buf(&instance, sizeof(instance));
	return instance;
}

/* What the committer and the loop hold, in the order in which commit_free gives it back. */
static int build(struct commit *commit, const struct commit_options *options)
{
	uint64_t max_bytes = options->map_max_bytes ? options->map_max_bytes : UINT64_MAX;

	commit->sites = sites_new(commit->store->keys.digest);
	if (!commit->sites)
		return -ENOMEM;
	int rc = lines_new(
	        view_count(commit->store->view), max_bytes, random_instance(), &commit->lines);
	if (rc == 0)
		rc = load(commit, options->accept_clock);
	if (rc == 0)
		rc = overlay_init(&commit->overlay, view_checkpoint(commit->store->view));
	if (rc != 0)
		return rc;
	commit->has_overlay = true;
	rc = queue_init(&commit->queue);
	if (rc != 0)
		return rc;
	commit->has_queue = true;
	rc = group_init(&commit->group, commit->store, commit->sites, &commit->overlay);
	if (rc == 0)
		rc = view_reader_new(commit->store->view, &commit->view);
	if (rc == 0)
		rc = ledger_reader_new(commit->store->ledger, &commit->ledger);
	return rc;
}

int commit_start(const struct commit_options *options, struct commit **ret)
{
	struct commit *commit = calloc(1, sizeof(*commit));

	if (!commit)
		return -ENOMEM;
	commit->store = options->store;
	commit->clock = options->clock;
	commit->leased_until_ns = options->leased_until_ns;
	commit->wake_fn = options->wake_fn;
	commit->fatal_fn = options->fatal_fn;
	commit->ctx = options->ctx;
	int rc = build(commit, options);
	if (rc == 0)
		rc = start_threads(commit);
	if (rc != 0) {
		commit_free(commit);
		return rc == LOAD_E_VIEW ? COMMIT_E_VIEW : rc;
	}
	*ret = commit;
	return 0;
}

void commit_let_view_lag(struct commit *commit)
{
	overlay_let_lag(&commit->overlay);
}

void commit_stop(struct commit *commit)
{
	if (!commit->threads_run)
		return;
	commit_let_view_lag(commit);
	queue_stop(&commit->queue);
	pthread_join(commit->thread, NULL);
	applier_stop(&commit->applier);
	commit->threads_run = false;
	lines_retire(commit->lines);
	while (committer_drop_due_bodies(commit))
		;
	commit_finish(commit);
}

struct commit *commit_free(struct commit *commit)
{
	if (!commit)
		return NULL;
	view_reader_free(commit->view);
	ledger_reader_free(commit->ledger);
	group_deinit(&commit->group);
	if (commit->has_queue)
		queue_deinit(&commit->queue);
	if (commit->has_overlay)
		overlay_deinit(&commit->overlay);
	lines_free(commit->lines);
	sites_free(commit->sites);
	free(commit);
	return NULL;
}

bool commit_submit(struct commit *commit, struct commit_request *request)
{
	if (!request->own && commit->n_pending >= PROTO_LIMIT_WRITES_QUEUED)
		return false;
	commit->n_pending++;
	queue_submit(&commit->queue, request);
	return true;
}

void commit_finish(struct commit *commit)
{
	struct commit_list done;
	struct commit_request *request;

	queue_take_done(&commit->queue, &done);
	while ((request = commit_list_pop(&done))) {
		commit->n_pending--;
		request->done_fn(request);
	}
}

size_t commit_n_pending(const struct commit *commit)
{
	return commit->n_pending;
}

struct sites *commit_sites(struct commit *commit)
{
	return commit->sites;
}

struct clock *commit_clock(struct commit *commit)
{
	return commit->clock;
}

struct store *commit_store(struct commit *commit)
{
	return commit->store;
}

struct proto_map commit_map(struct commit *commit)
{
	return lines_map(commit->lines);
}

int commit_map_fd(struct commit *commit)
{
	return lines_map_fd(commit->lines);
}

void commit_renew_lease(struct commit *commit)
{
	/* The time that decides now goes on deciding, whatever becomes of the clock. */
	uint64_t now = clock_now(commit->clock);

	clock_raise_floor(commit->clock, now);
	lines_renew_lease(
	        commit->lines, clock_monotonic_ns() + PROTO_MAP_LEASE_MS * UINT64_C(1000000), now);
}

uint64_t commit_revision(const struct commit *commit)
{
	return atomic_load_explicit(&commit->revision, memory_order_acquire);
}

int commit_ledger_reader(struct commit *commit, struct ledger_reader **ret)
{
	int rc = ledger_reader_renew(commit->ledger);

	if (rc == 0)
		*ret = commit->ledger;
	return rc;
}

void commit_each_counter(struct commit *commit,
        void (*each_fn)(void *ctx, const char *name, uint64_t value), void *ctx)
{
	uint64_t head = commit_revision(commit), checkpoint = view_checkpoint(commit->store->view);
	struct proto_map map = lines_map(commit->lines);

	each_fn(ctx, "revision", head);
	each_fn(ctx, "records", atomic_load(&map.header->count));
	each_fn(ctx, "sites", sites_count(commit->sites));
	each_fn(ctx, "view_lag", head > checkpoint ? head - checkpoint : 0);
	each_fn(ctx, "view_batches", atomic_load(&commit->applier.n_batches));
	each_fn(ctx, "view_full", atomic_load(&commit->applier.n_full));
	each_fn(ctx, "commit_groups", atomic_load(&commit->n_groups));
	each_fn(ctx, "commit_writes", atomic_load(&commit->n_writes));
	each_fn(ctx, "commit_failed", atomic_load(&commit->n_failed));
	each_fn(ctx, "writes_pending", commit->n_pending);
	each_fn(ctx, "map_lines", map.capacity);
	each_fn(ctx, "map_partial", (atomic_load(&map.header->flags) & PROTO_MAP_MISS_ASKS) != 0);
	each_fn(ctx, "ledger_bytes", ledger_used_bytes(commit->store->ledger));
	each_fn(ctx, "view_bytes", view_used_bytes(commit->store->view));
	each_fn(ctx, "time_floor", clock_floor(commit->clock));
}
