/*
 * The subjects that every side of the comparison holds, "bench-" and ten digits, as consentctl's
 * benchmark records them; even ones gave everything, odd ones refused. And the clock. Any thread.
 */
#ifndef TESTS_BENCH_SUBJECTS_H
#define TESTS_BENCH_SUBJECTS_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define SUBJECT_PREFIX "bench-"
enum { SUBJECT_DIGITS = 10, SUBJECT_BYTES = sizeof(SUBJECT_PREFIX) - 1 + SUBJECT_DIGITS };

static inline void subject_digits(uint64_t subject, char ret[SUBJECT_DIGITS])
{
	for (int i = SUBJECT_DIGITS - 1; i >= 0; i--, subject /= 10)
		ret[i] = (char)('0' + subject % 10);
}

/* With a NUL behind it. */
static inline void subject_name(uint64_t subject, char ret[SUBJECT_BYTES + 1])
{
	snprintf(ret, SUBJECT_BYTES + 1, SUBJECT_PREFIX "%010llu", (unsigned long long)subject);
}

/* xorshift64* (Vigna); `state` is not 0. */
static inline uint64_t random_below(uint64_t *state, uint64_t n)
{
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return ((*state * UINT64_C(2685821657736338717)) >> 32) * n >> 32;
}

static inline uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

/* A number of the command line; the program ends where it is none. */
static inline uint64_t number_of(const char *text)
{
	char *end;
	unsigned long long value = strtoull(text, &end, 10);

	if (*text < '0' || *text > '9' || *end) {
		fprintf(stderr, "%s is no number\n", text);
		exit(2);
	}
	return value;
}

#endif
