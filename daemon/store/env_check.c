/*
 * A file that is corrupt can crash whoever opens it: LMDB follows the page numbers it finds. So
 * after a stop that was not in order a child process goes first, and what happens to it, whatever
 * it is, is an answer.
 *
 * The child says on a pipe that it came through; a child that dies says nothing. So nothing
 * depends on how the process treats the end of its children.
 */
#include "daemon/store/env_private.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "daemon/store/error.h"

/* Larger than any file: LMDB takes the file's own size where that is more. */
enum { LEAST_MAP_BYTES = 1 << 20 };

/* Touches every page of a value, so that one that is not there is noticed. */
static uint8_t touch(MDB_val value)
{
	const volatile uint8_t *bytes = value.mv_data;
	uint8_t sum = 0;
	for (size_t i = 0; i < value.mv_size; i += 4096)
		sum = (uint8_t)(sum + bytes[i]);
	return value.mv_size ? (uint8_t)(sum + bytes[value.mv_size - 1]) : sum;
}

/* Walks back from the end. A tree whose pages form a ring has more entries than it claims. */
static int walk(MDB_txn *txn, MDB_dbi dbi, uint64_t n_max)
{
	MDB_stat stat;
	MDB_cursor *cursor;
	MDB_val key, value;
	int r = error_of_lmdb(mdb_stat(txn, dbi, &stat));
	if (r == 0)
		r = error_of_lmdb(mdb_cursor_open(txn, dbi, &cursor));
	if (r != 0)
		return r;
	uint64_t n = 0;
	for (; r == 0 && n <= n_max && n <= stat.ms_entries; n++) {
		r = error_of_lmdb(mdb_cursor_get(cursor, &key, &value, n ? MDB_PREV : MDB_LAST));
		if (r == 0) {
			touch(key);
			touch(value);
		}
	}
	mdb_cursor_close(cursor);
	if (r == ENV_E_NOT_FOUND)
		return n == stat.ms_entries + 1 ? 0 : -EBADMSG;
	return r == 0 && n > stat.ms_entries ? -EBADMSG : r;
}

/* The names are copied: opening a database moves nothing, but a rotten name must end somewhere. */
static int walk_named(MDB_txn *txn, MDB_val name, uint64_t n_max)
{
	char text[64];
	MDB_dbi dbi;
	if (name.mv_size >= sizeof(text))
		return -EBADMSG;
	memcpy(text, name.mv_data, name.mv_size);
	text[name.mv_size] = '\0';
	int r = error_of_lmdb(mdb_dbi_open(txn, text, 0, &dbi));
	return r == 0 ? walk(txn, dbi, n_max) : r;
}

static int walk_all(MDB_txn *txn, uint64_t n_max)
{
	MDB_dbi names;
	MDB_cursor *cursor;
	MDB_val name, value;
	int r = error_of_lmdb(mdb_dbi_open(txn, NULL, 0, &names));
	if (r == 0)
		r = walk(txn, names, UINT64_MAX - 1);
	if (r == 0)
		r = error_of_lmdb(mdb_cursor_open(txn, names, &cursor));
	if (r != 0)
		return r;
	for (int n = 0; r == 0 && n < ENV_MAX_DBS; n++) {
		r = error_of_lmdb(mdb_cursor_get(cursor, &name, &value, n ? MDB_NEXT : MDB_FIRST));
		if (r == 0)
			r = walk_named(txn, name, n_max);
	}
	mdb_cursor_close(cursor);
	return r == ENV_E_NOT_FOUND ? 0 : r;
}

static int check(int env_fd, uint64_t n_max)
{
	MDB_env *mdb;
	MDB_txn *txn;
	int r = env_open_mdb(env_fd, LEAST_MAP_BYTES, &mdb);
	if (r != 0)
		return r;
	r = error_of_lmdb(mdb_txn_begin(mdb, NULL, MDB_RDONLY, &txn));
	if (r == 0) {
		r = walk_all(txn, n_max);
		mdb_txn_abort(txn);
	}
	mdb_env_close(mdb);
	return r;
}

/* The child's end is expected: it leaves neither a core nor LMDB's last words. */
static void be_quiet(void)
{
	struct rlimit none = {0, 0};
	setrlimit(RLIMIT_CORE, &none);
	int fd = open("/dev/null", O_WRONLY | O_CLOEXEC);
	if (fd >= 0)
		dup2(fd, STDERR_FILENO);
}

static _Noreturn void child(int env_fd, uint64_t n_max, int answer_fd)
{
	be_quiet();
	int answer = check(env_fd, n_max);
	ssize_t n = write(answer_fd, &answer, sizeof(answer));
	_exit(n == (ssize_t)sizeof(answer) ? 0 : 1);
}

/* What the child said; -EBADMSG where it died before. */
static int await(pid_t pid, int answer_fd)
{
	int answer;
	ssize_t n;
	do {
		n = read(answer_fd, &answer, sizeof(answer));
	} while (n < 0 && errno == EINTR);
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	return n == (ssize_t)sizeof(answer) ? answer : -EBADMSG;
}

int env_check(int dir_fd, const char *name, uint64_t n_max)
{
	int env_fd = openat(dir_fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	if (env_fd < 0)
		return error_errno();
	int pipe_fds[2], r = 0;
	if (pipe2(pipe_fds, O_CLOEXEC) != 0) {
		r = error_errno();
		close(env_fd);
		return r;
	}
	pid_t pid = fork();
	if (pid == 0)
		child(env_fd, n_max, pipe_fds[1]);
	if (pid < 0)
		r = error_errno();
	close(pipe_fds[1]);
	if (pid > 0)
		r = await(pid, pipe_fds[0]);
	close(pipe_fds[0]);
	close(env_fd);
	return r;
}
