/*
 * Policies from files: those of the command line and those of a directory. Loop thread only.
 */
#ifndef DAEMON_RUN_POLICIES_H
#define DAEMON_RUN_POLICIES_H

#include "daemon/op/op.h"
#include "daemon/run/options.h"

struct policies {
	struct op_env *env;
	size_t n_pending;             /* applied, and not yet answered */
	size_t n_faulty;              /* of the last load */
	void (*loaded_fn)(void *ctx); /* when all of a load are answered; may be NULL */
	void *ctx;
};

/*
 * Applies every file of --policy, and *.yaml and *.yml of the directory (NULL: none) in the order of
 * their names. A file with faults is logged and counted; the policy that its site has stays. Blocks
 * for the reading. Returns at once where a load is under way.
 */
void policies_load(struct policies *policies, const struct options *options, const char *directory);

#endif
