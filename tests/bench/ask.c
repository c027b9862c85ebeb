/*
 * The client of the peers, as lean as it can be made, so that none of them is measured by a slow one:
 * Redis and memcached asked for random ones of the subjects, or told them.
 *
 *   ask KIND SOCKET CLIENTS PIPELINE MS SUBJECTS      KIND: redis-get, redis-mget, redis-set, memcached-get,
 *                                                     memcached-set
 *
 * Each client sends a batch of as many requests as the pipeline is deep, and the next when all
 * replies have come, as consentctl's benchmark does. One client waits in recv, several by epoll. MS 0:
 * every subject once, in order. Replies are compared byte by byte with those of a hit; any other
 * ends the program. Prints requests and keys a second, and percentiles, as JSON.
 */
#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "client/ctl/histogram.h"
#include "tests/bench/subjects.h"

enum { MAX_PIPELINE = 1024, MAX_CLIENTS = 4096, MAX_TEXT = 1024, MGET_KEYS = 16 };

/*
 * `@` stands for the ten digits of a subject; the n-th of the reply are the n-th of the request. The
 * keys are those of redis-benchmark, as long as consentd's subjects.
 */
#define KEY       "key:00@"
#define GET_REPLY "$3\r\nxxx\r\n"
#define TWICE(x)  x x
#define MGET_KEY  "$16\r\n" KEY "\r\n"

static const struct kind {
	const char *name, *request, *reply;
	uint32_t n_keys;
} kinds[] = {
        {"redis-get", "*2\r\n$3\r\nGET\r\n$16\r\n" KEY "\r\n", GET_REPLY, 1},
        {"redis-set", "*3\r\n$3\r\nSET\r\n$16\r\n" KEY "\r\n$3\r\nxxx\r\n", "+OK\r\n", 1},
        {"redis-mget", "*17\r\n$4\r\nMGET\r\n" TWICE(TWICE(TWICE(TWICE(MGET_KEY)))),
                "*16\r\n" TWICE(TWICE(TWICE(TWICE(GET_REPLY)))), MGET_KEYS},
        {"memcached-get", "get " KEY "\r\n", "VALUE " KEY " 0 3\r\nxxx\r\nEND\r\n", 1},
        {"memcached-set", "set " KEY " 0 0 3\r\nxxx\r\n", "STORED\r\n", 1},
};

struct plan {
	const struct kind *kind;
	uint32_t n_clients, pipeline;
	uint64_t end_ns; /* 0: in order */
	uint64_t n_subjects, next_subject, random;
	uint32_t n_active;
	uint64_t n_replies;
	struct histogram latency;
};

struct client {
	int fd;
	char *out, *wanted, *in;
	size_t n_out, n_wanted, n_in;
	uint32_t n_batch;
	uint64_t sent_at_ns;
};

static void fail(const char *what)
{
	fprintf(stderr, "ask: %s: %s\n", what, strerror(errno));
	exit(1);
}

/* Appends the text with its subjects' digits. */
static size_t put(char *to, const char *text, const uint64_t *subjects)
{
	char *at = to;

	for (; *text; text++) {
		if (*text != '@') {
			*at++ = *text;
			continue;
		}
		subject_digits(*subjects++, at);
		at += SUBJECT_DIGITS;
	}
	return (size_t)(at - to);
}

static bool next_subjects(struct plan *plan, uint64_t *ret)
{
	for (uint32_t i = 0; i < plan->kind->n_keys; i++) {
		if (plan->end_ns == 0 && plan->next_subject == plan->n_subjects)
			return false;
		ret[i] = plan->end_ns == 0 ? plan->next_subject++
		                           : random_below(&plan->random, plan->n_subjects);
	}
	return true;
}

static bool is_over(const struct plan *plan)
{
	return plan->end_ns != 0 && now_ns() >= plan->end_ns;
}

static void begin_batch(struct plan *plan, struct client *client)
{
	uint64_t subjects[MGET_KEYS];

	client->n_out = client->n_wanted = client->n_in = client->n_batch = 0;
	while (client->n_batch < plan->pipeline && !is_over(plan) &&
	        next_subjects(plan, subjects)) {
		client->n_out += put(client->out + client->n_out, plan->kind->request, subjects);
		client->n_wanted +=
		        put(client->wanted + client->n_wanted, plan->kind->reply, subjects);
		client->n_batch++;
	}
	if (client->n_batch == 0) {
		plan->n_active--;
		return;
	}
	client->sent_at_ns = now_ns();
	for (size_t n = 0; n < client->n_out;) {
		ssize_t r = send(client->fd, client->out + n, client->n_out - n, MSG_NOSIGNAL);

		if (r < 0 && errno != EINTR)
			fail("send");
		n += r > 0 ? (size_t)r : 0;
	}
}

