/*
 * What a policy becomes: the shipped categories, inheritance, exemptions; and every limit at the
 * limit and one past it. What is refused with which words is in the corpus.
 */
#include <criterion/criterion.h>
#include <stdio.h>

#include "tests/daemon/policy/sample.h"

static struct buffer yaml;

static void stop(void)
{
	buffer_deinit(&yaml);
}

TestSuite(policy_parse, .fini = stop);

#define PUT(...) cr_assert_eq(buffer_printf(&yaml, __VA_ARGS__), 0)

static void put_repeated(char c, size_t n)
{
	cr_assert_eq(buffer_reserve(&yaml, n), 0);
	memset(yaml.data + yaml.n_bytes, c, n);
	yaml.n_bytes += n;
}

/* Whether what was put together is accepted; it is then gone. */
static bool accepted(void)
{
	struct buffer lines = {0};
	int r = sample_faults(buffer_span(&yaml), "p", &lines);
	cr_assert(r == 0 || r == 1);
	buffer_deinit(&lines);
	buffer_deinit(&yaml);
	return r == 0;
}

/* The same, with the errors and warnings that it has. */
static void has_faults(int outcome, const char *expected)
{
	struct buffer lines = {0};
	cr_assert_eq(sample_faults(buffer_span(&yaml), "p", &lines), outcome, "%s", lines.data);
	cr_assert_str_eq((const char *)lines.data, expected);
	buffer_deinit(&lines);
	buffer_deinit(&yaml);
}

static const struct policy_category *category_of(const struct policy *policy, const char *name)
{
	for (uint32_t i = 0; i < policy->n_categories; i++) {
		if (span_is(policy->categories[i].name, name))
			return &policy->categories[i];
	}
	cr_assert(false, "%s", name);
	return NULL;
}

/* -- what it becomes ------------------------------------------------------------------------ */

Test(policy_parse, what_is_not_said_has_a_default)
{
	struct policy *policy = sample_policy(span_of("site: a.example\nservices: []\n"));
	cr_assert(span_is(policy->site, "a.example") && span_is(policy->language, "en"));
	cr_assert_eq(policy->mode, POLICY_MODE_ENFORCE);
	cr_assert_eq(policy->given_validity_s, 15552000);
	cr_assert_eq(policy->refused_validity_s, 15552000);
	cr_assert_eq(policy->n_categories, 4);
	cr_assert_eq(category_of(policy, "necessary")->basis, PROTO_BASIS_NECESSARY);
	cr_assert(category_of(policy, "necessary")->exempt);
	cr_assert_eq(category_of(policy, "statistics")->basis, PROTO_BASIS_AUDIENCE_MEASUREMENT);
	cr_assert_not(category_of(policy, "statistics")->exempt);
	cr_assert_eq(category_of(policy, "first_party")->basis, PROTO_BASIS_CONSENT);
	cr_assert_eq(category_of(policy, "third_party")->basis, PROTO_BASIS_CONSENT);
	cr_assert(category_of(policy, "third_party")->third_party);
	for (uint32_t i = 0; i < 4; i++) {
		cr_assert(policy->categories[i].shipped);
		cr_assert(policy_text_in(&policy->categories[i].title, SPAN_NONE).n_bytes != 0);
		cr_assert(policy_text_in(&policy->categories[i].description, SPAN_NONE).n_bytes);
	}
	policy_free(policy);
}

Test(policy_parse, a_shipped_category_keeps_what_is_not_redefined)
{
	struct policy *policy = sample_policy(span_of("site: a.example\n"
	                                              "categories:\n"
	                                              "  own: {basis: opt_out, party: third}\n"
	                                              "  third_party: {title: Others}\n"
	                                              "services:\n"
	                                              "- {id: s, provider: P, function: F, "
	                                              "category: own}\n"));
	cr_assert_eq(policy->n_categories, 5);
	cr_assert(span_is(policy->categories[0].name, "own"));
	cr_assert(span_is(policy->categories[1].name, "third_party"));
	cr_assert(policy->categories[0].third_party && !policy->categories[0].shipped);
	cr_assert(policy->categories[1].third_party && policy->categories[1].shipped);
	cr_assert(span_is(policy_text_in(&policy->categories[1].title, SPAN_NONE), "Others"));
	cr_assert(policy->categories[1].description.n_translations == 1);
	policy_free(policy);
}

