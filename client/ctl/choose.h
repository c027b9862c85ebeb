/*
 * What give, refuse and withdraw share: one `record` call with the same answer for every name.
 * One thread.
 */
#ifndef CLIENT_CTL_CHOOSE_H
#define CLIENT_CTL_CHOOSE_H

#include "client/ctl/ctl.h"

struct choose_values {
	struct proto_record_request request;
	struct command_words names;
	struct command_words attributes;
};

enum { CHOOSE_N_POSITIONALS = 3, CHOOSE_N_OPTIONS = 6 };

extern const struct command_positional choose_positionals[CHOOSE_N_POSITIONALS];
extern const struct command_option choose_options[CHOOSE_N_OPTIONS];

/* Records that all names are given, or refused, and prints what became of the record. */
PROTO_MUST_USE int choose_run(struct ctl *ctl, struct choose_values *values, bool given);

#endif
