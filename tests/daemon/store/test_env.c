/* The environment: one open a process, order of appends, outcomes of LMDB, the check in a child. */
#include "daemon/store/env.h"
#include "daemon/store/error.h"
#include "tests/support/scratch.h"
#include "tests/support/stored.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <lmdb.h>

static struct keys keys;
static int dir_fd;
static struct env *env;
static const char *const names[] = {"one", "two"};

static int open_named(const char *name, struct env **ret)
{
	return env_open(&(struct env_options){.dir_fd = dir_fd,
	                        .name = name,
	                        .keys = &keys,
	                        .map_bytes = 8 << 20,
	                        .dbs = names,
	                        .n_dbs = 2},
	        ret);
}

static void begin(void)
{
	scratch_begin();
	keys = stored_keys();
	dir_fd = open(scratch_path(""), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	cr_assert_geq(dir_fd, 0);
	cr_assert_eq(open_named("env", &env), 0);
}

static void end(void)
{
	env = env_close(env);
	close(dir_fd);
	scratch_end();
}

TestSuite(store_env, .init = begin, .fini = end);

static void put(size_t db, const char *key, const char *payload)
{
	struct env_txn txn;
	cr_assert_eq(env_begin(env, &txn), 0);
	cr_assert_eq(env_put(&txn, db, span_of(key), span_of(payload)), 0);
	cr_assert_eq(env_commit(&txn), 0);
}

Test(store_env, is_open_once_in_a_process_however_it_is_called)
{
	struct env *other;
	cr_assert_eq(open_named("env", &other), -EBUSY);
	cr_assert_eq(open_named("./env", &other), -EBUSY);
	cr_assert_eq(open_named("other", &other), 0);
	other = env_close(other);
	env = env_close(env);
	cr_assert_eq(open_named("env", &env), 0);
}

Test(store_env, a_link_is_not_followed)
{
	struct env *other;
	cr_assert_eq(symlink("env", scratch_path("link")), 0);
	cr_assert_eq(open_named("link", &other), -ENOTDIR);
}

Test(store_env, dbs_do_not_share_values)
{
	struct env_txn txn;
	struct span payload;
	uint64_t n;
	put(0, "k", "a");
	cr_assert_eq(env_begin(env, &txn), 0);
	cr_assert_eq(env_get(&txn, 0, span_of("k"), &payload), 0);
	cr_assert(span_is(payload, "a"));
	cr_assert_eq(env_get(&txn, 1, span_of("k"), &payload), ENV_E_NOT_FOUND);
	cr_assert_eq(env_count(&txn, 0, &n), 0);
	cr_assert_eq(n, 1);
	cr_assert_eq(env_erase(&txn, 1, span_of("k")), ENV_E_NOT_FOUND);
	cr_assert_eq(env_erase(&txn, 0, span_of("k")), 0);
	cr_assert_eq(env_get(&txn, 0, span_of("k"), &payload), ENV_E_NOT_FOUND);
	env_abort(&txn);
	env_abort(&txn);
}

Test(store_env, an_append_out_of_order_is_refused)
{
	struct env_txn txn;
	put(0, "m", "a");
	struct env_value value = {.key = span_of("b"), .append = true, .n_bytes = 1};
	cr_assert_eq(env_begin(env, &txn), 0);
	cr_assert_eq(env_reserve(&txn, &value), -EEXIST);
	env_abort(&txn);
}

Test(store_env, cursors_stand_on_bad_values_and_go_on)
{
	struct env_txn txn;
	struct env_cursor cursor;
	struct span payload;
	put(0, "a", "1");
	put(0, "b", "2");
	put(0, "c", "3");
	env = env_close(env);
	struct stored_value place = {scratch_path("env"), "one", span_of("b")};
	cr_assert(stored_flip(&place, 10));
	cr_assert_eq(open_named("env", &env), 0);
	cr_assert_eq(env_reader_init(env, &txn), 0);
	cr_assert_eq(env_reader_renew(&txn), 0);
	cr_assert_eq(env_cursor_open(&txn, 0, &cursor), 0);
	cr_assert_eq(env_cursor_move(&cursor, ENV_FIRST, &payload), 0);
	cr_assert_eq(env_cursor_move(&cursor, ENV_NEXT, &payload), ENV_E_BAD_VALUE);
	cr_assert(span_is(cursor.key, "b"));
	cr_assert_eq(env_cursor_move(&cursor, ENV_NEXT, &payload), 0);
	cr_assert(span_is(cursor.key, "c"));
	cr_assert_eq(env_cursor_move(&cursor, ENV_NEXT, &payload), ENV_E_NOT_FOUND);
	cr_assert_eq(env_cursor_move(&cursor, ENV_LAST, &payload), 0);
	cr_assert_eq(env_cursor_move_good(&cursor, ENV_PREV, &payload), -EBADMSG);
	cursor.key = span_of("bb");
	cr_assert_eq(env_cursor_move(&cursor, ENV_AT, &payload), ENV_E_NOT_FOUND);
	cr_assert_eq(env_cursor_move(&cursor, ENV_FROM, &payload), 0);
	cr_assert(span_is(cursor.key, "c"));
	env_cursor_close(&cursor);
	env_cursor_close(&cursor);
	env_reader_deinit(&txn);
}

Test(store_env, used_bytes_follow_what_is_kept)
{
	struct env_txn txn;
	static uint8_t large[1 << 20];
	uint64_t before = env_used_bytes(env);
	cr_assert_eq(env_map_bytes(env), 8 << 20);
	cr_assert_eq(env_begin(env, &txn), 0);
	cr_assert_eq(env_put(&txn, 0, span_of("k"), span_bytes(large, sizeof(large))), 0);
	cr_assert_eq(env_used_bytes(env), before);
	cr_assert_eq(env_commit(&txn), 0);
	uint64_t full = env_used_bytes(env);
	cr_assert_geq(full, before + sizeof(large));
	env = env_close(env);
	cr_assert_eq(open_named("env", &env), 0);
	/* The list of free pages is written after the pages were counted. */
	cr_assert_leq(env_used_bytes(env), full + 2 * 4096);
	cr_assert_geq(env_used_bytes(env), full - 2 * 4096);
	cr_assert_eq(env_begin(env, &txn), 0);
	cr_assert_eq(env_erase(&txn, 0, span_of("k")), 0);
	cr_assert_eq(env_commit(&txn), 0);
	cr_assert_leq(env_used_bytes(env), before + 3 * 4096);
}

/* -- what LMDB answers ---------------------------------------------------------------------- */

Test(store_env, codes_end_in_the_three_bands)
{
	cr_assert_eq(error_of_lmdb(0), 0);
	cr_assert_eq(error_of_lmdb(MDB_NOTFOUND), ENV_E_NOT_FOUND);
	cr_assert_eq(error_of_lmdb(MDB_MAP_FULL), ENV_E_FULL);
	cr_assert_eq(error_of_lmdb(ENOSPC), ENV_E_FULL);
	cr_assert_eq(error_of_lmdb(EDQUOT), ENV_E_FULL);
	cr_assert_eq(error_of_lmdb(MDB_PANIC), -EIO);
	cr_assert_eq(error_of_lmdb(EIO), -EIO);
	cr_assert_eq(error_of_lmdb(ENOMEM), -ENOMEM);
	cr_assert_eq(error_of_lmdb(MDB_CORRUPTED), -EBADMSG);
	cr_assert_eq(error_of_lmdb(MDB_INVALID), -EBADMSG);
	for (int code = MDB_KEYEXIST; code <= MDB_LAST_ERRCODE; code++)
		cr_assert(error_of_lmdb(code) == ENV_E_NOT_FOUND ||
		          error_of_lmdb(code) == ENV_E_FULL || error_of_lmdb(code) < 0);
	cr_assert_eq(error_of_lmdb(-1), -EIO);
}

/* -- the check in a child ------------------------------------------------------------------- */

enum { ALL = 1 << 20 };

static void fill(int n)
{
	struct env_txn txn;
	cr_assert_eq(env_begin(env, &txn), 0);
	for (int i = 0; i < n; i++) {
		struct record_key key = stored_key(1, (uint64_t)i);
		uint8_t bytes[RECORD_KEY_BYTES];
		record_key_encode(key, bytes);
		cr_assert_eq(env_put(&txn, 0, span_bytes(bytes, sizeof(bytes)),
		                     span_bytes(bytes, sizeof(bytes))),
		        0);
	}
	cr_assert_eq(env_commit(&txn), 0);
	env = env_close(env);
}

Test(store_env, a_good_environment_passes_the_check_in_full_and_in_part)
{
	fill(2000);
	cr_assert_eq(env_check(dir_fd, "env", ALL), 0);
	for (uint64_t n = 1998; n <= 2002; n++)
		cr_assert_eq(env_check(dir_fd, "env", n), 0);
	cr_assert_eq(env_check(dir_fd, "env", 0), 0);
	cr_assert_eq(open_named("env", &env), 0);
}

Test(store_env, the_check_does_not_depend_on_what_becomes_of_children)
{
	fill(10);
	signal(SIGCHLD, SIG_IGN);
	cr_assert_eq(env_check(dir_fd, "env", ALL), 0);
}

Test(store_env, the_check_of_nothing_is_an_error)
{
	cr_assert_eq(env_check(dir_fd, "none", ALL), -ENOENT);
}

/* Every page but the meta pages, one after the other, turned to rubbish and back. */
Test(store_env, no_ruined_page_ends_this_process)
{
	struct stat st;
	uint8_t page[4096], rubbish[4096];
	fill(500);
	memset(rubbish, 0xa5, sizeof(rubbish));
	int fd = open(scratch_path("env/data.mdb"), O_RDWR | O_CLOEXEC);
	cr_assert_geq(fd, 0);
	cr_assert_eq(fstat(fd, &st), 0);
	int n_bad = 0;
	for (off_t at = 2 * 4096; at < st.st_size; at += 4096) {
		cr_assert_eq(pread(fd, page, 4096, at), 4096);
		cr_assert_eq(pwrite(fd, rubbish, 4096, at), 4096);
		int r = env_check(dir_fd, "env", ALL);
		cr_assert(r == 0 || r == -EBADMSG, "page %ld: %d", (long)at / 4096, r);
		n_bad += r != 0;
		cr_assert_eq(pwrite(fd, page, 4096, at), 4096);
	}
	cr_assert_geq(n_bad, 5);
	cr_assert_eq(env_check(dir_fd, "env", ALL), 0);
	cr_assert_eq(ftruncate(fd, 4 * 4096), 0);
	cr_assert_eq(env_check(dir_fd, "env", ALL), -EBADMSG);
	close(fd);
}
