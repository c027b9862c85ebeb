/*
 * check: may these cookies be set for this visitor?
 *
 * A request on the wire has one domain, a response may set cookies for several: the cookies are
 * sorted into one request a domain (and at most PROTO_LIMIT_COOKIES names), all of which go out in
 * one exchange, and the answers are put back in the caller's order.
 *
 * Names that no policy can declare (empty, too long, not UTF-8) are undeclared without asking. What was
 * not answered, for whatever reason, is decided by client_outage_decide(): no, unless necessary.
 */
#include "client/src/check.h"

#include "client/src/client.h"
#include "client/src/exchange.h"
#include "client/src/mapped.h"
#include "client/src/names.h"

#include <assert.h>

_Static_assert(PROTO_LIMIT_NAME_BYTES < sizeof(((struct consent_decision *)0)->service),
        "a service's id fits a decision");

enum { LIST_ITEM_BYTES = 3 /* a text's header, for texts below 64 KiB */ };

/* The cookies of one request: a chain through `next`, by number. */
struct group {
	struct client_item item;
	struct proto_check_request request;
	struct proto_check_result result;
	uint32_t first, last;
	size_t list_at; /* of its names, in the handle's lists */
};

#define NO_COOKIE UINT32_MAX

/* A call's work: its memory is the handle's. */
struct check {
	struct consent_client *client;
	const struct consent_visitor *visitor;
	const struct client_cookie *cookies;
	struct consent_decision *decisions;
	uint32_t n_cookies, n_groups;
	struct group *groups;
	struct client_item *items;
	uint32_t *next; /* by cookie: the next one of its group */
};

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

/* Memory for the worst case: a group for every cookie. */
static bool prepare(struct check *c)
{
	struct client_bytes *items = &c->client->items, *lists = &c->client->lists;
	size_t n = c->n_cookies, names_bytes = 0;
	for (size_t i = 0; i < n; i++)
		names_bytes += c->cookies[i].name.n_bytes + LIST_ITEM_BYTES;
	items->n_bytes = lists->n_bytes = 0;
	size_t n_bytes = n * (sizeof(struct group) + sizeof(struct client_item) + sizeof(uint32_t));
	if (!client_bytes_reserve(items, n_bytes) || !client_bytes_reserve(lists, names_bytes))
		return false;
	c->groups = (void *)items->data;
	c->items = (void *)(c->groups + n);
	c->next = (void *)(c->items + n);
	return true;
}

/* The group that a cookie belongs to, made where there is none. */
static struct group *group_get(struct check *c, struct span domain)
{
	for (uint32_t i = c->n_groups; i-- > 0;) {
		struct group *group = &c->groups[i];
		if (domain_same(group->request.domain, domain) &&
		        group->request.cookies.n_items < PROTO_LIMIT_COOKIES)
			return group;
	}
	const struct consent_visitor *visitor = c->visitor;
	assert(c->groups && c->n_groups < c->n_cookies);
	struct group *group = &c->groups[c->n_groups++];
	*group = (struct group){.first = NO_COOKIE, .last = NO_COOKIE};
	group->request = (struct proto_check_request){
	        .site = span_of(visitor->site),
	        .subject = span_of(visitor->subject),
	        .domain = domain,
	        .gpc = visitor->sec_gpc && strcmp(visitor->sec_gpc, "1") == 0,
	        .revision = visitor->revision,
	};
	return group;
}

static void group_add(struct check *c, struct group *group, uint32_t cookie)
{
	c->next[cookie] = NO_COOKIE;
	if (group->first == NO_COOKIE)
		group->first = cookie;
	else
		c->next[group->last] = cookie;
	group->last = cookie;
	group->request.cookies.n_items++;
}

static void sort(struct check *c)
{
	for (uint32_t i = 0; i < c->n_cookies; i++) {
		const struct client_cookie *cookie = &c->cookies[i];
		c->decisions[i] = (struct consent_decision){.reason = CONSENT_REASON_NONE};
		if (client_cookie_possible(*cookie))
			group_add(c, group_get(c, cookie->domain), i);
		else
			c->decisions[i].reason = CONSENT_REASON_UNDECLARED_COOKIE;
	}
}

/* There is room: prepare() reserved it for all names. */
static void encode_list(struct check *c, struct group *group)
{
	struct client_bytes *lists = &c->client->lists;
	struct proto_writer w =
	        proto_writer_of(lists->data + lists->n_bytes, lists->capacity - lists->n_bytes);
	for (uint32_t i = group->first; i != NO_COOKIE; i = c->next[i])
		proto_writer_text(&w, c->cookies[i].name);
	group->request.cookies = proto_list_of(&w, group->request.cookies.n_items);
	lists->n_bytes += w.n_bytes;
	assert(!w.overflow);
}

