/*
 * Many peers that cut their bytes anywhere, pipeline reads, writes and long results, and take their
 * replies whenever they like: each request is answered once, with its own answer, whatever the
 * limits do meanwhile. The seed is printed, and CONSENT_SEED repeats a run.
 */
#include <criterion/criterion.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "tests/daemon/net/fixture.h"

enum { PEERS = 12, REQUESTS = 400, SENT_BYTES = 1 << 16 };

struct peer {
	struct client client;
	uint8_t bytes[SENT_BYTES];
	size_t n_bytes, n_sent;
	uint8_t kinds[REQUESTS]; /* of request i, which has msgid i */
	bool answered[REQUESTS];
	size_t n_answered;
};

enum kind { CHECK, GRANTS, RECORD, POLICY_GET, ERASE };

static struct peer peers[PEERS];
static uint64_t random_state;

/* xorshift64*: the same numbers everywhere. */
static uint32_t random_below(uint32_t bound)
{
	random_state ^= random_state >> 12;
	random_state ^= random_state << 25;
	random_state ^= random_state >> 27;
	return (uint32_t)((random_state * UINT64_C(2685821657736338717)) >> 33) % bound;
}

static void seed(void)
{
	const char *given = getenv("CONSENT_SEED");

	random_state = given ? strtoull(given, NULL, 10) : uv_hrtime() | 1;
	fprintf(stderr, "CONSENT_SEED=%llu\n", (unsigned long long)random_state);
}

/* Names the cookie or the subject after the request, so that the reply says which it belongs to. */
static void name_of(const struct peer *peer, uint32_t msgid, char ret[32])
{
	snprintf(ret, 32, "c%zu_%u", (size_t)(peer - peers), msgid);
}

static size_t write_request(struct peer *peer, uint32_t msgid, enum kind kind)
{
	uint8_t *at = peer->bytes + peer->n_bytes;
	size_t capacity = sizeof(peer->bytes) - peer->n_bytes;
	struct proto_policy_get_request get = {.site = span_of("a")};
	struct proto_erase_request erase = {.site = span_of("a"), .subject = span_of("b")};
	char name[32];

	switch (kind) {
	case CHECK:
		name_of(peer, msgid, name);
		return request_check(at, capacity, msgid, name);
	case GRANTS:
		name_of(peer, msgid, name);
		return request_grants(at, capacity, msgid, name);
	case RECORD:
		return request_record(at, capacity, msgid);
	case POLICY_GET:
		return request_of(at, capacity, msgid, "policy_get", &get);
	default:
		return request_of(at, capacity, msgid, "erase", &erase);
	}
}

static void prepare(struct fixture *fixture, struct peer *peer)
{
	client_connect(fixture, &peer->client);
	for (uint32_t i = 0; i < REQUESTS; i++) {
		/* Long results are rare, as they are in life. */
		enum kind kind = random_below(40) == 0 ? POLICY_GET : (enum kind)random_below(3);

		if (random_below(20) == 0)
			kind = ERASE;
		peer->kinds[i] = (uint8_t)kind;
		peer->n_bytes += write_request(peer, i, kind);
	}
}

static void send_some(struct peer *peer)
{
	size_t left = peer->n_bytes - peer->n_sent;
	size_t n_bytes = 1 + random_below(random_below(4) == 0 ? 4000 : 40);
	ssize_t n;

	if (left == 0)
		return;
	n = send(peer->client.fd, peer->bytes + peer->n_sent, n_bytes < left ? n_bytes : left,
	        MSG_NOSIGNAL);
	if (n > 0)
		peer->n_sent += (size_t)n;
	else
		cr_assert_eq(errno, EAGAIN);
}

static void check_reply(struct peer *peer, const struct proto_reply *reply)
{
	uint32_t i = reply->msgid;
	char name[32];

	cr_assert(reply->has_msgid && i < REQUESTS && !peer->answered[i]);
	peer->answered[i] = true;
	peer->n_answered++;
	cr_assert_eq(
	        reply->error, peer->kinds[i] == ERASE ? PROTO_ERROR_CONFLICT : PROTO_ERROR_NONE);
	if (peer->kinds[i] == CHECK || peer->kinds[i] == GRANTS) {
		name_of(peer, i, name);
		cr_assert_not_null(
		        memmem(reply->result.data, reply->result.n_bytes, name, strlen(name)));
	}
}

static void receive_some(struct peer *peer)
{
	struct proto_reply reply;

	while (peer->n_answered < REQUESTS && client_poll(&peer->client, &reply))
		check_reply(peer, &reply);
}

static bool step(struct fixture *fixture)
{
	bool done = true;

	for (size_t i = 0; i < PEERS; i++) {
		if (random_below(2))
			send_some(&peers[i]);
		if (random_below(8) == 0)
			receive_some(&peers[i]);
		done = done && peers[i].n_answered == REQUESTS;
	}
	if (random_below(4) == 0)
		fixture_commit(fixture, PROTO_ERROR_NONE);
	fixture_pump(fixture);
	return done;
}

Test(storm, each_request_is_answered_once)
{
	struct server_limits limits = server_limits_default();
	struct fixture *fixture;

	seed();
	limits.requests_per_turn = 7;
	limits.writes_per_connection = 5;
	limits.output_bytes = 100000;
	fixture = fixture_start(&limits);
	fixture->yaml_bytes = 90000;
	for (size_t i = 0; i < PEERS; i++)
		prepare(fixture, &peers[i]);
	fixture_pump_until(fixture, step(fixture));
	cr_assert_gt(fixture->n_ahead, 0);
	cr_assert_eq(fixture->n_begun, fixture->n_ended);
	cr_assert_eq(fixture->server->quota.left[QUOTA_BYTES], PROTO_LIMIT_BUFFERED_BYTES);
	for (size_t i = 0; i < PEERS; i++)
		client_close(&peers[i].client);
	fixture_stop(fixture);
}
