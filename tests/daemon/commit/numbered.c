/* Numbers instead of subjects. */
#include "tests/daemon/commit/numbered.h"

#include <criterion/criterion.h>

#include "daemon/commit/lines_table.h"

struct proto_digest digest_of(uint64_t i)
{
	/* Spread, as SipHash would. */
	uint64_t x = (i + 1) * UINT64_C(0x9e3779b97f4a7c15);

	return (struct proto_digest){{x ^ (x >> 31), i}};
}

struct lines *lines_open(uint64_t n_subjects)
{
	struct lines *lines;

	cr_assert_eq(lines_new(n_subjects, UINT64_MAX, 7, &lines), 0);
	return lines;
}

enum proto_map_answer find(struct lines *lines, struct proto_digest digest, struct proto_state *ret)
{
	struct proto_map map = lines_map(lines);

	return proto_map_find(&map, digest, ret);
}

struct proto_state state_of(
        uint64_t decided, uint64_t given, uint32_t given_until, uint32_t refused_until)
{
	return (struct proto_state){{{decided, 0}}, {{given, 0}}, given_until, refused_until};
}

void expect(struct lines *lines, struct proto_digest digest, struct proto_state want)
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

void expect_answer(struct lines *lines, struct proto_digest digest, enum proto_map_answer want)
{
	struct proto_state state;

	cr_expect_eq(find(lines, digest, &state), want);
}

void put_numbered(struct lines *lines, uint64_t from, uint64_t to, uint32_t salt)
{
	for (uint64_t i = from; i < to; i++) {
		struct proto_state state = state_of(i, ~i, (uint32_t)i, salt);

		lines_put(lines, digest_of(i), &state);
	}
}

void expect_numbered(struct lines *lines, uint64_t from, uint64_t to, uint32_t salt)
{
	for (uint64_t i = from; i < to; i++)
		expect(lines, digest_of(i), state_of(i, ~i, (uint32_t)i, salt));
}

unsigned int free_retired(struct lines *lines)
{
	struct lines_table *table;
	unsigned int n = 0;

	for (; (table = lines_take_retired(lines)); n++)
		lines_table_free(table);
	return n;
}
