/*
 * The conversation of a handle that does not wait: a connection is made, greets, takes requests and
 * brings replies, each step as far as the socket lets it now. What is to be done next stands in the
 * fields, and the descriptor becomes readable for it.
 *
 * A new connection says `hello`, and nothing before that is answered: no request, least of all a
 * change, reaches a daemon that speaks another protocol. After that replies come in any order.
 *
 * A reply counts only when its msgid is that of an item under way which has none yet. Whatever else
 * arrives, a reply to a request that was given up included, ends the connection, so that nothing
 * is ever taken for another's answer. What was under way goes over the next one, each request once:
 * a reply that breaks two connections is not worth a third.
 *
 * A connection that brings nothing for as long as a check may take, while a request becomes too old on
 * it, is left for a new one. That costs a request nothing but its time, and so is not counted.
 */
#include "client/src/async.h"

#include "client/src/client.h"
#include "client/src/names.h"
#include "client/src/report.h"

enum {
	RECEIVE_BYTES = 16384, /* room for each receive */
	CONNECT_RETRY_MS = 2,  /* while the listener's queue is full */
};

/* ---- the end of a connection ------------------------------------------------------------------- */

/* Of what was queued, the daemon may have got that of which the socket took a part. */
static void note_arrivals(struct client_async *async)
{
	uint64_t n_taken = async->n_gone + async->n_sent;
	for (struct client_pending *p = async->under_way.first; p; p = p->next)
		if (p->sent && p->begins_at < n_taken)
			p->perhaps_arrived = true;
}

void client_async_disconnect(struct client_async *async)
{
	note_arrivals(async);
	struct client_connection *connection = &async->connection;
	if (client_connection_usable(connection))
		client_wakeup_unwatch(&async->wakeup, connection->fd);
	client_connection_close(connection);
	async->greeted = async->cannot_send = async->watches_out = false;
	async->out.n_bytes = async->in.n_bytes = async->n_sent = 0;
	async->n_gone = 0;
	async->scanner = (struct proto_scanner){.depth = 0};
}

/* What the library asked for itself is asked for anew where it is needed, of whoever is there then. */
static bool goes_on(struct client_pending *pending, bool counts)
{
	if (pending->kind == CONSENT_KIND_NONE || (pending->sent && !pending->may_repeat))
		return false;
	if (counts && pending->repeated)
		return false;
	pending->repeated = pending->repeated || counts;
	pending->sent = false;
	pending->n_answered = 0;
	for (uint32_t i = 0; i < pending->n_items; i++)
		pending->items[i].reply_bytes = 0;
	return true;
}

/* The connection is no good any more, because of `error`, of which the handle's message tells. */
static void lose(struct client_async *async, enum consent_error error, bool counts)
{
	struct client_queue all = async->under_way;
	struct client_pending *pending;
	client_async_disconnect(async);
	async->under_way = (struct client_queue){.first = NULL};
	while ((pending = client_queue_take(&all)) != NULL) {
		if (goes_on(pending, counts))
			client_queue_put(&async->under_way, pending);
		else
			client_async_failed(async, pending, error);
	}
}

/* After the application closed descriptors it does not know, nothing is left to listen to. */
void client_async_inspect(struct client_async *async)
{
	/* Without a connection, too: the next one would be watched through somebody else's. */
	bool watched = client_wakeup_usable(&async->wakeup);
	if (async->connection.fd < 0)
		return;
	if (!client_connection_usable(&async->connection) || !watched)
		lose(async, client_hung_up(async->client), true);
}

/*
 * The next connection is no good, either. An error that says that nothing happened is not true of a
 * change that may have arrived over one before; those come last, as their message is another.
 */
static void fail_all(struct client_async *async, enum consent_error error)
{
	struct client_queue all = async->under_way, unsure = {.first = NULL};
	struct client_pending *pending;
	async->under_way = (struct client_queue){.first = NULL};
	while ((pending = client_queue_take(&all)) != NULL) {
		if (pending->perhaps_arrived && client_op_writes(pending->items[0].op))
			client_queue_put(&unsure, pending);
		else
			client_async_failed(async, pending, error);
	}
	while ((pending = client_queue_take(&unsure)) != NULL)
		client_async_failed(async, pending, client_hung_up(async->client));
}

/* ---- sending ----------------------------------------------------------------------------------- */

static enum consent_error greet(struct client_async *async)
{
	struct consent_client *client = async->client;
	struct proto_hello_request request = {.client = span_of(client->options.name)};
	struct client_item hello = {.op = PROTO_OP_HELLO, .request = &request};
	enum consent_error error = client_item_encode(client, &hello, &async->out);
	async->hello_msgid = hello.msgid;
	return error;
}

