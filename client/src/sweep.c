/*
 * Which cookies of a request should no longer be there, and what deletes them.
 *
 * A Cookie header names cookies without saying where they were set. The policy knows: a name that
 * reached this site was set by the site itself or with a Domain that is the site or a parent of
 * it, so for each of these the rule is looked up, asked about, and its own Domain and Path make
 * the deletion. A browser deletes only what matches both.
 *
 * Only a definite no deletes. A cookie that is merely not known to be allowed, because the daemon
 * is down or behind, was allowed when it was set: leaving it is not another yes.
 */
#include "client/src/check.h"
#include "client/src/client.h"
#include "client/src/cookie.h"
#include "client/src/exchange.h"
#include "client/src/names.h"

#include <strings.h>

enum {
	CANDIDATES_MOST = 512, /* cookies of one header that are looked at; browsers keep 180 */
	ROUNDS = 2,            /* a policy may change between its rules and the answers */
	DELETION_BYTES = 128,  /* of a deletion without name, domain and path */
};

struct sweep {
	struct consent_client *client;
	const char *site;
	const struct client_policy *policy;
	size_t n_candidates;
	struct client_cookie *cookies; /* by candidate: this, and its decision */
	struct consent_decision *decisions;
};

static bool prepare(struct sweep *s)
{
	struct client_bytes *memory = &s->client->cookies;
	memory->n_bytes = 0;
	if (!client_bytes_reserve(
	            memory, CANDIDATES_MOST * (sizeof(*s->cookies) + sizeof(*s->decisions))))
		return false;
	s->cookies = (void *)memory->data;
	s->decisions = (void *)(s->cookies + CANDIDATES_MOST);
	return true;
}

static bool is_known(const struct sweep *s, struct span name)
{
	for (size_t i = 0; i < s->n_candidates; i++)
		if (span_equal(s->cookies[i].name, name))
			return true;
	return false;
}

/* The rule that the policy has for exactly this domain, or NULL. */
static const struct proto_rule *rule_of(const struct sweep *s, struct client_cookie cookie)
{
	const struct proto_rule *rule =
	        proto_rules_match(&s->policy->rules, cookie.name, cookie.domain);
	return rule && span_equal(rule->domain, cookie.domain) ? rule : NULL;
}

static void add(struct sweep *s, struct span name, struct span domain)
{
	struct client_cookie cookie = {name, domain};
	if (s->n_candidates < CANDIDATES_MOST && rule_of(s, cookie))
		s->cookies[s->n_candidates++] = cookie;
}

/* The site's own cookie of that name, and those of the site's domain and of each parent. */
static void add_all(struct sweep *s, struct span name)
{
	/* Not the policy's own copy: the check may replace the policy before it is done with it. */
	struct span domain = span_of(s->site);
	if (is_known(s, name))
		return;
	add(s, name, SPAN_NONE);
	while (domain.n_bytes > 0) {
		add(s, name, domain);
		const uint8_t *dot = memchr(domain.data, '.', domain.n_bytes);
		size_t n_bytes = dot ? (size_t)(dot - domain.data) + 1 : domain.n_bytes;
		domain = (struct span){domain.data + n_bytes, domain.n_bytes - n_bytes};
	}
}

static void collect(struct sweep *s, struct span header)
{
	struct span name;
	s->n_candidates = 0;
	while (client_cookie_next(&header, &name))
		add_all(s, name);
}

static bool is_definite_no(enum consent_reason reason)
{
	switch (reason) {
	case CONSENT_REASON_OBJECTION:
	case CONSENT_REASON_CONSENT_REFUSED:
	case CONSENT_REASON_CONSENT_EXPIRED:
	case CONSENT_REASON_CONSENT_UNKNOWN:
	case CONSENT_REASON_GPC_OPT_OUT:
		return true;
	default:
		return false;
	}
}

/* Whether the text may stand in a header as it is. */
static bool is_plain(struct span text)
{
	for (size_t i = 0; i < text.n_bytes; i++)
		if (text.data[i] < 0x20 || text.data[i] == 0x7f || text.data[i] == ';')
			return false;
	return true;
}

static bool begins_with(struct span name, const char *prefix)
{
	size_t n_bytes = strlen(prefix);
	return name.n_bytes >= n_bytes &&
	       strncasecmp((const char *)name.data, prefix, n_bytes) == 0;
}

static void put(struct client_bytes *out, const char *before, struct span text)
{
	client_bytes_put(out, before, strlen(before));
	client_bytes_put(out, text.data, text.n_bytes);
}

