/*
 * The committer from outside, with writes made for the purpose: who fails, who does not, and what
 * is left of it.
 */
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/commit/group.h"
#include "daemon/op/subject.h"
#include "daemon/store/tag.h"
#include "tests/support/harness.h"
#include "tests/support/policies.h"
#include "tests/support/scratch.h"
#include "tests/support/stored.h"

struct probe {
	struct commit_request request; /* first member */
	int (*script)(struct probe *probe, struct group *group);
	uint64_t n; /* names the subject */
	int n_applied, n_done;
	uint64_t revision;
};

static struct harness h;
static size_t n_done;

static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;

static void setup(void)
{
	harness_open(&h);
	harness_apply(&h, POLICY_A);
	n_done = 0;
}

static void teardown(void)
{
	harness_close(&h);
}

TestSuite(commit, .init = setup, .fini = teardown);

static int apply(struct commit_request *request, struct group *group)
{
	struct probe *probe = (struct probe *)request;

	probe->n_applied++;
	return probe->script(probe, group);
}

static void done(struct commit_request *request)
{
	((struct probe *)request)->n_done++;
	n_done++;
}

static int append(struct probe *probe, struct group *group)
{
	struct event event = {.key = {1, {{probe->n * UINT64_C(0x9e3779b97f4a7c15), probe->n}}},
	        .at = group_now(group),
	        .kind = EVENT_GIVEN,
	        .policy_shown = 1,
	        .policy_current = 1};
	int rc = group_append(group, &event);

	if (rc == 0)
		probe->revision = event.revision;
	return rc;
}

static int append_then_fail(struct probe *probe, struct group *group)
{
	int rc = append(probe, group);
	return rc != 0 ? rc : -ENOMEM;
}

static int append_then_full(struct probe *probe, struct group *group)
{
	int rc = append(probe, group);
	return rc != 0 ? rc : GROUP_E_FULL;
}

static int refuse(struct probe *probe, struct group *group)
{
	(void)group;
	probe->request.error = PROTO_ERROR_CONFLICT;
	return GROUP_E_REFUSED;
}

static int later_twice(struct probe *probe, struct group *group)
{
	return probe->n_applied < 3 ? GROUP_E_LATER : append(probe, group);
}

/* Holds the committer until the test lets go, so that what follows gathers into one group. */
static int hold(struct probe *probe, struct group *group)
{
	(void)probe;
	(void)group;
	pthread_mutex_lock(&gate);
	pthread_mutex_unlock(&gate);
	return 0;
}

static void submit(struct probe *probe, int (*script)(struct probe *, struct group *), uint64_t n)
{
	*probe = (struct probe){
	        .request = {.apply_fn = apply, .done_fn = done}, .script = script, .n = n};
	cr_assert(commit_submit(h.commit, &probe->request));
}

static void wait_for(size_t n)
{
	while (n_done < n)
		harness_turn(&h);
}

static bool is_stored(uint64_t n)
{
	struct record_key key = {1, {{n * UINT64_C(0x9e3779b97f4a7c15), n}}};
	struct record record;
	int rc = commit_read_record(h.commit, key, &record);

	cr_assert(rc == 0 || rc == VIEW_E_NOT_FOUND);
	return rc == 0;
}

/* Five writes in one group, the middle one with the script; returns how it ended. */
static enum proto_error run_in_group(int (*script)(struct probe *, struct group *), struct probe *p)
{
	struct probe holder;

	pthread_mutex_lock(&gate);
	submit(&holder, hold, 0);
	for (uint64_t i = 0; i < 5; i++)
		submit(&p[i], i == 2 ? script : append, i + 1);
	pthread_mutex_unlock(&gate);
	wait_for(6);
	for (uint64_t i = 0; i < 5; i++) {
		cr_assert_eq(p[i].n_done, 1);
		cr_assert_eq(is_stored(i + 1), p[i].request.error == PROTO_ERROR_NONE, "write %d",
		        (int)i);
		if (i != 2)
			cr_assert_eq(p[i].request.error, PROTO_ERROR_NONE, "write %d", (int)i);
	}
	return p[2].request.error;
}

Test(commit, one_group_one_revision_each)
{
	struct probe p[5];

	cr_assert_eq(run_in_group(append, p), PROTO_ERROR_NONE);
	for (uint64_t i = 0; i < 5; i++) {
		cr_assert_eq(p[i].revision, i + 1);
		cr_assert_eq(p[i].n_applied, 1);
	}
	cr_assert_eq(commit_revision(h.commit), 5);
}

