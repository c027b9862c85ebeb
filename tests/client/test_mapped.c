/*
 * Checks by the map: what they answer, when they ask the socket instead, and what a process has of the
 * map. Whatever the daemon passes, only what can be read safely is ever mapped.
 */
#include "tests/client/mapped_shop.h"
#include "tests/client/loop.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "client/src/client.h"
#include "client/src/mapped.h"

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

TestSuite(mapped, .init = start, .fini = end);

static void expect(const char *subject, const char *cookie, const char *reason)
{
	cr_expect_str_eq(mapped_shop_reason(client, subject, cookie), reason, "%s", cookie);
}

/* The same answer, and not one request for it. */
static void expect_mapped(const char *subject, const char *cookie, const char *reason)
{
	uint32_t n_requests = shop.fake->n_requests;

	expect(subject, cookie, reason);
	cr_expect_eq(shop.fake->n_requests, n_requests, "%s was asked", cookie);
}

/* The fake's own answer to `pref`. */
static void expect_asked(const char *subject)
{
	uint32_t n_checks = shop.fake->n_ops[PROTO_OP_CHECK];

	expect(subject, "pref", "consent_given");
	cr_expect_eq(shop.fake->n_ops[PROTO_OP_CHECK], n_checks + 1);
}

Test(mapped, answers_by_the_lines)
{
	mapped_shop_put(&shop, "giver", "_ga", true);
	mapped_shop_put(&shop, "refuser", "_ga", false);
	expect("giver", "_ga", "consent_given");
	cr_expect_eq(shop.fake->n_ops[PROTO_OP_CHECK], 0);
	expect_mapped("giver", "pref", "consent_unknown");
	expect_mapped("refuser", "_ga", "consent_refused");
	expect_mapped("nobody", "_ga", "consent_unknown");
	expect_mapped(NULL, "_ga", "consent_unknown");
	expect_mapped(NULL, "sessionid", "exempt_necessary");
	expect_mapped("giver", "undeclared", "undeclared_cookie");
	expect_mapped("giver", "", "undeclared_cookie");
	expect_mapped("giver", "measure", "exempt_audience_measurement");
	expect_mapped("giver", "sold", "opt_out_default");
	cr_expect_eq(mapped_shop_count(), 1);
}

Test(mapped, what_may_not_be_sent_is_not_looked_up)
{
	expect("giver", "pref", "consent_unknown");
	expect("", "pref", "unavailable");
	expect("\xff", "pref", "unavailable");
}

Test(mapped, many_cookies_of_one_line)
{
	struct consent_cookie cookies[] = {{"pref", NULL}, {"_ga", NULL}, {"ads", "example.org"},
	        {"ads", "tracker.example"}, {"lang", NULL}};
	struct consent_visitor visitor = shop_visitor();
	struct consent_decision decisions[5];

	mapped_shop_put(&shop, visitor.subject, "_ga", true);
	cr_assert_eq(consent_check_many(client, &visitor, cookies, 5, decisions), CONSENT_OK);
	cr_expect_eq(shop.fake->n_ops[PROTO_OP_CHECK], 0);
	cr_expect_eq(decisions[0].reason, CONSENT_REASON_CONSENT_UNKNOWN);
	cr_expect_eq(decisions[1].reason, CONSENT_REASON_CONSENT_GIVEN);
	cr_expect_str_eq(decisions[1].service, "audience");
	cr_expect_eq(decisions[1].max_age, 3600);
	cr_expect_str_eq(decisions[2].service, "advertising");
	cr_expect_str_eq(decisions[3].service, "tracker");
	cr_expect_eq(decisions[4].reason, CONSENT_REASON_EXEMPT_NECESSARY);
}

Test(mapped, a_lease_that_is_over_asks_until_it_is_renewed)
{
	struct proto_map map = lines_map(shop.lines);
	uint64_t until_ns = atomic_load(&map.header->lease_until_ns);
	struct proto_map_header *header = (struct proto_map_header *)(uintptr_t)map.header;

	expect("v", "pref", "consent_unknown");
	atomic_store(&header->lease_until_ns, client_now_ns() - 1);
	expect_asked("v");
	expect_asked("v");
	atomic_store(&header->lease_until_ns, until_ns);
	expect_mapped("v", "pref", "consent_unknown");
	cr_expect_eq(mapped_shop_count(), 1);
}

Test(mapped, a_retired_map_asks_at_once)
{
	expect("v", "pref", "consent_unknown");
	lines_retire(shop.lines);
	expect_asked("v");
	expect_asked("v");
	cr_expect_leq(shop.fake->n_ops[PROTO_OP_MAP], 2, "not for each check");
}

