/*
 * Policies by revision, the old ones read back from the ledger. Loop thread only.
 *
 * Events and requests name revisions that are no longer in force; the few that are asked for are
 * kept parsed.
 */
#ifndef DAEMON_OP_POLICIES_H
#define DAEMON_OP_POLICIES_H

#include "daemon/commit/commit.h"

enum { OP_POLICIES_KEPT = 16 };

struct op_policies {
	struct policy *kept[OP_POLICIES_KEPT];
	size_t next; /* to be replaced */
};

/*
 * The site's policy of that revision (0: in force). `reader` is renewed. Valid until the next call
 * or commit_finish. 0; LEDGER_E_NOT_FOUND; -EBADMSG; -errno.
 */
MUST_USE int op_policies_get(struct op_policies *policies, struct ledger_reader *reader,
        struct site *site, uint32_t policy_revision, const struct policy **ret);
void op_policies_deinit(struct op_policies *policies);

#endif
