/*
 * The corpus, found by glob: every y_*.yaml is accepted without an error, every n_*.yaml refused
 * with exactly the lines of its .expect. The shipped policies have no fault of any kind.
 *
 * With CORPUS_UPDATE set in the environment the .expect files are written instead of compared; read
 * the difference before you commit it.
 */
#include <criterion/criterion.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/daemon/policy/sample.h"

static const char *base_name(const char *path)
{
	return strrchr(path, '/') + 1;
}

/* The paths that match; the test fails where there are none, for then the glob is wrong. */
static glob_t find(const char *pattern)
{
	glob_t paths;
	cr_assert_eq(glob(pattern, 0, NULL, &paths), 0, "%s", pattern);
	return paths;
}

/* Warnings of accepted documents are listed in an .expect too, where there is one. */
static void compare(const char *path, const struct buffer *lines)
{
	char expect[600];
	snprintf(
	        expect, sizeof(expect), "%.*s.expect", (int)(strlen(path) - strlen(".yaml")), path);
	if (getenv("CORPUS_UPDATE") != NULL) {
		FILE *stream = fopen(expect, "w");
		cr_assert_not_null(stream);
		fputs((const char *)lines->data, stream);
		fclose(stream);
	}
	struct buffer expected = sample_file(expect);
	cr_assert_eq(buffer_append(&expected, span_bytes("", 1)), 0);
	cr_assert_str_eq((const char *)lines->data, (const char *)expected.data);
	buffer_deinit(&expected);
}

static void each(const char *pattern, int outcome)
{
	glob_t paths = find(pattern);
	for (size_t i = 0; i < paths.gl_pathc; i++) {
		struct buffer yaml = sample_file(paths.gl_pathv[i]), lines = {0};
		int r = sample_faults(buffer_span(&yaml), base_name(paths.gl_pathv[i]), &lines);
		cr_expect_eq(r, outcome, "%s:\n%s", paths.gl_pathv[i], (const char *)lines.data);
		compare(paths.gl_pathv[i], &lines);
		buffer_deinit(&lines);
		buffer_deinit(&yaml);
	}
	globfree(&paths);
}

Test(policy_corpus, y_files_are_accepted)
{
	each(CORPUS_DIR "/y_*.yaml", 0);
}

Test(policy_corpus, n_files_are_refused_as_expected)
{
	each(CORPUS_DIR "/n_*.yaml", 1);
}

Test(policy_corpus, shipped_policies_are_clean)
{
	glob_t paths = find(POLICIES_DIR "/*.yaml");
	for (size_t i = 0; i < paths.gl_pathc; i++) {
		struct buffer yaml = sample_file(paths.gl_pathv[i]);
		policy_free(sample_policy(buffer_span(&yaml)));
		buffer_deinit(&yaml);
	}
	cr_assert_geq(paths.gl_pathc, 2);
	globfree(&paths);
}
