/*
 * Two revisions of a policy, side by side. Services are the same by id; what is material is told by
 * the fingerprint alone, and everything else is compared piece by piece, because whoever applies a
 * policy must see what came in under a consent that was given to something smaller.
 */
#include "daemon/policy/diff.h"

#include <errno.h>
#include <stdlib.h>

#include "daemon/base/duration.h"
#include "daemon/base/language.h"
#include "daemon/base/schema.h"

/* One service in both policies. */
struct pair {
	const struct policy *before, *after;
	uint32_t i, j; /* its numbers there */
	struct faults *faults;
};

static const struct policy_service *service_before(const struct pair *pair)
{
	return &pair->before->services[pair->i];
}

static const struct policy_service *service_after(const struct pair *pair)
{
	return &pair->after->services[pair->j];
}

static bool same_text(const struct policy_text *a, const struct policy_text *b)
{
	if (a->n_translations != b->n_translations)
		return false;
	for (uint32_t i = 0; i < a->n_translations; i++) {
		const struct policy_translation *x = &a->translations[i], *y = &b->translations[i];
		if (!span_equal(x->text, y->text) || !language_equal(x->language, y->language))
			return false;
	}
	return true;
}

static bool same_rule(const struct proto_rule *a, const struct proto_rule *b)
{
	return span_equal(a->name, b->name) && span_equal(a->domain, b->domain) &&
	       span_equal(a->path, b->path);
}

/* The cookie of the service before that a cookie of the service after continues; -1: it is new. */
static int64_t cookie_before(const struct pair *pair, const struct proto_rule *rule)
{
	const struct policy_service *service = service_before(pair);
	for (uint32_t i = 0; i < service->n_cookies; i++) {
		uint32_t cookie = service->first_cookie + i;
		if (same_rule(&pair->before->rules.rules[cookie], rule))
			return cookie;
	}
	return -1;
}

/* A session cookie ends first, however small the other's max_age is. */
static bool lives_longer(const struct proto_rule *after, const struct proto_rule *before)
{
	return after->max_age > before->max_age;
}

/* Whether some language that both have says something else; another language says the same. */
static bool other_wording(const struct policy_text *before, const struct policy_text *after)
{
	bool common = false;
	for (uint32_t i = 0; i < after->n_translations; i++) {
		const struct policy_translation *now = &after->translations[i];
		for (uint32_t j = 0; j < before->n_translations; j++) {
			const struct policy_translation *old = &before->translations[j];
			if (!language_equal(now->language, old->language))
				continue;
			common = true;
			if (!span_equal(now->text, old->text))
				return true;
		}
	}
	return !common && after->n_translations != 0;
}

/* What came in with a cookie, for the warning; NULL: nothing that widens what was agreed to. */
static const char *cookie_widened(const struct pair *pair, uint32_t cookie)
{
	const struct proto_rule *rule = &pair->after->rules.rules[cookie];
	int64_t old = cookie_before(pair, rule);
	if (old < 0)
		return "is new";
	if (lives_longer(rule, &pair->before->rules.rules[old]))
		return "lives longer";
	if (other_wording(&pair->before->cookies_declared[old].purpose,
	            &pair->after->cookies_declared[cookie].purpose))
		return "has another purpose";
	return NULL;
}

static void warn_of_cookies(const struct pair *pair)
{
	const struct policy_service *service = service_after(pair);
	const struct proto_service *rule = &pair->after->rules.services[pair->j];
	if (rule->basis == PROTO_BASIS_NECESSARY)
		return;
	for (uint32_t i = 0; i < service->n_cookies; i++) {
		uint32_t cookie = service->first_cookie + i;
		const char *what = cookie_widened(pair, cookie);
		if (what == NULL)
			continue;
		faults_warning(pair->faults, pair->after->cookies_declared[cookie].line,
		        pair->after->cookies_declared[cookie].column,
		        "cookie %s of service %s %s; whoever agreed before is not asked again "
		        "unless "
		        "\"material\" is raised",
		        schema_quote(pair->after->rules.rules[cookie].name).text,
		        schema_quote(rule->id).text, what);
	}
}

static bool cookies_changed(const struct pair *pair)
{
	const struct policy_service *before = service_before(pair), *after = service_after(pair);
	if (before->n_cookies != after->n_cookies)
		return true;
	for (uint32_t i = 0; i < after->n_cookies; i++) {
		uint32_t cookie = after->first_cookie + i;
		const struct proto_rule *rule = &pair->after->rules.rules[cookie];
		int64_t old = cookie_before(pair, rule);
		if (old < 0 || rule->max_age != pair->before->rules.rules[old].max_age ||
		        !same_text(&pair->before->cookies_declared[old].purpose,
		                &pair->after->cookies_declared[cookie].purpose))
			return true;
	}
	return false;
}

