/*
 * Latencies by their distribution, in buckets that grow with the value.
 *
 * One thread a histogram; merge them afterwards. Log-linear: below 128 ns a bucket is 1 ns wide,
 * and from there every power of two is cut in 128 equal buckets, so a value is known to within
 * 1/128 (0.8 %) from nanoseconds to half an hour, in 36 KiB and with a handful of instructions
 * for each value. What is longer is counted in the last bucket; `max` is exact.
 */
#ifndef CLIENT_CTL_HISTOGRAM_H
#define CLIENT_CTL_HISTOGRAM_H

#include <stdint.h>

enum {
	HISTOGRAM_SUB_BITS = 7,
	HISTOGRAM_MAX_EXPONENT = 40, /* 2^41 ns are 36 minutes */
	HISTOGRAM_N_BUCKETS = (HISTOGRAM_MAX_EXPONENT - HISTOGRAM_SUB_BITS + 2)
	                      << HISTOGRAM_SUB_BITS,
};

struct histogram {
	uint64_t buckets[HISTOGRAM_N_BUCKETS];
	uint64_t n, sum_ns, max_ns;
};

/* The bucket of a value. */
uint32_t histogram_bucket(uint64_t ns);

/* The largest value that the bucket holds. */
uint64_t histogram_bucket_top(uint32_t bucket);

/* Counts `n` values of the same size. */
void histogram_add(struct histogram *histogram, uint64_t ns, uint64_t n);

void histogram_merge(struct histogram *into, const struct histogram *from);

/*
 * The value that so many of 100,000 values do not exceed (99,900: p99.9), at most 1/128 too large
 * and never too small; 0 for an empty histogram.
 */
uint64_t histogram_percentile(const struct histogram *histogram, uint32_t per_100000);

#endif