Test(policy_parse, rules_carry_what_is_decided_and_services_what_is_shown)
{
	struct policy *policy = sample_policy(
	        span_of("site: a.example\n"
	                "mode: report\n"
	                "validity: {given: 1 second, refused: 13 months}\n"
	                "services:\n"
	                "- {id: s, provider: P, function: F, location: L, category: first_party,\n"
	                "   cookies: [{name: a, purpose: x}]}\n"
	                "- {id: t, provider: Q, function: G, category: first_party, party: third,\n"
	                "   material: 7, cookies: [\n"
	                "   {name: b_*, domain: .Ads.EXAMPLE, path: /p, max_age: 2 weeks, purpose: "
	                "y}]}\n"));
	const struct proto_rule *rule = &policy->rules.rules[1];
	cr_assert(span_is(rule->name, "b_*") && span_is(rule->domain, "ads.example"));
	cr_assert(span_is(rule->path, "/p") && rule->max_age == 1209600 && rule->service == 1);
	cr_assert_not(span_present(policy->rules.rules[0].domain));
	cr_assert_eq(policy->rules.rules[0].max_age, 0);
	cr_assert_eq(policy->mode, POLICY_MODE_REPORT);
	cr_assert(policy->given_validity_s == 1 && policy->refused_validity_s == 33696000);
	const struct policy_service *service = &policy->services[1];
	cr_assert(service->third_party && !policy->services[0].third_party);
	cr_assert(service->first_cookie == 1 && service->n_cookies == 1 && service->material == 7);
	cr_assert(span_is(policy_text_in(&service->provider, SPAN_NONE), "Q"));
	cr_assert(span_is(policy_text_in(&policy->services[0].location, SPAN_NONE), "L"));
	cr_assert(span_is(policy_text_in(&policy->cookies_declared[1].purpose, SPAN_NONE), "y"));
	cr_assert(span_is(policy->rules.services[1].category, "first_party"));
	policy_free(policy);
}

Test(policy_parse, the_digest_is_of_the_bytes)
{
	char hex[65] = "";
	struct policy *policy = sample_policy(span_of("site: a.example\nservices: []\n"));
	for (size_t i = 0; i < sizeof(policy->digest); i++)
		snprintf(hex + 2 * i, 3, "%02x", policy->digest[i]);
	cr_assert_str_eq(hex, "c80369ab099adc3e5977f84bd23393afe00f1a24056d1f87e1d23227862f0a14");
	policy_free(policy);
}

/* -- the exemption of audience measurement -------------------------------------------------- */

static bool exempt(const char *attest, const char *max_age)
{
	struct faults faults = {0};
	struct policy *policy = NULL;
	PUT("site: a.example\n"
	    "categories: {statistics: {attest: {%s}}}\n"
	    "services:\n"
	    "- {id: s, provider: P, function: F, category: statistics,\n"
	    "   cookies: [{name: a, max_age: 1 day, purpose: x}, {name: b, max_age: %s, purpose: "
	    "x}]}\n",
	        attest, max_age);
	cr_assert_eq(policy_parse(buffer_span(&yaml), &faults, &policy), 0);
	bool is_exempt = policy->rules.services[0].exempt;
	cr_assert_eq(policy->rules.services[0].basis, PROTO_BASIS_AUDIENCE_MEASUREMENT);
	/* Whoever is not exempt is told so. */
	cr_assert_eq(is_exempt, faults.n_items == 0, "%s", attest);
	faults_deinit(&faults);
	policy_free(policy);
	buffer_deinit(&yaml);
	return is_exempt;
}

