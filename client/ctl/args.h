/*
 * The command line, read by the descriptions of command.h.
 *
 * Any thread. Options may stand before and after positionals and as `--name value` or
 * `--name=value`; `--` ends them. A lone `-` is a positional. Every error says what would be
 * right, and what is nearly right when something was mistyped.
 */
#ifndef CLIENT_CTL_ARGS_H
#define CLIENT_CTL_ARGS_H

#include "client/ctl/command.h"
#include "client/ctl/exit.h"

/* The words that are still to be read. */
struct args {
	char **words;
	int n_words;
	int at;
};

/* A description of options, and the struct that they are written to. */
struct args_target {
	const struct command_option *options;
	uint32_t n_options;
	void *values;
};

/*
 * Reads options of `global` up to the first word that is none, which is left for
 * commands_find. Returns CTL_OK, or says what is wrong and returns CTL_USAGE or CTL_INVALID.
 */
PROTO_MUST_USE int args_parse_global(struct args *args, const struct args_target *global);

/*
 * Reads all that is left: the command's positionals and options, and those of `global` that the
 * command does not have itself. `values` is zeroed first. Lists of words point into memory that
 * `ret_pool` owns (free it) and into args->words. With --help, what is missing is no error.
 */
PROTO_MUST_USE int args_parse_command(struct args *args, const struct command *command,
        const struct args_target *global, void *values, const char ***ret_pool);

#endif
