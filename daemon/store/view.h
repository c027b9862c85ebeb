/*
 * The view: the current record of every subject. Derived from the ledger and never trusted: in
 * doubt it is deleted and rebuilt.
 *
 * One writer thread (the view's). Readers: one view_reader per thread, renewed and reset around
 * each use. Every value carries a keyed tag, verified at every read: a bad tag is -EBADMSG. The
 * checkpoint (the last revision applied), the count of records and a keyed multiset hash of them
 * are committed in the same transaction as the records.
 */
#ifndef DAEMON_STORE_VIEW_H
#define DAEMON_STORE_VIEW_H

#include "daemon/store/keys.h"
#include "daemon/store/record.h"

struct view;
struct view_reader;

enum {
	VIEW_E_NOT_FOUND = 1,
	VIEW_E_FULL,
	VIEW_E_DIFFERS, /* it is not what the ledger says it must be: rebuild */
};

enum { VIEW_SCHEMA = 1, VIEW_STORE_ID_BYTES = 16 };

/*
 * Opened by store_open. -EBADMSG: no view, a bad tag, another schema. A new view takes the store
 * id; one that has another is of another ledger: VIEW_E_DIFFERS.
 */
MUST_USE int view_open(int dir_fd, const char *name, const struct keys *keys, uint64_t map_bytes,
        struct view **ret);
MUST_USE int view_bind(struct view *view, const uint8_t store_id[VIEW_STORE_ID_BYTES]);
/* All readers must have been freed. NULL is legal. */
void view_close(struct view *view);

uint64_t view_map_bytes(const struct view *view);
/* Frees the slots of readers whose process died; once a minute. Any thread. */
MUST_USE int view_check_readers(struct view *view);
/* For how long the oldest snapshot has been held: pages that it sees are not reused. Any thread. */
uint64_t view_reader_age_ms(const struct view *view);

/* As of the last commit. Any thread. */
uint64_t view_checkpoint(const struct view *view);
uint64_t view_count(const struct view *view);
uint64_t view_used_bytes(const struct view *view);

/* -- writer: the view's thread -------------------------------------------------------------- */
/*
 * A batch: all that changed up to a revision. It is written in slices of VIEW_SLICE changes, each
 * its own transaction with the old checkpoint, and only view_commit raises that. So a batch may be
 * of any size, and one that was cut off is simply applied again: a change is a whole record.
 */
MUST_USE int view_begin(struct view *view);
/*
 * Keys in ascending order are cheapest, and keep the file small: a slice then touches few pages.
 * A value with a bad tag is overwritten; the multiset hash can then not be right again, so that
 * the view is found to differ at the next start.
 */
MUST_USE int view_put(struct view *view, struct record_key key, const struct record *record);
/* A record that is not there is no error. */
MUST_USE int view_erase(struct view *view, struct record_key key);
/* Commits with the new checkpoint. Ends the batch whatever it answers. */
MUST_USE int view_commit(struct view *view, uint64_t checkpoint);
/* Forgets the open slice. Legal where no batch is open. */
void view_abort(struct view *view);

enum { VIEW_SLICE = 4096 };

/* -- readers -------------------------------------------------------------------------------- */
MUST_USE int view_reader_new(struct view *view, struct view_reader **ret);
struct view_reader *view_reader_free(struct view_reader *reader);
MUST_USE int view_reader_renew(struct view_reader *reader);
void view_reader_reset(struct view_reader *reader);

MUST_USE int view_read(struct view_reader *reader, struct record_key key, struct record *ret);
/*
 * The first record of the site behind `after` (NULL: its first). VIEW_E_NOT_FOUND at the end of
 * the site. -EBADMSG for a record with a bad tag, `ret_key` then set so that the walk can go on.
 */
MUST_USE int view_read_next(struct view_reader *reader, uint32_t site_id,
        const struct proto_digest *after, struct record_key *ret_key, struct record *ret);
/*
 * Walks all records of all sites in key order. A record with a bad tag is passed to `bad_fn`.
 * Returns VIEW_E_DIFFERS at the end where count or hash do not match.
 */
MUST_USE int view_each(struct view_reader *reader,
        int (*each_fn)(void *ctx, struct record_key key, const struct record *record),
        void (*bad_fn)(void *ctx, struct record_key key), void *ctx);

#endif
