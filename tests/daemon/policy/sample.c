/* Policies for tests. */
#include "tests/daemon/policy/sample.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

struct buffer sample_file(const char *path)
{
	struct buffer file = {0};
	uint8_t bytes[4096];
	size_t n;
	FILE *stream = fopen(path, "rb");
	cr_assert_not_null(stream, "%s", path);
	while ((n = fread(bytes, 1, sizeof(bytes), stream)) != 0)
		cr_assert_eq(buffer_append(&file, span_bytes(bytes, n)), 0);
	fclose(stream);
	return file;
}

static int next_bit(void *ctx, struct span id, const uint8_t fingerprint[16], uint8_t *ret_bit)
{
	uint8_t *next = ctx;
	(void)id;
	(void)fingerprint;
	*ret_bit = (*next)++;
	return 0;
}

struct policy *sample_policy(struct span yaml)
{
	struct faults faults = {.file = "sample"};
	struct policy *policy = NULL;
	char line[600] = "";
	uint8_t bit = 0;
	int r = policy_parse(yaml, &faults, &policy);
	if (faults.n_items != 0)
		fault_format(&faults, 0, line, sizeof(line));
	cr_assert_eq(r, 0, "%s", line);
	cr_assert_eq(faults.n_items, 0, "%s", line);
	cr_assert_eq(policy_assign_bits(policy, next_bit, &bit), 0);
	faults_deinit(&faults);
	return policy;
}

int sample_faults(struct span yaml, const char *file, struct buffer *ret_lines)
{
	struct faults faults = {.file = file};
	struct policy *policy = NULL;
	int r = policy_parse(yaml, &faults, &policy);
	for (size_t i = 0; i < faults.n_items; i++) {
		char line[1200];
		fault_format(&faults, i, line, sizeof(line));
		cr_assert_eq(buffer_printf(ret_lines, "%s\n", line), 0);
	}
	cr_assert_eq(buffer_append(ret_lines, span_bytes("", 1)), 0);
	cr_assert_eq(r != 0, policy == NULL);
	faults_deinit(&faults);
	policy_free(policy);
	return r;
}

void sample_refuses(const char *yaml, const char *expected)
{
	struct buffer lines = {0};
	cr_assert_eq(sample_faults(span_of(yaml), "p", &lines), 1, "%s", yaml);
	cr_assert_str_eq((const char *)lines.data, expected);
	buffer_deinit(&lines);
}

void sample_warns(const char *yaml, const char *expected)
{
	struct buffer lines = {0};
	int r = sample_faults(span_of(yaml), "p", &lines);
	cr_assert_str_eq((const char *)lines.data, expected);
	cr_assert_eq(r, 0, "%s", yaml);
	buffer_deinit(&lines);
}

bool sample_has(const struct buffer *page, const char *text)
{
	return memmem(page->data, page->n_bytes, text, strlen(text)) != NULL;
}
