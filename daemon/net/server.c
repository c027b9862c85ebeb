/*
 * The lines that connections stand in: all of them, those that are ready for a turn (by uid), and
 * those that had one or have replies to send. Each connection is in each line at most once.
 */
#include "daemon/net/server.h"

#include <assert.h>
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <unistd.h>

#include "daemon/base/clock.h"
#include "daemon/base/log.h"
#include "daemon/net/conn.h"

enum {
	ACCEPT_RETRY_MS = 100,
	REPLIES_WAIT_NS = 500000, /* for those of other connections */
	OWN_HANDLES = 2,          /* ready_idle and the deadlines' timer */
};

static void report_stopped(struct server *server)
{
	if (server->stopping && server->n_handles == 0 && server->options.stopped_fn)
		server->options.stopped_fn(server->options.ctx);
}

static void on_own_closed(uv_handle_t *handle);

/* The handles that connections need go last. */
static void close_own_handles(struct server *server)
{
	deadlines_close(&server->deadlines, on_own_closed);
	server->deadlines.timer.data = server;
	uv_close((uv_handle_t *)&server->ready_idle, on_own_closed);
}

/* Counts connections too, until the last of them is closed. */
static void on_handle_gone(struct server *server)
{
	server->n_handles--;
	if (server->stopping && server->n_handles == OWN_HANDLES &&
	        !uv_is_closing((uv_handle_t *)&server->ready_idle))
		close_own_handles(server);
	report_stopped(server);
}

static void on_own_closed(uv_handle_t *handle)
{
	on_handle_gone(handle->data);
}

static void on_listener_closed(uv_handle_t *handle)
{
	struct listener *listener = handle->data;

	on_handle_gone(listener->server);
}

/* The first uid's first connection, out of the line; the uid goes to the end with what is left. */
static struct conn *take_first(struct server *server)
{
	struct quota_user *user = TAILQ_FIRST(&server->ready);
	struct conn *conn = TAILQ_FIRST(&user->ready);

	server_make_unready(server, conn);
	if (!TAILQ_EMPTY(&user->ready)) {
		TAILQ_REMOVE(&server->ready, user, ready_entry);
		TAILQ_INSERT_TAIL(&server->ready, user, ready_entry);
	}
	return conn;
}

/*
 * One round: as many turns as there are connections in the line now, and no more of them than fit
 * into the time of one turn: for so long nobody looks who else has something to ask. The replies go
 * out together: a process that asks over many connections is woken once for all of them.
 */
static void on_ready(uv_idle_t *idle)
{
	struct server *server = idle->data;
	const uint64_t turn_ns = server->options.limits.turn_ms * 1000000;
	uint64_t began_ns = clock_monotonic_ns(), flushed_ns = began_ns;

	for (uint64_t n = server->n_ready; n > 0 && server->n_ready > 0; n--) {
		uint64_t now_ns;

		conn_turn(take_first(server));
		now_ns = clock_monotonic_ns();
		if (now_ns - flushed_ns >= REPLIES_WAIT_NS) {
			server_flush(server);
			flushed_ns = now_ns;
		}
		if (now_ns - began_ns >= turn_ns)
			break;
	}
	server_flush(server);
	if (server->n_ready == 0)
		uv_idle_stop(idle);
}

static void on_deadline(struct deadline *deadline)
{
	size_t offset = deadline->kind == DEADLINE_OUTPUT ? offsetof(struct conn, output_deadline)
	                                                  : offsetof(struct conn, input_deadline);
	struct conn *conn = (struct conn *)((char *)deadline - offset);

	log_debug("a connection of uid %u missed a deadline", conn->peer.uid);
	conn_close(conn);
}

struct server_limits server_limits_default(void)
{
	return (struct server_limits){
	        .connections = PROTO_LIMIT_CONNECTIONS,
	        .connections_per_uid = PROTO_LIMIT_CONNECTIONS_PER_UID,
	        .buffered_bytes = PROTO_LIMIT_BUFFERED_BYTES,
	        .writes_queued = PROTO_LIMIT_WRITES_QUEUED,
	        .output_bytes = PROTO_LIMIT_OUTPUT_BYTES,
	        .accepts_per_turn = PROTO_LIMIT_ACCEPTS_PER_TURN,
	        .requests_per_turn = PROTO_LIMIT_REQUESTS_PER_TURN,
	        .writes_per_connection = PROTO_LIMIT_WRITES_PER_CONNECTION,
	        .turn_ms = PROTO_LIMIT_TURN_MS,
	        .first_message_ms = PROTO_LIMIT_FIRST_MESSAGE_MS,
	        .message_ms = PROTO_LIMIT_MESSAGE_MS,
	        .output_progress_ms = PROTO_LIMIT_OUTPUT_PROGRESS_MS,
	        .accept_retry_ms = ACCEPT_RETRY_MS,
	};
}

