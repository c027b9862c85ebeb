/*
 * What becomes of a request under way: decisions, a revision, a policy, or an answer that the handle
 * gives alone.
 *
 * The library's own requests stand in the same queue: they bring the decision map, and the policies
 * of sites that were asked about. They are sent along with a check that could not be looked up, and
 * the check does not wait for them: it goes over the socket meanwhile.
 */
#include "client/src/async.h"

#include "client/src/client.h"
#include "client/src/names.h"

/* ---- the library's own requests ---------------------------------------------------------------- */

static bool asks_already(const struct client_async *async, enum proto_op op, const char *site)
{
	for (const struct client_pending *p = async->under_way.first; p; p = p->next)
		if (p->kind == CONSENT_KIND_NONE && p->item.op == op &&
		        (op == PROTO_OP_MAP || strcmp(p->visitor.site, site) == 0))
			return true;
	return false;
}

static void ask_for(struct client_async *async, enum proto_op op, const char *site,
        const struct client_mapped_mark *mark)
{
	struct proto_map_request map = {.unused = 0};
	struct proto_policy_get_request policy = {.site = span_of(site)};
	if (asks_already(async, op, site))
		return;
	struct client_pending *pending = client_async_new(async);
	if (!pending)
		return;
	if (!client_pending_keep(pending, site)) {
		client_async_recycle(async, pending);
		return;
	}
	pending->item.op = op;
	pending->item.request = op == PROTO_OP_MAP ? (const void *)&map : &policy;
	pending->marked = mark != NULL;
	if (mark)
		pending->mark = *mark;
	enum consent_error error = client_async_begin(async, pending);
	(void)error; /* it is asked for again when it is needed again */
}

void client_async_renew(struct client_async *async, const char *site)
{
	struct client_mapped_mark mark;
	switch (client_mapped_wants(async->client, site, &mark)) {
	case CLIENT_MAPPED_NOTHING:
		break;
	case CLIENT_MAPPED_MAP:
		ask_for(async, PROTO_OP_MAP, site, NULL);
		break;
	case CLIENT_MAPPED_POLICY:
		ask_for(async, PROTO_OP_POLICY_GET, site, &mark);
		break;
	}
}

/* Where the daemon decided by a policy that is not held: for the next outage. */
static void note_policy(struct client_async *async, const struct client_pending *pending)
{
	struct consent_client *client = async->client;
	const char *site = pending->visitor.site;
	struct client_mapped_mark mark;
	uint64_t policy_revision;
	if (!client_question_revision(&pending->question, &policy_revision))
		return;
	if (!client_policies_wanted(
	            &client->policies, site, policy_revision, async->connection.number))
		return;
	bool marks = client_mapped_wants(client, site, &mark) == CLIENT_MAPPED_POLICY;
	ask_for(async, PROTO_OP_POLICY_GET, site, marks ? &mark : NULL);
}

static void take_map(struct client_async *async, const struct client_pending *pending,
        const struct proto_map_result *result)
{
	int fd = client_connection_take_fd(&async->connection);
	if (client_mapped_accept(async->client, fd, result))
		client_async_renew(async, pending->visitor.site);
}

static void take_policy(struct client_async *async, const struct client_pending *pending,
        enum consent_error error, const struct proto_policy_get_result *result)
{
	struct client_policy_answer answer = {.error = error,
	        .remote = pending->item.remote,
	        .connection = async->connection.number,
	        .result = result};
	struct client_policy_slot *slot =
	        client_policies_put(async->client, pending->visitor.site, &answer);
	if (slot && pending->marked)
		client_mapped_mark(slot, &pending->mark);
}

/* ---- replies ----------------------------------------------------------------------------------- */

union result {
	union client_write_result write;
	struct proto_map_result map;
	struct proto_policy_get_result policy_get;
};

static enum consent_error read_one(
        struct client_async *async, struct client_pending *pending, struct span message)
{
	struct client_item *item = &pending->item, read = *item;
	union result result;
	read.result = &result;
	item->error = client_item_decode(async->client, &read, message);
	item->remote = read.remote;
	if (item->error == CONSENT_ERROR_PROTOCOL)
		return CONSENT_ERROR_PROTOCOL;
	if (item->op == PROTO_OP_MAP)
		take_map(async, pending, item->error == CONSENT_OK ? &result.map : NULL);
	else if (item->op == PROTO_OP_POLICY_GET)
		take_policy(async, pending, item->error, &result.policy_get);
	else if (item->error == CONSENT_OK)
		client_written_read(item->op, &result.write, &pending->written);
	return CONSENT_OK;
}

enum consent_error client_async_read(struct client_async *async, struct client_pending *pending,
        struct client_item *item, struct span message)
{
	if (pending->kind != CONSENT_KIND_CHECK)
		return read_one(async, pending, message);
	item->error = client_item_decode(async->client, item, message);
	if (item->error == CONSENT_ERROR_PROTOCOL)
		return CONSENT_ERROR_PROTOCOL;
	client_question_read(&pending->question, (uint32_t)(item - pending->items));
	return CONSENT_OK;
}

/* ---- ends -------------------------------------------------------------------------------------- */

/* The message goes where the request was, which nobody needs any more. */
static void keep_message(const struct client_async *async, struct client_pending *pending)
{
	const char *message = async->client->message;
	pending->out.n_bytes = 0;
	if (pending->error != CONSENT_OK && client_bytes_reserve(&pending->out, strlen(message)))
		(void)client_bytes_put(&pending->out, message, strlen(message));
}

static void end(struct client_async *async, struct client_pending *pending)
{
	keep_message(async, pending);
	if (pending->kind == CONSENT_KIND_NONE)
		client_async_recycle(async, pending);
	else
		client_queue_put(&async->ready, pending);
}

void client_async_answered(struct client_async *async, struct client_pending *pending)
{
	struct client_item *item = &pending->item;
	if (pending->kind == CONSENT_KIND_CHECK) {
		note_policy(async, pending);
		pending->error = client_question_end(&pending->question);
	} else {
		pending->error = item->error == CONSENT_ERROR_REMOTE ? client_error(item->remote)
		                                                     : item->error;
	}
	end(async, pending);
}

void client_async_failed(
        struct client_async *async, struct client_pending *pending, enum consent_error error)
{
	pending->error = error;
	if (pending->kind == CONSENT_KIND_CHECK)
		client_question_fail(&pending->question, error);
	else if (pending->item.op == PROTO_OP_MAP)
		(void)client_mapped_accept(async->client, -1, NULL);
	else if (pending->item.op == PROTO_OP_POLICY_GET)
		take_policy(async, pending, error, NULL);
	end(async, pending);
}
