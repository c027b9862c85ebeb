/*
 * A thread that polls a listening socket, its connections, and an eventfd by which the test tells it
 * to stop, to pause or to resume. Everything but the atomics belongs to the thread.
 */
#include "tests/support/fake_daemon.h"

#include "proto/scanner.h"
#include "tests/support/fake_replies.h"

#include <assert.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { CONNS = 64, BUFFER_BYTES = 2 * 1024 * 1024, LAST_BYTES = 64 * 1024 };

enum command { NO_COMMAND, STOP, PAUSE, RESUME };

struct conn {
	int fd; /* -1: free */
	uint8_t *in, *out;
	size_t n_in, n_out;
	uint32_t last_msgid;
	struct proto_scanner scanner;
};

struct fake_state {
	pthread_t thread;
	sem_t done; /* a command was carried out */
	_Atomic enum command command;
	int wake, listener;
	char folder[64];
	struct sockaddr_un address;
	struct conn conns[CONNS];
	pthread_mutex_t lock;
	uint8_t last[PROTO_N_OPS][LAST_BYTES];
	size_t n_last[PROTO_N_OPS];
	bool repeated[PROTO_N_OPS];
	uint8_t copy[LAST_BYTES];
};

/* Steps of a test's set-up, which fail only where the machine does. */
static int must(int result)
{
	assert(result >= 0);
	return result;
}

static void conn_close(struct fake_daemon *daemon, struct conn *conn)
{
	if (conn->fd < 0)
		return;
	close(conn->fd);
	free(conn->in);
	free(conn->out);
	*conn = (struct conn){.fd = -1};
	daemon->n_open--;
}

static void conn_open(struct fake_daemon *daemon)
{
	struct fake_state *state = daemon->state;
	int fd = must(accept4(state->listener, NULL, NULL, SOCK_CLOEXEC));
	struct conn *conn = state->conns;
	while (conn < state->conns + CONNS && conn->fd >= 0)
		conn++;
	assert(conn < state->conns + CONNS);
	*conn = (struct conn){.fd = fd, .in = malloc(BUFFER_BYTES), .out = malloc(BUFFER_BYTES)};
	assert(conn->in && conn->out);
	daemon->n_open++;
	daemon->n_connections++;
}

static void send_all(struct conn *conn, const void *bytes, size_t n_bytes)
{
	const uint8_t *at = bytes;
	while (n_bytes > 0) {
		ssize_t n = send(conn->fd, at, n_bytes, MSG_NOSIGNAL);
		if (n <= 0)
			return; /* the client hung up */
		at += n;
		n_bytes -= (size_t)n;
	}
}

/* In front of what is to be sent, or behind it. */
static void queue(struct conn *conn, struct span bytes, bool first)
{
	assert(bytes.n_bytes <= BUFFER_BYTES - conn->n_out);
	if (first)
		memmove(conn->out + bytes.n_bytes, conn->out, conn->n_out);
	memcpy(conn->out + (first ? 0 : conn->n_out), bytes.data, bytes.n_bytes);
	conn->n_out += bytes.n_bytes;
}

static void flush(struct conn *conn, bool drips)
{
	if (conn->fd < 0)
		return;
	for (size_t i = 0; drips && i < conn->n_out; i++)
		send_all(conn, conn->out + i, 1);
	if (!drips)
		send_all(conn, conn->out, conn->n_out);
	conn->n_out = 0;
}

/* The whole reply with the map's descriptors at its first byte. */
static void send_map(struct conn *conn, const struct fake_map *map, struct span reply)
{
	union {
		struct cmsghdr header; /* aligns */
		char bytes[CMSG_SPACE(sizeof(map->fds))];
	} control = {0};
	struct iovec data = {(void *)(uintptr_t)reply.data, reply.n_bytes};
	struct msghdr message = {.msg_iov = &data, .msg_iovlen = 1};
	size_t fds_bytes = map->n_fds * sizeof(map->fds[0]);
	flush(conn, false);
	if (map->n_fds > 0) {
		message.msg_control = control.bytes;
		message.msg_controllen = CMSG_SPACE(fds_bytes);
		struct cmsghdr *header = CMSG_FIRSTHDR(&message);
		header->cmsg_level = SOL_SOCKET;
		header->cmsg_type = SCM_RIGHTS;
		header->cmsg_len = CMSG_LEN(fds_bytes);
		memcpy(CMSG_DATA(header), map->fds, fds_bytes);
	}
	ssize_t n = sendmsg(conn->fd, &message, MSG_NOSIGNAL);
	assert(n < 0 || (size_t)n == reply.n_bytes);
}

static void send_oversized(struct conn *conn)
{
	static const uint8_t head[] = {0x94, 0x01, 0x00, 0xc0, 0xdb, 0x00, 0x10, 0x00, 0x00};
	static const uint8_t zeroes[4096];
	send_all(conn, head, sizeof(head));
	for (size_t n = 0; n < PROTO_LIMIT_MESSAGE_BYTES; n += sizeof(zeroes))
		send_all(conn, zeroes, sizeof(zeroes));
}

