/*
 * The lines against a model that keeps what each subject has in an array: random puts, links,
 * doubts, erasures and meets, while the table grows slice by slice.
 */
#include "daemon/commit/lines.h"

#include <criterion/criterion.h>

static struct proto_digest digest_of(uint64_t i)
{
	/* Spread, as SipHash would. */
	uint64_t x = (i + 1) * UINT64_C(0x9e3779b97f4a7c15);

	return (struct proto_digest){{x ^ (x >> 31), i}};
}

static enum proto_map_answer find(
        struct lines *lines, struct proto_digest digest, struct proto_state *ret)
{
	struct proto_map map = lines_map(lines);

	return proto_map_find(&map, digest, ret);
}

enum { N_SUBJECTS = 200 };

/* What a subject has, kept in the simplest way. */
struct model {
	enum { NOTHING, STATE, LINK, DOUBT } kind;
	struct proto_state state;
	unsigned int account;
};

static struct model models[N_SUBJECTS];
static uint64_t seed = 7;

static uint32_t draw(uint32_t below)
{
	seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407u;
	return (uint32_t)(seed >> 33) % below;
}

static enum proto_map_answer model_find(unsigned int i, struct proto_state *ret)
{
	const struct model *model = &models[i];

	if (model->kind == LINK) {
		model = &models[model->account];
		if (model->kind == LINK)
			return PROTO_MAP_DOUBT;
	}
	if (model->kind == STATE)
		*ret = model->state;
	return model->kind == STATE     ? PROTO_MAP_FOUND
	       : model->kind == NOTHING ? PROTO_MAP_ABSENT
	                                : PROTO_MAP_DOUBT;
}

static void model_meet(unsigned int i, const struct proto_state *state)
{
	struct proto_state now, meet;
	enum proto_map_answer answer = model_find(i, &now);

	if (answer == PROTO_MAP_DOUBT) {
		models[i].kind = DOUBT;
		return;
	}
	meet = lines_meet_of(answer == PROTO_MAP_FOUND ? &now : NULL, state);
	/* Where nothing is decided the line may be missing as well. */
	if (answer == PROTO_MAP_ABSENT && models[i].kind == NOTHING &&
	        (meet.decided.word[0] | meet.decided.word[1]) == 0)
		return;
	models[i] = (struct model){STATE, meet, 0};
}

static struct proto_state random_state(void)
{
	return (struct proto_state){
	        {{draw(16), draw(16)}}, {{draw(16), draw(16)}}, draw(100), draw(100)};
}

static void change(struct lines *lines, unsigned int i)
{
	struct proto_state state = random_state();

	switch (draw(8)) {
	case 0:
		lines_erase(lines, digest_of(i));
		models[i] = (struct model){.kind = NOTHING};
		break;
	case 1:
		models[i] = (struct model){.kind = LINK, .account = draw(N_SUBJECTS)};
		lines_put_link(lines, digest_of(i), digest_of(models[i].account));
		break;
	case 2:
		lines_put_doubt(lines, digest_of(i));
		models[i] = (struct model){.kind = DOUBT};
		break;
	case 3:
	case 4:
		lines_meet(lines, digest_of(i), &state);
		model_meet(i, &state);
		break;
	default:
		lines_put(lines, digest_of(i), &state);
		models[i] = (struct model){STATE, state, 0};
	}
}

static void expect_model(struct lines *lines, unsigned int step)
{
	for (unsigned int i = 0; i < N_SUBJECTS; i++) {
		struct proto_state want = {.given_until = 1}, got = {.given_until = 1};

		cr_assert_eq(find(lines, digest_of(i), &got), model_find(i, &want),
		        "step %u, subject %u", step, i);
		cr_assert_eq(memcmp(&got, &want, sizeof(got)), 0, "step %u, subject %u", step, i);
	}
}

Test(lines_model, random_changes_agree_with_a_model)
{
	struct lines *lines;

	cr_assert_eq(lines_new(0, UINT64_MAX, 7, &lines), 0);
	for (unsigned int step = 0; step < 4000; step++) {
		/* Few subjects at first, so that the table grows while lines change. */
		unsigned int n = step / 10 < N_SUBJECTS - 1 ? step / 10 + 1 : N_SUBJECTS;

		lines_reserve(lines, 1);
		change(lines, draw(n));
		lines_grow_slice(lines, draw(20));
		for (struct lines_table *table; (table = lines_take_retired(lines));)
			lines_table_free(table);
		if (step % 8 == 0)
			expect_model(lines, step);
	}
	lines_free(lines);
}
