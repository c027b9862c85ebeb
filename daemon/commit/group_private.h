/*
 * What the committer keeps of a group. For daemon/commit alone.
 */
#ifndef DAEMON_COMMIT_GROUP_PRIVATE_H
#define DAEMON_COMMIT_GROUP_PRIVATE_H

#include "daemon/commit/erasures.h"
#include "daemon/commit/group.h"
#include "daemon/commit/overlay.h"

enum { GROUP_MAX_POLICIES = 64 };

/* A policy that comes into force with the group. */
struct policy_change {
	struct policy *policy;
	struct site *site;     /* that it is for */
	struct site *newcomer; /* the same, where the site is new: nobody sees it yet */
	bool from_file;        /* its source speaks for the site from now on */
};

struct group {
	struct store *store;
	struct sites *sites;
	struct overlay *overlay;
	struct view_reader *view;
	struct ledger_reader *ledger; /* of what was committed before the group */
	uint64_t view_checkpoint;     /* that `view` was renewed at; UINT64_MAX: it is reset */
	uint64_t now;
	uint64_t revision;          /* newest event of the group, or the head before it */
	struct record_table before; /* what each changed subject had before the group */
	struct record_table after;  /* and what it has in it; same keys in the same order */
	struct policy_change policies[GROUP_MAX_POLICIES];
	size_t n_policies;
	struct record_key doubt; /* where has_doubt: its record has a bad tag */
	bool has_doubt;
	struct erasures erasures; /* waiting for the checkpoint */
	int erasures_error;       /* not 0: the list is not as committed and must not be used */
	bool erasures_changed;
};

MUST_USE int group_init(
        struct group *group, struct store *store, struct sites *sites, struct overlay *overlay);
void group_deinit(struct group *group);

/* Begins the ledger's transaction and an empty set of changes. -errno. */
MUST_USE int group_begin(struct group *group, uint64_t now);
/* Forgets the changes; policies that were not taken over stay their writes'. Ends the snapshots. */
void group_end(struct group *group);
/*
 * After an abort: the list of erasures as it is committed. Where it cannot be read, nothing can be
 * erased until it can: each group tries again.
 */
void group_reload_erasures(struct group *group);
/* How many erasures the view's checkpoint has passed. */
size_t group_n_due_bodies(const struct group *group);
/* Drops the bodies of the first of these, as many as one group should. GROUP_E_FULL, -errno. */
MUST_USE int group_drop_due_bodies(struct group *group);
/* Stores the list of erasures where it changed: last thing before the commit. */
MUST_USE int group_store_erasures(struct group *group);

void policy_change_deinit(struct policy_change *change);

#endif
