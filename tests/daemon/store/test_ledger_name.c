/* Policies, services, sites and small values: what gives events their meaning. */
#include "tests/support/scratch.h"
#include "tests/support/stored.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

static struct keys keys;
static int dir_fd;
static struct ledger *ledger;
static struct ledger_reader *reader;

static void open_ledger(void)
{
	cr_assert_eq(ledger_open(dir_fd, "ledger", &keys, 64 << 20, &ledger), 0);
	cr_assert_eq(ledger_reader_new(ledger, &reader), 0);
}

static void close_ledger(void)
{
	reader = ledger_reader_free(reader);
	ledger_close(ledger);
}

static void begin(void)
{
	scratch_begin();
	keys = stored_keys();
	dir_fd = open(scratch_path(""), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	cr_assert_geq(dir_fd, 0);
	open_ledger();
	cr_assert_eq(ledger_begin(ledger), 0);
}

static void end(void)
{
	close_ledger();
	close(dir_fd);
	scratch_end();
}

TestSuite(store_ledger_name, .init = begin, .fini = end);

static void commit(void)
{
	cr_assert_eq(ledger_commit(ledger), 0);
	cr_assert_eq(ledger_reader_renew(reader), 0);
}

/* -- policies ------------------------------------------------------------------------------- */

static struct ledger_policy policy_of(uint32_t site_id, uint32_t revision, struct span yaml)
{
	return (struct ledger_policy){
	        .site_id = site_id,
	        .policy_revision = revision,
	        .applied_at = 1700000000 + revision,
	        .actor = span_of("uid:0"),
	        .source = span_of("/etc/consentd/policies.d/a.yaml"),
	        .digest = {(uint8_t)site_id, (uint8_t)revision},
	        .yaml = yaml,
	};
}

static void check_policy(uint32_t site_id, uint32_t asked, const struct ledger_policy *expected)
{
	struct ledger_policy policy;
	cr_assert_eq(ledger_read_policy(reader, site_id, asked, &policy), 0);
	cr_assert_eq(policy.site_id, expected->site_id);
	cr_assert_eq(policy.policy_revision, expected->policy_revision);
	cr_assert_eq(policy.applied_at, expected->applied_at);
	cr_assert(span_equal(policy.actor, expected->actor));
	cr_assert(span_equal(policy.source, expected->source));
	cr_assert_arr_eq(policy.digest, expected->digest, sizeof(policy.digest));
	cr_assert(span_equal(policy.yaml, expected->yaml));
}

Test(store_ledger_name, policies_are_kept_by_revision_and_the_newest_is_found)
{
	struct ledger_policy first = policy_of(2, 1, span_of("a"));
	struct ledger_policy second = policy_of(2, 2, span_of("b"));
	struct ledger_policy other = policy_of(3, 7, span_of("c"));
	struct ledger_policy none;
	cr_assert_eq(ledger_put_policy(ledger, &second), 0);
	cr_assert_eq(ledger_put_policy(ledger, &first), 0);
	cr_assert_eq(ledger_put_policy(ledger, &other), 0);
	commit();
	check_policy(2, 1, &first);
	check_policy(2, 2, &second);
	check_policy(2, 0, &second);
	check_policy(3, 0, &other);
	cr_assert_eq(ledger_read_policy(reader, 2, 3, &none), LEDGER_E_NOT_FOUND);
	cr_assert_eq(ledger_read_policy(reader, 1, 0, &none), LEDGER_E_NOT_FOUND);
	cr_assert_eq(ledger_read_policy(reader, 4, 0, &none), LEDGER_E_NOT_FOUND);
	cr_assert_eq(ledger_read_policy(reader, UINT32_MAX, 0, &none), LEDGER_E_NOT_FOUND);
}

Test(store_ledger_name, the_last_revision_of_the_last_site_is_found)
{
	struct ledger_policy last = policy_of(UINT32_MAX, UINT32_MAX, span_of("z"));
	cr_assert_eq(ledger_put_policy(ledger, &last), 0);
	commit();
	check_policy(UINT32_MAX, UINT32_MAX, &last);
}

Test(store_ledger_name, a_policy_may_be_empty_or_the_longest)
{
	uint8_t *text = malloc(PROTO_LIMIT_YAML_BYTES);
	for (size_t i = 0; i < PROTO_LIMIT_YAML_BYTES; i++)
		text[i] = (uint8_t)(i * 7);
	struct ledger_policy longest = policy_of(1, 1, span_bytes(text, PROTO_LIMIT_YAML_BYTES));
	struct ledger_policy empty = policy_of(1, 2, SPAN_NONE);
	empty.actor = empty.source = SPAN_NONE;
	cr_assert_eq(ledger_put_policy(ledger, &longest), 0);
	cr_assert_eq(ledger_put_policy(ledger, &empty), 0);
	commit();
	check_policy(1, 1, &longest);
	check_policy(1, 0, &empty);
	free(text);
}

Test(store_ledger_name, a_source_as_long_as_a_path_fits_and_a_longer_one_is_refused)
{
	static uint8_t path[9000];
	struct ledger_policy policy = policy_of(1, 1, span_of("a"));
	memset(path, 'p', sizeof(path));
	policy.source = span_bytes(path, 4096);
	cr_assert_eq(ledger_put_policy(ledger, &policy), 0);
	policy.policy_revision = 2;
	policy.source = span_bytes(path, sizeof(path));
	cr_assert_eq(ledger_put_policy(ledger, &policy), -E2BIG);
	commit();
	policy.policy_revision = 1;
	policy.source = span_bytes(path, 4096);
	check_policy(1, 0, &policy);
}

Test(store_ledger_name, every_flipped_byte_of_a_policy_is_noticed)
{
	uint8_t key[8] = {0, 0, 0, 1, 0, 0, 0, 2};
	struct ledger_policy first = policy_of(1, 1, span_of("site: a\n"));
	struct ledger_policy second = policy_of(1, 2, span_of("site: b\n"));
	struct ledger_policy policy;
	cr_assert_eq(ledger_put_policy(ledger, &first), 0);
	cr_assert_eq(ledger_put_policy(ledger, &second), 0);
	commit();
	close_ledger();
	struct stored_value place = {scratch_path("ledger"), "policies", span_bytes(key, 8)};
	for (size_t i = 0; stored_flip(&place, i); i++) {
		open_ledger();
		cr_assert_eq(ledger_reader_renew(reader), 0);
		cr_assert_eq(ledger_read_policy(reader, 1, 2, &policy), -EBADMSG);
		/* Not the one before: that would be an older rule, silently. */
		cr_assert_eq(ledger_read_policy(reader, 1, 0, &policy), -EBADMSG);
		check_policy(1, 1, &first);
		close_ledger();
		stored_flip(&place, i);
	}
	open_ledger();
}

/* -- services ------------------------------------------------------------------------------- */

struct services {
	struct ledger_service items[8];
	char ids[8][PROTO_LIMIT_NAME_BYTES + 1];
	size_t n, stop_at;
};

static int note_service(void *ctx, const struct ledger_service *service)
{
	struct services *services = ctx;
	size_t n = services->n++;
	services->items[n] = *service;
	memcpy(services->ids[n], service->id.data, service->id.n_bytes);
	services->items[n].id = span_bytes(services->ids[n], service->id.n_bytes);
	return services->n == services->stop_at ? 42 : 0;
}

static struct ledger_service service_of(
        uint32_t site_id, const char *id, uint8_t fingerprint, uint8_t bit)
{
	return (struct ledger_service){
	        .site_id = site_id,
	        .id = span_of(id),
	        .fingerprint = {fingerprint},
	        .bit = bit,
	};
}

static void put_service(uint32_t site_id, const char *id, uint8_t fingerprint, uint8_t bit)
{
	struct ledger_service service = service_of(site_id, id, fingerprint, bit);
	cr_assert_eq(ledger_put_service(ledger, &service), 0);
}

Test(store_ledger_name, services_are_kept_by_site_fingerprint_and_id)
{
	struct services found = {0};
	put_service(1, "maps", 1, 0);
	put_service(1, "maps", 2, 1);
	put_service(1, "video", 1, 127);
	put_service(2, "maps", 1, 5);
	put_service(1, "maps", 2, 9);
	commit();
	cr_assert_eq(ledger_each_service(reader, 1, note_service, &found), 0);
	cr_assert_eq(found.n, 3);
	bool seen[128] = {false};
	for (size_t i = 0; i < found.n; i++) {
		cr_assert_eq(found.items[i].site_id, 1);
		seen[found.items[i].bit] = true;
	}
	cr_assert(seen[0] && seen[9] && seen[127]);
	found = (struct services){.stop_at = 2};
	cr_assert_eq(ledger_each_service(reader, 1, note_service, &found), 42);
	found = (struct services){0};
	cr_assert_eq(ledger_each_service(reader, 3, note_service, &found), 0);
	cr_assert_eq(found.n, 0);
}

Test(store_ledger_name, a_service_can_be_erased)
{
	struct services found = {0};
	struct ledger_service video = service_of(1, "video", 1, 0), gone = service_of(1, "x", 1, 0);
	put_service(1, "maps", 1, 3);
	put_service(1, "video", 1, 4);
	cr_assert_eq(ledger_erase_service(ledger, &video), 0);
	cr_assert_eq(ledger_erase_service(ledger, &gone), 0);
	commit();
	cr_assert_eq(ledger_each_service(reader, 1, note_service, &found), 0);
	cr_assert_eq(found.n, 1);
	cr_assert(span_is(found.items[0].id, "maps"));
}

Test(store_ledger_name, an_id_may_be_as_long_as_a_name_and_no_longer)
{
	static char id[PROTO_LIMIT_NAME_BYTES + 2];
	struct services found = {0};
	memset(id, 'i', sizeof(id) - 1);
	struct ledger_service service = service_of(1, id, 1, 1);
	cr_assert_eq(ledger_put_service(ledger, &service), -EINVAL);
	service.id.n_bytes--;
	cr_assert_eq(ledger_put_service(ledger, &service), 0);
	service.id.n_bytes = 0;
	cr_assert_eq(ledger_put_service(ledger, &service), -EINVAL);
	cr_assert_eq(ledger_erase_service(ledger, &service), -EINVAL);
	commit();
	cr_assert_eq(ledger_each_service(reader, 1, note_service, &found), 0);
	cr_assert_eq(found.n, 1);
}

/* -- sites ---------------------------------------------------------------------------------- */

struct sites_seen {
	uint32_t n;
	uint64_t sum;
};

static int note_site(void *ctx, uint32_t site_id, struct span name)
{
	struct sites_seen *seen = ctx;
	cr_assert_gt(name.n_bytes, 0);
	seen->n++;
	seen->sum += site_id;
	return 0;
}

Test(store_ledger_name, sites_get_ids_in_the_order_of_their_first_use)
{
	uint32_t a, b, again;
	struct sites_seen seen = {0};
	cr_assert_eq(ledger_put_site(ledger, span_of("z.example"), &a), 0);
	cr_assert_eq(ledger_put_site(ledger, span_of("a.example"), &b), 0);
	cr_assert_eq(ledger_put_site(ledger, span_of("z.example"), &again), 0);
	cr_assert_eq(a, 1);
	cr_assert_eq(b, 2);
	cr_assert_eq(again, 1);
	commit();
	cr_assert_eq(ledger_begin(ledger), 0);
	cr_assert_eq(ledger_put_site(ledger, span_of("m.example"), &a), 0);
	cr_assert_eq(a, 3);
	ledger_abort(ledger);
	cr_assert_eq(ledger_begin(ledger), 0);
	cr_assert_eq(ledger_put_site(ledger, span_of("n.example"), &a), 0);
	cr_assert_eq(a, 3);
	commit();
	cr_assert_eq(ledger_each_site(reader, note_site, &seen), 0);
	cr_assert_eq(seen.n, 3);
	cr_assert_eq(seen.sum, 6);
}

Test(store_ledger_name, a_site_may_be_as_long_as_a_domain_and_no_longer)
{
	static uint8_t name[PROTO_LIMIT_SITE_BYTES + 1];
	uint32_t id;
	memset(name, 'a', sizeof(name));
	cr_assert_eq(ledger_put_site(ledger, span_bytes(name, PROTO_LIMIT_SITE_BYTES), &id), 0);
	cr_assert_eq(ledger_put_site(ledger, span_bytes(name, sizeof(name)), &id), -EINVAL);
	cr_assert_eq(ledger_put_site(ledger, span_of(""), &id), -EINVAL);
}

Test(store_ledger_name, a_bad_tag_ends_the_walks)
{
	struct sites_seen seen = {0};
	struct services found = {0};
	uint32_t id;
	uint8_t service_key[4 + 16 + 4] = {0, 0, 0, 1, 1};
	memcpy(service_key + 20, "maps", 4);
	cr_assert_eq(ledger_put_site(ledger, span_of("a.example"), &id), 0);
	put_service(1, "maps", 1, 0);
	commit();
	close_ledger();
	struct stored_value site = {scratch_path("ledger"), "sites", span_of("a.example")};
	struct stored_value service = {
	        scratch_path("ledger"), "services", span_bytes(service_key, sizeof(service_key))};
	cr_assert(stored_flip(&site, 14));
	cr_assert(stored_flip(&service, 11));
	open_ledger();
	cr_assert_eq(ledger_reader_renew(reader), 0);
	cr_assert_eq(ledger_each_site(reader, note_site, &seen), -EBADMSG);
	cr_assert_eq(ledger_each_service(reader, 1, note_service, &found), -EBADMSG);
	cr_assert_eq(seen.n + found.n, 0);
	cr_assert_eq(ledger_begin(ledger), 0);
	cr_assert_eq(ledger_put_site(ledger, span_of("a.example"), &id), -EBADMSG);
	ledger_abort(ledger);
}

/* -- small values --------------------------------------------------------------------------- */

Test(store_ledger_name, small_values_are_kept_by_name)
{
	struct span value;
	cr_assert_eq(ledger_put_meta(ledger, "sweep", span_of("one")), 0);
	cr_assert_eq(ledger_put_meta(ledger, "sweep", span_of("two")), 0);
	cr_assert_eq(ledger_put_meta(ledger, "nothing", SPAN_NONE), 0);
	commit();
	cr_assert_eq(ledger_read_meta(reader, "sweep", &value), 0);
	cr_assert(span_is(value, "two"));
	cr_assert_eq(ledger_read_meta(reader, "nothing", &value), 0);
	cr_assert_eq(value.n_bytes, 0);
	cr_assert_eq(ledger_read_meta(reader, "other", &value), LEDGER_E_NOT_FOUND);
}
