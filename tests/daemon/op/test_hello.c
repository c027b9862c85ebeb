/* hello: who both ends are. */
#include <criterion/criterion.h>
#include <stdio.h>

#include "tests/daemon/op/fake_commit.h"

static struct fake *fake;

static void start(void)
{
	fake = fake_open();
}

TestSuite(hello, .init = start, .fini = fake_close);

static struct proto_hello_result hello(void)
{
	struct proto_hello_request request = {.client = span_of("test")};
	struct proto_hello_result result;

	cr_assert_eq(
	        fake_call(fake, PROTO_OP_HELLO, op_hello, &request, &result), PROTO_ERROR_NONE);
	return result;
}

Test(hello, version_and_every_limit)
{
	struct proto_hello_result result = hello();
	struct span name;
	uint64_t value;
	uint32_t n = 0;

	cr_expect(span_is(result.version, "1.2.3"));
	cr_expect_eq(result.protocol, PROTO_VERSION);
	cr_expect_eq(result.limits.n_items, PROTO_N_LIMITS);
	for (; proto_list_pair_uint(&result.limits, &name, &value); n++) {
		cr_expect_eq(value, proto_limits[n].value);
		if (n == PROTO_LIMIT_NUMBER_COOKIE_NAME_BYTES)
			cr_expect(span_is(name, "cookie_name_bytes"));
	}
	cr_expect_eq(n, PROTO_N_LIMITS);
}

static void expect_roles(unsigned int roles, const char *want)
{
	struct proto_hello_result result;
	char line[64] = "";
	struct span role;

	fake->peer.roles = roles;
	result = hello();
	while (proto_list_text(&result.roles, &role))
		snprintf(line + strlen(line), sizeof(line) - strlen(line), "%.*s ", SPAN_ARG(role));
	cr_expect_str_eq(line, want);
}

Test(hello, the_roles_that_the_peer_holds)
{
	expect_roles(0, "");
	expect_roles(PROTO_ROLE_READER | PROTO_ROLE_RECORDER, "reader recorder ");
	expect_roles(PROTO_ROLE_ADMIN, "admin ");
	expect_roles(PROTO_ROLES_ALL, "reader recorder auditor admin ");
}
