/*
 * Message ids of a batch are consecutive, so a reply's place in it is a subtraction; that it was
 * asked for and comes once is a bit. Connections of a run that writes share no subject: two writes
 * of one subject in flight on two connections could arrive in either order, and the second might
 * then change nothing.
 */
#include "client/ctl/bench_conn.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "client/ctl/exit.h"

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

/* xorshift64* (Vigna): cheap, and good enough to spread subjects. */
static uint64_t next_random(struct bench_conn *conn)
{
	conn->random ^= conn->random >> 12;
	conn->random ^= conn->random << 25;
	conn->random ^= conn->random >> 27;
	return conn->random * UINT64_C(2685821657736338717);
}

static uint64_t random_below(struct bench_conn *conn, uint64_t n)
{
	return (next_random(conn) >> 32) * n >> 32;
}

static bool has_bit(const uint64_t *bits, uint64_t at)
{
	return (bits[at / 64] >> (at % 64) & 1) != 0;
}

static void flip_bit(uint64_t *bits, uint64_t at)
{
	bits[at / 64] ^= UINT64_C(1) << (at % 64);
}

static void *must(void *memory)
{
	if (!memory)
		exit_without_memory();
	return memory;
}

static int connect_to(struct bench_conn *conn, const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	if (strlen(path) >= sizeof(address.sun_path))
		return exit_fail(CTL_INVALID, "the socket's path is longer than %zu bytes",
		        sizeof(address.sun_path) - 1);
	memcpy(address.sun_path, path, strlen(path));
	conn->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (conn->fd < 0 ||
	        connect(conn->fd, (const struct sockaddr *)&address, sizeof(address)) != 0)
		return exit_fail(CTL_CONNECT, "cannot connect to %s: %s (connection %u)", path,
		        strerror(errno), conn->number + 1);
	return CTL_OK;
}

/* Subjects below n_subjects that are `number` modulo n_connections. */
static uint64_t count_own(const struct bench_plan *plan, uint32_t number)
{
	return plan->n_subjects <= number
	               ? 0
	               : (plan->n_subjects - number - 1) / plan->n_connections + 1;
}

static uint64_t own_subject(const struct bench_conn *conn, uint64_t at)
{
	return at * conn->plan->n_connections + conn->number;
}

/* Every place in the output holds a copy of the template for good; only its parts are patched. */
static void init_output(struct bench_conn *conn)
{
	const struct bench_plan *plan = conn->plan;

	conn->output = must(malloc((size_t)plan->pipeline * plan->request.n_bytes));
	for (uint32_t i = 0; i < plan->pipeline; i++)
		memcpy(conn->output + (size_t)i * plan->request.n_bytes, plan->request.bytes,
		        plan->request.n_bytes);
}

int bench_conn_open(struct bench_conn *conn, const struct bench_plan *plan, uint32_t number)
{
	*conn = (struct bench_conn){.fd = -1, .number = number, .plan = plan};
	conn->random = (number + 1) * UINT64_C(0x9e3779b97f4a7c15);
	conn->first_msgid = BENCH_FIRST_MSGID;
	conn->input = must(malloc(BENCH_INPUT_BYTES));
	init_output(conn);
	conn->n_own = count_own(plan, number);
	return connect_to(conn, plan->socket);
}

void bench_conn_close(struct bench_conn *conn)
{
	if (conn->fd >= 0)
		close(conn->fd);
	free(conn->input);
	free(conn->output);
	*conn = (struct bench_conn){.fd = -1};
}

static void fill_check(struct bench_conn *conn, uint32_t slot, uint8_t *copy)
{
	uint64_t subject = random_below(conn, conn->plan->n_subjects);

	bench_request_patch_subject(&conn->plan->request, copy, subject);
	if (!bench_gives(subject))
		flip_bit(conn->refused, slot);
}

static void fill_learn(struct bench_conn *conn, uint8_t *copy)
{
	bench_request_patch_subject(
	        &conn->plan->request, copy, own_subject(conn, conn->next_own++));
}

static void fill_write(struct bench_conn *conn, uint8_t *copy)
{
	const struct bench_plan *plan = conn->plan;
	bool preloads = plan->mode == BENCH_PRELOAD;
	uint64_t at = preloads ? conn->next_own++ : random_below(conn, conn->n_own);
	uint64_t subject = own_subject(conn, at);

	plan->given[subject] = preloads ? bench_gives(subject) : !plan->given[subject];
	bench_request_patch_subject(&plan->request, copy, subject);
	bench_request_patch_choice(&plan->request, copy, plan->given[subject] != 0);
}

static void fill(struct bench_conn *conn, uint32_t slot, uint8_t *copy)
{
	bench_request_patch_msgid(&conn->plan->request, copy, conn->first_msgid + slot);
	if (conn->plan->mode == BENCH_CHECK)
		fill_check(conn, slot, copy);
	else if (conn->plan->mode == BENCH_LEARN)
		fill_learn(conn, copy);
	else
		fill_write(conn, copy);
}

static uint32_t batch_size(const struct bench_conn *conn)
{
	uint64_t left = conn->n_own - conn->next_own;

	if (bench_mode_in_order(conn->plan->mode) && left < conn->plan->pipeline)
		return (uint32_t)left;
	return conn->plan->pipeline;
}

static uint32_t next_msgid(const struct bench_conn *conn)
{
	uint32_t msgid = conn->first_msgid + conn->n_batch;

	return msgid > BENCH_LAST_MSGID ? BENCH_FIRST_MSGID : msgid;
}

