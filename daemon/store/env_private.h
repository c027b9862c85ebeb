/*
 * What the files of the environment (env*.c) share.
 */
#ifndef DAEMON_STORE_ENV_PRIVATE_H
#define DAEMON_STORE_ENV_PRIVATE_H

#include <stdatomic.h>
#include <sys/types.h>

#include <lmdb.h>

#include "daemon/store/env.h"

enum { ENV_MAX_READERS = 126, ENV_IDLE = 1 };

/* Of LMDB itself, in front of the named ones: the free pages and the names. */
enum { ENV_CORE_DBS = 2 };

struct env_db {
	MDB_dbi dbi;
	struct tag_key tag_key;
};

struct env {
	MDB_env *mdb;
	int env_fd; /* its directory */
	dev_t device;
	ino_t inode;
	uint64_t map_bytes;
	unsigned int page_bytes;
	_Atomic uint64_t used_bytes;
	struct env_db dbs[ENV_MAX_DBS];
	size_t n_dbs;
	/* Readers of this process: 0 no reader, ENV_IDLE, or when its snapshot was taken (ms). */
	_Atomic uint64_t readers[ENV_MAX_READERS];
	struct env *next; /* in the list of those that this process has open */
};

/* Configures and opens; the handle is closed again where that fails. LMDB's path is by fd. */
MUST_USE int env_open_mdb(int env_fd, uint64_t map_bytes, MDB_env **ret);

/* The bytes of pages in use, as the transaction sees them. */
MUST_USE int env_measure(struct env *env, MDB_txn *txn, uint64_t *ret);

/* error_of_lmdb for a call that writes: a failed write is ENV_E_FULL where the disk is full. */
MUST_USE int env_write_error(const struct env *env, int code);

static inline MDB_val env_val(struct span bytes)
{
	return (MDB_val){.mv_size = bytes.n_bytes, .mv_data = (void *)(uintptr_t)bytes.data};
}

static inline struct span env_span(MDB_val val)
{
	return span_bytes(val.mv_data, val.mv_size);
}

#endif
