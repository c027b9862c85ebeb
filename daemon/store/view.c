/*
 * The view's life and its writer.
 *
 * Count and multiset hash are kept up record by record, old value out, new value in, and committed
 * with the records they describe. Whoever walks all records can tell whether they are the ones
 * that were written: one lost, one altered, one put back from earlier changes the sum.
 *
 * A batch is cut into slices because a transaction copies every page that it touches, and the
 * copies' room is free only two transactions later: one transaction that touches the whole tree
 * would treble the file.
 */
#include "daemon/store/view_private.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#include <sodium.h>

#include "daemon/store/codec.h"

static const char META_SCHEMA[] = "schema", META_STORE_ID[] = "store_id", META_STATE[] = "state";

enum { STATE_BYTES = 4 * 8 };

static const char *const db_names[VIEW_N_DBS] = {
        [VIEW_RECORDS] = "records",
        [VIEW_META] = "meta",
};

_Static_assert((int)VIEW_E_NOT_FOUND == (int)ENV_E_NOT_FOUND, "the outcomes go through");
_Static_assert((int)VIEW_E_FULL == (int)ENV_E_FULL, "the outcomes go through");

void view_sum_add(struct view_sum *sum, struct view_sum term)
{
	sum->word[0] += term.word[0];
	sum->word[1] += term.word[1] + (sum->word[0] < term.word[0]);
}

void view_sum_subtract(struct view_sum *sum, struct view_sum term)
{
	sum->word[1] -= term.word[1] + (sum->word[0] < term.word[0]);
	sum->word[0] -= term.word[0];
}

struct view_sum view_sum_of(const struct view *view, struct span key, struct span payload)
{
	uint8_t bytes[RECORD_KEY_BYTES + RECORD_MAX_BYTES], hash[crypto_shorthash_siphashx24_BYTES];
	struct codec_writer writer = codec_writer_of(bytes, sizeof(bytes));
	codec_put_bytes(&writer, key.data, key.n_bytes);
	codec_put_bytes(&writer, payload.data, payload.n_bytes);
	crypto_shorthash_siphashx24(hash, bytes, writer.n_bytes, view->multiset_key);
	struct codec_reader reader = codec_reader_of(span_bytes(hash, sizeof(hash)));
	struct view_sum term;
	term.word[0] = codec_get_u64(&reader);
	term.word[1] = codec_get_u64(&reader);
	return term;
}

static int meta_put(struct env_txn *txn, const char *name, struct span value)
{
	return env_put(txn, VIEW_META, span_of(name), value);
}

/* Absent values are no error: SPAN_NONE. */
static int meta_get(struct env_txn *txn, const char *name, struct span *ret)
{
	*ret = SPAN_NONE;
	int r = env_get(txn, VIEW_META, span_of(name), ret);
	return r == ENV_E_NOT_FOUND ? 0 : r;
}

int view_state_get(struct env_txn *txn, struct view_state *ret)
{
	struct span value;
	int r = meta_get(txn, META_STATE, &value);
	if (r != 0)
		return r;
	*ret = (struct view_state){0};
	if (!span_present(value))
		return 0;
	struct codec_reader reader = codec_reader_of(value);
	ret->checkpoint = codec_get_u64(&reader);
	ret->count = codec_get_u64(&reader);
	ret->sum.word[0] = codec_get_u64(&reader);
	ret->sum.word[1] = codec_get_u64(&reader);
	return codec_reader_done(&reader) ? 0 : -EBADMSG;
}

static int state_put(struct env_txn *txn, const struct view_state *state)
{
	uint8_t bytes[STATE_BYTES];
	struct codec_writer writer = codec_writer_of(bytes, sizeof(bytes));
	codec_put_u64(&writer, state->checkpoint);
	codec_put_u64(&writer, state->count);
	codec_put_u64(&writer, state->sum.word[0]);
	codec_put_u64(&writer, state->sum.word[1]);
	return meta_put(txn, META_STATE, span_bytes(bytes, writer.n_bytes));
}

static void publish_state(struct view *view)
{
	atomic_store_explicit(&view->count, view->committed.count, memory_order_relaxed);
	atomic_store_explicit(&view->checkpoint, view->committed.checkpoint, memory_order_release);
}

/* The count that was committed must be the one that LMDB has: the cheap half of the check. */
static int read_state(struct view *view, struct env_txn *txn)
{
	uint64_t n;
	int r = view_state_get(txn, &view->committed);
	if (r == 0)
		r = env_count(txn, VIEW_RECORDS, &n);
	if (r == 0 && n != view->committed.count)
		r = -EBADMSG;
	if (r == 0)
		publish_state(view);
	return r;
}

static int in_transaction(struct view *view,
        int (*run_fn)(struct view *view, struct env_txn *txn, const void *ctx), const void *ctx)
{
	struct env_txn txn;
	int r = env_begin(view->env, &txn);
	if (r != 0)
		return r;
	r = run_fn(view, &txn, ctx);
	if (r != 0) {
		env_abort(&txn);
		return r;
	}
	return env_commit(&txn);
}

/* A new view gets its schema; an old one must have this one: a view is cheaper to make than read.
 */
static int settle_schema(struct view *view, struct env_txn *txn, const void *ctx)
{
	struct span schema;
	uint8_t bytes[4];
	(void)ctx;
	int r = meta_get(txn, META_SCHEMA, &schema);
	if (r != 0)
		return r;
	codec_big_u32(VIEW_SCHEMA, bytes);
	if (!span_present(schema))
		r = meta_put(txn, META_SCHEMA, span_bytes(bytes, sizeof(bytes)));
	else if (!span_equal(schema, span_bytes(bytes, sizeof(bytes))))
		r = -EBADMSG;
	return r == 0 ? read_state(view, txn) : r;
}

