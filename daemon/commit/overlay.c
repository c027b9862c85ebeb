/*
 * Everything under one lock that is held for a look-up, a swap of two structs, or one scan of a
 * page's worth of entries, and never across I/O.
 *
 * The view's thread works on `draining` without the lock: nobody changes that table until
 * overlay_drained, and look-ups only read it.
 */
#include "daemon/commit/overlay.h"

#include <errno.h>
#include <stdlib.h>
#include <time.h>

int overlay_init(struct overlay *overlay, uint64_t checkpoint)
{
	pthread_condattr_t monotonic;

	*overlay = (struct overlay){
	        .filled_to = checkpoint, .drained_to = checkpoint, .applied_to = checkpoint};
	int error = pthread_mutex_init(&overlay->lock, NULL);
	if (error != 0)
		return -error;
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	error = pthread_cond_init(&overlay->changed, &monotonic);
	pthread_condattr_destroy(&monotonic);
	if (error != 0)
		pthread_mutex_destroy(&overlay->lock);
	return -error;
}

void overlay_deinit(struct overlay *overlay)
{
	record_table_deinit(&overlay->filling);
	record_table_deinit(&overlay->draining);
	pthread_cond_destroy(&overlay->changed);
	pthread_mutex_destroy(&overlay->lock);
}

bool overlay_find(struct overlay *overlay, struct record_key key, struct record_entry *ret)
{
	pthread_mutex_lock(&overlay->lock);
	const struct record_entry *entry = record_table_find(&overlay->filling, key);

	if (!entry)
		entry = record_table_find(&overlay->draining, key);
	if (entry)
		*ret = *entry;
	pthread_mutex_unlock(&overlay->lock);
	return entry != NULL;
}

int overlay_reserve(struct overlay *overlay, size_t n_more)
{
	pthread_mutex_lock(&overlay->lock);
	int error = record_table_reserve(&overlay->filling, n_more);
	overlay->n_reserved = error == 0 ? n_more : 0;
	pthread_mutex_unlock(&overlay->lock);
	return error;
}

void overlay_add(struct overlay *overlay, const struct record_table *group, uint64_t revision)
{
	pthread_mutex_lock(&overlay->lock);
	bool was_empty = overlay->filling.n_entries == 0;

	for (size_t i = 0; i < group->n_entries; i++)
		*record_table_put(&overlay->filling, group->entries[i].key) = group->entries[i];
	overlay->filled_to = revision;
	overlay->n_reserved = 0;
	/* The view's thread counts from the first entry on; it need not be woken for each. */
	if (was_empty || overlay->hurry || overlay->filling.n_entries >= overlay->enough)
		pthread_cond_broadcast(&overlay->changed);
	pthread_mutex_unlock(&overlay->lock);
}

void overlay_wait_for_room(struct overlay *overlay, uint64_t head, uint64_t lag)
{
	pthread_mutex_lock(&overlay->lock);
	while (head - overlay->applied_to >= lag && !overlay->may_lag) {
		overlay->hurry = true;
		pthread_cond_broadcast(&overlay->changed);
		pthread_cond_wait(&overlay->changed, &overlay->lock);
	}
	pthread_mutex_unlock(&overlay->lock);
}

void overlay_let_lag(struct overlay *overlay)
{
	pthread_mutex_lock(&overlay->lock);
	overlay->may_lag = true;
	pthread_cond_broadcast(&overlay->changed);
	pthread_mutex_unlock(&overlay->lock);
}

void overlay_hasten(struct overlay *overlay)
{
	pthread_mutex_lock(&overlay->lock);
	overlay->soon = true;
	pthread_cond_broadcast(&overlay->changed);
	pthread_mutex_unlock(&overlay->lock);
}

static struct timespec deadline_in(unsigned int ms)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	t.tv_sec += ms / 1000;
	t.tv_nsec += (long)(ms % 1000) * 1000000;
	if (t.tv_nsec >= 1000000000) {
		t.tv_sec++;
		t.tv_nsec -= 1000000000;
	}
	return t;
}

