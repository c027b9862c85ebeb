/*
 * A request that was sent without waiting, from then until its answer was taken.
 *
 * Any thread, one handle per thread.
 */
#ifndef CLIENT_SRC_PENDING_H
#define CLIENT_SRC_PENDING_H

#include <consent.h>

#include "client/src/mapped.h"
#include "client/src/question.h"
#include "client/src/write.h"

struct client_pending {
	struct client_pending *next;
	uint64_t tag;
	enum consent_kind kind; /* NONE: the library's own, of which nobody is told */
	uint64_t until_ms;
	bool may_repeat, sent, repeated;
	bool perhaps_arrived; /* a part of it went into a connection that was lost */
	uint64_t begins_at;   /* while it is sent: after so many bytes of the connection */

	struct client_item *items; /* with one msgid after the other */
	uint32_t n_items, n_answered;
	struct client_bytes out; /* the items as they are sent; after a failure, the message */

	/* CHECK; for all kinds that concern one, the site. */
	struct client_question question;
	struct consent_visitor visitor;
	struct client_bytes memory, groups, texts; /* what the question points into */

	/* Of the others, the one item. */
	struct client_item item;
	struct consent_written written;
	struct client_mapped_mark mark;
	bool marked;

	enum consent_error error;
};

/* First in, first out. */
struct client_queue {
	struct client_pending *first, **end; /* `end` NULL: empty, and not used yet */
};

void client_queue_put(struct client_queue *queue, struct client_pending *pending);
struct client_pending *client_queue_take(struct client_queue *queue); /* NULL: empty */

/* Makes one that is empty, of a spare one's memory where there is one; NULL without memory. */
struct client_pending *client_pending_new(struct client_pending *spare);
struct client_pending *client_pending_free(struct client_pending *pending);

/*
 * Sets the question; its cookies' names stay the caller's until client_pending_keep(). False
 * without memory.
 */
PROTO_MUST_USE bool client_pending_ask(struct client_pending *pending,
        struct consent_client *client, const struct consent_cookie *cookies, size_t n_cookies);

/* Copies the site, and all names of the question. False without memory. */
PROTO_MUST_USE bool client_pending_keep(struct client_pending *pending, const char *site);

#endif
