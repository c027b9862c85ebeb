/*
 * The policies that come from files: at start, and again at SIGHUP. Loop thread only.
 *
 * All or nothing: every file is read and linted first, and when one of them has a fault, all of it
 * is logged and nothing is applied. What is sound goes through the committer like any other write.
 */
#ifndef DAEMON_RUN_POLICIES_H
#define DAEMON_RUN_POLICIES_H

#include "daemon/op/op.h"

struct policy_file;

/* Where policies come from; the texts are the caller's and outlive the struct. */
struct policies_options {
	struct op_env *env;
	const char *const *files;
	size_t n_files;
	const char *directory; /* NULL: none; one that does not exist is as good as empty */
	/* Once for each policies_load that returned 0, on the loop: how many were refused. */
	void (*done_fn)(void *ctx, size_t n_failed);
	void *ctx;
};

struct policies {
	struct policies_options options;
	struct policy_file *items;
	size_t n_items, capacity;
	size_t n_waiting; /* for the committer */
	size_t n_failed;
};

enum { POLICIES_E_FAULTY = 1 };

void policies_init(struct policies *policies, const struct policies_options *options);
void policies_deinit(struct policies *policies);

/*
 * Reads, lints, submits. 0, and done_fn follows, maybe before this returns; POLICIES_E_FAULTY,
 * with every fault in the log; -ENOMEM. Not while another load is under way (policies_busy).
 */
MUST_USE int policies_load(struct policies *policies);

static inline bool policies_busy(const struct policies *policies)
{
	return policies->n_waiting > 0;
}

#endif
