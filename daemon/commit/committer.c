/*
 * One thread commits. The sync of one group is the time in which the next one gathers; after it the
 * committer takes all that is queued. Writers that wait for their reply have their next write ready a
 * moment after it: to leave without them would halve the groups and make everybody wait for two of
 * them. So it waits for as many as were just answered, for a fraction of what a commit takes, and not
 * where that turned out to be in vain.
 *
 * The order that makes a withdrawal visible before its reply: meet of old and new into the lines,
 * commit, new state into the lines, overlay, revision, reply. A group that cannot be written whole
 * is taken apart, in its order: additions one by one, removals together; only the write at fault
 * fails.
 *
 * Never here: an acknowledgement of anything that is not durable. When a sync fails the outcome is
 * unknown, and the process must end and read the truth at its next start.
 */
#include "daemon/commit/commit_private.h"

#include <stdlib.h>
#include <time.h>

#include "daemon/base/log.h"
#include "daemon/commit/load.h"
#include "daemon/commit/publish.h"

/* Between two groups the map grows by slices of so many lines, for so long. */
enum { GROW_SLICE = 8192, GROW_MS = 6 };

enum {
	GATHER_PARTS = 4,      /* of the time of a commit, one is spent on waiting for more */
	GATHER_MOST_US = 2000, /* however slow the disk is */
	GATHER_PAUSE = 16,     /* groups, after a wait that was in vain */
};

static struct commit_garbage *garbage_of(
        struct commit *commit, void (*free_fn)(void *object), void *object)
{
	struct commit_garbage *garbage = object ? malloc(sizeof(*garbage)) : NULL;

	/* Without memory the object stays until the process ends: better than under a reader's feet. */
	if (!garbage)
		return commit->garbage;
	*garbage = (struct commit_garbage){free_fn, object, commit->garbage};
	return garbage;
}

static void free_policy(void *object)
{
	policy_free(object);
}

static void free_lines(void *object)
{
	lines_table_free(object);
}

/* The policies of the group are in force from here on; the ones they replace go to the loop. */
static void take_policies_over(struct commit *commit)
{
	struct group *group = &commit->group;

	for (size_t i = 0; i < group->n_policies; i++) {
		struct policy_change *change = &group->policies[i];
		struct policy *old = atomic_exchange_explicit(
		        &change->site->policy, change->policy, memory_order_acq_rel);

		commit->garbage = garbage_of(commit, free_policy, old);
		if (change->from_file && site_set_file(change->site, change->policy->source) < 0)
			log_warning("policy: no memory to note the file that it comes from");
		if (change->newcomer)
			sites_insert(commit->sites, change->newcomer);
		*change = (struct policy_change){0};
	}
	if (group->n_policies)
		lines_set_policy_generation(commit->lines, ++commit->policy_generation);
	group->n_policies = 0;
}

static void make_visible(struct commit *commit)
{
	struct group *group = &commit->group;

	publish_after(commit->lines, group);
	overlay_add(&commit->overlay, &group->after, group->revision);
	if (group->erasures_changed)
		overlay_hasten(&commit->overlay);
	take_policies_over(commit);
	/* Without an event of its own a group says nothing of the time: --accept-clock holds. */
	if (group->after.n_entries != 0)
		clock_raise_floor(commit->clock, ledger_head_at(commit->store->ledger));
	lines_set_time_floor(commit->lines, clock_floor(commit->clock));
	lines_set_applied_revision(commit->lines, group->revision);
	atomic_store_explicit(&commit->revision, group->revision, memory_order_release);
}

/* Makes the open transaction durable and visible. GROUP_E_FULL or -ENOMEM: nothing happened. */
static int seal(struct commit *commit)
{
	struct group *group = &commit->group;
	int rc = group_store_erasures(group);

	if (rc == 0)
		rc = overlay_reserve(&commit->overlay, group->after.n_entries);
	if (rc == 0) {
		publish_reserve(commit->lines, group);
		rc = publish_meet(commit->lines, group);
	}
	if (rc != 0) {
		ledger_abort(commit->store->ledger);
		return rc;
	}
	rc = ledger_commit(commit->store->ledger);
	if (rc == 0) {
		make_visible(commit);
		return 0;
	}
	if (rc < 0)
		commit->fatal_fn(commit->ctx, rc);
	publish_before(commit->lines, group);
	return rc == LEDGER_E_FULL ? GROUP_E_FULL : rc;
}

