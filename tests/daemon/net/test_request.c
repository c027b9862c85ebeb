/* The pipeline: what is answered to what, and what the connection survives. */
#include <criterion/criterion.h>

#include <stdio.h>
#include <unistd.h>

#include "daemon/net/conn.h"
#include "daemon/op/counters.h"
#include "tests/daemon/net/fixture.h"

static struct fixture *fixture;
static struct client client;
static uint8_t bytes[8192];
static struct proto_reply reply;

static void start(void)
{
	fixture = fixture_start(NULL);
	client_connect(fixture, &client);
}

static void stop(void)
{
	client_close(&client);
	fixture_stop(fixture);
}

TestSuite(request, .init = start, .fini = stop);

static void send_raw(const char *data, size_t n_bytes)
{
	client_send(&client, data, n_bytes);
}

static void send_check(uint32_t msgid, const char *cookie)
{
	client_send(&client, bytes, request_check(bytes, sizeof(bytes), msgid, cookie));
}

static void expect_error(uint32_t msgid, enum proto_error error, const char *part)
{
	cr_assert(client_receive(&client, &reply));
	cr_assert(reply.has_msgid);
	cr_assert_eq(reply.msgid, msgid);
	cr_assert_eq(reply.error, error, "%s", proto_error_name(reply.error));
	cr_assert_not_null(memmem(reply.message.data, reply.message.n_bytes, part, strlen(part)),
	        "%.*s", SPAN_ARG(reply.message));
}

/* {"cookies": [name]} comes back. */
static void expect_check(uint32_t msgid, const char *cookie)
{
	uint8_t expected[512];
	struct proto_writer writer = proto_writer_of(expected, sizeof(expected));

	proto_writer_map(&writer, 1);
	proto_writer_text(&writer, span_of("cookies"));
	proto_writer_array(&writer, 1);
	proto_writer_text(&writer, span_of(cookie));
	cr_assert(client_receive(&client, &reply));
	cr_assert_eq(reply.error, PROTO_ERROR_NONE, "%.*s", SPAN_ARG(reply.message));
	cr_assert_eq(reply.msgid, msgid);
	cr_assert(span_equal(reply.result, proto_writer_span(&writer)));
}

/* The error that answers bytes in which no request is found; the connection closes behind it. */
static void expect_refusal(enum proto_error error)
{
	cr_assert(client_receive(&client, &reply));
	cr_assert_not(reply.has_msgid);
	cr_assert_eq(reply.error, error, "%s", proto_error_name(reply.error));
	cr_assert_not(client_receive(&client, &reply));
}

Test(request, read)
{
	send_check(1, "sessionid");
	expect_check(1, "sessionid");
}

Test(request, msgid_at_the_limit)
{
	send_check(UINT32_MAX, "a");
	expect_check(UINT32_MAX, "a");
}

Test(request, unknown_method)
{
	client_send(&client, bytes,
	        request_of(bytes, sizeof(bytes), 3, "no_such",
	                &(struct proto_hello_request){.client = SPAN_NONE}));
	expect_error(3, PROTO_ERROR_UNKNOWN_METHOD, "`no_such`");
	send_check(4, "still_here");
	expect_check(4, "still_here");
}

Test(request, unknown_method_that_would_move_a_cursor)
{
	client_send(&client, bytes,
	        request_of(bytes, sizeof(bytes), 3, "\033[2J",
	                &(struct proto_hello_request){.client = SPAN_NONE}));
	expect_error(3, PROTO_ERROR_UNKNOWN_METHOD, "4 bytes");
}

Test(request, fault_names_field_and_operation)
{
	/* [0, 9, "check", [{"sit": "x"}]] */
	send_raw("\x94\x00\x09\xa5"
	         "check\x91\x81\xa3"
	         "sit\xa1"
	         "x",
	        17);
	expect_error(9, PROTO_ERROR_UNKNOWN_FIELD, "sit");
	/* [0, 10, "check", [{}]] */
	send_raw("\x94\x00\x0a\xa5"
	         "check\x91\x80",
	        11);
	expect_error(10, PROTO_ERROR_MISSING_FIELD, "site");
	send_check(11, "still_here");
	expect_check(11, "still_here");
}

Test(request, failing_operation)
{
	struct proto_erase_request erase = {.site = span_of("a"), .subject = span_of("b")};

	client_send(&client, bytes, request_of(bytes, sizeof(bytes), 5, "erase", &erase));
	expect_error(5, PROTO_ERROR_CONFLICT, "made-up conflict");
}

