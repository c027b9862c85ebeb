/*
 * withdraw: takes back what was given. On the wire it is a refusal; the daemon calls the event
 * `withdrawn` where a valid yes became a no.
 */
#include "client/ctl/choose.h"
#include "client/ctl/positionals.h"

static const struct command_positional positionals[] = {
        POSITIONAL_SITE(struct choose_values, request.site),
        POSITIONAL_SUBJECT(struct choose_values, request.subject),
        {.name = "NAME",
                .help = "services or categories; none: everything",
                .offset = offsetof(struct choose_values, names),
                .optional = true,
                .many = true,
                .limits = &proto_fields[PROTO_FIELD_CHOICES]},
};

static int run(struct ctl *ctl, void *values)
{
	static const char *const everything[] = {"*"};
	struct choose_values *choose = values;

	if (choose->names.n_words == 0)
		choose->names = (struct command_words){everything, 1};
	return choose_run(ctl, choose, false);
}

const struct command cmd_withdraw = {
        .name = "withdraw",
        .summary = "take back what a visitor gave",
        .details = "Withdraws the visitor's consent to services or categories, or to everything "
                   "where\n"
                   "none is named. Every worker on the host sees it when the command returns.",
        .example = "consentctl withdraw www.example.org 5f2c\n"
                   "consentctl withdraw www.example.org 5f2c first_party --method settings",
        .positionals = positionals,
        .n_positionals = COMMAND_COUNT(positionals),
        .options = choose_options,
        .n_options = CHOOSE_N_OPTIONS,
        .n_values_bytes = sizeof(struct choose_values),
        .run_fn = run,
};
