/*
 * check: may these cookies be set for this subject?
 *
 * The path that everybody waits for: it allocates nothing, makes no system call, and writes each
 * decision where it is sent from. An unknown site is a decision about every cookie and no error:
 * a worker that is ahead of its policy must get its answer, which is no.
 *
 * The revision is read before the line, so the answer never claims a revision that it does not
 * reflect.
 */
#include <assert.h>

#include "daemon/op/counters.h"
#include "daemon/op/lookup.h"

struct check {
	const struct proto_check_request *request;
	struct op_counters *counters;
	const struct policy *policy;     /* NULL: an unknown site */
	uint32_t site_id;                /* 0: an unknown site */
	const struct proto_state *state; /* NULL: no record */
	struct proto_circumstances circumstances;
};

static void write_decision(const struct check *check, struct span cookie, struct proto_writer *w)
{
	enum proto_reason reason = PROTO_REASON_UNKNOWN_SITE;
	struct proto_decision decision = {0};

	if (check->policy) {
		const struct proto_rules *rules = &check->policy->rules;
		const struct proto_rule *rule =
		        proto_rules_match(rules, cookie, check->request->domain);
		const struct proto_service *service = NULL;

		if (rule) {
			service = &rules->services[rule->service];
			decision.service = service->id;
			decision.max_age = rule->max_age;
		}
		reason = proto_decide(service, check->state, &check->circumstances);
	}
	decision.allowed = proto_reason_allowed(reason);
	decision.reason = span_of(proto_reason_name(reason));
	proto_encode(w, &proto_decision, &decision);
	op_counters_decision(check->counters, check->site_id, reason, cookie);
}

static void write_decisions(
        void *ctx, const struct proto_member *member, struct proto_writer *writer)
{
	const struct check *check = ctx;
	struct proto_list cookies = check->request->cookies;
	uint32_t n = 0;

	(void)member;
	for (struct span cookie; proto_list_text(&cookies, &cookie); n++)
		write_decision(check, cookie, writer);
	/* The list was read to its end when the request was decoded. */
	assert(n == check->request->cookies.n_items);
}

int op_check(struct op_call *call)
{
	const struct proto_check_request *request = &call->request->check;
	struct op_env *env = call->env;
	uint64_t revision = commit_revision(env->commit);
	struct check check = {.request = request, .counters = env->counters};
	struct proto_check_result result = {
	        .decisions = proto_list_later(request->cookies.n_items), .revision = revision};
	struct site *site = op_lookup_site(env, request->site, &check.policy);
	struct proto_state state;

	if (site) {
		check.site_id = site->id;
		check.circumstances = (struct proto_circumstances){
		        .now = clock_now(commit_clock(env->commit)),
		        .gpc = request->gpc,
		        .stale = request->revision > revision,
		};
		if (span_present(request->subject) &&
		        op_lookup_state(env, site, request->subject, &state))
			check.state = &state;
		result.policy_revision = check.policy->policy_revision;
		result.ask = proto_ask(&check.policy->rules, check.state, &check.circumstances);
	}
	proto_encode_items(call->writer, &proto_check_result, &result, write_decisions, &check);
	return OP_DONE;
}
