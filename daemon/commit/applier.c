/*
 * One transaction for everything that has gathered: sorted by key, neighbours share pages, and the
 * two syncs of a commit are paid once. Records lie anywhere, so a batch touches a page for nearly each
 * of its entries until it is large; batches that are made too often would take the disk from the
 * ledger, for whose syncs everybody waits. The view is behind the ledger by what gathers meanwhile,
 * which the overlay holds.
 *
 * A full disk stops the view, not the daemon: the batch is tried again every second, and writes go
 * on until the view lags by PROTO_LIMIT_VIEW_LAG events.
 */
#include "daemon/commit/applier.h"

#include <errno.h>
#include <stdlib.h>
#include <time.h>

#include "daemon/base/log.h"

enum { ENOUGH_ENTRIES = 50000, MAX_WAIT_MS = 10000, RETRY_S = 1 };

static int compare_by_entry(const void *a, const void *b, void *ctx)
{
	const struct record_entry *entries = ctx;
	const uint32_t *x = a, *y = b;

	return record_key_compare(entries[*x].key, entries[*y].key);
}

/* The numbers of the entries, in the order of their keys; NULL: no memory. */
static uint32_t *sorted_order(const struct record_table *table)
{
	uint32_t *order = reallocarray(NULL, table->n_entries + 1, sizeof(*order));

	if (!order)
		return NULL;
	for (uint32_t i = 0; i < table->n_entries; i++)
		order[i] = i;
	qsort_r(order, table->n_entries, sizeof(*order), compare_by_entry, table->entries);
	return order;
}

/* One transaction for n entries. */
static int apply_slice(struct view *view, const struct record_table *table, const uint32_t *order,
        size_t n, uint64_t checkpoint)
{
	int rc = view_begin(view);

	for (size_t i = 0; i < n && rc == 0; i++) {
		const struct record_entry *entry = &table->entries[order[i]];

		rc = entry->exists ? view_put(view, entry->key, &entry->record)
		                   : view_erase(view, entry->key);
	}
	if (rc == 0)
		return view_commit(view, checkpoint);
	view_abort(view);
	return rc;
}

/*
 * A transaction needs a free page for every page that it touches. Where all at once does not fit,
 * smaller ones do, which free what they replace; the checkpoint moves with the last of them, so a
 * crash in between replays what is there already.
 */
static int apply_in_slices(struct view *view, const struct record_table *table,
        const uint32_t *order, uint64_t checkpoint)
{
	size_t at = 0, slice = table->n_entries;

	while (at < table->n_entries) {
		size_t left = table->n_entries - at, n = left < slice ? left : slice;
		int rc = apply_slice(
		        view, table, order + at, n, n == left ? checkpoint : view_checkpoint(view));

		if (rc == VIEW_E_FULL && slice > 1)
			slice = (slice + 7) / 8;
		else if (rc != 0)
			return rc;
		else
			at += n;
	}
	return 0;
}

int applier_apply(struct view *view, const struct record_table *table, uint64_t checkpoint)
{
	uint32_t *order = sorted_order(table);

	if (!order)
		return -ENOMEM;
	/* Nothing to apply still moves the checkpoint. */
	int rc = table->n_entries ? apply_in_slices(view, table, order, checkpoint)
	                          : apply_slice(view, table, order, 0, checkpoint);
	free(order);
	return rc;
}

/* False: it could not be applied; the ledger has it, and the next start replays it. */
static bool apply_until_done(struct applier *applier, uint64_t revision)
{
	for (;;) {
		int rc = applier_apply(applier->view, &applier->overlay->draining, revision);

		if (rc == 0)
			break;
		if (rc != VIEW_E_FULL && rc != -ENOMEM) {
			applier->fatal_fn(applier->ctx, rc);
			return false;
		}
		if (overlay_stopping(applier->overlay))
			return false;
		if (atomic_fetch_add(&applier->n_full, 1) == 0)
			log_error("view: no room; trying again every %d s", RETRY_S);
		nanosleep(&(struct timespec){.tv_sec = RETRY_S}, NULL);
	}
	atomic_fetch_add(&applier->n_batches, 1);
	return true;
}

static void *applier_main(void *ctx)
{
	struct applier *applier = ctx;
	uint64_t revision;

	while (overlay_drain(applier->overlay, ENOUGH_ENTRIES, MAX_WAIT_MS, &revision)) {
		if (!apply_until_done(applier, revision))
			break;
		overlay_drained(applier->overlay);
		applier->applied_fn(applier->ctx);
	}
	return NULL;
}

int applier_start(struct applier *applier)
{
	return -pthread_create(&applier->thread, NULL, applier_main, applier);
}

void applier_stop(struct applier *applier)
{
	overlay_stop(applier->overlay);
	pthread_join(applier->thread, NULL);
}
