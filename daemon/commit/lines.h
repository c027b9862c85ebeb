/*
 * The writer of the decision map: every subject's line, and the table's growth.
 *
 * Committer only, where nothing else is said. A change is written before the commit as the meet of what
 * readers see and of what will be (lines_meet), and after it as what is (lines_put and its like).
 * The table grows in slices between groups; every change goes to the old and to the new table until
 * they are swapped.
 *
 * The map is complete until it has reached its largest size, or the machine has no memory for more.
 * From then on it is partial, for as long as the daemon runs: subjects for whom there is no room
 * have no line, and its header says that a miss means nothing.
 */
#ifndef DAEMON_COMMIT_LINES_H
#define DAEMON_COMMIT_LINES_H

#include "daemon/base/error.h"
#include "proto/map.h"

struct lines;
struct lines_table;

/*
 * Room for so many subjects from the start, as far as `max_bytes` for one table allow. `instance`:
 * random, of this run. -ENOMEM, -errno.
 */
MUST_USE int lines_new(
        uint64_t n_subjects, uint64_t max_bytes, uint64_t instance, struct lines **ret);
/* Ends with every table, the retired ones included, that was not taken. Nobody may read it. */
struct lines *lines_free(struct lines *lines);

/*
 * The lines as they are now, for proto_map_find. Any thread; one atomic load. Its reader must be
 * done with it before the table is freed that lines_take_retired returns after it was replaced.
 */
struct proto_map lines_map(const struct lines *lines);
/* The same table as a descriptor that may be passed on; it stays ours, and lasts as long. */
int lines_map_fd(const struct lines *lines);

/*
 * Makes room for n subjects that have no line yet; call it before the ledger commits. Begins to grow
 * at 85 % load. Copies all that is left in one go only where the table would fill up before the
 * slices are through. Where there is no room to be had the map is partial from then on.
 */
void lines_reserve(struct lines *lines, uint64_t n_subjects);

/* -- changes -------------------------------------------------------------------------------- */

void lines_put(struct lines *lines, struct proto_digest digest, const struct proto_state *state);
/* The session's line leads to the account's from now on; what it was before is gone. */
void lines_put_link(struct lines *lines, struct proto_digest session, struct proto_digest account);
/* Nobody knows what the subject decided (its record has a bad tag): readers ask elsewhere. */
void lines_put_doubt(struct lines *lines, struct proto_digest digest);
/* The subject has no record. Its digest is wiped. */
void lines_erase(struct lines *lines, struct proto_digest digest);

/*
 * Makes the line no more permissive than it is and than `state` will be (NULL: no record): of each
 * service, refused wins over undecided and undecided over given; of each time, the earlier. Call
 * it for every change of a group; the order does not matter. `state` is what the subject's checks
 * will be answered by, thus of a link its account's; a link becomes a record of its own until the
 * change is put. After a failed commit, put again what was.
 */
void lines_meet(struct lines *lines, struct proto_digest digest, const struct proto_state *state);

/* The meet of two states by itself; NULL: no record. */
struct proto_state lines_meet_of(const struct proto_state *a, const struct proto_state *b);

/* -- growth --------------------------------------------------------------------------------- */

/*
 * Makes memory for n lines of the new table or, where all of it is made, copies n lines of the old
 * one and, at its end, swaps. Call it after each group with, in all, some 16 lines for each subject
 * that was new in it, and at least a few thousand. True while it grows.
 */
bool lines_grow_slice(struct lines *lines, uint64_t n_lines);

/*
 * A table that was replaced, or NULL: hand it to whoever knows that its last reader is done, to be
 * freed by lines_table_free (any thread). Call until NULL.
 */
struct lines_table *lines_take_retired(struct lines *lines);
struct lines_table *lines_table_free(struct lines_table *table);

/* -- header --------------------------------------------------------------------------------- */

/*
 * Loop. Readers may go by the map until `until_ns` (CLOCK_MONOTONIC), and decide for no time before
 * `floor` (s, UTC).
 */
void lines_renew_lease(struct lines *lines, uint64_t until_ns, uint64_t floor);
/* After the last change, when the daemon ends in order: nobody goes by the map any more. */
void lines_retire(struct lines *lines);

/* Raises the floor; a lower value changes nothing. */
void lines_set_time_floor(struct lines *lines, uint64_t seconds);
void lines_set_applied_revision(struct lines *lines, uint64_t revision);
void lines_set_policy_generation(struct lines *lines, uint64_t generation);

/* Whether a miss means nothing: see above. */
bool lines_are_partial(const struct lines *lines);
/* Subjects with a line. */
uint64_t lines_count(const struct lines *lines);
uint64_t lines_capacity(const struct lines *lines);
/* Of memory, a table that is being filled included. */
uint64_t lines_bytes(const struct lines *lines);

#endif
