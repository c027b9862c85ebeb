/*
 * consentd-policy(5) and the table that reads policies: the page's keys are printed from it, and
 * the example policy uses every one of them.
 *
 * With MANUAL_UPDATE set in the environment the page's part is written instead of compared.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#include "daemon/policy/declaration.h"
#include "tests/daemon/policy/sample.h"

static const char page_path[] = MANUAL_DIR "/consentd-policy.5.scd";
static const char begin[] = "; printed from the table, begin\n";
static const char end[] = "; printed from the table, end\n";

static struct buffer page, printed;

static void start(void)
{
	page = sample_file(page_path);
	cr_assert_eq(buffer_append(&page, span_bytes("", 1)), 0);
	cr_assert_eq(schema_print(&declaration_schema, &printed), 0);
}

static void stop(void)
{
	buffer_deinit(&page);
	buffer_deinit(&printed);
}

TestSuite(policy_manual, .init = start, .fini = stop);

static void update(const char *from, const char *to)
{
	FILE *stream = fopen(page_path, "w");
	cr_assert_not_null(stream);
	fprintf(stream, "%.*s%.*s%s", (int)(from - (char *)page.data), (char *)page.data,
	        SPAN_ARG(buffer_span(&printed)), to);
	cr_assert_eq(fclose(stream), 0);
}

Test(policy_manual, keys_are_those_of_the_table)
{
	const char *from = strstr((const char *)page.data, begin);
	cr_assert_not_null(from);
	from += strlen(begin);
	const char *to = strstr(from, end);
	cr_assert_not_null(to);
	if (getenv("MANUAL_UPDATE") != NULL) {
		update(from, to);
		return;
	}
	cr_assert(span_equal(span_bytes(from, (size_t)(to - from)), buffer_span(&printed)),
	        "MANUAL_UPDATE=1 prints them anew");
}

/* As a key in a map of any style: in front of a colon, behind a space, a brace or a line's start. */
static bool uses(const struct buffer *yaml, const char *key)
{
	char with_colon[64];
	snprintf(with_colon, sizeof(with_colon), "%s:", key);
	for (const char *at = (const char *)yaml->data; (at = strstr(at, with_colon)); at++) {
		if (at == (const char *)yaml->data || strchr(" {\n", at[-1]) != NULL)
			return true;
	}
	return false;
}

static void check_rows(const struct buffer *yaml, const struct schema *schema)
{
	for (size_t i = 0; i < schema->n_rows; i++) {
		cr_expect(uses(yaml, schema->rows[i].key), "%s", schema->rows[i].key);
		cr_expect_not_null(schema->rows[i].meaning, "%s", schema->rows[i].key);
		if (schema->rows[i].schema != NULL)
			check_rows(yaml, schema->rows[i].schema);
	}
}

Test(policy_manual, the_example_policy_uses_every_key)
{
	struct buffer yaml = sample_file(POLICIES_DIR "/example.yaml");
	cr_assert_eq(buffer_append(&yaml, span_bytes("", 1)), 0);
	check_rows(&yaml, &declaration_schema);
	cr_assert_not(uses(&yaml, "no_such_key"));
	buffer_deinit(&yaml);
}

/* The manual names the limits in words. */
Test(policy_manual, limits_are_those_of_the_table)
{
	char text[200];
	snprintf(text, sizeof(text),
	        "at most %d services, %d categories (the four shipped ones included) and %d "
	        "cookies",
	        PROTO_LIMIT_SERVICES, PROTO_LIMIT_CATEGORIES, PROTO_LIMIT_RULES);
	cr_assert_not_null(strstr((const char *)page.data, text));
	snprintf(text, sizeof(text), "at most %d can be others", PROTO_LIMIT_BITS);
	cr_assert_not_null(strstr((const char *)page.data, text));
	snprintf(text, sizeof(text), "at most %d KiB", PROTO_LIMIT_YAML_BYTES / 1024);
	cr_assert_not_null(strstr((const char *)page.data, text));
}
