/* policy_apply: accepted whole or not at all, and what it says of the change. */
#include <criterion/criterion.h>
#include <semaphore.h>
#include <stdio.h>

#include "daemon/op/policy_apply.h"
#include "tests/support/harness.h"
#include "tests/support/policies.h"

static struct harness h;

static void setup(void)
{
	harness_open(&h);
}

static void teardown(void)
{
	harness_close(&h);
}

TestSuite(policy_apply, .init = setup, .fini = teardown);

static enum proto_error apply(const char *yaml, bool dry_run, struct proto_policy_apply_result *ret)
{
	struct proto_policy_apply_request request = {.yaml = span_of(yaml), .dry_run = dry_run};

	return harness_call(&h, PROTO_OP_POLICY_APPLY, &request, ret);
}

static bool has(struct proto_list names, const char *name)
{
	struct span item;

	while (proto_list_text(&names, &item)) {
		if (span_is(item, name))
			return true;
	}
	return false;
}

Test(policy_apply, revisions_count_from_one_and_the_same_text_adds_none)
{
	cr_assert_eq(harness_apply(&h, POLICY_A), 1);
	cr_assert_eq(harness_apply(&h, POLICY_A), 1);
	cr_assert_eq(harness_apply(&h, POLICY_B), 2);
	harness_reopen(&h, false);
	cr_assert_eq(harness_apply(&h, POLICY_B), 2);
	cr_assert_eq(harness_apply(&h, POLICY_A), 3);
}

Test(policy_apply, says_what_changes)
{
	struct proto_policy_apply_result result;

	cr_assert_eq(apply(POLICY_A, false, &result), PROTO_ERROR_NONE);
	cr_assert(span_is(result.site, POLICY_SITE));
	cr_assert_eq(result.added.n_items, 5);
	cr_assert(has(result.asked_again, "video") && has(result.asked_again, "chat"));
	cr_assert_not(has(result.asked_again, "login") || has(result.asked_again, "deals"));
	cr_assert_eq(apply(POLICY_A_REWORDED, true, &result), PROTO_ERROR_NONE);
	cr_assert_eq(result.policy_revision, 2);
	cr_assert(has(result.changed, "video"));
	cr_assert_eq(result.material.n_items + result.asked_again.n_items, 0);
	cr_assert_eq(apply(POLICY_B, true, &result), PROTO_ERROR_NONE);
	cr_assert(has(result.material, "video") && has(result.asked_again, "video"));
	cr_assert_eq(result.asked_again.n_items, 1);
	cr_assert_eq(apply(POLICY_HEAD POLICY_CHAT, true, &result), PROTO_ERROR_NONE);
	cr_assert(has(result.removed, "video"));
	cr_assert_eq(harness_apply(&h, POLICY_A), 1, "dry runs changed nothing");
}

Test(policy_apply, a_policy_with_faults_is_refused_and_the_old_one_stays)
{
	struct proto_policy_apply_result result;

	harness_apply(&h, POLICY_A);
	cr_assert_eq(
	        apply(POLICY_A "  - {id: chat, provider: X}\n  - {nonsense: 1}\n", false, &result),
	        PROTO_ERROR_INVALID_POLICY);
	cr_assert(strstr(h.message, "policy:12:10: ") && strstr(h.message, "policy:13:6: "),
	        "both faults, with their lines: %s", h.message);
	cr_assert_eq(harness_apply(&h, POLICY_A), 1);
}

struct seen {
	int n;
	enum proto_error error;
	char message[256];
};

static void note(void *ctx, enum proto_error error, const char *message)
{
	struct seen *seen = ctx;

	seen->n++;
	seen->error = error;
	snprintf(seen->message, sizeof(seen->message), "%s", message ? message : "");
}

static struct seen apply_file(const char *yaml, const char *file)
{
	struct seen seen = {0};

	cr_assert_eq(policy_apply_submit(&h.env, span_of(yaml), span_of(file), note, &seen), 0);
	while (seen.n == 0)
		harness_turn(&h);
	cr_assert_eq(seen.n, 1);
	return seen;
}

