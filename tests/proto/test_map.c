/*
 * Reading lines: probes, links, and everything that must be a doubt and never an absence.
 * What a concurrent writer does to a reader is in tests/daemon/commit/race_lines.c.
 */
#include "proto/map.h"

#include <criterion/criterion.h>

#include <signal.h>
#include <sys/mman.h>

enum { CAPACITY = 64 };

static struct proto_map_header header;
static struct proto_line lines[CAPACITY];
static struct proto_map map;

static void setup(void)
{
	memset(&header, 0, sizeof(header));
	memset(lines, 0, sizeof(lines));
	header.capacity = CAPACITY;
	map = (struct proto_map){&header, lines, CAPACITY};
}

TestSuite(map, .init = setup);

/* A digest whose first probe is the line i. */
static struct proto_digest digest_at(uint64_t i, uint64_t salt)
{
	struct proto_digest digest = {{(i << 58) + salt, salt * 31}};

	cr_assert_eq(proto_map_index(CAPACITY, digest), i);
	return digest;
}

static void put(uint64_t i, struct proto_digest digest, uint32_t flags, uint64_t decided)
{
	struct proto_line *line = &lines[i];

	line->seq = 2;
	line->flags = flags;
	line->digest[0] = digest.word[0];
	line->digest[1] = digest.word[1];
	line->decided[0] = decided;
	line->decided[1] = 2;
	line->given[0] = 3;
	line->given[1] = 4;
	line->given_until = 5;
	line->refused_until = 6;
}

static void put_link(uint64_t i, struct proto_digest digest, struct proto_digest account)
{
	put(i, digest, PROTO_LINE_LINK, account.word[0]);
	lines[i].decided[1] = account.word[1];
}

/* Neither ABSENT nor DOUBT may touch what the caller passed in. */
static enum proto_map_answer find(struct proto_digest digest, struct proto_state *ret)
{
	struct proto_state before = {.given_until = 77, .refused_until = 78};
	enum proto_map_answer answer;

	*ret = before;
	answer = proto_map_find(&map, digest, ret);
	if (answer != PROTO_MAP_FOUND)
		cr_assert_eq(memcmp(ret, &before, sizeof(before)), 0);
	return answer;
}

Test(map, an_empty_table_has_nobody)
{
	struct proto_state state;

	for (uint64_t i = 0; i < CAPACITY; i++)
		cr_assert_eq(find(digest_at(i, 9), &state), PROTO_MAP_ABSENT);
}

Test(map, a_record_is_copied_whole)
{
	struct proto_state state;

	put(7, digest_at(7, 1), PROTO_LINE_RECORD, 1);
	cr_assert_eq(find(digest_at(7, 1), &state), PROTO_MAP_FOUND);
	cr_expect_eq(state.decided.word[0], 1);
	cr_expect_eq(state.decided.word[1], 2);
	cr_expect_eq(state.given.word[0], 3);
	cr_expect_eq(state.given.word[1], 4);
	cr_expect_eq(state.given_until, 5);
	cr_expect_eq(state.refused_until, 6);
}

Test(map, half_a_digest_is_another_subject)
{
	struct proto_digest digest = digest_at(7, 1), other = digest;
	struct proto_state state;

	put(7, digest, PROTO_LINE_RECORD, 1);
	other.word[1] ^= 1;
	cr_expect_eq(find(other, &state), PROTO_MAP_ABSENT);
	other = digest;
	other.word[0] ^= 1;
	cr_expect_eq(find(other, &state), PROTO_MAP_ABSENT);
}

Test(map, probing_passes_others_and_tombstones_and_goes_round)
{
	struct proto_state state;

	put(62, digest_at(62, 1), PROTO_LINE_RECORD, 1);
	put(63, digest_at(62, 2), PROTO_LINE_TOMBSTONE, 1);
	put(0, digest_at(62, 3), PROTO_LINE_RECORD, 33);
	cr_assert_eq(find(digest_at(62, 3), &state), PROTO_MAP_FOUND);
	cr_expect_eq(state.decided.word[0], 33);
	cr_expect_eq(find(digest_at(62, 2), &state), PROTO_MAP_ABSENT, "a tombstone is nobody");
	cr_expect_eq(find(digest_at(62, 4), &state), PROTO_MAP_ABSENT);
}

