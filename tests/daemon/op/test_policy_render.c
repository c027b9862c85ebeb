/* policy_render: the page in each format. What is on it is in tests/daemon/policy. */
#include <criterion/criterion.h>

#include "tests/daemon/op/fake_commit.h"
#include "tests/support/policies.h"

static struct fake *fake;
static struct proto_policy_render_result result;

static void start(void)
{
	fake = fake_open();
	fake_site(fake, POLICY_A);
}

TestSuite(policy_render, .init = start, .fini = fake_close);

static enum proto_error render(const char *format, uint64_t policy_revision)
{
	struct proto_policy_render_request request = {
	        .site = span_of(POLICY_SITE),
	        .policy_revision = policy_revision,
	        .format = span_of(format),
	};

	return fake_call(fake, PROTO_OP_POLICY_RENDER, op_policy_render, &request, &result);
}

static bool page_has(const char *text)
{
	return memmem(result.page.data, result.page.n_bytes, text, strlen(text)) != NULL;
}

Test(policy_render, in_every_format)
{
	cr_assert_eq(render(NULL, 0), PROTO_ERROR_NONE);
	cr_expect(page_has("<table"), "html is the default");
	cr_expect(page_has("_pk_*"));
	cr_expect_eq(result.policy_revision, 3);
	cr_assert_eq(render("html", 3), PROTO_ERROR_NONE);
	cr_expect(page_has("<table"));
	cr_assert_eq(render("markdown", 0), PROTO_ERROR_NONE);
	cr_expect_not(page_has("<table"));
	cr_expect(page_has("Videos"));
	cr_assert_eq(render("text", 0), PROTO_ERROR_NONE);
	cr_expect(page_has("Videos"));
}

Test(policy_render, what_is_refused)
{
	cr_expect_eq(render("pdf", 0), PROTO_ERROR_INVALID_VALUE);
	cr_expect(strstr(fake->failed.message, "`html`, `markdown` and `text`"));
	cr_expect_eq(render("html", 4), PROTO_ERROR_NOT_FOUND);
}