static void receive(struct plan *plan, struct client *client)
{
	ssize_t n = recv(client->fd, client->in + client->n_in, client->n_wanted - client->n_in, 0);

	if (n <= 0)
		fail("the peer hung up");
	client->n_in += (size_t)n;
	if (memcmp(client->in, client->wanted, client->n_in) != 0) {
		fprintf(stderr, "ask: not the reply of a hit: %.*s\n", (int)client->n_in,
		        client->in);
		exit(1);
	}
	if (client->n_in < client->n_wanted)
		return;
	plan->n_replies += client->n_batch;
	histogram_add(&plan->latency, now_ns() - client->sent_at_ns, client->n_batch);
	begin_batch(plan, client);
}

static void *must(void *memory)
{
	if (!memory)
		fail("malloc");
	return memory;
}

static void open_client(const struct plan *plan, struct client *client, const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	size_t n_bytes = (size_t)plan->pipeline * MAX_TEXT;

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	client->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (client->fd < 0 ||
	        connect(client->fd, (const struct sockaddr *)&address, sizeof(address)) != 0)
		fail(path);
	client->out = must(malloc(n_bytes));
	client->wanted = must(malloc(n_bytes));
	client->in = must(malloc(n_bytes));
}

static void close_client(struct client *client)
{
	close(client->fd);
	free(client->out);
	free(client->wanted);
	free(client->in);
}

static void run(struct plan *plan, struct client *clients)
{
	struct epoll_event event = {.events = EPOLLIN}, events[64];
	int epoll = epoll_create1(EPOLL_CLOEXEC);

	for (uint32_t i = 0; i < plan->n_clients; i++) {
		event.data.ptr = &clients[i];
		if (epoll_ctl(epoll, EPOLL_CTL_ADD, clients[i].fd, &event) != 0)
			fail("epoll_ctl");
		begin_batch(plan, &clients[i]);
	}
	while (plan->n_active > 0) {
		int n = plan->n_clients == 1 ? 0 : epoll_wait(epoll, events, 64, 60000);

		if (plan->n_clients == 1)
			receive(plan, &clients[0]);
		else if (n <= 0)
			fail("no reply in a minute");
		for (int i = 0; i < n; i++)
			receive(plan, events[i].data.ptr);
	}
	close(epoll);
}

static void print(const struct plan *plan, uint64_t elapsed_ns)
{
	double rate = (double)plan->n_replies * 1e9 / (double)elapsed_ns;
	double p50_us = (double)histogram_percentile(&plan->latency, 50000) / 1e3;
	double p99_us = (double)histogram_percentile(&plan->latency, 99000) / 1e3;

	printf("{\"rate\": %.1f, \"keys\": %.1f, \"requests\": %llu, \"p50_us\": %.2f, \"p99_us\": "
	       "%.2f, \"hit_rate\": 1}\n",
	        rate, rate * plan->kind->n_keys, (unsigned long long)plan->n_replies, p50_us,
	        p99_us);
}

static const struct kind *kind_of(const char *name)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strcmp(kinds[i].name, name) == 0)
			return &kinds[i];
	return NULL;
}

static struct plan plan_of(char **argv)
{
	struct plan plan = {.kind = kind_of(argv[1]), .random = UINT64_C(0x9e3779b97f4a7c15)};
	uint64_t n_clients = number_of(argv[3]), pipeline = number_of(argv[4]);

	if (!plan.kind || n_clients < 1 || n_clients > MAX_CLIENTS || pipeline < 1 ||
	        pipeline > MAX_PIPELINE) {
		fprintf(stderr, "ask: no such kind, or too much at once\n");
		exit(2);
	}
	plan.n_clients = plan.n_active = (uint32_t)n_clients;
	plan.pipeline = (uint32_t)pipeline;
	plan.n_subjects = number_of(argv[6]);
	plan.end_ns = number_of(argv[5]) ? now_ns() + number_of(argv[5]) * 1000000 : 0;
	plan.random ^= now_ns();
	return plan;
}

int main(int argc, char **argv)
{
	struct client *clients;
	struct plan plan;
	uint64_t start_ns;

	if (argc != 7) {
		fprintf(stderr, "usage: ask KIND SOCKET CLIENTS PIPELINE MS SUBJECTS\n");
		return 2;
	}
	plan = plan_of(argv);
	clients = must(calloc(plan.n_clients, sizeof(*clients)));
	for (uint32_t i = 0; i < plan.n_clients; i++)
		open_client(&plan, &clients[i], argv[2]);
	start_ns = now_ns();
	run(&plan, clients);
	print(&plan, now_ns() - start_ns);
	for (uint32_t i = 0; i < plan.n_clients; i++)
		close_client(&clients[i]);
	free(clients);
	return 0;
}
