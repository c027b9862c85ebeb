/* The view on a real environment: records, slices, walks, and what gives a changed file away. */
#include "daemon/store/view_private.h"
#include "tests/support/scratch.h"
#include "tests/support/stored.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

static struct keys keys;
static int dir_fd;
static struct view *view;
static struct view_reader *reader;

static void open_view(void)
{
	cr_assert_eq(view_open(dir_fd, "view", &keys, 64 << 20, &view), 0);
	cr_assert_eq(view_reader_new(view, &reader), 0);
}

static void close_view(void)
{
	reader = view_reader_free(reader);
	view_close(view);
	view = NULL;
}

static void begin(void)
{
	scratch_begin();
	keys = stored_keys();
	dir_fd = open(scratch_path(""), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	cr_assert_geq(dir_fd, 0);
	open_view();
}

static void end(void)
{
	close_view();
	close(dir_fd);
	scratch_end();
}

TestSuite(store_view, .init = begin, .fini = end);

static struct record record_of(uint64_t n)
{
	return stored_event(1, n).result;
}

static void put(uint32_t site_id, uint64_t first, uint64_t n, uint64_t checkpoint)
{
	cr_assert_eq(view_begin(view), 0);
	for (uint64_t i = first; i < first + n; i++) {
		struct record record = record_of(i);
		cr_assert_eq(view_put(view, stored_key(site_id, i), &record), 0);
	}
	cr_assert_eq(view_commit(view, checkpoint), 0);
	cr_assert_eq(view_reader_renew(reader), 0);
}

static void erase(uint32_t site_id, uint64_t n, uint64_t checkpoint)
{
	cr_assert_eq(view_begin(view), 0);
	cr_assert_eq(view_erase(view, stored_key(site_id, n)), 0);
	cr_assert_eq(view_commit(view, checkpoint), 0);
	cr_assert_eq(view_reader_renew(reader), 0);
}

struct walk {
	uint64_t n, n_bad, stop_at;
	struct record_key bad;
};

static int count_record(void *ctx, struct record_key key, const struct record *record)
{
	struct walk *walk = ctx;
	(void)key;
	(void)record;
	return ++walk->n == walk->stop_at ? 42 : 0;
}

static void count_bad(void *ctx, struct record_key key)
{
	struct walk *walk = ctx;
	walk->n_bad++;
	walk->bad = key;
}

static int walk_all(struct walk *walk)
{
	*walk = (struct walk){0};
	cr_assert_eq(view_reader_renew(reader), 0);
	return view_each(reader, count_record, count_bad, walk);
}

static struct stored_value place_of(uint32_t site_id, uint64_t n)
{
	static uint8_t key[RECORD_KEY_BYTES];
	record_key_encode(stored_key(site_id, n), key);
	return (struct stored_value){scratch_path("view"), "records", span_bytes(key, sizeof(key))};
}

Test(store_view, is_empty_at_first)
{
	struct record record;
	struct record_key key;
	struct walk walk;
	cr_assert_eq(view_checkpoint(view), 0);
	cr_assert_eq(view_count(view), 0);
	cr_assert_eq(walk_all(&walk), 0);
	cr_assert_eq(walk.n, 0);
	cr_assert_eq(view_read(reader, stored_key(1, 1), &record), VIEW_E_NOT_FOUND);
	cr_assert_eq(view_read_next(reader, 1, NULL, &key, &record), VIEW_E_NOT_FOUND);
}

Test(store_view, records_come_back_also_after_reopening)
{
	struct record record, expected = record_of(7);
	put(1, 1, 100, 100);
	for (int i = 0; i < 2; i++) {
		cr_assert_eq(view_checkpoint(view), 100);
		cr_assert_eq(view_count(view), 100);
		cr_assert_eq(view_reader_renew(reader), 0);
		cr_assert_eq(view_read(reader, stored_key(1, 7), &record), 0);
		cr_assert(stored_record_equal(&record, &expected));
		cr_assert_eq(view_read(reader, stored_key(2, 7), &record), VIEW_E_NOT_FOUND);
		close_view();
		open_view();
	}
}

Test(store_view, a_later_record_replaces_and_counts_once)
{
	struct walk walk;
	struct record record, longer = stored_record_longest();
	put(1, 1, 10, 10);
	cr_assert_eq(view_begin(view), 0);
	cr_assert_eq(view_put(view, stored_key(1, 3), &longer), 0);
	cr_assert_eq(view_put(view, stored_key(1, 3), &longer), 0);
	cr_assert_eq(view_commit(view, 11), 0);
	cr_assert_eq(view_count(view), 10);
	cr_assert_eq(walk_all(&walk), 0);
	cr_assert_eq(walk.n, 10);
	cr_assert_eq(view_read(reader, stored_key(1, 3), &record), 0);
	cr_assert(stored_record_equal(&record, &longer));
	put(1, 3, 1, 12);
	cr_assert_eq(walk_all(&walk), 0);
}

Test(store_view, erasing_takes_out_of_count_and_sum)
{
	struct walk walk;
	struct record record;
	put(1, 1, 10, 10);
	erase(1, 4, 11);
	erase(1, 4, 12);
	cr_assert_eq(view_count(view), 9);
	cr_assert_eq(view_checkpoint(view), 12);
	cr_assert_eq(view_read(reader, stored_key(1, 4), &record), VIEW_E_NOT_FOUND);
	cr_assert_eq(walk_all(&walk), 0);
	cr_assert_eq(walk.n, 9);
	for (uint64_t i = 1; i <= 10; i++)
		erase(1, i, 12 + i);
	cr_assert_eq(walk_all(&walk), 0);
	struct view_state state;
	cr_assert_eq(view_state_get(&reader->txn, &state), 0);
	cr_assert_eq(state.sum.word[0] | state.sum.word[1] | state.count, 0);
}

Test(store_view, the_sum_does_not_depend_on_the_order)
{
	struct view_state forward, backward;
	put(1, 1, 50, 50);
	cr_assert_eq(view_state_get(&reader->txn, &forward), 0);
	for (uint64_t i = 1; i <= 50; i++)
		erase(1, i, 50 + i);
	for (uint64_t i = 50; i >= 1; i--)
		put(1, i, 1, 200);
	cr_assert_eq(view_state_get(&reader->txn, &backward), 0);
	cr_assert_eq(forward.sum.word[0], backward.sum.word[0]);
	cr_assert_eq(forward.sum.word[1], backward.sum.word[1]);
	cr_assert_neq(forward.sum.word[0], 0);
	cr_assert_neq(forward.sum.word[1], 0);
}

Test(store_view, sums_carry_and_borrow)
{
	struct view_sum sum = {{UINT64_MAX, 5}};
	view_sum_add(&sum, (struct view_sum){{1, 0}});
	cr_assert_eq(sum.word[0], 0);
	cr_assert_eq(sum.word[1], 6);
	view_sum_subtract(&sum, (struct view_sum){{1, 6}});
	cr_assert_eq(sum.word[0], UINT64_MAX);
	cr_assert_eq(sum.word[1], UINT64_MAX);
}

Test(store_view, an_abort_forgets_the_open_slice)
{
	struct walk walk;
	struct record record = record_of(2);
	put(1, 1, 1, 1);
	cr_assert_eq(view_begin(view), 0);
	cr_assert_eq(view_put(view, stored_key(1, 2), &record), 0);
	view_abort(view);
	view_abort(view);
	cr_assert_eq(view_count(view), 1);
	cr_assert_eq(view_checkpoint(view), 1);
	cr_assert_eq(walk_all(&walk), 0);
}

/* A batch that is cut off after some slices keeps the old checkpoint, and can be applied again. */
Test(store_view, a_batch_is_committed_in_slices_and_may_be_repeated)
{
	struct walk walk;
	put(1, 1, 10, 10);
	cr_assert_eq(view_begin(view), 0);
	for (uint64_t i = 1; i <= VIEW_SLICE + 1; i++) {
		struct record record = record_of(i + 1000);
		cr_assert_eq(view_put(view, stored_key(1, i), &record), 0);
		cr_assert_eq(view_count(view), i <= VIEW_SLICE ? 10 : VIEW_SLICE);
	}
	view_abort(view);
	cr_assert_eq(view_checkpoint(view), 10);
	cr_assert_eq(view_count(view), VIEW_SLICE);
	cr_assert_eq(walk_all(&walk), 0);
	cr_assert_eq(walk.n, VIEW_SLICE);
	put(1, 1, VIEW_SLICE + 1, 20);
	cr_assert_eq(view_count(view), VIEW_SLICE + 1);
	cr_assert_eq(view_checkpoint(view), 20);
	cr_assert_eq(walk_all(&walk), 0);
}

/* -- walks ---------------------------------------------------------------------------------- */

Test(store_view, walks_one_site_in_the_order_of_its_keys)
{
	struct record_key key, before = {0};
	struct record record;
	put(1, 1, 20, 1);
	put(2, 1, 30, 2);
	put(3, 1, 10, 3);
	uint64_t n = 0;
	while (view_read_next(reader, 2, n ? &before.digest : NULL, &key, &record) == 0) {
		uint8_t a[RECORD_KEY_BYTES], b[RECORD_KEY_BYTES];
		cr_assert_eq(key.site_id, 2);
		record_key_encode(before, a);
		record_key_encode(key, b);
		cr_assert_lt(memcmp(a, b, sizeof(a)), 0);
		before = key;
		n++;
	}
	cr_assert_eq(n, 30);
	cr_assert_eq(view_read_next(reader, 3, NULL, &key, &record), 0);
	cr_assert_eq(view_read_next(reader, 4, NULL, &key, &record), VIEW_E_NOT_FOUND);
	cr_assert_eq(view_read_next(reader, 0, NULL, &key, &record), VIEW_E_NOT_FOUND);
}

Test(store_view, a_cursor_may_name_a_record_that_is_gone)
{
	struct record_key first, second, third;
	struct record record;
	put(1, 1, 3, 1);
	cr_assert_eq(view_read_next(reader, 1, NULL, &first, &record), 0);
	cr_assert_eq(view_read_next(reader, 1, &first.digest, &second, &record), 0);
	cr_assert_eq(view_begin(view), 0);
	cr_assert_eq(view_erase(view, first), 0);
	cr_assert_eq(view_commit(view, 2), 0);
	cr_assert_eq(view_reader_renew(reader), 0);
	cr_assert_eq(view_read_next(reader, 1, &first.digest, &third, &record), 0);
	cr_assert(proto_digest_equal(second.digest, third.digest));
}

Test(store_view, the_digest_of_all_zeros_is_a_record_like_others)
{
	struct record_key zero = {.site_id = 1}, key;
	struct record record = record_of(1);
	cr_assert_eq(view_begin(view), 0);
	cr_assert_eq(view_put(view, zero, &record), 0);
	cr_assert_eq(view_commit(view, 1), 0);
	cr_assert_eq(view_reader_renew(reader), 0);
	cr_assert_eq(view_read_next(reader, 1, NULL, &key, &record), 0);
	cr_assert(proto_digest_equal(key.digest, zero.digest));
	cr_assert_eq(view_read_next(reader, 1, &zero.digest, &key, &record), VIEW_E_NOT_FOUND);
}

Test(store_view, a_walk_ends_when_it_is_told_to)
{
	struct walk walk = {.stop_at = 5};
	put(1, 1, 10, 1);
	cr_assert_eq(view_each(reader, count_record, count_bad, &walk), 42);
	cr_assert_eq(walk.n, 5);
}

/* -- doubt ---------------------------------------------------------------------------------- */

Test(store_view, every_flipped_byte_of_a_record_is_noticed)
{
	struct walk walk;
	struct record record;
	put(1, 1, 10, 10);
	close_view();
	struct stored_value place = place_of(1, 5);
	size_t n_flipped = 0;
	while (stored_flip(&place, n_flipped)) {
		open_view();
		cr_assert_eq(walk_all(&walk), VIEW_E_DIFFERS);
		cr_assert_eq(walk.n, 9);
		cr_assert_eq(walk.n_bad, 1);
		cr_assert(proto_digest_equal(walk.bad.digest, stored_key(1, 5).digest));
		cr_assert_eq(view_read(reader, stored_key(1, 5), &record), -EBADMSG);
		close_view();
		stored_flip(&place, n_flipped++);
	}
	cr_assert_gt(n_flipped, TAG_BYTES + 20);
	open_view();
	cr_assert_eq(walk_all(&walk), 0);
}

Test(store_view, a_site_can_be_walked_past_a_bad_record)
{
	struct record_key key, last = {0};
	struct record record;
	put(1, 1, 20, 10);
	close_view();
	struct stored_value place = place_of(1, 5);
	stored_flip(&place, 12);
	open_view();
	cr_assert_eq(view_reader_renew(reader), 0);
	int n_good = 0, n_bad = 0, r;
	while ((r = view_read_next(reader, 1, n_good + n_bad ? &last.digest : NULL, &key,
	                &record)) != VIEW_E_NOT_FOUND) {
		cr_assert(r == 0 || r == -EBADMSG);
		n_good += r == 0;
		n_bad += r == -EBADMSG;
		last = key;
	}
	cr_assert_eq(n_good, 19);
	cr_assert_eq(n_bad, 1);
}

Test(store_view, a_removed_record_is_noticed_at_open)
{
	put(1, 1, 10, 10);
	close_view();
	struct stored_value place = place_of(1, 5);
	struct span value = stored_read(&place);
	stored_remove(&place);
	cr_assert_eq(view_open(dir_fd, "view", &keys, 64 << 20, &view), -EBADMSG);
	stored_write(&place, value);
	free((void *)(uintptr_t)value.data);
	open_view();
}

/* Its tag is good: only the sum knows that another value was written since. */
Test(store_view, an_older_value_put_back_is_noticed)
{
	struct walk walk;
	struct record longer = stored_record_longest();
	put(1, 1, 10, 10);
	close_view();
	struct stored_value place = place_of(1, 5);
	struct span older = stored_read(&place);
	open_view();
	cr_assert_eq(view_begin(view), 0);
	cr_assert_eq(view_put(view, stored_key(1, 5), &longer), 0);
	cr_assert_eq(view_commit(view, 11), 0);
	close_view();
	stored_write(&place, older);
	free((void *)(uintptr_t)older.data);
	open_view();
	cr_assert_eq(walk_all(&walk), VIEW_E_DIFFERS);
	cr_assert_eq(walk.n, 10);
	cr_assert_eq(walk.n_bad, 0);
}

Test(store_view, a_bad_record_can_be_overwritten_and_is_still_noticed)
{
	struct walk walk;
	struct record record;
	put(1, 1, 10, 10);
	close_view();
	struct stored_value place = place_of(1, 5);
	stored_flip(&place, 12);
	open_view();
	put(1, 5, 1, 11);
	cr_assert_eq(view_read(reader, stored_key(1, 5), &record), 0);
	cr_assert_eq(view_count(view), 10);
	cr_assert_eq(walk_all(&walk), VIEW_E_DIFFERS);
	cr_assert_eq(walk.n, 10);
}

Test(store_view, a_bad_state_is_no_view)
{
	put(1, 1, 10, 10);
	close_view();
	struct stored_value state = {scratch_path("view"), "meta", span_of("state")};
	for (size_t i = 0; stored_flip(&state, i); i++) {
		cr_assert_eq(view_open(dir_fd, "view", &keys, 64 << 20, &view), -EBADMSG);
		stored_flip(&state, i);
	}
	open_view();
}

Test(store_view, belongs_to_one_store)
{
	static const uint8_t mine[VIEW_STORE_ID_BYTES] = {1}, other[VIEW_STORE_ID_BYTES] = {2};
	cr_assert_eq(view_bind(view, mine), 0);
	cr_assert_eq(view_bind(view, mine), 0);
	cr_assert_eq(view_bind(view, other), VIEW_E_DIFFERS);
	close_view();
	open_view();
	cr_assert_eq(view_bind(view, other), VIEW_E_DIFFERS);
	cr_assert_eq(view_bind(view, mine), 0);
}

Test(store_view, with_records_but_no_store_is_nobodys)
{
	static const uint8_t mine[VIEW_STORE_ID_BYTES] = {1};
	put(1, 1, 1, 1);
	cr_assert_eq(view_bind(view, mine), VIEW_E_DIFFERS);
}

Test(store_view, a_full_map_is_an_outcome_and_erasing_still_works)
{
	enum { MAP_BYTES = 512 << 10, STEP = 20 };
	struct walk walk;
	uint64_t n = 0;
	int r = 0;
	close_view();
	cr_assert_eq(view_open(dir_fd, "view", &keys, MAP_BYTES, &view), 0);
	cr_assert_eq(view_reader_new(view, &reader), 0);
	for (; view_used_bytes(view) < MAP_BYTES / 100 * 25; n += STEP) {
		put(1, n, STEP, n);
		view_reader_reset(reader);
	}
	cr_assert_eq(view_begin(view), 0);
	for (uint64_t i = 0; r == 0 && i < VIEW_SLICE; i++) {
		struct record record = record_of(i);
		r = view_put(view, stored_key(2, i), &record);
	}
	cr_assert_eq(r, VIEW_E_FULL);
	view_abort(view);
	cr_assert_eq(view_count(view), n);
	for (uint64_t first = 0; first < n; first += STEP) {
		cr_assert_eq(view_begin(view), 0);
		for (uint64_t i = first; i < first + STEP; i++)
			cr_assert_eq(view_erase(view, stored_key(1, i)), 0);
		cr_assert_eq(view_commit(view, n + first), 0);
	}
	cr_assert_eq(walk_all(&walk), 0);
}