Test(request, forbidden_names_the_role)
{
	/* The peer's roles were read at accept. */
	struct conn *conn;

	fixture_pump_until(fixture, fixture->server->n_connections == 1);
	conn = TAILQ_FIRST(&fixture->server->all);
	conn->peer.roles = PROTO_ROLE_READER;
	client_send(&client, bytes, request_record(bytes, sizeof(bytes), 6));
	expect_error(6, PROTO_ERROR_FORBIDDEN, "`recorder`");
	cr_assert_eq(fixture->n_queued, 0);
	send_check(7, "a");
	expect_check(7, "a");
	conn->peer.roles = 0;
	send_check(8, "a");
	expect_error(8, PROTO_ERROR_FORBIDDEN, "`reader`");
}

Test(request, notifications_get_no_reply)
{
	/* [2, "check", [{}]], [2, "no_such", [{}]], [2, "hello", [{}]] */
	send_raw("\x93\x02\xa5"
	         "check\x91\x80",
	        10);
	send_raw("\x93\x02\xa7"
	         "no_such\x91\x80",
	        12);
	send_raw("\x93\x02\xa5"
	         "hello\x91\x80",
	        10);
	send_check(1, "only");
	expect_check(1, "only");
	cr_assert_eq(client.start, client.end, "nothing else has come");
}

Test(request, garbage_is_refused_once)
{
	send_raw("\xc1\xc1\xc1\xc1", 4);
	expect_refusal(PROTO_ERROR_MALFORMED);
}

Test(request, text_protocol_is_refused)
{
	send_raw("GET / HTTP/1.1\r\n\r\n", 18);
	expect_refusal(PROTO_ERROR_MALFORMED);
}

Test(request, what_stands_before_garbage_is_answered)
{
	size_t n = request_check(bytes, sizeof(bytes), 1, "a");

	bytes[n] = 0xc1;
	client_send(&client, bytes, n + 1);
	expect_check(1, "a");
	expect_refusal(PROTO_ERROR_MALFORMED);
}

Test(request, garbage_behind_a_look_up_is_refused_after_its_answer)
{
	size_t n = request_grants(bytes, sizeof(bytes), 1, "a");

	bytes[n] = 0xc1;
	client_send(&client, bytes, n + 1);
	client_expect(&client, 1);
	expect_refusal(PROTO_ERROR_MALFORMED);
}

Test(request, look_up_behind_a_refused_one_is_answered)
{
	struct proto_hello_request any = {.client = span_of("test")};
	size_t n = request_of(bytes, sizeof(bytes), 1, "no_such_method", &any);

	n += request_grants(bytes + n, sizeof(bytes) - n, 2, "a");
	client_send(&client, bytes, n);
	expect_error(1, PROTO_ERROR_UNKNOWN_METHOD, "no_such_method");
	client_expect(&client, 2);
}

Test(request, writes_before_garbage_are_answered)
{
	size_t n = request_record(bytes, sizeof(bytes), 1);

	bytes[n] = 0xc1;
	client_send(&client, bytes, n + 1);
	cr_assert(client_receive(&client, &reply));
	cr_assert_not(reply.has_msgid);
	fixture_commit(fixture, PROTO_ERROR_NONE);
	cr_assert(client_receive(&client, &reply));
	cr_assert_eq(reply.msgid, 1);
	cr_assert_not(client_receive(&client, &reply));
}

Test(request, array_that_promises_gigabytes)
{
	send_raw("\xdd\x01\x00\x00\x00", 5);
	expect_refusal(PROTO_ERROR_TOO_LARGE);
}

Test(request, message_at_the_limit_and_one_past)
{
	/* [0, 1, "hello", [{"client": bin}]] is read whole, then refused for its type. */
	static uint8_t message[PROTO_LIMIT_MESSAGE_BYTES + 1];
	const uint8_t head[] = "\x94\x00\x01\xa5hello\x91\x81\xa6"
	                       "client\xc6\x00\x0f\xff";
	size_t head_bytes = sizeof(head) - 1;
	size_t payload = PROTO_LIMIT_MESSAGE_BYTES - head_bytes - 1;

	memcpy(message, head, head_bytes);
	message[head_bytes] = (uint8_t)payload;
	cr_assert_eq(payload >> 8, 0xfff, "the head says so");
	client_send(&client, message, PROTO_LIMIT_MESSAGE_BYTES);
	expect_error(1, PROTO_ERROR_BAD_TYPE, "client");
	send_check(2, "still_here");
	expect_check(2, "still_here");
	message[head_bytes]++;
	/* It is refused as soon as its length shows, so not all of it need be taken. */
	send_raw((const char *)message, 1000);
	expect_refusal(PROTO_ERROR_TOO_LARGE);
}

