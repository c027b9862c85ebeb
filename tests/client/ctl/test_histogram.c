/* The distribution is right to within 1/128, exact below 128 ns, and exact in its maximum. */
#include "client/ctl/histogram.h"

#include <criterion/criterion.h>
#include <stdlib.h>

static struct histogram *histogram_new(void)
{
	struct histogram *histogram = calloc(1, sizeof(*histogram));

	cr_assert_not_null(histogram);
	return histogram;
}

Test(histogram, small_values_are_their_own_buckets)
{
	for (uint32_t ns = 0; ns < 256; ns++) {
		cr_expect_eq(histogram_bucket(ns), ns);
		cr_expect_eq(histogram_bucket_top(ns), ns);
	}
}

Test(histogram, buckets_are_in_order_and_leave_no_gap)
{
	for (uint32_t bucket = 1; bucket < HISTOGRAM_N_BUCKETS; bucket++) {
		uint64_t first = histogram_bucket_top(bucket - 1) + 1;

		cr_assert_eq(histogram_bucket(first), bucket);
		cr_assert_eq(histogram_bucket(histogram_bucket_top(bucket)), bucket);
	}
}

Test(histogram, a_bucket_is_no_wider_than_its_share)
{
	for (uint32_t bucket = 128; bucket < HISTOGRAM_N_BUCKETS; bucket++) {
		uint64_t first = histogram_bucket_top(bucket - 1) + 1;
		uint64_t width = histogram_bucket_top(bucket) - first + 1;

		cr_assert_leq(width * 128, first);
	}
}

Test(histogram, what_is_too_long_is_in_the_last_bucket)
{
	uint64_t limit = UINT64_C(1) << (HISTOGRAM_MAX_EXPONENT + 1);

	cr_expect_eq(histogram_bucket(limit - 1), HISTOGRAM_N_BUCKETS - 1);
	cr_expect_eq(histogram_bucket(limit), HISTOGRAM_N_BUCKETS - 1);
	cr_expect_eq(histogram_bucket(UINT64_MAX), HISTOGRAM_N_BUCKETS - 1);
}

Test(histogram, percentiles_of_a_known_distribution)
{
	struct histogram *histogram = histogram_new();

	for (uint64_t i = 1; i <= 100; i++)
		histogram_add(histogram, i, 10);
	cr_expect_eq(histogram->n, 1000);
	cr_expect_eq(histogram->sum_ns, 50500);
	cr_expect_eq(histogram_percentile(histogram, 50000), 50);
	cr_expect_eq(histogram_percentile(histogram, 50001), 51);
	cr_expect_eq(histogram_percentile(histogram, 99000), 99);
	cr_expect_eq(histogram_percentile(histogram, 99900), 100);
	cr_expect_eq(histogram_percentile(histogram, 100000), 100);
	free(histogram);
}

Test(histogram, percentiles_never_pass_the_maximum)
{
	struct histogram *histogram = histogram_new();

	histogram_add(histogram, 1000001, 3);
	cr_expect_eq(histogram_percentile(histogram, 50000), 1000001);
	histogram_add(histogram, UINT64_C(1) << 50, 1);
	cr_expect_eq(histogram_percentile(histogram, 100000), UINT64_C(1) << 50);
	cr_expect_lt(histogram_percentile(histogram, 75000), 1000001 + 1000001 / 128);
	free(histogram);
}

Test(histogram, an_empty_one_says_zero)
{
	struct histogram *histogram = histogram_new();

	cr_expect_eq(histogram_percentile(histogram, 50000), 0);
	cr_expect_eq(histogram_percentile(histogram, 100000), 0);
	free(histogram);
}

Test(histogram, merging_adds)
{
	struct histogram *a = histogram_new(), *b = histogram_new();

	histogram_add(a, 10, 1);
	histogram_add(b, 20, 3);
	histogram_merge(a, b);
	cr_expect_eq(a->n, 4);
	cr_expect_eq(a->sum_ns, 70);
	cr_expect_eq(a->max_ns, 20);
	cr_expect_eq(histogram_percentile(a, 25000), 10);
	cr_expect_eq(histogram_percentile(a, 26000), 20);
	free(a);
	free(b);
}
