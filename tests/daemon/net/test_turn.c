/* Whose turn it is, and for how long. */
#include <criterion/criterion.h>
#include <sys/socket.h>

#include "daemon/net/conn.h"
#include "tests/daemon/net/fixture.h"

static uint8_t bytes[1 << 20];
static struct proto_reply reply;

Test(turn, one_turn_serves_no_more_than_its_share)
{
	struct server_limits limits = server_limits_default();
	struct fixture *fixture;
	struct client client;
	struct conn *conn;
	size_t n_bytes = request_checks(bytes, sizeof(bytes), 10);

	limits.requests_per_turn = 4;
	limits.turn_ms = 60000;
	fixture = fixture_start(&limits);
	client_connect(fixture, &client);
	conn = fixture_first_conn(fixture);
	client_send(&client, bytes, n_bytes);
	fixture_pump_until(fixture, fixture->n_checks > 0);
	cr_assert_eq(fixture->n_checks, 4);
	cr_assert(conn->ready);
	fixture_pump_until(fixture, fixture->n_checks > 4);
	cr_assert_eq(fixture->n_checks, 8);
	for (uint32_t i = 0; i < 10; i++)
		client_expect(&client, i);
	cr_assert_not(conn->ready);
	client_close(&client);
	fixture_stop(fixture);
}

Test(turn, look_ups_are_counted_as_they_begin)
{
	struct server_limits limits = server_limits_default();
	struct fixture *fixture;
	struct client client;
	size_t n_bytes = 0;

	limits.requests_per_turn = 4;
	limits.turn_ms = 60000;
	fixture = fixture_start(&limits);
	client_connect(fixture, &client);
	for (uint32_t i = 0; i < 10; i++)
		n_bytes += request_grants(bytes + n_bytes, sizeof(bytes) - n_bytes, i, "a");
	client_send(&client, bytes, n_bytes);
	for (uint64_t n = 4; n <= 8; n += 4) {
		fixture_pump_until(fixture, fixture->n_begun > n - 4);
		cr_assert_eq(fixture->n_begun, n);
		cr_assert_eq(fixture->n_ended, n, "none is left for the next turn");
	}
	for (uint32_t i = 0; i < 10; i++)
		client_expect(&client, i);
	cr_assert_eq(fixture->n_ahead, 3 + 3 + 1);
	client_close(&client);
	fixture_stop(fixture);
}

Test(turn, one_turn_takes_no_longer_than_its_share)
{
	struct server_limits limits = server_limits_default();
	struct fixture *fixture;
	struct client client;
	size_t n_bytes = request_checks(bytes, sizeof(bytes), 10);

	limits.turn_ms = 10;
	fixture = fixture_start(&limits);
	fixture->check_ms = 20;
	client_connect(fixture, &client);
	client_send(&client, bytes, n_bytes);
	for (uint64_t n = 1; n <= 10; n++) {
		fixture_pump_until(fixture, fixture->n_checks >= n);
		cr_assert_eq(
		        fixture->n_checks, n, "one begun request is ended, and no other begun");
	}
	for (uint32_t i = 0; i < 10; i++)
		client_expect(&client, i);
	client_close(&client);
	fixture_stop(fixture);
}

Test(turn, one_who_floods_does_not_starve_another)
{
	struct server_limits limits = server_limits_default();
	struct fixture *fixture;
	struct client flood, other;
	size_t n_bytes = request_checks(bytes, sizeof(bytes), 10000);
	uint64_t before;

	limits.turn_ms = 60000; /* else a tick of the clock ends a round early */
	fixture = fixture_start(&limits);
	client_connect(fixture, &flood);
	client_connect(fixture, &other);
	fixture_pump_until(fixture, fixture->server->n_connections == 2);
	client_send(&flood, bytes, n_bytes);
	before = fixture->n_checks;
	client_send(&other, bytes, request_check(bytes, sizeof(bytes), 77, "a"));
	while (!client_receive(&other, &reply))
		;
	cr_assert_eq(reply.msgid, 77);
	/* It waited for a turn or two of the flood's, and not for all that lay in its buffer. */
	cr_assert_leq(fixture->n_checks - before, 3 * PROTO_LIMIT_REQUESTS_PER_TURN + 1,
	        "%u checks", (unsigned int)(fixture->n_checks - before));
	client_close(&flood);
	client_close(&other);
	fixture_stop(fixture);
}

enum { FLOODS = 40, FLOOD_CHECKS = 5 };

static struct client floods[FLOODS];

/* Every request is a turn, and every turn a round. The last connection is another uid's. */
static struct fixture *start_floods(struct client *other)
{
	struct server_limits limits = server_limits_default();
	struct fixture *fixture;

	limits.turn_ms = 1;
	fixture = fixture_start(&limits);
	for (size_t i = 0; i < FLOODS; i++)
		client_connect(fixture, &floods[i]);
	fixture_pump_until(fixture, fixture->server->n_connections == FLOODS);
	client_connect(fixture, other);
	fixture_pump_until(fixture, fixture->server->n_connections == FLOODS + 1);
	fixture_move_to_uid(fixture, TAILQ_LAST(&fixture->server->all, conn_list), 4242);
	fixture->check_ms = 8;
	for (size_t i = 0; i < FLOODS; i++)
		client_send(&floods[i], bytes, request_checks(bytes, sizeof(bytes), FLOOD_CHECKS));
	return fixture;
}

