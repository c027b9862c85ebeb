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
 * A subject whose line is wanted. The line is on its way into the cache from op_lookup_begin on, so
 * do what else there is to do before op_lookup_state. Used up within one turn of the loop.
 */
struct op_lookup {
	struct record_key key;
	struct proto_map map;
};

struct op_lookup op_lookup_begin(struct op_env *env, const struct site *site, struct span subject);

/*
 * What the subject decided: true and its state, or false where it has no record. It never fails.
 * Where nobody can tell (a bad tag, a storage that does not answer), the state is one that refused
 * every service, for a time that is over: by the one decision that is `consent_unknown` for what
 * needs an opt-in, and a no that does not lapse for what is allowed by default (`consent_refused`
 * of opt-out, `objection` of audience measurement). Counts and logs an alarm.
 */
bool op_lookup_state(struct op_env *env, const struct op_lookup *lookup, struct proto_state *ret);

#endif
