/* The diff says what changed, no more, and in the form that patch(1) takes. */
#include "client/ctl/line_diff.h"

#include "proto/span.h"
#include "tests/client/ctl/capture.h"

static void expect(const char *before, const char *after, const char *wanted)
{
	const struct line_diff diff = {span_of(before), span_of(after), "a", "b", false, false};
	struct capture capture;

	capture_begin(&capture);
	line_diff_print(capture.stream, &diff);
	capture_expect(&capture, wanted);
}

Test(line_diff, nothing_for_the_same)
{
	expect("", "", "");
	expect("a\nb\n", "a\nb\n", "");
}

Test(line_diff, a_line_that_changed)
{
	expect("1\n2\n3\n4\n5\n6\n7\n8\n9\n", "1\n2\n3\n4\nx\n6\n7\n8\n9\n",
	        "--- a\n+++ b\n@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+x\n 6\n 7\n 8\n");
}

Test(line_diff, lines_that_came_and_went)
{
	expect("a\nb\nc\n", "b\nc\nd\n", "--- a\n+++ b\n@@ -1,3 +1,3 @@\n-a\n b\n c\n+d\n");
	expect("", "a\n", "--- a\n+++ b\n@@ -0,0 +1,1 @@\n+a\n");
	expect("a\n", "", "--- a\n+++ b\n@@ -1,1 +0,0 @@\n-a\n");
}

Test(line_diff, changes_far_apart_are_two_hunks)
{
	expect("a\n1\n2\n3\n4\n5\n6\n7\nz\n", "b\n1\n2\n3\n4\n5\n6\n7\ny\n",
	        "--- a\n+++ b\n@@ -1,4 +1,4 @@\n-a\n+b\n 1\n 2\n 3\n"
	        "@@ -6,4 +6,4 @@\n 5\n 6\n 7\n-z\n+y\n");
}

Test(line_diff, changes_close_by_are_one_hunk)
{
	expect("a\n1\n2\n3\n4\n5\n6\nz\n", "b\n1\n2\n3\n4\n5\n6\ny\n",
	        "--- a\n+++ b\n@@ -1,8 +1,8 @@\n-a\n+b\n 1\n 2\n 3\n 4\n 5\n 6\n-z\n+y\n");
}

Test(line_diff, the_last_line_may_lack_its_feed)
{
	expect("a\nb", "a\nc", "--- a\n+++ b\n@@ -1,2 +1,2 @@\n a\n-b\n+c\n");
}

Test(line_diff, terminals_get_colours_and_no_escapes)
{
	const struct line_diff diff = {span_of("a\033\n"), span_of("b\n"), "a", "b", true, true};
	struct capture capture;

	capture_begin(&capture);
	line_diff_print(capture.stream, &diff);
	capture_expect(&capture, "--- a\n+++ b\n\033[36m@@ -1,1 +1,1 @@\033[0m\n"
	                         "\033[31m-a\\x1b\033[0m\n\033[32m+b\033[0m\n");
}

/* Beyond the table's bound one text replaces the other; every line is still there once. */
Test(line_diff, large_texts_are_replaced_whole)
{
	enum { N = 5000, LINE = 8 };
	char *before = malloc(N * LINE + 1), *after = malloc(N * LINE + 1);
	struct line_diff diff = {.before_name = "a", .after_name = "b"};
	struct capture capture;
	size_t n_lines = 0;

	cr_assert(before && after);
	for (int i = 0; i < N; i++) {
		snprintf(before + i * LINE, LINE + 1, "a%06d\n", i);
		snprintf(after + i * LINE, LINE + 1, "b%06d\n", i);
	}
	diff.before = span_of(before);
	diff.after = span_of(after);
	capture_begin(&capture);
	line_diff_print(capture.stream, &diff);
	fclose(capture.stream);
	for (size_t i = 0; i < capture.n_bytes; i++)
		n_lines += capture.text[i] == '\n';
	cr_expect_eq(n_lines, 2 * N + 3);
	free(capture.text);
	free(before);
	free(after);
}
