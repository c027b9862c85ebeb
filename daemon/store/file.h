/*
 * Files that must survive a power cut: written beside, synced, renamed, and the directory synced.
 * Any thread; blocks.
 */
#ifndef DAEMON_STORE_FILE_H
#define DAEMON_STORE_FILE_H

#include "daemon/base/error.h"
#include "proto/span.h"

/* Reads up to `capacity` bytes from the fd. -errno. */
MUST_USE int file_read(int fd, uint8_t *ret, size_t capacity, size_t *ret_n_bytes);

/* Makes `path` a file (0600) of these bytes, whole or not at all. -errno. */
MUST_USE int file_write_durably(const char *path, struct span bytes);

/* Syncs the directory itself, so that what was made, renamed or removed in it stays so. -errno. */
MUST_USE int file_sync_directory(int dir_fd);

#endif
