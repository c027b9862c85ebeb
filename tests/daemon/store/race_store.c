/*
 * One writer of the ledger, one of the view, and readers of both, at once. A plain program, so that
 * it runs under TSan too. What a reader sees must be a state that was committed: whole chains, and
 * views whose count and sum agree.
 */
#include "daemon/store/store.h"
#include "tests/support/scratch.h"
#include "tests/support/stored.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

enum { N_READERS = 3, N_GROUPS = 150, GROUP = 20 };

static struct store store;
static _Atomic bool done;

static void must(int r, const char *what)
{
	if (r == 0)
		return;
	fprintf(stderr, "%s: %d\n", what, r);
	exit(1);
}

static void *write_ledger(void *ctx)
{
	(void)ctx;
	for (int i = 0; i < N_GROUPS; i++) {
		must(ledger_begin(store.ledger), "begin");
		for (uint64_t n = 0; n < GROUP; n++) {
			struct event event = stored_event(1, ledger_head(store.ledger) + n + 1);
			must(ledger_append(store.ledger, &event), "append");
		}
		if (i % 10 == 9)
			ledger_abort(store.ledger);
		else
			must(ledger_commit(store.ledger), "commit");
	}
	atomic_store(&done, true);
	return NULL;
}

static void apply(struct ledger_reader *reader, uint64_t from, uint64_t to)
{
	must(ledger_reader_renew(reader), "renew");
	must(view_begin(store.view), "view begin");
	for (uint64_t revision = from; revision <= to; revision++) {
		struct event event;
		must(ledger_read_event(reader, revision, &event), "read event");
		must(view_put(store.view, event.key, &event.result), "put");
	}
	must(view_commit(store.view, to), "view commit");
	ledger_reader_reset(reader);
}

static void *write_view(void *ctx)
{
	struct ledger_reader *reader;
	(void)ctx;
	must(ledger_reader_new(store.ledger, &reader), "reader");
	for (bool last = false; !last;) {
		last = atomic_load(&done);
		uint64_t head = ledger_head(store.ledger), applied = view_checkpoint(store.view);
		if (head > applied)
			apply(reader, applied + 1, head);
	}
	ledger_reader_free(reader);
	return NULL;
}

static int count(void *ctx, struct record_key key, const struct record *record)
{
	(void)key;
	*(uint64_t *)ctx += record->revision != 0;
	return 0;
}

static void check_ledger(struct ledger_reader *reader)
{
	uint8_t chain[EVENT_HASH_BYTES] = {0};
	uint64_t head = ledger_head(store.ledger);
	must(ledger_reader_renew(reader), "renew");
	for (uint64_t revision = 1; revision <= head; revision++) {
		struct event_leaf leaf;
		must(ledger_read_leaf(reader, revision, &leaf), "leaf");
		event_chain_hash(chain, revision, leaf.body_digest, chain);
		must(memcmp(chain, leaf.chain_hash, sizeof(chain)), "chain");
	}
	ledger_reader_reset(reader);
}

static void *read_both(void *ctx)
{
	struct ledger_reader *ledger;
	struct view_reader *view;
	(void)ctx;
	must(ledger_reader_new(store.ledger, &ledger), "reader");
	must(view_reader_new(store.view, &view), "reader");
	while (!atomic_load(&done)) {
		uint64_t n = 0, least = view_count(store.view);
		check_ledger(ledger);
		must(view_reader_renew(view), "renew");
		must(view_each(view, count, NULL, &n), "walk");
		must(n < least, "count");
		view_reader_reset(view);
	}
	ledger_reader_free(ledger);
	view_reader_free(view);
	return NULL;
}

int main(void)
{
	static void *(*const run[])(void *) = {write_ledger, write_view};
	pthread_t threads[2 + N_READERS];
	char directory[256];
	scratch_begin();
	snprintf(directory, sizeof(directory), "%s", scratch_path("data"));
	must(store_open(&(struct store_options){.directory = directory}, &store), "open");
	for (size_t i = 0; i < 2 + N_READERS; i++)
		must(pthread_create(&threads[i], NULL, i < 2 ? run[i] : read_both, NULL), "thread");
	for (size_t i = 0; i < 2 + N_READERS; i++)
		must(pthread_join(threads[i], NULL), "join");
	uint64_t expected = (N_GROUPS - N_GROUPS / 10) * GROUP;
	must(ledger_head(store.ledger) != expected, "head");
	must(view_count(store.view) != expected, "count");
	store_close(&store);
	scratch_end();
	return 0;
}
