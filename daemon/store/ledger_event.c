/*
 * Events: appended, read, and emptied.
 *
 *   value = form | chain hash, 32 bytes | whole: the body; bare: the body's digest, 32 bytes
 *
 * The digest is stored only where the body is gone: until then it follows from the body, and each
 * event is 32 bytes shorter. The chain hash is the same either way, so dropping a body changes no
 * hash that anybody holds.
 */
#include "daemon/store/ledger_private.h"

#include <assert.h>
#include <errno.h>

#include <sodium.h>

#include "daemon/store/codec.h"

/* Stored. */
enum form { FORM_WHOLE = 1, FORM_BARE = 2 };

enum { KEY_BYTES = 8, HEAD_BYTES = 1 + EVENT_HASH_BYTES };

struct event_value {
	enum form form;
	const uint8_t *chain_hash;
	struct span rest;
};

static int value_decode(struct span payload, struct event_value *ret)
{
	if (payload.n_bytes < HEAD_BYTES)
		return -EBADMSG;
	*ret = (struct event_value){
	        .form = (enum form)payload.data[0],
	        .chain_hash = payload.data + 1,
	        .rest = span_bytes(payload.data + HEAD_BYTES, payload.n_bytes - HEAD_BYTES),
	};
	if (ret->form == FORM_WHOLE)
		return 0;
	return ret->form == FORM_BARE && ret->rest.n_bytes == EVENT_HASH_BYTES ? 0 : -EBADMSG;
}

static int value_get(struct env_txn *txn, uint64_t revision, struct event_value *ret)
{
	uint8_t key[KEY_BYTES];
	struct span payload;
	codec_big_u64(revision, key);
	int r = env_get(txn, LEDGER_EVENTS, span_bytes(key, sizeof(key)), &payload);
	return r != 0 ? r : value_decode(payload, ret);
}

static int event_of_value(const struct event_value *value, uint64_t revision, struct event *ret)
{
	if (value->form == FORM_BARE)
		return LEDGER_E_NO_BODY;
	int r = event_decode(value->rest, ret);
	if (r != 0)
		return r;
	/* A link that points forward would lead a walk of the history round for ever. */
	if (ret->prev >= revision)
		return -EBADMSG;
	ret->revision = revision;
	ret->result.revision = revision;
	return 0;
}

static int event_get(struct env_txn *txn, uint64_t revision, struct event *ret)
{
	struct event_value value;
	int r = value_get(txn, revision, &value);
	return r != 0 ? r : event_of_value(&value, revision, ret);
}

/* Where the newest event has no body any more, its time was noted when that was dropped. */
static int noted_head_at(struct env_txn *txn, uint64_t *ret)
{
	struct span noted;
	int r = ledger_meta_get(txn, LEDGER_META_HEAD_AT, &noted);
	if (r != 0)
		return r < 0 ? r : -EBADMSG;
	if (noted.n_bytes != 8)
		return -EBADMSG;
	*ret = codec_of_big_u64(noted.data);
	return 0;
}

static int tip_of(struct env_txn *txn, struct span key, struct span payload, struct ledger_tip *ret)
{
	struct event_value value;
	struct event event;
	if (key.n_bytes != KEY_BYTES || value_decode(payload, &value) != 0)
		return -EBADMSG;
	ret->revision = codec_of_big_u64(key.data);
	memcpy(ret->chain_hash, value.chain_hash, EVENT_HASH_BYTES);
	if (value.form == FORM_BARE)
		return noted_head_at(txn, &ret->at);
	int r = event_of_value(&value, ret->revision, &event);
	if (r == 0)
		ret->at = event.at;
	return r;
}

int ledger_find_tip(struct env_txn *txn, struct ledger_tip *ret)
{
	struct env_cursor cursor;
	struct span payload;
	int r = env_cursor_open(txn, LEDGER_EVENTS, &cursor);
	if (r != 0)
		return r;
	*ret = (struct ledger_tip){0};
	r = env_cursor_move_good(&cursor, ENV_LAST, &payload);
	if (r == 0)
		r = tip_of(txn, cursor.key, payload, ret);
	env_cursor_close(&cursor);
	return r == ENV_E_NOT_FOUND ? 0 : r;
}

/* Random bytes are drawn for many events at once; what is used is wiped, for it may be erased. */
static void draw_salt(struct ledger *ledger, uint8_t ret[EVENT_SALT_BYTES])
{
	if (ledger->n_salts == 0) {
		randombytes_buf(ledger->salts, sizeof(ledger->salts));
		ledger->n_salts = LEDGER_SALTS;
	}
	uint8_t *salt = ledger->salts[--ledger->n_salts];
	memcpy(ret, salt, EVENT_SALT_BYTES);
	memset(salt, 0, EVENT_SALT_BYTES);
}

