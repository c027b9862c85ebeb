/*
 * How choices combine: what a request names, and what that makes of a record. Any thread; pure.
 */
#ifndef DAEMON_OP_CHOICES_H
#define DAEMON_OP_CHOICES_H

#include "daemon/policy/policy.h"
#include "daemon/store/event.h"
#include "proto/message.h"

/* What a request decides, as bits of the policy that the visitor was shown. */
struct choices {
	struct proto_bits given, refused;
};

enum {
	CHOICES_E_UNKNOWN = 1, /* a name is neither service, category nor `*` */
	CHOICES_E_NECESSARY,   /* something necessary is refused */
};

/*
 * The most specific name wins, whatever the order: service, category, `*`. On CHOICES_E_* the
 * offending name is in *ret_name.
 */
MUST_USE int choices_expand(const struct policy *shown, struct proto_list pairs,
        struct choices *ret, struct span *ret_name);

/* The services of that basis. */
struct proto_bits choices_bits_of(const struct policy *policy, enum proto_basis basis);

/* What becomes of a record. */
struct choices_outcome {
	struct proto_state state;
	enum event_kind kind;
	struct proto_bits decided, given; /* what the event decides: bits of the current policy */
	/* Write nothing: nothing is decided, or nothing changes of a record younger than 24 h. */
	bool identical;
};

/*
 * Merges choices into what the subject had (NULL: nothing), under the policy in force.
 *
 * Bits that are not in the policy are cleared first; then what has lapsed (given, and refusals of
 * services whose basis is consent); then the choices are laid over it. Times are only ever set by
 * the validities of this policy, and never lengthened but by a choice that names all that they
 * cover.
 */
void choices_merge(const struct record *before, const struct choices *choices,
        const struct policy *policy, uint64_t now, struct choices_outcome *ret);

#endif
