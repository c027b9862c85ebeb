/*
 * A request on the wire has one domain, a response may set cookies for several: the cookies are
 * sorted into one request a domain (and at most PROTO_LIMIT_COOKIES names), all of which go out
 * together, and the answers are put back in the caller's order.
 *
 * Names that no policy can declare (empty, too long, not UTF-8) are undeclared without asking. What was
 * not answered, for whatever reason, is decided by client_outage_decide(): no, unless necessary.
 */
#include "client/src/question.h"

#include "client/src/client.h"
#include "client/src/names.h"

#include <assert.h>

_Static_assert(PROTO_LIMIT_NAME_BYTES < sizeof(((struct consent_decision *)0)->service),
        "a service's id fits a decision");

enum { LIST_ITEM_BYTES = 3 /* a text's header, for texts below 64 KiB */ };

#define NO_COOKIE UINT32_MAX

static bool name_possible(struct span name)
{
	return name.n_bytes > 0 && name.n_bytes <= PROTO_LIMIT_COOKIE_NAME_BYTES &&
	       proto_text_valid(name);
}

static bool domain_possible(struct span domain)
{
	return !span_present(domain) ||
	       (domain.n_bytes > 0 && domain.n_bytes <= PROTO_LIMIT_DOMAIN_BYTES &&
	               proto_text_valid(domain));
}

bool client_cookie_possible(struct client_cookie cookie)
{
	return name_possible(cookie.name) && domain_possible(cookie.domain);
}

static bool domain_same(struct span a, struct span b)
{
	return span_present(a) == span_present(b) && span_equal(a, b);
}

bool client_question_prepare(struct client_question *q, struct client_bytes *memory)
{
	struct client_bytes *lists = &q->client->lists;
	size_t n = q->n_cookies, names_bytes = 0;
	for (size_t i = 0; i < n; i++)
		names_bytes += q->cookies[i].name.n_bytes + LIST_ITEM_BYTES;
	memory->n_bytes = lists->n_bytes = 0;
	size_t n_bytes =
	        n * (sizeof(struct client_group) + sizeof(struct client_item) + sizeof(uint32_t));
	if (!client_bytes_reserve(memory, n_bytes) || !client_bytes_reserve(lists, names_bytes))
		return false;
	q->groups = (void *)memory->data;
	q->items = (void *)(q->groups + n);
	q->next = (void *)(q->items + n);
	q->n_groups = 0;
	return true;
}

/* The group that a cookie belongs to, made where there is none. */
static struct client_group *group_get(struct client_question *q, struct span domain)
{
	for (uint32_t i = q->n_groups; i-- > 0;) {
		struct client_group *group = &q->groups[i];
		if (domain_same(group->request.domain, domain) &&
		        group->request.cookies.n_items < PROTO_LIMIT_COOKIES)
			return group;
	}
	const struct consent_visitor *visitor = q->visitor;
	assert(q->groups && q->n_groups < q->n_cookies);
	struct client_group *group = &q->groups[q->n_groups++];
	*group = (struct client_group){.first = NO_COOKIE, .last = NO_COOKIE};
	group->request = (struct proto_check_request){
	        .site = span_of(visitor->site),
	        .subject = span_of(visitor->subject),
	        .domain = domain,
	        .gpc = visitor->sec_gpc && strcmp(visitor->sec_gpc, "1") == 0,
	        .revision = visitor->revision,
	};
	return group;
}

static void group_add(struct client_question *q, struct client_group *group, uint32_t cookie)
{
	q->next[cookie] = NO_COOKIE;
	if (group->first == NO_COOKIE)
		group->first = cookie;
	else
		q->next[group->last] = cookie;
	group->last = cookie;
	group->request.cookies.n_items++;
}

static const struct consent_decision undeclared = {.reason = CONSENT_REASON_UNDECLARED_COOKIE};

static void sort(struct client_question *q)
{
	for (uint32_t i = 0; i < q->n_cookies; i++) {
		const struct client_cookie *cookie = &q->cookies[i];
		q->decisions[i] = undeclared;
		if (!client_cookie_possible(*cookie))
			continue;
		q->decisions[i].reason = CONSENT_REASON_NONE;
		group_add(q, group_get(q, cookie->domain), i);
	}
}

