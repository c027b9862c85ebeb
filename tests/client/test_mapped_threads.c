/*
 * The map is mapped once a process, whatever the number of handles and threads.
 *
 * The linker puts munmap() of this file in front of libc's (--wrap).
 */
#include "tests/client/mapped_shop.h"

#include <criterion/criterion.h>
#include <pthread.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "client/src/client.h"

int __real_munmap(void *memory, size_t n_bytes);
int __wrap_munmap(void *memory, size_t n_bytes);

static struct mapped_shop shop;
static struct consent_client *client;

/* Called by the thread that unmaps, before it does. NULL: nothing is. */
static void (*before_munmap)(void);

int __wrap_munmap(void *memory, size_t n_bytes)
{
	if (before_munmap)
		before_munmap();
	return __real_munmap(memory, n_bytes);
}

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

/* ---- the lock ---------------------------------------------------------------------------------- */

enum { LOCK_S = 10 /* until a lock counts as held */ };

static unsigned int n_unmapped;

static void *look_for_mapping(void *arg)
{
	client_mapping_put(client_mapping_get(&client->options.address));
	return arg;
}

/* Another thread comes by the lock while this one is unmapping. */
static void expect_unlocked(void)
{
	pthread_t thread;
	struct timespec until;

	before_munmap = NULL;
	n_unmapped++;
	cr_assert_eq(pthread_create(&thread, NULL, look_for_mapping, NULL), 0);
	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += LOCK_S;
	cr_assert_eq(pthread_timedjoin_np(thread, NULL, &until), 0, "the lock is held");
}

Test(mapped_threads, nobody_waits_until_a_map_is_unmapped)
{
	(void)mapped_shop_reason(client, "v", "_ga");
	cr_expect_eq(mapped_shop_count(), 1);
	before_munmap = expect_unlocked;
	client->mapping = client_mapping_put(client->mapping);
	cr_expect_eq(n_unmapped, 1);
	cr_expect_eq(mapped_shop_count(), 0);
}

/* Two handles asked for the map at once: the second's own copy is not needed. */
Test(mapped_threads, nobody_waits_until_a_copy_is_unmapped)
{
	struct proto_map_result result = {.instance = shop.map.instance,
	        .layout = shop.map.layout,
	        .lines = shop.map.n_lines,
	        .clock_ns = client_now_ns()};
	struct client_mapping *mappings[2];

	for (int i = 0; i < 2; i++) {
		before_munmap = i == 1 ? expect_unlocked : NULL;
		mappings[i] =
		        client_mapping_add(&client->options.address, dup(shop.map.fds[0]), &result);
	}
	cr_expect_not_null(mappings[0]);
	cr_expect_eq(mappings[0], mappings[1]);
	cr_expect_eq(n_unmapped, 1);
	for (int i = 0; i < 2; i++)
		client_mapping_put(mappings[i]);
}
