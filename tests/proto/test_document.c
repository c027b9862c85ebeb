/*
 * The exchange in PROTOCOL.md, read by the codec as it stands there: an example that no longer
 * holds fails here.
 */
#include "proto/rpc.h"
#include "proto/scanner.h"
#include "tests/support/wire.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

/* The lines between the fences behind a marker, each up to its semicolon. */
static struct span exchange(const char *marker)
{
	FILE *file = fopen(PROTOCOL_MD, "r");
	char line[512], digits[16384] = "";
	unsigned int fences = 0;
	bool found = false;

	cr_assert_not_null(file);
	while (fences < 2 && fgets(line, sizeof(line), file)) {
		found |= strstr(line, marker) == line;
		if (found && strncmp(line, "```", 3) == 0)
			fences++;
		else if (fences == 1)
			strncat(digits, line, strcspn(line, ";"));
	}
	fclose(file);
	cr_assert_eq(fences, 2, "no code behind %s", marker);
	return wire_hex(digits);
}

static struct span request_bytes(void)
{
	return exchange("<!-- exchange: request -->");
}

static struct span reply_bytes(void)
{
	return exchange("<!-- exchange: reply -->");
}

static void expect_one_message(struct span bytes)
{
	struct proto_scanner scanner = {0};
	size_t n_bytes = 0;

	cr_assert_eq(proto_scanner_feed(&scanner, bytes, &n_bytes), 0);
	cr_assert_eq(n_bytes, bytes.n_bytes);
}

Test(document, the_request_is_what_it_says)
{
	const struct span bytes = request_bytes();
	struct proto_check_request request;
	struct proto_fault fault;
	struct proto_call call;
	struct span name;

	expect_one_message(bytes);
	cr_assert_eq(proto_rpc_parse_call(bytes, &call), 0);
	cr_assert_not(call.notification);
	cr_assert_eq(call.msgid, 1);
	cr_assert(span_is(call.method, "check"));
	cr_assert_eq(proto_decode_request(&proto_check_request, call.params, &request, &fault), 0);
	cr_assert(span_is(request.site, "public.opendatasoft.com"));
	cr_assert(span_is(request.subject, "c-81f0"));
	cr_assert_eq(request.cookies.n_items, 2);
	cr_assert(proto_list_text(&request.cookies, &name));
	cr_assert(span_is(name, "sessionid"));
	cr_assert(proto_list_text(&request.cookies, &name));
	cr_assert(span_is(name, "_ga"));
}

Test(document, the_request_is_what_we_write)
{
	const struct span bytes = request_bytes();
	struct proto_writer w = wire_writer();
	struct proto_check_request request;
	struct proto_fault fault;
	struct proto_call call;

	cr_assert_eq(proto_rpc_parse_call(bytes, &call), 0);
	cr_assert_eq(proto_decode_request(&proto_check_request, call.params, &request, &fault), 0);
	proto_rpc_write_call(&w, call.msgid, call.method);
	proto_encode(&w, &proto_check_request, &request);
	cr_assert(span_equal(proto_writer_span(&w), bytes));
}

static void expect_decision(struct proto_list *decisions, const struct proto_decision *want)
{
	struct proto_decision got;
	enum proto_reason reason = 0;

	cr_assert(proto_list_message(decisions, &proto_decision, &got));
	cr_assert_eq(got.allowed, want->allowed);
	cr_assert(span_equal(got.reason, want->reason));
	cr_assert(span_equal(got.service, want->service));
	cr_assert_eq(got.max_age, want->max_age);
	cr_assert(proto_reason_find(got.reason, &reason));
	cr_assert_eq(proto_reason_allowed(reason), got.allowed);
}

Test(document, the_reply_is_what_it_says)
{
	const struct span bytes = reply_bytes();
	struct proto_check_result result;
	struct proto_fault fault;
	struct proto_reply reply;

	expect_one_message(bytes);
	cr_assert_eq(proto_rpc_parse_reply(bytes, &reply), 0);
	cr_assert(reply.has_msgid);
	cr_assert_eq(reply.msgid, 1);
	cr_assert_eq(reply.error, PROTO_ERROR_NONE);
	cr_assert_eq(proto_decode_result(&proto_check_result, reply.result, &result, &fault), 0);
	cr_assert_eq(result.revision, 3);
	cr_assert_eq(result.policy_revision, 1);
	cr_assert_not(result.ask);
	cr_assert_eq(result.decisions.n_items, 2);
	expect_decision(&result.decisions, &(struct proto_decision){.allowed = true,
	                                           .reason = span_of("exempt_necessary"),
	                                           .service = span_of("authentication"),
	                                           .max_age = 1209600});
	expect_decision(&result.decisions,
	        &(struct proto_decision){.reason = span_of("undeclared_cookie")});
}

Test(document, the_reply_is_what_we_write)
{
	const struct span bytes = reply_bytes();
	struct proto_writer w = wire_writer();
	struct proto_check_result result;
	struct proto_fault fault;
	struct proto_reply reply;

	cr_assert_eq(proto_rpc_parse_reply(bytes, &reply), 0);
	cr_assert_eq(proto_decode_result(&proto_check_result, reply.result, &result, &fault), 0);
	proto_rpc_write_result(&w, reply.msgid);
	proto_encode(&w, &proto_check_result, &result);
	cr_assert(span_equal(proto_writer_span(&w), bytes));
}