Test(policy_parse, audience_measurement_is_exempt_while_every_condition_holds)
{
	cr_assert(exempt("anonymous: true, own_use_only: true, cross_site: false, refresh: false",
	        "13 months"));
	cr_assert(exempt("anonymous: true, own_use_only: true, cross_site: false, refresh: false",
	        "session"));
	cr_assert_not(exempt("anonymous: true, own_use_only: true, cross_site: false, "
	                     "refresh: false",
	        "33696001"));
	const char *lacking[] = {"", "own_use_only: true, cross_site: false, refresh: false",
	        "anonymous: true, cross_site: false, refresh: false",
	        "anonymous: true, own_use_only: true, refresh: false",
	        "anonymous: true, own_use_only: true, cross_site: false",
	        "anonymous: false, own_use_only: true, cross_site: false, refresh: false",
	        "anonymous: true, own_use_only: false, cross_site: false, refresh: false",
	        "anonymous: true, own_use_only: true, cross_site: true, refresh: false",
	        "anonymous: true, own_use_only: true, cross_site: false, refresh: true"};
	for (size_t i = 0; i < sizeof(lacking) / sizeof(lacking[0]); i++)
		cr_assert_not(exempt(lacking[i], "1 day"), "%s", lacking[i]);
}

/* -- limits --------------------------------------------------------------------------------- */

static bool services_accepted(int n, const char *category)
{
	PUT("site: a.example\nservices:\n");
	for (int i = 0; i < n; i++)
		PUT("- {id: s%d, provider: P, function: F, category: %s}\n", i, category);
	return accepted();
}

Test(policy_parse, limit_of_services)
{
	cr_assert(services_accepted(PROTO_LIMIT_SERVICES, "necessary"));
	cr_assert_not(services_accepted(PROTO_LIMIT_SERVICES + 1, "necessary"));
}

static bool categories_accepted(int n_own)
{
	PUT("site: a.example\ncategories:\n");
	for (int i = 0; i < n_own; i++)
		PUT("  c%d: {basis: consent}\n", i);
	PUT("services: []\n");
	return accepted();
}

Test(policy_parse, limit_of_categories_counts_the_shipped_ones)
{
	cr_assert(categories_accepted(PROTO_LIMIT_CATEGORIES - 4));
	cr_assert_not(categories_accepted(PROTO_LIMIT_CATEGORIES - 3));
	cr_assert_not(categories_accepted(PROTO_LIMIT_CATEGORIES));
	cr_assert_not(categories_accepted(PROTO_LIMIT_CATEGORIES + 1));
}

/* Cookies of two services, so that neither list alone is too long. */
static bool cookies_accepted(int n)
{
	PUT("site: a.example\nservices:\n");
	for (int service = 0; service < 2; service++) {
		PUT("- {id: s%d, provider: P, function: F, category: necessary, cookies: [",
		        service);
		for (int i = service; i < n; i += 2)
			PUT("{name: c%d},", i);
		PUT("]}\n");
	}
	return accepted();
}

Test(policy_parse, limit_of_rules)
{
	cr_assert(cookies_accepted(PROTO_LIMIT_RULES));
	cr_assert_not(cookies_accepted(PROTO_LIMIT_RULES + 1));
}

static bool text_accepted(const char *before, size_t n, const char *after)
{
	PUT("%s", before);
	put_repeated('a', n);
	PUT("%s", after);
	return accepted();
}

#define SERVICE "site: a.example\nservices: [{provider: P, function: F, category: necessary, "

