/*
 * What a check costs that is looked up in the map, and what a bare probe costs: the same digest and
 * the same table, without policy, lease, clock and answer.
 *
 *   mapped SOCKET SITE COOKIE SUBJECTS MS ROUNDS
 *
 * Both go over the same memory in this process, in turns, each for MS in each round. Subjects are
 * drawn anew for every slice, outside of the time that is taken, so that nothing is asked twice while
 * its line is still at hand. Each decision must follow from what the subject chose; a check that asked
 * the daemon ends the program. What counts is processor time, which is the time that passes where nobody
 * else wants the processor: neither side ever waits for anything. Two figures each: one after the other as fast as they go, where the
 * processor may begin the next while the last still waits for its line; and alone, where it may not.
 */
#include <stdlib.h>

#include "tests/bench/handle.h"
#include "tests/bench/subjects.h"

enum { SLICE = 4096 };

enum side { CHECK, PROBE, CHECK_ALONE, PROBE_ALONE, N_SIDES };

struct run {
	struct handle handle;
	struct proto_site_key key;
	uint64_t n_subjects, random;
	char names[SLICE][SUBJECT_BYTES + 1];
	uint64_t n_hits, n_looked, n_wrong;
};

static void draw(struct run *run, uint64_t *ret_n_given)
{
	*ret_n_given = 0;
	for (int i = 0; i < SLICE; i++) {
		uint64_t subject = random_below(&run->random, run->n_subjects);

		subject_digits(subject, run->names[i] + sizeof(SUBJECT_PREFIX) - 1);
		*ret_n_given += subject % 2 == 0;
	}
}

/* What came before is over before anything after it begins. */
static inline void barrier(bool alone)
{
#if defined(__x86_64__)
	if (alone)
		__builtin_ia32_lfence();
#elif defined(__aarch64__)
	if (alone)
		__asm__ volatile("dsb ish\n\tisb" ::: "memory");
#else
	(void)alone;
#endif
}

static inline uint64_t check_all(struct run *run, bool alone)
{
	uint64_t n_allowed = 0;

	for (int i = 0; i < SLICE; i++) {
		n_allowed += handle_check(&run->handle, run->names[i]);
		barrier(alone);
	}
	return n_allowed;
}

static inline uint64_t probe_all(const struct run *run, bool alone)
{
	const struct proto_map *map = &run->handle.client->mapping->map;
	uint64_t n_found = 0;
	struct proto_state state;

	for (int i = 0; i < SLICE; i++) {
		n_found += proto_map_find(map, proto_digest_of(&run->key, span_of(run->names[i])),
		                   &state) == PROTO_MAP_FOUND;
		barrier(alone);
	}
	return n_found;
}

static uint64_t processor_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

/* Nanoseconds of one slice. */
static uint64_t slice(struct run *run, enum side side)
{
	bool alone = side == CHECK_ALONE || side == PROBE_ALONE;
	bool checks = side == CHECK || side == CHECK_ALONE;
	uint64_t n_given, n, start_ns, end_ns;

	draw(run, &n_given);
	start_ns = processor_ns();
	if (checks)
		n = alone ? check_all(run, true) : check_all(run, false);
	else
		n = alone ? probe_all(run, true) : probe_all(run, false);
	end_ns = processor_ns();
	if (checks) {
		run->n_wrong += n != n_given;
	} else {
		run->n_hits += n;
		run->n_looked += SLICE;
	}
	return end_ns - start_ns;
}

static double measure(struct run *run, enum side side, uint64_t ms)
{
	uint64_t sum_ns = 0, n = 0;

	for (; sum_ns < ms * 1000000; n += SLICE)
		sum_ns += slice(run, side);
	return (double)sum_ns / (double)n;
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double median(double *values, size_t n)
{
	qsort(values, n, sizeof(*values), by_value);
	return values[n / 2];
}

/* Each page is there before the clock runs. */
static void touch(const struct proto_map *map)
{
	uint64_t sum = 0;

	for (uint64_t i = 0; i < map->capacity; i += 4096 / sizeof(*map->lines))
		sum += atomic_load_explicit(&map->lines[i].flags, memory_order_relaxed);
	*(volatile uint64_t *)&sum = sum;
}

static void measure_all(struct run *run, uint64_t ms, size_t n_rounds)
{
	static const char *const keys[N_SIDES] = {
	        "check_ns", "probe_ns", "check_alone_ns", "probe_alone_ns"};
	double *values[N_SIDES];

	for (int s = 0; s < N_SIDES; s++) {
		values[s] = calloc(n_rounds, sizeof(**values));
		if (!values[s])
			exit(1);
		(void)slice(run, (enum side)s);
	}
	for (size_t round = 0; round < n_rounds; round++)
		for (int s = 0; s < N_SIDES; s++) {
			/* Every other round the other way round. */
			int side = round % 2 == 0 ? s : N_SIDES - 1 - s;

			values[side][round] = measure(run, (enum side)side, ms);
		}
	for (int s = 0; s < N_SIDES; s++) {
		printf("%s\"%s\": %.2f", s ? ", " : "{", keys[s], median(values[s], n_rounds));
		free(values[s]);
	}
}

int main(int argc, char **argv)
{
	static struct run run;
	const struct proto_site_key *key;
	uint32_t n_asked;

	if (argc != 7) {
		fprintf(stderr, "usage: mapped SOCKET SITE COOKIE SUBJECTS MS ROUNDS\n");
		return 2;
	}
	handle_open(&run.handle, argv[1], argv[2], argv[3]);
	run.n_subjects = number_of(argv[4]);
	run.random = now_ns() | 1;
	key = client_mapping_key(run.handle.client->mapping, span_of(argv[2]));
	if (!key)
		return 1;
	run.key = *key;
	for (int i = 0; i < SLICE; i++)
		subject_name(0, run.names[i]);
	touch(&run.handle.client->mapping->map);
	n_asked = handle_n_asked(&run.handle);
	measure_all(&run, number_of(argv[5]), number_of(argv[6]));
	printf(", \"hit_rate\": %.6f, \"lines\": %llu}\n",
	        (double)run.n_hits / (double)run.n_looked,
	        (unsigned long long)run.handle.client->mapping->map.capacity);
	if (run.n_wrong > 0 || handle_n_asked(&run.handle) != n_asked) {
		fprintf(stderr, "mapped: %llu slices with another decision, %u checks asked\n",
		        (unsigned long long)run.n_wrong, handle_n_asked(&run.handle) - n_asked);
		return 1;
	}
	handle_close(&run.handle);
	return 0;
}
