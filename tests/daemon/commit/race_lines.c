/*
 * One writer against readers: no torn copy, no step back in time, no record that goes missing, and
 * no table that is freed under a reader, while lines change and the table grows.
 *
 * A plain program, so that it runs under ThreadSanitizer. Every word of a state follows from one
 * number, which only rises for each subject; a copy whose words disagree is torn.
 *
 *   race_lines ROUNDS         writes so often
 *   race_lines --reads [N]    writes until so many lines were read; 0 or none: 10⁹ at full size
 *   race_lines --torn         the control: lines are written without their sequence word, and a torn
 *                             copy must be caught
 */
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "daemon/commit/lines.h"

enum {
	N_READERS = 3,
	N_HOT = 8,      /* subjects whose record changes all the time */
	N_SESSIONS = 4, /* subjects that are linked to one hot subject or another */
	CONTROL_S = 60, /* within which the control must be caught */
};

struct reader {
	pthread_t thread;
	_Atomic uint64_t turn; /* rises with every look: what was taken before it is let go */
	uint64_t newest[N_HOT + N_SESSIONS][N_HOT];
	_Atomic uint64_t n_found;
	uint64_t n_doubts, seed;
};

static struct lines *lines;
static struct reader readers[N_READERS];
static _Atomic bool writer_done;
static _Atomic unsigned int n_faults, n_torn;
/* Subjects that come and go; those of a long run are the same again and again. */
static uint64_t n_others_most = UINT64_MAX;

static void fault(const char *what, uint64_t subject, uint64_t number)
{
	if (atomic_fetch_add(&n_faults, 1) < 10)
		fprintf(stderr, "race_lines: %s: subject %lu, number %lu\n", what,
		        (unsigned long)subject, (unsigned long)number);
}

static struct proto_digest digest_of(uint64_t i)
{
	uint64_t x = (i + 1) * UINT64_C(0x9e3779b97f4a7c15);

	return (struct proto_digest){{x ^ (x >> 29), ~i}};
}

/* The subject is in the low bits, so that a session's copy says whose state it is. */
static struct proto_state state_of(uint64_t number, uint64_t subject)
{
	uint64_t word = number << 8 | subject;

	return (struct proto_state){{{word, ~word}}, {{word * 3, word ^ (word << 32)}},
	        (uint32_t)word, ~(uint32_t)word};
}

static bool state_is_whole(const struct proto_state *state)
{
	uint64_t word = state->decided.word[0];
	struct proto_state want = state_of(word >> 8, word & 255);

	return state->decided.word[1] == want.decided.word[1] &&
	       state->given.word[0] == want.given.word[0] &&
	       state->given.word[1] == want.given.word[1] &&
	       state->given_until == want.given_until && state->refused_until == want.refused_until;
}

/* -- readers -------------------------------------------------------------------------------- */

/* Of a number that this thread alone writes. */
static void count(_Atomic uint64_t *n)
{
	atomic_store_explicit(
	        n, atomic_load_explicit(n, memory_order_relaxed) + 1, memory_order_release);
}

static void look(struct reader *reader)
{
	uint64_t subject, owner, *newest;
	struct proto_state state;
	struct proto_map map;

	reader->seed = reader->seed * UINT64_C(6364136223846793005) + 1442695040888963407u;
	subject = (reader->seed >> 33) % (N_HOT + N_SESSIONS);
	map = lines_map(lines);
	switch (proto_map_find(&map, digest_of(subject), &state)) {
	case PROTO_MAP_ABSENT:
		fault("a record went missing", subject, 0);
		return;
	case PROTO_MAP_DOUBT:
		reader->n_doubts++;
		return;
	case PROTO_MAP_FOUND:
		break;
	}
	count(&reader->n_found);
	owner = state.decided.word[0] & 255;
	if (!state_is_whole(&state) || owner >= N_HOT || (subject < N_HOT && owner != subject)) {
		atomic_fetch_add(&n_torn, 1);
		fault("a torn copy", subject, state.decided.word[0] >> 8);
		return;
	}
	newest = &reader->newest[subject][owner];
	if (state.decided.word[0] >> 8 < *newest)
		fault("a step back in time", subject, *newest);
	*newest = state.decided.word[0] >> 8;
}

static void *reader_run(void *arg)
{
	struct reader *reader = arg;

	while (!atomic_load_explicit(&writer_done, memory_order_relaxed)) {
		look(reader);
		count(&reader->turn);
	}
	return NULL;
}

/* -- writer --------------------------------------------------------------------------------- */

/* Frees what was retired once every reader has begun another turn, as the loop does. */
static void free_retired(void)
{
	struct lines_table *tables[64];
	uint64_t turns[N_READERS];
	size_t n = 0;

	while (n < 64 && (tables[n] = lines_take_retired(lines)))
		n++;
	if (n == 0)
		return;
	for (size_t i = 0; i < N_READERS; i++)
		turns[i] = atomic_load_explicit(&readers[i].turn, memory_order_acquire);
	for (size_t i = 0; i < N_READERS; i++)
		while (atomic_load_explicit(&readers[i].turn, memory_order_acquire) == turns[i])
			sched_yield();
	while (n > 0)
		lines_table_free(tables[--n]);
}

static struct proto_line *line_of(uint64_t subject)
{
	struct proto_map map = lines_map(lines);
	struct proto_line *line = (struct proto_line *)(uintptr_t)map.lines;
	struct proto_digest digest = digest_of(subject);