Test(request, memory_of_a_long_message_is_given_back)
{
	static uint8_t message[300000];
	const uint8_t head[] = "\x94\x00\x01\xa5hello\x91\x81\xa6"
	                       "client\xc6\x00\x04\x93\x80";
	struct conn *conn;

	cr_assert_lt(sizeof(head) - 1 + 0x49380, sizeof(message) + 1);
	memcpy(message, head, sizeof(head) - 1);
	client_send(&client, message, sizeof(head) - 1 + 0x49380);
	expect_error(1, PROTO_ERROR_BAD_TYPE, "client");
	conn = TAILQ_FIRST(&fixture->server->all);
	cr_assert_eq(conn->input.capacity, PROTO_LIMIT_INPUT_BYTES);
	cr_assert_eq(fixture->server->quota.left[QUOTA_BYTES], PROTO_LIMIT_BUFFERED_BYTES);
}

Test(request, result_at_the_limit_and_one_past)
{
	struct proto_policy_get_request get = {.site = span_of("a")};
	/* [1, 1, nil, {"yaml": str32 …}] */
	size_t overhead = 4 + 1 + 5 + 5;

	fixture->yaml_bytes = PROTO_LIMIT_MESSAGE_BYTES - overhead;
	client_send(&client, bytes, request_of(bytes, sizeof(bytes), 1, "policy_get", &get));
	cr_assert(client_receive(&client, &reply));
	cr_assert_eq(reply.error, PROTO_ERROR_NONE);
	cr_assert_eq(reply.result.n_bytes, fixture->yaml_bytes + 11);
	fixture->yaml_bytes++;
	client_send(&client, bytes, request_of(bytes, sizeof(bytes), 2, "policy_get", &get));
	expect_error(2, PROTO_ERROR_TOO_LARGE, "policy_get");
	send_check(3, "still_here");
	expect_check(3, "still_here");
	cr_assert_eq(fixture->server->quota.left[QUOTA_BYTES], PROTO_LIMIT_BUFFERED_BYTES);
}

Test(request, write_is_answered_when_it_is_through)
{
	client_send(&client, bytes, request_record(bytes, sizeof(bytes), 21));
	send_check(22, "overtakes");
	expect_check(22, "overtakes");
	cr_assert_eq(fixture->n_queued, 1);
	fixture_commit(fixture, PROTO_ERROR_NONE);
	cr_assert(client_receive(&client, &reply));
	cr_assert_eq(reply.msgid, 21);
	cr_assert_eq(reply.error, PROTO_ERROR_NONE);
}

Test(request, write_that_fails)
{
	client_send(&client, bytes, request_record(bytes, sizeof(bytes), 21));
	fixture_pump_until(fixture, fixture->n_queued == 1);
	fixture_commit(fixture, PROTO_ERROR_STORAGE_FULL);
	expect_error(21, PROTO_ERROR_STORAGE_FULL, "made-up failure");
}

Test(request, write_with_a_long_result)
{
	struct proto_policy_apply_request apply = {.yaml = span_of("y")};

	fixture->page_bytes = 500000;
	client_send(&client, bytes, request_of(bytes, sizeof(bytes), 1, "policy_apply", &apply));
	fixture_pump_until(fixture, fixture->n_queued == 1);
	fixture_commit(fixture, PROTO_ERROR_NONE);
	cr_assert(client_receive(&client, &reply));
	cr_assert_eq(reply.error, PROTO_ERROR_NONE);
	cr_assert_gt(reply.result.n_bytes, 500000);
	fixture->page_bytes = PROTO_LIMIT_MESSAGE_BYTES;
	client_send(&client, bytes, request_of(bytes, sizeof(bytes), 2, "policy_apply", &apply));
	fixture_pump_until(fixture, fixture->n_queued == 2);
	fixture_commit(fixture, PROTO_ERROR_NONE);
	expect_error(2, PROTO_ERROR_TOO_LARGE, "it is done");
}