static enum consent_error connect_to(struct client_async *async)
{
	struct consent_client *client = async->client;
	async->connect_at_ms = 0;
	if (!client_wakeup_open(&async->wakeup))
		return client_fail(client, CONSENT_ERROR_CONNECT, "no descriptor can be opened");
	enum consent_error error = client_connect(client, &async->connection, 0);
	if (error != CONSENT_OK)
		return error;
	async->heard_at_ms = client_now_ms();
	if (!client_wakeup_watch(&async->wakeup, async->connection.fd, false))
		return client_fail(client, CONSENT_ERROR_CONNECT, "the socket cannot be watched");
	return greet(async);
}

/* What the handle counted goes in front of a request, and is forgotten with that. */
static void report(struct client_async *async)
{
	struct client_policies *policies = &async->client->policies;
	if (client_report_all(policies, &async->out))
		client_counts_clear(&policies->counts);
}

/* Appends what was not sent over this connection. */
static enum consent_error queue_all(struct client_async *async)
{
	struct client_bytes *out = &async->out;
	if (async->n_sent > 0)
		memmove(out->data, out->data + async->n_sent, out->n_bytes - async->n_sent);
	out->n_bytes -= async->n_sent;
	async->n_gone += async->n_sent;
	async->n_sent = 0;
	for (struct client_pending *p = async->under_way.first; p; p = p->next) {
		if (p->sent)
			continue;
		report(async);
		if (!client_bytes_reserve(out, p->out.n_bytes))
			return client_fail(async->client, CONSENT_ERROR_NO_MEMORY, "out of memory");
		p->begins_at = async->n_gone + out->n_bytes;
		(void)client_bytes_put(out, p->out.data, p->out.n_bytes);
		p->sent = true;
	}
	return CONSENT_OK;
}

static void flush(struct client_async *async)
{
	struct span rest = {async->out.data + async->n_sent, async->out.n_bytes - async->n_sent};
	size_t n_bytes;
	if (rest.n_bytes == 0 || async->cannot_send)
		return;
	/* A daemon that hung up may have said why: what it sent is still read. */
	async->cannot_send = client_connection_send(&async->connection, rest, &n_bytes) != 0;
	async->n_sent += n_bytes;
	bool more = async->n_sent < async->out.n_bytes && !async->cannot_send;
	if (more == async->watches_out)
		return;
	/* What cannot be watched ends at the deadlines. */
	async->cannot_send = !client_wakeup_watch(&async->wakeup, async->connection.fd, more) ||
	                     async->cannot_send;
	async->watches_out = more;
}

static uint64_t due_ms(const struct client_async *async)
{
	uint64_t due_ms = async->under_way.first ? async->connect_at_ms : 0;
	for (const struct client_pending *p = async->under_way.first; p; p = p->next)
		if (due_ms == 0 || p->until_ms < due_ms)
			due_ms = p->until_ms;
	return due_ms;
}

/* A timer that is early costs one wakeup, one that is always exact a system call a request. */
static void arm(struct client_async *async)
{
	uint64_t armed_ms = async->wakeup.armed_ms;
	if (armed_ms != 0 && armed_ms <= client_now_ms()) {
		client_wakeup_at(&async->wakeup, due_ms(async));
		return;
	}
	uint64_t due = due_ms(async);
	if (due != 0 && (armed_ms == 0 || due < armed_ms))
		client_wakeup_at(&async->wakeup, due);
}

static void send_now(struct client_async *async)
{
	bool connected = async->connection.fd >= 0;
	if (!connected && (!async->under_way.first || client_now_ms() < async->connect_at_ms))
		return;
	enum consent_error error = connected ? CONSENT_OK : connect_to(async);
	if (error == CONSENT_ERROR_TIMEOUT) {
		async->connect_at_ms = client_now_ms() + CONNECT_RETRY_MS;
		return;
	}
	if (error == CONSENT_OK && async->greeted)
		error = queue_all(async);
	if (error == CONSENT_OK) {
		flush(async);
		return;
	}
	client_async_disconnect(async);
	fail_all(async, error);
}

void client_async_send(struct client_async *async)
{
	client_async_inspect(async);
	send_now(async);
	arm(async);
}

/* ---- receiving --------------------------------------------------------------------------------- */

static struct client_item *item_find(
        struct client_async *async, uint32_t msgid, struct client_pending **ret_pending)
{
	for (struct client_pending *p = async->under_way.first; p; p = p->next) {
		uint32_t i = msgid - p->items[0].msgid;
		if (p->sent && i < p->n_items) {
			*ret_pending = p;
			return p->items[i].reply_bytes == 0 ? &p->items[i] : NULL;
		}
	}
	return NULL;
}

static void remove_from(struct client_queue *queue, const struct client_pending *gone)
{
	struct client_queue all = *queue;
	struct client_pending *pending;
	if (all.first == gone) {
		(void)client_queue_take(queue);
		return;
	}
	*queue = (struct client_queue){.first = NULL};
	while ((pending = client_queue_take(&all)) != NULL)
		if (pending != gone)
			client_queue_put(queue, pending);
}

