/*
 * erase: nothing that was kept of a subject stays but the leaves of its events, which link to
 * nobody. Its record goes, its line becomes a tombstone, and the bodies and salts of its events are
 * dropped in the same transaction. The `erased` event itself names the digest until the view has
 * durably forgotten it.
 *
 * Erasing a session leaves its account alone; erasing an account erases every session that is bound
 * to it as well.
 *
 * A dry run walks the same way, in its turn among the writes, and drops and appends nothing: what
 * it counts is what an erasure in its place would have counted.
 */
#include "daemon/op/subject.h"
#include "daemon/op/write.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct erase_write {
	struct op_write write; /* first member */
	struct site *site;
	struct record_key key;
	struct op_actor actor;
	bool dry_run;

	uint64_t revision, n_events; /* set by the committer */
};

/* Sessions that the events of an account name; one that was bound again stands here again. */
struct sessions {
	struct proto_digest *digests;
	size_t n, capacity;
};

static int sessions_add(struct sessions *sessions, struct proto_digest digest)
{
	if (sessions->n == sessions->capacity) {
		size_t capacity = sessions->capacity ? 2 * sessions->capacity : 16;
		struct proto_digest *digests =
		        reallocarray(sessions->digests, capacity, sizeof(*digests));

		if (!digests)
			return -ENOMEM;
		sessions->digests = digests;
		sessions->capacity = capacity;
	}
	sessions->digests[sessions->n++] = digest;
	return 0;
}

/* Drops the bodies of a chain, and notes the sessions that its `bound` events name. */
static int drop_chain(
        struct erase_write *w, struct group *group, uint64_t newest, struct sessions *sessions)
{
	while (newest != 0) {
		struct event event;
		uint64_t revision = newest;
		int rc = group_event(group, revision, &event);

		if (rc == GROUP_E_NOT_FOUND)
			break;
		if (rc == 0 && event.has_other && !event.result.linked)
			rc = sessions_add(sessions, event.other);
		newest = rc == 0 ? event.prev : 0;
		if (rc == 0 && !w->dry_run)
			rc = group_drop_body(group, revision);
		if (rc != 0)
			return rc;
		w->n_events++;
	}
	return 0;
}

static int erase_one(struct erase_write *w, struct group *group, struct record_key key,
        const struct record *record, struct sessions *sessions)
{
	struct event event = {
	        .key = key,
	        .at = group_now(group),
	        .kind = EVENT_ERASED,
	        .actor = span_of(w->actor.text),
	        .removed = true,
	};
	int rc = drop_chain(w, group, record->revision, sessions);

	if (rc == 0 && w->dry_run)
		w->revision = record->revision;
	else if (rc == 0)
		rc = group_append(group, &event);
	if (rc != 0 || w->dry_run)
		return rc;
	w->revision = event.revision;
	return group_drop_body_later(group, event.revision);
}

static int compare(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct proto_digest));
}

/* Those of the sessions that still follow the account, each once. */
static int erase_sessions(
        struct erase_write *w, struct group *group, const struct sessions *sessions)
{
	struct sessions none = {0};
	int rc = 0;

	if (sessions->n > 1)
		qsort(sessions->digests, sessions->n, sizeof(*sessions->digests), compare);
	for (size_t i = 0; i < sessions->n && rc == 0; i++) {
		struct record_key key = {w->key.site_id, sessions->digests[i]};
		struct record record;

		if (i > 0 && proto_digest_equal(key.digest, sessions->digests[i - 1]))
			continue;
		rc = group_read(group, key, &record);
		if (rc == 0 && record.linked && proto_digest_equal(record.account, w->key.digest))
			rc = erase_one(w, group, key, &record, &none);
		else if (rc == GROUP_E_NOT_FOUND)
			rc = 0;
	}
	free(none.digests);
	return rc;
}

static int apply(struct commit_request *request, struct group *group)
{
	struct erase_write *w = (struct erase_write *)request;
	struct sessions sessions = {0};
	struct record record;
	int rc = group_read(group, w->key, &record);

	w->n_events = 0;
	if (rc == GROUP_E_NOT_FOUND)
		return op_refuse(&w->write, PROTO_ERROR_NOT_FOUND,
		        "`subject`: the site has no record of it");
	if (rc == 0)
		rc = erase_one(w, group, w->key, &record, &sessions);
	if (rc == 0 && !record.linked)
		rc = erase_sessions(w, group, &sessions);
	free(sessions.digests);
	return rc;
}

static void encode(struct op_write *write, struct proto_writer *writer)
{
	const struct erase_write *w = (const struct erase_write *)write;
	struct proto_erase_result result = {.revision = w->revision, .events = w->n_events};

	proto_encode(writer, &proto_erase_result, &result);
}

int op_erase(struct op_call *call)
{
	const struct proto_erase_request *request = &call->request->erase;
	const struct policy *policy;
	struct site *site = op_site(call, request->site, &policy);

	if (!site)
		return OP_FAILED;
	struct erase_write *w = op_write_new(sizeof(*w), 0);
	if (!w)
		return op_fail(call, PROTO_ERROR_BUSY, "no memory for another write");
	w->write.request.apply_fn = apply;
	w->write.request.removal = true;
	w->write.encode_fn = encode;
	w->site = site;
	w->key = op_subject_key(site, request->subject);
	w->actor = op_actor_of(call->peer);
	w->dry_run = request->dry_run;
	return op_submit(call, &w->write);
}
