/* Log lines as a reader of stderr sees them: a packet pipe keeps each write(2) apart. */
#include "daemon/base/log.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int reading_end;

static void catch_stderr(void)
{
	int fds[2];
	cr_assert_eq(pipe2(fds, O_DIRECT | O_NONBLOCK), 0);
	cr_assert_geq(dup2(fds[1], STDERR_FILENO), 0);
	close(fds[1]);
	reading_end = fds[0];
}

/* The next write(2) as text; "" when there was none. */
static const char *caught(void)
{
	static char text[8192];
	ssize_t n = read(reading_end, text, sizeof(text) - 1);
	text[n > 0 ? n : 0] = '\0';
	return text;
}

static void pretend_journal(int inode_offset)
{
	struct stat st;
	char stream[64];
	cr_assert_eq(fstat(STDERR_FILENO, &st), 0);
	snprintf(stream, sizeof(stream), "%llu:%llu", (unsigned long long)st.st_dev,
	        (unsigned long long)st.st_ino + (unsigned long long)inode_offset);
	cr_assert_eq(setenv("JOURNAL_STREAM", stream, 1), 0);
}

Test(base_log, a_line_is_one_write, .init = catch_stderr)
{
	unsetenv("JOURNAL_STREAM");
	log_error("one %d", 1);
	log_info("two");
	cr_assert_str_eq(caught(), "consentd: error: one 1\n");
	cr_assert_str_eq(caught(), "consentd: two\n");
	cr_assert_str_eq(caught(), "");
}

Test(base_log, levels_above_the_set_one_are_dropped, .init = catch_stderr)
{
	unsetenv("JOURNAL_STREAM");
	log_debug("quiet");
	cr_assert_str_eq(caught(), "");
	log_set_level(LOG_LEVEL_DEBUG);
	log_debug("loud");
	cr_assert_str_eq(caught(), "consentd: debug: loud\n");
	log_set_level(LOG_LEVEL_ERROR);
	log_warning("quiet");
	cr_assert_str_eq(caught(), "");
}

Test(base_log, the_journal_gets_priorities, .init = catch_stderr)
{
	pretend_journal(0);
	log_error("a");
	log_warning("b");
	log_info("c");
	cr_assert_str_eq(caught(), "<3>a\n");
	cr_assert_str_eq(caught(), "<4>b\n");
	cr_assert_str_eq(caught(), "<6>c\n");
}

Test(base_log, another_stream_than_the_journal_gets_none, .init = catch_stderr)
{
	pretend_journal(1);
	log_warning("b");
	cr_assert_str_eq(caught(), "consentd: warning: b\n");
}

Test(base_log, a_text_cannot_forge_a_second_line, .init = catch_stderr)
{
	pretend_journal(0);
	log_info("site %s", "a\n<0>forged\x1b[31m");
	cr_assert_str_eq(caught(), "<6>site a <0>forged [31m\n");
}

Test(base_log, a_long_line_is_cut_and_still_ends, .init = catch_stderr)
{
	unsetenv("JOURNAL_STREAM");
	log_info("%*s", 10000, "x");
	const char *line = caught();
	size_t n = strlen(line);
	cr_assert_eq(n, 4096);
	cr_assert_eq(line[n - 1], '\n');
}

Test(base_log, errno_survives, .init = catch_stderr)
{
	errno = ENOENT;
	log_info("x");
	cr_assert_eq(errno, ENOENT);
}
