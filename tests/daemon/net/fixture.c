/*
 * The operations answer what shows a mix-up: the cookie names that were asked for, texts of a length
 * that the test sets, writes that stay queued until the test commits them.
 */
#include "tests/daemon/net/fixture.h"

#include <criterion/criterion.h>

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "daemon/base/clock.h"
#include "daemon/net/conn.h"
#include "daemon/op/counters.h"

static struct fixture the_fixture;

/* ---- operations ---- */

static int fail(struct op_call *call, enum proto_error error, const char *message)
{
	call->error = error;
	snprintf(call->message, sizeof(call->message), "%s", message);
	return OP_FAILED;
}

static int run_hello(struct op_call *call)
{
	struct proto_hello_result result = {.version = span_of("test"), .protocol = PROTO_VERSION};

	proto_encode(call->writer, &proto_hello_result, &result);
	return OP_DONE;
}

/* Answers with the cookie names themselves, so that a mixed-up reply shows. */
static int run_check(struct op_call *call)
{
	struct proto_list cookies = call->request->check.cookies;
	struct span cookie;

	uint64_t until_ms = clock_monotonic_ms() + the_fixture.check_ms;

	if (the_fixture.watched_fd != 0)
		the_fixture.watched_readable =
		        poll(&(struct pollfd){.fd = the_fixture.watched_fd, .events = POLLIN}, 1,
		                0) == 1;
	the_fixture.n_checks++;
	while (clock_monotonic_ms() < until_ms)
		;
	proto_writer_map(call->writer, 1);
	proto_writer_text(call->writer, span_of("cookies"));
	proto_writer_array(call->writer, cookies.n_items);
	while (proto_list_text(&cookies, &cookie))
		proto_writer_text(call->writer, cookie);
	return OP_DONE;
}

/* What begins with one subject must not end with another's. */
static void begin_grants(struct op_call *call)
{
	struct span subject = call->request->grants.subject;

	if (the_fixture.n_begun++ > the_fixture.n_ended)
		the_fixture.n_ahead++;
	cr_assert_leq(the_fixture.n_begun - the_fixture.n_ended, 2);
	call->lookup.key.digest = proto_digest_of(&the_fixture.key, subject);
}

static int run_grants(struct op_call *call)
{
	struct span subject = call->request->grants.subject;

	the_fixture.n_ended++;
	cr_assert(proto_digest_equal(
	        call->lookup.key.digest, proto_digest_of(&the_fixture.key, subject)));
	proto_writer_map(call->writer, 1);
	proto_writer_text(call->writer, span_of("subject"));
	proto_writer_text(call->writer, subject);
	return OP_DONE;
}

static void write_filled(struct proto_writer *writer, const char *key, size_t n_bytes)
{
	uint8_t *text = malloc(n_bytes);

	memset(text, 'x', n_bytes);
	proto_writer_map(writer, 1);
	proto_writer_text(writer, span_of(key));
	proto_writer_text(writer, span_bytes(text, n_bytes));
	free(text);
}

static int run_policy_get(struct op_call *call)
{
	write_filled(call->writer, "yaml", the_fixture.yaml_bytes);
	return OP_DONE;
}

static int run_policy_render(struct op_call *call)
{
	write_filled(call->writer, "page", the_fixture.page_bytes);
	return OP_DONE;
}

static int run_map(struct op_call *call)
{
	write_filled(call->writer, "map", the_fixture.page_bytes);
	call->fd = the_fixture.map_fd;
	return OP_DONE;
}

static int run_erase(struct op_call *call)
{
	return fail(call, PROTO_ERROR_CONFLICT, "erase: made-up conflict");
}

/* ---- writes ---- */

static void encode_record(struct op_write *write, struct proto_writer *writer)
{
	(void)write;
	proto_writer_map(writer, 1);
	proto_writer_text(writer, span_of("revision"));
	proto_writer_uint(writer, 7);
}

static void encode_long(struct op_write *write, struct proto_writer *writer)
{
	(void)write;
	write_filled(writer, "lint", the_fixture.page_bytes);
}

static void free_write(struct op_write *write)
{
	the_fixture.n_freed++;
	free(write);
}

static int queue_write(struct op_call *call,
        void (*encode_fn)(struct op_write *write, struct proto_writer *writer))
{
	struct op_write *write = calloc(1, sizeof(*write));

	write->encode_fn = encode_fn;
	write->free_fn = free_write;
	write->request.next = (struct commit_request *)the_fixture.queued;
	the_fixture.queued = write;
	the_fixture.n_queued++;
	call->write = write;
	return OP_PENDING;
}

static int run_record(struct op_call *call)
{
	return queue_write(call, encode_record);
}

static int run_policy_apply(struct op_call *call)
{
	return queue_write(call, encode_long);
}

