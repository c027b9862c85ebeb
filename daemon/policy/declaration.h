/*
 * A policy as it is written: what the table reads from YAML, before it is checked and compiled.
 *
 * One thread, for the time of one policy_parse. The table declaration_schema is the policy's file
 * format; consentd-policy(5) is printed from it.
 */
#ifndef DAEMON_POLICY_DECLARATION_H
#define DAEMON_POLICY_DECLARATION_H

#include "daemon/base/schema.h"
#include "daemon/policy/policy.h"

#define DECLARATION_MONTH_S (UINT64_C(30) * 86400)
/* The longest life of a choice, and of a cookie that is exempt, that regulators have accepted. */
#define DECLARATION_LONGEST_S (13 * DECLARATION_MONTH_S)

enum declared_party {
	DECLARED_PARTY_INHERITED = 0,
	DECLARED_PARTY_FIRST = 1,
	DECLARED_PARTY_THIRD = 2,
};

struct declared_cookie {
	struct schema_head head;
	struct span name, domain, path; /* domain: in lower case, no leading dot, once completed */
	uint64_t max_age_s;             /* 0: session */
	struct schema_list purpose;
	struct schema_mark name_at, domain_at, path_at, max_age_at, purpose_at;
};

struct declared_service {
	struct schema_head head;
	struct span id, category;
	struct schema_list provider, function, location;
	uint64_t party, material;
	struct schema_list cookies; /* struct declared_cookie */
	struct schema_mark id_at, category_at, party_at, cookies_at;
};

/* What the site attests of audience measurement; a condition that is not stated is not met. */
struct declared_attest {
	bool anonymous, own_use_only, cross_site, refresh;
	struct schema_mark anonymous_at, own_use_only_at, cross_site_at, refresh_at;
};

struct declared_category {
	struct schema_head head;
	uint64_t basis, party; /* 0: not stated */
	struct declared_attest attest;
	struct schema_list title, heading, description;
	struct schema_mark basis_at, attest_at;
	bool shipped; /* one of the four that exist without being declared */
};

struct declared_page {
	struct schema_list title, introduction, cookie_title, cookie, kinds_title, table_title;
	struct schema_list columns[POLICY_N_COLUMNS];
};

/* One cookie with its service, in the order of the document. */
struct declared_rule {
	const struct declared_cookie *cookie;
	const struct declared_service *service;
};

struct declaration {
	struct span site, language;
	uint64_t mode, given_s, refused_s;
	struct declared_page page;
	struct schema_list categories; /* struct declared_category */
	struct schema_list services;   /* struct declared_service */
	struct schema_mark site_at, given_at, refused_at;

	/* Filled by declaration_complete. */
	struct declared_rule *rules;
	uint32_t n_rules;
};

extern const struct schema declaration_schema;

/* What an absent key means. */
extern const struct declaration declaration_initial;

/*
 * Adds what the document need not say: the shipped categories and page texts, inherited bases,
 * normal forms of domains; lists the rules. -ENOMEM.
 */
MUST_USE int declaration_complete(struct declaration *declaration, struct arena *arena);

/* Notes as errors what no single key shows: names that clash, references that lead nowhere. */
void declaration_conflicts(const struct declaration *declaration, struct faults *faults);

/* Notes as warnings what is allowed and probably not meant. */
void declaration_lint(const struct declaration *declaration, struct faults *faults);

/* The category of a service; NULL where the document has no such category. */
const struct declared_category *declared_category_find(
        const struct declaration *declaration, struct span name);

/* Whose cookies they are: the service's word, else its category's. */
bool declared_third_party(
        const struct declared_service *service, const struct declared_category *category);

/* Whether the category is exempt by its attestations, or (necessary) by its basis. */
bool declared_category_exempt(const struct declared_category *category);
/* The same for a service: its cookies must not outlive what is exempt either. */
bool declared_service_exempt(
        const struct declared_service *service, const struct declared_category *category);

static inline struct declared_service *declared_services(const struct declaration *declaration)
{
	return declaration->services.items;
}

static inline struct declared_category *declared_categories(const struct declaration *declaration)
{
	return declaration->categories.items;
}

static inline struct declared_cookie *declared_cookies(const struct declared_service *service)
{
	return service->cookies.items;
}

/* Checks of single texts, for the table: NULL, or what would be right. */
const char *declaration_check_site(struct span text);
const char *declaration_check_domain(struct span text);
const char *declaration_check_name(struct span text);
const char *declaration_check_cookie(struct span text);
const char *declaration_check_path(struct span text);
const char *declaration_check_language(struct span text);

#endif
