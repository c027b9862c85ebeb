/*
 * The policy that policy_get and policy_render are asked for: in force, or an older one. Loop only.
 */
#ifndef DAEMON_OP_REVISION_H
#define DAEMON_OP_REVISION_H

#include "daemon/op/op.h"

/*
 * The policy of that revision (0: in force). OP_DONE, or OP_FAILED after unknown_site, not_found or
 * storage_failed. Valid until the operation returns.
 */
MUST_USE int op_revision(struct op_call *call, struct span site_name, uint64_t policy_revision,
        const struct policy **ret);

#endif
