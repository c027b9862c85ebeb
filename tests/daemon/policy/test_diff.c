/* Diffs: which list a service gets into, who is asked again, and what is warned of. */
#include "daemon/policy/diff.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/daemon/policy/sample.h"

#define HEAD "site: a.example\nservices:\n"
#define ADS                                                                                        \
	"- {id: ads, provider: P, function: F, category: third_party, cookies: [\n"                \
	"   {name: uid, domain: b.example, max_age: 1 day, purpose: x}]}\n"
#define CART                                                                                       \
	"- {id: cart, provider: P, function: F, category: first_party, cookies: [\n"               \
	"   {name: cart, purpose: x}]}\n"
#define LOGIN                                                                                      \
	"- {id: login, provider: P, function: F, category: necessary, cookies: [\n"                \
	"   {name: sid, purpose: x}]}\n"

/* "added: a b; removed: ; …" and the warnings, line by line. */
static void put_list(struct buffer *text, const char *name, const struct span *ids, uint32_t n)
{
	if (n == 0)
		return;
	cr_assert_eq(buffer_printf(text, "%s:", name), 0);
	for (uint32_t i = 0; i < n; i++)
		cr_assert_eq(buffer_printf(text, " %.*s", SPAN_ARG(ids[i])), 0);
	cr_assert_eq(buffer_printf(text, "\n"), 0);
}

static void put_diff(struct buffer *text, const struct policy *before, const struct policy *after)
{
	struct policy_diff diff;
	struct faults faults = {.file = "p"};
	cr_assert_eq(policy_diff_make(before, after, &faults, &diff), 0);
	put_list(text, "added", diff.added, diff.n_added);
	put_list(text, "removed", diff.removed, diff.n_removed);
	put_list(text, "material", diff.material, diff.n_material);
	put_list(text, "changed", diff.changed, diff.n_changed);
	put_list(text, "asked_again", diff.asked_again, diff.n_asked_again);
	for (size_t i = 0; i < faults.n_items; i++) {
		char line[600];
		fault_format(&faults, i, line, sizeof(line));
		cr_assert_eq(buffer_printf(text, "%s\n", line), 0);
	}
	cr_assert_not(faults_any_error(&faults));
	faults_deinit(&faults);
	policy_diff_deinit(&diff);
	cr_assert_null(diff.added);
}

/* Either policy must be clean by itself, unless it says so with a `#` in front. */
static struct policy *parse(const char *yaml)
{
	struct faults faults = {0};
	struct policy *policy = NULL;
	if (yaml == NULL)
		return NULL;
	if (yaml[0] != '#')
		return sample_policy(span_of(yaml));
	cr_assert_eq(policy_parse(span_of(yaml), &faults, &policy), 0, "%s", yaml);
	faults_deinit(&faults);
	return policy;
}

static void differ(const char *before, const char *after, const char *expected)
{
	struct policy *old = parse(before), *new = parse(after);
	struct buffer text = {0};
	put_diff(&text, old, new);
	cr_assert_eq(buffer_append(&text, span_bytes("", 1)), 0);
	cr_assert_str_eq((const char *)text.data, expected);
	buffer_deinit(&text);
	policy_free(old);
	policy_free(new);
}

Test(policy_diff, the_first_policy_adds_everything)
{
	differ(NULL, HEAD LOGIN ADS CART, "added: login ads cart\nasked_again: ads cart\n");
}

Test(policy_diff, the_same_policy_changes_nothing)
{
	differ(HEAD LOGIN ADS CART, HEAD LOGIN ADS CART, "");
	differ(HEAD ADS CART, HEAD CART ADS, "");
}

Test(policy_diff, services_come_and_go)
{
	differ(HEAD LOGIN ADS, HEAD ADS CART, "added: cart\nremoved: login\nasked_again: cart\n");
}

#define CART_WITH(provider, category, more)                                                        \
	HEAD "- {id: cart, provider: " provider ", function: F, category: " category more          \
	     ", cookies: [{name: cart, domain: a.example, purpose: x}]}\n"

Test(policy_diff, what_is_material)
{
	const char *before = CART_WITH("P", "first_party", "");
	const char *asked = "material: cart\nasked_again: cart\n";
	differ(before, CART_WITH("Q", "first_party", ""), asked);
	differ(before, CART_WITH("P", "third_party", ""), asked);
	differ(before, CART_WITH("P", "first_party", ", party: third"), asked);
	differ(before, CART_WITH("P", "first_party", ", material: 1"), asked);
	differ(before, CART_WITH("P", "necessary", ""), "material: cart\n");
	differ(CART_WITH("P", "necessary", ""), before, asked);
	differ(CART_WITH("P", "first_party", ", material: 2"),
	        CART_WITH("P", "first_party", ", material: 1"), asked);
	/* The party of the category, stated once more, is the same party. */
	differ(before, CART_WITH("P", "first_party", ", party: first"), "");
}

