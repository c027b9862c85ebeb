/*
 * One word of the command line as the value that a description wants. Any thread.
 */
#ifndef CLIENT_CTL_ARGS_VALUE_H
#define CLIENT_CTL_ARGS_VALUE_H

#include "client/ctl/command.h"

/*
 * Writes the value of an option that takes one word to its place in `values`. Returns CTL_OK, or
 * says what is wrong and returns CTL_USAGE (no such number or choice) or CTL_INVALID (a value that
 * the protocol has no room for).
 */
PROTO_MUST_USE int args_value_option(
        const struct command_option *option, const char *word, void *values);

/* The same for a positional that is one word, or several. */
PROTO_MUST_USE int args_value_positional(
        const struct command_positional *positional, struct command_words words, void *values);

#endif
