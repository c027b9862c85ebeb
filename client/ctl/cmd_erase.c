/*
 * erase: takes out a subject's record and what is kept of its events. Nothing brings them back, so
 * a person at a terminal is asked first.
 */
#include "client/ctl/ctl.h"
#include "client/ctl/json.h"
#include "client/ctl/positionals.h"

struct erase_values {
	struct proto_erase_request request;
	bool dry_run;
	bool yes;
};

static const struct command_positional positionals[] = {
        POSITIONAL_SITE(struct erase_values, request.site),
        POSITIONAL_SUBJECT(struct erase_values, request.subject),
};

static const struct command_option options[] = {
        {.name = "dry-run",
                .help = "count the events that would be erased, and erase nothing",
                .type = COMMAND_FLAG,
                .offset = offsetof(struct erase_values, dry_run)},
        {.name = "yes",
                .letter = 'y',
                .help = "do not ask",
                .type = COMMAND_FLAG,
                .offset = offsetof(struct erase_values, yes)},
};

/* Adds the events of one page; `before` becomes the oldest revision on it, 0 after the last. */
static uint64_t count_page(struct proto_list events, uint64_t *before)
{
	struct proto_event event;
	uint64_t n = 0;

	*before = 0;
	while (proto_list_message(&events, &proto_event, &event)) {
		n++;
		*before = event.revision;
	}
	return n;
}

static int count_events(
        struct ctl *ctl, const struct proto_erase_request *request, uint64_t *ret_n_events)
{
	struct proto_history_request history = {
	        .site = request->site, .subject = request->subject, .limit = PROTO_LIMIT_PAGE};

	*ret_n_events = 0;
	do {
		struct proto_history_result result;
		int code = ctl_call(ctl, PROTO_OP_HISTORY, &history, &result);

		if (code != CTL_OK)
			return code;
		*ret_n_events += count_page(result.events, &history.before);
	} while (history.before > 1);
	return CTL_OK;
}

static int dry_run(struct ctl *ctl, const struct proto_erase_request *request)
{
	struct proto_erase_result result = {.revision = 0};
	json_t *object;
	int code = count_events(ctl, request, &result.events);

	if (code != CTL_OK)
		return code;
	object = json_of_message(&proto_erase_result, &result);
	json_put(object, "dry_run", json_true());
	output_object(&ctl->out, &proto_erase_result, object);
	return CTL_OK;
}

static int run(struct ctl *ctl, void *values)
{
	struct erase_values *erase = values;
	struct proto_erase_result result;
	int code;

	if (erase->dry_run)
		return dry_run(ctl, &erase->request);
	code = ctl_confirm(erase->yes,
	        "Erase the record of %.*s on %.*s, and what is kept of its events? It cannot be "
	        "undone.",
	        SPAN_ARG(erase->request.subject), SPAN_ARG(erase->request.site));
	if (code != CTL_OK)
		return code;
	return ctl_call_and_print(ctl, PROTO_OP_ERASE, &erase->request, &result);
}

const struct command cmd_erase = {
        .name = "erase",
        .summary = "erase a visitor's record and events",
        .details = "Erases the visitor's record and the contents of its events. What stays in the "
                   "ledger\n"
                   "proves that something was erased, and names nobody. A person at a terminal is "
                   "asked\n"
                   "first; --dry-run, which counts the events, also takes the role auditor.",
        .example = "consentctl erase www.example.org 5f2c --yes",
        .positionals = positionals,
        .n_positionals = COMMAND_COUNT(positionals),
        .options = options,
        .n_options = COMMAND_COUNT(options),
        .n_values_bytes = sizeof(struct erase_values),
        .run_fn = run,
};
