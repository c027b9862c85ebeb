/*
 * Failing closed: without an answer the answer is no, and the only yes is for cookies that need
 * nobody's consent. Those are known from two places: the list that the application passed when
 * it opened the handle, and the rules of a policy that was fetched while the daemon ran.
 */
#include "client/src/outage.h"

#include "client/src/client.h"

#include <sys/random.h>

bool client_random(void *ret, size_t n_bytes)
{
	return getrandom(ret, n_bytes, GRND_NONBLOCK) == (ssize_t)n_bytes;
}

void client_pause_begin(struct client_pause *pause, uint64_t now_ms)
{
	uint16_t jitter;
	if (!client_random(&jitter, sizeof(jitter)))
		jitter = 0;
	pause->until_ms = now_ms + CLIENT_PAUSE_MS + jitter % (CLIENT_PAUSE_JITTER_MS + 1);
}

bool client_pause_holds(const struct client_pause *pause, uint64_t now_ms)
{
	return now_ms < pause->until_ms;
}

static void allow(struct consent_decision *decision, uint32_t max_age)
{
	decision->allowed = true;
	decision->reason = CONSENT_REASON_EXEMPT_NECESSARY;
	decision->max_age = max_age;
}

void client_outage_decide(struct consent_client *client, const char *site,
        struct client_cookie cookie, enum consent_error error,
        struct consent_decision *ret_decision)
{
	*ret_decision =
	        (struct consent_decision){.reason = CONSENT_REASON_UNAVAILABLE, .error = error};
	const struct client_policy *policy = client_policies_find(&client->policies, span_of(site));
	const struct proto_rule *rule =
	        policy ? proto_rules_match(&policy->rules, cookie.name, cookie.domain) : NULL;
	if (rule && policy->rules.services[rule->service].basis == PROTO_BASIS_NECESSARY) {
		allow(ret_decision, rule->max_age);
		ret_decision->policy_revision = policy->policy_revision;
	} else if (client_options_necessary(&client->options, cookie.name)) {
		allow(ret_decision, rule ? rule->max_age : UINT32_MAX);
	}
}
