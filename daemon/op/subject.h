/*
 * What most operations begin with: the site of a request, the subject's key, its record. Loop only.
 */
#ifndef DAEMON_OP_SUBJECT_H
#define DAEMON_OP_SUBJECT_H

#include "daemon/op/op.h"

/*
 * The site with a policy in force, or NULL after op_fail(unknown_site). The policy is valid until
 * the loop's next commit_finish.
 */
MUST_USE struct site *op_site(
        struct op_call *call, struct span name, const struct policy **ret_policy);

/* unknown_site. */
int op_fail_site(struct op_call *call, struct span name);

struct record_key op_subject_key(const struct site *site, struct span subject);

/* A subject's record; a session that is bound has its account's. */
struct op_subject {
	struct commit_row row; /* the account's where `bound` */
	bool bound;
};

/* OP_DONE, or OP_FAILED after not_found or storage_failed. */
MUST_USE int op_subject_read(
        struct op_call *call, const struct site *site, struct span subject, struct op_subject *ret);

/* The error of a store function that failed; logs it, and counts a bad tag as an alarm. */
int op_fail_storage(struct op_call *call, int rc);

/* "uid:1000", for the events that the peer causes. */
struct op_actor {
	char text[24];
};
struct op_actor op_actor_of(const struct access_peer *peer);

#endif
