/*
 * policy_list: the sites and their policies in force. A site that never had one is left out.
 */
#include "daemon/op/op.h"

static void write_summary(const struct policy *policy, struct proto_writer *writer)
{
	struct proto_policy_summary summary = {
	        .site = policy->site,
	        .policy_revision = policy->policy_revision,
	        .applied_at = policy->applied_at,
	        .services = policy->rules.n_services,
	        .cookies = policy->rules.n_rules,
	        .source = policy->source,
	};

	proto_encode(writer, &proto_policy_summary, &summary);
}

/* The committer may add sites meanwhile: count and walk begin at the same one. */
struct listing {
	struct sites *sites;
	struct site *first;
	uint32_t n_left;
};

static uint32_t count_policies(const struct listing *listing)
{
	uint32_t n = 0;

	for (struct site *site = listing->first; site; site = sites_next(listing->sites, site))
		n += site_policy(site) != NULL;
	return n;
}

static void write_sites(void *ctx, const struct proto_member *member, struct proto_writer *writer)
{
	struct listing *listing = ctx;

	(void)member;
	for (struct site *site = listing->first; listing->n_left > 0;
	        site = sites_next(listing->sites, site)) {
		const struct policy *policy = site_policy(site);

		if (!policy)
			continue;
		write_summary(policy, writer);
		listing->n_left--;
	}
}

int op_policy_list(struct op_call *call)
{
	struct sites *sites = commit_sites(call->env->commit);
	struct listing listing = {.sites = sites, .first = sites_next(sites, NULL)};

	listing.n_left = count_policies(&listing);
	struct proto_policy_list_result result = {.sites = proto_list_later(listing.n_left)};

	proto_encode_items(call->writer, &proto_policy_list_result, &result, write_sites, &listing);
	return OP_DONE;
}
