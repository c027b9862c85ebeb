/*
 * The data directory: whose it is, that it is local, and what lies in it beside the environments.
 * Blocks.
 */
#ifndef DAEMON_STORE_DIR_H
#define DAEMON_STORE_DIR_H

#include <stdbool.h>

#include "daemon/base/error.h"

enum {
	DIR_E_LOCKED = 1,
	DIR_E_REMOTE,
};

/*
 * Opens the directory, made (0700) where it is missing, and locks it for this process until
 * `ret_lock_fd` is closed. DIR_E_*, -errno.
 */
MUST_USE int dir_open(const char *path, int *ret_dir_fd, int *ret_lock_fd);

/* Whether files on a file system of this type (statfs(2)) may be somebody else's as well. */
bool dir_is_remote(unsigned long f_type);

/* Whether there is such an entry. -errno where that cannot be told. */
MUST_USE int dir_has(int dir_fd, const char *name, bool *ret);

/* The mark of an orderly end: durably made, durably taken away (ret: whether it was there). */
MUST_USE int dir_make_mark(int dir_fd);
MUST_USE int dir_take_mark(int dir_fd, bool *ret);

/* Deletes an environment and its directory, durably. One that is not there is no error. */
MUST_USE int dir_remove_env(int dir_fd, const char *name);

#endif