static bool anything_changed(const struct group *group)
{
	return group->after.n_entries != 0 || group->n_policies != 0 || group->erasures_changed;
}

/* Applies one write in the open transaction. 0 also where it was refused, or put off. */
static int apply(struct commit *commit, struct commit_request *request, bool has_room)
{
	request->error = PROTO_ERROR_NONE;
	request->later = false;
	if (!request->removal && !has_room) {
		request->error = PROTO_ERROR_STORAGE_FULL;
		return 0;
	}
	int rc = request->apply_fn(request, &commit->group);
	request->later = rc == GROUP_E_LATER;
	return rc == GROUP_E_REFUSED || rc == GROUP_E_LATER ? 0 : rc;
}

/* Moves the writes that were put off from `list` to `later`. */
static void take_later(struct commit_list *list, struct commit_list *later)
{
	struct commit_list done = {0};
	struct commit_request *request;

	while ((request = commit_list_pop(list)))
		commit_list_append(request->later ? later : &done, request);
	*list = done;
}

/*
 * One transaction for the whole list. 0: done, `later` took what must wait for the next group.
 * GROUP_E_FULL or -errno: nothing was written, and the list is as it was.
 */
static int try_group(struct commit *commit, struct commit_list *list, struct commit_list *later)
{
	struct group *group = &commit->group;
	bool has_room = store_has_room(commit->store);
	int rc = group_begin(group, clock_now(commit->clock));

	if (rc != 0)
		return rc;
	for (struct commit_request *r = list->first; r && rc == 0; r = r->next)
		rc = apply(commit, r, has_room);
	if (rc == 0 && anything_changed(group))
		rc = seal(commit);
	else
		ledger_abort(commit->store->ledger);
	group_end(group);
	publish_doubt(commit->lines, group);
	if (rc == 0)
		take_later(list, later);
	else
		group_reload_erasures(group);
	return rc;
}

static enum proto_error error_of(int rc)
{
	return rc == GROUP_E_FULL ? PROTO_ERROR_STORAGE_FULL : PROTO_ERROR_STORAGE_FAILED;
}

/* A write alone. */
static void commit_alone(
        struct commit *commit, struct commit_request *request, struct commit_list *done)
{
	struct commit_list one = {0}, later = {0};

	commit_list_append(&one, request);
	int rc = try_group(commit, &one, &later);
	if (rc != 0) {
		atomic_fetch_add_explicit(&commit->n_failed, 1, memory_order_relaxed);
		request->error = error_of(rc);
	}
	commit_list_append(done, request);
}

/* Removals that lie side by side: together, and alone where that fails. */
static void commit_removals(
        struct commit *commit, struct commit_list *removals, struct commit_list *done)
{
	struct commit_list later = {0};
	struct commit_request *request;

	if (removals->n > 1 && try_group(commit, removals, &later) == 0)
		commit_list_splice(done, removals);
	commit_list_splice(removals, &later);
	while ((request = commit_list_pop(removals)))
		commit_alone(commit, request, done);
}

/*
 * After a group that failed: additions alone, and the removals between them together. The order
 * stays: a yes that was queued before its withdrawal must not come to lie behind it.
 */
static void commit_apart(struct commit *commit, struct commit_list *list)
{
	struct commit_list removals = {0}, done = {0};
	struct commit_request *request;

	while ((request = commit_list_pop(list))) {
		if (request->removal) {
			commit_list_append(&removals, request);
			continue;
		}
		commit_removals(commit, &removals, &done);
		commit_alone(commit, request, &done);
	}
	commit_removals(commit, &removals, &done);
	*list = done;
}

static void plan_gather(struct commit *commit, size_t n_answered, size_t n_waiting)
{
	bool paused = commit->n_ungathered > 0;

	commit->n_answered = n_answered;
	commit->gather.n_wanted = paused ? 0 : n_waiting + n_answered;
	if (paused)
		commit->n_ungathered--;
}

/* Whether it was worth the wait: at least half of those who were answered came back. */
static void judge_gather(struct commit *commit, size_t n_taken)
{
	if (n_taken + commit->n_answered / 2 < commit->gather.n_wanted)
		commit->n_ungathered = GATHER_PAUSE;
}

