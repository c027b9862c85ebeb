/* Bytes in any pieces, and peers that are slow, greedy or gone. */
#include <criterion/criterion.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "daemon/net/conn.h"
#include "tests/daemon/net/fixture.h"

static uint8_t bytes[1 << 20];
static struct proto_reply reply;

Test(conn, byte_by_byte)
{
	struct fixture *fixture = fixture_start(NULL);
	struct client client;
	size_t n_bytes = request_checks(bytes, sizeof(bytes), 3);

	client_connect(fixture, &client);
	for (size_t i = 0; i < n_bytes; i++) {
		client_send(&client, bytes + i, 1);
		fixture_pump(fixture);
	}
	for (uint32_t i = 0; i < 3; i++)
		client_expect(&client, i);
	client_close(&client);
	fixture_stop(fixture);
}

Test(conn, pipelined_10000)
{
	struct fixture *fixture = fixture_start(NULL);
	struct client client;
	size_t n_bytes = request_checks(bytes, sizeof(bytes), 10000);

	client_connect(fixture, &client);
	client_send(&client, bytes, n_bytes);
	for (uint32_t i = 0; i < 10000; i++)
		client_expect(&client, i);
	cr_assert_eq(fixture->n_checks, 10000);
	client_close(&client);
	fixture_stop(fixture);
}

Test(conn, half_close_gets_its_replies)
{
	struct fixture *fixture = fixture_start(NULL);
	struct client client;
	size_t n_bytes = request_checks(bytes, sizeof(bytes), 600);

	client_connect(fixture, &client);
	n_bytes += request_record(bytes + n_bytes, sizeof(bytes) - n_bytes, 600);
	client_send(&client, bytes, n_bytes);
	cr_assert_eq(shutdown(client.fd, SHUT_WR), 0);
	for (uint32_t i = 0; i < 600; i++)
		client_expect(&client, i);
	fixture_pump_until(fixture, fixture->n_queued == 1);
	fixture_commit(fixture, PROTO_ERROR_NONE);
	client_expect(&client, 600);
	cr_assert_not(client_receive(&client, &reply), "then it closes");
	cr_assert_eq(fixture->server->n_connections, 0);
	client_close(&client);
	fixture_stop(fixture);
}

Test(conn, half_close_inside_a_message)
{
	struct fixture *fixture = fixture_start(NULL);
	struct client client;
	size_t n_bytes = request_checks(bytes, sizeof(bytes), 2);

	client_connect(fixture, &client);
	client_send(&client, bytes, n_bytes - 1);
	cr_assert_eq(shutdown(client.fd, SHUT_WR), 0);
	client_expect(&client, 0);
	cr_assert_not(client_receive(&client, &reply));
	client_close(&client);
	fixture_stop(fixture);
}

Test(conn, closing_at_once)
{
	struct fixture *fixture = fixture_start(NULL);
	struct client client;
	size_t n_bytes = request_checks(bytes, sizeof(bytes), 5000);

	for (int i = 0; i < 20; i++) {
		client_connect(fixture, &client);
		client_send(&client, bytes, n_bytes);
		client_close(&client);
	}
	fixture_pump_until(fixture, fixture->server->n_accepted == 20);
	fixture_pump_until(fixture, fixture->server->n_connections == 0);
	cr_assert_eq(fixture->server->quota.left[QUOTA_BYTES], PROTO_LIMIT_BUFFERED_BYTES);
	fixture_stop(fixture);
}

/* ---- deadlines ---- */

Test(conn, silence_before_the_first_message)
{
	struct server_limits limits = server_limits_default();
	struct fixture *fixture;
	struct client client;

	limits.first_message_ms = 30;
	fixture = fixture_start(&limits);
	client_connect(fixture, &client);
	client_send(&client, bytes, request_checks(bytes, sizeof(bytes), 1) - 1);
	client_wait_closed(&client);
	client_close(&client);
	fixture_stop(fixture);
}

Test(conn, silence_after_a_message_is_allowed)
{
	struct server_limits limits = server_limits_default();
	struct fixture *fixture;
	struct client client;
	struct conn *conn;

	limits.first_message_ms = 20;
	limits.message_ms = 20;
	fixture = fixture_start(&limits);
	client_connect(fixture, &client);
	conn = fixture_first_conn(fixture);
	client_send(&client, bytes, request_checks(bytes, sizeof(bytes), 1));
	client_expect(&client, 0);
	cr_assert_not(conn->input_deadline.set);
	client_close(&client);
	fixture_stop(fixture);
}

