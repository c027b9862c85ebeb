/*
 * What a subject costs: n subjects with one event each, in random order of their keys, appended in
 * groups and applied to the view in batches, as the committer and the view's thread do it.
 *
 *   measure_store [N [GROUP [BATCH]]]
 *
 * Prints times and sizes; fails where a subject takes more than the bytes that were promised.
 */
#include "daemon/base/clock.h"
#include "daemon/store/store.h"
#include "tests/support/scratch.h"
#include "tests/support/stored.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

enum { PROMISED_BYTES = 450 };

struct measure {
	struct store store;
	uint64_t n, group, batch;
	uint64_t append_ns, commit_ns, view_ns;
	uint64_t *order; /* of one batch */
};

static void must(int r, const char *what)
{
	if (r == 0)
		return;
	fprintf(stderr, "%s: %d\n", what, r);
	exit(1);
}

static void append_group(struct measure *m, uint64_t first, uint64_t n)
{
	must(ledger_begin(m->store.ledger), "begin");
	uint64_t start = clock_monotonic_ns();
	for (uint64_t i = first; i < first + n; i++) {
		struct event event = stored_event(1, i);
		must(ledger_append(m->store.ledger, &event), "append");
	}
	uint64_t appended = clock_monotonic_ns();
	must(ledger_commit(m->store.ledger), "commit");
	m->append_ns += appended - start;
	m->commit_ns += clock_monotonic_ns() - appended;
}

static int by_key(const void *a, const void *b)
{
	uint8_t x[RECORD_KEY_BYTES], y[RECORD_KEY_BYTES];
	record_key_encode(stored_key(1, *(const uint64_t *)a), x);
	record_key_encode(stored_key(1, *(const uint64_t *)b), y);
	return memcmp(x, y, sizeof(x));
}

static void apply_batch(struct measure *m, uint64_t first, uint64_t n)
{
	for (uint64_t i = 0; i < n; i++)
		m->order[i] = first + i;
	qsort(m->order, n, sizeof(*m->order), by_key);
	uint64_t start = clock_monotonic_ns();
	must(view_begin(m->store.view), "view begin");
	for (uint64_t i = 0; i < n; i++) {
		struct event event = stored_event(1, m->order[i]);
		event.result.revision = m->order[i];
		must(view_put(m->store.view, event.key, &event.result), "view put");
	}
	must(view_commit(m->store.view, first + n - 1), "view commit");
	m->view_ns += clock_monotonic_ns() - start;
}

static void fill(struct measure *m)
{
	for (uint64_t first = 1; first <= m->n; first += m->batch) {
		uint64_t n = m->n - first + 1 < m->batch ? m->n - first + 1 : m->batch;
		for (uint64_t i = 0; i < n; i += m->group)
			append_group(m, first + i, n - i < m->group ? n - i : m->group);
		apply_batch(m, first, n);
	}
}

static int count(void *ctx, struct record_key key, const struct record *record)
{
	(void)key;
	(void)record;
	++*(uint64_t *)ctx;
	return 0;
}

static int count_event(void *ctx, const struct event *event)
{
	(void)event;
	++*(uint64_t *)ctx;
	return 0;
}

static void walk(struct measure *m)
{
	struct view_reader *view;
	struct ledger_reader *ledger;
	uint64_t n_records = 0, n_events = 0, start = clock_monotonic_ns();
	must(view_reader_new(m->store.view, &view), "reader");
	must(view_reader_renew(view), "renew");
	must(view_each(view, count, NULL, &n_records), "walk of the view");
	uint64_t middle = clock_monotonic_ns();
	must(ledger_reader_new(m->store.ledger, &ledger), "reader");
	must(ledger_reader_renew(ledger), "renew");
	must(ledger_each_event(ledger, 1, count_event, &n_events), "walk of the ledger");
	uint64_t end = clock_monotonic_ns();
	if (n_records != m->n || n_events != m->n)
		must(1, "count");
	printf("walk: view %.0f ms, ledger %.0f ms\n", (double)(middle - start) / 1e6,
	        (double)(end - middle) / 1e6);
	view_reader_free(view);
	ledger_reader_free(ledger);
}

static uint64_t bytes_on_disk(const char *name)
{
	struct stat st;
	must(stat(scratch_path(name), &st), name);
	return (uint64_t)st.st_blocks * 512;
}

static int report(const struct measure *m)
{
	double n = (double)m->n;
	double ledger = (double)bytes_on_disk("data/ledger/data.mdb") / n;
	double view = (double)bytes_on_disk("data/view/data.mdb") / n;
	printf("%llu subjects, groups of %llu, batches of %llu\n", (unsigned long long)m->n,
	        (unsigned long long)m->group, (unsigned long long)m->batch);
	printf("append %.2f us, commit %.2f us, view %.2f us an event\n",
	        (double)m->append_ns / n / 1e3, (double)m->commit_ns / n / 1e3,
	        (double)m->view_ns / n / 1e3);
	printf("used: ledger %.0f, view %.0f bytes a subject\n",
	        (double)ledger_used_bytes(m->store.ledger) / n,
	        (double)view_used_bytes(m->store.view) / n);
	printf("on disk: ledger %.0f, view %.0f, together %.0f bytes a subject (at most %d)\n",
	        ledger, view, ledger + view, PROMISED_BYTES);
	return ledger + view <= PROMISED_BYTES ? 0 : 1;
}

static uint64_t argument(int argc, char **argv, int i, uint64_t otherwise)
{
	return argc > i ? strtoull(argv[i], NULL, 10) : otherwise;
}

int main(int argc, char **argv)
{
	struct measure m = {
	        .n = argument(argc, argv, 1, 100000),
	        .group = argument(argc, argv, 2, 1000),
	        .batch = argument(argc, argv, 3, 50000),
	};
	m.order = calloc(m.batch, sizeof(*m.order));
	scratch_begin();
	char directory[256];
	snprintf(directory, sizeof(directory), "%s", scratch_path("data"));
	must(store_open(&(struct store_options){.directory = directory}, &m.store), "open");
	fill(&m);
	int r = report(&m);
	walk(&m);
	store_close(&m.store);
	uint64_t start = clock_monotonic_ns();
	must(store_open(&(struct store_options){.directory = directory}, &m.store), "open again");
	must(m.store.view_is_new, "the view was in doubt");
	printf("open after an unclean end: %.0f ms\n",
	        (double)(clock_monotonic_ns() - start) / 1e6);
	store_close(&m.store);
	scratch_end();
	free(m.order);
	return r;
}
