/*
 * Policies at start, and policies and roles at SIGHUP. Loop thread only.
 *
 * A reload takes effect whole or not at all: a fault in the configuration or in any policy leaves
 * everything as it was, and all faults are logged.
 */
#ifndef DAEMON_RUN_RELOAD_H
#define DAEMON_RUN_RELOAD_H

#include "daemon/net/server.h"
#include "daemon/run/policies.h"
#include "daemon/run/settings.h"

struct reload_options {
	const struct options *options;
	struct settings *settings; /* replaced */
	struct access *access;     /* its grants are replaced */
	struct server *server;
	struct op_env *env;
	/* Once, when the policies of the start are through: how many were refused. */
	void (*started_fn)(void *ctx, size_t n_failed);
	void *ctx;
};

struct reload {
	struct reload_options options;
	struct policies policies;
	bool started; /* the first load is through */
	bool again;   /* asked for while one was under way */
	bool ended;
};

void reload_init(struct reload *reload, const struct reload_options *options);
/* The first time: loads the policies only, for the settings were just read. */
void reload_begin(struct reload *reload);
/* No further one begins; what is under way comes back in commit_stop. */
void reload_end(struct reload *reload);
void reload_deinit(struct reload *reload);

#endif
