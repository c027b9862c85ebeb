/*
 * policy apply: makes a file the policy in force. Where services go, or visitors will be asked
 * again, a person at a terminal sees it first and is asked.
 */
#include <stdlib.h>

#include "client/ctl/policy_file.h"

struct apply_values {
	struct proto_policy_apply_request request;
	struct span file;
	bool yes;
};

static const struct command_positional positionals[] = {
        POLICY_FILE_POSITIONAL(struct apply_values, file),
};

static const struct command_option options[] = {
        {.name = "dry-run",
                .help = "say what would change, and change nothing",
                .type = COMMAND_FLAG,
                .offset = offsetof(struct apply_values, request.dry_run)},
        {.name = "yes",
                .letter = 'y',
                .help = "do not ask",
                .type = COMMAND_FLAG,
                .offset = offsetof(struct apply_values, yes)},
};

/* Only what a visitor would notice, or what takes choices away, is worth a question. */
static int confirm(struct ctl *ctl, const struct apply_values *apply)
{
	struct proto_policy_apply_request request = apply->request;
	struct proto_policy_apply_result result;
	int code;

	if (apply->yes || apply->request.dry_run || !ctl_can_ask())
		return CTL_OK;
	request.dry_run = true;
	code = policy_file_apply(ctl, apply->file, &request, &result);
	if (code != CTL_OK || result.removed.n_items + result.material.n_items == 0)
		return code;
	return ctl_confirm(false,
	        "Apply to %.*s? %u services go, %u change materially; visitors are asked again "
	        "about %u.",
	        SPAN_ARG(result.site), result.removed.n_items, result.material.n_items,
	        result.asked_again.n_items);
}

static int apply(struct ctl *ctl, const struct apply_values *values)
{
	struct proto_policy_apply_result result;
	int code = confirm(ctl, values);

	if (code == CTL_OK)
		code = policy_file_apply(ctl, values->file, &values->request, &result);
	if (code == CTL_OK)
		output_message(&ctl->out, &proto_policy_apply_result, &result);
	return code;
}

static int run(struct ctl *ctl, void *values)
{
	struct apply_values *file = values;
	int code = policy_file_read(file->file, &file->request.yaml);

	if (code != CTL_OK)
		return code;
	code = apply(ctl, file);
	free((void *)(uintptr_t)file->request.yaml.data);
	return code;
}

const struct command cmd_policy_apply = {
        .name = "policy apply",
        .summary = "make a file a site's policy",
        .details = "Makes the policy in FILE the one in force on the site that it names, and "
                   "prints what\n"
                   "it changed: services added, removed, changed materially or otherwise, and of "
                   "which\n"
                   "every visitor is asked again. A policy with faults is refused whole, the "
                   "faults are\n"
                   "listed as FILE:line:column, and it exits 5. A site whose policy the daemon "
                   "loaded\n"
                   "from a file of its own is changed by that file alone.",
        .example = "consentctl policy apply www.example.org.yaml --dry-run\n"
                   "consentctl policy apply www.example.org.yaml",
        .positionals = positionals,
        .n_positionals = COMMAND_COUNT(positionals),
        .options = options,
        .n_options = COMMAND_COUNT(options),
        .n_values_bytes = sizeof(struct apply_values),
        .run_fn = run,
};
