/*
 * A group: the writes of one ledger transaction, as their apply functions see it. Committer only.
 *
 * Records read here include what earlier writes of the same group have done. Nothing outside the
 * group sees any of it before the transaction is durable.
 */
#ifndef DAEMON_COMMIT_GROUP_H
#define DAEMON_COMMIT_GROUP_H

#include "daemon/commit/record_table.h"
#include "daemon/commit/sites.h"
#include "daemon/store/store.h"

struct group;

/* Outcomes of the functions below, and of apply functions. */
enum {
	GROUP_E_NOT_FOUND = 1,
	GROUP_E_FULL,    /* the map or the disk is full: return it, the group is tried again */
	GROUP_E_LATER,   /* the site's policy changes in this group already: try in the next one */
	GROUP_E_REFUSED, /* the write is not valid; request->error says why */
};

/* Seconds UTC, the same for the whole group. */
uint64_t group_now(const struct group *group);
/* The newest revision, the group's own events included. */
uint64_t group_head(const struct group *group);
struct store *group_store(struct group *group);
struct sites *group_sites(struct group *group);

/* The subject's record, its own (links are not followed). 0, GROUP_E_NOT_FOUND, -errno. */
MUST_USE int group_read(struct group *group, struct record_key key, struct record *ret);

/*
 * Appends an event; event->result (or nothing, where event->removed) is the subject's record from
 * here on. Sets event->revision. 0, GROUP_E_FULL, -errno.
 */
MUST_USE int group_append(struct group *group, struct event *event);

/* An event as this group sees it; spans until the next write. 0, GROUP_E_NOT_FOUND, -errno. */
MUST_USE int group_event(struct group *group, uint64_t revision, struct event *ret);

/* Drops the body of an event. GROUP_E_NOT_FOUND where it is gone already. */
MUST_USE int group_drop_body(struct group *group, uint64_t revision);

/*
 * Notes that the body of the `erased` event `revision` is to be dropped when the view's checkpoint
 * has passed it: until then it is what a rebuild of the view would need.
 */
MUST_USE int group_drop_body_later(struct group *group, uint64_t revision);

/* Whether the group gives the site another policy already, so that the one in force is the old. */
bool group_changes_policy(const struct group *group, struct span site);

/* Who speaks for a site: a policy from a file makes the file the only one who may change it. */
enum group_policy_owner {
	GROUP_POLICY_API,
	GROUP_POLICY_FILE, /* policy->source */
};

/*
 * Makes `policy` the one in force of its site when the group commits; it is the site's from then
 * on, and the caller's where the group fails. Assigns the site's id, the bits and the policy
 * revision, and stores all of it. 0; GROUP_E_LATER; GROUP_E_FULL; GROUP_E_REFUSED with *ret_full
 * set where there is no bit or no room for another site; -errno.
 */
MUST_USE int group_apply_policy(struct group *group, struct policy *policy, struct span actor,
        enum group_policy_owner owner, bool *ret_full);

#endif
