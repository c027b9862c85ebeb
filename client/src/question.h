/*
 * One visitor's question about many cookies, as requests on the wire.
 *
 * Any thread, one handle per thread. Neither sends nor waits: that is what its users differ in.
 */
#ifndef CLIENT_SRC_QUESTION_H
#define CLIENT_SRC_QUESTION_H

#include <consent.h>

#include "client/src/item.h"
#include "client/src/outage.h"

/* The cookies of one request: a chain through `next`, by number. */
struct client_group {
	struct proto_check_request request;
	struct proto_check_result result;
	uint32_t first, last;
};

struct client_question {
	/* Set by the caller, and alive as long as the question. */
	struct consent_client *client;
	const struct consent_visitor *visitor; /* checked */
	const struct client_cookie *cookies;
	struct consent_decision *decisions; /* of each cookie */
	uint32_t n_cookies;

	uint32_t n_groups;           /* as many requests */
	struct client_group *groups; /* for question.c */
	struct client_item *items;   /* the request of each group */
	uint32_t *next;              /* by cookie: the next one of its group */
};

/* A cookie of the API's. An empty Domain attribute is none (RFC 6265 §5.2.3). */
static inline struct client_cookie client_cookie_of(const char *name, const char *domain)
{
	return (struct client_cookie){
	        span_of(name), domain && domain[0] ? span_of(domain) : SPAN_NONE};
}

/* Whether a policy can declare the name, and a request carry the domain. */
bool client_cookie_possible(struct client_cookie cookie);

/*
 * Takes memory for the worst case, a request for every cookie: in `memory`, which is the question's
 * from then on, and in the handle's lists, until the requests are encoded. False: there is none.
 */
PROTO_MUST_USE bool client_question_prepare(struct client_question *q, struct client_bytes *memory);

/* Makes the items, and decides for cookies of which nobody need be asked. */
void client_question_put(struct client_question *q);

/* Reads the decisions of a group whose item was decoded, as long as the reply is there. */
void client_question_read(struct client_question *q, uint32_t group);

/* By which policy revision the daemon decided; false: it answered none of the requests. */
PROTO_MUST_USE bool client_question_revision(
        const struct client_question *q, uint64_t *ret_policy_revision);

/* Decides alone for what was not answered. The first error, or OK. */
PROTO_MUST_USE enum consent_error client_question_end(struct client_question *q);

/*
 * Decides alone for all cookies, because of `error`, and returns that. Those that no policy can
 * declare are undeclared, as they are where the daemon answers.
 */
enum consent_error client_question_fail(struct client_question *q, enum consent_error error);

#endif