Test(policy_apply, a_site_that_a_file_speaks_for_is_changed_by_files_alone)
{
	struct proto_policy_apply_result result;

	harness_apply(&h, POLICY_A);
	cr_assert_eq(apply_file(POLICY_A, "/etc/a.yaml").error, PROTO_ERROR_NONE);
	cr_assert_eq(apply(POLICY_B, false, &result), PROTO_ERROR_CONFLICT);
	cr_assert(strstr(h.message, "/etc/a.yaml"));
	cr_assert_eq(apply_file(POLICY_B, "/etc/renamed.yaml").error, PROTO_ERROR_NONE);
	cr_assert_eq(apply(POLICY_A, false, &result), PROTO_ERROR_CONFLICT);
	cr_assert(strstr(h.message, "/etc/renamed.yaml"));
	cr_assert_eq(apply_file("site: [", "/etc/a.yaml").error, PROTO_ERROR_INVALID_POLICY);
	harness_reopen(&h, false);
	cr_assert_eq(apply(POLICY_A, false, &result), PROTO_ERROR_NONE,
	        "no file speaks for it in this run");
}

Test(policy_apply, bits_run_out_at_128)
{
	static char yaml[64 * 1024];
	struct proto_policy_apply_result result;

	for (int round = 0; round < 2; round++) {
		int n = snprintf(yaml, sizeof(yaml), "site: full.example\nservices:\n");

		for (int i = 0; i < 64; i++)
			n += snprintf(yaml + n, sizeof(yaml) - (size_t)n,
			        "  - {id: s%d-%d, provider: P, function: F, category: first_party,"
			        " cookies: [{name: c%d, purpose: p, max_age: 1 days}]}\n",
			        round, i, i);
		cr_assert_eq(apply(yaml, false, &result), PROTO_ERROR_NONE);
	}
	cr_assert_eq(apply("site: full.example\nservices:\n  - {id: more, provider: P, function: F,"
	                   " category: first_party, cookies: [{name: c, purpose: p}]}\n",
	                     false, &result),
	        PROTO_ERROR_POLICY_FULL);
	cr_assert_str_eq(harness_reason(&h, "full.example", "s", "c1"), "consent_unknown");
	cr_assert_eq(harness_apply(&h, yaml), 2, "the one before stays in force");
}

Test(policy_apply, so_many_sites_and_not_one_more)
{
	struct proto_policy_apply_result result;
	char yaml[256];

	for (int i = 0; i <= PROTO_LIMIT_SITES; i++) {
		snprintf(yaml, sizeof(yaml),
		        "site: s%d.example\nservices:\n  - {id: login, provider: P, function: F,"
		        " category: necessary, cookies: [{name: sid, purpose: To log in}]}\n",
		        i);
		cr_assert_eq(apply(yaml, false, &result),
		        i < PROTO_LIMIT_SITES ? PROTO_ERROR_NONE : PROTO_ERROR_POLICY_FULL,
		        "site %d", i);
	}
	cr_assert_eq(sites_count(commit_sites(h.commit)), PROTO_LIMIT_SITES);
	cr_assert_str_eq(harness_reason(&h, "s0.example", NULL, "sid"), "exempt_necessary");
	cr_assert_str_eq(harness_reason(&h, "s1023.example", NULL, "sid"), "exempt_necessary");
	cr_assert_str_eq(harness_reason(&h, "s1024.example", NULL, "sid"), "unknown_site");
}

/* A write that holds the committer up, so that those behind it are one group. */
struct obstacle {
	struct commit_request request; /* first member */
	sem_t reached, go_on;
};

static int wait_there(struct commit_request *request, struct group *group)
{
	struct obstacle *obstacle = (struct obstacle *)request;

	(void)group;
	sem_post(&obstacle->reached);
	sem_wait(&obstacle->go_on);
	return 0;
}

static void ignore(struct commit_request *request)
{
	(void)request;
}

Test(policy_apply, the_last_of_one_group_is_in_force)
{
	struct obstacle obstacle = {.request = {.apply_fn = wait_there, .done_fn = ignore}};
	struct proto_policy_apply_request second = {.yaml = span_of(POLICY_B)};
	union proto_any_request any = {.policy_apply = second};
	struct op_call call = {.env = &h.env, .peer = &h.peer, .request = &any};

	harness_apply(&h, POLICY_A);
	sem_init(&obstacle.reached, 0, 0);
	sem_init(&obstacle.go_on, 0, 0);
	cr_assert(commit_submit(h.commit, &obstacle.request));
	sem_wait(&obstacle.reached);
	cr_assert_eq(op_policy_apply(&call), OP_PENDING);
	call.write->reply_fn = harness_ignore_reply;
	any.policy_apply.yaml = span_of(POLICY_A);
	cr_assert_eq(op_policy_apply(&call), OP_PENDING);
	call.write->reply_fn = harness_ignore_reply;
	sem_post(&obstacle.go_on);
	cr_assert_eq(harness_apply(&h, POLICY_B), 4, "A is in force again, as the third");
}
