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
 * that speaks another protocol is found out before any of its answers is believed. In front of the
 * requests goes what the handle counted since the exchange before (report.h).
 */
#include "client/src/exchange.h"

#include "client/src/client.h"
#include "client/src/report.h"
#include "proto/scanner.h"

enum { RECEIVE_BYTES = 16384 /* room for each receive */ };

/* One attempt on one connection. */
struct attempt {
	struct consent_client *client;
	struct client_item *items;
	size_t n_items, n_answered;
	struct client_item hello;
	bool greets, greeted, reports, sent_any, cannot_send;
	uint32_t first_msgid; /* of the first item */
	size_t n_sent, at;    /* of `out`; begin of the message that arrives in `in` */
	struct proto_scanner scanner;
};

/* ---- encoding ---------------------------------------------------------------------------------- */

static enum consent_error encode_all(struct attempt *a)
{
	a->client->out.n_bytes = 0;
	a->client->in.n_bytes = 0;
	enum consent_error error =
	        a->greets ? client_item_encode(a->client, &a->hello, &a->client->out) : CONSENT_OK;
	a->reports = a->items[0].op != PROTO_OP_REPORT &&
	             client_report_all(&a->client->policies, &a->client->out);
	a->first_msgid = a->client->msgid + 1;
	for (size_t i = 0; i < a->n_items && error == CONSENT_OK; i++)
		error = client_item_encode(a->client, &a->items[i], &a->client->out);
	return error;
}

/* ---- the stream -------------------------------------------------------------------------------- */

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
		return client_garbled(a->client, "is no MessagePack-RPC");
	if (!reply.has_msgid) {
		if (reply.error == PROTO_ERROR_NONE)
			return client_garbled(a->client, "belongs to no request");
		client_note_remote(a->client, "the request", &reply);
		return CONSENT_ERROR_REMOTE;
	}
	struct client_item *item = item_find(a, reply.msgid);
	if (!item || item->reply_bytes > 0)
		return client_garbled(a->client, "belongs to no request");
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
			return client_garbled(a->client, "is no MessagePack, or too large");
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
		return client_hung_up(a->client);
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
			return client_late(a->client);
		enum consent_error error = receive_some(a);
		if (error != CONSENT_OK)
			return error;
	}
	return a->at == a->client->in.n_bytes
	               ? CONSENT_OK
	               : client_garbled(a->client, "has more than was asked");
}

/* ---- results ----------------------------------------------------------------------------------- */

static struct span reply_of(const struct attempt *a, const struct client_item *item)
{
	return span_bytes(a->client->in.data + item->reply_at, item->reply_bytes);
}

/* From last to first, so that the first error is the one that is told. */
static enum consent_error decode_all(struct attempt *a)
{
	enum consent_error error =
	        a->greets ? client_hello_decode(a->client, &a->hello, reply_of(a, &a->hello))
	                  : CONSENT_OK;
	a->greeted = error == CONSENT_OK;
	if (!a->greeted)
		return error;
	for (size_t i = a->n_items; i-- > 0;) {
		a->items[i].error =
		        client_item_decode(a->client, &a->items[i], reply_of(a, &a->items[i]));
		if (a->items[i].error == CONSENT_ERROR_PROTOCOL)
			return CONSENT_ERROR_PROTOCOL;
		if (a->items[i].error != CONSENT_OK)
			error = a->items[i].error;
	}
	return error;
}

/* ---- attempts ---------------------------------------------------------------------------------- */

static enum consent_error attempt(struct attempt *a)
{
	struct proto_hello_request request = {.client = span_of(a->client->options.name)};
	struct proto_hello_result result = {.protocol = 0};
	a->hello =
	        (struct client_item){.op = PROTO_OP_HELLO, .request = &request, .result = &result};
	enum consent_error error = CONSENT_OK;
	if (!client_connection_ready(&a->client->connection)) {
		a->greets = true;
		error = client_connect(a->client, &a->client->connection, a->client->until_ms);
	}
	if (error == CONSENT_OK)
		error = encode_all(a);
	if (error != CONSENT_OK)
		return error;
	error = converse(a);
	if (a->reports && a->sent_any)
		client_counts_clear(&a->client->policies.counts);
	if (error == CONSENT_OK)
		error = decode_all(a);
	/* Each request by itself: the connection is as good as before. */
	bool refused = error == CONSENT_ERROR_REMOTE && a->greeted;
	if (error != CONSENT_OK && !refused)
		client_connection_close(&a->client->connection);
	return error;
}

static bool all_may_repeat(const struct client_item *items, size_t n_items)
{
	for (size_t i = 0; i < n_items; i++)
		if (!client_item_may_repeat(&items[i]))
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

/*
 * Over a new connection. Where nothing could be sent over that, a change may have happened all the
 * same: it was sent over the one before.
 */
static enum consent_error attempt_again(struct attempt *a)
{
	bool sent = a->sent_any;
	*a = (struct attempt){.client = a->client, .items = a->items, .n_items = a->n_items};
	enum consent_error error = attempt(a);
	if (!sent || a->sent_any)
		return error;
	a->sent_any = true;
	if (error == CONSENT_OK || error == CONSENT_ERROR_TIMEOUT)
		return error;
	return any_writes(a->items, a->n_items) ? client_hung_up(a->client) : error;
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
	client->sent_any = false;
	set_errors(items, n_items, CONSENT_ERROR_UNAVAILABLE, PROTO_ERROR_NONE);
	if (!writes && client_pause_holds(&client->pause, client_now_ms())) {
		return client_fail(client, CONSENT_ERROR_UNAVAILABLE,
		        "not asked: the daemon did not answer a moment ago");
	}
	struct attempt a = {.client = client, .items = items, .n_items = n_items};
	enum consent_error error = attempt(&a);
	if (error == CONSENT_ERROR_CLOSED && (!a.sent_any || all_may_repeat(items, n_items)))
		error = attempt_again(&a);
	client->sent_any = a.sent_any;
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
