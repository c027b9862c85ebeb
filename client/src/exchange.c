/*
 * One round trip on the handle's connection.
 *
 * All requests are encoded into one buffer and sent while replies are already being read, so that
 * neither side waits for the other with both buffers full. Replies stay where they arrived until
 * the next exchange, and are decoded when the last is there: nothing moves under a result.
 *
 * A reply counts only when its msgid belongs to a request of this exchange that has none yet.
 * Whatever else arrives, and every error but the daemon's refusal, closes the connection. So a
 * reply that comes late finds nobody, and can never be taken for a later request's.
 *
 * A new connection says `hello` along with its first requests: no extra round trip, and a daemon
 * that speaks another protocol is found out before any of its answers is believed.
 */
#include "client/src/exchange.h"

#include "client/src/client.h"
#include "proto/rpc.h"
#include "proto/scanner.h"

enum {
	ROOM_BYTES = 1024,     /* tried first for a request's encoding */
	RECEIVE_BYTES = 16384, /* room for each receive */
};

/* One attempt on one connection. */
struct attempt {
	struct consent_client *client;
	struct client_item *items;
	size_t n_items, n_answered;
	struct client_item hello;
	bool greets, sent_any, cannot_send;
	uint32_t first_msgid; /* of the first item */
	size_t n_sent, at;    /* of `out`; begin of the message that arrives in `in` */
	struct proto_scanner scanner;
};

/* ---- encoding ---------------------------------------------------------------------------------- */

static bool encode_within(struct client_bytes *out, const struct client_item *item, size_t room)
{
	const struct proto_op_row *row = &proto_ops[item->op];
	struct proto_writer w = proto_writer_of(out->data + out->n_bytes, room);
	proto_rpc_write_call(&w, item->msgid, span_of(row->name));
	proto_encode(&w, row->request, item->request);
	if (w.overflow)
		return false;
	out->n_bytes += w.n_bytes;
	return true;
}

static enum consent_error encode(struct consent_client *client, struct client_item *item)
{
	item->msgid = ++client->msgid;
	item->reply_bytes = 0;
	for (size_t room = ROOM_BYTES; room <= PROTO_LIMIT_MESSAGE_BYTES; room *= 2) {
		if (!client_bytes_reserve(&client->out, room))
			return client_fail(client, CONSENT_ERROR_NO_MEMORY, "out of memory");
		if (encode_within(&client->out, item, room))
			return CONSENT_OK;
	}
	return client_fail(client, CONSENT_ERROR_INVALID_ARGUMENT,
	        "%s: the request is longer than %d bytes", proto_ops[item->op].name,
	        PROTO_LIMIT_MESSAGE_BYTES);
}

static enum consent_error encode_all(struct attempt *a)
{
	a->client->out.n_bytes = 0;
	a->client->in.n_bytes = 0;
	enum consent_error error = a->greets ? encode(a->client, &a->hello) : CONSENT_OK;
	a->first_msgid = a->client->msgid + 1;
	for (size_t i = 0; i < a->n_items && error == CONSENT_OK; i++)
		error = encode(a->client, &a->items[i]);
	return error;
}

/* ---- the stream -------------------------------------------------------------------------------- */

static enum consent_error closed(struct attempt *a)
{
	return client_fail(a->client, CONSENT_ERROR_CLOSED,
	        "the daemon closed the connection before it answered");
}

static enum consent_error garbled(struct attempt *a, const char *what)
{
	return client_fail(a->client, CONSENT_ERROR_PROTOCOL, "the daemon's answer %s", what);
}

static void note_remote(
        struct consent_client *client, const char *op, const struct proto_reply *reply)
{
	size_t n_bytes = reply->message.n_bytes;
	if (n_bytes > CLIENT_MESSAGE_BYTES - 1)
		n_bytes = CLIENT_MESSAGE_BYTES - 1;
	client->remote_error = reply->error;
	if (n_bytes == 0)
		(void)client_fail(
		        client, CONSENT_ERROR_REMOTE, "%s: %s", op, proto_error_name(reply->error));
	else
		(void)client_fail(client, CONSENT_ERROR_REMOTE, "%.*s", (int)n_bytes,
		        (const char *)reply->message.data);
}

static struct client_item *item_find(struct attempt *a, uint32_t msgid)
{
	uint32_t i = msgid - a->first_msgid;
	if (i < a->n_items)
		return &a->items[i];
	return a->greets && msgid == a->hello.msgid ? &a->hello : NULL;
}

