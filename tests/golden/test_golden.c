/*
 * Golden frames: what the files named y_* hold is accepted, what n_* hold is refused, and the name
 * says why. They were made by an encoder that is not ours (make.py), and are found by glob, so
 * that a new one is tested without a new line here.
 */
#include "proto/rpc.h"
#include "proto/scanner.h"
#include "tests/support/wire.h"

#include <criterion/criterion.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>

/* What came of a frame: an error as a peer would get it, NONE, or not yet a message. */
struct outcome {
	bool cut;
	enum proto_error error;
};

static union {
	union proto_any_request request;
	uint8_t bytes[1024];
} decoded;

static struct span file_read(const char *path)
{
	static uint8_t bytes[65536];
	FILE *file = fopen(path, "rb");
	size_t n;

	cr_assert_not_null(file, "%s", path);
	n = fread(bytes, 1, sizeof(bytes), file);
	cr_assert(feof(file), "%s is too long for a golden frame", path);
	fclose(file);
	return wire_exact(span_bytes(bytes, n));
}

/* Finds the message's end, `step` bytes at a time. */
static struct outcome scan(struct span frame, size_t step)
{
	struct proto_scanner scanner = {0};
	size_t n_bytes = 0, n_fed = 0;
	int e = PROTO_E_TRUNCATED;

	while (e == PROTO_E_TRUNCATED && n_fed < frame.n_bytes) {
		n_fed = n_fed + step < frame.n_bytes ? n_fed + step : frame.n_bytes;
		e = proto_scanner_feed(&scanner, span_bytes(frame.data, n_fed), &n_bytes);
	}
	if (e == 0)
		cr_assert_eq(n_bytes, frame.n_bytes, "a frame holds one message");
	if (e == PROTO_E_TOO_LARGE)
		return (struct outcome){.error = PROTO_ERROR_TOO_LARGE};
	if (e == PROTO_E_TRUNCATED)
		return (struct outcome){.cut = true};
	return (struct outcome){.error = e ? PROTO_ERROR_MALFORMED : PROTO_ERROR_NONE};
}

/* As the daemon does: scan, parse, look up, decode. */
static struct outcome request_outcome(struct span frame)
{
	struct outcome outcome = scan(frame, frame.n_bytes);
	const struct outcome in_steps = scan(frame, 1);
	struct proto_fault fault;
	struct proto_call call;
	enum proto_op op = PROTO_N_OPS;

	cr_assert_eq(outcome.cut, in_steps.cut);
	cr_assert_eq(outcome.error, in_steps.error);
	if (outcome.cut || outcome.error != PROTO_ERROR_NONE)
		return outcome;
	if (proto_rpc_parse_call(frame, &call))
		outcome.error = PROTO_ERROR_MALFORMED;
	else if (!proto_op_find(call.method, &op))
		outcome.error = PROTO_ERROR_UNKNOWN_METHOD;
	else if (proto_decode_request(proto_ops[op].request, call.params, &decoded, &fault))
		outcome.error = fault.error;
	return outcome;
}

static bool result_accepted(struct span frame, enum proto_op op)
{
	const struct outcome outcome = scan(frame, frame.n_bytes);
	struct proto_fault fault;
	struct proto_reply reply;

	if (outcome.cut || outcome.error != PROTO_ERROR_NONE ||
	        proto_rpc_parse_reply(frame, &reply))
		return false;
	return reply.error != PROTO_ERROR_NONE ||
	       !proto_decode_result(proto_ops[op].result, reply.result, &decoded, &fault);
}

static bool skip_prefix(const char **name, const char *prefix)
{
	const size_t n = strlen(prefix);

	if (strncmp(*name, prefix, n) != 0)
		return false;
	*name += n;
	return true;
}

/* The error that the name begins with: the longest that fits. */
static struct outcome wanted(const char *name)
{
	struct outcome want = {.cut = skip_prefix(&name, "cut_")};
	size_t longest = 0;

	for (unsigned int i = PROTO_ERROR_MALFORMED; i <= PROTO_ERROR_SHUTTING_DOWN; i++) {
		const char *error = proto_error_name((enum proto_error)i);
		const size_t n = strlen(error);

		if (n > longest && strncmp(name, error, n) == 0 && name[n] == '_') {
			longest = n;
			want.error = (enum proto_error)i;
		}
	}
	cr_assert(want.cut || want.error != PROTO_ERROR_NONE, "no error in the name: %s", name);
	return want;
}

/* The operation that the name begins with: the longest that fits. */
static enum proto_op op_of(const char *name)
{
	enum proto_op op = PROTO_N_OPS;
	size_t longest = 0;

	for (unsigned int i = 0; i < PROTO_N_OPS; i++) {
		const size_t n = strlen(proto_ops[i].name);

		if (n > longest && strncmp(name, proto_ops[i].name, n) == 0 &&
		        (name[n] == '_' || name[n] == '.')) {
			longest = n;
			op = (enum proto_op)i;
		}
	}
	cr_assert_neq(op, PROTO_N_OPS, "no operation in the name: %s", name);
	return op;
}

static void expect(const char *path)
{
	const char *name = strrchr(path, '/') + 1;
	const struct span frame = file_read(path);
	struct outcome got, want = {0};

	if (skip_prefix(&name, "y_result_")) {
		cr_assert(result_accepted(frame, op_of(name)), "%s", path);
		return;
	}
	if (skip_prefix(&name, "n_result_")) {
		cr_assert_not(result_accepted(frame, op_of(name)), "%s", path);
		return;
	}
	if (skip_prefix(&name, "n_request_"))
		want = wanted(name);
	else
		cr_assert(skip_prefix(&name, "y_request_"), "what is %s?", path);
	got = request_outcome(frame);
	cr_assert_eq(got.cut, want.cut, "%s", path);
	cr_assert_eq(got.error, want.error, "%s: %s", path, proto_error_name(got.error));
}

static size_t expect_all(const char *pattern)
{
	glob_t found;

	cr_assert_eq(glob(pattern, 0, NULL, &found), 0, "%s", pattern);
	for (size_t i = 0; i < found.gl_pathc; i++)
		expect(found.gl_pathv[i]);
	const size_t n = found.gl_pathc;
	globfree(&found);
	return n;
}

Test(golden, what_must_be_accepted_is)
{
	cr_assert_gt(expect_all(GOLDEN_DIR "/y_*"), 40);
}

Test(golden, what_must_be_refused_is)
{
	cr_assert_gt(expect_all(GOLDEN_DIR "/n_*"), 80);
}

/* Every operation has a request that must be accepted. */
Test(golden, no_operation_is_left_out)
{
	for (unsigned int i = 0; i < PROTO_N_OPS; i++) {
		char pattern[512];
		glob_t found;

		snprintf(pattern, sizeof(pattern), GOLDEN_DIR "/y_request_%s*", proto_ops[i].name);
		cr_assert_eq(glob(pattern, 0, NULL, &found), 0, "%s", pattern);
		globfree(&found);
	}
}
