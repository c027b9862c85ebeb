/*
 * A cookie that needs consent is the one worth measuring: what is necessary is answered without a
 * look at the subject.
 */
#include "client/ctl/bench_target.h"

#include <stdlib.h>

#include "client/ctl/lists.h"

static void copy(char *into, struct span text)
{
	memcpy(into, text.data, text.n_bytes);
	into[text.n_bytes] = '\0';
}

int bench_target_site(struct ctl *ctl, struct span wanted, struct bench_target *ret)
{
	const struct proto_policy_list_request request = {0};
	struct proto_policy_list_result result;
	struct proto_policy_summary summary = {.site = wanted};
	int code = CTL_OK;

	if (!span_present(wanted))
		code = ctl_call(ctl, PROTO_OP_POLICY_LIST, &request, &result);
	if (code != CTL_OK)
		return code;
	if (!span_present(wanted) &&
	        !proto_list_message(&result.sites, &proto_policy_summary, &summary))
		return exit_fail(
		        CTL_NO, "the daemon has no site to ask about; apply a policy first");
	copy(ret->site, summary.site);
	return CTL_OK;
}

/* The ids of services that are asked for, looked up for each rule; policies are small. */
static bool needs_consent(struct proto_list services, struct span id)
{
	struct proto_policy_service service;

	while (proto_list_message(&services, &proto_policy_service, &service)) {
		if (span_equal(service.id, id))
			return span_is(service.basis, "consent");
	}
	return false;
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

int bench_target_cookie(struct ctl *ctl, struct bench_target *target)
{
	const struct proto_policy_get_request request = {.site = span_of(target->site)};
	struct proto_policy_get_result result;
	struct proto_policy_rule rule;
	int code = ctl_call(ctl, PROTO_OP_POLICY_GET, &request, &result);

	if (code != CTL_OK)
		return code;
	while (proto_list_message(&result.rules, &proto_policy_rule, &rule)) {
		if (span_present(rule.domain) || !needs_consent(result.services, rule.service))
			continue;
		copy_without_star(target->cookie, rule.name);
		target->words[0] = target->cookie;
		return CTL_OK;
	}
	return exit_fail(CTL_NO,
	        "no first-party cookie of %s needs consent; name others with --cookie and --domain",
	        target->site);
}

int bench_target_revision(struct ctl *ctl, const struct bench_target *target, uint64_t *ret)
{
	static const char *const any[] = {"any"};
	struct proto_check_request request = {.site = span_of(target->site)};
	struct proto_check_result result;
	uint8_t *storage;
	int code;

	request.cookies = lists_of_texts((struct command_words){any, 1}, &storage);
	code = ctl_call(ctl, PROTO_OP_CHECK, &request, &result);
	if (code == CTL_OK)
		*ret = result.revision;
	free(storage);
	return code;
}
