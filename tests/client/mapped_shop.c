/* The writer is in the test's own process: its mapping can be told from a client's, which is read-only. */
#include "tests/client/mapped_shop.h"

#include "client/src/mapping.h"

#include <criterion/criterion.h>
#include <dirent.h>
#include <stdio.h>

enum { N_SUBJECTS = 100 };

static const uint64_t hour_ns = UINT64_C(3600) * 1000000000;

static void describe(struct mapped_shop *shop, uint64_t instance)
{
	shop->map = (struct fake_map){.fds = {lines_map_fd(shop->lines), -1},
	        .n_fds = 1,
	        .instance = instance,
	        .layout = PROTO_MAP_LAYOUT,
	        .n_lines = lines_capacity(shop->lines),
	        .key = {"0123456789abcde"}};
	shop->fake->map = &shop->map;
}

static struct lines *make(uint64_t instance)
{
	struct lines *lines;

	cr_assert_eq(lines_new(N_SUBJECTS, UINT64_MAX, instance, &lines), 0);
	lines_renew_lease(lines, client_now_ns() + hour_ns, 0);
	return lines;
}

void mapped_shop_open(struct mapped_shop *shop)
{
	shop->fake = fake_daemon_start(&shop_site);
	shop->lines = make(1);
	describe(shop, 1);
}

void mapped_shop_close(struct mapped_shop *shop)
{
	fake_daemon_stop(shop->fake);
	shop->lines = lines_free(shop->lines);
}

struct lines *mapped_shop_replace(struct mapped_shop *shop, uint64_t instance)
{
	struct lines *old = shop->lines;

	shop->lines = make(instance);
	describe(shop, instance);
	lines_retire(old);
	return old;
}

static size_t bit_of(const char *cookie)
{
	size_t i = 0;

	while (i < shop_site.n_cookies && strcmp(shop_site.cookies[i].name, cookie) != 0)
		i++;
	cr_assert_lt(i, shop_site.n_cookies, "no cookie is called %s", cookie);
	return i;
}

void mapped_shop_put(struct mapped_shop *shop, const char *subject, const char *cookie, bool given)
{
	uint64_t bit = UINT64_C(1) << bit_of(cookie);
	struct proto_state state = {.decided = {{bit, 0}},
	        .given = {{given ? bit : 0, 0}},
	        .given_until = UINT32_MAX,
	        .refused_until = UINT32_MAX};

	lines_put(shop->lines, proto_digest_of(&shop->map.key, span_of(subject)), &state);
}

struct consent_client *mapped_shop_handle(const struct mapped_shop *shop)
{
	struct consent_client_options options = CONSENT_CLIENT_OPTIONS_INIT;
	struct consent_client *client = NULL;

	options.socket = fake_daemon_socket(shop->fake);
	options.deadline_ms = options.write_deadline_ms = 30000;
	cr_assert_eq(consent_client_open(&options, &client), CONSENT_OK);
	return client;
}

const char *mapped_shop_reason(
        struct consent_client *client, const char *subject, const char *cookie)
{
	struct consent_visitor visitor = shop_visitor();
	struct consent_decision decision;

	visitor.subject = subject;
	bool allowed = consent_check(client, &visitor, cookie, NULL, &decision);
	cr_expect_eq(allowed, decision.allowed);
	return consent_reason_name(decision.reason);
}

unsigned int mapped_shop_count(void)
{
	FILE *file = fopen("/proc/self/maps", "r");
	char line[4096];
	unsigned int n = 0;

	cr_assert_not_null(file);
	while (fgets(line, sizeof(line), file))
		n += strstr(line, " r--s ") && strstr(line, "memfd:consent-map");
	(void)fclose(file);
	return n;
}

unsigned int mapped_shop_count_fds(void)
{
	DIR *directory = opendir("/proc/self/fd");
	unsigned int n = 0;

	cr_assert_not_null(directory);
	while (readdir(directory))
		n++;
	(void)closedir(directory);
	return n;
}
