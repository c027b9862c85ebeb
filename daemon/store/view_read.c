/*
 * Reading the view: one record, the next one of a site, or all of them against count and sum.
 *
 * A walk goes on behind a bad record: its key is reported and everything else is still there. It
 * ends although keys may be rotten, for each key that it hands out is greater than the one before.
 */
#include "daemon/store/view_private.h"

#include <errno.h>
#include <stdlib.h>

int view_reader_new(struct view *view, struct view_reader **ret)
{
	struct view_reader *reader = calloc(1, sizeof(*reader));
	if (reader == NULL)
		return -ENOMEM;
	reader->view = view;
	int r = env_reader_init(view->env, &reader->txn);
	if (r != 0)
		free(reader);
	else
		*ret = reader;
	return r;
}

struct view_reader *view_reader_free(struct view_reader *reader)
{
	if (reader != NULL) {
		env_cursor_close(&reader->records);
		env_reader_deinit(&reader->txn);
	}
	free(reader);
	return NULL;
}

int view_reader_renew(struct view_reader *reader)
{
	int r = env_reader_renew(&reader->txn);
	if (r != 0)
		return r;
	r = reader->records.mdb != NULL
	            ? env_cursor_renew(&reader->records)
	            : env_cursor_open(&reader->txn, VIEW_RECORDS, &reader->records);
	if (r != 0)
		env_reader_reset(&reader->txn);
	return r;
}

void view_reader_reset(struct view_reader *reader)
{
	env_reader_reset(&reader->txn);
}

int view_read(struct view_reader *reader, struct record_key key, struct record *ret)
{
	uint8_t key_bytes[RECORD_KEY_BYTES];
	struct span payload;
	record_key_encode(key, key_bytes);
	int r = env_get(
	        &reader->txn, VIEW_RECORDS, span_bytes(key_bytes, sizeof(key_bytes)), &payload);
	return r != 0 ? r : record_decode(payload, ret);
}

/* Whether the cursor stands on a key behind `after` (NULL: on any) that can be a record's. */
static bool is_behind(const struct env_cursor *cursor, const uint8_t *after)
{
	if (cursor->key.n_bytes != RECORD_KEY_BYTES)
		return false;
	return after == NULL || memcmp(cursor->key.data, after, RECORD_KEY_BYTES) > 0;
}

static int move_behind(
        struct env_cursor *cursor, const uint8_t *after, const uint8_t *from, struct span *payload)
{
	cursor->key = span_bytes(from, RECORD_KEY_BYTES);
	int r = env_cursor_move(cursor, ENV_FROM, payload);
	while ((r == 0 || r == ENV_E_BAD_VALUE) && !is_behind(cursor, after))
		r = env_cursor_move(cursor, ENV_NEXT, payload);
	return r;
}

int view_read_next(struct view_reader *reader, uint32_t site_id, const struct proto_digest *after,
        struct record_key *ret_key, struct record *ret)
{
	uint8_t from[RECORD_KEY_BYTES];
	struct span payload;
	struct record_key start = {.site_id = site_id};
	if (after != NULL)
		start.digest = *after;
	record_key_encode(start, from);
	int r = move_behind(&reader->records, after ? from : NULL, from, &payload);
	if (r != 0 && r != ENV_E_BAD_VALUE)
		return r;
	struct record_key key = record_key_decode(reader->records.key.data);
	if (key.site_id != site_id)
		return VIEW_E_NOT_FOUND;
	*ret_key = key;
	return r != 0 ? -EBADMSG : record_decode(payload, ret);
}

struct walk {
	int (*each_fn)(void *ctx, struct record_key key, const struct record *record);
	void (*bad_fn)(void *ctx, struct record_key key);
	void *ctx;
	const struct view *view;
	struct view_state stored, seen;
};

static void report_bad(struct walk *walk, struct span key)
{
	uint8_t bytes[RECORD_KEY_BYTES] = {0};
	memcpy(bytes, key.data, key.n_bytes < sizeof(bytes) ? key.n_bytes : sizeof(bytes));
	if (walk->bad_fn != NULL)
		walk->bad_fn(walk->ctx, record_key_decode(bytes));
}

/* What each_fn answers; a bad record is counted and in no sum. */
static int visit(struct walk *walk, struct span key, struct span payload, int moved)
{
	struct record record;
	walk->seen.count++;
	if (moved != 0 || key.n_bytes != RECORD_KEY_BYTES || record_decode(payload, &record) != 0) {
		report_bad(walk, key);
		return 0;
	}
	view_sum_add(&walk->seen.sum, view_sum_of(walk->view, key, payload));
	return walk->each_fn(walk->ctx, record_key_decode(key.data), &record);
}

/* Pages that form a ring have more entries than were counted. */
static int walk_all(struct walk *walk, struct env_cursor *cursor)
{
	struct span payload;
	int r = env_cursor_move(cursor, ENV_FIRST, &payload);
	while (r == 0 || r == ENV_E_BAD_VALUE) {
		if (walk->seen.count == walk->stored.count)
			return VIEW_E_DIFFERS;
		r = visit(walk, cursor->key, payload, r);
		if (r != 0)
			return r;
		r = env_cursor_move(cursor, ENV_NEXT, &payload);
	}
	return r == ENV_E_NOT_FOUND ? 0 : r;
}

static bool is_as_stored(const struct walk *walk)
{
	return walk->seen.count == walk->stored.count &&
	       walk->seen.sum.word[0] == walk->stored.sum.word[0] &&
	       walk->seen.sum.word[1] == walk->stored.sum.word[1];
}

int view_each(struct view_reader *reader,
        int (*each_fn)(void *ctx, struct record_key key, const struct record *record),
        void (*bad_fn)(void *ctx, struct record_key key), void *ctx)
{
	struct walk walk = {.each_fn = each_fn, .bad_fn = bad_fn, .ctx = ctx, .view = reader->view};
	int r = view_state_get(&reader->txn, &walk.stored);
	if (r == 0)
		r = walk_all(&walk, &reader->records);
	if (r != 0)
		return r;
	return is_as_stored(&walk) ? 0 : VIEW_E_DIFFERS;
}
