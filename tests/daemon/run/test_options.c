/* The command line: what each option sets, and what is no command line. */
#include <criterion/criterion.h>
#include <criterion/redirect.h>

#include <stdlib.h>

#include "daemon/run/options.h"

static struct options options;
static char *words[200];

/* Parses the words up to NULL. */
static int parse(const char *const *given)
{
	int n = 0;

	words[n++] = (char *)"consentd";
	for (; *given; given++)
		words[n++] = (char *)*given;
	words[n] = NULL;
	return options_parse(n, words, &options);
}

#define PARSE(...) parse((const char *const[]){__VA_ARGS__, NULL})

static void silence(void)
{
	cr_redirect_stderr();
	cr_redirect_stdout();
}

TestSuite(options, .init = silence);

Test(options, nothing_is_enough)
{
	cr_assert_eq(parse((const char *const[]){NULL}), 0);
	cr_assert_eq(options.action, OPTIONS_RUN);
	cr_assert_null(options.data);
	cr_assert_eq(options.n_policy_files, 0);
}

Test(options, everything)
{
	cr_assert_eq(
	        PARSE("--config", "c", "--data=d", "--socket", "s", "--policy", "p1", "--policy",
	                "p2", "--policies", "pd", "--accept-clock", "--rebuild-view"),
	        0);
	cr_assert_eq(options.action, OPTIONS_RUN);
	cr_assert_str_eq(options.config, "c");
	cr_assert_str_eq(options.data, "d");
	cr_assert_str_eq(options.socket, "s");
	cr_assert_str_eq(options.policies, "pd");
	cr_assert_eq(options.n_policy_files, 2);
	cr_assert_str_eq(options.policy_files[1], "p2");
	cr_assert(options.accept_clock && options.rebuild_view);
}

Test(options, check_takes_the_rest)
{
	cr_assert_eq(PARSE("--check", "a", "b"), 0);
	cr_assert_eq(options.action, OPTIONS_CHECK);
	cr_assert_str_eq(options.check_files[0], "a");
	cr_assert_str_eq(options.check_files[1], "b");
	cr_assert_null(options.check_files[2]);
	cr_assert_eq(PARSE("--check"), OPTIONS_E_USAGE);
}

Test(options, help_and_version_win_over_what_follows)
{
	cr_assert_eq(PARSE("--help", "--no-such"), 0);
	cr_assert_eq(options.action, OPTIONS_HELP);
	cr_assert_eq(PARSE("-h"), 0);
	cr_assert_eq(options.action, OPTIONS_HELP);
	cr_assert_eq(PARSE("--version"), 0);
	cr_assert_eq(options.action, OPTIONS_VERSION);
}

Test(options, what_is_no_command_line)
{
	cr_assert_eq(PARSE("--no-such"), OPTIONS_E_USAGE);
	cr_assert_eq(PARSE("--data"), OPTIONS_E_USAGE);
	cr_assert_eq(PARSE("policy.yaml"), OPTIONS_E_USAGE);
	cr_assert_eq(PARSE("--accept-clock=yes"), OPTIONS_E_USAGE);
}

Test(options, policies_at_the_limit_and_one_past)
{
	const char *given[2 * OPTIONS_MAX_POLICIES + 3];
	size_t n = 0;

	for (size_t i = 0; i <= OPTIONS_MAX_POLICIES; i++) {
		given[n++] = "--policy";
		given[n++] = "p";
	}
	given[n] = NULL;
	cr_assert_eq(parse(given), OPTIONS_E_USAGE);
	given[n - 2] = NULL;
	cr_assert_eq(parse(given), 0);
	cr_assert_eq(options.n_policy_files, OPTIONS_MAX_POLICIES);
}

Test(options, help_names_every_option)
{
	char text[4096] = "";
	FILE *stream = fmemopen(text, sizeof(text), "w");

	options_print_help(stream);
	fclose(stream);
	cr_assert_not_null(strstr(text, "--policy FILE"));
	cr_assert_not_null(strstr(text, "--accept-clock"));
	cr_assert_not_null(strstr(text, "--rebuild-view"));
	for (const char *line = text; (line = strchr(line, '\n')); line++)
		cr_assert_leq(strcspn(line + 1, "\n"), 80);
}