static bool once(struct fake_daemon *daemon, enum fake_behaviour behaviour)
{
	return atomic_compare_exchange_strong(&daemon->behaviour, &behaviour, FAKE_SERVES);
}

static void cut(struct fake_daemon *daemon, struct conn *conn, struct span reply, bool hangs_up)
{
	flush(conn, false);
	send_all(conn, reply.data, reply.n_bytes / 2);
	if (hangs_up)
		conn_close(daemon, conn);
}

static void refuse_all(struct fake_daemon *daemon, struct conn *conn)
{
	uint8_t memory[256];
	struct proto_writer w = proto_writer_of(memory, sizeof(memory));
	proto_rpc_write_error(&w, NULL, daemon->error, span_of("the fake cannot read"));
	flush(conn, false);
	send_all(conn, memory, w.n_bytes);
	conn_close(daemon, conn);
}

/* The listener first: whom a connection's end tells to connect again finds nobody. */
static void end_listening(struct fake_daemon *daemon)
{
	struct fake_state *state = daemon->state;
	if (state->listener >= 0)
		close(state->listener);
	state->listener = -1;
	unlink(state->address.sun_path);
	for (int i = 0; i < CONNS; i++)
		conn_close(daemon, &state->conns[i]);
}

static void misbehave(struct fake_daemon *daemon, struct conn *conn, struct span reply)
{
	switch (daemon->behaviour) {
	case FAKE_SILENT:
		break;
	case FAKE_DELAYS:
		(void)poll(NULL, 0, FAKE_DELAY_MS);
		queue(conn, reply, false);
		break;
	case FAKE_HANGS_UP:
		conn_close(daemon, conn);
		break;
	case FAKE_DIES:
		end_listening(daemon);
		break;
	case FAKE_HANGS_UP_ONCE:
		if (once(daemon, FAKE_HANGS_UP_ONCE))
			conn_close(daemon, conn);
		break;
	case FAKE_CUTS_ONCE:
		if (once(daemon, FAKE_CUTS_ONCE))
			cut(daemon, conn, reply, true);
		break;
	case FAKE_CUTS:
	case FAKE_CUTS_AND_HANGS_UP:
		cut(daemon, conn, reply, daemon->behaviour == FAKE_CUTS_AND_HANGS_UP);
		break;
	case FAKE_GARBLES:
		queue(conn, span_bytes("\xc1\xc1\xc1", 3), false);
		break;
	case FAKE_MUMBLES:
		queue(conn, span_bytes("\x93\x01\x02\x03", 4), false);
		break;
	case FAKE_REPEATS:
		queue(conn, reply, false);
		queue(conn, reply, false);
		break;
	case FAKE_OVERSIZED:
		send_oversized(conn);
		break;
	case FAKE_REFUSES_ALL:
		refuse_all(daemon, conn);
		break;
	default:
		queue(conn, reply, daemon->behaviour == FAKE_REVERSES);
		break;
	}
}

static void note(struct fake_daemon *daemon, const struct proto_call *call)
{
	struct fake_state *state = daemon->state;
	enum proto_op op;
	if (!proto_op_find(call->method, &op))
		return;
	pthread_mutex_lock(&state->lock);
	state->repeated[op] =
	        span_equal(call->params, span_bytes(state->last[op], state->n_last[op]));
	state->n_last[op] = call->params.n_bytes < LAST_BYTES ? call->params.n_bytes : 0;
	memcpy(state->last[op], call->params.data, state->n_last[op]);
	pthread_mutex_unlock(&state->lock);
	daemon->n_ops[op]++;
	daemon->n_requests++;
}

static uint32_t msgid_for(
        const struct fake_daemon *daemon, const struct conn *conn, const struct proto_call *call)
{
	if (daemon->behaviour == FAKE_WRONG_MSGID)
		return call->msgid + 1000;
	return daemon->behaviour == FAKE_OLD_MSGID ? conn->last_msgid : call->msgid;
}

static void serve(struct fake_daemon *daemon, struct conn *conn, struct span message)
{
	static uint8_t memory[BUFFER_BYTES];
	struct proto_writer w = proto_writer_of(memory, sizeof(memory));
	struct proto_call call;
	must(-proto_rpc_parse_call(message, &call));
	note(daemon, &call);
	if (call.notification)
		return;
	bool greets = span_is(call.method, "hello");
	uint32_t msgid = greets ? call.msgid : msgid_for(daemon, conn, &call);
	fake_reply(daemon, &call, msgid, &w);
	conn->last_msgid = call.msgid;
	assert(!w.overflow);
	if (span_is(call.method, "map") && daemon->map && daemon->behaviour == FAKE_SERVES)
		send_map(conn, daemon->map, proto_writer_span(&w));
	else if (greets && daemon->behaviour != FAKE_SILENT)
		queue(conn, proto_writer_span(&w), false);
	else
		misbehave(daemon, conn, proto_writer_span(&w));
}

