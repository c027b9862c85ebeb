/*
 * What a daemon would do that publishes after its replies: no meet before the commit, and each group's
 * lines only when the next group is through. Linked before the real one, into a daemon that a test
 * must catch.
 */
#include "daemon/commit/publish.h"

enum { MOST = 4096 };

static struct record_entry late[MOST];
static size_t n_late;

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

int publish_meet(struct lines *lines, struct group *group)
{
	(void)lines;
	(void)group;
	return 0;
}

void publish_after(struct lines *lines, const struct group *group)
{
	for (size_t i = 0; i < n_late; i++) {
		if (late[i].exists)
			publish_record(lines, late[i].key, &late[i].record);
		else
			lines_erase(lines, late[i].key.digest);
	}
	n_late = group->after.n_entries < MOST ? group->after.n_entries : MOST;
	for (size_t i = 0; i < n_late; i++)
		late[i] = group->after.entries[i];
}

void publish_before(struct lines *lines, const struct group *group)
{
	(void)lines;
	(void)group;
}

void publish_doubt(struct lines *lines, const struct group *group)
{
	(void)lines;
	(void)group;
}
