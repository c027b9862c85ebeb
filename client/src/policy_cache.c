/*
 * Which policies a handle holds, and when it fetches one: once, in the call whose answer named a
 * policy revision that is not the one held. A policy that was superseded is forgotten at once, even
 * when the new one cannot be fetched: what it called necessary may need consent today. One that
 * could not be had, for whatever reason, is not asked for again before a moment has passed or the
 * daemon answers over another connection.
 *
 * A revision names a policy to one daemon only. Behind a new connection may be another one, whose
 * data was made anew and counts from 1 again: so what an earlier connection brought serves an
 * outage, and is fetched again once there is an answer.
 *
 * The number of sites is bounded. When all slots are in use, a site that was not asked about for a
 * minute gives way; while there is none, further sites do without, and nothing is fetched again
 * and again. What was counted of a site that gives way, and was not reported, is dropped.
 */
#include "client/src/policy_cache.h"

#include "client/src/client.h"
#include "client/src/exchange.h"

#include <stdlib.h>

_Static_assert((int)CLIENT_COUNTS_SITES == (int)CLIENT_POLICIES, "each slot has its counts");

static void slot_clear(struct client_policy_slot *slot)
{
	free(slot->site);
	slot->policy = client_policy_free(slot->policy);
	*slot = (struct client_policy_slot){.site = NULL};
}

void client_policies_deinit(struct client_policies *policies)
{
	for (int i = 0; i < CLIENT_POLICIES; i++)
		slot_clear(&policies->slots[i]);
}

static struct client_policy_slot *slot_find(struct client_policies *policies, struct span site)
{
	for (int i = 0; i < CLIENT_POLICIES; i++)
		if (policies->slots[i].site && span_is(site, policies->slots[i].site))
			return &policies->slots[i];
	return NULL;
}

/* A slot that is free, or may be freed; NULL: none. */
static struct client_policy_slot *slot_take(struct client_policies *policies, uint64_t now_ms)
{
	struct client_policy_slot *oldest = &policies->slots[0];
	for (int i = 0; i < CLIENT_POLICIES; i++) {
		struct client_policy_slot *slot = &policies->slots[i];
		if (!slot->site)
			return slot;
		if (slot->used_at_ms < oldest->used_at_ms)
			oldest = slot;
	}
	if (now_ms - oldest->used_at_ms < CLIENT_POLICY_IDLE_MS)
		return NULL;
	slot_clear(oldest);
	return oldest;
}

static struct client_policy_slot *slot_get(struct client_policies *policies, const char *site)
{
	uint64_t now_ms = client_now_ms();
	struct client_policy_slot *slot = slot_find(policies, span_of(site));
	if (!slot) {
		slot = slot_take(policies, now_ms);
		if (!slot)
			return NULL;
		slot->site = strdup(site);
		if (!slot->site)
			return NULL;
		client_counts_drop(&policies->counts, client_policy_number(policies, slot));
	}
	slot->used_at_ms = now_ms;
	return slot;
}

const struct client_policy *client_policies_find(struct client_policies *policies, struct span site)
{
	struct client_policy_slot *slot = slot_find(policies, site);
	return slot ? slot->policy : NULL;
}

/* Whether the policy was asked for in vain a moment ago. */
static bool slot_waits(const struct client_policy_slot *slot)
{
	return client_now_ms() < slot->retry_at_ms;
}

/* Forgets the policy, and what was known about it. */
static void slot_drop(struct client_policy_slot *slot)
{
	slot->policy = client_policy_free(slot->policy);
	slot->mapped = false;
}

/* Keeps what policy_get returned over a connection: a result, or the daemon's refusal. */
static enum consent_error put(struct consent_client *client, struct client_policy_slot *slot,
        const struct client_policy_answer *answer)
{
	slot->connection = answer->connection;
	slot->retry_at_ms = client_now_ms() + CLIENT_POLICY_RETRY_MS;
	if (answer->error == CONSENT_ERROR_REMOTE && answer->remote == PROTO_ERROR_UNKNOWN_SITE)
		slot_clear(slot); /* anybody can name one, in a Host header */
	if (answer->error != CONSENT_OK)
		return answer->error;
	slot_drop(slot);
	slot->policy = client_policy_new(span_of(slot->site), answer->result);
	if (!slot->policy) {
		return client_fail(client, CONSENT_ERROR_PROTOCOL,
		        "policy_get: a policy that this library does not understand");
	}
	if (slot->policy->policy_revision >= slot->wanted)
		slot->retry_at_ms = 0;
	return CONSENT_OK;
}