Test(mapped, a_new_map_takes_the_place_of_the_old)
{
	expect("v", "pref", "consent_unknown");
	for (uint64_t instance = 1; instance < 4; instance++) {
		struct lines *old = mapped_shop_replace(&shop, instance);

		mapped_shop_put(&shop, "v", "pref", instance % 2 == 0);
		expect("v", "pref", instance % 2 == 0 ? "consent_given" : "consent_refused");
		cr_expect_eq(shop.fake->n_ops[PROTO_OP_CHECK], 0);
		cr_expect_eq(mapped_shop_count(), 1, "the old one is unmapped");
		lines_free(old);
	}
}

/* As if the time had passed after which a policy is fetched again. */
static void end_retry(void)
{
	for (int i = 0; i < CLIENT_POLICIES; i++)
		client->policies.slots[i].retry_at_ms = 0;
}

Test(mapped, a_policy_of_another_daemon_says_nothing_of_the_lines)
{
	shop.fake->policy_instance = 99;
	expect_asked("v");
	expect_asked("v");
	shop.fake->policy_instance = 0;
	end_retry();
	expect("v", "pref", "consent_unknown");
}

Test(mapped, a_policy_is_fetched_when_the_generation_moves)
{
	expect("v", "pref", "consent_unknown");
	cr_expect_eq(shop.fake->n_ops[PROTO_OP_POLICY_GET], 1);
	shop.fake->policy_revision = 2;
	lines_set_policy_generation(shop.lines, 1);
	expect("v", "pref", "consent_unknown");
	cr_expect_eq(shop.fake->n_ops[PROTO_OP_POLICY_GET], 2);
	expect_mapped("v", "pref", "consent_unknown");
}

static void refuse_policies(void)
{
	shop.fake->error = PROTO_ERROR_BUSY;
	shop.fake->refused_op = PROTO_OP_POLICY_GET;
	shop.fake->refuses_op = true;
}

/* Without the policy in force there is no answer but what the daemon says itself. */
Test(mapped, a_policy_that_cannot_be_fetched_is_not_decided_by)
{
	expect("v", "pref", "consent_unknown");
	refuse_policies();
	lines_set_policy_generation(shop.lines, 1);
	expect_asked("v");
	shop.fake->refuses_op = false;
	end_retry();
	expect("v", "pref", "consent_unknown");
}

/* For as long as asking takes, in steps of CLIENT_POLICY_RETRY_MS. */
static void expect_one_fetch(void (*ask)(void))
{
	uint32_t n_fetched = shop.fake->n_ops[PROTO_OP_POLICY_GET];
	uint64_t begin_ms = client_now_ms();

	for (int i = 0; i < 50; i++)
		ask();
	uint64_t n_retries = (client_now_ms() - begin_ms) / CLIENT_POLICY_RETRY_MS;
	n_fetched = shop.fake->n_ops[PROTO_OP_POLICY_GET] - n_fetched;
	cr_expect_geq(n_fetched, 1);
	cr_expect_leq(n_fetched, 1 + n_retries, "%u", n_fetched);
}

static void ask(void)
{
	expect_asked("v");
}

static void ask_without_waiting(void)
{
	cr_expect(loop_ask(client, "pref").allowed, "by the fake's own answer");
}

static void expect_one_fetch_each(void (*ask_one)(void))
{
	refuse_policies();
	expect_one_fetch(ask_one);
	shop.fake->refuses_op = false;
	end_retry();
	shop.fake->behaviour = FAKE_CONTRADICTS;
	expect_one_fetch(ask_one);
	shop.fake->behaviour = FAKE_SERVES;
	end_retry();
	shop.fake->policy_instance = 99;
	expect_one_fetch(ask_one);
	shop.fake->policy_instance = 0;
	end_retry();
	expect("v", "pref", "consent_unknown");
	refuse_policies();
	lines_set_policy_generation(shop.lines, 1);
	expect_one_fetch(ask_one);
}

/* Refused, not understood, another daemon's, or older: it is not asked for at every check. */
Test(mapped, a_policy_that_cannot_be_had_is_fetched_once)
{
	expect_one_fetch_each(ask);
}

Test(mapped, a_policy_that_cannot_be_had_is_fetched_once_without_waiting)
{
	expect_one_fetch_each(ask_without_waiting);
}

/* What went well holds nothing up. */
Test(mapped, a_policy_is_fetched_as_often_as_the_generation_moves)
{
	for (uint32_t i = 1; i <= 5; i++) {
		shop.fake->policy_revision = i;
		lines_set_policy_generation(shop.lines, i);
		expect("v", "pref", "consent_unknown");
		cr_expect_eq(shop.fake->n_ops[PROTO_OP_POLICY_GET], i);
	}
	cr_expect_eq(shop.fake->n_ops[PROTO_OP_CHECK], 0);
}

