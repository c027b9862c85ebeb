/* refuse: records that the visitor refused, or objects. */
#include "client/ctl/choose.h"

static int run(struct ctl *ctl, void *values)
{
	return choose_run(ctl, values, false);
}

const struct command cmd_refuse = {
        .name = "refuse",
        .summary = "record that a visitor refused",
        .details = "Records that the visitor refused services or categories, and prints the record "
                   "that\n"
                   "follows. Of audience measurement and of what is opt-out this is an objection, "
                   "which\n"
                   "never lapses.",
        .example = "consentctl refuse www.example.org 5f2c first_party third_party "
                   "--method banner",
        .positionals = choose_positionals,
        .n_positionals = CHOOSE_N_POSITIONALS,
        .options = choose_options,
        .n_options = CHOOSE_N_OPTIONS,
        .n_values_bytes = sizeof(struct choose_values),
        .run_fn = run,
};