static enum consent_error take(struct attempt *a, size_t at, size_t n_bytes)
{
	struct proto_reply reply;
	if (proto_rpc_parse_reply(span_bytes(a->client->in.data + at, n_bytes), &reply) != 0)
		return garbled(a, "is no MessagePack-RPC");
	if (!reply.has_msgid) {
		if (reply.error == PROTO_ERROR_NONE)
			return garbled(a, "belongs to no request");
		note_remote(a->client, "the request", &reply);
		return CONSENT_ERROR_REMOTE;
	}
	struct client_item *item = item_find(a, reply.msgid);
	if (!item || item->reply_bytes > 0)
		return garbled(a, "belongs to no request");
	item->reply_at = at;
	item->reply_bytes = n_bytes;
	a->n_answered++;
	return CONSENT_OK;
}

static enum consent_error take_all(struct attempt *a)
{
	struct client_bytes *in = &a->client->in;
	while (a->at < in->n_bytes) {
		struct span rest = {in->data + a->at, in->n_bytes - a->at};
		size_t n_bytes;
		int error = proto_scanner_feed(&a->scanner, rest, &n_bytes);
		if (error == PROTO_E_TRUNCATED)
			return CONSENT_OK;
		if (error != 0)
			return garbled(a, "is no MessagePack, or too large");
		enum consent_error failed = take(a, a->at, n_bytes);
		if (failed != CONSENT_OK)
			return failed;
		a->at += n_bytes;
	}
	return CONSENT_OK;
}

static void send_some(struct attempt *a)
{
	struct client_bytes *out = &a->client->out;
	struct span rest = {out->data + a->n_sent, out->n_bytes - a->n_sent};
	size_t n_bytes;
	/* A daemon that hung up may have said why: what it sent is still read. */
	if (client_connection_send(&a->client->connection, rest, &n_bytes) != 0)
		a->cannot_send = true;
	a->n_sent += n_bytes;
	a->sent_any = a->sent_any || n_bytes > 0;
}

static enum consent_error receive_some(struct attempt *a)
{
	struct client_bytes *in = &a->client->in;
	if (!client_bytes_reserve(in, RECEIVE_BYTES))
		return client_fail(a->client, CONSENT_ERROR_NO_MEMORY, "out of memory");
	size_t n_bytes;
	if (client_connection_receive(&a->client->connection, in->data + in->n_bytes,
	            in->capacity - in->n_bytes, &n_bytes) != 0)
		return closed(a);
	in->n_bytes += n_bytes;
	return take_all(a);
}

static enum consent_error converse(struct attempt *a)
{
	size_t n_wanted = a->n_items + (a->greets ? 1 : 0);
	while (a->n_answered < n_wanted) {
		bool sends = !a->cannot_send && a->n_sent < a->client->out.n_bytes;
		if (sends)
			send_some(a);
		sends = !a->cannot_send && a->n_sent < a->client->out.n_bytes;
		if (client_connection_wait(&a->client->connection, sends, a->client->until_ms) != 0)
			return client_fail(a->client, CONSENT_ERROR_TIMEOUT,
			        "the daemon did not answer in time");
		enum consent_error error = receive_some(a);
		if (error != CONSENT_OK)
			return error;
	}
	return a->at == a->client->in.n_bytes ? CONSENT_OK : garbled(a, "has more than was asked");
}

/* ---- results ----------------------------------------------------------------------------------- */

static enum consent_error decode(struct attempt *a, struct client_item *item)
{
	struct span message = {a->client->in.data + item->reply_at, item->reply_bytes};
	struct proto_reply reply;
	struct proto_fault fault;
	item->remote = PROTO_ERROR_NONE;
	if (proto_rpc_parse_reply(message, &reply) != 0)
		return garbled(a, "is no MessagePack-RPC");
	if (reply.error != PROTO_ERROR_NONE) {
		item->remote = reply.error;
		note_remote(a->client, proto_ops[item->op].name, &reply);
		return CONSENT_ERROR_REMOTE;
	}
	if (proto_decode_result(proto_ops[item->op].result, reply.result, item->result, &fault) !=
	        0) {
		char text[256];
		proto_fault_format(&fault, proto_ops[item->op].name, text, sizeof(text));
		return client_fail(a->client, CONSENT_ERROR_PROTOCOL, "in the answer: %s", text);
	}
	return CONSENT_OK;
}

static enum consent_error decode_hello(struct attempt *a)
{
	const struct proto_hello_result *hello = a->hello.result;
	enum consent_error error = decode(a, &a->hello);
	if (error == CONSENT_OK && hello->protocol != PROTO_VERSION) {
		return client_fail(a->client, CONSENT_ERROR_PROTOCOL,
		        "the daemon speaks protocol %llu, this library %d",
		        (unsigned long long)hello->protocol, PROTO_VERSION);
	}
	return error;
}

