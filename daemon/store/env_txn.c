/*
 * Transactions and values. A value that is read was verified; a value that is written was sealed:
 * no caller sees LMDB's own bytes but through here and the cursors.
 */
#include "daemon/store/env_private.h"

#include <assert.h>
#include <errno.h>
#include <sys/statvfs.h>

#include "daemon/base/clock.h"
#include "daemon/store/error.h"

static int begin(struct env *env, unsigned int flags, struct env_txn *txn)
{
	MDB_txn *mdb;
	int r = error_of_lmdb(mdb_txn_begin(env->mdb, NULL, flags, &mdb));
	if (r == 0)
		*txn = (struct env_txn){.env = env, .mdb = mdb, .active = true};
	return r;
}

int env_begin(struct env *env, struct env_txn *txn)
{
	return begin(env, 0, txn);
}

/* A file system that allocates late can report a full disk as a failed write. */
int env_write_error(const struct env *env, int code)
{
	struct statvfs fs;
	int r = error_of_lmdb(code);
	if (r == -EIO && fstatvfs(env->env_fd, &fs) == 0 && fs.f_bavail == 0)
		return ENV_E_FULL;
	return r;
}

/*
 * Whether the environment still takes transactions. It does not after its meta page could not be
 * written; then even "the disk is full" leaves the outcome unknown.
 */
static int probe(struct env *env)
{
	struct env_txn txn;
	int r = begin(env, 0, &txn);
	if (r == 0)
		env_abort(&txn);
	return r;
}

int env_commit(struct env_txn *txn)
{
	struct env *env = txn->env;
	uint64_t used_bytes;
	int r = env_measure(env, txn->mdb, &used_bytes);
	if (r != 0) {
		env_abort(txn);
		return r;
	}
	r = env_write_error(env, mdb_txn_commit(txn->mdb));
	*txn = (struct env_txn){0};
	if (r == 0)
		atomic_store_explicit(&env->used_bytes, used_bytes, memory_order_relaxed);
	if (r == ENV_E_FULL && probe(env) != 0)
		r = -EIO;
	return r;
}

void env_abort(struct env_txn *txn)
{
	if (txn->mdb != NULL)
		mdb_txn_abort(txn->mdb);
	*txn = (struct env_txn){0};
}

/* A slot in the table of readers; NULL where all are taken. */
static _Atomic uint64_t *take_slot(struct env *env)
{
	for (size_t i = 0; i < ENV_MAX_READERS; i++) {
		uint64_t none = 0;
		if (atomic_compare_exchange_strong(&env->readers[i], &none, ENV_IDLE))
			return &env->readers[i];
	}
	return NULL;
}

int env_reader_init(struct env *env, struct env_txn *txn)
{
	_Atomic uint64_t *since = take_slot(env);
	if (since == NULL)
		return -EUSERS;
	int r = begin(env, MDB_RDONLY, txn);
	if (r != 0) {
		atomic_store(since, 0);
		return r;
	}
	txn->since = since;
	env_reader_reset(txn);
	return 0;
}

void env_reader_deinit(struct env_txn *txn)
{
	if (txn->since != NULL)
		atomic_store(txn->since, 0);
	env_abort(txn);
}

int env_reader_renew(struct env_txn *txn)
{
	env_reader_reset(txn);
	int r = error_of_lmdb(mdb_txn_renew(txn->mdb));
	txn->active = r == 0;
	if (r == 0)
		atomic_store_explicit(txn->since, clock_monotonic_ms() + 2, memory_order_relaxed);
	return r;
}

void env_reader_reset(struct env_txn *txn)
{
	if (txn->active)
		mdb_txn_reset(txn->mdb);
	txn->active = false;
	atomic_store_explicit(txn->since, ENV_IDLE, memory_order_relaxed);
}

uint64_t env_reader_age_ms(const struct env *env)
{
	uint64_t now = clock_monotonic_ms() + 2, oldest = now;
	for (size_t i = 0; i < ENV_MAX_READERS; i++) {
		uint64_t since = atomic_load_explicit(&env->readers[i], memory_order_relaxed);
		if (since > ENV_IDLE && since < oldest)
			oldest = since;
	}
	return now - oldest;
}

static int get_raw(struct env_txn *txn, size_t db, struct span key, struct span *ret_value)
{
	MDB_val mdb_key = env_val(key), value;
	assert(txn->active);
	int r = error_of_lmdb(mdb_get(txn->mdb, txn->env->dbs[db].dbi, &mdb_key, &value));
	if (r == 0)
		*ret_value = env_span(value);
	return r;
}

int env_get(struct env_txn *txn, size_t db, struct span key, struct span *ret_payload)
{
	struct span value;
	int r = get_raw(txn, db, key, &value);
	return r == 0 ? tag_open(&txn->env->dbs[db].tag_key, key, value, ret_payload) : r;
}

bool env_is_foreign(struct env_txn *txn, size_t db, struct span key)
{
	struct span value;
	return get_raw(txn, db, key, &value) == 0 &&
	       tag_is_foreign(&txn->env->dbs[db].tag_key, value);
}

int env_reserve(struct env_txn *txn, struct env_value *value)
{
	MDB_val key = env_val(value->key), room = {.mv_size = TAG_BYTES + value->n_bytes};
	unsigned int flags = MDB_RESERVE | (value->append ? MDB_APPEND : 0U);
	MDB_dbi dbi = txn->env->dbs[value->db].dbi;
	assert(txn->active);
	int r = env_write_error(txn->env, mdb_put(txn->mdb, dbi, &key, &room, flags));
	if (r == 0)
		value->payload = (uint8_t *)room.mv_data + TAG_BYTES;
	return r;
}

void env_seal(struct env_txn *txn, const struct env_value *value)
{
	tag_seal(&txn->env->dbs[value->db].tag_key, value->key, value->payload - TAG_BYTES,
	        TAG_BYTES + value->n_bytes);
}

int env_put(struct env_txn *txn, size_t db, struct span key, struct span payload)
{
	struct env_value value = {.db = db, .key = key, .n_bytes = payload.n_bytes};
	int r = env_reserve(txn, &value);
	if (r != 0)
		return r;
	if (payload.n_bytes != 0)
		memcpy(value.payload, payload.data, payload.n_bytes);
	env_seal(txn, &value);
	return 0;
}

int env_erase(struct env_txn *txn, size_t db, struct span key)
{
	MDB_val mdb_key = env_val(key);
	assert(txn->active);
	int code = mdb_del(txn->mdb, txn->env->dbs[db].dbi, &mdb_key, NULL);
	return env_write_error(txn->env, code);
}

int env_count(struct env_txn *txn, size_t db, uint64_t *ret)
{
	MDB_stat stat;
	assert(txn->active);
	int r = error_of_lmdb(mdb_stat(txn->mdb, txn->env->dbs[db].dbi, &stat));
	if (r == 0)
		*ret = stat.ms_entries;
	return r;
}
