/*
 * A thread has an epoll and its share of the connections. A thread with one connection and short
 * batches needs none: it sends, and waits in recv. When time is over no batch is begun; those in
 * flight are waited for, and the time until the last reply is the run's.
 */
#include "client/ctl/bench_run.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "client/ctl/bench_conn.h"
#include "client/ctl/exit.h"

enum {
	MAX_EVENTS = 256,
	/* What a socket takes at once, whatever its buffer: less cannot block on a daemon that
	   waits for its replies to be read. */
	BLOCKING_BYTES = 32 * 1024,
	PROGRESS_NS = 100000000,
};

struct worker {
	const struct bench_plan *plan;
	struct bench_conn *conns;
	uint32_t n_conns, n_active;
	int epoll;
	uint64_t started_ns, end_ns, progress_ns;
	struct bench_judge judge;
	struct bench_tally tally;
	int code;
	atomic_bool *failed; /* some worker: all stop */
};

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

/* Asks to hear of input, and of room for output while a batch is not out. */
static int watch(struct worker *worker, struct bench_conn *conn, int operation)
{
	struct epoll_event event = {.events = EPOLLIN, .data.ptr = conn};

	if (bench_conn_unsent(conn))
		event.events |= EPOLLOUT;
	if (epoll_ctl(worker->epoll, operation, conn->fd, &event) != 0)
		return exit_fail(CTL_PARTLY, "epoll_ctl: %s", strerror(errno));
	return CTL_OK;
}

static bool time_is_over(const struct worker *worker)
{
	return !bench_mode_in_order(worker->plan->mode) && now_ns() >= worker->end_ns;
}

/* Begins the next batch, or ends the connection's part in the run. */
static int begin_batch(struct worker *worker, struct bench_conn *conn)
{
	if (time_is_over(worker) || !bench_conn_fill(conn)) {
		conn->done = true;
		worker->n_active--;
		return CTL_OK;
	}
	return bench_conn_send(conn);
}

static int serve(struct worker *worker, struct bench_conn *conn, uint32_t events)
{
	bool was_unsent = bench_conn_unsent(conn);
	int code = CTL_OK;

	if (events & EPOLLOUT)
		code = bench_conn_send(conn);
	if (code == CTL_OK && events & (EPOLLIN | EPOLLHUP | EPOLLERR))
		code = bench_conn_receive(conn, MSG_DONTWAIT, &worker->judge, &worker->tally);
	if (code == CTL_OK && conn->n_pending == 0 && !conn->done)
		code = begin_batch(worker, conn);
	if (code == CTL_OK && was_unsent != bench_conn_unsent(conn))
		code = watch(worker, conn, EPOLL_CTL_MOD);
	return code;
}

static void show_progress(struct worker *worker)
{
	const struct bench_plan *plan = worker->plan;
	uint64_t now, done;

	if (!plan->shows_progress || worker->conns[0].number != 0)
		return;
	now = now_ns();
	if (now < worker->progress_ns)
		return;
	worker->progress_ns = now + PROGRESS_NS;
	done = worker->tally.n_replies * plan->n_threads;
	if (bench_mode_in_order(plan->mode))
		fprintf(stderr, "\r\033[K%llu of %llu subjects", (unsigned long long)done,
		        (unsigned long long)plan->n_subjects);
	else
		fprintf(stderr, "\r\033[K%s: %.0f a second",
		        plan->mode == BENCH_WRITE ? "writes" : "checks",
		        (double)done * 1e9 / (double)(now - worker->started_ns));
}

static int wait_and_serve(struct worker *worker)
{
	struct epoll_event events[MAX_EVENTS];
	int code = CTL_OK;
	int n = epoll_wait(worker->epoll, events, MAX_EVENTS, (int)worker->plan->timeout_ms);

	if (n == 0)
		return exit_fail(CTL_TIMEOUT, "no reply in %u ms", worker->plan->timeout_ms);
	if (n < 0)
		return errno == EINTR ? CTL_OK
		                      : exit_fail(CTL_PARTLY, "epoll_wait: %s", strerror(errno));
	for (int i = 0; i < n && code == CTL_OK; i++)
		code = serve(worker, events[i].data.ptr, events[i].events);
	return code;
}

static int run_with_epoll(struct worker *worker)
{
	int code = CTL_OK;

	worker->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (worker->epoll < 0)
		return exit_fail(CTL_PARTLY, "epoll_create1: %s", strerror(errno));
	for (uint32_t i = 0; i < worker->n_conns && code == CTL_OK; i++) {
		code = begin_batch(worker, &worker->conns[i]);
		if (code == CTL_OK)
			code = watch(worker, &worker->conns[i], EPOLL_CTL_ADD);
	}
	while (code == CTL_OK && worker->n_active > 0 && !*worker->failed) {
		code = wait_and_serve(worker);
		show_progress(worker);
	}
	close(worker->epoll);
	return code;
}

