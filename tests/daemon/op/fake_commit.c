/*
 * Stands in for daemon/commit/commit.c and reading.c, which are never linked beside it.
 */
#include "tests/daemon/op/fake_commit.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <stdlib.h>

#include "daemon/op/counters.h"

enum { ROOM_BYTES = PROTO_LIMIT_MESSAGE_BYTES };

struct commit {
	struct fake fake;
};

static struct commit *the_commit;
static uint8_t *room;

struct fake *fake_open(void)
{
	static const uint8_t digest_key[PROTO_DIGEST_KEY_BYTES] = {1, 2, 3};
	struct commit *commit = calloc(1, sizeof(*commit));
	struct fake *fake = &commit->fake;

	cr_assert_not_null(commit);
	fake->commit = commit;
	fake->sites = sites_new(digest_key);
	cr_assert_not_null(fake->sites);
	cr_assert_eq(lines_new(100, UINT64_MAX, 1, &fake->lines), 0);
	fake->clock.floor = 2100000000;
	fake->revision = 100;
	fake->peer = (struct access_peer){.uid = 1000, .roles = PROTO_ROLES_ALL};
	fake->env = (struct op_env){
	        .commit = commit, .version = "1.2.3", .counters = op_counters_new()};
	cr_assert_not_null(fake->env.counters);
	room = malloc(ROOM_BYTES);
	cr_assert_not_null(room);
	the_commit = commit;
	return fake;
}

void fake_close(void)
{
	struct fake *fake = &the_commit->fake;

	op_counters_free(fake->env.counters);
	lines_free(fake->lines);
	sites_free(fake->sites);
	free(room);
	free(the_commit);
}

static int next_bit(void *ctx, struct span id, const uint8_t fingerprint[16], uint8_t *ret)
{
	(void)id;
	(void)fingerprint;
	*ret = (*(uint8_t *)ctx)++;
	return 0;
}

struct policy *fake_policy(const char *yaml)
{
	struct faults faults = {.file = "p"};
	struct policy *policy;
	uint8_t bit = 0;

	cr_assert_eq(policy_parse(span_of(yaml), &faults, &policy), 0);
	faults_deinit(&faults);
	cr_assert_eq(policy_assign_bits(policy, next_bit, &bit), 0);
	cr_assert_eq(policy_set_source(policy, span_of("api")), 0);
	policy->policy_revision = 3;
	policy->applied_at = 1700000000;
	return policy;
}

struct site *fake_site(struct fake *fake, const char *yaml)
{
	struct policy *policy = fake_policy(yaml);
	struct site *site;

	site = site_new(fake->sites, (uint32_t)sites_count(fake->sites) + 1, policy->site);
	cr_assert_not_null(site);
	policy->site_id = site->id;
	atomic_store(&site->policy, policy);
	sites_insert(fake->sites, site);
	return site;
}

struct proto_digest fake_digest(const struct site *site, const char *subject)
{
	return proto_digest_of(&site->key, span_of(subject));
}

enum proto_error fake_call(
        struct fake *fake, enum proto_op op, op_run_fn *run_fn, const void *request, void *ret)
{
	return fake_look_up(fake, op, (struct op){.run_fn = run_fn}, request, ret);
}

enum proto_error fake_look_up(
        struct fake *fake, enum proto_op op, struct op fns, const void *request, void *ret)
{
	union proto_any_request any = {0};
	struct proto_writer writer = proto_writer_of(room, ROOM_BYTES);
	struct op_call call = {.env = &fake->env,
	        .peer = &fake->peer,
	        .now = clock_now(&fake->clock),
	        .request = &any,
	        .writer = &writer};
	struct proto_fault fault;

	memcpy(&any, request, proto_ops[op].request->n_bytes);
	if (fns.begin_fn)
		fns.begin_fn(&call);
	if (fns.run_fn(&call) == OP_FAILED) {
		cr_assert_eq(writer.n_bytes, 0, "an error comes with no result");
		fake->failed.error = call.error;
		memcpy(fake->failed.message, call.message, sizeof(call.message));
		return call.error;
	}
	cr_assert_not(writer.overflow);
	if (ret)
		cr_assert_eq(proto_decode_result(
		                     proto_ops[op].result, proto_writer_span(&writer), ret, &fault),
		        0);
	return PROTO_ERROR_NONE;
}

struct proto_list fake_names(const char *names)
{
	static uint8_t bytes[65536];
	struct proto_writer writer = proto_writer_of(bytes, sizeof(bytes));
	uint32_t n = 0;

	while (*names) {
		size_t n_bytes = strcspn(names, " ");

		proto_writer_text(&writer, span_bytes(names, n_bytes));
		names += n_bytes + (names[n_bytes] == ' ');
		n++;
	}
	cr_assert_not(writer.overflow);
	return proto_list_of(&writer, n);
}

/* -- daemon/commit/commit.h ----------------------------------------------------------------- */

struct sites *commit_sites(struct commit *commit)
{
	return commit->fake.sites;
}

struct clock *commit_clock(struct commit *commit)
{
	return &commit->fake.clock;
}

struct proto_map commit_map(struct commit *commit)
{
	return lines_map(commit->fake.lines);
}

int commit_map_fd(struct commit *commit)
{
	return lines_map_fd(commit->fake.lines);
}

uint64_t commit_revision(const struct commit *commit)
{
	return commit->fake.revision;
}

int commit_read_record(struct commit *commit, struct record_key key, struct record *ret)
{
	struct fake *fake = &commit->fake;

	fake->n_record_reads++;
	if (fake->read_fn)
		fake->read_fn();
	for (size_t i = 0; i < fake->n_records; i++) {
		if (!proto_digest_equal(fake->records[i].digest, key.digest))
			continue;
		if (fake->records[i].rc == 0)
			*ret = fake->records[i].record;
		return fake->records[i].rc;
	}
	return VIEW_E_NOT_FOUND;
}

int commit_ledger_reader(struct commit *commit, struct ledger_reader **ret)
{
	(void)commit;
	(void)ret;
	return -EIO;
}

void commit_each_counter(struct commit *commit,
        void (*each_fn)(void *ctx, const char *name, uint64_t value), void *ctx)
{
	each_fn(ctx, "revision", commit->fake.revision);
	each_fn(ctx, "records", 0);
}
