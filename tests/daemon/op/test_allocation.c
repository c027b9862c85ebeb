/*
 * The questions that workers ask allocate nothing. The linker sends every allocation of the daemon's
 * code through here (--wrap), and the control shows that one is noticed.
 */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "tests/daemon/op/fake_commit.h"
#include "tests/support/policies.h"

void *__real_malloc(size_t n_bytes);
void *__real_calloc(size_t n, size_t n_bytes);
void *__real_realloc(void *memory, size_t n_bytes);
void *__wrap_malloc(size_t n_bytes);
void *__wrap_calloc(size_t n, size_t n_bytes);
void *__wrap_realloc(void *memory, size_t n_bytes);

static unsigned int n_allocations;

void *__wrap_malloc(size_t n_bytes)
{
	n_allocations++;
	return __real_malloc(n_bytes);
}

void *__wrap_calloc(size_t n, size_t n_bytes)
{
	n_allocations++;
	return __real_calloc(n, n_bytes);
}

void *__wrap_realloc(void *memory, size_t n_bytes)
{
	n_allocations++;
	return __real_realloc(memory, n_bytes);
}

static struct fake *fake;

static void start(void)
{
	fake = fake_open();
	struct site *site = fake_site(fake, POLICY_A);
	struct proto_state state = {{{15, 0}}, {{5, 0}}, UINT32_MAX, UINT32_MAX};

	lines_put(fake->lines, fake_digest(site, "alice"), &state);
	lines_put_doubt(fake->lines, fake_digest(site, "doubtful"));
}

TestSuite(allocation, .init = start, .fini = fake_close);

static unsigned int allocations_of(enum proto_op op, struct op fns, const void *request)
{
	unsigned int before = n_allocations;

	cr_assert_eq(fake_look_up(fake, op, fns, request, NULL), PROTO_ERROR_NONE);
	return n_allocations - before;
}

Test(allocation, none_for_a_check)
{
	const struct op check = {op_check_begin, op_check};
	static const char *const subjects[] = {NULL, "alice", "nobody", "doubtful"};

	for (size_t i = 0; i < 4; i++) {
		struct proto_check_request request = {.site = span_of("Shop.Example"),
		        .subject = span_of(subjects[i]),
		        .domain = span_of(".TUBE.example"),
		        .cookies = fake_names("sid vid tube _pk_1 other another-1234")};

		cr_expect_eq(allocations_of(PROTO_OP_CHECK, check, &request), 0);
		request.site = span_of("unknown.example");
		cr_expect_eq(allocations_of(PROTO_OP_CHECK, check, &request), 0);
	}
}

Test(allocation, none_for_grants_and_hello)
{
	struct proto_grants_request grants = {span_of(POLICY_SITE), span_of("alice")};
	struct proto_hello_request hello = {.client = span_of("test")};

	cr_expect_eq(
	        allocations_of(PROTO_OP_GRANTS, (struct op){op_grants_begin, op_grants}, &grants),
	        0);
	cr_expect_eq(allocations_of(PROTO_OP_HELLO, (struct op){.run_fn = op_hello}, &hello), 0);
}

Test(allocation, a_page_shows_that_they_are_seen)
{
	struct proto_policy_render_request request = {.site = span_of(POLICY_SITE)};

	cr_expect_gt(allocations_of(PROTO_OP_POLICY_RENDER, (struct op){.run_fn = op_policy_render},
	                     &request),
	        0);
}
