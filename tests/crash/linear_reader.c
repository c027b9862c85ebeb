/*
 * A check is answered by the map where the handle sent no request; only those are counted as mapped.
 *
 * A yes that only a write under way explains is looked at again when the outcome of that write is
 * known: had it failed, then nobody may ever have seen it.
 */
#include "tests/crash/linear_reader.h"

#include <consent.h>

#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "client/src/client.h"
#include "tests/crash/linear_model.h"

enum {
	N_PENDING = 256, /* answers whose explanation is under way */
	N_EXPLANATIONS = 4,
	SHOWN_FAULTS = 5,
};

/* Writes any of which would explain a yes. */
struct pending {
	struct candidate explanations[N_EXPLANATIONS];
	size_t n;
};

struct reader {
	int n_writers;
	struct consent_client *client;
	struct reader_counts *counts;
	uint64_t seed, number;
	unsigned int cookies; /* of the next check: the number of one, or more for all */
	struct pending pending[N_PENDING];
	size_t n_pending;
};

/* The cookies that were asked about, and those of them that are allowed. */
struct answer {
	const char *subject;
	unsigned int asked, allowed;
};

static const char *const cookie_names[] = {"a", "b", "c"};

void linear_name(int family, int kind, char *ret)
{
	static const char *const kinds[] = {"x", "y", "session", "solo"};

	(void)snprintf(ret, LINEAR_NAME_BYTES, "family-%d-%s", family, kinds[kind]);
}

void linear_fresh_name(int writer, uint64_t i, char *ret)
{
	(void)snprintf(ret, LINEAR_NAME_BYTES, "fresh-%d-%llu", writer, (unsigned long long)i);
}

/* -- asking -------------------------------------------------------------------------------- */

/* Asks about ret->subject. False: unavailable. */
static bool ask(struct reader *r, struct answer *ret)
{
	struct consent_visitor visitor = CONSENT_VISITOR_INIT;
	struct consent_cookie cookies[3] = {{"a", NULL}, {"b", NULL}, {"c", NULL}};
	struct consent_decision decisions[3];
	unsigned int first = r->cookies, n = first < 3 ? 1 : 3;
	uint32_t msgid = r->client->msgid;

	visitor.site = LINEAR_SITE;
	visitor.subject = ret->subject;
	ret->asked = ret->allowed = 0;
	if (n == 1)
		(void)consent_check(r->client, &visitor, cookie_names[first], NULL, decisions);
	else
		(void)consent_check_many(r->client, &visitor, cookies, n, decisions);
	for (unsigned int i = 0; i < n; i++) {
		unsigned int cookie = 1u << (n == 1 ? first : i);

		ret->asked |= cookie;
		ret->allowed |= decisions[i].allowed ? cookie : 0;
	}
	if (decisions[0].reason == CONSENT_REASON_UNAVAILABLE) {
		atomic_fetch_add(&r->counts->n_unavailable, 1);
		/* One request asked about all: none of them can have been answered. */
		if (ret->allowed != 0)
			atomic_fetch_add(&model->n_wrong_yes, 1);
		return false;
	}
	atomic_fetch_add(msgid == r->client->msgid ? &r->counts->n_mapped : &r->counts->n_asked, 1);
	return true;
}

/* -- judging ------------------------------------------------------------------------------- */

static void fault(
        struct reader *r, bool wrong_yes, const struct answer *answer, const struct candidates *c)
{
	uint64_t n = atomic_fetch_add(wrong_yes ? &model->n_wrong_yes : &model->n_wrong_no, 1);

	if (n >= SHOWN_FAULTS)
		return;
	char right[N_CANDIDATES * 3 + 1] = "";
	for (size_t i = 0, at = 0; c && i < c->n; i++)
		at += (size_t)snprintf(right + at, sizeof(right) - at, " %x%s",
		        c->list[i].state & answer->asked, c->list[i].slot ? "?" : "");
	(void)fprintf(stderr, "linear: wrong %s: reader %llu, %s: of %x answered %x, right are%s\n",
	        wrong_yes ? "yes" : "no", (unsigned long long)r->number, answer->subject,
	        answer->asked, answer->allowed, right);
}

/* Whether the pending answer is settled. */
static bool settle(struct reader *r, struct pending *p)
{
	size_t n_failed = 0;

	for (size_t i = 0; i < p->n; i++) {
		const struct candidate *write = &p->explanations[i];
		uint64_t done = atomic_load(&write->slot->done);

		if (done < write->n)
			return false;
		if (done >= write->n + N_FATES - 1) {
			atomic_fetch_add(&r->counts->n_unjudged, 1);
			return true;
		}
		if (atomic_load(&write->slot->fates[write->n % N_FATES]) == FATE_FAILED)
			n_failed++;
	}
	if (n_failed == p->n)
		fault(r, true, &(struct answer){.subject = "what a failed write gives"}, NULL);
	return true;
}

static void settle_all(struct reader *r)
{
	size_t n = 0;

	for (size_t i = 0; i < r->n_pending; i++)
		if (!settle(r, &r->pending[i]))
			r->pending[n++] = r->pending[i];
	r->n_pending = n;
}

static bool is_pending(const struct reader *r, const struct pending *p)
{
	for (size_t i = 0; i < r->n_pending; i++)
		if (memcmp(&r->pending[i], p, sizeof(*p)) == 0)
			return true;
	return false;
}

