/*
 * The way of writes to the committer: what is taken at once, and what is waited for.
 */
#include "daemon/commit/queue.h"

#include <criterion/criterion.h>

enum { FOR_EVER_US = 2000000000 };

static struct commit_queue queue;
static struct commit_request requests[8];

static void start(void)
{
	cr_assert_eq(queue_init(&queue), 0);
}

static void end(void)
{
	queue_deinit(&queue);
}

TestSuite(queue, .init = start, .fini = end, .timeout = 60);

static void submit(size_t from, size_t to)
{
	for (size_t i = from; i < to; i++)
		queue_submit(&queue, &requests[i]);
}

static size_t take(size_t n_wanted, unsigned int max_wait_us)
{
	struct queue_gather gather = {n_wanted, max_wait_us};
	struct commit_list list;

	cr_assert(queue_take_waiting(&queue, &gather, &list));
	return list.n;
}

static void *submit_one_by_one(void *ctx)
{
	(void)ctx;
	for (size_t i = 1; i < 5; i++) {
		submit(i, i + 1);
		sched_yield();
	}
	return NULL;
}

Test(queue, takes_what_is_there)
{
	submit(0, 3);
	cr_expect_eq(take(0, FOR_EVER_US), 3);
	submit(3, 4);
	cr_expect_eq(take(1, FOR_EVER_US), 1);
	submit(0, 2);
	cr_expect_eq(take(2, FOR_EVER_US), 2);
}

Test(queue, without_a_wish_it_does_not_wait)
{
	struct commit_list list;

	cr_expect(queue_take_waiting(&queue, NULL, &list));
	cr_expect_eq(list.n, 0);
}

Test(queue, gathers_until_there_are_as_many_as_wanted)
{
	pthread_t thread;

	submit(0, 1);
	cr_assert_eq(pthread_create(&thread, NULL, submit_one_by_one, NULL), 0);
	cr_expect_eq(take(5, FOR_EVER_US), 5);
	pthread_join(thread, NULL);
}

Test(queue, leaves_without_those_who_do_not_come)
{
	submit(0, 2);
	cr_expect_eq(take(5, 1000), 2);
	/* The next one alone wakes it again. */
	submit(2, 3);
	cr_expect_eq(take(0, 0), 1);
}

static void *stop(void *ctx)
{
	(void)ctx;
	queue_stop(&queue);
	return NULL;
}

Test(queue, a_stop_ends_the_wait)
{
	struct queue_gather gather = {5, FOR_EVER_US};
	struct commit_list list;
	pthread_t thread;

	submit(0, 1);
	cr_assert_eq(pthread_create(&thread, NULL, stop, NULL), 0);
	cr_expect(queue_take_waiting(&queue, &gather, &list));
	cr_expect_eq(list.n, 1);
	cr_expect_not(queue_take_waiting(&queue, &gather, &list));
	pthread_join(thread, NULL);
}

Test(queue, tells_how_many_wait_when_it_hands_over)
{
	struct commit_list list = {0};

	submit(0, 4);
	cr_expect_eq(queue_put_done(&queue, &list, NULL), 4);
}
