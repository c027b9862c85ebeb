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
	VIEW_E_DIFFERS, /* count or multiset hash are not those of the records: rebuild */
};

/* Opened by store_open. */
MUST_USE int view_open(
	int dir_fd, const char *name, const struct keys *keys, uint64_t map_bytes, struct view **ret);
void view_close(struct view *view);

/* As of the last commit. Any thread. */
uint64_t view_checkpoint(const struct view *view);
uint64_t view_count(const struct view *view);
uint64_t view_used_bytes(const struct view *view);

/* -- writer: the view's thread -------------------------------------------------------------- */
MUST_USE int view_begin(struct view *view);
/* Keys in ascending order are cheapest. */
MUST_USE int view_put(struct view *view, struct record_key key, const struct record *record);
/* A record that is not there is no error. */
MUST_USE int view_erase(struct view *view, struct record_key key);
/* Commits with the new checkpoint. */
MUST_USE int view_commit(struct view *view, uint64_t checkpoint);
void view_abort(struct view *view);

/* -- readers -------------------------------------------------------------------------------- */
MUST_USE int view_reader_new(struct view *view, struct view_reader **ret);
struct view_reader *view_reader_free(struct view_reader *reader);
MUST_USE int view_reader_renew(struct view_reader *reader);
void view_reader_reset(struct view_reader *reader);

MUST_USE int view_read(
	struct view_reader *reader, struct record_key key, struct record *ret);
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