int view_open(int dir_fd, const char *name, const struct keys *keys, uint64_t map_bytes,
        struct view **ret)
{
	struct view *view = calloc(1, sizeof(*view));
	if (view == NULL)
		return -ENOMEM;
	memcpy(view->multiset_key, keys->multiset, sizeof(view->multiset_key));
	int r = env_open(&(struct env_options){.dir_fd = dir_fd,
	                         .name = name,
	                         .keys = keys,
	                         .map_bytes = map_bytes,
	                         .dbs = db_names,
	                         .n_dbs = VIEW_N_DBS},
	        &view->env);
	if (r == 0)
		r = in_transaction(view, settle_schema, NULL);
	if (r != 0)
		view_close(view);
	else
		*ret = view;
	return r;
}

static int settle_store_id(struct view *view, struct env_txn *txn, const void *ctx)
{
	struct span mine = span_bytes(ctx, VIEW_STORE_ID_BYTES), stored;
	int r = meta_get(txn, META_STORE_ID, &stored);
	if (r != 0)
		return r;
	if (span_present(stored))
		return span_equal(stored, mine) ? 0 : VIEW_E_DIFFERS;
	if (view->committed.checkpoint != 0 || view->committed.count != 0)
		return VIEW_E_DIFFERS;
	return meta_put(txn, META_STORE_ID, mine);
}

int view_bind(struct view *view, const uint8_t store_id[VIEW_STORE_ID_BYTES])
{
	return in_transaction(view, settle_store_id, store_id);
}

void view_close(struct view *view)
{
	if (view == NULL)
		return;
	view_abort(view);
	env_close(view->env);
	sodium_memzero(view->multiset_key, sizeof(view->multiset_key));
	free(view);
}

uint64_t view_map_bytes(const struct view *view)
{
	return env_map_bytes(view->env);
}

int view_check_readers(struct view *view)
{
	return env_check_readers(view->env);
}

uint64_t view_reader_age_ms(const struct view *view)
{
	return env_reader_age_ms(view->env);
}

uint64_t view_checkpoint(const struct view *view)
{
	return atomic_load_explicit(&view->checkpoint, memory_order_acquire);
}

uint64_t view_count(const struct view *view)
{
	return atomic_load_explicit(&view->count, memory_order_relaxed);
}

uint64_t view_used_bytes(const struct view *view)
{
	return env_used_bytes(view->env);
}

/* -- the writer ----------------------------------------------------------------------------- */

static int slice_begin(struct view *view)
{
	view->state = view->committed;
	view->n_changes = 0;
	int r = env_begin(view->env, &view->txn);
	if (r != 0)
		return r;
	r = env_cursor_open(&view->txn, VIEW_RECORDS, &view->records);
	if (r != 0)
		env_abort(&view->txn);
	return r;
}

static int slice_commit(struct view *view)
{
	env_cursor_close(&view->records);
	int r = state_put(&view->txn, &view->state);
	if (r != 0) {
		env_abort(&view->txn);
		return r;
	}
	r = env_commit(&view->txn);
	if (r != 0)
		return r;
	view->committed = view->state;
	publish_state(view);
	return 0;
}

/* Room for one more change in the open slice. */
static int slice_next(struct view *view)
{
	assert(view->txn.mdb != NULL);
	if (view->n_changes++ < VIEW_SLICE)
		return 0;
	int r = slice_commit(view);
	if (r == 0)
		r = slice_begin(view);
	view->n_changes = 1;
	return r;
}

int view_begin(struct view *view)
{
	assert(view->txn.mdb == NULL);
	return slice_begin(view);
}

/*
 * Takes the old value of the key out of count and sum. 0 where there was one, on which the cursor
 * then stands; VIEW_E_NOT_FOUND. What was written is not known where the tag is bad.
 */
static int take_out(struct view *view, struct span key)
{
	struct span payload;
	view->records.key = key;
	int r = env_cursor_move(&view->records, ENV_AT, &payload);
	if (r != 0 && r != ENV_E_BAD_VALUE)
		return r;
	if (r == 0)
		view_sum_subtract(&view->state.sum, view_sum_of(view, key, payload));
	view->state.count--;
	return 0;
}

int view_put(struct view *view, struct record_key key, const struct record *record)
{
	uint8_t key_bytes[RECORD_KEY_BYTES], bytes[RECORD_MAX_BYTES];
	record_key_encode(key, key_bytes);
	struct span key_span = span_bytes(key_bytes, sizeof(key_bytes));
	struct span payload = span_bytes(bytes, record_encode(record, bytes));
	int r = slice_next(view);
	if (r != 0)
		return r;
	r = take_out(view, key_span);
	if (r != 0 && r != VIEW_E_NOT_FOUND)
		return r;
	r = env_cursor_put(&view->records, key_span, payload, r == 0);
	if (r != 0)
		return r;
	view->state.count++;
	view_sum_add(&view->state.sum, view_sum_of(view, key_span, payload));
	return 0;
}

int view_erase(struct view *view, struct record_key key)
{
	uint8_t key_bytes[RECORD_KEY_BYTES];
	record_key_encode(key, key_bytes);
	int r = slice_next(view);
	if (r == 0)
		r = take_out(view, span_bytes(key_bytes, sizeof(key_bytes)));
	if (r == VIEW_E_NOT_FOUND)
		return 0;
	return r != 0 ? r : env_cursor_erase(&view->records);
}

int view_commit(struct view *view, uint64_t checkpoint)
{
	assert(view->txn.mdb != NULL);
	view->state.checkpoint = checkpoint;
	return slice_commit(view);
}

void view_abort(struct view *view)
{
	env_cursor_close(&view->records);
	env_abort(&view->txn);
}
