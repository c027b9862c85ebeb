/*
 * The library repeats what it may repeat; what it gives up is repeated here, under the same event_id,
 * so that every write ends with a known outcome however often the daemon dies. Only a write that
 * was refused at the first attempt has not happened.
 */
#include "tests/crash/linear_writer.h"

#include <consent.h>

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/crash/linear_model.h"
#include "tests/crash/linear_reader.h"

enum { AGAIN_MS = 2 };

struct writer {
	int number;
	struct consent_client *client;
	uint64_t n_events, seed;
};

struct write {
	enum action action;
	const char *subject, *account;
	unsigned int state;
	char event_id[32];
};

static enum consent_error record(
        struct writer *w, const struct write *write, struct consent_written *ret)
{
	struct consent_visitor visitor = CONSENT_VISITOR_INIT;
	struct consent_choices choices = CONSENT_CHOICES_INIT;
	/* What is given and what is refused stands in one record. */
	const struct consent_choice three[] = {
	        {"service_a", (write->state & COOKIE_A) != 0},
	        {"service_b", (write->state & COOKIE_B) != 0},
	        {"service_c", (write->state & COOKIE_OPT_OUT) != 0},
	};
	const struct consent_choice nothing = {"*", false};

	visitor.site = LINEAR_SITE;
	visitor.subject = write->subject;
	choices.event_id = write->event_id;
	choices.choices = write->action == ACTION_RECORD ? three : &nothing;
	choices.n_choices = write->action == ACTION_RECORD ? 3 : 1;
	return consent_record(w->client, &visitor, &choices, ret);
}

static enum consent_error attempt(
        struct writer *w, const struct write *write, struct consent_written *ret)
{
	struct consent_visitor visitor = CONSENT_VISITOR_INIT;

	visitor.site = LINEAR_SITE;
	visitor.subject = write->subject;
	switch (write->action) {
	case ACTION_RECORD:
	case ACTION_WITHDRAW:
		return record(w, write, ret);
	case ACTION_ERASE:
		return consent_erase(w->client, &visitor, ret);
	case ACTION_BIND_X:
	case ACTION_BIND_Y:
		return consent_bind(w->client, &visitor, write->account, write->event_id, ret);
	case ACTION_UNBIND:
		return consent_bind(w->client, &visitor, NULL, write->event_id, ret);
	}
	return CONSENT_ERROR_INVALID_ARGUMENT;
}

/* Whether a write may be given up: what takes a yes away is repeated until it is done. */
static bool may_fail(const struct write *write)
{
	return write->action == ACTION_RECORD || write->action == ACTION_BIND_X ||
	       write->action == ACTION_BIND_Y;
}

/* Repeats the write until its outcome is known. */
static enum fate carry_out(struct writer *w, struct write *write, uint64_t *ret_revision)
{
	struct consent_written written = {.revision = 0};

	(void)snprintf(write->event_id, sizeof(write->event_id), "%d/%llu", w->number,
	        (unsigned long long)++w->n_events);
	for (unsigned int n_attempts = 0;; n_attempts++) {
		enum consent_error error = attempt(w, write, &written);

		switch (error) {
		case CONSENT_ERROR_NOT_FOUND: /* was erased already */
		case CONSENT_OK:
			*ret_revision = written.revision;
			atomic_fetch_add(&model->n_acknowledged, 1);
			return FATE_DONE;
		case CONSENT_ERROR_STORAGE_FULL:
			if (n_attempts > 0 || !may_fail(write))
				break;
			atomic_fetch_add(&model->n_failed, 1);
			*ret_revision = 0;
			return FATE_FAILED;
		case CONSENT_ERROR_CONNECT:
		case CONSENT_ERROR_TIMEOUT:
		case CONSENT_ERROR_CLOSED:
		case CONSENT_ERROR_BUSY:
		case CONSENT_ERROR_STORAGE_FAILED:
		case CONSENT_ERROR_SHUTTING_DOWN:
			break;
		default:
			(void)fprintf(stderr, "linear: writer %d: %s: %s\n", w->number,
			        consent_error_name(error), consent_client_message(w->client));
			exit(2);
		}
		(void)poll(NULL, 0, AGAIN_MS);
	}
}

static void write_subject(struct writer *w, int family, enum kind kind, int number)
{
	struct slot *slot = &model->subjects[family][kind].slots[number];
	char subject[LINEAR_NAME_BYTES], account[LINEAR_NAME_BYTES];
	uint64_t n = model_begin(slot), revision;
	struct write write = {.action = model_action(family, kind, number, n),
	        .subject = subject,
	        .account = account,
	        .state = model_state(family, kind, number, n)};

	linear_name(family, (int)kind, subject);
	linear_name(
	        family, write.action == ACTION_BIND_X ? KIND_ACCOUNT_X : KIND_ACCOUNT_Y, account);
	enum fate fate = carry_out(w, &write, &revision);
	model_end(slot, n, fate, revision);
}

static void write_fresh(struct writer *w)
{
	uint64_t i = atomic_load(&model->n_fresh[w->number]), revision;
	char subject[LINEAR_NAME_BYTES], account[LINEAR_NAME_BYTES] = "";
	struct write write = {.action = ACTION_RECORD,
	        .subject = subject,
	        .account = account,
	        .state = model_fresh_state(w->number, i)};

	linear_fresh_name(w->number, i, subject);
	if (model_fresh_is_session(i)) {
		write.action = ACTION_BIND_X;
		linear_fresh_name(w->number, i - 1, account);
	}
	while (carry_out(w, &write, &revision) != FATE_DONE)
		;
	atomic_store(&model->n_fresh[w->number], i + 1);
}

/* A family's first writer has its session and its solo to itself. */
static enum kind choose(uint64_t choice, int slot)
{
	if (slot != 0 || choice % 10 < 6)
		return choice % 2 == 0 ? KIND_ACCOUNT_X : KIND_ACCOUNT_Y;
	return choice % 10 < 8 ? KIND_SESSION : KIND_SOLO;
}

int linear_write(int writer, int n_writers, const char *socket)
{
	struct consent_client_options options = CONSENT_CLIENT_OPTIONS_INIT;
	struct writer w = {.number = writer};
	int n_pairs = n_writers / 2, pair = writer / 2;

	options.socket = socket;
	if (consent_client_open(&options, &w.client) != CONSENT_OK)
		return 2;
	while (!atomic_load(&model->writers_stop)) {
		uint64_t choice = model_hash((uint64_t)writer, 7, ++w.seed);
		int family =
		        pair + n_pairs * (int)((choice >> 8) % (uint64_t)(N_FAMILIES / n_pairs));

		if ((choice >> 40) % 5 < 2)
			write_fresh(&w);
		else
			write_subject(&w, family, choose(choice >> 16, writer % 2), writer % 2);
	}
	consent_client_close(w.client);
	return 0;
}
