/*
 * The envelope: what is a call, what is a reply, and what ends the connection.
 */
#include "proto/rpc.h"
#include "tests/support/wire.h"

#include <criterion/criterion.h>

static struct proto_call call_of(const char *hex)
{
	struct proto_call call;

	cr_assert_eq(proto_rpc_parse_call(wire_hex(hex), &call), 0, "%s", hex);
	return call;
}

Test(rpc, a_request)
{
	const struct proto_call call = call_of("94 00 2a a5 636865636b 91 81 a161 01");

	cr_assert_not(call.notification);
	cr_assert_eq(call.msgid, 42);
	cr_assert(span_is(call.method, "check"));
	cr_assert(span_equal(call.params, wire_hex("81 a161 01")));
}

Test(rpc, a_notification)
{
	const struct proto_call call = call_of("93 02 a6 7265706f7274 91 80");

	cr_assert(call.notification);
	cr_assert(span_is(call.method, "report"));
	cr_assert(span_equal(call.params, wire_hex("80")));
}

Test(rpc, msgids_at_the_end_of_their_range)
{
	struct proto_call call = call_of("94 00 ce ffffffff a0 91 80");

	cr_assert_eq(call.msgid, UINT32_MAX);
	cr_assert_eq(proto_rpc_parse_call(wire_hex("94 00 cf 0000000100000000 a0 91 80"), &call),
	        PROTO_E_MALFORMED);
}

/* These are calls; decoding their params says what is wrong with them. */
Test(rpc, params_that_are_not_one_map_are_handed_over)
{
	struct proto_hello_request request;
	struct proto_fault fault;
	static const char *const calls[] = {"94 00 01 a1 61 90", "94 00 01 a1 61 92 80 80",
	        "94 00 01 a1 61 91 05", "94 00 01 a1 61 91 c0", "94 00 01 a1 61 91 91 80"};

	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		const struct proto_call call = call_of(calls[i]);

		cr_assert(
		        proto_decode_request(&proto_hello_request, call.params, &request, &fault));
		cr_assert_eq(fault.error, PROTO_ERROR_BAD_TYPE, "%s", calls[i]);
		cr_assert_eq(fault.kind, PROTO_FAULT_NOT_A_MAP, "%s", calls[i]);
	}
}

Test(rpc, what_is_no_call)
{
	static const char *const refused[] = {
	        "c0",
	        "05",
	        "80",
	        "90",
	        "a161",                   /* no array, or an empty one */
	        "94 01 01 c0 80",         /* a reply */
	        "94 03 01 a161 91 80",    /* no type of message */
	        "94 ff 01 a161 91 80",    /* a negative type */
	        "94 a130 01 a161 91 80",  /* a type in text */
	        "93 00 01 a161",          /* too short */
	        "95 00 01 a161 91 80 c0", /* too long */
	        "94 02 01 a161 91 80",    /* a notification with a msgid */
	        "94 00 c0 a161 91 80",    /* no msgid */
	        "94 00 ff a161 91 80",    /* a negative msgid */
	        "94 00 a131 a161 91 80",  /* a msgid in text */
	        "94 00 01 05 91 80",      /* a method that is no text */
	        "94 00 01 c40161 91 80",  /* a method in binary */
	        "94 00 01 a1ff 91 80",    /* a method that is not UTF-8 */
	        "94 00 01 a161 80",       /* params that are no array */
	        "94 00 01 a161 c0",
	};
	struct proto_call call;

	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
		cr_assert_eq(proto_rpc_parse_call(wire_hex(refused[i]), &call), PROTO_E_MALFORMED,
		        "%s", refused[i]);
}

Test(rpc, every_cut_of_a_call_is_refused_or_leaves_its_params_cut)
{
	const struct span whole = wire_hex("94 00 2a a5 636865636b 91 81 a473697465 a161");
	struct proto_check_request request;
	struct proto_fault fault;
	struct proto_call call;

	for (size_t n = 0; n < whole.n_bytes; n++) {
		const struct span cut = wire_exact(span_bytes(whole.data, n));

		if (proto_rpc_parse_call(cut, &call) == 0) {
			cr_assert(proto_decode_request(
			        &proto_check_request, call.params, &request, &fault));
			cr_assert_eq(fault.error, PROTO_ERROR_MALFORMED);
		}
	}
}

static struct proto_reply reply_of(struct span bytes)
{
	struct proto_reply reply;

	cr_assert_eq(proto_rpc_parse_reply(bytes, &reply), 0);
	return reply;
}

