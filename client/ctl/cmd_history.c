/* history: the events of a subject, newest first. */
#include "client/ctl/ctl.h"
#include "client/ctl/positionals.h"

static const struct command_positional positionals[] = {
        POSITIONAL_SITE(struct proto_history_request, site),
        POSITIONAL_SUBJECT(struct proto_history_request, subject),
};

static const struct command_option options[] = {
        {.name = "limit",
                .value = "N",
                .help = "at most so many events",
                .type = COMMAND_NUMBER,
                .limits = &proto_fields[PROTO_FIELD_LIMIT],
                .offset = offsetof(struct proto_history_request, limit)},
        {.name = "before",
                .value = "REVISION",
                .help = "only events before this revision",
                .type = COMMAND_NUMBER,
                .limits = &proto_fields[PROTO_FIELD_BEFORE],
                .offset = offsetof(struct proto_history_request, before)},
};

static int run(struct ctl *ctl, void *values)
{
	struct proto_history_result result;
	int code = ctl_call(ctl, PROTO_OP_HISTORY, values, &result);

	if (code != CTL_OK)
		return code;
	output_begin(&ctl->out, "events");
	output_columns_of(&ctl->out, &proto_event);
	output_rows_of(&ctl->out, &proto_event, result.events);
	output_end(&ctl->out, NULL);
	return CTL_OK;
}

const struct command cmd_history = {
        .name = "history",
        .summary = "list the events of a visitor's record, newest first",
        .details =
                "Lists every change that was made to a visitor's record, newest first: what was\n"
                "decided, how and where, by which revision of the policy, and who told the daemon.",
        .example = "consentctl history www.example.org 5f2c --limit 10",
        .positionals = positionals,
        .n_positionals = COMMAND_COUNT(positionals),
        .options = options,
        .n_options = COMMAND_COUNT(options),
        .n_values_bytes = sizeof(struct proto_history_request),
        .run_fn = run,
};