static const struct op made_up_ops[PROTO_N_OPS] = {
        [PROTO_OP_HELLO] = {.run_fn = run_hello},
        [PROTO_OP_CHECK] = {.run_fn = run_check},
        [PROTO_OP_GRANTS] = {.begin_fn = begin_grants, .run_fn = run_grants},
        [PROTO_OP_POLICY_GET] = {.run_fn = run_policy_get},
        [PROTO_OP_POLICY_RENDER] = {.run_fn = run_policy_render},
        [PROTO_OP_MAP] = {.run_fn = run_map},
        [PROTO_OP_RECORD] = {.run_fn = run_record},
        [PROTO_OP_ERASE] = {.run_fn = run_erase},
        [PROTO_OP_POLICY_APPLY] = {.run_fn = run_policy_apply},
};

void fixture_commit(struct fixture *fixture, enum proto_error error)
{
	struct op_write *write;

	while ((write = fixture->queued)) {
		fixture->queued = (struct op_write *)write->request.next;
		write->request.error = error;
		snprintf(write->message, sizeof(write->message), "made-up failure");
		write->reply_fn(write, write->ctx);
		write->free_fn(write);
	}
	server_flush(fixture->server);
}

/* ---- the server ---- */

static void on_tick(uv_timer_t *timer)
{
	(void)timer;
}

static void on_stopped(void *ctx)
{
	struct fixture *fixture = ctx;

	cr_assert_not(fixture->stopped);
	fixture->stopped = true;
}

/* An abstract name that the kernel picks: no file, no mode, nothing to clean up. */
static int listen_somewhere(struct fixture *fixture)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	cr_assert_geq(fd, 0);
	fixture->address.sun_family = AF_UNIX;
	cr_assert_eq(bind(fd, (struct sockaddr *)&fixture->address, sizeof(sa_family_t)), 0);
	fixture->address_bytes = sizeof(fixture->address);
	cr_assert_eq(
	        getsockname(fd, (struct sockaddr *)&fixture->address, &fixture->address_bytes), 0);
	cr_assert_eq(listen(fd, 4096), 0);
	return fd;
}

struct fixture *fixture_start(const struct server_limits *limits)
{
	struct fixture *fixture = &the_fixture;
	struct server_options options = {
	        .loop = &fixture->loop,
	        .access = &fixture->access,
	        .clock = &fixture->clock,
	        .env = &fixture->env,
	        .ops = made_up_ops,
	        .limits = limits ? *limits : server_limits_default(),
	        .stopped_fn = on_stopped,
	        .ctx = fixture,
	};

	*fixture = (struct fixture){.yaml_bytes = 100, .env = {.counters = op_counters_new()}};
	cr_assert_not_null(fixture->env.counters);
	access_init(&fixture->access);
	cr_assert_eq(uv_loop_init(&fixture->loop), 0);
	cr_assert_eq(uv_timer_init(&fixture->loop, &fixture->tick), 0);
	cr_assert_eq(uv_timer_start(&fixture->tick, on_tick, 1, 1), 0);
	cr_assert_eq(server_new(&options, &fixture->server), 0);
	cr_assert_eq(server_listen(fixture->server, listen_somewhere(fixture)), 0);
	return fixture;
}

void fixture_stop(struct fixture *fixture)
{
	server_stop(fixture->server);
	fixture_commit(fixture, PROTO_ERROR_SHUTTING_DOWN);
	server_cut(fixture->server);
	fixture_pump_until(fixture, fixture->stopped);
	uv_close((uv_handle_t *)&fixture->tick, NULL);
	cr_assert_eq(uv_run(&fixture->loop, UV_RUN_DEFAULT), 0);
	cr_assert_eq(uv_loop_close(&fixture->loop), 0);
	cr_assert_eq(fixture->n_freed, fixture->n_queued);
	fixture->server = server_free(fixture->server);
	fixture->env.counters = op_counters_free(fixture->env.counters);
}

void fixture_move_to_uid(struct fixture *fixture, struct conn *conn, uid_t uid)
{
	struct quota *quota = &fixture->server->quota;

	quota_disconnect(quota, conn->user);
	cr_assert_eq(quota_connect(quota, uid, &conn->user), 0);
	conn->input.user = conn->output.user = conn->user;
}

void fixture_pump(struct fixture *fixture)
{
	uv_run(&fixture->loop, UV_RUN_ONCE);
}

/* ---- clients ---- */

void client_connect(struct fixture *fixture, struct client *ret)
{
	*ret = (struct client){.fixture = fixture};
	ret->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	cr_assert_geq(ret->fd, 0);
	cr_assert_eq(
	        connect(ret->fd, (struct sockaddr *)&fixture->address, fixture->address_bytes), 0);
}

void client_close(struct client *client)
{
	if (client->fd >= 0)
		close(client->fd);
	client->fd = -1;
	free(client->data);
	client->data = NULL;
}