Test(commit, a_refused_write_leaves_the_others_alone)
{
	struct probe p[5];

	cr_assert_eq(run_in_group(refuse, p), PROTO_ERROR_CONFLICT);
	cr_assert_eq(p[4].revision, 4);
	cr_assert_eq(p[4].n_applied, 1, "the group is not taken apart for it");
}

Test(commit, a_write_that_fails_half_way_leaves_nothing_and_fails_alone)
{
	struct probe p[5];

	cr_assert_eq(run_in_group(append_then_fail, p), PROTO_ERROR_STORAGE_FAILED);
	cr_assert_eq(commit_revision(h.commit), 4);
	harness_reopen(&h, true);
	cr_assert(is_stored(1) && is_stored(2) && !is_stored(3) && is_stored(4) && is_stored(5));
}

Test(commit, a_removal_never_overtakes_what_was_queued_before_it)
{
	struct probe holder, p[5];

	pthread_mutex_lock(&gate);
	submit(&holder, hold, 0);
	for (uint64_t i = 0; i < 5; i++) {
		submit(&p[i], i == 4 ? append_then_fail : append, 1);
		p[i].request.removal = i == 1 || i == 2;
	}
	pthread_mutex_unlock(&gate);
	wait_for(6);
	cr_assert_eq(p[4].request.error, PROTO_ERROR_STORAGE_FAILED);
	for (uint64_t i = 0; i < 4; i++)
		cr_assert_eq(p[i].revision, i + 1, "write %d", (int)i);
}

Test(commit, a_write_that_does_not_fit_fails_alone)
{
	struct probe p[5];

	cr_assert_eq(run_in_group(append_then_full, p), PROTO_ERROR_STORAGE_FULL);
	cr_assert_eq(commit_revision(h.commit), 4);
}

/* Like a body whose page is rotten: it is due, and cannot be dropped. */
static int leave_a_body_that_cannot_go(struct probe *probe, struct group *group)
{
	int rc = group_drop_body_later(group, 0);

	return rc != 0 ? rc : append(probe, group);
}

Test(commit, a_body_that_cannot_be_dropped_fails_no_write)
{
	struct probe p[5], first;

	submit(&first, leave_a_body_that_cannot_go, 6);
	wait_for(1);
	cr_assert_eq(first.request.error, PROTO_ERROR_NONE);
	n_done = 0;
	cr_assert_eq(run_in_group(append, p), PROTO_ERROR_NONE);
	cr_assert_eq(p[4].n_applied, 1);
}

Test(commit, a_body_that_cannot_be_dropped_holds_no_other_up)
{
	struct proto_erase_request erase = {.site = span_of(POLICY_SITE), .subject = span_of("s")};
	struct proto_erase_result result;
	struct ledger_reader *reader;
	struct event event;
	struct span list;
	struct probe first;

	submit(&first, leave_a_body_that_cannot_go, 6);
	wait_for(1);
	cr_assert_neq(harness_record(&h, POLICY_SITE, "s", "video=yes"), 0);
	cr_assert_eq(harness_call(&h, PROTO_OP_ERASE, &erase, &result), PROTO_ERROR_NONE);
	harness_reopen(&h, false); /* a stop applies everything to the view */
	cr_assert_eq(commit_ledger_reader(h.commit, &reader), 0);
	cr_assert_eq(ledger_read_event(reader, result.revision, &event), LEDGER_E_NO_BODY);
	cr_assert_eq(ledger_read_meta(reader, "erasures", &list), 0);
	cr_assert_eq(list.n_bytes, sizeof(uint64_t), "it stays on the list");
	ledger_reader_reset(reader);
}

/* Of an event that is never due. */
static int erase_later(struct probe *probe, struct group *group)
{
	int rc = group_drop_body_later(group, UINT64_MAX - 100 + probe->n);

	return rc != 0 ? rc : append(probe, group);
}

static int erase_later_then_fail(struct probe *probe, struct group *group)
{
	int rc = erase_later(probe, group);

	return rc != 0 ? rc : -ENOMEM;
}

/* What stands where the list of erased events is kept. */
static uint8_t list[64];
static size_t n_list;

static int put_list(struct probe *probe, struct group *group)
{
	int rc = ledger_put_meta(group_store(group)->ledger, "erasures", span_bytes(list, n_list));

	return rc != 0 ? rc : append(probe, group);
}

