/*
 * Growth: when it begins, what is in the table meanwhile and afterwards; and a map that may not grow.
 */
#include <criterion/criterion.h>

#include "daemon/commit/lines_table.h"
#include "tests/daemon/commit/numbered.h"

Test(growth, begins_one_past_85_percent)
{
	struct lines *lines = lines_open(0); /* 64 lines; 51 are at most 85 % */

	lines_reserve(lines, 51);
	cr_expect_not(lines_grow_slice(lines, 1));
	put_numbered(lines, 0, 51, 1);
	lines_reserve(lines, 0);
	cr_expect_not(lines_grow_slice(lines, 1));
	lines_reserve(lines, 1);
	cr_expect(lines_grow_slice(lines, 1));
	cr_expect_eq(lines_capacity(lines), 64, "not swapped yet");
	lines_free(lines);
}

Test(growth, sends_every_change_to_both_and_swaps_once)
{
	struct lines *lines = lines_open(0);
	struct proto_map old = lines_map(lines);
	unsigned int n_slices = 1;

	put_numbered(lines, 0, 51, 1);
	lines_set_time_floor(lines, 5);
	lines_set_applied_revision(lines, 6);
	lines_reserve(lines, 4);
	cr_assert(lines_grow_slice(lines, 1000), "its memory");
	cr_assert(lines_grow_slice(lines, 30));
	/* While it grows: new, changed and erased ones, on both sides of what is copied. */
	put_numbered(lines, 51, 55, 2);
	put_numbered(lines, 0, 20, 3);
	for (uint64_t i = 20; i < 30; i++)
		lines_erase(lines, digest_of(i));
	lines_put_link(lines, digest_of(30), digest_of(0));
	lines_set_applied_revision(lines, 7);
	lines_set_policy_generation(lines, 8);
	expect_numbered(lines, 0, 20, 3);
	while (lines_grow_slice(lines, 10))
		n_slices++;
	cr_expect_eq(n_slices, 1 + 3, "30, then 10, 10, 10, 4");

	cr_expect_eq(old.header->state, PROTO_MAP_RETIRED);
	cr_expect_eq(lines_map(lines).header->state, PROTO_MAP_ALIVE);
	cr_expect_neq(lines_map(lines).header, old.header);
	cr_expect_eq(lines_map(lines).header->instance, 7);
	cr_expect_eq(lines_map(lines).header->time_floor, 5);
	cr_expect_eq(lines_map(lines).header->applied_revision, 7);
	cr_expect_eq(lines_map(lines).header->policy_generation, 8);
	cr_expect_eq(lines_count(lines), 45);
	expect_numbered(lines, 0, 20, 3);
	for (uint64_t i = 20; i < 30; i++)
		expect_answer(lines, digest_of(i), PROTO_MAP_ABSENT);
	expect(lines, digest_of(30), state_of(0, UINT64_MAX, 0, 3));
	expect_numbered(lines, 31, 51, 1);
	expect_numbered(lines, 51, 55, 2);
	cr_expect_eq(free_retired(lines), 1);
	cr_expect_eq(free_retired(lines), 0);
	lines_free(lines);
}

Test(growth, by_a_quarter_and_in_64s)
{
	struct lines *lines = lines_open(1000000);
	uint64_t capacity = lines_capacity(lines);

	cr_expect_eq(capacity % 64, 0);
	cr_expect(capacity * 85 / 100 >= 1250000 && capacity < 1500000, "%lu", capacity);
	lines_free(lines);

	lines = lines_open(0);
	for (uint64_t n = 0, last = 64; n < 20000; n++) {
		lines_reserve(lines, 1);
		put_numbered(lines, n, n + 1, 1);
		lines_grow_slice(lines, 64);
		if (lines_capacity(lines) == last)
			continue;
		cr_expect_geq(lines_capacity(lines), last / 4 * 5);
		cr_expect_leq(lines_capacity(lines), last / 4 * 5 + 128);
		cr_expect_eq(lines_capacity(lines) % 64, 0);
		last = lines_capacity(lines);
		free_retired(lines);
	}
	expect_numbered(lines, 0, 20000, 1);
	cr_expect_leq(lines_capacity(lines) * 64, 100 * 20000, "at most 100 bytes a subject");
	lines_free(lines);
}

Test(growth, room_that_was_reserved_is_there)
{
	/* Without one slice: every reserve must do by itself what is needed. */
	struct lines *lines = lines_open(0);
	uint64_t n = 0;

	for (unsigned int step = 1; step < 200; step += 7) {
		lines_reserve(lines, step);
		put_numbered(lines, n, n + step, 1);
		n += step;
	}
	lines_reserve(lines, 100000);
	put_numbered(lines, n, n + 100000, 1);
	expect_numbered(lines, 0, n + 100000, 1);
	cr_expect_eq(lines_count(lines), n + 100000);
	cr_expect_gt(free_retired(lines), 0);
	lines_free(lines);
}