void client_send(struct client *client, const void *data, size_t n_bytes)
{
	const uint8_t *at = data;

	while (n_bytes > 0) {
		ssize_t n = send(client->fd, at, n_bytes, MSG_NOSIGNAL);

		if (n < 0) {
			cr_assert_eq(errno, EAGAIN, "send: %s", strerror(errno));
			fixture_pump(client->fixture);
			continue;
		}
		at += n;
		n_bytes -= (size_t)n;
	}
}

/* Reads once; false where nothing is there. */
static bool read_once(struct client *client)
{
	ssize_t n;

	if (client->capacity - client->end < 65536) {
		if (client->data)
			memmove(client->data, client->data + client->start,
			        client->end - client->start);
		client->end -= client->start;
		client->start = 0;
		if (client->capacity - client->end < 65536) {
			client->capacity = client->capacity * 2 + 131072;
			client->data = realloc(client->data, client->capacity);
		}
	}
	n = recv(client->fd, client->data + client->end, client->capacity - client->end, 0);
	if (n > 0)
		client->end += (size_t)n;
	else if (n == 0 || errno == ECONNRESET)
		client->ended = true;
	else
		return false;
	return true;
}

static void read_some(struct client *client)
{
	if (!read_once(client))
		fixture_pump(client->fixture);
}

static bool next_reply(struct client *client, struct proto_reply *ret)
{
	struct span rest = {client->data + client->start, client->end - client->start};
	size_t n_bytes;
	int error;

	if (rest.n_bytes == 0)
		return false;
	error = proto_scanner_feed(&client->scanner, rest, &n_bytes);
	if (error == PROTO_E_TRUNCATED)
		return false;
	cr_assert_eq(error, 0);
	cr_assert_eq(proto_rpc_parse_reply(span_bytes(rest.data, n_bytes), ret), 0);
	client->start += n_bytes;
	return true;
}

bool client_receive(struct client *client, struct proto_reply *ret)
{
	bool found;

	fixture_pump_until(client->fixture,
	        ((found = next_reply(client, ret)) || client->ended || (read_some(client), false)));
	return found;
}

bool client_poll(struct client *client, struct proto_reply *ret)
{
	while (!next_reply(client, ret)) {
		if (!read_once(client))
			return false;
		cr_assert_not(client->ended);
	}
	return true;
}

void client_wait_closed(struct client *client)
{
	fixture_pump_until(
	        client->fixture, (read_some(client), client->start = client->end, client->ended));
}

/* ---- requests ---- */

size_t request_of(
        uint8_t *ret, size_t capacity, uint32_t msgid, const char *method, const void *request)
{
	struct proto_writer writer = proto_writer_of(ret, capacity);
	enum proto_op op = PROTO_OP_HELLO;

	(void)!proto_op_find(span_of(method), &op);
	proto_rpc_write_call(&writer, msgid, span_of(method));
	proto_encode(&writer, proto_ops[op].request, request);
	cr_assert_not(writer.overflow);
	return writer.n_bytes;
}

size_t request_check(uint8_t *ret, size_t capacity, uint32_t msgid, const char *cookie)
{
	uint8_t names[512];
	struct proto_writer list = proto_writer_of(names, sizeof(names));
	struct proto_check_request request = {.site = span_of("example.org")};

	proto_writer_text(&list, span_of(cookie));
	request.cookies = proto_list_of(&list, 1);
	return request_of(ret, capacity, msgid, "check", &request);
}

size_t request_grants(uint8_t *ret, size_t capacity, uint32_t msgid, const char *subject)
{
	struct proto_grants_request request = {span_of("example.org"), span_of(subject)};

	return request_of(ret, capacity, msgid, "grants", &request);
}

size_t request_record(uint8_t *ret, size_t capacity, uint32_t msgid)
{
	uint8_t choices[32];
	struct proto_writer list = proto_writer_of(choices, sizeof(choices));
	struct proto_record_request request = {
	        .site = span_of("example.org"),
	        .subject = span_of("s"),
	};

	proto_writer_text(&list, span_of("*"));
	proto_writer_bool(&list, true);
	request.choices = proto_list_of(&list, 1);
	return request_of(ret, capacity, msgid, "record", &request);
}

struct conn *fixture_first_conn(struct fixture *fixture)
{
	fixture_pump_until(fixture, !TAILQ_EMPTY(&fixture->server->all));
	return TAILQ_FIRST(&fixture->server->all);
}

void client_expect(struct client *client, uint32_t msgid)
{
	struct proto_reply reply;

	cr_assert(client_receive(client, &reply));
	cr_assert_eq(reply.error, PROTO_ERROR_NONE, "%.*s", SPAN_ARG(reply.message));
	cr_assert_eq(reply.msgid, msgid);
}

size_t request_checks(uint8_t *data, size_t capacity, size_t n)
{
	size_t n_bytes = 0;

	for (uint32_t i = 0; i < n; i++)
		n_bytes += request_check(data + n_bytes, capacity - n_bytes, i, "sessionid");
	return n_bytes;
}
