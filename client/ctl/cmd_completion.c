/* completion: prints the script that completes consentctl in a shell. */
#include "client/ctl/completion.h"
#include "client/ctl/ctl.h"

struct completion_values {
	struct span shell;
};

static const char *const shells[] = {"bash", "zsh", "fish", NULL};

static const struct command_positional positionals[] = {
        {.name = "SHELL",
                .help = "the shell that runs the script",
                .offset = offsetof(struct completion_values, shell),
                .completion = COMMAND_COMPLETE_CHOICES,
                .choices = shells},
};

static int run(struct ctl *ctl, void *values)
{
	const struct span shell = ((const struct completion_values *)values)->shell;

	if (span_is(shell, "bash"))
		completion_print_bash(ctl->out.stream);
	else if (span_is(shell, "zsh"))
		completion_print_zsh(ctl->out.stream);
	else
		completion_print_fish(ctl->out.stream);
	return CTL_OK;
}

const struct command cmd_completion = {
        .name = "completion",
        .summary = "print a shell's completion script",
        .details =
                "Prints a script that completes commands, options, their values and, at a running\n"
                "daemon, sites. Where consentctl is installed, all three shells have it already.",
        .example = "consentctl completion bash > "
                   "~/.local/share/bash-completion/completions/consentctl",
        .positionals = positionals,
        .n_positionals = COMMAND_COUNT(positionals),
        .n_values_bytes = sizeof(struct completion_values),
        .offline = true,
        .run_fn = run,
};
