/*
 * policy show: a policy, as it was applied. Without a format it is the YAML itself, byte for byte,
 * so that it can be kept, edited and applied again.
 */
#include <unistd.h>

#include "client/ctl/ctl.h"
#include "client/ctl/positionals.h"
#include "client/ctl/text.h"

static const struct command_positional positionals[] = {
        POSITIONAL_SITE(struct proto_policy_get_request, site),
};

static const struct command_option options[] = {
        {.name = "policy-revision",
                .value = "N",
                .help = "this revision, and not the one in force",
                .type = COMMAND_NUMBER,
                .limits = &proto_fields[PROTO_FIELD_POLICY_REVISION],
                .offset = offsetof(struct proto_policy_get_request, policy_revision)},
};

static int run(struct ctl *ctl, void *values)
{
	struct proto_policy_get_result result;
	int code = ctl_call(ctl, PROTO_OP_POLICY_GET, values, &result);

	if (code != CTL_OK)
		return code;
	if (ctl->out.format == OUTPUT_TABLE)
		text_print_whole(ctl->out.stream, result.yaml, isatty(STDOUT_FILENO) != 0);
	else
		output_message(&ctl->out, &proto_policy_get_result, &result);
	return CTL_OK;
}

const struct command cmd_policy_show = {
        .name = "policy show",
        .summary = "print a site's policy",
        .details = "Prints the YAML of a policy as it was applied. With --format json it also says "
                   "how\n"
                   "the daemon understands it: services with their bits, rules, validity, mode, "
                   "when it\n"
                   "was applied and from where.",
        .example = "consentctl policy show www.example.org > policy.yaml\n"
                   "consentctl policy show www.example.org --policy-revision 1",
        .positionals = positionals,
        .n_positionals = COMMAND_COUNT(positionals),
        .options = options,
        .n_options = COMMAND_COUNT(options),
        .n_values_bytes = sizeof(struct proto_policy_get_request),
        .run_fn = run,
};