/* From last to first, so that the first error is the one that is told. */
static enum consent_error decode_all(struct attempt *a)
{
	enum consent_error error = a->greets ? decode_hello(a) : CONSENT_OK;
	if (error != CONSENT_OK)
		return error;
	for (size_t i = a->n_items; i-- > 0;) {
		a->items[i].error = decode(a, &a->items[i]);
		if (a->items[i].error == CONSENT_ERROR_PROTOCOL)
			return CONSENT_ERROR_PROTOCOL;
		if (a->items[i].error != CONSENT_OK)
			error = a->items[i].error;
	}
	return error;
}

/* ---- attempts ---------------------------------------------------------------------------------- */

static enum consent_error connect_to(struct attempt *a)
{
	struct consent_client *client = a->client;
	const struct sockaddr_un *address = &client->options.address;
	a->greets = true;
	switch (client_connection_open(&client->connection, address, a->client->until_ms)) {
	case 0:
		client->n_connections++;
		return CONSENT_OK;
	case CLIENT_CONNECTION_E_TIMEOUT:
		return client_fail(client, CONSENT_ERROR_TIMEOUT,
		        "the daemon did not accept the connection in time");
	case CLIENT_CONNECTION_E_REFUSED:
		return client_fail(client, CONSENT_ERROR_CONNECT,
		        "nobody listens at %s, or this process may not connect to it",
		        address->sun_path);
	default:
		return client_fail(client, CONSENT_ERROR_CONNECT, "no socket can be opened");
	}
}

static enum consent_error attempt(struct attempt *a)
{
	struct proto_hello_request request = {.client = span_of(a->client->options.name)};
	struct proto_hello_result result = {.protocol = 0};
	a->hello =
	        (struct client_item){.op = PROTO_OP_HELLO, .request = &request, .result = &result};
	enum consent_error error = CONSENT_OK;
	if (!client_connection_ready(&a->client->connection))
		error = connect_to(a);
	if (error == CONSENT_OK)
		error = encode_all(a);
	if (error != CONSENT_OK)
		return error;
	error = converse(a);
	if (error == CONSENT_OK)
		error = decode_all(a);
	bool refused = error == CONSENT_ERROR_REMOTE && a->n_answered == a->n_items + a->greets;
	if (error != CONSENT_OK && !refused)
		client_connection_close(&a->client->connection);
	return error;
}

bool client_op_writes(enum proto_op op)
{
	return op == PROTO_OP_RECORD || op == PROTO_OP_BIND || op == PROTO_OP_ERASE ||
	       op == PROTO_OP_POLICY_APPLY;
}

/* A write may be sent twice only when the daemon recognises it by its event_id. */
static bool may_repeat(const struct client_item *item)
{
	if (item->op == PROTO_OP_RECORD)
		return span_present(((const struct proto_record_request *)item->request)->event_id);
	if (item->op == PROTO_OP_BIND)
		return span_present(((const struct proto_bind_request *)item->request)->event_id);
	return !client_op_writes(item->op);
}

static bool all_may_repeat(const struct client_item *items, size_t n_items)
{
	for (size_t i = 0; i < n_items; i++)
		if (!may_repeat(&items[i]))
			return false;
	return true;
}

static bool any_writes(const struct client_item *items, size_t n_items)
{
	for (size_t i = 0; i < n_items; i++)
		if (client_op_writes(items[i].op))
			return true;
	return false;
}

static void set_errors(struct client_item *items, size_t n_items, enum consent_error error,
        enum proto_error remote)
{
	for (size_t i = 0; i < n_items; i++) {
		items[i].error = error;
		items[i].remote = remote;
	}
}

enum consent_error client_exchange(
        struct consent_client *client, struct client_item *items, size_t n_items)
{
	bool writes = any_writes(items, n_items);
	client->remote_error = PROTO_ERROR_NONE;
	set_errors(items, n_items, CONSENT_ERROR_UNAVAILABLE, PROTO_ERROR_NONE);
	if (!writes && client_pause_holds(&client->pause, client_now_ms())) {
		return client_fail(client, CONSENT_ERROR_UNAVAILABLE,
		        "not asked: the daemon did not answer a moment ago");
	}
	struct attempt a = {.client = client, .items = items, .n_items = n_items};
	enum consent_error error = attempt(&a);
	if (error == CONSENT_ERROR_CLOSED && (!a.sent_any || all_may_repeat(items, n_items))) {
		a = (struct attempt){.client = client, .items = items, .n_items = n_items};
		error = attempt(&a);
	}
	if (error == CONSENT_ERROR_TIMEOUT)
		client_pause_begin(&client->pause, client_now_ms());
	else
		client->pause.until_ms = 0;
	bool each_has_its_own =
	        error == CONSENT_OK ||
	        (error == CONSENT_ERROR_REMOTE && items[0].error != CONSENT_ERROR_UNAVAILABLE);
	if (!each_has_its_own)
		set_errors(items, n_items, error, client->remote_error);
	return error;
}
