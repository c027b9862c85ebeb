/*
 * Every event ends in conclude(), which alone decides what the connection does next: send, pause,
 * wait for its next turn, wait for the socket, or close. After a turn it comes when the others of the
 * round had theirs, or somewhat sooner. So the rules stand in one place, and the poll set is touched
 * only when what is waited for changes.
 *
 * Nothing here knows what a request means; nothing here allocates once the first buffers are made.
 */
#include "daemon/net/conn.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "daemon/base/clock.h"
#include "daemon/net/request.h"

static void on_poll(uv_poll_t *poll, int status, int events);

static void on_closed(uv_handle_t *handle)
{
	struct conn *conn = handle->data;
	struct server *server = conn->server;

	free(conn);
	server_closed(server);
}

static bool output_is_full(const struct conn *conn)
{
	return output_unsent(&conn->output) > conn->server->options.limits.output_bytes;
}

static bool may_serve(const struct conn *conn)
{
	return conn->n_writes < conn->server->options.limits.writes_per_connection &&
	       !output_is_full(conn);
}

/* Half of what pauses: a peer at the limit must not make the poll set change with every reply. */
static bool may_resume(const struct conn *conn)
{
	const struct server_limits *limits = &conn->server->options.limits;

	return conn->n_writes <= limits->writes_per_connection / 2 &&
	       output_unsent(&conn->output) <= limits->output_bytes / 2;
}

/* The clock of a message runs while the peer could send the rest of it, and not while we pause. */
static void clock_input(struct conn *conn, uint32_t n_served)
{
	struct deadlines *deadlines = &conn->server->deadlines;

	if (!conn->greeted && !conn->ended)
		return; /* DEADLINE_FIRST_MESSAGE, since the accept */
	if (conn->ended || conn->paused || !conn->hungry || !input_pending(&conn->input))
		deadline_clear(deadlines, &conn->input_deadline);
	else if (n_served > 0 || !conn->input_deadline.set)
		deadline_set(deadlines, &conn->input_deadline, DEADLINE_MESSAGE);
}

/* The clock of the output runs while the peer takes nothing. */
static void clock_output(struct conn *conn, size_t n_sent)
{
	struct deadlines *deadlines = &conn->server->deadlines;

	if (output_unsent(&conn->output) == 0)
		deadline_clear(deadlines, &conn->output_deadline);
	else if (n_sent > 0 || !conn->output_deadline.set)
		deadline_set(deadlines, &conn->output_deadline, DEADLINE_OUTPUT);
}

/* -errno: the connection is of no more use. */
static int send_replies(struct conn *conn)
{
	size_t unsent = output_unsent(&conn->output);
	int error = 0;

	/* Also with nothing to send: room for a reply that was not written is given back. */
	if (!conn->output.blocked)
		error = output_flush(&conn->output, conn->fd);
	if (error < 0)
		return error;
	clock_output(conn, unsent - output_unsent(&conn->output));
	return 0;
}

/* Puts into the poll set what the connection waits for. What it reads in its turn it knows of. */
static int watch(struct conn *conn)
{
	int events = (conn->ended || conn->paused || conn->ready ? 0 : UV_READABLE) |
	             (conn->output.blocked ? UV_WRITABLE : 0);
	int error = 0;

	if (events != conn->events)
		error = uv_poll_start(&conn->poll, events, on_poll);
	conn->events = events;
	return error;
}

/* Whether nothing can come of the connection any more. */
static bool is_finished(const struct conn *conn)
{
	return conn->ended && conn->hungry && conn->n_writes == 0 &&
	       output_unsent(&conn->output) == 0;
}

/* What the connection does next. */
static void conclude(struct conn *conn)
{
	uint32_t n_served = conn->n_served;

	conn->n_served = 0;
	if (send_replies(conn) != 0) {
		conn_close(conn);
		return;
	}
	if (conn->paused && may_resume(conn))
		conn->paused = false;
	if (!conn->paused && !conn->hungry)
		server_make_ready(conn->server, conn);
	clock_input(conn, n_served);
	if (is_finished(conn) || watch(conn) != 0)
		conn_close(conn);
}

