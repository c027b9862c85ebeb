/*
 * A check without the daemon: the same decide() over the same lines.
 *
 * What makes it as good as asking is an order. First that the map is valid, so that whatever was
 * acknowledged before is in it; then the policy generation, so that a policy which came into force
 * before is the one that is held; then the revision; the line last. Each is at least as new as what
 * had been acknowledged when the check began. And the generation once more: a line that was written
 * under a newer policy says nothing to an older one. Where anything is not certain the daemon is
 * asked.
 *
 * The policies are this handle's own. The generation counts changes of all sites' policies; where it
 * moved, the policy is fetched again before anything is decided by it.
 */
#include "client/src/mapped.h"

#include <time.h>
#include <unistd.h>

#include "client/src/question.h"
#include "client/src/client.h"
#include "client/src/exchange.h"
#include "client/src/names.h"

/* What all cookies of a check have in common. */
struct mapped {
	const struct client_policy *policy;
	struct client_counts *counts;
	size_t site;                     /* of the counts */
	const struct proto_state *state; /* NULL: no record */
	struct proto_circumstances circumstances;
	uint64_t revision;
	bool ask;
};

/*
 * Seconds UTC. The coarse clock may be late by a tick, and by more on a machine that is not given its
 * time; the floor, which the daemon raises with each lease, bounds that.
 */
static uint64_t now_s(const struct proto_map_header *header)
{
	uint64_t floor = atomic_load_explicit(&header->time_floor, memory_order_acquire);
	struct timespec now;

	clock_gettime(CLOCK_REALTIME_COARSE, &now);
	return now.tv_sec > 0 && (uint64_t)now.tv_sec > floor ? (uint64_t)now.tv_sec : floor;
}

static void count(const struct mapped *m, struct client_cookie cookie, enum proto_reason reason)
{
	client_counts_add(m->counts, m->site, reason);
	if (reason == PROTO_REASON_UNDECLARED_COOKIE && client_cookie_possible(cookie))
		client_counts_add_name(m->counts, m->site, cookie.name);
}

static void decide(
        const struct mapped *m, struct client_cookie cookie, struct consent_decision *ret_decision)
{
	const struct proto_service *service = NULL;
	const struct proto_rule *rule = NULL;

	if (client_cookie_possible(cookie))
		rule = proto_rules_match(&m->policy->rules, cookie.name, cookie.domain);
	if (rule)
		service = &m->policy->rules.services[rule->service];
	enum proto_reason reason = proto_decide(service, m->state, &m->circumstances);
	count(m, cookie, reason);
	*ret_decision = (struct consent_decision){.ask = m->ask,
	        .policy_revision = m->policy->policy_revision,
	        .revision = m->revision};
	ret_decision->allowed = proto_reason_allowed(reason);
	ret_decision->reason = client_reason(reason);
	if (!rule)
		return;
	ret_decision->max_age = rule->max_age;
	if (service->id.n_bytes < sizeof(ret_decision->service))
		memcpy(ret_decision->service, service->id.data, service->id.n_bytes);
}

/* The subject as it may be sent; false: it may not, and the slow way says why. */
static bool subject_possible(const char *subject, struct span *ret)
{
	*ret = span_of(subject);
	return !subject || (ret->n_bytes > 0 && ret->n_bytes <= PROTO_LIMIT_SUBJECT_BYTES &&
	                           proto_text_valid(*ret));
}

bool client_mapped_decide(struct consent_client *client, const struct consent_visitor *visitor,
        const struct client_cookie *cookies, size_t n_cookies,
        struct consent_decision *ret_decisions)
{
	const struct client_mapping *mapping = client->mapping;
	struct consent_visitor read;
	struct proto_digest digest;
	struct proto_state state;
	struct span subject;

	if (!mapping)
		return false;
	uint64_t now_ns = client_now_ns();
	if (!client_mapping_valid(mapping, now_ns))
		return false;
	if (!visitor || !client_struct_read(visitor, &read, sizeof(read)) || !read.site)
		return false;
	const struct proto_map_header *header = mapping->map.header;
	uint64_t generation =
	        atomic_load_explicit(&header->policy_generation, memory_order_acquire);
	const struct client_policy_slot *slot = client_policies_mapped(
	        &client->policies, read.site, mapping->instance, generation, now_ns);
	if (!slot || !subject_possible(read.subject, &subject))
		return false;
	struct mapped m = {.policy = slot->policy,
	        .counts = &client->policies.counts,
	        .site = client_policy_number(&client->policies, slot)};
	if (subject.n_bytes > 0) {
		digest = proto_digest_of(&slot->key, subject);
		proto_map_prefetch(&mapping->map, digest);
	}
	m.revision = atomic_load_explicit(&header->applied_revision, memory_order_acquire);
	m.circumstances = (struct proto_circumstances){
	        .now = now_s(header),
	        .gpc = read.sec_gpc && strcmp(read.sec_gpc, "1") == 0,
	        .stale = read.revision > m.revision,
	};
	if (subject.n_bytes > 0) {
		enum proto_map_answer answer = proto_map_find(&mapping->map, digest, &state);

		if (answer == PROTO_MAP_DOUBT || atomic_load_explicit(&header->policy_generation,
		                                         memory_order_acquire) != generation)
			return false;
		m.state = answer == PROTO_MAP_FOUND ? &state : NULL;
	}
	m.ask = proto_ask(&m.policy->rules, m.state, &m.circumstances);
	for (size_t i = 0; i < n_cookies; i++)
		decide(&m, cookies[i], &ret_decisions[i]);
	return true;
}

