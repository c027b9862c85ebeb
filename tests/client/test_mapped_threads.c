/*
 * The map is mapped once a process, whatever the number of handles and threads.
 */
#include "tests/client/mapped_shop.h"

#include <criterion/criterion.h>
#include <pthread.h>

static struct mapped_shop shop;
static struct consent_client *client;

static void start(void)
{
	mapped_shop_open(&shop);
	client = mapped_shop_handle(&shop);
}

static void end(void)
{
	consent_client_close(client);
	mapped_shop_close(&shop);
	cr_expect_eq(mapped_shop_count(), 0, "the last handle unmaps");
}

TestSuite(mapped_threads, .init = start, .fini = end);

enum { N_THREADS = 8, N_HANDLES = 20, N_CHECKS = 2000 };

static void *check_in_thread(void *arg)
{
	_Atomic bool *is_changed = arg;

	for (int i = 0; i < N_HANDLES; i++) {
		struct consent_client *own = mapped_shop_handle(&shop);

		for (int j = 0; j < N_CHECKS / N_HANDLES; j++)
			cr_assert_neq(mapped_shop_reason(own, "v", "_ga")[0], 'u');
		consent_client_close(own);
	}
	while (!atomic_load(is_changed))
		(void)mapped_shop_reason(client, "v", "_ga");
	return NULL;
}

Test(mapped_threads, is_one_mapping_for_all_handles)
{
	struct consent_client *clients[N_HANDLES];

	mapped_shop_put(&shop, "v", "_ga", true);
	for (int i = 0; i < N_HANDLES; i++) {
		clients[i] = mapped_shop_handle(&shop);
		cr_expect_str_eq(mapped_shop_reason(clients[i], "v", "_ga"), "consent_given");
		cr_expect_eq(mapped_shop_count(), 1);
	}
	for (int i = 0; i < N_HANDLES; i++)
		consent_client_close(clients[i]);
	cr_expect_eq(mapped_shop_count(), 0);
}

Test(mapped_threads, threads_share_it)
{
	_Atomic bool is_changed = true;
	pthread_t threads[N_THREADS];

	mapped_shop_put(&shop, "v", "_ga", true);
	cr_expect_str_eq(mapped_shop_reason(client, "v", "_ga"), "consent_given");
	for (int i = 0; i < N_THREADS; i++)
		cr_assert_eq(pthread_create(&threads[i], NULL, check_in_thread, &is_changed), 0);
	struct lines *old = mapped_shop_replace(&shop, 2);
	mapped_shop_put(&shop, "v", "_ga", true);
	for (int i = 0; i < N_THREADS; i++)
		pthread_join(threads[i], NULL);
	cr_expect_str_eq(mapped_shop_reason(client, "v", "_ga"), "consent_given");
	cr_expect_eq(mapped_shop_count(), 1);
	lines_free(old);
}
