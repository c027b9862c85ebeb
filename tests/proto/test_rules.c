/*
 * Which rule a cookie belongs to: the written examples, and random policies against a matcher that
 * knows no index.
 */
#include "proto/rules.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#include "proto/tables.h"

struct policy {
	struct proto_rules rules;
	struct proto_service services[4];
	struct proto_rule rule[PROTO_LIMIT_RULES];
	void *memory;
};

static struct policy *policy_new(const char *site)
{
	struct policy *policy = calloc(1, sizeof(*policy));

	cr_assert_not_null(policy);
	policy->rules.site = span_of(site);
	policy->rules.services = policy->services;
	policy->rules.rules = policy->rule;
	return policy;
}

static void policy_free(struct policy *policy)
{
	free(policy->memory);
	free(policy);
}

static void add(struct policy *policy, const char *name, const char *domain)
{
	struct proto_rule *rule = &policy->rule[policy->rules.n_rules++];

	rule->name = span_of(name);
	rule->domain = span_of(domain);
}

static void index_rules(struct policy *policy)
{
	size_t n_bytes = proto_rules_index_bytes(policy->rules.n_rules);

	/* Exactly as much as was asked for, so that a sanitizer sees one word too many. */
	free(policy->memory);
	policy->memory = n_bytes ? malloc(n_bytes) : NULL;
	proto_rules_init(&policy->rules, policy->memory);
}

static int match(const struct policy *policy, const char *cookie, const char *domain)
{
	const struct proto_rule *rule =
	        proto_rules_match(&policy->rules, span_of(cookie), span_of(domain));

	return rule ? (int)(rule - policy->rule) : -1;
}

Test(rules, no_rules_match_nothing)
{
	struct policy *policy = policy_new("example.com");

	index_rules(policy);
	cr_expect_eq(match(policy, "a", NULL), -1);
	cr_expect_eq(match(policy, "", NULL), -1);
	policy_free(policy);
}

Test(rules, exact_beats_wildcard_and_longer_beats_shorter)
{
	struct policy *policy = policy_new("example.com");

	add(policy, "_g*", NULL);       /* 0 */
	add(policy, "_ga*", NULL);      /* 1 */
	add(policy, "_ga", NULL);       /* 2 */
	add(policy, "*_session", NULL); /* 3 */
	add(policy, "_gid", NULL);      /* 4 */
	index_rules(policy);
	cr_expect_eq(match(policy, "_ga", NULL), 2);
	cr_expect_eq(match(policy, "_gab", NULL), 1);
	cr_expect_eq(match(policy, "_gid", NULL), 4);
	cr_expect_eq(match(policy, "_gi", NULL), 0);
	cr_expect_eq(match(policy, "_g", NULL), 0, "a star may match nothing");
	cr_expect_eq(match(policy, "_session", NULL), 3);
	cr_expect_eq(match(policy, "_ga_session", NULL), 3, "nine bytes beat four");
	cr_expect_eq(match(policy, "_", NULL), -1);
	cr_expect_eq(match(policy, "_GA", NULL), -1, "names have a case");
	cr_expect_eq(match(policy, "", NULL), -1);
	policy_free(policy);
}

Test(rules, the_first_of_equals_wins)
{
	struct policy *policy = policy_new("example.com");

	add(policy, "*b", NULL);
	add(policy, "a*", NULL);
	add(policy, "x", NULL);
	add(policy, "x", NULL);
	index_rules(policy);
	cr_expect_eq(match(policy, "ab", NULL), 0);
	cr_expect_eq(match(policy, "x", NULL), 2);
	policy_free(policy);
}

Test(rules, stars_that_are_no_wildcards_stand_for_themselves)
{
	struct policy *policy = policy_new("example.com");

	add(policy, "*", NULL);
	add(policy, "**", NULL);
	add(policy, "*a*", NULL);
	add(policy, "b*c", NULL);
	index_rules(policy);
	cr_expect_eq(match(policy, "anything", NULL), -1);
	cr_expect_eq(match(policy, "xax", NULL), -1);
	cr_expect_eq(match(policy, "bxc", NULL), -1);
	cr_expect_eq(match(policy, "*", NULL), 0);
	cr_expect_eq(match(policy, "**", NULL), 1);
	cr_expect_eq(match(policy, "*a*", NULL), 2);
	cr_expect_eq(match(policy, "b*c", NULL), 3);
	policy_free(policy);
}