Test(conn, a_message_that_does_not_end)
{
	struct server_limits limits = server_limits_default();
	struct fixture *fixture;
	struct client client;
	size_t n_bytes = request_checks(bytes, sizeof(bytes), 2);

	limits.message_ms = 50;
	fixture = fixture_start(&limits);
	client_connect(fixture, &client);
	client_send(&client, bytes, n_bytes - 10);
	client_expect(&client, 0);
	/* Dribbling does not help: the clock runs from the message's first byte. */
	for (size_t i = n_bytes - 10; i < n_bytes - 1; i++) {
		if (send(client.fd, bytes + i, 1, MSG_NOSIGNAL) < 0)
			break;
		fixture_pump(fixture);
	}
	client_wait_closed(&client);
	client_close(&client);
	fixture_stop(fixture);
}

Test(conn, the_clock_of_a_message_starts_anew_with_each)
{
	struct fixture *fixture = fixture_start(NULL);
	struct client client;
	struct conn *conn;
	size_t one = request_checks(bytes, sizeof(bytes), 1),
	       n_bytes = request_checks(bytes, sizeof(bytes), 2);
	uint64_t at_ms;

	client_connect(fixture, &client);
	conn = fixture_first_conn(fixture);
	client_send(&client, bytes, one + 5);
	client_expect(&client, 0);
	cr_assert(conn->input_deadline.set);
	at_ms = conn->input_deadline.at_ms;
	fixture_pump_until(fixture, uv_now(&fixture->loop) > at_ms - PROTO_LIMIT_MESSAGE_MS + 2);
	client_send(&client, bytes + one + 5, 1);
	fixture_pump_until(fixture, conn->input.end - conn->input.start == 6);
	cr_assert_eq(conn->input_deadline.at_ms, at_ms, "more of the same message");
	/* Its rest, with the beginning of the next. */
	memmove(bytes, bytes + one + 6, n_bytes - one - 6);
	request_check(bytes + n_bytes - one - 6, 4096, 2, "next");
	client_send(&client, bytes, n_bytes - one - 6 + 3);
	client_expect(&client, 1);
	cr_assert_gt(conn->input_deadline.at_ms, at_ms, "another message");
	client_close(&client);
	fixture_stop(fixture);
}

/* Sends requests for long results and never reads; returns how many were sent. */
static size_t ask_without_reading(struct fixture *fixture, struct client *client, size_t n)
{
	struct proto_policy_get_request get = {.site = span_of("a")};
	uint8_t call[128];
	size_t n_bytes = request_of(call, sizeof(call), 1, "policy_get", &get);
	size_t sent = 0;

	for (; sent < n; sent++) {
		if (send(client->fd, call, n_bytes, MSG_NOSIGNAL) != (ssize_t)n_bytes)
			break;
		fixture_pump(fixture);
	}
	return sent;
}

Test(conn, one_who_never_reads_stops_being_read)
{
	struct server_limits limits = server_limits_default();
	struct fixture *fixture;
	struct client client;
	struct conn *conn;

	limits.output_bytes = 1000000;
	fixture = fixture_start(&limits);
	fixture->yaml_bytes = 100000;
	client_connect(fixture, &client);
	conn = fixture_first_conn(fixture);
	ask_without_reading(fixture, &client, 100);
	fixture_pump_until(fixture, conn->paused);
	/* The reply that crosses the limit is the last. */
	cr_assert_gt(output_unsent(&conn->output), 1000000);
	cr_assert_leq(output_unsent(&conn->output), 1000000 + 100100);
	cr_assert_eq(conn->events, UV_WRITABLE);
	cr_assert(conn->output_deadline.set);
	cr_assert_not(conn->input_deadline.set);
	/* Who takes them after all gets every one. */
	for (size_t i = 0; i < 100; i++)
		client_expect(&client, 1);
	cr_assert_not(conn->paused);
	cr_assert_not(conn->output_deadline.set);
	cr_assert_eq(conn->output.capacity <= OUTPUT_FIRST_BYTES, true);
	cr_assert_eq(fixture->server->quota.left[QUOTA_BYTES], PROTO_LIMIT_BUFFERED_BYTES);
	client_close(&client);
	fixture_stop(fixture);
}

