/*
 * erase: takes out a subject's record and what is kept of its events. Nothing brings them back, so
 * a person at a terminal is asked first.
 */
#include "client/ctl/ctl.h"
#include "client/ctl/json.h"
#include "client/ctl/positionals.h"

struct erase_values {
	struct proto_erase_request request;
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
                .offset = offsetof(struct erase_values, request.dry_run)},
        {.name = "yes",
                .letter = 'y',
                .help = "do not ask",
                .type = COMMAND_FLAG,
                .offset = offsetof(struct erase_values, yes)},
};

static int dry_run(struct ctl *ctl, const struct proto_erase_request *request)
{
	struct proto_erase_result result;
	json_t *object;
	int code = ctl_call(ctl, PROTO_OP_ERASE, request, &result);

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

	if (erase->request.dry_run)
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
        .details =
                "Erases the visitor's record and the contents of its events. What stays in the "
                "ledger\n"
                "proves that something was erased, and names nobody. Of an account the "
                "sessions go\n"
                "that are bound to it, of a session what was its own. A person at a terminal is\n"
                "asked first.",
        .example = "consentctl erase www.example.org 5f2c --yes",
        .positionals = positionals,
        .n_positionals = COMMAND_COUNT(positionals),
        .options = options,
        .n_options = COMMAND_COUNT(options),
        .n_values_bytes = sizeof(struct erase_values),
        .run_fn = run,
};
