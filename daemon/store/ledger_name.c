/*
 * What gives events their meaning: sites by name, policies by site and revision, services by what
 * made their bit. Nothing here is ever changed in place, and only a service is ever removed, so an
 * event can be explained for as long as it is kept.
 */
#include "daemon/store/ledger_private.h"

#include <assert.h>
#include <errno.h>

#include "daemon/store/codec.h"

enum { FORMAT = 1 };
enum { POLICY_KEY_BYTES = 8, SITE_ID_BYTES = 4, FINGERPRINT_BYTES = 16 };
enum { SERVICE_KEY_BYTES = SITE_ID_BYTES + FINGERPRINT_BYTES };

_Static_assert((int)PROTO_LIMIT_SITE_BYTES <= (int)TAG_MAX_KEY_BYTES, "a site's name is a key");
_Static_assert((int)SERVICE_KEY_BYTES + (int)PROTO_LIMIT_NAME_BYTES <= (int)TAG_MAX_KEY_BYTES,
        "a service's id is a part of a key");

static void policy_key(uint32_t site_id, uint32_t policy_revision, uint8_t ret[POLICY_KEY_BYTES])
{
	codec_big_u32(site_id, ret);
	codec_big_u32(policy_revision, ret + SITE_ID_BYTES);
}

/* All but the text, which may be long and is copied once. */
static void policy_head_put(struct codec_writer *writer, const struct ledger_policy *policy)
{
	codec_put_u8(writer, FORMAT);
	codec_put_varint(writer, policy->applied_at);
	codec_put_text(writer, policy->actor);
	codec_put_text(writer, policy->source);
	codec_put_bytes(writer, policy->digest, sizeof(policy->digest));
}

static int policy_decode(struct span payload, struct ledger_policy *policy)
{
	struct codec_reader reader = codec_reader_of(payload);
	if (codec_get_u8(&reader) != FORMAT)
		return -EBADMSG;
	policy->applied_at = codec_get_varint(&reader, UINT64_MAX);
	policy->actor = codec_get_text(&reader);
	policy->source = codec_get_text(&reader);
	const uint8_t *digest = codec_get_bytes(&reader, sizeof(policy->digest));
	if (digest == NULL)
		return -EBADMSG;
	memcpy(policy->digest, digest, sizeof(policy->digest));
	policy->yaml = span_bytes(reader.at, (size_t)(reader.end - reader.at));
	return 0;
}

int ledger_put_policy(struct ledger *ledger, const struct ledger_policy *policy)
{
	uint8_t key[POLICY_KEY_BYTES], head[1 + 10 + 2 * (5 + 4096) + sizeof(policy->digest)];
	struct codec_writer writer = codec_writer_of(head, sizeof(head));
	policy_head_put(&writer, policy);
	if (writer.bad)
		return -E2BIG;
	policy_key(policy->site_id, policy->policy_revision, key);
	struct env_value value = {
	        .db = LEDGER_POLICIES,
	        .key = span_bytes(key, sizeof(key)),
	        .n_bytes = writer.n_bytes + policy->yaml.n_bytes,
	};
	int r = env_reserve(&ledger->txn, &value);
	if (r != 0)
		return r;
	memcpy(value.payload, head, writer.n_bytes);
	if (policy->yaml.n_bytes != 0)
		memcpy(value.payload + writer.n_bytes, policy->yaml.data, policy->yaml.n_bytes);
	env_seal(&ledger->txn, &value);
	return 0;
}

static int policy_get(struct env_txn *txn, uint32_t site_id, uint32_t policy_revision,
        struct ledger_policy *policy)
{
	uint8_t key[POLICY_KEY_BYTES];
	struct span payload;
	policy_key(site_id, policy_revision, key);
	int r = env_get(txn, LEDGER_POLICIES, span_bytes(key, sizeof(key)), &payload);
	return r != 0 ? r : policy_decode(payload, policy);
}

