/*
 * What the daemon runs with: the command line over the configuration file over the defaults. Main
 * thread only.
 */
#ifndef DAEMON_RUN_SETTINGS_H
#define DAEMON_RUN_SETTINGS_H

#include "daemon/run/config.h"
#include "daemon/run/options.h"

struct settings {
	struct config config;
	const char *data, *socket_path;
	const char *key_file; /* NULL: `key` in the data directory */
	const char *policies; /* a directory; NULL: none */
	char *credential;     /* owned; the systemd credential that is the key file */
};

enum { SETTINGS_E_FAULTY = 1 };

/*
 * Reads the configuration: the file of --config; else, where no --data is given either, the
 * installed one if it exists. A daemon with a --data of its own is a private one and reads nothing
 * that was not named. 0; SETTINGS_E_FAULTY, with every fault in the log; -ENOMEM.
 */
MUST_USE int settings_load(const struct options *options, struct settings *ret);
void settings_deinit(struct settings *settings);

/* The keys that differ and take effect only at the next start; "" where there are none. */
void settings_compare(
        const struct settings *old, const struct settings *new, char *ret, size_t capacity);

#endif
