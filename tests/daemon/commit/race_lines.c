/*
 * One writer against readers: no torn copy, no step back in time, no record that goes missing, and
 * no table that is freed under a reader, while lines change and the table grows.
 *
 * A plain program, so that it runs under ThreadSanitizer. Every word of a state follows from one
 * number, which only rises for each subject; a copy whose words disagree is torn. The control
 * (`--torn`) writes a line without its sequence word, and must be caught.
 */
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/commit/lines.h"

enum {
	N_READERS = 3,
	N_HOT = 8,      /* subjects whose record changes all the time */
	N_SESSIONS = 4, /* subjects that are linked to one hot subject or another */
};

struct reader {
	pthread_t thread;
	_Atomic uint64_t turn; /* rises with every look: what was taken before it is let go */
	uint64_t newest[N_HOT + N_SESSIONS][N_HOT];
	uint64_t n_looks, n_found, n_doubts;
	uint64_t seed;
};

static struct lines *lines;
static struct reader readers[N_READERS];
static _Atomic bool writer_done;
static _Atomic unsigned int n_faults;

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

static void look(struct reader *reader)
{
	uint64_t subject, owner, *newest;
	struct proto_state state;
	struct proto_map map;

	reader->seed = reader->seed * UINT64_C(6364136223846793005) + 1442695040888963407u;
	subject = (reader->seed >> 33) % (N_HOT + N_SESSIONS);
	map = lines_map(lines);
	reader->n_looks++;
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
	reader->n_found++;
	owner = state.decided.word[0] & 255;
	if (!state_is_whole(&state) || owner >= N_HOT || (subject < N_HOT && owner != subject)) {
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
		atomic_fetch_add_explicit(&reader->turn, 1, memory_order_release);
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

/* Half a write, to see that the readers would notice. */
static void tear(uint64_t subject)
{
	struct proto_map map = lines_map(lines);
	struct proto_digest digest = digest_of(subject);

	for (uint64_t i = 0; i < map.capacity; i++) {
		struct proto_line *line = (struct proto_line *)(uintptr_t)&map.lines[i];

		if (line->digest[0] == digest.word[0] && line->digest[1] == digest.word[1])
			line->given[1] ^= 1;
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

		lines_put(lines, digest_of(1000 + *n_others), &state);
		if (*n_others % 4 == 0)
			lines_erase(lines, digest_of(1000 + *n_others / 2));
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

int main(int argc, char **argv)
{
	bool torn = argc > 1 && strcmp(argv[1], "--torn") == 0;
	uint64_t n_rounds = argc > 1 && !torn ? strtoull(argv[1], NULL, 10) : 20000;
	uint64_t n_others = 0, n_found = 0, n_doubts = 0, capacity;

	if (lines_new(0, UINT64_MAX, 1, &lines) != 0)
		return 2;
	for (uint64_t i = 0; i < N_HOT; i++)
		lines_put(lines, digest_of(i), &(struct proto_state){0});
	write_round(1, &n_others);
	if (torn)
		tear(3);
	for (size_t i = 0; i < N_READERS; i++) {
		readers[i].seed = i;
		if (pthread_create(&readers[i].thread, NULL, reader_run, &readers[i]) != 0)
			return 2;
	}
	for (uint64_t round = 2; !torn && round < n_rounds; round++)
		write_round(round, &n_others);
	/* Each reader has looked, however the threads were scheduled. */
	while (total_of_looks() < 3000)
		sched_yield();
	atomic_store(&writer_done, true);
	for (size_t i = 0; i < N_READERS; i++) {
		pthread_join(readers[i].thread, NULL);
		n_found += readers[i].n_found;
		n_doubts += readers[i].n_doubts;
	}
	capacity = lines_capacity(lines);
	lines_free(lines);
	printf("race_lines: %lu rounds, %lu found, %lu doubts, capacity %lu, %u faults\n",
	        (unsigned long)n_rounds, (unsigned long)n_found, (unsigned long)n_doubts,
	        (unsigned long)capacity, atomic_load(&n_faults));
	if (torn)
		return atomic_load(&n_faults) != 0 ? 0 : 1;
	return atomic_load(&n_faults) == 0 && n_found > 0 && capacity > 1000 ? 0 : 1;
}
