/*
 * The bucket's number is the exponent and the seven bits below the leading one, read as one
 * integer: neighbours in value are neighbours in the array, and no table is needed.
 */
#include "client/ctl/histogram.h"

enum { N_SUB = 1 << HISTOGRAM_SUB_BITS };

uint32_t histogram_bucket(uint64_t ns)
{
	uint32_t exponent;

	if (ns < N_SUB)
		return (uint32_t)ns;
	exponent = 63U - (uint32_t)__builtin_clzll(ns);
	if (exponent > HISTOGRAM_MAX_EXPONENT)
		return HISTOGRAM_N_BUCKETS - 1;
	return ((exponent - HISTOGRAM_SUB_BITS + 1) << HISTOGRAM_SUB_BITS) +
	       (uint32_t)(ns >> (exponent - HISTOGRAM_SUB_BITS)) - N_SUB;
}

uint64_t histogram_bucket_top(uint32_t bucket)
{
	uint32_t octave = bucket >> HISTOGRAM_SUB_BITS, sub = bucket & (N_SUB - 1);

	if (octave == 0)
		return bucket;
	return ((uint64_t)(N_SUB + sub + 1) << (octave - 1)) - 1;
}

void histogram_add(struct histogram *histogram, uint64_t ns, uint64_t n)
{
	histogram->buckets[histogram_bucket(ns)] += n;
	histogram->n += n;
	histogram->sum_ns += ns * n;
	if (ns > histogram->max_ns)
		histogram->max_ns = ns;
}

void histogram_merge(struct histogram *into, const struct histogram *from)
{
	for (uint32_t i = 0; i < HISTOGRAM_N_BUCKETS; i++)
		into->buckets[i] += from->buckets[i];
	into->n += from->n;
	into->sum_ns += from->sum_ns;
	if (from->max_ns > into->max_ns)
		into->max_ns = from->max_ns;
}

uint64_t histogram_percentile(const struct histogram *histogram, uint32_t per_100000)
{
	uint64_t wanted = (histogram->n / 100000) * per_100000 +
	                  ((histogram->n % 100000) * per_100000 + 99999) / 100000;
	uint64_t seen = 0;

	for (uint32_t i = 0; i < HISTOGRAM_N_BUCKETS; i++) {
		seen += histogram->buckets[i];
		if (seen >= wanted && seen > 0) {
			uint64_t top = histogram_bucket_top(i);

			return top < histogram->max_ns && i < HISTOGRAM_N_BUCKETS - 1
			               ? top
			               : histogram->max_ns;
		}
	}
	return 0;
}