Test(growth, drops_tombstones_and_stays_as_large)
{
	struct lines *lines = lines_open(0);

	for (uint64_t n = 0; n < 10000; n++) {
		lines_reserve(lines, 1);
		put_numbered(lines, n, n + 1, 1);
		if (n >= 10)
			lines_erase(lines, digest_of(n - 10));
		lines_grow_slice(lines, 16);
		free_retired(lines);
	}
	cr_expect_eq(lines_count(lines), 10);
	cr_expect_eq(lines_capacity(lines), 64);
	expect_numbered(lines, 9990, 10000, 1);
	lines_free(lines);
}

Test(growth, changes_before_the_memory_is_there_are_copied_later)
{
	struct lines *lines = lines_open(0);

	put_numbered(lines, 0, 51, 1);
	lines_reserve(lines, 4);
	cr_assert(lines_grow_slice(lines, 1), "memory for one line of many");
	put_numbered(lines, 51, 55, 2);
	lines_erase(lines, digest_of(3));
	while (lines_grow_slice(lines, 1))
		;
	cr_expect_eq(free_retired(lines), 1);
	expect_numbered(lines, 4, 51, 1);
	expect_numbered(lines, 51, 55, 2);
	expect_answer(lines, digest_of(3), PROTO_MAP_ABSENT);
	lines_free(lines);
}

Test(growth, without_memory_a_miss_means_nothing)
{
	struct lines *lines = lines_open(0);

	put_numbered(lines, 0, 10, 1);
	lines_reserve(lines, 41);
	cr_expect_not(lines_are_partial(lines));
	expect_answer(lines, digest_of(10), PROTO_MAP_ABSENT);
	lines_reserve(lines, UINT64_C(1) << 45);
	cr_expect(lines_are_partial(lines));
	cr_expect_eq(lines_capacity(lines), 64);
	cr_expect_not(lines_grow_slice(lines, 1));
	expect_numbered(lines, 0, 10, 1);
	expect_answer(lines, digest_of(10), PROTO_MAP_DOUBT);
	lines_free(lines);
	cr_expect_lt(lines_new(UINT64_MAX, UINT64_MAX, 7, &lines), 0);
}

/* Of a partial map: `n` subjects were put one after the other, as the committer does. */
static struct lines *partial_of(uint64_t n_bytes, uint64_t n)
{
	struct lines *lines;

	cr_assert_eq(lines_new(0, n_bytes, 7, &lines), 0);
	for (uint64_t i = 0; i < n; i++) {
		struct proto_state will = state_of(1, 1, 5, 5);

		lines_reserve(lines, 1);
		lines_meet(lines, digest_of(i), &will);
		put_numbered(lines, i, i + 1, 1);
		lines_grow_slice(lines, 64);
	}
	return lines;
}

Test(partial, begins_one_past_what_fits)
{
	/* 128 lines; 94 % of them are 120. */
	struct lines *lines = partial_of(4096 + 128 * 64, 120);

	cr_expect_eq(lines_capacity(lines), 128);
	cr_expect_not(lines_are_partial(lines));
	expect_numbered(lines, 0, 120, 1);
	lines_free(lines);

	lines = partial_of(4096 + 128 * 64, 121);
	cr_expect(lines_are_partial(lines));
	expect_numbered(lines, 0, 120, 1);
	expect_answer(lines, digest_of(120), PROTO_MAP_DOUBT);
	lines_free(lines);
}

Test(partial, who_has_a_line_keeps_it_up_to_date)
{
	struct lines *lines = partial_of(4096 + 128 * 64, 1000);

	cr_expect_eq(lines_capacity(lines), 128);
	put_numbered(lines, 0, 1000, 2);
	expect_numbered(lines, 0, 120, 2);
	for (uint64_t i = 120; i < 1000; i++)
		expect_answer(lines, digest_of(i), PROTO_MAP_DOUBT);
	for (uint64_t i = 0; i < 1000; i++)
		lines_erase(lines, digest_of(i));
	for (uint64_t i = 0; i < 1000; i++)
		expect_answer(lines, digest_of(i), PROTO_MAP_DOUBT);
	lines_free(lines);
}

Test(partial, room_that_was_erased_is_used_again)
{
	struct lines *lines = partial_of(4096 + 128 * 64, 200);

	for (uint64_t i = 0; i < 60; i++)
		lines_erase(lines, digest_of(i));
	lines_reserve(lines, 1);
	while (lines_grow_slice(lines, 64))
		put_numbered(lines, 60, 120, 3);
	cr_expect_eq(free_retired(lines) > 0, true);
	put_numbered(lines, 300, 310, 4);
	expect_numbered(lines, 60, 120, 3);
	expect_numbered(lines, 300, 310, 4);
	expect_answer(lines, digest_of(0), PROTO_MAP_DOUBT);
	lines_free(lines);
}

Test(partial, a_start_with_more_than_fits_is_one)
{
	struct lines *lines;

	cr_assert_eq(lines_new(1000000, 4096 + 128 * 64, 7, &lines), 0);
	lines_reserve(lines, 1000000);
	put_numbered(lines, 0, 200, 1);
	cr_expect(lines_are_partial(lines));
	expect_numbered(lines, 0, 120, 1);
	expect_answer(lines, digest_of(150), PROTO_MAP_DOUBT);
	lines_free(lines);
}