	for (uint64_t i = 0; i < map.capacity; i++, line++)
		if (line->digest[0] == digest.word[0] && line->digest[1] == digest.word[1])
			return line;
	abort();
}

/* Whole writes but for the sequence word, to see that the readers would notice. */
static void write_bare(uint64_t round)
{
	for (uint64_t i = 0; i < N_HOT; i++) {
		struct proto_state state = state_of(round, i);
		struct proto_line *line = line_of(i);

		line->given_until = state.given_until;
		line->refused_until = state.refused_until;
		line->decided[0] = state.decided.word[0];
		line->decided[1] = state.decided.word[1];
		line->given[0] = state.given.word[0];
		line->given[1] = state.given.word[1];
	}
}

static void write_round(uint64_t round, uint64_t *n_others)
{
	for (uint64_t i = 0; i < N_HOT; i++) {
		struct proto_state state = state_of(round, i);

		lines_put(lines, digest_of(i), &state);
	}
	for (uint64_t i = 0; i < N_SESSIONS; i++)
		lines_put_link(lines, digest_of(N_HOT + i), digest_of((round / 3 + i) % N_HOT));
	lines_reserve(lines, 2);
	for (uint64_t i = 0; i < 2; i++, ++*n_others) {
		struct proto_state state = state_of(1, 99);

		lines_put(lines, digest_of(1000 + *n_others % n_others_most), &state);
		if (*n_others % 4 == 0)
			lines_erase(lines, digest_of(1000 + *n_others / 2 % n_others_most));
	}
	lines_grow_slice(lines, 40);
	free_retired();
}

static uint64_t total_of_looks(void)
{
	uint64_t n = 0;

	for (size_t i = 0; i < N_READERS; i++)
		n += atomic_load(&readers[i].turn);
	return n;
}

static uint64_t total_found(void)
{
	uint64_t n = 0;

	for (size_t i = 0; i < N_READERS; i++)
		n += atomic_load_explicit(&readers[i].n_found, memory_order_relaxed);
	return n;
}

static double now_s(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

struct plan {
	bool torn;
	uint64_t n_rounds, n_reads; /* 0: not to be waited for */
};

static struct plan plan_of(int argc, char **argv)
{
	struct plan plan = {.n_rounds = 20000};
	const char *full = getenv("CONSENT_TEST_FULL");

	if (argc > 1 && strcmp(argv[1], "--torn") == 0) {
		plan.torn = true;
	} else if (argc > 1 && strcmp(argv[1], "--reads") == 0) {
		plan.n_rounds = 0;
		plan.n_reads = argc > 2 ? strtoull(argv[2], NULL, 10) : 0;
		if (plan.n_reads == 0)
			plan.n_reads = full && strcmp(full, "1") == 0 ? 1000000000 : 10000000;
	} else if (argc > 1) {
		plan.n_rounds = strtoull(argv[1], NULL, 10);
	}
	return plan;
}

/* Returns how many rounds were written. */
static uint64_t write_all(const struct plan *plan, uint64_t *n_others)
{
	double until_s = now_s() + CONTROL_S;
	uint64_t round = 2;

	if (plan->torn) {
		for (; atomic_load(&n_faults) == 0 && now_s() < until_s; round++)
			write_bare(round);
		return round;
	}
	for (; round < plan->n_rounds || total_found() < plan->n_reads; round++)
		write_round(round, n_others);
	/* Each reader has looked, however the threads were scheduled. */
	while (total_of_looks() < 3000)
		sched_yield();
	return round;
}

static int start_readers(void)
{
	for (size_t i = 0; i < N_READERS; i++) {
		readers[i].seed = i;
		if (pthread_create(&readers[i].thread, NULL, reader_run, &readers[i]) != 0)
			return -1;
	}
	return 0;
}

/* Returns how often no consistent copy was had. */
static uint64_t join_readers(void)
{
	uint64_t n_doubts = 0;

	atomic_store(&writer_done, true);
	for (size_t i = 0; i < N_READERS; i++) {
		pthread_join(readers[i].thread, NULL);
		n_doubts += readers[i].n_doubts;
	}
	return n_doubts;
}

int main(int argc, char **argv)
{
	struct plan plan = plan_of(argc, argv);
	uint64_t n_others = 0, n_rounds, n_doubts, capacity;
	double began_s = now_s();

	if (plan.n_reads > 0)
		n_others_most = 20000;
	if (lines_new(0, UINT64_MAX, 1, &lines) != 0)
		return 2;
	for (uint64_t i = 0; i < N_HOT; i++)
		lines_put(lines, digest_of(i), &(struct proto_state){0});
	write_round(1, &n_others);
	if (start_readers() != 0)
		return 2;
	n_rounds = write_all(&plan, &n_others);
	n_doubts = join_readers();
	capacity = lines_capacity(lines);
	lines_free(lines);
	printf("race_lines: %lu rounds, %lu reads found, %lu doubts, %u torn, %u faults, capacity "
	       "%lu, %.1f s\n",
	        (unsigned long)n_rounds, (unsigned long)total_found(), (unsigned long)n_doubts,
	        atomic_load(&n_torn), atomic_load(&n_faults), (unsigned long)capacity,
	        now_s() - began_s);
	if (plan.torn)
		return atomic_load(&n_torn) != 0 ? 0 : 1;
	return atomic_load(&n_faults) == 0 && total_found() > 0 && capacity > 1000 ? 0 : 1;
}