/* There is room: prepare() reserved it for all names. */
static void encode_list(struct client_question *q, struct client_group *group)
{
	struct client_bytes *lists = &q->client->lists;
	struct proto_writer w =
	        proto_writer_of(lists->data + lists->n_bytes, lists->capacity - lists->n_bytes);
	for (uint32_t i = group->first; i != NO_COOKIE; i = q->next[i])
		proto_writer_text(&w, q->cookies[i].name);
	group->request.cookies = proto_list_of(&w, group->request.cookies.n_items);
	lists->n_bytes += w.n_bytes;
	assert(!w.overflow);
}

void client_question_put(struct client_question *q)
{
	sort(q);
	for (uint32_t i = 0; i < q->n_groups; i++) {
		struct client_group *group = &q->groups[i];
		encode_list(q, group);
		q->items[i] = (struct client_item){.op = PROTO_OP_CHECK,
		        .request = &group->request,
		        .result = &group->result,
		        .error = CONSENT_ERROR_UNAVAILABLE};
	}
}

/* A yes needs both: the daemon says so, and its reason is one that is known to mean yes. */
static void decision_read(const struct proto_decision *from,
        const struct proto_check_result *result, struct consent_decision *ret)
{
	enum proto_reason reason;
	*ret = (struct consent_decision){
	        .ask = result->ask,
	        .reason = CONSENT_REASON_UNAVAILABLE,
	        .error = CONSENT_ERROR_PROTOCOL,
	        .policy_revision = (uint32_t)result->policy_revision,
	        .revision = result->revision,
	};
	if (!proto_reason_find(from->reason, &reason))
		return;
	if (from->allowed != proto_reason_allowed(reason))
		return;
	ret->error = CONSENT_OK;
	ret->allowed = from->allowed;
	ret->reason = client_reason(reason);
	ret->max_age = from->max_age < UINT32_MAX ? (uint32_t)from->max_age : UINT32_MAX;
	if (from->service.n_bytes > 0 && from->service.n_bytes < sizeof(ret->service))
		memcpy(ret->service, from->service.data, from->service.n_bytes);
}

static enum consent_error group_read(struct client_question *q, struct client_group *group)
{
	struct proto_list list = group->result.decisions;
	if (list.n_items != group->request.cookies.n_items) {
		return client_fail(q->client, CONSENT_ERROR_PROTOCOL,
		        "check: %u decisions for %u cookies", list.n_items,
		        group->request.cookies.n_items);
	}
	struct proto_decision decision;
	for (uint32_t i = group->first; i != NO_COOKIE; i = q->next[i]) {
		if (!proto_list_message(&list, &proto_decision, &decision))
			return client_fail(q->client, CONSENT_ERROR_PROTOCOL,
			        "check: a decision "
			        "is missing");
		decision_read(&decision, &group->result, &q->decisions[i]);
	}
	return CONSENT_OK;
}

static void decide_alone(
        struct client_question *q, const struct client_group *group, enum consent_error error)
{
	for (uint32_t i = group->first; i != NO_COOKIE; i = q->next[i])
		client_outage_decide(
		        q->client, q->visitor->site, q->cookies[i], error, &q->decisions[i]);
}

static enum consent_error item_error(const struct client_item *item)
{
	return item->error == CONSENT_ERROR_REMOTE ? client_error(item->remote) : item->error;
}

void client_question_read(struct client_question *q, uint32_t group)
{
	if (q->items[group].error == CONSENT_OK)
		q->items[group].error = group_read(q, &q->groups[group]);
}

bool client_question_revision(const struct client_question *q, uint64_t *ret_policy_revision)
{
	uint64_t newest = 0;
	bool answered = false;
	for (uint32_t i = 0; i < q->n_groups; i++) {
		if (q->items[i].error != CONSENT_OK)
			continue;
		answered = true;
		if (q->groups[i].result.policy_revision > newest)
			newest = q->groups[i].result.policy_revision;
	}
	if (answered)
		*ret_policy_revision = newest;
	return answered;
}

enum consent_error client_question_end(struct client_question *q)
{
	enum consent_error first = CONSENT_OK;
	for (uint32_t i = 0; i < q->n_groups; i++) {
		enum consent_error error = item_error(&q->items[i]);
		if (error != CONSENT_OK)
			decide_alone(q, &q->groups[i], error);
		if (first == CONSENT_OK)
			first = error;
	}
	return first;
}

enum consent_error client_question_fail(struct client_question *q, enum consent_error error)
{
	for (uint32_t i = 0; i < q->n_cookies; i++) {
		if (client_cookie_possible(q->cookies[i]))
			client_outage_decide(q->client, q->visitor->site, q->cookies[i], error,
			        &q->decisions[i]);
		else
			q->decisions[i] = undeclared;
	}
	return error;
}