Test(policy_parse, limits_of_names)
{
	cr_assert(text_accepted(SERVICE "id: ", PROTO_LIMIT_NAME_BYTES, "}]"));
	cr_assert_not(text_accepted(SERVICE "id: ", PROTO_LIMIT_NAME_BYTES + 1, "}]"));
	cr_assert(text_accepted("site: a.example\nservices: []\ncategories: {",
	        PROTO_LIMIT_NAME_BYTES, ": {basis: consent}}"));
	cr_assert_not(text_accepted("site: a.example\nservices: []\ncategories: {",
	        PROTO_LIMIT_NAME_BYTES + 1, ": {basis: consent}}"));
	cr_assert(text_accepted(
	        SERVICE "id: s, cookies: [{name: ", PROTO_LIMIT_COOKIE_NAME_BYTES, "}]}]"));
	cr_assert_not(text_accepted(
	        SERVICE "id: s, cookies: [{name: ", PROTO_LIMIT_COOKIE_NAME_BYTES + 1, "}]}]"));
}

/* A host name of n bytes, in labels of at most 63. */
static void put_host(size_t n)
{
	for (size_t i = 1; i <= n; i++)
		PUT("%c", i % 64 == 0 && i != n ? '.' : 'a');
}

static bool host_accepted(const char *before, size_t n, const char *after)
{
	PUT("%s", before);
	put_host(n);
	PUT("%s", after);
	return accepted();
}

Test(policy_parse, limits_of_hosts)
{
	const char *domain = SERVICE "id: s, cookies: [{name: c, domain: ";
	const char *dotted = SERVICE "id: s, cookies: [{name: c, domain: .";
	cr_assert(host_accepted("site: ", PROTO_LIMIT_SITE_BYTES, "\nservices: []"));
	cr_assert_not(host_accepted("site: ", PROTO_LIMIT_SITE_BYTES + 1, "\nservices: []"));
	cr_assert(host_accepted(domain, PROTO_LIMIT_DOMAIN_BYTES - 1, "}]}]"));
	cr_assert_not(host_accepted(domain, PROTO_LIMIT_DOMAIN_BYTES, "}]}]"));
	cr_assert(host_accepted(dotted, PROTO_LIMIT_DOMAIN_BYTES - 1, "}]}]"));
	cr_assert_not(host_accepted(dotted, PROTO_LIMIT_DOMAIN_BYTES, "}]}]"));
}

Test(policy_parse, limits_of_texts)
{
	const char *page = "site: a.example\nservices: []\npage: {";
	const struct {
		const char *before;
		size_t most;
		const char *after;
	} cases[] = {
	        {"title: ", 256, "}"},
	        {"introduction: ", 4096, "}"},
	        {"columns: {purposes: ", 256, "}}"},
	        {"cookie: {en: ", 4096, "}}"},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		PUT("%s", page);
		cr_assert(text_accepted(cases[i].before, cases[i].most, cases[i].after));
		PUT("%s", page);
		cr_assert_not(text_accepted(cases[i].before, cases[i].most + 1, cases[i].after));
	}
	cr_assert(text_accepted(SERVICE "id: s, cookies: [{name: c, purpose: ", 1024, "}]}]"));
	cr_assert_not(text_accepted(SERVICE "id: s, cookies: [{name: c, purpose: ", 1025, "}]}]"));
	cr_assert(text_accepted(SERVICE "id: s, cookies: [{name: c, path: /", 255, "}]}]"));
	cr_assert_not(text_accepted(SERVICE "id: s, cookies: [{name: c, path: /", 256, "}]}]"));
}

static bool language_accepted(const char *tag)
{
	PUT("{site: a.example, services: [], page: {title: {%s: x}}}", tag);
	return accepted();
}

Test(policy_parse, limit_of_languages)
{
	cr_assert(language_accepted("aa-bbbbbbbb-cccccccc-dddddddd-eeeee"));
	cr_assert_not(language_accepted("aa-bbbbbbbb-cccccccc-dddddddd-eeeeee"));
	PUT("{site: a.example, services: [], page: {title: {");
	for (int i = 0; i < 64; i++)
		PUT("en-x%d: x, ", i);
	size_t n_at_limit = yaml.n_bytes;
	PUT("}}}");
	struct buffer copy = {0};
	cr_assert_eq(buffer_append(&copy, (struct span){yaml.data, n_at_limit}), 0);
	cr_assert(accepted());
	yaml = copy;
	PUT("en: x}}}");
	cr_assert_not(accepted());
}