Test(policy_diff, another_basis_of_the_category_is_material)
{
	const char *own = "site: a.example\ncategories: {own: {basis: %s}}\nservices:\n"
	                  "- {id: s, provider: P, function: F, category: own}\n"
	                  "- {id: t, provider: P, function: F, category: first_party}\n";
	char before[300], after[300];
	snprintf(before, sizeof(before), own, "consent");
	snprintf(after, sizeof(after), own, "opt_out");
	differ(before, after, "material: s\n");
	differ(after, before, "material: s\nasked_again: s\n");
}

Test(policy_diff, wording_is_reported_and_asks_nobody)
{
	const char *before = HEAD LOGIN;
	differ(before,
	        HEAD "- {id: login, provider: P, function: G, category: necessary, cookies: [\n"
	             "   {name: sid, purpose: x}]}\n",
	        "changed: login\n");
	differ(before,
	        HEAD "- {id: login, provider: P, function: F, location: L, category: necessary,\n"
	             "   cookies: [{name: sid, purpose: x}]}\n",
	        "changed: login\n");
	differ(before, "site: a.example\ncategories: {necessary: {title: T}}\nservices:\n" LOGIN,
	        "changed: login\n");
	differ(before, "site: a.example\npage: {title: T}\nservices:\n" LOGIN, "");
	/* Nobody consented to it, so nothing is warned of. */
	differ(before,
	        HEAD "- {id: login, provider: P, function: F, category: necessary, cookies: [\n"
	             "   {name: sid, max_age: 1 day, purpose: y}, {name: sid2, purpose: x}]}\n",
	        "changed: login\n");
}

#define UNLESS "; whoever agreed before is not asked again unless \"material\" is raised\n"
#define ADS_WITH(cookies)                                                                          \
	HEAD "- {id: ads, provider: P, function: F, category: third_party, cookies: [\n  "         \
	     " " cookies "]}\n"

Test(policy_diff, what_came_in_under_an_old_consent_is_warned_of)
{
	const char *before = HEAD ADS;
	differ(before,
	        ADS_WITH("{name: uid, domain: b.example, max_age: 1 day, purpose: x},\n"
	                 "   {name: uid2, domain: b.example, purpose: x}"),
	        "changed: ads\np:5:11: warning: cookie \"uid2\" of service \"ads\" is new" UNLESS);
	differ(before, ADS_WITH("{name: uid, domain: c.example, max_age: 1 day, purpose: x}"),
	        "changed: ads\np:4:11: warning: cookie \"uid\" of service \"ads\" is new" UNLESS);
	differ(before, ADS_WITH("{name: uid, domain: b.example, max_age: 86401, purpose: x}"),
	        "changed: ads\np:4:11: warning: cookie \"uid\" of service \"ads\" lives "
	        "longer" UNLESS);
	differ(before, ADS_WITH("{name: uid, domain: b.example, max_age: 1 day, purpose: y}"),
	        "changed: ads\np:4:11: warning: cookie \"uid\" of service \"ads\" has another "
	        "purpose" UNLESS);
	differ(ADS_WITH("{name: uid, domain: b.example, purpose: x}"), before,
	        "changed: ads\np:4:11: warning: cookie \"uid\" of service \"ads\" lives "
	        "longer" UNLESS);
}

Test(policy_diff, what_went_out_or_was_translated_is_not)
{
	const char *before = HEAD ADS;
	differ(before, ADS_WITH("{name: uid, domain: b.example, max_age: 86399, purpose: x}"),
	        "changed: ads\n");
	differ(before, ADS_WITH("{name: uid, domain: b.example, purpose: x}"), "changed: ads\n");
	differ(before, "#\n" ADS_WITH(""), "changed: ads\n");
	differ("#\n" ADS_WITH("{name: uid, domain: b.example, purpose: {en: x}}"),
	        "#\n" ADS_WITH("{name: uid, domain: b.example, purpose: {en: x, fr: y}}"),
	        "changed: ads\n");
}

#define STATISTICS(anonymous)                                                                      \
	"#\nsite: a.example\ncategories: {statistics: {attest: {anonymous: " anonymous             \
	", own_use_only: true, cross_site: false, refresh: false}}}\nservices:\n"                  \
	"- {id: count, provider: P, function: F, category: statistics}\n"

Test(policy_diff, an_exemption_that_ends_asks_again)
{
	differ(STATISTICS("true"), STATISTICS("false"), "changed: count\nasked_again: count\n");
	differ(STATISTICS("false"), STATISTICS("true"), "changed: count\n");
}

Test(policy_diff, mode_and_validity)
{
	differ(HEAD LOGIN,
	        "mode: report\nvalidity: {given: 3 months, refused: 1 year}\n" HEAD LOGIN,
	        "p: warning: the mode is now report: adapters let every cookie through\n"
	        "p: warning: \"validity.given\" was 6 months and is 3 months; choices that are "
	        "stored "
	        "keep their times\n"
	        "p: warning: \"validity.refused\" was 6 months and is 1 year; choices that are "
	        "stored "
	        "keep their times\n");
	differ("mode: report\n" HEAD LOGIN, HEAD LOGIN,
	        "p: warning: the mode is now enforce: adapters stop cookies that are not "
	        "allowed\n");
}

Test(policy_diff, nothing_to_deinit_is_legal)
{
	struct policy_diff diff = {0};
	policy_diff_deinit(&diff);
}
