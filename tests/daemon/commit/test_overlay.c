/* The overlay and its tables: what is found, in which order, and when a drain begins. */
#include "daemon/commit/overlay.h"

#include <criterion/criterion.h>
#include <endian.h>

static struct record_key key_of(uint64_t site_id, uint64_t n)
{
	/* Stored as bytes, so that digests ascend with n. */
	return (struct record_key){(uint32_t)site_id, {{htobe64(n), 0}}};
}

static void put(struct record_table *table, struct record_key key, uint64_t revision)
{
	cr_assert_eq(record_table_reserve(table, 1), 0);
	struct record_entry *entry = record_table_put(table, key);
	entry->exists = true;
	entry->record = (struct record){.revision = revision};
}

static void add(struct overlay *overlay, struct record_table *group, uint64_t revision)
{
	cr_assert_eq(overlay_reserve(overlay, group->n_entries), 0);
	overlay_add(overlay, group, revision);
	record_table_clear(group);
}

Test(record_table, finds_what_was_put_and_nothing_else)
{
	struct record_table table = {0};

	for (uint64_t i = 0; i < 10000; i++)
		put(&table, key_of(1 + i % 3, i), i);
	put(&table, key_of(1, 0), 77);
	cr_assert_eq(table.n_entries, 10000);
	for (uint64_t i = 0; i < 10000; i++) {
		struct record_entry *entry = record_table_find(&table, key_of(1 + i % 3, i));

		cr_assert_not_null(entry);
		cr_assert_eq(entry->record.revision, i == 0 ? 77 : i);
		cr_assert_null(record_table_find(&table, key_of(1 + (i + 1) % 3, i)));
	}
	record_table_clear(&table);
	cr_assert_null(record_table_find(&table, key_of(1, 0)));
	record_table_deinit(&table);
}

Test(overlay, filling_hides_draining)
{
	struct overlay overlay;
	struct record_table group = {0};
	struct record_entry entry;
	uint64_t revision;

	cr_assert_eq(overlay_init(&overlay, 0), 0);
	put(&group, key_of(1, 5), 1);
	put(&group, key_of(1, 6), 2);
	add(&overlay, &group, 2);
	cr_assert(overlay_drain(&overlay, 1, 60000, &revision));
	cr_assert_eq(revision, 2);
	put(&group, key_of(1, 5), 3);
	add(&overlay, &group, 3);
	cr_assert(overlay_find(&overlay, key_of(1, 5), &entry));
	cr_assert_eq(entry.record.revision, 3);
	cr_assert(overlay_find(&overlay, key_of(1, 6), &entry));
	cr_assert_eq(entry.record.revision, 2);
	overlay_drained(&overlay);
	cr_assert_not(overlay_find(&overlay, key_of(1, 6), &entry));
	cr_assert(overlay_find(&overlay, key_of(1, 5), &entry));
	record_table_deinit(&group);
	overlay_deinit(&overlay);
}

Test(overlay, a_range_has_the_smallest_in_order_and_each_once)
{
	struct overlay overlay;
	struct record_table group = {0};
	struct record_entry found[10];
	struct proto_digest after = key_of(1, 3).digest;
	uint64_t revision;

	cr_assert_eq(overlay_init(&overlay, 0), 0);
	for (uint64_t i = 0; i < 100; i++)
		put(&group, key_of(1 + i % 2, 99 - i), i);
	add(&overlay, &group, 100);
	cr_assert(overlay_drain(&overlay, 1, 60000, &revision));
	for (uint64_t i = 0; i < 10; i++)
		put(&group, key_of(1, i), 200 + i);
	add(&overlay, &group, 110);
	/* Site 1 has the odd numbers of the first hundred, and 0 to 9 of the later ones. */
	cr_assert_eq(overlay_range(&overlay, 1, &after, found, 10), 10);
	const uint64_t expected[] = {4, 5, 6, 7, 8, 9, 11, 13, 15, 17};
	for (size_t i = 0; i < 10; i++) {
		cr_assert_eq(be64toh(found[i].key.digest.word[0]), expected[i]);
		cr_assert_eq(found[i].record.revision >= 200, expected[i] < 10);
	}
	cr_assert_eq(overlay_range(&overlay, 3, NULL, found, 10), 0);
	record_table_deinit(&group);
	overlay_deinit(&overlay);
}

