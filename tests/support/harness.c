/*
 * What stands between an operation and its reply is a wake and commit_finish; here the wake is an
 * eventfd, and the loop is the caller, who waits for it.
 */
#include "tests/support/harness.h"

#include <criterion/criterion.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "daemon/op/counters.h"
#include "daemon/op/policies.h"
#include "tests/support/scratch.h"

enum { ROOM_BYTES = PROTO_LIMIT_MESSAGE_BYTES, PATIENCE_MS = 60000 };

static void wake(void *ctx)
{
	struct harness *h = ctx;
	uint64_t one = 1;

	if (write(h->wake_fd, &one, sizeof(one)) != sizeof(one))
		abort();
}

static void fatal(void *ctx, int error)
{
	(void)ctx;
	fprintf(stderr, "the storage failed: %d\n", error);
	abort();
}

static void start(struct harness *h, bool rebuild)
{
	struct store_options options = {.directory = scratch_path("data"),
	        .ledger_map_bytes = h->map_bytes,
	        .view_map_bytes = h->map_bytes,
	        .rebuild_view = rebuild};
	struct commit_options commit = {.store = &h->store,
	        .clock = &h->clock,
	        .accept_clock = h->accept_clock,
	        .wake_fn = wake,
	        .fatal_fn = fatal,
	        .ctx = h};

	cr_assert_eq(store_open(&options, &h->store), 0);
	cr_assert_eq(commit_start(&commit, &h->commit), 0);
	h->env = (struct op_env){.commit = h->commit,
	        .version = "test",
	        .counters = op_counters_new(),
	        .policies = calloc(1, sizeof(struct op_policies)),
	        .scratch = malloc(sizeof(struct op_scratch))};
	cr_assert(h->env.counters && h->env.policies && h->env.scratch);
}

static void stop(struct harness *h)
{
	commit_stop(h->commit);
	op_policies_deinit(h->env.policies);
	free(h->env.policies);
	free(h->env.scratch);
	op_counters_free(h->env.counters);
	h->commit = commit_free(h->commit);
	store_close(&h->store);
}

void harness_open(struct harness *h)
{
	harness_open_small(h, UINT64_C(1) << 30);
}

void harness_open_small(struct harness *h, uint64_t map_bytes)
{
	*h = (struct harness){
	        .map_bytes = map_bytes, .peer = {.uid = 1000, .roles = PROTO_ROLES_ALL}};
	scratch_begin();
	h->wake_fd = eventfd(0, EFD_CLOEXEC);
	cr_assert_geq(h->wake_fd, 0);
	h->room = malloc(ROOM_BYTES);
	cr_assert_not_null(h->room);
	start(h, false);
}

void harness_reopen(struct harness *h, bool rebuild)
{
	stop(h);
	h->clock = (struct clock){0};
	if (h->closed_fn)
		h->closed_fn();
	start(h, rebuild);
}

void harness_close(struct harness *h)
{
	stop(h);
	close(h->wake_fd);
	free(h->room);
	scratch_end();
}

static void reply(struct op_write *write, void *ctx)
{
	struct harness *h = ctx;
	struct proto_writer writer = proto_writer_of(h->room, ROOM_BYTES);

	h->error = write->request.error;
	snprintf(h->message, sizeof(h->message), "%s", write->message);
	if (h->error == PROTO_ERROR_NONE)
		write->encode_fn(write, &writer);
	h->answered = true;
}

void harness_turn(struct harness *h)
{
	struct pollfd woken = {.fd = h->wake_fd, .events = POLLIN};
	uint64_t n;

	cr_assert_eq(poll(&woken, 1, PATIENCE_MS), 1, "the committer is silent");
	cr_assert_eq(read(h->wake_fd, &n, sizeof(n)), (ssize_t)sizeof(n));
	commit_finish(h->commit);
}

static void await_reply(struct harness *h)
{
	h->answered = false;
	while (!h->answered)
		harness_turn(h);
}

enum proto_error harness_call(struct harness *h, enum proto_op op, const void *request, void *ret)
{
	union proto_any_request any = {0};
	struct proto_writer writer = proto_writer_of(h->room, ROOM_BYTES);
	struct op_call call = {.env = &h->env,
	        .peer = &h->peer,
	        .now = clock_now(&h->clock),
	        .request = &any,
	        .writer = &writer};
	struct proto_fault fault;

