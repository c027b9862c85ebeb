/*
 * A descriptor goes with the first byte of its reply and with no other's, whole or not at all, whatever
 * the peer has not read yet.
 */
#include <criterion/criterion.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/net/conn.h"
#include "tests/daemon/net/fixture.h"

enum { LONG_BYTES = 900000, N_REPLIES = 64, CAPACITY = 16 << 20, LARGE_STEP = 65536 };

static uint8_t bytes[65536];

/* What a peer got: replies, and the descriptors between them. */
struct stream {
	struct fixture *fixture;
	struct client client;
	uint8_t *data;
	size_t n_bytes, at;
	size_t step; /* read at once: by single bytes it shows with which of them a descriptor came */
	struct proto_scanner scanner;
	size_t fds_at[N_REPLIES]; /* the byte that each came with */
	int fds[N_REPLIES];
	size_t n_fds;
};

static struct stream stream;

static void start(void)
{
	stream.fixture = fixture_start(NULL);
	stream.step = 1;
	stream.fixture->map_fd = memfd_create("passed", MFD_CLOEXEC);
	stream.fixture->page_bytes = 100;
	stream.data = malloc(CAPACITY);
	cr_assert(stream.data && stream.fixture->map_fd >= 0);
	client_connect(stream.fixture, &stream.client);
}

static void end(void)
{
	for (size_t i = 0; i < stream.n_fds; i++)
		close(stream.fds[i]);
	client_close(&stream.client);
	fixture_stop(stream.fixture);
	close(stream.fixture->map_fd);
	free(stream.data);
}

TestSuite(passed, .init = start, .fini = end);

static void ask(const char *method, uint32_t msgid)
{
	struct proto_map_request map = {0};
	struct proto_policy_get_request policy = {.site = span_of("example.org")};
	bool is_map = strcmp(method, "map") == 0;
	size_t n_bytes = request_of(
	        bytes, sizeof(bytes), msgid, method, is_map ? (void *)&map : (void *)&policy);

	client_send(&stream.client, bytes, n_bytes);
}

static void ask_check(uint32_t msgid)
{
	size_t n_bytes = request_check(bytes, sizeof(bytes), msgid, "sessionid");

	client_send(&stream.client, bytes, n_bytes);
}

static void take_fds(struct msghdr *message)
{
	for (struct cmsghdr *header = CMSG_FIRSTHDR(message); header;
	        header = CMSG_NXTHDR(message, header)) {
		cr_assert_eq(header->cmsg_type, SCM_RIGHTS);
		cr_assert_eq(header->cmsg_len, CMSG_LEN(sizeof(int)), "one descriptor");
		memcpy(&stream.fds[stream.n_fds], CMSG_DATA(header), sizeof(int));
		stream.fds_at[stream.n_fds++] = stream.n_bytes;
	}
}

static void read_once(void)
{
	char control[256];
	struct iovec data = {stream.data + stream.n_bytes, stream.step};
	struct msghdr message = {.msg_iov = &data,
	        .msg_iovlen = 1,
	        .msg_control = control,
	        .msg_controllen = sizeof(control)};
	cr_assert_leq(stream.step, CAPACITY - stream.n_bytes);
	ssize_t n = recvmsg(stream.client.fd, &message, MSG_CMSG_CLOEXEC);

	if (n < 0) {
		cr_assert_eq(errno, EAGAIN);
		return;
	}
	cr_assert_gt(n, 0, "the daemon closed");
	take_fds(&message);
	stream.n_bytes += (size_t)n;
}

static bool next_reply(struct proto_reply *ret, size_t *ret_at)
{
	struct span rest = {stream.data + stream.at, stream.n_bytes - stream.at};
	size_t n_bytes;

	if (rest.n_bytes == 0 || proto_scanner_feed(&stream.scanner, rest, &n_bytes) != 0)
		return false;
	cr_assert_eq(proto_rpc_parse_reply(span_bytes(rest.data, n_bytes), ret), 0);
	*ret_at = stream.at;
	stream.at += n_bytes;
	return true;
}

