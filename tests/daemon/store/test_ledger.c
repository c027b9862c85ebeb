/* The ledger on a real environment: chain, bodies, bad tags, a full map, identity. */
#include "daemon/store/tag.h"
#include "tests/support/scratch.h"
#include "tests/support/stored.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

static struct keys keys;
static int dir_fd;
static struct ledger *ledger;
static struct ledger_reader *reader;

static void open_with(uint64_t map_bytes)
{
	cr_assert_eq(ledger_open(dir_fd, "ledger", &keys, map_bytes, &ledger), 0);
	cr_assert_eq(ledger_reader_new(ledger, &reader), 0);
}

static void close_ledger(void)
{
	reader = ledger_reader_free(reader);
	ledger_close(ledger);
	ledger = NULL;
}

static void begin(void)
{
	scratch_begin();
	keys = stored_keys();
	dir_fd = open(scratch_path(""), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	cr_assert_geq(dir_fd, 0);
	open_with(64 << 20);
}

static void end(void)
{
	close_ledger();
	close(dir_fd);
	scratch_end();
}

TestSuite(store_ledger, .init = begin, .fini = end);

static void append(uint64_t n_events)
{
	cr_assert_eq(ledger_begin(ledger), 0);
	for (uint64_t i = 0; i < n_events; i++) {
		struct event event = stored_event(1, ledger_head(ledger) + i + 1);
		cr_assert_eq(ledger_append(ledger, &event), 0);
		cr_assert_eq(event.revision, ledger_head(ledger) + i + 1);
		cr_assert_eq(event.result.revision, event.revision);
	}
	cr_assert_eq(ledger_commit(ledger), 0);
}

static void drop(uint64_t revision)
{
	cr_assert_eq(ledger_begin(ledger), 0);
	cr_assert_eq(ledger_drop_body(ledger, revision), 0);
	cr_assert_eq(ledger_commit(ledger), 0);
}

static void check_event(uint64_t revision)
{
	struct event expected = stored_event(1, revision), event;
	expected.revision = expected.result.revision = revision;
	cr_assert_eq(ledger_read_event(reader, revision, &event), 0);
	cr_assert(stored_event_equal(&event, &expected));
}

/* Every link, from nothing on. */
static void check_chain(uint64_t n_events)
{
	uint8_t chain[EVENT_HASH_BYTES] = {0};
	for (uint64_t revision = 1; revision <= n_events; revision++) {
		struct event_leaf leaf;
		cr_assert_eq(ledger_read_leaf(reader, revision, &leaf), 0);
		event_chain_hash(chain, revision, leaf.body_digest, chain);
		cr_assert_arr_eq(chain, leaf.chain_hash, sizeof(chain));
	}
}

Test(store_ledger, is_empty_at_first)
{
	struct event event;
	struct event_leaf leaf;
	cr_assert(ledger_is_new(ledger));
	cr_assert_eq(ledger_head(ledger), 0);
	cr_assert_eq(ledger_head_at(ledger), 0);
	cr_assert_eq(ledger_reader_renew(reader), 0);
	cr_assert_eq(ledger_read_event(reader, 1, &event), LEDGER_E_NOT_FOUND);
	cr_assert_eq(ledger_read_leaf(reader, 0, &leaf), LEDGER_E_NOT_FOUND);
}

Test(store_ledger, events_come_back_in_the_transaction_after_it_and_after_reopening)
{
	struct event event = stored_event(1, 1), back;
	cr_assert_eq(ledger_begin(ledger), 0);
	cr_assert_eq(ledger_append(ledger, &event), 0);
	cr_assert_eq(ledger_get(ledger, 1, &back), 0);
	cr_assert(stored_event_equal(&event, &back));
	cr_assert_eq(ledger_get(ledger, 2, &back), LEDGER_E_NOT_FOUND);
	cr_assert_eq(ledger_head(ledger), 0);
	cr_assert_eq(ledger_commit(ledger), 0);
	cr_assert_eq(ledger_head(ledger), 1);
	cr_assert_eq(ledger_head_at(ledger), event.at);
	close_ledger();
	open_with(64 << 20);
	cr_assert_not(ledger_is_new(ledger));
	cr_assert_eq(ledger_head(ledger), 1);
	cr_assert_eq(ledger_head_at(ledger), event.at);
	cr_assert_eq(ledger_reader_renew(reader), 0);
	check_event(1);
}

Test(store_ledger, the_longest_event_fits_and_a_longer_one_is_refused)
{
	static uint8_t attributes[EVENT_MAX_BYTES];
	struct event event = stored_event_longest(), back;
	event.prev = 0;
	cr_assert_eq(ledger_begin(ledger), 0);
	cr_assert_eq(ledger_append(ledger, &event), 0);
	cr_assert_eq(ledger_get(ledger, 1, &back), 0);
	cr_assert(stored_event_equal(&event, &back));
	event.attributes = span_bytes(attributes, sizeof(attributes));
	cr_assert_eq(ledger_append(ledger, &event), -E2BIG);
	ledger_abort(ledger);
}

Test(store_ledger, an_abort_forgets)
{
	append(2);
	struct event event = stored_event(1, 3);
	cr_assert_eq(ledger_begin(ledger), 0);
	cr_assert_eq(ledger_append(ledger, &event), 0);
	ledger_abort(ledger);
	ledger_abort(ledger);
	cr_assert_eq(ledger_head(ledger), 2);
	append(1);
	cr_assert_eq(ledger_reader_renew(reader), 0);
	check_chain(3);
	check_event(3);
}

Test(store_ledger, the_chain_verifies_over_many_events_and_groups)
{
	for (uint64_t n = 1; n <= 1000; n += 100)
		append(100);
	close_ledger();
	open_with(64 << 20);
	append(1);
	cr_assert_eq(ledger_reader_renew(reader), 0);
	check_chain(1001);
	for (uint64_t revision = 1; revision <= 1001; revision += 50)
		check_event(revision);
}

Test(store_ledger, salts_differ)
{
	/* The same event twice, over more events than salts are drawn at once. */
	static uint8_t digests[600][EVENT_HASH_BYTES];
	cr_assert_eq(ledger_begin(ledger), 0);
	for (int i = 0; i < 600; i++) {
		struct event event = stored_event(1, 1);
		cr_assert_eq(ledger_append(ledger, &event), 0);
	}
	cr_assert_eq(ledger_commit(ledger), 0);
	cr_assert_eq(ledger_reader_renew(reader), 0);
	for (uint64_t i = 0; i < 600; i++) {
		struct event_leaf leaf;
		cr_assert_eq(ledger_read_leaf(reader, i + 1, &leaf), 0);
		memcpy(digests[i], leaf.body_digest, EVENT_HASH_BYTES);
		for (uint64_t j = 0; j < i; j++)
			cr_assert_neq(memcmp(digests[i], digests[j], EVENT_HASH_BYTES), 0);
	}
}

Test(store_ledger, dropping_a_body_keeps_leaf_and_chain)
{
	struct event event;
	struct event_leaf before, after;
	append(10);
	cr_assert_eq(ledger_reader_renew(reader), 0);
	cr_assert_eq(ledger_read_leaf(reader, 4, &before), 0);
	cr_assert(before.has_body);
	drop(4);
	cr_assert_eq(ledger_reader_renew(reader), 0);
	cr_assert_eq(ledger_read_event(reader, 4, &event), LEDGER_E_NO_BODY);
	cr_assert_eq(ledger_read_leaf(reader, 4, &after), 0);
	cr_assert_not(after.has_body);
	cr_assert_arr_eq(before.body_digest, after.body_digest, EVENT_HASH_BYTES);
	cr_assert_arr_eq(before.chain_hash, after.chain_hash, EVENT_HASH_BYTES);
	check_chain(10);
	check_event(5);
	cr_assert_eq(ledger_begin(ledger), 0);
	cr_assert_eq(ledger_drop_body(ledger, 4), LEDGER_E_NO_BODY);
	cr_assert_eq(ledger_drop_body(ledger, 11), LEDGER_E_NOT_FOUND);
	cr_assert_eq(ledger_get(ledger, 4, &event), LEDGER_E_NO_BODY);
	ledger_abort(ledger);
}

Test(store_ledger, what_was_dropped_is_not_in_the_value)
{
	append(3);
	drop(2);
	close_ledger();
	uint8_t key[8] = {0, 0, 0, 0, 0, 0, 0, 2};
	struct stored_value place = {scratch_path("ledger"), "events", span_bytes(key, 8)};
	struct span value = stored_read(&place);
	cr_assert_eq(value.n_bytes, 10 + 1 + 32 + 32);
	free((void *)(uintptr_t)value.data);
	open_with(64 << 20);
}

Test(store_ledger, the_time_of_the_newest_event_outlives_its_body)
{
	append(3);
	uint64_t at = ledger_head_at(ledger);
	drop(3);
	cr_assert_eq(ledger_head_at(ledger), at);
	close_ledger();
	open_with(64 << 20);
	cr_assert_eq(ledger_head(ledger), 3);
	cr_assert_eq(ledger_head_at(ledger), at);
	append(1);
	cr_assert_gt(ledger_head_at(ledger), at);
	cr_assert_eq(ledger_reader_renew(reader), 0);
	check_chain(4);
}

Test(store_ledger, a_reader_sees_its_snapshot_until_it_is_renewed)
{
	struct event event;
	append(1);
	cr_assert_eq(ledger_reader_renew(reader), 0);
	append(1);
	cr_assert_eq(ledger_read_event(reader, 2, &event), LEDGER_E_NOT_FOUND);
	cr_assert_eq(ledger_reader_renew(reader), 0);
	cr_assert_eq(ledger_read_event(reader, 2, &event), 0);
	ledger_reader_reset(reader);
	ledger_reader_reset(reader);
}

struct walk {
	uint64_t n, last, stop_at;
};

static int count_event(void *ctx, const struct event *event)
{
	struct walk *walk = ctx;
	struct event expected = stored_event(1, event->revision);
	expected.revision = expected.result.revision = event->revision;
	cr_assert_gt(event->revision, walk->last);
	cr_assert(stored_event_equal(event, &expected));
	walk->n++;
	walk->last = event->revision;
	return event->revision == walk->stop_at ? 42 : 0;
}

Test(store_ledger, walks_events_that_have_a_body)
{
	struct walk walk = {0};
	cr_assert_eq(ledger_reader_renew(reader), 0);
	cr_assert_eq(ledger_each_event(reader, 1, count_event, &walk), 0);
	cr_assert_eq(walk.n, 0);
	append(10);
	drop(5);
	cr_assert_eq(ledger_reader_renew(reader), 0);
	cr_assert_eq(ledger_each_event(reader, 3, count_event, &walk), 0);
	cr_assert_eq(walk.n, 7);
	cr_assert_eq(walk.last, 10);
	walk = (struct walk){.stop_at = 4};
	cr_assert_eq(ledger_each_event(reader, 1, count_event, &walk), 42);
	cr_assert_eq(walk.n, 4);
	walk = (struct walk){0};
	cr_assert_eq(ledger_each_event(reader, 11, count_event, &walk), 0);
	cr_assert_eq(walk.n, 0);
}

static int flipped_read(uint64_t revision)
{
	struct event event;
	struct event_leaf leaf;
	cr_assert_eq(ledger_reader_renew(reader), 0);
	int r = ledger_read_event(reader, revision, &event);
	cr_assert_eq(ledger_read_leaf(reader, revision, &leaf), r);
	cr_assert_eq(ledger_begin(ledger), 0);
	cr_assert_eq(ledger_get(ledger, revision, &event), r);
	cr_assert_eq(ledger_drop_body(ledger, revision), r);
	ledger_abort(ledger);
	return r;
}

Test(store_ledger, every_flipped_byte_of_an_event_is_noticed)
{
	uint8_t key[8] = {0, 0, 0, 0, 0, 0, 0, 2};
	append(3);
	close_ledger();
	struct stored_value place = {scratch_path("ledger"), "events", span_bytes(key, 8)};
	size_t n_flipped = 0;
	while (stored_flip(&place, n_flipped)) {
		open_with(64 << 20);
		cr_assert_eq(flipped_read(2), -EBADMSG, "byte %zu", n_flipped);
		close_ledger();
		stored_flip(&place, n_flipped++);
	}
	cr_assert_gt(n_flipped, 100);
	open_with(64 << 20);
	cr_assert_eq(flipped_read(2), 0);
}

Test(store_ledger, an_event_in_the_place_of_another_is_noticed)
{
	uint8_t second[8] = {0, 0, 0, 0, 0, 0, 0, 2}, third[8] = {0, 0, 0, 0, 0, 0, 0, 3};
	struct walk walk = {0};
	append(3);
	close_ledger();
	struct stored_value from = {scratch_path("ledger"), "events", span_bytes(second, 8)};
	struct stored_value to = {scratch_path("ledger"), "events", span_bytes(third, 8)};
	struct span value = stored_read(&from);
	stored_write(&to, value);
	free((void *)(uintptr_t)value.data);
	/* The newest event is read at open. */
	cr_assert_eq(ledger_open(dir_fd, "ledger", &keys, 64 << 20, &ledger), -EBADMSG);
	value = stored_read(&from);
	to.key = span_bytes("\0\0\0\0\0\0\0\1", 8);
	stored_write(&to, value);
	free((void *)(uintptr_t)value.data);
	to.key = span_bytes(third, 8);
	stored_remove(&to);
	open_with(64 << 20);
	cr_assert_eq(ledger_head(ledger), 2);
	cr_assert_eq(flipped_read(1), -EBADMSG);
	cr_assert_eq(ledger_each_event(reader, 1, count_event, &walk), -EBADMSG);
}

/* -- full ----------------------------------------------------------------------------------- */

enum { SMALL_MAP_BYTES = 1 << 20 };

/* Additions stop at 85 %; then a group comes that is larger than all that is left. */
static void fill(void)
{
	while (ledger_used_bytes(ledger) < SMALL_MAP_BYTES / 100 * 85)
		append(100);
	int r = ledger_begin(ledger);
	for (uint64_t i = 0; r == 0 && i < 10000; i++) {
		struct event event = stored_event(1, ledger_head(ledger) + i + 1);
		r = ledger_append(ledger, &event);
	}
	cr_assert_eq(r, LEDGER_E_FULL);
	ledger_abort(ledger);
}

static void drop_many(uint64_t first, uint64_t n)
{
	cr_assert_eq(ledger_begin(ledger), 0);
	for (uint64_t i = first; i < first + n; i++)
		cr_assert_eq(ledger_drop_body(ledger, i), 0);
	cr_assert_eq(ledger_commit(ledger), 0);
}

Test(store_ledger, a_full_map_is_an_outcome_and_bodies_can_still_be_dropped)
{
	close_ledger();
	open_with(SMALL_MAP_BYTES);
	fill();
	uint64_t head = ledger_head(ledger), full = ledger_used_bytes(ledger);
	cr_assert_gt(head, 3000);
	cr_assert_leq(full, SMALL_MAP_BYTES);
	cr_assert_eq(ledger_reader_renew(reader), 0);
	check_event(head);
	ledger_reader_reset(reader);
	for (uint64_t revision = 1; revision < head; revision += 100)
		drop_many(revision, 100);
	/* LMDB joins pages below a quarter only, so nothing comes back; but nothing is taken. */
	cr_assert_leq(ledger_used_bytes(ledger), full + full / 100);
	append(100);
	cr_assert_eq(ledger_reader_renew(reader), 0);
	check_chain(head + 100);
}

/* -- identity ------------------------------------------------------------------------------- */

Test(store_ledger, another_key_is_told_from_rot)
{
	append(1);
	close_ledger();
	keys.tag_id++;
	keys.tag[0]++;
	cr_assert_eq(ledger_open(dir_fd, "ledger", &keys, 64 << 20, &ledger), LEDGER_E_KEY);
	keys.tag_id--; /* one key of 256 has the same id */
	cr_assert_eq(ledger_open(dir_fd, "ledger", &keys, 64 << 20, &ledger), -EBADMSG);
	keys.tag[0]--;
	struct stored_value schema = {scratch_path("ledger"), "meta", span_of(".schema")};
	stored_flip(&schema, 1);
	cr_assert_eq(ledger_open(dir_fd, "ledger", &keys, 64 << 20, &ledger), -EBADMSG);
	stored_flip(&schema, 1);
	open_with(64 << 20);
}

Test(store_ledger, a_newer_schema_is_refused)
{
	close_ledger();
	struct tag_key tag_key;
	uint8_t value[14] = {[13] = LEDGER_SCHEMA + 1};
	tag_key_derive(&keys, "ledger", "meta", &tag_key);
	tag_seal(&tag_key, span_of(".schema"), value, sizeof(value));
	struct stored_value schema = {scratch_path("ledger"), "meta", span_of(".schema")};
	stored_write(&schema, span_bytes(value, sizeof(value)));
	cr_assert_eq(ledger_open(dir_fd, "ledger", &keys, 64 << 20, &ledger), LEDGER_E_VERSION);
	value[13] = LEDGER_SCHEMA;
	tag_seal(&tag_key, span_of(".schema"), value, sizeof(value));
	stored_write(&schema, span_bytes(value, sizeof(value)));
	open_with(64 << 20);
}

Test(store_ledger, each_has_an_id_of_its_own_that_stays)
{
	uint8_t id[LEDGER_STORE_ID_BYTES];
	struct ledger *other;
	memcpy(id, ledger_store_id(ledger), sizeof(id));
	cr_assert_eq(ledger_open(dir_fd, "other", &keys, 1 << 20, &other), 0);
	cr_assert_neq(memcmp(id, ledger_store_id(other), sizeof(id)), 0);
	ledger_close(other);
	close_ledger();
	open_with(64 << 20);
	cr_assert_arr_eq(id, ledger_store_id(ledger), sizeof(id));
}

Test(store_ledger, events_without_identity_are_corrupt)
{
	append(1);
	close_ledger();
	struct stored_value schema = {scratch_path("ledger"), "meta", span_of(".schema")};
	stored_remove(&schema);
	cr_assert_eq(ledger_open(dir_fd, "ledger", &keys, 64 << 20, &ledger), -EBADMSG);
}
