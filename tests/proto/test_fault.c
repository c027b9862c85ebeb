/*
 * What a peer reads when its message is refused: the field, what was found, what would be right.
 */
#include "tests/support/wire.h"

#include <criterion/criterion.h>

static union proto_any_request decoded;

static void fault_of(const char *op_name, struct span bytes, struct proto_fault *ret)
{
	enum proto_op op = PROTO_N_OPS;

	cr_assert(proto_op_find(span_of(op_name), &op));
	cr_assert(proto_decode_request(proto_ops[op].request, bytes, &decoded, ret));
}

static void expect(const char *op_name, struct span bytes, const char *want)
{
	struct proto_fault fault;
	char text[512];

	fault_of(op_name, bytes, &fault);
	proto_fault_format(&fault, op_name, text, sizeof(text));
	cr_assert_str_eq(text, want);
}

/* A check of {site, subject: n bytes, cookies: [m bytes]}. */
static struct span check_of(size_t subject_bytes, uint32_t n_cookies, size_t cookie_bytes)
{
	struct proto_writer w = wire_writer();

	proto_writer_map(&w, 3);
	proto_writer_raw(&w, wire_hex("a473697465 a161"));
	proto_writer_text(&w, span_of("subject"));
	proto_writer_text(&w, wire_repeat('s', subject_bytes));
	proto_writer_text(&w, span_of("cookies"));
	proto_writer_array(&w, n_cookies);
	for (uint32_t i = 0; i < n_cookies; i++)
		proto_writer_text(&w, wire_repeat('c', i + 1 == n_cookies ? cookie_bytes : 1));
	return proto_writer_span(&w);
}

Test(fault, lengths_and_counts)
{
	expect("check", check_of(300, 1, 1),
	        "check: `subject` is 300 bytes long, 1 to 256 bytes are allowed");
	expect("check", check_of(0, 1, 1), "check: `subject` is empty, 1 to 256 bytes are allowed");
	expect("check", check_of(1, 257, 1),
	        "check: `cookies` has 257 items, 1 to 256 are allowed");
	expect("check", check_of(1, 0, 1), "check: `cookies` has 0 items, 1 to 256 are allowed");
	expect("check", check_of(1, 3, 257),
	        "check: item 3 of `cookies` is 257 bytes long, 1 to 256 bytes are allowed");
	expect("check", check_of(1, 1, 0),
	        "check: item 1 of `cookies` is empty, 1 to 256 bytes are allowed");
}

Test(fault, keys)
{
	expect("stats", wire_hex("81 a573697465 73 a161"),
	        "stats: `sites` is not a field here, these are: `site`");
	expect("policy_list", wire_hex("81 a473697465 a161"),
	        "policy_list: `site` is not a field here, there are none");
	expect("grants", wire_hex("81 a3616263 c0"),
	        "grants: `abc` is not a field here, these are: `site`, `subject`");
	expect("stats", wire_hex("82 a473697465 a161 a473697465 a161"),
	        "stats: `site` stands twice, once is right");
	expect("stats", wire_hex("81 05 a161"), "stats: a key is an integer, text is right");
	expect("stats", wire_hex("81 a1ff a161"), "stats: a key is not UTF-8");
}

Test(fault, an_unknown_key_is_shown_harmless_and_short)
{
	struct proto_writer w = wire_writer();

	expect("stats", wire_hex("81 a7 0a1b60c3a9417f c0"),
	        "stats: `?????A?` is not a field here, these are: `site`");
	proto_writer_map(&w, 1);
	proto_writer_text(&w, wire_repeat('k', 65));
	proto_writer_nil(&w);
	expect("stats", proto_writer_span(&w),
	        "stats: `kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk` (cut)"
	        " is not a field here, these are: `site`");
}

Test(fault, missing_fields_say_what_they_must_be)
{
	expect("check", wire_hex("80"),
	        "check: `site` is missing, text of 1 to 253 bytes is right");
	expect("check", wire_hex("81 a473697465 a161"),
	        "check: `cookies` is missing, an array of texts is right");
	expect("record", wire_hex("82 a473697465 a161 a77375626a656374 a173"),
	        "record: `choices` is missing, a map from names to booleans is right");
	expect("bind", wire_hex("82 a473697465 a161 a77375626a656374 a173"),
	        "bind: `account` is missing, text of 1 to 256 bytes or nil is right");
}