Test(rules, the_site_and_its_parents_are_first_party)
{
	struct policy *policy = policy_new("shop.example.com");

	add(policy, "a", NULL);
	index_rules(policy);
	cr_expect_eq(match(policy, "a", NULL), 0);
	cr_expect_eq(match(policy, "a", "shop.example.com"), 0);
	cr_expect_eq(match(policy, "a", ".Shop.EXAMPLE.com"), 0);
	cr_expect_eq(match(policy, "a", ".example.com"), 0);
	cr_expect_eq(match(policy, "a", "com"), 0, "a parent by its label");
	cr_expect_eq(match(policy, "a", "."), 0, "no domain is left (RFC 6265 §5.2.3)");
	cr_expect_eq(match(policy, "a", "om"), -1, "no label's boundary");
	cr_expect_eq(match(policy, "a", "op.example.com"), -1);
	cr_expect_eq(match(policy, "a", "ample.com"), -1);
	cr_expect_eq(match(policy, "a", "x.shop.example.com"), -1, "a child is another place");
	cr_expect_eq(match(policy, "a", "other.com"), -1);
	cr_expect_eq(match(policy, "a", "..example.com"), -1, "one dot is taken away");
	cr_expect_eq(match(policy, "a", "example.com."), -1);
	policy_free(policy);
}

Test(rules, a_declared_domain_matches_its_subdomains)
{
	struct policy *policy = policy_new("www.example.com");

	add(policy, "id", "ads.example.net"); /* 0 */
	add(policy, "id", "example.net");     /* 1 */
	add(policy, "id", NULL);              /* 2 */
	add(policy, "own", "example.com");    /* 3 */
	index_rules(policy);
	cr_expect_eq(match(policy, "id", "example.net"), 1);
	cr_expect_eq(match(policy, "id", ".x.example.NET"), 1);
	cr_expect_eq(match(policy, "id", "ads.example.net"), 0, "the longest domain");
	cr_expect_eq(match(policy, "id", "x.ads.example.net"), 0);
	cr_expect_eq(match(policy, "id", "xads.example.net"), 1);
	cr_expect_eq(match(policy, "id", "net"), -1, "a parent is not covered");
	cr_expect_eq(match(policy, "id", NULL), 2);
	cr_expect_eq(match(policy, "id", "example.com"), 2);
	cr_expect_eq(match(policy, "own", "example.com"), 3);
	cr_expect_eq(match(policy, "own", NULL), 3, "without a domain it is the site's");
	cr_expect_eq(match(policy, "own", "com"), -1);
	policy_free(policy);
}

Test(rules, the_name_goes_before_the_domain)
{
	struct policy *policy = policy_new("www.example.com");

	add(policy, "_pk*", "www.example.com"); /* 0 */
	add(policy, "_pk_id", NULL);            /* 1 */
	add(policy, "_pk_*", NULL);             /* 2 */
	add(policy, "_pk_id", "example.net");   /* 3 */
	add(policy, "_pk_*", "example.com");    /* 4 */
	index_rules(policy);
	cr_expect_eq(match(policy, "_pk_id", "www.example.com"), 1);
	cr_expect_eq(match(policy, "_pk_x", "www.example.com"), 4, "the longest domain of a name");
	cr_expect_eq(match(policy, "_pkx", NULL), 0);
	cr_expect_eq(match(policy, "_pk_id", "example.net"), 3);
	cr_expect_eq(match(policy, "_pk_id", "x.www.example.com"), 4,
	        "an exact name of another place does not hide a wildcard");
	policy_free(policy);
}

