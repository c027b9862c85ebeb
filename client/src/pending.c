/*
 * A request under way owns all that is needed to send it again, and to answer it alone: the encoded
 * bytes, the names, and room for the decisions. The memory of one that was answered serves the
 * next, so that a loop in its stride allocates nothing.
 */
#include "client/src/pending.h"

#include "client/src/client.h"

void client_queue_put(struct client_queue *queue, struct client_pending *pending)
{
	if (!queue->first)
		queue->end = &queue->first;
	pending->next = NULL;
	*queue->end = pending;
	queue->end = &pending->next;
}

struct client_pending *client_queue_take(struct client_queue *queue)
{
	struct client_pending *pending = queue->first;
	if (pending)
		queue->first = pending->next;
	return pending;
}

struct client_pending *client_pending_new(struct client_pending *spare)
{
	struct client_pending *pending = spare ? spare : calloc(1, sizeof(*pending));
	if (!pending)
		return NULL;
	struct client_bytes out = pending->out, memory = pending->memory;
	struct client_bytes groups = pending->groups, texts = pending->texts;
	*pending = (struct client_pending){
	        .out = out, .memory = memory, .groups = groups, .texts = texts};
	pending->out.n_bytes = pending->memory.n_bytes = 0;
	pending->groups.n_bytes = pending->texts.n_bytes = 0;
	return pending;
}

struct client_pending *client_pending_free(struct client_pending *pending)
{
	if (!pending)
		return NULL;
	client_bytes_deinit(&pending->out);
	client_bytes_deinit(&pending->memory);
	client_bytes_deinit(&pending->groups);
	client_bytes_deinit(&pending->texts);
	free(pending);
	return NULL;
}

bool client_pending_ask(struct client_pending *pending, struct consent_client *client,
        const struct consent_cookie *cookies, size_t n_cookies)
{
	struct client_bytes *memory = &pending->memory;
	if (!client_bytes_reserve(memory,
	            n_cookies * (sizeof(struct consent_decision) + sizeof(struct client_cookie))))
		return false;
	struct consent_decision *decisions = (void *)memory->data;
	struct client_cookie *asked = (void *)(decisions + n_cookies);
	for (size_t i = 0; i < n_cookies; i++)
		asked[i] = client_cookie_of(cookies[i].name, cookies[i].domain);
	pending->question = (struct client_question){.client = client,
	        .visitor = &pending->visitor,
	        .cookies = asked,
	        .decisions = decisions,
	        .n_cookies = (uint32_t)n_cookies};
	return true;
}

static struct span keep(struct client_bytes *texts, struct span text)
{
	if (!span_present(text))
		return SPAN_NONE;
	return span_bytes(client_bytes_put(texts, text.data, text.n_bytes), text.n_bytes);
}

bool client_pending_keep(struct client_pending *pending, const char *site)
{
	const struct client_question *q = &pending->question;
	struct client_cookie *cookies = (void *)(uintptr_t)q->cookies;
	size_t n_bytes = strlen(site) + 1;
	for (uint32_t i = 0; i < q->n_cookies; i++)
		n_bytes += cookies[i].name.n_bytes + cookies[i].domain.n_bytes;
	if (!client_bytes_reserve(&pending->texts, n_bytes))
		return false;
	pending->visitor = (struct consent_visitor)CONSENT_VISITOR_INIT;
	pending->visitor.site = (char *)client_bytes_put(&pending->texts, site, strlen(site) + 1);
	for (uint32_t i = 0; i < q->n_cookies; i++) {
		cookies[i].name = keep(&pending->texts, cookies[i].name);
		cookies[i].domain = keep(&pending->texts, cookies[i].domain);
	}
	return true;
}