Test(fault, types)
{
	expect("stats", wire_hex("81 a473697465 05"),
	        "stats: `site` is an integer, text of 1 to 253 bytes is right");
	expect("stats", wire_hex("81 a473697465 c40161"),
	        "stats: `site` is binary, text of 1 to 253 bytes is right");
	expect("check", wire_hex("81 a7636f6f6b696573 81a161c0"),
	        "check: `cookies` is a map, an array of texts is right");
	expect("check", wire_hex("81 a7636f6f6b696573 92a161c0"),
	        "check: item 2 of `cookies` is nil, text is right");
	expect("check", wire_hex("81 a3677063 90"),
	        "check: `gpc` is an array, a boolean, or the text of the Sec-GPC header, is right");
	expect("history", wire_hex("81 a56c696d6974 a131"),
	        "history: `limit` is text, an integer, 1 to 1000, is right");
	expect("policy_apply", wire_hex("81 a76472795f72756e 01"),
	        "policy_apply: `dry_run` is an integer, a boolean is right");
	expect("record", wire_hex("81 a763686f69636573 82 a161c3 a162a3796573"),
	        "record: item 2 of `choices` is text, a boolean is right");
	expect("record", wire_hex("81 a763686f69636573 81 01c3"),
	        "record: a key of `choices` is an integer, text is right");
	expect("record", wire_hex("81 aa61747472696275746573 81 a16101"),
	        "record: item 1 of `attributes` is an integer, text is right");
}

Test(fault, values)
{
	expect("history", wire_hex("81 a56c696d6974 00"),
	        "history: `limit` is 0, 1 to 1000 is allowed");
	expect("history", wire_hex("81 a56c696d6974 cd03e9"),
	        "history: `limit` is 1001, 1 to 1000 is allowed");
	expect("history", wire_hex("81 a56c696d6974 ff"),
	        "history: `limit` is negative, 1 to 1000 is allowed");
	expect("history", wire_hex("81 a66265666f7265 00"),
	        "history: `before` is 0, at least 1 is allowed");
	expect("check", wire_hex("81 a87265766973696f6e ff"),
	        "check: `revision` is negative, 0 or more is allowed");
	expect("check", wire_hex("81 a3677063 02"), "check: `gpc` is 2, at most 1 is allowed");
	expect("stats", wire_hex("81 a473697465 a1ff"), "stats: `site` is not UTF-8");
	expect("record", wire_hex("81 a763686f69636573 82 a16bc3 a16bc3"),
	        "record: `k` in `choices` stands twice, once is right");
	expect("record", wire_hex("81 a763686f69636573 81 a0c3"),
	        "record: key 1 of `choices` is empty, 1 to 64 bytes are allowed");
}

Test(fault, messages_that_are_none)
{
	expect("hello", wire_hex("90"),
	        "hello: params are an array, an array with one map of fields is right");
	expect("hello", wire_hex("c0"),
	        "hello: params are nil, an array with one map of fields is right");
	expect("hello", wire_hex("80 c0 c0"), "hello: 2 bytes follow the message, none may");
	expect("stats", wire_hex("81 a473697465 d40001"),
	        "stats: `site` is cut, nested too deep, or of a type that is not used here (ext)");
	expect("stats", wire_hex("81 a473697465 a2"),
	        "stats: `site` is cut, nested too deep, or of a type that is not used here (ext)");
	expect("stats", wire_hex("81"),
	        "stats: the message is cut, nested too deep, or of a type that is not used here "
	        "(ext)");
}

/* No value that a peer sent comes back, or stands in a log: it might name a visitor. */
Test(fault, no_value_is_repeated)
{
	struct proto_fault fault;
	char text[512];

	fault_of("check", check_of(300, 1, 1), &fault);
	proto_fault_format(&fault, "check", text, sizeof(text));
	cr_assert_null(strstr(text, "sss"));
	fault_of("check", check_of(1, 1, 300), &fault);
	proto_fault_format(&fault, "check", text, sizeof(text));
	cr_assert_null(strstr(text, "ccc"));
}

Test(fault, every_capacity_ends_with_nul)
{
	struct proto_fault fault;
	char whole[512];

	fault_of("check", wire_hex("80"), &fault);
	proto_fault_format(&fault, "check", whole, sizeof(whole));
	for (size_t capacity = 0; capacity < sizeof(whole); capacity++) {
		char *text = malloc(capacity + 1);
		const size_t n = capacity == 0 ? 0 : capacity - 1;

		memset(text, '#', capacity + 1);
		proto_fault_format(&fault, "check", text, capacity);
		cr_assert_eq(text[capacity], '#');
		if (capacity > 0)
			cr_assert_eq(strncmp(text, whole, n), 0);
		if (capacity > 0)
			cr_assert_eq(strlen(text), n < strlen(whole) ? n : strlen(whole));
		free(text);
	}
}
