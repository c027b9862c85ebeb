/*
 * The one connection of a handle: a Unix stream socket that never blocks longer than asked.
 *
 * Any thread, one handle per thread. A connection belongs to the process that made it: after a
 * fork the child drops its copy of the descriptor and connects anew. A descriptor number that the
 * application closed, and that now stands for something else, is neither used nor closed.
 */
#ifndef CLIENT_SRC_CONNECTION_H
#define CLIENT_SRC_CONNECTION_H

#include <sys/types.h>
#include <sys/un.h>

#include "proto/span.h"

enum {
	CLIENT_CONNECTION_E_REFUSED = 1, /* nobody listens, or this process may not connect */
	CLIENT_CONNECTION_E_TIMEOUT,
	CLIENT_CONNECTION_E_CLOSED, /* the peer hung up */
};

struct client_connection {
	int fd;       /* -1: none */
	dev_t device; /* what the descriptor stood for when it was opened */
	ino_t inode;
	uint8_t *owner;  /* a page that is zero in a child; NULL where the kernel cannot do that */
	pid_t pid;       /* then this tells */
	uint32_t number; /* of the handle's connections, in the order in which they were made */
	int passed_fd;   /* that came with what was received; -1: none */
};

void client_connection_init(struct client_connection *connection);
void client_connection_deinit(struct client_connection *connection);

/* Sets up what tells a child from its parent; false without memory. */
PROTO_MUST_USE bool client_connection_guard(struct client_connection *connection);

/* Whether the handle was last used by this process. */
bool client_connection_guard_tells(const struct client_connection *connection);
static inline bool client_connection_ours(const struct client_connection *connection)
{
	return connection->owner ? *connection->owner != 0
	                         : client_connection_guard_tells(connection);
}
/* Drops what is a parent's. */
void client_connection_disown(struct client_connection *connection);

/* Whether there is a connection that may be used. Drops one that is no longer ours. */
PROTO_MUST_USE bool client_connection_usable(struct client_connection *connection);

/* The same before an exchange: drops a descriptor that an earlier one brought, too. */
PROTO_MUST_USE bool client_connection_ready(struct client_connection *connection);

/* Connects. Returns 0, REFUSED, TIMEOUT, or −errno where the machine failed. */
PROTO_MUST_USE int client_connection_open(
        struct client_connection *connection, const struct sockaddr_un *address, uint64_t until_ms);

/* Sends what the socket takes now; 0 and how much (possibly none), or CLOSED. */
PROTO_MUST_USE int client_connection_send(
        struct client_connection *connection, struct span bytes, size_t *ret_n_bytes);

/* Receives what is there now; 0 and how much (none: nothing yet), or CLOSED. */
PROTO_MUST_USE int client_connection_receive(
        struct client_connection *connection, void *ret, size_t capacity, size_t *ret_n_bytes);

/* The descriptor that came with the newest exchange, which is then the caller's; -1: none. */
int client_connection_take_fd(struct client_connection *connection);

/* Waits until there is something to receive, or (`sends`) room to send; 0 or TIMEOUT. */
PROTO_MUST_USE int client_connection_wait(
        struct client_connection *connection, bool sends, uint64_t until_ms);

/* Closes the connection, so that no late reply can ever be read. */
void client_connection_close(struct client_connection *connection);

/* Milliseconds of CLOCK_MONOTONIC. */
uint64_t client_now_ms(void);

#endif