Test(policy_parse, limit_of_bytes)
{
	for (size_t more = 0; more < 2; more++) {
		PUT("site: a.example\nservices: []\n#");
		put_repeated('x', PROTO_LIMIT_YAML_BYTES + more - yaml.n_bytes);
		cr_assert_eq(accepted(), more == 0);
	}
}

Test(policy_parse, more_services_than_bits_are_a_warning)
{
	for (int n = PROTO_LIMIT_BITS; n <= PROTO_LIMIT_BITS + 1; n++) {
		PUT("site: a.example\nservices:\n");
		PUT("- {id: needed, provider: P, function: F, category: necessary}\n");
		for (int i = 0; i < n; i++)
			PUT("- {id: s%d, provider: P, function: F, category: first_party}\n", i);
		has_faults(
		        0, n == PROTO_LIMIT_BITS
		                   ? ""
		                   : "p:132:3: warning: the 129th service that is not necessary; a "
		                     "site can have 128, and the daemon refuses more\n");
	}
}

Test(policy_parse, faults_are_bounded_and_errors_are_kept)
{
	struct faults faults = {0};
	struct policy *policy = NULL;
	PUT("site: a.example\nservices:\n");
	PUT("- {id: s, provider: P, function: F, category: necessary, cookies: [");
	for (int i = 0; i < 900; i++)
		PUT("{name: c%d},", i);
	PUT("{name: c0}]}\n");
	cr_assert_eq(policy_parse(buffer_span(&yaml), &faults, &policy), 1);
	cr_assert_eq(faults.n_items, 500);
	cr_assert_not(faults.items[499].warning);
	cr_assert_null(policy);
	faults_deinit(&faults);
}

/* -- bytes that no file of this tree may hold ------------------------------------------------ */

Test(policy_parse, bytes_that_are_no_utf8)
{
	PUT("site: a.example\nservices: []\npage: {title: \"caf\xe9\"}\n");
	has_faults(1, "p:3:20: not YAML in UTF-8: invalid trailing UTF-8 octet\n");
	PUT("site: a.example\nservices: []\n");
	cr_assert_eq(buffer_append(&yaml, span_bytes("\0\n", 2)), 0);
	has_faults(1, "p:3:1: not YAML in UTF-8: control characters are not allowed\n");
	cr_assert_eq(buffer_append(&yaml, span_bytes("\xff\xfes\0i\0t\0", 8)), 0);
	has_faults(1, "p:1:1: not YAML in UTF-8: invalid leading UTF-8 octet\n");
}

/* -- what may be said and is probably not meant --------------------------------------------- */

Test(policy_parse, shipped_texts_that_lack_a_language_are_told_once)
{
	sample_warns("site: a.example\nservices: []\npage: {title: {en: T, fr: T}}\n",
	        "p: warning: the shipped texts are in English; state those of the page and of the "
	        "categories in \"fr\" too\n");
	sample_warns("site: a.example\nservices: []\nlanguage: en-GB\n",
	        "p: warning: the shipped texts are in English; state those of the page and of the "
	        "categories in \"en-GB\" too\n");
	sample_warns("site: a.example\nservices: []\n", "");
}

Test(policy_parse, bases_of_shipped_categories_that_are_faulty_are_not_said_to_be_missing)
{
	sample_refuses("site: a.example\nservices: []\ncategories: {necessary: {basis: nothing}}\n",
	        "p:3:33: \"basis\": expected one of necessary, audience_measurement, consent or "
	        "opt_out, not \"nothing\"\n");
}