static void read_list(void)
{
	struct ledger_reader *reader;
	struct span stored;

	cr_assert_eq(commit_ledger_reader(h.commit, &reader), 0);
	cr_assert_eq(ledger_read_meta(reader, "erasures", &stored), 0);
	cr_assert_leq(stored.n_bytes, sizeof(list));
	memcpy(list, stored.data, stored.n_bytes);
	n_list = stored.n_bytes;
	ledger_reader_reset(reader);
}

static enum proto_error run_alone(int (*script)(struct probe *, struct group *), uint64_t n)
{
	struct probe p;

	n_done = 0;
	submit(&p, script, n);
	wait_for(1);
	return p.request.error;
}

Test(commit, a_list_of_erasures_that_cannot_be_read_is_never_stored_shorter)
{
	cr_assert_eq(run_alone(erase_later, 1), PROTO_ERROR_NONE);
	cr_assert_eq(run_alone(erase_later, 2), PROTO_ERROR_NONE);
	read_list();
	cr_assert_eq(n_list, 16);
	n_list = 7;
	cr_assert_eq(run_alone(put_list, 3), PROTO_ERROR_NONE);
	cr_assert_eq(run_alone(erase_later_then_fail, 4), PROTO_ERROR_STORAGE_FAILED);
	cr_assert_eq(run_alone(erase_later, 5), PROTO_ERROR_STORAGE_FAILED);
	cr_assert_eq(run_alone(append, 6), PROTO_ERROR_NONE, "only erasures have to wait");
	n_list = 16;
	cr_assert_eq(run_alone(put_list, 7), PROTO_ERROR_NONE);
	cr_assert_eq(run_alone(erase_later, 8), PROTO_ERROR_NONE);
	read_list();
	cr_assert_eq(n_list, 24);
}

Test(commit, a_write_may_wait_for_another_group)
{
	struct probe p[5];

	cr_assert_eq(run_in_group(later_twice, p), PROTO_ERROR_NONE);
	cr_assert_eq(p[2].n_applied, 3);
	cr_assert_eq(p[2].revision, 5, "behind those that did not wait");
}

Test(commit, a_stop_commits_what_is_queued)
{
	struct probe p[50];

	for (uint64_t i = 0; i < 50; i++)
		submit(&p[i], append, i + 1);
	harness_reopen(&h, false);
	cr_assert_eq(n_done, 50);
	for (uint64_t i = 0; i < 50; i++)
		cr_assert(p[i].request.error == PROTO_ERROR_NONE && is_stored(i + 1));
}

Test(commit, the_queue_takes_so_many_and_not_one_more)
{
	static struct probe p[PROTO_LIMIT_WRITES_QUEUED];
	struct probe one_more = {.request = {.apply_fn = apply, .done_fn = done}, .script = append};
	struct probe own = {.request = {.apply_fn = apply, .done_fn = done}, .script = hold};

	pthread_mutex_lock(&gate);
	submit(&p[0], hold, 0);
	for (uint64_t i = 1; i < PROTO_LIMIT_WRITES_QUEUED; i++)
		submit(&p[i], append, i);
	cr_assert_not(commit_submit(h.commit, &one_more.request));
	cr_assert_eq(harness_record(&h, POLICY_SITE, "s", "video=yes"), 0);
	cr_assert_eq(h.error, PROTO_ERROR_BUSY);
	own.request.own = true;
	cr_assert(commit_submit(h.commit, &own.request), "no peer keeps the daemon itself out");
	pthread_mutex_unlock(&gate);
	wait_for(PROTO_LIMIT_WRITES_QUEUED + 1);
	cr_assert_eq(commit_revision(h.commit), PROTO_LIMIT_WRITES_QUEUED - 1);
	cr_assert_neq(harness_record(&h, POLICY_SITE, "s", "video=yes"), 0, "there is room again");
}

Test(commit, two_policies_of_one_site_come_into_force_one_after_the_other)
{
	struct probe holder;
	struct proto_policy_apply_request request = {.yaml = span_of(POLICY_B)};
	struct proto_policy_apply_result result;

	/* The first is queued behind the holder; the second call lets go and waits for its own. */
	pthread_mutex_lock(&gate);
	submit(&holder, hold, 0);
	union proto_any_request any = {.policy_apply = request};
	struct op_call call = {.env = &h.env, .peer = &h.peer, .request = &any};
	cr_assert_eq(op_policy_apply(&call), OP_PENDING);
	call.write->reply_fn = harness_ignore_reply;
	pthread_mutex_unlock(&gate);
	request.yaml = span_of(POLICY_A_REWORDED);
	cr_assert_eq(harness_call(&h, PROTO_OP_POLICY_APPLY, &request, &result), PROTO_ERROR_NONE);
	cr_assert_eq(result.policy_revision, 3);
	cr_assert_eq(site_policy(sites_find(commit_sites(h.commit), span_of(POLICY_SITE)))
	                     ->policy_revision,
	        3);
}

