/*
 * bind: a session follows an account, or no longer does.
 *
 * A bound session's record is a link; what it had decided by itself is kept beside the link and
 * counts for nothing while it stands. The account gets the newer of the two records, so what a
 * visitor chose last, before or after logging in, is what holds.
 *
 * When the link goes, the session must not get back a yes that was withdrawn on the account
 * meanwhile: it keeps what it had given only where the account gives it too, and every refusal of
 * either.
 */
#include "daemon/op/choices.h"
#include "daemon/op/subject.h"
#include "daemon/op/write.h"

struct bind_write {
	struct op_write write; /* first member */
	struct site *site;
	struct record_key session;
	struct proto_digest account;
	bool unbind;
	struct op_identity identity;
	struct op_actor actor;

	uint64_t revision; /* set by the committer */
};

/* A subject as the committer finds it; without a record, all zero. */
struct party {
	struct record_key key;
	struct record record;
	bool exists;
};

static int read_party(struct group *group, struct record_key key, struct party *ret)
{
	*ret = (struct party){.key = key};
	int rc = group_read(group, key, &ret->record);
	ret->exists = rc == 0;
	return rc == GROUP_E_NOT_FOUND ? 0 : rc;
}

static struct proto_state live_part(const struct proto_state *state, const struct policy *policy)
{
	struct proto_state live = *state;

	for (size_t i = 0; i < 2; i++) {
		live.decided.word[i] &= policy->rules.live.word[i];
		live.given.word[i] &= live.decided.word[i];
	}
	return live;
}

static bool decided_anything(const struct proto_state *state)
{
	return (state->decided.word[0] | state->decided.word[1]) != 0;
}