static void ask_among_floods(struct fixture *fixture, struct client *other)
{
	uint64_t before = fixture->n_checks;

	client_send(other, bytes, request_check(bytes, sizeof(bytes), 77, "a"));
	client_expect(other, 77);
	/* Some turns before the loop sees it, and one of the floods' uid; not one of each flood. */
	cr_assert_leq(fixture->n_checks - before, 10, "%u checks",
	        (unsigned int)(fixture->n_checks - before));
}

static void stop_floods(struct fixture *fixture, struct client *other)
{
	fixture->check_ms = 0;
	for (size_t i = 0; i < FLOODS; i++) {
		for (uint32_t msgid = 0; msgid < FLOOD_CHECKS; msgid++)
			client_expect(&floods[i], msgid);
		client_close(&floods[i]);
	}
	fixture_pump_until(fixture, fixture->server->n_ready == 0);
	client_close(other);
	fixture_stop(fixture);
}

Test(turn, one_uid_with_many_connections_waits_for_itself)
{
	struct client other;
	struct fixture *fixture = start_floods(&other);

	fixture_pump_until(fixture, fixture->n_checks > 3);
	ask_among_floods(fixture, &other);
	ask_among_floods(fixture, &other);
	stop_floods(fixture, &other);
}

Test(turn, what_becomes_readable_at_once_is_served_in_turns)
{
	struct client other;
	struct fixture *fixture = start_floods(&other);

	ask_among_floods(fixture, &other);
	stop_floods(fixture, &other);
}

Test(turn, connections_that_close_in_the_line_leave_it)
{
	struct client other;
	struct fixture *fixture = start_floods(&other);

	fixture_pump_until(fixture, fixture->server->n_ready >= FLOODS);
	client_close(&other);
	for (size_t i = 0; i < FLOODS; i++)
		client_close(&floods[i]);
	server_cut(fixture->server);
	cr_assert_eq(fixture->server->n_ready, 0);
	cr_assert(TAILQ_EMPTY(&fixture->server->ready));
	fixture_stop(fixture);
}

/* Three connections that are ready together, in the order in which they connected. */
static struct fixture *start_three(struct client clients[3])
{
	struct server_limits limits = server_limits_default();
	struct fixture *fixture;

	limits.turn_ms = 60000;
	fixture = fixture_start(&limits);
	for (size_t i = 0; i < 3; i++) {
		client_connect(fixture, &clients[i]);
		fixture_pump_until(fixture, fixture->server->n_connections == i + 1);
	}
	for (uint32_t i = 0; i < 3; i++)
		client_send(&clients[i], bytes, request_check(bytes, sizeof(bytes), i, "a"));
	return fixture;
}

Test(turn, replies_do_not_wait_for_a_long_round)
{
	struct client clients[3];
	struct fixture *fixture = start_three(clients);

	fixture->check_ms = 2;
	fixture->watched_fd = clients[0].fd;
	fixture_pump_until(fixture, fixture->n_checks == 3);
	cr_assert(fixture->watched_readable, "when the third was served");
	for (uint32_t i = 0; i < 3; i++) {
		client_expect(&clients[i], i);
		client_close(&clients[i]);
	}
	fixture_stop(fixture);
}

Test(turn, one_who_is_gone_before_its_reply_harms_no_other)
{
	struct client clients[3];
	struct fixture *fixture = start_three(clients);

	client_close(&clients[1]);
	client_expect(&clients[0], 0);
	client_expect(&clients[2], 2);
	fixture_pump_until(fixture, fixture->server->n_connections == 2);
	client_close(&clients[0]);
	client_close(&clients[2]);
	fixture_stop(fixture);
}

/* Sends look-ups, again and again, and takes no reply, until the daemon refuses. */
static void flood_unread(struct fixture *fixture, struct client *client, struct conn *conn)
{
	size_t n_bytes = 0, n_sent = 0;

	for (uint32_t i = 0; i < 100; i++)
		n_bytes += request_grants(bytes + n_bytes, sizeof(bytes) - n_bytes, i, "a");
	while (!conn->refused) {
		ssize_t n = send(
		        client->fd, bytes + n_sent, n_bytes - n_sent, MSG_DONTWAIT | MSG_NOSIGNAL);

		if (n > 0)
			n_sent = (n_sent + (size_t)n) % n_bytes;
		fixture_pump(fixture);
	}
}

Test(turn, a_look_up_without_room_for_its_reply_ends_the_connection)
{
	struct server_limits limits = server_limits_default();
	struct fixture *fixture;
	struct client client;
	uint64_t n_replies = 0;

	limits.buffered_bytes = 0;
	limits.turn_ms = 60000;
	fixture = fixture_start(&limits);
	client_connect(fixture, &client);
	flood_unread(fixture, &client, fixture_first_conn(fixture));
	/* The one that was refused, and the one that had begun behind it. */
	cr_expect_leq(fixture->n_begun - fixture->n_ended, 2);
	cr_expect_gt(fixture->n_begun, fixture->n_ended);
	while (client_receive(&client, &reply))
		cr_assert_eq(reply.msgid, n_replies++ % 100);
	cr_assert_eq(n_replies, fixture->n_ended, "whatever was run is answered");
	client_close(&client);
	fixture_stop(fixture);
}