static int run_alone(struct worker *worker)
{
	struct bench_conn *conn = &worker->conns[0];
	struct timeval timeout = {worker->plan->timeout_ms / 1000,
	        (suseconds_t)(worker->plan->timeout_ms % 1000) * 1000};
	int code = CTL_OK;

	if (setsockopt(conn->fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout)) != 0)
		return exit_fail(CTL_PARTLY, "SO_RCVTIMEO: %s", strerror(errno));
	while (code == CTL_OK && worker->n_active > 0 && !*worker->failed) {
		code = begin_batch(worker, conn);
		while (code == CTL_OK && worker->n_active > 0 && conn->n_pending > 0)
			code = bench_conn_receive(conn, 0, &worker->judge, &worker->tally);
		show_progress(worker);
	}
	return code;
}

/* Connections are dealt out to the threads in turn. */
static int open_conns(struct worker *worker, uint32_t first)
{
	int code = CTL_OK;

	for (uint32_t i = 0; i < worker->n_conns && code == CTL_OK; i++)
		code = bench_conn_open(
		        &worker->conns[i], worker->plan, first + i * worker->plan->n_threads);
	return code;
}

static void *run_worker(void *arg)
{
	struct worker *worker = arg;
	size_t batch_bytes = (size_t)worker->plan->pipeline * worker->plan->request.n_bytes;

	worker->started_ns = now_ns();
	worker->end_ns = worker->started_ns + worker->plan->duration_ns;
	if (worker->n_conns == 1 && batch_bytes <= BLOCKING_BYTES)
		worker->code = run_alone(worker);
	else
		worker->code = run_with_epoll(worker);
	worker->tally.elapsed_ns = now_ns() - worker->started_ns;
	memcpy(worker->tally.first_error, worker->judge.first_error,
	        sizeof(worker->tally.first_error));
	if (worker->code != CTL_OK)
		*worker->failed = true;
	return NULL;
}

static struct worker *worker_new(
        const struct bench_plan *plan, uint32_t number, atomic_bool *failed)
{
	struct worker *worker = calloc(1, sizeof(*worker));

	if (!worker)
		exit_without_memory();
	worker->plan = plan;
	worker->failed = failed;
	worker->judge.is_write = bench_mode_writes(plan->mode);
	worker->judge.since_revision = plan->since_revision;
	worker->n_conns = (plan->n_connections - number - 1) / plan->n_threads + 1;
	worker->n_active = worker->n_conns;
	worker->conns = calloc(worker->n_conns, sizeof(*worker->conns));
	if (!worker->conns)
		exit_without_memory();
	for (uint32_t i = 0; i < worker->n_conns; i++)
		worker->conns[i].fd = -1;
	return worker;
}

static void worker_free(struct worker *worker)
{
	for (uint32_t i = 0; i < worker->n_conns; i++)
		bench_conn_close(&worker->conns[i]);
	free(worker->conns);
	free(worker);
}

void bench_tally_add(struct bench_tally *into, const struct bench_tally *from)
{
	histogram_merge(&into->latency, &from->latency);
	into->n_replies += from->n_replies;
	into->n_allowed += from->n_allowed;
	into->n_denied += from->n_denied;
	into->n_hits += from->n_hits;
	into->n_misses += from->n_misses;
	into->n_errors += from->n_errors;
	into->n_unexpected += from->n_unexpected;
	into->n_asked += from->n_asked;
	if (from->elapsed_ns > into->elapsed_ns)
		into->elapsed_ns = from->elapsed_ns;
	if (!into->first_error[0])
		memcpy(into->first_error, from->first_error, sizeof(into->first_error));
}

static int start_all(struct worker **workers, uint32_t n, pthread_t *threads, uint32_t *ret_n)
{
	for (*ret_n = 1; *ret_n < n; (*ret_n)++) {
		int r = pthread_create(&threads[*ret_n], NULL, run_worker, workers[*ret_n]);

		if (r != 0)
			return exit_fail(CTL_PARTLY, "cannot start a thread: %s", strerror(r));
	}
	return CTL_OK;
}

/* The first worker runs on the caller's thread. */
static int run_all(struct worker **workers, uint32_t n)
{
	pthread_t *threads = calloc(n, sizeof(*threads));
	uint32_t n_started;
	int code;

	if (!threads)
		exit_without_memory();
	code = start_all(workers, n, threads, &n_started);
	if (code == CTL_OK)
		run_worker(workers[0]);
	else
		*workers[0]->failed = true;
	for (uint32_t i = 1; i < n_started; i++)
		pthread_join(threads[i], NULL);
	free(threads);
	for (uint32_t i = 0; i < n && code == CTL_OK; i++)
		code = workers[i]->code;
	return code;
}

int bench_run(const struct bench_plan *plan, struct bench_tally *ret)
{
	const uint32_t n = plan->n_threads;
	struct worker **workers = calloc(n, sizeof(*workers));
	atomic_bool failed = false;
	int code = CTL_OK;

	if (!workers)
		exit_without_memory();
	*ret = (struct bench_tally){.n_replies = 0};
	for (uint32_t i = 0; i < n; i++) {
		workers[i] = worker_new(plan, i, &failed);
		if (code == CTL_OK)
			code = open_conns(workers[i], i);
	}
	if (code == CTL_OK)
		code = run_all(workers, n);
	if (plan->shows_progress)
		fputs("\r\033[K", stderr);
	for (uint32_t i = 0; i < n; i++) {
		bench_tally_add(ret, &workers[i]->tally);
		worker_free(workers[i]);
	}
	free(workers);
	return code;
}
