/* Nothing that a visitor or a policy wrote reaches a terminal or a spreadsheet as a command. */
#include "client/ctl/text.h"

#include "tests/client/ctl/capture.h"

static void expect_line(struct span text, const char *wanted)
{
	struct capture capture;

	capture_begin(&capture);
	text_print(capture.stream, text, TEXT_ONE_LINE);
	capture_expect(&capture, wanted);
}

static void expect_csv(struct span text, const char *wanted)
{
	struct capture capture;

	capture_begin(&capture);
	text_print_csv(capture.stream, text);
	capture_expect(&capture, wanted);
}

Test(text, plain_text_stays)
{
	expect_line(span_of("Cookie d'été – 日本 🍪 \\ \"x\""), "Cookie d'été – 日本 🍪 \\ \"x\"");
	expect_line(span_of(""), "");
}

Test(text, controls_are_escaped)
{
	expect_line(span_of("a\033[2Jb"), "a\\x1b[2Jb");
	expect_line(span_of("a\nb\rc\td"), "a\\nb\\rc\\td");
	expect_line(span_bytes("a\0b", 3), "a\\x00b");
	expect_line(span_of("\x7f"), "\\x7f");
	expect_line(span_of("\x1f "), "\\x1f ");
}

Test(text, c1_controls_are_escaped)
{
	expect_line(span_of("\xc2\x9b"
	                    "31m"),
	        "\\u009b31m");
	expect_line(span_of("\xc2\x80"), "\\u0080");
	expect_line(span_of("\xc2\x9f\xc2\xa0"), "\\u009f\xc2\xa0");
}

Test(text, bidirectional_controls_are_escaped)
{
	expect_line(span_of("user\u202ecod"), "user\\u202ecod");
	expect_line(
	        span_of("\u2066\u2069\u200f\u061c\ufeff"), "\\u2066\\u2069\\u200f\\u061c\\ufeff");
	expect_line(span_of("\u2028\u2029"), "\\u2028\\u2029");
	expect_line(span_of("\u2027\u202f\u2065"), "\u2027\u202f\u2065");
}

Test(text, what_is_no_utf8_is_escaped_byte_by_byte)
{
	expect_line(span_bytes("\xff\xfe", 2), "\\xff\\xfe");
	expect_line(span_bytes("\xc3", 1), "\\xc3");
	expect_line(span_bytes("\xc0\x80", 2), "\\xc0\\x80");          /* overlong */
	expect_line(span_bytes("\xed\xa0\x80", 3), "\\xed\\xa0\\x80"); /* a surrogate */
	expect_line(span_bytes("\xf4\x90\x80\x80", 4), "\\xf4\\x90\\x80\\x80");
	expect_line(span_bytes("\xe2\x82", 2), "\\xe2\\x82");
}

Test(text, documents_keep_their_lines)
{
	struct capture capture;

	capture_begin(&capture);
	text_print(capture.stream, span_of("a:\n\tb\r\033[m\n"), TEXT_MANY_LINES);
	capture_expect(&capture, "a:\n\tb\\r\\x1b[m\n");
}

Test(text, documents_end_in_a_line_feed)
{
	struct capture capture;

	capture_begin(&capture);
	text_print_whole(capture.stream, span_of("a"), true);
	text_print_whole(capture.stream, span_of("b\033\n"), false);
	text_print_whole(capture.stream, span_of(""), false);
	capture_expect(&capture, "a\nb\033\n");
}

Test(text, cells_are_copies_on_one_line)
{
	char *cell = text_cell(span_bytes("a\nb", 3));

	cr_assert_str_eq(cell, "a\\nb");
	free(cell);
}

Test(text, csv_quotes_by_rfc_4180)
{
	expect_csv(span_of("plain"), "plain");
	expect_csv(span_of("a,b"), "\"a,b\"");
	expect_csv(span_of("say \"no\""), "\"say \"\"no\"\"\"");
	expect_csv(span_of("\""), "\"\"\"\"");
	expect_csv(span_of(" a"), "\" a\"");
	expect_csv(span_of(""), "");
}

Test(text, csv_never_begins_a_formula)
{
	expect_csv(span_of("=1+1"), "'=1+1");
	expect_csv(span_of("+1"), "'+1");
	expect_csv(span_of("-1"), "'-1");
	expect_csv(span_of("@SUM(A1)"), "'@SUM(A1)");
	expect_csv(span_of("\uff1d1"), "'\uff1d1");
	expect_csv(span_of("=cmd|'/c x'!A1,\"b\""), "\"'=cmd|'/c x'!A1,\"\"b\"\"\"");
	expect_csv(span_of("a=b"), "a=b");
}

Test(text, csv_escapes_controls)
{
	expect_csv(span_of("a\r\nb\033"), "a\\r\\nb\\x1b");
	expect_csv(span_of("\t=1"), "\\t=1");
}

Test(text, json_escapes_what_jansson_leaves)
{
	struct capture capture;

	capture_begin(&capture);
	text_print_json(capture.stream, span_of("{\"a\": \"\\n\xc2\x9b\u202e\x7fé\"}\n"));
	capture_expect(&capture, "{\"a\": \"\\n\\u009b\\u202e\\u007fé\"}\n");
}
