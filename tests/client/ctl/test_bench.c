/*
 * The benchmark's short cuts are equal to the long way: patched requests decode as what they
 * stand for, and a reply that was known by its bytes gets the verdict of one that was decoded.
 */
#include "client/ctl/bench_reply.h"
#include "client/ctl/bench_request.h"

#include <criterion/criterion.h>
#include <stdio.h>

#include "proto/messages.h"
#include "proto/rpc.h"

static struct proto_call parse_call(const struct bench_request *request)
{
	struct proto_call call;

	cr_assert_eq(proto_rpc_parse_call(span_bytes(request->bytes, request->n_bytes), &call), 0);
	return call;
}

Test(bench_request, a_patched_check_asks_for_that_subject)
{
	static const char *const names[] = {"a", "b"};
	const struct bench_check check = {
	        span_of("s.example"), span_of("d.example"), {names, 2}, 3};
	struct bench_request request;
	struct proto_check_request decoded;
	struct proto_fault fault;
	struct proto_call call;
	struct span name;

	bench_request_check(&check, &request);
	bench_request_patch_msgid(&request, request.bytes, BENCH_LAST_MSGID);
	bench_request_patch_subject(&request, request.bytes, 1234567890);
	call = parse_call(&request);
	cr_expect_eq(call.msgid, BENCH_LAST_MSGID);
	cr_expect(span_is(call.method, "check"));
	cr_assert_eq(proto_decode_request(&proto_check_request, call.params, &decoded, &fault), 0);
	cr_expect(span_is(decoded.subject, "bench-1234567890"));
	cr_expect(span_is(decoded.domain, "d.example"));
	cr_assert_eq(decoded.cookies.n_items, 3);
	for (int i = 0; i < 3; i++) {
		cr_assert(proto_list_text(&decoded.cookies, &name));
		cr_expect(span_is(name, names[i % 2]));
	}
	bench_request_deinit(&request);
}

Test(bench_request, every_digit_is_written)
{
	static const char *const names[] = {"a"};
	const struct bench_check check = {span_of("s.example"), SPAN_NONE, {names, 1}, 1};
	struct bench_request request;

	bench_request_check(&check, &request);
	for (uint64_t subject = 1; subject < 10000000000; subject = subject * 7 + 1) {
		char wanted[32];

		snprintf(wanted, sizeof(wanted), "%010llu", (unsigned long long)subject);
		bench_request_patch_subject(&request, request.bytes, subject);
		cr_assert_arr_eq(request.bytes + request.digits_at, wanted, BENCH_DIGITS);
	}
	bench_request_deinit(&request);
}

Test(bench_request, a_patched_record_makes_that_choice)
{
	struct bench_request request;

	bench_request_record(span_of("s.example"), &request);
	for (int given = 0; given < 2; given++) {
		struct proto_record_request decoded;
		struct proto_fault fault;
		struct span name;
		bool choice;

		bench_request_patch_choice(&request, request.bytes, given != 0);
		cr_assert_eq(proto_decode_request(&proto_record_request,
		                     parse_call(&request).params, &decoded, &fault),
		        0);
		cr_assert(proto_list_pair_bool(&decoded.choices, &name, &choice));
		cr_expect(span_is(name, "*"));
		cr_expect_eq(choice, given != 0);
	}
	bench_request_deinit(&request);
}

/* A reply to a check of one cookie. */
static struct span check_reply(
        uint8_t *memory, size_t capacity, uint32_t msgid, bool allowed, const char *reason)
{
	uint8_t items[128];
	struct proto_writer list = proto_writer_of(items, sizeof(items));
	struct proto_writer w = proto_writer_of(memory, capacity);
	const struct proto_decision decision = {.allowed = allowed, .reason = span_of(reason)};
	struct proto_check_result result = {.revision = 5, .policy_revision = 1};

	proto_encode(&list, &proto_decision, &decision);
	result.decisions = proto_list_of(&list, 1);
	proto_rpc_write_result(&w, msgid);
	proto_encode(&w, &proto_check_result, &result);
	cr_assert_not(w.overflow || list.overflow);
	return proto_writer_span(&w);
}

static struct bench_judge judge;

static struct bench_verdict verdict_of(bool allowed, const char *reason)
{
	uint8_t memory[512];
	struct proto_scanner scanner = {.scanned = 0};
	struct bench_reply reply;
	struct span message = check_reply(memory, sizeof(memory), 0x12345678, allowed, reason);

	cr_assert_eq(bench_judge_next(&judge, &scanner, message, &reply), 0);
	cr_assert_eq(reply.n_bytes, message.n_bytes);
	cr_assert_eq(reply.msgid, 0x12345678);
	return *reply.verdict;
}

