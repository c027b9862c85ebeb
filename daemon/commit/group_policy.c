/*
 * A policy comes into force: its site gets an id, its services get bits, its text is kept.
 *
 * A bit belongs to (site, service id, fingerprint of the material fields), for ever: a service that
 * changes materially gets a fresh bit, which no old record has decided, and one that changes back
 * gets its old bit again.
 */
#include "daemon/commit/group_private.h"

#include <errno.h>
#include <stdlib.h>

void policy_change_deinit(struct policy_change *change)
{
	site_free(change->newcomer);
	*change = (struct policy_change){0};
}

/* Bits of one policy: found in the store, or new. Nothing is written before all are known. */
struct bit_source {
	struct group *group;
	uint32_t site_id;       /* 0: the site is new, nothing is stored for it */
	uint32_t newest;        /* policy revision that is stored, readable or not; 0: none */
	struct proto_bits used; /* stored before, or given out now */
	struct ledger_service added[PROTO_LIMIT_BITS];
	size_t n_added;

	/* What is looked for. */
	struct span service_id;
	const uint8_t *fingerprint;
	int found; /* the bit, or -1 */
};

static int note_service(void *ctx, const struct ledger_service *service)
{
	struct bit_source *source = ctx;

	if (service->bit >= PROTO_LIMIT_BITS)
		return -EBADMSG;
	proto_bits_set(&source->used, service->bit);
	if (source->fingerprint && span_equal(service->id, source->service_id) &&
	        memcmp(service->fingerprint, source->fingerprint, 16) == 0)
		source->found = service->bit;
	return 0;
}

/* Walks what is stored for the site: notes the bits in use, and finds the one looked for. */
static int search_bits(
        struct bit_source *source, struct span service_id, const uint8_t *fingerprint)
{
	source->service_id = service_id;
	source->fingerprint = fingerprint;
	source->found = -1;
	if (source->site_id == 0)
		return 0;
	return ledger_each_service(source->group->ledger, source->site_id, note_service, source);
}

static int free_bit(const struct proto_bits *used)
{
	for (unsigned int bit = 0; bit < PROTO_LIMIT_BITS; bit++) {
		if (!proto_bits_has(used, bit))
			return (int)bit;
	}
	return -1;
}

static int bit_for(
        void *ctx, struct span service_id, const uint8_t fingerprint[16], uint8_t *ret_bit)
{
	struct bit_source *source = ctx;
	int rc = search_bits(source, service_id, fingerprint);

	if (rc != 0)
		return rc;
	if (source->found >= 0) {
		*ret_bit = (uint8_t)source->found;
		return 0;
	}
	int bit = free_bit(&source->used);
	if (bit < 0)
		return POLICY_E_FULL;
	struct ledger_service *added = &source->added[source->n_added++];
	*added = (struct ledger_service){.id = service_id, .bit = (uint8_t)bit};
	memcpy(added->fingerprint, fingerprint, sizeof(added->fingerprint));
	proto_bits_set(&source->used, (unsigned int)bit);
	*ret_bit = (uint8_t)bit;
	return 0;
}

/* From the store: a policy that can no longer be read keeps its number, and what is left of it. */
static int find_newest(struct bit_source *source)
{
	if (source->site_id == 0)
		return 0;
	int rc = ledger_newest_policy(source->group->ledger, source->site_id, &source->newest);
	return rc == LEDGER_E_NOT_FOUND ? 0 : rc;
}

static int find_bits(struct bit_source *source, struct policy *policy, bool *ret_full)
{
	int rc = ledger_reader_renew(source->group->ledger);

	if (rc != 0)
		return rc;
	rc = find_newest(source);
	if (rc == 0)
		rc = search_bits(source, SPAN_NONE, NULL);
	if (rc == 0)
		rc = policy_assign_bits(policy, bit_for, source);
	ledger_reader_reset(source->group->ledger);
	*ret_full = rc == POLICY_E_FULL;
	return rc == POLICY_E_FULL ? GROUP_E_REFUSED : rc;
}

static int put_bits(struct bit_source *source, uint32_t site_id)
{
	for (size_t i = 0; i < source->n_added; i++) {
		source->added[i].site_id = site_id;
		int rc = ledger_put_service(source->group->store->ledger, &source->added[i]);
		if (rc != 0)
			return rc;
	}
	return 0;
}

static int put_policy(struct group *group, const struct policy *policy, struct span actor)
{
	struct ledger_policy stored = {
	        .site_id = policy->site_id,
	        .policy_revision = policy->policy_revision,
	        .applied_at = policy->applied_at,
	        .actor = actor,
	        .source = policy->source,
	        .yaml = policy->yaml,
	};

	memcpy(stored.digest, policy->digest, sizeof(stored.digest));
	return ledger_put_policy(group->store->ledger, &stored);
}

/* Site, bits and text into the open transaction; the policy's numbers are set on the way. */
static int store_policy(struct bit_source *source, struct policy *policy, struct span actor)
{
	struct ledger *ledger = source->group->store->ledger;
	int rc = ledger_put_site(ledger, policy->site, &policy->site_id);

	if (rc == 0)
		rc = put_bits(source, policy->site_id);
	if (rc == 0)
		rc = put_policy(source->group, policy, actor);
	return rc == LEDGER_E_FULL ? GROUP_E_FULL : rc;
}

bool group_changes_policy(const struct group *group, struct span site)
{
	for (size_t i = 0; i < group->n_policies; i++) {
		if (span_equal(group->policies[i].policy->site, site))
			return true;
	}
	return false;
}

int group_apply_policy(struct group *group, struct policy *policy, struct span actor,
        enum group_policy_owner owner, bool *ret_full)
{
	struct site *site = sites_find(group->sites, policy->site), *newcomer = NULL;
	struct bit_source source = {.group = group, .site_id = site ? site->id : 0};

	*ret_full = false;
	if (group_changes_policy(group, policy->site) || group->n_policies == GROUP_MAX_POLICIES)
		return GROUP_E_LATER;
	if (!site && sites_count(group->sites) + group->n_policies >= PROTO_LIMIT_SITES) {
		*ret_full = true;
		return GROUP_E_REFUSED;
	}
	int rc = find_bits(&source, policy, ret_full);
	if (rc != 0)
		return rc;
	policy->policy_revision = source.newest + 1;
	policy->applied_at = group->now;
	rc = store_policy(&source, policy, actor);
	if (rc != 0)
		return rc;
	if (!site) {
		newcomer = site_new(group->sites, policy->site_id, policy->site);
		if (!newcomer)
			return -ENOMEM;
		site = newcomer;
	}
	group->policies[group->n_policies++] =
	        (struct policy_change){policy, site, newcomer, owner == GROUP_POLICY_FILE};
	return 0;
}
