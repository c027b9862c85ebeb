/*
 * The site with its policy, and what a subject decided, as check and grants need them. Loop only.
 */
#ifndef DAEMON_OP_LOOKUP_H
#define DAEMON_OP_LOOKUP_H

#include "daemon/op/op.h"

/*
 * The site of that name, in upper or lower case, with its policy in force; NULL where there is
 * none. The policy is valid until the loop's next commit_finish.
 */
struct site *op_lookup_site(struct op_env *env, struct span name, const struct policy **ret_policy);

/*
 * The site and, where a subject is given, its line, which is on its way into the cache from here on:
 * so op_lookup_state comes as late as it can, within the same turn of the loop.
 */
struct op_lookup op_lookup_begin(struct op_env *env, struct span site, struct span subject);

/*
 * What the subject of a known site decided: true and its state, or false where it has no record. It
 * never fails. Where nobody can tell (a bad tag, a storage that does not answer), the state is one
 * that refused every service, for a time that is over: by the one decision that is `consent_unknown` for what
 * needs an opt-in, and a no that does not lapse for what is allowed by default (`consent_refused`
 * of opt-out, `objection` of audience measurement). Counts and logs an alarm. A visitor without an
 * id has no record.
 */
bool op_lookup_state(struct op_env *env, const struct op_lookup *lookup, struct proto_state *ret);

/*
 * After op_lookup_state: whether the policy is the one in force still. Where it is not, the state may
 * be one of a newer policy, in which its bits mean something else: the lookup has that one now, and
 * whoever asks begins again.
 */
MUST_USE bool op_lookup_stands(struct op_lookup *lookup);

#endif