/* ---- renewal ----------------------------------------------------------------------------------- */

bool client_mapped_accept(
        struct consent_client *client, int fd, const struct proto_map_result *result)
{
	struct client_mapping *mapping = NULL;

	if (fd >= 0 && result)
		mapping = client_mapping_add(&client->options.address, fd, result);
	else if (fd >= 0)
		close(fd);
	if (mapping) {
		client_mapping_put(client->mapping);
		client->mapping = mapping;
	}
	bool valid = mapping && client_mapping_valid(mapping, client_now_ns());
	client->map_retry_at_ms = valid ? 0 : client_now_ms() + CLIENT_MAP_RETRY_MS;
	return valid;
}

/* The map, over the socket. False: the daemon does not give one, or none that is of use here. */
static bool ask(struct consent_client *client)
{
	struct proto_map_request request = {.unused = 0};
	struct proto_map_result result;
	struct client_item item = {.op = PROTO_OP_MAP, .request = &request, .result = &result};
	enum consent_error error = client_exchange(client, &item, 1);
	int fd = client_connection_take_fd(&client->connection);

	return client_mapped_accept(client, fd, error == CONSENT_OK ? &result : NULL);
}

static bool may_ask(const struct consent_client *client)
{
	return client_now_ms() >= client->map_retry_at_ms;
}

/* Asks for the map unless that was in vain a moment ago. False: there is none that is valid. */
static bool take(struct consent_client *client)
{
	return may_ask(client) && ask(client);
}

/* Whether there is a valid map: this handle's, or one that another handle has. */
static bool mapping_held(struct consent_client *client)
{
	if (client->mapping && client_mapping_valid(client->mapping, client_now_ns()))
		return true;
	struct client_mapping *others = client_mapping_get(&client->options.address);
	if (!others)
		return false;
	client_mapping_put(client->mapping);
	client->mapping = others;
	return true;
}

static uint64_t generation_of(const struct client_mapping *mapping)
{
	return atomic_load_explicit(&mapping->map.header->policy_generation, memory_order_acquire);
}

/* The key of a site. One that is younger than the map that we hold comes with the next. */
static const struct proto_site_key *key_of(struct consent_client *client, struct span site)
{
	const struct proto_site_key *key = client_mapping_key(client->mapping, site);
	if (key || client->mapping->generation == generation_of(client->mapping) || !take(client))
		return key;
	return client_mapping_key(client->mapping, site);
}

static struct client_mapped_mark mark_of(
        const struct client_mapping *mapping, const struct proto_site_key *key)
{
	return (struct client_mapped_mark){
	        .instance = mapping->instance, .generation = generation_of(mapping), .key = *key};
}

void client_mapped_mark(struct client_policy_slot *slot, const struct client_mapped_mark *mark)
{
	slot->key = mark->key;
	slot->instance = mark->instance;
	slot->generation = mark->generation;
	slot->mapped = true;
	/* Another daemon's, while the lease of the first lasts: that tells no policy any more. */
	if (slot->policy->instance != mark->instance)
		slot->retry_at_ms = client_now_ms() + CLIENT_POLICY_RETRY_MS;
}

static bool policy_held(struct consent_client *client, const char *site)
{
	const struct client_mapping *mapping = client->mapping;

	return client_policies_mapped(&client->policies, site, mapping->instance,
	               generation_of(mapping), client_now_ns()) != NULL;
}

/* The generation is read before the policy is fetched: the policy is at least as new. */
static bool policy_renew(struct consent_client *client, const char *site)
{
	const struct proto_site_key *key;
	if (policy_held(client, site))
		return true;
	key = key_of(client, span_of(site));
	if (!key)
		return false;
	struct client_mapped_mark mark = mark_of(client->mapping, key);
	struct client_policy_slot *slot = client_policies_renew(client, site);
	if (!slot)
		return false;
	client_mapped_mark(slot, &mark);
	return true;
}

/* Where the kernel cannot tell a child from its parent, nothing may be mapped. */
static bool may_map(const struct consent_client *client)
{
	return !client->options.no_map && client->connection.owner;
}

bool client_mapped_renew(struct consent_client *client, const char *site)
{
	return may_map(client) && (mapping_held(client) || take(client)) &&
	       policy_renew(client, site);
}

enum client_mapped_want client_mapped_wants(
        struct consent_client *client, const char *site, struct client_mapped_mark *ret_mark)
{
	if (!may_map(client))
		return CLIENT_MAPPED_NOTHING;
	if (!mapping_held(client))
		return may_ask(client) ? CLIENT_MAPPED_MAP : CLIENT_MAPPED_NOTHING;
	const struct client_mapping *mapping = client->mapping;
	const struct proto_site_key *key = client_mapping_key(mapping, span_of(site));
	if (policy_held(client, site) || !client_policies_may_fetch(&client->policies, site))
		return CLIENT_MAPPED_NOTHING;
	if (key) {
		*ret_mark = mark_of(mapping, key);
		return CLIENT_MAPPED_POLICY;
	}
	bool older = mapping->generation != generation_of(mapping);
	return older && may_ask(client) ? CLIENT_MAPPED_MAP : CLIENT_MAPPED_NOTHING;
}
