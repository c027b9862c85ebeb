/*
 * consentd: keeps consent records, and answers whether a cookie may be set.
 */
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <unistd.h>

#include "daemon/run/check.h"
#include "daemon/run/daemon.h"
#include "daemon/run/options.h"

/*
 * A standard descriptor that is closed would be given to the next file that is opened, and what is
 * printed would go there. Opened the wrong way round, so that using it fails as it did before.
 */
static bool standard_descriptors_keep(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
		if (fcntl(fd, F_GETFD) < 0 &&
		        open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY) != fd)
			return false;
	}
	return true;
}

int main(int argc, char **argv)
{
	struct options options;

	if (!standard_descriptors_keep())
		return EXIT_STATUS_FAILED;
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
