/*
 * A look-up takes about as long as three looks at the clock. So the clock runs for a slice of checks
 * at a time, and of every 64th alone it is taken how long it took, the clock's own cost included. What
 * is not the library's lies outside: the subjects of a slice are drawn before it, and its reasons, of
 * which a byte each is kept, are judged after it.
 */
#include "client/ctl/bench_map.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "client/ctl/bench_reply.h"
#include "client/ctl/bench_run.h"
#include "client/ctl/exit.h"
#include "client/src/client.h"

enum {
	SLICE = 1024,
	TIMED_EVERY = 64,
	SUBJECT_BYTES = sizeof(BENCH_SUBJECT_PREFIX) + BENCH_DIGITS,
	ALLOWED = 0x80, /* beside the reason */
};

struct worker {
	const struct bench_plan *plan;
	struct consent_client *client;
	struct consent_visitor visitor;
	char site[PROTO_LIMIT_SITE_BYTES + 1];
	const struct consent_cookie *cookies;
	size_t n_cookies;
	uint64_t random;
	char subjects[SLICE][SUBJECT_BYTES];
	bool gives[SLICE];
	struct consent_decision *decisions; /* of one check */
	uint8_t *reasons;                   /* of the slice */
	struct bench_tally tally;
};

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

/* xorshift64* (Vigna), as in bench_conn.c. */
static uint64_t random_below(uint64_t *state, uint64_t n)
{
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return (*state * UINT64_C(2685821657736338717) >> 32) * n >> 32;
}

static void draw(struct worker *worker)
{
	for (size_t i = 0; i < SLICE; i++) {
		uint64_t subject = random_below(&worker->random, worker->plan->n_subjects);

		worker->gives[i] = bench_gives(subject);
		snprintf(worker->subjects[i], SUBJECT_BYTES, BENCH_SUBJECT_PREFIX "%0*llu",
		        BENCH_DIGITS, (unsigned long long)subject);
	}
}

static inline void check(struct worker *worker, size_t at)
{
	uint8_t *reasons = worker->reasons + at * worker->n_cookies;

	worker->visitor.subject = worker->subjects[at];
	if (worker->n_cookies == 1)
		(void)consent_check(worker->client, &worker->visitor, worker->cookies[0].name,
		        worker->cookies[0].domain, worker->decisions);
	else
		(void)consent_check_many(worker->client, &worker->visitor, worker->cookies,
		        worker->n_cookies, worker->decisions);
	for (size_t i = 0; i < worker->n_cookies; i++)
		reasons[i] = (uint8_t)(worker->decisions[i].reason |
		                       (worker->decisions[i].allowed ? ALLOWED : 0));
}

static void check_all(struct worker *worker)
{
	uint64_t start_ns = now_ns(), before_ns;

	for (size_t i = 0; i < SLICE; i += TIMED_EVERY) {
		before_ns = now_ns();
		check(worker, i);
		histogram_add(&worker->tally.latency, now_ns() - before_ns, 1);
		for (size_t j = i + 1; j < i + TIMED_EVERY; j++)
			check(worker, j);
	}
	worker->tally.elapsed_ns += now_ns() - start_ns;
}

static void judge(struct worker *worker, size_t at)
{
	const uint8_t *reasons = worker->reasons + at * worker->n_cookies;
	struct bench_verdict verdict = {.fits_given = true, .fits_refused = true};
	struct bench_tally *tally = &worker->tally;

	for (size_t i = 0; i < worker->n_cookies; i++) {
		verdict.failed |= (reasons[i] & ~ALLOWED) == PROTO_REASON_UNAVAILABLE;
		bench_verdict_add(&verdict, (enum proto_reason)(reasons[i] & ~ALLOWED),
		        (reasons[i] & ALLOWED) != 0);
	}
	tally->n_replies++;
	tally->n_allowed += verdict.n_allowed;
	tally->n_denied += verdict.n_denied;
	tally->n_hits += verdict.hit;
	tally->n_misses += !verdict.hit && verdict.miss;
	tally->n_errors += verdict.failed;
	if (worker->plan->verify && !verdict.failed)
		tally->n_unexpected +=
		        worker->gives[at] ? !verdict.fits_given : !verdict.fits_refused;
	if (verdict.failed && !tally->first_error[0])
		snprintf(tally->first_error, sizeof(tally->first_error), "%s",
		        consent_client_message(worker->client));
}

