/*
 * record: a subject's choices become an event, a record, and a line.
 *
 * The loop expands names over the policy that the visitor was shown; the committer merges the bits
 * into what the subject has by then, under the policy that is in force by then. Services that came
 * in between stay undecided.
 */
#include "daemon/op/choices.h"
#include "daemon/op/encode.h"
#include "daemon/op/revision.h"
#include "daemon/op/subject.h"
#include "daemon/op/write.h"

#include <errno.h>

struct record_write {
	struct op_write write; /* first member */
	struct site *site;
	struct record_key key;
	struct choices choices;
	uint32_t policy_shown;
	struct op_identity identity;
	struct op_actor actor;
	struct span method, surface, language, attributes;
	uint32_t n_attributes;

	/* Set by the committer. */
	uint64_t revision;
	enum event_kind kind;
	struct record record;
	bool bound;
	uint64_t link_revision; /* newest event of a bound session itself; else 0 */
};

/* Follows a link: the record is the account's, which may not exist (any more). */
static int read_subject(struct record_write *w, struct group *group, struct record_key *key,
        struct record *ret, bool *ret_exists)
{
	int rc = group_read(group, *key, ret);

	if (rc == 0 && ret->linked) {
		w->bound = true;
		w->link_revision = ret->revision;
		key->digest = ret->account;
		rc = group_read(group, *key, ret);
	}
	*ret_exists = rc == 0;
	return rc == GROUP_E_NOT_FOUND ? 0 : rc;
}

/*
 * As op_find_retry. A session's own events count beside its account's: the first try may have come
 * before the session was bound, and what it said may have been withdrawn since.
 */
static int find_retry(
        struct record_write *w, struct group *group, uint64_t newest, struct event *ret)
{
	int rc = op_find_retry(&w->write, group, w->link_revision, &w->identity, ret);

	return rc != 0 ? rc : op_find_retry(&w->write, group, newest, &w->identity, ret);
}

/* The record after the event, all but its revision. */
static struct record resulting_record(const struct record_write *w, const struct record *before,
        const struct choices_outcome *outcome, const struct policy *policy, uint64_t now)
{
	struct record record = before ? *before : (struct record){.created_at = now};

	record.state = outcome->state;
	record.policy_revision = policy->policy_revision;
	record.updated_at = now;
	record.n_events++;
	if (span_present(w->method))
		record_text_set(&record.method, w->method);
	if (span_present(w->language))
		record_text_set(&record.language, w->language);
	return record;
}

static int append(struct record_write *w, struct group *group, struct record_key key,
        const struct record *before, const struct choices_outcome *outcome)
{
	const struct policy *policy = site_policy(w->site);
	uint64_t now = group_now(group);
	struct event event = {
	        .prev = before ? before->revision : 0,
	        .key = key,
	        .at = now,
	        .kind = outcome->kind,
	        .decided = outcome->decided,
	        .given = outcome->given,
	        .policy_shown = w->policy_shown,
	        .policy_current = policy->policy_revision,
	        .method = w->method,
	        .surface = w->surface,
	        .language = w->language,
	        .actor = span_of(w->actor.text),
	        .attributes = w->attributes,
	        .n_attributes = w->n_attributes,
	        .event_id_hash = w->identity.event_id_hash,
	        .content_hash = w->identity.content_hash,
	        .result = resulting_record(w, before, outcome, policy, now),
	};
	int rc = group_append(group, &event);

	if (rc == 0) {
		w->revision = event.revision;
		w->kind = event.kind;
		w->record = event.result;
	}
	return rc;
}

/* Nothing is written: the answer is what was written before. */
static int answer_as(struct record_write *w, uint64_t revision, enum event_kind kind,
        const struct record *record)
{
	w->revision = revision;
	w->kind = kind;
	w->record = *record;
	return 0;
}

/* Nothing was decided and nothing is kept: nothing must come into being of who never chose. */
static int answer_nothing(struct record_write *w, const struct group *group)
{
	const struct record none = {.policy_revision = site_policy(w->site)->policy_revision};

	return answer_as(w, group_head(group), EVENT_RENEWED, &none);
}

