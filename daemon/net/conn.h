/*
 * One connection: its socket, its buffers, its deadlines, and the writes it waits for. Loop thread
 * only.
 *
 * The path of bytes: readable → its turn → input_read → input_next → request_begin → request_end →
 * output → one send. A connection pauses, which is to say it neither reads nor serves, while it has
 * too many unsent replies or too many writes in the committer's queue.
 */
#ifndef DAEMON_NET_CONN_H
#define DAEMON_NET_CONN_H

#include "daemon/net/input.h"
#include "daemon/net/output.h"
#include "daemon/net/server.h"

struct conn {
	uv_poll_t poll;
	struct server *server;
	int fd;
	int events; /* what the poll handle waits for */
	struct access_peer peer;
	struct quota_user *user;
	struct input input;
	struct output output;
	struct deadline input_deadline;  /* FIRST_MESSAGE, then MESSAGE */
	struct deadline output_deadline; /* OUTPUT */
	struct op_write *writes;         /* that the committer has; their ctx is this connection */
	uint32_t n_writes;
	uint32_t n_served; /* since conclude() looked last */
	bool refused;      /* nothing behind what was served is to be understood */
	bool hungry;       /* no whole message is left in the input */
	bool ended;        /* nothing more is read; closes when all is answered and sent */
	bool paused;       /* neither reads nor serves */
	bool greeted;      /* a whole message has arrived */
	bool ready;        /* is in its user's list of that name */
	bool unflushed;
	bool closing;
	TAILQ_ENTRY(conn) all_entry, ready_entry, unflushed_entry;
};

/* Takes over the socket, also where it fails (it is closed then). -errno, QUOTA_E_FULL. */
MUST_USE int conn_open(struct server *server, int fd);

/* Closes at once. The memory goes when the loop is done with the handle. */
void conn_close(struct conn *conn);

/*
 * Reads and serves requests that have arrived, a turn's worth; server_flush sends the replies. May
 * close.
 */
void conn_turn(struct conn *conn);

/* Sends replies, and finds out what the connection does next. May close. */
void conn_flush(struct conn *conn);

/*
 * Lets the peer send no more: one that is blocked in a send goes on to read its replies. Closes once
 * what has arrived is answered. May close at once.
 */
void conn_end(struct conn *conn);

/*
 * For request.c: a writer over `n_bytes` for a reply, which conn_replied keeps. 0, OUTPUT_E_QUOTA,
 * -ENOMEM.
 */
MUST_USE int conn_reserve(struct conn *conn, size_t n_bytes, struct proto_writer *ret);
void conn_replied(struct conn *conn, const struct proto_writer *writer);
/*
 * The same with a descriptor, for a reply before which nothing is unsent (conn_drained). 1: the peer
 * does not take its replies, and this one is dropped.
 */
MUST_USE int conn_replied_with_fd(struct conn *conn, const struct proto_writer *writer, int fd);
/* Whether all earlier replies are sent; sends what it can. */
bool conn_drained(struct conn *conn);
/* A write was queued whose reply goes to this connection; and it is done. */
void conn_add_write(struct conn *conn, struct op_write *write);
void conn_remove_write(struct conn *conn, struct op_write *write);
/* Nothing behind this can be understood: drops the input, and closes once all is sent. */
void conn_refuse(struct conn *conn);

#endif