Test(conn, one_who_never_reads_is_closed)
{
	struct server_limits limits = server_limits_default();
	struct fixture *fixture;
	struct client client;

	limits.output_bytes = 1000000;
	limits.output_progress_ms = 50;
	fixture = fixture_start(&limits);
	fixture->yaml_bytes = 100000;
	client_connect(fixture, &client);
	ask_without_reading(fixture, &client, 100);
	fixture_pump_until(fixture, fixture->server->n_connections == 0);
	cr_assert_eq(fixture->server->quota.left[QUOTA_BYTES], PROTO_LIMIT_BUFFERED_BYTES);
	client_close(&client);
	fixture_stop(fixture);
}

Test(conn, progress_moves_the_deadline_of_the_output)
{
	struct fixture *fixture = fixture_start(NULL);
	struct client client;
	struct conn *conn;
	uint64_t at_ms;
	size_t unsent;

	fixture->yaml_bytes = 1000000;
	client_connect(fixture, &client);
	conn = fixture_first_conn(fixture);
	ask_without_reading(fixture, &client, 3);
	fixture_pump_until(fixture, conn->output_deadline.set);
	at_ms = conn->output_deadline.at_ms;
	unsent = output_unsent(&conn->output);
	fixture_pump_until(
	        fixture, uv_now(&fixture->loop) > at_ms - PROTO_LIMIT_OUTPUT_PROGRESS_MS + 2);
	cr_assert_eq(conn->output_deadline.at_ms, at_ms);
	while (output_unsent(&conn->output) >= unsent) {
		if (recv(client.fd, bytes, sizeof(bytes), 0) < 0)
			cr_assert_eq(errno, EAGAIN);
		fixture_pump(fixture);
	}
	cr_assert_gt(conn->output_deadline.at_ms, at_ms);
	client_close(&client);
	fixture_stop(fixture);
}

/* ---- writes ---- */

Test(conn, writes_at_the_limit_and_one_past)
{
	struct server_limits limits = server_limits_default();
	struct fixture *fixture;
	struct client client;
	struct conn *conn;
	size_t n_bytes = 0;

	limits.writes_per_connection = 8;
	fixture = fixture_start(&limits);
	client_connect(fixture, &client);
	conn = fixture_first_conn(fixture);
	for (uint32_t i = 0; i < 9; i++)
		n_bytes += request_record(bytes + n_bytes, sizeof(bytes) - n_bytes, i);
	client_send(&client, bytes, n_bytes);
	fixture_pump_until(fixture, conn->paused);
	cr_assert_eq(fixture->n_queued, 8);
	cr_assert_eq(conn->events, 0, "neither reads nor has to write");
	fixture_commit(fixture, PROTO_ERROR_NONE);
	for (uint32_t i = 0; i < 8; i++)
		cr_assert(client_receive(&client, &reply));
	fixture_pump_until(fixture, fixture->n_queued == 9);
	fixture_commit(fixture, PROTO_ERROR_NONE);
	client_expect(&client, 8);
	cr_assert_not(conn->paused);
	client_close(&client);
	fixture_stop(fixture);
}

Test(conn, writes_past_the_share_are_busy_and_hanging_up_makes_no_room)
{
	struct server_limits limits = server_limits_default();
	struct fixture *fixture;
	struct client client;

	limits.writes_queued = 2;
	fixture = fixture_start(&limits);
	client_connect(fixture, &client);
	/* A reply that is not read when the peer hangs up: its connection is closed at once. */
	client_send(&client, bytes, request_check(bytes, sizeof(bytes), 9, "a"));
	for (uint32_t i = 0; i < 2; i++)
		client_send(&client, bytes, request_record(bytes, sizeof(bytes), i));
	fixture_pump_until(fixture, fixture->n_queued == 2);
	client_close(&client);
	fixture_pump_until(fixture, fixture->server->n_connections == 0);
	client_connect(fixture, &client);
	client_send(&client, bytes, request_record(bytes, sizeof(bytes), 3));
	cr_assert(client_receive(&client, &reply));
	cr_assert_eq(reply.error, PROTO_ERROR_BUSY);
	client_send(&client, bytes, request_check(bytes, sizeof(bytes), 4, "a"));
	client_expect(&client, 4);
	fixture_commit(fixture, PROTO_ERROR_NONE);
	client_send(&client, bytes, request_record(bytes, sizeof(bytes), 5));
	fixture_pump_until(fixture, fixture->n_queued == 3);
	fixture_commit(fixture, PROTO_ERROR_NONE);
	client_expect(&client, 5);
	cr_assert_eq(fixture->server->quota.left[QUOTA_WRITES], 2);
	client_close(&client);
	fixture_stop(fixture);
}