Test(mapped, a_site_that_the_map_does_not_know_is_asked_about)
{
	struct consent_visitor visitor = shop_visitor();
	struct consent_decision decision;

	visitor.site = "elsewhere.example";
	cr_expect_not(consent_check(client, &visitor, "pref", NULL, &decision));
	cr_expect_eq(decision.reason, CONSENT_REASON_UNKNOWN_SITE);
	cr_expect_eq(shop.fake->n_ops[PROTO_OP_CHECK], 1);
	expect("v", "pref", "consent_unknown");
}

/* Whoever may send a Host header may name any site. */
Test(mapped, a_site_that_nobody_knows_does_not_fetch_the_map_each_time)
{
	struct consent_visitor visitor = shop_visitor();

	expect("v", "pref", "consent_unknown");
	lines_set_policy_generation(shop.lines, 1);
	shop.map.policy_generation = 1;
	visitor.site = "elsewhere.example";
	for (int i = 0; i < 10; i++)
		cr_expect_not(consent_check(client, &visitor, "pref", NULL, NULL));
	cr_expect_leq(shop.fake->n_ops[PROTO_OP_MAP], 2, "%u", shop.fake->n_ops[PROTO_OP_MAP]);
	cr_expect_eq(mapped_shop_count(), 1);
}

/* Of sites that are many, one gives way that was not asked about: over the socket or by the map. */
Test(mapped, a_site_that_is_looked_up_is_not_idle)
{
	struct client_policies *policies = &client->policies;
	char site[64];

	expect("v", "pref", "consent_unknown");
	for (int i = 1; i < CLIENT_POLICIES; i++) {
		(void)snprintf(site, sizeof(site), "site-%d.example", i);
		cr_assert_not_null(client_policies_wanted(policies, site, 1, 1));
	}
	cr_assert_null(client_policies_wanted(policies, "more.example", 1, 1));
	for (int i = 0; i < CLIENT_POLICIES; i++)
		policies->slots[i].used_at_ms -= CLIENT_POLICY_IDLE_MS;
	expect_mapped("v", "pref", "consent_unknown");
	cr_expect_not_null(client_policies_wanted(policies, "more.example", 1, 1));
	expect_mapped("v", "pref", "consent_unknown");
}

/* ---- garbage ----------------------------------------------------------------------------------- */

enum { GARBAGE_LINES = 64 };

