/*
 * A policy as an administrator may send it, through everything that looks at it: YAML, table,
 * checks, compiling, bits, matching, comparing, and the page in its three formats.
 *
 * Beyond what the sanitizers find, these must hold for any bytes:
 * - there is a policy, or at least one error, and never both;
 * - what a policy keeps of its text gives the same policy again, and the two do not differ;
 * - a page has no control characters, and as HTML no tag and no attribute that is not its own.
 */
#include "daemon/policy/diff.h"
#include "daemon/policy/render.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n_bytes);

#define MUST(condition)                                                                            \
	do {                                                                                       \
		if (!(condition))                                                                  \
			abort();                                                                   \
	} while (0)

static int next_bit(void *ctx, struct span id, const uint8_t fingerprint[16], uint8_t *ret_bit)
{
	uint8_t *next = ctx;
	(void)id;
	(void)fingerprint;
	if (*next == PROTO_LIMIT_BITS)
		return POLICY_E_FULL;
	*ret_bit = (*next)++;
	return 0;
}

static void match_all(const struct policy *policy)
{
	for (uint32_t i = 0; i < policy->rules.n_rules; i++) {
		const struct proto_rule *rule = &policy->rules.rules[i];
		struct proto_bits bits;
		bool necessary;
		/* A pattern's own text is matched by it, or by a rule that goes before it. */
		MUST(proto_rules_match(&policy->rules, rule->name, rule->domain) != NULL);
		MUST(policy_expand(
		        policy, policy->rules.services[rule->service].id, &bits, &necessary));
	}
}

static void no_difference(const struct policy *policy)
{
	struct faults faults = {0};
	struct policy *again = NULL;
	struct policy_diff diff;
	MUST(policy_parse(policy->yaml, &faults, &again) == 0);
	MUST(memcmp(policy->digest, again->digest, sizeof(policy->digest)) == 0);
	size_t n_warnings = faults.n_items;
	MUST(policy_diff_make(policy, again, &faults, &diff) == 0);
	MUST(diff.n_added + diff.n_removed + diff.n_material + diff.n_changed == 0);
	MUST(diff.n_asked_again == 0 && faults.n_items == n_warnings);
	policy_diff_deinit(&diff);
	faults_deinit(&faults);
	policy_free(again);
}

static bool starts_with(struct span text, const char *word)
{
	size_t n = strlen(word);
	return text.n_bytes >= n && memcmp(text.data, word, n) == 0;
}

/* Every `<` begins one of the tags that the writer knows. */
static void only_own_tags(struct span page)
{
	static const char *const tags[] = {"!DOCTYPE html>", "html lang=\"", "head>", "meta ",
	        "title", "style>", "body>", "main>", "section", "h1", "h2 id=\"", "h2>", "h3", "p",
	        "table>", "caption", "thead>", "tr>", "th", "td", "tbody>", "code>", "html>"};
	for (size_t i = 0; i < page.n_bytes; i++) {
		struct span tag = {page.data + i + 1, page.n_bytes - i - 1};
		bool known = page.data[i] != '<';
		if (starts_with(tag, "/"))
			tag = (struct span){tag.data + 1, tag.n_bytes - 1};
		for (size_t j = 0; j < sizeof(tags) / sizeof(tags[0]) && !known; j++)
			known = starts_with(tag, tags[j]);
		MUST(known);
	}
}

static void render(const struct policy *policy, enum policy_format format, struct span language)
{
	struct buffer page = {0};
	MUST(policy_render(policy, format, language, &page) == 0);
	for (size_t i = 0; i < page.n_bytes; i++)
		MUST(page.data[i] == '\n' || (page.data[i] >= 0x20 && page.data[i] != 0x7f));
	if (format == POLICY_FORMAT_HTML)
		only_own_tags(buffer_span(&page));
	buffer_deinit(&page);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n_bytes)
{
	struct faults faults = {0};
	struct policy *policy = NULL;
	uint8_t bit = 0;
	int r = policy_parse(span_bytes(data, n_bytes), &faults, &policy);
	MUST((r == 0) == !faults_any_error(&faults));
	MUST((r == 0) == (policy != NULL));
	faults_deinit(&faults);
	if (policy == NULL)
		return 0;
	render(policy, POLICY_FORMAT_HTML, SPAN_NONE);
	render(policy, POLICY_FORMAT_MARKDOWN, span_of("fr-CA"));
	render(policy, POLICY_FORMAT_TEXT, span_bytes(data, n_bytes < 20 ? n_bytes : 20));
	no_difference(policy);
	if (policy_assign_bits(policy, next_bit, &bit) == 0)
		match_all(policy);
	policy_free(policy);
	return 0;
}
