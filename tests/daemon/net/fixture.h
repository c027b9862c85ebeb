/*
 * A server with made-up operations, and clients that talk to it over real sockets, all on one
 * thread: whoever waits lets the loop run meanwhile.
 */
#ifndef TESTS_DAEMON_NET_FIXTURE_H
#define TESTS_DAEMON_NET_FIXTURE_H

#include <sys/un.h>

#include "daemon/net/server.h"
#include "proto/rpc.h"
#include "proto/scanner.h"

struct fixture {
	uv_loop_t loop;
	uv_timer_t tick;
	struct access access;
	struct clock clock;
	struct op_env env; /* counters, and nothing else */
	struct server *server;
	struct sockaddr_un address;
	socklen_t address_bytes;
	size_t yaml_bytes; /* how long the yaml of a policy_get is */
	size_t page_bytes; /* how long the page of a policy_render is; goes beyond a message */
	int map_fd;        /* that a map is answered with, in a result as long as a page */
	int watched_fd; /* where it is not 0, each check looks whether something can be read there */
	bool watched_readable;
	uint64_t check_ms;       /* how long a check takes */
	struct op_write *queued; /* by `record`, newest first, until fixture_commit */
	uint64_t n_queued, n_freed, n_checks;
	struct proto_site_key key; /* any */
	uint64_t n_begun, n_ended; /* grants, the one operation that begins before it runs */
	uint64_t n_ahead;          /* of them those that began while another had not ended */
	bool stopped;
};

/* `limits` NULL: the defaults. The test itself holds all roles. */
struct fixture *fixture_start(const struct server_limits *limits);
/* Stops in order, and checks that nothing of the server is left. */
void fixture_stop(struct fixture *fixture);

/* Makes the connection, which holds nothing yet, one of another uid. */
void fixture_move_to_uid(struct fixture *fixture, struct conn *conn, uid_t uid);

/* Lets the loop run for one round, at most a millisecond or two. */
void fixture_pump(struct fixture *fixture);
/* Pumps until the condition holds; the test fails when it does not within 20 s. */
#define fixture_pump_until(fixture, condition)                                                     \
	do {                                                                                       \
		uint64_t give_up_ms_ = uv_hrtime() / 1000000 + 20000;                              \
		while (!(condition)) {                                                             \
			cr_assert_lt(uv_hrtime() / 1000000, give_up_ms_, "never: " #condition);    \
			fixture_pump(fixture);                                                     \
		}                                                                                  \
	} while (0)

/* Finishes all queued writes with this error (PROTO_ERROR_NONE: done), as the committer would. */
void fixture_commit(struct fixture *fixture, enum proto_error error);

struct client {
	struct fixture *fixture;
	int fd;
	uint8_t *data;
	size_t capacity, start, end;
	struct proto_scanner scanner;
	bool ended; /* the daemon closed */
};

void client_connect(struct fixture *fixture, struct client *ret);
void client_close(struct client *client);
void client_send(struct client *client, const void *data, size_t n_bytes);
/* The next reply; its spans are valid until the next call. False: the daemon closed instead. */
bool client_receive(struct client *client, struct proto_reply *ret);
/* The same without waiting: false where no whole reply is there. The daemon must not have closed. */
bool client_poll(struct client *client, struct proto_reply *ret);
/* Reads whatever comes, until the daemon closes. */
void client_wait_closed(struct client *client);

/*
 * Whole requests. Each returns the bytes written to `ret`. `request` is the struct of the method,
 * or, of one that does not exist, of `hello`.
 */
size_t request_check(uint8_t *ret, size_t capacity, uint32_t msgid, const char *cookie);
size_t request_grants(uint8_t *ret, size_t capacity, uint32_t msgid, const char *subject);
size_t request_record(uint8_t *ret, size_t capacity, uint32_t msgid);
size_t request_of(
        uint8_t *ret, size_t capacity, uint32_t msgid, const char *method, const void *request);

/* The first connection, once there is one. */
struct conn *fixture_first_conn(struct fixture *fixture);

/* Receives a reply, which must be a result with that msgid. */
void client_expect(struct client *client, uint32_t msgid);

/* So many checks, with msgids from 0 on; returns how many bytes they take. */
size_t request_checks(uint8_t *data, size_t capacity, size_t n);

#endif