static uint32_t earlier(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

static uint32_t later(uint32_t a, uint32_t b)
{
	return a > b ? a : b;
}

/* What either refused is refused; given is what both (or, `any_yes`, one of them) gave. */
static struct proto_state combine(
        const struct proto_state *a, const struct proto_state *b, bool any_yes)
{
	struct proto_state state = {.refused_until = later(a->refused_until, b->refused_until)};
	uint64_t given = 0;

	for (size_t i = 0; i < 2; i++) {
		uint64_t refused = (a->decided.word[i] & ~a->given.word[i]) |
		                   (b->decided.word[i] & ~b->given.word[i]);

		state.given.word[i] = any_yes ? a->given.word[i] | b->given.word[i]
		                              : a->given.word[i] & b->given.word[i];
		state.given.word[i] &= ~refused;
		state.decided.word[i] = state.given.word[i] | refused;
		given |= state.given.word[i];
	}
	if (given == 0)
		return state;
	/* A side that gave nothing has no time to give. */
	if (a->given_until == 0 || b->given_until == 0)
		state.given_until = later(a->given_until, b->given_until);
	else
		state.given_until = earlier(a->given_until, b->given_until);
	return state;
}

/* What a session has of its own once it no longer follows its account. */
static struct proto_state unbound_state(const struct party *session, const struct party *account)
{
	return combine(&session->record.state, &account->record.state, false);
}

static int append(struct bind_write *w, struct group *group, const struct party *party,
        struct proto_digest other, struct event *event)
{
	const struct policy *policy = site_policy(w->site);

	event->key = party->key;
	event->prev = party->exists ? party->record.revision : 0;
	event->at = group_now(group);
	event->kind = EVENT_BOUND;
	event->other = other;
	event->has_other = true;
	event->policy_shown = event->policy_current = policy->policy_revision;
	event->actor = span_of(w->actor.text);
	event->result.policy_revision = policy->policy_revision;
	event->result.n_events++;
	if (!party->exists)
		event->result.created_at = event->at;
	if (event->result.updated_at == 0)
		event->result.updated_at = event->at;
	return group_append(group, event);
}

/*
 * Objections and refused opt-outs never lapse, so they outlive the record that gives way, where the
 * one that stays says nothing of the service. Without them its cookies would be allowed again.
 */
static void keep_objections(
        struct event *event, const struct proto_state *from, const struct policy *policy)
{
	struct proto_state *to = &event->result.state;
	struct proto_bits lapsing = choices_bits_of(policy, PROTO_BASIS_CONSENT);

	for (size_t i = 0; i < 2; i++) {
		uint64_t kept = from->decided.word[i] & ~from->given.word[i] & ~lapsing.word[i] &
		                ~to->decided.word[i];

		to->decided.word[i] |= kept;
		event->decided.word[i] |= kept;
	}
}

/* The account's record: the newer of the two; refusal wins where they are of one age. */
static int append_to_account(struct bind_write *w, struct group *group, const struct party *session,
        const struct party *account)
{
	struct event event = {.result = account->record};
	struct proto_state theirs = live_part(&account->record.state, site_policy(w->site));
	struct proto_state ours = live_part(&session->record.state, site_policy(w->site));
	uint64_t our_time = session->record.updated_at, their_time = account->record.updated_at;

	event.result.has_sessions = true;
	event.result.state = theirs;
	if (decided_anything(&ours) && (!decided_anything(&theirs) || our_time >= their_time)) {
		bool tie = decided_anything(&theirs) && our_time == their_time;

		event.result.state = tie ? combine(&ours, &theirs, true) : ours;
		event.result.updated_at = our_time;
		event.result.method = session->record.method;
		event.result.language = session->record.language;
		event.decided = event.result.state.decided;
		event.given = event.result.state.given;
	}
	keep_objections(&event, &ours, site_policy(w->site));
	keep_objections(&event, &theirs, site_policy(w->site));
	return append(w, group, account, session->key.digest, &event);
}

static int append_to_session(struct bind_write *w, struct group *group, const struct party *session,
        struct proto_digest account, bool linked)
{
	struct event event = {
	        .result = session->record,
	        .event_id_hash = w->identity.event_id_hash,
	        .content_hash = w->identity.content_hash,
	};

	event.result.state = live_part(&session->record.state, site_policy(w->site));
	event.result.linked = linked;
	event.result.account = linked ? account : (struct proto_digest){{0, 0}};
	int rc = append(w, group, session, account, &event);
	if (rc == 0)
		w->revision = event.revision;
	return rc;
}

static int bind_to(struct bind_write *w, struct group *group, struct party *session)
{
	struct party account;
	int rc = read_party(group, (struct record_key){session->key.site_id, w->account}, &account);

	if (rc != 0)
		return rc;
	if (account.record.linked)
		return op_refuse(&w->write, PROTO_ERROR_CONFLICT,
		        "`account`: it is itself bound to another account");
	if (session->record.has_sessions)
		return op_refuse(&w->write, PROTO_ERROR_CONFLICT,
		        "`subject`: sessions are or were bound to it, so it is an account and "
		        "cannot be bound, until it is erased");
	rc = append_to_account(w, group, session, &account);
	return rc == 0 ? append_to_session(w, group, session, w->account, true) : rc;
}

/* Puts into the session's record what it has without its link. */
static int take_off_link(struct group *group, struct party *session)
{
	struct party account;
	int rc = read_party(group,
	        (struct record_key){session->key.site_id, session->record.account}, &account);

	if (rc == 0)
		session->record.state = unbound_state(session, &account);
	return rc;
}

static int apply(struct commit_request *request, struct group *group)
{
	struct bind_write *w = (struct bind_write *)request;
	struct party session;
	struct event event;
	int rc = read_party(group, w->session, &session);

	if (rc != 0)
		return rc;
	rc = op_find_retry(&w->write, group, session.record.revision, &w->identity, &event);
	if (rc == 1)
		w->revision = event.revision;
	if (rc != 0)
		return rc == 1 ? 0 : rc;
	bool linked = session.record.linked;
	struct proto_digest before = session.record.account;
	if (w->unbind ? !linked : linked && proto_digest_equal(before, w->account)) {
		w->revision = session.exists ? session.record.revision : group_head(group);
		return 0;
	}
	if (linked)
		rc = take_off_link(group, &session);
	if (rc != 0)
		return rc;
	return w->unbind ? append_to_session(w, group, &session, before, false)
	                 : bind_to(w, group, &session);
}

static void encode(struct op_write *write, struct proto_writer *writer)
{
	const struct bind_write *w = (const struct bind_write *)write;
	struct proto_bind_result result = {.revision = w->revision};

	proto_encode(writer, &proto_bind_result, &result);
}

int op_bind(struct op_call *call)
{
	const struct proto_bind_request *request = &call->request->bind;
	const struct policy *policy;
	struct site *site = op_site(call, request->site, &policy);

	if (!site)
		return OP_FAILED;
	if (span_present(request->account) && span_equal(request->account, request->subject))
		return op_fail(call, PROTO_ERROR_INVALID_VALUE,
		        "`account`: a subject cannot be bound to itself");
	struct bind_write *w = op_write_new(sizeof(*w), 0);
	if (!w)
		return op_fail(call, PROTO_ERROR_BUSY, "no memory for another write");
	w->write.request.apply_fn = apply;
	w->write.request.removal = !span_present(request->account);
	w->write.encode_fn = encode;
	w->site = site;
	w->session = op_subject_key(site, request->subject);
	w->unbind = !span_present(request->account);
	if (!w->unbind)
		w->account = op_subject_key(site, request->account).digest;
	w->actor = op_actor_of(call->peer);
	const struct span parts[] = {span_of("bind"), request->account};
	w->identity =
	        op_identity_of(&commit_store(call->env->commit)->keys, request->event_id, parts, 2);
	return op_submit(call, &w->write);
}