Test(commit, an_accepted_clock_holds_until_an_event_says_otherwise)
{
	enum { YEAR = 365 * 86400 };

	clock_raise_floor(&h.clock, clock_wall() + YEAR);
	cr_assert_neq(harness_record(&h, POLICY_SITE, "s", "video=yes"), 0);
	harness_reopen(&h, false);
	cr_assert_geq(clock_now(&h.clock), clock_wall() + YEAR - 60, "a clock set back counts not");
	h.accept_clock = true;
	harness_reopen(&h, false);
	cr_assert_lt(clock_now(&h.clock), clock_wall() + 60);
	harness_apply(&h, POLICY_B);
	cr_assert_lt(clock_now(&h.clock), clock_wall() + 60, "a policy is no event");
	cr_assert_neq(harness_record(&h, POLICY_SITE, "s", "video=no"), 0);
	cr_assert_lt(clock_now(&h.clock), clock_wall() + 60);
}

static void damage_second_policy(void)
{
	static const uint8_t key[8] = {0, 0, 0, 1, 0, 0, 0, 2};
	struct stored_value value = {
	        scratch_path("data/ledger"), "policies", span_bytes(key, sizeof(key))};

	cr_assert(stored_flip(&value, 40));
}

Test(commit, a_policy_over_a_damaged_one_gets_a_revision_of_its_own)
{
	cr_assert_eq(harness_apply(&h, POLICY_B), 2);
	h.closed_fn = damage_second_policy;
	harness_reopen(&h, false);
	h.closed_fn = NULL;
	cr_assert_str_eq(harness_reason(&h, POLICY_SITE, "s", "sid"), "unknown_site");
	cr_assert_eq(harness_apply(&h, POLICY_A_REWORDED), 3, "what is kept is kept for ever");
	harness_reopen(&h, false);
	cr_assert_str_eq(harness_reason(&h, POLICY_SITE, "s", "sid"), "exempt_necessary");
}

/* Flips a bit of the subject's record wherever the file of the view has it, while it is open. */
static void rot(const char *subject)
{
	struct site *site = sites_find(commit_sites(h.commit), span_of(POLICY_SITE));
	int fd = open(scratch_path("data/view/data.mdb"), O_RDWR | O_CLOEXEC);
	uint8_t key[RECORD_KEY_BYTES], *bytes, *at;
	struct stat st;

	record_key_encode(op_subject_key(site, span_of(subject)), key);
	cr_assert(fd >= 0 && fstat(fd, &st) == 0);
	size_t n = (size_t)st.st_size;
	bytes = malloc(n);
	cr_assert_eq(pread(fd, bytes, n, 0), st.st_size);
	for (at = bytes; (at = memmem(at, n - (size_t)(at - bytes), key, sizeof(key)));) {
		at += sizeof(key) + TAG_BYTES;
		*at ^= 1;
		cr_assert_eq(pwrite(fd, at, 1, at - bytes), 1);
	}
	free(bytes);
	close(fd);
}

Test(commit, a_withdrawal_over_a_rotten_record_ends_the_yes)
{
	cr_assert_neq(harness_record(&h, POLICY_SITE, "s", "chat=yes"), 0);
	cr_assert_neq(harness_record(&h, POLICY_SITE, "t", "chat=yes"), 0);
	harness_reopen(&h, false);
	cr_assert_str_eq(harness_reason(&h, POLICY_SITE, "s", "chat"), "consent_given");
	rot("s");
	cr_assert_eq(harness_record(&h, POLICY_SITE, "s", "chat=no"), 0);
	cr_assert_eq(h.error, PROTO_ERROR_STORAGE_FAILED);
	cr_assert_str_eq(harness_reason(&h, POLICY_SITE, "s", "chat"), "consent_unknown");
	cr_assert_str_eq(harness_reason(&h, POLICY_SITE, "t", "chat"), "consent_given");
}