static void *stop_it(void *ctx)
{
	overlay_stop(ctx);
	return NULL;
}

Test(overlay, a_stop_drains_what_is_left_and_then_ends)
{
	struct overlay overlay;
	struct record_table group = {0};
	pthread_t thread;
	uint64_t revision;

	cr_assert_eq(overlay_init(&overlay, 0), 0);
	put(&group, key_of(1, 5), 1);
	add(&overlay, &group, 1);
	cr_assert_eq(pthread_create(&thread, NULL, stop_it, &overlay), 0);
	cr_assert(overlay_drain(&overlay, 1000, 60000, &revision), "without waiting a minute");
	overlay_drained(&overlay);
	cr_assert_not(overlay_drain(&overlay, 1000, 60000, &revision));
	cr_assert_eq(pthread_join(thread, NULL), 0);
	record_table_deinit(&group);
	overlay_deinit(&overlay);
}

static void *drain_it(void *ctx)
{
	uint64_t revision;

	if (overlay_drain(ctx, 1000, 60000, &revision))
		overlay_drained(ctx);
	return NULL;
}

Test(overlay, who_waits_for_room_hurries_the_drain)
{
	struct overlay overlay;
	struct record_table group = {0};
	pthread_t thread;

	cr_assert_eq(overlay_init(&overlay, 0), 0);
	put(&group, key_of(1, 5), 1);
	add(&overlay, &group, 100);
	overlay_wait_for_room(&overlay, 100, 101);
	cr_assert_eq(pthread_create(&thread, NULL, drain_it, &overlay), 0);
	overlay_wait_for_room(&overlay, 100, 100);
	cr_assert_eq(overlay.applied_to, 100);
	cr_assert_eq(pthread_join(thread, NULL), 0);
	record_table_deinit(&group);
	overlay_deinit(&overlay);
}

static void *wait_for_room(void *ctx)
{
	overlay_wait_for_room(ctx, 10, 5);
	return NULL;
}

/* A view without room must not hold a stop up. */
Test(overlay, may_lag_when_the_daemon_stops, .timeout = 60)
{
	struct overlay overlay;
	pthread_t waiting;

	cr_assert_eq(overlay_init(&overlay, 0), 0);
	cr_assert_eq(pthread_create(&waiting, NULL, wait_for_room, &overlay), 0);
	overlay_let_lag(&overlay);
	cr_assert_eq(pthread_join(waiting, NULL), 0);
	overlay_wait_for_room(&overlay, 100, 5);
	overlay_deinit(&overlay);
}

static void *drain(void *ctx)
{
	uint64_t revision;

	return overlay_drain(ctx, 1000, UINT32_MAX, &revision) ? ctx : NULL;
}

Test(overlay, an_erasure_hastens_the_view, .timeout = 60)
{
	struct record_table group = {0};
	struct overlay overlay;
	pthread_t draining;
	void *drained;

	cr_assert_eq(overlay_init(&overlay, 0), 0);
	cr_assert_eq(pthread_create(&draining, NULL, drain, &overlay), 0);
	cr_assert_eq(record_table_reserve(&group, 1), 0);
	record_table_put(&group, (struct record_key){.site_id = 1})->exists = false;
	cr_assert_eq(overlay_reserve(&overlay, 1), 0);
	overlay_add(&overlay, &group, 1);
	overlay_hasten(&overlay);
	pthread_join(draining, &drained);
	cr_expect_eq(drained, &overlay);
	record_table_deinit(&group);
	overlay_deinit(&overlay);
}
