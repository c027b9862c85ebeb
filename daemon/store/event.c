/*
 * The bytes of an event's body, and the hashes that make the chain. They are fixed for ever:
 * receipts and the chain are computed over them, and test_event.c pins known answers. A change is
 * a new format byte beside this one, never another meaning of it.
 *
 *   salt (16) | format 1 | kind | flags | what the flags announce, and the rest, in this order:
 *   [prev] site digest(16) at decided given policy_current [policy_shown] [method] [surface]
 *   [language] [actor] [n_attributes attributes] [event_id_hash] [content_hash] [other(16)]
 *   [result]
 */
#include "daemon/store/event.h"

#include <errno.h>

#include <sodium.h>

#include "daemon/store/codec.h"

enum { FORMAT = 1 };

/* Stored: the field follows. */
enum flag {
	FLAG_PREV = 1 << 0,
	FLAG_METHOD = 1 << 1,
	FLAG_SURFACE = 1 << 2,
	FLAG_LANGUAGE = 1 << 3,
	FLAG_ACTOR = 1 << 4,
	FLAG_EVENT_ID = 1 << 5,
	FLAG_CONTENT = 1 << 6,
	FLAG_ATTRIBUTES = 1 << 7,
	FLAG_SHOWN = 1 << 8,   /* policy_shown is not policy_current */
	FLAG_REMOVED = 1 << 9, /* no result follows */
	FLAG_OTHER = 1 << 10,
	FLAGS_ALL = (1 << 11) - 1,
};

_Static_assert(EVENT_HASH_BYTES <= crypto_generichash_BYTES_MAX, "BLAKE2b-256");

const char *event_kind_name(enum event_kind kind)
{
	switch (kind) {
	case EVENT_GIVEN:
		return "given";
	case EVENT_RENEWED:
		return "renewed";
	case EVENT_REFUSED:
		return "refused";
	case EVENT_WITHDRAWN:
		return "withdrawn";
	case EVENT_OBJECTED:
		return "objected";
	case EVENT_BOUND:
		return "bound";
	case EVENT_ERASED:
		return "erased";
	case EVENT_IMPORTED:
		return "imported";
	}
	return "?";
}

/* What the result is told against: a first record that holds just what the event decided. */
static struct record base_of(const struct event *event)
{
	struct record base = {
	        .state = {.decided = event->decided, .given = event->given},
	        .policy_revision = event->policy_current,
	        .updated_at = event->at,
	};
	record_text_set(&base.method, event->method);
	record_text_set(&base.language, event->language);
	return base;
}

static unsigned int flags_of(const struct event *event)
{
	unsigned int flags = 0;
	if (event->prev != 0)
		flags |= FLAG_PREV;
	if (span_present(event->method))
		flags |= FLAG_METHOD;
	if (span_present(event->surface))
		flags |= FLAG_SURFACE;
	if (span_present(event->language))
		flags |= FLAG_LANGUAGE;
	if (span_present(event->actor))
		flags |= FLAG_ACTOR;
	if (event->event_id_hash != 0)
		flags |= FLAG_EVENT_ID;
	if (event->content_hash != 0)
		flags |= FLAG_CONTENT;
	if (event->n_attributes != 0)
		flags |= FLAG_ATTRIBUTES;
	if (event->policy_shown != event->policy_current)
		flags |= FLAG_SHOWN;
	if (event->removed)
		flags |= FLAG_REMOVED;
	if (event->has_other)
		flags |= FLAG_OTHER;
	return flags;
}

static void digest_put(struct codec_writer *writer, struct proto_digest digest)
{
	uint8_t bytes[PROTO_DIGEST_BYTES];
	proto_digest_encode(digest, bytes);
	codec_put_bytes(writer, bytes, sizeof(bytes));
}

static void texts_put(struct codec_writer *writer, const struct event *event, unsigned int flags)
{
	if (flags & FLAG_METHOD)
		codec_put_text(writer, event->method);
	if (flags & FLAG_SURFACE)
		codec_put_text(writer, event->surface);
	if (flags & FLAG_LANGUAGE)
		codec_put_text(writer, event->language);
	if (flags & FLAG_ACTOR)
		codec_put_text(writer, event->actor);
	if (flags & FLAG_ATTRIBUTES) {
		codec_put_varint(writer, event->n_attributes);
		codec_put_text(writer, event->attributes);
	}
}

static void result_put(struct codec_writer *writer, const struct event *event)
{
	struct record base = base_of(event);
	base.revision = event->result.revision; /* it is the event's, and not told */
	record_put(writer, &event->result, &base);
}