/* Of the kinds of requests some cost a thousand times what others do: so both are counted. */
static bool turn_is_over(const struct conn *conn, uint32_t n_served, uint64_t began_ms)
{
	const struct server_limits *limits = &conn->server->options.limits;

	return n_served >= limits->requests_per_turn ||
	       (n_served > 0 && clock_tick_ms() - began_ms >= limits->turn_ms);
}

struct turn {
	struct conn *conn;
	uint64_t began_ms;
	uint32_t n_served;
};

/* The next request of the turn, begun; NULL where the turn ends before it. */
static struct request *begin_next(struct turn *turn)
{
	struct conn *conn = turn->conn;
	struct request *r = &conn->server->requests[turn->n_served % 2];
	struct span message;
	int error;

	if (conn->paused || conn->hungry || turn_is_over(conn, turn->n_served, turn->began_ms))
		return NULL;
	if (!may_serve(conn)) {
		conn->paused = true;
		return NULL;
	}
	error = input_next(&conn->input, &message);
	if (error == INPUT_E_MORE) {
		conn->hungry = true;
		return NULL;
	}
	turn->n_served++;
	if (error == 0) {
		conn->greeted = true;
		request_begin(r, conn, message);
	} else {
		request_begin_refusal(r, conn, error);
	}
	return r;
}

/*
 * Serves what has arrived, at most a turn's worth; returns how many requests that were. While a
 * short one is answered, memory is asked for what the next one needs.
 */
static uint32_t serve(struct conn *conn)
{
	struct turn turn = {conn, clock_tick_ms(), 0};
	struct request *r;

	conn->server->now = clock_now(conn->server->options.clock);
	r = begin_next(&turn);
	while (r) {
		struct request *next = request_is_short(r) ? begin_next(&turn) : NULL;

		request_end(r);
		if (conn->refused)
			break;
		r = next ? next : begin_next(&turn);
	}
	if (conn->hungry)
		input_settle(&conn->input);
	return turn.n_served;
}

/* Returns false where the connection was closed. */
static bool receive(struct conn *conn)
{
	struct request *r = &conn->server->requests[0];
	int error = input_read(&conn->input, conn->fd);

	switch (error) {
	case 0:
		conn->hungry = false;
		return true;
	case INPUT_E_MORE:
		return true;
	case INPUT_E_END:
		conn->ended = true;
		return true;
	case INPUT_E_QUOTA:
		request_begin_refusal(r, conn, error);
		request_end(r);
		return true;
	default:
		conn_close(conn);
		return false;
	}
}

static void on_poll(uv_poll_t *poll, int status, int events)
{
	struct conn *conn = poll->data;

	if (status < 0) {
		conn_close(conn);
		return;
	}
	if ((events & UV_WRITABLE) != 0)
		conn->output.blocked = false;
	if (events == UV_READABLE && !conn->ready && !conn->paused && !conn->ended) {
		/* Its turn mostly comes before the next look: the poll set stays as it is. */
		server_make_ready(conn->server, conn);
		return;
	}
	conclude(conn);
}

static int start_polling(struct conn *conn)
{
	int error = uv_poll_init(conn->server->options.loop, &conn->poll, conn->fd);

	if (error != 0)
		return error;
	conn->poll.data = conn;
	conn->events = UV_READABLE;
	error = uv_poll_start(&conn->poll, conn->events, on_poll);
	/* A handle that was initialised cannot fail to start; its memory could not go at once. */
	assert(error == 0);
	return 0;
}

static int conn_new(struct server *server, int fd, struct conn **ret)
{
	struct conn *conn = calloc(1, sizeof(*conn));
	int error;

	if (!conn)
		return -ENOMEM;
	*conn = (struct conn){.server = server, .fd = fd, .hungry = true};
	error = access_peer_of(server->options.access, fd, &conn->peer);
	if (error == 0)
		error = quota_connect(&server->quota, conn->peer.uid, &conn->user);
	if (error == 0) {
		error = start_polling(conn);
		if (error != 0)
			quota_disconnect(&server->quota, conn->user);
	}
	if (error != 0) {
		free(conn);
		return error;
	}
	*ret = conn;
	return 0;
}

