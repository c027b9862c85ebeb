/* bind: makes a session's choices those of an account, or ends that. */
#include "client/ctl/ctl.h"
#include "client/ctl/positionals.h"
#include "client/src/event_id.h"

struct bind_values {
	struct proto_bind_request request;
	bool unbind;
};

static const struct command_positional positionals[] = {
        POSITIONAL_SITE(struct bind_values, request.site),
        {.name = "SESSION",
                .help = "the subject that is bound",
                .offset = offsetof(struct bind_values, request.subject),
                .limits = &proto_fields[PROTO_FIELD_SUBJECT]},
        {.name = "ACCOUNT",
                .help = "the subject whose choices count from now on",
                .offset = offsetof(struct bind_values, request.account),
                .optional = true,
                .limits = &proto_fields[PROTO_FIELD_ACCOUNT]},
};

static const struct command_option options[] = {
        {.name = "unbind",
                .help = "end the binding, instead of an ACCOUNT",
                .type = COMMAND_FLAG,
                .offset = offsetof(struct bind_values, unbind)},
        {.name = "event-id",
                .value = "ID",
                .help = "idempotency key: the same call made again is recognised",
                .type = COMMAND_TEXT,
                .limits = &proto_fields[PROTO_FIELD_EVENT_ID],
                .offset = offsetof(struct bind_values, request.event_id)},
};

static int run(struct ctl *ctl, void *values)
{
	struct bind_values *bind = values;
	struct proto_bind_result result;
	char event_id[CLIENT_EVENT_ID_BYTES];

	if (span_present(bind->request.account) == bind->unbind)
		return exit_fail(CTL_USAGE, "bind takes either an ACCOUNT or --unbind");
	if (!span_present(bind->request.event_id))
		bind->request.event_id = client_event_id(NULL, event_id);
	return ctl_call_and_print(ctl, PROTO_OP_BIND, &bind->request, &result);
}

const struct command cmd_bind = {
        .name = "bind",
        .summary = "bind a session to an account, or unbind it",
        .details =
                "From then on the session's choices are the account's: what is recorded, shown or\n"
                "checked for one is so for the other. The newer of the two records becomes the\n"
                "account's.",
        .example = "consentctl bind www.example.org 5f2c account-17\n"
                   "consentctl bind www.example.org 5f2c --unbind",
        .positionals = positionals,
        .n_positionals = COMMAND_COUNT(positionals),
        .options = options,
        .n_options = COMMAND_COUNT(options),
        .n_values_bytes = sizeof(struct bind_values),
        .run_fn = run,
};
