/*
 * Policies from files go the same way as those from peers. Loop thread only.
 */
#ifndef DAEMON_OP_POLICY_APPLY_H
#define DAEMON_OP_POLICY_APPLY_H

#include "daemon/op/op.h"

/* `message` says what is wrong, all of it, where `error` is not NONE. Loop thread. */
typedef void policy_apply_done_fn(void *ctx, enum proto_error error, const char *message);

/*
 * Makes the policy the one in force; `source` is the file it comes from, which from then on is the
 * only one that may change this site's policy. done_fn is called once: at once where the text has
 * faults, later when it is committed. 0; -ENOMEM (done_fn is then not called).
 */
MUST_USE int policy_apply_submit(struct op_env *env, struct span yaml, struct span source,
        policy_apply_done_fn *done_fn, void *ctx);

#endif