static void keep(struct reader *r, const struct pending *p)
{
	if (is_pending(r, p))
		return;
	if (r->n_pending == N_PENDING)
		settle_all(r);
	if (r->n_pending < N_PENDING)
		r->pending[r->n_pending++] = *p;
	else
		atomic_fetch_add(&r->counts->n_unjudged, 1);
}

/* Keeps a yes whose every explanation is a write that may yet fail. */
static void suspect(struct reader *r, const struct candidates *c, unsigned int answer)
{
	struct pending p;

	memset(&p, 0, sizeof(p));
	for (size_t i = 0; i < c->n; i++) {
		if ((answer & ~c->list[i].state) != 0)
			continue;
		if (!c->list[i].slot || p.n == N_EXPLANATIONS)
			return;
		/* Word by word: what lies between them stays zero. */
		p.explanations[p.n].slot = c->list[i].slot;
		p.explanations[p.n++].n = c->list[i].n;
	}
	keep(r, &p);
}

static void judge(struct reader *r, const struct answer *answer, const struct candidates *c)
{
	if (c->too_many) {
		atomic_fetch_add(&r->counts->n_unjudged, 1);
		return;
	}
	if (!model_yes_is_right(c, answer->allowed))
		fault(r, true, answer, c);
	else if (answer->allowed != 0)
		suspect(r, c, answer->allowed);
	if (!model_no_is_right(c, answer->allowed | (COOKIES_ALL & ~answer->asked)))
		fault(r, false, answer, c);
}

/* -- one check ----------------------------------------------------------------------------- */

static bool check_family(struct reader *r, int family, enum kind kind)
{
	char subject[LINEAR_NAME_BYTES];
	struct answer answer = {.subject = subject};
	struct candidates candidates;
	struct before before;

	linear_name(family, (int)kind, subject);
	model_before(family, &before);
	if (!ask(r, &answer))
		return false;
	model_candidates(family, kind, &before, &candidates);
	judge(r, &answer, &candidates);
	return true;
}

/* A subject that was written once, or never. */
static bool check_fresh(struct reader *r, int writer, bool never, uint64_t i)
{
	char subject[LINEAR_NAME_BYTES];
	struct answer answer = {.subject = subject};
	struct candidates candidates = {.n = 1};

	linear_fresh_name(never ? N_WRITERS_MOST : writer, i, subject);
	candidates.list[0].state = never ? STATE_UNDECIDED : model_fresh_state(writer, i);
	if (!ask(r, &answer))
		return false;
	judge(r, &answer, &candidates);
	return true;
}

static bool check_any(struct reader *r)
{
	uint64_t choice = model_hash(r->number, 8, ++r->seed);
	int writer = (int)((choice >> 8) % (uint64_t)r->n_writers);
	uint64_t n_fresh = atomic_load(&model->n_fresh[writer]);

	r->cookies = (unsigned int)(choice >> 60) % 8;
	if (choice % 8 == 0)
		return check_fresh(r, writer, true, choice >> 20);
	if (choice % 8 < 3 && n_fresh > 0)
		return check_fresh(r, writer, false, (choice >> 20) % n_fresh);
	return check_family(r, (int)((choice >> 16) % N_FAMILIES), (choice >> 24) % N_KINDS);
}

static struct consent_client *open_handle(const char *socket, bool no_map)
{
	struct consent_client_options options = CONSENT_CLIENT_OPTIONS_INIT;
	struct consent_client *client = NULL;

	options.socket = socket;
	options.no_map = no_map;
	return consent_client_open(&options, &client) == CONSENT_OK ? client : NULL;
}

int linear_read(int reader, int n_writers, const char *socket)
{
	static struct reader r;

	r = (struct reader){.n_writers = n_writers,
	        .client = open_handle(socket, false),
	        .counts = &model->counts[reader],
	        .number = (uint64_t)reader};
	/* They take what time there is, and the daemon comes first. */
	(void)!nice(10);
	while (r.client && !atomic_load(&model->readers_stop)) {
		if (!check_any(&r))
			(void)poll(NULL, 0, 1);
		if (r.seed % 64 == 0)
			settle_all(&r);
	}
	consent_client_close(r.client);
	return r.client ? 0 : 2;
}

/* Until the daemon answers: nobody writes any more. */
static void insist(struct reader *r, int writer, int family, int kind, uint64_t i)
{
	while (!(writer < 0 ? check_family(r, family, (enum kind)kind)
	                    : check_fresh(r, writer, false, i)))
		(void)poll(NULL, 0, 1);
}

static void read_all(struct reader *r)
{
	for (int family = 0; family < N_FAMILIES; family++)
		for (int kind = 0; kind < N_KINDS; kind++)
			insist(r, -1, family, kind, 0);
	for (int writer = 0; writer < r->n_writers; writer++)
		for (uint64_t i = 0; i < atomic_load(&model->n_fresh[writer]); i++)
			insist(r, writer, 0, 0, i);
}

int linear_read_all(int n_writers, const char *socket)
{
	static struct reader r;

	for (int no_map = 0; no_map < 2; no_map++) {
		r = (struct reader){.n_writers = n_writers,
		        .client = open_handle(socket, no_map == 1),
		        .counts = &model->counts[no_map],
		        .number = 1000,
		        .cookies = 3};
		if (!r.client)
			return 2;
		read_all(&r);
		consent_client_close(r.client);
	}
	return 0;
}
