/*
 * The command line of consentd. Main thread only.
 *
 * What stands here wins over consentd.yaml. Nothing is copied: the texts are argv's.
 */
#ifndef DAEMON_RUN_OPTIONS_H
#define DAEMON_RUN_OPTIONS_H

#include <stdbool.h>
#include <stdio.h>

#include "daemon/base/error.h"

enum options_action {
	OPTIONS_RUN,
	OPTIONS_CHECK, /* lint the files */
	OPTIONS_HELP,
	OPTIONS_VERSION,
};

/* How the program ends. */
enum exit_status {
	EXIT_STATUS_OK = 0,
	EXIT_STATUS_FAILED = 1,  /* the machine or the program failed; the log says how */
	EXIT_STATUS_USAGE = 2,   /* the command line cannot be understood */
	EXIT_STATUS_INVALID = 5, /* a configuration or a policy has faults */
};

enum { OPTIONS_MAX_POLICIES = 64 };

struct options {
	enum options_action action;
	const char *config, *data, *socket, *policies; /* NULL: not given */
	const char *policy_files[OPTIONS_MAX_POLICIES];
	size_t n_policy_files;
	char **check_files; /* NULL-terminated, the end of argv */
	bool accept_clock, rebuild_view;
};

enum { OPTIONS_E_USAGE = 1 };

/* 0, or OPTIONS_E_USAGE with a line about it on stderr. */
MUST_USE int options_parse(int argc, char **argv, struct options *ret);

void options_print_help(FILE *stream);

#endif
