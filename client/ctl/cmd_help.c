/* help: about everything, a group of commands, or one. */
#include "client/ctl/ctl.h"
#include "client/ctl/help.h"

struct help_values {
	struct command_words words;
};

static const struct command_positional positionals[] = {
        {.name = "COMMAND",
                .help = "the command to say more about",
                .offset = offsetof(struct help_values, words),
                .optional = true,
                .many = true,
                .completion = COMMAND_COMPLETE_COMMAND},
};

static int run(struct ctl *ctl, void *values)
{
	const struct command_words words = ((const struct help_values *)values)->words;
	struct args args = {(char **)(uintptr_t)words.words, (int)words.n_words, 0};
	const struct command *command;

	if (words.n_words == 0) {
		help_print_all(ctl->out.stream);
		return CTL_OK;
	}
	if (words.n_words == 1 && commands_is_group(span_of(words.words[0]))) {
		help_print_group(ctl->out.stream, span_of(words.words[0]));
		return CTL_OK;
	}
	command = commands_take(&args);
	if (!command)
		return CTL_USAGE;
	help_print_command(ctl->out.stream, command);
	return CTL_OK;
}

const struct command cmd_help = {
        .name = "help",
        .summary = "say more about a command",
        .details = "Prints what consentctl can do, or everything about one command.",
        .example = "consentctl help policy apply",
        .positionals = positionals,
        .n_positionals = COMMAND_COUNT(positionals),
        .n_values_bytes = sizeof(struct help_values),
        .offline = true,
        .run_fn = run,
};
