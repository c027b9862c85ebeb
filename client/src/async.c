/*
 * consent_send_*() and consent_receive(): the calls of consent.h, without the waiting.
 *
 * The asynchronous half is made when it is first used, and its descriptors when the first is needed:
 * a handle that only ever looks decisions up opens none. A request is under way until it has an
 * answer, ready until that is taken, and then its memory serves another.
 */
#include "client/src/async.h"

#include "client/src/client.h"

enum { SPARE_MOST = 64 /* requests whose memory is kept for others */ };

/* ---- requests ---------------------------------------------------------------------------------- */

struct client_pending *client_async_new(struct client_async *async)
{
	struct client_pending *spare = client_queue_take(&async->spare);
	if (spare)
		async->n_spare--;
	return client_pending_new(spare);
}

void client_async_recycle(struct client_async *async, struct client_pending *pending)
{
	if (!pending)
		return;
	if (async->n_spare == SPARE_MOST) {
		client_pending_free(pending);
		return;
	}
	async->n_spare++;
	client_queue_put(&async->spare, pending);
}

static void drop_all(struct client_queue *queue)
{
	struct client_pending *pending;
	while ((pending = client_queue_take(queue)) != NULL)
		client_pending_free(pending);
}

static void drop_taken(struct client_async *async)
{
	client_async_recycle(async, async->taken);
	async->taken = NULL;
}

static enum consent_error no_memory(struct consent_client *client)
{
	return client_fail(client, CONSENT_ERROR_NO_MEMORY, "out of memory");
}

void client_async_forget(struct client_async *async)
{
	if (!async)
		return;
	/* First, so that what a child shares with its parent is not changed. */
	client_wakeup_close(&async->wakeup);
	client_async_disconnect(async);
	drop_taken(async);
	drop_all(&async->under_way);
	drop_all(&async->ready);
	async->n_held = 0;
	async->connect_at_ms = 0;
}

struct client_async *client_async_free(struct client_async *async)
{
	if (!async)
		return NULL;
	client_async_forget(async);
	drop_all(&async->spare);
	client_bytes_deinit(&async->out);
	client_bytes_deinit(&async->in);
	free(async);
	return NULL;
}

/* The handle's asynchronous half, made where there is none; NULL without memory. */
static struct client_async *async_of(struct consent_client *client)
{
	if (client->async)
		return client->async;
	struct client_async *async = calloc(1, sizeof(*async));
	if (!async)
		return NULL;
	async->client = client;
	client_wakeup_init(&async->wakeup);
	client_connection_init(&async->connection);
	return client->async = async;
}

/* A request of the caller's, below the limit; its answer counts until it is taken. */
static enum consent_error request_new(struct consent_client *client, enum consent_kind kind,
        uint64_t tag, struct client_pending **ret_pending)
{
	struct client_async *async = async_of(client);
	if (!async)
		return no_memory(client);
	drop_taken(async);
	if (async->n_held >= CONSENT_REQUESTS_MOST)
		return client_fail(client, CONSENT_ERROR_BUSY,
		        "%d requests are under way, or their answers were not taken",
		        CONSENT_REQUESTS_MOST);
	struct client_pending *pending = client_async_new(async);
	if (!pending)
		return no_memory(client);
	pending->kind = kind;
	pending->tag = tag;
	*ret_pending = pending;
	return CONSENT_OK;
}

enum consent_error client_async_begin(struct client_async *async, struct client_pending *pending)
{
	const struct client_options *options = &async->client->options;
	if (pending->kind != CONSENT_KIND_CHECK) {
		pending->items = &pending->item;
		pending->n_items = 1;
	}
	for (uint32_t i = 0; i < pending->n_items; i++) {
		enum consent_error error =
		        client_item_encode(async->client, &pending->items[i], &pending->out);
		if (error != CONSENT_OK) {
			client_async_recycle(async, pending);
			return error;
		}
	}
	pending->may_repeat = client_item_may_repeat(&pending->items[0]);
	pending->until_ms = client_now_ms() + (client_op_writes(pending->items[0].op)
	                                                      ? options->write_deadline_ms
	                                                      : options->deadline_ms);
	client_queue_put(&async->under_way, pending);
	return CONSENT_OK;
}

/* ---- checks ------------------------------------------------------------------------------------ */

/* Answers without asking. */
static void answer(struct client_async *async, struct client_pending *pending)
{
	async->n_held++;
	client_queue_put(&async->ready, pending);
}

/* Makes the requests of a question. What it points into is the pending's own from then on. */
static enum consent_error question_put(struct consent_client *client,
        const struct consent_visitor *visitor, struct client_pending *pending)
{
	struct client_question *q = &pending->question;
	if (!client_pending_keep(pending, visitor->site))
		return no_memory(client);
	q->visitor = visitor;
	if (!client_question_prepare(q, &pending->groups))
		return no_memory(client);
	client_question_put(q);
	q->visitor = &pending->visitor;
	pending->items = q->items;
	pending->n_items = q->n_groups;
	return CONSENT_OK;
}

static enum consent_error ask(struct client_async *async, struct client_pending *pending)
{
	struct consent_client *client = async->client;
	if (pending->n_items == 0) {
		answer(async, pending);
		return CONSENT_OK;
	}
	if (client_pause_holds(&client->pause, client_now_ms())) {
		client_async_failed(async, pending,
		        client_fail(client, CONSENT_ERROR_UNAVAILABLE,
		                "not asked: the daemon did not answer a moment ago"));
		async->n_held++;
		return CONSENT_OK;
	}
	client_async_renew(async, pending->visitor.site);
	enum consent_error error = client_async_begin(async, pending);
	if (error != CONSENT_OK)
		return error;
	async->n_held++;
	client_async_send(async);
	return CONSENT_OK;
}

