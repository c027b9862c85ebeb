/*
 * The envelope of MessagePack-RPC.
 *
 * What cannot be read as an envelope is malformed, and the connection cannot go on. What stands in
 * the envelope is not judged here: a call whose params are not one map is still a call, gets its
 * own error, and harms no other. Its params are then handed over as they stand, so that decoding
 * them says what is wrong.
 */
#include "proto/rpc.h"

#include "proto/reader.h"

enum envelope {
	ENVELOPE_REQUEST = 0,
	ENVELOPE_REPLY = 1,
	ENVELOPE_NOTIFICATION = 2,
};

/* The array's header and the message type. */
static int envelope_read(struct proto_reader *r, uint32_t *ret_n, uint64_t *ret_type)
{
	if (proto_reader_array(r, ret_n) || *ret_n == 0)
		return PROTO_E_MALFORMED;
	return proto_reader_uint(r, ret_type) ? PROTO_E_MALFORMED : 0;
}

static int msgid_read(struct proto_reader *r, uint32_t *ret)
{
	uint64_t msgid;

	if (proto_reader_uint(r, &msgid) || msgid > UINT32_MAX)
		return PROTO_E_MALFORMED;
	*ret = (uint32_t)msgid;
	return 0;
}

static struct span rest_of(const struct proto_reader *r)
{
	return (struct span){r->at, (size_t)(r->end - r->at)};
}

/* The one map; or the whole array, when it holds anything but one value. */
static int params_read(struct proto_reader *r, struct span *ret)
{
	const struct span whole = rest_of(r);
	uint32_t n;

	if (proto_reader_array(r, &n))
		return PROTO_E_MALFORMED;
	*ret = n == 1 ? rest_of(r) : whole;
	return 0;
}

int proto_rpc_parse_call(struct span message, struct proto_call *ret)
{
	struct proto_reader r = proto_reader_of(message);
	struct proto_call call = {0};
	uint32_t n;
	uint64_t type;

	if (envelope_read(&r, &n, &type))
		return PROTO_E_MALFORMED;
	call.notification = type == ENVELOPE_NOTIFICATION;
	if (!(type == ENVELOPE_REQUEST && n == 4) && !(call.notification && n == 3))
		return PROTO_E_MALFORMED;
	if (!call.notification && msgid_read(&r, &call.msgid))
		return PROTO_E_MALFORMED;
	if (proto_reader_text(&r, &call.method) || params_read(&r, &call.params))
		return PROTO_E_MALFORMED;
	*ret = call;
	return 0;
}

/* The error map {code, message}; keys that a newer daemon adds are passed over. */
static int error_read(struct proto_reader *r, struct proto_reply *reply)
{
	uint32_t n;

	reply->error = PROTO_ERROR_STORAGE_FAILED;
	if (proto_reader_map(r, &n))
		return PROTO_E_MALFORMED;
	for (uint32_t i = 0; i < n; i++) {
		struct span key, value;
		int e;

		if (proto_reader_text(r, &key))
			return PROTO_E_MALFORMED;
		if (span_is(key, "code")) {
			e = proto_reader_text(r, &value);
			if (!e && !proto_error_find(value, &reply->error))
				reply->error = PROTO_ERROR_STORAGE_FAILED;
		} else if (span_is(key, "message")) {
			e = proto_reader_text(r, &reply->message);
		} else {
			e = proto_reader_skip(r, &value);
		}
		if (e)
			return PROTO_E_MALFORMED;
	}
	return 0;
}

/* Error and result: one of the two is nil. */
static int outcome_read(struct proto_reader *r, struct proto_reply *reply)
{
	if (proto_reader_nil(r) == 0) {
		if (proto_reader_at_end(r))
			return PROTO_E_MALFORMED;
		reply->result = rest_of(r);
		return 0;
	}
	if (error_read(r, reply) || proto_reader_nil(r) || !proto_reader_at_end(r))
		return PROTO_E_MALFORMED;
	return 0;
}

int proto_rpc_parse_reply(struct span message, struct proto_reply *ret)
{
	struct proto_reader r = proto_reader_of(message);
	struct proto_reply reply = {0};
	uint32_t n;
	uint64_t type;

	if (envelope_read(&r, &n, &type) || type != ENVELOPE_REPLY || n != 4)
		return PROTO_E_MALFORMED;
	reply.has_msgid = proto_reader_nil(&r) != 0;
	if (reply.has_msgid && msgid_read(&r, &reply.msgid))
		return PROTO_E_MALFORMED;
	if (outcome_read(&r, &reply))
		return PROTO_E_MALFORMED;
	*ret = reply;
	return 0;
}

void proto_rpc_write_call(struct proto_writer *w, uint32_t msgid, struct span method)
{
	proto_writer_array(w, 4);
	proto_writer_uint(w, ENVELOPE_REQUEST);
	proto_writer_uint(w, msgid);
	proto_writer_text(w, method);
	proto_writer_array(w, 1);
}

void proto_rpc_write_notification(struct proto_writer *w, struct span method)
{
	proto_writer_array(w, 3);
	proto_writer_uint(w, ENVELOPE_NOTIFICATION);
	proto_writer_text(w, method);
	proto_writer_array(w, 1);
}

void proto_rpc_write_result(struct proto_writer *w, uint32_t msgid)
{
	proto_writer_array(w, 4);
	proto_writer_uint(w, ENVELOPE_REPLY);
	proto_writer_uint(w, msgid);
	proto_writer_nil(w);
}

/* Each byte that is no UTF-8 becomes `?`: where it was cut, or quotes the name of a file. */
static void message_write(struct proto_writer *w, struct span message)
{
	uint8_t *at;
	size_t n_left = message.n_bytes;

	proto_writer_text(w, message);
	if (w->overflow)
		return;
	at = w->data + w->n_bytes - n_left;
	for (;;) {
		const size_t n_valid = proto_text_valid_bytes(span_bytes(at, n_left));

		if (n_valid == n_left)
			return;
		at[n_valid] = '?';
		at += n_valid;
		n_left -= n_valid;
	}
}

void proto_rpc_write_error(
        struct proto_writer *w, const uint32_t *msgid, enum proto_error error, struct span message)
{
	proto_writer_array(w, 4);
	proto_writer_uint(w, ENVELOPE_REPLY);
	if (msgid)
		proto_writer_uint(w, *msgid);
	else
		proto_writer_nil(w);
	proto_writer_map(w, 2);
	proto_writer_text(w, span_of("code"));
	proto_writer_text(w, span_of(proto_error_name(error)));
	proto_writer_text(w, span_of("message"));
	message_write(w, message);
	proto_writer_nil(w);
}
