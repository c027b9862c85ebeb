/*
 * Which Set-Cookie headers of a response may leave, and with which lifetime.
 *
 * Deletions leave without a question: taking a cookie away needs nobody's consent, and an outage
 * must not keep a visitor logged in. All other cookies are asked about together.
 */
#include "client/src/check.h"
#include "client/src/client.h"
#include "client/src/cookie.h"
#include "client/src/exchange.h"

#include <time.h>

/* A call's work: a cookie and a decision for each header that is asked about. */
struct filter {
	struct consent_client *client;
	struct consent_set_cookie *headers;
	size_t n_headers, n_asked;
	struct client_cookie *cookies;
	struct consent_decision *decisions;
	size_t *numbers; /* of the headers asked about */
	int64_t now;
};

static struct span value_of(const struct consent_set_cookie *header)
{
	size_t n_bytes = header->value_bytes;
	if (!header->value)
		return SPAN_NONE;
	return span_bytes(
	        header->value, n_bytes == CONSENT_NUL_TERMINATED ? strlen(header->value) : n_bytes);
}

static void drop(struct consent_set_cookie *header, enum consent_reason reason)
{
	header->keep = false;
	header->reason = reason;
	header->text = NULL;
	header->text_bytes = 0;
}

static void keep(struct consent_set_cookie *header, enum consent_reason reason)
{
	struct span value = value_of(header);
	header->keep = true;
	header->reason = reason;
	header->text = header->value;
	header->text_bytes = value.n_bytes;
}

static bool prepare(struct filter *f)
{
	struct client_bytes *memory = &f->client->cookies;
	memory->n_bytes = 0;
	if (f->n_headers > CLIENT_COOKIES_MOST)
		return false;
	if (!client_bytes_reserve(memory,
	            f->n_headers *
	                    (sizeof(*f->cookies) + sizeof(*f->decisions) + sizeof(*f->numbers))))
		return false;
	f->cookies = (void *)memory->data;
	f->decisions = (void *)(f->cookies + f->n_headers);
	f->numbers = (void *)(f->decisions + f->n_headers);
	return true;
}

/* Decides what needs no question, and collects the rest. */
static void read_all(struct filter *f)
{
	for (size_t i = 0; i < f->n_headers; i++) {
		struct consent_set_cookie *header = &f->headers[i];
		struct client_set_cookie cookie;
		if (!client_set_cookie_parse(value_of(header), &cookie)) {
			drop(header, CONSENT_REASON_NONE);
		} else if (client_set_cookie_deletes(&cookie, f->now)) {
			keep(header, CONSENT_REASON_NONE);
		} else {
			f->cookies[f->n_asked] = (struct client_cookie){cookie.name, cookie.domain};
			f->numbers[f->n_asked++] = i;
		}
	}
}

/* Room for all copies at once, because none may move while others are made. */
static bool reserve_copies(struct filter *f)
{
	struct client_bytes *owned = &f->client->owned;
	size_t n_bytes = 0;
	owned->n_bytes = 0;
	for (size_t i = 0; i < f->n_asked; i++)
		n_bytes += client_set_cookie_room(value_of(&f->headers[f->numbers[i]])) + 1;
	return client_bytes_reserve(owned, n_bytes);
}

static void keep_short(struct filter *f, struct consent_set_cookie *header,
        const struct consent_decision *decision)
{
	struct client_bytes *owned = &f->client->owned;
	size_t at = owned->n_bytes;
	keep(header, decision->reason);
	if (decision->max_age == UINT32_MAX)
		return;
	if (!client_set_cookie_shorten(value_of(header), decision->max_age, f->now, owned)) {
		owned->n_bytes = at;
		return;
	}
	header->text = (const char *)owned->data + at;
	header->text_bytes = owned->n_bytes - at;
	client_bytes_put(owned, "", 1);
}

static void apply(struct filter *f, bool report)
{
	for (size_t i = 0; i < f->n_asked; i++) {
		struct consent_set_cookie *header = &f->headers[f->numbers[i]];
		const struct consent_decision *decision = &f->decisions[i];
		if (report)
			keep(header, decision->reason);
		else if (decision->allowed)
			keep_short(f, header, decision);
		else
			drop(header, decision->reason);
	}
}

/* Whether the site's policy, as far as it was seen, asks adapters to let everything through. */
static bool reports(struct consent_client *client, const struct consent_visitor *visitor)
{
	struct consent_visitor read;
	if (client_visitor_read(client, visitor, false, &read) != CONSENT_OK)
		return false;
	const struct client_policy *policy =
	        client_policies_find(&client->policies, span_of(read.site));
	return policy && policy->report;
}

static void drop_all(
        struct consent_set_cookie *headers, size_t n_headers, enum consent_reason reason)
{
	for (size_t i = 0; i < n_headers; i++)
		drop(&headers[i], reason);
}

enum consent_error consent_filter_set_cookie(struct consent_client *client,
        const struct consent_visitor *visitor, struct consent_set_cookie *headers, size_t n_headers)
{
	struct filter f = {.client = client,
	        .headers = headers,
	        .n_headers = n_headers,
	        .now = (int64_t)time(NULL)};
	if (n_headers > 0 && !headers)
		return CONSENT_ERROR_INVALID_ARGUMENT;
	drop_all(headers, n_headers, CONSENT_REASON_UNAVAILABLE);
	if (!client)
		return CONSENT_ERROR_INVALID_ARGUMENT;
	if (n_headers == 0)
		return CONSENT_OK;
	client_enter(client);
	if (!prepare(&f))
		return client_fail(client, CONSENT_ERROR_NO_MEMORY, "out of memory");
	read_all(&f);
	if (!reserve_copies(&f)) {
		drop_all(headers, n_headers, CONSENT_REASON_UNAVAILABLE);
		return client_fail(client, CONSENT_ERROR_NO_MEMORY, "out of memory");
	}
	enum consent_error error = client_check(client, visitor, f.cookies, f.n_asked, f.decisions);
	apply(&f, reports(client, visitor));
	return error;
}