static void receive(struct fake_daemon *daemon, struct conn *conn)
{
	ssize_t n = recv(conn->fd, conn->in + conn->n_in, BUFFER_BYTES - conn->n_in, 0);
	if (n <= 0) {
		conn_close(daemon, conn);
		return;
	}
	conn->n_in += (size_t)n;
	size_t at = 0, n_bytes;
	while (conn->fd >= 0 && at < conn->n_in) {
		struct span rest = {conn->in + at, conn->n_in - at};
		if (proto_scanner_feed(&conn->scanner, rest, &n_bytes) != 0)
			break;
		at += n_bytes;
		serve(daemon, conn, span_bytes(rest.data, n_bytes));
	}
	if (conn->fd < 0)
		return;
	memmove(conn->in, conn->in + at, conn->n_in - at);
	conn->n_in -= at;
	flush(conn, daemon->behaviour == FAKE_DRIPS);
}

static void begin_listening(struct fake_state *state)
{
	state->listener = must(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
	must(bind(state->listener, (struct sockaddr *)&state->address, sizeof(state->address)));
	must(listen(state->listener, CONNS));
}

/* Carries out what the test wants; false to stop. */
static bool obey(struct fake_daemon *daemon)
{
	struct fake_state *state = daemon->state;
	uint64_t ignored;
	if (read(state->wake, &ignored, sizeof(ignored)) < 0)
		return true;
	enum command command = atomic_exchange(&state->command, NO_COMMAND);
	if (command == RESUME)
		begin_listening(state);
	else
		end_listening(daemon);
	sem_post(&state->done);
	return command != STOP;
}

static void *run(void *argument)
{
	struct fake_daemon *daemon = argument;
	struct fake_state *state = daemon->state;
	struct pollfd fds[CONNS + 2];
	for (;;) {
		fds[0] = (struct pollfd){state->wake, POLLIN, 0};
		fds[1] = (struct pollfd){state->listener, POLLIN, 0};
		for (int i = 0; i < CONNS; i++)
			fds[i + 2] = (struct pollfd){state->conns[i].fd, POLLIN, 0};
		if (poll(fds, CONNS + 2, -1) < 0)
			continue;
		for (int i = 0; i < CONNS; i++)
			if (fds[i + 2].revents)
				receive(daemon, &state->conns[i]);
		if (fds[1].revents)
			conn_open(daemon);
		if (fds[0].revents && !obey(daemon))
			return NULL;
	}
}

static void command(struct fake_daemon *daemon, enum command wanted)
{
	uint64_t one = 1;
	daemon->state->command = wanted;
	must((int)write(daemon->state->wake, &one, sizeof(one)));
	while (sem_wait(&daemon->state->done) != 0)
		continue;
}

struct fake_daemon *fake_daemon_start(const struct fake_site *site)
{
	struct fake_daemon *daemon = calloc(1, sizeof(*daemon));
	struct fake_state *state = calloc(1, sizeof(*state));
	assert(daemon && state);
	daemon->state = state;
	daemon->site = *site;
	daemon->policy_revision = 1;
	daemon->protocol = PROTO_VERSION;
	daemon->revision = 10;
	for (int i = 0; i < CONNS; i++)
		state->conns[i].fd = -1;
	strcpy(state->folder, "/tmp/consent-fake-XXXXXX");
	assert(mkdtemp(state->folder));
	state->address.sun_family = AF_UNIX;
	(void)snprintf(state->address.sun_path, sizeof(state->address.sun_path), "%s/socket",
	        state->folder);
	begin_listening(state);
	state->wake = must(eventfd(0, EFD_CLOEXEC));
	must(sem_init(&state->done, 0, 0));
	must(-pthread_mutex_init(&state->lock, NULL));
	must(-pthread_create(&state->thread, NULL, run, daemon));
	return daemon;
}

void fake_daemon_stop(struct fake_daemon *daemon)
{
	struct fake_state *state = daemon->state;
	command(daemon, STOP);
	pthread_join(state->thread, NULL);
	close(state->wake);
	rmdir(state->folder);
	sem_destroy(&state->done);
	pthread_mutex_destroy(&state->lock);
	free(state);
	free(daemon);
}

void fake_daemon_pause(struct fake_daemon *daemon)
{
	command(daemon, PAUSE);
}

void fake_daemon_resume(struct fake_daemon *daemon)
{
	command(daemon, RESUME);
}

const char *fake_daemon_socket(const struct fake_daemon *daemon)
{
	return daemon->state->address.sun_path;
}

struct span fake_daemon_last(struct fake_daemon *daemon, enum proto_op op)
{
	struct fake_state *state = daemon->state;
	pthread_mutex_lock(&state->lock);
	size_t n_bytes = state->n_last[op];
	memcpy(state->copy, state->last[op], n_bytes);
	pthread_mutex_unlock(&state->lock);
	return span_bytes(state->copy, n_bytes);
}

bool fake_daemon_repeated(struct fake_daemon *daemon, enum proto_op op)
{
	pthread_mutex_lock(&daemon->state->lock);
	bool repeated = daemon->state->repeated[op];
	pthread_mutex_unlock(&daemon->state->lock);
	return repeated;
}