static void hand_over(struct commit *commit, struct commit_list *list)
{
	size_t n_answered = list->n;
	struct commit_garbage *garbage = commit->garbage;
	bool any = list->n != 0 || garbage;

	commit->garbage = NULL;
	size_t n_waiting = queue_put_done(&commit->queue, list, garbage);
	plan_gather(commit, n_answered, n_waiting);
	if (any)
		commit->wake_fn(commit->ctx);
}

static void commit_group(struct commit *commit, struct commit_list *list, struct commit_list *later)
{
	overlay_wait_for_room(
	        &commit->overlay, atomic_load(&commit->revision), PROTO_LIMIT_VIEW_LAG);
	atomic_fetch_add_explicit(&commit->n_groups, 1, memory_order_relaxed);
	atomic_fetch_add_explicit(&commit->n_writes, list->n, memory_order_relaxed);
	uint64_t began_ns = clock_monotonic_ns();
	int rc = try_group(commit, list, later);
	uint64_t us = (clock_monotonic_ns() - began_ns) / 1000 / GATHER_PARTS;
	commit->gather.max_wait_us = us < GATHER_MOST_US ? (unsigned int)us : GATHER_MOST_US;
	if (rc == 0)
		return;
	log_warning("commit: a group of %zu could not be written whole (%d)", list->n, rc);
	commit_apart(commit, list);
}

/* Growth goes on between groups, and without pause while there is nothing to commit. */
static bool grow(struct commit *commit)
{
	const uint64_t began_ms = clock_monotonic_ms();
	struct lines_table *retired;
	bool growing;

	do
		growing = lines_grow_slice(commit->lines, GROW_SLICE);
	while (growing && clock_monotonic_ms() - began_ms < GROW_MS);
	while ((retired = lines_take_retired(commit->lines)))
		commit->garbage = garbage_of(commit, free_lines, retired);
	if (lines_are_partial(commit->lines) && !commit->said_partial) {
		log_warning("the decision map has no room for more subjects (%llu lines); the "
		            "others are answered over the socket",
		        (unsigned long long)lines_capacity(commit->lines));
		commit->said_partial = true;
	}
	return growing;
}

/*
 * What is committed here must not be acknowledged while a worker goes by the map of the daemon before
 * this one, which says what was before.
 */
static void wait_for_leases(const struct commit *commit)
{
	struct timespec until = {.tv_sec = (time_t)(commit->leased_until_ns / 1000000000),
	        .tv_nsec = (long)(commit->leased_until_ns % 1000000000)};

	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL) == EINTR)
		;
}

static int apply_drop(struct commit_request *request, struct group *group)
{
	(void)request;
	return group_drop_due_bodies(group);
}

/*
 * A write of the committer's own, in a group of its own: whatever keeps bodies from being dropped
 * fails nobody else's write. It is tried again when the view has moved on.
 */
bool committer_drop_due_bodies(struct commit *commit)
{
	struct commit_request drop = {.apply_fn = apply_drop, .removal = true};
	struct commit_list list = {0}, later = {0};
	uint64_t checkpoint = view_checkpoint(commit->store->view);

	if (group_n_due_bodies(&commit->group) == 0 || checkpoint == commit->drop_failed_at)
		return false;
	commit_list_append(&list, &drop);
	int rc = try_group(commit, &list, &later);
	commit->drop_failed_at = rc != 0 ? checkpoint : 0;
	if (rc != 0)
		log_error("commit: bodies of erased events cannot be dropped (%d)", rc);
	return rc == 0 && group_n_due_bodies(&commit->group) != 0;
}

void *committer_main(void *ctx)
{
	struct commit *commit = ctx;
	struct commit_list list, later = {0};
	wait_for_leases(commit);
	bool busy = committer_drop_due_bodies(commit);

	for (;;) {
		struct commit_list put_off = {0};
		bool may_wait = !busy && later.n == 0;

		if (!queue_take_waiting(&commit->queue, may_wait ? &commit->gather : NULL, &list) &&
		        later.n == 0)
			break;
		if (may_wait && list.n != 0) /* else it was poked, or did not wait */
			judge_gather(commit, list.n);
		commit_list_splice(&later, &list);
		if (later.n != 0)
			commit_group(commit, &later, &put_off);
		busy = grow(commit);
		hand_over(commit, &later);
		busy = committer_drop_due_bodies(commit) || busy;
		later = put_off;
	}
	return NULL;
}