/* One deletion, ended by NUL (RFC 6265 §4.1; the prefixes demand Secure). */
static const char *put_deletion(
        struct client_bytes *out, struct span name, const struct proto_rule *rule)
{
	size_t at = out->n_bytes;
	put(out, "", name);
	put(out, "=; Path=", span_present(rule->path) ? rule->path : span_of("/"));
	if (span_present(rule->domain))
		put(out, "; Domain=", rule->domain);
	put(out, "; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT", SPAN_NONE);
	if (begins_with(name, "__Host-") || begins_with(name, "__Secure-"))
		put(out, "; Secure", SPAN_NONE);
	client_bytes_put(out, "", 1);
	return (const char *)out->data + at;
}

/* The list of texts, then the texts, in memory that is reserved before. */
static bool reserve(struct sweep *s)
{
	struct client_bytes *owned = &s->client->owned;
	size_t n_bytes = 0;
	owned->n_bytes = 0;
	for (size_t i = 0; i < s->n_candidates; i++) {
		const struct proto_rule *rule = rule_of(s, s->cookies[i]);
		n_bytes += sizeof(char *);
		if (rule)
			n_bytes += DELETION_BYTES + s->cookies[i].name.n_bytes +
			           rule->domain.n_bytes + rule->path.n_bytes;
	}
	return client_bytes_reserve(owned, n_bytes);
}

static enum consent_error put_all(struct sweep *s, struct consent_headers *ret_headers)
{
	struct client_bytes *owned = &s->client->owned;
	if (!reserve(s))
		return client_fail(s->client, CONSENT_ERROR_NO_MEMORY, "out of memory");
	const char **values = (void *)owned->data;
	size_t n_values = 0;
	owned->n_bytes = s->n_candidates * sizeof(*values);
	for (size_t i = 0; i < s->n_candidates; i++) {
		const struct proto_rule *rule = rule_of(s, s->cookies[i]);
		struct span name = s->cookies[i].name;
		if (rule && is_definite_no(s->decisions[i].reason) && is_plain(name) &&
		        is_plain(rule->path) && is_plain(rule->domain))
			values[n_values++] = put_deletion(owned, name, rule);
	}
	*ret_headers = (struct consent_headers){values, n_values};
	return CONSENT_OK;
}

/* Asks until rules and answers are of one policy; `done` is false where they never were. */
static enum consent_error ask(
        struct sweep *s, const struct consent_visitor *visitor, struct span header, bool *ret_done)
{
	*ret_done = false;
	for (int round = 0; round < ROUNDS && !*ret_done; round++) {
		s->policy = client_policies_find(&s->client->policies, span_of(s->site));
		if (!s->policy || s->policy->report)
			return CONSENT_OK;
		uint32_t policy_revision = s->policy->policy_revision;
		collect(s, header);
		enum consent_error error =
		        client_check(s->client, visitor, s->cookies, s->n_candidates, s->decisions);
		if (error != CONSENT_OK)
			return error;
		s->policy = client_policies_find(&s->client->policies, span_of(s->site));
		*ret_done = s->policy && s->policy->policy_revision == policy_revision;
	}
	return CONSENT_OK;
}

static enum consent_error sweep(struct consent_client *client,
        const struct consent_visitor *visitor, struct span header,
        struct consent_headers *ret_headers)
{
	struct consent_visitor read;
	struct sweep s = {.client = client};
	bool done = false;
	client_enter(client);
	client_begin(client, PROTO_OP_CHECK);
	enum consent_error error = client_visitor_read(client, visitor, false, &read);
	if (error == CONSENT_OK && !prepare(&s))
		error = client_fail(client, CONSENT_ERROR_NO_MEMORY, "out of memory");
	if (error == CONSENT_OK)
		error = client_policies_fetch(client, read.site);
	if (error != CONSENT_OK)
		return client_public_error(client, error);
	s.site = read.site;
	error = ask(&s, visitor, header, &done);
	return done ? put_all(&s, ret_headers) : error;
}

enum consent_error consent_sweep(struct consent_client *client,
        const struct consent_visitor *visitor, const char *cookie, size_t cookie_bytes,
        struct consent_headers *ret_headers)
{
	if (!ret_headers)
		return CONSENT_ERROR_INVALID_ARGUMENT;
	*ret_headers = (struct consent_headers){NULL, 0};
	if (!client)
		return CONSENT_ERROR_INVALID_ARGUMENT;
	size_t n_bytes = cookie_bytes;
	if (cookie && cookie_bytes == CONSENT_NUL_TERMINATED)
		n_bytes = strlen(cookie);
	if (!cookie || n_bytes == 0)
		return CONSENT_OK;
	return sweep(client, visitor, span_bytes(cookie, n_bytes), ret_headers);
}
