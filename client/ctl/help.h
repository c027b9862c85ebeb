/*
 * Help, from the table of commands. Any thread.
 */
#ifndef CLIENT_CTL_HELP_H
#define CLIENT_CTL_HELP_H

#include <stdio.h>

#include "client/ctl/commands.h"

/* All commands, one a line, and the global options. */
void help_print_all(FILE *stream);

/* The commands of a group ("policy"), one a line. */
void help_print_group(FILE *stream, struct span group);

/* Everything about one command. */
void help_print_command(FILE *stream, const struct command *command);

/* "check [OPTION…] SITE SUBJECT COOKIE…", without a line feed. */
void help_print_usage(FILE *stream, const struct command *command);

/* "-s, --socket PATH", without a line feed. */
void help_print_option(FILE *stream, const struct command_option *option);

#endif