static int init_handles(struct server *server)
{
	const struct server_limits *limits = &server->options.limits;
	uint64_t duration_ms[DEADLINE_N_KINDS] = {
	        [DEADLINE_FIRST_MESSAGE] = limits->first_message_ms,
	        [DEADLINE_MESSAGE] = limits->message_ms,
	        [DEADLINE_OUTPUT] = limits->output_progress_ms,
	};
	int error =
	        deadlines_init(&server->deadlines, server->options.loop, duration_ms, on_deadline);

	if (error != 0)
		return error;
	server->ready_idle.data = server;
	return uv_idle_init(server->options.loop, &server->ready_idle);
}

int server_new(const struct server_options *options, struct server **ret)
{
	struct server *server = calloc(1, sizeof(*server));
	uint64_t most[QUOTA_N_SLOTS] = {
	        [QUOTA_CONNECTIONS] = options->limits.connections,
	        [QUOTA_BYTES] = options->limits.buffered_bytes,
	        [QUOTA_WRITES] = options->limits.writes_queued,
	};
	int error;

	if (!server)
		return -ENOMEM;
	server->options = *options;
	server->listener.fd = -1;
	TAILQ_INIT(&server->all);
	TAILQ_INIT(&server->ready);
	TAILQ_INIT(&server->unflushed);
	quota_init(&server->quota, options->access->own_uid, most,
	        options->limits.connections_per_uid);
	error = init_handles(server);
	/* libuv's timers and idle handles cannot fail to be made; if one did, the other would be. */
	assert(error == 0);
	server->n_handles = OWN_HANDLES;
	*ret = server;
	return 0;
}

int server_listen(struct server *server, int fd)
{
	int error = listener_start(&server->listener, server, fd);

	if (error == 0)
		server->n_handles += LISTENER_N_HANDLES;
	return error;
}

void server_flush(struct server *server)
{
	struct conn *conn;

	while ((conn = TAILQ_FIRST(&server->unflushed))) {
		TAILQ_REMOVE(&server->unflushed, conn, unflushed_entry);
		conn->unflushed = false;
		conn_flush(conn);
	}
}

void server_refresh_peers(struct server *server)
{
	struct conn *conn, *next;

	for (conn = TAILQ_FIRST(&server->all); conn; conn = next) {
		next = TAILQ_NEXT(conn, all_entry);
		if (access_peer_of(server->options.access, conn->fd, &conn->peer) != 0)
			conn_close(conn); /* whose roles are unknown has none */
	}
}

void server_stop(struct server *server)
{
	struct conn *conn, *next;

	server->stopping = true;
	if (server->listener.fd >= 0)
		listener_stop(&server->listener, on_listener_closed);
	for (conn = TAILQ_FIRST(&server->all); conn; conn = next) {
		next = TAILQ_NEXT(conn, all_entry);
		conn_end(conn);
	}
	if (server->n_handles == OWN_HANDLES)
		close_own_handles(server);
}

void server_cut(struct server *server)
{
	while (!TAILQ_EMPTY(&server->all))
		conn_close(TAILQ_FIRST(&server->all));
}

struct server *server_free(struct server *server)
{
	if (!server)
		return NULL;
	assert(TAILQ_EMPTY(&server->all));
	quota_deinit(&server->quota);
	free(server);
	return NULL;
}

void server_accept(struct server *server, int fd)
{
	int error = conn_open(server, fd);

	if (error == 0) {
		server->n_handles++;
		server->n_accepted++;
		return;
	}
	server->n_refused++;
	/* One line for a flood, not one for each of it. */
	if ((server->n_refused & (server->n_refused - 1)) == 0)
		log_warning("%llu connections were closed at once so far; the last: %s",
		        (unsigned long long)server->n_refused,
		        error == QUOTA_E_FULL ? "its uid has as many as it may"
		                              : uv_strerror(error));
}

void server_make_ready(struct server *server, struct conn *conn)
{
	if (conn->ready)
		return;
	conn->ready = true;
	if (TAILQ_EMPTY(&conn->user->ready))
		TAILQ_INSERT_TAIL(&server->ready, conn->user, ready_entry);
	TAILQ_INSERT_TAIL(&conn->user->ready, conn, ready_entry);
	server->n_ready++;
	uv_idle_start(&server->ready_idle, on_ready);
}

void server_make_unready(struct server *server, struct conn *conn)
{
	if (!conn->ready)
		return;
	conn->ready = false;
	TAILQ_REMOVE(&conn->user->ready, conn, ready_entry);
	if (TAILQ_EMPTY(&conn->user->ready))
		TAILQ_REMOVE(&server->ready, conn->user, ready_entry);
	server->n_ready--;
}

void server_make_unflushed(struct server *server, struct conn *conn)
{
	if (conn->unflushed)
		return;
	conn->unflushed = true;
	TAILQ_INSERT_TAIL(&server->unflushed, conn, unflushed_entry);
}

void server_closed(struct server *server)
{
	on_handle_gone(server);
}
