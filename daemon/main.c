/*
 * consentd: keeps consent records, and answers whether a cookie may be set.
 */
#include <stdio.h>

#include "daemon/run/check.h"
#include "daemon/run/daemon.h"
#include "daemon/run/options.h"

int main(int argc, char **argv)
{
	struct options options;

	if (options_parse(argc, argv, &options) != 0)
		return EXIT_STATUS_USAGE;
	switch (options.action) {
	case OPTIONS_HELP:
		options_print_help(stdout);
		return EXIT_STATUS_OK;
	case OPTIONS_VERSION:
		printf("consentd %s\n", CONSENT_VERSION);
		return EXIT_STATUS_OK;
	case OPTIONS_CHECK:
		return check_files(options.check_files);
	case OPTIONS_RUN:
		break;
	}
	return daemon_run(&options);
}