Test(rpc, a_call_that_is_written_is_read)
{
	struct proto_writer w = wire_writer();
	struct proto_call call;

	proto_rpc_write_call(&w, 7, span_of("show"));
	proto_writer_map(&w, 0);
	cr_assert_eq(proto_rpc_parse_call(wire_exact(proto_writer_span(&w)), &call), 0);
	cr_assert_not(call.notification);
	cr_assert_eq(call.msgid, 7);
	cr_assert(span_is(call.method, "show"));
	cr_assert(span_equal(call.params, wire_hex("80")));
}

Test(rpc, a_result)
{
	struct proto_writer w = wire_writer();
	struct proto_reply reply;

	proto_rpc_write_result(&w, 7);
	proto_writer_map(&w, 0);
	reply = reply_of(wire_exact(proto_writer_span(&w)));
	cr_assert(reply.has_msgid);
	cr_assert_eq(reply.msgid, 7);
	cr_assert_eq(reply.error, PROTO_ERROR_NONE);
	cr_assert(span_equal(reply.result, wire_hex("80")));
}

Test(rpc, an_error)
{
	const uint32_t msgid = 7;
	struct proto_writer w = wire_writer();
	struct proto_reply reply;

	proto_rpc_write_error(&w, &msgid, PROTO_ERROR_CONFLICT, span_of("why"));
	reply = reply_of(wire_exact(proto_writer_span(&w)));
	cr_assert(reply.has_msgid);
	cr_assert_eq(reply.msgid, 7);
	cr_assert_eq(reply.error, PROTO_ERROR_CONFLICT);
	cr_assert(span_is(reply.message, "why"));
	cr_assert_not(span_present(reply.result));
}

Test(rpc, an_error_without_a_msgid)
{
	struct proto_writer w = wire_writer();
	struct proto_reply reply;

	proto_rpc_write_error(&w, NULL, PROTO_ERROR_MALFORMED, span_of("why"));
	reply = reply_of(wire_exact(proto_writer_span(&w)));
	cr_assert_not(reply.has_msgid);
	cr_assert_eq(reply.error, PROTO_ERROR_MALFORMED);
}

/* Of a text that was cut inside a character, or that quotes the name of a file. */
Test(rpc, an_error_is_utf8_whatever_its_message_is)
{
	static const char *const messages[][2] = {
	        {"\xc3\xa9t\xc3\xa9", "\xc3\xa9t\xc3\xa9"},
	        {"\xc3\xa9t\xc3", "\xc3\xa9t?"},
	        {"why\xe2\x82", "why??"},
	        {"\xff of \xfe", "? of ?"},
	};

	for (size_t i = 0; i < sizeof(messages) / sizeof(messages[0]); i++) {
		struct proto_writer w = wire_writer();
		struct proto_reply reply;

		proto_rpc_write_error(&w, NULL, PROTO_ERROR_CONFLICT, span_of(messages[i][0]));
		reply = reply_of(wire_exact(proto_writer_span(&w)));
		cr_assert(span_is(reply.message, messages[i][1]), "%zu", i);
	}
}

/* {code: "later", message: "m", more: [1]} of a newer daemon. */
Test(rpc, an_error_of_a_newer_daemon_is_an_error)
{
	const struct proto_reply reply = reply_of(wire_hex(
	        "94 01 07 83 a4636f6465 a56c61746572 a76d657373616765 a16d a46d6f7265 9101 c0"));

	cr_assert_eq(reply.error, PROTO_ERROR_STORAGE_FAILED);
	cr_assert(span_is(reply.message, "m"));
}

Test(rpc, what_is_no_reply)
{
	static const char *const refused[] = {
	        "c0", "90", "80", "94 00 01 a161 91 80", /* a call */
	        "93 01 07 c0", "95 01 07 c0 80 c0",      /* too short, too long */
	        "94 01 a137 c0 80",                      /* a msgid in text */
	        "94 01 07 a165 c0",                      /* an error that is no map */
	        "94 01 07 80 80",                        /* an error and a result */
	        "94 01 07 81 a4636f6465 05 c0",          /* a code that is no text */
	        "94 01 07 81 05 05 c0",                  /* a key that is no text */
	        "94 01 07 c0",                           /* no result */
	        "94 01 07 80 c0 00",                     /* trailing bytes */
	};
	struct proto_reply reply;

	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
		cr_assert_eq(proto_rpc_parse_reply(wire_hex(refused[i]), &reply), PROTO_E_MALFORMED,
		        "%s", refused[i]);
}
