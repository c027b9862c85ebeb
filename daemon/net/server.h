/*
 * All connections, and whose turn it is. Loop thread only.
 *
 * The server owns its listener and its connections. A connection whose socket is readable, or that
 * has more whole requests than one turn serves, is ready. The uids of those that are ready stand in
 * one line, and the connections of each uid in a line of their own: whoever asks waits for one turn
 * of each other uid, however many connections that has. The loop looks at the sockets between two
 * rounds. A turn ends after so many requests or so much time, because a request may cost a
 * microsecond or a millisecond, and the peer chooses which.
 */
#ifndef DAEMON_NET_SERVER_H
#define DAEMON_NET_SERVER_H

#include <sys/queue.h>
#include <uv.h>

#include "daemon/base/clock.h"
#include "daemon/net/deadline.h"
#include "daemon/net/listener.h"
#include "daemon/net/quota.h"
#include "daemon/net/request.h"

/* What bites where; the defaults are those of proto/limits.def. Tests make them small. */
struct server_limits {
	uint64_t connections, connections_per_uid, buffered_bytes, writes_queued;
	size_t output_bytes;
	uint32_t accepts_per_turn, requests_per_turn, writes_per_connection;
	uint64_t turn_ms, first_message_ms, message_ms, output_progress_ms;
	uint64_t accept_retry_ms; /* after the machine ran out of descriptors or memory */
};

struct server_options {
	uv_loop_t *loop;
	const struct access *access;
	const struct clock *clock;
	struct op_env *env;
	const struct op *ops; /* by enum proto_op: op_table */
	struct server_limits limits;
	/* Called once after server_stop, when the last connection has closed. */
	void (*stopped_fn)(void *ctx);
	void *ctx;
};

struct server {
	struct server_options options;
	struct listener listener;
	struct deadlines deadlines;
	struct quota quota;
	uv_idle_t ready_idle; /* runs while a connection is ready */
	struct conn_list all, unflushed;
	struct quota_user_list ready; /* the uids of connections that are ready */
	uint64_t n_connections, n_ready;
	uint64_t n_accepted, n_refused; /* since the start; refused: over the uid's share */
	uint64_t now; /* seconds UTC, since the turn began: one reading for all that it serves */
	bool stopping;
	unsigned int n_handles;     /* of the server's own that are not closed yet */
	struct request requests[2]; /* the one that is ended next, and the one that was begun */
};

struct server_limits server_limits_default(void);

/* Makes the server; it does not listen yet. -errno. */
MUST_USE int server_new(const struct server_options *options, struct server **ret);
/* Accepts on a listening, non-blocking socket, which the server owns from now on. -errno. */
MUST_USE int server_listen(struct server *server, int fd);
/* Sends the replies that have gathered, once a connection. After commit_finish, and in a round. */
void server_flush(struct server *server);

/* Reads the roles of every connected peer again, after they were configured anew. */
void server_refresh_peers(struct server *server);

/*
 * Stops accepting; what was received and not begun is answered `shutting_down`. Connections close
 * as soon as their writes are answered and their replies are sent.
 */
void server_stop(struct server *server);
/* Closes the connections that are left, whatever they still wait for. */
void server_cut(struct server *server);
/*
 * Frees. After stopped_fn, once the loop has run out of handles and the committer has given back
 * every write.
 */
struct server *server_free(struct server *server);

/* For listener.c: takes over an accepted socket. */
void server_accept(struct server *server, int fd);
/* For conn.c: the connection has something to do in its next turn; and it has not any more. */
void server_make_ready(struct server *server, struct conn *conn);
void server_make_unready(struct server *server, struct conn *conn);
/* For conn.c: server_flush is to come by, for replies or for what the connection does next. */
void server_make_unflushed(struct server *server, struct conn *conn);
/* For conn.c: the connection's handle is closed. */
void server_closed(struct server *server);

#endif