static int put_whole(struct ledger *ledger, const struct ledger_tip *tip, struct span body)
{
	uint8_t key[KEY_BYTES];
	codec_big_u64(tip->revision, key);
	struct env_value value = {
	        .db = LEDGER_EVENTS,
	        .key = span_bytes(key, sizeof(key)),
	        .append = true,
	        .n_bytes = HEAD_BYTES + body.n_bytes,
	};
	int r = env_reserve(&ledger->txn, &value);
	if (r != 0)
		return r;
	value.payload[0] = FORM_WHOLE;
	memcpy(value.payload + 1, tip->chain_hash, EVENT_HASH_BYTES);
	memcpy(value.payload + HEAD_BYTES, body.data, body.n_bytes);
	env_seal(&ledger->txn, &value);
	return 0;
}

int ledger_append(struct ledger *ledger, struct event *event)
{
	struct ledger_tip tip = {.revision = ledger->tip.revision + 1, .at = event->at};
	uint8_t salt[EVENT_SALT_BYTES], digest[EVENT_HASH_BYTES];
	assert(event->prev < tip.revision);

	event->revision = tip.revision;
	event->result.revision = tip.revision;
	draw_salt(ledger, salt);
	size_t n_bytes = event_encode(event, salt, ledger->body, sizeof(ledger->body));
	if (n_bytes == 0)
		return -E2BIG;
	struct span body = span_bytes(ledger->body, n_bytes);
	event_body_digest(body, digest);
	event_chain_hash(ledger->tip.chain_hash, tip.revision, digest, tip.chain_hash);
	int r = put_whole(ledger, &tip, body);
	if (r == 0)
		ledger->tip = tip;
	return r;
}

int ledger_get(struct ledger *ledger, uint64_t revision, struct event *ret)
{
	return event_get(&ledger->txn, revision, ret);
}

static int note_head_at(struct ledger *ledger)
{
	uint8_t at[8];
	codec_big_u64(ledger->tip.at, at);
	return ledger_meta_put(&ledger->txn, LEDGER_META_HEAD_AT, span_bytes(at, sizeof(at)));
}

int ledger_drop_body(struct ledger *ledger, uint64_t revision)
{
	struct event_value value;
	uint8_t key[KEY_BYTES], bare[HEAD_BYTES + EVENT_HASH_BYTES] = {FORM_BARE};
	int r = value_get(&ledger->txn, revision, &value);
	if (r != 0)
		return r;
	if (value.form == FORM_BARE)
		return LEDGER_E_NO_BODY;
	codec_big_u64(revision, key);
	memcpy(bare + 1, value.chain_hash, EVENT_HASH_BYTES);
	event_body_digest(value.rest, bare + HEAD_BYTES);
	r = env_put(&ledger->txn, LEDGER_EVENTS, span_bytes(key, sizeof(key)),
	        span_bytes(bare, sizeof(bare)));
	return r == 0 && revision == ledger->tip.revision ? note_head_at(ledger) : r;
}

int ledger_read_event(struct ledger_reader *reader, uint64_t revision, struct event *ret)
{
	return event_get(&reader->txn, revision, ret);
}

int ledger_read_leaf(struct ledger_reader *reader, uint64_t revision, struct event_leaf *ret)
{
	struct event_value value;
	int r = value_get(&reader->txn, revision, &value);
	if (r != 0)
		return r;
	ret->has_body = value.form == FORM_WHOLE;
	memcpy(ret->chain_hash, value.chain_hash, EVENT_HASH_BYTES);
	if (ret->has_body)
		event_body_digest(value.rest, ret->body_digest);
	else
		memcpy(ret->body_digest, value.rest.data, EVENT_HASH_BYTES);
	return 0;
}

/* LEDGER_E_NO_BODY where the cursor stands on an event without one. */
static int event_at(struct env_cursor *cursor, struct span payload, struct event *ret)
{
	struct event_value value;
	if (cursor->key.n_bytes != KEY_BYTES || value_decode(payload, &value) != 0)
		return -EBADMSG;
	return event_of_value(&value, codec_of_big_u64(cursor->key.data), ret);
}

static int each_from(
        struct env_cursor *cursor, int (*each_fn)(void *ctx, const struct event *event), void *ctx)
{
	struct span payload;
	int r = env_cursor_move_good(cursor, ENV_FROM, &payload);
	while (r == 0) {
		struct event event;
		r = event_at(cursor, payload, &event);
		if (r != 0 && r != LEDGER_E_NO_BODY)
			return r;
		r = r == 0 ? each_fn(ctx, &event) : 0;
		if (r != 0)
			return r;
		r = env_cursor_move_good(cursor, ENV_NEXT, &payload);
	}
	return r == ENV_E_NOT_FOUND ? 0 : r;
}

int ledger_each_event(struct ledger_reader *reader, uint64_t from,
        int (*each_fn)(void *ctx, const struct event *event), void *ctx)
{
	struct env_cursor cursor;
	uint8_t key[KEY_BYTES];
	int r = env_cursor_open(&reader->txn, LEDGER_EVENTS, &cursor);
	if (r != 0)
		return r;
	codec_big_u64(from, key);
	cursor.key = span_bytes(key, sizeof(key));
	r = each_from(&cursor, each_fn, ctx);
	env_cursor_close(&cursor);
	return r;
}
