/*
 * Scripts that complete consentctl in a shell, from the table of commands. Any thread.
 */
#ifndef CLIENT_CTL_COMPLETION_H
#define CLIENT_CTL_COMPLETION_H

#include <stdio.h>

#include "client/ctl/commands.h"

void completion_print_bash(FILE *stream);
void completion_print_zsh(FILE *stream);
void completion_print_fish(FILE *stream);

/* The command of a shell that prints the daemon's sites, one a line, and nothing where it cannot. */
#define COMPLETION_SITES "consentctl policy list --format csv --timeout 1000 2>/dev/null"

#endif
