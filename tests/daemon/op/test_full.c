/* A store that is full: giving ends, and everything that takes away goes on. */
#include <criterion/criterion.h>
#include <stdio.h>

#include "tests/support/harness.h"
#include "tests/support/policies.h"

enum { MAP_BYTES = 1 << 20, MOST = 20000, N_AFTERWARDS = 200 };

static struct harness h;

static void setup(void)
{
	harness_open_small(&h, MAP_BYTES);
	harness_apply(&h, POLICY_A);
}

static void teardown(void)
{
	harness_close(&h);
}

TestSuite(full, .init = setup, .fini = teardown);

static enum proto_error record(int i, const char *choices)
{
	char subject[32];

	snprintf(subject, sizeof(subject), "subject-%d", i);
	return harness_record(&h, POLICY_SITE, subject, choices) ? PROTO_ERROR_NONE : h.error;
}

static const char *reason(int i)
{
	char subject[32];

	snprintf(subject, sizeof(subject), "subject-%d", i);
	return harness_reason(&h, POLICY_SITE, subject, "vid");
}

/* Gives until the store says that it is full; returns how many were given. */
static int fill(void)
{
	for (int i = 0; i < MOST; i++) {
		enum proto_error error = record(i, "video=yes");

		if (error != PROTO_ERROR_NONE) {
			cr_assert_eq(error, PROTO_ERROR_STORAGE_FULL);
			return i;
		}
	}
	cr_assert_fail("a megabyte took %d records", MOST);
	return 0;
}

Test(full, withdrawing_refusing_and_erasing_go_on)
{
	int n = fill();

	cr_assert_gt(n, N_AFTERWARDS);
	cr_assert_eq(record(0, "chat=yes"), PROTO_ERROR_STORAGE_FULL);
	for (int i = 0; i < N_AFTERWARDS; i++) {
		cr_assert_eq(record(i, "video=no"), PROTO_ERROR_NONE, "withdrawal %d", i);
		cr_assert_eq(record(MOST + i, "video=no"), PROTO_ERROR_NONE, "refusal %d", i);
	}
	cr_assert_str_eq(reason(0), "consent_refused");
	cr_assert_str_eq(reason(N_AFTERWARDS), "consent_given", "reads go on");
	for (int i = 0; i < N_AFTERWARDS; i++) {
		char subject[32];

		snprintf(subject, sizeof(subject), "subject-%d", i);
		struct proto_erase_request request = {
		        .site = span_of(POLICY_SITE), .subject = span_of(subject)};
		cr_assert_eq(harness_call(&h, PROTO_OP_ERASE, &request, NULL), PROTO_ERROR_NONE,
		        "erasure %d", i);
	}
	harness_reopen(&h, false);
	cr_assert_str_eq(reason(0), "consent_unknown");
	cr_assert_str_eq(reason(MOST), "consent_refused");
}

Test(full, a_write_that_does_not_fit_fails_alone_and_changes_no_line)
{
	int n = fill(), refused = 0;

	/* Refusals may use what is left, to the last page; then they fail, and say so. */
	while (refused < MOST && record(MOST + refused, "*=no") == PROTO_ERROR_NONE)
		refused++;
	cr_assert_lt(refused, MOST);
	cr_assert_eq(h.error, PROTO_ERROR_STORAGE_FULL);
	cr_assert_str_eq(reason(MOST + refused), "consent_unknown");
	cr_assert_str_eq(reason(n - 1), "consent_given");
	harness_reopen(&h, false);
	cr_assert_str_eq(reason(MOST + refused), "consent_unknown");
	cr_assert_str_eq(reason(MOST + refused - 1), "consent_refused");
	cr_assert_str_eq(reason(n - 1), "consent_given");
}