int conn_open(struct server *server, int fd)
{
	struct conn *conn;
	int error = conn_new(server, fd, &conn);

	if (error != 0) {
		close(fd);
		return error;
	}
	input_init(&conn->input, &server->quota, conn->user);
	output_init(&conn->output, &server->quota, conn->user);
	deadline_set(&server->deadlines, &conn->input_deadline, DEADLINE_FIRST_MESSAGE);
	TAILQ_INSERT_TAIL(&server->all, conn, all_entry);
	server->n_connections++;
	return 0;
}

/* The committer keeps the writes; their replies go nowhere. */
static void abandon_writes(struct conn *conn)
{
	while (conn->writes)
		conn_remove_write(conn, conn->writes);
}

void conn_close(struct conn *conn)
{
	struct server *server = conn->server;

	assert(!conn->closing);
	conn->closing = true;
	abandon_writes(conn);
	deadline_clear(&server->deadlines, &conn->input_deadline);
	deadline_clear(&server->deadlines, &conn->output_deadline);
	server_make_unready(server, conn);
	if (conn->unflushed)
		TAILQ_REMOVE(&server->unflushed, conn, unflushed_entry);
	TAILQ_REMOVE(&server->all, conn, all_entry);
	input_deinit(&conn->input);
	output_deinit(&conn->output);
	quota_disconnect(&server->quota, conn->user);
	/* In this order: libuv takes the descriptor out of the poll set, then it may be reused. */
	uv_close((uv_handle_t *)&conn->poll, on_closed);
	close(conn->fd);
	server->n_connections--;
	listener_resume(&server->listener);
}

void conn_turn(struct conn *conn)
{
	/* What lies in the input already comes first. */
	if (conn->hungry && !conn->paused && !conn->ended && !receive(conn))
		return;
	conn->n_served += serve(conn);
	if (output_is_large(&conn->output)) {
		conclude(conn); /* the memory is wanted for others' */
		return;
	}
	server_make_unflushed(conn->server, conn);
	if (!conn->hungry && !conn->paused)
		server_make_ready(conn->server, conn);
}

void conn_flush(struct conn *conn)
{
	conclude(conn);
}

void conn_end(struct conn *conn)
{
	/* What has arrived can be read still, and then the end; the peer cannot send any more. */
	if (!conn->ended && shutdown(conn->fd, SHUT_RD) != 0)
		conn_close(conn);
}

int conn_reserve(struct conn *conn, size_t n_bytes, struct proto_writer *ret)
{
	return output_reserve(&conn->output, conn->fd, n_bytes, ret);
}

void conn_replied(struct conn *conn, const struct proto_writer *writer)
{
	output_commit(&conn->output, writer);
}

bool conn_drained(struct conn *conn)
{
	/* A send that fails fails again where the batch ends. */
	return output_unsent(&conn->output) == 0 || output_flush(&conn->output, conn->fd) == 0;
}

int conn_replied_with_fd(struct conn *conn, const struct proto_writer *writer, int fd)
{
	output_commit(&conn->output, writer);
	return output_send_fd(&conn->output, conn->fd, fd) != 0;
}

void conn_add_write(struct conn *conn, struct op_write *write)
{
	write->ctx = conn;
	write->next = conn->writes;
	write->link = &conn->writes;
	if (write->next)
		write->next->link = &write->next;
	conn->writes = write;
	conn->n_writes++;
}

void conn_remove_write(struct conn *conn, struct op_write *write)
{
	*write->link = write->next;
	if (write->next)
		write->next->link = write->link;
	write->ctx = NULL;
	conn->n_writes--;
	server_make_unflushed(conn->server, conn);
}

void conn_refuse(struct conn *conn)
{
	input_clear(&conn->input);
	conn->hungry = true;
	conn->ended = true;
	conn->refused = true;
}