/* The next reply; returns where it began. */
static size_t expect_reply(uint32_t msgid, enum proto_error error)
{
	struct proto_reply reply;
	size_t at;

	fixture_pump_until(stream.fixture, (read_once(), next_reply(&reply, &at)));
	cr_expect_eq(reply.msgid, msgid, "%u", reply.msgid);
	cr_expect_eq(reply.error, error, "%.*s", SPAN_ARG(reply.message));
	return at;
}

static void expect_passed(size_t i, size_t at)
{
	struct stat ours, theirs;

	cr_assert_lt(i, stream.n_fds);
	cr_expect_eq(stream.fds_at[i], at, "at %zu, and not %zu", stream.fds_at[i], at);
	cr_assert_eq(fstat(stream.fixture->map_fd, &ours), 0);
	cr_assert_eq(fstat(stream.fds[i], &theirs), 0);
	cr_expect(ours.st_ino == theirs.st_ino && ours.st_dev == theirs.st_dev);
}

static void wait_until_blocked(void)
{
	fixture_pump_until(
	        stream.fixture, !TAILQ_EMPTY(&stream.fixture->server->all) &&
	                                TAILQ_FIRST(&stream.fixture->server->all)->output.blocked);
}

Test(passed, comes_with_its_reply)
{
	ask("map", 1);
	expect_passed(0, expect_reply(1, PROTO_ERROR_NONE));
	cr_expect_eq(stream.n_fds, 1);
}

Test(passed, comes_behind_what_was_answered_before)
{
	ask_check(1);
	ask("map", 2);
	ask_check(3);
	ask("map", 4);
	ask("map", 5);
	expect_reply(1, PROTO_ERROR_NONE);
	expect_passed(0, expect_reply(2, PROTO_ERROR_NONE));
	expect_reply(3, PROTO_ERROR_NONE);
	expect_passed(1, expect_reply(4, PROTO_ERROR_NONE));
	expect_passed(2, expect_reply(5, PROTO_ERROR_NONE));
	cr_expect_eq(stream.n_fds, 3);
}

Test(passed, comes_once_with_a_reply_that_goes_in_parts)
{
	stream.fixture->page_bytes = LONG_BYTES;
	stream.step = LARGE_STEP;
	ask("map", 1);
	wait_until_blocked();
	ask_check(2);
	expect_passed(0, expect_reply(1, PROTO_ERROR_NONE));
	expect_reply(2, PROTO_ERROR_NONE);
	cr_expect_eq(stream.n_fds, 1);
	cr_expect_eq(stream.n_bytes, stream.at);
}

Test(passed, a_second_waits_for_the_rest_of_the_first)
{
	stream.fixture->page_bytes = LONG_BYTES;
	stream.step = LARGE_STEP;
	ask("map", 1);
	ask("map", 2);
	wait_until_blocked();
	expect_passed(0, expect_reply(1, PROTO_ERROR_NONE));
	expect_reply(2, PROTO_ERROR_BUSY);
	ask("map", 3);
	expect_passed(1, expect_reply(3, PROTO_ERROR_NONE));
	cr_expect_eq(stream.n_fds, 2);
}

/* More than its socket holds, and less than stops the daemon from serving it. */
Test(passed, a_peer_that_does_not_read_is_told_busy)
{
	const uint32_t n_asked = 20;

	stream.fixture->yaml_bytes = 16000;
	stream.step = LARGE_STEP;
	for (uint32_t i = 0; i < n_asked; i++)
		ask("policy_get", i);
	wait_until_blocked();
	ask("map", n_asked);
	ask_check(n_asked + 1);
	fixture_pump_until(stream.fixture, stream.fixture->n_checks == 1);
	for (uint32_t i = 0; i < n_asked; i++)
		expect_reply(i, PROTO_ERROR_NONE);
	expect_reply(n_asked, PROTO_ERROR_BUSY);
	expect_reply(n_asked + 1, PROTO_ERROR_NONE);
	cr_expect_eq(stream.n_fds, 0);
	ask("map", n_asked + 2);
	expect_passed(0, expect_reply(n_asked + 2, PROTO_ERROR_NONE));
}