	memcpy(&any, request, proto_ops[op].request->n_bytes);
	h->error = PROTO_ERROR_NONE;
	h->message[0] = '\0';
	if (op_table[op].begin_fn)
		op_table[op].begin_fn(&call);
	switch (op_table[op].run_fn(&call)) {
	case OP_DONE:
		break;
	case OP_PENDING:
		call.write->reply_fn = reply;
		call.write->ctx = h;
		await_reply(h);
		break;
	default:
		h->error = call.error;
		snprintf(h->message, sizeof(h->message), "%s", call.message);
	}
	if (h->error != PROTO_ERROR_NONE || !ret)
		return h->error;
	struct proto_reader reader = proto_reader_of(span_bytes(h->room, ROOM_BYTES));
	struct span result;
	cr_assert_eq(proto_reader_skip(&reader, &result), 0);
	cr_assert_eq(proto_decode_result(proto_ops[op].result, result, ret, &fault), 0);
	return PROTO_ERROR_NONE;
}

uint32_t harness_apply(struct harness *h, const char *yaml)
{
	struct proto_policy_apply_request request = {.yaml = span_of(yaml)};
	struct proto_policy_apply_result result;
	enum proto_error error = harness_call(h, PROTO_OP_POLICY_APPLY, &request, &result);

	cr_assert_eq(error, PROTO_ERROR_NONE, "%s: %s", proto_error_name(error), h->message);
	return (uint32_t)result.policy_revision;
}

/* "a=yes b=no" as encoded pairs. */
static struct proto_list parse_choices(const char *choices, struct proto_writer *writer)
{
	char copy[512], *rest = copy, *pair;
	uint32_t n = 0;

	snprintf(copy, sizeof(copy), "%s", choices);
	while ((pair = strsep(&rest, " "))) {
		char *name = strsep(&pair, "=");

		proto_writer_text(writer, span_of(name));
		proto_writer_bool(writer, strcmp(pair, "yes") == 0);
		n++;
	}
	return proto_list_of(writer, n);
}

uint64_t harness_record(
        struct harness *h, const char *site, const char *subject, const char *choices)
{
	uint8_t pairs[1024];
	struct proto_writer writer = proto_writer_of(pairs, sizeof(pairs));
	struct proto_record_request request = {.site = span_of(site),
	        .subject = span_of(subject),
	        .choices = parse_choices(choices, &writer)};
	struct proto_record_result result;

	return harness_call(h, PROTO_OP_RECORD, &request, &result) == PROTO_ERROR_NONE
	               ? result.revision
	               : 0;
}

void harness_record_many(
        struct harness *h, const char *site, int first, int last, const char *choices)
{
	for (int i = first; i < last; i++) {
		char subject[32];

		snprintf(subject, sizeof(subject), "subject-%d", i);
		cr_assert_neq(harness_record(h, site, subject, choices), 0);
	}
}

enum proto_error harness_bind(
        struct harness *h, const char *site, const char *session, const char *account)
{
	struct proto_bind_request request = {
	        .site = span_of(site), .subject = span_of(session), .account = span_of(account)};

	return harness_call(h, PROTO_OP_BIND, &request, NULL);
}

const char *harness_reason(
        struct harness *h, const char *site, const char *subject, const char *cookie)
{
	uint8_t names[512];
	struct proto_writer writer = proto_writer_of(names, sizeof(names));
	struct proto_check_request request = {.site = span_of(site), .subject = span_of(subject)};
	struct proto_check_result result;
	struct proto_decision decision;
	enum proto_reason reason;

	proto_writer_text(&writer, span_of(cookie));
	request.cookies = proto_list_of(&writer, 1);
	if (harness_call(h, PROTO_OP_CHECK, &request, &result) != PROTO_ERROR_NONE ||
	        !proto_list_message(&result.decisions, &proto_decision, &decision) ||
	        !proto_reason_find(decision.reason, &reason))
		return "?";
	return proto_reason_name(reason);
}

void harness_ignore_reply(struct op_write *write, void *ctx)
{
	(void)write;
	(void)ctx;
}
