/*
 * The lists of consentctl(1), in scdoc's form, from the table of commands. Any thread.
 */
#ifndef CLIENT_CTL_MAN_H
#define CLIENT_CTL_MAN_H

#include <stdio.h>

/* The sections COMMANDS and OPTIONS, as they stand between the markers of the page's source. */
void man_print(FILE *stream);

#endif