static int apply(struct commit_request *request, struct group *group)
{
	struct record_write *w = (struct record_write *)request;
	struct record_key key = w->key;
	struct choices_outcome outcome;
	struct record before;
	struct event event;
	bool exists;

	w->bound = false;
	w->link_revision = 0;
	int rc = read_subject(w, group, &key, &before, &exists);
	if (rc != 0)
		return rc;
	rc = find_retry(w, group, exists ? before.revision : 0, &event);
	if (rc == 1)
		return answer_as(w, event.revision, event.kind, exists ? &before : &event.result);
	if (rc != 0)
		return rc;
	choices_merge(exists ? &before : NULL, &w->choices, site_policy(w->site), group_now(group),
	        &outcome);
	if (outcome.identical && !exists)
		return answer_nothing(w, group);
	rc = outcome.identical ? group_event(group, before.revision, &event) : GROUP_E_NOT_FOUND;
	if (rc == 0)
		return answer_as(w, before.revision, event.kind, &before);
	/* Identical to an event that is rotten: what was said before is said once more. */
	if (rc != GROUP_E_NOT_FOUND && rc != -EBADMSG)
		return rc;
	return append(w, group, key, exists ? &before : NULL, &outcome);
}

static void encode(struct op_write *write, struct proto_writer *writer)
{
	const struct record_write *w = (const struct record_write *)write;
	struct op_choices_room room;
	struct proto_record message;
	struct op_record_room encoded;

	op_record_message(&w->record, w->bound, site_policy(w->site), &room, &message);
	struct proto_record_result result = {
	        .revision = w->revision,
	        .event = span_of(event_kind_name(w->kind)),
	        .record = op_encode_record(&message, &encoded),
	};
	proto_encode(writer, &proto_record_result, &result);
}

static int expand(struct op_call *call, const struct policy *shown, struct choices *ret)
{
	struct span name;

	switch (choices_expand(shown, call->request->record.choices, ret, &name)) {
	case 0:
		return OP_DONE;
	case CHOICES_E_NECESSARY:
		return op_fail(call, PROTO_ERROR_INVALID_VALUE,
		        "`choices`: \"%.*s\" is necessary and cannot be refused", SPAN_ARG(name));
	default:
		return op_fail(call, PROTO_ERROR_UNKNOWN_CHOICE,
		        "`choices`: \"%.*s\" is neither a service nor a category of revision %u of "
		        "the policy; `*` stands for all",
		        SPAN_ARG(name), (unsigned int)shown->policy_revision);
	}
}

static struct op_identity identity_of(
        const struct op_call *call, const struct proto_record_request *request)
{
	struct span revision =
	        span_bytes(&request->policy_revision, sizeof(request->policy_revision));
	const struct span parts[] = {span_of("record"), request->choices.items, revision,
	        request->method, request->surface, request->language, request->attributes.items};

	return op_identity_of(&commit_store(call->env->commit)->keys, request->event_id, parts,
	        sizeof(parts) / sizeof(parts[0]));
}

static struct record_write *new_write(const struct proto_record_request *request)
{
	struct record_write *w = op_write_new(
	        sizeof(*w), request->method.n_bytes + request->surface.n_bytes +
	                            request->language.n_bytes + request->attributes.items.n_bytes);

	if (!w)
		return NULL;
	w->write.request.apply_fn = apply;
	w->write.encode_fn = encode;
	w->method = op_write_keep(&w->write, request->method);
	w->surface = op_write_keep(&w->write, request->surface);
	w->language = op_write_keep(&w->write, request->language);
	w->attributes = op_write_keep(&w->write, request->attributes.items);
	w->n_attributes = request->attributes.n_items;
	return w;
}

int op_record(struct op_call *call)
{
	const struct proto_record_request *request = &call->request->record;
	const struct policy *policy, *shown;
	struct choices choices;
	struct site *site = op_site(call, request->site, &policy);

	if (!site)
		return OP_FAILED;
	int rc = op_revision(call, request->site, request->policy_revision, &shown);
	if (rc == OP_DONE)
		rc = expand(call, shown, &choices);
	if (rc != OP_DONE)
		return rc;
	struct record_write *w = new_write(request);
	if (!w)
		return op_fail(call, PROTO_ERROR_BUSY, "no memory for another write");
	w->site = site;
	w->key = op_subject_key(site, request->subject);
	w->choices = choices;
	w->policy_shown = shown->policy_revision;
	w->identity = identity_of(call, request);
	w->actor = op_actor_of(call->peer);
	w->write.request.removal = (choices.given.word[0] | choices.given.word[1]) == 0;
	return op_submit(call, &w->write);
}
