/*
 * The bytes of a record. Most records are the outcome of one event whose fields they repeat, so a
 * record is told against a base and a flag stands for "as there": the view tells it against
 * nothing, an event against itself.
 *
 *   format 1 | flags | what the flags announce, in their order
 */
#include "daemon/store/record.h"

#include <assert.h>
#include <errno.h>

#include "daemon/store/codec.h"

enum { FORMAT = 1 };

/* Stored. Those without a word of their own: the field follows where it is not as in the base. */
enum flag {
	FLAG_ACCOUNT = 1 << 0, /* linked */
	FLAG_DECIDED = 1 << 1,
	FLAG_GIVEN = 1 << 2,
	FLAG_GIVEN_UNTIL = 1 << 3,      /* not 0 */
	FLAG_REFUSED_UNTIL = 1 << 4,    /* neither 0 nor given_until */
	FLAG_REFUSED_AS_GIVEN = 1 << 5, /* given_until, and not 0 */
	FLAG_CREATED = 1 << 6,          /* not updated_at */
	FLAG_N_EVENTS = 1 << 7,         /* not 1 */
	FLAG_POLICY = 1 << 8,
	FLAG_REVISION = 1 << 9,
	FLAG_UPDATED = 1 << 10,
	FLAG_METHOD = 1 << 11,
	FLAG_LANGUAGE = 1 << 12,
	FLAG_HAS_SESSIONS = 1 << 13, /* true; nothing follows */
	FLAGS_ALL = (1 << 14) - 1,
};

_Static_assert(RECORD_KEY_BYTES == 4 + PROTO_DIGEST_BYTES, "site id and digest");

void record_key_encode(struct record_key key, uint8_t ret[RECORD_KEY_BYTES])
{
	codec_big_u32(key.site_id, ret);
	proto_digest_encode(key.digest, ret + 4);
}

struct record_key record_key_decode(const uint8_t bytes[RECORD_KEY_BYTES])
{
	return (struct record_key){codec_of_big_u32(bytes), proto_digest_decode(bytes + 4)};
}

void record_text_set(struct record_text *text, struct span value)
{
	size_t n = value.n_bytes < sizeof(text->bytes) ? value.n_bytes : sizeof(text->bytes);
	*text = (struct record_text){.n_bytes = (uint8_t)n};
	if (n != 0)
		memcpy(text->bytes, value.data, n);
}

static bool text_equal(const struct record_text *a, const struct record_text *b)
{
	return span_equal(record_text_span(a), record_text_span(b));
}

static bool bits_equal(struct proto_bits a, struct proto_bits b)
{
	return a.word[0] == b.word[0] && a.word[1] == b.word[1];
}

static unsigned int flags_of_state(const struct proto_state *state, const struct proto_state *base)
{
	unsigned int flags = 0;
	if (!bits_equal(state->decided, base->decided))
		flags |= FLAG_DECIDED;
	if (!bits_equal(state->given, base->given))
		flags |= FLAG_GIVEN;
	if (state->given_until != 0)
		flags |= FLAG_GIVEN_UNTIL;
	if (state->refused_until != 0)
		flags |= state->refused_until == state->given_until ? FLAG_REFUSED_AS_GIVEN
		                                                    : FLAG_REFUSED_UNTIL;
	return flags;
}

static unsigned int flags_of(const struct record *record, const struct record *base)
{
	unsigned int flags = flags_of_state(&record->state, &base->state);
	if (record->linked)
		flags |= FLAG_ACCOUNT;
	if (record->has_sessions)
		flags |= FLAG_HAS_SESSIONS;
	if (record->created_at != record->updated_at)
		flags |= FLAG_CREATED;
	if (record->n_events != 1)
		flags |= FLAG_N_EVENTS;
	if (record->policy_revision != base->policy_revision)
		flags |= FLAG_POLICY;
	if (record->revision != base->revision)
		flags |= FLAG_REVISION;
	if (record->updated_at != base->updated_at)
		flags |= FLAG_UPDATED;
	if (!text_equal(&record->method, &base->method))
		flags |= FLAG_METHOD;
	if (!text_equal(&record->language, &base->language))
		flags |= FLAG_LANGUAGE;
	return flags;
}

static void state_put(
        struct codec_writer *writer, const struct proto_state *state, unsigned int flags)
{
	if (flags & FLAG_DECIDED)
		codec_put_bits(writer, state->decided);
	if (flags & FLAG_GIVEN)
		codec_put_bits(writer, state->given);
	if (flags & FLAG_GIVEN_UNTIL)
		codec_put_u32(writer, state->given_until);
	if (flags & FLAG_REFUSED_UNTIL)
		codec_put_u32(writer, state->refused_until);
}