static int make_file(size_t n_lines, int seals)
{
	size_t n_bytes = PROTO_MAP_HEADER_BYTES + n_lines * sizeof(struct proto_line);
	struct proto_map_header header = {.magic = PROTO_MAP_MAGIC,
	        .layout = PROTO_MAP_LAYOUT,
	        .n_line_bytes = sizeof(struct proto_line),
	        .instance = 1,
	        .capacity = n_lines,
	        .state = PROTO_MAP_ALIVE,
	        .lease_until_ns = UINT64_MAX};
	int fd = memfd_create("consent-map", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	cr_assert_geq(fd, 0);
	cr_assert_eq(ftruncate(fd, (off_t)n_bytes), 0);
	cr_assert_eq(pwrite(fd, &header, sizeof(header), 0), sizeof(header));
	if (seals != 0)
		cr_assert_eq(fcntl(fd, F_ADD_SEALS, seals), 0);
	return fd;
}

static const int all_seals = F_SEAL_FUTURE_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL;

/* As it should be, so that each garbage differs in one thing. */
static struct fake_map good_map(void)
{
	return (struct fake_map){.fds = {make_file(GARBAGE_LINES, all_seals), -1},
	        .n_fds = 1,
	        .instance = 1,
	        .layout = PROTO_MAP_LAYOUT,
	        .n_lines = GARBAGE_LINES};
}

static void replace_fd(struct fake_map *map, int fd)
{
	close(map->fds[0]);
	map->fds[0] = fd;
}

/* A handle on what the fake passes now: true where it maps it. No descriptor may be left. */
static bool maps(const struct fake_map *map)
{
	unsigned int n_fds = mapped_shop_count_fds();
	struct consent_client *own = mapped_shop_handle(&shop);

	shop.fake->map = map;
	const char *reason = mapped_shop_reason(own, "v", "pref");
	bool mapped = mapped_shop_count() == 1;
	cr_expect_str_eq(reason, mapped ? "consent_unknown" : "consent_given");
	cr_expect_eq(shop.fake->n_ops[PROTO_OP_CHECK] > 0, !mapped);
	if (!mapped) {
		cr_expect_str_eq(mapped_shop_reason(own, "v", "pref"), "consent_given");
		cr_expect_eq(shop.fake->n_ops[PROTO_OP_MAP], 1, "not again so soon");
	}
	consent_client_close(own);
	/* The fake's end is closed when it hears of it. */
	shop_wait(&shop.fake->n_open, 0);
	cr_expect_eq(mapped_shop_count_fds(), n_fds);
	for (size_t i = 0; i < 2; i++)
		if (map->fds[i] >= 0)
			close(map->fds[i]);
	return mapped;
}

Test(mapped, garbage_is_compared_with_what_is_mapped)
{
	struct fake_map map = good_map();

	cr_expect(maps(&map));
}

/* n_: must not be mapped. */
#define GARBAGE(name, change)                                                                      \
	Test(mapped, n_##name)                                                                     \
	{                                                                                          \
		struct fake_map map = good_map();                                                  \
		change;                                                                            \
		cr_expect_not(maps(&map));                                                         \
	}

GARBAGE(no_descriptor, map.n_fds = 0)
GARBAGE(two_descriptors, (map.fds[1] = make_file(GARBAGE_LINES, all_seals), map.n_fds = 2))
GARBAGE(unsealed, replace_fd(&map, make_file(GARBAGE_LINES, 0)))
GARBAGE(may_shrink, replace_fd(&map, make_file(GARBAGE_LINES, all_seals & ~F_SEAL_SHRINK)))
GARBAGE(may_be_written,
        replace_fd(&map, make_file(GARBAGE_LINES, all_seals & ~F_SEAL_FUTURE_WRITE)))
GARBAGE(larger_file, replace_fd(&map, make_file(GARBAGE_LINES * 2, all_seals)))
GARBAGE(smaller_file, map.n_lines *= 2)
GARBAGE(empty_file, replace_fd(&map, memfd_create("consent-map", MFD_CLOEXEC)))
GARBAGE(no_file, replace_fd(&map, socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)))
GARBAGE(no_lines, map.n_lines = 0)
GARBAGE(most_lines, map.n_lines = UINT64_MAX)
GARBAGE(lines_that_wrap, map.n_lines = GARBAGE_LINES + (UINT64_C(1) << 58))
GARBAGE(other_instance, map.instance = 2)
GARBAGE(other_layout, map.layout = PROTO_MAP_LAYOUT + 1)
GARBAGE(clock_ahead, map.clock_apart_ns = 1000000000)
GARBAGE(clock_behind, map.clock_apart_ns = -1000000000)

/* ---- policies that change -------------------------------------------------------------------------- */

static _Atomic bool changing;

/* So long that what is read one after the other is read on both sides of a change. */
static void linger(uint64_t n)
{
	for (volatile uint64_t i = 0; i < n; i++)
		;
}

/*
 * At even generations `sold` wants an objection, and the subject refused it; at odd ones another
 * policy wants consent, by which the subject may have decided nothing. No moment says yes.
 */
static void *change_policies(void *unused)
{
	struct proto_digest digest = proto_digest_of(&shop.map.key, span_of("v"));
	const struct proto_state nothing = {0};

	for (uint64_t generation = 2; atomic_load(&changing); generation += 2) {
		lines_set_policy_generation(shop.lines, generation + 1);
		lines_put(shop.lines, digest, &nothing);
		linger(generation % 256);
		mapped_shop_put(&shop, "v", "sold", false);
		lines_set_policy_generation(shop.lines, generation + 2);
		linger(generation % 64);
	}
	return unused;
}

Test(mapped, no_line_is_read_by_a_policy_that_is_older)
{
	const struct client_cookie sold = {.name = span_of("sold")};
	struct consent_visitor visitor = shop_visitor();
	struct consent_decision decision;
	unsigned int n_decided = 0, n_tries = 0;
	pthread_t writer;

	visitor.subject = "v";
	mapped_shop_put(&shop, "v", "sold", false);
	expect("v", "sold", "consent_refused");
	atomic_store(&changing, true);
	cr_assert_eq(pthread_create(&writer, NULL, change_policies, NULL), 0);
	while (n_tries < 1000000 && n_decided < 10000) {
		struct client_policy_slot *slot = client->policies.last;
		const struct proto_map_header *header = client->mapping->map.header;
		uint64_t generation = atomic_load(&header->policy_generation);

		/* As if this policy had been fetched at this even generation. */
		if (generation % 2 != 0)
			continue;
		n_tries++;
		slot->generation = generation;
		if (!client_mapped_decide(client, &visitor, &sold, 1, &decision))
			continue;
		n_decided++;
		cr_assert_not(decision.allowed, "%s", consent_reason_name(decision.reason));
	}
	atomic_store(&changing, false);
	pthread_join(writer, NULL);
	cr_assert_gt(n_decided, 0);
}
