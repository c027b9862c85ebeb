/*
 * check: may these cookies be set for this visitor?
 *
 * Looked up in the decision map where that can be, else asked: in one exchange, whatever the number
 * of domains.
 */
#include "client/src/check.h"

#include "client/src/client.h"
#include "client/src/exchange.h"
#include "client/src/mapped.h"
#include "client/src/question.h"

/* Asks, then decides alone for what was not answered by the policy that is then held. */
static enum consent_error ask(struct client_question *q)
{
	uint64_t policy_revision;
	client_question_put(q);
	if (q->n_groups == 0)
		return CONSENT_OK;
	enum consent_error error = client_exchange(q->client, q->items, q->n_groups);
	(void)error; /* stands in the items too */
	for (uint32_t i = 0; i < q->n_groups; i++)
		client_question_read(q, i);
	if (client_question_revision(q, &policy_revision))
		client_policies_note(q->client, q->visitor->site, policy_revision);
	return client_question_end(q);
}

enum consent_error client_check(struct consent_client *client,
        const struct consent_visitor *visitor, const struct client_cookie *cookies,
        size_t n_cookies, struct consent_decision *ret_decisions)
{
	struct client_question q = {.client = client,
	        .cookies = cookies,
	        .decisions = ret_decisions,
	        .n_cookies = (uint32_t)n_cookies};
	struct consent_visitor read;
	if (n_cookies == 0)
		return CONSENT_OK;
	if (client_mapped_decide(client, visitor, cookies, n_cookies, ret_decisions))
		return CONSENT_OK;
	client_begin(client, PROTO_OP_CHECK);
	enum consent_error error = client_visitor_read(client, visitor, false, &read);
	if (error == CONSENT_OK && !client_question_prepare(&q, &client->items))
		error = client_fail(client, CONSENT_ERROR_NO_MEMORY, "out of memory");
	q.visitor = &read;
	if (error != CONSENT_OK)
		return client_question_fail(&q, error);
	if (client_mapped_renew(client, read.site) &&
	        client_mapped_decide(client, visitor, cookies, n_cookies, ret_decisions))
		return CONSENT_OK;
	return ask(&q);
}

static void refuse_all(struct consent_decision *ret_decisions, size_t n_decisions)
{
	for (size_t i = 0; i < n_decisions; i++)
		ret_decisions[i] = (struct consent_decision){.reason = CONSENT_REASON_UNAVAILABLE,
		        .error = CONSENT_ERROR_INVALID_ARGUMENT};
}

bool consent_check(struct consent_client *client, const struct consent_visitor *visitor,
        const char *cookie, const char *domain, struct consent_decision *ret_decision)
{
	struct client_cookie asked = client_cookie_of(cookie, domain);
	struct consent_decision unwanted;
	struct consent_decision *decision = ret_decision ? ret_decision : &unwanted;
	if (!client) {
		refuse_all(decision, 1);
		return false;
	}
	client_enter(client);
	enum consent_error error = client_check(client, visitor, &asked, 1, decision);
	(void)error; /* stands in the decision too */
	return decision->allowed;
}

enum consent_error consent_check_many(struct consent_client *client,
        const struct consent_visitor *visitor, const struct consent_cookie *cookies,
        size_t n_cookies, struct consent_decision *ret_decisions)
{
	if (n_cookies == 0 && client)
		return CONSENT_OK;
	if (!ret_decisions)
		return CONSENT_ERROR_INVALID_ARGUMENT;
	refuse_all(ret_decisions, n_cookies);
	if (!client || !cookies)
		return CONSENT_ERROR_INVALID_ARGUMENT;
	client_enter(client);
	struct client_bytes *memory = &client->cookies;
	memory->n_bytes = 0;
	if (n_cookies > CLIENT_COOKIES_MOST ||
	        !client_bytes_reserve(memory, n_cookies * sizeof(struct client_cookie)))
		return client_fail(client, CONSENT_ERROR_NO_MEMORY, "out of memory");
	struct client_cookie *asked = (void *)memory->data;
	for (size_t i = 0; i < n_cookies; i++)
		asked[i] = client_cookie_of(cookies[i].name, cookies[i].domain);
	return client_check(client, visitor, asked, n_cookies, ret_decisions);
}