bool bench_conn_fill(struct bench_conn *conn)
{
	const struct bench_request *request = &conn->plan->request;

	conn->first_msgid = next_msgid(conn);
	conn->n_batch = conn->n_pending = batch_size(conn);
	conn->output_bytes = (size_t)conn->n_batch * request->n_bytes;
	conn->n_sent = 0;
	memset(conn->answered, 0, sizeof(conn->answered));
	memset(conn->refused, 0, sizeof(conn->refused));
	for (uint32_t i = 0; i < conn->n_batch; i++)
		fill(conn, i, conn->output + (size_t)i * request->n_bytes);
	conn->sent_at_ns = now_ns();
	return conn->n_batch > 0;
}

int bench_conn_send(struct bench_conn *conn)
{
	while (bench_conn_unsent(conn)) {
		ssize_t n = send(conn->fd, conn->output + conn->n_sent,
		        conn->output_bytes - conn->n_sent, MSG_NOSIGNAL | MSG_DONTWAIT);

		if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
			return CTL_OK;
		if (n < 0 && errno != EINTR)
			return exit_fail(CTL_CONNECT, "the connection broke: %s", strerror(errno));
		conn->n_sent += n > 0 ? (size_t)n : 0;
	}
	return CTL_OK;
}

/* CTL_PARTLY and a message where the reply was not asked for, or came before. */
static int check_msgid(struct bench_conn *conn, const struct bench_judge *judge, uint32_t slot)
{
	if (slot >= conn->n_batch || has_bit(conn->answered, slot))
		return exit_fail(CTL_PARTLY, "a reply came that no request waits for%s%s",
		        judge->first_error[0] ? ": " : "", judge->first_error);
	flip_bit(conn->answered, slot);
	conn->n_pending--;
	return CTL_OK;
}

/* A batch in order is the last n_batch subjects that had their turn. */
static void learn(const struct bench_conn *conn, uint32_t slot, const struct bench_verdict *verdict)
{
	uint64_t at = conn->next_own - conn->n_batch + slot;

	conn->plan->given[own_subject(conn, at)] = verdict->fits_given;
}

static void count_reply(
        struct bench_conn *conn, const struct bench_reply *reply, struct bench_tally *tally)
{
	const struct bench_verdict *verdict = reply->verdict;
	uint32_t slot = reply->msgid - conn->first_msgid;

	tally->n_allowed += verdict->n_allowed;
	tally->n_denied += verdict->n_denied;
	tally->n_hits += verdict->hit;
	tally->n_misses += !verdict->hit && verdict->miss;
	tally->n_errors += verdict->failed;
	if (conn->plan->mode == BENCH_LEARN)
		learn(conn, slot, verdict);
	else if (conn->plan->verify && !verdict->failed)
		tally->n_unexpected += has_bit(conn->refused, slot) ? !verdict->fits_refused
		                                                    : !verdict->fits_given;
}

static int take_replies(
        struct bench_conn *conn, struct bench_judge *judge, struct bench_tally *tally)
{
	while (conn->input_begin < conn->input_end) {
		struct bench_reply reply;
		struct span bytes = span_bytes(
		        conn->input + conn->input_begin, conn->input_end - conn->input_begin);
		int code = bench_judge_next(judge, &conn->scanner, bytes, &reply);

		if (code == PROTO_E_TRUNCATED)
			return CTL_OK;
		if (code != 0)
			return exit_fail(CTL_PARTLY, "what the daemon sends is no reply");
		conn->input_begin += reply.n_bytes;
		code = check_msgid(conn, judge, reply.msgid - conn->first_msgid);
		if (code != CTL_OK)
			return code;
		count_reply(conn, &reply, tally);
	}
	return CTL_OK;
}

/* Makes room behind what is still incomplete. */
static void compact(struct bench_conn *conn)
{
	size_t n_bytes = conn->input_end - conn->input_begin;

	if (conn->input_begin == 0)
		return;
	if (n_bytes > 0 && conn->input_end < BENCH_INPUT_BYTES / 2)
		return;
	memmove(conn->input, conn->input + conn->input_begin, n_bytes);
	conn->input_begin = 0;
	conn->input_end = n_bytes;
}

int bench_conn_receive(
        struct bench_conn *conn, int flags, struct bench_judge *judge, struct bench_tally *tally)
{
	uint32_t n_pending = conn->n_pending;
	ssize_t n;
	int code;

	compact(conn);
	if (conn->input_end == BENCH_INPUT_BYTES)
		return exit_fail(CTL_PARTLY, "a reply is longer than %d bytes", BENCH_INPUT_BYTES);
	n = recv(conn->fd, conn->input + conn->input_end, BENCH_INPUT_BYTES - conn->input_end,
	        flags);
	if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
		return flags & MSG_DONTWAIT ? CTL_OK : exit_fail(CTL_TIMEOUT, "no reply in time");
	if (n < 0 && errno == EINTR)
		return CTL_OK;
	if (n <= 0)
		return exit_fail(CTL_CONNECT, "the daemon closed the connection%s%s",
		        n < 0 ? ": " : "", n < 0 ? strerror(errno) : "");
	conn->input_end += (size_t)n;
	code = take_replies(conn, judge, tally);
	n_pending -= conn->n_pending;
	tally->n_replies += n_pending;
	if (n_pending > 0)
		histogram_add(&tally->latency, now_ns() - conn->sent_at_ns, n_pending);
	return code;
}
