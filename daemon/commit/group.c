/*
 * The changes of a group, kept apart from everything that others can see: the ledger's open
 * transaction, and two small tables with what each changed subject had before and has now.
 *
 * Looking a record up: the group's own changes, then the overlay, then the view. The view's
 * snapshot is renewed when the view has moved since, because what left the overlay meanwhile is
 * only in a newer one.
 */
#include "daemon/commit/group_private.h"

#include <assert.h>
#include <errno.h>

#include "daemon/base/log.h"

/* Bodies in one transaction: writes that wait meanwhile are held up by milliseconds. */
enum { DROP_SLICE = 1000 };

int group_init(
        struct group *group, struct store *store, struct sites *sites, struct overlay *overlay)
{
	*group = (struct group){
	        .store = store, .sites = sites, .overlay = overlay, .view_checkpoint = UINT64_MAX};
	int rc = view_reader_new(store->view, &group->view);
	if (rc == 0)
		rc = ledger_reader_new(store->ledger, &group->ledger);
	if (rc == 0)
		rc = ledger_reader_renew(group->ledger);
	if (rc == 0) {
		rc = erasures_load(&group->erasures, group->ledger);
		ledger_reader_reset(group->ledger);
	}
	if (rc != 0)
		group_deinit(group);
	return rc;
}

void group_deinit(struct group *group)
{
	group->view = view_reader_free(group->view);
	group->ledger = ledger_reader_free(group->ledger);
	record_table_deinit(&group->before);
	record_table_deinit(&group->after);
	erasures_deinit(&group->erasures);
}

static int reload_erasures(struct group *group)
{
	int rc = ledger_reader_renew(group->ledger);

	if (rc != 0)
		return rc;
	rc = erasures_load(&group->erasures, group->ledger);
	ledger_reader_reset(group->ledger);
	return rc;
}

void group_reload_erasures(struct group *group)
{
	group->erasures_error = reload_erasures(group);
	if (group->erasures_error != 0)
		log_error("store: the list of erased events cannot be read (%d); nothing is erased "
		          "until it can",
		        group->erasures_error);
}

int group_begin(struct group *group, uint64_t now)
{
	if (group->erasures_error != 0)
		group_reload_erasures(group);
	group->now = now;
	group->revision = ledger_head(group->store->ledger);
	group->erasures_changed = false;
	group->has_doubt = false;
	return ledger_begin(group->store->ledger);
}

void group_end(struct group *group)
{
	record_table_clear(&group->before);
	record_table_clear(&group->after);
	if (group->view_checkpoint != UINT64_MAX)
		view_reader_reset(group->view);
	group->view_checkpoint = UINT64_MAX;
	for (size_t i = 0; i < group->n_policies; i++)
		policy_change_deinit(&group->policies[i]);
	group->n_policies = 0;
}

uint64_t group_now(const struct group *group)
{
	return group->now;
}

uint64_t group_head(const struct group *group)
{
	return group->revision;
}

struct store *group_store(struct group *group)
{
	return group->store;
}

struct sites *group_sites(struct group *group)
{
	return group->sites;
}

static int renew_view(struct group *group)
{
	uint64_t checkpoint = view_checkpoint(group->store->view);

	if (checkpoint == group->view_checkpoint)
		return 0;
	if (group->view_checkpoint != UINT64_MAX)
		view_reader_reset(group->view);
	group->view_checkpoint = UINT64_MAX;
	int rc = view_reader_renew(group->view);
	if (rc == 0)
		group->view_checkpoint = checkpoint;
	return rc;
}

/* What is committed: the overlay, else the view. */
static int read_committed(struct group *group, struct record_key key, struct record_entry *ret)
{
	if (overlay_find(group->overlay, key, ret))
		return 0;
	int rc = renew_view(group);
	if (rc != 0)
		return rc;
	ret->key = key;
	rc = view_read(group->view, key, &ret->record);
	ret->exists = rc == 0;
	if (rc == -EBADMSG) {
		group->doubt = key;
		group->has_doubt = true;
	}
	return rc == VIEW_E_NOT_FOUND ? 0 : rc;
}

int group_read(struct group *group, struct record_key key, struct record *ret)
{
	const struct record_entry *entry = record_table_find(&group->after, key);
	struct record_entry committed;

	if (!entry) {
		int rc = read_committed(group, key, &committed);
		if (rc != 0)
			return rc;
		entry = &committed;
	}
	if (!entry->exists)
		return GROUP_E_NOT_FOUND;
	*ret = entry->record;
	return 0;
}

/* Makes room in both tables and notes, once, what the subject had before the group. */
static int remember_before(struct group *group, struct record_key key)
{
	struct record_entry committed;

	if (record_table_find(&group->after, key))
		return 0;
	int rc = record_table_reserve(&group->before, 1);
	if (rc == 0)
		rc = record_table_reserve(&group->after, 1);
	if (rc == 0)
		rc = read_committed(group, key, &committed);
	if (rc == 0)
		*record_table_put(&group->before, key) = committed;
	return rc;
}

static int outcome_of_ledger(int rc)
{
	switch (rc) {
	case LEDGER_E_NOT_FOUND:
	case LEDGER_E_NO_BODY:
		return GROUP_E_NOT_FOUND;
	case LEDGER_E_FULL:
		return GROUP_E_FULL;
	default:
		return rc;
	}
}

int group_append(struct group *group, struct event *event)
{
	int rc = remember_before(group, event->key);

	if (rc != 0)
		return rc;
	rc = outcome_of_ledger(ledger_append(group->store->ledger, event));
	if (rc != 0)
		return rc;
	struct record_entry *entry = record_table_put(&group->after, event->key);
	entry->exists = !event->removed;
	entry->record = event->result;
	group->revision = event->revision;
	return 0;
}

int group_event(struct group *group, uint64_t revision, struct event *ret)
{
	return outcome_of_ledger(ledger_get(group->store->ledger, revision, ret));
}

int group_drop_body(struct group *group, uint64_t revision)
{
	return outcome_of_ledger(ledger_drop_body(group->store->ledger, revision));
}

int group_drop_body_later(struct group *group, uint64_t revision)
{
	if (group->erasures_error != 0)
		return group->erasures_error;
	group->erasures_changed = true;
	return erasures_add(&group->erasures, revision);
}

size_t group_n_due_bodies(const struct group *group)
{
	return erasures_n_due(&group->erasures, view_checkpoint(group->store->view));
}

int group_drop_due_bodies(struct group *group)
{
	size_t n = group_n_due_bodies(group);

	if (group->erasures_error != 0)
		return group->erasures_error;
	if (n > DROP_SLICE)
		n = DROP_SLICE;
	if (n == 0)
		return 0;
	group->erasures_changed = true;
	return outcome_of_ledger(erasures_drop(&group->erasures, group->store->ledger, n));
}

int group_store_erasures(struct group *group)
{
	if (!group->erasures_changed)
		return 0;
	return outcome_of_ledger(erasures_store(&group->erasures, group->store->ledger));
}
