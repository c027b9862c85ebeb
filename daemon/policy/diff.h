/*
 * What a policy changes against the one before. Any thread; both policies are only read.
 */
#ifndef DAEMON_POLICY_DIFF_H
#define DAEMON_POLICY_DIFF_H

#include "daemon/policy/policy.h"

/*
 * Service ids, by what happened to them. `material` services have another fingerprint; `changed`
 * ones have the same fingerprint and another text, cookie, domain or max_age, or are exempt now and
 * were not, or the reverse; `asked_again` are those that need an opt-in and are added, material or
 * exempt no longer. The spans point into the two policies. Each list is in the order of the policy
 * that has the services.
 */
struct policy_diff {
	struct span *added, *removed, *material, *changed, *asked_again;
	uint32_t n_added, n_removed, n_material, n_changed, n_asked_again;
};

/*
 * `before` NULL: everything is added. Adds a warning to `faults` for every service with consent at
 * stake in which cookies, domains, a longer max_age or another purpose came in without a raised
 * `material:`; and for another mode or validity. -ENOMEM.
 */
MUST_USE int policy_diff_make(const struct policy *before, const struct policy *after,
        struct faults *faults, struct policy_diff *ret);
void policy_diff_deinit(struct policy_diff *diff);

#endif
