/*
 * A policy that is in force is in memory; an older one is read back from the ledger.
 */
#include "daemon/op/revision.h"

#include <inttypes.h>

#include "daemon/op/policies.h"
#include "daemon/op/subject.h"

static int not_found(struct op_call *call, uint64_t policy_revision, const struct policy *newest)
{
	return op_fail(call, PROTO_ERROR_NOT_FOUND,
	        "`policy_revision`: the site has none of number %" PRIu64
	        "; its newest is %" PRIu32,
	        policy_revision, newest->policy_revision);
}

int op_revision(struct op_call *call, struct span site_name, uint64_t policy_revision,
        const struct policy **ret)
{
	const struct policy *newest;
	struct site *site = op_site(call, site_name, &newest);
	struct ledger_reader *reader;

	if (!site)
		return OP_FAILED;
	if (policy_revision == 0 || policy_revision == newest->policy_revision) {
		*ret = newest;
		return OP_DONE;
	}
	if (policy_revision > newest->policy_revision)
		return not_found(call, policy_revision, newest);
	int rc = commit_ledger_reader(call->env->commit, &reader);
	if (rc != 0)
		return op_fail_storage(call, rc);
	rc = op_policies_get(call->env->policies, reader, site, (uint32_t)policy_revision, ret);
	ledger_reader_reset(reader);
	if (rc == LEDGER_E_NOT_FOUND)
		return not_found(call, policy_revision, newest);
	return rc == 0 ? OP_DONE : op_fail_storage(call, rc);
}
