/*
 * The writer of the lines, alone: what readers find after each change, what a meet is, and growth.
 */
#include "tests/daemon/commit/numbered.h"

#include <criterion/criterion.h>
#include <errno.h>

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