/* The same fingerprint means the same category; its texts may differ. */
static bool texts_changed(const struct pair *pair)
{
	const struct policy_service *before = service_before(pair), *after = service_after(pair);
	const struct policy_category *a = &pair->before->categories[before->category];
	const struct policy_category *b = &pair->after->categories[after->category];
	return !same_text(&before->provider, &after->provider) ||
	       !same_text(&before->function, &after->function) ||
	       !same_text(&before->location, &after->location) ||
	       !same_text(&a->title, &b->title) || !same_text(&a->description, &b->description);
}

static bool needs_opt_in(const struct proto_service *service)
{
	return service->basis == PROTO_BASIS_CONSENT ||
	       (service->basis == PROTO_BASIS_AUDIENCE_MEASUREMENT && !service->exempt);
}

static int64_t service_find(const struct policy *policy, struct span id)
{
	const struct proto_service *service = proto_rules_service(&policy->rules, id);
	return service ? service - policy->rules.services : -1;
}

static void put(struct span *list, uint32_t *n, struct span id)
{
	list[(*n)++] = id;
}

static void compare_service(struct pair *pair, struct policy_diff *diff)
{
	const struct proto_service *before = &pair->before->rules.services[pair->i];
	const struct proto_service *after = &pair->after->rules.services[pair->j];
	bool opted_in_before = needs_opt_in(before);
	if (memcmp(service_before(pair)->fingerprint, service_after(pair)->fingerprint,
	            sizeof(service_after(pair)->fingerprint)) != 0) {
		put(diff->material, &diff->n_material, after->id);
		opted_in_before = false;
	} else {
		if (cookies_changed(pair) || texts_changed(pair) || before->exempt != after->exempt)
			put(diff->changed, &diff->n_changed, after->id);
		warn_of_cookies(pair);
	}
	if (needs_opt_in(after) && !opted_in_before)
		put(diff->asked_again, &diff->n_asked_again, after->id);
}

static void compare_services(const struct policy *before, const struct policy *after,
        struct faults *faults, struct policy_diff *diff)
{
	for (uint32_t j = 0; j < after->rules.n_services; j++) {
		const struct proto_service *service = &after->rules.services[j];
		int64_t i = before ? service_find(before, service->id) : -1;
		if (i >= 0) {
			struct pair pair = {before, after, (uint32_t)i, j, faults};
			compare_service(&pair, diff);
			continue;
		}
		put(diff->added, &diff->n_added, service->id);
		if (needs_opt_in(service))
			put(diff->asked_again, &diff->n_asked_again, service->id);
	}
	for (uint32_t i = 0; before && i < before->rules.n_services; i++) {
		struct span id = before->rules.services[i].id;
		if (service_find(after, id) < 0)
			put(diff->removed, &diff->n_removed, id);
	}
}

static void warn_of_validity(
        struct faults *faults, const char *which, uint32_t before_s, uint32_t after_s)
{
	char before[32], after[32];
	if (before_s == after_s)
		return;
	duration_format(before_s, before, sizeof(before));
	duration_format(after_s, after, sizeof(after));
	faults_warning(faults, 0, 0,
	        "\"validity.%s\" was %s and is %s; choices that are stored keep their times", which,
	        before, after);
}

static void warn_of_policy(
        const struct policy *before, const struct policy *after, struct faults *faults)
{
	if (before->mode != after->mode)
		faults_warning(faults, 0, 0,
		        after->mode == POLICY_MODE_REPORT
		                ? "the mode is now report: adapters let every cookie through"
		                : "the mode is now enforce: adapters stop cookies that are not "
		                  "allowed");
	warn_of_validity(faults, "given", before->given_validity_s, after->given_validity_s);
	warn_of_validity(faults, "refused", before->refused_validity_s, after->refused_validity_s);
}

int policy_diff_make(const struct policy *before, const struct policy *after, struct faults *faults,
        struct policy_diff *ret)
{
	size_t n_after = after->rules.n_services;
	size_t n_before = before ? before->rules.n_services : 0;
	struct span *lists = calloc(4 * n_after + n_before + 1, sizeof(*lists));
	if (lists == NULL)
		return -ENOMEM;
	/* One allocation, which `added` stands for. */
	struct policy_diff diff = {
	        .added = lists,
	        .material = lists + n_after,
	        .changed = lists + 2 * n_after,
	        .asked_again = lists + 3 * n_after,
	        .removed = lists + 4 * n_after,
	};
	compare_services(before, after, faults, &diff);
	if (before != NULL)
		warn_of_policy(before, after, faults);
	*ret = diff;
	return 0;
}

void policy_diff_deinit(struct policy_diff *diff)
{
	free(diff->added);
	*diff = (struct policy_diff){0};
}