size_t event_encode(const struct event *event, const uint8_t salt[EVENT_SALT_BYTES], uint8_t *ret,
        size_t capacity)
{
	struct codec_writer writer = codec_writer_of(ret, capacity);
	unsigned int flags = flags_of(event);

	codec_put_bytes(&writer, salt, EVENT_SALT_BYTES);
	codec_put_u8(&writer, FORMAT);
	codec_put_u8(&writer, (uint8_t)event->kind);
	codec_put_varint(&writer, flags);
	if (flags & FLAG_PREV)
		codec_put_varint(&writer, event->prev);
	codec_put_varint(&writer, event->key.site_id);
	digest_put(&writer, event->key.digest);
	codec_put_varint(&writer, event->at);
	codec_put_bits(&writer, event->decided);
	codec_put_bits(&writer, event->given);
	codec_put_varint(&writer, event->policy_current);
	if (flags & FLAG_SHOWN)
		codec_put_varint(&writer, event->policy_shown);
	texts_put(&writer, event, flags);
	if (flags & FLAG_EVENT_ID)
		codec_put_u64(&writer, event->event_id_hash);
	if (flags & FLAG_CONTENT)
		codec_put_u64(&writer, event->content_hash);
	if (flags & FLAG_OTHER)
		digest_put(&writer, event->other);
	if (!event->removed)
		result_put(&writer, event);
	return writer.bad ? 0 : writer.n_bytes;
}

static struct proto_digest digest_get(struct codec_reader *reader)
{
	const uint8_t *bytes = codec_get_bytes(reader, PROTO_DIGEST_BYTES);
	return bytes != NULL ? proto_digest_decode(bytes) : (struct proto_digest){{0, 0}};
}

static void texts_get(struct codec_reader *reader, struct event *event, unsigned int flags)
{
	if (flags & FLAG_METHOD)
		event->method = codec_get_text(reader);
	if (flags & FLAG_SURFACE)
		event->surface = codec_get_text(reader);
	if (flags & FLAG_LANGUAGE)
		event->language = codec_get_text(reader);
	if (flags & FLAG_ACTOR)
		event->actor = codec_get_text(reader);
	if (flags & FLAG_ATTRIBUTES) {
		event->n_attributes = (uint32_t)codec_get_varint(reader, UINT32_MAX);
		event->attributes = codec_get_text(reader);
	}
}

static enum event_kind kind_get(struct codec_reader *reader)
{
	uint8_t kind = codec_get_u8(reader);
	if (kind < EVENT_GIVEN || kind > EVENT_IMPORTED)
		reader->bad = true;
	return (enum event_kind)kind;
}

static void body_get(struct codec_reader *reader, struct event *event)
{
	event->kind = kind_get(reader);
	unsigned int flags = (unsigned int)codec_get_varint(reader, FLAGS_ALL);
	if (flags & FLAG_PREV)
		event->prev = codec_get_varint(reader, UINT64_MAX);
	event->key.site_id = (uint32_t)codec_get_varint(reader, UINT32_MAX);
	event->key.digest = digest_get(reader);
	event->at = codec_get_varint(reader, UINT64_MAX);
	event->decided = codec_get_bits(reader);
	event->given = codec_get_bits(reader);
	event->policy_current = (uint32_t)codec_get_varint(reader, UINT32_MAX);
	event->policy_shown = event->policy_current;
	if (flags & FLAG_SHOWN)
		event->policy_shown = (uint32_t)codec_get_varint(reader, UINT32_MAX);
	texts_get(reader, event, flags);
	if (flags & FLAG_EVENT_ID)
		event->event_id_hash = codec_get_u64(reader);
	if (flags & FLAG_CONTENT)
		event->content_hash = codec_get_u64(reader);
	event->has_other = (flags & FLAG_OTHER) != 0;
	if (event->has_other)
		event->other = digest_get(reader);
	event->removed = (flags & FLAG_REMOVED) != 0;
	if (flags_of(event) != flags)
		reader->bad = true;
}

int event_decode(struct span body, struct event *ret)
{
	struct codec_reader reader = codec_reader_of(body);
	struct event event = {0};

	codec_get_bytes(&reader, EVENT_SALT_BYTES);
	if (codec_get_u8(&reader) != FORMAT)
		return -EBADMSG;
	body_get(&reader, &event);
	if (!event.removed && !reader.bad) {
		struct record base = base_of(&event);
		record_get(&reader, &base, &event.result);
	}
	if (!codec_reader_done(&reader))
		return -EBADMSG;
	*ret = event;
	return 0;
}

void event_body_digest(struct span body, uint8_t ret[EVENT_HASH_BYTES])
{
	crypto_generichash(ret, EVENT_HASH_BYTES, body.data, body.n_bytes, NULL, 0);
}

void event_chain_hash(const uint8_t before[EVENT_HASH_BYTES], uint64_t revision,
        const uint8_t body_digest[EVENT_HASH_BYTES], uint8_t ret[EVENT_HASH_BYTES])
{
	uint8_t link[EVENT_HASH_BYTES + 8 + EVENT_HASH_BYTES];
	memcpy(link, before, EVENT_HASH_BYTES);
	codec_big_u64(revision, link + EVENT_HASH_BYTES);
	memcpy(link + EVENT_HASH_BYTES + 8, body_digest, EVENT_HASH_BYTES);
	crypto_generichash(ret, EVENT_HASH_BYTES, link, sizeof(link), NULL, 0);
}
