/*
 * Warnings: what a policy may say and probably does not mean. Each says what will happen, so that
 * its reader can decide whether that is what was wanted; a clean policy has none.
 *
 * Nothing here relies on a sound document: parts that were faulty by themselves are absent.
 */
#include "daemon/policy/declaration.h"

#include <stdio.h>

#include "daemon/policy/lint.h"
#include "proto/rules.h"

static void lint_validity(const struct declaration *declaration, struct faults *faults)
{
	struct schema_mark given = declaration->given_at, refused = declaration->refused_at;
	if (declaration->given_s > DECLARATION_LONGEST_S)
		faults_warning(faults, given.line, given.column,
		        "a yes holds longer than 13 months; visitors should be asked again sooner");
	if (declaration->refused_s > DECLARATION_LONGEST_S)
		faults_warning(faults, refused.line, refused.column,
		        "a refusal holds longer than 13 months");
}

static uint32_t count_services(const struct declaration *declaration, struct span category)
{
	const struct declared_service *services = declared_services(declaration);
	uint32_t n = 0;
	for (uint32_t i = 0; i < declaration->services.n_items; i++)
		n += span_equal(services[i].category, category);
	return n;
}

/* The first condition of the exemption that is not attested; NULL where all are. */
static const char *condition_missing(const struct declared_attest *attest)
{
	if (!attest->anonymous)
		return "anonymous: true";
	if (!attest->own_use_only)
		return "own_use_only: true";
	if (attest->cross_site_at.line == 0 || attest->cross_site)
		return "cross_site: false";
	if (attest->refresh_at.line == 0 || attest->refresh)
		return "refresh: false";
	return NULL;
}

/* The place to point at: where the category is declared, else the first service in it. */
static struct schema_mark place_of(
        const struct declaration *declaration, const struct declared_category *category)
{
	const struct declared_service *services = declared_services(declaration);
	struct schema_mark at = category->head.at;
	for (uint32_t i = 0; i < declaration->services.n_items && at.line == 0; i++) {
		if (span_equal(services[i].category, category->head.name))
			at = services[i].category_at;
	}
	return at;
}

static void lint_category(const struct declaration *declaration,
        const struct declared_category *category, struct faults *faults)
{
	struct schema_mark at = place_of(declaration, category);
	struct schema_mark basis = category->basis_at, attest = category->attest_at;
	struct schema_quoted name = schema_quote(category->head.name);
	bool audience = category->basis == PROTO_BASIS_AUDIENCE_MEASUREMENT;
	bool used = count_services(declaration, category->head.name) != 0;
	const char *missing = condition_missing(&category->attest);
	if (!used && !category->shipped)
		faults_warning(faults, at.line, at.column,
		        "no service is in category %s; it is on no page", name.text);
	if (used && audience && missing != NULL)
		faults_warning(faults, at.line, at.column,
		        "category %s lacks the attestation \"%s\", so its services need consent",
		        name.text, missing);
	if (!audience && attest.line != 0)
		faults_warning(faults, attest.line, attest.column,
		        "\"attest\" has an effect with basis audience_measurement only");
	if (category->shipped && basis.line != 0 && category->basis != PROTO_BASIS_NECESSARY &&
	        span_is(category->head.name, "necessary"))
		faults_warning(faults, basis.line, basis.column,
		        "a category called \"necessary\" has another basis than necessary");
}

/* Whether the first cookie covers the second's way of matching: "this declaration never counts". */
static const struct declared_rule *rule_shadowing(
        const struct declaration *declaration, const struct declared_rule *rule)
{
	if (span_present(rule->cookie->domain))
		return NULL;
	for (uint32_t i = 0; i < declaration->n_rules; i++) {
		const struct declared_rule *other = &declaration->rules[i];
		if (other->service != rule->service &&
		        span_equal(other->cookie->name, rule->cookie->name) &&
		        span_present(other->cookie->domain) &&
		        proto_domain_covers(other->cookie->domain, declaration->site))
			return other;
	}
	return NULL;
}

static void lint_shadow(const struct declaration *declaration, const struct declared_rule *rule,
        struct faults *faults)
{
	struct schema_mark at = rule->cookie->name_at;
	const struct declared_rule *other = rule_shadowing(declaration, rule);
	if (other != NULL && at.line != 0)
		faults_warning(faults, at.line, at.column,
		        "cookie %s is decided by service %s, whose domain in line %u covers the "
		        "site",
		        schema_quote(rule->cookie->name).text,
		        schema_quote(other->service->id).text, other->cookie->domain_at.line);
}