/* The last revision in front of the next site's first. */
static int newest_revision(struct env_cursor *cursor, uint32_t site_id, uint32_t *ret)
{
	uint8_t key[POLICY_KEY_BYTES];
	struct span payload;
	policy_key(site_id, UINT32_MAX, key);
	cursor->key = span_bytes(key, sizeof(key));
	/* Values do not matter here: the one that is found is read once more. */
	int r = env_cursor_move(cursor, ENV_FROM, &payload);
	if (r == 0 || r == ENV_E_BAD_VALUE)
		r = env_cursor_move(cursor, ENV_PREV, &payload);
	else if (r == ENV_E_NOT_FOUND)
		r = env_cursor_move(cursor, ENV_LAST, &payload);
	if (r != 0 && r != ENV_E_BAD_VALUE)
		return r;
	if (cursor->key.n_bytes != sizeof(key))
		return -EBADMSG;
	if (codec_of_big_u32(cursor->key.data) != site_id)
		return LEDGER_E_NOT_FOUND;
	*ret = codec_of_big_u32(cursor->key.data + SITE_ID_BYTES);
	return 0;
}

static int find_newest(struct env_txn *txn, uint32_t site_id, uint32_t *ret)
{
	struct env_cursor cursor;
	int r = env_cursor_open(txn, LEDGER_POLICIES, &cursor);
	if (r != 0)
		return r;
	r = newest_revision(&cursor, site_id, ret);
	env_cursor_close(&cursor);
	return r;
}

int ledger_newest_policy(struct ledger_reader *reader, uint32_t site_id, uint32_t *ret)
{
	return find_newest(&reader->txn, site_id, ret);
}

int ledger_read_policy(struct ledger_reader *reader, uint32_t site_id, uint32_t policy_revision,
        struct ledger_policy *ret)
{
	struct ledger_policy policy = {.site_id = site_id, .policy_revision = policy_revision};
	int r = 0;
	if (policy_revision == 0)
		r = find_newest(&reader->txn, site_id, &policy.policy_revision);
	if (r == 0)
		r = policy_get(&reader->txn, site_id, policy.policy_revision, &policy);
	if (r == 0)
		*ret = policy;
	return r;
}

static struct span service_key(const struct ledger_service *service, uint8_t ret[TAG_MAX_KEY_BYTES])
{
	codec_big_u32(service->site_id, ret);
	memcpy(ret + SITE_ID_BYTES, service->fingerprint, FINGERPRINT_BYTES);
	memcpy(ret + SERVICE_KEY_BYTES, service->id.data, service->id.n_bytes);
	return span_bytes(ret, SERVICE_KEY_BYTES + service->id.n_bytes);
}

int ledger_put_service(struct ledger *ledger, const struct ledger_service *service)
{
	uint8_t key[TAG_MAX_KEY_BYTES], value[] = {FORMAT, service->bit};
	if (service->id.n_bytes == 0 || service->id.n_bytes > PROTO_LIMIT_NAME_BYTES)
		return -EINVAL;
	return env_put(&ledger->txn, LEDGER_SERVICES, service_key(service, key),
	        span_bytes(value, sizeof(value)));
}

int ledger_erase_service(struct ledger *ledger, const struct ledger_service *service)
{
	uint8_t key[TAG_MAX_KEY_BYTES];
	if (service->id.n_bytes == 0 || service->id.n_bytes > PROTO_LIMIT_NAME_BYTES)
		return -EINVAL;
	int r = env_erase(&ledger->txn, LEDGER_SERVICES, service_key(service, key));
	return r == ENV_E_NOT_FOUND ? 0 : r;
}

static int service_decode(struct span key, struct span payload, struct ledger_service *ret)
{
	if (key.n_bytes <= SERVICE_KEY_BYTES || payload.n_bytes != 2 || payload.data[0] != FORMAT)
		return -EBADMSG;
	ret->site_id = codec_of_big_u32(key.data);
	memcpy(ret->fingerprint, key.data + SITE_ID_BYTES, FINGERPRINT_BYTES);
	ret->id = span_bytes(key.data + SERVICE_KEY_BYTES, key.n_bytes - SERVICE_KEY_BYTES);
	ret->bit = payload.data[1];
	return 0;
}