Test(rules, addresses_have_no_parents)
{
	struct policy *policy = policy_new("10.0.0.1");

	add(policy, "a", NULL);
	add(policy, "b", "0.0.1");
	index_rules(policy);
	cr_expect_eq(match(policy, "a", "10.0.0.1"), 0);
	cr_expect_eq(match(policy, "a", "0.0.1"), -1);
	cr_expect_eq(match(policy, "b", NULL), -1);
	policy_free(policy);
	cr_expect_not(proto_domain_covers(span_of("1"), span_of("::ffff:10.0.0.1")));
	cr_expect(proto_domain_covers(span_of("1a"), span_of("x.1a")));
	cr_expect_not(proto_domain_covers(span_of(""), span_of("a.b")));
	cr_expect_not(proto_domain_covers(span_of(""), span_of("a.")));
}

Test(rules, a_domain_of_the_longest_and_one_more)
{
	struct policy *policy = policy_new("example.com");
	char domain[PROTO_LIMIT_DOMAIN_BYTES + 3];

	add(policy, "a", "example.net");
	index_rules(policy);
	memset(domain, 'x', sizeof(domain));
	memcpy(domain + PROTO_LIMIT_DOMAIN_BYTES - 12, ".EXAMPLE.net", 13);
	cr_assert_eq(strlen(domain), PROTO_LIMIT_DOMAIN_BYTES);
	cr_expect_eq(match(policy, "a", domain), 0);
	memset(domain, 'x', sizeof(domain));
	memcpy(domain + PROTO_LIMIT_DOMAIN_BYTES - 11, ".example.net", 13);
	cr_expect_eq(match(policy, "a", domain), -1, "too long to be a name: no rule at all");
	policy_free(policy);
}

Test(rules, bits_are_collected)
{
	struct policy *policy = policy_new("example.com");
	struct proto_service services[] = {
	        {.basis = PROTO_BASIS_NECESSARY, .exempt = true, .bit = PROTO_NO_BIT},
	        {.basis = PROTO_BASIS_CONSENT, .bit = 0},
	        {.basis = PROTO_BASIS_OPT_OUT, .bit = 63},
	        {.basis = PROTO_BASIS_AUDIENCE_MEASUREMENT, .exempt = true, .bit = 64},
	        {.basis = PROTO_BASIS_AUDIENCE_MEASUREMENT, .bit = 127},
	};

	policy->rules.services = services;
	policy->rules.n_services = 5;
	index_rules(policy);
	cr_expect_eq(policy->rules.live.word[0], UINT64_C(1) << 63 | 1);
	cr_expect_eq(policy->rules.live.word[1], UINT64_C(1) << 63 | 1);
	cr_expect_eq(policy->rules.asked.word[0], 1);
	cr_expect_eq(policy->rules.asked.word[1], UINT64_C(1) << 63);
	policy_free(policy);
}

Test(rules, services_by_id)
{
	struct policy *policy = policy_new("example.com");

	policy->services[0].id = span_of("matomo");
	policy->services[1].id = span_of("matomo2");
	policy->rules.n_services = 2;
	cr_expect_eq(proto_rules_service(&policy->rules, span_of("matomo2")), &policy->services[1]);
	cr_expect_null(proto_rules_service(&policy->rules, span_of("mat")));
	cr_expect_null(proto_rules_service(&policy->rules, span_of("")));
	policy_free(policy);
}

Test(rules, bases_have_names)
{
	enum proto_basis basis;

	for (int i = PROTO_BASIS_NECESSARY; i <= PROTO_BASIS_OPT_OUT; i++) {
		const char *name = proto_basis_name((enum proto_basis)i);

		cr_assert(proto_basis_find(span_of(name), &basis), "%s", name);
		cr_expect_eq(basis, (enum proto_basis)i);
	}
	cr_expect_str_eq(proto_basis_name((enum proto_basis)0), "?");
	cr_expect_not(proto_basis_find(span_of("necessar"), &basis));
	cr_expect_not(proto_basis_find(span_of("Consent"), &basis));
}

/* -- random policies ------------------------------------------------------------------------ */

static uint64_t seed = 42;

static uint32_t draw(uint32_t below)
{
	seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407u;
	return (uint32_t)(seed >> 33) % below;
}

static const char *const domains[] = {NULL, NULL, NULL, "a.b.c", "b.c", "c", "d.b.c", "a.b.d",
        "x.a.b.c", "1.2.3.4", "3.4", "ab.c"};

