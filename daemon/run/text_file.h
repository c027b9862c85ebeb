/*
 * Whole small files. Blocks; at start and reload only.
 */
#ifndef DAEMON_RUN_TEXT_FILE_H
#define DAEMON_RUN_TEXT_FILE_H

#include "daemon/base/buffer.h"

/*
 * Appends the file's bytes, at most one more than `max_bytes`, so that a file that is too long shows.
 * Regular files, pipes and the like; not directories. -errno.
 */
MUST_USE int text_file_read(const char *path, size_t max_bytes, struct buffer *ret);

#endif