void record_put(struct codec_writer *writer, const struct record *record, const struct record *base)
{
	unsigned int flags = flags_of(record, base);
	uint8_t account[PROTO_DIGEST_BYTES];

	codec_put_varint(writer, flags);
	proto_digest_encode(record->account, account);
	if (flags & FLAG_ACCOUNT)
		codec_put_bytes(writer, account, sizeof(account));
	state_put(writer, &record->state, flags);
	if (flags & FLAG_CREATED)
		codec_put_varint(writer, record->created_at);
	if (flags & FLAG_N_EVENTS)
		codec_put_varint(writer, record->n_events);
	if (flags & FLAG_POLICY)
		codec_put_varint(writer, record->policy_revision);
	if (flags & FLAG_REVISION)
		codec_put_varint(writer, record->revision);
	if (flags & FLAG_UPDATED)
		codec_put_varint(writer, record->updated_at);
	if (flags & FLAG_METHOD)
		codec_put_text(writer, record_text_span(&record->method));
	if (flags & FLAG_LANGUAGE)
		codec_put_text(writer, record_text_span(&record->language));
}

static void state_get(struct codec_reader *reader, struct proto_state *state, unsigned int flags)
{
	if (flags & FLAG_DECIDED)
		state->decided = codec_get_bits(reader);
	if (flags & FLAG_GIVEN)
		state->given = codec_get_bits(reader);
	state->given_until = flags & FLAG_GIVEN_UNTIL ? codec_get_u32(reader) : 0;
	state->refused_until = flags & FLAG_REFUSED_AS_GIVEN ? state->given_until : 0;
	if (flags & FLAG_REFUSED_UNTIL)
		state->refused_until = codec_get_u32(reader);
}

static void text_get(struct codec_reader *reader, struct record_text *text)
{
	struct span value = codec_get_text(reader);
	if (value.n_bytes > sizeof(text->bytes))
		reader->bad = true;
	else
		record_text_set(text, value);
}

static void account_get(struct codec_reader *reader, struct record *record)
{
	const uint8_t *bytes = codec_get_bytes(reader, PROTO_DIGEST_BYTES);
	record->linked = true;
	if (bytes != NULL)
		record->account = proto_digest_decode(bytes);
}

void record_get(struct codec_reader *reader, const struct record *base, struct record *ret)
{
	unsigned int flags = (unsigned int)codec_get_varint(reader, FLAGS_ALL);
	struct record record = *base;

	record.linked = false;
	record.has_sessions = (flags & FLAG_HAS_SESSIONS) != 0;
	record.account = (struct proto_digest){{0, 0}};
	if (flags & FLAG_ACCOUNT)
		account_get(reader, &record);
	state_get(reader, &record.state, flags);
	uint64_t created_at = flags & FLAG_CREATED ? codec_get_varint(reader, UINT64_MAX) : 0;
	record.n_events =
	        flags & FLAG_N_EVENTS ? (uint32_t)codec_get_varint(reader, UINT32_MAX) : 1;
	if (flags & FLAG_POLICY)
		record.policy_revision = (uint32_t)codec_get_varint(reader, UINT32_MAX);
	if (flags & FLAG_REVISION)
		record.revision = codec_get_varint(reader, UINT64_MAX);
	if (flags & FLAG_UPDATED)
		record.updated_at = codec_get_varint(reader, UINT64_MAX);
	record.created_at = flags & FLAG_CREATED ? created_at : record.updated_at;
	if (flags & FLAG_METHOD)
		text_get(reader, &record.method);
	if (flags & FLAG_LANGUAGE)
		text_get(reader, &record.language);

	/* One spelling only: a flag that another would have stood for is nobody's writing. */
	if (flags_of(&record, base) != flags)
		reader->bad = true;
	if (!reader->bad)
		*ret = record;
}

static const struct record nothing;

size_t record_encode(const struct record *record, uint8_t ret[RECORD_MAX_BYTES])
{
	struct codec_writer writer = codec_writer_of(ret, RECORD_MAX_BYTES);
	codec_put_u8(&writer, FORMAT);
	record_put(&writer, record, &nothing);
	assert(!writer.bad); /* every field at its longest fits */
	return writer.n_bytes;
}

int record_decode(struct span bytes, struct record *ret)
{
	struct codec_reader reader = codec_reader_of(bytes);
	struct record record = nothing;
	if (codec_get_u8(&reader) != FORMAT)
		return -EBADMSG;
	record_get(&reader, &nothing, &record);
	if (!codec_reader_done(&reader))
		return -EBADMSG;
	*ret = record;
	return 0;
}
