/*
 * What a handle consists of, and the few things that every operation does with it.
 *
 * Any thread, one handle per thread.
 */
#ifndef CLIENT_SRC_CLIENT_H
#define CLIENT_SRC_CLIENT_H

#include <consent.h>

#include "client/src/bytes.h"
#include "client/src/connection.h"
#include "client/src/mapping.h"
#include "client/src/options.h"
#include "client/src/outage.h"
#include "client/src/policy_cache.h"
#include "proto/tables.h"

/* Room for the longest message of the daemon's (an invalid policy's faults), and its NUL. */
enum { CLIENT_MESSAGE_BYTES = 4104 };

enum { CLIENT_MAP_RETRY_MS = 1000 /* after the map could not be had */ };

struct client_async;

struct consent_client {
	struct client_options options;
	struct client_connection connection;
	struct client_pause pause;
	struct client_policies policies;
	struct client_mapping *mapping; /* NULL: none yet, or forgotten after a fork */
	uint64_t map_retry_at_ms;       /* no sooner is the map asked for again */
	uint64_t until_ms;      /* when the call of the API under way must have ended; 0: not set */
	uint32_t msgid;         /* of the newest request */
	bool sent_any;          /* a part of the newest exchange was sent */
	uint32_t n_connections; /* that were made so far, of both kinds */
	struct client_async *async;  /* NULL: never used */
	struct client_bytes out;     /* the requests of the exchange under way */
	struct client_bytes in;      /* its replies, into which results point */
	struct client_bytes items;   /* of check_many: its requests */
	struct client_bytes lists;   /* lists of a request, encoded */
	struct client_bytes cookies; /* of the filter and the sweep: what they ask about */
	struct client_bytes owned;   /* what was handed out until the next call */
	enum proto_error remote_error;
	char message[CLIENT_MESSAGE_BYTES];
};

/* For client_enter. */
void client_forget(struct consent_client *client);

/*
 * Begins every call of the API, before anything else of the handle is used: in a child of the process
 * that it was last used in, what is the parent's is forgotten, and nothing of it is touched.
 */
static inline void client_enter(struct consent_client *client)
{
	if (!client_connection_ours(&client->connection))
		client_forget(client);
	client->until_ms = 0;
}

/* Notes what went wrong, never with a subject in it, and returns `error`. */
enum consent_error client_fail(struct consent_client *client, enum consent_error error,
        const char *format, ...) __attribute__((format(printf, 3, 4)));

/*
 * Copies a struct of the API that begins with its size, as far as this library knows it; what the
 * caller's lacks is zero. False where the size is none, or where members that this library does
 * not know are set.
 */
PROTO_MUST_USE bool client_struct_read(const void *from, void *ret, size_t n_bytes);

/*
 * Whether a text has `least` to `most` bytes of UTF-8; notes what is wrong with the argument `name`
 * otherwise. NULL is right where `least` is 0.
 */
PROTO_MUST_USE bool client_text_check(struct consent_client *client, const char *name,
        const char *text, size_t least, size_t most);

/*
 * Reads and checks the visitor of a call. `writes` demands a subject. The error is OK or
 * INVALID_ARGUMENT; `ret` is always written.
 */
PROTO_MUST_USE enum consent_error client_visitor_read(struct consent_client *client,
        const struct consent_visitor *from, bool needs_subject, struct consent_visitor *ret);

#endif
