/*
 * The writer of the lines, alone: what readers find after each change, what a meet is, and growth.
 */
#include "daemon/commit/lines.h"

#include <criterion/criterion.h>
#include <errno.h>

static struct proto_digest digest_of(uint64_t i)
{
	/* Spread, as SipHash would. */
	uint64_t x = (i + 1) * UINT64_C(0x9e3779b97f4a7c15);

	return (struct proto_digest){{x ^ (x >> 31), i}};
}

static struct lines *lines_open(uint64_t n_subjects)
{
	struct lines *lines;

	cr_assert_eq(lines_new(n_subjects, 7, &lines), 0);
	return lines;
}

static enum proto_map_answer find(
        struct lines *lines, struct proto_digest digest, struct proto_state *ret)
{
	struct proto_map map = lines_map(lines);

	return proto_map_find(&map, digest, ret);
}

static struct proto_state state_of(
        uint64_t decided, uint64_t given, uint32_t given_until, uint32_t refused_until)
{
	return (struct proto_state){{{decided, 0}}, {{given, 0}}, given_until, refused_until};
}

static void expect(struct lines *lines, struct proto_digest digest, struct proto_state want)
{
	struct proto_state got = {.given_until = 12345};

	cr_assert_eq(find(lines, digest, &got), PROTO_MAP_FOUND);
	cr_expect_eq(got.decided.word[0], want.decided.word[0]);
	cr_expect_eq(got.decided.word[1], want.decided.word[1]);
	cr_expect_eq(got.given.word[0], want.given.word[0]);
	cr_expect_eq(got.given.word[1], want.given.word[1]);
	cr_expect_eq(got.given_until, want.given_until);
	cr_expect_eq(got.refused_until, want.refused_until);
}

static void expect_answer(
        struct lines *lines, struct proto_digest digest, enum proto_map_answer want)
{
	struct proto_state state;

	cr_expect_eq(find(lines, digest, &state), want);
}

Test(lines, a_new_table_is_empty_and_says_what_it_is)
{
	struct lines *lines = lines_open(0);
	struct proto_map map = lines_map(lines);

	expect_answer(lines, digest_of(1), PROTO_MAP_ABSENT);
	cr_expect_eq(lines_count(lines), 0);
	cr_expect_eq(lines_capacity(lines), 64);
	cr_expect_eq(map.capacity, 64);
	cr_expect_eq(map.header->magic, PROTO_MAP_MAGIC);
	cr_expect_eq(map.header->layout, PROTO_MAP_LAYOUT);
	cr_expect_eq(map.header->n_line_bytes, 64);
	cr_expect_eq(map.header->instance, 7);
	cr_expect_eq(map.header->state, PROTO_MAP_ALIVE);
	cr_expect_eq((uintptr_t)map.lines % 64, 0);
	lines_free(lines);
	cr_expect_null(lines_free(NULL));
}

Test(lines, put_put_again_and_erase)
{
	struct lines *lines = lines_open(10);

	lines_put(lines, digest_of(1), &(struct proto_state){{{1, 2}}, {{3, 4}}, 5, 6});
	expect(lines, digest_of(1), (struct proto_state){{{1, 2}}, {{3, 4}}, 5, 6});
	expect_answer(lines, digest_of(2), PROTO_MAP_ABSENT);
	lines_put(lines, digest_of(1), &(struct proto_state){{{9, 8}}, {{7, 6}}, 5, 4});
	expect(lines, digest_of(1), (struct proto_state){{{9, 8}}, {{7, 6}}, 5, 4});
	cr_expect_eq(lines_count(lines), 1);
	cr_expect_eq(lines_map(lines).header->count, 1);
	lines_erase(lines, digest_of(1));
	expect_answer(lines, digest_of(1), PROTO_MAP_ABSENT);
	lines_erase(lines, digest_of(1));
	lines_erase(lines, digest_of(2));
	cr_expect_eq(lines_count(lines), 0);
	cr_expect_eq(lines_map(lines).header->count, 0);
	lines_free(lines);
}

Test(lines, an_erased_digest_is_nowhere_in_memory)
{
	struct lines *lines = lines_open(10);
	struct proto_digest digest = digest_of(1);
	struct proto_state state = state_of(1, 1, 2, 3);
	struct proto_map map;

	lines_put(lines, digest, &state);
	lines_erase(lines, digest);
	map = lines_map(lines);
	for (uint64_t i = 0; i < map.capacity; i++) {
		cr_expect_neq(map.lines[i].digest[0], digest.word[0]);
		cr_expect_eq(map.lines[i].decided[0], 0);
	}
	/* A second line is taken; the tombstone stays. */
	lines_put(lines, digest, &state);
	expect(lines, digest, state);
	lines_free(lines);
}