/* Names over two letters, so that they meet often. */
static char *random_name(bool pattern)
{
	size_t n = draw(5), star = pattern ? draw(4) : 9;
	char *name = calloc(1, n + 3), *at = name;

	cr_assert_not_null(name);
	if (star == 0)
		*at++ = '*';
	for (size_t i = 0; i < n; i++)
		*at++ = "abab*"[draw(4)];
	if (star == 1)
		*at++ = '*';
	return name;
}

static bool naive_covers(const char *domain, const char *host)
{
	size_t n = strlen(domain), m = strlen(host);

	if (strcmp(domain, host) == 0)
		return true;
	if (n >= m || strcmp(host + m - n, domain) != 0 || host[m - n - 1] != '.')
		return false;
	return host[strspn(host, "0123456789.")] != '\0';
}

static bool naive_name(const char *pattern, const char *name)
{
	size_t n = strlen(pattern), m = strlen(name);

	if (n >= 2 && pattern[0] == '*')
		return m >= n - 1 && strcmp(name + m - (n - 1), pattern + 1) == 0;
	if (n >= 2 && pattern[n - 1] == '*')
		return m >= n - 1 && strncmp(name, pattern, n - 1) == 0;
	return strcmp(pattern, name) == 0;
}

static int naive_match(const struct policy *policy, const char *cookie, const char *domain)
{
	const char *site = (const char *)policy->rules.site.data;
	const char *host = domain ? domain : site;
	bool first_party = naive_covers(host, site);
	int best = -1;
	size_t best_rank = 0;

	for (uint32_t i = 0; i < policy->rules.n_rules; i++) {
		const char *name = (const char *)policy->rule[i].name.data;
		const char *place = (const char *)policy->rule[i].domain.data;
		bool wild = strlen(name) >= 2 && strchr(name, '*') != NULL;
		size_t rank = (wild ? strlen(name) : 1000) * 1000 + (place ? strlen(place) : 0);

		if (!naive_name(name, cookie) || !(place ? naive_covers(place, host) : first_party))
			continue;
		if (best < 0 || rank > best_rank) {
			best = (int)i;
			best_rank = rank;
		}
	}
	return best;
}

Test(rules, random_policies_agree_with_a_matcher_without_an_index)
{
	unsigned int n_hits = 0;

	for (unsigned int round = 0; round < 300; round++) {
		const char *site = domains[3 + draw(9)];
		struct policy *policy = policy_new(site);
		uint32_t n = draw(40);

		for (uint32_t i = 0; i < n; i++)
			add(policy, random_name(true), domains[draw(12)]);
		index_rules(policy);
		for (unsigned int i = 0; i < 200; i++) {
			char *cookie = random_name(false);
			const char *domain = domains[draw(12)];
			int want = naive_match(policy, cookie, domain);

			cr_assert_eq(match(policy, cookie, domain), want,
			        "round %u: %s at %s of %s", round, cookie, domain ? domain : "-",
			        site);
			n_hits += want >= 0;
			free(cookie);
		}
		for (uint32_t i = 0; i < n; i++)
			free((void *)(uintptr_t)policy->rule[i].name.data);
		policy_free(policy);
	}
	cr_expect_gt(n_hits, 10000, "the names meet: %u", n_hits);
}

Test(rules, as_many_rules_as_a_policy_may_have)
{
	struct policy *policy = policy_new("example.com");
	static char names[PROTO_LIMIT_RULES][16];

	for (int i = 0; i < PROTO_LIMIT_RULES; i++) {
		snprintf(names[i], sizeof(names[i]), i % 8 ? "name%d" : "name%d*", i);
		add(policy, names[i], NULL);
	}
	index_rules(policy);
	for (int i = 0; i < PROTO_LIMIT_RULES; i++) {
		char cookie[16];

		snprintf(cookie, sizeof(cookie), "name%d", i);
		cr_assert_eq(match(policy, cookie, NULL), i);
	}
	cr_expect_eq(match(policy, "nam", NULL), -1);
	policy_free(policy);
}
