/*
 * Lines follow the tables of a group. A session that is bound to an account has a link for a line,
 * so a withdrawal on the account changes one line however many sessions there are; what a link
 * will permit is what its account's record will, and the meet is taken with that.
 */
#include "daemon/commit/publish.h"

void publish_reserve(struct lines *lines, const struct group *group)
{
	lines_reserve(lines, group->after.n_entries);
}

void publish_record(struct lines *lines, struct record_key key, const struct record *record)
{
	if (record->linked)
		lines_put_link(lines, key.digest, record->account);
	else
		lines_put(lines, key.digest, &record->state);
}

static void publish_entries(struct lines *lines, const struct record_table *table)
{
	for (size_t i = 0; i < table->n_entries; i++) {
		const struct record_entry *entry = &table->entries[i];

		if (entry->exists)
			publish_record(lines, entry->key, &entry->record);
		else
			lines_erase(lines, entry->key.digest);
	}
}

/* What the subject's checks will be answered by: its own state, or its account's. */
static int state_after(
        struct group *group, const struct record_entry *entry, struct proto_state *ret)
{
	struct record account;

	*ret = entry->exists ? entry->record.state : (struct proto_state){0};
	if (!entry->exists || !entry->record.linked)
		return 0;
	*ret = (struct proto_state){0};
	int rc = group_read(
	        group, (struct record_key){entry->key.site_id, entry->record.account}, &account);
	if (rc == 0 && !account.linked)
		*ret = account.state;
	return rc == GROUP_E_NOT_FOUND ? 0 : rc;
}

int publish_meet(struct lines *lines, struct group *group)
{
	for (size_t i = 0; i < group->after.n_entries; i++) {
		struct proto_state will;
		int rc = state_after(group, &group->after.entries[i], &will);

		if (rc != 0) {
			publish_before(lines, group);
			return rc;
		}
		lines_meet(lines, group->after.entries[i].key.digest, &will);
	}
	return 0;
}

void publish_after(struct lines *lines, const struct group *group)
{
	publish_entries(lines, &group->after);
}

void publish_before(struct lines *lines, const struct group *group)
{
	publish_entries(lines, &group->before);
}

void publish_doubt(struct lines *lines, const struct group *group)
{
	if (!group->has_doubt)
		return;
	lines_reserve(lines, 1);
	lines_put_doubt(lines, group->doubt.digest);
}
