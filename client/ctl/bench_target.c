/*
 * A cookie that needs consent is the one worth measuring: what is necessary is answered without a
 * look at the subject.
 */
#include "client/ctl/bench_target.h"

#include <stdlib.h>

/* How good a cookie is to ask for. */
enum worth { WORTH_NOTHING, WORTH_EXEMPT, WORTH_REFUSABLE, WORTH_CONSENT };

struct search {
	struct bench_target *target; /* the best so far */
	enum worth worth;
};

static void copy(char *into, struct span text)
{
	memcpy(into, text.data, text.n_bytes);
	into[text.n_bytes] = '\0';
}

/* A name that the pattern matches: its `*` may stand for nothing. */
static void copy_without_star(char *into, struct span pattern)
{
	size_t n = 0;

	for (size_t i = 0; i < pattern.n_bytes; i++) {
		if (pattern.data[i] != '*')
			into[n++] = (char)pattern.data[i];
	}
	into[n] = '\0';
}

/* The service is looked up for each rule; policies are small. */
static enum worth worth_of(struct proto_list services, const struct proto_policy_rule *rule)
{
	struct proto_policy_service service;

	if (span_present(rule->domain))
		return WORTH_NOTHING;
	while (proto_list_message(&services, &proto_policy_service, &service)) {
		if (!span_equal(service.id, rule->service))
			continue;
		if (span_is(service.basis, "consent"))
			return WORTH_CONSENT;
		return span_is(service.basis, "necessary") ? WORTH_EXEMPT : WORTH_REFUSABLE;
	}
	return WORTH_NOTHING;
}

static int search_site(struct ctl *ctl, const char *site, struct search *search)
{
	const struct proto_policy_get_request request = {.site = span_of(site)};
	struct proto_policy_get_result result;
	struct proto_policy_rule rule;
	int code = ctl_call(ctl, PROTO_OP_POLICY_GET, &request, &result);

	if (code != CTL_OK)
		return code;
	while (proto_list_message(&result.rules, &proto_policy_rule, &rule)) {
		enum worth worth = worth_of(result.services, &rule);

		if (worth <= search->worth)
			continue;
		search->worth = worth;
		copy(search->target->site, request.site);
		copy_without_star(search->target->cookie, rule.name);
	}
	return CTL_OK;
}

/* The names of all sites, each in SITE_BYTES, owned by the caller: an answer lives for one call. */
enum { SITE_BYTES = PROTO_LIMIT_SITE_BYTES + 1 };

static int list_sites(struct ctl *ctl, char **ret_names, uint32_t *ret_n)
{
	const struct proto_policy_list_request request = {0};
	struct proto_policy_list_result result;
	struct proto_policy_summary summary;
	int code = ctl_call(ctl, PROTO_OP_POLICY_LIST, &request, &result);
	uint32_t n = 0;

	if (code != CTL_OK)
		return code;
	*ret_names = calloc(result.sites.n_items + 1, SITE_BYTES);
	if (!*ret_names)
		exit_without_memory();
	while (proto_list_message(&result.sites, &proto_policy_summary, &summary))
		copy(*ret_names + (size_t)n++ * SITE_BYTES, summary.site);
	*ret_n = n;
	return n > 0 ? CTL_OK : exit_fail(CTL_NO, "the daemon has no site; apply a policy first");
}

static int search_all(struct ctl *ctl, struct search *search)
{
	char *names = NULL;
	uint32_t n = 0;
	int code = list_sites(ctl, &names, &n);

	for (uint32_t i = 0; i < n && code == CTL_OK; i++)
		code = search_site(ctl, names + (size_t)i * SITE_BYTES, search);
	free(names);
	return code;
}

int bench_target_find(struct ctl *ctl, struct span site, bool any_cookie, struct bench_target *ret)
{
	struct search search = {ret, WORTH_NOTHING};
	int code = CTL_OK;

	*ret = (struct bench_target){.exempt = false};
	if (span_present(site))
		copy(ret->site, site);
	if (!any_cookie && span_present(site))
		code = search_site(ctl, ret->site, &search);
	else if (!span_present(site))
		code = search_all(ctl, &search);
	if (code != CTL_OK || any_cookie)
		return code;
	if (search.worth == WORTH_NOTHING)
		return exit_fail(CTL_NO,
		        "no policy declares a cookie without a domain; name some with --cookie and "
		        "--domain");
	ret->exempt = search.worth == WORTH_EXEMPT;
	ret->words[0] = ret->cookie;
	return CTL_OK;
}

int bench_target_revision(struct ctl *ctl, const struct bench_target *target, uint64_t *ret)
{
	/* No check: one more would be counted, and a cookie that nobody declares be reported. */
	const struct proto_grants_request request = {.site = span_of(target->site)};
	struct proto_grants_result result;
	int code = ctl_call(ctl, PROTO_OP_GRANTS, &request, &result);

	if (code == CTL_OK)
		*ret = result.revision;
	return code;
}
