/*
 * Cursors. Where a value is bad the cursor still says where it stands, so that a walk can report
 * it and go on.
 */
#include "daemon/store/env_private.h"

#include <assert.h>
#include <errno.h>

#include "daemon/store/error.h"

int env_cursor_open(struct env_txn *txn, size_t db, struct env_cursor *ret)
{
	MDB_cursor *mdb;
	assert(txn->active);
	int r = error_of_lmdb(mdb_cursor_open(txn->mdb, txn->env->dbs[db].dbi, &mdb));
	if (r == 0)
		*ret = (struct env_cursor){.txn = txn, .db = db, .mdb = mdb};
	return r;
}

void env_cursor_close(struct env_cursor *cursor)
{
	if (cursor->mdb != NULL)
		mdb_cursor_close(cursor->mdb);
	*cursor = (struct env_cursor){0};
}

int env_cursor_renew(struct env_cursor *cursor)
{
	assert(cursor->txn->active);
	return error_of_lmdb(mdb_cursor_renew(cursor->txn->mdb, cursor->mdb));
}

static MDB_cursor_op op_of(enum env_move move)
{
	switch (move) {
	case ENV_FIRST:
		return MDB_FIRST;
	case ENV_LAST:
		return MDB_LAST;
	case ENV_NEXT:
		return MDB_NEXT;
	case ENV_PREV:
		return MDB_PREV;
	case ENV_AT:
		return MDB_SET_KEY;
	case ENV_FROM:
		return MDB_SET_RANGE;
	}
	return MDB_GET_CURRENT;
}

int env_cursor_move(struct env_cursor *cursor, enum env_move move, struct span *ret_payload)
{
	MDB_val key = env_val(cursor->key), value;
	assert(cursor->txn->active);
	int r = error_of_lmdb(mdb_cursor_get(cursor->mdb, &key, &value, op_of(move)));
	if (r != 0)
		return r;
	cursor->key = env_span(key);
	const struct tag_key *tag_key = &cursor->txn->env->dbs[cursor->db].tag_key;
	r = tag_open(tag_key, cursor->key, env_span(value), ret_payload);
	return r == 0 ? 0 : ENV_E_BAD_VALUE;
}

int env_cursor_move_good(struct env_cursor *cursor, enum env_move move, struct span *ret_payload)
{
	int r = env_cursor_move(cursor, move, ret_payload);
	return r == ENV_E_BAD_VALUE ? -EBADMSG : r;
}

int env_cursor_put(struct env_cursor *cursor, struct span key, struct span payload, bool replace)
{
	MDB_val mdb_key = env_val(key), room = {.mv_size = TAG_BYTES + payload.n_bytes};
	unsigned int flags = MDB_RESERVE | (replace ? MDB_CURRENT : 0U);
	assert(cursor->txn->active);
	int r = env_write_error(
	        cursor->txn->env, mdb_cursor_put(cursor->mdb, &mdb_key, &room, flags));
	if (r != 0)
		return r;
	uint8_t *value = room.mv_data;
	if (payload.n_bytes != 0)
		memcpy(value + TAG_BYTES, payload.data, payload.n_bytes);
	tag_seal(&cursor->txn->env->dbs[cursor->db].tag_key, key, value, room.mv_size);
	return 0;
}

int env_cursor_erase(struct env_cursor *cursor)
{
	assert(cursor->txn->active);
	return env_write_error(cursor->txn->env, mdb_cursor_del(cursor->mdb, 0));
}