static enum consent_error take_hello(
        struct client_async *async, const struct proto_reply *reply, struct span message)
{
	struct proto_hello_result result;
	struct client_item hello = {.op = PROTO_OP_HELLO, .result = &result};
	if (reply->msgid != async->hello_msgid)
		return client_garbled(async->client, "belongs to no request");
	enum consent_error error = client_hello_decode(async->client, &hello, message);
	async->greeted = error == CONSENT_OK;
	return error == CONSENT_ERROR_REMOTE ? client_error(hello.remote) : error;
}

static enum consent_error take(struct client_async *async, struct span message)
{
	struct client_pending *pending;
	struct proto_reply reply;
	if (proto_rpc_parse_reply(message, &reply) != 0)
		return client_garbled(async->client, "is no MessagePack-RPC");
	if (!reply.has_msgid && reply.error != PROTO_ERROR_NONE) {
		client_note_remote(async->client, "the request", &reply);
		return client_error(reply.error);
	}
	if (reply.has_msgid && !async->greeted)
		return take_hello(async, &reply, message);
	struct client_item *item = reply.has_msgid ? item_find(async, reply.msgid, &pending) : NULL;
	if (!item)
		return client_garbled(async->client, "belongs to no request");
	item->reply_bytes = message.n_bytes;
	enum consent_error error = client_async_read(async, pending, item, message);
	if (error == CONSENT_OK && ++pending->n_answered < pending->n_items)
		return CONSENT_OK;
	remove_from(&async->under_way, pending);
	if (error == CONSENT_OK)
		client_async_answered(async, pending);
	else
		client_async_failed(async, pending, error);
	return error;
}

static enum consent_error take_all(struct client_async *async)
{
	struct client_bytes *in = &async->in;
	size_t at = 0, n_bytes;
	enum consent_error error = CONSENT_OK;
	while (error == CONSENT_OK && at < in->n_bytes) {
		struct span rest = {in->data + at, in->n_bytes - at};
		int scanned = proto_scanner_feed(&async->scanner, rest, &n_bytes);
		if (scanned == PROTO_E_TRUNCATED)
			break;
		if (scanned != 0)
			return client_garbled(async->client, "is no MessagePack, or too large");
		error = take(async, span_bytes(rest.data, n_bytes));
		at += n_bytes;
	}
	memmove(in->data, in->data + at, in->n_bytes - at);
	in->n_bytes -= at;
	return error;
}

/* One receive, and what is whole after it. OK and nothing: there is no more now. */
static enum consent_error receive_some(struct client_async *async, size_t *ret_n_bytes)
{
	struct client_bytes *in = &async->in;
	*ret_n_bytes = 0;
	if (!client_bytes_reserve(in, RECEIVE_BYTES))
		return client_fail(async->client, CONSENT_ERROR_NO_MEMORY, "out of memory");
	if (client_connection_receive(&async->connection, in->data + in->n_bytes,
	            in->capacity - in->n_bytes, ret_n_bytes) != 0)
		return async->under_way.first ? client_hung_up(async->client)
		                              : CONSENT_ERROR_CLOSED;
	if (*ret_n_bytes == 0)
		return CONSENT_OK;
	in->n_bytes += *ret_n_bytes;
	async->heard_at_ms = client_now_ms();
	async->client->pause.until_ms = 0;
	return take_all(async);
}

static void receive_all(struct client_async *async)
{
	size_t n_bytes = 1;
	enum consent_error error = CONSENT_OK;
	if (async->connection.fd < 0)
		return;
	while (n_bytes > 0 && error == CONSENT_OK && !async->ready.first)
		error = receive_some(async, &n_bytes);
	if (error != CONSENT_OK)
		lose(async, error, true);
}

/* ---- deadlines --------------------------------------------------------------------------------- */

static bool expire(struct client_async *async, uint64_t now_ms)
{
	struct client_queue all = async->under_way;
	struct client_pending *pending;
	bool any = false;
	for (pending = all.first; pending && !any; pending = pending->next)
		any = pending->until_ms <= now_ms;
	if (!any)
		return false;
	async->under_way = (struct client_queue){.first = NULL};
	while ((pending = client_queue_take(&all)) != NULL) {
		if (pending->until_ms > now_ms)
			client_queue_put(&async->under_way, pending);
		else
			client_async_failed(async, pending, client_late(async->client));
	}
	return true;
}

static void end_late(struct client_async *async)
{
	uint64_t now_ms = client_now_ms();
	if (!async->under_way.first || !expire(async, now_ms))
		return;
	client_pause_begin(&async->client->pause, now_ms);
	bool silent = now_ms - async->heard_at_ms >= async->client->options.deadline_ms;
	if (silent || !async->under_way.first)
		lose(async, client_late(async->client), false);
}

void client_async_receive(struct client_async *async)
{
	client_async_inspect(async);
	receive_all(async);
	end_late(async);
	client_async_send(async);
}