Test(bench_reply, decisions_of_those_who_gave_and_refused)
{
	struct bench_verdict v = verdict_of(true, "consent_given");

	cr_expect(v.fits_given && !v.fits_refused && v.hit && !v.miss && v.n_allowed == 1);
	v = verdict_of(false, "consent_refused");
	cr_expect(!v.fits_given && v.fits_refused && v.hit && !v.miss && v.n_denied == 1);
	v = verdict_of(false, "objection");
	cr_expect(!v.fits_given && v.fits_refused && v.hit);
	v = verdict_of(true, "exempt_necessary");
	cr_expect(v.fits_given && v.fits_refused && !v.hit && !v.miss);
	v = verdict_of(false, "consent_unknown");
	cr_expect(!v.fits_given && !v.fits_refused && !v.hit && v.miss);
	v = verdict_of(false, "undeclared_cookie");
	cr_expect(!v.fits_given && !v.fits_refused && !v.hit && !v.miss && !v.failed);
}

Test(bench_reply, a_decision_that_contradicts_its_reason_is_an_error)
{
	cr_expect(verdict_of(false, "consent_given").failed);
	cr_expect(verdict_of(true, "consent_refused").failed);
	cr_expect(verdict_of(true, "no_such_reason").failed);
	cr_expect_str_neq(judge.first_error, "");
	cr_expect_eq(judge.n_known, 0, "what failed is not remembered");
}

Test(bench_reply, equal_replies_are_known_by_their_bytes)
{
	(void)verdict_of(true, "consent_given");
	(void)verdict_of(false, "consent_refused");
	cr_expect_eq(judge.n_known, 2);
	for (int i = 0; i < 20; i++) {
		cr_assert(verdict_of(true, "consent_given").fits_given);
		cr_assert(verdict_of(false, "consent_refused").fits_refused);
	}
	cr_expect_eq(judge.n_known, 2);
}

Test(bench_reply, many_kinds_of_replies_stay_right)
{
	for (int i = 0; i < 40; i++) {
		bool given = i % 2 == 0;
		struct bench_verdict v =
		        verdict_of(given, given ? "consent_given" : "consent_refused");

		cr_assert_eq(v.fits_given, given);
		cr_assert(verdict_of(true, "exempt_necessary").n_allowed == 1);
		cr_assert(verdict_of(false, "stale").n_denied == 1);
	}
}

/* However the bytes are cut, and known or not, the same verdict comes when the last one is there. */
Test(bench_reply, replies_in_pieces)
{
	uint8_t memory[512];
	struct span message = check_reply(memory, sizeof(memory), 0x10000, true, "consent_given");

	for (int known = 0; known < 2; known++) {
		struct proto_scanner scanner = {.scanned = 0};
		struct bench_reply reply;

		for (size_t n = 1; n < message.n_bytes; n++)
			cr_assert_eq(
			        bench_judge_next(&judge, &scanner, span_bytes(memory, n), &reply),
			        PROTO_E_TRUNCATED);
		cr_assert_eq(bench_judge_next(&judge, &scanner, message, &reply), 0);
		cr_expect(reply.verdict->fits_given);
		cr_expect_eq(reply.msgid, 0x10000);
		cr_expect_eq(judge.n_known, 1);
	}
}

Test(bench_reply, errors_are_counted_and_quoted)
{
	uint8_t memory[512];
	struct proto_writer w = proto_writer_of(memory, sizeof(memory));
	struct proto_scanner scanner = {.scanned = 0};
	struct bench_reply reply;
	uint32_t msgid = 0x10001;

	proto_rpc_write_error(&w, &msgid, PROTO_ERROR_BUSY, span_of("try again"));
	cr_assert_eq(bench_judge_next(&judge, &scanner, proto_writer_span(&w), &reply), 0);
	cr_expect(reply.verdict->failed && reply.msgid == msgid);
	cr_expect_str_eq(judge.first_error, "busy: try again");
}

Test(bench_reply, what_is_no_reply_ends_it)
{
	struct proto_scanner scanner = {.scanned = 0};
	struct bench_reply reply;

	cr_expect_eq(bench_judge_next(&judge, &scanner, span_bytes("\xc1", 1), &reply),
	        PROTO_E_MALFORMED);
	scanner = (struct proto_scanner){.scanned = 0};
	cr_expect_neq(bench_judge_next(&judge, &scanner, span_bytes("\x01", 1), &reply), 0);
}

static bool write_fits(uint64_t revision)
{
	uint8_t memory[512], record[256];
	struct proto_writer w = proto_writer_of(memory, sizeof(memory));
	struct proto_writer r = proto_writer_of(record, sizeof(record));
	struct proto_record state = {.revision = revision, .policy_revision = 1};
	struct proto_record_result result = {.revision = revision, .event = span_of("given")};
	struct proto_scanner scanner = {.scanned = 0};
	struct bench_reply reply;

	proto_encode(&r, &proto_record, &state);
	result.record = proto_writer_span(&r);
	proto_rpc_write_result(&w, 0x10000);
	proto_encode(&w, &proto_record_result, &result);
	cr_assert_eq(bench_judge_next(&judge, &scanner, proto_writer_span(&w), &reply), 0);
	cr_assert_not(reply.verdict->failed, "%s", judge.first_error);
	return reply.verdict->fits_given && reply.verdict->fits_refused;
}

Test(bench_reply, a_write_must_have_written)
{
	judge.is_write = true;
	judge.since_revision = 41;
	cr_expect_not(write_fits(41));
	cr_expect(write_fits(42));
}