Test(request, write_notification)
{
	/* [2, "record", [{…}]]: the same params behind another head. */
	uint8_t call[512];
	size_t n = request_record(call, sizeof(call), 1);

	cr_assert_eq(memcmp(call, "\x94\x00\x01\xa6record", 10), 0);
	bytes[0] = 0x93;
	bytes[1] = 0x02;
	memcpy(bytes + 2, call + 3, n - 3);
	client_send(&client, bytes, n - 1);
	fixture_pump_until(fixture, fixture->n_queued == 1);
	fixture_commit(fixture, PROTO_ERROR_NONE);
	send_check(2, "nothing_before_it");
	expect_check(2, "nothing_before_it");
}

Test(request, memory_of_a_reply_that_is_not_wanted_is_given_back)
{
	/* [2, "policy_get", [{"site": "a"}]] */
	send_raw("\x93\x02\xaapolicy_get\x91\x81\xa4site\xa1"
	         "a",
	        22);
	fixture_pump_until(fixture, fixture->server->n_connections == 1);
	fixture_pump_until(fixture, TAILQ_FIRST(&fixture->server->all)->greeted);
	cr_assert_eq(fixture->server->quota.left[QUOTA_BYTES], PROTO_LIMIT_BUFFERED_BYTES);
}

Test(request, memory_of_a_reply_that_comes_later_is_given_back)
{
	struct proto_policy_apply_request apply = {.yaml = span_of("site: a")};

	client_send(&client, bytes, request_of(bytes, sizeof(bytes), 1, "policy_apply", &apply));
	fixture_pump_until(fixture, fixture->n_queued == 1);
	cr_assert_eq(fixture->server->quota.left[QUOTA_BYTES], PROTO_LIMIT_BUFFERED_BYTES);
}

Test(request, write_whose_connection_is_gone)
{
	client_send(&client, bytes, request_record(bytes, sizeof(bytes), 1));
	fixture_pump_until(fixture, fixture->n_queued == 1);
	conn_close(TAILQ_FIRST(&fixture->server->all));
	cr_assert_null(fixture->queued->ctx);
	fixture_commit(fixture, PROTO_ERROR_NONE);
	cr_assert_eq(fixture->n_freed, 1);
}

Test(request, stopping)
{
	client_send(&client, bytes, request_record(bytes, sizeof(bytes), 1));
	fixture_pump_until(fixture, fixture->n_queued == 1);
	send_check(2, "too_late");
	server_stop(fixture->server);
	expect_error(2, PROTO_ERROR_SHUTTING_DOWN, "stopping");
	fixture_commit(fixture, PROTO_ERROR_NONE);
	cr_assert(client_receive(&client, &reply));
	cr_assert_eq(reply.msgid, 1, "what was queued is answered");
	cr_assert_not(client_receive(&client, &reply));
	fixture_pump_until(fixture, fixture->stopped);
}

static void take_counter(void *ctx, const char *name, uint64_t value)
{
	char *line = ctx;

	if (value != 0)
		snprintf(line + strlen(line), 256 - strlen(line), "%s=%u ", name,
		        (unsigned int)value);
}

Test(request, calls_and_errors_are_counted)
{
	static const struct proto_erase_request erase = {
	        .site = {(const uint8_t *)"s", 1}, .subject = {(const uint8_t *)"x", 1}};
	static const struct proto_erase_request nobody;
	char line[256] = "";

	send_check(1, "a");
	expect_check(1, "a");
	client_send(&client, bytes, request_of(bytes, sizeof(bytes), 2, "erase", &erase));
	expect_error(2, PROTO_ERROR_CONFLICT, "made-up");
	client_send(&client, bytes, request_of(bytes, sizeof(bytes), 3, "erase", &nobody));
	expect_error(3, PROTO_ERROR_INVALID_VALUE, "`site`");
	client_send(&client, bytes, request_record(bytes, sizeof(bytes), 4));
	fixture_pump_until(fixture, fixture->n_queued == 1);
	fixture_commit(fixture, PROTO_ERROR_STORAGE_FULL);
	expect_error(4, PROTO_ERROR_STORAGE_FULL, "made-up");
	send_raw("\xc1", 1);
	expect_refusal(PROTO_ERROR_MALFORMED);
	op_counters_each(fixture->env.counters, take_counter, line);
	cr_expect_str_eq(line, "calls_check=1 calls_record=1 calls_erase=1 errors_malformed=1 "
	                       "errors_invalid_value=1 errors_conflict=1 errors_storage_full=1 ");
}