Test(map, an_empty_line_ends_the_probe)
{
	struct proto_state state;

	put(12, digest_at(10, 1), PROTO_LINE_RECORD, 1);
	cr_expect_eq(find(digest_at(10, 1), &state), PROTO_MAP_ABSENT);
}

Test(map, a_link_leads_to_its_account)
{
	struct proto_state state;

	put_link(7, digest_at(7, 1), digest_at(20, 5));
	cr_expect_eq(find(digest_at(7, 1), &state), PROTO_MAP_ABSENT, "no record of the account");
	put(20, digest_at(20, 5), PROTO_LINE_RECORD, 44);
	cr_assert_eq(find(digest_at(7, 1), &state), PROTO_MAP_FOUND);
	cr_expect_eq(state.decided.word[0], 44);
}

/* ---- between a link and its account ---- */

enum { PAGE_BYTES = 4096, PAGE_LINES = PAGE_BYTES / sizeof(struct proto_line) };

static struct proto_line *pages;
static void (*meanwhile)(void);

/* The reader stands before the second page: what `meanwhile` does happens now. */
static void on_touch(int signal_number)
{
	(void)signal_number;
	cr_assert_eq(mprotect(pages, 2 * PAGE_BYTES, PROT_READ | PROT_WRITE), 0);
	meanwhile();
}

/* A session in the first page, bound to an account in the second. */
static struct proto_digest put_bound(struct proto_digest *ret_account)
{
	struct proto_digest session = {{0, 1}};