/* With the lock: waits as overlay_drain says, and until the tables can be swapped. */
static void wait_for_work(struct overlay *overlay, size_t enough, unsigned int max_wait_ms)
{
	while (overlay->filling.n_entries == 0 && !overlay->stop)
		pthread_cond_wait(&overlay->changed, &overlay->lock);
	struct timespec late = deadline_in(max_wait_ms), soon = deadline_in(OVERLAY_SOON_MS);
	while (overlay->filling.n_entries < enough && !overlay->hurry && !overlay->stop) {
		bool was_soon = overlay->soon;

		if (pthread_cond_timedwait(&overlay->changed, &overlay->lock,
		            was_soon ? &soon : &late) == ETIMEDOUT &&
		        was_soon == overlay->soon)
			break;
	}
	/* What the committer has reserved must be there in the table that will be filled next. */
	while (record_table_reserve(&overlay->draining, overlay->n_reserved) < 0) {
		late = deadline_in(max_wait_ms);
		pthread_cond_timedwait(&overlay->changed, &overlay->lock, &late);
	}
}

bool overlay_drain(
        struct overlay *overlay, size_t enough, unsigned int max_wait_ms, uint64_t *ret_revision)
{
	pthread_mutex_lock(&overlay->lock);
	overlay->enough = enough;
	wait_for_work(overlay, enough, max_wait_ms);
	bool any = overlay->filling.n_entries != 0;
	if (any) {
		struct record_table empty = overlay->draining;

		overlay->draining = overlay->filling;
		overlay->filling = empty;
		overlay->drained_to = overlay->filled_to;
		overlay->hurry = overlay->soon = false;
		*ret_revision = overlay->drained_to;
	}
	pthread_mutex_unlock(&overlay->lock);
	return any;
}

void overlay_drained(struct overlay *overlay)
{
	pthread_mutex_lock(&overlay->lock);
	record_table_clear(&overlay->draining);
	overlay->applied_to = overlay->drained_to;
	pthread_cond_broadcast(&overlay->changed);
	pthread_mutex_unlock(&overlay->lock);
}

void overlay_stop(struct overlay *overlay)
{
	pthread_mutex_lock(&overlay->lock);
	overlay->stop = true;
	pthread_cond_broadcast(&overlay->changed);
	pthread_mutex_unlock(&overlay->lock);
}

bool overlay_stopping(struct overlay *overlay)
{
	pthread_mutex_lock(&overlay->lock);
	bool stop = overlay->stop;
	pthread_mutex_unlock(&overlay->lock);
	return stop;
}

/* Keeps the n smallest of what is offered in a max-heap at `heap`. */
static void heap_offer(
        struct record_entry *heap, size_t *n, size_t n_max, const struct record_entry *entry)
{
	size_t i;

	if (*n < n_max) {
		for (i = (*n)++; i > 0; i = (i - 1) / 2) {
			if (record_key_compare(heap[(i - 1) / 2].key, entry->key) >= 0)
				break;
			heap[i] = heap[(i - 1) / 2];
		}
		heap[i] = *entry;
		return;
	}
	if (record_key_compare(heap[0].key, entry->key) <= 0)
		return;
	for (i = 0;;) {
		size_t child = 2 * i + 1;

		if (child >= *n)
			break;
		if (child + 1 < *n && record_key_compare(heap[child + 1].key, heap[child].key) > 0)
			child++;
		if (record_key_compare(heap[child].key, entry->key) <= 0)
			break;
		heap[i] = heap[child];
		i = child;
	}
	heap[i] = *entry;
}

static int compare_entries(const void *a, const void *b)
{
	const struct record_entry *x = a, *y = b;

	return record_key_compare(x->key, y->key);
}

size_t overlay_range(struct overlay *overlay, uint32_t site_id, const struct proto_digest *after,
        struct record_entry *ret, size_t n_max)
{
	size_t n = 0;
	struct record_key bound = {site_id, after ? *after : (struct proto_digest){{0, 0}}};

	pthread_mutex_lock(&overlay->lock);
	const struct record_table *tables[] = {&overlay->filling, &overlay->draining};
	for (size_t t = 0; t < 2; t++) {
		for (size_t i = 0; i < tables[t]->n_entries; i++) {
			const struct record_entry *entry = &tables[t]->entries[i];

			if (entry->key.site_id != site_id)
				continue;
			if (after && record_key_compare(entry->key, bound) <= 0)
				continue;
			if (t == 1 && record_table_find(&overlay->filling, entry->key))
				continue;
			heap_offer(ret, &n, n_max, entry);
		}
	}
	pthread_mutex_unlock(&overlay->lock);
	qsort(ret, n, sizeof(*ret), compare_entries);
	return n;
}
