/*
 * What readers see of a group, and when. Committer only.
 *
 * Before the commit each changed line becomes the meet of what it is and what it will be; after it,
 * the new state; after a commit that failed, what was. publish_reserve comes first.
 */
#ifndef DAEMON_COMMIT_PUBLISH_H
#define DAEMON_COMMIT_PUBLISH_H

#include "daemon/commit/group_private.h"
#include "daemon/commit/lines.h"

/* Room for all lines of the group. */
void publish_reserve(struct lines *lines, const struct group *group);
/* -errno where an account's record cannot be read; the lines are then as before. */
MUST_USE int publish_meet(struct lines *lines, struct group *group);
void publish_after(struct lines *lines, const struct group *group);
void publish_before(struct lines *lines, const struct group *group);

/*
 * After a group that met a record with a bad tag: nobody knows what its subject decided last, and
 * least of all may its line, older than the write that failed, go on saying yes.
 */
void publish_doubt(struct lines *lines, const struct group *group);

/* One record into its line. Needs room. */
void publish_record(struct lines *lines, struct record_key key, const struct record *record);

#endif