Test(lines, links_and_doubts)
{
	struct lines *lines = lines_open(10);
	struct proto_state state = state_of(1, 1, 2, 3);

	lines_put_link(lines, digest_of(1), digest_of(2));
	expect_answer(lines, digest_of(1), PROTO_MAP_ABSENT);
	lines_put(lines, digest_of(2), &state);
	expect(lines, digest_of(1), state);
	lines_put_doubt(lines, digest_of(2));
	expect_answer(lines, digest_of(1), PROTO_MAP_DOUBT);
	expect_answer(lines, digest_of(2), PROTO_MAP_DOUBT);
	lines_put(lines, digest_of(2), &state);
	expect(lines, digest_of(1), state);
	lines_put(lines, digest_of(1), &(struct proto_state){.refused_until = 9});
	expect(lines, digest_of(1), (struct proto_state){.refused_until = 9});
	lines_free(lines);
}

/* -- meets ---------------------------------------------------------------------------------- */

Test(meet, refused_wins_over_undecided_over_given)
{
	/*           bits   0 1 2  3 4 5  6 7 8
	 * before           u u u  g g g  r r r
	 * after            u g r  u g r  u g r
	 * meet             u u r  u g r  r r r */
	struct proto_state before = state_of(0770 /* 3..8 */, 0070, 100, 50);
	struct proto_state after = state_of(0666 /* 1,2 4,5 7,8 */, 0222, 70, 80);
	struct proto_state meet = lines_meet_of(&before, &after);
	uint64_t refused = 1 << 2 | 1 << 5 | 1 << 6 | 1 << 7 | 1 << 8;

	cr_expect_eq(meet.given.word[0], 1 << 4);
	cr_expect_eq(meet.decided.word[0], refused | 1 << 4);
	cr_expect_eq(meet.given_until, 70);
	cr_expect_eq(meet.refused_until, 50);
	meet = lines_meet_of(&after, &before);
	cr_expect_eq(meet.given.word[0], 1 << 4);
	cr_expect_eq(meet.decided.word[0], refused | 1 << 4);
}

Test(meet, no_record_decides_nothing)
{
	struct proto_state state = state_of(3, 1, 100, 50), meet = lines_meet_of(&state, NULL);

	cr_expect_eq(meet.given.word[0], 0);
	cr_expect_eq(meet.decided.word[0], 2);
	cr_expect_eq(meet.given_until, 0);
	meet = lines_meet_of(NULL, NULL);
	cr_expect_eq(meet.decided.word[0], 0);
}

/* No answer of the one decision may be a yes by the meet that was a no by either side. */
Test(meet, is_never_a_yes_where_either_side_is_a_no)
{
	static const enum proto_basis bases[] = {
	        PROTO_BASIS_AUDIENCE_MEASUREMENT, PROTO_BASIS_CONSENT, PROTO_BASIS_OPT_OUT};
	const bool yes[14] = {[3] = true, [6] = true, [9] = true, [12] = true};

	for (unsigned int i = 0; i < 3 * 3 * 3 * 9 * 9 * 4; i++) {
		unsigned int n = i, a_bits, b_bits, exempt_gpc;
		struct proto_state a, b, meet;
		struct proto_service service = {.basis = bases[n % 3]};
		struct proto_circumstances c = {.now = 100};

		n /= 3;
		a_bits = n % 3, n /= 3, b_bits = n % 3, n /= 3;
		a = state_of(a_bits > 0, a_bits == 1, 99 + n % 3, 99 + n / 3 % 3), n /= 9;
		b = state_of(b_bits > 0, b_bits == 1, 99 + n % 3, 99 + n / 3 % 3), n /= 9;
		exempt_gpc = n % 4;
		service.exempt = exempt_gpc & 1;
		c.gpc = exempt_gpc & 2;
		meet = lines_meet_of(&a, &b);
		if (yes[proto_decide(&service, &meet, &c)])
			cr_assert(yes[proto_decide(&service, &a, &c)] &&
			                  yes[proto_decide(&service, &b, &c)],
			        "case %u", i);
	}
}

Test(meet, of_a_line_and_what_it_will_be)
{
	struct lines *lines = lines_open(10);
	struct proto_state before = state_of(7, 6, 100, 50), after = state_of(7, 5, 200, 60);

	lines_put(lines, digest_of(1), &before);
	lines_meet(lines, digest_of(1), &after);
	expect(lines, digest_of(1), state_of(7, 4, 100, 50));
	/* It only ever gets less, whatever the group does next. */
	lines_meet(lines, digest_of(1), &before);
	expect(lines, digest_of(1), state_of(7, 4, 100, 50));
	lines_meet(lines, digest_of(1), NULL);
	expect(lines, digest_of(1), state_of(3, 0, 0, 0));
	lines_free(lines);
}