	*ret_account = (struct proto_digest){{UINT64_C(1) << 63, 1}};
	pages = mmap(
	        NULL, 2 * PAGE_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	cr_assert_neq(pages, MAP_FAILED);
	map = (struct proto_map){&header, pages, 2 * PAGE_LINES};
	cr_assert_eq(proto_map_index(map.capacity, session), 0);
	cr_assert_eq(proto_map_index(map.capacity, *ret_account), PAGE_LINES);
	put_link(0, session, *ret_account);
	memcpy(pages, lines, sizeof(lines[0]));
	put(1, *ret_account, PROTO_LINE_RECORD, 44);
	memcpy(pages + PAGE_LINES, lines + 1, sizeof(lines[1]));
	signal(SIGSEGV, on_touch);
	cr_assert_eq(mprotect(pages + PAGE_LINES, PAGE_BYTES, PROT_NONE), 0);
	return session;
}

static void change_nothing(void)
{
}

/* The session is unbound, and only then does the account say yes. */
static void unbind_then_give(void)
{
	pages[0].flags = PROTO_LINE_RECORD;
	pages[0].decided[0] = pages[0].given[0] = 0;
	pages[0].seq += 2;
	pages[PAGE_LINES].given[0] = 44;
	pages[PAGE_LINES].seq += 2;
}

Test(map, an_account_counts_while_the_link_is_there)
{
	struct proto_digest account, session = put_bound(&account);
	struct proto_state state;

	meanwhile = change_nothing;
	cr_assert_eq(find(session, &state), PROTO_MAP_FOUND);
	cr_expect_eq(state.decided.word[0], 44);
}

Test(map, an_account_does_not_count_once_the_link_is_gone)
{
	struct proto_digest account, session = put_bound(&account);
	struct proto_state state;

	meanwhile = unbind_then_give;
	cr_assert_eq(find(session, &state), PROTO_MAP_FOUND);
	cr_expect_eq(state.decided.word[0], 0);
}

Test(map, a_link_to_a_link_is_a_doubt)
{
	struct proto_state state;

	put_link(7, digest_at(7, 1), digest_at(20, 5));
	put_link(20, digest_at(20, 5), digest_at(30, 6));
	put(30, digest_at(30, 6), PROTO_LINE_RECORD, 1);
	cr_expect_eq(find(digest_at(7, 1), &state), PROTO_MAP_DOUBT);
	put_link(20, digest_at(20, 5), digest_at(20, 5));
	cr_expect_eq(find(digest_at(20, 5), &state), PROTO_MAP_DOUBT, "to itself");
}

Test(map, a_line_that_stays_odd_is_a_doubt)
{
	struct proto_state state;

	put(7, digest_at(7, 1), PROTO_LINE_RECORD, 1);
	put_link(9, digest_at(9, 1), digest_at(7, 1));
	lines[7].seq = 3;
	cr_expect_eq(find(digest_at(7, 1), &state), PROTO_MAP_DOUBT);
	cr_expect_eq(find(digest_at(7, 2), &state), PROTO_MAP_DOUBT, "in the way of another");
	cr_expect_eq(find(digest_at(9, 1), &state), PROTO_MAP_DOUBT, "behind a link");
	lines[7].flags = PROTO_LINE_EMPTY;
	cr_expect_eq(find(digest_at(7, 1), &state), PROTO_MAP_DOUBT, "even if it looks empty");
	lines[7].seq = 4;
	cr_expect_eq(find(digest_at(7, 1), &state), PROTO_MAP_ABSENT);
}

Test(map, a_line_in_doubt_is_one_for_its_subject_alone)
{
	struct proto_state state;

	put(7, digest_at(7, 1), PROTO_LINE_DOUBT, 1);
	put(8, digest_at(7, 2), PROTO_LINE_RECORD, 1);
	put_link(9, digest_at(9, 1), digest_at(7, 1));
	cr_expect_eq(find(digest_at(7, 1), &state), PROTO_MAP_DOUBT);
	cr_expect_eq(find(digest_at(7, 2), &state), PROTO_MAP_FOUND);
	cr_expect_eq(find(digest_at(9, 1), &state), PROTO_MAP_DOUBT);
}

Test(map, an_unknown_flag_is_a_doubt)
{
	struct proto_state state;

	put(7, digest_at(7, 1), 5, 1);
	cr_expect_eq(find(digest_at(7, 1), &state), PROTO_MAP_DOUBT);
	put(7, digest_at(7, 1), UINT32_MAX, 1);
	cr_expect_eq(find(digest_at(7, 2), &state), PROTO_MAP_DOUBT);
}

Test(map, a_table_without_room_ends_in_doubt)
{
	struct proto_state state;

	for (uint64_t i = 0; i < CAPACITY; i++)
		put(i, digest_at(i, 1), i % 2 ? PROTO_LINE_RECORD : PROTO_LINE_TOMBSTONE, 1);
	cr_expect_eq(find(digest_at(30, 2), &state), PROTO_MAP_DOUBT);
	cr_expect_eq(find(digest_at(31, 1), &state), PROTO_MAP_FOUND);
	map.capacity = 0;
	cr_expect_eq(find(digest_at(31, 1), &state), PROTO_MAP_DOUBT);
}

Test(map, a_miss_is_a_doubt_while_the_map_is_not_complete)
{
	struct proto_state state;

	put(7, digest_at(7, 1), PROTO_LINE_RECORD, 1);
	put_link(9, digest_at(9, 1), digest_at(8, 1));
	header.flags = PROTO_MAP_MISS_ASKS;
	cr_expect_eq(find(digest_at(7, 1), &state), PROTO_MAP_FOUND);
	cr_expect_eq(find(digest_at(7, 2), &state), PROTO_MAP_DOUBT);
	cr_expect_eq(find(digest_at(9, 1), &state), PROTO_MAP_DOUBT, "the account is missing");
}

Test(map, the_layout_is_pinned)
{
	cr_expect_eq(sizeof(struct proto_line), 64);
	cr_expect_eq(offsetof(struct proto_line, digest), 16);
	cr_expect_eq(offsetof(struct proto_line, decided), 32);
	cr_expect_eq(offsetof(struct proto_line, given), 48);
	cr_expect_eq(offsetof(struct proto_map_header, capacity), 24);
	cr_expect_eq(offsetof(struct proto_map_header, policy_generation), 72);
}
