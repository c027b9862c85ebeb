/*
 * check: may these cookies be set for this subject?
 *
 * The path that everybody waits for: it allocates nothing, makes no system call, and writes each
 * decision where it is sent from. An unknown site is a decision about every cookie and no error:
 * a worker that is ahead of its policy must get its answer, which is no.
 *
 * The subject's line is the one thing here that is seldom in the cache. It is asked for first,
 * while the request before this one is answered, and read when the cookies have been looked up in
 * the policy, which needs nothing of it.
 *
 * The revision is read before the policy and the line, so the answer never claims a revision that
 * it does not reflect. A policy that came into force in between is decided by anew.
 */
#include <assert.h>

#include "daemon/op/counters.h"
#include "daemon/op/lookup.h"

struct check {
	struct op_env *env;
	const struct proto_check_request *request;
	struct op_lookup *lookup;
	const struct proto_state *state; /* NULL: no record */
	struct proto_circumstances circumstances;
	struct span cookies[PROTO_LIMIT_COOKIES];
	const struct proto_rule *rules[PROTO_LIMIT_COOKIES]; /* NULL: undeclared */
};

static void read_cookies(struct check *check)
{
	struct proto_list list = check->request->cookies;
	uint32_t n = 0;

	assert(list.n_items <= PROTO_LIMIT_COOKIES);
	for (struct span cookie; proto_list_text(&list, &cookie); n++)
		check->cookies[n] = cookie;
	/* The list was read to its end when the request was decoded. */
	assert(n == check->request->cookies.n_items);
}

static void match_cookies(struct check *check)
{
	for (uint32_t i = 0; i < check->request->cookies.n_items; i++)
		check->rules[i] = proto_rules_match(
		        &check->lookup->policy->rules, check->cookies[i], check->request->domain);
}

/* Everything that a decision depends on. `ret_state` holds the subject's, where it has one. */
static void prepare(struct check *check, uint64_t now, struct proto_state *ret_state)
{
	check->circumstances = (struct proto_circumstances){
	        .now = now,
	        .gpc = check->request->gpc,
	        .stale = check->request->revision > check->lookup->revision,
	};
	do {
		match_cookies(check);
		check->state =
		        op_lookup_state(check->env, check->lookup, ret_state) ? ret_state : NULL;
	} while (!op_lookup_stands(check->lookup));
}

static void write_decision(const struct check *check, uint32_t i, struct proto_writer *writer)
{
	enum proto_reason reason = PROTO_REASON_UNKNOWN_SITE;
	struct proto_decision decision = {0};
	uint32_t site_id = 0;

	if (check->lookup->site) {
		const struct proto_rule *rule = check->rules[i];
		const struct proto_service *service = NULL;

		if (rule) {
			service = &check->lookup->policy->rules.services[rule->service];
			decision.service = service->id;
			decision.max_age = rule->max_age;
		}
		site_id = check->lookup->site->id;
		reason = proto_decide(service, check->state, &check->circumstances);
	}
	decision.allowed = proto_reason_allowed(reason);
	decision.reason = span_of(proto_reason_name(reason));
	proto_encode(writer, &proto_decision, &decision);
	op_counters_decision(check->env->counters, site_id, reason, check->cookies[i]);
}

static void write_decisions(
        void *ctx, const struct proto_member *member, struct proto_writer *writer)
{
	const struct check *check = ctx;

	(void)member;
	for (uint32_t i = 0; i < check->request->cookies.n_items; i++)
		write_decision(check, i, writer);
}

void op_check_begin(struct op_call *call)
{
	const struct proto_check_request *request = &call->request->check;

	call->lookup = op_lookup_begin(call->env, request->site, request->subject);
}

int op_check(struct op_call *call)
{
	struct proto_check_result result = {0};
	struct proto_state state;
	struct check check; /* large: each member is set, none is cleared in vain */

	check.env = call->env;
	check.request = &call->request->check;
	check.lookup = &call->lookup;
	check.state = NULL;
	read_cookies(&check);
	if (check.lookup->site) {
		prepare(&check, call->now, &state);
		result.policy_revision = check.lookup->policy->policy_revision;
		result.ask =
		        proto_ask(&check.lookup->policy->rules, check.state, &check.circumstances);
	}
	result.decisions = proto_list_later(check.request->cookies.n_items);
	result.revision = call->lookup.revision;
	proto_encode_items(call->writer, &proto_check_result, &result, write_decisions, &check);
	return OP_DONE;
}