Test(meet, of_a_subject_without_a_record)
{
	struct lines *lines = lines_open(10);
	struct proto_state gives = state_of(3, 3, 100, 0), refuses = state_of(7, 3, 100, 50);

	lines_meet(lines, digest_of(1), &gives);
	expect_answer(lines, digest_of(1), PROTO_MAP_ABSENT);
	lines_meet(lines, digest_of(1), NULL);
	expect_answer(lines, digest_of(1), PROTO_MAP_ABSENT);
	lines_meet(lines, digest_of(1), &refuses);
	expect(lines, digest_of(1), state_of(4, 0, 0, 0));
	lines_free(lines);
}

Test(meet, of_a_link_stands_by_itself)
{
	struct lines *lines = lines_open(10);
	struct proto_state account = state_of(3, 3, 100, 0), own = state_of(3, 1, 100, 50);

	lines_put(lines, digest_of(2), &account);
	lines_put_link(lines, digest_of(1), digest_of(2));
	lines_meet(lines, digest_of(1), &own);
	expect(lines, digest_of(1), state_of(3, 1, 100, 0));
	expect(lines, digest_of(2), account);
	lines_free(lines);
}

Test(meet, cuts_a_link_to_an_account_without_a_record)
{
	struct lines *lines = lines_open(10);
	struct proto_state gives = state_of(3, 3, 100, 0);

	lines_put_link(lines, digest_of(1), digest_of(2));
	lines_meet(lines, digest_of(1), NULL);
	/* The account gets its record by the same group: nothing of the session any more. */
	lines_put(lines, digest_of(2), &gives);
	expect(lines, digest_of(1), state_of(0, 0, 0, 0));
	lines_free(lines);
}

Test(meet, of_a_doubt_is_a_doubt)
{
	struct lines *lines = lines_open(10);
	struct proto_state gives = state_of(3, 3, 100, 0);

	lines_put_doubt(lines, digest_of(1));
	lines_meet(lines, digest_of(1), &gives);
	expect_answer(lines, digest_of(1), PROTO_MAP_DOUBT);
	lines_put_link(lines, digest_of(2), digest_of(1));
	lines_meet(lines, digest_of(2), &gives);
	lines_put(lines, digest_of(1), &gives);
	expect_answer(lines, digest_of(2), PROTO_MAP_DOUBT);
	lines_free(lines);
}

/* -- growth --------------------------------------------------------------------------------- */

static void put_numbered(struct lines *lines, uint64_t from, uint64_t to, uint32_t salt)
{
	for (uint64_t i = from; i < to; i++) {
		struct proto_state state = state_of(i, ~i, (uint32_t)i, salt);

		lines_put(lines, digest_of(i), &state);
	}
}

static void expect_numbered(struct lines *lines, uint64_t from, uint64_t to, uint32_t salt)
{
	for (uint64_t i = from; i < to; i++)
		expect(lines, digest_of(i), state_of(i, ~i, (uint32_t)i, salt));
}

static unsigned int free_retired(struct lines *lines)
{
	struct lines_table *table;
	unsigned int n = 0;

	for (; (table = lines_take_retired(lines)); n++)
		lines_table_free(table);
	return n;
}

Test(growth, begins_one_past_85_percent)
{
	struct lines *lines = lines_open(0); /* 64 lines; 51 are at most 85 % */

	cr_assert_eq(lines_reserve(lines, 51), 0);
	cr_expect_not(lines_grow_slice(lines, 1));
	put_numbered(lines, 0, 51, 1);
	cr_assert_eq(lines_reserve(lines, 0), 0);
	cr_expect_not(lines_grow_slice(lines, 1));
	cr_assert_eq(lines_reserve(lines, 1), 0);
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
	cr_assert_eq(lines_reserve(lines, 4), 0);
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
		cr_assert_eq(lines_reserve(lines, 1), 0);
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
		cr_assert_eq(lines_reserve(lines, step), 0);
		put_numbered(lines, n, n + step, 1);
		n += step;
	}
	cr_assert_eq(lines_reserve(lines, 100000), 0);
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
		cr_assert_eq(lines_reserve(lines, 1), 0);
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

Test(growth, no_memory_is_said_and_changes_nothing)
{
	struct lines *lines = lines_open(0);

	put_numbered(lines, 0, 10, 1);
	cr_expect_eq(lines_reserve(lines, UINT64_MAX), -ENOMEM);
	cr_expect_eq(lines_reserve(lines, UINT64_MAX / 64), -ENOMEM);
	cr_expect_eq(lines_reserve(lines, UINT64_C(1) << 45), -ENOMEM);
	cr_expect_eq(lines_capacity(lines), 64);
	cr_expect_not(lines_grow_slice(lines, 1));
	expect_numbered(lines, 0, 10, 1);
	cr_expect_eq(lines_reserve(lines, 41), 0);
	lines_free(lines);
	cr_expect_eq(lines_new(UINT64_MAX, 7, &lines), -ENOMEM);
}