/* Names that browsers accept under conditions only (RFC 6265bis §4.1.3). */
static void lint_prefix(const struct declared_cookie *cookie, struct faults *faults)
{
	struct schema_mark at = cookie->domain_at.line ? cookie->domain_at : cookie->path_at;
	bool host_only = cookie->name.n_bytes > 7 && memcmp(cookie->name.data, "__Host-", 7) == 0;
	bool other_path = span_present(cookie->path) && !span_is(cookie->path, "/");
	if (host_only && (span_present(cookie->domain) || other_path))
		faults_warning(faults, at.line, at.column,
		        "browsers refuse a __Host- cookie with a domain or a path other than /");
}

static void lint_domain(const struct declaration *declaration, const struct declared_rule *rule,
        const struct declared_category *category, struct faults *faults)
{
	struct span domain = rule->cookie->domain;
	struct schema_mark at = rule->cookie->domain_at;
	bool third = declared_third_party(rule->service, category);
	if (!span_present(domain)) {
		at = rule->cookie->name_at;
		if (third && at.line != 0)
			faults_warning(faults, at.line, at.column,
			        "a third party's cookie without a domain is matched on this site "
			        "only");
		return;
	}
	if (memchr(domain.data, '.', domain.n_bytes) == NULL &&
	        !span_equal(domain, declaration->site))
		faults_warning(faults, at.line, at.column,
		        "a top-level domain covers every site in it, and browsers refuse it");
	else if (!third && span_present(declaration->site) &&
	         !proto_domain_covers(domain, declaration->site) &&
	         !proto_domain_covers(declaration->site, domain))
		faults_warning(faults, at.line, at.column,
		        "the domain is not the site's, and the service is not \"party: third\"");
}

static void lint_lifetime(const struct declared_cookie *cookie,
        const struct declared_category *category, struct faults *faults)
{
	struct schema_mark at = cookie->max_age_at;
	bool longer = cookie->max_age_s > DECLARATION_LONGEST_S;
	bool exempt = declared_category_exempt(category);
	if (category->basis == PROTO_BASIS_NECESSARY && longer)
		faults_warning(faults, at.line, at.column,
		        "a necessary cookie that lives longer than 13 months is hard to justify");
	if (category->basis != PROTO_BASIS_AUDIENCE_MEASUREMENT || !exempt)
		return;
	if (longer)
		faults_warning(faults, at.line, at.column,
		        "a cookie that lives longer than 13 months is not exempt, so its service "
		        "needs consent");
	if (at.line == 0 && cookie->name_at.line != 0)
		faults_warning(faults, cookie->name_at.line, cookie->name_at.column,
		        "a session cookie measures single visits only; state \"max_age\", session "
		        "if "
		        "that is meant");
}

static void lint_rule(const struct declaration *declaration, const struct declared_rule *rule,
        struct faults *faults)
{
	const struct declared_cookie *cookie = rule->cookie;
	const struct declared_category *category =
	        declared_category_find(declaration, rule->service->category);
	if (cookie->purpose.n_items == 0 && cookie->name_at.line != 0)
		faults_warning(faults, cookie->head.at.line, cookie->head.at.column,
		        "cookie %s has no purpose; the page cannot say what it is for",
		        schema_quote(cookie->name).text);
	lint_prefix(cookie, faults);
	lint_shadow(declaration, rule, faults);
	if (category == NULL)
		return;
	lint_domain(declaration, rule, category, faults);
	lint_lifetime(cookie, category, faults);
}

static void lint_services(const struct declaration *declaration, struct faults *faults)
{
	const struct declared_service *services = declared_services(declaration);
	uint32_t n_bits = 0;
	for (uint32_t i = 0; i < declaration->services.n_items; i++) {
		struct schema_mark at = services[i].head.at;
		const struct declared_category *category =
		        declared_category_find(declaration, services[i].category);
		if (services[i].cookies.n_items == 0 && services[i].cookies_at.line != 0)
			faults_warning(faults, at.line, at.column, "service %s has no cookies",
			        schema_quote(services[i].id).text);
		if (category == NULL || category->basis == PROTO_BASIS_NECESSARY)
			continue;
		if (++n_bits == PROTO_LIMIT_BITS + 1)
			faults_warning(faults, at.line, at.column,
			        "the %dth service that is not necessary; a site can have %d, and "
			        "the "
			        "daemon refuses more",
			        PROTO_LIMIT_BITS + 1, PROTO_LIMIT_BITS);
	}
}

void declaration_lint(const struct declaration *declaration, struct faults *faults)
{
	const struct declared_category *categories = declared_categories(declaration);
	lint_validity(declaration, faults);
	for (uint32_t i = 0; i < declaration->categories.n_items; i++)
		lint_category(declaration, &categories[i], faults);
	lint_services(declaration, faults);
	for (uint32_t i = 0; i < declaration->n_rules && i < PROTO_LIMIT_RULES; i++)
		lint_rule(declaration, &declaration->rules[i], faults);
	lint_languages(declaration, faults);
}