static enum consent_error check(struct consent_client *client,
        const struct consent_visitor *visitor, struct client_pending *pending)
{
	struct client_question *q = &pending->question;
	struct consent_visitor who;
	if (client_mapped_decide(client, visitor, q->cookies, q->n_cookies, q->decisions)) {
		answer(client->async, pending);
		return CONSENT_OK;
	}
	enum consent_error error = client_visitor_read(client, visitor, false, &who);
	if (error == CONSENT_OK)
		error = question_put(client, &who, pending);
	if (error == CONSENT_OK)
		return ask(client->async, pending);
	client_async_recycle(client->async, pending);
	return error;
}

enum consent_error consent_send_check(struct consent_client *client,
        const struct consent_visitor *visitor, const struct consent_cookie *cookies,
        size_t n_cookies, uint64_t tag)
{
	struct client_pending *pending;
	if (!client)
		return CONSENT_ERROR_INVALID_ARGUMENT;
	client_enter(client);
	if (!cookies || n_cookies == 0 || n_cookies > PROTO_LIMIT_COOKIES) {
		return client_fail(client, CONSENT_ERROR_INVALID_ARGUMENT,
		        "`cookies` has %zu elements: 1 to %d are allowed", n_cookies,
		        PROTO_LIMIT_COOKIES);
	}
	enum consent_error error = request_new(client, CONSENT_KIND_CHECK, tag, &pending);
	if (error != CONSENT_OK)
		return error;
	if (!client_pending_ask(pending, client, cookies, n_cookies)) {
		client_async_recycle(client->async, pending);
		return no_memory(client);
	}
	return check(client, visitor, pending);
}

/* ---- changes ----------------------------------------------------------------------------------- */

static enum consent_error send_write(struct consent_client *client,
        const struct client_write *write, enum consent_kind kind, uint64_t tag)
{
	struct client_pending *pending;
	enum consent_error error = request_new(client, kind, tag, &pending);
	if (error != CONSENT_OK)
		return error;
	pending->item.op = write->op;
	pending->item.request = &write->request;
	error = client_async_begin(client->async, pending);
	if (error != CONSENT_OK)
		return error;
	client->async->n_held++;
	client_async_send(client->async);
	return CONSENT_OK;
}

enum consent_error consent_send_record(struct consent_client *client,
        const struct consent_visitor *visitor, const struct consent_choices *choices, uint64_t tag)
{
	struct client_write write;
	if (!client)
		return CONSENT_ERROR_INVALID_ARGUMENT;
	client_enter(client);
	enum consent_error error = client_record_prepare(client, visitor, choices, &write);
	return error == CONSENT_OK ? send_write(client, &write, CONSENT_KIND_RECORD, tag) : error;
}

enum consent_error consent_send_withdraw(struct consent_client *client,
        const struct consent_visitor *visitor, const char *name, uint64_t tag)
{
	struct client_write write;
	if (!client)
		return CONSENT_ERROR_INVALID_ARGUMENT;
	client_enter(client);
	enum consent_error error = client_withdraw_prepare(client, visitor, name, &write);
	return error == CONSENT_OK ? send_write(client, &write, CONSENT_KIND_WITHDRAW, tag) : error;
}

enum consent_error consent_send_bind(struct consent_client *client,
        const struct consent_visitor *session, const char *account, const char *event_id,
        uint64_t tag)
{
	struct client_write write;
	if (!client)
		return CONSENT_ERROR_INVALID_ARGUMENT;
	client_enter(client);
	enum consent_error error = client_bind_prepare(client, session, account, event_id, &write);
	return error == CONSENT_OK ? send_write(client, &write, CONSENT_KIND_BIND, tag) : error;
}

/* ---- answers ----------------------------------------------------------------------------------- */

static void answer_of(
        struct consent_client *client, const struct client_pending *p, struct consent_answer *ret)
{
	bool checks = p->kind == CONSENT_KIND_CHECK;
	*ret = (struct consent_answer){.tag = p->tag, .kind = p->kind, .error = p->error};
	ret->decisions = checks ? p->question.decisions : NULL;
	ret->n_decisions = checks ? p->question.n_cookies : 0;
	ret->written = p->written;
	if (p->error != CONSENT_OK)
		(void)client_fail(
		        client, p->error, "%.*s", (int)p->out.n_bytes, (const char *)p->out.data);
}

bool consent_receive(struct consent_client *client, struct consent_answer *ret_answer)
{
	if (!client || !ret_answer)
		return false;
	client_enter(client);
	struct client_async *async = client->async;
	if (!async)
		return false;
	drop_taken(async);
	if (!async->ready.first)
		client_async_receive(async);
	async->taken = client_queue_take(&async->ready);
	if (!async->taken)
		return false;
	async->n_held--;
	answer_of(client, async->taken, ret_answer);
	return true;
}

int consent_client_fd(struct consent_client *client)
{
	if (!client)
		return -1;
	client_enter(client);
	struct client_async *async = async_of(client);
	if (!async)
		return -1;
	client_async_inspect(async);
	if (!client_wakeup_usable(&async->wakeup) && !client_wakeup_open(&async->wakeup)) {
		(void)client_fail(client, CONSENT_ERROR_CONNECT, "no descriptor can be opened");
		return -1;
	}
	client_async_send(async);
	return async->wakeup.epoll;
}
