/*
 * policy check: would the daemon take this file? A dry run, for an editor or a pipeline: faults as
 * FILE:line:column, and nothing is changed.
 */
#include <stdlib.h>

#include "client/ctl/policy_file.h"

struct check_values {
	struct span file;
};

static const struct command_positional positionals[] = {
        POLICY_FILE_POSITIONAL(struct check_values, file),
};

static int run(struct ctl *ctl, void *values)
{
	const struct check_values *check = values;
	struct proto_policy_apply_request request = {.dry_run = true};
	struct proto_policy_apply_result result;
	int code = policy_file_read(check->file, &request.yaml);

	if (code != CTL_OK)
		return code;
	code = policy_file_apply(ctl, check->file, &request, &result);
	if (code == CTL_OK)
		output_message(&ctl->out, &proto_policy_apply_result, &result);
	free((void *)(uintptr_t)request.yaml.data);
	return code;
}

const struct command cmd_policy_check = {
        .name = "policy check",
        .summary = "check a policy's file, and change nothing",
        .details =
                "Asks the daemon whether it would take the policy in FILE, and what that would "
                "change.\n"
                "Exits 5 and lists all faults as FILE:line:column when it would not. Warnings are\n"
                "printed as `lint`, and are no faults. It takes the role admin, as policy apply "
                "does;\n"
                "`consentd --check FILE` takes neither role nor daemon.",
        .example = "consentctl policy check www.example.org.yaml",
        .positionals = positionals,
        .n_positionals = COMMAND_COUNT(positionals),
        .n_values_bytes = sizeof(struct check_values),
        .run_fn = run,
};