/* The first checks fetch the policy and the map, and do not count. */
static void *run_worker(void *arg)
{
	struct worker *worker = arg;
	uint64_t end_ns = now_ns() + worker->plan->duration_ns;
	uint32_t n_asked;

	draw(worker);
	check(worker, 0);
	check(worker, 0);
	n_asked = worker->client->msgid;
	while (now_ns() < end_ns) {
		draw(worker);
		check_all(worker);
		for (size_t i = 0; i < SLICE; i++)
			judge(worker, i);
	}
	worker->tally.n_asked = worker->client->msgid - n_asked;
	return NULL;
}

static void *must(void *memory)
{
	if (!memory)
		exit_without_memory();
	return memory;
}

static struct worker *worker_new(const struct bench_plan *plan, const struct bench_check *asked,
        const struct consent_cookie *cookies, uint32_t number)
{
	struct consent_client_options options = CONSENT_CLIENT_OPTIONS_INIT;
	struct consent_visitor visitor = CONSENT_VISITOR_INIT;
	struct worker *worker = must(calloc(1, sizeof(*worker)));

	options.socket = plan->socket;
	options.deadline_ms = plan->timeout_ms;
	worker->plan = plan;
	worker->visitor = visitor;
	memcpy(worker->site, asked->site.data, asked->site.n_bytes);
	worker->visitor.site = worker->site;
	worker->cookies = cookies;
	worker->n_cookies = asked->n_cookies;
	worker->random = (number + 1) * UINT64_C(0x9e3779b97f4a7c15);
	worker->decisions = must(calloc(asked->n_cookies, sizeof(*worker->decisions)));
	worker->reasons = must(calloc(SLICE, asked->n_cookies));
	if (consent_client_open(&options, &worker->client) != CONSENT_OK)
		exit_without_memory();
	return worker;
}

static void worker_free(struct worker *worker)
{
	consent_client_close(worker->client);
	free(worker->decisions);
	free(worker->reasons);
	free(worker);
}

static int run_all(struct worker **workers, uint32_t n)
{
	pthread_t *threads = must(calloc(n, sizeof(*threads)));
	uint32_t n_started = 0;
	int r = 0;

	while (n_started < n && r == 0) {
		r = pthread_create(&threads[n_started], NULL, run_worker, workers[n_started]);
		n_started += r == 0;
	}
	for (uint32_t i = 0; i < n_started; i++)
		pthread_join(threads[i], NULL);
	free(threads);
	return r == 0 ? CTL_OK : exit_fail(CTL_PARTLY, "cannot start a thread: %s", strerror(r));
}

/* Names and the domain end in NUL for the library; `*ret_domain` is freed with them. */
static struct consent_cookie *cookies_of(const struct bench_check *check, char **ret_domain)
{
	struct consent_cookie *cookies = must(calloc(check->n_cookies, sizeof(*cookies)));

	*ret_domain = NULL;
	if (span_present(check->domain))
		*ret_domain =
		        must(strndup((const char *)check->domain.data, check->domain.n_bytes));
	for (uint32_t i = 0; i < check->n_cookies; i++)
		cookies[i] = (struct consent_cookie){
		        check->cookies.words[i % check->cookies.n_words], *ret_domain};
	return cookies;
}

int bench_map_run(
        const struct bench_plan *plan, const struct bench_check *check, struct bench_tally *ret)
{
	const uint32_t n = plan->n_threads;
	struct worker **workers = must(calloc(n, sizeof(struct worker *)));
	char *domain;
	struct consent_cookie *cookies = cookies_of(check, &domain);
	int code;

	*ret = (struct bench_tally){.n_replies = 0};
	for (uint32_t i = 0; i < n; i++)
		workers[i] = worker_new(plan, check, cookies, i);
	code = run_all(workers, n);
	for (uint32_t i = 0; i < n; i++) {
		bench_tally_add(ret, &workers[i]->tally);
		worker_free(workers[i]);
	}
	free(workers);
	free(cookies);
	free(domain);
	return code;
}
