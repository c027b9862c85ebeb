/*
 * Opening and closing an environment, and what LMDB leaves to its caller: the second open in one
 * process, the data fd that a child would inherit, the directory entries that nobody synced, the
 * slots of dead readers.
 *
 * The map is as large as it will ever be: growing it under an open reader is a crash.
 */
#include "daemon/store/env_private.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/store/error.h"
#include "daemon/store/file.h"

static pthread_mutex_t open_envs_lock = PTHREAD_MUTEX_INITIALIZER;
static struct env *open_envs;

/* -EBUSY where the directory is open already. */
static int registry_add(struct env *env)
{
	struct stat st;
	if (fstat(env->env_fd, &st) != 0)
		return error_errno();
	env->device = st.st_dev;
	env->inode = st.st_ino;

	int r = 0;
	pthread_mutex_lock(&open_envs_lock);
	for (struct env *other = open_envs; other != NULL; other = other->next)
		if (other->device == env->device && other->inode == env->inode)
			r = -EBUSY;
	if (r == 0) {
		env->next = open_envs;
		open_envs = env;
	}
	pthread_mutex_unlock(&open_envs_lock);
	return r;
}

static void registry_remove(struct env *env)
{
	pthread_mutex_lock(&open_envs_lock);
	for (struct env **link = &open_envs; *link != NULL; link = &(*link)->next) {
		if (*link == env) {
			*link = env->next;
			break;
		}
	}
	pthread_mutex_unlock(&open_envs_lock);
}

static int open_directory(int dir_fd, const char *name, int *ret_fd)
{
	if (mkdirat(dir_fd, name, 0700) != 0 && errno != EEXIST)
		return error_errno();
	int fd = openat(dir_fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return error_errno();
	int r = file_sync_directory(dir_fd);
	if (r != 0)
		close(fd);
	else
		*ret_fd = fd;
	return r;
}

/* LMDB opens its data file without O_CLOEXEC. */
static int close_on_exec(MDB_env *mdb)
{
	int fd;
	int r = error_of_lmdb(mdb_env_get_fd(mdb, &fd));
	if (r != 0)
		return r;
	int flags = fcntl(fd, F_GETFD);
	return flags >= 0 && fcntl(fd, F_SETFD, flags | FD_CLOEXEC) == 0 ? 0 : error_errno();
}

static int configure_and_open(MDB_env *mdb, int env_fd, uint64_t map_bytes)
{
	char path[64];
	snprintf(path, sizeof(path), "/proc/self/fd/%d", env_fd);
	int r = error_of_lmdb(mdb_env_set_mapsize(mdb, map_bytes));
	if (r == 0)
		r = error_of_lmdb(mdb_env_set_maxreaders(mdb, ENV_MAX_READERS));
	if (r == 0)
		r = error_of_lmdb(mdb_env_set_maxdbs(mdb, ENV_MAX_DBS));
	if (r == 0)
		r = error_of_lmdb(mdb_env_open(mdb, path, MDB_NOTLS, 0600));
	if (r == 0)
		r = close_on_exec(mdb);
	return r;
}

int env_open_mdb(int env_fd, uint64_t map_bytes, MDB_env **ret)
{
	MDB_env *mdb;
	int r = error_of_lmdb(mdb_env_create(&mdb));
	if (r != 0)
		return r;
	r = configure_and_open(mdb, env_fd, map_bytes);
	if (r != 0)
		mdb_env_close(mdb);
	else
		*ret = mdb;
	return r;
}

int env_measure(struct env *env, MDB_txn *txn, uint64_t *ret)
{
	uint64_t n_pages = 2; /* the meta pages */
	for (size_t i = 0; i < ENV_CORE_DBS + env->n_dbs; i++) {
		MDB_dbi dbi = i < ENV_CORE_DBS ? (MDB_dbi)i : env->dbs[i - ENV_CORE_DBS].dbi;
		MDB_stat stat;
		int r = error_of_lmdb(mdb_stat(txn, dbi, &stat));
		if (r != 0)
			return r;
		n_pages += stat.ms_branch_pages + stat.ms_leaf_pages + stat.ms_overflow_pages;
	}
	*ret = n_pages * env->page_bytes;
	return 0;
}

static int open_dbs(struct env *env, const struct env_options *options, MDB_txn *txn)
{
	for (size_t i = 0; i < options->n_dbs; i++) {
		struct env_db *db = &env->dbs[i];
		int r = error_of_lmdb(mdb_dbi_open(txn, options->dbs[i], MDB_CREATE, &db->dbi));
		if (r != 0)
			return r;
		tag_key_derive(options->keys, options->name, options->dbs[i], &db->tag_key);
		env->n_dbs++;
	}
	uint64_t used_bytes;
	int r = env_measure(env, txn, &used_bytes);
	if (r == 0)
		atomic_store(&env->used_bytes, used_bytes);
	return r;
}

static int prepare_dbs(struct env *env, const struct env_options *options)
{
	MDB_txn *txn;
	int r = error_of_lmdb(mdb_txn_begin(env->mdb, NULL, 0, &txn));
	if (r != 0)
		return r;
	r = open_dbs(env, options, txn);
	if (r != 0) {
		mdb_txn_abort(txn);
		return r;
	}
	return error_of_lmdb(mdb_txn_commit(txn));
}

/*
 * LMDB syncs what it commits, but not the names of the files that it makes. Not only when they are
 * new: whoever made them may have been killed before it came to this.
 */
static int sync_names(struct env *env)
{
	return file_sync_directory(env->env_fd);
}

static int learn_sizes(struct env *env)
{
	MDB_stat stat;
	MDB_envinfo info;
	int r = error_of_lmdb(mdb_env_stat(env->mdb, &stat));
	if (r == 0)
		r = error_of_lmdb(mdb_env_info(env->mdb, &info));
	if (r != 0)
		return r;
	env->page_bytes = stat.ms_psize;
	env->map_bytes = info.me_mapsize;
	return 0;
}

static int open_registered(struct env *env, const struct env_options *options)
{
	int r = env_open_mdb(env->env_fd, options->map_bytes, &env->mdb);
	if (r == 0)
		r = learn_sizes(env);
	if (r == 0)
		r = env_check_readers(env);
	if (r == 0)
		r = prepare_dbs(env, options);
	if (r == 0)
		r = sync_names(env);
	if (r != 0) {
		mdb_env_close(env->mdb);
		registry_remove(env);
	}
	return r;
}

int env_open(const struct env_options *options, struct env **ret)
{
	struct env *env = calloc(1, sizeof(*env));
	if (env == NULL)
		return -ENOMEM;
	int r = open_directory(options->dir_fd, options->name, &env->env_fd);
	if (r != 0) {
		free(env);
		return r;
	}
	r = registry_add(env);
	if (r == 0)
		r = open_registered(env, options);
	if (r != 0) {
		close(env->env_fd);
		free(env);
		return r;
	}
	*ret = env;
	return 0;
}

struct env *env_close(struct env *env)
{
	if (env == NULL)
		return NULL;
	mdb_env_close(env->mdb);
	registry_remove(env);
	close(env->env_fd);
	free(env);
	return NULL;
}

uint64_t env_used_bytes(const struct env *env)
{
	return atomic_load_explicit(&env->used_bytes, memory_order_relaxed);
}

uint64_t env_map_bytes(const struct env *env)
{
	return env->map_bytes;
}

int env_check_readers(struct env *env)
{
	int n_dead;
	return error_of_lmdb(mdb_reader_check(env->mdb, &n_dead));
}