static enum consent_error fetch(struct consent_client *client, struct client_policy_slot *slot)
{
	struct proto_policy_get_request request = {.site = span_of(slot->site)};
	struct proto_policy_get_result result;
	struct client_item item = {
	        .op = PROTO_OP_POLICY_GET, .request = &request, .result = &result};
	struct client_policy_answer answer = {.result = &result};
	answer.error = client_exchange(client, &item, 1);
	answer.remote = client->remote_error;
	answer.connection = client->connection.number;
	return put(client, slot, &answer);
}

struct client_policy_slot *client_policies_wanted(struct client_policies *policies,
        const char *site, uint64_t policy_revision, uint32_t connection)
{
	if (policy_revision == 0) {
		struct client_policy_slot *known = slot_find(policies, span_of(site));
		if (known)
			slot_clear(known);
		return NULL;
	}
	struct client_policy_slot *slot = slot_get(policies, site);
	if (!slot)
		return NULL;
	bool same = slot->connection >= connection;
	if (same && slot->policy && slot->policy->policy_revision == policy_revision)
		return NULL;
	slot_drop(slot);
	if (!same)
		slot->retry_at_ms = 0; /* what was in vain was so over another one */
	slot->wanted = (uint32_t)policy_revision;
	return slot_waits(slot) ? NULL : slot;
}

void client_policies_note(struct consent_client *client, const char *site, uint64_t policy_revision)
{
	struct client_policy_slot *slot = client_policies_wanted(
	        &client->policies, site, policy_revision, client->connection.number);
	if (slot && fetch(client, slot) != CONSENT_OK)
		return; /* the check has its answer; what is missing shows in an outage only */
}

bool client_policies_may_fetch(struct client_policies *policies, const char *site)
{
	const struct client_policy_slot *slot = slot_find(policies, span_of(site));
	return slot ? !slot_waits(slot) : slot_take(policies, client_now_ms()) != NULL;
}

struct client_policy_slot *client_policies_put(
        struct consent_client *client, const char *site, const struct client_policy_answer *answer)
{
	struct client_policy_slot *slot = slot_get(&client->policies, site);
	return slot && put(client, slot, answer) == CONSENT_OK ? slot : NULL;
}

enum consent_error client_policies_fetch(struct consent_client *client, const char *site)
{
	struct client_policy_slot *slot = slot_get(&client->policies, site);
	if (!slot)
		return client_fail(client, CONSENT_ERROR_NO_MEMORY,
		        "more sites than a handle remembers: at most %d", CLIENT_POLICIES);
	return slot->policy ? CONSENT_OK : fetch(client, slot);
}

struct client_policy_slot *client_policies_renew(struct consent_client *client, const char *site)
{
	struct client_policy_slot *slot = slot_get(&client->policies, site);
	return slot && !slot_waits(slot) && fetch(client, slot) == CONSENT_OK ? slot : NULL;
}

struct client_policy_slot *client_policies_mapped(struct client_policies *policies,
        const char *site, uint64_t instance, uint64_t generation, uint64_t now_ns)
{
	struct client_policy_slot *slot = policies->last;
	if (!slot || !slot->site || strcmp(slot->site, site) != 0)
		slot = policies->last = slot_find(policies, span_of(site));
	/* Bits mean what this daemon's policy says, and not another's that is at the socket now. */
	bool good = slot && slot->mapped && slot->generation == generation &&
	            slot->instance == instance && slot->policy &&
	            slot->policy->instance == instance;
	if (!good)
		return NULL;
	slot->used_at_ms = now_ns / 1000000;
	return slot;
}
