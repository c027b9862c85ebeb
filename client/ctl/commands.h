/*
 * The table of commands: what consentctl can do, in the order in which help shows it.
 *
 * Any thread; constant. To add a command: write cmd_<name>.c, and give it a row in commands.c.
 */
#ifndef CLIENT_CTL_COMMANDS_H
#define CLIENT_CTL_COMMANDS_H

#include "client/ctl/args.h"

extern const struct command *const commands[];
extern const uint32_t n_commands;

/*
 * Takes the command's words from `args`. NULL where they name none: then it has been said, with
 * what the user may have meant.
 */
const struct command *commands_take(struct args *args);

/* The command of that whole name ("policy apply"), or NULL. */
const struct command *commands_find(const char *name);

/*
 * The first word of a command of two, where the command is the first that begins with it; absent
 * for all others. And the second word of a command of that group, or NULL.
 */
struct span commands_group_at(uint32_t number);
const char *commands_member(const struct command *command, struct span group);

/* Whether some command's name begins with this word and goes on ("policy"). */
bool commands_is_group(struct span word);

#endif
