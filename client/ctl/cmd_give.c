/* give: records that the visitor agreed. */
#include "client/ctl/choose.h"

static int run(struct ctl *ctl, void *values)
{
	return choose_run(ctl, values, true);
}

const struct command cmd_give = {
        .name = "give",
        .summary = "record that a visitor agreed",
        .details = "Records that the visitor agreed to services or categories, and prints the "
                   "record that\n"
                   "follows. Services that are not named keep their state. What is necessary needs "
                   "no\n"
                   "choice: to give it decides nothing, and where nothing else is named nothing "
                   "is kept.",
        .example = "consentctl give www.example.org 5f2c first_party --method banner "
                   "--language fr",
        .positionals = choose_positionals,
        .n_positionals = CHOOSE_N_POSITIONALS,
        .options = choose_options,
        .n_options = CHOOSE_N_OPTIONS,
        .n_values_bytes = sizeof(struct choose_values),
        .run_fn = run,
};
