/*
 * A small ring: walking a history meets a handful of revisions, over and over.
 */
#include "daemon/op/policies.h"

#include "daemon/commit/load.h"

static const struct policy *find_kept(
        const struct op_policies *policies, uint32_t site_id, uint32_t policy_revision)
{
	for (size_t i = 0; i < OP_POLICIES_KEPT; i++) {
		const struct policy *policy = policies->kept[i];

		if (policy && policy->site_id == site_id &&
		        policy->policy_revision == policy_revision)
			return policy;
	}
	return NULL;
}

int op_policies_get(struct op_policies *policies, struct ledger_reader *reader, struct site *site,
        uint32_t policy_revision, const struct policy **ret)
{
	const struct policy *policy = site_policy(site);
	struct policy *read;

	if (policy_revision != 0 && (!policy || policy->policy_revision != policy_revision))
		policy = find_kept(policies, site->id, policy_revision);
	if (policy) {
		*ret = policy;
		return 0;
	}
	int rc = load_policy(reader, site->id, policy_revision, &read);
	if (rc != 0)
		return rc;
	policy_free(policies->kept[policies->next]);
	policies->kept[policies->next] = read;
	policies->next = (policies->next + 1) % OP_POLICIES_KEPT;
	*ret = read;
	return 0;
}

void op_policies_deinit(struct op_policies *policies)
{
	for (size_t i = 0; i < OP_POLICIES_KEPT; i++)
		policies->kept[i] = policy_free(policies->kept[i]);
}
