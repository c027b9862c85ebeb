/*
 * Samples, and raw access to what is stored, by plain LMDB: the store's own code cannot make a
 * value that it would refuse.
 */
#include "tests/support/stored.h"

#include <assert.h>
#include <stdlib.h>

#include <lmdb.h>

static uint64_t mix(uint64_t n)
{
	n += UINT64_C(0x9e3779b97f4a7c15);
	n = (n ^ n >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	n = (n ^ n >> 27) * UINT64_C(0x94d049bb133111eb);
	return n ^ n >> 31;
}

struct keys stored_keys(void)
{
	struct keys keys;
	uint8_t *bytes = (uint8_t *)&keys;
	for (size_t i = 0; i < sizeof(keys); i++)
		bytes[i] = (uint8_t)(i * 37 + 11);
	return keys;
}

struct record_key stored_key(uint32_t site_id, uint64_t n)
{
	return (struct record_key){.site_id = site_id, .digest = {{mix(n), mix(~n)}}};
}

struct event stored_event(uint32_t site_id, uint64_t n)
{
	uint64_t at = 1700000000 + n;
	struct event event = {
	        .key = stored_key(site_id, n),
	        .at = at,
	        .kind = EVENT_GIVEN,
	        .decided = {{3, 0}},
	        .given = {{1, 0}},
	        .policy_shown = 1,
	        .policy_current = 1,
	        .method = span_of("banner"),
	        .language = span_of("en"),
	        .actor = span_of("uid:1000"),
	        .event_id_hash = mix(n * 3),
	        .content_hash = mix(n * 5),
	        .result =
	                {
	                        .state = {.decided = {{3, 0}},
	                                .given = {{1, 0}},
	                                .given_until = (uint32_t)at + 15552000,
	                                .refused_until = (uint32_t)at + 15552000},
	                        .policy_revision = 1,
	                        .created_at = at,
	                        .updated_at = at,
	                        .n_events = 1,
	                },
	};
	record_text_set(&event.result.method, event.method);
	record_text_set(&event.result.language, event.language);
	return event;
}

static const char long_text[] = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_"
                                "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_";

_Static_assert(sizeof(long_text) > PROTO_LIMIT_SURFACE_BYTES, "long enough");

struct record stored_record_longest(void)
{
	struct record record = {
	        .state = {.decided = {{UINT64_MAX, UINT64_MAX}},
	                .given = {{UINT64_MAX, UINT64_MAX}},
	                .given_until = UINT32_MAX,
	                .refused_until = UINT32_MAX - 1},
	        .account = {{UINT64_MAX, UINT64_MAX - 1}},
	        .linked = true,
	        .has_sessions = true,
	        .policy_revision = UINT32_MAX,
	        .revision = UINT64_MAX,
	        .created_at = UINT64_MAX - 1,
	        .updated_at = UINT64_MAX,
	        .n_events = UINT32_MAX,
	};
	record_text_set(&record.method, span_bytes(long_text, PROTO_LIMIT_LANGUAGE_BYTES));
	record_text_set(&record.language, span_bytes(long_text, PROTO_LIMIT_LANGUAGE_BYTES));
	return record;
}

struct event stored_event_longest(void)
{
	/* Names, values and the heads of both, of as many attributes as there may be. */
	enum { PAIR_BYTES = 2 + PROTO_LIMIT_NAME_BYTES + 3 + PROTO_LIMIT_ATTRIBUTE_BYTES };
	static uint8_t attributes[PROTO_LIMIT_ATTRIBUTES * PAIR_BYTES];
	struct event event = {
	        .prev = UINT64_MAX - 1,
	        .key = {UINT32_MAX, {{UINT64_MAX, UINT64_MAX}}},
	        .at = UINT64_MAX - 2,
	        .kind = EVENT_IMPORTED,
	        .decided = {{UINT64_MAX, UINT64_MAX}},
	        .given = {{UINT64_MAX, UINT64_MAX - 1}},
	        .policy_shown = UINT32_MAX - 1,
	        .policy_current = UINT32_MAX - 2,
	        .method = span_bytes(long_text, PROTO_LIMIT_METHOD_BYTES),
	        .surface = span_bytes(long_text, PROTO_LIMIT_SURFACE_BYTES),
	        .language = span_bytes(long_text, PROTO_LIMIT_LANGUAGE_BYTES),
	        .actor = span_bytes(long_text, 64),
	        .attributes = span_bytes(attributes, sizeof(attributes)),
	        .n_attributes = PROTO_LIMIT_ATTRIBUTES,
	        .event_id_hash = UINT64_MAX,
	        .content_hash = UINT64_MAX,
	        .other = {{UINT64_MAX - 2, UINT64_MAX - 3}},
	        .has_other = true,
	        .result = stored_record_longest(),
	};
	memset(attributes, 'a', sizeof(attributes));
	return event;
}

static bool bits_equal(struct proto_bits a, struct proto_bits b)
{
	return a.word[0] == b.word[0] && a.word[1] == b.word[1];
}

bool stored_record_equal(const struct record *a, const struct record *b)
{
	return bits_equal(a->state.decided, b->state.decided) &&
	       bits_equal(a->state.given, b->state.given) &&
	       a->state.given_until == b->state.given_until &&
	       a->state.refused_until == b->state.refused_until && a->linked == b->linked &&
	       (!a->linked || proto_digest_equal(a->account, b->account)) &&
	       a->has_sessions == b->has_sessions && a->policy_revision == b->policy_revision &&
	       a->revision == b->revision && a->created_at == b->created_at &&
	       a->updated_at == b->updated_at && a->n_events == b->n_events &&
	       span_equal(record_text_span(&a->method), record_text_span(&b->method)) &&
	       span_equal(record_text_span(&a->language), record_text_span(&b->language));
}

static bool text_equal(struct span a, struct span b)
{
	return span_present(a) == span_present(b) && span_equal(a, b);
}

bool stored_event_equal(const struct event *a, const struct event *b)
{
	return a->revision == b->revision && a->prev == b->prev &&
	       a->key.site_id == b->key.site_id &&
	       proto_digest_equal(a->key.digest, b->key.digest) && a->at == b->at &&
	       a->kind == b->kind && bits_equal(a->decided, b->decided) &&
	       bits_equal(a->given, b->given) && a->policy_shown == b->policy_shown &&
	       a->policy_current == b->policy_current && text_equal(a->method, b->method) &&
	       text_equal(a->surface, b->surface) && text_equal(a->language, b->language) &&
	       text_equal(a->actor, b->actor) && span_equal(a->attributes, b->attributes) &&
	       a->n_attributes == b->n_attributes && a->event_id_hash == b->event_id_hash &&
	       a->content_hash == b->content_hash && a->has_other == b->has_other &&
	       (!a->has_other || proto_digest_equal(a->other, b->other)) &&
	       a->removed == b->removed &&
	       (a->removed || stored_record_equal(&a->result, &b->result));
}

/* -- raw access ----------------------------------------------------------------------------- */

struct raw {
	MDB_env *env;
	MDB_txn *txn;
	MDB_dbi dbi;
};

static void must(int code)
{
	if (code != 0)
		abort();
}

static struct raw raw_begin(const struct stored_value *value)
{
	struct raw raw;
	must(mdb_env_create(&raw.env));
	must(mdb_env_set_maxdbs(raw.env, 8));
	must(mdb_env_set_mapsize(raw.env, 1U << 30));
	must(mdb_env_open(raw.env, value->env, MDB_NOTLS | MDB_NOSYNC, 0600));
	must(mdb_txn_begin(raw.env, NULL, 0, &raw.txn));
	must(mdb_dbi_open(raw.txn, value->db, 0, &raw.dbi));
	return raw;
}

static void raw_end(struct raw *raw)
{
	must(mdb_txn_commit(raw->txn));
	mdb_env_close(raw->env);
}

static MDB_val val_of(struct span bytes)
{
	return (MDB_val){bytes.n_bytes, (void *)(uintptr_t)bytes.data};
}

struct span stored_read(const struct stored_value *value)
{
	struct raw raw = raw_begin(value);
	MDB_val key = val_of(value->key), data;
	must(mdb_get(raw.txn, raw.dbi, &key, &data));
	uint8_t *copy = malloc(data.mv_size);
	assert(copy != NULL);
	memcpy(copy, data.mv_data, data.mv_size);
	raw_end(&raw);
	return span_bytes(copy, data.mv_size);
}

void stored_write(const struct stored_value *value, struct span bytes)
{
	struct raw raw = raw_begin(value);
	MDB_val key = val_of(value->key), data = val_of(bytes);
	must(mdb_put(raw.txn, raw.dbi, &key, &data, 0));
	raw_end(&raw);
}

void stored_remove(const struct stored_value *value)
{
	struct raw raw = raw_begin(value);
	MDB_val key = val_of(value->key);
	must(mdb_del(raw.txn, raw.dbi, &key, NULL));
	raw_end(&raw);
}

void stored_alter(const struct stored_value *value,
        void (*alter_fn)(void *ctx, uint8_t *bytes, size_t n_bytes), void *ctx)
{
	struct span bytes = stored_read(value);
	alter_fn(ctx, (uint8_t *)(uintptr_t)bytes.data, bytes.n_bytes);
	stored_write(value, bytes);
	free((void *)(uintptr_t)bytes.data);
}

struct flip {
	size_t i;
	bool done;
};

static void flip_byte(void *ctx, uint8_t *bytes, size_t n_bytes)
{
	struct flip *flip = ctx;
	flip->done = flip->i < n_bytes;
	if (flip->done)
		bytes[flip->i] ^= (uint8_t)(1U << (flip->i % 8));
}

bool stored_flip(const struct stored_value *value, size_t i)
{
	struct flip flip = {.i = i};
	stored_alter(value, flip_byte, &flip);
	return flip.done;
}