Test(conn, gone_while_paused)
{
	struct server_limits limits = server_limits_default();
	struct fixture *fixture;
	struct client client;
	struct conn *conn;
	size_t n_bytes = 0;

	limits.writes_per_connection = 2;
	fixture = fixture_start(&limits);
	client_connect(fixture, &client);
	conn = fixture_first_conn(fixture);
	for (uint32_t i = 0; i < 5; i++)
		n_bytes += request_record(bytes + n_bytes, sizeof(bytes) - n_bytes, i);
	client_send(&client, bytes, n_bytes);
	fixture_pump_until(fixture, conn->paused);
	client_close(&client);
	fixture_commit(fixture, PROTO_ERROR_NONE);
	fixture_pump_until(fixture, fixture->server->n_connections == 0);
	fixture_stop(fixture);
}

/* ---- quota of bytes ---- */

Test(conn, long_messages_past_the_share_are_busy)
{
	struct server_limits limits = server_limits_default();
	struct fixture *fixture;
	struct client client;

	limits.buffered_bytes = 2 * PROTO_LIMIT_INPUT_BYTES;
	fixture = fixture_start(&limits);
	client_connect(fixture, &client);
	/* A bin of 1,000,000 bytes wants a buffer of 1 MiB; 192 KiB are there. */
	memset(bytes, 0, sizeof(bytes));
	memcpy(bytes,
	        "\x94\x00\x01\xa5hello\x91\x81\xa6"
	        "client\xc6\x00\x0f\x42\x40",
	        23);
	for (size_t at = 0; at < 400000 && client.fd >= 0; at += 1000) {
		if (send(client.fd, bytes + at, 1000, MSG_NOSIGNAL) < 0 && errno != EAGAIN)
			break;
		fixture_pump(fixture);
	}
	cr_assert(client_receive(&client, &reply));
	cr_assert_not(reply.has_msgid);
	cr_assert_eq(reply.error, PROTO_ERROR_BUSY);
	cr_assert_not(client_receive(&client, &reply));
	client_close(&client);
	fixture_stop(fixture);
}

Test(conn, long_results_past_the_share_are_busy)
{
	struct server_limits limits = server_limits_default();
	struct fixture *fixture;
	struct client client;

	limits.buffered_bytes = 500000;
	fixture = fixture_start(&limits);
	client_connect(fixture, &client);
	ask_without_reading(fixture, &client, 1);
	cr_assert(client_receive(&client, &reply));
	cr_assert_eq(reply.error, PROTO_ERROR_BUSY);
	client_send(&client, bytes, request_check(bytes, sizeof(bytes), 5, "a"));
	client_expect(&client, 5);
	client_close(&client);
	fixture_stop(fixture);
}

/* ---- descriptors ---- */

static void send_with_fd(int socket_fd, const void *data, size_t n_bytes, int fd)
{
	union {
		char space[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control = {.space = {0}};
	struct iovec part = {(void *)data, n_bytes};
	struct msghdr message = {
	        .msg_iov = &part,
	        .msg_iovlen = 1,
	        .msg_control = control.space,
	        .msg_controllen = sizeof(control.space),
	};
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);

	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(header), &fd, sizeof(fd));
	cr_assert_eq(sendmsg(socket_fd, &message, MSG_NOSIGNAL), (ssize_t)n_bytes);
}

/* A pipe's reading end sees the end once every copy of its writing end is closed. */
Test(conn, passed_descriptors_are_dropped)
{
	struct fixture *fixture = fixture_start(NULL);
	struct client client;
	int pipe_fds[2];
	char byte;

	client_connect(fixture, &client);
	cr_assert_eq(pipe2(pipe_fds, O_NONBLOCK | O_CLOEXEC), 0);
	send_with_fd(client.fd, bytes, request_checks(bytes, sizeof(bytes), 1), pipe_fds[1]);
	close(pipe_fds[1]);
	client_expect(&client, 0);
	cr_assert_eq(read(pipe_fds[0], &byte, 1), 0, "nobody holds it");
	close(pipe_fds[0]);
	client_close(&client);
	fixture_stop(fixture);
}