static int each_service_from(struct env_cursor *cursor, uint32_t site_id,
        int (*each_fn)(void *ctx, const struct ledger_service *service), void *ctx)
{
	struct span payload;
	int r = env_cursor_move_good(cursor, ENV_FROM, &payload);
	while (r == 0) {
		struct ledger_service service;
		r = service_decode(cursor->key, payload, &service);
		if (r != 0)
			return r;
		if (service.site_id != site_id)
			return 0;
		r = each_fn(ctx, &service);
		if (r != 0)
			return r;
		r = env_cursor_move_good(cursor, ENV_NEXT, &payload);
	}
	return r == ENV_E_NOT_FOUND ? 0 : r;
}

int ledger_each_service(struct ledger_reader *reader, uint32_t site_id,
        int (*each_fn)(void *ctx, const struct ledger_service *service), void *ctx)
{
	struct env_cursor cursor;
	uint8_t key[SITE_ID_BYTES];
	int r = env_cursor_open(&reader->txn, LEDGER_SERVICES, &cursor);
	if (r != 0)
		return r;
	codec_big_u32(site_id, key);
	cursor.key = span_bytes(key, sizeof(key));
	r = each_service_from(&cursor, site_id, each_fn, ctx);
	env_cursor_close(&cursor);
	return r;
}

static int site_decode(struct span payload, uint32_t *ret)
{
	if (payload.n_bytes != 1 + SITE_ID_BYTES || payload.data[0] != FORMAT)
		return -EBADMSG;
	*ret = codec_of_big_u32(payload.data + 1);
	return 0;
}

/* Sites are never removed, so their number tells the next id. */
static int site_add(struct ledger *ledger, struct span name, uint32_t *ret_site_id)
{
	uint64_t n;
	uint8_t value[1 + SITE_ID_BYTES] = {FORMAT};
	int r = env_count(&ledger->txn, LEDGER_SITES, &n);
	if (r != 0)
		return r;
	if (n >= UINT32_MAX)
		return -EOVERFLOW;
	codec_big_u32((uint32_t)n + 1, value + 1);
	r = env_put(&ledger->txn, LEDGER_SITES, name, span_bytes(value, sizeof(value)));
	if (r == 0)
		*ret_site_id = (uint32_t)n + 1;
	return r;
}

int ledger_put_site(struct ledger *ledger, struct span name, uint32_t *ret_site_id)
{
	struct span payload;
	if (name.n_bytes == 0 || name.n_bytes > PROTO_LIMIT_SITE_BYTES)
		return -EINVAL;
	int r = env_get(&ledger->txn, LEDGER_SITES, name, &payload);
	if (r == ENV_E_NOT_FOUND)
		return site_add(ledger, name, ret_site_id);
	return r != 0 ? r : site_decode(payload, ret_site_id);
}

static int each_site_from(struct env_cursor *cursor,
        int (*each_fn)(void *ctx, uint32_t site_id, struct span name), void *ctx)
{
	struct span payload;
	int r = env_cursor_move_good(cursor, ENV_FIRST, &payload);
	while (r == 0) {
		uint32_t site_id;
		r = site_decode(payload, &site_id);
		if (r != 0)
			return r;
		r = each_fn(ctx, site_id, cursor->key);
		if (r != 0)
			return r;
		r = env_cursor_move_good(cursor, ENV_NEXT, &payload);
	}
	return r == ENV_E_NOT_FOUND ? 0 : r;
}

int ledger_each_site(struct ledger_reader *reader,
        int (*each_fn)(void *ctx, uint32_t site_id, struct span name), void *ctx)
{
	struct env_cursor cursor;
	int r = env_cursor_open(&reader->txn, LEDGER_SITES, &cursor);
	if (r != 0)
		return r;
	r = each_site_from(&cursor, each_fn, ctx);
	env_cursor_close(&cursor);
	return r;
}

int ledger_put_meta(struct ledger *ledger, const char *name, struct span value)
{
	assert(name[0] != '.');
	return ledger_meta_put(&ledger->txn, name, value);
}

int ledger_read_meta(struct ledger_reader *reader, const char *name, struct span *ret)
{
	return ledger_meta_get(&reader->txn, name, ret);
}
