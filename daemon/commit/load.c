/*
 * The ledger is the truth. Each event holds its subject's resulting record, so bringing the view
 * up to date is a matter of reading on from the checkpoint; an event without a body belongs to a
 * subject that was erased, which has no record.
 */
#include "daemon/commit/load.h"

#include <errno.h>

#include "daemon/base/log.h"
#include "daemon/commit/applier.h"
#include "daemon/commit/publish.h"

enum { BATCH = 50000 };

static int replay_event(struct record_table *table, const struct event *event)
{
	int rc = record_table_reserve(table, 1);

	if (rc != 0)
		return rc;
	struct record_entry *entry = record_table_put(table, event->key);
	entry->exists = !event->removed;
	entry->record = event->result;
	return 0;
}

/* Reads up to BATCH events behind `*at`, which moves along. */
static int replay_batch(
        struct store *store, struct ledger_reader *reader, struct record_table *table, uint64_t *at)
{
	uint64_t head = ledger_head(store->ledger);
	int rc = ledger_reader_renew(reader);

	if (rc != 0)
		return rc;
	for (size_t i = 0; i < BATCH && *at < head && rc == 0; i++) {
		struct event event;

		rc = ledger_read_event(reader, *at + 1, &event);
		if (rc == 0)
			rc = replay_event(table, &event);
		else if (rc == LEDGER_E_NO_BODY)
			rc = 0;
		if (rc == 0)
			++*at;
	}
	ledger_reader_reset(reader);
	/* A revision that is missing from the ledger is a fault of the ledger. */
	return rc > 0 ? -EBADMSG : rc;
}

int load_replay(struct store *store, uint64_t *ret_n_events)
{
	uint64_t at = view_checkpoint(store->view), head = ledger_head(store->ledger);
	struct record_table table = {0};
	struct ledger_reader *reader;

	*ret_n_events = head - at;
	if (at > head)
		return LOAD_E_VIEW;
	int rc = ledger_reader_new(store->ledger, &reader);
	if (rc != 0)
		return rc;
	while (rc == 0 && at < head) {
		rc = replay_batch(store, reader, &table, &at);
		if (rc == 0)
			rc = applier_apply(store->view, &table, at);
		record_table_clear(&table);
	}
	if (rc == VIEW_E_FULL)
		rc = -ENOSPC;
	record_table_deinit(&table);
	ledger_reader_free(reader);
	return rc;
}

struct bit_query {
	struct ledger_reader *reader;
	uint32_t site_id;
	struct span service_id;
	const uint8_t *fingerprint;
	int found;
};

static int compare_service(void *ctx, const struct ledger_service *service)
{
	struct bit_query *query = ctx;

	if (span_equal(service->id, query->service_id) &&
	        memcmp(service->fingerprint, query->fingerprint, 16) == 0)
		query->found = service->bit;
	return 0;
}

static int stored_bit(
        void *ctx, struct span service_id, const uint8_t fingerprint[16], uint8_t *ret_bit)
{
	struct bit_query *query = ctx;

	query->service_id = service_id;
	query->fingerprint = fingerprint;
	query->found = -1;
	int rc = ledger_each_service(query->reader, query->site_id, compare_service, query);
	if (rc != 0)
		return rc;
	if (query->found < 0 || query->found >= PROTO_LIMIT_BITS)
		return -EBADMSG;
	*ret_bit = (uint8_t)query->found;
	return 0;
}

/* The stored text as a policy with its numbers; the text has been accepted once. */
static int revive(
        struct ledger_reader *reader, const struct ledger_policy *stored, struct policy **ret)
{
	struct faults faults = {.file = "stored policy"};
	struct bit_query query = {.reader = reader, .site_id = stored->site_id};
	struct policy *policy = NULL;
	int rc = policy_parse(stored->yaml, &faults, &policy);

	faults_deinit(&faults);
	if (rc != 0)
		return rc > 0 ? -EBADMSG : rc;
	policy->site_id = stored->site_id;
	policy->policy_revision = stored->policy_revision;
	policy->applied_at = stored->applied_at;
	rc = policy_set_source(policy, stored->source);
	if (rc == 0)
		rc = policy_assign_bits(policy, stored_bit, &query);
	if (rc != 0) {
		policy_free(policy);
		return rc > 0 ? -EBADMSG : rc;
	}
	*ret = policy;
	return 0;
}

int load_policy(struct ledger_reader *reader, uint32_t site_id, uint32_t policy_revision,
        struct policy **ret)
{
	struct ledger_policy stored;
	int rc = ledger_read_policy(reader, site_id, policy_revision, &stored);

	return rc != 0 ? rc : revive(reader, &stored, ret);
}

struct site_loader {
	struct ledger_reader *reader;
	struct sites *sites;
};

static int load_site(void *ctx, uint32_t site_id, struct span name)
{
	struct site_loader *loader = ctx;
	struct policy *policy = NULL;

	if (site_id == 0 || site_id > PROTO_LIMIT_SITES)
		return -EBADMSG;
	struct site *site = site_new(loader->sites, site_id, name);
	if (!site)
		return -ENOMEM;
	int rc = load_policy(loader->reader, site_id, 0, &policy);
	if (rc == -ENOMEM) {
		site_free(site);
		return rc;
	}
	if (rc != 0)
		log_error("site %.*s: its stored policy cannot be used (%d): every check of it is "
		          "answered unknown_site until a policy is applied",
		        SPAN_ARG(name), rc);
	atomic_store_explicit(&site->policy, policy, memory_order_release);
	sites_insert(loader->sites, site);
	return 0;
}

int load_sites(struct store *store, struct sites *sites)
{
	struct site_loader loader = {.sites = sites};
	int rc = ledger_reader_new(store->ledger, &loader.reader);

	if (rc != 0)
		return rc;
	rc = ledger_reader_renew(loader.reader);
	if (rc == 0) {
		rc = ledger_each_site(loader.reader, load_site, &loader);
		ledger_reader_reset(loader.reader);
	}
	ledger_reader_free(loader.reader);
	return rc;
}

struct line_loader {
	struct lines *lines;
	uint64_t n_bad;
};

static int load_line(void *ctx, struct record_key key, const struct record *record)
{
	struct line_loader *loader = ctx;

	publish_record(loader->lines, key, record);
	return 0;
}

static void note_bad(void *ctx, struct record_key key)
{
	struct line_loader *loader = ctx;

	(void)key;
	loader->n_bad++;
}

int load_lines(struct store *store, struct lines *lines)
{
	struct line_loader loader = {.lines = lines};
	struct view_reader *reader;
	lines_reserve(lines, view_count(store->view));
	int rc = view_reader_new(store->view, &reader);
	if (rc != 0)
		return rc;
	rc = view_reader_renew(reader);
	if (rc == 0) {
		rc = view_each(reader, load_line, note_bad, &loader);
		view_reader_reset(reader);
	}
	view_reader_free(reader);
	if (rc == VIEW_E_DIFFERS || loader.n_bad != 0 || rc == -EBADMSG)
		return LOAD_E_VIEW;
	return rc;
}
