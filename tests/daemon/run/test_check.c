/* consentd --check: what it takes a file for, and how it ends. */
#include <criterion/criterion.h>
#include <criterion/redirect.h>

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "daemon/run/check.h"
#include "daemon/run/options.h"

static char path[64];

static void start(void)
{
	int fd;

	cr_redirect_stdout();
	snprintf(path, sizeof(path), "/tmp/consent-check-XXXXXX");
	fd = mkstemp(path);
	cr_assert_geq(fd, 0);
	close(fd);
}

static void stop(void)
{
	unlink(path);
}

TestSuite(check, .init = start, .fini = stop);

static int check(const char *text)
{
	FILE *file = fopen(path, "w");
	char *files[] = {path, NULL};

	fputs(text, file);
	fclose(file);
	return check_files(files);
}

static const char policy[] = "site: example.org\n"
                             "categories: {}\n"
                             "services:\n"
                             "  - {id: a, provider: P, function: F, category: necessary,\n"
                             "     cookies: [{name: c, purpose: for this, max_age: 1 day}]}\n";

Test(check, what_is_a_policy)
{
	cr_assert(check_is_policy(span_of("site: a\n")));
	cr_assert(check_is_policy(span_of("# x\nmode: report\nsite : a\n")));
	cr_assert(check_is_policy(span_of("{site: a}")));
	cr_assert(check_is_policy(span_of("{ \"site\": \"a\"}")));
	cr_assert(check_is_policy(span_of("'site': a")));
	cr_assert_not(check_is_policy(span_of("")));
	cr_assert_not(check_is_policy(span_of("site")));
	cr_assert_not(check_is_policy(span_of("sites: a\n")));
	cr_assert_not(check_is_policy(span_of("socket:\n  site: x\n")));
	cr_assert_not(check_is_policy(span_of("website: x\n")));
}

Test(check, sound_files)
{
	cr_assert_eq(check(policy), EXIT_STATUS_OK);
	cr_assert_eq(check("log_level: info\n"), EXIT_STATUS_OK);
	cr_assert_eq(check(""), EXIT_STATUS_OK);
}

Test(check, faulty_files)
{
	cr_assert_eq(check("site: example.org\nservces: []\n"), EXIT_STATUS_INVALID);
	cr_assert_eq(check("log_level: loud\n"), EXIT_STATUS_INVALID);
	cr_assert_eq(check("{"), EXIT_STATUS_INVALID);
}

Test(check, one_faulty_file_among_sound_ones)
{
	char *files[] = {path, (char *)"/nonexistent/consentd.yaml", path, NULL};

	cr_assert_eq(check_files(files), EXIT_STATUS_INVALID);
}
