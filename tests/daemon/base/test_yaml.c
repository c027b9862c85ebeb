/* The bounds of a document: what could be expensive or ambiguous is refused before it is built. */
#include "daemon/base/yaml.h"

#include <criterion/criterion.h>
#include <stdio.h>

static struct faults faults;

static void stop(void)
{
	faults_deinit(&faults);
}

TestSuite(base_yaml, .fini = stop);

static int read_bytes(struct span text)
{
	yaml_document_t document;
	faults.file = "t";
	int r = yaml_read(text, 1 << 20, &faults, &document);
	if (r == 0)
		yaml_document_delete(&document);
	return r;
}

static void accepts(const char *text)
{
	cr_assert_eq(read_bytes(span_of(text)), 0, "%s", text);
	cr_assert_eq(faults.n_items, 0);
}

static void refuses_bytes(struct span text, const char *expected)
{
	char line[300];
	cr_assert_eq(read_bytes(text), YAML_E_FAULTY, "%s", expected);
	cr_assert_eq(faults.n_items, 1, "%s", expected);
	fault_format(&faults, 0, line, sizeof(line));
	cr_assert_str_eq(line, expected);
	faults_deinit(&faults);
}

static void refuses(const char *text, const char *expected)
{
	refuses_bytes(span_of(text), expected);
}

Test(base_yaml, plain_documents)
{
	accepts("a: 1");
	accepts("---\n# note\na: [1, {b: c}]\n...\n");
	accepts("%YAML 1.2\n---\na: é\n");
}

Test(base_yaml, aliases_anchors_and_tags)
{
	refuses("a: &x 1", "t:1:4: anchors are not allowed here; repeat the text instead");
	refuses("a: !!int 1", "t:1:4: tags are not allowed here; write the value without one");
	refuses("a: !x {}", "t:1:4: tags are not allowed here; write the value without one");
	cr_assert_eq(read_bytes(span_of("a: &x [1]\nb: *x\nc: &y {}\n")), YAML_E_FAULTY);
	cr_assert_eq(faults.n_items, 3);
	cr_assert_eq(faults.items[1].line, 2);
	cr_assert_str_eq(
	        faults.items[1].message, "aliases are not allowed here; repeat the text instead");
}

Test(base_yaml, what_is_no_yaml)
{
	refuses("", "t: is empty");
	refuses("# nothing\n", "t: is empty");
	refuses("a: [1\n", "t:2:1: not YAML: did not find expected ',' or ']' while parsing a flow "
	                   "sequence");
	refuses("a: 1\n b: 2\n", "t:2:3: not YAML: mapping values are not allowed in this context");
	refuses("a: 1\n---\nb: 2\n", "t:2:1: a second document; a file holds one");
}

Test(base_yaml, bytes_that_are_no_text)
{
	refuses_bytes(span_bytes("a: b\n\0c", 7),
	        "t:2:1: not YAML in UTF-8: control characters are not allowed");
	refuses("a: \xff", "t:1:4: not YAML in UTF-8: invalid leading UTF-8 octet");
	refuses("a: é\xc3(", "t:1:6: not YAML in UTF-8: invalid trailing UTF-8 octet");
	refuses_bytes(span_bytes("\xff\xfe"
	                         "a\0:\0 \0b\0",
	                      10),
	        "t:1:1: not YAML in UTF-8: invalid leading UTF-8 octet");
}

static void nest(char *text, size_t depth)
{
	memset(text, '[', depth);
	memset(text + depth, ']', depth);
	text[2 * depth] = '\0';
}

Test(base_yaml, depth_at_its_limit_and_one_past_it)
{
	char text[4096];
	nest(text, YAML_DEPTH);
	accepts(text);
	nest(text, YAML_DEPTH + 1);
	refuses(text, "t:1:13: nested too deeply; at most 12 levels");
	nest(text, 2000);
	refuses(text, "t:1:13: nested too deeply; at most 12 levels");
}

Test(base_yaml, nodes_at_their_limit_and_one_past_it)
{
	static char text[YAML_NODES * 2 + 16];
	size_t n = 0;
	text[n++] = '[';
	for (int i = 1; i < YAML_NODES; i++, n += 2)
		memcpy(text + n, "1,", 2);
	text[n] = ']';
	cr_assert_eq(read_bytes(span_bytes(text, n + 1)), 0);
	memcpy(text + n, "1]", 2);
	cr_assert_eq(read_bytes(span_bytes(text, n + 2)), YAML_E_FAULTY);
	cr_assert_str_eq(
	        faults.items[0].message, "too many values; a document holds at most 65536");
}

Test(base_yaml, size_at_its_limit_and_one_past_it)
{
	yaml_document_t document;
	cr_assert_eq(yaml_read(span_of("a: b"), 4, &faults, &document), 0);
	yaml_document_delete(&document);
	cr_assert_eq(yaml_read(span_of("a: bc"), 4, &faults, &document), YAML_E_FAULTY);
	cr_assert_str_eq(faults.items[0].message, "is 5 bytes long; at most 4 are read");
}