static void ask(struct check *c)
{
	for (uint32_t i = 0; i < c->n_groups; i++) {
		struct group *group = &c->groups[i];
		encode_list(c, group);
		c->items[i] = (struct client_item){
		        .op = PROTO_OP_CHECK, .request = &group->request, .result = &group->result};
	}
	enum consent_error error = client_exchange(c->client, c->items, c->n_groups);
	(void)error; /* stands in the items too */
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

static enum consent_error group_read(struct check *c, struct group *group)
{
	struct proto_list list = group->result.decisions;
	if (list.n_items != group->request.cookies.n_items) {
		return client_fail(c->client, CONSENT_ERROR_PROTOCOL,
		        "check: %u decisions for %u cookies", list.n_items,
		        group->request.cookies.n_items);
	}
	struct proto_decision decision;
	for (uint32_t i = group->first; i != NO_COOKIE; i = c->next[i]) {
		if (!proto_list_message(&list, &proto_decision, &decision))
			return client_fail(c->client, CONSENT_ERROR_PROTOCOL,
			        "check: a decision "
			        "is missing");
		decision_read(&decision, &group->result, &c->decisions[i]);
	}
	return CONSENT_OK;
}

static void decide_alone(struct check *c, const struct group *group, enum consent_error error)
{
	for (uint32_t i = group->first; i != NO_COOKIE; i = c->next[i])
		client_outage_decide(
		        c->client, c->visitor->site, c->cookies[i], error, &c->decisions[i]);
}

static enum consent_error item_error(const struct client_item *item)
{
	return item->error == CONSENT_ERROR_REMOTE ? client_error(item->remote) : item->error;
}

/* Reads what was answered, then decides alone for the rest by the policy that is then held. */
static enum consent_error read_all(struct check *c)
{
	enum consent_error first = CONSENT_OK;
	uint64_t policy_revision = 0;
	bool answered = false;
	for (uint32_t i = 0; i < c->n_groups; i++) {
		struct client_item *item = &c->items[i];
		if (item->error == CONSENT_OK)
			item->error = group_read(c, &c->groups[i]);
		if (first == CONSENT_OK)
			first = item_error(item);
		if (item->error != CONSENT_OK)
			continue;
		answered = true;
		if (c->groups[i].result.policy_revision > policy_revision)
			policy_revision = c->groups[i].result.policy_revision;
	}
	if (answered)
		client_policies_note(c->client, c->visitor->site, policy_revision);
	for (uint32_t i = 0; i < c->n_groups; i++)
		if (c->items[i].error != CONSENT_OK)
			decide_alone(c, &c->groups[i], item_error(&c->items[i]));
	return first;
}

static enum consent_error decide_all_alone(struct check *c, enum consent_error error)
{
	for (uint32_t i = 0; i < c->n_cookies; i++)
		client_outage_decide(
		        c->client, c->visitor->site, c->cookies[i], error, &c->decisions[i]);
	return error;
}

enum consent_error client_check(struct consent_client *client,
        const struct consent_visitor *visitor, const struct client_cookie *cookies,
        size_t n_cookies, struct consent_decision *ret_decisions)
{
	struct check c = {.client = client,
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
	if (error == CONSENT_OK && !prepare(&c))
		error = client_fail(client, CONSENT_ERROR_NO_MEMORY, "out of memory");
	c.visitor = &read;
	if (error != CONSENT_OK)
		return decide_all_alone(&c, error);
	if (client_mapped_renew(client, read.site) &&
	        client_mapped_decide(client, visitor, cookies, n_cookies, ret_decisions))
		return CONSENT_OK;
	sort(&c);
	if (c.n_groups == 0)
		return CONSENT_OK;
	ask(&c);
	return read_all(&c);
}

/* An empty Domain attribute is none (RFC 6265 §5.2.3). */
static struct client_cookie cookie_of(const char *name, const char *domain)
{
	return (struct client_cookie){
	        span_of(name), domain && domain[0] ? span_of(domain) : SPAN_NONE};
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
	struct client_cookie asked = cookie_of(cookie, domain);
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
		asked[i] = cookie_of(cookies[i].name, cookies[i].domain);
	return client_check(client, visitor, asked, n_cookies, ret_decisions);
}
